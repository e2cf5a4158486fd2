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
from typing import NamedTuple

import numpy as np

from helpers import faces
from helpers.faces import Face
from helpers.scores import unit

FRAMES = 8  # of which the mean is compared
LOST = 3  # frames without a face, after which the last face is forgotten
JUMP = 0.5  # sides of the face between two frames; nobody moves that fast
GROWTH = 1.5  # times larger or smaller from one frame to the next, likewise


class Threshold(NamedTuple):
    """The least similarity that gets a name, and what it rests on.

    Attributes:
        value: similarity, -1..1.
        far: wanted share of strangers who get a name.
        low, high: 95 % range of that share, had other strangers been borrowed.
        best: float (photo,), falling: each stranger's similarity to the nearest person.
    """

    value: float
    far: float
    low: float
    high: float
    best: np.ndarray

    def strangers(self, similarity):
        """Share of strangers who are at least so similar to somebody enrolled."""
        return float(np.mean(self.best >= similarity))


def own_threshold(templates, strangers, people, far=0.01, draws=500, seed=0):
    """The threshold at which a share `far` of borrowed strangers would get a name.

    It counts the person of the gallery whom a stranger resembles most, so that it holds
    for a gallery of this size and for these very people.

    Args:
        templates: float (person, feature), each of length 1, of the people enrolled.
        strangers: float (photo, feature), embeddings of people who are not.
        people: (photo,), who is on each of the strangers' photos.
        far: wanted share of strangers' photos that get a name, 0..1.
        draws: of other strangers, for the range. seed: of the draws.

    Returns:
        A `Threshold`.

    Raises:
        ValueError: nobody is enrolled, or there are fewer than two strangers.

    >>> own_threshold(np.eye(2), unit(np.ones((3, 2))), [0, 1, 2], far=0.5).strangers(0)
    1.0
    """
    templates, strangers = np.asarray(templates), np.asarray(strangers)
    names, people = np.unique(people, return_inverse=True)
    if len(templates) == 0 or len(names) < 2:
        raise ValueError(
            f"{len(templates)} people are enrolled and {len(names)} strangers are "
            "borrowed; a threshold needs at least 1 and 2."
        )
    best = (strangers @ templates.T).max(axis=1)  # (photo,)
    value = float(np.nextafter(np.quantile(best, 1 - far, method="higher"), 2))
    named = np.bincount(people, best >= value) / np.bincount(people)  # (person,)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(names), size=(draws, len(names)))
    low, high = np.percentile(named[drawn].mean(axis=1), [2.5, 97.5])
    return Threshold(value, far, float(low), float(high), np.sort(best)[::-1])


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
        fault: a sentence when there is no verdict, else "".
        milliseconds: of "detection", "embedding", "search", and "all" of them.
    """

    name: str | None
    nearest: str | None
    similarity: float | None
    alone: float | None
    threshold: float
    strangers: float | None
    face: Face | None
    fault: str
    milliseconds: dict


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
        face, crop, fault = look(image)
        clock.append(time.perf_counter())
        if face is None:
            self._lost += 1
            if self._lost >= LOST:
                self.reset()
            return self._nobody(face, fault, clock)
        embedding = self.verifier.embed_crops(crop[None])[0]  # (feature,)
        self._keep(face, embedding)
        clock.append(time.perf_counter())
        names, templates = self.gallery.templates()  # (person, feature)
        if not names:
            return self._nobody(face, "Nobody is enrolled yet.", clock)
        smooth = unit(np.mean(self.kept, axis=0))  # (feature,)
        scores = templates @ smooth  # (person,)
        best = int(scores.argmax())
        score, alone = float(scores[best]), float(templates[best] @ embedding)
        threshold, strangers = self._odds(score, len(names))
        name = names[best] if score >= threshold else None
        clock.append(time.perf_counter())
        return Sighting(
            name, names[best], score, alone, threshold, strangers, face, "",
            milliseconds(clock),
        )  # fmt: skip

    def _keep(self, face, embedding):
        """Keep an embedding, and none of before when this is another face."""
        if self._last is not None and (
            moved(self._last, face) or self._unlike(embedding)
        ):
            self.kept.clear()
        self.kept.append(embedding)
        self._last, self._lost = face, 0

    def _unlike(self, embedding):
        kept = unit(np.mean(self.kept, axis=0)) if self.kept else embedding
        return kept @ embedding < self.value

    @property
    def value(self):
        """The least similarity that gets a name."""
        return float(getattr(self.threshold, "value", self.threshold))

    def _odds(self, score, people):
        """The threshold, and the share of strangers who would be as similar."""
        if isinstance(self.threshold, Threshold):
            return self.value, self.threshold.strangers(score)
        far = self.verifier.false_accept_rate(score)
        return self.value, float(1 - (1 - far) ** people)

    def _nobody(self, face, fault, clock):
        return Sighting(
            None, None, None, None, self.value, None, face, fault, milliseconds(clock)
        )


def look(image):
    """The face of a frame, its crop, and what is wrong when there is none."""
    grey, times = faces.reduced(faces.grey(image))
    try:
        face = faces.find(grey)
    except faces.NoFace:
        return None, None, "No face in the frame."
    except faces.SeveralFaces:
        return None, None, "Several faces: one at a time."
    crop = faces.closeup(grey, face)
    return Face(*(times * value for value in face[:3]), face.angle), crop, ""


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
        The figure. A gap is a frame without a verdict.
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(7, 3.6))
    x = np.arange(len(sightings)) / (rate or 1)
    ax.plot(x, 1 - np.array([s.similarity for s in sightings], float))
    ax.set(title=title, ylabel="distance")
    return fig
