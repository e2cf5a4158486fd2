"""From one pair a drawing to our recipe, one step at a time: what each step gains.

Each row of STEPS changes one thing of the row above it and is trained for the same
1,000 batches of 128 drawings, on 24 background alphabets; three seeds. It is measured
as choices are made: one-shot tasks within the six alphabets of HELD_OUT, any two
drawers. Notebook 10 reads `omniglot_runs.json`, which this makes again:

    python -m helpers.experiments.omniglot_runs
"""

import functools
import itertools
import time
from pathlib import Path

import keras
import numpy as np
from keras import ops

from helpers import losses, models
from helpers.disk.files import fill_json, read_json
from helpers.embedding import embed
from helpers.experiments.orl_runs import begin_with_distance, losses_of
from helpers.measures.scores import unit
from helpers.pairs import stream, to_float
from helpers.recipes import drawings
from helpers.recipes.learning import adamw
from helpers.recipes.omniglot import apart
from helpers.sources.omniglot import accuracy, alphabets, by_pixels, draw_runs, omniglot

RUNS = Path(__file__).with_name("omniglot_runs.json")
BATCHES = 1000
TASKS = 100  # runs of 20 tasks


def still(drawing, rng):
    """A drawing as it is, float32 (row, column) in 0..1."""
    return to_float(drawing)


class OnePair(losses.PairCrossEntropy):
    """`PairCrossEntropy` that counts one pair a drawing, as two photos in, one out do.

    Of a character's four drawings the first two are a same pair; the third makes a
    different pair with the fourth of the character half a batch away, of another
    alphabet mostly, as most of all pairs are. All drawings are embedded once, as where
    all pairs count.
    """

    def call(self, y_true, y_pred):
        n = ops.shape(y_pred)[0]
        same, different = losses.same_and_different(y_true)
        return losses.halves(
            ops.softplus(-y_pred),
            ops.softplus(y_pred),
            same * one_pair(n, 0, 1),
            different * one_pair(n, 2, n // 8 * 4 + 3),
        )


def one_pair(n, first, second):
    """Which pairs of n drawings are number `first` and `second` of each group of four.

    >>> np.argwhere(one_pair(8, 2, 7)).tolist()  # the last goes with the first group
    [[2, 7], [6, 3]]
    """
    number = ops.arange(n)
    partner = (number - first + second) % n
    begins = number % 4 == first
    pairs = ops.logical_and(begins[:, None], number[None, :] == partner[:, None])
    return ops.cast(pairs, "float32")


STEPS = {  # name -> what differs from the row above
    "one pair a drawing": {"loss": OnePair, "change": still, "orientations": 1,
                           "n_alphabets": 24, "size": 32},
    "all pairs": {"loss": losses.PairCrossEntropy},
    "supervised contrastive": {"loss": losses.SupervisedContrastive},
    "affine distortions": {"change": drawings.distort},
    "waves and ink": {"change": drawings.vary},
    "turned characters": {"orientations": drawings.ORIENTATIONS},
    "look-alikes": {"n_alphabets": 2},
    "64 pixels": {"size": 64},
}  # fmt: skip


def settings(name):
    """All settings of a row of STEPS: those of the rows above, with its own change.

    >>> settings("affine distortions")["loss"].__name__, settings("64 pixels")["size"]
    ('SupervisedContrastive', 64)
    """
    found = {}
    for step, change in STEPS.items():
        found |= change
        if step == name:
            return found
    raise ValueError(f"There is no step {name!r}: choose from {', '.join(STEPS)}.")


def train(name, photos, seed=0, batches=BATCHES):
    """Train a tower in the way of a row of STEPS, on drawings of that row's size.

    Returns:
        (tower, losses): a loss for each tenth of the batches.
    """
    way = settings(name)
    keras.utils.set_random_seed(seed)
    model = tower = models.compact((way["size"], way["size"], 1), width=16)
    if way["loss"] is not losses.SupervisedContrastive:
        model = models.siamese(tower)
        begin_with_distance(model)
    model.compile(adamw(batches), way["loss"]())
    n_alphabets = min(way["n_alphabets"], len(np.unique(alphabets(photos))))
    make = drawings.batches(
        photos,
        n_alphabets=n_alphabets,
        seed=seed,
        change=way["change"],
        orientations=way["orientations"],
    )
    return tower, losses_of(model, stream(make), batches // 10, 10)


def measure(tower, photos, tasks=TASKS):
    """One-shot accuracy within alphabets never seen, a share; one look, no mirror."""

    def similarity(asked, shown):
        asked, shown = (unit(embed(tower, images)) for images in (asked, shown))
        return asked @ shown.T

    return float(accuracy(similarity, draw_runs(photos, tasks)).mean())


def make_results(names=tuple(STEPS), seeds=(0, 1, 2), path=RUNS):
    """Make the runs that `results` reads; those already in the file are kept."""

    @functools.cache
    def drawn(size):
        return apart(omniglot(size))

    def run(key):
        if key == "pixels":
            return {"fresh": accuracy(by_pixels, draw_runs(drawn(32)[1], TASKS)).mean()}
        name, seed = key.split("|")
        learn, held_out = drawn(settings(name)["size"])
        start = time.perf_counter()
        tower, curve = train(name, learn, int(seed))
        seconds = time.perf_counter() - start
        fresh = measure(tower, held_out)
        print(f"{key:24} {100 * fresh:4.1f} %  {seconds:.0f} s", flush=True)
        return {
            "fresh": round(fresh, 4),
            "curve": [round(loss, 4) for loss in curve],
            "seconds": round(seconds, 1),
        }

    every = itertools.product(seeds, names)
    fill_json(path, ["pixels", *(f"{name}|{seed}" for seed, name in every)], run)


def results(path=RUNS):
    """Read the runs: name -> accuracy on fresh tasks, float (seed,); "pixels" first."""
    stored = read_json(path, "python -m helpers.experiments.omniglot_runs")
    found = {"pixels": np.array([stored.pop("pixels")["fresh"]])}
    for name in STEPS:
        keys = sorted(key for key in stored if key.partition("|")[0] == name)
        if keys:
            found[name] = np.array([stored[key]["fresh"] for key in keys])
    return found


if __name__ == "__main__":
    make_results()
