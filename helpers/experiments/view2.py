"""LFW's View 2: 6,000 pairs of people in ten folds. It is for the report alone.

Nobody of a fold may have been trained on by what is tested there. Ten trainings would
do; two do as well: one tower learns from all people of the first five folds and is
tested on the last five, another one the other way round. So each learns from about half
of LFW's people, by the recipe of `train faces`, and each fold is decided with the best
threshold of the four others that the same tower never saw. The rival by patterns
(`recipes/patterns.py`) learns in a minute, so it does so ten times, from nine folds
each; both together, judged by a cohort from the nine folds, are what `train joined`
makes.

Notebook 11 reads `view2.json`, which this makes again in about two hours; a
killed run goes on:

    python -m helpers.experiments.view2
"""

from functools import cached_property
from pathlib import Path

import numpy as np

from helpers.disk.files import fill_json, read_json
from helpers.embedding import beside
from helpers.evaluation import accuracy_by_fold
from helpers.measures.baselines import eigenfaces, pixels
from helpers.measures.scores import similarity
from helpers.recipes import patterns
from helpers.recipes.faces import (
    EPOCHS,
    apart,
    joined,
    lfw_faces,
    train_on_people,
)
from helpers.recipes.learning import numbered
from helpers.sources.lfw import lfw_folds, lfw_pair_indices, lfw_pairs
from helpers.verifier import Verifier

RESULTS = Path(__file__).with_name("view2.json")
HALVES = (0, 1, 2, 3, 4), (5, 6, 7, 8, 9)


class View2:
    """The pairs of View 2 and their people."""

    def __init__(self):
        self.crops = lfw_faces("all")
        fold_of = lfw_folds()
        folds = np.array([fold_of[name] for name in self.crops.names])  # (person,)
        self.folds = folds[self.crops.people]  # (photo,)
        pairs = lfw_pairs("pairs")
        self.first, self.second, self.same, kept = lfw_pair_indices(self.crops, pairs)
        self.fold = np.array([pair[5] for pair in pairs])[kept]  # (pair,)
        assert (self.folds[self.first] == self.fold).all(), "a person in another fold"
        assert (self.folds[self.second] == self.fold).all(), "a person in another fold"

    def others(self, folds):
        """The photos of people who are in none of these folds, numbered anew."""
        return numbered(self.crops.take(~np.isin(self.folds, folds)))

    def accuracies(self, rows_for, folds):
        """The accuracy in each of these folds, decided by the others among them.

        Args:
            rows_for: fold -> embeddings (photo, feature) of all crops by what never met
                the people of this fold; zeros where nobody asks.
            folds: of HALVES, or all ten.

        Returns:
            float (fold,).
        """
        scores = np.zeros(len(self.fold))  # (pair,)
        for fold in folds:
            here, rows = self.fold == fold, rows_for(fold)
            scores[here] = similarity(rows[self.first[here]], rows[self.second[here]])
        asked = np.isin(self.fold, folds)
        return accuracy_by_fold(scores[asked], self.same[asked], self.fold[asked])

    def embed(self, tower, folds):
        """The embeddings of those who are asked for in these folds, zeros for others.

        Returns:
            float32 (photo, feature).
        """
        here = np.isin(self.fold, folds)
        asked = np.unique(np.concatenate([self.first[here], self.second[here]]))
        embeddings = np.zeros((len(self.crops), tower.output_shape[-1]), np.float32)
        verifier = Verifier(tower, {})
        embeddings[asked] = verifier.embed_crops(self.crops.images[asked])
        return embeddings

    def baseline(self, name):
        """Pixels; eigenfaces or patterns of the people of the nine other folds."""
        raw = pixels(self.crops.images) if name == "pixels" else None

        def rows_for(fold):
            if name == "pixels":
                return raw
            if name == "patterns":
                return self.embed(self.rivals[fold], (fold,))
            return eigenfaces(self.others((fold,)).images, self.crops.images, 100)

        return self.accuracies(rows_for, range(10))

    @cached_property
    def rivals(self):
        """Ten towers: patterns of the people of the nine other folds."""
        return [patterns.tower(self.others((fold,))) for fold in range(10)]

    def tower(self, half, seed, epochs=EPOCHS):
        """A tower that never saw the people of these folds, tested on them.

        Returns:
            dict: "trained", and "both", with the rivals beside it -> float (fold,).
        """
        learn, folds = self.others(HALVES[half]), HALVES[half]
        teacher = patterns.tower(learn)
        folder = f"runs/view2-{half}-{seed}"
        tower, *_ = train_on_people(learn, teacher, epochs, seed, folder)
        alone = self.embed(tower, folds)

        def both(fold):
            other = joined(tower, self.rivals[fold], self.others((fold,)))
            return self.embed(beside(tower, other), (fold,))

        return {
            "trained": self.accuracies(lambda fold: alone, folds),
            "both": self.accuracies(both, folds),
        }

    def leak(self):
        """The shipped verifier, which was trained on most of these people.

        Returns:
            dict: all, the accuracies in the ten folds; known and unknown, the accuracy
            among pairs of which both people or nobody was trained on; of that size.
        """
        verifier = Verifier.load()
        trained = set(apart(lfw_faces("peopleDevTrain"))[0].names)
        known = np.array([name in trained for name in self.crops.names])
        known = known[self.crops.people]
        rows = self.embed(verifier.tower, range(10))
        scores = similarity(rows[self.first], rows[self.second])
        right = (scores >= verifier.threshold(far=None)) == self.same
        both = known[self.first] & known[self.second]
        neither = ~known[self.first] & ~known[self.second]
        return {
            "all": self.accuracies(lambda fold: rows, range(10)).round(4).tolist(),
            "known": [round(float(right[both].mean()), 4), int(both.sum())],
            "unknown": [round(float(right[neither].mean()), 4), int(neither.sum())],
        }


ALONE = ("pixels", "eigenfaces", "patterns")


def make_results(keys=(*ALONE, "leak", "0|0", "1|0"), path=RESULTS):
    """Make what `results` reads; what is in the file already is kept.

    Args:
        keys: baselines, "leak", or half and seed of a tower. path: the JSON file.
    """
    view = View2()

    def run(key):
        if key == "leak":
            return view.leak()
        if "|" not in key:
            return tell(key, view.baseline(key))
        found = view.tower(*map(int, key.split("|")))
        return {name: tell(f"{key} {name}", shares) for name, shares in found.items()}

    def tell(name, shares):
        print(f"{name:12}{100 * np.mean(shares):.1f} %", flush=True)
        return [round(float(share), 4) for share in shares]

    fill_json(path, keys, run)


def results(path=RESULTS):
    """Read the file.

    Returns:
        dict: "pixels", "eigenfaces" and "patterns" float (fold,); "trained" and "both"
        float (seed, fold), of the seeds of which both halves are there; "leak" as of
        `View2.leak`.
    """
    stored = read_json(path, "python -m helpers.experiments.view2")
    found = {name: np.array(stored[name]) for name in ALONE}
    seeds = [key[2:] for key in stored if key[:2] == "1|" and "0|" + key[2:] in stored]
    for name in ("trained", "both"):
        halves = [[stored[f"{half}|{seed}"][name] for half in "01"] for seed in seeds]
        found[name] = np.array([np.concatenate(pair) for pair in halves])
    return found | {"leak": stored["leak"]}


if __name__ == "__main__":
    make_results()
