"""Sets of photos: ORL, LFW, your own folder, and splits that keep people apart.

A set is looked for under data/, then in the folder that the environment variable
COURSE_DATA names, then downloaded where that is possible. ORL needs none of these: it
lies in a package that the course installs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from helpers.disk.archives import MissingData, data_folder, is_here
from helpers.sources.folders import folder
from helpers.sources.lfw import lfw, lfw_files, lfw_pair_indices, lfw_pairs
from helpers.sources.orl import orl
from helpers.sources.photos import PhotoError, Photos, as_photo, fit
from helpers.sources.reading import read_photo

__all__ = [
    "MissingData",
    "PhotoError",
    "Photos",
    "as_photo",
    "data_folder",
    "fit",
    "folder",
    "folds",
    "is_here",
    "lfw",
    "lfw_files",
    "lfw_pair_indices",
    "lfw_pairs",
    "orl",
    "read_photo",
    "split",
]


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
