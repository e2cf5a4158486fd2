"""A verifier of pictures beside raw pixels, on classes that it never saw."""

import numpy as np

from helpers import evaluation
from helpers.measures import references
from helpers.recipes.learning import rounded
from helpers.sources import classes

OWN = 3  # references with which a class's own threshold is chosen
MEASURED = 600  # pictures of which all pairs are measured, at most


def some(found):
    """At most MEASURED pictures, as many of each class, at least two if it has two."""
    rng = np.random.default_rng(0)
    drawn = rng.permutation(np.unique(found.people))[: MEASURED // 2]
    each = MEASURED // len(drawn) if len(drawn) else 0
    chosen = [rng.permutation(found.of(one))[:each] for one in drawn]
    return found.take(np.concatenate([*chosen, np.zeros(0, int)]))


def contenders(verifier, images):
    """What is measured side by side: the verifier, and raw pixels in two ways.

    Returns:
        dict: name -> (embeddings (picture, feature), metric).
    """
    as_they_are = evaluation.pixels(images, standardise=False)
    return {
        "verifier": (verifier.embed_crops(images), "cosine"),
        "standardised, by cosine": (evaluation.pixels(images), "cosine"),
        "as they are, by Euclidean distance": (as_they_are, "l2"),
    }


def against(verifier, found, forged, numbers=(1,)):
    """Random and skilled forgeries beside genuine pictures, for each contender.

    Args:
        verifier: a `Verifier` of pictures. found: `Photos`, all genuine.
        forged: `Photos` of forgeries, people numbered as in `found`; or None.
        numbers: of references.

    Returns:
        For each of the numbers a dict: name -> what `references.trials` returns; empty
        where nobody is forged.
    """
    if forged is None:
        return [{} for _ in numbers]
    false, met = contenders(verifier, forged.images), [{} for _ in numbers]
    for name, (rows, metric) in contenders(verifier, found.images).items():
        every = np.concatenate([rows, false[name][0]])
        every = references.alike(rows, every, metric)
        for number, those in zip(numbers, met):
            those[name] = references.trials(every, found.people, forged.people, number)
    return met


def skilled_table(verifier, found, forged):
    """What held-out classes say of forgeries, for the card's entry `forgeries`.

    Args:
        verifier, found, forged: as for `against`.

    Returns:
        dict: threshold, at the EER of skilled forgeries; thresholds, those of all
        contenders; skilled, rows of (share, similarity that this share of skilled
        forgeries reaches); held_out, the rates at `threshold`; own, the share and the
        usual level of a class's own threshold, chosen with OWN references, or None
        where no class has more pictures. None where there are no forgeries.
    """
    (met, several), each = against(verifier, found, forged, (1, OWN)), {}
    if not met:
        return None
    for name, made in met.items():
        genuine, false = (made[kind]["scores"] for kind in ("genuine", "skilled"))
        each[name] = references.crossing(genuine, false)[1]
    shares, made = np.linspace(1, 0, 41), met["verifier"]
    reached = np.quantile(made["skilled"]["scores"], 1 - shares)
    return {
        "threshold": round(each["verifier"], 4),
        "thresholds": rounded(each),
        "skilled": np.column_stack([shares, reached]).round(4).tolist(),
        "held_out": rounded(references.rates(made, each["verifier"])),
        "own": own_of(several["verifier"]),
    }


def own_of(made):
    """How much a class's own threshold takes of its level, for the card, or None."""
    if not len(made["skilled"]["scores"]):
        return None
    return rounded(dict(zip(("share", "usual"), references.own_share(made))))


def forgeries(verifier, found, forged):
    """What `measure` says of forgeries, or None where there are none.

    Returns:
        dict: verifier and pixels, each what `references.rates` returns at the threshold
        for skilled forgeries (at equal odds where none was set for them); interval_95
        of the verifier's, by resampling classes, or None where these are fewer than
        five; counts.
    """
    (met,) = against(verifier, found, forged)
    if not met:
        return None
    card = verifier.card
    limits = card.get("forgeries", {}).get("thresholds") or card.get("thresholds", {})
    limits = {"verifier": threshold_of(card)} | {
        name: limit for name, limit in limits.items() if name != "verifier"
    }
    sides = {
        name: rounded(references.rates(made, limits.get(name)))
        for name, made in met.items()
    }
    ours, made = sides.pop("verifier"), met["verifier"]
    best = min(sides, key=lambda name: sides[name].get("eer_random", 1))
    classes_, interval = len(np.unique(made["skilled"]["of"])), None
    if classes_ >= 5:
        interval = references.intervals(made, limits["verifier"])
        interval = {name: list(np.round(ends, 4)) for name, ends in interval.items()}
    return {
        "verifier": ours,
        "pixels": sides[best] | {"compared": best},
        "interval_95": interval,
        "classes": classes_,
        "forged": len(forged),
        "threshold": limits["verifier"],
        "set_for": "skilled" if "forgeries" in card else "random",
    }


def threshold_of(card):
    """The least similarity that is accepted where there may be skilled forgeries."""
    return card.get("forgeries", card)["threshold"]


def measure(verifier, found, forged=None):
    """Measure a verifier on classes that it was not trained on, beside raw pixels.

    Args:
        verifier: a `Verifier` of pictures; of its card, `thresholds` are those of the
            contenders.
        found: `Photos` of the size that its tower takes.
        forged: `Photos` of their forgeries, or None.

    Returns:
        dict: what `figures` returns; forgeries, what the function of that name says;
        interval_95, of the EER, by resampling classes, or None where these are fewer
        than five; pixels, the figures of raw pixels, in that way which has the lower
        EER here; counts.

    Raises:
        ValueError: there are not two classes, one of them with two pictures.
    """
    found = some(found)
    people, counts = np.unique(found.people, return_counts=True)
    if len(people) < 2 or counts.max() < 2:
        raise ValueError(
            f"Nothing to measure in {classes.in_words(found)} never trained on: two "
            "such classes are needed, one of them with two pictures. Add sub-folders."
        )
    sides, made = contenders(verifier, found.images), {}
    thresholds = verifier.card.get("thresholds", {})
    thresholds = thresholds | {"verifier": verifier.threshold(far=None)}
    for name, (rows, metric) in sides.items():
        made[name] = figures(rows, found.people, metric, thresholds.get(name))
    ours, interval = made.pop("verifier"), None
    pixels = min(made, key=lambda name: made[name]["eer"])
    if len(people) >= 5:
        rows, _ = sides["verifier"]
        interval = evaluation.resample_people(rows, found.people, evaluation.eer)
        interval = [round(bound, 4) for bound in interval]
    same = int((counts * (counts - 1) // 2).sum())
    return ours | {
        "interval_95": interval,
        "pixels": made[pixels] | {"compared": pixels},
        "classes": len(people),
        "pictures": len(found),
        "pairs": [same, len(found) * (len(found) - 1) // 2 - same],
        "forgeries": forgeries(verifier, found, forged),
    }


def figures(rows, people, metric="cosine", threshold=None):
    """EER, AUC, one-shot accuracy, and what a threshold does.

    Args:
        rows, people, metric: as for `evaluation.pair_scores`.
        threshold: the least similarity that is accepted, or None.

    Returns:
        dict: eer, auc; one_shot, the accuracy of 1,000 trials with `ways` classes, 20
        if there are; with a threshold also far and frr there, and accuracy, for which
        same and different pairs count one half each.

    >>> rows = np.array([[0.0], [0.1], [1.0], [1.1]])
    >>> figures(rows, [0, 0, 1, 1], "l1", threshold=-0.5)["accuracy"]
    1.0
    """
    scores, same = evaluation.pair_scores(rows, people, metric)
    ways = min(20, len(np.unique(people)))
    made = {
        "eer": evaluation.eer(scores, same),
        "auc": evaluation.auc(scores, same),
        "one_shot": evaluation.one_shot(rows, people, ways, 1000, metric=metric),
    }
    if threshold is not None:
        accepted = scores >= threshold
        far, frr = accepted[~same].mean(), 1 - accepted[same].mean()
        made |= {"accuracy": 1 - (far + frr) / 2, "far": far, "frr": frr}
        made |= {"threshold": threshold}
    return rounded(made) | {"ways": ways}


def describe(test):
    """What `measure` returned, in lines for a reader."""
    pixels, (same, different) = test["pixels"], test["pairs"]
    lines = [
        f"{test['classes']} classes that were never trained on, {test['pictures']} "
        f"pictures, {same:,} same and {different:,} different pairs:",
        f"{'':30}{'verifier':>10}{'raw pixels':>13}",
    ]
    for name, text in {
        "eer": "equal error rate",
        "accuracy": "accuracy at the threshold",
        "far": "  different pairs accepted",
        "frr": "  same pairs rejected",
        "one_shot": f"one-shot, 1 of {test['ways']} classes",
    }.items():
        rates = (f"{100 * e[name]:.1f} %" if name in e else "" for e in (test, pixels))
        lines.append("{:30}{:>10}{:>13}".format(text, *rates))
    interval = "no interval, for which five classes are needed"
    if test["interval_95"]:
        low, high = (100 * bound for bound in test["interval_95"])
        interval = f"{low:.1f} to {high:.1f} % (95 %, by resampling classes)"
    lines += [
        f"{'area under the ROC':30}{test['auc']:>10}{pixels['auc']:>13}",
        f"Equal error rate: {interval}.",
        f"Threshold: similarity {test['threshold']:.3f}, set on other classes.",
        f"Raw pixels: {pixels['compared']}, the better of two ways.",
        *describe_forgeries(test.get("forgeries")),
    ]
    return "\n".join(lines)


def describe_forgeries(found):
    """What `forgeries` returned, as lines for a reader."""
    if not found:
        return []
    ours, pixels, ends = found["verifier"], found["pixels"], found["interval_95"] or {}
    lines = [
        f"{found['forged']:,} forgeries of {found['classes']} of these classes, beside "
        "one genuine picture; random: of another class:",
        f"{'':30}{'verifier':>10}{'raw pixels':>13}   95 %, by resampling classes",
    ]
    for name, text in {
        "eer_random": "EER, random",
        "eer_skilled": "EER, skilled",
        "frr": "FRR at the threshold",
        "far_random": "  FAR, random",
        "far_skilled": "  FAR, skilled",
    }.items():
        cells = [f"{100 * e[name]:.1f} %" if name in e else "" for e in (ours, pixels)]
        low_high = "   {:.1f} to {:.1f} %" if name in ends else ""
        low_high = low_high.format(*(100 * end for end in ends.get(name, ())))
        lines.append("{:30}{:>10}{:>13}".format(text, *cells) + low_high)
    lines.append(
        f"Threshold: similarity {found['threshold']:.3f}, set for {found['set_for']} "
        "forgeries of other classes."
    )
    return lines
