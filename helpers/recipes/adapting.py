"""Adapt a verifier to a kind of photo, in closed form, with a few people of that kind.

A verifier for news photos counts what varies in the news. In one room, before one
camera, other things vary. A few people of that room say which: the differences between
photos of one person. Directions in which these are large shall count less
(within-class covariance normalisation: Hatch, Kajarekar and Stolcke, Interspeech 2006).
No network is trained, and nobody who is verified later is needed.
"""

import keras
import numpy as np

from helpers.evaluation import eer
from helpers.measures.scores import off_own_mean, pair_scores
from helpers.recipes.learning import threshold_table
from helpers.verifier import Verifier

SHARE = 0.5  # of what was seen to vary; the rest takes all directions for alike
PARTS = 3  # of the people: each part is scored by what the others teach


def even_out(embeddings, people, share=SHARE):
    """The linear map after which one person's photos differ alike in all directions.

    Few people show only some of what varies. So the covariance within people is mixed
    with one that is the same in all directions and as large.

    Args:
        embeddings: float (photo, feature). people: (photo,), who is on each.
        share: of the covariance that was seen, 0..1; with 1 there must be more photos
            than features.

    Returns:
        kernel (feature, feature), bias (feature,): the mean of all photos goes to 0.
    """
    known, count = np.unique(people, return_counts=True)
    if (count > 1).sum() < 2:
        raise ValueError(
            "What varies cannot be seen: give at least two people with two photos each."
        )
    off = off_own_mean(embeddings, people)  # (photo, feature)
    within = off.T @ off / (len(embeddings) - len(known))
    even = np.trace(within) / len(within) * np.eye(len(within))
    kernel = np.linalg.inv(np.linalg.cholesky(share * within + (1 - share) * even)).T
    return kernel, -embeddings.mean(axis=0) @ kernel


def adapt(verifier, photos):
    """A verifier that has seen what varies in this kind of photo.

    Its thresholds come from the same people, each part of them scored by a map that
    the others taught, so that nobody is judged by what was learned from him.

    Args:
        verifier: a `Verifier`; it stays as it is.
        photos: `Photos` of crops that it takes, of six people at least with two photos
            each. Thirty people take the EER on ORL from 3.9 to 2.3 %.
    """
    embeddings = verifier.embed_crops(photos.images)
    _, people, count = np.unique(photos.people, return_inverse=True, return_counts=True)
    part = (np.cumsum(count > 1) % PARTS)[people]  # (photo,)
    if (count > 1).sum() < 2 * PARTS:
        raise ValueError(
            f"{(count > 1).sum()} people have two photos or more: adapting needs "
            f"{2 * PARTS} at least, better thirty."
        )
    parts = [part != number for number in range(PARTS)]
    found = [scores_of_others(embeddings, people, known) for known in parts]
    scores, same = map(np.concatenate, zip(*found))
    card = {
        **verifier.card,
        "shared": None,  # the mean of all goes to 0
        "adapted_to": f"{len(embeddings)} photos of {len(count)} people",
        **threshold_table(scores, same),
    }
    last = keras.layers.Dense(embeddings.shape[1], name="adapted")
    photo = keras.Input(verifier.tower.input_shape[1:], name="photo")
    unit = keras.layers.UnitNormalization(name="length_1")(verifier.tower(photo))
    tower = keras.Model(photo, last(unit), name="adapted_tower")
    last.set_weights(even_out(embeddings, people))
    return Verifier(tower, card)


def scores_of_others(embeddings, people, known):
    """The pairs of those who are not `known`, (photo,), by what the known teach."""
    kernel, bias = even_out(embeddings[known], people[known])
    return pair_scores(embeddings[~known] @ kernel + bias, people[~known])


def on_others(embeddings, people, learn):
    """What adapting to those in `learn` is worth: the others' EER, before and after.

    Embeddings are float (photo, feature), each of length 1.
    """
    known = np.isin(people, learn)
    given = pair_scores(embeddings[~known], people[~known])
    return eer(*given), eer(*scores_of_others(embeddings, people, known))
