"""Made signatures, and made forgers who copy their shape. No TensorFlow.

    from helpers.sources import signatures
    signatures.write("signatures", 40, 12, forgeries=10)

The model. A signature is a motor programme: strokes, and along each of them how fast
the pen moves and how hard it presses. Nobody thinks of it while signing. The pen is
quick where the line is straight, slow where it bends (the power of a third), and a
stroke begins and ends in flight. A quick pen leaves a thin and pale line, a heavy one a
wide and dark line. On another day the points wander, the whole is slanted, stretched,
quicker or slower, with another pen on other paper.

A skilled forger has one genuine signature before him and copies its shape. What he
cannot see is the movement: he draws slowly, at one speed, with the pressure of his own
hand, so his line is even where the original swells and fades. His hand trembles, he
stops to look (a blot), and lifts the pen where the writer does not. How much of each is
his habit. A `tracer` has the original under his paper, and his shape is nearer to it
than the writer's own next signature; a `copyist` looks and draws; a `mimic` has learned
the movement by heart and is quick, but remembers shape, slant and pressure wrongly.

Sources: Viviani and Terzuolo (1982) for speed and curvature; Huber and Headrick,
"Handwriting identification" (1999), for what forgers do.
"""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

STEP = 0.02  # of a letter's height: how densely a line is followed
FINE = 3  # a line is drawn so much larger, and reduced
FORGERS = 2  # of each writer, whom nobody else has
LEARNED = "tracer", "copyist"  # the kinds of forgers that `write` makes by default


class Line(NamedTuple):
    """One stroke as it was written: places (point, 2), speed, pressure (point,)."""

    places: np.ndarray
    speed: np.ndarray
    pressure: np.ndarray


class Habits(NamedTuple):
    """What a forger does; lengths in letters' heights, shares 0..1."""

    wander: float  # how far the line strays from what it copies
    bend: float  # how wrongly points are remembered
    slow: float  # share of the writer's speed
    even: float  # how much of the changes of speed is lost
    foreign: float  # how much of the pressure is the forger's own
    tremble: float
    stops: float  # blots a stroke, on average
    lifts: float  # and gaps


def write(path, writers, genuine, forgeries=0, seed=0, kinds=LEARNED, start=0):
    """Write signatures as people keep them: `writer 000`, `writer 000_forg`, ...

    Args:
        path: of the folder, which is made.
        writers, genuine: so many writers, each with so many genuine signatures.
        forgeries: of each writer, by FORGERS forgers in turn; 0 makes no such folders.
        seed: of all of it.
        kinds: of forgers, "tracer", "copyist", "mimic", of which each draws one.
        start: number of the first writer; other numbers are other people.
    """
    for number in range(start, start + writers):
        makes = {"": genuine, "_forg": forgeries}
        for part, (ending, count) in enumerate(makes.items()):
            rng = np.random.default_rng([seed, number, part])
            inside = Path(path) / f"writer {number:03}{ending}"
            for one in range(count):
                inside.mkdir(parents=True, exist_ok=True)
                who, forger = [seed, number], one % FORGERS if part else None
                picture = signed(who, rng, forger, kinds)
                cv2.imwrite(str(inside / f"{one:02}.png"), picture)


def signed(number, rng, forger=None, kinds=LEARNED):
    """One signature on paper, uint8 (row, column, 1).

    Args:
        number: the writer: seeds, a list.
        rng: of the day.
        forger: None is the writer; else the number of a forger.
        kinds: as for `write`.
    """
    lines = written(number, rng)
    if forger is None:
        return on_paper(lines, pen_of(number), rng)
    own = np.random.default_rng([*number, 99, forger])
    lines = [copied(line, habits(own, kinds), own, rng) for line in lines]
    return on_paper(sum(lines, []), pen_of([*number, 99, forger]), rng)


def written(number, rng):
    """The genuine signature of a day: a list of `Line`.

    >>> lines = written([0, 1], np.random.default_rng(0))
    >>> all(len(line.places) == len(line.speed) for line in lines)
    True
    """
    own = np.random.default_rng(number)
    programme, habit = strokes_of(own), np.random.default_rng([*number, 7])
    firm, heavy, ends = habit.uniform(0.04, 0.08), *habit.uniform(0.1, 0.5, 2)
    tempo, force = np.exp(rng.normal(0, (0.12, 0.08)))
    moved = wandered(programme, rng, firm)
    lines = []
    for points in moved:
        places = evenly(spline(points))
        count = len(places)
        swell = smooth(count, 35, np.random.default_rng([*number, 8, len(lines)]))
        down = np.gradient(places[:, 1]) / STEP  # 1 straight down the page
        pressure = 0.6 + 0.13 * swell + heavy * down / 2 + 0.04 * smooth(count, 25, rng)
        from_end = STEP * np.minimum(np.arange(count), np.arange(count)[::-1])
        pressure *= force * np.clip(0.25 + from_end / (0.1 + ends), 0, 1)
        speed = tempo * quick(places) * np.exp(0.05 * smooth(count, 30, rng))
        lines.append(Line(places, speed, np.clip(pressure, 0.05, 1.1)))
    return lines


def habits(own, kinds=LEARNED):
    """Draw the `Habits` of one forger."""
    kind = kinds[own.integers(len(kinds))]
    draw, quiet = own.uniform, kind == "mimic"
    return Habits(
        wander={"tracer": draw(0.01, 0.03), "copyist": draw(0.04, 0.09)}.get(
            kind, 0.02
        ),
        bend=draw(0.06, 0.12) if quiet else 0.0,
        slow=draw(0.7, 1.1) if quiet else draw(0.3, 0.75),
        even=draw(0.0, 0.3) if quiet else draw(0.4, 0.95),
        foreign=draw(0.5, 0.9) if quiet else draw(0.4, 1.0),
        tremble=draw(0, 0.003) if quiet else draw(0.002, 0.01),
        stops=draw(0, 0.2) if quiet else draw(0.1, 1.2),
        lifts=draw(0, 0.1) if quiet else draw(0, 0.5),
    )


def copied(line, habit, own, rng):
    """A forger's copy of one stroke: a list of `Line`, several where the pen is lifted.

    Args:
        line: a `Line` of the genuine signature that is copied.
        habit: `Habits`. own: generator of the forger. rng: of the day.
    """
    count = len(line.places)
    wrong = np.stack([smooth(count, 50, own), smooth(count, 50, own)], 1)
    stray = np.stack([smooth(count, 40, rng), smooth(count, 40, rng)], 1)
    shake = np.stack([smooth(count, 5, rng), smooth(count, 5, rng)], 1)
    shake *= 1 + 0.5 * smooth(count, 40, rng)[:, None]
    places = line.places + habit.bend * wrong
    places = places + habit.wander * stray + habit.tremble * shake
    speed = (
        habit.slow * line.speed.mean() ** habit.even * line.speed ** (1 - habit.even)
    )
    pressure = 0.65 + 0.08 * smooth(count, 60, own) + 0.04 * smooth(count, 30, rng)
    pressure = habit.foreign * pressure + (1 - habit.foreign) * line.pressure
    for stop in rng.integers(count, size=rng.poisson(habit.stops)):
        near = np.exp(-(((np.arange(count) - stop) / rng.uniform(1, 3)) ** 2))
        speed = speed * (1 - 0.8 * near)
        pressure = pressure + 0.3 * near
    cuts = np.sort(rng.integers(count, size=rng.poisson(habit.lifts)))
    parts = np.split(np.arange(count), cuts)
    gap = int(rng.integers(1, 5))
    kept = [part[gap if n else 0 :] for n, part in enumerate(parts)]
    offset = [rng.normal(0, 0.012 * (n > 0), 2) for n in range(len(parts))]
    return [
        Line(places[part] + away, speed[part], pressure[part])
        for part, away in zip(kept, offset)
        if len(part) > 3
    ]


def on_paper(lines, pen, rng):
    """Draw and scan what was written: uint8 (row, column, 1).

    Args:
        lines: a list of `Line`.
        pen: width in letters' heights, how much of it presses out, how pale speed is.
        rng: of the pen, the paper and the scanner of the day.
    """
    low = np.min([line.places.min(0) for line in lines], 0)
    size = np.max([line.places.max(0) for line in lines], 0) - low
    scale, edges = rng.uniform(45, 80), rng.uniform(6, 30, 4)
    columns, rows = np.int64(size * scale + edges[:2] + edges[2:])
    width, give, pale = pen
    width *= np.exp(rng.normal(0, 0.15))
    pieces = []
    for line in lines:
        dark = np.clip(line.pressure * line.speed**-pale, 0.08, 1)
        wide = (1 - give + give * line.pressure) * line.speed ** (-pale / 2)
        where = ((line.places - low) * scale + edges[:2]) * FINE * 16
        thick = np.maximum(1, np.round(width * wide * scale * FINE))
        pieces += zip(dark[1:], thick[1:], where[:-1], where[1:])
    sheet = np.zeros((rows * FINE, columns * FINE), np.uint8)
    for dark, thick, *ends in sorted(pieces, key=lambda piece: piece[0]):
        a, b = (tuple(map(int, end)) for end in ends)
        cv2.line(sheet, a, b, int(255 * dark), int(thick), cv2.LINE_AA, 4)
    ink = cv2.resize(sheet, (int(columns), int(rows)), interpolation=cv2.INTER_AREA)
    ink = cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.4, 0.9)) / 255
    ink = ink * rng.uniform(0.6, 0.95)
    picture = rng.uniform(215, 255) * (1 - ink)
    picture = picture + rng.normal(0, rng.uniform(0, 5), picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)[..., None]


def pen_of(number):
    """The pen that a hand is used to, as for `on_paper`."""
    own = np.random.default_rng([*number, 5])
    return own.uniform(0.035, 0.07), own.uniform(0.3, 0.8), own.uniform(0.2, 0.6)


def quick(places):
    """How fast a hand follows a line, (point,), on average about 1: slow in bends."""
    along = np.gradient(places, axis=0)
    turn = np.unwrap(np.arctan2(along[:, 1], along[:, 0]))
    bend = np.abs(np.gradient(turn)) / STEP  # per letter's height
    bend = cv2.GaussianBlur(bend[:, None], (1, 0), sigmaX=1, sigmaY=4)[:, 0]
    speed = (bend + 0.5) ** (-1 / 3)
    return speed / speed.mean()


def evenly(line):
    """The same line through points STEP apart."""
    far = np.append(0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1)))
    places = np.linspace(0, far[-1], max(8, round(far[-1] / STEP)))
    return np.stack([np.interp(places, far, side) for side in line.T], 1)


def smooth(count, every, rng):
    """Smooth noise, (count,), of deviation about 1, which turns every so many steps."""
    knots = rng.normal(0, 1, (count // every + 3, 1))
    line = spline(knots)[:, 0]
    return np.interp(np.linspace(0, len(line) - 1, count), np.arange(len(line)), line)


def strokes_of(own):
    """A writer's strokes: points (point, 2) of each, drawn with his own generator."""
    strokes, right = [], 0.0
    for _ in range(own.integers(2, 5)):
        points = own.normal(0, (0.35, 0.5), (own.integers(5, 10), 2))
        points[:, 0] += np.linspace(0, own.uniform(0.5, 2), len(points)) + right
        strokes.append(points)
        right = points[:, 0].max() + own.uniform(-0.3, 0.2)
    return strokes


def wandered(strokes, rng, far=0.08):
    """The strokes of another day: slanted, stretched, and each point a little off."""
    slant, wide, high = rng.normal(0, 0.15), *np.exp(rng.normal(0, 0.10, 2))
    turn = np.array([[wide, slant], [rng.normal(0, 0.05), high]])
    return [(s + rng.normal(0, far, s.shape)) @ turn.T for s in strokes]


def spline(points, steps=16):
    """A smooth line through points (point, 2): Catmull and Rom's spline."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    a, b, c, d = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    t = np.linspace(0, 1, steps)[:, None]
    line = b + t * (c - a) / 2 + t**2 * (a - 2.5 * b + 2 * c - d / 2)
    line = line + t**3 * (1.5 * (b - c) + (d - a) / 2)
    return line.reshape(-1, points.shape[1])


def signature(number, rng):
    """A plain signature, uint8 (row, column, 3): grey; the pen has one width.

    A class is a row of strokes, each a spline through random points. A picture is
    another time that it is written: points wander, the whole is slanted, stretched and
    shifted, the pen is thinner or thicker, the paper darker, and the scan noisy.
    """
    strokes = wandered(strokes_of(np.random.default_rng(number)), rng)
    lines = [spline(stroke) for stroke in strokes]
    low = np.min([line.min(0) for line in lines], 0)
    size = np.max([line.max(0) for line in lines], 0) - low
    scale = rng.uniform(35, 60)
    edges = rng.uniform(4, 25, 4)
    columns, rows = np.int64(size * scale + edges[:2] + edges[2:])
    paper = np.full((rows, columns), rng.uniform(215, 255), np.float32)
    dark = np.zeros((rows, columns), np.uint8)
    for line in lines:
        places = np.int32(((line - low) * scale + edges[:2]) * 16)
        thick = int(rng.integers(1, 4))
        cv2.polylines(dark, [places], False, 255, thick, cv2.LINE_AA, 4)
    ink = dark / 255 * rng.uniform(0.6, 0.95)
    picture = paper * (1 - ink) + rng.normal(0, rng.uniform(0, 6), paper.shape)
    return np.repeat(np.clip(picture, 0, 255).astype(np.uint8)[..., None], 3, -1)
