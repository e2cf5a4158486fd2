"""A threshold from borrowed strangers keeps what it says, also on people unseen."""

import numpy as np
import pytest

from helpers import faces
from helpers.live import samples
from helpers.live.borrowed import own_threshold, visitors
from helpers.measures.scores import unit
from helpers.tests.live.films import spoilt


def test_visitors_stand_in_the_given_room():
    dark = np.full((240, 320, 3), 20, np.uint8)
    bright = dark + np.uint8(200)
    crops = [visitors(room, (4, 9), (0, 5)) for room in (dark, bright)]
    for found in crops:
        assert found.names[4] == "s5" and list(found.people) == [4, 4, 9, 9]
        assert found.images.shape == (4, 64, 64, 1)
    edges = [found.images[:, :, -3:].mean() for found in crops]
    assert edges[0] + 50 < edges[1]  # what is around a face is in its crop


def test_a_room_that_is_not_empty_is_refused():
    *_, one = samples.frames((4,), 0.1, shots=(0,), pause=0)
    with pytest.raises(ValueError, match="Somebody is in the empty room: step aside"):
        visitors(one)
    with pytest.raises(faces.SeveralFaces, match="2 faces .* of the empty room"):
        visitors(spoilt((4, 9))["two people"])


def crowd(people, photos=10, features=32, seed=0):
    """Embeddings (person, photo, feature) of people who are each a little different."""
    rng = np.random.default_rng(seed)
    who = rng.normal(size=(people, 1, features))
    return unit(who + 0.5 * rng.normal(size=(people, photos, features)))


def set_on(faces, templates, far):
    """A threshold from faces (person, photo, feature)."""
    people = np.repeat(np.arange(len(faces)), faces.shape[1])
    return own_threshold(templates, faces.reshape(-1, faces.shape[2]), people, far)


@pytest.mark.parametrize("far", [0.3, 0.05, 0.01])
def test_no_more_borrowed_strangers_get_a_name_than_wanted(far):
    faces, templates = crowd(30), unit(crowd(5, seed=1).mean(axis=1))
    own = set_on(faces, templates, far)
    best = (faces @ templates.T).max(axis=2)  # (person, photo): the nearest counts
    assert np.mean(best >= own.value) <= far < np.mean(best >= own.value - 0.1)
    assert own.strangers(own.value) == np.mean(best >= own.value)
    assert own.strangers(-1) == 1 and own.far == far


def test_equal_scores_are_refused_together():
    """Two in five may get a name; the second and the third are equally similar."""
    own = own_threshold(np.eye(2), np.eye(2)[[0, 0, 0, 0, 0]], range(5), far=0.4)
    assert own.strangers(own.value) == 0 and own.value < 1.001


def test_a_larger_gallery_has_a_higher_threshold():
    faces, templates = crowd(30), unit(crowd(50, seed=1).mean(axis=1))
    values = [set_on(faces, templates[:size], 0.05).value for size in (1, 5, 50)]
    assert values == sorted(values) and values[0] + 0.1 < values[2]


def test_what_is_expected_of_others_holds_for_others():
    """On fifty other crowds the share is about as said, and most often in the range."""
    templates, inside, shares, expected = (
        unit(crowd(5, seed=1).mean(axis=1)),
        [],
        [],
        [],
    )
    for seed in range(50):
        faces = crowd(40, seed=seed + 2)
        own = set_on(faces[:20], templates, 0.05)
        best = (faces[20:] @ templates.T).max(axis=2)
        shares.append(np.mean(best >= own.value))
        expected.append(own.expected)
        inside.append(own.low <= shares[-1] <= own.high)
    assert np.mean(shares) == pytest.approx(np.mean(expected), abs=0.03)
    assert np.mean(inside) > 0.85


@pytest.mark.parametrize(("enrolled", "borrowed"), [(0, 5), (1, 1), (1, 0)])
def test_nobody_enrolled_or_borrowed_is_said(enrolled, borrowed):
    words = f"{enrolled} people are enrolled and {borrowed} strangers are borrowed"
    with pytest.raises(ValueError, match=words):
        own_threshold(np.eye(4)[:enrolled], np.eye(4)[:borrowed], range(borrowed))
