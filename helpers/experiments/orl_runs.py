"""Train a tower on ORL and measure it on ten people it never saw, as notebook 06 does.

The notebook makes the runs of seed 0 that never see the last ten people. Those of three
seeds and four folds of people it reads from `orl_runs.json`, which this makes again:

    python -m helpers.experiments.orl_runs

Each fold has thirty people to learn from. 25 of them learn and five say how many steps
are best; then fifteen, 25 and all thirty learn for so many. 02 and 07 train the same
small tower.
"""

import itertools
import subprocess
import sys
import time
from pathlib import Path

import cv2
import keras
import numpy as np

from helpers import datasets, evaluation, faces, losses, models, pairs, plots, training
from helpers.disk.files import fill_json, read_json
from helpers.embedding import embed
from helpers.sources.photos import Photos

RUNS = Path(__file__).with_name("orl_runs.json")
SIZE = 32  # pixels: a quarter of a crop's, a quarter of the work
STEPS, EPOCHS = 30, 15
RATE, PATIENCE = 2e-3, 6
BUDGETS = 150, 300, 450  # steps, of which the five choose
PEOPLE = 15, 25, 30  # who learn


def shrink(photos):
    """The same photos with 32 rows and columns.

    >>> shrink(Photos(np.zeros((2, 64, 64, 1), "uint8"), [0, 1]))
    Photos(2 photos of 2 people, 32 x 32 x 1)
    """
    channels = photos.images.shape[3]
    images = [
        cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        for image in photos.images
    ]
    images = np.reshape(images, (len(photos), SIZE, SIZE, channels))
    return Photos(images, photos.people, photos.names, photos.files)


def groups(photos, fold=3):
    """25 people to learn from, 5 who say when to stop, 10, of a fold, for the report.

    >>> [len(part) for part in groups(datasets.orl(quiet=True))]
    [250, 50, 100]
    """
    rest, report = list(datasets.folds(photos))[fold]
    return *datasets.split(rest, unseen=5), report


def build(rate, seed=0):
    """A tower for faces of 32 x 32 pixels, and the compiled model that trains it."""
    tower = small_tower(seed)
    model = models.siamese(tower)
    begin_with_distance(model)
    model.compile(keras.optimizers.Adam(rate), losses.PairCrossEntropy())
    training.trace_once(model)
    return tower, model


def small_tower(seed=0):
    """A compact tower for short runs on faces of 32 x 32 pixels, with new weights."""
    keras.utils.set_random_seed(seed)
    tower = models.compact((SIZE, SIZE, 1), width=16, features=128)
    for layer in tower.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.9  # in a short run, remember ten steps, not a hundred
    return tower


def begin_with_distance(model, weight=0.05):
    """Let the head of a siamese model begin as what it should become: near is same.

    At random half of its weights would call distant features a sign of sameness, and
    the tower would first have to turn them round. `weight` is what each feature's
    distance takes from the logit.
    """
    head = model.get_layer("same")
    features = head.kernel.shape[0]
    head.kernel.assign(np.full((features, 1), -weight))
    head.bias.assign([weight * features])  # two strangers differ by about 1 a feature


def logits(model, a, b):
    """What the head of a siamese model says of embeddings (..., feature) of its tower.

    Returns:
        float (...,), higher for more alike.
    """
    weights, bias = model.get_layer("same").get_weights()  # (feature, 1), (1,)
    return np.abs(a - b) @ weights[:, 0] + bias[0]


def losses_of(model, batches, steps, points):
    """Train a compiled model: `points` losses, each the mean of so many steps."""
    training.trace_once(model)
    fit = model.fit(
        batches, steps_per_epoch=steps, epochs=points, verbose=0, shuffle=False
    )
    return fit.history["loss"]


def learn_from(photos, steps, seed=0):
    """The tower of 06 after so many steps on all people of `photos`."""
    tower, model = build(training.decay(steps, RATE), seed)
    batches = pairs.dataset(photos, 10, 4, seed=seed)
    losses_of(model, batches, steps // 10, 10)
    return tower


def train_orl(seed=0, fold=3, epochs=EPOCHS, steps=STEPS, folder=None):
    """Train on 25 people, stop by 5 others.

    Args:
        seed: of the first weights and of the batches.
        fold: which ten people the run never sees, 0 to 3.
        epochs, steps: at most so many epochs of so many batches.
        folder: where the run is kept, or None.

    Returns:
        (tower, history): the tower of the best epoch; one value an epoch.
    """
    crops = shrink(faces.crop_all(datasets.orl(quiet=True)))
    learn, stop, _ = groups(crops, fold)
    tower, model = build(training.decay(epochs * steps, RATE), seed)
    stopping = training.OneShotStopping(tower, stop, PATIENCE, one_shot_of_five)

    def batches(start):
        return pairs.dataset(learn, 10, 4, seed=seed, start=start)

    return tower, training.train(
        model, batches, steps, epochs, folder, stopping, quiet=True
    )


def in_bfloat16(tower):
    """A copy of a tower of `build` that computes in bfloat16, with float32 weights."""
    policy = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    copy = models.compact((SIZE, SIZE, 1), width=16, features=128)
    keras.mixed_precision.set_global_policy(policy)
    copy.set_weights(tower.get_weights())
    return copy


def start(folder):
    """Start a run of four short epochs in a process of its own, kept in a folder.

    Returns:
        The `subprocess.Popen`, as soon as two epochs of the run are safe.
    """
    code = "from helpers.experiments.orl_runs import train_orl;"
    code += f"train_orl(0, 3, 4, 10, {folder!r})"
    process = subprocess.Popen([sys.executable, "-c", code])
    while process.poll() is None and not (Path(folder) / "previous.npz").exists():
        time.sleep(0.01)
    if process.poll() is not None:
        raise RuntimeError(f"The run ended by itself, with code {process.poll()}.")
    return process


def one_shot_of_five(embeddings, people):
    """One-shot accuracy among five people, the number that early stopping watches."""
    return evaluation.one_shot(embeddings, people, ways=5, trials=1000)


def embed_both(tower, photos):
    """Each photo's embedding plus that of its mirror image, (photo, feature)."""
    return embed(tower, photos.images) + embed(tower, photos.images[:, :, ::-1])


def scores(tower, photos):
    """Cosines of all pairs of photos, (pair,), ordered as in `pairs.all_pairs`."""
    return evaluation.pair_scores(embed_both(tower, photos), photos.people)[0]


def measure(name, embeddings, people, metric="cosine"):
    """Print how well embeddings tell people apart, after a name.

    Returns:
        (EER, low, high): shares; 95 % interval by resampling people.

    >>> _ = measure("perfect", np.eye(20)[np.arange(20) // 2], np.arange(20) // 2)
    perfect                EER  0.0 %  (95 %:  0.0 to  0.0 %)  one-shot 100 %
    """
    rate = evaluation.eer(*evaluation.pair_scores(embeddings, people, metric))
    between = evaluation.resample_people(
        embeddings, people, evaluation.eer, metric=metric
    )
    hits = evaluation.one_shot(embeddings, people, metric=metric)
    text = "{:22} EER {:4.1f} %  (95 %: {:4.1f} to {:4.1f} %)  one-shot {:.0f} %"
    print(text.format(name, *(100 * share for share in (rate, *between, hits))))
    return rate, *between


def untrained(rest, report):
    """EER on the people of `report` of what needs no training: name -> share."""
    images = report.images
    ways = {
        "raw pixels": (evaluation.pixels(images), "cosine"),
        "eigenfaces": (evaluation.eigenfaces(rest.images, images), "cosine"),
        "grey values, L1": (evaluation.pixels(images, standardise=False), "l1"),
    }
    return {
        name: evaluation.eer(*evaluation.pair_scores(rows, report.people, metric))
        for name, (rows, metric) in ways.items()
    }


def baselines(photos, fold):
    """EER of grey values and of eigenfaces on one fold of ORL's people, two shares."""
    found = untrained(*list(datasets.folds(photos))[fold])
    return found["grey values, L1"], found["eigenfaces"]


def results(path=RUNS):
    """Read the runs.

    Returns:
        dict (people who learn, steps, fold, seed) -> {"eer", "one_shot": of the ten of
        the report, "five": one-shot accuracy of the five, None where they learn too};
        no people and no steps are a tower with its first weights.
    """
    stored = read_json(path, "python -m helpers.experiments.orl_runs")
    return {tuple(map(int, key.split("|"))): run for key, run in stored.items()}


def five(found, steps, fold):
    """One-shot accuracy of a fold's five after so many steps, mean over the seeds."""
    return np.mean([found[25, steps, fold, seed]["five"] for seed in range(3)])


def chosen(found, fold):
    """How many steps the five of a fold choose."""
    return max(BUDGETS, key=lambda steps: five(found, steps, fold))


def series(found, people):
    """EER of the towers of so many people at the steps chosen, float (fold, seed)."""

    def eer(fold, seed):
        steps = chosen(found, fold) if people else 0
        return found[people, steps, fold, seed]["eer"]

    return np.array([[eer(fold, seed) for seed in range(3)] for fold in range(4)])


def table(found, photos):
    """EER of towers of no, 15, 25, 30 people and of baselines: name -> (fold, seed)."""
    rows = {f"{people} people": series(found, people) for people in (0, *PEOPLE)}
    bars = np.array([baselines(photos, fold) for fold in range(4)])  # (fold, baseline)
    return rows | {"pixels": bars[:, :1], "eigenfaces": bars[:, 1:]}


def line(name, eers):
    """One line on a row of `table`, in percent: each fold, the mean, each seed."""
    eers = 100 * eers
    folds, seeds = (eers.mean(axis=axis) for axis in (1, 0))
    each = " ".join(f"{eer:5.1f}" for eer in folds)
    seeds = " ".join(f"{eer:.1f}" for eer in seeds) if len(seeds) > 1 else "none"
    return f"{name:11}{each}   mean {eers.mean():.1f}   seeds {seeds}"


def draw_people(rows):
    """Draw `table`: each fold's EER by the people who learn, beside eigenfaces."""
    means = np.array([rows[f"{people} people"].mean(axis=1) for people in PEOPLE])
    lines = {
        f"people {10 * fold + 1} to {10 * fold + 10}": (PEOPLE, 100 * means[:, fold])
        for fold in range(4)
    }
    level = 100 * rows["eigenfaces"].mean(), "eigenfaces"
    title = "More people, fewer mistakes, but not for all"
    return plots.curves(lines, title, "people who learn", "EER (%)", level)


def make_results(seeds=(0, 1, 2), folds=(3, 2, 1, 0), path=RUNS):
    """Make the runs that `results` reads; those already in the file are kept."""
    crops = shrink(faces.crop_all(datasets.orl(quiet=True)))

    def run(key):
        people, steps, fold, seed = map(int, key.split("|"))
        _, stop, report = groups(crops, fold)
        known = np.setdiff1d(crops.people, report.people)  # the five come last
        few = crops.only(known[:people])
        tower = learn_from(few, steps, seed) if steps else build(RATE, seed)[0]
        embeddings = embed_both(tower, report)
        eer = measure(key, embeddings, report.people)[0]
        five = one_shot_of_five(embed(tower, stop.images), stop.people)
        return {
            "eer": round(float(eer), 4),
            "one_shot": round(evaluation.one_shot(embeddings, report.people), 4),
            "five": round(five, 4) if people <= 25 else None,
        }

    def fill(people, steps):
        every = itertools.product(folds, seeds)
        fill_json(path, [f"{people}|{steps[f]}|{f}|{seed}" for f, seed in every], run)

    fill(0, dict.fromkeys(folds, 0))
    for budget in BUDGETS:
        fill(25, dict.fromkeys(folds, budget))
    found = results(path)
    for people in PEOPLE:
        fill(people, {fold: chosen(found, fold) for fold in folds})


if __name__ == "__main__":
    make_results()
