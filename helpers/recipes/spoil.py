"""Photos made worse on purpose: how much may light, lens and view be off?

Nobody took these photos: whoever wants the same face at the same moment in worse light
has to compute it. A crop is uint8 (row, column, 1), as the tower sees it, and stays as
it is; `rng` is a `numpy.random.Generator`. No TensorFlow.
"""

import cv2
import numpy as np

NOISE = 2.0  # grey levels: of a sensor, which does not fade with the light
COVERS = {  # first and last row that is hidden, as shares of a crop's side
    "a cap": (0.0, 0.24),
    "sunglasses": (0.27, 0.45),
    "a mask": (0.60, 1.0),
}


def darker(crop, light, rng):
    """Less light on the same sensor: a share is left, 0 to 1; the noise stays.

    >>> white = np.full((4, 4, 1), 200, np.uint8)
    >>> 40 < darker(white, 0.25, np.random.default_rng(0)).mean() < 60
    np.True_
    """
    seen = light * crop + rng.normal(0, NOISE, crop.shape)
    return np.clip(np.round(seen), 0, 255).astype(np.uint8)


def blurred(crop, sigma, rng=None):
    """A lens out of focus: a Gaussian of `sigma` pixels of the crop; 0 is sharp."""
    if sigma == 0:
        return crop
    return cv2.GaussianBlur(crop, (0, 0), sigma).reshape(crop.shape)


def farther(crop, side, rng=None):
    """A face so far away that its crop has `side` pixels, enlarged again.

    >>> farther(np.zeros((64, 64, 1), np.uint8), 12).shape
    (64, 64, 1)
    """
    small = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, crop.shape[1::-1]).reshape(crop.shape)


def covered(crop, what, rng=None):
    """A part hidden behind black: a key of COVERS, or "nothing".

    >>> int(covered(np.full((64, 64, 1), 9, np.uint8), "a mask").sum() / 9 / 64)
    38
    """
    first, last = COVERS.get(what, (0, 0))
    crop = crop.copy()
    crop[round(first * len(crop)) : round(last * len(crop))] = 0
    return crop


def at_random(crop, rng):
    """A photo as another day may show it: darker, blurred or from farther away."""
    ways = (darker, rng.uniform(0.2, 1)), (blurred, rng.uniform(0.3, 2.5))
    ways = *ways, (farther, round(len(crop) * rng.uniform(0.3, 1)))
    way, level = ways[rng.integers(3)]
    return way(crop, level, rng)


def asymmetry(crop):
    """How little a face looks like its mirror image: 0 from the front, more in profile.

    Of the gradients' strength, so that light from one side counts less than a nose that
    points there.

    Args:
        crop: uint8 (row, column, 1).

    Returns:
        0 to 2, one less the correlation of the two halves.

    >>> asymmetry(np.tile(np.abs(np.arange(-32, 32) + 0.5), (64, 1))[..., None])
    0.0
    """
    smooth = cv2.GaussianBlur(np.float32(crop[..., 0]), (0, 0), 2.0)
    strength = np.hypot(cv2.Sobel(smooth, -1, 1, 0), cv2.Sobel(smooth, -1, 0, 1))
    strength = cv2.GaussianBlur(np.sqrt(strength), (0, 0), 1.5)
    mirrored = strength[:, ::-1]
    if strength.std() < 1e-6:
        return 0.0
    return round(float(1 - np.corrcoef(strength.ravel(), mirrored.ravel())[0, 1]), 6)
