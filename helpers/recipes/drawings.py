"""Drawings of characters: batches of look-alikes, varied as another hand would draw.

A character that is turned by a quarter or mirrored is another character: eight from
one. All of a batch's characters of one alphabet are turned alike, so that no character
meets its own mirror image under another name. No TensorFlow.
"""

import functools
import math

import cv2
import numpy as np

from helpers.pairs import to_float
from helpers.sources.omniglot import alphabets

ORIENTATIONS = 8


def turned(drawing, orientation):
    """Turn a drawing by quarters, and mirror it: eight characters from one.

    Args:
        drawing: (..., row, column), square; several are turned alike.
        orientation: 0 as it is, 1 to 3 quarters to the left, 4 to 7 mirrored too.

    >>> turned(np.array([[1, 2], [3, 4]]), 5).tolist()
    [[4, 2], [3, 1]]
    """
    drawing = np.rot90(drawing, orientation % 4, axes=(-2, -1))
    return drawing[..., ::-1] if orientation >= 4 else drawing


def distort(drawing, rng):
    """The affine distortions of the paper: to turn, shear, scale and shift.

    A square drawing, uint8 (row, column), 0 paper to 255 ink, becomes float32 in 0..1.
    Each of the seven enters half of the time. Source: Koch, Zemel, Salakhutdinov
    (2015), section 3.2: up to 10 degrees, shears to 0.3, scales 0.8 to 1.2, shifts of 2
    of 105 pixels.

    >>> distort(np.eye(32, dtype=np.uint8) * 255, np.random.default_rng(0)).shape
    (32, 32)
    """
    turn, shear_x, shear_y, wide, high, right, down = (
        rng.uniform(-1, 1, 7) * (np.pi / 18, 0.3, 0.3, 0.2, 0.2, 2 / 105, 2 / 105)
        * (rng.random(7) < 0.5)
    )  # fmt: skip
    cos, sin = np.cos(turn), np.sin(turn)
    turned = np.array([[cos, -sin], [sin, cos]]) @ [[1, shear_x], [shear_y, 1]]
    turned = turned @ np.diag([1 + wide, 1 + high])
    side = len(drawing)
    middle = np.full(2, (side - 1) / 2)
    shift = middle + side * np.array([right, down]) - turned @ middle
    where = np.column_stack([turned, shift])
    moved = cv2.warpAffine(np.ascontiguousarray(drawing), where, (side, side))
    return to_float(moved)


def wobble(shape, rng, strength=1.0):
    """Where each pixel of a varied picture is taken from: an affine map, then waves.

    Args:
        shape: (rows, columns, ...) of the picture.
        rng: `numpy.random.Generator`.
        strength: 1 turns by about 7 degrees, shears and stretches by 10 %, shifts by
            4 %, and moves single strokes by 2 % of the longer side; 0 changes nothing.

    Returns:
        float32 (row, column, 2), columns and rows, for `cv2.remap`.

    Source: Simard, Steinkraus, Platt (2003) for the waves.
    """
    rows, columns = shape[:2]
    side = max(rows, columns)
    turn, shear = strength * rng.standard_normal(2) * (0.12, 0.10)
    wide, high = np.exp(strength * rng.normal(0, 0.10, 2)).tolist()
    right, down = strength * rng.normal(0, 0.04 * side, 2)
    waves = strength * rng.normal(0, 0.02 * side, (5, 5, 2))
    cos, sin = math.cos(turn), math.sin(turn)
    affine = [
        [cos * wide, -sin * high],
        [(sin + shear) * wide, cos * high],
        [right + (columns - 1) / 2, down + (rows - 1) / 2],
    ]
    places = _grid(rows, columns) @ np.array(affine, np.float32)  # (row, column, 2)
    way = {"interpolation": cv2.INTER_CUBIC}
    waves = cv2.resize(waves.astype(np.float32), (side, side), **way)
    left, top = (side - columns) // 2, (side - rows) // 2
    return places + waves[top : top + rows, left : left + columns]


@functools.cache
def _grid(rows, columns):
    """Column, row, 1 of each pixel, float32 (row, column, 3), 0 being the middle."""
    right, down = (np.arange(n) - (n - 1) / 2 for n in (columns, rows))
    places = *np.meshgrid(right, down), np.ones((rows, columns))
    return np.dstack(places).astype(np.float32)


def ink(drawing, rng, strength=1.0):
    """Another pen, blunter half of the time, and more or less ink; float, 1 is ink."""
    if rng.random() < 0.5 * strength:
        blunt = rng.uniform(0.3, 1.0) * len(drawing) / 48  # of a pixel
        drawing = cv2.GaussianBlur(drawing, (0, 0), blunt)
    return np.clip(drawing * math.exp(strength * rng.normal(0.1, 0.35)), 0, 1)


def vary(drawing, rng, strength=1.0):
    """One drawing as another hand and another pen would have made it; as `distort`.

    >>> drawing = np.eye(48, dtype=np.uint8) * 255
    >>> bool((vary(drawing, np.random.default_rng(0), strength=0) == np.eye(48)).all())
    True
    """
    places = wobble(drawing.shape, rng, strength)
    moved = cv2.remap(np.ascontiguousarray(drawing), places, None, cv2.INTER_LINEAR)
    return ink(to_float(moved), rng, strength)


def draw_characters(alphabet, n_characters, n_alphabets, rng, orientations=8):
    """Draw the characters of a batch: many of few alphabets, since those look alike.

    Alphabets are drawn by the square root of their size. Where one has too few
    characters, another one fills up.

    Args:
        alphabet: int (character,), the alphabet of each.
        n_characters: how many different ones the batch shows.
        n_alphabets: from how many alphabets, if they are large enough.
        orientations: 1 leaves them as they are.

    Returns:
        characters int (n_characters,), their orientations int (n_characters,).

    >>> alphabet = np.repeat([0, 1, 2], 10)
    >>> chosen, _ = draw_characters(alphabet, 8, 2, np.random.default_rng(0))
    >>> sorted(np.unique(alphabet[chosen], return_counts=True)[1].tolist())
    [4, 4]
    """
    known, sizes = np.unique(alphabet, return_counts=True)
    if n_characters > sizes.sum():
        raise ValueError(
            f"A batch of {n_characters} characters needs as many; there are "
            f"{sizes.sum()}. Make the batch smaller or add alphabets."
        )
    chance = np.sqrt(sizes) / np.sqrt(sizes).sum()
    characters, turns = [], []
    for one in rng.choice(known, len(known), replace=False, p=chance):
        wanted = min(-(-n_characters // n_alphabets), n_characters - len(characters))
        drawn = rng.permutation(np.flatnonzero(alphabet == one))[:wanted]
        characters += drawn.tolist()
        turns += [rng.integers(orientations)] * len(drawn)
    return np.array(characters), np.array(turns)


def batches(photos, n_characters=32, n_drawers=4, n_alphabets=2, seed=0, change=vary,
            orientations=ORIENTATIONS):  # fmt: skip
    """How batch number `step` of a training is made: always the same for the same seed.

    Args:
        photos: drawings of `omniglot`, or some of its alphabets.
        n_characters, n_drawers: so many characters, each by so many people.
        n_alphabets, orientations: as for `draw_characters`.
        change: a function like `vary` of a drawing and a generator.

    Returns:
        A function of the step, for `pairs.stream`: images float32
        (drawing, row, column, 1) in 0..1, characters int32 (drawing,), which number
        each character in each orientation.
    """
    letters, first = np.unique(photos.people, return_index=True)
    drawings = [photos.images[photos.people == letter, ..., 0] for letter in letters]
    alphabet = alphabets(photos)[first]

    def make(step):
        rng = np.random.default_rng([seed, step])
        drawn = draw_characters(alphabet, n_characters, n_alphabets, rng, orientations)
        images = []
        for character, orientation in zip(*drawn):
            known = drawings[character]  # (drawer, row, column)
            drawers = rng.choice(len(known), n_drawers, replace=False)
            images += [change(one, rng) for one in turned(known[drawers], orientation)]
        labels = np.repeat(drawn[0] * ORIENTATIONS + drawn[1], n_drawers)
        return np.stack(images)[..., None], labels.astype(np.int32)

    return make
