"""A network tells the photos for which its own rates do not hold."""

import keras
import numpy as np
import pytest

from helpers import embedding, models
from helpers.datasets import Photos
from helpers.recipes import doubting


@pytest.fixture(scope="module")
def people():
    """Sixty people with a photo each, smooth random faces."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(60, 200, (60, 8, 8, 1)).astype("float32")
    images = keras.ops.convert_to_numpy(keras.ops.image.resize(coarse, (32, 32)))
    return Photos(images.astype(np.uint8), np.arange(60))


def striped(rng):
    """Stripes that make all photos alike; every other flaw does nothing."""
    if rng.random() < 0.5:
        return lambda crop, rng: crop

    def make(crop, rng):
        crop = crop // 8
        crop[::4] = 255
        return crop

    return make


def test_photos_are_doubted_whose_flaw_lets_strangers_in(people, monkeypatch, tmp_path):
    monkeypatch.setattr(doubting, "DRAWS", 20)
    monkeypatch.setattr(doubting, "EACH", 8)
    monkeypatch.setattr(doubting.flaws, "draw", striped)
    keras.utils.set_random_seed(0)
    tower = models.compact((32, 32, 1), width=4, features=16)
    learn, others = people.take(people.people < 40), people.take(people.people >= 40)
    model = doubting.with_doubt(tower, learn, others)
    same, doubter = embedding.apart(model)
    bad = np.stack([striped(np.random.default_rng(1))(i, None) for i in others.images])
    assert (bad != others.images).any()
    assert (embedding.embed(doubter, bad) > 0).mean() > 0.95
    assert (embedding.embed(doubter, others.images) > 0).mean() <= 0.05
    rows = embedding.embed(tower, bad)
    assert (embedding.embed(same, bad) == rows).all()
    embedding.save(model, tmp_path / "both.keras")
    again, its = embedding.apart(embedding.load(tmp_path / "both.keras"))
    assert np.allclose(embedding.embed(again, bad), rows, atol=1e-6)
    assert np.allclose(embedding.embed(its, bad), embedding.embed(doubter, bad))
    assert embedding.compiled(its)(bad / np.float32(255)).shape == (20, 1)


def test_a_tower_alone_doubts_nothing(people):
    tower = models.compact((32, 32, 1), width=4, features=16)
    assert embedding.apart(tower) == (tower, None)
