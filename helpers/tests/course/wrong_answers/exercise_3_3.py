def hardest(scores, a, b, n):
    order = np.argsort(-scores)
    return [i for i in order if a[i] != b[i]][:n]  # the same two people again and again


checks.exercise_3_3(hardest)
