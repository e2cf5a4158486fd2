"""Divides by all pairs."""


def error_rates(scores, same, threshold):
    accepted = scores >= threshold
    return (accepted & ~same).mean(), (~accepted & same).mean()


checks.exercise_1_2(error_rates)
