"""Takes "reaches" for "exceeds"."""

answer = [score > 0.35 for score in (0.10, 0.35, 0.62)]
