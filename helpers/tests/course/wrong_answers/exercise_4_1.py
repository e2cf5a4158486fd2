"""Stride 2 is taken to halve the number of layers."""

answer = (32, 16)
