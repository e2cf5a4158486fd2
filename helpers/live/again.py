"""A photo of a photo: what paper, a screen and a second camera do to a face.

Nobody printed or filmed these: it is a stated model in two steps. A medium shows the
photo, enlarged: `paper`, `screen`, or `skin`, which is none: the person is there. Then
a camera sees it: a little turned and tilted, in uneven light, not quite sharp, on its
own grid of pixels, with noise, as JPEG. So an attack and an honest photo differ by the
medium alone. The moiré of a screen is not drawn: it appears where the camera's grid
meets that of the screen.

A photo is uint8 (row, column), `rng` a `numpy.random.Generator`. No TensorFlow.
"""

import cv2
import numpy as np

ENLARGED = 8  # points of a medium for a pixel of the photo
TALL = 240  # rows of what the camera takes
MIDDLE, RING = 128, 4  # pixels; frequencies
ARM = 3.0  # from the camera to a sheet, in widths of the sheet


def skin(photo, rng):
    """No medium: the photo itself, enlarged, float32 in 0..1.

    >>> skin(np.zeros((10, 8), np.uint8), None).shape
    (80, 64)
    """
    return enlarged(photo)


def paper(photo, rng):
    """A print: dots of ink on a lattice at 45 degrees, which spread; no deep black.

    The dots of a dark place are large, so that from afar it looks grey. A face of 3 to
    6 cm, printed with 85 lines an inch as in newspapers and offices, has 1 to 3 of them
    for a pixel of the photo, in two prints of three; photo paper, the third, has none
    that a camera sees.
    """
    shown = enlarged(photo)
    if rng.random() < 2 / 3:
        pitch, turn = ENLARGED * rng.uniform(0.35, 0.9), rng.uniform(0.6, 1.0)
        rows, columns = np.indices(shown.shape, np.float32)
        along, across = (
            np.cos(turn) * columns + np.sin(turn) * rows,
            np.cos(turn) * rows - np.sin(turn) * columns,
        )
        lattice = np.cos(2 * np.pi * along / pitch) + np.cos(2 * np.pi * across / pitch)
        shown = 1 / (1 + np.exp(-(shown - 0.5 - lattice / 4) * 12))  # dots, 0..1
        shown = cv2.GaussianBlur(shown, (0, 0), ENLARGED * 0.12)  # ink spreads
    grain = cv2.GaussianBlur(rng.normal(0, 1, shown.shape), (0, 0), ENLARGED * 0.3)
    black, white = rng.uniform(0.05, 0.15), rng.uniform(0.8, 0.95)
    return (black + (white - black) * shown + 0.02 * grain).astype(np.float32)


def screen(photo, rng):
    """A display: lit points with darker gaps, steeper greys, a window's reflection.

    Of its points 1 to 3 lie beside each other in a pixel of the photo.
    """
    shown = enlarged(photo) ** rng.uniform(1.0, 1.3)
    pitch, gap = ENLARGED * rng.uniform(0.33, 1.0), rng.uniform(0.1, 0.5)
    lattice = 1 + gap * np.cos(2 * np.pi * np.arange(max(shown.shape)) / pitch)
    rows, columns = (lattice[:side] for side in shown.shape)
    shown = shown * rows[:, None] * columns
    middle = rng.uniform(0, 1, 2) * shown.shape
    rows, columns = np.indices(shown.shape, np.float32)
    far = np.hypot(rows - middle[0], columns - middle[1]) / max(shown.shape)
    glare = rng.uniform(0, 0.25) * np.exp(-((far / rng.uniform(0.15, 0.4)) ** 2))
    return (0.04 + 0.92 * shown + glare).astype(np.float32)


MEDIA = {"skin": skin, "paper": paper, "screen": screen}


def enlarged(photo):
    """A photo with ENLARGED points for each pixel, float32 in 0..1."""
    way = {"fx": ENLARGED, "fy": ENLARGED, "interpolation": cv2.INTER_CUBIC}
    return np.clip(cv2.resize(np.float32(photo) / 255, None, **way), 0, 1)


def seen(shown, rng):
    """What a camera takes of what stands before it.

    Args:
        shown: float32 (point, point) in 0..1, of a medium.

    Returns:
        uint8 (row, column), TALL rows.

    >>> seen(np.full((320, 240), 0.5, np.float32), np.random.default_rng(0)).shape
    (240, 180)
    """
    rows, columns = shown.shape
    size = round(TALL * columns / rows), TALL
    corners = np.float32([[0, 0], [columns, 0], [columns, rows], [0, rows]])
    shift = rng.uniform(-0.03, 0.03, (4, 2)) * size
    turn = np.deg2rad(rng.uniform(-4, 4))
    target = corners * size / np.float32([columns, rows]) - np.float32(size) / 2
    target = target @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    target = np.float32(target + np.float32(size) / 2 + shift)
    # a pixel gathers the light of its whole area: four samples by four
    fine = cv2.getPerspectiveTransform(corners, 4 * target)
    where = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_REFLECT}
    taken = cv2.warpPerspective(shown, fine, (4 * size[0], 4 * size[1]), **where)
    taken = cv2.GaussianBlur(taken, (0, 0), rng.uniform(1.2, 3.2))  # the lens
    taken = cv2.resize(taken, size, interpolation=cv2.INTER_AREA)
    down, right = rng.uniform(-0.25, 0.25, 2)
    light = 1 + down * np.linspace(-0.5, 0.5, TALL)[:, None]
    light = light + right * np.linspace(-0.5, 0.5, size[0])
    taken = 255 * rng.uniform(0.75, 1.05) * light * taken
    taken = taken + rng.normal(0, rng.uniform(1, 4), taken.shape)
    taken = np.clip(np.round(taken), 0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(75, 96))]
    return cv2.imdecode(cv2.imencode(".jpg", taken, quality)[1], cv2.IMREAD_GRAYSCALE)


def held(shown, degrees, bend=0):
    """A sheet that a hand turns about its upright axis, flat or bent like a tube.

    Args:
        shown: float32 (point, point) in 0..1, of a medium.
        degrees: to the right of the picture, negative to the left.
        bend: degrees between its two edges; 0 is flat, its middle is nearest.

    Returns:
        float32 (point, point) of the same shape; grey where the sheet is not.

    >>> held(np.ones((40, 32), np.float32), 60)[20, [0, 16]].round(1).tolist()
    [0.5, 1.0]
    """
    rows, columns = shown.shape
    turn, angle = np.deg2rad(degrees), np.deg2rad(max(bend, 0.01))
    along = np.linspace(-0.5, 0.5, columns)  # the sheet's width is 1
    right, near = np.sin(along * angle) / angle, (np.cos(along * angle) - 1) / angle
    right, near = (
        right * np.cos(turn) + near * np.sin(turn),
        near * np.cos(turn) - right * np.sin(turn),
    )
    growth = ARM / (ARM - near)
    place = np.maximum.accumulate(right * growth)  # what turned away is hidden
    source = np.interp(along, place, np.arange(columns), left=-9, right=-9)
    growth = np.interp(along, place, growth)
    down = (np.arange(rows)[:, None] - rows / 2) / growth + rows / 2
    maps = np.broadcast_to(source, shown.shape).astype(np.float32), np.float32(down)
    how = {"borderMode": cv2.BORDER_CONSTANT, "borderValue": 0.5}
    return cv2.remap(shown, *maps, cv2.INTER_LINEAR, **how)


def photo_of(photo, medium, rng, degrees=0, bend=0):
    """A photo that a medium of MEDIA shows and a camera takes, uint8 (row, column).

    Args:
        photo: uint8 (row, column). medium: a key of MEDIA.
        degrees, bend: how a hand holds the medium, as for `held`.
    """
    shown = MEDIA[medium](photo, rng)
    shown = held(shown, degrees, bend) if degrees or bend else shown
    return seen(shown, rng)


def texture(photo):
    """How much fine detail the middle of a photo has, and how regular it is.

    A print has less of it, a lattice puts it into few frequencies.

    Args:
        photo: uint8 (row, column), at least MIDDLE of each.

    Returns:
        float (2 ring,): of each ring of frequencies the logarithms of its mean power,
        and of its highest power beside its median.
    """
    top, left = ((side - MIDDLE) // 2 for side in photo.shape)
    middle = np.float32(photo[top : top + MIDDLE, left : left + MIDDLE])
    fine = middle - cv2.GaussianBlur(middle, (0, 0), 2)
    fine *= np.hanning(MIDDLE)[:, None] * np.hanning(MIDDLE) / (middle.std() + 1)
    power = np.abs(np.fft.fft2(fine)) ** 2 + 1e-6
    steps = np.fft.fftfreq(MIDDLE) * MIDDLE
    ring = np.hypot(steps[:, None], steps).astype(int) // RING
    rings = [power[ring == n] for n in range(2, MIDDLE // 2 // RING)]
    return np.log([[one.mean(), one.max() / np.median(one)] for one in rings]).ravel()
