"""Pictures that pass for a person: how often, and before whom. For notebook 14.

The pictures are shown to the network that is attacked and to a verifier that an attack
on the network has not seen: patterns, learned from the same people without a gradient.
Everybody counts alike; intervals are those of other people. `faces_from_templates.py`
and `protected.py` measure with it.
"""

from contextlib import suppress
from functools import cache

import cv2
import numpy as np

from helpers import faces
from helpers.datasets import orl
from helpers.evaluation import pixels
from helpers.experiments.attacks import by_person, interval
from helpers.measures.scores import unit
from helpers.recipes.faces import apart, lfw_faces, thresholds
from helpers.recipes.learning import few_of_each
from helpers.verifier import Verifier

RATES = {"1 in 100": 0.01, "1 in 1,000": 0.001, "equal odds": None}
JUDGES = "network", "patterns"
SEEN = 80  # pictures, about, whose face is to be found


@cache
def judge(who):
    """The `Verifier` who looks at pictures, of JUDGES."""
    if who == "network":
        return Verifier.load()
    tower = Verifier.load("joined").tower.get_layer("joined").get_layer("ternary")
    _, held_out = apart(lfw_faces("peopleDevTrain"))
    return Verifier(tower, thresholds(Verifier(tower, {}), held_out))


@cache
def attacked(name):
    """Crops of those attacked, two photos of each person ("lfw") or ten ("orl")."""
    if name == "orl":
        return faces.crop_all(orl(quiet=True))
    return few_of_each(lfw_faces("peopleDevTest"), 2, least=2)


@cache
def enrolled(name, who="network"):
    """Their templates, as one of the judges makes them, float (photo, feature)."""
    return judge(who).embed_crops(attacked(name).images)


def accepted(scores, people, limit):
    """How often what is shown passes for an enrolled template, by what it is made of.

    Args:
        scores: float (enrolled, shown), similarities; people: (photo,), of both.
        limit: the least similarity that is accepted.

    Returns:
        dict: made of the enrolled photo itself, of another photo of the person, of a
        stranger's: [share, low, high], everybody counts alike.

    >>> accepted(np.eye(4), np.array([0, 0, 1, 1]), 0.5)["the very photo"]
    [1.0, 1.0, 1.0]
    """
    own = people[:, None] == people
    very = np.eye(len(people), dtype=bool)
    kinds = {"the very photo": very, "another photo": own & ~very, "a stranger": ~own}
    hits = scores >= limit
    return {
        kind: interval(by_person((hits & pairs).sum(1) / pairs.sum(1), people))
        for kind, pairs in kinds.items()
    }


def judged(name, shown):
    """How often pictures pass for the people attacked, before both judges.

    Args:
        name: of the people. shown: uint8 (photo, row, column, 1), one for each photo;
            or one for all.

    Returns:
        dict judge -> dict of RATES: as of `accepted`, or [share, low, high] of people
        who may be taken for where one is for all.
    """
    people, found = attacked(name).people, {}
    for who in JUDGES:
        again = judge(who).embed_crops(shown)
        scores = enrolled(name, who) @ again.T  # (enrolled, shown)
        found[who] = {}
        for text, far in RATES.items():
            limit = judge(who).threshold(far)
            if len(shown) == 1:
                hits = interval(by_person(scores[:, 0] >= limit, people))
            else:
                hits = accepted(scores, people, limit)
            found[who][text] = hits
    return found


def named(rows, shown, people, draws=20, seed=0):
    """How often the nearest of all people is the right one: one photo each enrolled.

    Args:
        rows, shown: float (photo, feature), of photos and of what is shown for them.
        people: (photo,), of both. draws: times that enrolled photos are drawn.

    Returns:
        dict: made of the enrolled photo itself, of another photo of the person:
        [share, low, high]; chance is one in the number of people.

    >>> named(np.eye(4), np.eye(4), np.array([0, 0, 1, 1]))["the very photo"]
    [1.0, 1.0, 1.0]
    """
    rng, scores = np.random.default_rng(seed), unit(rows) @ unit(shown).T
    photos_of = [np.flatnonzero(people == one) for one in np.unique(people)]
    hits, tries = np.zeros((2, 2, len(people)))  # (very or another, photo)
    for _ in range(draws):
        chosen = np.array([rng.choice(some) for some in photos_of])
        right = people[chosen[scores[chosen].argmax(axis=0)]] == people
        another = np.ones(len(people), int)
        another[chosen] = 0
        place = another, np.arange(len(people))
        hits[place] += right
        tries[place] += 1
    found = {}
    for kind, hit, tried in zip(("the very photo", "another photo"), hits, tries):
        who = tried > 0
        found[kind] = interval(by_person(hit[who] / tried[who], people[who]))
    return found


def as_photo(crop):
    """A crop as a photo that somebody shows: four times as large, with a margin.

    >>> as_photo(np.zeros((64, 64, 1), np.uint8)).shape
    (384, 384)
    """
    large = cv2.resize(crop, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    return cv2.copyMakeBorder(large, *[64] * 4, cv2.BORDER_REPLICATE)


def seen(name, shown):
    """How often pictures pass whose face has to be found first, as in any photo.

    Returns:
        dict: found, the share of some pictures in which a face is found; another photo,
        the share of photos of the person whose template accepts one at 1 in 100;
        [share, low, high] each.
    """
    people, verifier = attacked(name).people, judge("network")
    some = np.arange(0, len(shown), len(shown) // SEEN)
    again = np.zeros((len(some), enrolled(name).shape[1]), np.float32)
    for number, picture in enumerate(shown[some]):
        with suppress(faces.FaceError):  # then it stays 0, alike to nobody
            again[number] = verifier.embed(as_photo(picture))[0]
    pairs = people[some][:, None] == people
    pairs[np.arange(len(some)), some] = False
    hits = (again @ enrolled(name).T >= verifier.threshold(0.01)) & pairs
    shares = {"found": again.any(axis=1), "another photo": hits.sum(1) / pairs.sum(1)}
    return {kind: interval(by_person(s, people[some])) for kind, s in shares.items()}


def measured(name, shown):
    """All that is measured of pictures, one for each photo: a dict for JSON."""
    photos, again = attacked(name), judge("network").embed_crops(shown)
    views = {
        "pixels": (pixels(photos.images), pixels(shown)),
        "patterns": (
            enrolled(name, "patterns"),
            judge("patterns").embed_crops(shown),
        ),
    }
    return {
        "similarity": round(float((enrolled(name) * again).sum(axis=1).mean()), 4),
        "accepted": judged(name, shown),
        "named": {by: named(*rows, photos.people) for by, rows in views.items()},
        "as a photo": seen(name, shown),
    }
