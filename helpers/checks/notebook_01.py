"""Checks of notebook 01: counting pairs, two error rates, the price of nothing."""

import numpy as np

from helpers.checks.report import report

__all__ = ["exercise_1_1", "exercise_1_2", "exercise_1_3"]


def exercise_1_1(answer):
    """Same and different pairs of P people with K photos each."""
    got, missing = _asked(answer, (2, 3))
    problem = missing or _count_problem(answer, got)
    report(
        "1.1",
        missing is ...,
        problem,
        "Ten people with ten photos each make 450 same and 4,500 different pairs: the "
        "more people, the rarer a same pair.",
    )


def _count_problem(answer, got):
    try:
        same, different = (float(number) for number in got)
        more = tuple(float(number) for number in answer(10, 10))
        one = tuple(float(number) for number in answer(1, 4))
    except Exception:
        return "return two numbers for any counts: how many same, how many different."
    if same == 18 and different == 18 or (same, different) == (12, 18):
        return (
            "you count each pair twice: (a, b) and (b, a) are one pair. For 2 people "
            "with 3 photos there are 15 pairs in all."
        )
    if (same, different) == (3, 12):
        return "3 is what one of the two people has. Each brings as many same pairs."
    if (same, different) == (6, 15):
        return (
            "15 are all pairs of 6 photos; the 6 same ones are among them and must be "
            "taken off."
        )
    if (same, different) == (9, 6):
        return "the order is (same, different), and you give the different ones first."
    if (same, different) != (6, 9):
        return (
            f"for 2 people with 3 photos each you say ({same:g}, {different:g}). Draw "
            "the six photos and the lines between them: 6 lines stay within a person."
        )
    if more != (450, 4500) or one != (6, 0):
        return (
            "right for 2 people with 3 photos, not for 10 with 10 (450 and 4,500) or "
            "1 with 4 (6 and 0). Use both of the arguments."
        )
    return None


def exercise_1_2(answer):
    """FAR and FRR at a threshold."""
    scores = np.array([0.9, 0.4, 0.5, 0.1, 0.2, 0.3, 0.7])
    same = np.array([True, True, False, False, False, False, False])
    got, missing = _asked(answer, (scores, same, 0.5))
    problem = missing or _rates_problem(got)
    report(
        "1.2",
        missing is ...,
        problem,
        "Each rate is a share of its own hill, so that neither can hide behind the "
        "number of the other pairs.",
    )


def _rates_problem(got):
    try:
        far, frr = (float(number) for number in got)
    except Exception:
        return "return two shares: FAR, then FRR."
    if np.allclose((far, frr), (0.4, 0.5)):
        return None
    if np.allclose((far, frr), (0.5, 0.4)):
        return "the order is (FAR, FRR), and you give them the other way round."
    if np.allclose((far, frr), (2 / 7, 1 / 7)):
        return (
            "you divide by all pairs. FAR is a share of the *different* pairs only, "
            "FRR of the *same* ones: else the rare kind of mistake looks small."
        )
    if np.allclose((far, frr), (2 / 3, 1 / 4)):
        return (
            "you ask how many of the accepted are wrong. FAR asks how many of the "
            "different pairs are accepted."
        )
    if np.allclose((far, frr), (0.2, 0.5)):
        return "a score that equals the threshold is accepted: score >= threshold."
    if np.allclose((far, frr), (0.6, 0.5)):
        return "0.6 of the different pairs are rejected, rightly. FAR counts the rest."
    return (
        f"for 5 different and 2 same pairs you find ({far:.2f}, {frr:.2f}). Take the "
        "different pairs first: 2 of 5 reach the threshold; then the same ones: 1 of 2 "
        "does not."
    )


def exercise_1_3(answer):
    """The smallest contrastive loss of a constant distance, same pairs a share r."""
    got, missing = _asked(answer, (1.0, 0.5))
    problem = missing or _price_problem(answer, got)
    report(
        "1.3",
        missing is ...,
        problem,
        "r (1 - r) margin^2: the rarer same pairs are, the cheaper it is to know "
        "nothing. That is why our losses count both kinds one half.",
    )


def _price_problem(answer, got):
    try:
        got = float(got)
        rare, wide = float(answer(1.0, 450 / 4950)), float(answer(2.0, 0.25))
    except Exception:
        return "return one number for any margin and any share r from 0 to 1."
    if not np.isclose(got, 0.25):
        best = " 0.5 is the best distance; the loss there is wanted." * (got == 0.5)
        return (
            f"for margin 1 and r = 0.5 you find {got:.3g}, but half way, at d = 0.5, "
            f"the loss is 0.25.{best}"
        )
    if np.isclose(rare, 0.25):
        return (
            "your price does not change with r. When nearly all pairs are different, a "
            "constant distance close to the margin is right about nearly all of them: "
            "the best d is not margin / 2 any more."
        )
    if np.isclose(wide, 0.1875):
        return "right for margin 1; a loss of squares grows with the margin squared."
    if not np.isclose(rare, 1 / 11 * 10 / 11) or not np.isclose(wide, 0.75):
        return (
            "right for r = 0.5, not for others. Set the slope of r d^2 + (1 - r) "
            "(margin - d)^2 to 0, solve for d, and put that d into the loss."
        )
    return None


def _asked(answer, arguments):
    """What the learner's function returns; `...`, or a sentence, where it cannot."""
    if answer is ...:
        return None, ...
    if not callable(answer):
        return None, "the answer is a function; leave its first line as it was."
    try:
        got = answer(*arguments)
    except Exception as error:
        return None, (
            f"your function stopped with {type(error).__name__}: {error}. Call it "
            "yourself with the numbers of the example."
        )
    parts = got if isinstance(got, (tuple, list)) else [got]
    if any(part is ... for part in parts):
        return None, ...
    return got, None
