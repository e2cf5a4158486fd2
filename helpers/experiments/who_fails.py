"""Whom the verifier fails, without a guess at anybody's group. For notebook 14.

By person: are there some whom it rejects far more often than chance makes it (goats),
or takes for others (lambs and wolves)? By what a photo shows that can be measured: how
dark it is, how unevenly lit, how far the head is turned. By glasses, which a reader
can see on ORL's photos. And how many people one would have to ask to show that one
group is rejected twice as often as another. All other people are of LFW's
peopleDevTest; nobody learned from any of them; thresholds are those of the card. How
old a photo is cannot be told: neither set has dates. It makes `who_fails.json` in a
minute:

    python -m helpers.experiments.who_fails
"""

from functools import cache
from pathlib import Path

import numpy as np

from helpers.datasets import orl
from helpers.disk.files import fill_steps, read_json
from helpers.recipes.faces import lfw_faces
from helpers.recipes.learning import few_of_each
from helpers.recipes.spoil import asymmetry
from helpers.verifier import Verifier, crops_of

RESULTS = Path(__file__).with_name("who_fails.json")
FAR = 0.01
LEAST, MOST = 4, 10  # photos of a person who is looked at; of one with more, so many
DRAWS = 1000
ASKED = 10, 20, 50, 100, 200, 500, 1000, 2000  # people of each group
PAIRS = 6  # of each person who is asked
TWICE = 2.0  # how much more often the second group is rejected
# Who wears glasses in ORL, in which of ten photos, seen and noted by one pair of eyes.
ALWAYS = "s2 s6 s14 s20 s27 s28 s31 s34 s37".split()
SOMETIMES = {
    "s4": (0, 1, 2, 7, 8),
    "s7": (3, 4, 9),
    "s13": (0, 1, 4, 5, 6, 7, 8, 9),
    "s17": (0, 1, 4, 5, 6, 7, 8, 9),
    "s19": (0, 1, 2, 5, 9),
    "s36": (8, 9),
}


@cache
def pairs():
    """All pairs of photos of the people who have several.

    Returns:
        `Photos`; of each pair the two photos and whether it is accepted, (pair,) each.
    """
    photos = few_of_each(lfw_faces("peopleDevTest"), MOST, LEAST)
    verifier = Verifier.load()
    rows = verifier.embed_crops(photos.images)
    first, second = np.triu_indices(len(rows), 1)
    scores = (rows[first] * rows[second]).sum(axis=1)
    return photos, first, second, scores >= verifier.threshold(FAR)


def own_pairs():
    """The pairs of one person.

    Returns:
        `Photos`; of each pair the two photos, the person and whether it is rejected.
    """
    photos, first, second, accepted = pairs()
    own = photos.people[first] == photos.people[second]
    return photos, first[own], second[own], photos.people[first[own]], ~accepted[own]


def by_person():
    """How unequal people's own rates are, beside people who are all alike.

    The variance of the rates is compared with that of shuffled pairs: whose errors they
    are is drawn anew, each keeps as many pairs.

    Returns:
        dict for goats (own pairs rejected) and lambs (a stranger's pair accepted):
        rate; worst, the share of all errors that a tenth of the people have; alike, the
        same where errors are dealt out by chance, 95 % interval.
    """
    photos, first, second, accepted = pairs()
    a, b = photos.people[first], photos.people[second]
    own, other, found = a == b, a != b, {}
    kinds = {
        "goats": (a[own], ~accepted[own]),
        "lambs": (np.concatenate([a[other], b[other]]), np.tile(accepted[other], 2)),
    }
    rng = np.random.default_rng(0)
    for name, (who, wrong) in kinds.items():
        dealt = [worst_tenth(who, rng.permutation(wrong)) for _ in range(100)]
        found[name] = {
            "people": len(np.unique(who)),
            "pairs": len(who) if name == "goats" else len(who) // 2,
            "rate": round(float(wrong.mean()), 4),
            "worst": round(worst_tenth(who, wrong), 4),
            "alike": np.percentile(dealt, [2.5, 97.5]).round(4).tolist(),
        }
    return found


def worst_tenth(who, wrong):
    """The share of all errors that the tenth of the people with most of them have.

    >>> worst_tenth(np.arange(10), np.arange(10) == 3)
    1.0
    """
    errors = np.sort(np.bincount(who, wrong)[np.unique(who)])[::-1]
    return float(errors[: max(1, len(errors) // 10)].sum() / errors.sum())


def measured(crop):
    """What can be measured on a crop: darkness, uneven light, a turned head."""
    left, right = np.split(crop[..., 0].astype(float), 2, axis=1)
    return {
        "dark": -crop.mean(),
        "unevenly lit": abs(left.mean() - right.mean()),
        "turned": asymmetry(crop),
    }


def by_photo():
    """How often own pairs are rejected, by what the worse of the two photos shows.

    Returns:
        dict property -> {third: [rate, low, high] of the pairs in the lowest, middle,
        highest third; difference: [highest less lowest, low, high]}, 95 % intervals by
        resampling people.
    """
    photos, first, second, who, wrong = own_pairs()
    told = [measured(crop) for crop in photos.images]
    found = {}
    for name in told[0]:
        values = np.array([one[name] for one in told])
        worse = np.maximum(values[first], values[second])
        third = np.searchsorted(np.quantile(worse, [1 / 3, 2 / 3]), worse)
        found[name] = rates_of(who, wrong, third)
    return found


def rates_of(who, wrong, third):
    """Rates by thirds, and the difference of the outer ones; everybody counts alike."""
    names, person = np.unique(who, return_inverse=True)
    weight = 1 / np.bincount(person)[person]  # of a pair
    errors, total = (
        np.stack([np.bincount(person, w * (third == n), len(names)) for n in range(3)])
        for w in (weight * wrong, weight)
    )  # (third, person)
    drawn = np.random.default_rng(0).integers(len(names), size=(DRAWS, len(names)))
    rates = errors[:, drawn].sum(axis=2) / total[:, drawn].sum(axis=2)  # (third, draw)
    mean = errors.sum(axis=1) / total.sum(axis=1)
    rows = [[m, *np.percentile(r, [2.5, 97.5])] for m, r in zip(mean, rates)]
    apart = [mean[2] - mean[0], *np.percentile(rates[2] - rates[0], [2.5, 97.5])]
    return {
        "third": np.round(rows, 4).tolist(),
        "difference": np.round(apart, 4).tolist(),
    }


def glasses(photos):
    """Whether each photo of ORL shows glasses, bool (photo,)."""
    worn = np.zeros(len(photos.people), bool)
    for number, name in enumerate(photos.names):
        own = photos.of(number)
        worn[own[[*SOMETIMES.get(name, range(10 * (name in ALWAYS)))]]] = True
    return worn


def by_glasses():
    """What glasses do on ORL: own pairs rejected, strangers' pairs accepted.

    Own pairs are those of the six people who are there with and without. The same six
    before the nine who always wear them are nobody else in the two cases.

    Returns:
        dict own, strangers, six before nine -> {neither, one, both: [rate, low, high]
        of the pairs in which so many wear them}, 95 % intervals by resampling people.
    """
    photos = orl(quiet=True)
    rows = Verifier.load().embed_crops(np.stack(crops_of(list(photos.images))))
    a, b = np.triu_indices(len(rows), 1)
    accepted = (rows[a] * rows[b]).sum(axis=1) >= Verifier.load().threshold(FAR)
    worn = glasses(photos)
    first, second, worn = photos.people[a], photos.people[b], worn[a] * 1 + worn[b]
    some, always = (
        np.isin([first, second], [photos.names.index(name) for name in names])
        for names in (SOMETIMES, ALWAYS)
    )  # (side, pair)
    kinds = {
        "own": ((first == second) & some[0], ~accepted),
        "strangers": (first != second, accepted),
        "six before nine": ((some & always[::-1]).any(axis=0), accepted),
    }
    return {
        name: {
            text: two_sided(first[kind], second[kind], errors[kind])
            for text, kind in (
                (text, which & (worn == number))
                for number, text in enumerate(("neither", "one", "both"))
            )
            if kind.any()
        }
        for name, (which, errors) in kinds.items()
    }


def two_sided(first, second, errors):
    """A rate over pairs of people, [rate, low, high] by resampling people."""
    drawn = np.random.default_rng(0).integers(40, size=(DRAWS, 40))
    rates = [errors.mean()]
    for some in drawn:
        times = np.bincount(some, minlength=40)
        weight = np.where(first == second, times[first], times[first] * times[second])
        if weight.any():
            rates.append((weight * errors).sum() / weight.sum())
    return np.round([rates[0], *np.percentile(rates, [2.5, 97.5])], 4).tolist()


def power():
    """How many people a group must have to show a rejection rate twice as high.

    Each person has a rate of their own, drawn from the Beta distribution that LFW's
    people have by two moments; PAIRS pairs each; a difference is shown where the 95 %
    interval of the difference of the groups' means leaves 0 out (Welch).

    Returns:
        dict rate -> {people: share of 400 studies that show it}, for the measured rate
        halved and for 1 %.
    """
    *_, who, wrong = own_pairs()
    count, errors = np.bincount(who), np.bincount(who, wrong)
    count, errors = count[count > 1], errors[count > 1]
    mean = errors.sum() / count.sum()
    square = (errors * (errors - 1)).sum() / (count * (count - 1)).sum()
    both = (mean - square) / (square - mean**2)  # a + b
    found = {"both": round(float(both), 2), "rate": round(float(mean), 4)}
    rng = np.random.default_rng(0)
    for rate in (mean / TWICE, 0.01):
        shown = {}
        for number in ASKED:
            studies = [study(rate, both, number, rng) for _ in range(400)]
            shown[str(number)] = round(float(np.mean(studies)), 3)
        found[f"{rate:.2g}"] = shown
    return found


def study(rate, both, number, rng):
    """Whether one study of two groups shows that the second is rejected more often."""
    groups = []
    for mean in (rate, TWICE * rate):
        own = rng.beta(mean * both, (1 - mean) * both, number)
        groups.append(rng.binomial(PAIRS, own) / PAIRS)
    one, other = groups
    error = np.sqrt(one.var(ddof=1) / number + other.var(ddof=1) / number)
    return other.mean() - one.mean() > 1.96 * max(error, 1e-9)


STEPS = {
    "by person": by_person,
    "by photo": by_photo,
    "by glasses": by_glasses,
    "power": power,
}


def make_results(path=RESULTS):
    """Make what `results` reads; what is in the file already is kept."""
    fill_steps(path, STEPS)


def results(path=RESULTS):
    """Read the file: step -> as of the function of that name, see `STEPS`."""
    return read_json(path, "python -m helpers.experiments.who_fails")


if __name__ == "__main__":
    make_results()
