"""Formats that OpenCV reads and Pillow does not: Radiance HDR, PAM, some TIFF.

Their size is found in the header first, so that nothing vast is decoded.
"""

import re
from contextlib import contextmanager

import cv2
import numpy as np
from PIL import TiffImagePlugin

from helpers.sources.photos import PhotoError


@contextmanager
def silent():
    """OpenCV without its log lines, where a sentence of ours says more."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(0)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)


def foreign_size(file, path):
    """Find (rows, columns) of an open file in its header.

    Raises:
        PhotoError: it is in none of these formats.
    """
    file.seek(0)
    head = file.read(4096)
    found = None
    if head.startswith(b"#?"):  # Radiance HDR
        found = re.search(rb"\n[-+]Y (\d{1,9}) [-+]X (\d{1,9})\n", head)
    elif head.startswith(b"P7\n"):  # portable arbitrary map
        rows = re.search(rb"\nHEIGHT (\d{1,9})\n", head)
        columns = re.search(rb"\nWIDTH (\d{1,9})\n", head)
        found = rows and columns and (0, rows[1], columns[1])
    elif head[:4] in (b"II*\0", b"MM\0*"):  # TIFF of a kind unknown to Pillow
        try:
            tags = TiffImagePlugin.ImageFileDirectory_v2(head[:8])
            file.seek(tags.next)
            tags.load(file)
            found = 0, tags[257], tags[256]
        except Exception:
            found = None
    if not found:
        raise PhotoError("it is no image that can be read. Save it as JPEG.", path)
    return int(found[1]), int(found[2])


def decode_foreign(file, path):
    """Decode an open file: uint8 (row, column, channel), one channel or three."""
    file.seek(0)
    try:
        with silent():
            data = np.frombuffer(file.read(), np.uint8)
            image = cv2.imdecode(data, cv2.IMREAD_ANYCOLOR)
    except cv2.error:
        image = None
    if image is None:
        raise PhotoError("it cannot be decoded. Save it again as JPEG or PNG.", path)
    return image[..., None] if image.ndim == 2 else image[..., ::-1].copy()
