"""Two recipes side by side, ready to be timed: the one that everybody copies, and ours.

The classic one is that of nicknochnack/FaceRecognition (2021), as published: whole
colour photos of 100x100, the pool of 64, 16 pairs a batch, two passes a pair, Adam at
0.0001, float32, and a verification that reads and predicts each pair by itself.

A recipe takes `Photos` to learn from, those of unseen people, and a seed. It gives two
functions: `step(progress)` trains on one batch, where progress is the share of the time
that is over, 0..1; `measure()` is the EER on the unseen. `benchmark.py` times them.
"""

import cv2
import keras
import numpy as np
import tensorflow as tf

from helpers import embedding, losses, models, pairs, training
from helpers.datasets import Photos
from helpers.evaluation import eer
from helpers.experiments.orl_runs import begin_with_distance, logits
from helpers.measures import processor

PEOPLE, PHOTOS = 30, 4  # of a batch of ours
PAIRS = PEOPLE * PHOTOS * (PEOPLE * PHOTOS - 1) // 2  # all pairs of two photos in it


def classic_photos(photos):
    """Photos as the classic recipe takes them: uint8 (photo, 100, 100, 3)."""
    images = [cv2.resize(image, (100, 100)) for image in photos.images]
    colour = np.repeat(np.stack(images)[..., None], 3, axis=3)
    return Photos(colour, photos.people, photos.names, photos.files)


def classic_batch(photos, rng, size=16):
    """Half of the pairs show one person, half show two.

    Returns:
        first, second float32 (pair, row, column, channel), same float32 (pair,).
    """
    first = rng.integers(len(photos), size=size)
    same = np.arange(size) % 2
    second = []
    for photo, is_same in zip(first, same, strict=True):
        fits = (photos.people == photos.people[photo]) == is_same
        fits[photo] = False  # a photo is no pair with itself
        second.append(rng.choice(np.flatnonzero(fits)))
    images = pairs.to_float(photos.images[np.concatenate([first, second])])
    return images[:size], images[size:], same.astype(np.float32)


def classic_recipe(train, test, seed=0):
    """The classic side, for `Photos` from `classic_photos`: step, measure."""
    keras.mixed_precision.set_global_policy("float32")
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    tower = models.classic(pool=64)
    model = models.siamese_pairs(tower)
    optimizer = keras.optimizers.Adam(1e-4)
    cross_entropy = keras.losses.BinaryCrossentropy()

    @tf.function
    def learn(first, second, same):
        with tf.GradientTape() as tape:
            chance = model([first, second], training=True)[:, 0]
            loss = cross_entropy(same, chance)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(
            zip(gradients, model.trainable_variables, strict=True)
        )
        return loss

    def step(progress):
        float(learn(*classic_batch(train, rng)))

    def measure():
        embeddings = embedding.embed(tower, test.images, batch=20)  # (photo, 4096)
        first, second, same = pairs.all_pairs(test.people)
        rows = [logits(model, one, embeddings) for one in embeddings]  # (photo, photo)
        return eer(1 / (1 + np.exp(-np.stack(rows)[first, second])), same)

    return step, measure


def our_recipe(train, test, seed=0):
    """Our side, for levelled crops: all pairs of a batch, one pass a photo."""
    policy = processor.best_policy()
    keras.mixed_precision.set_global_policy(policy)
    keras.utils.set_random_seed(seed)
    tower = models.compact(train.images.shape[1:], width=16, features=128)
    model = models.siamese(tower)
    begin_with_distance(model)
    optimizer = keras.optimizers.AdamW(2e-3, weight_decay=0.05)
    xla = processor.xla_pays(policy)
    model.compile(optimizer, losses.PairCrossEntropy(), jit_compile=xla)
    training.trace_once(model)
    batches = iter(pairs.dataset(train, PEOPLE, PHOTOS, seed=seed, strength=1.5))

    def step(progress):
        optimizer.learning_rate = 2e-3 * min(1, 20 * progress + 0.05, 1.02 - progress)
        model.train_on_batch(*next(batches))

    def measure():
        table = model.predict_on_batch(pairs.to_float(test.images))  # (photo, photo)
        first, second, same = pairs.all_pairs(test.people)
        return eer(table[first, second], same)

    return step, measure


def classic_verification(files, probe):
    """The classic loop: for each enrolled file read both photos, predict one pair.

    Returns:
        A function () -> bool: whether the probe's file shows the same person.
    """
    keras.mixed_precision.set_global_policy("float32")
    model = models.siamese_pairs(models.classic(pool=64))

    def prepared(file):
        photo = cv2.resize(cv2.imread(str(file)), (100, 100))
        return pairs.to_float(photo[None, ..., ::-1])  # (1, 100, 100, 3)

    def verify(files=files):
        results = [
            model.predict([prepared(probe), prepared(file)], verbose=0)
            for file in files
        ]
        return bool(np.mean(np.array(results) > 0.5) > 0.5)

    verify(files[:1])  # the first call builds the function
    return verify


def our_verification(verifier, files):
    """Our way: the probe is embedded once and compared with stored embeddings.

    Returns:
        A function (file of the probe) -> bool.
    """
    enrolled = verifier.embed(files, lenient=True)  # (photo, feature), stored
    threshold = verifier.threshold(far=None)

    def verify(probe):
        embedding = verifier.embed(probe)[0]  # read, find, level, embed
        return bool(np.median(enrolled @ embedding) >= threshold)  # most of them

    verify(files[0])  # the first call builds the function
    return verify
