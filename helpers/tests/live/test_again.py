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


def test_what_was_measured():
    found = attacks.results()
    for seed in attacks.SEEDS:
        row = found[f"orl|{seed}"]
        person = row["accepted"]["skin"]["1 in 100"][0]
        for medium in attacks.ATTACKS:
            assert abs(row["accepted"][medium]["1 in 100"][0] - person) < 0.02
        assert row["texture"]["both"]["skin"][0] < 0.06
