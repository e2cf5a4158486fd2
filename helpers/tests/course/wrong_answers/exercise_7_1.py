# Takes the margin squared for what the trivial solution costs.
trivial = {"contrastive": 4.0, "triplet": 0.5, "supervised contrastive": np.log(127)}
checks.exercise_7_1(trivial)
