def difference(first, second, rng):
    both = np.concatenate([first, second])
    means = [
        rng.choice(both, len(second)).mean() - rng.choice(both, len(first)).mean()
        for _ in range(1000)
    ]
    return np.percentile(means, [2.5, 97.5])


checks.exercise_14_3(difference)
