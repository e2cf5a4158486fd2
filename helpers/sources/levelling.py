"""A square on a face: moved, corrected, cut out upright. No TensorFlow.

A cascade's box is rough. A linear regression on a histogram of gradients says how far
it is off in place, size and tilt, three times in a row (Xiong and De la Torre, CVPR
2013, call it supervised descent). The regression's weights, `weights/aligner.npz`, are
made by `python -m helpers train aligner`.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

WINDOW = 64  # pixels: what the aligner looks at
NOTHING = 128  # the grey of what a photo does not show: it says as little as can be
ALIGNER = Path(__file__).parents[1] / "weights" / "aligner.npz"
HOG = cv2.HOGDescriptor((WINDOW, WINDOW), (16, 16), (8, 8), (8, 8), 9)


class Face(NamedTuple):
    """A square on a face: centre and side in pixels of the photo, tilt in radians."""

    x: float
    y: float
    side: float
    angle: float = 0.0


def matrix(face, size):
    """The affine map from a face's square to an upright square of `size` pixels.

    Returns:
        float (2, 3), for `cv2.warpAffine`.

    >>> matrix(Face(50, 50, 100), 100).round(3) + 0.0
    array([[1., 0., 0.],
           [0., 1., 0.]])
    """
    scale = size / face.side
    cos, sin = scale * np.cos(face.angle), scale * np.sin(face.angle)
    return np.array(
        [
            [cos, sin, size / 2 - cos * face.x - sin * face.y],
            [-sin, cos, size / 2 + sin * face.x - cos * face.y],
        ]
    )


def cut(image, face, size):
    """The face's square as an upright picture, smooth even where it shrinks a lot.

    Args:
        image: uint8 (row, column).
        face: a `Face`.
        size: side of the result in pixels.

    Returns:
        uint8 (size, size).
    """
    shrink = int(face.side // size)
    wide = cv2.warpAffine(
        image, matrix(face, size * max(1, shrink)), (size * max(1, shrink),) * 2,
        flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return cv2.resize(wide, (size, size), interpolation=cv2.INTER_AREA)


def gradients(image, face):
    """The histogram of gradients (Dalal and Triggs, CVPR 2005) of a face's square.

    Returns:
        float32 (1764,): 7 x 7 blocks of 2 x 2 cells with 9 directions.
    """
    return HOG.compute(cut(image, face, WINDOW)).ravel()


def move(face, step):
    """A face's square moved by a step that is measured in its own axes.

    Args:
        step: float (4,): right and down in sides, log of the growth, turn in radians.

    >>> move(Face(10, 10, 100), (0.1, 0, 0, 0)).x
    20.0
    """
    right, down, growth, turn = step
    cos, sin = np.cos(face.angle), np.sin(face.angle)
    return Face(
        float(face.x + face.side * (cos * right - sin * down)),
        float(face.y + face.side * (sin * right + cos * down)),
        float(face.side * np.exp(growth)),
        float(face.angle + turn),
    )


@cache
def _stored(*names):
    with np.load(ALIGNER, allow_pickle=False) as stored:
        return tuple(stored[name].astype(np.float32) for name in names)


def align(image, face, stages=None):
    """A face's square corrected in place, size and tilt by three linear regressions.

    Args:
        image: uint8 (row, column).
        face: the rough square.
        stages: (weights (1764, 4), bias (4,)) of each; None for those of the file.

    Returns:
        The corrected `Face`.
    """
    for weights, bias in stages or zip(*_stored("weights", "bias"), strict=True):
        face = move(face, gradients(image, face) @ weights + bias)
    return face


def facelike(image, face):
    """How much a levelled square looks like an upright face: one linear regression.

    Args:
        image: uint8 (row, column). face: a `Face`, from `align`.

    Returns:
        About 1 for a face, -1 for anything else: parts of faces and photos, faces on
        their side or upside down.
    """
    weights, bias = _stored("face", "face_bias")  # (1764,), ()
    return float(gradients(image, face) @ weights + bias)
