"""Cameras that are computed, for 02: one photo as several devices would have taken it.

Nobody filmed this: whoever wants the same person at the same moment before two cameras
has to compute at least one of them. Other optics, noise, tone and file; the person, the
pose and the room stay. No TensorFlow.
"""

from typing import NamedTuple

import cv2
import numpy as np

from helpers import faces

SIZE = 32  # pixels: rows and columns of what `through` returns


class Sensor(NamedTuple):
    """What a camera does to a picture."""

    blur: float  # of the lens, in pixels of an ORL photo
    corners: float  # share of the light that the corners lose
    noise: float  # of each pixel, white being 1
    tone: float  # exponent of the tone curve; above 1 is darker
    quality: int  # of the JPEG file, 1 to 100


WEBCAM = Sensor(blur=1.2, corners=0.4, noise=0.03, tone=1.25, quality=40)
PRESS = Sensor(blur=0.0, corners=0.0, noise=0.01, tone=0.85, quality=90)


def any_sensor(rng):
    """A camera drawn at random; the two above lie within its ranges."""
    blur, corners, noise = rng.uniform(0, (1.6, 0.5, 0.04))
    tone, quality = np.exp(rng.uniform(-0.35, 0.35)), int(rng.integers(30, 96))
    return Sensor(blur, corners, noise, tone, quality)


def photograph(photo, sensor, rng):
    """A photo, uint8 (row, column, 1), as another camera takes it: uint8 (row, column).

    >>> white = np.full((8, 8, 1), 255, np.uint8)
    >>> int(photograph(white, WEBCAM, np.random.default_rng(0))[0, 0]) < 200
    True
    """
    image = photo[..., 0] / 255  # (row, column)
    if sensor.blur > 0.2:
        image = cv2.GaussianBlur(image, (0, 0), sensor.blur)
    rows, columns = image.shape
    y, x = np.ogrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    image = image * (1 - sensor.corners * (x**2 + y**2) / 2)
    image = image + rng.normal(0, sensor.noise, image.shape)
    image = 255 * np.clip(image, 0, 1) ** sensor.tone
    how = cv2.IMWRITE_JPEG_QUALITY, sensor.quality
    _, file = cv2.imencode(".jpg", image.round().astype(np.uint8), how)
    return cv2.imdecode(file, cv2.IMREAD_GRAYSCALE)


def through(sensor, photos, found, seed):
    """Levelled faces of photos as a camera sees them.

    Args:
        sensor: a `Sensor`, or a function of a generator that draws one a photo.
        photos: `Photos`. found: a `faces.Face` for each, so that all are cut alike.
        seed: of the noise.

    Returns:
        uint8 (photo, 32, 32, 1).
    """
    rng, crops = np.random.default_rng(seed), []
    for photo, face in zip(photos.images, found, strict=True):
        drawn = sensor(rng) if callable(sensor) else sensor
        crop = faces.closeup(photograph(photo, drawn, rng), face)
        crops.append(cv2.resize(crop, (SIZE, SIZE), interpolation=cv2.INTER_AREA))
    return np.stack(crops)[..., None]
