"""Films for the tests: spoilt frames, and a video for a browser's camera."""

from itertools import chain
from pathlib import Path

import cv2
import numpy as np

from helpers.disk import files
from helpers.live import samples
from helpers.sources.orl import orl


def spoilt(people, shot=0):
    """Fault -> uint8 (row, column, 3): blurred, dark, and with two people.

    Args:
        people: numbers of two people in ORL. shot: which photo of each.
    """
    *_, good = samples.frames(people[:1], 0.1, shots=(shot,), pause=0)
    two = samples.room().astype(np.float32)
    for person, side in zip(people, (-130, 130)):
        way = samples.Sway(side, 0, 0, 0.75, 1)
        samples.paste(two, orl(quiet=True).images[10 * person + shot], way)
    return {
        "blurred": cv2.GaussianBlur(good, (0, 0), 12),
        "dark": cv2.convertScaleAbs(good, alpha=0.08),
        "two people": cv2.convertScaleAbs(two),
    }


def y4m(path, pictures, rate=samples.RATE):
    """Write pictures as an uncompressed video that a browser plays as its camera.

    Chromium takes it with --use-fake-device-for-media-stream and
    --use-file-for-fake-video-capture=FILE.

    Args:
        path: of the .y4m file.
        pictures: uint8 RGB (row, column, 3) each, all of one even size.
        rate: pictures a second.

    Returns:
        The path.

    Raises:
        ValueError: there is no picture, or their sizes differ or are odd.
    """
    pictures, path = iter(pictures), Path(path)
    first = next(pictures, None)
    if first is None:
        raise ValueError("there is no picture to write: give at least one.")
    rows, columns = first.shape[:2]
    if rows % 2 or columns % 2:
        raise ValueError(f"{columns} x {rows} pixels: y4m needs even sides. Crop one.")

    def write(file):
        head = f"YUV4MPEG2 W{columns} H{rows} F{rate}:1 Ip A1:1 C420jpeg\n"
        file.write(head.encode())
        for picture in chain([first], pictures):
            if picture.shape != first.shape:
                raise ValueError(
                    f"a picture is {picture.shape}, the first was {first.shape}: "
                    "make them of one size."
                )
            planes = cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420)
            file.write(b"FRAME\n" + planes.tobytes())

    files.write_whole(path, write)
    return path
