"""Checks of notebook 00: how a threshold decides, and how often it is asked."""

import numpy as np

from helpers.checks.report import report

__all__ = ["exercise_0_1", "exercise_0_2"]


def exercise_0_1(answer):
    """Verdicts on the similarities 0.10, 0.35 and 0.62 at a threshold of 0.35."""
    report(
        "0.1",
        answer is ...,
        _verdict_problem(answer),
        "A pair is accepted when its similarity reaches the threshold; one rule, and "
        "the whole course keeps to it.",
    )


def _verdict_problem(answer):
    try:
        answer = [bool(one) for one in answer]
    except (TypeError, ValueError):
        return "give a list of three verdicts, True for same and False for different."
    if len(answer) != 3:
        return f"there are three similarities and you gave {len(answer)} verdicts."
    if answer == [True, True, False]:
        return (
            "a similarity is high when two photos are alike. You treated it like a "
            "distance, which is low."
        )
    if answer == [False, False, True]:
        return (
            "one similarity equals the threshold. It *reaches* it, so the pair is "
            "accepted: the rule is similarity >= threshold."
        )
    if answer != [False, True, True]:
        return "compare each number with 0.35: accepted means similarity >= threshold."
    return None


def exercise_0_2(answer):
    """Of 1,000 strangers, how many are accepted as one of 50 people at a FAR of 1 %?"""
    report(
        "0.2",
        answer is ...,
        _door_problem(answer),
        "1,000 x (1 - 0.99^50) = 395: a threshold that is wrong once in a hundred "
        "comparisons lets in four strangers of ten. Notebook 09 measures this.",
    )


def _door_problem(answer):
    try:
        answer = float(np.asarray(answer))
    except (TypeError, ValueError):
        return "the answer is a number of strangers, 0 to 1,000."
    if 380 <= answer <= 410:
        return None
    if 0 < answer < 1:
        return f"{answer:g} looks like a share. Of 1,000 strangers, how many is that?"
    if 9 <= answer <= 11:
        return (
            "10 would be right if each stranger were compared with one person. The "
            "door compares with 50, and one false accept of 50 is enough."
        )
    if 490 <= answer <= 510:
        return (
            "500 adds up the 50 risks of 1 %. Some strangers resemble two of the 50 "
            "and are counted twice; start from the chance of passing no comparison."
        )
    if 590 <= answer <= 620:
        return "that many strangers stay outside. How many find the door open?"
    return (
        "a stranger stays outside only if all 50 comparisons reject: 0.99 x 0.99 x ... "
        "50 times. The others get in."
    )
