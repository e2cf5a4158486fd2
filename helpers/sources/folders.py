"""Your own photos: a folder with one sub-folder a person. No TensorFlow."""

import os
import re
import unicodedata
from dataclasses import replace

import numpy as np

from helpers.disk.archives import MissingData
from helpers.sources.photos import PhotoError
from helpers.sources.reading import header_size, local, read_all

LEFT = {
    "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "__macosx", "icon\r",
    "system volume information", "lost+found", "@eadir", "#recycle", "@recycle",
    "#snapshot", "picasa.ini",
}  # fmt: skip

PARTS = {
    "train", "training", "val", "valid", "validation", "dev", "test", "testing", "eval",
    "gallery", "probe", "query", "seen", "unseen", "genuine", "forged", "forgeries",
}  # fmt: skip


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
        PhotoError: it holds no usable photo, or photos on another level; the sentence
            says why.

    >>> import cv2, pathlib, tempfile; path = pathlib.Path(tempfile.mkdtemp())
    >>> (path / "ann").mkdir()
    >>> cv2.imwrite(str(path / "ann" / "1.png"), np.zeros((30, 20, 3), "uint8"))
    True
    >>> folder(path)
    Your folder: 1 photo of 1 person. A pair of two people needs a second person; \
a pair of one person needs two photos of somebody.
    Photos(1 photo of 1 person, 30 x 20 x 3)
    """
    root = checked(path)
    found, skipped = people_in(root)
    named = {}
    for entry, inside in found:
        named.setdefault(unicodedata.normalize("NFC", entry.name), []).extend(inside)
    photos = read_people(root, named, skipped, prepare, size)
    need_some(root, photos)
    if not quiet:
        print(_summary(photos))
    return photos


def read_people(root, named, skipped=(), prepare=None, size=None):
    """Read the photos of people whose files are known, as `folder` does.

    Args:
        root: `pathlib.Path` of the folder, for the names of files.
        named: dict name -> paths of files.
        skipped: (name, reason) of what is known to be unusable.
        prepare, size: as for `folder`.
    """
    paths = [path for some in named.values() for path in some]
    people = [n for n, some in enumerate(named.values()) for _ in some]
    inside = [
        path.relative_to(root) if root in path.parents else path for path in paths
    ]
    files = [path.as_posix() for path in inside]
    photos = read_all(paths, files, people, tuple(named), prepare, size)
    skipped = [*photos.skipped, *skipped]
    for person, name in enumerate(named):
        if person not in photos.people:
            skipped.append((name, "there is no usable photo of this person."))
    return replace(photos.renumbered(), skipped=skipped)


def need_some(root, photos):
    """Say why there is no photo, where there is none."""
    if not len(photos):
        raise PhotoError(_none_usable(root, photos.skipped), root)


def people_in(root, passed=None):
    """The files of each person, in the person's folder or in the folders inside it.

    Photos lie one level deeper where a person has a folder for each session. Folders
    called train and test, or folders with one person's folders in each, may mean
    something else, and are not guessed.

    Args:
        root: a `pathlib.Path` that can be read.
        passed: function of a path in a person's folder: whether to pass it over.

    Returns:
        [(a person's folder, paths of files)], and (name, reason) of what is no person.

    Raises:
        PhotoError: the people's folders lie one level deeper; it names the path.
    """
    found, deep, skipped, first = [], {}, [], {}  # first: place -> name
    for entry in listed(root) or []:
        if not is_folder(entry):
            skipped.append((entry.name, "it lies beside the people's folders."))
            continue
        known = first.setdefault(os.path.realpath(entry), entry.name)
        inside = listed(entry)
        if inside and passed:
            inside = [path for path in inside if not passed(path)]
        folders = [path for path in inside or [] if is_folder(path)]
        if known != entry.name:
            skipped.append((entry.name, f"it is the same folder as {known!r}."))
        elif inside is None:
            skipped.append((entry.name, "you may not read it. Change its permissions."))
        elif not inside:
            skipped.append((entry.name, "the folder is empty."))
        elif len(folders) == len(inside):
            deep[entry] = folders
            found.append(
                (entry, [file for one in folders for file in listed(one) or []])
            )
        else:
            what = "a folder inside a person's: its photos belong beside the others."
            skipped += [
                (f"{entry.name}/{one.name}", f"it is {what}") for one in folders
            ]
            found.append((entry, [path for path in inside if path not in folders]))
    if deep and len(deep) == len(found):
        _check_level(root, deep)
    return found, skipped


def _check_level(root, deep):
    """Refuse folders of folders where it is open which of the two are people."""
    names = [one.name for folders in deep.values() for one in folders]
    top = next((entry for entry in deep if "train" in entry.name.lower()), [*deep][0])
    parts = all(entry.name.lower() in PARTS for entry in deep)
    if not parts and len(set(names)) < len(names):  # sessions, for several people alike
        return
    what = "are parts of a set" if parts else "may be people, or groups of people"
    else_ = "" if parts else ", or put the photos of each person into one folder"
    raise PhotoError(
        f"its photos lie one level deeper, as in {top.name}/{deep[top][0].name}, and "
        f"{top.name!r} and its like {what}. Name one of them, {root / top}{else_}.",
        root,
    )


def checked(path):
    """The `pathlib.Path` of a folder that can be read, or a sentence why it cannot."""
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise PhotoError("A folder is named by a text or a pathlib.Path.")
    root = local(path)
    if is_folder(root):
        if listed(root) is None:
            raise PhotoError("you may not read it. Change its permissions.", root)
        return root
    if not os.path.lexists(root):
        raise MissingData(f"There is no folder {root}. Check its spelling.")
    raise PhotoError("it is a file. Name the folder with the people's folders.", root)


def is_folder(path):
    """Whether a path is a folder, or a link to one."""
    try:
        return path.is_dir()
    except OSError:
        return False


def listed(root):
    """The paths in a folder in natural order, without what systems leave behind.

    None where it cannot be read.
    """
    try:
        entries = [path for path in root.iterdir() if not _is_left(path.name.lower())]
    except OSError:
        return None
    return sorted(entries, key=_natural)


def _is_left(name):
    """Whether a system left this behind: Windows, macOS, or a store in the network."""
    return name in LEFT or name.startswith(".") or name.endswith("zone.identifier")


def _natural(path):
    """Sort 2 before 10, and the same name alike on every system."""
    words = re.split(r"(\d+)", unicodedata.normalize("NFC", path.name))
    return [int(word) if i % 2 else word for i, word in enumerate(words)], path.name


def _none_usable(root, skipped):
    remedy = "Put the photos of each person into a folder with the person's name."
    folders = any(map(is_folder, listed(root)))
    for path in root.iterdir():
        try:
            header_size(path)
            what = (
                "beside folders, not in them"
                if folders
                else "in it, not in folders of people"
            )
            return f"its photos lie {what}. {remedy}"
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
