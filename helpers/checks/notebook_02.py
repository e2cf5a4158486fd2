"""Checks of notebook 02: drop near copies, count what is left, see the trap."""

import numpy as np

from helpers.checks.report import report

__all__ = ["exercise_2_1", "exercise_2_2", "exercise_2_3"]


def exercise_2_1(answer):
    """A function keep(alike, limit) -> places of the photos to keep."""
    report(
        "2.1",
        answer is ...,
        _keep_problem(answer),
        "Each photo was compared with all that were kept.",
    )


TRIALS = (  # alike, limit, kept, what went wrong otherwise
    ([[1, 0.97, 0.2], [0.97, 1, 0.3], [0.2, 0.3, 1]], 0.95, [0, 2],
     "photo 1 is 0.97 alike to photo 0, and photo 2 to neither"),
    ([[1, 0.2, 0.99], [0.2, 1, 0.3], [0.99, 0.3, 1]], 0.95, [0, 1],
     "left, right, left again: photo 2 is unlike the photo before it, but 0.99 alike "
     "to photo 0, which was kept"),
    ([[1, 0.96, 0.9], [0.96, 1, 0.96], [0.9, 0.96, 1]], 0.95, [0, 2],
     "photo 2 is alike to photo 1 alone, and that was not kept; so it stays"),
    ([[1, 0.95], [0.95, 1]], 0.95, [0],
     "0.95 is not *less* than the limit of 0.95"),
    ([[1, 0.6], [0.6, 1]], 0.5, [0], "the limit is an argument; here it is 0.5"),
    ([[1]], 0.95, [0], "a single photo is kept: it is compared with no other"),
)  # fmt: skip


def _keep_problem(answer):
    if not callable(answer):
        return "define a function keep(alike, limit) and pass its name."
    for alike, limit, kept, words in TRIALS:
        try:
            said = [int(place) for place in answer(np.array(alike, float), limit)]
        except Exception as error:
            return f"your function stopped with {type(error).__name__}: {error}."
        if said != kept:
            return f"{words}. So {kept} was expected; you returned {said}."
    return None


PHOTOS = 12


def exercise_2_2(answer):
    """Same pairs of 12 photos that are not near copies."""
    report(
        "2.2",
        answer is ...,
        _pairs_problem(answer),
        "12 x 11 / 2: what counts are photos that differ, not presses of a key.",
    )


def _pairs_problem(answer):
    try:
        answer = float(np.asarray(answer))
    except (TypeError, ValueError):
        return "the answer is a number of pairs."
    wrong = {
        PHOTOS * (PHOTOS - 1): "that counts each pair twice, (a, b) and (b, a).",
        PHOTOS**2: "that pairs every photo with itself, and each two photos twice.",
        PHOTOS * (PHOTOS + 1) // 2: "that pairs every photo with itself, too.",
        PHOTOS // 2: "every photo may be in many pairs, not in one alone.",
        300: "300 pairs were taken, but nearly all show one photo twice.",
        300 * 300: "that is every anchor with every positive, nearly all near copies.",
        600 * 599 // 2: "those are pairs of all 600 photos; only 12 of them differ.",
    }
    if answer == PHOTOS * (PHOTOS - 1) // 2:
        return None
    return wrong.get(answer, "12 photos, each with each later one: 11 + 10 + ... + 1.")


def exercise_2_3(answer):
    """Letters of the plans that fall into the two-cameras trap."""
    report(
        "2.3",
        answer is ...,
        _plans_problem(answer),
        "In A the camera tells same from different, in C the light does.",
    )


def _plans_problem(answer):
    try:
        letters = {str(letter).upper() for letter in answer if str(letter).isalpha()}
    except TypeError:
        return "give the letters of the plans as a text, such as 'AB'."
    if not letters or letters - set("ABCD"):
        return "give the letters of the plans as a text, such as 'AB'."
    if "B" in letters:
        return (
            "in B all pairs come from one camera, one room and one day. What sees no "
            "face has nothing to go by."
        )
    if "D" in letters:
        return (
            "in D same and different pairs alike are of one device or of two. Knowing "
            "the device does not help to answer."
        )
    if "A" not in letters:
        return "in A every different pair has a photo of LFW in it, and no same pair."
    if "C" not in letters:
        return (
            "one more: the camera is not the only thing that sees no face and yet can "
            "tell. What else separates you from your friends in one of the plans?"
        )
    return None
