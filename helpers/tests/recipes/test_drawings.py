"""Batches of drawings hold look-alikes, no stranger is itself, step s is step s."""

import numpy as np
import pytest

from helpers.experiments.omniglot_runs import still
from helpers.recipes import drawings
from helpers.sources.photos import Photos


@pytest.fixture(scope="module")
def photos():
    """Three alphabets of 12, 6 and 3 characters, drawn by 5 people; all differ."""
    sizes = {"Big": 12, "Middle": 6, "Small": 3}
    names = [f"{a}/character{n:02}" for a, size in sizes.items() for n in range(size)]
    images = np.random.default_rng(0).integers(0, 256, (21 * 5, 32, 32, 1), np.uint8)
    return Photos(images, np.repeat(np.arange(21), 5), names)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_eight_orientations_of_a_letter_are_eight_drawings():
    letter = np.arange(9).reshape(3, 3)
    seen = {drawings.turned(letter, n).tobytes() for n in range(8)}
    assert len(seen) == 8


@pytest.mark.parametrize("seed", range(5))
def test_a_batch_holds_each_character_once_by_different_people(photos, seed):
    images, labels = drawings.batches(photos, 8, 4, seed=seed)(3)
    assert images.shape == (32, 32, 32, 1) and images.dtype == np.float32
    assert 0 <= images.min() and images.max() <= 1
    by_character = labels.reshape(8, 4)
    assert (by_character == by_character[:, :1]).all()
    assert len(set(by_character[:, 0] // 8)) == 8  # in one orientation only
    plain = drawings.batches(photos, 8, 4, seed=seed, change=still)(3)[0]
    assert len({image.tobytes() for image in plain}) == 32


def test_without_variation_a_batch_shows_the_drawings_themselves(photos):
    images, labels = drawings.batches(photos, 4, 5, change=still)(0)
    for character in range(4):
        letter, orientation = divmod(labels[5 * character], 8)
        originals = {
            drawings.turned(photos.images[i, ..., 0], orientation).tobytes()
            for i in photos.of(letter)
        }
        shown = images[5 * character : 5 * character + 5, ..., 0] * 255
        assert {np.uint8(np.rint(one)).tobytes() for one in shown} == originals


def test_characters_of_one_alphabet_are_turned_alike_and_many(photos):
    alphabet = np.repeat([0, 1, 2], (12, 6, 3))
    for seed in range(20):
        chosen, turns = drawings.draw_characters(alphabet, 9, 2, rng(seed))
        for one in np.unique(alphabet[chosen]):
            assert len(set(turns[alphabet[chosen] == one])) == 1
        counts = np.unique(alphabet[chosen], return_counts=True)[1]
        assert counts.max() == 5 and len(set(chosen)) == 9


def test_too_few_characters_are_said(photos):
    with pytest.raises(ValueError, match="needs as many; there are 21. Make the batch"):
        drawings.batches(photos, 22)(0)


def test_a_step_is_the_same_again_and_another_seed_is_another(photos):
    make = drawings.batches(photos, 6, 2, seed=1)
    again = drawings.batches(photos, 6, 2, seed=1)
    other = drawings.batches(photos, 6, 2)
    assert (make(7)[0] == again(7)[0]).all() and (make(7)[1] == again(7)[1]).all()
    assert (make(7)[0] != make(8)[0]).any() and (make(7)[0] != other(7)[0]).any()


def test_variation_leaves_a_letter_legible():
    letter = np.zeros((48, 48), np.uint8)
    letter[10:38, 22:26] = letter[10:14, 10:38] = 255  # a T
    varied = [drawings.vary(letter, rng(seed)) for seed in range(50)]
    ink = np.array([one.sum() for one in varied]) / (letter.sum() / 255)
    assert 0.35 < ink.min() and ink.max() < 2.5
    edges = [one[[0, -1]].sum() + one[:, [0, -1]].sum() for one in varied]
    assert np.median(edges) == 0  # paper moves in, not ink
    turned = [np.corrcoef(one.ravel(), letter.ravel())[0, 1] for one in varied]
    assert np.median(turned) > 0.4


def test_the_distortions_of_the_paper_move_little_and_leave_a_few_alone():
    drawing = np.zeros((105, 105), np.uint8)
    drawing[50:55, 20:85] = 255
    seen = [drawings.distort(drawing, rng(seed)) for seed in range(300)]
    alone = np.mean([np.array_equal(one, drawing / np.float32(255)) for one in seen])
    assert 0 < alone < 0.05  # 1 of 128
    ink = np.array([one.sum() for one in seen]) / (5 * 65)
    assert 0.6 < ink.min() and ink.max() < 1.6
    rows = np.array(
        [(one.sum(axis=1) * np.arange(105)).sum() / one.sum() for one in seen]
    )
    assert abs(rows.mean() - 52) < 1 and rows.std() < 4
