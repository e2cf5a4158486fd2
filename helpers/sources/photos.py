"""Photos: one photo as an array, and many photos of people together.

Every photo is uint8 with the axes (row, column, channel), one channel when it is grey
and three (red, green, blue) when it is coloured. What cannot become that is refused
with a `PhotoError`, one sentence that says what is wrong and what to do.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from PIL import Image, ImageOps

PLAIN = 48  # grey levels from darkest to lightest: on paper, less is hardly seen


class PhotoError(ValueError):
    """A photo that cannot be used; `reason` is the sentence without the file's name."""

    def __init__(self, reason, file=None):
        self.reason, self.file = reason, file
        super().__init__(reason if file is None else f"Cannot use {file}: {reason}")


@dataclass(frozen=True, eq=False, repr=False)
class Photos:
    """A set of photos, who is on each, and where each came from.

    Args:
        images: uint8 (photo, row, column, channel).
        people: int (photo,), for each photo the number of its person in `names`.
        names: the name of person 0, 1, ...; by default the numbers themselves.
        files: where each photo came from, or empty.
        skipped: (file, reason) for each file that could not be used.

    >>> Photos(np.zeros((3, 20, 16, 1), "uint8"), [0, 0, 1], ("ann", "bob"))
    Photos(3 photos of 2 people, 20 x 16 x 1)
    """

    images: np.ndarray
    people: np.ndarray
    names: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()

    def __post_init__(self):
        images, people = np.asarray(self.images), np.asarray(self.people)
        if images.ndim != 4 or images.dtype != np.uint8:
            raise PhotoError(
                "Photos are uint8 (photo, row, column, channel); these are "
                f"{images.dtype} {images.shape}. Stack them with np.stack."
            )
        if people.size == 0:
            people = people.astype(np.int64)
        if people.shape != images.shape[:1] or people.dtype.kind not in "iu":
            raise PhotoError(
                f"{len(images)} photos need {len(images)} whole numbers in `people`, "
                f"one a photo; got {people.dtype} {people.shape}."
            )
        last = int(people.max(initial=-1))
        names = tuple(self.names) or tuple(str(i) for i in range(last + 1))
        if last >= len(names) or people.min(initial=0) < 0:
            raise PhotoError(
                f"`people` must lie in 0..{len(names) - 1}, the places in `names`; "
                f"found {people.min()}..{last}."
            )
        if len(self.files) not in (0, len(images)):
            raise PhotoError(f"{len(images)} photos, but {len(self.files)} in `files`.")
        set_ = object.__setattr__  # the dataclass is frozen; this is its construction
        set_(self, "images", images)
        set_(self, "people", people.astype(np.int64))
        set_(self, "names", names)
        set_(self, "files", tuple(self.files))
        set_(self, "skipped", tuple(self.skipped))

    def __len__(self):
        return len(self.images)

    def __repr__(self):
        shape = " x ".join(map(str, self.images.shape[1:]))
        return f"Photos({self.count()}, {shape})"

    def count(self):
        """Return how many photos of how many people these are, in words."""
        photos, people = len(self), len(np.unique(self.people))
        photos = f"{photos:,} photo{'' if photos == 1 else 's'}"
        return f"{photos} of {people:,} {'person' if people == 1 else 'people'}"

    def take(self, indices):
        """Return the photos at `indices` (numbers or booleans), people unchanged."""
        indices = np.asarray(indices)
        if indices.dtype == bool:
            indices = np.flatnonzero(indices)
        indices = indices.astype(np.int64)
        files = [self.files[i] for i in indices] if self.files else ()
        images, people = self.images[indices], self.people[indices]
        return replace(self, images=images, people=people, files=files)

    def of(self, person):
        """Return the indices int64 (photo,) of one person, by number or by name."""
        if isinstance(person, str):
            if person not in self.names:
                raise PhotoError(f"Nobody here is called {person!r}; see `.names`.")
            person = self.names.index(person)
        return np.flatnonzero(self.people == person)

    def only(self, people):
        """Return the photos of these people, with the same numbers and names."""
        return self.take(np.isin(self.people, np.asarray(people)))

    def renumbered(self):
        """Return the same photos, names and numbers only of those who are on them."""
        people, numbers = np.unique(self.people, return_inverse=True)
        names = [self.names[person] for person in people]
        return replace(self, people=numbers, names=names)


def as_list(photos):
    """One photo or many as a list of photos.

    >>> len(as_list("ann.jpg")), len(as_list(np.zeros((5, 9, 9, 1), np.uint8)))
    (1, 5)
    """
    if isinstance(photos, Photos):
        return list(photos.images)
    if isinstance(photos, np.ndarray):
        return list(photos) if photos.ndim == 4 else [photos]
    return list(photos) if isinstance(photos, list | tuple) else [photos]


def as_photo(array, name=None):
    """Check one photo that is already an array (or a Pillow image).

    Args:
        array: uint8, grey (row, column) or (row, column, 1), RGB (row, column, 3), or
            RGBA (row, column, 4), whose transparent parts become white (black where
            that would hide the rest).
        name: what to call it in the sentence of an error.

    Returns:
        uint8 (row, column, channel), one channel or three.

    Raises:
        PhotoError: it is no such array; the sentence says how to convert it.

    >>> as_photo(np.zeros((20, 16), "uint8")).shape
    (20, 16, 1)
    >>> as_photo(np.zeros((20, 16)))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    helpers.sources.photos.PhotoError: a photo is uint8, 0 to 255; this is float64, ...
    """
    if isinstance(array, Image.Image):
        try:
            return channels(ImageOps.exif_transpose(array))
        except Exception as error:  # Pillow's decoders raise many kinds
            raise PhotoError(f"it is damaged ({error}).", name) from None
    try:
        array = np.asarray(array)
    except Exception:
        array = np.empty(0, object)
    if array.dtype.kind not in "buif":
        kind = "an array of numbers; for a file use read_photo(path)."
        raise PhotoError(f"a photo is {kind}", name)
    if array.size == 0:
        raise PhotoError(f"the array is empty, its shape is {array.shape}.", name)
    if array.dtype != np.uint8:
        raise PhotoError(_wrong_type(array), name)
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[-1] not in (1, 3, 4):
        raise PhotoError(_wrong_shape(array), name)
    if array.shape[-1] == 4:
        array = channels(Image.fromarray(np.ascontiguousarray(array)))
    return np.ascontiguousarray(array)


def fit(photo, size):
    """Bring a photo to (rows, columns): resized to fit, its border then repeated.

    Args:
        photo: uint8 (row, column, channel).
        size: (rows, columns) of the result.

    Returns:
        uint8 (rows, columns, channel), nothing cut off and nothing stretched.

    >>> fit(np.zeros((40, 20, 3), "uint8"), (64, 64)).shape
    (64, 64, 3)
    """
    rows, columns = photo.shape[:2]
    scale = min(size[0] / rows, size[1] / columns)
    inside = max(1, round(columns * scale)), max(1, round(rows * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(photo, inside, interpolation=way) if scale != 1 else photo
    down, across = size[0] - inside[1], size[1] - inside[0]
    edges = down // 2, down - down // 2, across // 2, across - across // 2
    result = cv2.copyMakeBorder(resized, *edges, cv2.BORDER_REPLICATE)
    return result.reshape(*size, photo.shape[2])


def reduced(photo, longest):
    """Bring a photo to at most `longest` pixels on its longer side.

    Args:
        photo: uint8 or float32, (row, column) or (row, column, channel).

    Returns:
        The same kind of array; the photo itself where it is small enough.

    >>> reduced(np.zeros((20, 50, 1), np.uint8), 25).shape
    (10, 25, 1)
    """
    times = max(photo.shape[:2]) / longest
    if times <= 1:
        return photo
    rows, columns = (max(1, round(side / times)) for side in photo.shape[:2])
    small = cv2.resize(photo, (columns, rows), interpolation=cv2.INTER_AREA)
    return small.reshape(rows, columns, *photo.shape[2:])


def channels(image):
    """Turn a Pillow image of any mode into uint8 (row, column, 1 or 3)."""
    mode = image.mode
    if mode in ("I", "F") or mode.startswith("I;16"):
        values = np.asarray(image)
        if mode == "F" or values.min() < 0 or values.max() > 65535:
            reason = f"its pixels are numbers of an unknown range (mode {mode})"
            raise PhotoError(f"{reason}. Save it with 8 bits a channel.")
        return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)[..., None]
    if mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        grey = mode in ("1", "L", "LA", "La")
        image = _on_paper(image.convert("RGBA"))
        image = image.getchannel(0) if grey else image
    elif mode in ("1", "L"):
        image = image.convert("L")
    else:
        image = image.convert("RGB")
    array = np.array(image)  # a copy, so that it can be written to
    return array.reshape(*array.shape[:2], -1)


def _on_paper(image):
    """An RGBA image on white: on black where white shows less of it, as of chalk."""

    def laid(paper):
        sheet = Image.new("RGBA", image.size, paper)
        return Image.alpha_composite(sheet, image).convert("RGB")

    def seen(result):
        return np.ptp(np.asarray(result.convert("L")))

    white = laid("white")
    if seen(white) < PLAIN < seen(black := laid("black")):
        return black
    return white


def _wrong_type(array):
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        return f"{bad:,} of its values are NaN or infinite. Find out where they arise."
    low, high = float(array.min()), float(array.max())
    what = f"a photo is uint8, 0 to 255; this is {array.dtype}, {low:g} to {high:g}."
    if array.dtype.kind == "b" or (0 <= low and high <= 1):
        return f"{what} Convert it: (255 * array).round().astype('uint8')."
    if 0 <= low and high <= 255:
        return f"{what} Convert it: array.round().astype('uint8')."
    return f"{what} Bring its values to 0..255, then .astype('uint8')."


def _wrong_shape(array):
    what = f"a photo has the axes (row, column, channel); this has {array.shape}."
    if array.ndim == 4:
        return f"{what} Give the photos one by one."
    if array.ndim == 3 and array.shape[0] in (1, 3, 4):
        return f"{what} Move the channel: np.moveaxis(array, 0, -1)."
    return f"{what} It needs 1 (grey), 3 (RGB) or 4 (RGBA) channels."
