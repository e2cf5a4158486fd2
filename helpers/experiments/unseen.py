"""A verifier measured on people it never saw, for 01: four folds, one-shot, error bar.

No TensorFlow.
"""

from typing import NamedTuple

import numpy as np

from helpers import evaluation
from helpers.datasets import folds


class Measured(NamedTuple):
    """Mean EER and one-shot accuracy of the folds, and EERs of redrawn people."""

    eer: float
    shot: float
    redrawn: np.ndarray

    @property
    def interval(self):
        """Where 95 % of the redrawn EERs lie: (low, high)."""
        return tuple(np.percentile(self.redrawn, [2.5, 97.5]).tolist())

    def __str__(self):
        low, high = (100 * value for value in self.interval)
        text = f"EER {100 * self.eer:.0f} % ({low:.0f} to {high:.0f})"
        return f"{text}, one-shot {100 * self.shot:.0f} %"


def measure(photos, embed, metric="cosine", draws=100, seed=0):
    """Measure a verifier four times, each time on a quarter of the people.

    Args:
        photos: `Photos`.
        embed: a function of the photos of the other people and of the unseen ones,
            uint8 (photo, row, column, channel) each; it returns embeddings of the
            unseen, (photo, feature).
        metric: as in evaluation.similarity().
        draws: how often each fold's people are drawn again, with replacement.
        seed: of the draws and of the one-shot trials, among all people of a fold.

    >>> from helpers.datasets import Photos
    >>> images = np.arange(8, dtype="uint8").repeat(3).reshape(24, 1, 1, 1)
    >>> photos = Photos(images, np.arange(8).repeat(3))
    >>> print(measure(photos, lambda train, test: test[:, 0, 0], "l1"))
    EER 0 % (0 to 0), one-shot 100 %
    """
    eers, shots, redrawn = [], [], []
    for fold, (train, test) in enumerate(folds(photos)):
        embeddings = embed(train.images, test.images)  # (photo, feature)
        people, ways = test.people, len(np.unique(test.people))
        scores, same = evaluation.pair_scores(embeddings, people, metric)
        eers.append(evaluation.eer(scores, same))
        shots.append(evaluation.one_shot(embeddings, people, ways, 400, seed, metric))
        a, b = (people[n] for n in np.triu_indices(len(test), k=1))  # (pair,)
        redrawn.append([
            evaluation.resample_pairs(scores, a, b, evaluation.eer, 1, number)[0]
            for number in range(seed + fold, seed + fold + 4 * draws, 4)
        ])  # fmt: skip
    return Measured(np.mean(eers), np.mean(shots), np.mean(redrawn, axis=0))
