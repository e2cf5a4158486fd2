"""A turn of the head, asked at random: left, straight or right of the picture.

A print lies there and a film plays what it holds; whoever is there can do what is asked
now. How far a head is turned is read off the gradients: how they differ from those of
the face's mirror image, along the one direction in which real faces differ most. LFW's
people gave that direction without any label (`weights/turn.npz`, made by
`python -m helpers.experiments.turns fit`). What counts is the change since a
first, straight frame: no face is quite symmetric.

Nobody was filmed while turning: `turned` is a stated model of a head. No TensorFlow.
"""

from functools import cache
from typing import NamedTuple

import cv2
import numpy as np

from helpers import faces
from helpers.live import samples
from helpers.sources.levelling import ALIGNER, gradients
from helpers.sources.orl import orl

QUESTIONS = {"left": -1, "straight": 0, "right": 1}  # of the picture, not of the person
TURN = ALIGNER.with_name("turn.npz")
# A head as half an ellipsoid with a nose, in sides of the face's square, about an axis
# between the ears. Wide and tall are half of a head as LFW's photos show them.
WIDE, TALL, DEEP, NOSE = 0.29, 0.42, 0.35, 0.095
EVERY = 6  # points between two pixels of a row, so that no gap opens where it stretches
ENOUGH = 1.0  # least change that is a turn: `challenges.limit` of all of ORL


def turned(photo, degrees, face=None):
    """A photo whose head is turned to the right of the picture: a model, not a photo.

    Each point of the face gets a depth; it moves as a turning ellipsoid would take it,
    what is nearer hides what is farther, and the background stays. Beyond 30 degrees a
    cheek appears that the photo never showed.

    Args:
        photo: uint8 (row, column). degrees: negative for the left.
        face: a `Face`; None finds it.

    Returns:
        uint8 (row, column).
    """
    face = faces.find(photo) if face is None else face
    rows, columns = photo.shape
    edge, turn = columns // 4, np.deg2rad(degrees)
    wide = cv2.copyMakeBorder(photo, 0, 0, edge, edge, cv2.BORDER_REPLICATE)
    size = wide.shape[1] * EVERY, rows
    fine = cv2.resize(wide, size, interpolation=cv2.INTER_LINEAR)
    y, x = np.indices(fine.shape, np.float32)
    x = (x + 0.5) / EVERY - 0.5  # in pixels
    right, down = (x - edge - face.x) / face.side, (y - face.y) / face.side
    far = np.hypot(right / WIDE, down / TALL)  # 1 at the outline of the head
    nose = NOSE * np.exp(-((right / 0.046) ** 2) - ((down - 0.05) / 0.07) ** 2)
    depth = DEEP * np.clip(1 - far**2, 0, None) + nose
    part = np.clip((1.6 - far) / 0.6, 0, 1)  # hair and neck go along, the wall does not
    step = part * (right * (np.cos(turn) - 1) + depth * np.sin(turn))
    nearer = part * (depth * np.cos(turn) - right * np.sin(turn))
    order = np.argsort(nearer, axis=None, kind="stable")
    column = np.clip(np.round(x + face.side * step), 0, wide.shape[1] - 1).astype(int)
    place = (y.astype(int) * wide.shape[1] + column).ravel()[order]
    drawn, seen = np.zeros_like(wide), np.zeros_like(wide)
    drawn.ravel()[place], seen.ravel()[place] = fine.ravel()[order], 1
    around = cv2.dilate(drawn, np.ones((3, 3), np.uint8))  # for what nothing reaches
    return np.where(seen, drawn, around)[:, edge : edge + columns].copy()


@cache
def direction():
    """Along which faces differ most from their mirror images, float32 (1764,)."""
    with np.load(TURN, allow_pickle=False) as stored:
        return stored["weights"].astype(np.float32)


def lopsided(image, face):
    """How the gradients of a face differ from those of its mirror image.

    Args:
        image: uint8 (row, column). face: its levelled `Face`.

    Returns:
        float32 (1764,), 0 for a face that is its own mirror image.
    """
    mirror = face._replace(x=image.shape[1] - 1 - face.x, angle=-face.angle)
    return gradients(image, face) - gradients(np.fliplr(image).copy(), mirror)


def turn_of(image, face):
    """How far a head is turned to the right of the picture; negative for the left.

    Args:
        image: uint8 (row, column). face: its levelled `Face`.

    Returns:
        In standard deviations of LFW's people; about 0.1 for a degree.
    """
    return float(lopsided(image, face) @ direction())


def ask(number, rng):
    """Questions drawn at random, so that no film can be made before they are known.

    >>> len(ask(3, np.random.default_rng(0)))
    3
    """
    return [str(name) for name in rng.choice(list(QUESTIONS), number)]


def shown(first, now, enough=ENOUGH):
    """What a turn answers: the question that fits the change since the first frame.

    Args:
        first, now: from `turn_of`. enough: least change that is a turn.

    >>> shown(0.2, 0.3), shown(0.2, -1.2)
    ('straight', 'left')
    """
    change = now - first
    return "straight" if abs(change) < enough else "right" if change > 0 else "left"


class Answer(NamedTuple):
    """What one session says.

    Attributes:
        passed: whether each frame is accepted as the person, and all is answered.
        shown: what each frame after the first shows, in words of QUESTIONS.
        turns: `turn_of` of each frame, the first too; None without a face.
        similarity: of each frame to the enrolled photo; None without a face.
        reason: one sentence.
    """

    passed: bool
    shown: tuple
    turns: tuple
    similarity: tuple
    reason: str


def answer(frames, questions, verifier, enrolled, far=0.01):
    """Judge a session: a straight frame, then one frame for each question.

    Args:
        frames: uint8 photos, one more than questions.
        questions: from `ask`. verifier: a `Verifier`.
        enrolled: embedding (feature,) of the person.
        far: the share of strangers that a frame alone may let pass.

    Returns:
        An `Answer`.

    Raises:
        ValueError: the numbers of frames and questions do not fit.
    """
    if len(frames) != len(questions) + 1:
        raise ValueError(
            f"{len(questions)} questions need {len(questions) + 1} frames, the first "
            f"one straight; here are {len(frames)}: take one frame for each question."
        )
    turns, scores = [], []
    for frame in frames:
        image, _ = faces.reduced(faces.grey(frame))
        try:
            face = faces.find(image, closely=False)
        except faces.FaceError:
            turns.append(None), scores.append(None)
            continue
        turns.append(turn_of(image, face))
        row = verifier.embed_crops(faces.closeup(image, face)[None])[0]
        scores.append(float(row @ enrolled))
    said = tuple(
        None if None in (now, turns[0]) else shown(turns[0], now) for now in turns[1:]
    )
    least, reason = verifier.threshold(far), "All was answered by the one enrolled."
    if None in turns:
        reason = f"Frame {1 + turns.index(None)} shows no face: stay in the picture."
    elif min(scores) < least:
        reason = f"Frame {1 + int(np.argmin(scores))} is not like the one enrolled."
    elif said != tuple(questions):
        wrong = [a != b for a, b in zip(said, questions)].index(True)
        reason = f"Asked for {questions[wrong]}, shown {said[wrong]}."
    passed = reason.startswith("All")
    return Answer(passed, said, tuple(turns), tuple(scores), reason)


def film(questions, rng, person=samples.PEOPLE[0], photo=0, degrees=20):
    """Frames of a session in the sample film's room: a straight one, then the answers.

    Args:
        questions: what the person does.
        person, photo: numbers in ORL. degrees: how far the head turns.

    Returns:
        list of uint8 RGB (row, column, 3), 480 x 640.
    """
    still = orl(quiet=True).images[10 * person + photo, ..., 0]
    phases, made = rng.uniform(0, 2 * np.pi, 5), []
    for number, question in enumerate(["straight", *questions]):
        frame = samples.room().astype(np.float32)
        head = turned(still, degrees * QUESTIONS[question])[..., None]
        samples.paste(frame, head, samples.sway(2.0 * number, phases))
        made.append(np.clip(frame, 0, 255).astype(np.uint8))
    return made
