"""Made pictures of things: products, labels, copies, documents. No TensorFlow.

    from helpers.sources import things
    things.write("pots", things.product, 40, 10)

Each maker takes the seed of a class, from which all is drawn that belongs to the class,
and a generator of random numbers, which varies one picture.
"""

import string
from pathlib import Path

import cv2
import numpy as np

WORDS = (
    "oat tea rye fig jam nut soy ale gin rum bun pie kiwi lime mint plum pear".split()
)
FACES = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX)
PRINTED = "name date sum from total account of no address tax place and item".split()
PAGE = 424, 300  # rows and columns of a form as it is printed
BLACK = (45, 45, 45)


def write(path, make, classes, pictures, seed=0, start=0):
    """Write a folder of pictures as people have them, one sub-folder a class.

    Args:
        path: of the folder, which is made.
        make: `product`, `label`, `copy`, `document`, or another function of the seeds
            of a class and a generator -> uint8 (row, column, 1 or 3).
        classes, pictures: so many classes, each with so many pictures.
        seed: of all of it.
        start: number of the first class; other numbers are other classes.
    """
    for number in range(start, start + classes):
        inside = Path(path) / f"{make.__name__} {number:03}"
        inside.mkdir(parents=True)
        rng = np.random.default_rng([seed, number])
        for one in range(pictures):
            picture = make([seed, number], rng)[..., ::-1]  # OpenCV writes BGR
            cv2.imwrite(str(inside / f"{one:02}.png"), picture)


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


def copy(number, rng):
    """One photo of a product as it is passed on, uint8 (row, column, 3).

    A class is one photo; two classes at a time show the same product. A picture was
    cut, reduced, made lighter or darker, and saved as JPEG of some quality.
    """
    *seeds, own = number
    photo = product([*seeds, own // 2], np.random.default_rng([*number, 1]))
    rows, columns = photo.shape[:2]
    top, left, down, right = rng.uniform(0, 0.12, 4) * (rows, columns, rows, columns)
    photo = photo[int(top) : rows - int(down), int(left) : columns - int(right)]
    times = rng.uniform(0.4, 1)
    photo = cv2.resize(photo, None, fx=times, fy=times, interpolation=cv2.INTER_AREA)
    light = photo * np.exp(rng.normal(0, 0.15)) + rng.normal(0, 10)
    light = np.clip(light, 0, 255).astype(np.uint8)[..., ::-1]
    quality = cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 96))
    return cv2.imdecode(cv2.imencode(".jpg", light, quality)[1], 1)[..., ::-1]


def document(number, rng):
    """A filled-in form on a table, as a phone sees it, uint8 (row, column, 3).

    A class is a type of form: its letterhead with a logo, and what is printed below it:
    fields, tables, boxes, paragraphs. A picture is another filling-in by another pen,
    another angle, light and table; some sheets were folded.
    """
    page, places = printed(np.random.default_rng(number))
    pen = (40, 60, 150) if rng.random() < 0.5 else BLACK
    for place in places:
        if rng.random() < 0.7:
            scrawl(page, place, pen, rng)
    return on_table(page * folded(page.shape, rng), rng)


def printed(own):
    """An empty form: float32 (row, column, 3), and the places that are filled in.

    A place is left, base, width and height in pixels.

    >>> page, places = printed(np.random.default_rng(0)); page.shape, len(places) > 3
    ((424, 300, 3), True)
    """
    page = np.full((*PAGE, 3), own.uniform((235, 232, 215), 250), np.float32)
    accent = own.uniform(20, 190, 3).tolist() if own.random() < 0.6 else BLACK
    top, places = letterhead(page, accent, own), []
    while top < PAGE[0] - 60:
        block = (fields, table, boxes, paragraph)[own.integers(4)]
        top = block(page, top, accent, places, own) + int(own.integers(8, 26))
    return page, places


def letterhead(page, accent, own):
    """Print a logo, a sender and perhaps a bar; returns where the page goes on."""
    left, side = int(own.choice([20, 130, 240])), int(own.integers(26, 42))
    kind, far = own.integers(4), 18 + side
    if kind == 0:
        cv2.rectangle(page, (left, 18), (left + side, far), accent, -1)
    elif kind == 1:
        middle = left + side // 2, 18 + side // 2
        cv2.circle(page, middle, side // 2, accent, int(own.choice([-1, 5])))
    elif kind == 2:
        corners = [[left, far], [left + side, far], [left + side // 2, 18]]
        cv2.fillPoly(page, [np.array(corners)], accent)
    else:
        for bar in range(0, side, 10):
            cv2.rectangle(page, (left + bar, 18), (left + bar + 5, far), accent, -1)
    sender = 20 if left > 100 else 170
    for row in range(own.integers(2, 5)):
        text(page, (sender, 26 + 10 * row), 2, own)
    if own.random() < 0.5:
        high = int(own.integers(2, 18))
        cv2.rectangle(page, (16, far + 8), (PAGE[1] - 16, far + 8 + high), accent, -1)
        far += 8 + high
    return far + 18


def fields(page, top, accent, places, own):
    """Words with a line behind each, in one to three columns."""
    columns, rows = int(own.integers(1, 4)), int(own.integers(2, 6))
    wide, high = (PAGE[1] - 40) // columns, int(own.integers(15, 26))
    rows = min(rows, room(top) // high)
    for row, column in np.ndindex(rows, columns):
        left, base = 20 + column * wide, top + (row + 1) * high
        text(page, (left, base - 2), 1, own)
        cv2.line(page, (left + 34, base), (left + wide - 8, base), BLACK, 1)
        places.append((left + 36, base - 2, wide - 48, high - 6))
    return top + rows * high


def table(page, top, accent, places, own):
    """A ruled table, whose first row may be dark."""
    rows, high = int(own.integers(3, 8)), int(own.integers(12, 20))
    rows = min(rows, room(top) // high)
    share = np.append(0, np.cumsum(own.uniform(0.4, 1.6, own.integers(2, 6))))
    edges = (20 + share / share[-1] * (PAGE[1] - 40)).astype(int)
    if own.random() < 0.6:
        cv2.rectangle(page, (20, top), (int(edges[-1]), top + high), accent, -1)
    for edge in edges.tolist():
        cv2.line(page, (edge, top), (edge, top + rows * high), BLACK, 1)
    for row in range(rows + 1):
        base = top + row * high
        cv2.line(page, (20, base), (int(edges[-1]), base), BLACK, 1)
        if row > 1:
            wide = np.diff(edges) - 6
            places += [
                (int(e) + 3, base - 2, int(w), high - 5) for e, w in zip(edges, wide)
            ]
    return top + rows * high


def boxes(page, top, accent, places, own):
    """Rows of boxes, one for each letter, or to be ticked."""
    rows, count, side = (
        int(own.integers(*ends)) for ends in ((1, 4), (4, 18), (9, 14))
    )
    left = int(own.choice([20, PAGE[1] - 20 - count * side]))
    rows = min(rows, room(top) // (side + 6))
    for row, box in np.ndindex(rows, count):
        at = left + box * side, top + row * (side + 6)
        cv2.rectangle(page, at, (at[0] + side - 2, at[1] + side), accent, 1)
        places.append((at[0] + 2, at[1] + side - 2, side - 6, side - 4))
    return top + rows * (side + 6)


def paragraph(page, top, accent, places, own):
    """Lines of small print, from margin to margin or in a narrow column."""
    rows, words = int(own.integers(3, 9)), int(own.integers(3, 8))
    left = int(own.choice([20, PAGE[1] - 20 - 34 * words]))
    rows = min(rows, room(top) // 9)
    for row in range(rows):
        text(page, (left, top + 9 * row + 6), words, own)
    return top + 9 * rows


def room(top):
    """How many rows of pixels are left on a page."""
    return PAGE[0] - 14 - top


def text(page, place, words, own):
    """Print some words in small letters."""
    line = " ".join(own.choice(PRINTED, words))
    cv2.putText(
        page, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.28, BLACK, 1, cv2.LINE_AA
    )


def scrawl(page, place, pen, rng):
    """Write something by hand at a place, of any length that fits."""
    left, base, wide, high = place
    count = max(3, int(wide * rng.uniform(0.3, 1) / 3))
    across = left + np.arange(count) * min(3, wide / count)
    line = np.stack([across, base - high * rng.uniform(0, 0.8, count)], 1)
    line = np.int32(line * 16)
    cv2.polylines(page, [line], False, pen, 1, cv2.LINE_AA, 4)


def folded(shape, rng):
    """How a folded sheet takes the light: float (row, column, 1), about 1."""
    light = np.ones((*shape[:2], 1))
    for axis in range(2):
        if rng.random() < 0.4:
            at = int(shape[axis] * rng.choice([1 / 3, 1 / 2, 2 / 3]))
            far = np.abs(np.arange(shape[axis]) - at)
            tilt = np.sign(np.arange(shape[axis]) - at) * rng.normal(0, 0.06)
            crease = 1 + tilt - rng.uniform(0, 0.2) * np.exp(-far / 2)
            light *= crease[:, None, None] if axis == 0 else crease[None, :, None]
    return light


def on_table(page, rng):
    """Lay a page on a table and take a photo: uint8 (row, column, 3)."""
    rows, columns = page.shape[:2]
    size = columns + 80, rows + 80
    corners = np.float32([[0, 0], [columns, 0], [columns, rows], [0, rows]])
    turn, grown = rng.normal(0, 0.06), np.exp(rng.normal(0, 0.06))
    cos, sin = grown * np.cos(turn), grown * np.sin(turn)
    middle = np.array([columns, rows]) / 2
    away = (corners - middle) @ np.array([[cos, sin], [-sin, cos]])
    away += np.array(size) / 2 + rng.normal(0, 8, 2) + rng.normal(0, 10, (4, 2))
    seen = cv2.getPerspectiveTransform(corners, np.float32(away))
    around = rng.uniform(40, 200) + rng.normal(0, 25, 3)
    around = around + rng.normal(0, 12, (size[1], 1, 1))  # wood
    sheet = cv2.warpPerspective(np.ones((rows, columns), np.float32), seen, size)
    picture = cv2.warpPerspective(np.float32(page), seen, size)
    around = cv2.GaussianBlur(around, (1, 0), sigmaX=1, sigmaY=3)
    picture = picture + (1 - sheet[..., None]) * around
    y, x = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    (down, right), (top, left) = rng.normal(0, 0.12, 2), rng.uniform(-1, 1, 2)
    shadow = np.exp(-((y - top) ** 2 + (x - left) ** 2) / rng.uniform(0.2, 1))
    light = rng.uniform(0.6, 1) + down * y + right * x - rng.uniform(0, 0.3) * shadow
    picture = picture * light[..., None] * rng.uniform(0.88, 1.05, 3)
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.5))
    picture = picture + rng.normal(0, rng.uniform(1, 6), picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)
