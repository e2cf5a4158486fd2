"""Flaws that strangers share: drawn once a batch, on one photo of each person."""

import numpy as np
import pytest

from helpers import faces
from helpers.datasets import Photos, orl
from helpers.pairs import batch_number
from helpers.recipes import flaws

CROPS = np.stack([faces.crop(image) for image in orl(quiet=True).images[::40]])


@pytest.mark.parametrize("flaw", flaws.FLAWS, ids=lambda flaw: flaw.__name__)
def test_a_flaw_is_seen_and_hides_no_person(flaw):
    """Drawn twelve times: another picture each time, and people still differ."""
    seen = []
    for seed in range(12):
        make = flaw(np.random.default_rng(seed))
        made = [make(crop, np.random.default_rng(9)) for crop in CROPS[:4]]
        for crop, image in zip(CROPS, made):
            assert image.shape == crop.shape and image.dtype == np.uint8
        again = flaw(np.random.default_rng(seed))
        assert np.array_equal(made[0], again(CROPS[0], np.random.default_rng(9)))
        seen.append(np.abs(made[0].astype(int) - CROPS[0]).mean())
        apart = np.abs(made[0].astype(int) - made[1]).mean()
        assert apart > 2  # grey levels
    assert np.median(seen) > 3 and len(set(seen)) > 6


def test_any_size_and_any_photo_will_do():
    rng = np.random.default_rng(0)
    for image in (np.zeros((96, 96, 1), np.uint8), np.full((48, 40, 1), 255, np.uint8)):
        for _ in range(60):
            assert flaws.draw(rng)(image, rng).shape == image.shape


def test_what_is_printed_is_the_same_on_all():
    """On black and on white crops one finds the same sheet."""
    black, white = (np.full((64, 64, 1), level, np.uint8) for level in (0, 255))
    for seed in range(20):
        make = flaws.printed(np.random.default_rng(seed))
        changed = [make(crop, None) != crop for crop in (black, white)]
        either = changed[0] | changed[1]
        assert either.mean() > 0.005
        assert np.array_equal(make(black, None), make(black.copy(), None))


def test_every_third_batch_shares_a_flaw_and_second_photos_are_good():
    photos = Photos(CROPS, np.arange(10), tuple("abcdefghij"))

    def make(step):
        return batch_number(step, photos, n_people=5, n_photos=2, seed=3)

    flawed = flaws.shared(make, seed=3)
    for step in range(7):
        (images, people), (good, same) = flawed(step), make(step)
        assert np.array_equal(people, same) and images.dtype == np.float32
        assert np.array_equal(images[1::2], good[1::2])
        differ = (images[::2] != good[::2]).any(axis=(1, 2, 3))
        assert differ.all() if step % 3 == 0 else not differ.any()
        assert 0 <= images.min() and images.max() <= 1
        assert np.array_equal(flawed(step)[0], images)  # a killed run goes on
