"""Borrowed strangers: a threshold for one's own camera, and what to expect of it.

Who has few people can measure no false accept rate on them (the rule of three, notebook
09), so strangers are borrowed: ORL's people. They must look as if they stood before the
same camera, for a threshold that was set elsewhere is far too low. No TensorFlow.
"""

from contextlib import suppress
from typing import NamedTuple

import numpy as np

from helpers import faces
from helpers.live import samples
from helpers.sources.photos import Photos

HALVES = 200  # ways to split borrowed strangers


def visitors(background, people=range(30), shots=range(5), seed=1):
    """Borrow strangers: people of ORL as if they stood before this very camera.

    Faces from one room resemble each other more than faces from two, so a threshold
    that was set on strangers from elsewhere is too low (notebook 09 measures it).

    Args:
        background: uint8 RGB (row, column, 3), what the camera sees of an empty room.
        people: numbers of people in ORL. shots: which of their ten photos.
        seed: of the movements.

    Returns:
        `Photos`: their crops, uint8 (photo, 64, 64, 1), under their names in ORL. Where
        no single face is found, the photo is left out.

    Raises:
        ValueError: the room is not empty.

    >>> visitors(samples.room(), people=(0, 1), shots=(4, 7))
    Photos(4 photos of 2 people, 64 x 64 x 1)
    """
    with suppress(faces.NoFace):
        faces.find(background, "the picture of the empty room")
        raise ValueError("Somebody is in the empty room: step aside, take it again.")
    seconds, crops, shown = len(shots) / samples.RATE, [], []
    film = {"people": people, "seconds": seconds, "shots": shots, "pause": 0}
    drawn = samples.frames(**film, seed=seed, background=background)
    for frame, scene in zip(drawn, samples.script(**film)):
        if scene.person is not None:
            with suppress(faces.FaceError):
                crops.append(faces.crop(frame))
                shown.append(scene.person)
    names = tuple(f"s{person + 1}" for person in range(40))
    return Photos(np.stack(crops), shown, names)


class Threshold(NamedTuple):
    """The least similarity that gets a name, and what it rests on.

    Attributes:
        value: similarity, -1..1.
        far: share of the borrowed strangers' photos that may get a name.
        expected: share of photos of people never borrowed that do, on average.
        low, high: 95 % range of that share, over who the strangers are.
        best: float (photo,), each stranger's similarity to the nearest person enrolled.
    """

    value: float
    far: float
    expected: float
    low: float
    high: float
    best: np.ndarray

    def strangers(self, similarity):
        """Share of strangers' photos that are at least so similar to somebody."""
        return float(np.mean(self.best >= similarity))


def own_threshold(templates, strangers, people, far=0.01, seed=0):
    """The threshold at which a share `far` of borrowed strangers would get a name.

    Of each stranger the person enrolled counts whom he resembles most, so it holds for
    these people and this many; make it again when somebody is added. What to expect of
    others is measured by splitting: set on one half of the strangers, counted on the
    other. Strangers from another camera set it far too low (notebook 09).

    Args:
        templates: float (person, feature), each of length 1, of the people enrolled.
        strangers: float (photo, feature), embeddings of people who are not.
        people: (photo,), who is on each of the strangers' photos.
        far: wanted share of strangers' photos that get a name, 0..1.
        seed: of the splits.

    Returns:
        A `Threshold`.

    Raises:
        ValueError: nobody is enrolled, or there are fewer than two strangers.

    >>> from helpers.measures.scores import unit
    >>> faces = unit(np.random.default_rng(0).normal(size=(400, 64)))
    >>> own = own_threshold(faces[:2], faces[2:], np.arange(398), far=0.05)
    >>> own.low < own.strangers(own.value) < own.high
    True
    """
    names, people = np.unique(people, return_inverse=True)
    if len(templates) == 0 or len(names) < 2:
        raise ValueError(
            f"{len(templates)} people are enrolled and {len(names)} strangers are "
            "borrowed: a threshold needs at least 1 and 2."
        )
    best = (np.asarray(strangers) @ np.transpose(templates)).max(axis=1)  # (photo,)
    rng, shares = np.random.default_rng(seed), []
    for _ in range(HALVES):
        half = rng.permutation(len(names))[people] < len(names) // 2  # (photo,)
        shares.append(np.mean(best[~half] >= reached_by(best[half], far)))
    low, high = np.percentile(shares, [2.5, 97.5])
    numbers = reached_by(best, far), far, np.mean(shares), low, high
    return Threshold(*map(float, numbers), best)


def reached_by(scores, share):
    """The threshold that this share of the scores reaches, at most.

    Half way between two scores, where rounding cannot move one across.
    """
    scores = np.append(np.sort(scores)[::-1], -1.0)
    count = int(share * (len(scores) - 1) + 1e-9)  # of those that may reach it
    middle = scores[max(count - 1, 0) : count + 1].mean()
    return max(middle, scores[count] + 1e-6)
