lost = 1 - 4 * 16**2 / 64**2
checks.exercise_13_3(lost)
