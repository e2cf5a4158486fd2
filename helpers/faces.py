"""Find the face in a photo, level it, and cut it out: the same way for every source.

Three steps. A cascade finds a box (`sources/finding.py`). Linear regressions correct
its place, size and tilt, and one affine map cuts the corrected square out: both in
`sources/levelling.py`. No step needs TensorFlow.
"""

import hashlib
from typing import NamedTuple

import numpy as np

from helpers.datasets import Photos
from helpers.disk.archives import data_folder
from helpers.disk.files import write_whole
from helpers.sources import doubts
from helpers.sources.finding import HOW, WIDER, detect, grey, reduced, seek
from helpers.sources.levelling import ALIGNER, WINDOW, Face, align, cut
from helpers.sources.reading import in_threads

__all__ = [
    "CLOSER",
    "Closeup",
    "SIZE",
    "WIDER",
    "Face",
    "FaceError",
    "NoFace",
    "SeveralFaces",
    "align",
    "closeup",
    "crop",
    "crop_all",
    "crop_or_middle",
    "cut",
    "detect",
    "find",
    "fingerprint",
    "grey",
    "in_threads",
    "look",
    "middle",
    "reduced",
    "sight",
]

SIZE = 64  # pixels: a crop is (SIZE, SIZE, 1)
CLOSER = 0.84  # the crop's square, in sides of the aligner's square


class FaceError(ValueError):
    """No face, or more than one, where one is needed: a sentence that says so."""


class NoFace(FaceError):
    """No face where one is needed."""


class SeveralFaces(FaceError):
    """Several faces, and none of them is clearly the subject."""


def find(photo, name="the photo", closely=True):
    """The one face that a photo is about: large, and near the centre.

    Args:
        photo: uint8 (row, column) or with 1, 3 or 4 channels.
        name: what an error calls the photo.
        closely: as for `finding.seek`; False for a camera that takes another photo.

    Returns:
        A levelled `Face`.

    Raises:
        NoFace: there is none.
        SeveralFaces: two matter equally.
    """
    return sight(photo, name, closely).face


def sight(photo, name="the photo", closely=True):
    """What `find` finds, and how sure it is: a `finding.Sight`."""
    image, times = reduced(grey(photo))
    found = seek(image, closely)
    if found is None:
        raise NoFace(
            f"No face was found in {name}: use a photo that shows one face from the "
            "front, in even light, at least 60 pixels wide and a sixteenth of the "
            "photo's longer side; cut a large photo closer to the face."
        )
    if found.rivals:
        raise SeveralFaces(
            f"{1 + found.rivals} faces were found in {name} and none of them is "
            "clearly the subject: cut the photo so that it shows one person."
        )
    face = found.face
    scaled = Face(*(times * value for value in face[:3]), face.angle)
    return found._replace(face=scaled)


class Closeup(NamedTuple):
    """A face that was cut out of a photo.

    Attributes:
        image: uint8 (row, column, 1), what a tower takes.
        doubts: sentences on what makes a verdict on it doubtful.
        name: what a sentence calls the photo.
    """

    image: np.ndarray
    doubts: tuple[str, ...] = ()
    name: str = "the photo"


def look(photo, name="the photo"):
    """`crop`, and what makes a verdict on it doubtful: a `Closeup`."""
    image, _ = reduced(grey(photo))
    found = sight(image, name)
    cut_out = closeup(image, found.face)
    phrases = doubts.seen(cut_out, found)
    return Closeup(cut_out, tuple(f"{name} {phrase}." for phrase in phrases), name)


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
    square = face._replace(side=CLOSER * face.side)
    return cut(image, square, size)[..., None]


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
    recipe = f"{SIZE} {WINDOW} {CLOSER} {HOW}".encode()
    digest = hashlib.blake2b(ALIGNER.read_bytes() + recipe, digest_size=8)
    for content in contents:
        digest.update(content.encode() if isinstance(content, str) else content)
    return digest.hexdigest()
