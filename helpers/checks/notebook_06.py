"""Checks of notebook 06: the trivial loss, sick runs, and when to stop."""

import math

from helpers.checks.report import report

__all__ = ["exercise_6_1", "exercise_6_2", "exercise_6_3"]


def exercise_6_1(answer):
    """Loss of the best constant answer: 8 people x 4 photos, pairs not balanced."""
    report(
        "6.1",
        answer is ...,
        _trivial_problem(answer),
        "48 of 496 pairs are same, so the constant answer 'same with 10 %' scores "
        "0.318. A run at 0.30 has learned next to nothing, though 0.693 is far above.",
    )


def _trivial_problem(answer):
    try:
        answer = float(answer)
    except (TypeError, ValueError):
        return "give one number, the loss of the best constant answer."
    share = 48 / 496
    right = _entropy(share)
    if abs(answer - right) < 0.002:
        return None
    if abs(answer - math.log(2)) < 0.002:
        return (
            "0.693 is for kinds that count one half each. Here every pair counts once, "
            "and few of them are same: which constant chance is best then?"
        )
    if abs(answer - right / math.log(2)) < 0.002:
        return "that is in bits. Keras takes the natural logarithm."
    if abs(answer - share) < 0.002:
        return (
            "that is the share of same pairs, the best constant answer itself. What "
            "loss does it have? Mean of -log of the chance it gives to the truth."
        )
    if abs(answer - _entropy(128 / 1024)) < 0.002:
        return (
            "you counted each photo with itself as a pair, and every pair twice. Start "
            "from 32 x 31 / 2 pairs, 8 x 6 of them same."
        )
    return (
        "count the pairs: 32 x 31 / 2 in all, 4 x 3 / 2 same ones a person. With p the "
        "share of same pairs, the loss is -p log p - (1 - p) log(1 - p)."
    )


def _entropy(share):
    return -share * math.log(share) - (1 - share) * math.log(1 - share)


SICK = {"A": "rate", "B": "labels", "C": "balance", "D": "only same", "E": "too long"}
LOOK = {
    "A": "its loss begins at 5, far above 0.693, and comes down. Which fault throws a "
    "tower up in its first steps?",
    "B": "its loss never leaves 0.693, from above, and nearly everything is accepted. "
    "What could nobody learn in general?",
    "C": "compare its loss with its own trivial loss, and look at how many same pairs "
    "it accepts.",
    "D": "its trivial loss is 0: which pairs has it never been shown, if accepting "
    "everything costs nothing?",
    "E": "nothing is broken: it was better at epoch 9 than at epoch 60.",
}


def exercise_6_2(answer):
    """Name the fault of each of five runs."""
    report(
        "6.2",
        answer is ... or (isinstance(answer, dict) and ... in answer.values()),
        _sick_problem(answer),
        "Three numbers tell them apart: the loss beside its own trivial loss, the "
        "errors of both kinds, and when strangers were told apart best.",
    )


def _sick_problem(answer):
    if not isinstance(answer, dict) or set(answer) != set(SICK):
        return 'give a dict with the keys "A" to "E" and a fault for each.'
    unknown = [word for word in answer.values() if word not in SICK.values()]
    if unknown:
        faults = ", ".join(f'"{word}"' for word in sorted(SICK.values()))
        return f"{unknown[0]!r} is none of the faults: {faults}."
    wrong = [run for run in sorted(SICK) if answer[run] != SICK[run]]
    if wrong:
        return f"look again at run {wrong[0]}: {LOOK[wrong[0]]}"
    return None


CASES = (
    ([0.5, 0.7, 0.6, 0.6, 0.6, 0.9], 3, (2, 5), "a first rise, then three without"),
    ([0.5, 0.6, 0.7], 3, (3, 3), "a score that still rises when the epochs end"),
    ([0.8, 0.8, 0.8, 0.9], 2, (1, 3), "scores that only repeat the best one"),
    ([0.5, 0.4, 0.6, 0.5, 0.7, 0.1], 2, (5, 6), "a dip that is shorter than patience"),
    ([0.3], 1, (1, 1), "one epoch"),
)


def exercise_6_3(answer):
    """When does a run stop, and which epoch is kept?"""
    report(
        "6.3",
        answer is ...,
        _stop_problem(answer),
        "A score that only equals the best one is no progress: with few strangers, "
        "ties are frequent, and the earlier epoch has learned less by heart.",
    )


def _stop_problem(answer):
    if not callable(answer):
        return "give a function (scores, patience) -> (best epoch, last epoch)."
    for scores, patience, right, what in CASES:
        try:
            found = answer(list(scores), patience)
        except Exception as error:  # whatever an answer may raise
            return (
                f"with the scores {scores} it raises {type(error).__name__}: {error}."
            )
        try:
            best, last = (int(number) for number in found)
        except (TypeError, ValueError):
            return f"it returns {found!r}; return two numbers, (best, last)."
        if (best, last) == right:
            continue
        if (best + 1, last + 1) == right:
            return "count epochs from 1, as the lines of a run do."
        reason = f"for {what}, scores {scores} and patience {patience}, it says "
        reason += f"{(best, last)}, and the run is best at {right[0]} and ends after "
        reason += f"{right[1]}."
        if best > right[0]:
            reason += " It may not look at epochs after the stop, and a tie is no "
            reason += "progress."
        return reason
    return None
