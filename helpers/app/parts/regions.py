"""Which regions of a face decide: hide each in turn and see how the similarity falls.

An occlusion map (Zeiler and Fergus, ECCV 2014), as notebook 08 builds it for many.
"""

import cv2
import numpy as np

from helpers.figures.tiles import cividis

PATCH, STEP = 4, 8  # a patch is a fourth of the crop's side, and moves by an eighth
SHOWN = 192  # pixels: side of the map on the page


def falls(verifier, crop, other):
    """How far the similarity falls when a place of a crop is hidden behind its blur.

    Args:
        verifier: a `Verifier`.
        crop: uint8 (row, column, channel), as its tower takes it.
        other: embedding of the other photo, (feature,).

    Returns:
        float (row, column): the mean fall over the patches that hide the place.
    """
    side, step = len(crop) // PATCH, len(crop) // STEP
    soft = cv2.GaussianBlur(crop, (0, 0), step).reshape(crop.shape)
    starts = range(0, len(crop) - side + 1, step)
    patches = [np.s_[y : y + side, x : x + side] for y in starts for x in starts]
    hidden = np.repeat(crop[None], 1 + len(patches), axis=0)  # the first one stays
    for copy, patch in zip(hidden[1:], patches):
        copy[patch] = soft[patch]
    scores = verifier.embed_crops(hidden) @ other  # (1 + patch,)
    fall, times = np.zeros((2, *crop.shape[:2]))
    for patch, score in zip(patches, scores[1:]):
        fall[patch] += scores[0] - score
        times[patch] += 1
    return fall / np.maximum(times, 1)


def heat(crop, fall):
    """A crop under its map, yellow where hiding costs most: uint8 (row, column, 3).

    Args:
        crop: uint8 (row, column, channel). fall: float (row, column).
    """
    size, cubic = (SHOWN, SHOWN), cv2.INTER_CUBIC
    soft = cv2.GaussianBlur(np.float32(fall), (0, 0), len(crop) / 20)
    colours = cividis(cv2.resize(soft, size, interpolation=cubic))
    grey = crop.mean(axis=2).astype(np.float32)
    light = 0.35 + 0.9 * cv2.resize(grey, size, interpolation=cubic)[..., None] / 255
    return np.clip(colours * light, 0, 255).astype(np.uint8)  # the face shines through


def place(fall):
    """Where a map is highest, in words.

    >>> place(np.eye(64)[::-1].cumsum(axis=1))
    'upper right'
    """
    row, column = np.unravel_index(np.argmax(fall), fall.shape)
    down = ("upper", "middle", "lower")[3 * row // len(fall)]
    across = ("left", "middle", "right")[3 * column // fall.shape[1]]
    return down if down == across else f"{down} {across}"
