"""Photos: one photo read from any file or array, and many photos of people together.

Every photo is uint8 with the axes (row, column, channel), one channel when it is grey
and three (red, green, blue) when it is coloured. What cannot become that is refused
with a `PhotoError`, one sentence that says what is wrong and what to do.
"""

from __future__ import annotations

import os
import re
import threading
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

MAX_PIXELS = 50_000_000  # more than this is refused before it is decoded
MIN_SIDE = 16  # pixels; nothing smaller shows a face
_HEADER = threading.Lock()  # filters of warnings are shared by all threads


class PhotoError(ValueError):
    """A photo that cannot be used; `reason` is the sentence without the file's name."""

    def __init__(self, reason: str, file: object = None):
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

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        people = len(np.unique(self.people))
        shape = " x ".join(map(str, self.images.shape[1:]))
        return f"Photos({len(self):,} photos of {people:,} people, {shape})"

    def take(self, indices) -> Photos:
        """Return the photos at `indices` (numbers or booleans), people unchanged."""
        indices = np.asarray(indices)
        if indices.dtype == bool:
            indices = np.flatnonzero(indices)
        indices = indices.astype(np.int64)
        files = tuple(self.files[i] for i in indices) if self.files else ()
        return Photos(
            self.images[indices], self.people[indices], self.names, files, self.skipped
        )

    def of(self, person: int | str) -> np.ndarray:
        """Return the indices int64 (photo,) of one person, by number or by name."""
        if isinstance(person, str):
            if person not in self.names:
                raise PhotoError(f"Nobody here is called {person!r}; see `.names`.")
            person = self.names.index(person)
        return np.flatnonzero(self.people == person)

    def only(self, people) -> Photos:
        """Return the photos of these people, with the same numbers and names."""
        return self.take(np.isin(self.people, np.asarray(people)))


def read_photo(path: str | os.PathLike) -> np.ndarray:
    """Read one photo from a file in any format that Pillow or OpenCV reads.

    Grey stays one channel; palettes, CMYK and the like become RGB; 16 bits become 8;
    transparent parts become white; an animation gives its first picture; the turn that
    a camera notes in EXIF is carried out.

    Args:
        path: a file of at most 50 million pixels and at least 16 on each side.

    Returns:
        uint8 (row, column, channel), one channel or three.

    Raises:
        PhotoError: the file is missing, empty, cut off, too large or no photo.

    >>> import tempfile; path = Path(tempfile.mkdtemp()) / "dark.png"
    >>> Image.new("RGB", (20, 30)).save(path); read_photo(path).shape
    (30, 20, 3)
    """
    path = _checked_path(path)
    try:
        with open(path, "rb") as file:
            return _decode(file, path)
    except PermissionError:
        raise PhotoError("you may not read it; change its permissions.", path) from None
    except OSError as error:
        reason = f"reading it failed ({error.strerror or error}). Copy it again."
        raise PhotoError(reason, path) from None


def as_photo(array, name: object = None) -> np.ndarray:
    """Check one photo that is already an array (or a Pillow image).

    Args:
        array: uint8, grey (row, column) or (row, column, 1), RGB (row, column, 3), or
            RGBA (row, column, 4), whose transparent parts become white.
        name: what to call it in the sentence of an error.

    Returns:
        uint8 (row, column, channel), one channel or three.

    Raises:
        PhotoError: it is no such array; the sentence says how to convert it.

    >>> as_photo(np.zeros((20, 16), "uint8")).shape
    (20, 16, 1)
    >>> as_photo(np.zeros((20, 16)))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    helpers.photos.PhotoError: a photo is uint8, 0 to 255; this is float64, 0 to 0. ...
    """
    if isinstance(array, Image.Image):
        return _sized(_channels(ImageOps.exif_transpose(array)), name)
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
        array = _channels(Image.fromarray(np.ascontiguousarray(array), "RGBA"))
    return _sized(np.ascontiguousarray(array), name)


def fit(photo: np.ndarray, size: tuple[int, int]) -> np.ndarray:
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


def header_size(path: str | os.PathLike) -> tuple[int, int]:
    """Return (rows, columns) of a photo, upright, from its header alone.

    Raises:
        PhotoError: as `read_photo`, but a photo that is cut off goes unnoticed.
    """
    path = _checked_path(path)
    try:
        with open(path, "rb") as file:
            try:
                image, turned = _open(file, path)
            except UnidentifiedImageError:
                return _foreign_size(file, path)
    except OSError:
        raise PhotoError("it cannot be opened.", path) from None
    return image.size if turned else image.size[::-1]


def _checked_path(path) -> Path:
    if not isinstance(path, str | os.PathLike):
        reason = f"a path is a text or a pathlib.Path, not {type(path).__name__}."
        raise PhotoError(f"{reason} For an array use as_photo(array).", "this")
    if not os.fspath(path):
        raise PhotoError("The path of the photo is empty; name a file.")
    path = Path(os.fsdecode(path))
    try:
        if path.is_dir():
            reason = "it is a folder. Name one photo in it, or read all with folder()."
        elif not path.exists():
            reason = "there is no such file. Check the spelling and where you are."
        elif not path.is_file():
            reason = "it is no ordinary file. Name a photo."
        elif path.stat().st_size == 0:
            reason = "it is empty (0 bytes). Copy or download it again."
        else:
            return path
    except (OSError, ValueError):  # a loop of links, a name too long, a null byte
        reason = "its name or place cannot be read. Check the path."
    raise PhotoError(reason, repr(str(path)) if "\0" in str(path) else path)


def _open(file, path) -> tuple[Image.Image, bool]:
    """Open the header: the image, not decoded, and whether EXIF swaps its sides."""
    with _HEADER, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(file)
        except Image.DecompressionBombError:
            reason = "it says that it has more than 178 million pixels"
            raise PhotoError(f"{reason}; 50 million are the limit.", path) from None
        turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    _limit(image.size, path)
    if image.format == "EPS":
        raise PhotoError("it is a PostScript drawing. Save it as PNG.", path)
    return image, turned


def _limit(size: tuple[int, int], path) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        reason = f"it has {size[0]:,} x {size[1]:,} pixels; 50 million are the limit"
        raise PhotoError(f"{reason}. Make it smaller first.", path)


def _decode(file, path) -> np.ndarray:
    try:
        image, _ = _open(file, path)
        image.load()
        _limit(image.size, path)  # an icon tells its true size only now
        return _sized(_channels(ImageOps.exif_transpose(image)), path)
    except UnidentifiedImageError:
        return _sized(_foreign(file, path), path)
    except PhotoError as error:
        raise PhotoError(error.reason, path) from None
    except (MemoryError, PermissionError):
        raise
    except Exception as error:  # Pillow's decoders raise many kinds
        if _cut_off(error):
            reason = "it is truncated: its end is missing. Copy or download it again."
        else:
            reason = f"it is damaged ({error}). Copy or download it again."
        raise PhotoError(reason, path) from None


def _cut_off(error: Exception) -> bool:
    words = ("truncated", "unexpected end", "not enough", "eof")
    return isinstance(error, EOFError) or any(w in str(error).lower() for w in words)


def _channels(image: Image.Image) -> np.ndarray:
    """Turn a Pillow image of any mode into uint8 (row, column, 1 or 3)."""
    mode = image.mode
    if mode in ("I", "F") or mode.startswith("I;16"):
        values = np.asarray(image)
        if mode == "F" or values.min() < 0 or values.max() > 65535:
            reason = f"its pixels are numbers of an unknown range (mode {mode})"
            raise PhotoError(f"{reason}. Save it with 8 bits a channel.")
        return (values / 257).round().astype(np.uint8)[..., None]
    if mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        grey = mode in ("1", "L", "LA", "La")
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
        image = image.getchannel(0) if grey else image
    elif mode in ("1", "L"):
        image = image.convert("L")
    else:
        image = image.convert("RGB")
    array = np.array(image)  # a copy, so that it can be written to
    return array.reshape(*array.shape[:2], -1)


def _sized(photo: np.ndarray, name) -> np.ndarray:
    rows, columns = photo.shape[:2]
    if min(rows, columns) < MIN_SIDE:
        reason = f"it is only {columns} x {rows} pixels"
        raise PhotoError(f"{reason}; a photo needs {MIN_SIDE} on each side.", name)
    if rows * columns > MAX_PIXELS:
        _limit((columns, rows), name)
    return photo


def _foreign_size(file, path) -> tuple[int, int]:
    """Find (rows, columns) of a format that OpenCV reads and Pillow does not."""
    file.seek(0)
    head = file.read(4096)
    found = None
    if head.startswith(b"#?"):  # Radiance HDR
        found = re.search(rb"\n[-+]Y (\d{1,9}) [-+]X (\d{1,9})\n", head)
    elif head.startswith(b"P7\n"):  # portable arbitrary map
        rows = re.search(rb"\nHEIGHT (\d{1,9})\n", head)
        columns = re.search(rb"\nWIDTH (\d{1,9})\n", head)
        found = rows and columns and (0, rows[1], columns[1])
    elif head[:4] in (b"II*\0", b"MM\0*"):  # TIFF of a kind unknown to Pillow
        try:
            tags = TiffImagePlugin.ImageFileDirectory_v2(head[:8])
            file.seek(tags.next)
            tags.load(file)
            found = 0, tags[257], tags[256]
        except Exception:
            found = None
    if not found:
        raise PhotoError("it is no image that can be read. Save it as JPEG.", path)
    size = int(found[1]), int(found[2])
    _limit(size[::-1], path)
    return size


def _foreign(file, path) -> np.ndarray:
    _foreign_size(file, path)
    file.seek(0)
    data = np.frombuffer(BytesIO(file.read()).getbuffer(), np.uint8)
    try:
        image = cv2.imdecode(data, cv2.IMREAD_ANYCOLOR)
    except cv2.error:
        image = None
    if image is None:
        raise PhotoError("it is damaged. Save it again as JPEG or PNG.", path)
    return image[..., None] if image.ndim == 2 else image[..., ::-1].copy()


def _wrong_type(array: np.ndarray) -> str:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        return f"{bad:,} of its values are NaN or infinite. Find out where they arise."
    low, high = array.min(), array.max()
    what = f"a photo is uint8, 0 to 255; this is {array.dtype}, {low:g} to {high:g}."
    if array.dtype.kind == "b" or (0 <= low and high <= 1):
        return f"{what} Convert it: (255 * array).round().astype('uint8')."
    if 0 <= low and high <= 255:
        return f"{what} Convert it: array.round().astype('uint8')."
    return f"{what} Bring its values to 0..255, then .astype('uint8')."


def _wrong_shape(array: np.ndarray) -> str:
    what = f"a photo has the axes (row, column, channel); this has {array.shape}."
    if array.ndim == 4:
        return f"{what} Give the photos one by one."
    if array.ndim == 3 and array.shape[0] in (1, 3, 4):
        return f"{what} Move the channel: np.moveaxis(array, 0, -1)."
    return f"{what} It needs 1 (grey), 3 (RGB) or 4 (RGBA) channels."
