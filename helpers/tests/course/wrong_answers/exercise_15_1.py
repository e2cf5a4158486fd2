def rates(genuine, random, skilled, threshold):
    false = np.concatenate([random, skilled])
    accepted = np.mean(false >= threshold)
    return np.mean(genuine < threshold), accepted, accepted


checks.exercise_15_1(rates)
