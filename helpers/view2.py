"""LFW's View 2: 6,000 pairs of people in ten folds. It is for the report alone.

Nobody of a fold may have been trained on by what is tested there. Ten trainings would
do; two do as well: one tower learns from all people of the first five folds and is
tested on the last five, another one the other way round. So each learns from about half
of LFW's people, by the recipe of `train faces`, and each fold is decided with the best
threshold of the four others that the same tower never saw.

The results lie in `weights/view2.json`, which this makes again, in hours without bf16
units; a killed run goes on:

    python -m helpers.view2
"""

import json

import numpy as np

from helpers.baselines import eigenfaces, pixels
from helpers.cards import WEIGHTS
from helpers.evaluation import accuracy_by_fold
from helpers.files import fill_json
from helpers.lfw import lfw_folds, lfw_pair_indices, lfw_pairs
from helpers.recipes import lfw_faces, numbered
from helpers.scores import similarity

RESULTS = WEIGHTS / "view2.json"
EPOCHS = 26  # as many as `train faces` takes
HALVES = (0, 1, 2, 3, 4), (5, 6, 7, 8, 9)


class View2:
    """The pairs of View 2 and their people.

    Attributes:
        crops: `Photos` of all of LFW; folds int (photo,), the fold of each person.
        first, second: int (pair,), numbers of photos; same: bool (pair,).
        fold: int (pair,).
    """

    def __init__(self):
        self.crops = lfw_faces("all")
        fold_of = lfw_folds()
        self.folds = np.array([fold_of[name] for name in self.crops.names])
        self.folds = self.folds[self.crops.people]
        pairs = lfw_pairs("pairs")
        self.first, self.second, self.same, kept = lfw_pair_indices(self.crops, pairs)
        self.fold = np.array([pair[5] for pair in pairs])[kept]
        assert (self.folds[self.first] == self.fold).all(), "a person in another fold"
        assert (self.folds[self.second] == self.fold).all(), "a person in another fold"

    def others(self, folds):
        """The photos of people who are in none of these folds, numbered anew."""
        return numbered(self.crops.take(~np.isin(self.folds, folds)))

    def accuracies(self, embeddings, folds):
        """The accuracy in each of these folds, decided by the others among them.

        Args:
            embeddings: float (photo, feature) of all crops; zeros where nobody asks.
            folds: of HALVES, or all ten.

        Returns:
            float (fold,).
        """
        here = np.isin(self.fold, folds)
        scores = similarity(embeddings[self.first[here]], embeddings[self.second[here]])
        return accuracy_by_fold(scores, self.same[here], self.fold[here])

    def embed(self, verifier, folds):
        """The embeddings of those who are asked for in these folds, zeros for others.

        Returns:
            float32 (photo, feature).
        """
        here = np.isin(self.fold, folds)
        asked = np.unique(np.concatenate([self.first[here], self.second[here]]))
        width = verifier.tower.output_shape[-1]
        embeddings = np.zeros((len(self.crops), width), np.float32)
        embeddings[asked] = verifier.embed_crops(self.crops.images[asked])
        return embeddings

    def baseline(self, name):
        """Pixels, or eigenfaces that are fitted to the other half of the folds."""
        if name == "pixels":
            return self.accuracies(pixels(self.crops.images), np.arange(10))
        shares = []
        for folds in HALVES:
            learn = self.others(folds).images
            rows = eigenfaces(learn, self.crops.images, 100)
            shares += list(self.accuracies(rows, folds))
        return shares

    def tower(self, half, seed, epochs=EPOCHS):
        """A tower that never saw the people of these folds, tested on them."""
        from helpers.recipes import train_on_people
        from helpers.verifier import Verifier

        learn, folds = self.others(HALVES[half]), HALVES[half]
        tower, *_ = train_on_people(learn, epochs, seed, f"runs/view2-{half}-{seed}")
        return self.accuracies(self.embed(Verifier(tower, {}), folds), folds)

    def leak(self):
        """The shipped verifier, which was trained on most of these people.

        Returns:
            dict: all, the accuracies in the ten folds; known and unknown, the accuracy
            among pairs of which both people or nobody was trained on; of that size.
        """
        from helpers.recipes import apart
        from helpers.verifier import Verifier

        verifier = Verifier.load()
        trained = set(apart(lfw_faces("peopleDevTrain"))[0].names)
        known = np.array([name in trained for name in self.crops.names])
        known = known[self.crops.people]
        rows = self.embed(verifier, np.arange(10))
        scores = similarity(rows[self.first], rows[self.second])
        right = (scores >= verifier.threshold()) == self.same
        both = known[self.first] & known[self.second]
        neither = ~known[self.first] & ~known[self.second]
        return {
            "all": self.accuracies(rows, np.arange(10)).round(4).tolist(),
            "known": [round(float(right[both].mean()), 4), int(both.sum())],
            "unknown": [round(float(right[neither].mean()), 4), int(neither.sum())],
        }


def make_results(keys=("pixels", "eigenfaces", "leak", "0|0", "1|0"), path=RESULTS):
    """Make what `results` reads; what is in the file already is kept.

    Args:
        keys: baselines, "leak", or half and seed of a tower. path: the JSON file.
    """
    view = View2()

    def run(key):
        if key == "leak":
            return view.leak()
        if "|" in key:
            shares = view.tower(*map(int, key.split("|")))
        else:
            shares = view.baseline(key)
        print(f"{key:12}{100 * np.mean(shares):.1f} %", flush=True)
        return [round(float(share), 4) for share in shares]

    fill_json(path, keys, run)


def results(path=RESULTS):
    """Read the file.

    Returns:
        dict: "pixels" and "eigenfaces" float (fold,), "towers" float (seed, fold) if
        both halves are there, "leak" as of `View2.leak`.
    """
    stored = json.loads(path.read_text(encoding="utf-8"))
    found = {name: np.array(stored[name]) for name in ("pixels", "eigenfaces")}
    seeds = sorted(key.split("|")[1] for key in stored if key.startswith("1|"))
    towers = [stored[f"0|{seed}"] + stored[f"1|{seed}"] for seed in seeds]
    return found | {"towers": np.array(towers), "leak": stored["leak"]}


if __name__ == "__main__":
    make_results()
