"""One-shot N-way: which of N people is it, with one photo of each?

No TensorFlow.
"""

import numpy as np

from helpers.measures.scores import checked_photos, similarity


def one_shot(embeddings, people, ways=10, trials=400, seed=0, metric="cosine"):
    """How often a probe is most similar to the one gallery photo of its own person.

    Each trial draws `ways` people, one gallery photo of each, and as probe another
    photo of the first. Those who tie for the highest score share the credit, so a
    constant scorer gets exactly 1 / ways, wherever the right answer stands.

    Args:
        embeddings: (photo, feature).
        people: (photo,).
        ways: people in a gallery. trials: galleries drawn. seed: of the draws.
        metric: as in similarity().

    Returns:
        Accuracy, 0 to 1; its standard error is about sqrt(p (1 - p) / trials).

    Raises:
        ValueError: fewer people than `ways`, or nobody with two photos.

    >>> one_shot([[0.0], [0.1], [1.0], [1.1]], [0, 0, 1, 1], ways=2, metric="l1")
    1.0
    """
    embeddings, people = checked_photos(embeddings, people)
    probe, gallery = draw_trials(people, ways, trials, seed)
    columns = [similarity(embeddings[probe], embeddings[g], metric) for g in gallery.T]
    scores = np.stack(columns, axis=1)  # (trial, way); way 0 is the right one
    tied = scores == scores.max(axis=1, keepdims=True)  # (trial, way)
    return float((tied[:, 0] / tied.sum(axis=1)).mean())


def draw_trials(people, ways=10, trials=400, seed=0):
    """Draw the photos of one-shot trials.

    Returns:
        probe: indices of photos, (trial,).
        gallery: indices of photos, (trial, way); column 0 shows the probe's person.

    >>> probe, gallery = draw_trials([0, 0, 1, 2], ways=3, trials=5)
    >>> gallery.shape, bool((gallery[:, 0] != probe).all())
    ((5, 3), True)
    """
    rng = np.random.default_rng(seed)
    _, person, count = np.unique(people, return_inverse=True, return_counts=True)
    if not 2 <= ways <= len(count):
        raise ValueError(
            f"A {ways}-way trial needs {ways} people, at least 2; there are "
            f"{len(count)}. Choose ways from 2 to {len(count)} or add people."
        )
    if count.max() < 2:
        raise ValueError(
            "Nobody has two photos, one for the probe and one for the gallery. "
            "Add a second photo of somebody."
        )
    photos = np.argsort(person, kind="stable")  # the photos, person by person
    first = np.cumsum(count) - count  # where each person begins in there
    target = rng.choice(np.flatnonzero(count >= 2), trials)  # (trial,)
    order = rng.random((trials, len(count)))  # (trial, person)
    order[np.arange(trials), target] = -1  # the target comes first
    drawn = np.argsort(order, axis=1)[:, :ways]  # (trial, way)
    place = rng.integers(count[drawn])  # (trial, way): which of that person's photos
    other = (place[:, 0] + rng.integers(1, count[target])) % count[target]  # (trial,)
    return photos[first[target] + other], photos[first[drawn] + place]
