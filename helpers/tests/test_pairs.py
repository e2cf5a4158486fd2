"""Pairs are the right ones, batches hold what they promise, and step s is step s."""

import itertools

import numpy as np
import pytest

from helpers import pairs
from helpers.datasets import Photos


@pytest.fixture(scope="module")
def photos():
    """Six people: two with 1 photo, two with 4, two with 9; all photos differ."""
    people = np.repeat(np.arange(6), (1, 1, 4, 4, 9, 9))
    images = np.random.default_rng(0).integers(0, 256, (len(people), 32, 24, 1))
    return Photos(images.astype(np.uint8), people)


def rng(seed=0):
    return np.random.default_rng(seed)


# ---- all pairs -----------------------------------------------------------------------


@pytest.mark.parametrize("people", [[], [3], [3, 3], [5, 1, 5, 5, 2, 1]])
def test_all_pairs_equal_a_slow_loop(people):
    first, second, same = pairs.all_pairs(people)
    wanted = [
        (i, j, people[i] == people[j])
        for i, j in itertools.combinations(range(len(people)), 2)
    ]
    assert list(zip(first.tolist(), second.tolist(), same.tolist())) == wanted


def test_ten_people_with_ten_photos_are_450_and_4500_pairs():
    _, _, same = pairs.all_pairs(np.repeat(np.arange(10), 10))
    assert (same.sum(), (~same).sum()) == (450, 4500)


# ---- batches -------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_a_batch_holds_p_people_with_k_photos_side_by_side(photos, seed):
    batch = pairs.draw_batch(photos.people, 4, 3, rng(seed))
    people = photos.people[batch].reshape(4, 3)
    assert (people == people[:, :1]).all()
    assert len(set(people[:, 0])) == 4


def test_no_photo_meets_itself_where_there_are_enough(photos):
    enough = photos.only([2, 3, 4, 5])
    for seed in range(20):
        batch = pairs.draw_batch(enough.people, 4, 4, rng(seed))
        assert len(set(batch)) == 16


def test_whoever_has_too_few_photos_lends_some_twice(photos):
    assert set(pairs.draw_batch(photos.only([0]).people, 1, 4, rng())) == {0}


def test_people_are_drawn_by_the_root_of_their_photos(photos):
    generator, times = rng(), np.zeros(6)
    for _ in range(4000):
        times[photos.people[pairs.draw_batch(photos.people, 1, 1, generator)]] += 1
    assert times / 4000 == pytest.approx(np.array([1, 1, 2, 2, 3, 3]) / 12, abs=0.03)


def test_too_few_people_are_named_with_the_remedy(photos):
    sentence = "A batch of 7 people .* show 6. Make the batch smaller or add people"
    with pytest.raises(ValueError, match=sentence):
        pairs.draw_batch(photos.people, 7, 2, rng())
    with pytest.raises(ValueError, match=sentence):
        pairs.dataset(photos, n_people=7)


# ---- augmentation --------------------------------------------------------------------


def test_strength_zero_shows_the_photo_or_its_mirror(photos):
    photo, mirrored = photos.images[0], 0
    for seed in range(40):
        copy = pairs.augment(photo, rng(seed), strength=0)
        plain, mirror = pairs.to_float(photo), pairs.to_float(photo[:, ::-1])
        is_mirror = np.abs(copy - mirror).max() < 1e-6
        assert is_mirror or np.abs(copy - plain).max() < 1e-6
        mirrored += is_mirror
    assert 10 < mirrored < 30


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("strength", [0, 0.5, 1, 3])
def test_a_copy_keeps_shape_and_range_and_leaves_the_photo(channels, strength):
    photo = rng().integers(0, 256, (40, 30, channels)).astype(np.uint8)
    before = photo.copy()
    for seed in range(10):
        copy = pairs.augment(photo, rng(seed), strength)
        assert copy.shape == photo.shape and copy.dtype == np.float32
        assert 0 <= copy.min() <= copy.max() <= 1
    assert (photo == before).all()


def test_the_middle_of_a_photo_stays_where_it_is_but_for_the_shift():
    for seed in range(10):
        where = pairs.affine((64, 48), rng(seed))
        middle = np.array([23.5, 31.5])
        moved = where @ [*middle, 1] - middle
        assert np.abs(moved).max() < 0.15 * 64


def test_stronger_is_further_away(photos):
    def distance(strength):
        copies = [pairs.augment(photos.images[0], rng(s), strength) for s in range(40)]
        return np.abs(np.stack(copies) - pairs.to_float(photos.images[0])).mean()

    assert distance(0.5) < distance(1) < distance(3)


def test_to_float_maps_0_to_255_to_0_to_1():
    assert pairs.to_float(np.array([0, 51, 255], np.uint8)).tolist() == [
        0,
        np.float32(0.2),
        1,
    ]


# ---- batch number s ------------------------------------------------------------------


def test_batch_number_s_depends_on_seed_and_s_alone(photos):
    def batch(step, seed=0):
        return pairs.batch_number(step, photos, 3, 2, seed)[0]

    assert (batch(5) == batch(5)).all()
    assert (batch(5) != batch(6)).any()
    assert (batch(5) != batch(5, seed=1)).any()


def test_without_augmentation_photos_come_as_they_are(photos):
    images, people = pairs.batch_number(0, photos, 3, 2, strength=None)
    known = {image.tobytes(): p for image, p in zip(photos.images, photos.people)}
    for image, person in zip(images, people):
        assert known[(image * 255).round().astype(np.uint8).tobytes()] == person


def test_the_dataset_is_those_batches_in_order_and_goes_on_anywhere(photos):
    whole = list(pairs.dataset(photos, 3, 2, seed=4).take(5).as_numpy_iterator())
    rest = pairs.dataset(photos, 3, 2, seed=4, start=3).take(2).as_numpy_iterator()
    for step, (images, people) in enumerate(whole):
        wanted, who = pairs.batch_number(step, photos, 3, 2, seed=4)
        assert (images == wanted).all() and (people == who).all()
        assert images.dtype == np.float32 and people.dtype == np.int32
    for (images, people), (again, who) in zip(whole[3:], rest):
        assert (images == again).all() and (people == who).all()
