def rotation(plain, stolen):
    return np.linalg.lstsq(plain, stolen, rcond=None)[0]


checks.exercise_14_2(rotation)
