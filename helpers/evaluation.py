"""How good is a verifier? Measured on people it never trained on.

A score says how similar two photos are: higher is more similar. A pair is accepted when
its score >= threshold, so a score that equals the threshold is accepted. No TensorFlow.

Embeddings become scored pairs in scores.py; the rates and thresholds are here; one-shot
trials, error bars and baselines are in oneshot.py, resampling.py and baselines.py. All
of them can be imported from here.
"""

import numpy as np

from helpers.measures.baselines import eigenfaces, pixels
from helpers.measures.oneshot import draw_trials, one_shot
from helpers.measures.resampling import resample_pairs, resample_people
from helpers.measures.scores import checked_pairs, pair_scores, similarity

__all__ = [
    "accuracy",
    "accuracy_by_fold",
    "auc",
    "best_threshold",
    "draw_trials",
    "eer",
    "eigenfaces",
    "folds_accuracy",
    "one_shot",
    "pair_scores",
    "pixels",
    "resample_pairs",
    "resample_people",
    "roc",
    "similarity",
    "tar_at_far",
    "threshold_at_far",
]


def roc(scores, same):
    """Trace how FAR and TAR grow as the threshold falls.

    Args:
        scores: (pair,), higher is more similar.
        same: 1 or True for the same person, 0 or False for different, (pair,).

    Returns:
        far, tar, thresholds: (point,) each, from (0, 0) at a threshold above every
        score, where nothing is accepted, to (1, 1). One point for each distinct score:
        pairs that tie are accepted together.

    >>> far, tar, thresholds = roc([0.9, 0.8, 0.8, 0.1], [1, 1, 0, 0])
    >>> far, tar
    (array([0. , 0. , 0.5, 1. ]), array([0. , 0.5, 1. , 1. ]))
    """
    scores, same = checked_pairs(scores, same)
    order = np.argsort(-scores, kind="stable")  # (pair,), the most similar first
    scores, same = scores[order], same[order]
    last = np.flatnonzero(np.append(scores[1:] != scores[:-1], True))  # of each tie
    tar = np.append(0, np.cumsum(same)[last] / same.sum())  # (point,)
    far = np.append(0, np.cumsum(~same)[last] / (~same).sum())  # (point,)
    return far, tar, np.append(scores[0] + 1, scores[last])


def auc(scores, same):
    """Area under the ROC: the chance that a same pair outscores a different pair.

    >>> auc([0.9, 0.8, 0.8, 0.1], [1, 1, 0, 0])  # one tie counts half
    0.875
    """
    far, tar, _ = roc(scores, same)
    return float(np.trapezoid(tar, far))


def eer(scores, same):
    """Equal error rate: where FAR = FRR, between two points of the ROC if need be.

    Args:
        scores, same: (pair,) each, as in roc().

    Returns:
        A share from 0 (perfect) over 0.5 (chance, and any constant scorer) to 1.

    >>> eer([0.9, 0.8, 0.2, 0.1], [1, 1, 0, 0]), eer([0.3, 0.3, 0.3], [1, 0, 0])
    (0.0, 0.5)
    """
    far, tar, _ = roc(scores, same)
    frr = 1 - tar
    return float(np.interp(0, far - frr, far))  # far - frr climbs from -1 to 1


def tar_at_far(scores, same, far):
    """Share of same pairs accepted when at most `far` of the different ones are.

    Args:
        scores, same: (pair,) each, as in roc().
        far: the FAR allowed, 0 to 1. Nothing is interpolated.

    >>> tar_at_far([0.9, 0.8, 0.7, 0.1], [1, 0, 1, 0], far=0.4)
    0.5
    """
    fars, tars, _ = roc(scores, same)
    return float(tars[fars <= far][-1])


def threshold_at_far(scores, same, far):
    """The lowest threshold that accepts at most `far` of these different pairs.

    Rule of three: no error in n independent pairs shows only that FAR < 3 / n, with
    95 % confidence. So a FAR below 1 / n is refused, and ten times as many are wise.

    Args:
        scores, same: (pair,) each, as in roc().
        far: the FAR wanted, above 0 and at most 1.

    Raises:
        ValueError: too few different pairs to measure such a FAR.

    >>> threshold_at_far([0.9, 0.8, 0.7, 0.1], [1, 0, 1, 0], far=0.5)
    0.7
    """
    need_different_pairs(same, far)
    fars, _, thresholds = roc(scores, same)
    return float(thresholds[fars <= far][-1])


def need_different_pairs(same, far):
    """Say what is missing when a FAR cannot be measured on so few different pairs."""
    different = int((np.asarray(same) == 0).sum())
    if not 0 < far <= 1:
        raise ValueError(f"The wanted FAR is {far}: choose one above 0 and at most 1.")
    if different and far * different < 1 - 1e-9:
        raise ValueError(
            f"{different} different pairs cannot show a FAR of {far:g}: even without "
            f"an error they say only that it is below {min(1, 3 / different):.2g}. "
            f"Ask for {1 / different:.2g} or more, or add people."
        )


def accuracy(scores, same, threshold):
    """Share of pairs decided rightly; a pair is accepted when score >= threshold.

    >>> accuracy([0.9, 0.5, 0.4], [1, 1, 0], threshold=0.5)
    1.0
    """
    scores, same = checked_pairs(scores, same)
    return float(((scores >= threshold) == same).mean())


def best_threshold(scores, same):
    """The threshold with the highest accuracy on these pairs.

    It lies half way between the lowest score accepted and the next. Accuracy counts
    each pair once: balance the pairs, or a verifier that rejects everybody looks good.

    >>> round(best_threshold([0.9, 0.8, 0.2, 0.1], [1, 1, 0, 0]), 3)
    0.5
    """
    scores, same = checked_pairs(scores, same)
    far, tar, thresholds = roc(scores, same)
    right = tar * same.sum() + (1 - far) * (~same).sum()  # pairs decided rightly
    best = int(np.argmax(np.round(right)))  # of equals, the strictest
    return float(thresholds[best : best + 2].mean() if best else thresholds[0])


def folds_accuracy(scores, same, fold):
    """LFW View 2: each fold decided with the best threshold of all the others.

    Args:
        scores, same: (pair,) each, as in roc().
        fold: the fold of each pair, (pair,); LFW has 10 folds of 600 pairs.

    Returns:
        (mean accuracy, its standard error) over the folds.

    Source: Huang et al., UMass TR 07-49 (2007), section "View 2".

    >>> folds_accuracy([0.9, 0.1, 0.8, 0.2], [1, 0, 1, 0], fold=[0, 0, 1, 1])
    (1.0, 0.0)
    """
    shares = accuracy_by_fold(scores, same, fold)
    return float(shares.mean()), float(shares.std(ddof=1) / np.sqrt(len(shares)))


def accuracy_by_fold(scores, same, fold):
    """The accuracy in each fold, float (fold,), of which folds_accuracy is the mean."""
    scores, same = checked_pairs(scores, same)
    fold = np.asarray(fold)
    names = np.unique(fold)
    if fold.shape != scores.shape or len(names) < 2:
        raise ValueError(
            f"Need one fold for each of {len(scores)} pairs and at least two folds, "
            f"got {fold.shape} with {len(names)}. Pass the fold number of each pair."
        )
    shares = []
    for name in names:
        held_out = fold == name
        threshold = best_threshold(scores[~held_out], same[~held_out])
        decided = scores[held_out] >= threshold
        shares.append((decided == same[held_out]).mean())
    return np.array(shares)
