"""LFW's View 2: 6,000 pairs of people in ten folds. It is for the report alone.

Nobody of a fold may have been trained on by what is tested there. Ten trainings would
do; two do as well: one tower learns from all people of the first five folds and is
tested on the last five, another one the other way round. So each learns from about half
of LFW's people, by the recipe of `train faces`, and each fold is decided with the best
threshold of the four others that the same tower never saw. The rival by patterns
(`recipes/patterns.py`) learns in a minute, so it does so ten times, from nine folds
each; both together, judged by a cohort from the nine folds, are what `train faces`
makes.

The results lie in `view2.json`, which this makes again in one to three hours; a
killed run goes on:

    python -m helpers.experiments.view2
"""

import json
from functools import cached_property
from pathlib import Path

import numpy as np

from helpers.disk.files import fill_json
from helpers.evaluation import accuracy_by_fold
from helpers.measures.baselines import eigenfaces, pixels
from helpers.measures.scores import similarity
from helpers.recipes.faces import lfw_faces
from helpers.recipes.learning import numbered
from helpers.sources.lfw import lfw_folds, lfw_pair_indices, lfw_pairs

RESULTS = Path(__file__).with_name("view2.json")
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
        return self.by_fold(self.scores(embeddings, folds), folds)

    def scores(self, embeddings, folds):
        """The similarity of each pair of these folds, float (pair,)."""
        here = np.isin(self.fold, folds)
        return similarity(embeddings[self.first[here]], embeddings[self.second[here]])

    def by_fold(self, scores, folds):
        """The accuracy in each of these folds, of the scores of their pairs."""
        here = np.isin(self.fold, folds)
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
        """Pixels; eigenfaces or patterns of the people of the nine other folds."""
        from helpers.verifier import Verifier

        def rows(fold):
            if name == "patterns":
                return self.embed(Verifier(self.rivals[fold], {}), (fold,))
            return eigenfaces(self.others((fold,)).images, self.crops.images, 100)

        if name == "pixels":
            return self.accuracies(pixels(self.crops.images), np.arange(10))
        return self.each_by_its_own(rows, np.arange(10))

    @cached_property
    def rivals(self):
        """Ten towers: patterns of the people of the nine other folds."""
        from helpers.recipes import patterns

        return [patterns.tower(self.others((fold,))) for fold in range(10)]

    def each_by_its_own(self, rows, folds):
        """The accuracy in each of these folds, by what never met its people.

        Args:
            rows: fold -> float (photo, feature), as for `accuracies`.
            folds: of HALVES, or all ten.

        Returns:
            float (fold,).
        """
        scores = np.zeros(len(self.fold))
        for fold in folds:
            scores[self.fold == fold] = self.scores(rows(fold), (fold,))
        return self.by_fold(scores[np.isin(self.fold, folds)], folds)

    def tower(self, half, seed, epochs=EPOCHS):
        """A tower that never saw the people of these folds, tested on them.

        Returns:
            dict: "trained", and "both", with the rivals beside it -> float (fold,).
        """
        from helpers.recipes.faces import joined, train_on_people
        from helpers.verifier import Verifier

        learn, folds = self.others(HALVES[half]), HALVES[half]
        tower, *_ = train_on_people(learn, epochs, seed, f"runs/view2-{half}-{seed}")
        alone = self.embed(Verifier(tower, {}), folds)

        def both(fold):
            whole = joined(tower, self.rivals[fold], self.others((fold,)))
            return self.embed(Verifier(whole, {}), (fold,))

        return {
            "trained": self.accuracies(alone, folds),
            "both": self.each_by_its_own(both, folds),
        }

    def leak(self):
        """The shipped verifier, which was trained on most of these people.

        Returns:
            dict: all, the accuracies in the ten folds; known and unknown, the accuracy
            among pairs of which both people or nobody was trained on; of that size.
        """
        from helpers.recipes.faces import apart
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
    stored = json.loads(path.read_text(encoding="utf-8"))
    found = {name: np.array(stored[name]) for name in ALONE}
    seeds = [key[2:] for key in stored if key[:2] == "1|" and "0|" + key[2:] in stored]
    for name in ("trained", "both"):
        halves = [[stored[f"{half}|{seed}"][name] for half in "01"] for seed in seeds]
        found[name] = np.array([np.concatenate(pair) for pair in halves])
    return found | {"leak": stored["leak"]}


if __name__ == "__main__":
    make_results()
