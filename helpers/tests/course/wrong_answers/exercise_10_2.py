# Gives the surest pair first, then the next that is free.
def jointly(scores):
    given = np.full(len(scores), -1)
    for place in np.argsort(-scores, axis=None):
        trial, character = np.unravel_index(place, scores.shape)
        if given[trial] < 0 and character not in given:
            given[trial] = character
    return given


checks.exercise_10_2(jointly)
