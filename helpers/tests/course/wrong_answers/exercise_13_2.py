def two_stages(probe, small, rows, many):
    some = np.argsort(-(small @ probe))[:many]
    return np.argmax(rows[some] @ probe)


checks.exercise_13_2(two_stages)
