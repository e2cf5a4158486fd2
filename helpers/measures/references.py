"""Several references of a person: how they are joined, and what that is worth.

Two kinds of mistakes on purpose, in the words of those who study signatures: a *random
forgery* is somebody else's picture, a *skilled* one a copy of the person's own. No
TensorFlow.
"""

import numpy as np

from helpers.measures.scores import unit

SETS = 10  # of references, drawn of each person
SHARES = 0.0, 0.25, 0.5, 0.75, 1.0  # of what an own threshold takes of the level
STRANGERS = 40  # random forgeries that each set meets, at most


def joined(similarities):
    """What a probe is worth beside several references: the mean similarity.

    Its mean is that of one reference, so a threshold that was set on pairs holds; the
    cosine with the mean embedding is larger the more references there are.

    Args:
        similarities: float (reference, ...).

    >>> joined([0.5, 0.75])
    0.625
    """
    return np.mean(similarities, axis=0).tolist()


def trials(every, people, whose=(), number=1, seed=0):
    """Scores of probes beside references, which are drawn SETS times of each person.

    Args:
        every: float (genuine, genuine + forged), the similarity of each genuine picture
            with each other one, then with each forgery, as of `alike`.
        people: int (genuine,). whose: int (forged,), the person that each imitates.
        number: of references; who has no more pictures than that is left out.
        seed: of the draws.

    Returns:
        dict: for "genuine", "random" and "skilled" probes the scores (trial,), and for
        each the person `of` (trial,) whose references it met, and the `level` (trial,),
        the mean similarity of these references with each other, 0 of one alone.

    >>> made = trials(np.eye(4) + 0.5, [7, 7, 8, 8])
    >>> float(made["genuine"]["scores"].max()), len(made["skilled"]["scores"])
    (0.5, 0)
    """
    rng, people = np.random.default_rng(seed), np.asarray(people)
    whose = np.asarray(whose, int)
    made = {kind: [] for kind in ("genuine", "random", "skilled")}
    for person in np.unique(people):
        own, others = np.flatnonzero(people == person), np.flatnonzero(people != person)
        if len(own) <= number:
            continue
        false = len(people) + np.flatnonzero(whose == person)
        for _ in range(SETS):
            order = rng.permutation(own)
            chosen, rest = order[:number], order[number:]
            among = every[np.ix_(chosen, chosen)]
            level = level_of(among) if number > 1 else 0.0
            strangers = rng.permutation(others)[:STRANGERS]
            for kind, probes in zip(made, (rest, strangers, false)):
                scores = np.reshape(joined(every[np.ix_(chosen, probes)]), -1)
                made[kind].append((scores, person, level))
    return {kind: gathered(some) for kind, some in made.items()}


def gathered(some):
    """Scores of one kind of probe, of whom, and the level of their references."""
    if not some:
        return {"scores": np.zeros(0), "of": np.zeros(0, int), "level": np.zeros(0)}
    counts = [len(scores) for scores, _, _ in some]
    return {
        "scores": np.concatenate([scores for scores, _, _ in some]),
        "of": np.repeat([person for _, person, _ in some], counts),
        "level": np.repeat([level for _, _, level in some], counts),
    }


def alike(a, b, metric="cosine"):
    """Similarity of each row of a with each of b: cosine, or minus the distance."""
    if metric == "cosine":
        return unit(np.asarray(a, float)) @ unit(np.asarray(b, float)).T
    from scipy.spatial.distance import cdist

    return -cdist(a, b)


def own_threshold(made, share, usual=0.0):
    """The same trials, judged by a threshold of each person's own.

    Whose references are more alike than usual gets a stricter one, by a share of the
    difference: scores are lowered by as much, which is the same.

    Source: Fierrez-Aguilar, Ortega-Garcia, Gonzalez-Rodriguez (2005), normalisation by
    the target's own samples.

    Args:
        made: as of `trials`. share: 0 for one threshold for all.
        usual: the level that changes nothing.
    """
    return {
        kind: some | {"scores": some["scores"] - share * (some["level"] - usual)}
        for kind, some in made.items()
    }


def level_of(every):
    """Mean similarity of references with each other, of a square matrix of them all.

    >>> level_of(np.array([[1.0, 0.5], [0.5, 1.0]]))
    0.5
    """
    return float(every[~np.eye(len(every), dtype=bool)].mean())


def own_share(made):
    """The share of `own_threshold` with the lowest EER of skilled forgeries.

    Returns:
        share: one of SHARES; usual: the mean level of these people's references.
    """
    share = min(
        SHARES, key=lambda each: rates(own_threshold(made, each))["eer_skilled"]
    )
    return share, float(made["genuine"]["level"].mean())


def rates(made, threshold=None):
    """FRR, FAR and EER of `trials`, each trial counting alike.

    Args:
        made: as of `trials`. threshold: the least score that is accepted, or None.

    Returns:
        dict: eer_random, eer_skilled; with a threshold frr, far_random, far_skilled.
        What has no probes is left out.
    """
    found, genuine = {}, made["genuine"]["scores"]
    for kind in ("random", "skilled"):
        false = made[kind]["scores"]
        if len(false) and len(genuine):
            found[f"eer_{kind}"] = crossing(genuine, false)[0]
            if threshold is not None:
                found[f"far_{kind}"] = float(np.mean(false >= threshold))
    if threshold is not None and len(genuine):
        found["frr"] = float(np.mean(genuine < threshold))
    return found


def crossing(genuine, false):
    """The equal error rate, and the threshold that has it.

    >>> crossing(np.array([0.4, 0.8, 0.9, 1.0]), np.array([0.1, 0.2, 0.3, 0.5]))[0]
    0.25
    """
    genuine, false = np.sort(genuine), np.sort(false)
    places = np.sort(np.concatenate([genuine, false]), kind="stable")  # two runs
    frr = np.searchsorted(genuine, places) / len(genuine)
    far = 1 - np.searchsorted(false, places) / len(false)
    least = int(np.argmin(np.abs(far - frr)))
    return float((far[least] + frr[least]) / 2), float(places[least])


def share_above(table, threshold):
    """Share that reaches a threshold, of a table of (share, score that it reaches).

    >>> share_above([[1.0, 0.2], [0.5, 0.4], [0.0, 0.6]], 0.5)
    0.25
    """
    shares, scores = np.asarray(table, float).T
    return float(np.interp(threshold, scores, shares))


def intervals(made, threshold=None, draws=200, seed=0):
    """95 % intervals of `rates`, by drawing anew the people whose references are met.

    Returns:
        dict like that of `rates`: name -> [low, high].
    """
    rng = np.random.default_rng(seed)
    people = np.unique(made["genuine"]["of"])
    places = {
        kind: [np.flatnonzero(some["of"] == one) for one in people]
        for kind, some in made.items()
    }
    values = []
    while len(values) < draws:
        drawn = rng.integers(len(people), size=len(people))
        again = {}
        for kind, some in made.items():
            rows = np.concatenate([places[kind][n] for n in drawn])
            again[kind] = {"scores": some["scores"][rows]}
        values.append(rates(again, threshold))
    names = set.intersection(*map(set, values))
    return {
        name: np.percentile([one[name] for one in values], [2.5, 97.5]).tolist()
        for name in sorted(names)
    }
