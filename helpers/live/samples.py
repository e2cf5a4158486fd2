"""A sample video for who has no camera: ORL's people in front of a wall.

Nothing here was filmed. Each frame is a photo of ORL, enlarged, tinted, moved, tilted,
zoomed and lit a little differently from frame to frame, in a painted room: enough to
try every step that a camera needs, and no proof of how well a camera would do. Motion
JPEG in an .avi reads and writes without any codec of the system. No TensorFlow.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from helpers.sources.orl import orl

RATE = 10  # frames a second
SIZE = (480, 640)  # rows and columns of a frame
PEOPLE = (31, 32, 33)  # numbers of people in ORL: s32, s33, s34
SECONDS = 4  # of each person
HEIGHT = 360  # pixels: an ORL photo of 112 rows, enlarged
EDGE = 13  # pixels of an ORL photo over which it fades into the room
SKIN = np.float32([1.14, 0.98, 0.82])  # red, green, blue for one grey; about as bright


class Scene(NamedTuple):
    """What one frame shows: a person's number in ORL and that of the photo, 0..9.

    Both are None where nobody is in the room.
    """

    person: int | None = None
    photo: int | None = None


def script(people=PEOPLE, seconds=SECONDS, shots=range(10), pause=1):
    """What each frame shows: a second of an empty room, then person after person.

    Args:
        people: numbers of people in ORL, in their order.
        seconds: how long each stays.
        shots: which of a person's ten photos, one after another.
        pause: seconds for which the room is empty after each.

    Returns:
        A list with one `Scene` a frame.

    >>> len(script(people=[3], seconds=2)), script(people=[3])[RATE]
    (40, Scene(person=3, photo=0))
    """
    length, scenes = round(seconds * RATE), [Scene()] * RATE
    for person in people:
        for n in range(length):
            scenes.append(Scene(person, shots[n * len(shots) // length]))
        scenes += [Scene()] * round(pause * RATE)
    return scenes


def frames(
    people=PEOPLE, seconds=SECONDS, seed=0, shots=range(10), pause=1, background=None
):
    """Draw the frames one after another; the same arguments draw the same frames.

    Args:
        people, seconds, shots, pause: as for `script`.
        seed: of the movements.
        background: uint8 RGB (row, column, 3), the empty room; None paints one.

    Yields:
        uint8 RGB (row, column, 3), 480 x 640.

    >>> next(frames()).shape
    (480, 640, 3)
    """
    images = orl(quiet=True).images
    background = room() if background is None else background
    background = cv2.resize(background, SIZE[::-1]).astype(np.float32)
    rng = np.random.default_rng(seed)
    phases = rng.uniform(0, 2 * np.pi, 5)
    noise = rng.normal(0, 1, (*SIZE, 1)).astype(np.float32)  # a camera has some
    for n, scene in enumerate(script(people, seconds, shots, pause)):
        frame, way = background.copy(), sway(n / RATE, phases)
        if scene.person is not None:
            paste(frame, images[10 * scene.person + scene.photo], way)
        frame *= way.light
        frame += np.roll(noise, rng.integers(SIZE), axis=(0, 1))
        np.clip(frame, 0, 255, out=frame)
        yield cv2.convertScaleAbs(frame)  # uint8, rounded


class Sway(NamedTuple):
    """Where a person stands in a frame: pixels, radians, and factors near 1."""

    right: float
    down: float
    tilt: float
    growth: float
    light: float


def sway(time, phases):
    """A slow movement that is never quite still.

    Args:
        time: seconds. phases: float (5,), radians.
    """
    wave = np.sin(time * np.array([1.3, 1.7, 0.9, 0.7, 1.1]) + phases)
    return Sway(40 * wave[0], 15 * wave[1], 0.09 * wave[2], *(1 + 0.1 * wave[3:]))


def paste(frame, photo, way):
    """Draw a photo into a frame, in colour and with soft edges.

    Args:
        frame: float32 (row, column, 3), changed in place.
        photo: uint8 (row, column, 1). way: a `Sway`.
    """
    rows, columns = photo.shape[:2]
    scale = way.growth * HEIGHT / rows
    photo = cv2.copyMakeBorder(photo, *[EDGE] * 4, cv2.BORDER_REPLICATE)
    layer = np.dstack([photo, _cover(rows, columns)])  # uint8 (row, column, 2)
    rows, columns = photo.shape
    cos, sin = scale * np.cos(way.tilt), scale * np.sin(way.tilt)
    half = int(np.hypot(rows, columns) * scale / 2)  # of the square that is changed
    x, y = SIZE[1] / 2 + way.right, SIZE[0] - HEIGHT / 2 + way.down
    left, top = max(0, int(x) - half), max(0, int(y) - half)
    part = frame[top : int(y) + half, left : int(x) + half]  # a view
    turn = np.array(
        [
            [cos, -sin, x - left - cos * columns / 2 + sin * rows / 2],
            [sin, cos, y - top - sin * columns / 2 - cos * rows / 2],
        ]
    )
    layer = cv2.warpAffine(layer, turn, part.shape[1::-1], flags=cv2.INTER_CUBIC)
    grey, cover = np.float32(layer[..., :1]), np.float32(layer[..., 1:]) / 255
    part += cover * (grey * SKIN - part)


def _cover(rows, columns):
    """255 where a photo is, falling to 0 around it: uint8 (row, column)."""
    cover = np.full((rows, columns), 255, np.uint8)
    cover = cv2.copyMakeBorder(cover, *[EDGE] * 4, cv2.BORDER_CONSTANT)
    return cv2.blur(cover, (EDGE, EDGE))


@cache
def room():
    """A wall, a window, a shelf: uint8 RGB (row, column, 3) in which is no face."""
    rows, columns = SIZE
    down = np.linspace(0, 1, rows)[:, None, None]
    image = (1 - down) * [176, 190, 186] + down * [128, 146, 150]  # (row, 1, 3)
    image = np.repeat(image, columns, axis=1).astype(np.uint8)
    cv2.rectangle(image, (40, 40), (170, 210), (226, 236, 240), -1)
    cv2.rectangle(image, (40, 40), (170, 210), (120, 104, 88), 6)
    cv2.rectangle(image, (480, 150), (640, 164), (120, 92, 66), -1)
    for x, colour in zip(range(496, 640, 24), [(150, 70, 60), (70, 96, 130)] * 3):
        cv2.rectangle(image, (x, 84), (x + 18, 149), colour, -1)
    return image


def video(path, people=PEOPLE, **film):
    """Write the sample video: Motion JPEG, 640 x 480, 10 frames a second.

    Args:
        path: of the .avi file.
        people, film: as for `frames`.

    Returns:
        The path.

    Raises:
        OSError: it cannot be written there.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_OPENCV_MJPEG, cv2.VideoWriter.fourcc(*"MJPG"), RATE,
        SIZE[::-1],
    )  # fmt: skip
    try:
        if not writer.isOpened():
            raise OSError(f"{path} cannot be written: name an .avi file elsewhere.")
        for frame in frames(people, **film):
            writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    finally:
        writer.release()
    return path
