"""Omniglot as it was published, and one-shot runs that nobody can win by a trick."""

import numpy as np
import pytest

from helpers.disk.archives import MissingData, is_here
from helpers.sources import omniglot

with_data = pytest.mark.skipif(
    not is_here("omniglot"), reason="Omniglot is not here: its archive was not read"
)


@pytest.fixture(scope="module")
def photos():
    """All of it, as large as it was published."""
    return omniglot.omniglot()


@pytest.fixture(scope="module")
def runs():
    return omniglot.lake_runs()


def mark(image):
    """A drawing's pixels in few bytes, one bit each."""
    return np.packbits(image > 127).tobytes()


@with_data
def test_the_background_set_is_whole(photos):
    assert photos.images.shape == (19_280, 105, 105, 1) and len(photos.names) == 964
    alphabet = omniglot.alphabets(photos)
    assert len(np.unique(alphabet)) == 30 and (np.diff(alphabet) >= 0).all()
    assert (np.bincount(photos.people) == 20).all()
    for n in (0, 7, 19_279):  # the file's name tells the drawer, from 01 on
        assert photos.files[n].endswith(f"_{n % 20 + 1:02}.png")


@with_data
def test_ink_is_white_and_rare(photos):
    assert photos.images[:, 0, 0].mean() < 10 < photos.images.mean() < 40


@with_data
def test_lakes_runs_are_within_one_alphabet_and_each_character_is_asked_once():
    runs = omniglot.lake_runs(28)
    assert len(runs) == 20
    for run in runs:
        assert run.shown.shape == run.asked.shape == (20, 28, 28, 1)
        assert sorted(run.answers) == list(range(20))
        same = (run.asked[:, None] == run.shown[None]).all(axis=(2, 3, 4))
        assert not same.any()  # another person drew what is asked


@with_data
def test_none_of_lakes_drawings_is_trained_on(photos, runs):
    known = set(map(mark, photos.images))
    for run in runs:
        assert known.isdisjoint(map(mark, [*run.shown, *run.asked]))


@with_data
def test_pixels_are_the_baseline_that_others_report(runs):
    shares = omniglot.accuracy(omniglot.by_pixels, runs)
    assert shares.mean() == pytest.approx(0.19, abs=0.03)  # of chance 0.05


@with_data
def test_drawn_runs_are_like_lakes_and_the_same_for_one_seed(photos):
    runs = omniglot.draw_runs(photos, 30, seed=3)
    again = omniglot.draw_runs(photos, 30, seed=3)
    place = {mark(image): n for n, image in enumerate(photos.images)}
    alphabet = omniglot.alphabets(photos)
    for run, other in zip(runs, again):
        assert (run.asked == other.asked).all()
        shown = np.array([place[mark(image)] for image in run.shown])
        asked = np.array([place[mark(image)] for image in run.asked])
        assert len(np.unique(alphabet[[*shown, *asked]])) == 1
        assert len(np.unique(photos.people[shown])) == 20
        assert (photos.people[asked] == photos.people[shown[run.answers]]).all()
        assert len(np.unique(shown % 20)) == len(np.unique(asked % 20)) == 1
        assert shown[0] % 20 != asked[0] % 20


def test_a_right_similarity_gets_all_and_a_wrong_one_nothing():
    rng = np.random.default_rng(0)
    shown = rng.integers(0, 256, (20, 9, 9, 1), np.uint8)
    answers = rng.permutation(20)
    runs = [omniglot.Run(shown, shown[answers], answers)] * 2
    assert omniglot.accuracy(omniglot.by_pixels, runs).tolist() == [1, 1]

    def against(asked, shown):
        return -omniglot.by_pixels(asked, shown)

    assert omniglot.accuracy(against, runs).tolist() == [0, 0]


def test_who_always_says_the_first_is_right_by_chance():
    blank = np.zeros((20, 4, 4, 1), np.uint8)
    runs = [omniglot.Run(blank, blank, np.random.default_rng(1).permutation(20))]

    def first(asked, shown):
        return np.tile(-np.arange(len(shown)), (len(asked), 1))

    assert omniglot.accuracy(first, runs).tolist() == [0.05]


def test_a_small_alphabet_is_refused():
    photos = omniglot.Photos(np.zeros((40, 4, 4, 1), np.uint8), np.repeat([0, 1], 20),
                             ("A/1", "A/2"))  # fmt: skip
    with pytest.raises(ValueError, match="No alphabet has 20 characters"):
        omniglot.draw_runs(photos, 1)


def test_what_is_missing_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(omniglot, "find_set", lambda name: tmp_path)
    with pytest.raises(MissingData, match="holds 0 of 19,280 drawings"):
        omniglot.omniglot()
    with pytest.raises(MissingData, match="class_labels.txt is missing"):
        omniglot.lake_runs()
