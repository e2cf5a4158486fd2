"""Omniglot: 964 characters of 30 alphabets, each drawn once by 20 people; Lake's runs.

Lake, Salakhutdinov, Tenenbaum, Science 350 (2015). A character takes the place of a
person: `Photos.people` numbers the characters, and their names are "Greek/character01".
The 20 runs are drawn from other alphabets and are for the report alone. Ink is white
and paper black, so that whatever moves in from outside of a drawing is paper.
"""

from typing import NamedTuple

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from helpers.disk.archives import MissingData, find_set
from helpers.sources.photos import Photos
from helpers.sources.reading import in_threads

SIDE = 105  # pixels of a drawing as it was published
DRAWERS = 20  # people, each of whom drew every character of an alphabet once
WAYS = 20  # characters in a run


class Run(NamedTuple):
    """One test of 20-way one-shot classification within an alphabet.

    Attributes:
        shown: uint8 (character, row, column, 1), each character once, by one person.
        asked: uint8 (trial, row, column, 1), by another person.
        answers: int (trial,), which of the characters it is.
    """

    shown: np.ndarray
    asked: np.ndarray
    answers: np.ndarray


def omniglot(size=SIDE):
    """Read the background set, on which networks are trained and choices are made.

    Args:
        size: side of the drawings in pixels; smaller ones are averages of areas.

    Returns:
        Photos of 964 characters with 20 drawings each, by drawer 0 to 19 in this order.

    Raises:
        MissingData: the set is nowhere, or not whole.
    """
    root = find_set("omniglot") / "images_background"
    folders = sorted(path for path in root.glob("*/*") if path.is_dir())
    names = tuple(f"{path.parent.name}/{path.name}" for path in folders)
    paths = [file for path in folders for file in sorted(path.glob("*.png"))]
    if len(folders) != 964 or len(paths) != 964 * DRAWERS:
        raise MissingData(
            f"{root} holds {len(paths):,} of 19,280 drawings: delete {root.parent} and "
            "run again."
        )
    files = tuple(str(path.relative_to(root)) for path in paths)
    people = np.repeat(np.arange(964), DRAWERS)
    return Photos(drawings(paths, size), people, names, files)


def drawings(paths, size=SIDE):
    """Read drawings by all cores: uint8 (drawing, size, size, 1), ink 255, paper 0.

    Raises:
        MissingData: one cannot be read.
    """

    def one(path):
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if image is None or image.shape != (SIDE, SIDE):
            raise MissingData(f"{path} is damaged: delete data/omniglot, run again.")
        return cv2.resize(255 - image, (size, size), interpolation=cv2.INTER_AREA)

    return np.stack(in_threads(one, paths))[..., None]


def alphabets(photos):
    """The number of each drawing's alphabet, in the order of their names.

    Returns:
        int (drawing,).
    """
    names = [name.partition("/")[0] for name in photos.names]
    _, numbers = np.unique(names, return_inverse=True)
    return numbers[photos.people]


def lake_runs(size=SIDE):
    """Lake's 20 fixed runs of 20 trials, from ten alphabets that nothing else shows.

    Args:
        size: as for `omniglot`.

    Raises:
        MissingData: the set is nowhere, or not whole.
    """
    root = find_set("omniglot") / "all_runs"
    runs = []
    for number in range(1, 21):
        labels = root / f"run{number:02}" / "class_labels.txt"
        try:
            lines = [line.split() for line in labels.read_text().splitlines()]
        except OSError:
            reason = f"{labels} is missing: delete data/omniglot and run again."
            raise MissingData(reason) from None
        asked = [root / test for test, _ in lines]
        shown = sorted({root / right for _, right in lines})
        answers = np.array([shown.index(root / right) for _, right in lines])
        runs.append(Run(drawings(shown, size), drawings(asked, size), answers))
    return runs


def draw_runs(photos, number, seed=0):
    """Draw runs like Lake's from alphabets of one's own choice, by any two drawers.

    Lake chose tidy drawers; any two are harder. On alphabets that are held out of the
    training, this is what choices are made with.

    Args:
        photos: drawings of `omniglot`, or some of its alphabets.
        number: of runs. seed: of the draws.

    Raises:
        ValueError: no alphabet has 20 characters.
    """
    rng, letters = np.random.default_rng(seed), np.unique(photos.people)
    alphabet = alphabets(photos)[[photos.of(letter)[0] for letter in letters]]
    large = [a for a in np.unique(alphabet) if (alphabet == a).sum() >= WAYS]
    if not large:
        raise ValueError(f"No alphabet has {WAYS} characters: give more of them.")
    runs = []
    for _ in range(number):
        chosen = rng.permutation(letters[alphabet == rng.choice(large)])[:WAYS]
        first, second = rng.permutation(DRAWERS)[:2]
        shown = [photos.of(letter)[first] for letter in chosen]
        answers = rng.permutation(WAYS)
        asked = [photos.of(chosen[answer])[second] for answer in answers]
        runs.append(Run(photos.images[shown], photos.images[asked], answers))
    return runs


def accuracy(similarity, runs):
    """Share of right answers in each run, each drawing matched by itself.

    Characters that tie for the most similar share the credit, so that a constant
    similarity gets 1 / 20 wherever the right answer stands.

    Args:
        similarity: function of two sets of drawings, (n, row, column, 1) and (m, ...),
            that returns (n, m), higher for more alike.
        runs: of `lake_runs` or `draw_runs`.

    Returns:
        float (run,), 0 to 1.

    >>> blank = np.zeros((20, 8, 8, 1), np.uint8)
    >>> runs = [Run(blank, blank, np.arange(20))]
    >>> accuracy(lambda asked, shown: np.zeros((20, 20)), runs)
    array([0.05])
    """
    tables = (similarity(run.asked, run.shown) for run in runs)
    return np.array([share_right(*pair) for pair in zip(tables, runs)])


def share_right(scores, run):
    """Share of right answers in one run, each drawing matched by itself.

    Args:
        scores: (trial, character), higher for more alike. run: the `Run` of them.
    """
    scores = np.asarray(scores)
    best = scores == scores.max(axis=1, keepdims=True)
    right = best[np.arange(len(run.answers)), run.answers]
    return float((right / best.sum(axis=1)).mean())


def share_right_jointly(scores, run):
    """Share of right answers in one run whose drawings are matched all at once.

    Each character is asked for once, so the best assignment of all twenty (the
    Hungarian method) knows more than twenty single answers. That is another, easier
    task: never put it beside `accuracy` without its name.

    Args:
        scores, run: as for `share_right`.

    >>> run = Run(np.zeros((2, 1)), np.zeros((2, 1)), np.array([0, 1]))
    >>> share_right_jointly([[9, 2], [8, 7]], run), share_right([[9, 2], [8, 7]], run)
    (1.0, 0.5)
    """
    trials, given = linear_sum_assignment(np.asarray(scores), maximize=True)
    return float((run.answers[trials] == given).mean())


def by_pixels(asked, shown):
    """The baseline of every report: minus the Euclidean distance of the pixels.

    Args:
        asked, shown: uint8 (n, row, column, 1) and (m, row, column, 1).

    Returns:
        float (n, m).
    """
    a, b = (x.reshape(len(x), -1).astype(np.float32) / 255 for x in (asked, shown))
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return -np.sqrt(np.maximum(squares, 0))
