"""Batches of pictures of any kind, varied as another day or another pen would.

No TensorFlow.
"""

import cv2
import numpy as np

from helpers.pairs import cover, draw_batch, relight, to_float
from helpers.recipes.drawings import ink, wobble

BATCH = 64  # pictures
CLASS = 1.5  # how much a class is bent, where 1 is how much a picture is
# Pictures of a class in a batch where some are forged, half of them. With 8, and half
# as many classes, held-out writers had an EER of .026 and .082 (random and skilled
# forgeries), with 4 .009 and .073.
FORGED = 4
# How much a picture is bent there, and its ink varied, where 1 is how much elsewhere:
# more would hide what tells a forgery.
GENTLE, PEN = 0.5, 0.3


def bend(picture, places):
    """Move the pixels of a picture as `wobble` says; what a side lacks is repeated."""
    way = {"interpolation": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_REPLICATE}
    return cv2.remap(picture, places, None, **way).reshape(picture.shape)


def vary(picture, paper, rng, strength=1.0, pen=None):
    """One picture as it would have been another time: moved, bent, in other light.

    Args:
        picture: uint8 (row, column, channel).
        paper: 0 if it is ink on paper, which is then thicker or thinner; None for a
            photo, whose light changes and of which a part is hidden half of the time.
        rng: `numpy.random.Generator`.
        strength: 0 changes nothing.
        pen: the same for the ink; None for `strength`.

    Returns:
        float32 (row, column, channel) in 0..1.

    >>> picture = np.arange(512).reshape(16, 32, 1).astype(np.uint8)
    >>> still = vary(picture, 0, np.random.default_rng(0), strength=0)
    >>> bool((still == to_float(picture)).all())
    True
    """
    picture = bend(picture, wobble(picture.shape, rng, strength))
    if paper is not None:
        pen = strength if pen is None else pen
        return ink(to_float(picture), rng, pen).reshape(picture.shape)
    image = relight(picture, rng, strength)
    if rng.random() < 0.5 * strength:
        cover(image, rng)
    return image


def turned(picture, across, down):
    """A picture mirrored from side to side, upside down, or both.

    >>> turned(np.array([[1, 2], [3, 4]]), across=True, down=False).tolist()
    [[2, 1], [4, 3]]
    """
    picture = picture[:, ::-1] if across else picture
    return np.ascontiguousarray(picture[::-1] if down else picture)


def batches(photos, paper, mirror=False, seed=0, strength=1.0, forged=None):
    """How batch number `step` of a training is made: always the same for the same seed.

    All pictures of a batch are mirrored alike, and writing is upside down or not: what
    tells classes apart is learned on mirrored ones too, which are other classes, and
    the two never meet. On paper each class is bent too, all its pictures alike and more
    than one picture is: another class again. On 24 made signatures that brought the EER
    of unseen ones from .023 to .017; photos it did not help.

    Where there are forgeries half of a batch are forgeries of its classes, bent as the
    class is: shape tells nothing of them, only the stroke does. Each has a label of its
    own, below 0, so that it is like nothing else: a hard negative. A class without
    forgeries shows more genuine pictures in their place.

    Args:
        photos: `Photos` of the classes to learn from.
        paper, strength: as for `vary`.
        mirror: a mirrored picture shows the same class: each is mirrored by itself.
        forged: `Photos` of forgeries, people numbered as in `photos`; or None.

    Returns:
        A function of the step, for `pairs.stream`: images float32
        (picture, row, column, channel) in 0..1, classes int32 (picture,), each class at
        least twice: one with a single picture as two variations of it.
    """
    n_classes, each = sizes(photos.people, forged is not None)
    shape, change = photos.images.shape[1:], {"strength": strength}
    if forged is not None:
        change = {"strength": GENTLE * strength, "pen": PEN * strength}

    def make(step):
        rng = np.random.default_rng([seed, step])
        chosen = draw_batch(photos.people, n_classes, each, rng)
        pictures, people = photos.images[chosen], photos.people[chosen]
        if forged is not None:
            imitate(pictures, people, each, forged, rng)
        across, down = np.repeat(rng.random((1, 2)) < 0.5, len(chosen), axis=0).T
        if mirror:
            across = rng.random(len(chosen)) < 0.5
        if paper is None:
            down = np.zeros(len(chosen), bool)
        images = [turned(*one) for one in zip(pictures, across, down)]
        if paper is not None:
            own = [
                wobble(shape, np.random.default_rng([seed, step, n]), CLASS * strength)
                for n in range(n_classes)
            ]
            images = [bend(image, own[n // each]) for n, image in enumerate(images)]
        images = [vary(image, paper, rng, **change) for image in images]
        return np.stack(images), people.astype(np.int32)

    return make


def imitate(pictures, people, each, forged, rng):
    """Put forgeries in the place of half of each class's pictures of a batch.

    Args:
        pictures: uint8 (picture, row, column, channel), those of a class side by side;
            it is written to, as is `people`, where each forgery is somebody below 0.
        people: int (picture,). each: pictures of a class.
        forged: `Photos`, of which as many are drawn as there are places, some twice
            where there are fewer; a class that nobody forges stays as it is.
        rng: `numpy.random.Generator`.
    """
    for last in range(each, len(people) + 1, each):
        places = np.arange(last - each // 2, last)
        false = forged.of(people[last - 1])
        if len(false):
            drawn = rng.choice(false, len(places), replace=len(false) < len(places))
            pictures[places], people[places] = forged.images[drawn], -1 - places


def sizes(people, forged=False):
    """How many classes a batch has, and how many pictures of each, its forgeries too.

    >>> sizes(np.repeat(np.arange(40), 12)), sizes(np.repeat(np.arange(40), 12), True)
    ((32, 2), (16, 4))
    """
    classes, counts = np.unique(people, return_counts=True)
    usual = int(np.quantile(counts, 0.75))  # pictures of a class
    least = 16 // len(classes)  # a normalisation needs some to average over
    each = max(2, min(BATCH // len(classes), max(usual, least)))
    if forged:
        each = max(FORGED, each)
    return min(len(classes), BATCH // each), each
