"""What recipes share: how a tower learns, what held-out people say, what is kept."""

import functools
from pathlib import Path

import keras
import numpy as np

from helpers import embedding, evaluation, losses, training
from helpers.datasets import Photos
from helpers.disk.cards import WEIGHTS
from helpers.disk.files import write_json
from helpers.measures import processor
from helpers.pairs import stream

STEPS = 100  # a line of progress, and a look at held-out people, every so many


def train_tower(build, loss, batches, epochs, seed, folder, quiet=False, weights=None):
    """Train a tower in the way that pays on this processor: all recipes do.

    Args:
        build: a function that makes (tower, model); the model, which may be the tower
            itself, is what learns.
        loss: of the model, as for `compile`.
        batches: start -> batches from that step on, as for `training.train`.
        epochs: of STEPS batches.
        seed, folder, quiet: as for `faces.train_faces`.
        weights: what each of several losses counts, or None.

    Returns:
        The tower in float32; history, dict of lists, one value an epoch; the way in
        words, "float32, compiled by XLA" for instance.
    """
    policy = processor.best_policy()
    xla = processor.xla_pays(policy)
    keras.mixed_precision.set_global_policy(policy)
    try:
        keras.utils.set_random_seed(seed)
        tower, model = build()
        model.compile(
            adamw(epochs * STEPS), loss, loss_weights=weights, jit_compile=xla
        )
        history = training.train(
            model, batches, STEPS, epochs, folder=folder, quiet=quiet
        )
    finally:
        keras.mixed_precision.set_global_policy("float32")
    way = policy + ", compiled by XLA" * xla
    return embedding.in_float32(tower), history, way


def train_on_batches(build, make, epochs, seed, folder, quiet=False):
    """`train_tower` for drawings and pictures: the supervised contrastive loss alone.

    Args:
        build: a function that makes the tower, which itself learns.
        make: number of a batch -> the batch, as for `pairs.stream`.
    """
    loss = losses.SupervisedContrastive(temperature=0.1)
    batches = functools.partial(stream, make)

    def twice():
        return (build(),) * 2

    return train_tower(twice, loss, batches, epochs, seed, folder, quiet)


def adamw(steps):
    """The optimizer of our verifiers: AdamW 0.002 with warm-up and cosine decay."""
    rate = training.decay(steps, peak=2e-3, warmup=0.05)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=0.05)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


def save_verifier(tower, card, name):
    """Write a tower and, beside it, its card: what `Verifier.load` reads.

    The name is a plain one, for the package's weights, or the path of a .keras file.
    """
    path = WEIGHTS / f"{name}.keras" if Path(name).name == name else Path(name)
    embedding.save(tower, path)
    write_json(path.with_suffix(".json"), card, indent=1)


def rounded(figures):
    """Figures as cards and reports hold them: floats of four digits."""
    return {name: round(float(value), 4) for name, value in figures.items()}


def threshold_table(scores, same):
    """What the pairs of held-out people say about thresholds.

    Args:
        scores: float (pair,), higher for more alike. same: bool (pair,).

    Returns:
        dict: `threshold`, where same and different are equally likely; `strangers`,
        rows of (rate, similarity that this share of strangers reaches); `owners`, rows
        of (rate, similarity that this share of one person's pairs does not reach);
        `held_out`, the AUC and EER there.
    """
    rates, missed = np.geomspace(1, 1e-4, 81), np.linspace(0, 1, 41)
    reached = np.quantile(scores[~same], 1 - rates)
    owners = np.column_stack([missed, np.quantile(scores[same], missed)])
    areas = {"auc": evaluation.auc(scores, same), "eer": evaluation.eer(scores, same)}
    pairs = [int(same.sum()), int((~same).sum())]
    return {
        "threshold": round(crossing(scores[same], scores[~same]), 4),
        "strangers": np.column_stack([rates, reached]).round(6).tolist(),
        "owners": owners.round(6).tolist(),
        "held_out": rounded(areas) | {"pairs": pairs},
    }


def crossing(same_scores, different_scores):
    """Where two bell curves cross that are fitted to the same and different scores.

    There a pair is as likely same as different, if both kinds are equally frequent. On
    halves of the held-out people it varies less (0.005) than the threshold with fewest
    mistakes (0.008), and makes no more mistakes on the other half.

    >>> round(crossing(np.array([1.0, 3.0]), np.array([-1.0, 1.0])), 2)
    1.0
    """
    means = np.mean(different_scores), np.mean(same_scores)
    spreads = np.std(different_scores), np.std(same_scores)
    between = np.linspace(*means, 1001)
    heights = [
        -np.log(spread) - ((between - mean) / spread) ** 2 / 2
        for mean, spread in zip(means, spreads, strict=True)
    ]
    return float(between[np.argmin(np.abs(heights[0] - heights[1]))])


def few_of_each(photos, number, least=1):
    """The first photos of each person, at most so many: everybody counts alike.

    Args:
        photos: `Photos`. number: of a person's photos, at most.
        least: who has fewer photos is left out.

    >>> from helpers.datasets import Photos
    >>> photos = Photos(np.zeros((4, 8, 8, 1), np.uint8), np.array([0, 0, 0, 1]))
    >>> few_of_each(photos, 2).people, few_of_each(photos, 2, least=2).people
    (array([0, 0, 1]), array([0, 0]))
    """
    each = [photos.of(person)[:number] for person in np.unique(photos.people)]
    return photos.take(np.concatenate([some for some in each if len(some) >= least]))


def numbered(photos):
    """The same photos with people numbered from 0, without those who have none."""
    known, numbers = np.unique(photos.people, return_inverse=True)
    names = tuple(photos.names[person] for person in known)
    return Photos(photos.images, numbers, names, photos.files)
