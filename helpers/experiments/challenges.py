"""A turn of the head asked at random: who passes, the owner or a sheet of paper?

Real heads are those of ORL, labelled by eye (`turns.py`). A session is a straight frame
and one frame for each question (`live/asked.py`), taken by the camera of
`live/again.py`. It passes if each frame is like the enrolled one and all is answered.
Limits and rules are learned from half of the people and tested on the others; then the
halves change places. APCER: attacks that pass; BPCER: owners who are refused (ISO/IEC
30107-3). It makes `challenges.json` in ten minutes:

    python -m helpers.experiments.challenges
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers import faces
from helpers.datasets import orl
from helpers.disk.files import fill_json, read_json
from helpers.experiments.attacks import interval, rule_of
from helpers.experiments.turns import WAYS, labels
from helpers.live import again, asked
from helpers.verifier import Verifier

RESULTS = Path(__file__).with_name("challenges.json")
SEEDS = range(3)
FAR = 0.01
SOURCES, TAKES = 2, 2  # straight photos of a person that are shown; how often
SESSIONS = 200  # of each person and kind
# Of each presentation: what the first frame is, what the answers are, what they follow,
# and whose they are.
KINDS = {
    "owner": ("head", "head", "question", "own"),
    "owner, modelled": ("modelled", "modelled", "question", "own"),
    "print, still": ("print", "print", "nothing", "own"),
    "print, turned": ("turned print", "turned print", "question", "own"),
    "print, bent": ("bent print", "bent print", "question", "own"),
    "film, at random": ("film", "film", "chance", "own"),
    "film of each answer": ("film", "film", "question", "own"),
    "print, then a stranger": ("print", "head", "question", "stranger"),
}
STILL = {"modelled": "head", "turned print": "print"}  # what stands for straight
MANY = "head", "modelled", "film"  # answers come from other photos than the first


class Frame(NamedTuple):
    """A frame that a camera took, and what is measured of it."""

    person: int
    source: int  # which of the person's photos
    kind: str
    way: int  # -1 left, 0 straight, 1 right
    turn: float  # NaN without a face
    crop: np.ndarray
    texture: np.ndarray


def frame(person, source, kind, way, photo):
    """A `Frame` of a photo that was taken."""
    texture = again.texture(photo)
    try:
        face = faces.find(photo, closely=False)
    except faces.FaceError:
        nothing = faces.middle(photo)
        return Frame(person, source, kind, way, np.nan, nothing, texture)
    turn, crop = asked.turn_of(photo, face), faces.closeup(photo, face)
    return Frame(person, source, kind, way, turn, crop, texture)


def chosen():
    """The people with two straight photos and a turned one."""
    straight = (labels() == "S").sum(axis=1)
    turned = np.isin(labels(), ["L", "R"]).sum(axis=1)
    return np.flatnonzero((straight > SOURCES) & (turned > 0))


def taken(rng):
    """All frames of all people: a list of `Frame`."""
    photos = orl(quiet=True).images.reshape(40, 10, 112, 92)
    made = []
    for person in chosen():
        for source, label in enumerate(labels()[person]):
            if label in WAYS:
                photo = photos[person, source]
                for kind, medium in (("head", "skin"), ("film", "screen")):
                    shot = again.photo_of(photo, medium, rng)
                    made.append(frame(person, source, kind, WAYS[label], shot))
        for source in np.flatnonzero(labels()[person] == "S")[:SOURCES]:
            for kind, way, shot in sheets(photos[person, source], rng):
                made.append(frame(person, source, kind, way, shot))
    return made


def sheets(photo, rng):
    """Of one straight photo: kind, way and what a camera takes, one after another."""
    for way in (-1, 1):
        head = asked.turned(photo, way * rng.uniform(15, 25))
        yield "modelled", way, again.photo_of(head, "skin", rng)
        angle = way * rng.uniform(30, 50)
        yield "turned print", way, again.photo_of(photo, "paper", rng, angle)
    for way in (-1, 1, *[0] * TAKES):
        angle, bend = way * rng.uniform(20, 40), rng.uniform(80, 120)
        yield "bent print", way, again.photo_of(photo, "paper", rng, angle, bend)
    for _ in range(TAKES):
        yield "print", 0, again.photo_of(photo, "paper", rng)


def changes(frames):
    """Of each labelled head the change since the person's other straight photos.

    Returns:
        change float (photo,), way int (photo,).
    """
    heads = [one for one in frames if one.kind == "head" and np.isfinite(one.turn)]
    found = []
    for one in heads:
        others = [
            each.turn
            for each in heads
            if each.person == one.person and each.way == 0 and each.source != one.source
        ]
        found.append(one.turn - np.median(others))
    return np.array(found), np.array([one.way for one in heads])


def limit(change, way):
    """The least change that is a turn: where straight and turned err least together.

    >>> limit(np.array([0.1, -0.2, 1.0, -1.2]), np.array([0, 0, 1, -1]))
    0.625
    """
    levels = np.arange(0.2, 2.0, 0.05)
    still = np.abs(change[way == 0])
    moved = change[way != 0] * way[way != 0]
    wrong = [(still >= x).mean() + (moved < x).mean() for x in levels]
    best = levels[np.isclose(wrong, min(wrong))]
    return round(float(np.median(best)), 3)


def pooled(frames):
    """The frames by person, kind and way: dict of lists."""
    pools = {}
    for each in frames:
        pools.setdefault((each.person, each.kind, each.way), []).append(each)
    for person in {each.person for each in frames}:
        for kind, still in STILL.items():
            pools[person, kind, 0] = pools[person, still, 0]
    return pools


def session(pools, person, name, stranger, rng):
    """One session: the enrolled frame, the first, three answers, what was asked.

    A person whose photos show one side alone is asked for that side in place of the
    other: a turn to the left is as hard as one to the right.
    """
    start, kind, follows, whose = KINDS[name]
    first = pick(pools[person, start, 0], rng)
    enrolled = pick(
        [one for one in pools[person, "head", 0] if one.source != first.source], rng
    )
    answers, asks = [], rng.integers(-1, 2, 3)
    for number, way in enumerate(asks):
        chance = int(rng.integers(-1, 2))
        does = {"question": way, "chance": chance, "nothing": 0}[follows]
        who = stranger if whose == "stranger" else person
        if (who, kind, does) not in pools:
            does, asks[number] = -does, -way
        some = pools[who, kind, does]
        if whose == "own":
            some = [
                one
                for one in some
                if one is not first and one.source != enrolled.source
                if kind in MANY or one.source == first.source
            ]
        answers.append(pick(some, rng))
    return enrolled, first, answers, asks


def pick(some, rng):
    """One of a list, drawn at random."""
    return some[rng.integers(len(some))]


def outcome(frames, asks, like, texture_ok, enough):
    """Which defences a session passes.

    Args:
        frames: the first and the answers. asks: ways. like: bool, of each frame.
        texture_ok: of the first frame. enough: a turn's least change.

    Returns:
        dict defence -> bool.
    """
    turns = np.array([one.turn for one in frames])
    change = turns[1:] - turns[0]
    said = np.where(np.abs(change) < enough, 0, np.sign(change))
    right = said == asks  # NaN is never right
    passes = {"none": like[0], "texture": like[0] and texture_ok}
    for number in (1, 2, 3):
        passes[f"asked {number}"] = all(right[:number]) and all(like[: number + 1])
    passes["asked 3, the first compared"] = all(right) and like[0]
    passes["asked 3 and texture"] = passes["asked 3"] and texture_ok
    return passes


def rules_of(frames, people):
    """Learned of some people: a turn's limit, the rule of texture, its limit."""
    mine = [each for each in frames if each.person in people]
    honest, *attacks = (
        np.stack([each.texture for each in mine if each.kind == kind])
        for kind in ("head", "print", "film")
    )
    return limit(*changes(mine)), *rule_of(honest, *attacks)


def one(seed):
    """All sessions of one seed.

    Returns:
        dict: passed, kind -> defence -> [share that passes, low, high], for an owner
        one less BPCER, for all others APCER; seen, as of `seen`; limits of both halves.
    """
    rng = np.random.default_rng(seed)
    frames, verifier, people = taken(rng), Verifier.load(), chosen()
    print(f"seed {seed}: {len(frames)} frames", flush=True)
    rows = verifier.embed_crops(np.stack([each.crop for each in frames]))
    row = {id(each): value for each, value in zip(frames, rows, strict=True)}
    least, pools, found = verifier.threshold(FAR), pooled(frames), {}
    drawn = rng.permutation(people)
    halves = drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :]
    limits = []
    for learned, tested in (halves, halves[::-1]):
        enough, rule, top = rules_of(frames, learned)
        limits.append(enough)
        fine = {
            id(each): rule.decision_function(each.texture[None])[0] <= top
            for each in frames
        }
        for person in tested:
            for name in KINDS:
                passed = []
                for _ in range(SESSIONS):
                    stranger = rng.choice(people[people != person])
                    mine, first, answers, asks = session(
                        pools, person, name, stranger, rng
                    )
                    shots = [first, *answers]
                    like = [row[id(shot)] @ row[id(mine)] >= least for shot in shots]
                    passed.append(outcome(shots, asks, like, fine[id(first)], enough))
                for defence in passed[0]:
                    share = np.mean([each[defence] for each in passed])
                    found.setdefault((name, defence), []).append(share)
    shares = {name: {} for name in KINDS}
    for (name, defence), values in found.items():
        shares[name][defence] = interval(np.array(values))
    return {
        "people": len(people),
        "frames": len(frames),
        "limits": limits,
        "passed": shares,
        "seen": seen(frames, pools),
    }


def seen(frames, pools):
    """How far `turn_of` changes from a person's straight frames of a kind: means.

    Returns:
        dict kind -> way -> [mean, low, high].
    """
    found = {}
    for kind in ("head", "film", "modelled", "turned print", "bent print"):
        for way in (-1, 1):
            mine = []
            for person in chosen():
                still = np.nanmedian([one.turn for one in pools[person, kind, 0]])
                moved = [one.turn for one in pools.get((person, kind, way), [])]
                if np.isfinite(moved).any():
                    mine.append(np.nanmean(moved) - still)
            found.setdefault(kind, {})[str(way)] = interval(np.array(mine))
    return found


def make_results(path=RESULTS):
    """Make what `results` reads; what is in the file already is kept."""

    fill_json(path, map(str, SEEDS), lambda key: one(int(key)))


def results(path=RESULTS):
    """Read the file: seed -> as of `one`."""
    return read_json(path, "python -m helpers.experiments.challenges")


if __name__ == "__main__":
    make_results()
