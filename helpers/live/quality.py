"""What is wrong with a photo before it is kept, and which photos are near copies.

A camera gives ten frames a second; most are no good, or the one before again. Here each
is judged by its crop, the 64 x 64 pixels that a tower sees, so that the frame's size
does not matter. The limits are measured; see each one's reason. No TensorFlow.
"""

from typing import NamedTuple

import cv2
import numpy as np

from helpers import faces
from helpers.sources import doubts

# Each limit stands about where the verifier's equal error rate on ORL, with one photo
# of each pair spoilt, rises from 4.2 % to 5.5 %. What it refuses and passes is measured
# on ORL (400 photos), LFW (509), and ORL as a camera of 640 x 480 would see it.

# From the face's centre to the photo's edge, in widths of the face. Refuses 1 % of ORL,
# none of LFW. Passes 6 % of the faces of which a fifth is cut off.
EDGE = 0.35
# Pixels of the face's square; below it less than 48 of a crop's 64 are seen.
SMALL = 60
# Likeness. Drops 1.5 % of the pairs of different photos of one person in ORL. Keeps 1 %
# of a camera's next frames, 19 % in strong noise.
COPY = 0.985

COARSE = 1.2  # pixels of a crop: what is finer is noise where two are compared
NO_FACE = "No face: look at the camera, in even light."
SEVERAL = "Several faces: only one person may be in the picture."
TOO_BLURRED = "Blurred: hold still, or wipe the lens."
TOO_DARK = "Too dark: put a light in front of you."
TOO_BRIGHT = "Too bright: turn away from the lamp or the window."
TOO_SMALL = "Too far away: come closer."
CUT_OFF = "The face is cut off: move to the middle."
AGAIN = "Almost the last photo again: turn your head, or change your expression."
SEEN = {  # in the crop, in this order
    TOO_DARK: doubts.is_dark,
    TOO_BRIGHT: doubts.is_bright,
    TOO_BLURRED: doubts.is_blurred,
}


class Look(NamedTuple):
    """What `look` finds in a photo.

    Attributes:
        face: the `faces.Face`, or None.
        crop: uint8 (64, 64, 1), or None without a face.
        faults: sentences for the person in front of the camera; empty when all is well.
    """

    face: faces.Face | None
    crop: np.ndarray | None
    faults: tuple[str, ...]


def look(image, last=None):
    """Find the face in a photo and say what is wrong with the photo.

    Args:
        image: uint8 (row, column) or with 1, 3 (RGB) or 4 channels.
        last: crop uint8 (64, 64, 1) of the photo that was kept before, or None.

    Returns:
        A `Look`.

    >>> look(np.full((480, 640, 3), 9, np.uint8)).faults
    ('Too dark: put a light in front of you.',)
    """
    grey, times = faces.reduced(faces.grey(image))  # as faces.crop does
    try:
        face = faces.find(grey, closely=False)  # who sits so far away comes closer
    except faces.SeveralFaces:
        return Look(None, None, (SEVERAL,))
    except faces.NoFace:
        return Look(None, None, (TOO_DARK if doubts.is_dark(grey) else NO_FACE,))
    crop = faces.closeup(grey, face)
    faults = {CUT_OFF: is_cut_off(face, grey.shape), TOO_SMALL: face.side < SMALL}
    faults |= {words: rule(crop) for words, rule in SEEN.items()}
    faults[AGAIN] = last is not None and likeness(crop, last) >= COPY
    face = faces.Face(*(times * value for value in face[:3]), face.angle)
    said = tuple(sentence for sentence, holds in faults.items() if holds)
    return Look(face, crop, said)


def is_cut_off(face, shape):
    """Whether the face, forehead to chin and cheek to cheek, leaves the photo.

    Args:
        face: a `faces.Face`.
        shape: (row, column) of the photo.

    >>> is_cut_off(faces.Face(10, 50, 80), (100, 100))
    True
    """
    half = EDGE * face.side / faces.WIDER
    rows, columns = shape[:2]
    inside = half <= face.x <= columns - half and half <= face.y <= rows - half
    return not inside


def flat(crops):
    """Crops, slightly smoothed, as rows of mean 0 and length 1: (photo, pixel)."""
    smooth = [cv2.GaussianBlur(np.float32(crop), (0, 0), COARSE) for crop in crops]
    rows = np.stack(smooth).reshape(len(crops), -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)


def likeness(a, b):
    """How alike two crops are, pixel by pixel: their normalised correlation.

    The crops are levelled, so a face that moved in the frame is where it was. Not by an
    embedding: that is trained to be the same for all photos of a person, also for those
    that differ usefully, and it needs TensorFlow.

    Args:
        a, b: uint8 (64, 64, 1).

    Returns:
        -1..1; 1 for a crop and itself, in a stronger light too.

    >>> crop = np.arange(4096).reshape(64, 64, 1) % 251
    >>> round(likeness(crop, crop // 2), 2)
    1.0
    """
    a, b = flat([a, b])
    return float(a @ b)


def unlike(crops, limit=COPY):
    """Which photos to keep so that no two are near copies: the first of each group.

    Args:
        crops: uint8 (photo, 64, 64, 1), in the order in which they were taken.
        limit: likeness from which a photo is a copy of another.

    Returns:
        int (kept,): their places in `crops`.

    >>> a, b = np.eye(64, dtype=np.uint8) * 99, np.tri(64, dtype=np.uint8) * 99
    >>> unlike(np.stack([a, a, b, a])[..., None])
    array([0, 2])
    """
    kept, rows = [], flat(crops) if len(crops) else ()
    for place, row in enumerate(rows):
        if not kept or (rows[kept] @ row).max() < limit:
            kept.append(place)
    return np.array(kept, int)
