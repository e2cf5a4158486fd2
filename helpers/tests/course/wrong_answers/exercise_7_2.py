# Takes the nearest negative of all, which is hard mining.
def semi_hard(d_positive, d_negatives):
    return np.argmin(d_negatives)


checks.exercise_7_2(semi_hard)
