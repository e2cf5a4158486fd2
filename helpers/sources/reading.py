"""Reading photos from files of any format, one by one or thousands in parallel."""

import os
import re
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np
import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from helpers.sources.foreign import decode_foreign, foreign_size
from helpers.sources.photos import PhotoError, Photos, as_photo, channels, fit

pillow_heif.register_heif_opener()  # from now on Pillow reads HEIC
MAX_PIXELS = 50_000_000  # more than this is refused before it is decoded
MIN_SIDE = 16  # pixels; nothing smaller shows a face
LARGEST = 512  # pixels; of photos kept whole, longer sides are made smaller
_HEADER = threading.Lock()  # filters of warnings are shared by all threads


def read_photo(path):
    """Read one photo from a file in any format that Pillow or OpenCV reads, and HEIC.

    Grey stays one channel; palettes, CMYK and the like become RGB; 16 bits become 8;
    transparent parts become white (black where that would hide the rest); an animation
    gives its first picture; the turn that a camera notes in EXIF is carried out.

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
            return decode(file, path)
    except OSError as error:
        raise PhotoError(_why(error), path) from None


def decode(file, name="the photo"):
    """Read one photo from an open binary file, as `read_photo` does.

    Args:
        file: it can seek. name: what an error calls the photo.

    >>> import io; decode(io.BytesIO(b"no photo"), "me.jpg")
    Traceback (most recent call last):
    ...
    helpers.sources.photos.PhotoError: Cannot use me.jpg: it is no image that can ...
    """
    image = _open(file, name)
    if image is None:
        _limit(foreign_size(file, name)[::-1], name)
        return _large_enough(decode_foreign(file, name), name)
    try:
        image.load()
        _limit(image.size, name)  # an icon tells its true size only now
        if _orientation(image) > 1:
            for note in ("exif", "Raw profile type exif"):  # read, and not rewritten
                image.info.pop(note, None)
            ImageOps.exif_transpose(image, in_place=True)
        return _large_enough(channels(image), name)
    except PhotoError as error:
        raise PhotoError(error.reason, name) from None
    except MemoryError:
        raise PhotoError("it needs more memory than there is.", name) from None
    except Exception as error:  # Pillow's decoders raise many kinds
        raise PhotoError(_damage(error), name) from None


def opened(photo, number=None):
    """A photo, whether a path or an array names it, and what an error calls it.

    Args:
        photo: a path, a Pillow image, or an array as for `as_photo`.
        number: of the photo among several, or None.

    Returns:
        uint8 (row, column, channel), and its name.

    Raises:
        PhotoError: it is no photo, or too small.
    """
    if isinstance(photo, str | os.PathLike):
        return read_photo(photo), str(photo)
    name = "the photo" if number is None else f"photo {number}"
    return _large_enough(as_photo(photo, name), name), name


def _large_enough(photo, name):
    rows, columns = photo.shape[:2]
    if min(rows, columns) < MIN_SIDE:
        reason = f"it is only {columns} x {rows} pixels"
        raise PhotoError(f"{reason}; a photo needs {MIN_SIDE} on each side.", name)
    return photo


def header_size(path):
    """Return (rows, columns) of a photo from its header alone.

    Raises:
        PhotoError: as `read_photo`, but a photo that is cut off goes unnoticed.

    >>> import tempfile; path = Path(tempfile.mkdtemp()) / "dark.png"
    >>> Image.new("RGB", (20, 30)).save(path); header_size(path)
    (30, 20)
    """
    path = _checked_path(path)
    try:
        with open(path, "rb") as file:
            image = _open(file, path)
            if image is None:
                size = foreign_size(file, path)
                _limit(size[::-1], path)
                return size
            # a PNG may tell its turn at its end only: it counts as not turned here
            turned = image.format != "PNG" and _orientation(image) > 4
            return image.size if turned else image.size[::-1]
    except OSError as error:
        raise PhotoError(_why(error), path) from None


def read_all(paths, files, people, names, prepare=None, size=None):
    """Read photos in parallel and bring them to one size and number of channels.

    Args:
        paths: where each photo is.
        files: how each is called in the result.
        people: for each photo the number of its person.
        names: of the people.
        prepare: called with each photo; where it raises ValueError (no face, say) the
            photo is skipped.
        size: (rows, columns) of the result; by default the median size.

    Returns:
        Photos, with what could not be read in `skipped`.
    """
    if prepare is None and size is None:
        size = _median_size(paths)

    def one(path):
        try:
            photo = read_photo(path)
            if prepare is not None:
                photo = as_photo(prepare(photo))
            return photo if size is None else fit(photo, size)
        except ValueError as error:
            return getattr(error, "reason", str(error))

    results = in_threads(one, paths)
    good = [i for i, result in enumerate(results) if not isinstance(result, str)]
    skipped = [(files[i], r) for i, r in enumerate(results) if isinstance(r, str)]
    numbers = np.asarray(people, np.int64)[good]
    images = _stack([results[i] for i in good])
    return Photos(images, numbers, names, [files[i] for i in good], skipped)


def in_threads(function, items):
    """`[function(item) for item in items]`, on all cores; OpenCV sets Python free."""
    if len(items) == 1:
        return [function(items[0])]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(function, items))


def _stack(images):
    """Put photos of any sizes into one array (photo, row, column, channel)."""
    if not images:
        return np.zeros((0, MIN_SIDE, MIN_SIDE, 1), np.uint8)
    sizes = [image.shape[:2] for image in images]
    size = sizes[0] if len(set(sizes)) == 1 else _round(np.median(sizes, axis=0))
    depth = max(image.shape[2] for image in images)
    stacked = np.empty((len(images), *size, depth), np.uint8)
    for i, image in enumerate(images):
        stacked[i] = fit(image, size)  # grey is repeated in three channels
    return stacked


def _median_size(paths):
    sizes = []
    for path in paths:
        try:
            sizes.append(header_size(path))
        except PhotoError:
            continue  # read_photo will say why
    if not sizes:
        return MIN_SIDE, MIN_SIDE
    size = np.median(sizes, axis=0)
    return _round(size * min(1, LARGEST / size.max()))


def _round(size):
    return max(MIN_SIDE, round(size[0])), max(MIN_SIDE, round(size[1]))


def is_address(text):
    """Whether a text is an address in the network, as rtsp://...; file:// is none.

    >>> is_address("https://example.org/me.jpg"), is_address("file:///me.jpg")
    (True, False)
    """
    scheme = re.match(r"([a-z][\w+.-]+)://", text, re.IGNORECASE)
    return bool(scheme) and scheme[1].lower() != "file"


def local(path):
    """A path as people write it: `~` is the home, `file://` what a browser copies.

    Args:
        path: text, bytes or `Path`.

    Raises:
        PhotoError: it is an address in the network.

    >>> local("file:///tmp/my%20photo.jpg").as_posix()
    '/tmp/my photo.jpg'
    """
    text = os.fsdecode(path)
    if text.lower().startswith("file://"):
        text = url2pathname(urlsplit(text).path)
    elif is_address(text):
        reason = "it is an address, not a file. Save it on this computer first."
        raise PhotoError(reason, text)
    return Path(text if os.path.lexists(text) else os.path.expanduser(text))


def _checked_path(path):
    if not isinstance(path, str | os.PathLike):
        reason = f"a path is a text or a pathlib.Path, not {type(path).__name__}."
        raise PhotoError(f"{reason} For an array use as_photo(array).", "this")
    if not os.fspath(path):
        raise PhotoError("The path of the photo is empty; name a file.")
    path = local(path)
    try:
        if path.is_dir():
            reason = "it is a folder. Name one photo in it."
        elif not path.exists() and path.is_symlink():
            reason = "it is a link that leads nowhere. Remove it."
        elif not path.exists():
            reason = "there is no such file. Check its spelling and its folder."
        elif not path.is_file():
            reason = "it is no ordinary file. Name a photo."
        elif path.stat().st_size == 0:
            reason = "it is empty (0 bytes). Copy or download it again."
        else:
            return path
    except OSError as error:  # a name too long, a folder that may not be read
        reason = _why(error)
    name = str(path) if len(str(path)) < 200 else f"...{str(path)[-100:]}"
    raise PhotoError(reason, name if name.isprintable() else repr(name))


def _why(error):
    if isinstance(error, PermissionError):
        return "you may not read it. Change its permissions."
    return f"it cannot be read ({error.strerror or error}). Check it or copy it again."


def _open(file, path):
    """Open a photo without decoding it; None where Pillow does not know the format."""
    try:
        with _HEADER, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(file)
    except UnidentifiedImageError:
        return None
    except Image.DecompressionBombError:
        reason = "it has more than 178 million pixels; 50 million are the limit"
        raise PhotoError(f"{reason}. Make it smaller first.", path) from None
    except Exception as error:  # a broken header
        raise PhotoError(_damage(error), path) from None
    _limit(image.size, path)
    if image.format == "EPS":  # decoding it would run another program
        raise PhotoError("it is a PostScript drawing. Save it as PNG.", path)
    return image


def _orientation(image):
    """Return the turn that a camera noted: 1 upright, 2 to 8 as EXIF numbers them."""
    with _HEADER, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return int(image.getexif().get(0x0112, 1))
        except Exception:  # a note that cannot be read is no reason to lose the photo
            return 1


def _limit(size, path):
    """Refuse a photo of more than MAX_PIXELS; size is (columns, rows)."""
    if size[0] * size[1] > MAX_PIXELS:
        reason = f"it has {size[0]:,} x {size[1]:,} pixels; 50 million are the limit"
        raise PhotoError(f"{reason}. Make it smaller first.", path)


def _damage(error):
    what = " ".join(str(error).split())[:80]
    signs = ("truncated", "unexpected end", "not enough image data", "eof")
    if isinstance(error, EOFError) or any(sign in what.lower() for sign in signs):
        return "it is truncated: its end is missing. Copy or download it again."
    return f"it is damaged ({what}). Copy or download it again."
