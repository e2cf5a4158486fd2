def keep(alike, limit):
    kept = [0]
    for n in range(1, len(alike)):
        if alike[n][n - 1] < limit:
            kept.append(n)
    return kept


answer = keep
checks.exercise_2_1(answer)
