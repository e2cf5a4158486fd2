"""Where the face of a photo is: a cascade's boxes, in the photo as it is or turned.

The cascade (Viola and Jones, CVPR 2001; it ships with OpenCV) knows upright faces
alone, and now and then takes an eye or a curtain for one. Each box is levelled and
judged by its gradients (`levelling.facelike`). Where nothing in the photo is like a
face, it is searched again leaning and lying on each side. No TensorFlow.
"""

import threading
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from helpers.sources.levelling import Face, align, facelike
from helpers.sources.photos import as_photo

BORDER = 0.08  # of the longer side, replicated around a photo before the search
WIDER = 1.57  # the aligner's square, in widths of the cascade's box
LONGEST = 1024  # pixels: a longer photo is first made smaller
QUICK = (  # one after the other, until there is a face
    {},
    {"longest": 320, "smallest": 0.12},
    {"longest": 320, "name": "default"},
)
CLOSELY = ({"smallest": 0.14}, *QUICK[1:], {"longest": 640, "smallest": 0.06})
TURNS = 30, -30, 90, -90, 180  # degrees
LIKE = 0.25  # `facelike` of a face: of 3 % of news photos below, of nothing else above
UNLIKE = -0.3  # below it a box is dropped where another is not: an eye, a curtain
RIVAL = 0.6  # a second face with this share of the best one's weight matters as much
OTHER = 0.6  # a second face of this share of the best one's width is spoken of
HOW = f"{BORDER} {WIDER} {LONGEST} {QUICK} {CLOSELY} {TURNS} {LIKE} {UNLIKE} {RIVAL}"
_local = threading.local()  # a cascade must not be shared between threads


class Sight(NamedTuple):
    """What a search found.

    Attributes:
        face: the levelled `Face` that the photo is about.
        like: its `facelike`, about 1 for a face; below LIKE it is probably none.
        weight: width in pixels, less the farther from the middle.
        rivals: faces that matter as much.
        others: faces at least OTHER as wide that matter less.
    """

    face: Face
    like: float
    weight: float
    rivals: int
    others: int


def grey(photo):
    """The photo as one channel.

    Args:
        photo: uint8 (row, column), (row, column, 1), (row, column, 3) RGB or RGBA.

    Returns:
        uint8 (row, column).

    >>> grey(np.full((4, 4, 3), 7, np.uint8)).shape
    (4, 4)
    """
    photo = as_photo(photo)
    return (
        photo[..., 0]
        if photo.shape[2] == 1
        else cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    )


def reduced(image):
    """A photo with its longer side at most LONGEST, enough to show a face.

    Args:
        image: uint8 (row, column).

    Returns:
        uint8 (row, column), and how many times smaller it is.

    >>> image, times = reduced(np.zeros((2048, 512), np.uint8)); image.shape, times
    ((1024, 256), 2.0)
    """
    times = max(1.0, max(image.shape) / LONGEST)
    if times > 1:
        rows, columns = (max(1, round(side / times)) for side in image.shape)
        image = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA)
    return image, times


def _cascade(name):
    """This thread's own copy of one of OpenCV's cascades."""
    if not hasattr(_local, name):
        path = Path(cv2.data.haarcascades) / f"haarcascade_frontalface_{name}.xml"
        setattr(_local, name, cv2.CascadeClassifier(str(path)))
    return getattr(_local, name)


def detect(photo, longest=160, smallest=0.2, name="alt2"):
    """Boxes of all faces that the cascade sees.

    Args:
        photo: uint8 (row, column) or with 1, 3 or 4 channels.
        longest: the photo is first scaled to this longer side, in pixels.
        smallest: least width of a face, as a share of the longer side.
        name: which of OpenCV's frontal-face cascades.

    Returns:
        float (face, 3): x and y of the centre and the width, in pixels of the photo.

    >>> detect(np.zeros((100, 100), np.uint8)).shape
    (0, 3)
    """
    image = grey(photo)
    scale = longest / max(image.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    rows, columns = (max(1, round(side * scale)) for side in image.shape)
    image = cv2.resize(image, (columns, rows), interpolation=how)
    edge = round(BORDER * longest)
    image = cv2.copyMakeBorder(image, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
    least = round(smallest * longest)
    boxes = _cascade(name).detectMultiScale(image, 1.1, 3, minSize=(least, least))
    boxes = np.asarray(boxes, float).reshape(-1, 4)  # (face, x y width height)
    boxes[:, :2] += boxes[:, 2:] / 2 - edge
    return boxes[:, :3] / scale


def turned(image, degrees):
    """A photo turned to the left about its middle, whole, with the way back.

    Returns:
        uint8 (row, column); float (2, 3), the affine map to the photo as it was.

    >>> turned(np.zeros((40, 60), np.uint8), 90)[0].shape
    (60, 40)
    """
    rows, columns = image.shape
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, 1.0)
    across, down = np.abs(turn[:, :2]) @ (columns, rows)
    size = max(1, round(across)), max(1, round(down))
    turn[:, 2] += (size[0] - columns) / 2, (size[1] - rows) / 2
    whole = cv2.warpAffine(image, turn, size, borderMode=cv2.BORDER_REPLICATE)
    return whole, cv2.invertAffineTransform(turn)


def seek(image, closely=True):
    """Find the face that a photo is about: large, near the centre, like a face.

    Args:
        image: uint8 (row, column), from `reduced`.
        closely: also look for faces of a sixteenth of a large photo, for leaning ones
            and photos on their side, and for smaller faces beside the one: where
            nothing is found, a second instead of 40 ms.

    Returns:
        A `Sight`, the first that is like a face and, unless the first of all is quite
        unlike one, weighs as much; else the first of all; or None.
    """
    searches = CLOSELY if closely and max(image.shape) > 320 else QUICK
    first = None
    for degrees in (0, *TURNS) if closely else (0,):
        whole, back = turned(image, degrees) if degrees else (image, np.eye(2, 3))
        for search in searches:
            boxes = detect(whole, **search)
            if not len(boxes):
                continue
            sight = _judged(image, boxes, whole.shape, degrees, back, closely)
            dropped = first is None or first.like < UNLIKE
            if sight.like >= LIKE and (dropped or sight.weight >= first.weight):
                return sight
            if first is None and not degrees:
                first = sight
    return first


def _judged(image, boxes, shape, degrees, back, closely):
    """The `Sight` of some boxes in a turned photo of that shape."""
    rows, columns = shape
    offset = np.hypot(boxes[:, 0] - columns / 2, boxes[:, 1] - rows / 2)
    weight = boxes[:, 2] / (1 + 2 * (offset / (max(shape) / 2)) ** 2)
    places = boxes[:, :2] @ back[:, :2].T + back[:, 2]  # in the photo as it is
    levelled = [
        align(image, Face(*place, WIDER * width, np.radians(degrees)))
        for place, width in zip(places, boxes[:, 2], strict=True)
    ]
    like = np.array([facelike(image, face) for face in levelled])
    faces = (like >= UNLIKE) | (like.max() < UNLIKE)
    best = np.where(faces, weight, 0).argmax()
    apart = np.abs(boxes[:, :2] - boxes[best, :2]).max(axis=1) > boxes[best, 2] / 2
    rivals = faces & apart & (weight > RIVAL * weight[best])
    others = faces & apart & ~rivals & (boxes[:, 2] > OTHER * boxes[best, 2])
    counts = int(rivals.sum()), int(others.sum())
    return Sight(levelled[best], float(like[best]), float(weight[best]), *counts)
