# Takes the 20 trials of each run for independent coins.
def error_bar(shares):
    mean = shares.mean()
    return mean, np.sqrt(mean * (1 - mean) / (20 * len(shares)))


checks.exercise_10_3(error_bar)
