"""Watch frames as they come: who stands before the camera, or nobody.

    watcher = Watcher(verifier, gallery, threshold)
    async for frame in camera:
        sighting = watcher.see(frame.image)

One frame is a poor witness: a blink, a turn of the head. What is compared with the
gallery is therefore the mean of the last frames' embeddings. Whoever steps in must not
inherit the verdict of whoever stepped out, so the frames are forgotten as soon as the
face is lost, jumps, or is another one.
"""

import time
from collections import deque
from itertools import groupby
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from helpers.faces import Face
from helpers.figures.style import DIFFERENT, SAME
from helpers.live.borrowed import Threshold
from helpers.live.quality import look
from helpers.measures.rates import of_anybody
from helpers.measures.scores import lengthen

FRAMES = 8  # of which the mean is compared
LOST = 3  # frames without a face, after which the last face is forgotten
JUMP = 0.5  # sides of the face from one frame to the next: that is another face
GROWTH = 1.5  # times larger or smaller, likewise


class Sighting(NamedTuple):
    """What one frame says.

    Attributes:
        name: who it is; None is nobody.
        nearest: the most similar person of the gallery, or None.
        similarity: of the last frames together to that person, -1..1, or None.
        alone: of this frame alone, or None.
        threshold: the least similarity that gets a name.
        strangers: share of strangers who would be as similar to somebody of this
            gallery, 0..1, or None.
        face: the `Face` in pixels of the frame, or None.
        fault: what to do when nobody is named and the frame is no good, else "".
        milliseconds: of "detection", "embedding", "search", and "all" of them.
    """

    name: str | None = None
    nearest: str | None = None
    similarity: float | None = None
    alone: float | None = None
    threshold: float | None = None
    strangers: float | None = None
    face: Face | None = None
    fault: str = ""
    milliseconds: dict | None = None


class Watcher:
    """Verdicts on frames as they come.

    Args:
        verifier: a `Verifier`.
        gallery: a `Gallery`; what is added to it or forgotten counts at once.
        threshold: a `Threshold`, or a similarity.
        frames: how many of the last frames are averaged.
    """

    def __init__(self, verifier, gallery, threshold, frames=FRAMES):
        self.verifier, self.gallery, self.threshold = verifier, gallery, threshold
        self.kept = deque(maxlen=frames)  # embeddings (feature,)
        self.reset()

    def reset(self):
        """Forget the frames that were seen."""
        self.kept.clear()
        self._last, self._lost = None, 0

    def see(self, image):
        """Say who is in a frame.

        Args:
            image: uint8 RGB (row, column, 3), or grey.

        Returns:
            A `Sighting`.
        """
        clock = [time.perf_counter()]
        seen = look(image)
        fault = " ".join(seen.faults[:1])
        clock.append(time.perf_counter())
        if seen.face is None:  # so the tower need not run
            self._lost += 1
            if self._lost >= LOST:
                self.reset()
            return self._nobody(None, fault, clock)
        embedding = self.verifier.embed_crops(seen.crop[None])[0]  # (feature,)
        self._keep(seen.face, embedding)
        clock.append(time.perf_counter())
        names, templates = self.gallery.templates()  # (person, feature)
        if not names:
            return self._nobody(seen.face, "Nobody is enrolled yet.", clock)
        smooth = self._mean()  # (feature,)
        scores = templates @ smooth  # (person,)
        best = int(scores.argmax())
        score, alone = float(scores[best]), float(templates[best] @ embedding)
        name = names[best] if score >= self.value else None
        scored = name, names[best], score, alone, self.value
        strangers = self._strangers(score, len(names))
        clock.append(time.perf_counter())
        fault = "" if name else fault
        return Sighting(*scored, strangers, seen.face, fault, milliseconds(clock))

    def _keep(self, face, embedding):
        """Keep an embedding, and none of before when this is another face."""
        if self.kept and (
            moved(self._last, face) or self._mean() @ embedding < self.value
        ):
            self.kept.clear()
        self.kept.append(embedding)
        self._last, self._lost = face, 0

    def _mean(self):
        """The last frames' embeddings as one, (feature,) of length 1."""
        return lengthen(np.mean(self.kept, axis=0), self.verifier.shared)

    @property
    def value(self):
        """The least similarity that gets a name."""
        return float(getattr(self.threshold, "value", self.threshold))

    def _strangers(self, score, people):
        """The share of strangers who would be as similar to one of so many people."""
        if isinstance(self.threshold, Threshold):
            return self.threshold.strangers(score)
        return of_anybody(self.verifier.false_accept_rate(score), people)

    def _nobody(self, face, fault, clock):
        what = {"face": face, "fault": fault, "milliseconds": milliseconds(clock)}
        return Sighting(threshold=self.value, **what)


def moved(last, face):
    """Whether two faces of consecutive frames cannot be one.

    >>> moved(Face(100, 100, 80), Face(110, 100, 82))
    False
    """
    growth = max(last.side, face.side) / min(last.side, face.side)
    step = np.hypot(last.x - face.x, last.y - face.y)
    return bool(step > JUMP * last.side or growth > GROWTH)


def milliseconds(clock):
    """Times between the ticks of a clock, by what was done.

    Args:
        clock: seconds: at the start and after each step.
    """
    steps = dict.fromkeys(("detection", "embedding", "search"), 0.0)
    for name, start, end in zip(steps, clock[:-1], clock[1:]):
        steps[name] = 1000 * (end - start)
    return steps | {"all": 1000 * (clock[-1] - clock[0])}


def draw(sightings, rate=None, title=""):
    """Draw the moving distance against the threshold, and below it who is named.

    Args:
        sightings: a list of `Sighting`, one a frame.
        rate: frames a second, for an axis in seconds; None counts frames.
        title: the conclusion.

    Returns:
        The figure. Where there is no line, there was no face.
    """
    fig, (ax, strip) = plt.subplots(
        2, sharex=True, figsize=(7, 4), gridspec_kw={"height_ratios": [6, 1]}
    )
    time = np.arange(len(sightings)) / (rate or 1)  # (frame,)
    alone = 1 - np.array([s.alone for s in sightings], float)  # None becomes NaN
    smooth = 1 - np.array([s.similarity for s in sightings], float)
    ax.plot(time, alone, ".", color="#777777", ms=3, label="this frame alone")
    ax.plot(time, smooth, color="#222222", ls="-", label="the last frames together")
    level = 1 - np.array([s.threshold for s in sightings])
    ax.plot(time, level, color="black", lw=1.5, ls=":", label="threshold")
    ax.set(title=title, ylabel="distance to the nearest")
    fig.legend(loc="outside upper right", ncols=3)
    for start, end, name in spells(sightings):
        x, width = start / (rate or 1), (end - start) / (rate or 1)
        colour, hatch = (SAME, "///") if name else (DIFFERENT, "\\\\\\")
        bar = {"color": colour, "alpha": 0.3, "hatch": hatch}
        strip.barh(0, width, 1, x, **bar)
        if end - start > len(sightings) / 25:
            label = {"ha": "center", "va": "center", "weight": "bold"}
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            strip.text(x + width / 2, 0, name or "nobody", **label, bbox=box)
    ax.margins(x=0.01)
    strip.set(yticks=[], xlabel="seconds" if rate else "frame")
    strip.grid(visible=False)
    return fig


def spells(sightings):
    """Frames in a row with one verdict: (first, one after the last, name or None).

    Frames without a face are in none of them.
    """

    def verdict(number):
        return sightings[number].face is not None, sightings[number].name

    found = []
    for (seen, name), frames in groupby(range(len(sightings)), verdict):
        frames = list(frames)
        if seen:
            found.append((frames[0], frames[-1] + 1, name))
    return found
