"""Ink on paper: told from photos, and lifted off whatever paper, light and pen it has.

A person signs in blue today and in black tomorrow, on white paper or yellow, and a
phone takes it in the shade of a hand. None of that says who signed. What is left
without it is how much ink each place has. No TensorFlow.
"""

import cv2
import numpy as np

from helpers.sources.photos import reduced

SEEN = 128  # pixels of the longer side, at which the light of the paper is looked for
DRAWN = 1024  # and at which the ink is
STROKE = 0.2  # of the longer side: what is wider is no stroke
# Of the light of the paper: how rough it may be, and how noisy. Of signatures that were
# scanned or photographed it was at most .03 and most often .01, of faces, pots and
# labels at least .04, most often .1, and .1 or more.
ROUGH, NOISY = 0.04, 0.05
FAINT = 0.08  # of the light of the paper: darkest ink that is less is dirt


def in_dark_ink(picture):
    """The picture, or its negative where the ink is light: chalk on a board.

    Strokes are what differs most from the median around them, which is paper.

    >>> board = np.zeros((20, 50, 1), np.uint8); board[8:10] = 200
    >>> in_dark_ink(board)[:, 0, 0].tolist()[6:12]
    [255, 255, 55, 55, 255, 255]
    """
    grey = reduced(picture, SEEN).mean(axis=-1).round().astype(np.uint8)
    differs = grey - cv2.medianBlur(grey, stroke_of(grey)).astype(float)
    darker, lighter = np.quantile(differs, (0.01, 0.99))
    return picture if -darker >= lighter else 255 - picture


def stroke_of(small):
    """The width in pixels, odd, of what is too wide for a stroke."""
    return round(STROKE * max(small.shape[:2])) | 1


def paper_light(small):
    """How light the paper is at each place, also under the ink.

    A closing, the brightest of a neighbourhood and then the darkest of those, fills
    strokes with the paper around them; a shadow is wider, and stays. Beyond the border
    the light goes on as it came: else a slope would end in a ledge there.

    Args:
        small: float32 (row, column, channel), 0..255, of a reduced page.

    Returns:
        smooth, rough: both float32, as small; the light, and the same before it was
        smoothed, in which whatever is no stroke stands out.

    Source: Serra, "Image analysis and mathematical morphology" (1982).
    """
    side = stroke_of(small)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    around = ((side, side), (side, side), (0, 0))
    wide = np.pad(small, around, "reflect", reflect_type="odd").clip(0, 255)
    rough = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, kernel).reshape(wide.shape)
    rough = rough[side:-side, side:-side]
    smooth = cv2.GaussianBlur(rough, (0, 0), side / 8, borderType=cv2.BORDER_REPLICATE)
    return smooth.reshape(small.shape), rough


def density(small, light):
    """How much ink each place has: what it takes of the light of the paper, 0..1.

    The channel counts in which most is missing: red of blue ink. A pen without power
    leaves as much as another one, for the darkest ink becomes 1.

    Args:
        small, light: float32 (row, column, channel), of one size.

    Returns:
        float32 (row, column), and the noise of the paper, of which three standard
        deviations count as no ink, or a fifth of the light if they are more.
    """
    taken = (1 - small / np.maximum(light, 1)).max(axis=-1)
    middle = np.median(taken)  # most of a page is paper
    noise = 1.48 * np.median(np.abs(taken - middle))
    taken = np.maximum(taken - middle - min(3 * noise, 0.2), 0)
    faint = 0.3 * cv2.GaussianBlur(taken, (0, 0), 1).max()
    dark = np.quantile(taken[taken >= faint], 0.75)
    return np.clip(taken / max(dark, FAINT), 0, 1), noise


def is_written(picture):
    """Whether a picture is strokes on paper that may be lit unevenly, and nothing else.

    Args:
        picture: uint8 (row, column, channel).

    >>> page = np.full((60, 90, 1), 230, np.uint8); page[20:24, 10:70] = 40
    >>> noise = np.random.default_rng(0).integers(0, 256, (60, 90, 1)).astype(np.uint8)
    >>> is_written(page), is_written(noise)
    (True, False)
    """
    small = np.float32(reduced(in_dark_ink(picture), SEEN))
    smooth, rough = paper_light(small)
    uneven = np.abs(rough - smooth).max(axis=-1) / smooth.mean()
    found, noise = density(small, smooth)
    even, clean = np.quantile(uneven, 0.95) < ROUGH, noise < NOISY
    return bool(even and clean and found.mean() < 0.5)


def ink(picture):
    """What is written, without the paper, its light, and the colour of the pen.

    Args:
        picture: uint8 (row, column, channel); 1,024 pixels a side are kept at most.

    Returns:
        uint8 (row, column, 1), 0 where there is no ink to 255 where there is most.

    >>> page = np.linspace(90, 250, 90).repeat(60).reshape(90, 60, 1)  # half in shade
    >>> page[40:44, 10:50] *= 0.3
    >>> np.unique(ink(page.astype(np.uint8))[[30, 42, 60], 30]).tolist()
    [0, 255]
    """
    page = np.float32(reduced(in_dark_ink(picture), DRAWN))
    light, _ = paper_light(reduced(page, SEEN))
    light = cv2.resize(light, page.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    found, _ = density(page, light.reshape(page.shape))
    return np.uint8(np.round(found * 255))[..., None]
