"""Forgeries in a folder of classes: which files they are, and of whom.

They are known by the name of their folder, in three ways. FORGED is `forg`, `forged`,
`forgery` or `forgeries`, in small letters or capitals.

    NAME_FORGED/       beside NAME; also `NAME-FORGED`, `NAME FORGED`
    NAME/FORGED/       inside it; the genuine ones beside that folder, or in another one
    --forgeries PATH   a folder of its own, its sub-folders named NAME or as above

A folder of forgeries is no class of its own. Who is forged but has no genuine picture
is named and not used. No TensorFlow.
"""

import re
import unicodedata
from dataclasses import replace

import numpy as np

from helpers.sources import copies, folders
from helpers.sources.photos import Photos

FORGED = "forg|forged|forgery|forgeries"
BESIDE = re.compile(rf"(.+?)[ _-]+({FORGED})", re.IGNORECASE)
INSIDE = re.compile(FORGED, re.IGNORECASE)


def told_apart(root, tree=None):
    """The genuine and the forged files of a folder, by the names of its sub-folders.

    Args:
        root: `pathlib.Path` of the folder, which can be read.
        tree: of another one, whose sub-folders hold forgeries; or None.

    Returns:
        genuine, forged: dicts name -> paths of files, both by the names of the genuine
        ones; skipped: [(name, reason)] of what cannot be used.

    Raises:
        ValueError: no name in `tree` is one of `root`.
        PhotoError: as `folders.people_in`.
    """
    found, skipped = folders.people_in(root, passed=is_inside)
    genuine, forged = {}, []  # forged: (its folder, of whom, files)
    for entry, files in found:
        if whom := forged_in(entry.name):
            forged.append((entry.name, whom, files))
        else:
            genuine.setdefault(plain(entry.name), []).extend(files)
    for entry in folders.listed(root) or []:
        for one in filter(is_inside, folders.listed(entry) or []):
            files = folders.listed(one)
            if not files:
                skipped.append((f"{entry.name}/{one.name}", "the folder is empty."))
            forged.append((f"{entry.name}/{one.name}", plain(entry.name), files or []))
    if tree is not None:
        more, left = folders.people_in(tree)
        whose = [forged_in(entry.name) or plain(entry.name) for entry, _ in more]
        forged += [(str(entry), who, some) for who, (entry, some) in zip(whose, more)]
        skipped += [(str(tree / name), reason) for name, reason in left]
        if not set(whose) & set(genuine):
            first = f", the first is {more[0][0].name!r}" if more else ""
            raise ValueError(
                f"No sub-folder of {tree} is named like one of {root}{first}: name "
                "each like the folder with the genuine pictures."
            )
    known = {name: [] for name in genuine}
    for place, whom, files in forged:
        if whom in known:
            known[whom] += files
        else:
            reason = f"there is no folder of genuine pictures of {whom!r}: not used."
            skipped.append((place, reason))
    return genuine, {name: files for name, files in known.items() if files}, skipped


def plain(name):
    """A folder's name as it is compared: Unicode NFC."""
    return unicodedata.normalize("NFC", name)


def forged_in(name):
    """Whose forgeries a folder beside the genuine ones holds, or None.

    >>> forged_in("Ann_forg"), forged_in("Ann Lee-Forged"), forged_in("Ann")
    ('Ann', 'Ann Lee', None)
    """
    known = BESIDE.fullmatch(plain(name))
    return known and known[1]


def is_inside(path):
    """Whether a path in somebody's folder is the folder of forgeries."""
    return bool(INSIDE.fullmatch(path.name)) and folders.is_folder(path)


def beside(found, forged):
    """Number forgeries like the classes; what is a copy, or of no class, is left out.

    Returns:
        found, forged: `Photos`; what was left out is in `skipped` of the first, and
        the second is None where nothing is left.
    """
    if not len(forged):
        return replace(found, skipped=[*found.skipped, *forged.skipped]), None
    numbers = {name: number for number, name in enumerate(found.names)}
    people = np.array([numbers.get(forged.names[who], -1) for who in forged.people])
    images = np.concatenate([found.images, forged.images])
    first = copies.originals(images)[len(found) :]
    files, skipped = (*found.files, *forged.files), [*found.skipped, *forged.skipped]
    kept = (first == len(found) + np.arange(len(forged))) & (people >= 0)
    for n in np.flatnonzero(~kept):
        reason = "it is a forgery, and no genuine picture of that class is usable."
        if people[n] >= 0:
            genuine = ", which is genuine" * bool(first[n] < len(found))
            reason = f"it is the same picture as {files[first[n]]}{genuine}."
        skipped.append((forged.files[n], reason))
    left = [file for file, keep in zip(forged.files, kept) if keep]
    forged = Photos(forged.images[kept], people[kept], found.names, left)
    return replace(found, skipped=skipped), forged if len(forged) else None


def counted(found, forged):
    """How many classes have forgeries, and how many pictures are which, in words."""
    classes, with_them = (len(np.unique(some.people)) for some in (found, forged))
    return (
        f"{classes:,} classes, {with_them:,} with forgeries: {len(found):,} genuine, "
        f"{len(forged):,} forged."
    )
