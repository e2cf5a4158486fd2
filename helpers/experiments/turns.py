"""How far a head is turned: what is learned from LFW, and whether real heads agree.

ORL holds heads that turned. Which way was labelled by eye, by one reader, before
anything was measured; where that reader was unsure there is a point. Two measures are
compared. The one of `live/asked.py` is the direction in which LFW's faces differ most
from their mirror images. A ridge regression learns degrees from modelled heads instead.
It makes `turns.json` in two minutes; `fit` makes `weights/turn.npz` in one:

    python -m helpers.experiments.turns
    python -m helpers.experiments.turns fit
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score

from helpers import faces
from helpers.datasets import lfw_files, orl, read_photo
from helpers.disk.files import fill_steps, read_json, write_whole
from helpers.live import asked
from helpers.recipes.aligner import TRUE_FACE, away
from helpers.recipes.faces import is_held_out
from helpers.sources.levelling import align

RESULTS = Path(__file__).with_name("turns.json")
SEEDS = range(3)
LEARNED_FROM = 2500  # people of LFW's peopleDevTrain, one photo each
WAYS = {"L": -1, "S": 0, "R": 1}
LABELS = """
SRSLRLSSSR SSSSS.SSSS .RRLL...SS SSSSRLSR.R LS.LLLLS.. SSSSSSSRLS SS.SSSSSSS SS.R..S.LR
SS..LLLSSR S.RRSS.SLS SRSS.SS.SS SR..S..SS. SSLLSRLLSS SSSSSSSS.S SSSS.S.S.S SSSSSSRL.S
SSSSS.LLLL .RLSSSSL.S SSSSS.S.SS SSS.S.S..S SSSS.LS..S SSS..LSSSS SR.LRLSRL. SSLSSSSS..
SRSLL.SL.S SLSRR.SRSR SSSSSSSSS. SSS.SSSR.L ...S..S.LS .SRSLSSS.. .SSSSSSSSS SSSSS.RSSS
S.S.SLSR.S SSS..S.SSS SS..LS.S.. SLS.SL.SSS .S.SSSSSSS LSSRSL..LS SRL...S.S. ......LSL.
""".split()  # by eye: the nose to the Left of the picture, Straight, to the Right


def labels():
    """ORL's turns as labelled by eye, str (person, photo) of L, S, R and "."."""
    return np.array([list(row) for row in LABELS])


def learners():
    """A grey photo of each person of LFW who may be learned from, one by one."""
    paths, people, _ = lfw_files("peopleDevTrain")
    _, first = np.unique(people, return_index=True)
    for place in first[~is_held_out(people[first])][:LEARNED_FROM]:
        yield faces.grey(read_photo(paths[place]))


def modelled(photo, degrees, rng):
    """`asked.lopsided` of a modelled turn of a photo of LFW, levelled anew."""
    head = asked.turned(photo, degrees, TRUE_FACE)
    return asked.lopsided(head, align(head, away(rng)))


def fit():
    """Write the direction in which LFW's faces differ most from their mirror images.

    It takes a minute. No label is used but for the sign: modelled heads say which side
    is right.
    """
    rng, rows, right = np.random.default_rng(1), [], 0
    for photo in learners():
        rows.append(asked.lopsided(photo, align(photo, away(rng))))
        if len(rows) <= 100:
            right = right + modelled(photo, 20, rng) - rows[-1]
    rows = np.array(rows)
    direction = np.linalg.svd(rows, full_matrices=False)[2][0]
    direction *= np.sign(right @ direction) / (rows @ direction).std()
    write_whole(asked.TURN, lambda file: np.savez(file, weights=np.float32(direction)))


def measures(seed, number=500, tested=150):
    """Two ways to measure a turn, on modelled heads and on ORL's: which one holds?

    The ridge regression learns from one turn of so many people; `first` is `turn_of`.

    Returns:
        dict way -> {modelled: correlation with the degrees of people not learned from;
        left, right: AUC of turned against straight heads of ORL, [value, low, high]}.
    """
    rng = np.random.default_rng(seed)
    photos = [photo for photo, _ in zip(learners(), range(number + tested))]
    degrees = rng.uniform(-30, 30, len(photos))
    rows = np.stack([modelled(*pair, rng) for pair in zip(photos, degrees)])
    ridge = Ridge(alpha=30, fit_intercept=False).fit(rows[:number], degrees[:number])
    heads = orl(quiet=True).images[..., 0]
    told = np.stack([asked.lopsided(photo, faces.find(photo)) for photo in heads])
    first = asked.direction()
    found = {}
    for name, weights in (("first", first), ("ridge", ridge.coef_)):
        found[name] = {
            "modelled": round(
                float(np.corrcoef(rows[number:] @ weights, degrees[number:])[0, 1]), 4
            )
        } | told_apart((told @ weights).reshape(40, 10))
    return found


def told_apart(turns):
    """AUC of ORL's turned heads against straight ones, a person's own median taken off.

    Args:
        turns: float (person, photo).
    """
    known = labels()
    middle = [
        np.median(row[mark == "S"]) if "S" in mark else np.nan
        for row, mark in zip(turns, known)
    ]
    change, found = turns - np.array(middle)[:, None], {}
    rng = np.random.default_rng(0)
    for name, side in (("left", "L"), ("right", "R")):
        way = WAYS[side]
        people = np.flatnonzero(np.isfinite(middle))
        drawn = [people, *people[rng.integers(len(people), size=(500, len(people)))]]
        values = []
        for some in drawn:
            marks, scores = known[some].ravel(), way * change[some].ravel()
            of = np.isin(marks, ["S", side])
            values.append(roc_auc_score(marks[of] == side, scores[of]))
        value = [values[0], *np.percentile(values[1:], [2.5, 97.5])]
        found[name] = np.round(value, 3).tolist()
    return found


def make_results(path=RESULTS):
    """Make what `results` reads; what is in the file already is kept."""
    fill_steps(path, {str(seed): partial(measures, seed) for seed in SEEDS})


def results(path=RESULTS):
    """Read the file: seed -> as of `measures`."""
    return read_json(path, "python -m helpers.experiments.turns")


if __name__ == "__main__":
    fit() if sys.argv[1:] == ["fit"] else make_results()
