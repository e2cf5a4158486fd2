"""What makes the weights that the course ships, and what measures them.

Everything here is a command: `python -m helpers train faces`, `evaluate lfw` and so on.
People are kept apart: the tower learns from nine tenths of the people of LFW's
peopleDevTrain; the other tenth chooses the epoch and sets the threshold; pairsDevTest
and ORL show yet other people and are looked at for the report alone.
"""

import functools
import json
import time
from pathlib import Path

import numpy as np

from helpers import evaluation, faces, resampling
from helpers.datasets import Photos, data_folder, folds, orl, read_photo
from helpers.files import write_whole
from helpers.lfw import lfw, lfw_files, lfw_pair_indices, lfw_pairs
from helpers.oneshot import one_shot
from helpers.pairs import dataset, stream
from helpers.scores import pair_scores

STEPS = 100  # a line of progress, and a look at held-out people, every so many
TRUE_FACE = faces.Face(125, 125, 176)  # the square in deep-funneled LFW photos
SPREAD = np.array([0.04, 0.04, 0.08, 0.16])  # how far a cascade's box is off


def lfw_faces(subset):
    """Crops of LFW's faces, made once and kept under `data/cache`.

    Args:
        subset: as for `datasets.lfw`, "peopleDevTrain" for instance.

    Returns:
        `Photos` with images uint8 (photo, SIZE, SIZE, 1).
    """
    mark = faces.fingerprint(subset)
    path = data_folder() / "cache" / f"lfw-{subset}-{mark}.npz"
    if path.exists():
        with np.load(path, allow_pickle=False) as kept:
            return Photos(
                *(kept[key] for key in ("images", "people", "names", "files"))
            )
    print(f"Finding the faces of LFW's {subset}; this takes minutes, once.", flush=True)
    photos = lfw(subset, prepare=faces.crop_or_middle, quiet=True)
    write_whole(
        path,
        lambda file: np.savez(
            file,
            images=photos.images,
            people=photos.people,
            names=np.array(photos.names),
            files=np.array(photos.files),
        ),
    )
    return photos


def train_aligner(stages=3, copies=2, ridge=30.0, seed=0):
    """Fit the three linear regressions that level a face; takes a minute.

    Deep-funneled LFW photos show faces level and in place. Each is moved away by a
    known step, and ridge regression learns to tell that step from the gradients.

    Args:
        stages: regressions in a row, each fitted to what the one before leaves.
        copies: how often each photo is moved away.
        ridge: weight of the penalty on the square of the weights.
        seed: of the steps.

    Returns:
        Standard deviation of the step that is left on held-out people, float (4,).
    """
    paths, people, _ = lfw_files("peopleDevTrain")
    held_out = is_held_out(people)
    images = faces.in_threads(lambda path: faces.grey(read_photo(path)), paths)
    train = [image for image, out in zip(images, held_out, strict=True) if not out]
    train = train[::2] * copies
    test = [image for image, out in zip(images, held_out, strict=True) if out]
    rng = np.random.default_rng(seed)
    moved = [_away(rng) for _ in train]
    moved_test = [_away(rng) for _ in test]
    weights, biases = [], []
    for _ in range(stages):
        seen = np.stack(faces.in_threads(_look, list(zip(train, moved, strict=True))))
        steps = np.stack([step_back(face) for face in moved])
        middle = seen.mean(axis=0)
        seen -= middle
        gram = seen.T @ seen + ridge * np.eye(seen.shape[1])
        weight = np.linalg.solve(gram, seen.T @ (steps - steps.mean(axis=0)))
        bias = steps.mean(axis=0) - middle @ weight
        noise = rng.normal(size=steps.shape) * SPREAD / 8  # strangers fit less well
        moved = [
            faces.move(face, look @ weight + steps.mean(axis=0) + extra)
            for face, look, extra in zip(moved, seen, noise, strict=True)
        ]
        moved_test = [
            faces.move(face, _look((image, face)) @ weight + bias)
            for image, face in zip(test, moved_test, strict=True)
        ]
        weights.append(weight)
        biases.append(bias)
    left = np.std([step_back(face) for face in moved_test], axis=0)
    both = {"weights": np.float32(weights), "bias": np.float32(biases)}
    write_whole(faces.ALIGNER, lambda file: np.savez(file, **both))
    return left


def _away(rng):
    return faces.move(TRUE_FACE, rng.normal(size=4) * SPREAD)


def _look(image_and_face):
    return faces.gradients(*image_and_face)


def step_back(face):
    """The step that `faces.move` needs to bring a face's square to the true one.

    >>> step_back(faces.move(TRUE_FACE, (0, 0, 0.5, 0)))[2].round(3)
    np.float64(-0.5)
    """
    right, down = TRUE_FACE.x - face.x, TRUE_FACE.y - face.y
    cos, sin = np.cos(face.angle), np.sin(face.angle)
    return np.array(
        [
            (cos * right + sin * down) / face.side,
            (cos * down - sin * right) / face.side,
            np.log(TRUE_FACE.side / face.side),
            TRUE_FACE.angle - face.angle,
        ]
    )


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
    from helpers import patterns
    from helpers.cards import FORMAT
    from helpers.verifier import Verifier

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

    Args:
        tower, rival: as for `patterns.beside`.
        photos: `Photos` for the cohort; none of a person who is tested.
    """
    from helpers import cohort, patterns

    return cohort.judged(patterns.beside(tower, rival), photos)


def train_on_people(photos, epochs, seed, folder, quiet=False):
    """The recipe of `train_faces` for any photos.

    Args:
        photos: crops of `lfw_faces` to learn from, people numbered from 0.
        epochs, seed, folder, quiet: as for `train_faces`.

    Returns:
        As `train_tower`.
    """
    import keras

    from helpers import losses, models
    from helpers.layers import CosineClassifier

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


def train_on_batches(build, make, epochs, seed, folder, quiet=False):
    """The recipe for drawings and pictures: the supervised contrastive loss alone.

    Args:
        build: a function that makes the tower.
        make: number of a batch -> the batch, as for `pairs.stream`.
        epochs, seed, folder, quiet: as for `train_tower`.

    Returns:
        As `train_tower`.
    """
    from helpers import losses

    def twice():  # the tower itself learns
        tower = build()
        return tower, tower

    loss = losses.SupervisedContrastive(temperature=0.1)
    batches = functools.partial(stream, make)
    return train_tower(twice, loss, batches, epochs, seed, folder, quiet)


def train_tower(build, loss, batches, epochs, seed, folder, quiet=False):
    """Train a tower in the way that pays on this processor: all recipes do.

    Args:
        build: a function that makes (tower, model); the model, which may be the tower
            itself, is what learns.
        loss: of the model, as for `compile`.
        batches: start -> batches from that step on, as for `training.train`.
        epochs: of STEPS batches.
        seed: of the first weights.
        folder: where the run is kept, so that it goes on after a kill.
        quiet: print no lines of progress.

    Returns:
        The tower in float32; history, dict of lists, one value an epoch; the way in
        words, "float32, compiled by XLA" for instance.
    """
    import keras

    from helpers import embedding, training

    policy = training.best_policy()
    xla = training.xla_pays(policy)
    keras.mixed_precision.set_global_policy(policy)
    try:
        keras.utils.set_random_seed(seed)
        tower, model = build()
        model.compile(adamw(epochs * STEPS), loss, jit_compile=xla)
        history = training.train(
            model, batches, STEPS, epochs, folder=folder, quiet=quiet
        )
    finally:
        keras.mixed_precision.set_global_policy("float32")
    way = policy + ", compiled by XLA" * xla
    return embedding.in_float32(tower), history, way


def adamw(steps):
    """The optimizer of our verifiers: AdamW 0.002 with warm-up and cosine decay.

    Args:
        steps: of the whole training.
    """
    import keras

    from helpers import training

    rate = training.decay(steps, peak=2e-3, warmup=0.05)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=0.05)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


def save_verifier(tower, card, name):
    """Write a tower and, beside it, its card: what `Verifier.load` reads.

    Args:
        tower, card: as for `Verifier`.
        name: a plain name, for the package's weights, or the path of a .keras file.
    """
    from helpers import embedding
    from helpers.cards import WEIGHTS

    path = WEIGHTS / f"{name}.keras" if Path(name).name == name else Path(name)
    embedding.save(tower, path)
    text = json.dumps(card, indent=1) + "\n"
    write_whole(path.with_suffix(".json"), lambda f: f.write(text.encode()))


def apart(photos):
    """The people of peopleDevTrain to learn from, numbered anew, and those held out."""
    out = is_held_out(photos.people)
    train, held_out = photos.take(~out), photos.take(out)
    assert not set(train.people) & set(held_out.people), "a person is in both parts"
    return numbered(train), held_out


def numbered(photos):
    """The same photos with people numbered from 0, without those who have none."""
    known, numbers = np.unique(photos.people, return_inverse=True)
    names = tuple(photos.names[person] for person in known)
    return Photos(photos.images, numbers, names, photos.files)


def thresholds(verifier, held_out):
    """What held-out people say about thresholds, for the card.

    Everybody counts alike: of each person at most five photos are compared.

    Returns:
        dict, as of `threshold_table`, and "shared", the mean embedding.
    """
    held_out = few_of_each(held_out, 5)
    embeddings = verifier.embed_crops(held_out.images)
    shared = embeddings.mean(axis=0).round(4).tolist()
    scores = pair_scores(embeddings, held_out.people)
    return threshold_table(*scores) | {"shared": shared}


def few_of_each(photos, number):
    """The first photos of each person, at most so many: everybody counts alike."""
    each = [photos.of(person)[:number] for person in np.unique(photos.people)]
    return photos.take(np.concatenate(each))


def threshold_table(scores, same):
    """What the pairs of held-out people say about thresholds.

    Args:
        scores: float (pair,), higher for more alike.
        same: bool (pair,).

    Returns:
        dict: `threshold`, where same and different are equally likely; `strangers`,
        rows of (rate, similarity that this share of strangers reaches); `held_out`,
        the AUC and EER there.
    """
    rates = np.geomspace(1, 1e-4, 81)
    reached = np.quantile(scores[~same], 1 - rates)
    return {
        "threshold": round(crossing(scores[same], scores[~same]), 4),
        "strangers": np.column_stack([rates, reached]).round(6).tolist(),
        "held_out": {
            "auc": round(float(evaluation.auc(scores, same)), 4),
            "eer": round(float(evaluation.eer(scores, same)), 4),
            "pairs": [int(same.sum()), int((~same).sum())],
        },
    }


def crossing(same_scores, different_scores):
    """Where two bell curves cross that are fitted to the same and different scores.

    There a pair is as likely same as different, if both kinds are equally frequent. On
    halves of the held-out people it varies less (0.005) than the threshold with fewest
    mistakes (0.008), and makes no more mistakes on the other half.

    Args:
        same_scores, different_scores: float (pair,) each.

    Returns:
        The crossing between the two means.

    >>> round(crossing(np.array([1.0, 3.0]), np.array([-1.0, 1.0])), 2)
    1.0
    """
    means = np.mean(different_scores), np.mean(same_scores)
    spreads = np.std(different_scores), np.std(same_scores)
    between = np.linspace(*means, 1001)
    heights = [
        -np.log(spread) - ((between - mean) / spread) ** 2 / 2
        for mean, spread in zip(means, spreads, strict=True)
    ]
    return float(between[np.argmin(np.abs(heights[0] - heights[1]))])


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
    low, high = resampling.resample_pairs(scores, *people, accuracy)
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
        adapt: `adapt.adapt`, to let it learn from the thirty people of the three other
            groups what varies in that room.

    Returns:
        dict: eer (mean of the groups), eers, intervals_95, one_shot.
    """
    crops = faces.crop_all(orl(quiet=True))
    eers, intervals, hits = [], [], []
    for others, test in folds(crops):
        asked = adapt(verifier, others) if adapt else verifier
        embeddings = asked.embed_crops(test.images)
        eers.append(float(evaluation.eer(*pair_scores(embeddings, test.people))))
        interval = resampling.resample_people(embeddings, test.people, evaluation.eer)
        intervals.append([round(float(value), 4) for value in interval])
        hits.append(float(one_shot(embeddings, test.people)))
    return {
        "eer": round(float(np.mean(eers)), 4),
        "eers": [round(value, 4) for value in eers],
        "intervals_95": intervals,
        "one_shot_10_way": round(float(np.mean(hits)), 4),
        "protocol": "ORL, four groups of ten people, all pairs in a group; trained on "
        "LFW" + (", adapted to the thirty other people" if adapt else " alone"),
    }
