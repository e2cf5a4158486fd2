"""Counts each pair twice."""


def count_pairs(people, photos_each):
    same = people * photos_each * (photos_each - 1)
    return same, (people * photos_each) * (people - 1) * photos_each


checks.exercise_1_1(count_pairs)
