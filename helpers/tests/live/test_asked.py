"""A turn of the head that was asked for: what is measured, what is said."""

import numpy as np
import pytest

from helpers import faces
from helpers.datasets import orl
from helpers.live import asked


@pytest.fixture(scope="module")
def photo():
    return orl(quiet=True).images[0, ..., 0]


class Alike:
    """Stands in for a verifier to which all faces are alike, or none."""

    def __init__(self, similarity=1.0):
        self.row = np.float32([similarity, 0])

    def embed_crops(self, crops):
        return np.stack([self.row] * len(crops))

    def threshold(self, far):
        return 0.5


def said(frames, questions, similarity=1.0):
    return asked.answer(frames, questions, Alike(similarity), np.float32([1, 0]))


def test_a_mirrored_face_is_turned_the_other_way(photo):
    face = faces.find(photo)
    mirror = face._replace(x=photo.shape[1] - 1 - face.x, angle=-face.angle)
    turn = asked.turn_of(photo, face)
    other = asked.turn_of(np.fliplr(photo).copy(), mirror)
    assert turn == pytest.approx(-other, abs=1e-4)


def test_a_modelled_turn_is_seen_and_no_turn_changes_nothing(photo):
    face = faces.find(photo)
    still = asked.turned(photo, 0, face)  # half a pixel off at most
    assert np.corrcoef(still.ravel(), photo.ravel())[0, 1] > 0.99
    turns = [
        asked.turn_of(head, faces.find(head))
        for head in (asked.turned(photo, degrees, face) for degrees in (-20, 0, 20))
    ]
    assert asked.shown(turns[1], turns[0]) == "left"
    assert asked.shown(turns[1], turns[2]) == "right"


def test_who_answers_passes_and_who_does_not_is_told_why():
    questions = ["left", "straight", "right"]
    frames = asked.film(questions, np.random.default_rng(0))
    assert frames[0].shape == (480, 640, 3)
    good = said(frames, questions)
    assert good.passed and good.shown == tuple(questions)
    wrong = said(frames, ["right", "straight", "right"])
    assert not wrong.passed and wrong.reason == "Asked for right, shown left."
    assert "not like the one enrolled" in said(frames, questions, 0.1).reason
    gone = said([*frames[:3], np.zeros_like(frames[0])], questions)
    assert gone.reason.startswith("Frame 4 shows no face") and gone.shown[2] is None


def test_too_few_frames_are_an_error(photo):
    with pytest.raises(ValueError, match="2 questions need 3 frames"):
        said([photo], ["left", "right"])


def test_questions_are_drawn_at_random():
    rng = np.random.default_rng(0)
    drawn = asked.ask(300, rng)
    assert all(70 < drawn.count(name) < 130 for name in asked.QUESTIONS)
