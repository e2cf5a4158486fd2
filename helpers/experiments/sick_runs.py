"""Short training runs with a fault each, for 06, and what gives the fault away."""

import keras
import numpy as np

from helpers import evaluation, pairs
from helpers.embedding import embed
from helpers.experiments.orl_runs import build, losses_of
from helpers.figures import curves
from helpers.losses import PairCrossEntropy

STEPS, POINTS = 10, 12  # a curve has 12 points, each the mean of 10 steps


def short_run(learn, rate=2e-3, loss=None, random_head=False):
    """Train for 120 steps.

    Args:
        learn: `Photos` to learn from.
        rate: learning rate, constant.
        loss: (people, logits of all pairs) -> loss; None for PairCrossEntropy.
        random_head: begin with a head that Keras draws, not with "near is same".

    Returns:
        (tower, model, losses): one loss for every ten steps.
    """
    tower, model = build(rate)
    if random_head:
        head = model.get_layer("same")
        head.kernel.assign(keras.initializers.GlorotUniform(0)(head.kernel.shape))
        head.bias.assign([0.0])
    model.compile(keras.optimizers.Adam(rate), loss or PairCrossEntropy())
    return tower, model, fit_shortly(model, learn)


def fit_shortly(model, learn):
    """The losses of 120 steps of a compiled model, one for every ten."""
    batches = pairs.dataset(learn, n_people=10, n_photos=4)
    return losses_of(model, batches, STEPS, POINTS)


def strangers_eer(tower, photos):
    """EER of a tower on people it has not learned from, a share."""
    embeddings = embed(tower, photos.images)
    return evaluation.eer(*evaluation.pair_scores(embeddings, photos.people))


def accepted(model, photos):
    """Which shares of same and of different pairs a siamese model accepts."""
    images = pairs.to_float(photos.images)
    logits = model.predict(images, batch_size=len(images), verbose=0)  # (photo, photo)
    first, second, same = pairs.all_pairs(photos.people)
    accept = logits[first, second] > 0  # (pair,)
    return float(accept[same].mean()), float(accept[~same].mean())


def describe(name, run, photos):
    """One line on a run: its last loss and what it does with strangers."""
    tower, model, losses = run
    same, different = (100 * share for share in accepted(model, photos))
    text = "{:16} loss {:.3f}   accepts {:3.0f} % of same, {:3.0f} % of different pairs"
    text += "   EER {:.0f} %"
    eer = 100 * strangers_eer(tower, photos)
    return text.format(name, losses[-1], same, different, eer)


def draw(runs):
    """Draw the losses of several `short_run`, each beside the first one in grey."""
    healthy = next(iter(runs.values()))[2]
    panels = {name: ([healthy], losses) for name, (_, _, losses) in runs.items()}
    return curves.small_curves(panels, STEPS, level=np.log(2), top=1.05)
