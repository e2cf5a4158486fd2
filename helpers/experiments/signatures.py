"""Signatures and their forgers: a network that has met forgeries, and one that has not.

For notebook 15. Made signatures (`sources/signatures.py`), another set for each seed;
`train folder` without the forgeries (before), with them (after), and without them at
the size and the variations that come with them (unforged); beside raw pixels,
and beside the classic recipe, histograms of oriented gradients (Dalal, Triggs 2005) by
their cosine, and by a linear support-vector machine on the differences of two, which
has met random forgeries only (before) or skilled ones too (after). Measured on the
writers for the test, on 40 new ones, and on 40 whose forgers are of a kind that no
training has seen. It makes `signatures.json`, a training of some minutes at a time:

    python -m helpers.experiments.signatures
"""

import tempfile
from contextlib import contextmanager, nullcontext
from itertools import product
from pathlib import Path

import cv2
import numpy as np
from sklearn.svm import LinearSVC

from helpers import evaluation
from helpers.disk.files import fill_json, read_json
from helpers.measures import references
from helpers.recipes import varied
from helpers.recipes.beside_pixels import OWN
from helpers.recipes.folder import train_folder
from helpers.sources import classes, pictures, signatures
from helpers.verifier import Verifier

RESULTS = Path(__file__).with_name("signatures.json")
SEEDS = range(3)
WAYS = "classic", "before", "unforged", "after"
WRITERS, NEW, GENUINE, FORGED = 60, 40, 12, 10
NUMBERS = 1, 3, 5  # of references
HOG = (96, 48), (16, 16), (8, 8), (8, 8), 9  # window, block, step, cell, directions
PAIRS = 6  # pairs of a genuine picture that the machine learns from, of each kind


def sets(root, seed):
    """Write the three sets of signatures of a seed under a folder: their paths."""
    made = {name: Path(root) / name for name in ("folder", "new", "mimic")}
    every = {"genuine": GENUINE, "forgeries": FORGED, "seed": seed}
    signatures.write(made["folder"], WRITERS, **every)
    signatures.write(made["new"], NEW, **every, start=1000)
    signatures.write(made["mimic"], NEW, **every, start=2000, kinds=("mimic",))
    return made


def parts_of(made, how, seed):
    """The parts on which all is measured: name -> `Photos`, genuine and forged."""
    found, forged, _ = classes.read(made["folder"], how, quiet=True)
    parts = classes.apart(found, seed, forged)
    both = {name: (part, of_them(forged, part)) for name, part in parts.items()}
    for name in ("new", "mimic"):
        both[name] = classes.read(made[name], how, quiet=True)[:2]
    return both


def of_them(forged, part):
    """The forgeries of the classes of a part."""
    return forged.only(np.unique(part.people))


def measured(parts, score, skilled):
    """Rates by number of references, with a threshold for all and with each one's own.

    Args:
        parts: as of `parts_of`.
        score: function of two arrays of pictures -> similarities (first, second).
        skilled: whether the threshold is set for skilled forgeries, at their EER; else
            for 1 % of random ones.

    Returns:
        dict: part -> number of references -> {"global": rates with 95 % intervals, at
        the threshold that as many references set; "pairs": rates at that of one;
        "own": at that of one, moved to be each writer's own, as `verify` does, and the
        `share` of the level that it takes; "template": the EER by the cosine with the
        mean embedding}.
    """
    every = {
        name: score(genuine.images, np.concatenate([genuine.images, forged.images]))
        for name, (genuine, forged) in parts.items()
        if name != "train"
    }
    found = {name: {} for name in every}

    def tried(name, number):
        genuine, forged = parts[name]
        return references.trials(every[name], genuine.people, forged.people, number)

    one = limit_of(tried("threshold", 1), skilled)
    share, usual = references.own_share(tried("threshold", OWN))
    for name, number in product(every, NUMBERS):
        made, held = tried(name, number), tried("threshold", number)
        own = references.own_threshold(made, share if number > 1 else 0, usual)
        found[name][str(number)] = {
            "global": rates(made, limit_of(held, skilled)),
            "pairs": references.rates(made, one),
            "own": references.rates(own, one) | {"share": share},
            "template": references.rates(by_template(made, number)),
        }
    return found


def limit_of(held, skilled):
    """The threshold that held-out writers set."""
    if skilled:
        return references.crossing(
            held["genuine"]["scores"], held["skilled"]["scores"]
        )[1]
    return float(np.quantile(held["random"]["scores"], 0.99))


def rates(made, limit):
    """`references.rates`, each with its 95 % interval: name -> [rate, low, high]."""
    found, ends = references.rates(made, limit), references.intervals(made, limit)
    return {name: np.round([found[name], *ends[name]], 4).tolist() for name in found}


def by_template(made, number):
    """The same trials, scored by the cosine with the mean of the references."""
    again = {}
    for kind, some in made.items():
        length = np.sqrt(np.maximum(1 + (number - 1) * some["level"], 1e-6) / number)
        again[kind] = some | {"scores": some["scores"] / length}
    return again


@contextmanager
def unforged():
    """Batches as where forgeries are learned from, of genuine pictures alone.

    More pixels and gentler variations come with the forgeries; here without them.
    """
    whole = varied.batches

    def batches(*given, forged, **more):
        return whole(*given, forged=forged.take(np.zeros(len(forged), bool)), **more)

    varied.batches = batches
    try:
        yield
    finally:
        varied.batches = whole


def network(made, seed, way):
    """Train, with the forgeries or without, and measure."""
    path, skilled = made["folder"], way != "before"
    learning = unforged() if way == "unforged" else nullcontext()
    with tempfile.TemporaryDirectory() as folder, learning:
        if not skilled:
            path = Path(folder) / "signatures"
            signatures.write(path, WRITERS, GENUINE, seed=seed)
        name = str(Path(folder) / "verifier")
        card = train_folder(path, name, seed=seed)
        verifier = Verifier.load(f"{name}.keras")
    parts = parts_of(made, pictures.how(card["pictures"]), seed)

    def score(a, b):
        return references.alike(verifier.embed_crops(a), verifier.embed_crops(b))

    found = measured(parts, score, skilled)
    return found | {
        "minutes": card["training_minutes"],
        "shape": card["pictures"]["shape"],
    }


def classic(made, seed):
    """Raw pixels, gradients by their cosine, and the machine before and after."""
    how = (48, 96, 1), 0, True, True
    parts = parts_of(made, how, seed)
    described = {"pixels": evaluation.pixels, "gradients": gradients}
    found = {
        name: measured(parts, cosine_of(rows), skilled=True)
        for name, rows in described.items()
    }
    for name, skilled in (("machine, before", False), ("machine, after", True)):
        found[name] = measured(parts, machine(*parts["train"], skilled, seed), skilled)
    return found


def cosine_of(rows):
    """A score of pictures by the cosine of what describes them."""
    return lambda a, b: references.alike(rows(a), rows(b))


def gradients(images):
    """Histograms of oriented gradients, float32 (picture, feature)."""
    describe = cv2.HOGDescriptor(*HOG)
    rows = [describe.compute(np.ascontiguousarray(each)).ravel() for each in images]
    return np.stack(rows)


def machine(genuine, forged, skilled, seed):
    """A score that a linear machine learned from pairs of the writers for training.

    Source: Rivard, Sabourin, Granger (2013), differences of two for all writers.
    """
    rng, rows = np.random.default_rng(seed), gradients(genuine.images)
    false, pairs, same = gradients(forged.images), [], []
    for n, person in enumerate(genuine.people):
        own = np.setdiff1d(genuine.of(person), [n])
        others = np.flatnonzero(genuine.people != person)
        kinds = [(rows, own, True), (rows, others, False)]
        kinds += [(false, forged.of(person), False)] * skilled
        for described, among, is_same in kinds:
            drawn = rng.choice(among, PAIRS)
            pairs.append(np.abs(described[drawn] - rows[n]))
            same += [is_same] * PAIRS
    svm = LinearSVC(C=0.01, class_weight="balanced").fit(np.concatenate(pairs), same)
    weights = svm.coef_[0]

    def score(a, b):
        a, b = gradients(a), gradients(b)
        return np.stack([np.abs(b - row) @ weights for row in a])

    return score


def one(key):
    """All of it, for "before|0" and so on."""
    way, seed = key.split("|")
    with tempfile.TemporaryDirectory() as root:
        made = sets(root, int(seed))
        if way == "classic":
            found = classic(made, int(seed))
        else:
            found = network(made, int(seed), way)
    short = {n: r["1"]["global"] for n, r in found.items() if n in ("test", "new")}
    print(key, short, flush=True)
    return found


def make_results(path=RESULTS, ways=WAYS, seeds=SEEDS):
    """Make what `results` reads; what is in the file already is kept."""
    keys = [f"{way}|{seed}" for seed, way in product(seeds, ways)]
    fill_json(path, keys, one)


def results(path=RESULTS):
    """Read the file: "before|0" and so on, of WAYS and SEEDS -> as of `one`."""
    return read_json(path, "python -m helpers.experiments.signatures")


if __name__ == "__main__":
    make_results()
