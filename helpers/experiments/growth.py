"""How false accepts grow with the people enrolled; what keeps them, and who pays.

Each person of LFW from whom the networks never learned is enrolled with one photo, and
each is a stranger to the galleries without him. What so few people cannot show, a model
of them does (`measures.population`), after it is compared with people whom it was not
fitted to. Notebook 13 reads `growth.json`, which this makes again in some minutes:

    python -m helpers.experiments.growth
"""

from functools import cache, partial
from itertools import product
from pathlib import Path

import numpy as np

from helpers.disk.files import fill_json, read_json
from helpers.measures import population
from helpers.recipes.faces import apart, lfw_faces
from helpers.recipes.learning import few_of_each
from helpers.verifier import Verifier

RESULTS = Path(__file__).with_name("growth.json")
FAR = 0.01  # share of strangers who may get a name
GALLERIES = 10, 30, 100, 300, 1000, 2000
MANY = 10_000, 100_000, 1_000_000  # people who are made
PROBES = 2000  # strangers who are made
TRIED = tuple(product((20, 24, 28), (0.3, 0.35, 0.4)))  # traits and their reach
SHARES = tuple(product((0.5, 0.55, 0.6, 0.65), (3, 4, 5, 6, 8)))  # mean, concentration
MODELS = {"made": (24, 0.35, 0), "fewer": (20, 0.4, 1), "more": (28, 0.3, 2)}
LEVELS = 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99  # of quantiles
RARE = 0.1, 0.01, 1e-3, 1e-4, 1e-5  # shares of pairs
ONE_PHOTO = 0.99  # LFW has two photos under two names each; they are left out
GRID = np.arange(0.3, 0.95, 0.01)  # thresholds


# ---- the formulas --------------------------------------------------------------------


def named(reached, others, people):
    """Share of strangers who get a name, over all galleries of so many people.

    Args:
        reached: int (probe,), how many of the others reach the threshold.
        others: int (probe,), or one number: of how many.
        people: enrolled, at most `others`.

    Returns:
        float (probe,): 1 - the share of galleries that hold none of `reached`.

    >>> named(np.array([0, 1, 2]), 4, 2).round(3)
    array([0.   , 0.5  , 0.833])
    """
    logs = np.append(0, np.cumsum(np.log(np.arange(1, np.max(others) + 1))))  # of n!
    left = others - reached - people  # who are neither alike nor enrolled
    none = logs[others - reached] - logs[np.maximum(left, 0)]
    none = none + logs[others - people] - logs[others]
    return np.where(left < 0, 1.0, 1 - np.exp(none))


def unequal(reached, others):
    """The Beta distribution of the probes' own rates: (a, b), by two moments.

    Args:
        reached: int (probe,), how many of `others` people reach the threshold.

    >>> reached = np.random.default_rng(0).binomial(1000, 0.02, 9000)  # all are alike
    >>> bool(unequal(reached, 1000)[0] > 50)
    True
    """
    mean = reached.mean() / others
    square = (reached * (reached - 1.0)).mean() / (others * (others - 1))
    if square <= mean**2:  # no more unequal than chance makes them
        square = mean**2 * (1 + 1e-6)
    both = (mean - square) / (square - mean**2)
    return mean * both, (1 - mean) * both


def of_unequal(a, b, people):
    """`rates.of_anybody` where the rates of strangers differ as Beta(a, b).

    >>> round(of_unequal(1, 99, 100), 3), round(of_unequal(100, 9900, 100), 3)
    (0.503, 0.632)
    """
    from scipy.special import betaln

    return float(-np.expm1(betaln(a, b + people) - betaln(a, b)))


def line(people, thresholds):
    """Fit `threshold = 1 - c * people ** -k`: (c, k).

    >>> line([10, 1000], [0.5, 0.75])
    (0.707, 0.151)
    """
    slope, start = np.polyfit(np.log(people), np.log1p(-np.asarray(thresholds)), 1)
    return round(float(np.exp(start)), 3), round(float(-slope), 3)


# ---- who is alike --------------------------------------------------------------------


class Alike:
    """The pairs of probes and enrolled people who are alike at all.

    Args:
        rows: float (probe, feature), one photo of each of many people.
        more: float (person, feature), of others who are enrolled and never probes.
    """

    def __init__(self, rows, more=()):
        every = np.concatenate([rows, more]) if len(more) else rows
        scores = rows @ every.T  # (probe, person)
        np.fill_diagonal(scores, -1)
        scores[scores > ONE_PHOTO] = -1
        self.probe, self.person = np.nonzero(scores >= GRID[0])
        self.scores = scores[self.probe, self.person]
        self.probes, self.people = scores.shape

    def named(self, threshold, people, times=None):
        """Share of strangers who get a name, for each number of people enrolled.

        Args:
            times: int (person,), how often each was drawn; None for once each.
        """
        times = np.ones(self.people, int) if times is None else times
        there = self.scores >= threshold
        probe, weights = self.probe[there], times[self.person[there]]
        reached = np.bincount(probe, weights, self.probes).astype(int)
        mine = times[: self.probes]
        others = times.sum() - mine  # copies of one person are never compared
        each = (named(reached, others, min(n, others.min())) for n in people)
        return np.array([np.average(share, weights=mine) for share in each])

    def thresholds(self, people, times=None):
        """The least thresholds that name `FAR` of the strangers, (gallery,)."""
        shares = np.array([self.named(limit, people, times) for limit in GRID])
        logs = np.log(np.maximum(shares, 1e-9)).T  # (gallery, threshold)
        return np.array([np.interp(-np.log(FAR), -row, GRID) for row in logs])

    def interval(self, measure, draws=100, seed=0):
        """The 95 % interval of what `measure` returns, had others been there.

        Somebody drawn twice is two people with one photo, so that fewer differ than
        were drawn. That moves all draws alike; the interval is put back around the
        measured value.

        Args:
            measure: function of `times`, as of `named`; returns (gallery,).

        Returns:
            low, high, (gallery,) each.
        """
        rng = np.random.default_rng(seed)
        values = []
        for _ in range(draws):
            who = rng.integers(self.people, size=self.people)
            values.append(measure(np.bincount(who, minlength=self.people)))
        moved = measure(None) - np.mean(values, axis=0)
        return (np.percentile(values, [2.5, 97.5], axis=0) + moved).clip(0, 1)


def nearest(rows, gallery=None):
    """Similarity of the nearest stranger, float (probe,)."""
    scores = rows @ (rows if gallery is None else gallery).T
    scores[scores > ONE_PHOTO] = -1  # oneself, and one photo under two names
    return scores.max(axis=1)


def looks(rows):
    """What a model has to agree with: quantiles of nearest strangers and of pairs."""
    pairs = (rows @ rows.T)[np.triu_indices(len(rows), 1)]
    pairs = pairs[pairs <= ONE_PHOTO]
    return {
        "nearest of all": np.quantile(nearest(rows), LEVELS),
        "nearest of 300": np.quantile(nearest(rows[300:], rows[:300]), LEVELS),
        "pairs": np.quantile(pairs, 1 - np.array(RARE)),
    }


def apartness(one, other):
    """Mean difference of two `looks`."""
    return float(np.mean([np.abs(one[name] - other[name]).mean() for name in one]))


def as_lists(found):
    """A dict for JSON: arrays as lists of four digits."""
    return {name: np.round(value, 4).tolist() for name, value in found.items()}


# ---- people --------------------------------------------------------------------------


@cache
def photos_of(learned):
    """Crops of LFW, one or two a person: of the people learned from, or all others."""
    train, held_out = apart(lfw_faces("peopleDevTrain"))
    if learned:
        return [few_of_each(train, 1)]
    return [few_of_each(held_out, 2), few_of_each(lfw_faces("peopleDevTest"), 2)]


@cache
def unseen(name="faces"):
    """Nobody learned from them: the first photo of each, and two of those who have two.

    Returns:
        rows float (person, feature); owners float (person, 2, feature).
    """
    verifier, firsts, owners = Verifier.load(name), [], []
    for crops in photos_of(learned=False):
        rows = verifier.embed_crops(crops.images)
        _, first, count = np.unique(crops.people, return_index=True, return_counts=True)
        firsts.append(rows[first])
        two = first[count > 1]
        owners.append(np.stack([rows[two], rows[two + 1]], axis=1))
    return np.concatenate(firsts), np.concatenate(owners)


@cache
def learned():
    """The first photo of each person whom the network learned from."""
    return Verifier.load().embed_crops(photos_of(learned=True)[0].images)


def halves():
    """Two halves of the unseen people, as of `unseen`: nobody is in both."""
    rows, owners = unseen()
    rng = np.random.default_rng(1)
    order, pairs = rng.permutation(len(rows)), {row.tobytes() for row in owners[:, 0]}
    sides = []
    for part in (order[: len(rows) // 2], order[len(rows) // 2 :]):
        hers = {rows[i].tobytes() for i in part} & pairs
        sides.append((rows[part], owners[[o.tobytes() in hers for o in owners[:, 0]]]))
    return sides


def own(owners):
    """The similarity of each owner's two photos, (person,)."""
    return (owners[:, 0] * owners[:, 1]).sum(axis=1)


def made(model="made"):
    """The population that was fitted to all unseen people, from the file alone."""
    found, (traits, reach, seed) = results(), MODELS[model]
    share, both = found["fit"]["person"]
    person = share * both, (1 - share) * both
    measured = (np.array(found["spread"][name]) for name in ("variances", "mean"))
    return population.made(*measured, traits, reach, person, seed)


def made_owners(people, number, seed=0):
    """The similarity of two photos of each of so many people who are made."""
    rng = np.random.default_rng(seed)
    who = population.traits_of(people, number, rng)
    return own(np.stack([population.photos(people, who, rng) for _ in "12"], axis=1))


# ---- what is measured ----------------------------------------------------------------


def spread():
    """How the embeddings of all unseen people spread, as of `population.spread`."""
    variances, mean = population.spread(unseen()[0])
    return {"variances": _short(variances), "mean": _short(mean)}


def _short(values):
    return [float(f"{value:.4g}") for value in values]


def fit():
    """Choose the model on one half of the people, compare it with the other half."""
    (rows, owners), (others, strangers) = halves()
    wanted, tried, measured = looks(rows), {}, population.spread(rows)
    for traits, reach in TRIED:
        many = [
            population.draw(
                population.made(*measured, traits, reach, (3, 2), seed), len(rows), seed
            )
            for seed in range(3)
        ]
        each = [looks(one) for one in many]
        found = {name: np.mean([one[name] for one in each], axis=0) for name in wanted}
        tried[traits, reach] = apartness(found, wanted), found
    best = min(tried, key=lambda key: tried[key][0])
    mine, errors = np.quantile(own(owners), LEVELS), {}
    for share, both in SHARES:
        person = share * both, (1 - share) * both
        found = made_owners(population.made(*measured, *best, person), 4000)
        errors[share, both] = np.abs(np.quantile(found, LEVELS) - mine).mean(), found
    person = min(errors, key=lambda key: errors[key][0])
    theirs = looks(others)
    return {
        "traits": best[0],
        "reach": best[1],
        "person": person,
        "people": [len(rows), len(others)],
        "levels": LEVELS,
        "rare": RARE,
        "fitted": as_lists(wanted | {"own": mine}),
        "kept": as_lists(theirs | {"own": np.quantile(own(strangers), LEVELS)}),
        "made": as_lists(
            tried[best][1] | {"own": np.quantile(errors[person][1], LEVELS)}
        ),
        "off fitted": round(apartness(tried[best][1], wanted), 4),
        "off kept": round(apartness(tried[best][1], theirs), 4),
        "halves": round(apartness(wanted, theirs), 4),
        "tried": {
            f"{traits} traits, reach {reach}": round(apartness(found, theirs), 4)
            for (traits, reach), (_, found) in tried.items()
        }
        | {"straight": round(apartness(looks(straight(rows)), theirs), 4)},
    }


def straight(rows):
    """The rival of the model: a normal distribution with the measured covariance."""
    rng = np.random.default_rng(0)
    drawn = rng.multivariate_normal(rows.mean(0), np.cov(rows.T), len(rows))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def everybody():
    """All of LFW's people: nearest strangers of those learned from, and of the unseen.

    Returns:
        dict of quantiles: galleries of equal size (unseen, learned); an unseen probe
        among all 5,749 (all); the same number of made people (made).
    """
    (rows, _), trained = unseen(), learned()
    some = trained[np.random.default_rng(0).permutation(len(trained))[: len(rows)]]
    every = np.concatenate([rows, trained])
    people = population.draw(made(), len(every))
    return {"levels": LEVELS, "people": [len(rows), len(every)]} | as_lists(
        {
            "unseen": np.quantile(nearest(rows), LEVELS),
            "learned": np.quantile(nearest(some), LEVELS),
            "all": np.quantile(nearest(rows, every), LEVELS),
            "made": np.quantile(nearest(people[: len(rows)], people), LEVELS),
        }
    )


def growing():
    """How many strangers get a name at fixed thresholds: measured, and two formulas.

    The formulas know the first half of the people, `other` measures the second half
    (as far as its people go), `measured` everybody.
    """
    alike = Alike(unseen()[0])
    half, other = (Alike(rows) for rows, _ in halves())
    verifier, found = Verifier.load(), {}
    for far in (0.01, 0.001, 0.0001):
        limit = verifier.threshold(far)
        reached = np.bincount(half.probe[half.scores >= limit], minlength=half.probes)
        rate, (a, b) = reached.mean() / (half.probes - 1), unequal(reached, half.probes)
        low, high = alike.interval(partial(alike.named, limit, GALLERIES))
        found[f"{far:g}"] = {"threshold": round(limit, 4)} | as_lists(
            {
                "measured": alike.named(limit, GALLERIES),
                "other": other.named(limit, [n for n in GALLERIES if n < other.people]),
                "low": low,
                "high": high,
                "equal": [1 - (1 - rate) ** n for n in GALLERIES],
                "unequal": [of_unequal(a, b, n) for n in GALLERIES],
                "beta": [a, b],
            }
        )
    return {"people": GALLERIES, "at": found}


def kept(name):
    """The threshold for 1 % of strangers, and the owners whom it refuses.

    Returns:
        dict: people; threshold, low, high; refused, refused_low, refused_high (shares
        of owners); formula, the (c, k) of `line` from galleries of up to 300; and what
        it says of all galleries; all, the threshold with LFW's people learned from too.
    """
    rows, owners = unseen(name)
    alike = Alike(rows)
    limits = alike.thresholds(GALLERIES)
    low, high = alike.interval(partial(alike.thresholds, GALLERIES))
    alikes = own(owners)
    rng = np.random.default_rng(0)
    drawn = alikes[rng.integers(len(alikes), size=(1000, len(alikes)))]
    shares = [(drawn < limit).mean(axis=1) for limit in limits]
    ends = np.percentile(shares, [2.5, 97.5], axis=1)
    c, k = line(GALLERIES[:4], limits[:4])
    found = {
        "threshold": limits,
        "low": low,
        "high": high,
        "refused": [(alikes < limit).mean() for limit in limits],
        "refused_low": ends[0],
        "refused_high": ends[1],
        "formula": [c, k],
        "told": [1 - c * n**-k for n in (*GALLERIES, *MANY)],
    }
    if name == "faces":
        found["all"] = Alike(rows, learned()).thresholds([10**9])
    return {"people": [*GALLERIES, *MANY], "owners": len(owners)} | as_lists(found)


def beyond(model):
    """The same for people who are made, up to a million.

    Returns:
        dict: people; threshold; refused; nearest, the quantiles of strangers' nearest
        at each number of `MANY`.
    """
    people, rng = made(model), np.random.default_rng(9)
    probes = population.photos(
        people, population.traits_of(people, PROBES, rng), rng
    )  # (probe, feature)
    best = []
    for block in range(MANY[-1] // MANY[0]):
        rows = population.draw(people, MANY[0], seed=100 + block)
        best.append((probes @ rows.T).max(axis=1))
        print(f"\r{model} {block + 1} of {MANY[-1] // MANY[0]}", end="", flush=True)
    best, limits, quantiles = (
        np.array(best),
        list(Alike(probes).thresholds(GALLERIES)),
        [],
    )
    for number in MANY:
        blocks = best.reshape(-1, number // MANY[0], PROBES).max(axis=1)
        limits.append(np.quantile(blocks, 1 - FAR))
        quantiles.append(np.quantile(blocks, LEVELS))
    alikes = made_owners(people, 2 * PROBES)
    found = {
        "threshold": limits,
        "refused": [(alikes < limit).mean() for limit in limits],
        "nearest": quantiles,
    }
    return {"people": [*GALLERIES, *MANY]} | as_lists(found)


STEPS = {"spread": spread, "fit": fit, "everybody": everybody, "growing": growing}
STEPS |= {f"kept|{name}": lambda name=name: kept(name) for name in ("faces", "joined")}
STEPS |= {f"beyond|{name}": lambda name=name: beyond(name) for name in MODELS}


def make_results(path=RESULTS):
    """Make what `results` reads; what is in the file already is kept."""

    def run(key):
        found = STEPS[key]()
        print(f"\r{key}: {found}"[:400], flush=True)
        return found

    fill_json(path, STEPS, run)


def results(path=RESULTS):
    """Read the file: step -> as of the function of that name, see `STEPS`."""
    return read_json(path, "python -m helpers.experiments.growth")


if __name__ == "__main__":
    make_results()
