"""Pictures that show no face: drawings, signatures, products, animals. No TensorFlow.

What a verifier of pictures does in place of finding and levelling a face. How its tower
wants them stands in its card, as `of`, what two pictures are compared for; `shape`,
(row, column, channel); `paper`, the value of empty paper, 0 or 255, or None for
pictures without; `trim`, whether empty paper around the ink is cut off; `ink`, whether
what is written is lifted off its paper first (older cards have no such entry: it is
not); `mirror`, whether a mirrored picture shows the same; `views`, how many looks at a
picture are averaged.
"""

import cv2
import numpy as np

from helpers.sources import photos, writing

PLAIN = 12  # grey levels between the quartiles of a border that is paper, at most
MARGIN = 0.05  # left around the ink, in longer sides of the ink
FAINT = 6  # of 255: spots that differ less from the border are paper
DUST = 2e-4  # of a page: less of it in ink is no writing
SPECK = 0.12  # of the darkest spot's ink: less is a speck; a spot is 1/50 of a picture
VIEWS = (  # turn in radians, log of the growth, shear, right and down in sides
    (0.0, 0.0, 0.0, 0.0, 0.0),
    (0.09, 0.0, 0.06, 0.02, 0.0),
    (-0.09, 0.0, -0.06, -0.02, 0.0),
    (0.0, 0.09, 0.0, 0.0, 0.02),
    (0.0, -0.09, 0.0, 0.0, -0.02),
    (0.06, 0.06, -0.08, 0.0, 0.0),
    (-0.06, -0.06, 0.08, 0.0, 0.0),
    (0.0, 0.0, 0.0, 0.02, 0.02),
)


def border(picture):
    """The outermost pixels of a picture: (pixel, channel).

    >>> border(np.arange(9).reshape(3, 3, 1)).ravel().tolist()
    [0, 1, 2, 6, 7, 8, 3, 5]
    """
    edges = picture[0], picture[-1], picture[1:-1, 0], picture[1:-1, -1]
    return np.concatenate(edges)


def paper_of(pictures):
    """Whether pictures are drawn or written on paper, and on which.

    Args:
        pictures: uint8 (row, column, channel) each, of any size.

    Returns:
        255 where most pictures have a plain light border, 0 where most have a plain
        dark one, else None.

    >>> paper_of(np.full((3, 20, 20, 1), 250, np.uint8))
    255
    """
    edges = [border(picture).mean(axis=-1) for picture in pictures]
    low, middle, high = np.array([np.percentile(e, (25, 50, 75)) for e in edges]).T
    for paper, near in ((255, middle > 170), (0, middle < 85)):
        if np.mean(near & (high - low <= PLAIN)) > 0.5:
            return paper
    return None


def trimmed(picture):
    """Cut a picture on plain paper down to what is written or drawn on it.

    Args:
        picture: uint8 (row, column, channel).

    Returns:
        uint8 (row, column, channel), the picture itself where it is empty.

    >>> written = np.full((90, 90, 1), 255, np.uint8); written[40:50, 20:70] = 0
    >>> trimmed(written).shape
    (14, 54, 1)
    """
    rows, columns = picture.shape[:2]
    ink, spots = _ink_of(picture)
    shrink = max(rows, columns) / max(ink.shape)
    if spots.max() < FAINT:
        return picture
    near = spots > SPECK * spots.max()  # no specks, but wider than the ink
    places = np.argwhere(near & (ink > 0.25 * ink[near].max()))
    low, high = places.min(axis=0), places.max(axis=0) + 1
    edge = MARGIN * (high - low).max()
    low, high = (low - edge) * shrink, (high + edge) * shrink
    top, left = np.maximum(0, low.round().astype(int))
    bottom, right = np.minimum((rows, columns), high.round().astype(int))
    return picture[top:bottom, left:right]


def _ink_of(picture, wide=100):
    """How far each place differs from the border: sharp, and as spots without grain."""
    small = photos.reduced(picture, 256)
    ink = np.abs(small - np.median(border(picture), axis=0)).max(axis=-1)
    return ink, cv2.GaussianBlur(ink, (0, 0), max(ink.shape) / wide)


def is_empty(picture, lifted=None):
    """Whether nothing is written or drawn on a page, whose grain and dust do not count.

    Args:
        picture: uint8 (row, column, channel).
        lifted: where it is strokes, what `writing.ink` makes of it.

    >>> page = np.full((60, 90, 1), 230, np.uint8); page[::7, ::5] += 3
    >>> is_empty(page), is_empty(page, writing.ink(page))
    (True, True)
    >>> page[20:24, 10:70] = 40; is_empty(page), is_empty(page, writing.ink(page))
    (False, False)
    """
    if lifted is not None and np.mean(lifted > 127) < DUST:
        return True
    return bool(_ink_of(picture, 100 if lifted is None else 256)[1].max() < FAINT)


def how(entry):
    """What `fit` takes, from a card's entry `pictures`: shape, paper, trim, ink."""
    ink = entry.get("ink", False)
    return tuple(entry["shape"]), entry["paper"], entry["trim"], ink


def fit(picture, shape, paper=None, trim=False, ink=False):
    """Bring a picture to the shape that a tower takes; nothing is squashed.

    Args:
        picture: uint8 (row, column, 1 or 3).
        shape: (row, column, channel) of the result; one channel is grey, three RGB.
        paper: 0 or 255: the picture is negated where its border is on the other side,
            so that black on white equals white on black, and what is missing to the
            shape is filled with the border's median. None: the border is repeated.
        trim: first cut empty paper off, as `trimmed` does.
        ink: before all that, lift what is written off its paper: `writing.ink`.

    Returns:
        uint8 (row, column, channel).

    >>> written = np.full((20, 50, 1), 255, np.uint8); written[8:12, 10:40] = 0
    >>> fit(written, (32, 32, 1), paper=0)[[0, 16], 16, 0].tolist()
    [0, 255]
    """
    if ink:
        picture = writing.ink(picture)
    if picture.shape[2] != shape[2]:
        code = cv2.COLOR_RGB2GRAY if shape[2] == 1 else cv2.COLOR_GRAY2RGB
        picture = cv2.cvtColor(picture, code).reshape(*picture.shape[:2], shape[2])
    if trim:
        picture = trimmed(picture)
    if paper is not None:
        middle = np.median(border(picture), axis=0)  # (channel,)
        if (middle.mean() > 127) != (paper > 127):
            picture, middle = 255 - picture, 255 - middle
        rows, columns = picture.shape[:2]
        down = max(0, round(columns * shape[0] / shape[1]) - rows)
        right = max(0, round(rows * shape[1] / shape[0]) - columns)
        edges = down // 2, down - down // 2, right // 2, right - right // 2
        fill = {"borderType": cv2.BORDER_CONSTANT, "value": middle.tolist()}
        picture = cv2.copyMakeBorder(picture, *edges, **fill)
        picture = picture.reshape(*picture.shape[:2], shape[2])
    return photos.fit(picture, shape[:2])


def views(images, number):
    """Several looks at each picture: the first as it is, others a little turned, moved.

    Their embeddings are averaged: what one look misjudges the others outvote.

    Args:
        images: float32 (picture, row, column, channel).
        number: how many, 1 to 8.

    Returns:
        A list of arrays like `images`.

    >>> seen = views(np.zeros((2, 32, 32, 1), np.float32), 3); len(seen), seen[2].shape
    (3, (2, 32, 32, 1))
    """
    size = np.array(images.shape[2:0:-1])  # columns, rows
    looks = [images]
    for turn, growth, shear, *shift in VIEWS[1:number]:
        cos, sin = np.exp(growth) * np.cos(turn), np.exp(growth) * np.sin(turn)
        turned = np.array([[cos, sin + shear], [-sin, cos]])
        middle = (size - 1) / 2
        where = np.column_stack([turned, middle + shift * size - turned @ middle])
        moved = [
            cv2.warpAffine(image, where, size.tolist(), borderMode=cv2.BORDER_REPLICATE)
            for image in images
        ]
        looks.append(np.stack(moved).reshape(images.shape))
    return looks
