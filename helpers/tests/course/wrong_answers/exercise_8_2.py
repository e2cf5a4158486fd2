# Compares the ends of two intervals.
def difference(values_a, values_b):
    low_a, high_a = np.percentile(values_a, [2.5, 97.5])
    low_b, high_b = np.percentile(values_b, [2.5, 97.5])
    return low_a - high_b, high_a - low_b


checks.exercise_8_2(difference)
