def rates(kind, passed):
    person = kind == "person"
    return passed[~person].mean(), 1 - passed[person].mean()


checks.exercise_14_1(rates)
