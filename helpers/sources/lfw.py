"""Labeled Faces in the Wild: photos of strangers, and the protocol that tests on them.

Huang, Ramesh, Berg, Learned-Miller, UMass TR 07-49, 2007. Train on the people of
peopleDevTrain, choose among them, report on the pairs of pairsDevTest.
"""

import os
from pathlib import Path

import numpy as np

from helpers.disk.archives import MissingData, find_set
from helpers.sources.reading import read_all

LFW_PEOPLE, LFW_PHOTOS = 5749, 13233
LFW_SETS = ("peopleDevTrain", "peopleDevTest", "all")
LFW_PAIRS = ("pairsDevTrain", "pairsDevTest", "pairs")
TEST_PEOPLE = Path(__file__).with_name("lfw_test_people.txt")


def lfw(subset="peopleDevTrain", prepare=None, quiet=False):
    """Read photos of Labeled Faces in the Wild, 250 x 250, colour.

    Args:
        subset: "peopleDevTrain" (9,525 photos of 4,038 people), "peopleDevTest" (3,708
            of 1,711 others), "all", or a list of pairs: "pairsDevTrain",
            "pairsDevTest", "pairs" for the photos that occur in them.
        prepare: called with each photo, uint8 (row, column, 3), from several threads
            at once; what it returns, uint8 (row, column, channel), is kept in its
            place. Where it raises ValueError (no face, say) the photo is skipped. Use
            it: 13,233 photos of full size take 2.5 GB, and as much again while reading.
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
    photos = read_all(
        paths, files, people, names, prepare, None if prepare else (250, 250)
    )
    if not quiet:
        folder = paths[0].parent.parent.name
        kinds = {"lfw-deepfunneled": "deep-funneled", "lfw_funneled": "funneled only"}
        kind = kinds.get(folder, f"aligned as in {folder}")
        skipped = f"; {len(photos.skipped)} skipped" if photos.skipped else ""
        print(f"LFW ({subset}, {kind}): {photos.count()}{skipped}.")
    return photos


def lfw_files(subset="all"):
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
    test = set(lfw_test_people())
    wanted = {"all": (0, 1), "peopleDevTrain": (0,), "peopleDevTest": (1,)}[subset]
    people = [i for i in range(len(names)) if (i in test) in wanted]
    paths = [path for i in people for path in photos[i]]
    numbers = np.repeat(people, [len(photos[i]) for i in people])
    return paths, numbers.astype(np.int64), names


def lfw_test_people():
    """The numbers of the 1,711 people of peopleDevTest, int64 (person,).

    All others are peopleDevTrain; numbers are places among the names of all people in
    alphabetical order. LFW itself need not be here.
    """
    return np.loadtxt(TEST_PEOPLE, np.int64)


def lfw_pairs(subset="pairsDevTest"):
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
    path, lines = _protocol(subset)
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
        raise MissingData(f"{path} is cut off. Delete it and run again.")
    return pairs


def lfw_folds():
    """Read which of View 2's ten folds each of the 5,749 people belongs to.

    Returns:
        dict: name -> fold, 0 to 9.

    Raises:
        MissingData: LFW or its people.txt, which scikit-learn's download lacks, is not
            on this machine.
    """
    path, lines = _protocol("people")
    folds_, rest = {}, lines[1:]
    for fold in range(int(lines[0])):
        count = int(rest[0])
        folds_ |= {line.split("\t")[0]: fold for line in rest[1 : count + 1]}
        rest = rest[count + 1 :]
    if len(folds_) != LFW_PEOPLE:
        raise MissingData(f"{path} is cut off. Delete it and run again.")
    return folds_


def _protocol(name):
    """The path and the lines of a file of LFW's protocol, which lies beside the set."""
    root = _lfw_root()
    places = [root.parent / "lfw-meta", root.parent, root]
    found = [place / f"{name}.txt" for place in places]
    found = [path for path in found if path.is_file()]
    if not found:
        raise MissingData(f"{name}.txt is not beside {root}. Put it there.")
    return found[0], found[0].read_text(encoding="utf-8").splitlines()


def lfw_pair_indices(photos, pairs):
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
        two = [place.get(_lfw_file(*pair[n : n + 2])) for n in (0, 2)]
        if None not in two:
            rows.append((*two, pair[4], k))
    first, second, same, kept = np.array(rows, np.int64).reshape(-1, 4).T
    return first, second, same.astype(bool), kept


def _lfw_file(name, number):
    return f"{name}/{name}_{number:04d}.jpg"


def _lfw_root():
    """Find the folder with one folder a person."""
    root = find_set("lfw")
    for place in (root, *sorted(p for p in root.iterdir() if p.is_dir())):
        if (place / "George_W_Bush").is_dir():
            return place
    raise MissingData(f"{root} does not hold LFW. Delete it and run again.")
