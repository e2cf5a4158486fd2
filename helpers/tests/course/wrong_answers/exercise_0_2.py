"""Forgets that each stranger is compared with 50 people."""

answer = 1000 * 0.01
