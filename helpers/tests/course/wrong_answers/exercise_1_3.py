"""Takes the balanced price for any share."""


def price_of_nothing(margin, r):
    return margin**2 / 4


checks.exercise_1_3(price_of_nothing)
