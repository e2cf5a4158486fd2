"""Koch, Zemel and Salakhutdinov's recipe of 2015, as far as a budget of minutes goes.

Their network on drawings of 105 x 105 pixels, weighted L1 and a sigmoid; pairs of one
alphabet, half of them same; eight affine distortions of each; SGD with momentum and a
rate for each layer, which falls by 1 % an epoch; of all weights those with the best
one-shot accuracy on alphabets that are held out. The constants that the paper searched
for and does not print are marked. Notebook 10 reads `koch.json`, made by

    python -m helpers.experiments.koch 30

A second number is the rate of Adam in place of the layers' own: 1e-4, for instance.
"""

import json
import sys
import time
from pathlib import Path

import keras
import numpy as np

from helpers import models, training
from helpers.disk.files import fill_json, read_json
from helpers.embedding import embed
from helpers.experiments.orl_runs import logits
from helpers.pairs import stream, to_float
from helpers.recipes import drawings
from helpers.recipes.omniglot import apart
from helpers.sources.omniglot import (
    SIDE,
    accuracy,
    alphabets,
    draw_runs,
    lake_runs,
    omniglot,
)

RESULTS = Path(__file__).with_name("koch.json")
DRAWERS = 12  # of 20 are learned from
PAIRS = 128  # of a batch
DISTORTIONS = 8  # of each pair, beside itself
DECAY = 0.99  # of the rates, after each epoch
MOMENTUM = 0.9  # not printed: rises from 0.5 to a value of each layer
RATES = dict.fromkeys(("conv1", "conv2", "conv3", "conv4", "dense", "same"), 1e-2)
# not printed: searched from 1e-4 to 1e-1 for each layer


class LayerwiseSGD(keras.optimizers.SGD):
    """SGD with a factor on the rate of each layer: name -> factor, 1 for the others."""

    def __init__(self, learning_rate, rates, **others):
        super().__init__(learning_rate, **others)
        self.rates = rates

    def update_step(self, gradient, variable, learning_rate):
        path = getattr(variable, "path", variable.name)  # fit() hands over TensorFlow's
        factor = self.rates.get(path.split("/")[-2], 1.0)
        super().update_step(gradient, variable, factor * learning_rate)


def draw_pairs(photos, number, rng):
    """Draw pairs of drawings of one alphabet, half same, each alphabet equally often.

    Returns:
        first, second: int (pair,), numbers of drawings; same: bool (pair,).
    """
    alphabet = alphabets(photos)
    letters = [np.unique(photos.people[alphabet == a]) for a in np.unique(alphabet)]
    places = {letter: photos.of(letter) for known in letters for letter in known}
    same = np.arange(number) % 2 == 0
    pairs = []
    for n in range(number):
        one, other = rng.choice(letters[n // 2 % len(letters)], 2, replace=False)
        if same[n]:
            pairs.append(rng.choice(places[one], 2, replace=False))
        else:
            pairs.append([rng.choice(places[one]), rng.choice(places[other])])
    first, second = np.array(pairs).T
    return first, second, same


def batches(photos, number, seed=0):
    """How batch number `step` is made: pairs as they are, and distorted.

    Args:
        photos: drawings of `omniglot`.
        number: of pairs that are drawn once and for all.
        seed: of the pairs and of the distortions.

    Returns:
        A function of the step, for `pairs.stream`: images float32
        (2 * PAIRS, row, column, 1), the first of all pairs before the second; same,
        int32 (PAIRS,).
    """
    first, second, same = draw_pairs(photos, number, np.random.default_rng(seed))

    def make(step):
        rng = np.random.default_rng([seed, step])
        drawn = rng.integers(number, size=PAIRS)
        images = [
            photos.images[i, ..., 0] for i in [*first[drawn], *second[drawn]]
        ]  # (drawing,) of (row, column)
        alone = np.tile(rng.integers(DISTORTIONS + 1, size=PAIRS) == 0, 2)
        images = [
            to_float(image) if plain else drawings.distort(image, rng)
            for image, plain in zip(images, alone)
        ]
        return np.stack(images)[..., None], same[drawn].astype(np.int32)

    return make


class Choice(keras.callbacks.Callback):
    """After each epoch look at held-out alphabets; keep the best; stop in time."""

    def __init__(self, model, tower, runs, minutes):
        super().__init__()
        self.similarity = similarity_of(model, tower)
        self.runs, self.minutes = runs, minutes
        self.scores, self.best = [], None
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        means = []  # of the logits: near 0 where all differences have shrunk

        def similarity(asked, shown):
            found = self.similarity(asked, shown)
            means.append(found.mean())
            return found

        score = float(accuracy(similarity, self.runs).mean())
        if not self.scores or score > max(self.scores):
            self.best = self.model.get_weights()
        self.scores.append(score)
        minutes = (time.perf_counter() - self.start) / 60
        print(
            f"{minutes:5.1f} of {self.minutes:g} minutes  loss {logs['loss']:.3f}  "
            f"held-out one-shot {100 * score:.1f} %  mean logit {np.mean(means):.2f}",
            flush=True,
        )
        self.model.stop_training = minutes >= self.minutes


def similarity_of(model, tower):
    """The logits (n, m) of two sets of drawings by the trained head, for `accuracy`."""

    def similarity(asked, shown):
        a, b = embed(tower, asked, 32), embed(tower, shown, 32)
        return logits(model, a[:, None], b[None])

    return similarity


def train_koch(minutes=30.0, pairs=150_000, seed=0, epoch=10, rate="layerwise"):
    """Train the paper's network by the paper's recipe, for so many minutes.

    Args:
        minutes: budget; the epoch that is running is finished.
        pairs: how many are drawn; the paper has 30,000, 90,000 and 150,000.
        epoch: batches between two looks at the held-out alphabets.
        rate: "layerwise", or a number for Adam, which most who rebuilt it took.

    Returns:
        (model, tower, dict of what was measured)
    """
    train, held_out = apart(omniglot(SIDE))
    train = train.take(np.arange(len(train)) % 20 < DRAWERS)
    keras.utils.set_random_seed(seed)
    tower = models.koch()
    model = models.siamese_pairs(tower)
    if rate == "layerwise":
        steps = pairs * (DISTORTIONS + 1) / PAIRS  # of an epoch of the paper
        falling = keras.optimizers.schedules.ExponentialDecay(
            1.0, steps, DECAY, staircase=True
        )
        optimizer = LayerwiseSGD(falling, RATES, momentum=MOMENTUM)
    else:
        optimizer = keras.optimizers.Adam(rate)
    model.compile(optimizer, keras.losses.BinaryCrossentropy())
    training.trace_once(model)
    choice = Choice(model, tower, draw_runs(held_out, 5), minutes)
    data = stream(batches(train, pairs, seed)).map(
        lambda images, same: ((images[:PAIRS], images[PAIRS:]), same)
    )
    fit = model.fit(
        data,
        steps_per_epoch=epoch,
        epochs=10_000,
        callbacks=[choice],
        shuffle=False,
        verbose=0,
    )
    model.set_weights(choice.best)
    seen = len(choice.scores) * epoch * PAIRS
    return model, tower, {
        "minutes": round((time.perf_counter() - choice.start) / 60, 1),
        "pairs_seen": seen,
        "losses": [round(loss, 4) for loss in fit.history["loss"]],
        "held_out": [round(score, 4) for score in choice.scores],
    }  # fmt: skip


def results(path=RESULTS):
    """Read what `main` wrote: dict of name -> what `train_koch` measured, and more."""
    return read_json(path, "python -m helpers.experiments.koch 30")


def main(minutes, rate="layerwise"):
    """Train within a budget, as `train_koch`, and write what the report shows."""
    fresh = draw_runs(apart(omniglot(SIDE))[1], 100)

    def run(key):
        model, tower, found = train_koch(minutes, rate=rate)
        similarity = similarity_of(model, tower)
        found["lake"] = round(float(accuracy(similarity, lake_runs(SIDE)).mean()), 4)
        found["fresh"] = round(float(accuracy(similarity, fresh).mean()), 4)
        print(json.dumps({key: found}))
        return found

    fill_json(RESULTS, [f"{rate} {minutes:g}"], run)


if __name__ == "__main__":
    minutes, *rates = map(float, sys.argv[1:])
    main(minutes, *rates)
