"""A photo of a photo before the verifier, and what its texture tells. For notebook 14.

Each photo is taken three times (`live/again.py`): of the person, of a print, of a
screen. One photo of the person is enrolled, another one comes. The rule that looks at
texture learns from half of the people, with attacks of one kind or both, and is tested
on the others; then the halves change places. The words are those of ISO/IEC 30107-3:
APCER, attacks that pass; BPCER, people who are refused. It makes `attacks.json` in some
minutes:

    python -m helpers.experiments.attacks
"""

from itertools import product
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers.datasets import is_here, orl
from helpers.disk.files import fill_json, read_json
from helpers.live import again
from helpers.recipes.learning import few_of_each
from helpers.sources.lfw import lfw
from helpers.verifier import Verifier, closeups_of

RESULTS = Path(__file__).with_name("attacks.json")
SEEDS = range(3)
ATTACKS = "paper", "screen"
LEARNED = {"paper": ("paper",), "screen": ("screen",), "both": ATTACKS}
REFUSED = 0.02  # share of the honest photos learned from that the rule refuses
LFW_FACE = np.s_[61:189, 69:181]  # of a photo of 250 x 250


def people_of(name):
    """Photos uint8 (photo, row, column) and people (photo,), none trained on."""
    if name == "orl":
        photos = orl(quiet=True)
        return photos.images[..., 0], photos.people
    photos = few_of_each(lfw("peopleDevTest", quiet=True), 2, least=2)
    grey = np.asarray(photos.images, np.float32).mean(axis=-1).astype(np.uint8)
    return grey[(slice(None), *LFW_FACE)], photos.people


def interval(shares, draws=1000):
    """The mean of people's shares, its 95 % interval by resampling people: a list."""
    rng = np.random.default_rng(0)
    drawn = shares[rng.integers(len(shares), size=(draws, len(shares)))].mean(axis=1)
    return np.round([shares.mean(), *np.percentile(drawn, [2.5, 97.5])], 4).tolist()


def by_person(values, people):
    """The mean value of each person's photos or pairs, (person,)."""
    return np.array([values[people == one].mean() for one in np.unique(people)])


def accepted(verifier, taken, people):
    """How often a photo of the person, of a print, of a screen passes for the person.

    Returns:
        dict medium -> {1 in 100, equal odds: [share, low, high] of pairs with another
        photo, doubted: share of photos with a doubt}.
    """
    closeups = {
        name: closeups_of(list(some), lenient=True) for name, some in taken.items()
    }
    rows = {
        name: verifier.embed_crops(np.stack([one.image for one in some]))
        for name, some in closeups.items()
    }
    first, second = np.nonzero(people[:, None] == people)
    first, second = first[first != second], second[first != second]
    found = {}
    for name, some in closeups.items():
        scores = (rows["skin"][first] * rows[name][second]).sum(axis=1)
        found[name] = {
            text: interval(by_person(scores >= verifier.threshold(far), people[first]))
            for text, far in (("1 in 100", 0.01), ("equal odds", None))
        }
        doubted = np.array([bool(verifier.doubts(one)) for one in some])
        found[name]["doubted"] = interval(by_person(doubted, people))
    return found


def rule_of(honest, *attacks):
    """A rule that tells attacks by their texture, and its limit.

    Args:
        honest, attacks: float (photo, value) of `again.texture`.

    Returns:
        A fitted pipeline; the highest `decision_function` that passes, which all but
        REFUSED of the honest photos reach at most.
    """
    false = np.repeat([0, 1], [len(honest), sum(map(len, attacks))])
    rule = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.1, class_weight="balanced")
    ).fit(np.concatenate([honest, *attacks]), false)
    return rule, np.quantile(rule.decision_function(honest), 1 - REFUSED)


def judged(taken, people, seed):
    """What the rule that looks at texture says of people it did not learn from.

    Returns:
        dict learned -> {skin: BPCER; paper, screen: APCER; [share, low, high] each}.
    """
    told = {name: np.stack([*map(again.texture, some)]) for name, some in taken.items()}
    who = np.random.default_rng(seed).permutation(np.unique(people))
    half, found = np.isin(people, who[: len(who) // 2]), {}
    for name, attacks in LEARNED.items():
        passed = {medium: np.zeros(len(people)) for medium in taken}
        for learn in (half, ~half):
            rows = [told[medium][learn] for medium in ("skin", *attacks)]
            rule, limit = rule_of(*rows)
            for medium in taken:
                scores = rule.decision_function(told[medium][~learn])
                passed[medium][~learn] = scores <= limit
        passed["skin"] = 1 - passed["skin"]
        found[name] = {
            medium: interval(by_person(values, people))
            for medium, values in passed.items()
        }
    return found


def one(name, seed):
    """All of it, for one set and seed."""
    photos, people = people_of(name)
    rng = np.random.default_rng(seed)
    taken = {
        medium: [again.photo_of(photo, medium, rng) for photo in photos]
        for medium in again.MEDIA
    }
    verifier = Verifier.load()
    return {
        "photos": len(photos),
        "people": len(np.unique(people)),
        "accepted": accepted(verifier, taken, people),
        "texture": judged(taken, people, seed),
    }


def make_results(path=RESULTS):
    """Make what `results` reads; what is in the file already is kept."""
    names = ["orl", "lfw"] if is_here("lfw") else ["orl"]
    keys = {f"{name}|{seed}": (name, seed) for name, seed in product(names, SEEDS)}

    def run(key):
        found = one(*keys[key])
        print(key, found["texture"], flush=True)
        return found

    fill_json(path, keys, run)


def results(path=RESULTS):
    """Read the file: "orl|0" and so on -> as of `one`."""
    return read_json(path, "python -m helpers.experiments.attacks")


if __name__ == "__main__":
    make_results()
