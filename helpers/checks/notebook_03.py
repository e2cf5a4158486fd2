"""Checks of notebook 03: a leak by numbers, a batch on a budget, the hardest pairs."""

import numpy as np

from helpers.checks.report import report

__all__ = ["exercise_3_1", "exercise_3_2", "exercise_3_3"]


def exercise_3_1(answer):
    """Share of held-out copies with a sibling in training: 5 copies, a quarter out."""
    report(
        "3.1",
        answer is ...,
        _sibling_problem(answer),
        "1 - 0.25^4 = 99.6 %: such a test asks whether the network remembers, not "
        "whether it has learned.",
    )


def _sibling_problem(answer):
    try:
        answer = float(np.asarray(answer))
    except (TypeError, ValueError):
        return "the answer is a share, a number between 0 and 1."
    right = 1 - 0.25**4
    if abs(answer - right) < 0.0005:
        return None
    if 99 < answer <= 100:
        return f"{answer:g} looks like percent. As a share it lies between 0 and 1."
    if not 0 <= answer <= 1:
        return "a share lies between 0 and 1."
    if abs(answer - 0.25**4) < 0.0005:
        return "that is the share of test files with *no* sibling in training."
    if abs(answer - 0.75) < 0.001:
        return (
            "0.75 is the chance that one given sibling is in training. A test file "
            "has four of them, and one is enough."
        )
    if abs(answer - 0.75**4) < 0.001:
        return "that is the chance that *all* four siblings are in training."
    if abs(answer - (1 - 0.25**5)) < 0.0005:
        return "a test file is one of the five, so it has four siblings, not five."
    return (
        "a test file has no sibling in training only if all four lie in the test, "
        "each with a chance of 1/4. The others have one."
    )


PHOTOS = 64


def exercise_3_2(answer):
    """(P, K) of a batch of 64 photos: most people, at least a tenth of pairs same."""
    report(
        "3.2",
        answer is ...,
        _batch_problem(answer),
        "7 of the 63 partners of each photo are of its person: 11 % of the pairs.",
    )


def _batch_problem(answer):
    try:
        people, photos = (int(number) for number in answer)
    except (TypeError, ValueError):
        return "give two whole numbers, (P, K)."
    if people < 1 or photos < 1 or people * photos != PHOTOS:
        return f"{people} x {photos} = {people * photos} photos; the batch holds 64."
    share = (photos - 1) / (PHOTOS - 1)
    if (people, photos) == (8, 8):
        return None
    if share < 0.1:
        same = people * photos * (photos - 1) // 2
        return (
            f"{people} people x {photos} photos have {same} same pairs of 2,016, "
            f"{share:.1%}, and a tenth was asked for. Take more photos of each person."
        )
    return (
        f"{share:.0%} of the pairs are same, more than needed: more people fit in "
        "while it stays above a tenth."
    )


def exercise_3_3(answer):
    """A function hardest(scores, a, b, n) -> positions of different pairs."""
    report(
        "3.3",
        answer is ...,
        _hardest_problem(answer),
        "Each two people once: the hard pairs now cover many people.",
    )


TRIALS = (  # scores, a, b, n, positions, what went wrong otherwise
    ([0.1, 0.9, 0.5], [1, 1, 2], [2, 3, 3], 2, [1, 2],
     "the most similar come first, so of the scores 0.1, 0.9, 0.5 the two hardest "
     "different pairs are at [1, 2]"),
    ([0.9, 0.4, 0.3], [1, 1, 2], [1, 2, 3], 2, [1, 2],
     "the pair at 0 shows person 1 twice: a same pair is not hard for being alike"),
    ([0.9, 0.8, 0.3], [1, 1, 2], [2, 2, 3], 2, [0, 2],
     "the pairs at 0 and 1 show the same two people; only the more similar counts"),
    ([0.9, 0.8, 0.3], [1, 2, 2], [2, 1, 3], 2, [0, 2],
     "people (1, 2) and people (2, 1) are the same two people, in whatever order"),
    ([0.9, 0.8], [1, 1], [2, 2], 5, [0],
     "where there are fewer than n pairs of people, give those there are"),
)  # fmt: skip


def _hardest_problem(answer):
    if not callable(answer):
        return "define a function hardest(scores, a, b, n) and pass its name."
    for scores, a, b, n, positions, words in TRIALS:
        try:
            given = (np.array(scores), np.array(a), np.array(b), n)
            said = [int(i) for i in answer(*given)]
        except Exception as error:
            return f"your function stopped with {type(error).__name__}: {error}."
        if said != positions:
            return f"{words}. You returned {said}."
    return None
