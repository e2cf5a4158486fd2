# Takes the last level that was tried and is still good enough.
def borne(levels, eers, most):
    return levels[eers <= most][-1]


checks.exercise_11_3(borne)
