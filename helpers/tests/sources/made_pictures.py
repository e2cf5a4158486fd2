"""Sets of pictures that are made: classes of another kind than faces, of any number.

    from helpers.tests.sources import made_pictures
    made_pictures.write("signatures", made_pictures.signature, 40, 12)

Things and signatures are made in `helpers.sources`; here are pages in colour, and
letters in the fonts that Matplotlib brings.
"""

import string
from pathlib import Path

import cv2
import numpy as np

from helpers.sources.signatures import signature
from helpers.sources.things import label, product, write

__all__ = ["label", "product", "signature", "signed_page", "write", "write_glyphs"]


def signed_page(number, rng):
    """The same signatures by any pen on any paper, as a phone takes them, in colour.

    Half of the pens are blue; the paper is tinted, lighter on one side, and often in
    the shadow of a hand; the focus is not the best.
    """
    scan = signature(number, rng).astype(np.float32)
    size = scan.shape[1::-1]
    scan = cv2.resize(scan, (3 * size[0], 3 * size[1]), interpolation=cv2.INTER_CUBIC)
    ink = np.clip(1 - scan / np.median(scan), 0, 1)  # (row, column, 3)
    rows, columns = scan.shape[:2]
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    (down, right), (top, left) = rng.normal(0, 0.12, 2), rng.uniform(-1, 1, 2)
    light = 0.75 + down * y + right * x
    shadow = np.exp(-((y - top) ** 2 + (x - left) ** 2) / rng.uniform(0.2, 1))
    light = light - rng.uniform(0, 0.3) * shadow
    paper = 255 * light[..., None] * rng.uniform((0.95, 0.9, 0.75), 1)
    pen = (0.25, 0.3, 0.65) if rng.random() < 0.5 else (0.2, 0.2, 0.2)
    picture = paper * (1 - ink * (1 - np.array(pen)))
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 2))
    picture = picture + rng.normal(0, rng.uniform(1, 5), picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def write_glyphs(path, letters=string.ascii_letters + string.digits, size=48):
    """Write each letter in the fonts that Matplotlib brings: one folder a letter.

    Args:
        path: of the folder, which is made.
        letters: the classes.
        size: of the letters, in pixels.
    """
    import matplotlib
    from PIL import Image, ImageDraw, ImageFont

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    named = sorted(
        file
        for start in ("DejaVuSans", "DejaVuSerif", "STIXGeneral", "cm?[!xy]")
        for file in fonts.glob(f"{start}*.ttf")
        if "Display" not in file.name and file.stem not in ("cmex10", "cmsy10")
    )
    for letter in letters:
        inside = Path(path) / f"letter {ord(letter):04x}"
        inside.mkdir(parents=True)
        for file in named:
            image = Image.new("L", (size * 3 // 2, size * 3 // 2), 255)
            font = ImageFont.truetype(str(file), size)
            middle = image.width // 2, image.height // 2
            ImageDraw.Draw(image).text(middle, letter, 0, font, anchor="mm")
            image.save(inside / f"{file.stem}.png")
