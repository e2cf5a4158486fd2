"""Your own photos: a folder with one sub-folder a person. No TensorFlow."""

import os
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np

from helpers.disk.archives import MissingData
from helpers.sources.photos import PhotoError
from helpers.sources.reading import header_size, read_all


def folder(path, prepare=None, size=None, quiet=False):
    """Read your own photos: one sub-folder a person, named like the person.

    No file stops it: what cannot be used stands in `.skipped` with the reason, as do
    empty sub-folders. Hidden files and those that systems leave behind are passed over.
    Photos of different sizes are resized to fit one size, their border then repeated;
    where some are grey and some coloured all become RGB.

    Args:
        path: the folder with the sub-folders.
        prepare: called with each photo, uint8 (row, column, 1 or 3), from several
            threads at once; what it returns is kept in its place.
        size: (rows, columns) of all photos; by default the median of what was found,
            with its longer side at most 512 pixels.
        quiet: print nothing about what was read.

    Returns:
        Photos, people numbered in the order of their names (Unicode NFC).

    Raises:
        MissingData: the folder does not exist.
        PhotoError: it holds no usable photo; the sentence says why.

    >>> import tempfile, cv2; path = Path(tempfile.mkdtemp()); (path / "ann").mkdir()
    >>> cv2.imwrite(str(path / "ann" / "1.png"), np.zeros((30, 20, 3), "uint8"))
    True
    >>> folder(path)
    Your folder: 1 photo of 1 person. A pair of two people needs a second person; \
a pair of one person needs two photos of somebody.
    Photos(1 photo of 1 person, 30 x 20 x 3)
    """
    root = _checked_folder(path)
    paths, people, skipped = [], [], []
    names, folders = {}, {}  # name -> number of the person; place -> name
    for entry in listed(root):
        if not _is_folder(entry):
            skipped.append((entry.name, "it lies beside the people's folders."))
            continue
        first = folders.setdefault(os.path.realpath(entry), entry.name)
        inside = listed(entry)
        if first != entry.name:
            skipped.append((entry.name, f"it is the same folder as {first!r}."))
        elif inside is None:
            skipped.append((entry.name, "you may not read it. Change its permissions."))
        elif not inside:
            skipped.append((entry.name, "the folder is empty."))
        else:
            name = unicodedata.normalize("NFC", entry.name)
            paths += inside
            people += [names.setdefault(name, len(names))] * len(inside)
    files = [f"{path.parent.name}/{path.name}" for path in paths]
    photos = read_all(paths, files, people, tuple(names), prepare, size)
    skipped = [*photos.skipped, *skipped]
    for name, person in names.items():
        if person not in photos.people:
            skipped.append((name, "there is no usable photo of this person."))
    if not len(photos):
        raise PhotoError(_none_usable(root, skipped), root)
    photos = replace(photos.renumbered(), skipped=skipped)
    if not quiet:
        print(_summary(photos))
    return photos


def _checked_folder(path):
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise PhotoError("A folder is named by a text or a pathlib.Path.")
    root = Path(os.fsdecode(path))
    if _is_folder(root):
        if listed(root) is None:
            raise PhotoError("you may not read it. Change its permissions.", root)
        return root
    if not os.path.lexists(root):
        raise MissingData(f"There is no folder {root}. Check its spelling.")
    raise PhotoError("it is a file. Name the folder with the people's folders.", root)


def _is_folder(path):
    try:
        return path.is_dir()
    except OSError:
        return False


def listed(root):
    """The paths in a folder in natural order, without what systems leave behind.

    None where it cannot be read.
    """
    left = ("thumbs.db", "desktop.ini", "__macosx")
    try:
        entries = [p for p in root.iterdir() if not p.name.startswith(".")]
    except OSError:
        return None
    return sorted((p for p in entries if p.name.lower() not in left), key=_natural)


def _natural(path):
    """Sort 2 before 10, and the same name alike on every system."""
    words = re.split(r"(\d+)", unicodedata.normalize("NFC", path.name))
    return [int(word) if i % 2 else word for i, word in enumerate(words)], path.name


def _none_usable(root, skipped):
    remedy = "Put the photos of each person into a folder with the person's name."
    for path in root.iterdir():
        try:
            header_size(path)
            return f"its photos lie beside folders, not in them. {remedy}"
        except PhotoError:
            continue
    if not skipped:
        return f"it is empty. {remedy}"
    return f"no photo in it is usable; the first, {skipped[0][0]}: {skipped[0][1]}"


def _summary(photos):
    people, counts = np.unique(photos.people, return_counts=True)
    text = f"Your folder: {photos.count()}"
    if photos.skipped:
        text += f"; {len(photos.skipped):,} not usable, named in .skipped"
    text += "."
    needs = []
    if len(people) == 1:
        needs.append("a pair of two people needs a second person")
    if counts.max() == 1:
        needs.append("a pair of one person needs two photos of somebody")
    needs = "; ".join(needs)
    return f"{text} {needs[0].upper()}{needs[1:]}." if needs else text
