"""Flaws that photos of strangers share, so that a network learns not to heed them.

In every third batch one flaw is on the first photo of each person and the second is
good. Whoever tells these people apart has to find what differs in spite of the flaw,
and whoever finds a person's two photos has to look through it. No TensorFlow.

A flaw is drawn once for a batch: a function of the generator that returns a function of
a crop, uint8 (row, column, 1), and of a generator for what differs between its photos.
"""

import cv2
import numpy as np

from helpers.pairs import to_float
from helpers.sources.levelling import NOTHING

EVERY = 3  # batches: one of so many shares a flaw


def _same(image, like):
    return np.clip(np.round(image), 0, 255).astype(np.uint8).reshape(like.shape)


def squeezed(rng):
    """Pixels that are not square: a frame that was squashed, or drawn out."""
    lean, zoom = rng.choice((-1, 1)) * rng.uniform(0.05, 0.33), rng.normal(0, 0.06)
    border = (cv2.BORDER_CONSTANT, cv2.BORDER_REFLECT)[rng.integers(2)]

    def make(crop, _):
        rows, columns = crop.shape[:2]
        x, y = np.exp(zoom + lean), np.exp(zoom - lean)
        move = np.float64([[x, 0, (1 - x) * columns / 2], [0, y, (1 - y) * rows / 2]])
        way = {"borderMode": border, "borderValue": NOTHING}
        return cv2.warpAffine(crop, move, (columns, rows), **way).reshape(crop.shape)

    return make


def noisy(rng):
    """The grain of a sensor without light, or pixels that are full or dead."""
    level, dead = rng.uniform(8, 75), rng.uniform(0.02, 0.3)
    coarse = rng.uniform(0, 1.2) if rng.random() < 0.5 else 0
    full = rng.random() < 0.25

    def make(crop, rng):
        if full:
            chance = rng.random(crop.shape)
            speckled = np.where(chance < dead / 2, 0, crop)
            return _same(np.where(chance > 1 - dead / 2, 255, speckled), crop)
        grain = rng.standard_normal(crop.shape).astype(np.float32)
        if coarse:
            grain = cv2.GaussianBlur(grain, (0, 0), coarse).reshape(crop.shape)
            grain /= grain.std()
        return _same(crop + level * grain, crop)

    return make


def mosaic(rng):
    """Blocks of one grey, as faces are hidden; or few pixels, enlarged smoothly."""
    side = rng.uniform(1.3, 7.0)
    how = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(3)]

    def make(crop, _):
        size = [max(6, round(length / side)) for length in crop.shape[1::-1]]
        small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
        large = cv2.resize(small, crop.shape[1::-1], interpolation=how)
        return large.reshape(crop.shape)

    return make


def compressed(rng):
    """JPEG of low quality, at one to three times the crop's size."""
    quality, times = int(rng.integers(1, 30)), rng.uniform(1.0, 3.0)

    def make(crop, _):
        large = cv2.resize(crop, None, fx=times, fy=times)
        _, data = cv2.imencode(".jpg", large, [cv2.IMWRITE_JPEG_QUALITY, quality])
        back = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
        small = cv2.resize(back, crop.shape[1::-1], interpolation=cv2.INTER_AREA)
        return small.reshape(crop.shape)

    return make


def filtered(rng):
    """Any small filter: a lens out of focus, a shake, an edge too sharp, a relief."""
    if rng.random() < 0.5:
        across = rng.uniform(0.5, 2.8)
        along = across if rng.random() < 0.5 else 0.3
        lean = rng.uniform(0, np.pi)
        y, x = np.mgrid[-5:6, -5:6]
        u, v = np.cos(lean) * x + np.sin(lean) * y, np.cos(lean) * y - np.sin(lean) * x
        kernel = np.exp(-((u / across) ** 2 + (v / along) ** 2) / 2)
        kernel /= kernel.sum()
    else:
        side = int(rng.choice((3, 5)))
        kernel = rng.standard_normal((side, side)) / side
        kernel[side // 2, side // 2] += 1
        total = kernel.sum()
        kernel /= total if abs(total) > 0.3 else 1.0
    kernel = kernel.astype(np.float32)

    def make(crop, _):
        image = cv2.filter2D(crop, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT)
        return _same(image + min(0, crop.mean() - image.mean()) / 2, crop)

    return make


def shaded(rng):
    """Light from one side, a shadow's edge, a lamp, dark corners; dark or glaring."""
    lean, place = rng.uniform(0, 2 * np.pi), rng.uniform(-0.5, 0.5)
    soft, light = rng.uniform(0.02, 0.8), rng.uniform(0.1, 0.7)
    bright, round_ = rng.random(2) < (0.35, 0.5)
    middle, radius = rng.uniform(-0.7, 0.7, 2), rng.uniform(0.2, 1.0)
    inside = rng.choice((-1, 1))
    noise = rng.uniform(0, 4)

    def make(crop, rng):
        y, x = np.mgrid[: crop.shape[0], : crop.shape[1]] / crop.shape[0] * 2 - 1
        if round_:
            away = np.hypot(x - middle[0], y - middle[1])
            along = inside * (away - radius) / soft
        else:
            along = (np.cos(lean) * x + np.sin(lean) * y - place) / soft
        share = (light + (1 - light) / (1 + np.exp(-4 * along)))[..., None]
        image = share * crop if not bright else 255 - share * (255 - crop)
        return _same(image + rng.normal(0, noise, crop.shape), crop)

    return make


def few_greys(rng):
    """Few shades: posters, photocopies, screens of dots; sometimes a negative."""
    levels, kind = int(rng.integers(2, 7)), rng.integers(3)
    gamma = np.exp(rng.normal(0, 0.6))
    negative = rng.random() < 0.15
    matrix = rng.permutation(16).reshape(4, 4) / 16 - 0.47

    def make(crop, rng):
        image = (crop / 255.0) ** gamma * (levels - 1)
        if kind == 1:  # a screen of dots that all photos share
            rows, columns = crop.shape[:2]
            tiled = np.tile(matrix, (rows // 4 + 1, columns // 4 + 1))
            image = image + tiled[:rows, :columns, None]
        elif kind == 2:  # dots that fall by chance
            image = image + rng.uniform(-0.5, 0.5, crop.shape)
        image = np.clip(np.round(image), 0, levels - 1) * (255 / (levels - 1))
        return _same(255 - image if negative else image, crop)

    return make


def printed(rng):
    """Something printed across: bars, a grid, a frame, words."""
    size, thick = 64, int(rng.integers(1, 4))
    sheet = np.zeros((size, size), np.float32)
    kind = rng.integers(5)
    if kind == 0:  # bars, one or several
        for _ in range(rng.integers(1, 4)):
            top, height = rng.integers(-4, size), rng.integers(3, 18)
            sheet[max(top, 0) : top + height] = 1
        sheet = np.rot90(sheet, rng.integers(2))
    elif kind == 1:  # parallel lines, or two crossing sets of them
        step, phase = rng.uniform(2.0, 10.0), rng.uniform(0, 10)
        y, x = np.mgrid[:size, :size]
        for lean in rng.uniform(0, np.pi, rng.integers(1, 3)):
            along = (np.cos(lean) * x + np.sin(lean) * y + phase) % step
            sheet = np.maximum(sheet, along < max(1.0, step * rng.uniform(0.2, 0.5)))
    elif kind == 2:  # words
        letters = np.array(list("ABCDEFGHIKLMNOPRSTUVWZ0123456789"))
        for _ in range(rng.integers(1, 5)):
            word = "".join(rng.choice(letters, rng.integers(2, 9)))
            place = int(rng.integers(-10, 30)), int(rng.integers(8, 64))
            scale = rng.uniform(0.3, 1.1)
            cv2.putText(sheet, word, place, 0, scale, 1.0, thick, cv2.LINE_AA)
        turn = cv2.getRotationMatrix2D((32, 32), rng.normal(0, 15), 1.0)
        sheet = cv2.warpAffine(sheet, turn, (size, size))
    elif kind == 3:  # strokes and rings
        for _ in range(rng.integers(1, 7)):
            ends = [tuple(map(int, end)) for end in rng.integers(0, size, (2, 2))]
            if rng.random() < 0.5:
                cv2.line(sheet, *ends, 1.0, thick, cv2.LINE_AA)
            else:
                radius = int(rng.integers(3, 20))
                cv2.circle(sheet, ends[0], radius, 1.0, thick, cv2.LINE_AA)
    else:  # a patch with a pattern
        height, width = rng.integers(8, 34, 2)
        top, left = rng.integers(0, size - height), rng.integers(0, size - width)
        patch = cv2.resize(rng.random((4, 4)).astype(np.float32), (width, height))
        sheet[top : top + height, left : left + width] = patch
    opaque, ink = rng.uniform(0.25, 1.0), rng.choice((0, 255, rng.uniform(0, 255)))

    def make(crop, _):
        over = cv2.resize(np.float32(sheet), crop.shape[1::-1])[..., None] * opaque
        return _same(over * ink + (1 - over) * crop, crop)

    return make


def cut_off(rng):
    """A photo that ends too soon on one side or on all: there is nothing to see."""
    width = rng.uniform(0.03, 0.24)
    sides = rng.random(4) < (1.0 if rng.random() < 0.6 else 0.4)
    loose = rng.uniform(0, 0.04)

    def make(crop, rng):
        crop = crop.copy()
        for side in np.flatnonzero(sides):
            share = max(0, width + rng.normal(0, loose))
            np.rot90(crop, side)[: round(share * len(crop))] = NOTHING
        return crop

    return make


def bent(rng):
    """A lens that bends straight lines, or a face seen from very near."""
    strength = rng.uniform(-0.35, 0.45)

    def make(crop, _):
        rows, columns = crop.shape[:2]
        y, x = np.mgrid[:rows, :columns].astype(np.float32)
        u, v = x / columns * 2 - 1, y / rows * 2 - 1
        times = (1 + strength * (u * u + v * v)) / (1 + 0.5 * strength)
        x, y = (u * times + 1) * columns / 2, (v * times + 1) * rows / 2
        way = {"interpolation": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_CONSTANT}
        bowed = cv2.remap(
            crop, np.float32(x), np.float32(y), borderValue=NOTHING, **way
        )
        return bowed.reshape(crop.shape)

    return make


FLAWS = {  # how often each is drawn: those twice that a network sees through last
    squeezed: 2,
    noisy: 1,
    mosaic: 1,
    compressed: 1,
    filtered: 1,
    shaded: 2,
    few_greys: 1,
    printed: 2,
    cut_off: 1,
    bent: 1,
}


def draw(rng):
    """A flaw for a whole batch; one of five times two, one after the other."""
    number = 2 if rng.random() < 0.2 else 1
    often = np.array([*FLAWS.values()]) / sum(FLAWS.values())
    chosen = rng.choice(len(FLAWS), number, replace=False, p=often)
    made = [[*FLAWS][flaw](rng) for flaw in chosen]

    def make(crop, rng):
        for flaw in made:
            crop = flaw(crop, rng)
        return crop

    return make


def shared(make, seed=0):
    """Batches of which every third shares a flaw.

    Args:
        make: number of a batch -> images float32 (2 * person, row, column, channel) in
            0..1, two of each person side by side; people int32 (2 * person,).
        seed: of the flaws.

    Returns:
        The same for batches with flaws, for `pairs.stream`: on the first photo of each
        person.
    """

    def flawed(step):
        images, people = make(step)
        if step % EVERY == 0:
            rng = np.random.default_rng([seed, step, 1])
            flaw = draw(rng)
            for image in images[::2]:
                image[:] = to_float(flaw(_same(255 * image, image), rng))
        return images, people

    return flawed
