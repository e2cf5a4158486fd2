"""Pairs of photos: which there are, how to draw a batch full of them, how to vary them.

A batch of P people with K photos each holds (P K)(P K - 1) / 2 pairs, and a tower sees
each photo only once. Batch number s is a function of a seed and of s alone, so a run
that was killed goes on at step s as if nothing had happened.
"""

import math

import cv2
import numpy as np

AHEAD = 6  # batches that are made while the tower is busy


def all_pairs(people):
    """Every pair of photos once, and whether it shows one person.

    Args:
        people: int (photo,), the person on each photo.

    Returns:
        first, second: int (pair,), numbers of photos with first < second;
        same: bool (pair,).

    >>> first, second, same = all_pairs([7, 7, 9])
    >>> list(zip(first.tolist(), second.tolist(), same.tolist()))
    [(0, 1, True), (0, 2, False), (1, 2, False)]
    """
    people = np.asarray(people)
    first, second = np.triu_indices(len(people), k=1)  # (pair,)
    return first, second, people[first] == people[second]


def draw_batch(people, n_people, n_photos, rng):
    """Draw P people, then K photos of each.

    Who has more photos is drawn more often, by the square root of their number.
    Somebody with fewer than K lends some of them twice: `augment` makes them differ.

    Args:
        people: int (photo,), the person on each photo.
        n_people: P, how many different people the batch shows.
        n_photos: K, photos of each.
        rng: `numpy.random.Generator`.

    Returns:
        int (P * K,): numbers of photos, those of one person side by side.

    Raises:
        ValueError: there are fewer than P people.

    >>> draw_batch([0, 0, 1, 1], 2, 2, np.random.default_rng(0)).shape
    (4,)
    """
    people = np.asarray(people)
    known, counts = np.unique(people, return_counts=True)
    if n_people > len(known):
        raise ValueError(
            f"A batch of {n_people} people needs {n_people} people; these photos show "
            f"{len(known)}. Make the batch smaller or add people."
        )
    chance = np.sqrt(counts) / np.sqrt(counts).sum()
    batch = []
    for person in rng.choice(known, n_people, replace=False, p=chance):
        photos = np.flatnonzero(people == person)
        batch.append(rng.choice(photos, n_photos, replace=n_photos > len(photos)))
    return np.concatenate(batch)


def affine(size, rng, strength=1.0):
    """A random affine map: turn, stretch, shear, shift, and mirror half of the time.

    Args:
        size: (rows, columns) of the photo.
        rng: `numpy.random.Generator`.
        strength: 1 turns by about 6 degrees, stretches by 7 %, shears by 6 %, shifts by
            3 %; 0 only mirrors.

    Returns:
        float (2, 3), for `cv2.warpAffine`.

    Source: Koch, Zemel, Salakhutdinov (2015), section 3.3.

    >>> affine((64, 64), np.random.default_rng(0)).shape
    (2, 3)
    """
    turn, stretch, shear = strength * rng.standard_normal(3) * (0.10, 0.07, 0.06)
    right, down = strength * rng.normal(0, 0.03, 2) * size[::-1]
    cos, sin = math.exp(stretch) * math.cos(turn), math.exp(stretch) * math.sin(turn)
    mirror = -1 if rng.random() < 0.5 else 1
    a, b, c, d = mirror * cos, sin + shear, mirror * -sin, cos
    x, y = (size[1] - 1) / 2, (size[0] - 1) / 2  # the middle, which only shifts
    return np.array(
        [[a, b, x + right - (a * x + b * y)], [c, d, y + down - (c * x + d * y)]]
    )


def to_float(images):
    """Photos as a tower takes them.

    Args:
        images: uint8 (..., row, column, channel).

    Returns:
        float32 of the same shape, in 0..1.

    >>> to_float(np.array([0, 255], np.uint8))
    array([0., 1.], dtype=float32)
    """
    return np.asarray(images, np.float32) / np.float32(255)


def relight(photo, rng, strength=1.0):
    """Other light: another gamma, another contrast, a little brighter or darker.

    A photo has only 256 greys: what becomes of each is computed, and looked up.

    Args:
        photo: uint8 (row, column, channel).
        rng: `numpy.random.Generator`.
        strength: 1 changes gamma by about 25 %, contrast by 20 %, brightness by 0.08.

    Returns:
        float32 (row, column, channel) in 0..1.

    >>> relight(np.full((64, 64, 1), 128, np.uint8), np.random.default_rng(0)).shape
    (64, 64, 1)
    """
    gamma, contrast, light = strength * rng.standard_normal(3) * (0.25, 0.2, 0.08)
    greys = to_float(np.arange(256)) ** math.exp(gamma)  # (256,)
    mean = cv2.mean(cv2.LUT(photo, greys).ravel())[0]
    greys = (greys - mean) * math.exp(contrast) + float(mean + light)
    return cv2.LUT(photo, greys.clip(0, 1)).reshape(photo.shape)


def cover(image, rng):
    """Hide a part behind one grey, a tenth to a third of each side, in place.

    Args:
        image: float (row, column, channel) in 0..1; it is written to.
        rng: `numpy.random.Generator`.

    Source: Zhong, Zheng, Kang, Li, Yang, "Random erasing data augmentation" (2017).

    >>> image = np.full((64, 64, 1), 0.5); cover(image, np.random.default_rng(0))
    >>> len(np.unique(image))
    2
    """
    rows, columns = image.shape[:2]
    height = rng.integers(rows // 10, rows // 3)
    width = rng.integers(columns // 10, columns // 3)
    top, left = rng.integers(rows - height), rng.integers(columns - width)
    image[top : top + height, left : left + width] = rng.random()


def augment(photo, rng, strength=1.0):
    """One photo as another day would have shown it.

    An affine map, sometimes blur, other light, sometimes a patch that hides a part.

    Args:
        photo: uint8 (row, column, channel).
        rng: `numpy.random.Generator`.
        strength: 0 only mirrors; 1 is what faces bear.

    Returns:
        float32 (row, column, channel) in 0..1.

    >>> augment(np.full((64, 64, 1), 128, np.uint8), np.random.default_rng(0)).dtype
    dtype('float32')
    """
    where, size = affine(photo.shape[:2], rng, strength), photo.shape[1::-1]
    image = cv2.warpAffine(photo, where, size, borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < 0.25 * strength:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.3))
    image = relight(image.reshape(photo.shape), rng, strength)
    if rng.random() < 0.5 * strength:
        cover(image, rng)
    return image


def batch_number(step, photos, n_people, n_photos, seed=0, strength=1.0):
    """Batch number `step` of a training: always the same for the same seed.

    Args:
        step: number of the batch, from 0.
        photos: `Photos`.
        n_people, n_photos: P people with K photos each.
        seed: another seed, another series of batches.
        strength: of `augment`; None leaves the photos as they are.

    Returns:
        images float32 (P * K, row, column, channel) in 0..1, people int32 (P * K,).

    >>> from helpers.datasets import orl
    >>> images, people = batch_number(7, orl(quiet=True), n_people=3, n_photos=2)
    >>> images.shape, bool((batch_number(7, orl(quiet=True), 3, 2)[0] == images).all())
    ((6, 112, 92, 1), True)
    """
    rng = np.random.default_rng([seed, step])
    chosen = draw_batch(photos.people, n_people, n_photos, rng)
    if strength is None:
        images = to_float(photos.images[chosen])
    else:
        images = np.stack([augment(photos.images[i], rng, strength) for i in chosen])
    return images, photos.people[chosen].astype(np.int32)


def dataset(photos, n_people=16, n_photos=4, seed=0, start=0, strength=1.0):
    """An endless `tf.data.Dataset` of batches, made while the tower is busy.

    Args:
        photos: `Photos` of the people to train on.
        n_people, n_photos: P people with K photos each.
        seed: another seed, another series of batches.
        start: number of the first batch, for a run that goes on.
        strength: of `augment`; None leaves the photos as they are.

    Returns:
        Dataset of images float32 (P * K, row, column, channel), people int32 (P * K,).

    Raises:
        ValueError: there are fewer than P people.

    >>> from helpers.datasets import orl
    >>> dataset(orl(quiet=True), n_people=3, n_photos=2).element_spec[0].shape
    TensorShape([6, 112, 92, 1])
    """

    def make(step):
        return batch_number(step, photos, n_people, n_photos, seed, strength)

    return stream(make, start)


def stream(make, start=0):
    """Batches number `start`, `start` + 1, ... as an endless `tf.data.Dataset`.

    Two threads make them, while the tower is busy with those before.

    Args:
        make: function of the number of a batch that returns its images, float32
            (photo, row, column, channel), and people, int32 (photo,); all batches are
            of one size.
        start: number of the first batch, which is made at once: it tells the shapes,
            and raises what there is to raise.

    >>> batches = stream(lambda n: (np.zeros((2, 8, 8, 1), "f4"), np.full(2, n, "i4")))
    >>> next(iter(batches.skip(5)))[1].numpy()
    array([5, 5], dtype=int32)
    """
    import tensorflow as tf  # here, so that notebooks without a tower start at once

    shapes = [array.shape for array in make(start)]

    def batch(step):
        images, people = tf.numpy_function(
            lambda n: make(int(n)), [step], (tf.float32, tf.int32)
        )
        return tf.ensure_shape(images, shapes[0]), tf.ensure_shape(people, shapes[1])

    steps = tf.data.Dataset.range(start, 2**62)
    made = steps.map(batch, num_parallel_calls=2, deterministic=True)  # two ahead
    return made.prefetch(AHEAD - 2)
