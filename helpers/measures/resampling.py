"""Error bars: how far might a number be off, had other people been measured?

No TensorFlow.
"""

import numpy as np

from helpers.measures.scores import checked_pairs, pair_scores


def resample_people(embeddings, people, statistic, draws=200, seed=0, metric="cosine"):
    """95 % interval of a statistic, had other people stood before the camera.

    Photos of one person are not independent, so whole people are drawn, with
    replacement (the bootstrap; Bolle, Ratha, Pankanti 2004 for verification).

    Args:
        embeddings, people: (photo, feature) and (photo,).
        statistic: a function of (scores, same), such as eer.
        draws: resamples. seed: of the draws. metric: as in similarity().

    Returns:
        (low, high).

    >>> points = np.array([[0.0], [0.1], [1.0], [1.1], [2.0], [2.1]])
    >>> from helpers.evaluation import eer
    >>> resample_people(points, [0, 0, 1, 1, 2, 2], eer, metric="l1")
    (0.0, 0.0)
    """
    scores, _ = pair_scores(embeddings, people, metric)
    i, j = np.triu_indices(len(people), k=1)
    people = np.asarray(people)
    return resample_pairs(scores, people[i], people[j], statistic, draws, seed)


def resample_pairs(scores, people_a, people_b, statistic, draws=200, seed=0):
    """resample_people() for pairs already scored, such as a list of LFW's.

    Somebody drawn k times stands for k people with the same photos: their same pairs
    count k times, and different pairs with somebody drawn m times k m times. Copies of
    one person are never compared, so no photo ever meets itself.

    Args:
        scores: (pair,).
        people_a, people_b: the person in the first and the second photo, (pair,) each.
    """
    rng = np.random.default_rng(seed)
    people_a, people_b = np.asarray(people_a), np.asarray(people_b)
    scores, same = checked_pairs(scores, people_a == people_b)
    order = np.argsort(-scores)  # sorted once: what is sorted again is fast
    scores, same = scores[order], same[order]
    names, person = np.unique([people_a[order], people_b[order]], return_inverse=True)
    a, b = person.reshape(2, -1)
    values = []
    while len(values) < draws:
        drawn = rng.integers(len(names), size=len(names))
        times = np.bincount(drawn, minlength=len(names))  # (person,)
        weights = np.where(same, times[a], times[a] * times[b])  # (pair,)
        if weights[same].any() and weights[~same].any():  # else draw again
            copies = np.repeat(scores, weights), np.repeat(same, weights)
            values.append(statistic(*copies))
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def share_intervals(scores, people_a, people_b, thresholds, draws=1000, seed=0):
    """95 % intervals of the share of strangers' pairs that reach each threshold.

    People are drawn as in resample_pairs(), for all thresholds at once.

    Args:
        scores, people_a, people_b: as for resample_pairs(); only strangers count.
        thresholds: float (threshold,).

    Returns:
        float (threshold, 2): low, high.

    >>> share_intervals(np.float32([1, 0, 0]), [0, 0, 1], [1, 2, 2], [0.5, 0]).tolist()
    [[0.0, 1.0], [1.0, 1.0]]
    """
    rng = np.random.default_rng(seed)
    people_a, people_b = np.asarray(people_a), np.asarray(people_b)
    strangers = people_a != people_b
    names, person = np.unique([people_a, people_b], return_inverse=True)
    a, b = person.reshape(2, -1)[:, strangers]
    order = np.argsort(-scores[strangers])
    ordered, a, b = scores[strangers][order], a[order], b[order]
    places = np.searchsorted(-ordered, -np.asarray(thresholds), side="right")
    shares = []
    while len(shares) < draws:
        drawn = rng.integers(len(names), size=len(names))
        times = np.bincount(drawn, minlength=len(names))  # (person,)
        reached = np.append(0, np.cumsum(times[a] * times[b]))  # by the most alike
        if reached[-1]:  # else draw again
            shares.append(reached[places] / reached[-1])
    return np.percentile(shares, [2.5, 97.5], axis=0).T
