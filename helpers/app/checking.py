"""Does an exported network do what Keras does? On real photos, with the time it takes.

`export.export` asks before it keeps a file, `experiments/exports.py` for a table.
"""

import statistics
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers import evaluation, faces
from helpers.app.exported import AGAIN, PACKAGES, Exported
from helpers.datasets import folds, is_here, lfw_pair_indices, lfw_pairs, orl
from helpers.verifier import FAR, crops_of

SAME = 1e-4  # a score of the float32 file may differ by so much from that of Keras
COST = 0.003  # what int8 may add to an equal error rate
MOVED = 0.1  # what int8 may move a score of pictures, for which there is no such rate
REPEATS = {1: 31, 64: 7}  # photos at one time: how often they are timed


class Pairs(NamedTuple):
    """Pairs of photos on which a file is checked: crops and indices into them."""

    of: str  # "orl", "lfw", or "" where an error rate would mean nothing
    crops: np.ndarray  # uint8 (photo, row, column, channel)
    first: np.ndarray  # (pair,)
    second: np.ndarray  # (pair,)
    same: np.ndarray  # bool (pair,)


def known_pairs(verifier):
    """Who is compared: ORL's four groups, and LFW's pairsDevTest where it is here.

    A verifier of pictures is shown ORL's photos whole: it tells no faces apart, but two
    runtimes can be compared on them.

    Returns:
        A list of `Pairs`; nobody in them was trained on.
    """
    photos = orl(quiet=True)
    whole = "pictures" in verifier.card
    if whole:
        crops = np.stack(crops_of(list(photos.images), card=verifier.card))
    else:
        crops = faces.crop_all(photos).images
    found, people = [], photos.people
    for _, group in folds(photos):
        member = np.flatnonzero(np.isin(people, group.people))
        first, second = np.triu_indices(len(member), k=1)
        same = people[member[first]] == people[member[second]]
        found.append(Pairs("" if whole else "orl", crops[member], first, second, same))
    if not whole and is_here("lfw"):
        from helpers.recipes.faces import lfw_faces

        photos = lfw_faces("pairsDevTest")
        *pairs, _ = lfw_pair_indices(photos, lfw_pairs("pairsDevTest"))
        found.append(Pairs("lfw", photos.images, *pairs))
    return found


def scored(run, pairs):
    """The embeddings, scores and doubts of what `run` makes of the crops of `pairs`.

    Args:
        run: a function of crops, as `Exported.run`.
        pairs: a list of `Pairs`.

    Returns:
        dict of lists, one entry for each of the `pairs`: embedding, score, doubt.
    """
    found = {"embedding": [], "score": [], "doubt": []}
    for test in pairs:
        said = run(test.crops)
        rows = said["embedding"]
        found["embedding"].append(rows)
        found["score"].append((rows[test.first] * rows[test.second]).sum(axis=1))
        found["doubt"].append(said.get("doubt", np.zeros((len(rows), 1))))
    return found


def with_keras(verifier):
    """What a verifier says of crops, in the words of `Exported.run`."""
    from helpers.embedding import compiled

    doubt = verifier.doubter and compiled(verifier.doubter)

    def run(crops):
        found = {"embedding": verifier.embed_crops(crops)}
        if doubt:
            found["doubt"] = doubt(crops / np.float32(255)).numpy()
        return found

    return run


def compare(verifier, pairs, ours, theirs):
    """How far two runtimes are apart on the same pairs.

    Args:
        verifier: whose thresholds make the verdicts.
        pairs: a list of `Pairs`.
        ours, theirs: what `scored` makes of them by Keras and by the other runtime.

    Returns:
        dict: the largest difference of an embedding's component and of a score; the
        equal error rate of each set, by Keras and by the other; how many verdicts
        change, at two thresholds, and how many doubts.
    """

    def largest(name):
        both = zip(ours[name], theirs[name])
        return float(max(np.abs(a - b).max() for a, b in both))

    def changed(name, limit):
        both = zip(ours[name], theirs[name])
        return int(sum(((a >= limit) != (b >= limit)).sum() for a, b in both))

    def eer(scores, name):
        tests = [n for n, test in enumerate(pairs) if test.of == name]
        rates = [evaluation.eer(scores[n], pairs[n].same) for n in tests]
        return round(float(np.mean(rates)), 4)

    least = verifier.rates.strangers[0][-1]  # that was measured
    return {
        "embedding": largest("embedding"),
        "score": largest("score"),
        "eer": {
            name: {
                "keras": eer(ours["score"], name),
                "file": eer(theirs["score"], name),
            }
            for name in dict.fromkeys(test.of for test in pairs if test.of)
        },
        "pairs": sum(len(test.same) for test in pairs),
        "changed_at_equal_odds": changed("score", verifier.threshold(None)),
        "changed_at_far": changed("score", verifier.threshold(max(FAR, least))),
        "photos": sum(len(test.crops) for test in pairs),
        "changed_doubts": changed("doubt", np.nextafter(0, 1)),
    }


def check(verifier, path):
    """Compare an exported file with Keras on real photos, and time it.

    Args:
        verifier: the `Verifier` that was exported.
        path: the file.

    Returns:
        dict for JSON: what `compare` says; bytes; load_seconds until the first photo is
        embedded; milliseconds a photo, for one and for 64 at one time.

    Raises:
        FileNotFoundError, ValueError, ImportError: as for `Exported`.
    """
    pairs = known_pairs(verifier)
    crops = np.concatenate([test.crops for test in pairs])[:64]
    start = time.perf_counter()
    exported = Exported(path)
    exported.run(crops[:1])
    seconds = time.perf_counter() - start
    if exported.card["exported"]["weights"] != verifier.version:
        raise ValueError(f"{path} was made of another verifier: {AGAIN}.")
    ours, theirs = (scored(run, pairs) for run in (with_keras(verifier), exported.run))
    return compare(verifier, pairs, ours, theirs) | {
        "bytes": Path(path).stat().st_size,
        "load_seconds": round(seconds, 4),
        "milliseconds": {
            str(number): round(milliseconds(exported.run, crops[:number], times), 3)
            for number, times in REPEATS.items()
        },
    }


def milliseconds(run, crops, times):
    """Milliseconds a photo that `run` takes for crops, the median of so many times."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        run(crops)
        seconds.append(time.perf_counter() - start)
    return 1000 * statistics.median(seconds) / len(crops)


def refuse(path, found, int8):
    """Refuse a file that differs too much from Keras.

    Args:
        path: where it would be kept. found: what `check` returned.

    Raises:
        ValueError: it does; NaN does too.
    """
    limit = (MOVED if int8 else SAME) if not (int8 and found["eer"]) else np.inf
    costs = [rate["file"] - rate["keras"] for rate in found["eer"].values()]
    if not found["score"] <= limit:
        wrong = f"a score differs from that of Keras by {found['score']:.2g}"
    elif not max(costs, default=0) <= COST:
        wrong = f"it adds {100 * max(costs):.2g} points to an equal error rate"
    else:
        return
    raise ValueError(
        f"{path} is not written, since {wrong}: report it with the versions of "
        f"{', '.join(PACKAGES['onnx'] + PACKAGES['litert'])}."
    )


def describe(found):
    """What `check` found, in a few aligned lines."""
    one, many = found["milliseconds"].values()
    lines = {
        "size": f"{found['bytes'] / 1e6:.2f} MB",
        "first photo after": f"{found['load_seconds']:.2f} s",
        "milliseconds a photo": f"{one:.2f}, of 64 together {many:.2f}",
        "largest difference": f"{found['embedding']:.1e} of a component, "
        f"{found['score']:.1e} of a score",
    }
    for name, rate in found["eer"].items():
        lines[f"EER {name.upper()}"] = "{file:.2%}, by Keras {keras:.2%}".format(**rate)
    lines["verdicts changed"] = (
        f"{found['changed_at_equal_odds']} at equal odds, {found['changed_at_far']} at "
        f"FAR {FAR:.0%}, of {found['pairs']:,} pairs"
    )
    lines["doubts changed"] = f"{found['changed_doubts']} of {found['photos']:,} photos"
    return "\n".join(f"{name:22}{text}" for name, text in lines.items())
