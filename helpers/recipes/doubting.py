"""A network that says which photos its own rates do not hold for.

Where two strangers' photos share a flaw that the network does not see through, more of
them pass than the card promises. Which flaws these are is measured: flaws are drawn as
in training (`recipes/flaws.py`), and of each it is counted how many strangers pass. A
logistic regression on what the network's own maps say, their means and spreads, then
tells photos with such a flaw from all others. It costs no second look at the photo.
"""

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from helpers.embedding import embed
from helpers.measures.maps import MeanAndSpread
from helpers.measures.scores import unit
from helpers.recipes import flaws

DRAWS, EACH = 600, 16  # flaws, and people whose photos get each
FAR = 0.05  # of good photos, at the limit where passing strangers are counted
HARM = 1.5  # so many times as many strangers pass: the flaw does harm
GOOD = 0.01  # share of held-out people's photos that may be doubted
STRENGTH = 0.001  # of the regression, whose kernel is kept small


def said(tower):
    """What the maps of a tower say of a photo: a model photo -> (photo, value)."""
    maps = [layer.output for layer in tower.layers if layer.name.endswith("_relu")]
    spread = [MeanAndSpread(name=f"said_{n}")(each) for n, each in enumerate(maps)]
    return keras.Model(tower.input, keras.layers.Concatenate(name="said")(spread))


def drawn(photos, rng):
    """Photos of which always EACH share a flaw: uint8 (photo, row, column, 1)."""
    _, firsts = np.unique(photos.people, return_index=True)
    made = []
    for _ in range(DRAWS):
        flaw = flaws.draw(rng)
        chosen = photos.images[rng.choice(firsts, EACH, replace=False)]
        made += [flaw(image, rng) for image in chosen]
    return np.stack(made)


def strangers(embeddings):
    """The similarity of each pair of people, one photo of each: float (pair,)."""
    rows = unit(embeddings)
    return (rows @ rows.T)[np.triu_indices(len(rows), k=1)]


def with_doubt(tower, photos, held_out):
    """A model that returns what the tower does, and beside it its doubt of each photo.

    Args:
        tower: a `models.compact` that is trained.
        photos: `Photos` that it was trained on; flaws are drawn for them.
        held_out: `Photos` of other people, none flawed: of them GOOD are doubted.

    Returns:
        A model photo -> [embedding, doubt (photo, 1)], for `embedding.apart`.
    """
    _, firsts = np.unique(held_out.people, return_index=True)
    good = strangers(embed(tower, held_out.images[firsts]))
    bad = drawn(photos, np.random.default_rng(0))
    alike = np.stack([*map(strangers, np.split(embed(tower, bad), DRAWS))])
    passing = (alike >= np.quantile(good, 1 - FAR)).mean(axis=1)  # (flaw,)
    harmful = np.repeat(passing > HARM * FAR, EACH)

    reading = said(tower)
    rows = np.concatenate([embed(reading, photos.images), embed(reading, bad)])
    scale = StandardScaler().fit(rows)
    known = np.concatenate([np.zeros(len(photos), bool), harmful])
    told = LogisticRegression(C=STRENGTH, max_iter=500).fit(
        scale.transform(rows), known
    )
    kernel = (told.coef_[0] / scale.scale_)[:, None]  # (value, 1)
    usual = embed(reading, held_out.images) @ kernel
    last = keras.layers.Dense(1, name="doubt")
    model = keras.Model(
        tower.input, [tower.output, last(reading.output)], name="compact"
    )
    last.set_weights([kernel, -np.quantile(usual, 1 - GOOD, axis=0)])
    return model
