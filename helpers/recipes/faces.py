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
from keras import ops

from helpers import evaluation, faces, losses, models
from helpers.datasets import Photos, data_folder, folds, orl
from helpers.disk.cards import FORMAT
from helpers.disk.files import write_whole
from helpers.embedding import beside, embed
from helpers.layers import CosineClassifier
from helpers.measures.resampling import share_intervals
from helpers.pairs import augment, draw_batch, stream
from helpers.recipes import cohort, doubting, flaws, patterns
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

EPOCHS = 70  # of 100 batches: three quarters of an hour on two cores
TOLD = 5.0  # what the teacher counts, where each of the other losses counts 1


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


def train_faces(epochs=EPOCHS, seed=0, folder="runs/faces", name="faces", quiet=False):
    """Train the verifier that the course ships, on LFW's peopleDevTrain alone.

    Three losses on one tower. The softmax with a margin tells the 3,616 people apart
    (CosFace). The supervised contrastive loss lets each photo of a batch find its
    person's other photo; people with one photo enter as two variations of it. And a
    linear map of the embedding shall tell what patterns of the photo count, as they
    see it undisturbed (distillation: Hinton, Vinyals, Dean 2015). In every third batch
    strangers share a flaw (`flaws`). The last epoch is kept, where the learning rate
    has fallen to nothing: choosing an epoch by all pairs of the held-out people, of
    whom a few have most of the photos, chose worse (AUC .931 against .941 where
    everybody counts alike).

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
    train, held_out = apart(lfw_faces("peopleDevTrain"))
    start = time.perf_counter()
    teacher = patterns.tower(train)
    seconds = time.perf_counter() - start
    tower, history, way = train_on_people(train, teacher, epochs, seed, folder, quiet)
    seconds += sum(history["seconds"])
    card = card_of(train, held_out) | {
        "name": Path(name).stem,
        "made_by": f"python -m helpers train faces --epochs {epochs} --seed {seed}",
        "recipe": "margin softmax (0.25, 24) + supervised contrastive (0.1) + what "
        f"patterns tell (cosine, {TOLD:g}), 64 people x 2 photos, in every third batch "
        "one of each two with a flaw that all share, AdamW 0.002 with cosine decay, "
        f"last epoch, compact tower of {tower.count_params():,} parameters, {way}; "
        "beside it a logistic regression of its maps' means and spreads, which doubts",
        "seed": seed,
        "steps": len(history["loss"]) * STEPS,
        "training_minutes": round(seconds / 60, 1),
    }
    whole = doubting.with_doubt(tower, train, held_out)
    return finished(tower, whole, card, held_out, name)


def train_joined(network="faces", name="joined"):
    """Put patterns beside the network that is shipped, judged by a cohort.

    It learns from the same people, in a minute, without a gradient. Its weights hold
    no copy of the network's.

    Args:
        network: of the verifier, as for `Verifier.load`.
        name: as for `train_faces`; it must lie beside the network.

    Returns:
        The card, as of `train_faces`.
    """
    train, held_out = apart(lfw_faces("peopleDevTrain"))
    start = time.perf_counter()
    verifier = Verifier.load(network)
    other = joined(verifier.tower, patterns.tower(train), train)
    card = card_of(train, held_out) | {
        "name": Path(name).stem,
        "made_by": "python -m helpers train joined",
        "recipe": f"the network of {verifier.card['name']}.keras, and ternary patterns "
        f"with a metric in closed form, whose similarity counts {patterns.WEIGHT:g} "
        "times, judged by a cohort",
        "seed": 0,
        "training_minutes": round((time.perf_counter() - start) / 60, 1),
        "beside": verifier.card["name"],
        "version": verifier.version,
    }
    both = beside(verifier.tower, other)
    every = Verifier(both, card).embed_crops(few_of_each(held_out, 5).images)
    card["shared"] = every.mean(axis=0).round(4).tolist()  # for `scores.lengthen`
    return finished(both, other, card, held_out, name)


def card_of(train, held_out):
    """What the cards of both say of the people they are from."""
    known, others = (len(np.unique(part.people)) for part in (train, held_out))
    return {
        "format": FORMAT,
        "data": f"LFW (deep-funneled), peopleDevTrain: {len(train)} photos of {known} "
        f"people trained on, {len(held_out)} photos of {others} others held out",
        "licence": "weights CC BY 4.0; LFW is for research and states no licence",
        "limits": "Trained on news photos from around 2003, mostly of men and "
        "of light-skinned people; errors differ between groups. Frontal faces. Not for "
        "decisions about people.",
    }


def finished(tower, kept, card, held_out, name):
    """Measure a tower on held-out people, write what is kept of it with its card."""
    card = card | thresholds(Verifier(tower, card), held_out)
    save_verifier(kept, card, name)
    return card


def joined(tower, rival, photos):
    """What stands beside a network in `train_joined`, for `embedding.beside`.

    `photos` are for the cohort; none shows a person who is tested.
    """
    return cohort.judged(tower, patterns.beside(tower, rival), photos)


def train_on_people(photos, teacher, epochs, seed, folder, quiet=False):
    """The recipe of `train_faces` for any crops, people numbered from 0.

    Args:
        photos: `Photos`, grey, of one size.
        teacher: a tower whose embeddings of the photos are to be told, by a linear map,
            from those of the network: of the photo as it is, whatever is done to it.
        epochs, seed, folder, quiet: as for `train_faces`.

    Returns:
        As of `learning.train_tower`.
    """
    taught = both_sides(teacher, photos.images)  # (photo, value)

    def build():
        tower = models.compact(photos.images.shape[1:], width=32, features=256)
        people = len(np.unique(photos.people))
        cosines = CosineClassifier(people, name="cosines")(tower.output)
        told = keras.layers.Dense(taught.shape[1], dtype="float32", name="told")
        outputs = {"cosines": cosines, "embedding": tower.output}
        return tower, keras.Model(tower.input, outputs | {"told": told(tower.output)})

    def make(step):  # as `pairs.batch_number`, with the numbers of the photos
        rng = np.random.default_rng([seed, step])
        chosen = draw_batch(photos.people, 64, 2, rng)
        images = [augment(photos.images[photo], rng) for photo in chosen]
        return np.stack(images), chosen.astype(np.int32)

    def answers(images, chosen):
        who, told = ops.take(photos.people, chosen), ops.take(taught, chosen, axis=0)
        return images, {"cosines": who, "embedding": who, "told": told}

    return train_tower(
        build,
        {
            "cosines": losses.MarginSoftmax(margin=0.25, scale=24.0),
            "embedding": losses.SupervisedContrastive(temperature=0.1),
            "told": keras.losses.CosineSimilarity(),  # -1 where both point one way
        },
        lambda start: stream(flaws.shared(make, seed), start).map(answers),
        epochs,
        seed,
        folder,
        quiet,
        weights={"cosines": 1.0, "embedding": 1.0, "told": TOLD},
    )


def both_sides(tower, images):
    """The mean embedding of each photo and its mirror image, (photo, feature)."""
    return (embed(tower, images) + embed(tower, images[:, :, ::-1])) / 2


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
        dict, as of `threshold_table`, and `strangers_95`: the 95 % interval of each
        rate of `strangers`, had other people been held out.
    """
    held_out = few_of_each(held_out, 5)
    embeddings = verifier.embed_crops(held_out.images)
    scores, same = evaluation.pair_scores(embeddings, held_out.people)
    table = threshold_table(scores, same)
    first, second = (held_out.people[i] for i in np.triu_indices(len(held_out), k=1))
    reached = [similarity for _, similarity in table["strangers"]]
    intervals = share_intervals(scores, first, second, reached)
    return table | {"strangers_95": intervals.round(6).tolist()}


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
    threshold = verifier.threshold(far=None)

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


def evaluate_orl(verifier):
    """EER on ORL, four groups of ten people, none trained on; one-shot 10-way beside.

    Args:
        verifier: a `Verifier`.

    Returns:
        dict: eer (mean of the groups), eers, intervals_95, one_shot.
    """
    crops = faces.crop_all(orl(quiet=True))
    eers, intervals, hits = [], [], []
    for _, test in folds(crops):
        embeddings = verifier.embed_crops(test.images)
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
        "LFW alone",
    }
