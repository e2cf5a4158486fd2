share = 0.75  # a quarter is held out, so three quarters are in training
checks.exercise_3_1(share)
