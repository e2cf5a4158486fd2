"""People who do not exist, as many as wanted: their embeddings spread like real ones.

Faces differ in few ways, and a network bends these few numbers into many features. So a
made person is a point of some 30 independent normal numbers, the traits. A photo shows
them mixed with others, those of the moment. Fixed random cosines bend them (Rahimi and
Recht 2007), and their principal components get the variances that were measured on real
embeddings:

    embedding = unit(mean + cos(reach * traits @ directions + phases) @ weights)

Two photos are then exp(-reach^2 distance^2 / 2) alike, before they are centred: few
traits make near strangers frequent. Faces have 12 to 19 of them, by the embeddings of
two networks (Gong, Boddeti, Jain 2019). No TensorFlow.
"""

from typing import NamedTuple

import numpy as np

from helpers.measures.scores import unit

BENDS = 512  # cosines, at least as many as features


class Population(NamedTuple):
    """What `made` made; see there.

    Attributes:
        directions: float32 (trait, bend), times `reach`. phases: (bend,).
        weights: (bend, feature). mean: (feature,).
        person: (a, b) of the Beta distribution of a person's share in a photo.
    """

    directions: np.ndarray
    phases: np.ndarray
    weights: np.ndarray
    mean: np.ndarray
    person: tuple[float, float]


def bent(traits, directions, phases):
    """The cosines of traits, float32 (photo, bend)."""
    return np.cos(traits.astype(np.float32) @ directions + phases)


def spread(rows):
    """How real embeddings spread, turned so that their axes are those of most spread.

    Turning changes no similarity, and who is in `rows` cannot be told any more.

    Args:
        rows: float (person, feature), one embedding of each of many people.

    Returns:
        variances, mean: float (feature,) each, from small to large variance.
    """
    variances, axes = np.linalg.eigh(np.cov(rows.T))
    return np.maximum(variances, 0), rows.mean(axis=0) @ axes


def made(variances, mean, traits, reach, person, seed=0):
    """Make a population whose embeddings spread like that, turned at random.

    For in a network's embeddings, too, what varies most is in no feature alone; codes
    of a few features each would else do badly.

    Args:
        variances, mean: float (feature,), of `spread`.
        traits: in how many ways people differ, 1 or more.
        reach: how far one trait bends the features; near 0 is a straight map.
        person: (a, b), how much of a photo is the person: its share is drawn from
            Beta(a, b), mean a / (a + b).
        seed: of the directions.

    Returns:
        A `Population`.

    >>> rows = unit(np.random.default_rng(0).normal(size=(500, 8)))
    >>> many = draw(made(*spread(rows), 10, 0.3, (8, 2)), 1000)
    >>> many.shape, bool(np.abs(spread(many)[0] - spread(rows)[0]).max() < 0.03)
    ((1000, 8), True)
    """
    rng = np.random.default_rng(seed)
    directions = reach * rng.normal(size=(traits, BENDS)).astype(np.float32)
    phases = rng.uniform(0, 2 * np.pi, BENDS).astype(np.float32)
    some = bent(rng.normal(size=(20 * BENDS, traits)), directions, phases)
    found, components = np.linalg.eigh(np.cov(some.T))  # from small to large
    last = len(variances)
    scale = np.sqrt(variances / found[-last:])  # (feature,)
    turn = np.linalg.qr(rng.normal(size=(last, last)))[0]
    weights = components[:, -last:] * scale @ turn  # (bend, feature)
    mean = mean @ turn - some.mean(axis=0) @ weights
    return Population(
        directions, phases, weights.astype("f4"), mean.astype("f4"), person
    )


def traits_of(population, number, rng):
    """The traits of so many people, float32 (person, trait)."""
    return rng.standard_normal((number, len(population.directions)), np.float32)


def photos(population, people, rng):
    """One photo of each person, another one with each call.

    Args:
        population: of `made`. people: float (person, trait), of `traits_of`.
        rng: `np.random.Generator`, of the moments.

    Returns:
        Embeddings float32 (person, feature), of length 1.
    """
    rows = np.empty((len(people), len(population.mean)), np.float32)
    for start in range(0, len(people), 20_000):
        part = people[start : start + 20_000]
        share = rng.beta(*population.person, (len(part), 1)).astype(np.float32)
        moment = traits_of(population, len(part), rng)
        seen = np.sqrt(share) * part + np.sqrt(1 - share) * moment
        cosines = bent(seen, population.directions, population.phases)
        rows[start : start + 20_000] = unit(
            population.mean + cosines @ population.weights
        )
    return rows


def draw(population, number, seed=0):
    """One photo of each of so many people: embeddings float32 (person, feature)."""
    rng = np.random.default_rng(seed)
    return photos(population, traits_of(population, number, rng), rng)
