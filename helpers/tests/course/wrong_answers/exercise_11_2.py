# Cuts the range of the values in three, not the pairs.
def by_thirds(values, wrong):
    edges = np.linspace(values.min(), values.max(), 4)[1:-1]
    third = np.digitize(values, edges)
    return [wrong[third == n].mean() for n in range(3)]


checks.exercise_11_2(by_thirds)
