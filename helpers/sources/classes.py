"""Folders of pictures, one sub-folder a class: read, and divided. No TensorFlow.

A class takes the place of a person: `Photos.people` numbers the classes.
"""

import hashlib

import numpy as np

from helpers.sources import copies, folders, forgeries, pictures, writing
from helpers.sources.photos import PhotoError
from helpers.sources.reading import read_photo

LOOKED_AT = 200  # pictures by which size, colour and paper are chosen
SEEN = 4096  # pixels of a picture, about
FINE = 12800  # where there are forgeries, which shape does not tell but the stroke
GREY = 3  # of 255: what JPEG adds to the difference of channels
NAMED = 20  # files that could not be used and are printed
NEEDED = 6, 4  # classes, and how many of them with two pictures
PARTS = "train", "threshold", "test"


def read(path, how=None, quiet=False, tree=None):
    """Read a folder of classes, each picture as a tower takes it; copies are left out.

    Args:
        path: a folder with one sub-folder a class, as for `folders.folder`; those of
            forgeries are known by their names, see `forgeries`.
        how: shape, paper, trim and ink, as for `pictures.fit`; None lets `look` choose.
        quiet: print neither what was read nor what could not be used.
        tree: another folder, whose sub-folders hold forgeries; or None.

    Returns:
        `Photos` of the classes; `Photos` of their forgeries, people numbered alike, or
        None where there are none; and `how`.

    Raises:
        MissingData, PhotoError: as `folders.folder`. ValueError: as
        `forgeries.told_apart`.
    """
    root = folders.checked(path)
    tree = folders.checked(tree) if tree is not None else None
    genuine, forged, skipped = forgeries.told_apart(root, tree)
    how = how or look(root, tree)
    shape, paper, trim, ink = how

    def prepare(picture):
        lifted = writing.ink(picture) if ink else None
        if paper is not None and pictures.is_empty(picture, lifted):
            raise PhotoError("nothing is written or drawn on it.")
        return pictures.fit(lifted if ink else picture, shape, paper, trim)

    found = folders.read_people(root, genuine, skipped, prepare)
    folders.need_some(root, found)
    found = copies.left_out(found)
    if forged:
        forged = folders.read_people(root, forged, prepare=prepare)
        found, forged = forgeries.beside(found, forged)
    if not quiet:
        rows, columns, depth = found.images.shape[1:]
        print(
            f"{path}: {in_words(found)}, seen as {columns} x {rows} pixels in "
            f"{'grey' if depth == 1 else 'colour'}"
            f"{', the ink alone, without its paper' if how[-1] else ''}."
        )
        if forged:
            print(forgeries.counted(found, forged))
        if found.skipped:
            print(f"Not used: {len(found.skipped):,}")
        for file, reason in found.skipped[:NAMED]:
            print(f"  {file}: {reason}")
        if len(found.skipped) > NAMED:
            print(f"  and {len(found.skipped) - NAMED:,} more")
    return found, forged or None, how


def look(path, tree=None):
    """Choose size, colour and paper by some pictures of a folder.

    Args:
        path, tree: as for `read`.

    Returns:
        shape: (row, column, channel), as long as most pictures are, one channel if they
        are grey or written; of FINE pixels where there are forgeries, else SEEN. paper:
        0 if they are on plain paper, which then is 0 and ink 255 whichever it was; else
        None. trim: whether they are. ink: whether they are strokes and nothing else, of
        which then neither paper nor pen count.
    """
    genuine, forged, _ = forgeries.told_apart(folders.checked(path), tree)
    files = [file for some in genuine.values() for file in some]
    seen = []
    for file in files[:: -(-len(files) // LOOKED_AT) or 1]:
        try:
            seen.append(read_photo(file))
        except PhotoError:
            continue  # `folders.read_people` will say why
    if not seen:
        return (64, 64, 1), None, False, False
    ink = bool(np.mean(list(map(writing.is_written, seen))) > 0.5)
    if ink:
        seen = list(map(writing.ink, seen))
    paper = 0 if ink or pictures.paper_of(seen) is not None else None
    if paper is not None:
        seen = list(map(pictures.trimmed, seen))
    length = np.median([picture.shape[1] / picture.shape[0] for picture in seen])
    coloured = np.mean([is_coloured(picture) for picture in seen]) > 0.05
    size = size_for(length, FINE if forged else SEEN)
    shape = *size, 3 if coloured else 1
    return shape, paper, paper is not None, ink


def size_for(length, pixels=SEEN):
    """Rows and columns for pictures of a length: multiples of 16, about so many pixels.

    Args:
        length: columns / rows.

    >>> size_for(1.0), size_for(2.1), size_for(4.0), size_for(0.5)
    ((64, 64), (48, 96), (32, 128), (96, 48))
    >>> size_for(2.1, FINE)
    (80, 160)
    """
    longer, side = np.sqrt(np.clip(length, 1 / 16, 16)), np.sqrt(pixels) / 16
    return 16 * round(side / longer), 16 * round(side * longer)


def is_coloured(picture):
    """Whether the channels of a picture differ, on average by more than GREY.

    >>> is_coloured(np.full((20, 20, 3), 99, np.uint8))
    False
    """
    return float(np.ptp(picture.astype(np.int16), axis=2).mean()) > GREY


def marks(images):
    """A short text for each picture: equal pictures have equal ones.

    >>> a, b, c = marks(np.array([[0, 1], [0, 1], [1, 0]], np.uint8)); a == b, a == c
    (True, False)
    """
    return [hashlib.blake2b(i.tobytes(), digest_size=6).hexdigest() for i in images]


def in_words(found):
    """How many pictures of how many classes these are."""
    classes = len(np.unique(found.people))
    counts = (len(found), "picture", "s"), (classes, "class", "es")
    return " of ".join(f"{n:,} {one}{more * (n != 1)}" for n, one, more in counts)


def apart(found, seed=0, forged=None):
    """Divide classes by lot: to learn from, for the threshold, and for the test.

    Args:
        found: `Photos` of all classes. seed: of the lot.
        forged: of forgeries, or None; each part gets its share of the classes with.

    Returns:
        dict of `Photos` by PARTS, with no class in two, numbers unchanged. The last two
        have a fifth of the classes each, at least two, all with two pictures or more;
        classes with one picture are learned from.

    Raises:
        ValueError: there are too few classes.
    """
    classes, counts = np.unique(found.people, return_counts=True)
    lot = np.random.default_rng(seed).permutation(classes)
    paired = lot[np.isin(lot, classes[counts >= 2])]
    if forged is not None:
        paired = mixed(paired, np.isin(paired, forged.people))
    if len(classes) < NEEDED[0] or len(paired) < NEEDED[1]:
        raise ValueError(
            f"{len(classes)} classes, {len(paired)} of them with two pictures, are too "
            f"few: {NEEDED[0]} are needed, {NEEDED[1]} of them with two different "
            "pictures, to learn from some, set the threshold on others and test on yet "
            "others. Add sub-folders with pictures."
        )
    size = max(2, min(round(len(classes) / 5), len(paired) // 3))
    test, threshold = paired[:size], paired[size : 2 * size]
    train = np.setdiff1d(classes, [*test, *threshold])
    for one, other in ((train, test), (train, threshold), (threshold, test)):
        assert not set(one) & set(other), "a class is in two parts"
    return dict(zip(PARTS, map(found.only, (train, threshold, test))))


def mixed(lot, marked):
    """The same lot, the marked ones spread over it evenly.

    >>> mixed(np.arange(6), np.array([1, 1, 0, 0, 0, 0], bool)).tolist()
    [2, 0, 3, 4, 1, 5]
    """
    place = np.empty(len(lot))
    for some in (marked, ~marked):
        place[some] = (np.arange(some.sum()) + 0.5) / max(1, some.sum())
    return lot[np.argsort(place, kind="stable")]


def divided(parts):
    """How many pictures of how many classes each part has, in words."""
    use = dict(zip(PARTS, ("learned from", "for the threshold", "for the test")))
    return ", ".join(f"{in_words(part)} {use[name]}" for name, part in parts.items())


def known(part):
    """The classes of a part by name, with marks of five pictures to know them again."""
    return {
        part.names[one]: marks(part.images[part.of(one)[:5]])
        for one in np.unique(part.people)
    }


def unseen(found, parts):
    """The classes of a folder on which a verifier was neither trained nor set.

    A class is known again by a picture, whatever its name. If any is, this is the
    folder of the training, and names count too: a class may have got new pictures.

    Args:
        found: `Photos` of the size of the training.
        parts: for each of PARTS what `known` returned; empty for other verifiers.

    Returns:
        `Photos` of the unseen classes, and whether this is the folder of the training.
    """
    here = np.array(marks(found.images))
    shown = [mark for part in parts.values() for some in part.values() for mark in some]
    same_folder = bool(np.isin(here, shown).any())
    spent = [parts[part] for part in PARTS[:2] if part in parts]
    marked = [mark for part in spent for some in part.values() for mark in some]
    out = set(found.people[np.isin(here, marked)])
    if same_folder:
        names = [name for part in spent for name in part]
        out |= {number for number, name in enumerate(found.names) if name in names}
    return found.take(~np.isin(found.people, list(out))), same_folder
