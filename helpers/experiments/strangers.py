"""LFW's View 1 looked at closely: who and what fails, and what alignment is worth.

The network and its rivals on the 1,000 pairs of pairsDevTest. To see what harms the
network, the second photo of each pair is made worse by one thing at a time, or both
photos are, by the same; the threshold is that of its card.
Notebook 11 reads `strangers.json`, which this makes again in some minutes:

    python -m helpers.experiments.strangers
"""

from functools import cached_property
from pathlib import Path

import keras
import numpy as np

from helpers import faces
from helpers.disk.files import fill_json, read_json
from helpers.embedding import beside
from helpers.evaluation import auc, eer
from helpers.measures.baselines import eigenfaces, pixels
from helpers.measures.scores import similarity
from helpers.recipes import spoil
from helpers.recipes.aligner import TRUE_FACE
from helpers.recipes.faces import apart, lfw_faces, thresholds
from helpers.recipes.learning import rounded
from helpers.sources import doubts
from helpers.sources.lfw import lfw, lfw_pair_indices, lfw_pairs
from helpers.verifier import Verifier

RESULTS = Path(__file__).with_name("strangers.json")
SPOILT = {  # what -> (function, levels from none to much, unit)
    "light": (spoil.darker, (1.0, 0.5, 0.25, 0.12, 0.06), "share left"),
    "blur": (spoil.blurred, (0, 1, 2, 3, 4), "pixels"),
    "distance": (spoil.farther, (64, 32, 24, 16, 12, 8), "pixels wide"),
    "cover": (spoil.covered, ("nothing", *spoil.COVERS), ""),
}
CUTS = ("ours", "box alone", "middle", "whole photo")


def whole(photo):
    """A photo without any search: all of it, made as small as a crop."""
    grey = faces.grey(photo)
    rows, columns = grey.shape
    face = faces.Face(columns / 2, rows / 2, max(grey.shape))
    return faces.cut(grey, face, faces.SIZE)[..., None]


def box_alone(photo):
    """A face as the cascade's largest box has it, not levelled; else the middle."""
    grey = faces.grey(photo)
    boxes = faces.detect(grey)
    if not len(boxes):
        return faces.middle(photo)
    x, y, width = boxes[boxes[:, 2].argmax()]
    return faces.closeup(grey, faces.Face(x, y, faces.WIDER * width))


def in_the_middle(photo):
    """The square in which deep-funneled photos have the face, without any search."""
    return faces.closeup(faces.grey(photo), TRUE_FACE)


def rates(scores, same, threshold):
    """What the scores of pairs say, as shares: eer, auc; far and frr at the threshold.

    >>> rates(np.array([0.9, 0.2, 0.6, 0.1]), np.array([True, True, False, False]), 0.5)
    {'eer': 0.5, 'auc': 0.75, 'far': 0.5, 'frr': 0.5}
    """
    found = {
        "eer": eer(scores, same),
        "auc": auc(scores, same),
        "far": (scores[~same] >= threshold).mean(),
        "frr": (scores[same] < threshold).mean(),
    }
    return rounded(found)


def parts(tower):
    """The joined tower and what it is made of: name -> `Verifier` without a card."""
    network, other = tower.get_layer("compact"), tower.get_layer("joined")
    unjudged = keras.Model(other.inputs, other.get_layer("embedding").output)
    towers = {
        "network": network,
        "patterns": other.get_layer("ternary"),
        "both": beside(network, unjudged),
        "joined": tower,
    }
    return {name: Verifier(part, {}) for name, part in towers.items()}


class Pairs:
    """The pairs of pairsDevTest, and a verifier's view of them."""

    def __init__(self, verifier):
        self.verifier, self.crops = verifier, lfw_faces("pairsDevTest")
        self.first, self.second, self.same, kept = lfw_pair_indices(
            self.crops, lfw_pairs("pairsDevTest")
        )
        assert len(kept) == 1000, "LFW lacks photos of the protocol"
        self.threshold = verifier.threshold(far=None)
        self.embeddings = verifier.embed_crops(self.crops.images)

    @cached_property
    def photos(self):
        """The whole photos, a list of uint8 (row, column)."""
        return [faces.grey(image) for image in lfw("pairsDevTest", quiet=True).images]

    def similarity(self, crops=None, both=None):
        """The similarity of each pair, float (pair,).

        Args:
            crops: uint8 (pair, 64, 64, 1), in place of the second photos.
            both: uint8 (photo, 64, 64, 1), in place of all photos.
        """
        first = second = self.embeddings
        if both is not None:
            first = second = self.verifier.embed_crops(both)
        second = second[self.second]
        if crops is not None:
            second = self.verifier.embed_crops(crops)
        return (first[self.first] * second).sum(axis=1)

    def measure(self, scores):
        """`rates` at the threshold of the card."""
        return rates(scores, self.same, self.threshold)

    def base(self):
        """Scores of the network and its rivals, and what can be told of the photos.

        Returns:
            dict of lists, one value a pair: same, people (two numbers), the `parts` of
            the joined tower, pixels, eigenfaces; brightness, sharpness, asymmetry of
            the worse photo; and the thresholds of held-out people, such as "threshold
            network".
        """
        train, held_out = apart(lfw_faces("peopleDevTrain"))
        images = self.crops.images
        limits, found = {}, {}
        rows = {
            "pixels": pixels(images),
            "eigenfaces": eigenfaces(train.images, images, 100),
        }
        for name, part in parts(Verifier.load("joined").tower).items():
            table = thresholds(part, held_out)
            print(f"{name:20}{table['held_out']}", flush=True)
            limits[f"threshold {name}"] = table["threshold"]
            rows[name] = part.embed_crops(images)
        told = {
            "brightness": (doubts.brightness, np.minimum),
            "sharpness": (doubts.sharpness, np.minimum),
            "asymmetry": (spoil.asymmetry, np.maximum),
        }
        for name, row in rows.items():
            found[name] = similarity(row[self.first], row[self.second])
        for name, (look, worse) in told.items():
            values = np.array([look(image) for image in images])
            found[name] = worse(values[self.first], values[self.second])
        people = self.crops.people[np.stack([self.first, self.second], axis=1)]
        return {
            **limits,
            "same": self.same.astype(int).tolist(),
            "people": people.tolist(),
        } | {name: np.round(value, 4).tolist() for name, value in found.items()}

    def cut(self, how):
        """All photos cut in another way: `rates`."""
        ways = {"box alone": box_alone, "middle": in_the_middle, "whole photo": whole}
        if how == "ours":
            return self.measure(self.similarity())
        crops = np.stack(faces.in_threads(ways[how], self.photos))
        return self.measure(self.similarity(both=crops))

    def both(self, what, level):
        """Both photos of each pair made worse alike: `rates`."""
        make, rng = SPOILT[what][0], np.random.default_rng(0)
        crops = [make(image, level, rng) for image in self.crops.images]
        return self.measure(self.similarity(both=np.stack(crops)))

    def spoilt(self, what, level):
        """The second photo of each pair made worse: `rates`."""
        make, rng = SPOILT[what][0], np.random.default_rng(0)
        crops = [make(self.crops.images[i], level, rng) for i in self.second]
        return self.measure(self.similarity(np.stack(crops)))


def keys():
    """What the file shall hold: name -> method of `Pairs` that makes it, arguments."""
    found = {"base": ("base",)} | {f"cut|{how}": ("cut", how) for how in CUTS}
    for what, (_, levels, _) in SPOILT.items():
        found |= {f"{what}|{level}": ("spoilt", what, level) for level in levels}
        found |= {f"both {what}|{level}": ("both", what, level) for level in levels}
    return found


def make_results(path=RESULTS):
    """Make what `results` reads; what is in the file already is kept."""
    pairs, wanted = Pairs(Verifier.load()), keys()

    def run(key):
        method, *arguments = wanted[key]
        found = getattr(pairs, method)(*arguments)
        if key != "base":
            print(f"{key:20}{found}", flush=True)
        return found

    fill_json(path, wanted, run)


def results(path=RESULTS):
    """Read the file.

    Returns:
        base: dict of arrays, as of `Pairs.base`; spoilt: dict what -> {level: `rates`},
        with "cut" among them, and "both light" where both photos were spoilt.
    """
    stored = read_json(path, "python -m helpers.experiments.strangers")
    base = {name: np.array(value) for name, value in stored["base"].items()}
    base["same"] = base["same"].astype(bool)
    spoilt = {}
    for key, (method, *arguments) in keys().items():
        if method != "base":
            what = key.partition("|")[0]
            spoilt.setdefault(what, {})[arguments[-1]] = stored[key]
    return base, spoilt


def panels(spoilt, names, prefix=""):
    """The part of `results` that `charts.two_rates` draws, with units in the names.

    >>> panels({"blur": {0: {}}}, ["blur"])
    {'blur: pixels': {0: {}}}
    """
    units = {name: unit for name, (*_, unit) in SPOILT.items()}
    return {f"{name}: {units[name]}".rstrip(": "): spoilt[prefix + name]
            for name in names}  # fmt: skip


if __name__ == "__main__":
    make_results()
