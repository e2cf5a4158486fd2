"""What in a photo makes a verdict on it doubtful: phrases that follow its name.

Two photos that are bad alike look alike to a verifier, whoever they show (notebook 11):
a verdict on them is worth little. Each rule looks at the crop, the 64 x 64 pixels that
a tower sees, so that the photo's size does not matter. The limits are measured; see
each one's reason. No TensorFlow.
"""

import cv2
import numpy as np

from helpers.sources.finding import LIKE

# Sharpness. Refuses 0.3 % of ORL, 1.6 % of LFW. Passes no blur of 2 pixels of the crop
# (6 % in strong noise, which looks like detail) and no movement by 7.
BLURRED = 0.075
# Brightness. Refuses nothing; LFW's darkest is 0.24. Passes nothing in a quarter of the
# light, 59 % in a third. Not higher: dark skin in good light is not too dark.
DARK = 0.14
# Share of pixels of at least WHITE, where a sensor is full. Refuses none of ORL, 0.2 %
# of LFW. Passes 8 % in twice the light.
BRIGHT, WHITE = 0.2, 250
# Grain, in grey levels. Refuses 0.5 % of ORL, 0.1 % of LFW. Passes 11 % in noise of 40
# grey levels, at most 1 % of screens of dots, scan lines, photocopies, pepper and salt.
GRAIN = 36

FINE = 0.8  # pixels of a crop: what is finer is noise as often as detail
ALONG = (  # second differences along a row, a column and the two diagonals
    np.float32([[0, 0, 0], [1, -2, 1], [0, 0, 0]]),
    np.float32([[0, 1, 0], [0, -2, 0], [0, 1, 0]]),
    np.float32([[1, 0, 0], [0, -2, 0], [0, 0, 1]]) / 2,  # the pixels lie further apart
    np.float32([[0, 0, 1], [0, -2, 0], [1, 0, 0]]) / 2,
)


def brightness(crop):
    """The mean grey of a crop: 0 black to 1 white.

    >>> brightness(np.full((64, 64, 1), 51, np.uint8))
    0.2
    """
    return float(np.mean(crop) / 255)


def sharpness(crop):
    """How strong the fine detail of a crop is beside its contrast.

    Fine detail is what the second difference leaves of a slightly smoothed crop. The
    smoothing takes off noise, which would pass for detail, and beside the contrast the
    light does not matter. Of four directions the poorest counts: a face that moves
    keeps its edges along the movement. (The usual variance of the Laplacian passed 98 %
    of ORL's photos when they were blurred and then noisy.)

    Args:
        crop: uint8 (64, 64, 1).

    Returns:
        0 to about 0.2; 0.13 is usual.

    >>> sharpness(np.full((64, 64, 1), 100, np.uint8))
    0.0
    """
    smooth = cv2.GaussianBlur(np.asarray(crop, np.float32), (0, 0), FINE)
    detail = [cv2.filter2D(smooth, cv2.CV_32F, kernel).std() for kernel in ALONG]
    return float(min(detail) / max(smooth.std(), 1))


def grain(crop):
    """How strong the finest detail of a crop is: noise, dots, lines, printed edges.

    Returns:
        Grey levels, the most of four directions; 18 is usual.

    >>> grain(np.full((64, 64, 1), 100, np.uint8))
    0.0
    """
    image = np.asarray(crop, np.float32)
    return float(max(cv2.filter2D(image, cv2.CV_32F, each).std() for each in ALONG))


def is_dark(crop):
    """Whether a crop, uint8 (row, column, 1), is too dark to be compared."""
    return brightness(crop) < DARK


def is_bright(crop):
    """Whether too much of a crop is white."""
    return np.mean(crop >= WHITE) > BRIGHT


def is_blurred(crop):
    """Whether a crop lacks fine detail."""
    return sharpness(crop) < BLURRED


def is_grainy(crop):
    """Whether a crop has more fine detail than a face has."""
    return grain(crop) > GRAIN


def seen(crop, sight):
    """What makes a verdict on a photo doubtful.

    Args:
        crop: uint8 (row, column, 1), the face. sight: the `finding.Sight` of it.

    Returns:
        Phrases that follow the photo's name, the worst first.
    """
    rules = {
        "may show no face, or one that is hard to see": sight.like < LIKE,
        "shows a second face, and the larger one was taken": sight.others > 0,
        "is too dark": is_dark(crop),
        "is too bright": is_bright(crop),
        "is blurred": is_blurred(crop),
        "is full of grain, dots or lines": is_grainy(crop),
    }
    return tuple(phrase for phrase, holds in rules.items() if holds)
