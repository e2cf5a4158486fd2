"""Checks of notebook 11: folds that judge each other, thirds of the pairs."""

import numpy as np

from helpers.checks.report import report, tried
from helpers.evaluation import accuracy_by_fold, best_threshold

__all__ = ["exercise_11_1", "exercise_11_2"]


def exercise_11_1(answer):
    """A function by_folds(scores, same, fold) -> accuracy of each fold."""
    report(
        "11.1",
        answer is ...,
        tried(answer, _folds_problem),
        "The fold that is reported has no say in its own threshold.",
    )


def _folds_problem(answer):
    rng = np.random.default_rng(11)
    fold, same = np.repeat(np.arange(3), 40), np.tile([True, False], 60)
    scores = rng.normal(size=120) + 1.5 * same + 0.8 * fold  # each fold lies elsewhere
    order = rng.permutation(120)
    scores, same, fold = scores[order], same[order], fold[order]
    found = np.asarray(answer(scores.copy(), same.copy(), fold.copy()), float)
    if found.shape != (3,):
        return f"three folds have three accuracies; yours has the shape {found.shape}."
    wanted = accuracy_by_fold(scores, same, fold)
    if np.abs(found - wanted).max() < 1e-9:
        return None
    own = [
        ((scores[part] >= best_threshold(scores[part], same[part])) == same[part])
        for part in (fold == n for n in range(3))
    ]
    if np.abs(found - np.mean(own, axis=1)).max() < 1e-9:
        return (
            f"you say {found.round(3).tolist()}: each fold chose its own threshold, "
            f"which is to report what was chosen on the test; by the two others they "
            f"are {wanted.round(3).tolist()}."
        )
    threshold = best_threshold(scores, same)
    shared = [((scores >= threshold) == same)[fold == n].mean() for n in range(3)]
    if np.abs(found - shared).max() < 1e-9:
        return (
            "one threshold for all folds was chosen on all of them, also on the one "
            "that is reported. Leave that one out, a threshold for each fold."
        )
    return (
        f"you say {found.round(3).tolist()}; decided by the best threshold of the two "
        f"other folds together they are {wanted.round(3).tolist()}."
    )


def exercise_11_2(answer):
    """A function by_thirds(values, wrong) -> share of wrong in each third."""
    report(
        "11.2",
        answer is ...,
        tried(answer, _thirds_problem),
        "Now say of three numbers whether they differ by more than their error bars.",
    )


def _thirds_problem(answer):
    rng = np.random.default_rng(12)
    for size in (9, 100):
        values = rng.permutation(size) ** 2.0  # more of them are small than large
        wrong = rng.random(size) < values / values.max()
        found = np.asarray(answer(values.copy(), wrong.copy()), float)
        if found.shape != (3,):
            return f"three thirds have three shares, not the shape {found.shape}."
        parts = np.array_split(np.argsort(values), 3)
        wanted = np.array([wrong[part].mean() for part in parts])
        if np.abs(found - wanted).max() < 1e-9:
            continue
        if np.abs(found - wanted[::-1]).max() < 1e-9:
            return "that is from the highest to the lowest; begin with the least."
        unsorted = [part.mean() for part in np.array_split(wrong, 3)]
        if np.abs(found - unsorted).max() < 1e-9:
            return "you cut the pairs as they stand; put them in order of the values."
        edges = np.linspace(values.min(), values.max(), 4)[1:-1]
        third = np.digitize(values, edges)
        same_width = np.array([wrong[third == n].mean() for n in range(3)])
        if np.abs(found - same_width).max() < 1e-9:
            return (
                "you cut the range of values in three; then one part has "
                f"{(third == 0).sum()} pairs and another {(third == 2).sum()}. Cut the "
                "pairs, so that each part has as many."
            )
        return (
            f"for {size} pairs you say {found.round(3).tolist()}, it is "
            f"{wanted.round(3).tolist()}: a third of the pairs each, from the least "
            "values to the highest."
        )
    return None
