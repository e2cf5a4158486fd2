"""Find the face in a photo, level it, and cut it out: the same way for every source.

Three steps. A cascade of Haar features (Viola and Jones, CVPR 2001; it ships with
OpenCV) finds a box. Linear regressions then correct its place, size and tilt, and one
affine map cuts the corrected square out: both in `sources/levelling.py`. No step needs
TensorFlow.
"""

import hashlib
import threading
from pathlib import Path

import cv2
import numpy as np

from helpers.datasets import Photos, as_photo
from helpers.disk.archives import data_folder
from helpers.disk.files import write_whole
from helpers.sources.levelling import ALIGNER, WINDOW, Face, align, cut
from helpers.sources.reading import in_threads

SIZE = 64  # pixels: a crop is (SIZE, SIZE, 1)
BORDER = 0.08  # of the longer side, replicated around a photo before the search
WIDER = 1.57  # the aligner's square, in widths of the cascade's box
CLOSER = 0.84  # the crop's square, in sides of the aligner's square
LONGEST = 1024  # pixels: a longer photo is first made smaller
SEARCHES = (  # one after the other, until there is a face; the last in large photos
    {},
    {"longest": 320, "smallest": 0.12},
    {"longest": 320, "name": "default"},
    {"longest": 640, "smallest": 0.06},
)
RIVAL = 0.6  # a second face with this share of the best one's weight matters as much
_local = threading.local()  # a cascade must not be shared between threads


class FaceError(ValueError):
    """No face, or more than one, where one is needed: a sentence that says so."""


class NoFace(FaceError):
    """No face where one is needed."""


class SeveralFaces(FaceError):
    """Several faces, and none of them is clearly the subject."""


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


def find(photo, name="the photo", closely=True):
    """The one face that a photo is about: large, and near the centre.

    Looks coarsely first (9 ms), then more and more closely where nothing was found.

    Args:
        photo: uint8 (row, column) or with 1, 3 or 4 channels.
        name: what an error calls the photo.
        closely: whether faces of a sixteenth of a large photo are looked for, which
            takes 90 ms; else of an eighth.

    Returns:
        A levelled `Face`.

    Raises:
        NoFace: there is none.
        SeveralFaces: two matter equally.
    """
    image, times = reduced(grey(photo))
    searches = SEARCHES if closely and max(image.shape) > 320 else SEARCHES[:-1]
    for search in searches:
        boxes = detect(image, **search)
        if len(boxes):
            break
    else:
        raise NoFace(
            f"No face was found in {name}: use a photo that shows one face from the "
            "front, upright, in even light, at least 60 pixels wide and a sixteenth of "
            "the photo's longer side; cut a large photo closer to the face."
        )
    rows, columns = image.shape
    offset = np.hypot(boxes[:, 0] - columns / 2, boxes[:, 1] - rows / 2)
    weight = boxes[:, 2] / (1 + 2 * (offset / (max(image.shape) / 2)) ** 2)
    best = weight.argmax()
    apart = np.abs(boxes[:, :2] - boxes[best, :2]).max(axis=1) > boxes[best, 2] / 2
    rivals = apart & (weight > RIVAL * weight[best])
    if rivals.any():
        raise SeveralFaces(
            f"{1 + rivals.sum()} faces were found in {name} and none of them is "
            "clearly the subject: cut the photo so that it shows one person."
        )
    x, y, width = boxes[best]
    face = align(image, Face(x, y, WIDER * width))
    return Face(*(times * value for value in face[:3]), face.angle)


def crop(photo, name="the photo", size=SIZE):
    """The levelled face of a photo, cut out: what every tower of the course looks at.

    Args:
        photo: uint8 (row, column) or with 1, 3 or 4 channels.
        name: what an error calls the photo.
        size: side of the result in pixels.

    Returns:
        uint8 (size, size, 1).

    Raises:
        FaceError: no face, or two that matter equally.
    """
    image, _ = reduced(grey(photo))
    return closeup(image, find(image, name), size)


def closeup(image, face, size=SIZE):
    """The crop of a face that was already found: uint8 (size, size, 1)."""
    return cut(image, face._replace(side=CLOSER * face.side), size)[..., None]


def middle(photo, size=SIZE):
    """A crop of the photo's middle, for when no face is found where one is known to be.

    Returns:
        uint8 (size, size, 1).
    """
    image, _ = reduced(grey(photo))
    rows, columns = image.shape
    side = 0.7 * min(rows, columns)
    return closeup(image, Face(columns / 2, rows / 2, side), size)


def crop_or_middle(photo):
    """`crop`, or `middle` where no single face is found: for sets known to hold one."""
    try:
        return crop(photo)
    except FaceError:
        return middle(photo)


def crop_all(photos):
    """Crops of a whole set, made by all cores once and then kept under `data/cache`.

    The cache is by content: other photos, another aligner or another size make another
    file. A photo in which no single face is found is cut at its middle.

    Args:
        photos: `Photos` of any size.

    Returns:
        `Photos` with images uint8 (photo, SIZE, SIZE, 1).
    """
    mark = fingerprint(np.ascontiguousarray(photos.images), str(photos.images.shape))
    path = data_folder() / "cache" / f"crops-{mark}.npy"
    if path.exists():
        return _with_images(photos, np.load(path, allow_pickle=False))
    images = np.stack(in_threads(crop_or_middle, photos.images))
    write_whole(path, lambda file: np.save(file, images, allow_pickle=False))
    return _with_images(photos, images)


def _with_images(photos, images):
    return Photos(images, photos.people, photos.names, photos.files, photos.skipped)


def fingerprint(*contents):
    """A short name for contents (bytes, text or arrays), this aligner and this size."""
    recipe = f"{SIZE} {BORDER} {WINDOW} {WIDER} {CLOSER}".encode()
    digest = hashlib.blake2b(ALIGNER.read_bytes() + recipe, digest_size=8)
    for content in contents:
        digest.update(content.encode() if isinstance(content, str) else content)
    return digest.hexdigest()
