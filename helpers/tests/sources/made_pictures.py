"""Sets of pictures that are made: classes of another kind than faces, of any number.

    from helpers.tests import made_pictures
    made_pictures.write("signatures", made_pictures.signature, 40, 12)

Each maker takes the seed of a class, from which all is drawn that belongs to the class,
and a generator of random numbers, which varies one picture. A fourth set,
`write_glyphs`, shows letters in the fonts that Matplotlib brings.
"""

import string
from pathlib import Path

import cv2
import numpy as np

from helpers.sources.signatures import signature

WORDS = (
    "oat tea rye fig jam nut soy ale gin rum bun pie kiwi lime mint plum pear".split()
)
FACES = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX)


def write(path, make, classes, pictures, seed=0):
    """Write a folder of pictures, one sub-folder a class.

    Args:
        path: of the folder, which is made.
        make: `signature`, `signed_page`, `product` or `label`.
        classes, pictures: so many classes, each with so many pictures.
        seed: of all of it.
    """
    for number in range(classes):
        inside = Path(path) / f"{make.__name__} {number:03}"
        inside.mkdir(parents=True)
        rng = np.random.default_rng([seed, number])
        for one in range(pictures):
            picture = make([seed, number], rng)[..., ::-1]  # OpenCV writes BGR
            cv2.imwrite(str(inside / f"{one:02}.png"), picture)


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


def product(number, rng):
    """A painted pot before any wall, uint8 (row, column, 3), in colour.

    A class is an outline with stripes, spots and three colours. A picture shows it
    turned and smaller or larger, off the middle, in another light before another wall.
    """
    own = np.random.default_rng(number)
    heights = np.linspace(-1, 1, 9)
    radius = 0.45 + 0.35 * cv2.GaussianBlur(own.normal(0, 1, (9, 1)), (1, 5), 0)[:, 0]
    radius = np.clip(radius, 0.15, 0.9)
    colours = own.uniform(0.1, 0.95, (3, 3))
    waves, angle = own.uniform(3, 14, 2), own.uniform(0, np.pi, 2)
    side = int(rng.integers(80, 140))
    y, x = np.mgrid[-1.4 : 1.4 : side * 1j, -1.4 : 1.4 : side * 1j]
    turn, scale = rng.normal(0, 0.25), np.exp(rng.normal(0.1, 0.15))
    across, down = rng.normal(0, 0.12, 2)
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    x, y = cos * (x - across) + sin * (y - down), cos * (y - down) - sin * (x - across)
    half = np.interp(y, heights, radius)
    inside = (np.abs(x) < half) & (np.abs(y) < 1)
    around = np.arcsin(np.clip(x / half, -1, 1)) + rng.uniform(-0.6, 0.6)  # it turns
    first, second = (
        np.sin(w * (np.cos(a) * around + np.sin(a) * y)) for w, a in zip(waves, angle)
    )
    paint = np.where((first > 0.3)[..., None], colours[0], colours[1])
    paint = np.where((second > 0.7)[..., None], colours[2], paint)
    light = 0.55 + 0.45 * np.clip(1 - (x / half - rng.uniform(-0.6, 0.6)) ** 2, 0, 1)
    wall = cv2.resize(rng.uniform(0, 1, (*rng.integers(1, 6, 2), 3)), (side, side))
    picture = np.where(inside[..., None], paint * light[..., None], wall)
    picture = picture ** np.exp(rng.normal(0, 0.25)) * rng.uniform(0.6, 1.1)
    picture = picture * rng.uniform(0.85, 1.1, 3) + rng.normal(0, 0.03, picture.shape)
    return np.uint8(np.clip(picture, 0, 1) * 255)


def label(number, rng):
    """A word of two on a coloured label, seen askew, uint8 (row, column, 3).

    A class is the words, the letters' kind and two colours.
    """
    own = np.random.default_rng(number)
    words = " ".join(own.choice(WORDS, 2)) + own.choice(list(string.digits))
    face, colours = int(own.choice(FACES)), own.uniform(20, 235, (2, 3))
    (wide, high), _ = cv2.getTextSize(words, face, 1, 2)
    flat = np.full((high + 30, wide + 30, 3), colours[0], np.float32)
    cv2.putText(flat, words, (15, high + 12), face, 1, colours[1].tolist(), 2)
    rows, columns = flat.shape[:2]
    corners = np.float32([[0, 0], [columns, 0], [columns, rows], [0, rows]])
    away = corners + 20 + rng.normal(0, 0.1 * rows, (4, 2)).astype(np.float32)
    map_ = cv2.getPerspectiveTransform(corners, away)
    wall = rng.uniform(0, 255, 3)
    picture = cv2.warpPerspective(
        flat, map_, (columns + 40, rows + 40), None, 1, 0, wall.tolist()
    )
    picture = picture * rng.uniform(0.5, 1.1) + rng.normal(0, 8, picture.shape)
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
