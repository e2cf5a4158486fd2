# Counts twelve runs as if they were independent.
from math import comb


def sign_test(a, b):
    wins, runs = int((a < b).sum()), a.size
    return wins, sum(comb(runs, k) for k in range(wins, runs + 1)) / 2**runs


checks.exercise_7_3(sign_test)
