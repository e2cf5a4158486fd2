"""Nine ways to learn, one budget: the runs that notebook 07 compares.

Each learns from thirty people of ORL, with the same 300 batches of 10 people x 4 photos
for one seed, and is measured on the ten others: four folds of people, three seeds. The
constants of the losses are those of their papers or of common use; none was tuned here.
Notebook 07 reads `loss_runs.json`, which this makes again in half an hour:

    python -m helpers.experiments.loss_runs
"""

import itertools
import time
from pathlib import Path

import cv2
import keras
import numpy as np

from helpers import datasets, evaluation, faces, losses, models, pairs, training
from helpers.disk.files import fill_json, read_json
from helpers.experiments import orl_runs
from helpers.layers import CosineClassifier
from helpers.sources.photos import Photos

RUNS = Path(__file__).with_name("loss_runs.json")
POINTS, EACH = 15, 20  # a curve has 15 points, each the mean of 20 steps
RATE = 2e-3
PEOPLE, PHOTOS = 10, 4  # of a batch
TRIVIAL = {  # the loss of a tower that tells nobody apart
    "cross-entropy on L1": np.log(2),
    "contrastive": 0.25,
    "contrastive, margin 1.4": 0.49,
    "contrastive, hard pairs": 0.25,
    "triplet, random": 0.3,
    "triplet, semi-hard": 0.3,
    "triplet, hard": 0.3,
    "supervised contrastive": np.log(PEOPLE * PHOTOS - 1),
    "margin softmax": float(np.log(1 + 29 * np.exp(24 * 0.25))),
    "PyTorch repositories": 1.0,
}


def build(name, seed=0, people=30, rate=RATE):
    """A tower with new weights, and the compiled model that trains it by a loss.

    Args:
        name: a key of TRIVIAL.
        people: how many there are to learn from, for the softmax.
        rate: learning rate or schedule.

    Returns:
        (tower, model); where distances are trained, embeddings have length 1.
    """
    if name == "cross-entropy on L1":
        return orl_runs.build(rate, seed)
    if name == "PyTorch repositories":
        keras.utils.set_random_seed(seed)
        tower = model = models.reflection()
        loss = losses.Contrastive(margin=2.0)
    elif name == "margin softmax":
        tower = orl_runs.small_tower(seed)
        cosines = CosineClassifier(people, name="cosines")(tower.output)
        model = keras.Model(tower.input, cosines)
        loss = losses.MarginSoftmax(margin=0.25, scale=24.0)
    else:
        bare = orl_runs.small_tower(seed)
        unit = keras.layers.UnitNormalization(name="unit")(bare.output)
        tower = model = keras.Model(bare.input, unit)
        loss = {
            "contrastive": losses.Contrastive(margin=1.0),
            "contrastive, margin 1.4": losses.Contrastive(margin=1.4),
            "contrastive, hard pairs": losses.Contrastive(margin=1.0, hard=True),
            "triplet, random": losses.Triplet("random", margin=0.3),
            "triplet, semi-hard": losses.Triplet("semi-hard", margin=0.3),
            "triplet, hard": losses.Triplet("hard", margin=0.3),
            "supervised contrastive": losses.SupervisedContrastive(temperature=0.1),
        }[name]
    model.compile(keras.optimizers.Adam(rate), loss)
    return tower, model


def photos_for(name, crops):
    """The levelled faces as the tower takes them: 32 x 32, `reflection` 100 x 100."""
    if name != "PyTorch repositories":
        return orl_runs.shrink(crops)
    images = [cv2.resize(image, (100, 100)) for image in crops.images]
    return Photos(np.stack(images)[..., None], crops.people, crops.names, crops.files)


def train(name, learn, seed=0, points=POINTS, rate=None):
    """Train a tower by one of the losses.

    Args:
        name: a key of TRIVIAL. learn: `Photos` to learn from, of `photos_for`.
        points: how many times 20 steps.
        rate: learning rate or schedule; by default it rises, then falls to nothing.

    Returns:
        (tower, losses): a loss for every 20 steps.
    """
    known, numbers = np.unique(learn.people, return_inverse=True)
    learn = Photos(learn.images, numbers)
    rate = rate or training.decay(points * EACH, RATE)
    tower, model = build(name, seed, len(known), rate)
    batches = pairs.dataset(learn, PEOPLE, PHOTOS, seed=seed)
    return tower, orl_runs.losses_of(model, batches, EACH, points)


def measure(name, tower, photos):
    """EER and one-shot accuracy among people never seen, as shares.

    Each photo is embedded with its mirror image; cosines are compared, and for
    `reflection`, whose five features have no common length, Euclidean distances.
    """
    embeddings = orl_runs.embed_both(tower, photos)
    metric = "l2" if name == "PyTorch repositories" else "cosine"
    scored = evaluation.pair_scores(embeddings, photos.people, metric)
    shot = evaluation.one_shot(embeddings, photos.people, metric=metric)
    return float(evaluation.eer(*scored)), float(shot)


def results(path=RUNS):
    """Read the runs.

    Returns:
        dict (name, fold, seed) -> {"before": EER of the untrained tower, "eer": after
        training, "one_shot": share, "curve": losses, "seconds": of training}.
    """
    stored = read_json(path, "python -m helpers.experiments.loss_runs")
    split = ((*key.split("|"), run) for key, run in stored.items())
    return {(name, int(fold), int(seed)): run for name, fold, seed, run in split}


def table(found, what="eer"):
    """A figure of each loss's twelve runs: dict name -> float (fold, seed)."""
    folds, seeds = (sorted({key[n] for key in found}) for n in (1, 2))
    return {
        name: np.array([[found[name, f, s][what] for s in seeds] for f in folds])
        for name in TRIVIAL
    }


def by_fold(found, crops):
    """EER on each fold, seeds averaged, of all losses and of what costs no training.

    Returns:
        dict name -> shares (fold,), the lowest mean first.
    """
    after, before = table(found), table(found, "before")
    after["untrained tower"] = before["contrastive"]
    after["untrained PyTorch"] = before["PyTorch repositories"]
    folds = {name: rates.mean(axis=1) for name, rates in after.items()}
    bars = [orl_runs.baselines(crops, fold) for fold in range(4)]
    folds["pixels"], folds["eigenfaces"] = np.transpose(bars)
    return dict(sorted(folds.items(), key=lambda item: item[1].mean()))


def line(name, folds):
    """One line: mean over folds, its standard error, each fold; in percent.

    People are what one has few of: the error is that of drawing ten others.
    """
    folds = 100 * np.asarray(folds)  # (fold,)
    error = folds.std(ddof=1) / np.sqrt(len(folds))
    each = "".join(f"{rate:6.1f}" for rate in folds)
    return f"{name:38}{folds.mean():5.1f} ± {error:.1f}   {each}"


def make_results(names=tuple(TRIVIAL), seeds=(0, 1, 2), folds=(3, 2, 1, 0), path=RUNS):
    """Make the runs that `results` reads; those already in the file are kept."""
    crops = faces.crop_all(datasets.orl(quiet=True))

    def run(key):
        name, fold, seed = key.split("|")
        photos = photos_for(name, crops)
        learn, report = list(datasets.folds(photos))[int(fold)]
        before, _ = measure(name, build(name, int(seed))[0], report)
        start = time.perf_counter()
        tower, curve = train(name, learn, int(seed))
        seconds = time.perf_counter() - start
        eer, shot = measure(name, tower, report)
        print(f"{key:32} EER {100 * eer:4.1f} %  {seconds:.0f} s", flush=True)
        return {
            "before": round(before, 4),
            "eer": round(eer, 4),
            "one_shot": round(shot, 4),
            "curve": [round(loss, 4) for loss in curve],
            "seconds": round(seconds, 1),
        }

    every = itertools.product(seeds, folds, names)
    fill_json(path, [f"{name}|{fold}|{seed}" for seed, fold, name in every], run)


if __name__ == "__main__":
    make_results()
