"""A photo of a photo: the medium alone differs, and the verifier does not see it."""

import numpy as np
import pytest

from helpers.datasets import orl
from helpers.experiments import attacks
from helpers.live import again


@pytest.fixture(scope="module")
def photo():
    return orl(quiet=True).images[0, ..., 0]


def taken(photo, medium, seed=0):
    return again.photo_of(photo, medium, np.random.default_rng(seed))


@pytest.mark.parametrize("medium", list(again.MEDIA))
def test_a_camera_takes_the_same_photo_for_the_same_seed(medium, photo):
    first, other = taken(photo, medium), taken(photo, medium, seed=1)
    assert first.dtype == np.uint8 and first.shape == other.shape
    assert len(first) == again.TALL and first.std() > 10
    assert (first == taken(photo, medium)).all() and (first != other).any()


def test_a_lattice_is_seen_in_the_spectrum():
    rows, columns = np.indices((240, 200))
    plain = np.random.default_rng(0).normal(128, 9, (240, 200)).astype(np.uint8)
    lattice = (plain + 20 * np.cos(columns * 2)).clip(0, 255).astype(np.uint8)
    one, other = again.texture(plain), again.texture(lattice)
    assert one.shape == other.shape == (2 * 14,) and np.isfinite(one).all()
    assert (other - one)[1::2].max() > 3  # one frequency stands out


def test_a_flat_sheet_is_the_same_from_both_sides_and_a_bent_one_is_not():
    sheet = np.ones((60, 48), np.float32)
    flat, other = again.held(sheet, 40)[30], again.held(sheet, -40)[30]
    assert flat.shape == (48,) and np.allclose(flat, other[::-1])
    assert (flat > 0.9).sum() < 0.85 * 48  # foreshortened
    ramp = np.tile(np.linspace(0, 1, 48, dtype=np.float32), (60, 1))
    steps = np.diff(again.held(ramp, 30, 90)[30, 18:30])
    straight = np.diff(again.held(ramp, 30)[30, 18:30])
    assert steps.std() > 2 * straight.std()


@pytest.mark.parametrize("bend", [0, 90])
def test_a_sheet_that_is_not_turned_stays(bend):
    shown = np.tile(np.linspace(0, 1, 48, dtype=np.float32), (60, 1))
    held = again.held(shown, 0, bend)[30, 20:28]
    assert np.abs(held - shown[30, 20:28]).max() < 0.03


def test_what_was_measured():
    found = attacks.results()
    for seed in attacks.SEEDS:
        row = found[f"orl|{seed}"]
        person = row["accepted"]["skin"]["1 in 100"][0]
        for medium in attacks.ATTACKS:
            assert abs(row["accepted"][medium]["1 in 100"][0] - person) < 0.02
        assert row["texture"]["both"]["skin"][0] < 0.06
