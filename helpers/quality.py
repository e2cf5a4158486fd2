"""What is wrong with a photo before it is kept, and which photos are near copies.

A camera gives ten frames a second; most are no good, or the one before again. Here each
is judged by its crop, the 64 x 64 pixels that a tower sees, so that the frame's size
does not matter. The limits are measured; see each one's reason. No TensorFlow.
"""

from typing import NamedTuple

import cv2
import numpy as np

from helpers import faces

BLURRED = 0.095
DARK = 0.16
BRIGHT = 0.80
SMALL = 60  # pixels
COPY = 0.95
SCALE = 1.2  # pixels of a crop: what is finer is noise as often as detail
NO_FACE = "No face: look at the camera, in even light."
SEVERAL = "Several faces: only one person may be in the picture."
TOO_BLURRED = "Blurred: hold still, or wipe the lens."
TOO_DARK = "Too dark: put a light in front of you."
TOO_BRIGHT = "Too bright: turn away from the lamp or the window."
TOO_SMALL = "Too far away: come closer."
CUT_OFF = "The face is cut off: move to the middle."
AGAIN = "Almost the last photo again: turn your head, or change your expression."


class Look(NamedTuple):
    """What `look` finds in a photo.

    Attributes:
        face: the `faces.Face`, or None.
        crop: uint8 (64, 64, 1), or None without a face.
        faults: sentences for the person in front of the camera; empty when all is well.
        sharpness: see `sharpness`; 0 without a face.
        brightness: 0..1, of the crop; without a face of the whole photo.
        likeness: to the last photo, -1..1; None without a face or a last photo.
    """

    face: faces.Face | None
    crop: np.ndarray | None
    faults: tuple[str, ...]
    sharpness: float
    brightness: float
    likeness: float | None


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
        face = faces.find(grey)
    except faces.FaceError as error:
        several = isinstance(error, faces.SeveralFaces)
        light = brightness(grey)
        fault = SEVERAL if several else TOO_DARK if light < DARK else NO_FACE
        return Look(None, None, (fault,), 0.0, light, None)
    crop = faces.closeup(grey, face)
    sharp, light = sharpness(crop), brightness(crop)
    alike = None if last is None else likeness(crop, last)
    faults = {
        CUT_OFF: is_cut_off(face, grey.shape),
        TOO_SMALL: face.side < SMALL,
        TOO_DARK: light < DARK,
        TOO_BRIGHT: light > BRIGHT,
        TOO_BLURRED: sharp < BLURRED,
        AGAIN: alike is not None and alike > COPY,
    }
    faults = tuple(sentence for sentence, holds in faults.items() if holds)
    face = faces.Face(*(times * value for value in face[:3]), face.angle)
    return Look(face, crop, faults, sharp, light, alike)


def sharpness(crop):
    """How strong the fine detail of a crop is beside its contrast.

    The Laplacian is large at edges; after a slight blur noise no longer makes it large,
    and divided by the contrast it does not change with the light.

    Args:
        crop: uint8 (64, 64, 1).

    Returns:
        The standard deviation of the Laplacian, in those of the crop: 0 to about 0.3.

    >>> sharpness(np.full((64, 64, 1), 100, np.uint8))
    0.0
    """
    smooth = cv2.GaussianBlur(np.asarray(crop, np.float32), (0, 0), SCALE)
    return float(cv2.Laplacian(smooth, cv2.CV_32F).std() / max(smooth.std(), 1))


def brightness(crop):
    """The mean grey of a crop: 0 black to 1 white.

    >>> brightness(np.full((64, 64, 1), 51, np.uint8))
    0.2
    """
    return float(np.mean(crop) / 255)


def is_cut_off(face, shape):
    """Whether the face, forehead to chin and cheek to cheek, leaves the photo.

    Args:
        face: a `faces.Face`.
        shape: (row, column) of the photo.

    >>> is_cut_off(faces.Face(20, 50, 80), (100, 100))
    True
    """
    half = 0.45 * face.side / faces.WIDER  # of the cascade's box, a tenth forgiven
    rows, columns = shape[:2]
    inside = half <= face.x <= columns - half and half <= face.y <= rows - half
    return not inside


def flat(crops):
    """Crops as rows of mean 0 and length 1: float32 (photo, pixel)."""
    rows = np.asarray(crops, np.float32)
    rows = rows.reshape(len(rows), -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)


def likeness(a, b):
    """How alike two crops are, pixel by pixel: their normalised correlation.

    Not by an embedding: that is trained to be the same for all photos of a person, also
    for those that differ usefully, and it needs TensorFlow.

    Args:
        a, b: uint8 (64, 64, 1).

    Returns:
        -1..1; 1 for a crop and itself, whatever the light.

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
    rows, kept = flat(crops), []
    for place, row in enumerate(rows):
        if not kept or (rows[kept] @ row).max() < limit:
            kept.append(place)
    return np.array(kept, int)
