"""Interactive views change with their controls and store only a sentence."""

from types import SimpleNamespace

import numpy as np
import pytest

from helpers.figures.tiles import draw_batch
from helpers.figures.widgets import choose_two, try_augment, who_is_it
from helpers.pairs import augment
from helpers.sources.photos import Photos


@pytest.fixture
def people():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (6, 20, 16, 1), dtype=np.uint8)
    photos = Photos(images, [0, 0, 1, 1, 2, 2], ("ann", "bob", "stranger"))
    return photos, np.repeat(np.eye(3), 2, axis=0)


def verify(a, b, far):
    similarity = float(a @ b)
    return SimpleNamespace(
        same=similarity >= 0.5,
        similarity=similarity,
        threshold=0.5,
        strangers_alike=0.01,
    )


def test_two_photos_can_be_chosen(people):
    view = choose_two(*people, SimpleNamespace(verify=verify))
    controls, picture, text = view.children
    before = picture.value
    assert "accept" in text.value and "wrongly" not in text.value
    controls.children[1].children[0].value = "bob"
    assert "reject" in text.value and "wrongly" not in text.value
    assert picture.value != before


def test_a_threshold_turns_a_name_into_nobody(people):
    photos, embeddings = people
    gallery = {"ann": embeddings[0], "bob": embeddings[2]}
    view = who_is_it(photos, embeddings + 0.1, gallery, 0.5)
    (box, slider), text = view.children[0].children, view.children[2]
    assert text.value == "<b>ann</b>"
    box.children[0].value = "stranger"
    assert text.value == "<b>nobody</b>"
    slider.value = 0
    assert text.value == "<b>ann</b>, wrongly"


def test_stronger_augmentation_draws_other_copies(people):
    controls, picture = try_augment(people[0], augment).children
    before = picture.value
    _, strength, seed = controls.children
    strength.value = 3
    stronger = picture.value
    seed.value = 1
    assert len({before, stronger, picture.value}) == 3


def test_each_pair_of_a_batch_is_drawn_once(people):
    photos, _ = people
    axes = draw_batch(photos.images / 255, photos.people).axes[0]
    same, different = axes.lines
    assert len(same.get_xdata()) == 3 and len(different.get_xdata()) == 12
    assert all(same.get_xdata() > same.get_ydata())
    assert "15 pairs, 3 same, 12 different" in axes.texts[0].get_text()
