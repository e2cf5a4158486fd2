"""The verifier for faces: what trains it, what measures it.

`python -m helpers train faces`, `evaluate lfw` and `evaluate orl`. People are kept
apart: the tower learns from nine tenths of the people of LFW's peopleDevTrain; the
other tenth chose the recipe and sets the threshold; pairsDevTest and ORL show yet other
people and are looked at for the report alone.
"""

import time
from pathlib import Path

import keras
import numpy as np

from helpers import evaluation, faces, losses, models
from helpers.datasets import Photos, data_folder, folds, orl
from helpers.disk.cards import FORMAT
from helpers.disk.files import write_whole
from helpers.layers import CosineClassifier
from helpers.pairs import dataset
from helpers.recipes import cohort, patterns
from helpers.recipes.learning import (
    STEPS,
    few_of_each,
    numbered,
    save_verifier,
    threshold_table,
    train_tower,
)
from helpers.sources.lfw import lfw, lfw_pair_indices, lfw_pairs
from helpers.verifier import Verifier


def lfw_faces(subset):
    """Crops of LFW's faces, made once and kept under `data/cache`.

    Args:
        subset: as for `datasets.lfw`, "peopleDevTrain" for instance.

    Returns:
        `Photos` with images uint8 (photo, SIZE, SIZE, 1).
    """
    fields = "images", "people", "names", "files"
    mark = faces.fingerprint(subset)
    path = data_folder() / "cache" / f"lfw-{subset}-{mark}.npz"
    if path.exists():
        with np.load(path, allow_pickle=False) as kept:
            return Photos(*(kept[name] for name in fields))
    print(f"Finding the faces of LFW's {subset}; this takes minutes, once.", flush=True)
    photos = lfw(subset, prepare=faces.crop_or_middle, quiet=True)
    arrays = {name: np.asarray(getattr(photos, name)) for name in fields}
    write_whole(path, lambda file: np.savez(file, **arrays))
    return photos


def is_held_out(people):
    """Whether a person of peopleDevTrain is kept out of the training: every tenth.

    >>> is_held_out(np.array([6, 7, 17])).tolist()
    [False, True, True]
    """
    return np.asarray(people) % 10 == 7


def train_faces(epochs=26, seed=0, folder="runs/faces", name="faces", quiet=False):
    """Train the verifier that the course ships, on LFW's peopleDevTrain alone.

    Two losses on one tower: the softmax with a margin tells the 3,634 people apart
    (CosFace), and the supervised contrastive loss lets each photo of a batch find its
    person's other photo. People with one photo enter as two variations of it. The last
    epoch is kept, where the learning rate has fallen to nothing: choosing an epoch by
    all pairs of the held-out people, of whom a few have most of the photos, chose worse
    (AUC .931 against .941 where everybody counts alike). Beside it stands a tower that
    counts patterns, which learns from the same photos without a gradient; some of these
    people are the cohort that judges both (`joined`).

    Args:
        epochs: of 100 batches with 64 people x 2 photos each.
        seed: of the first weights and of the batches.
        folder: where the run is kept, so that it goes on after a kill.
        name: the weights become `<name>.keras` in the package's weights if it is a
            plain name, else at that path.
        quiet: print no lines of progress.

    Returns:
        The card of the weights: data, recipe, thresholds, measurements.
    """
    photos = lfw_faces("peopleDevTrain")
    train, held_out = apart(photos)
    people = len(np.unique(train.people))
    tower, history, way = train_on_people(train, epochs, seed, folder, quiet)
    start = time.perf_counter()
    both = joined(tower, patterns.tower(train), train)
    seconds = sum(history["seconds"]) + time.perf_counter() - start
    card = {
        "format": FORMAT,
        "name": Path(name).stem,
        "made_by": f"python -m helpers train faces --epochs {epochs} --seed {seed}",
        "data": "LFW (deep-funneled), peopleDevTrain: "
        f"{len(train)} photos of {people} people trained on, {len(held_out)} photos of "
        f"{len(np.unique(held_out.people))} others held out",
        "licence": "weights CC BY 4.0; LFW is for research and states no licence",
        "recipe": "margin softmax (0.25, 24) + supervised contrastive (0.1), 64 people "
        "x 2 photos, AdamW 0.002 with cosine decay, last epoch, "
        f"compact tower of {tower.count_params():,} parameters, {way}; beside it "
        "ternary patterns with a metric in closed form, whose similarity counts "
        f"{patterns.WEIGHT:g} times, judged by a cohort",
        "seed": seed,
        "steps": len(history["loss"]) * STEPS,
        "training_minutes": round(seconds / 60, 1),
        "limits": "Trained on news photos from around 2003, mostly of men and "
        "of light-skinned people; errors differ between groups. Frontal faces. Not for "
        "decisions about people.",
    }
    card.update(thresholds(Verifier(both, card), held_out))
    save_verifier(both, card, name)
    return card


def joined(tower, rival, photos):
    """What `train_faces` ships: tower and rival beside each other, judged by a cohort.

    `photos` are for the cohort; none shows a person who is tested.
    """
    return cohort.judged(patterns.beside(tower, rival), photos)


def train_on_people(photos, epochs, seed, folder, quiet=False):
    """The recipe of `train_faces` for any crops, people numbered from 0."""

    def build():
        tower = models.compact(photos.images.shape[1:], width=32, features=256)
        people = len(np.unique(photos.people))
        cosines = CosineClassifier(people, name="cosines")(tower.output)
        both = {"cosines": cosines, "embedding": tower.output}
        return tower, keras.Model(tower.input, both)

    def batches(start):
        made = dataset(photos, n_people=64, n_photos=2, seed=seed, start=start)
        return made.map(lambda x, who: (x, {"cosines": who, "embedding": who}))

    both = {
        "cosines": losses.MarginSoftmax(margin=0.25, scale=24.0),
        "embedding": losses.SupervisedContrastive(temperature=0.1),
    }
    return train_tower(build, both, batches, epochs, seed, folder, quiet)


def apart(photos):
    """The people of peopleDevTrain to learn from, numbered anew, and those held out."""
    out = is_held_out(photos.people)
    train, held_out = photos.take(~out), photos.take(out)
    assert not set(train.people) & set(held_out.people), "a person is in both parts"
    return numbered(train), held_out


def thresholds(verifier, held_out):
    """What held-out people say about thresholds, for the card.

    Everybody counts alike: of each person at most five photos are compared.

    Returns:
        dict, as of `threshold_table`, and "shared", the mean embedding.
    """
    held_out = few_of_each(held_out, 5)
    embeddings = verifier.embed_crops(held_out.images)
    shared = embeddings.mean(axis=0).round(4).tolist()
    scores = evaluation.pair_scores(embeddings, held_out.people)
    return threshold_table(*scores) | {"shared": shared}


def evaluate_lfw(verifier):
    """Verify the 1,000 pairs of pairsDevTest; nobody in them was trained on.

    Returns:
        dict: accuracy at the card's threshold, its 95 % interval by resampling people,
        accuracy_best_threshold (chosen on the test, for comparison alone), auc, eer.
    """
    photos = lfw_faces("pairsDevTest")
    pairs = lfw_pairs("pairsDevTest")
    first, second, same, kept = lfw_pair_indices(photos, pairs)
    assert len(kept) == len(pairs), "LFW lacks photos of the protocol"
    embeddings = verifier.embed_crops(photos.images)
    scores = (embeddings[first] * embeddings[second]).sum(axis=1)
    threshold = verifier.threshold()

    def accuracy(scores, same):
        return evaluation.accuracy(scores, same, threshold)

    people = photos.people[first], photos.people[second]
    low, high = evaluation.resample_pairs(scores, *people, accuracy)
    best = evaluation.best_threshold(scores, same)
    return {
        "accuracy": round(float(accuracy(scores, same)), 4),
        "interval_95": [round(float(low), 4), round(float(high), 4)],
        "accuracy_best_threshold": round(evaluation.accuracy(scores, same, best), 4),
        "auc": round(float(evaluation.auc(scores, same)), 4),
        "eer": round(float(evaluation.eer(scores, same)), 4),
        "threshold": round(threshold, 4),
        "pairs": len(pairs),
        "protocol": "LFW View 1: trained on peopleDevTrain, threshold from its held-out"
        " people, tested on pairsDevTest",
    }


def evaluate_orl(verifier, adapt=None):
    """EER on ORL, four groups of ten people, none trained on; one-shot 10-way beside.

    Args:
        verifier: a `Verifier`.
        adapt: `adapting.adapt`, to let it learn from the thirty people of the three
            other groups what varies in that room.

    Returns:
        dict: eer (mean of the groups), eers, intervals_95, one_shot.
    """
    crops = faces.crop_all(orl(quiet=True))
    eers, intervals, hits = [], [], []
    for others, test in folds(crops):
        asked = adapt(verifier, others) if adapt else verifier
        embeddings = asked.embed_crops(test.images)
        scores = evaluation.pair_scores(embeddings, test.people)
        eers.append(evaluation.eer(*scores))
        interval = evaluation.resample_people(embeddings, test.people, evaluation.eer)
        intervals.append([round(float(value), 4) for value in interval])
        hits.append(evaluation.one_shot(embeddings, test.people))
    return {
        "eer": round(float(np.mean(eers)), 4),
        "eers": [round(value, 4) for value in eers],
        "intervals_95": intervals,
        "one_shot_10_way": round(float(np.mean(hits)), 4),
        "protocol": "ORL, four groups of ten people, all pairs in a group; trained on "
        "LFW" + (", adapted to the thirty other people" if adapt else " alone"),
    }
