"""Checks of notebook 07: trivial losses, the negative that is taken, who really won."""

import math

import numpy as np

from helpers.checks.report import report

__all__ = ["exercise_7_1", "exercise_7_2", "exercise_7_3"]

TRIVIAL = {"contrastive": 1.0, "triplet": 0.5, "supervised contrastive": math.log(127)}
SLIPS = {
    ("contrastive", 0.0): "equal embeddings cost nothing for same pairs, but the whole "
    "margin squared for different ones",
    ("contrastive", 2.0): "2 is what equal embeddings cost; half a margin apart costs "
    "less",
    ("contrastive", 4.0): "4 is the margin squared, which different pairs cost at "
    "distance 0; half of the loss is theirs, and a little distance lowers it",
    ("triplet", 0.0): "d - d is 0, but the margin is added",
    ("supervised contrastive", math.log(128)): "a photo does not choose itself",
    ("supervised contrastive", math.log(64)): "it chooses among photos, not people",
    ("supervised contrastive", math.log(2)): "it chooses among all other photos",
}


def exercise_7_1(answer):
    """A dict with the trivial losses of three kinds."""
    report(
        "7.1",
        isinstance(answer, dict) and ... in answer.values(),
        _trivial_problem(answer),
        "Write these beside the curves before you start a run.",
    )


def _trivial_problem(answer):
    if not isinstance(answer, dict) or set(answer) != set(TRIVIAL):
        return f"keep the three keys {', '.join(TRIVIAL)}."
    for name, wanted in TRIVIAL.items():
        try:
            value = float(answer[name])
        except (TypeError, ValueError):
            return f"{name} is a number."
        if abs(value - wanted) > 0.005:
            for (kind, slip), words in SLIPS.items():
                if kind == name and abs(value - slip) < 0.005:
                    return f"{name}: {words}."
            return f"{name}: what does it cost if every photo gets the same embedding?"
    return None


def exercise_7_2(answer):
    """A function semi_hard(d_positive, d_negatives) -> number of the negative."""
    report(
        "7.2",
        answer is ...,
        _negative_problem(answer),
        "Beyond the positive, but as near as can be: hard, and not hopeless.",
    )


def _negative_problem(answer):
    if not callable(answer):
        return "define a function of (d_positive, d_negatives)."
    trials = [
        (0.5, [0.2, 0.9, 0.7], 2, None),
        (0.5, [0.4, 0.3, 0.1], 0, "no negative is farther than the positive here: then "
         "the farthest is taken"),
        (0.1, [1.2, 0.3, 0.2], 2, "all are farther: the nearest of them is taken"),
        (0.6, [0.6, 1.5, 0.9], 2, "a negative as far as the positive is not farther"),
    ]  # fmt: skip
    for positive, negatives, wanted, words in trials:
        try:
            value = int(answer(positive, np.array(negatives)))
        except Exception as error:
            return f"your function stopped with {type(error).__name__}: {error}."
        if value != wanted:
            text = f"positive at {positive}, negatives at {negatives}: you take number "
            nearest = int(np.argmin(negatives))
            if value == nearest and words is None:
                words = "that is the nearest of all, hard mining"
            hint = f" ({words})" if words else ""
            return f"{text}{value}, semi-hard mining takes {wanted}{hint}."
    return None


def exercise_7_3(answer):
    """A function sign_test(a, b) -> (folds that a won, chance of a coin)."""
    report(
        "7.3",
        answer is ...,
        _sign_problem(answer),
        "People are what one has few of: more seeds do not make four folds more.",
    )


def _sign_problem(answer):
    if not callable(answer):
        return "define a function of (a, b), each (fold, seed)."
    won = np.arange(12.0).reshape(4, 3)
    trials = [
        ([[1, 2], [3, 4]], [[2, 3], [4, 5]]),
        (won, won + 1),
        (won, won - 1),
        (won + [[-1], [1], [-1], [-1]], won),
        # seeds that win and lose within a fold: the mean decides
        (won + [[-9, 1, 1], [-9, 1, 1], [9, -1, -1], [9, -1, -1]], won),
    ]
    for a, b in trials:
        a, b = np.asarray(a, float), np.asarray(b, float)
        try:
            wins, chance = answer(a.copy(), b.copy())
            wins, chance = int(wins), float(chance)
        except Exception as error:
            return f"your function stopped with {type(error).__name__}: {error}."
        folds = len(a)
        right = int((a.mean(axis=1) < b.mean(axis=1)).sum())
        tail = sum(math.comb(folds, k) for k in range(right, folds + 1)) / 2**folds
        said = f"where a wins {right} of {folds} folds, you say {wins} and {chance:.4g}"
        if wins == (a < b).sum() != right or wins > folds:
            return (
                f"{said}: you count runs. The seeds of a fold share its ten people; "
                "take their mean first."
            )
        if wins != right:
            return f"{said}. A lower EER wins."
        if abs(chance - tail) > 1e-9:
            return f"{said}. A coin wins {right} or more with a chance of {tail:.4g}."
    return None
