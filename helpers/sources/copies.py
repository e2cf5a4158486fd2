"""Copies among pictures: one in two parts of a set would be a cheat. No TensorFlow."""

from dataclasses import replace

import cv2
import numpy as np

ALIKE = 0.9995  # cosine of two small pictures: they are one, maybe saved again
LUMA = 0.299, 0.587, 0.114  # of red, green, blue: what JPEG keeps, where colour suffers


def left_out(found):
    """Photos without the copies of earlier ones, which are named in `skipped`.

    What lies in two classes, so that one of them is wrong, is named first.
    """
    first = originals(found.images)
    here, elsewhere = [], []
    for i in np.flatnonzero(first != np.arange(len(first))):
        exactly = np.array_equal(found.images[i], found.images[first[i]])
        what = "the same picture" if exactly else "nearly the same picture"
        reason = f"it is {what} as {found.files[first[i]]}"
        if found.people[i] == found.people[first[i]]:
            here.append((found.files[i], f"{reason}."))
        else:
            elsewhere.append((found.files[i], f"{reason}, of another class."))
    kept = found.take(first == np.arange(len(first)))
    return replace(kept, skipped=[*elsewhere, *found.skipped, *here])


def originals(images):
    """For each picture the first one that shows the same, maybe itself.

    A picture that was saved again, as JPEG or in another size, mostly counts as the
    same: grey, reduced to 16 x 16 pixels and centred, the cosine of the two is ALIKE or
    more. One that was cropped or mirrored does not (`experiments/own_pictures.json`).

    Args:
        images: uint8 (picture, row, column, channel).

    Returns:
        int (picture,), indices of pictures.

    >>> images = np.zeros((3, 32, 32, 1), np.uint8); images[1, 8:20, 8:] = 250
    >>> images[2] = images[1] - images[1] // 50
    >>> originals(images).tolist()
    [0, 1, 1]
    """
    side, way = (16, 16), cv2.INTER_AREA
    shares = LUMA if images.shape[-1] == 3 else None
    grey = [np.average(picture, axis=-1, weights=shares) for picture in images]
    grey = [cv2.blur(each, (3, 3)) for each in grey]
    small = [cv2.resize(each, side, interpolation=way).ravel() for each in grey]
    small -= np.mean(small, axis=1, keepdims=True)
    small = np.float32(np.c_[small, np.ones(len(small))])  # plain pictures are alike
    small /= np.linalg.norm(small, axis=1, keepdims=True)
    first = np.arange(len(images))
    for start in range(0, len(images), 1024):  # rows at a time
        part = slice(start, start + 1024)
        alike = small[part] @ small[: part.stop].T >= ALIKE
        first[part] = np.minimum(first[part], alike.argmax(axis=1))
    return first[first]
