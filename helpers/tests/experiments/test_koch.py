"""The paper's pairs are fair, each layer has its rate, the recipe runs and is kept."""

import keras
import numpy as np
import pytest

from helpers.experiments import koch
from helpers.sources.omniglot import draw_runs
from helpers.sources.photos import Photos
from helpers.tests.conftest import tiny_tower


@pytest.fixture(scope="module")
def photos():
    """Two alphabets of 20 characters by 20 people; random drawings of 32 x 32."""
    names = [f"{a}/character{n:02}" for a in ("Greek", "N_Ko") for n in range(20)]
    images = np.random.default_rng(0).integers(0, 256, (800, 32, 32, 1), np.uint8)
    return Photos(images, np.repeat(np.arange(40), 20), names)


def test_half_of_the_pairs_are_same_and_all_are_within_an_alphabet(photos):
    first, second, same = koch.draw_pairs(photos, 400, np.random.default_rng(0))
    assert same.sum() == 200 and (first != second).all()
    people = photos.people[first], photos.people[second]
    assert ((people[0] == people[1]) == same).all()
    alphabet = koch.alphabets(photos)
    assert (alphabet[first] == alphabet[second]).all()
    assert (np.bincount(alphabet[first]) == 200).all()


def test_a_batch_holds_the_firsts_before_the_seconds(photos):
    images, same = koch.batches(photos, 50)(3)
    again, _ = koch.batches(photos, 50)(3)
    assert images.shape == (2 * koch.PAIRS, 32, 32, 1) and same.shape == (koch.PAIRS,)
    assert set(same) == {0, 1} and (images == again).all()
    assert images.dtype == np.float32 and 0 <= images.min() and images.max() <= 1


def test_each_layer_moves_by_its_own_rate():
    model = keras.Sequential(
        [
            keras.Input((1,)),
            keras.layers.Dense(1, use_bias=False, name="slow"),
            keras.layers.Dense(1, use_bias=False, name="other"),
        ]
    )
    model.set_weights([np.ones((1, 1)), np.ones((1, 1))])
    model.compile(koch.LayerwiseSGD(0.01, {"slow": 0.1}), "mse")
    model.train_on_batch(np.ones((4, 1)), np.zeros((4, 1)))
    slow, other = (1 - float(np.ravel(w)[0]) for w in model.get_weights())
    assert (slow, other) == pytest.approx((0.002, 0.02), rel=1e-4)


@pytest.mark.parametrize("rate", ["layerwise", 1e-3])
def test_the_recipe_runs_keeps_the_best_and_stops_in_time(rate, photos, monkeypatch):
    monkeypatch.setattr(koch, "omniglot", lambda size: photos)
    monkeypatch.setattr(koch, "apart", lambda drawn: (drawn, drawn))
    monkeypatch.setattr(koch, "PAIRS", 8)
    monkeypatch.setattr(koch.models, "koch", lambda: tiny_tower((32, 32, 1)))
    model, tower, found = koch.train_koch(0.0, pairs=20, epoch=2, rate=rate)
    assert found["pairs_seen"] == 16 and len(found["held_out"]) == 1
    assert np.isfinite(found["losses"]).all()
    similarity = koch.similarity_of(model, tower)
    run = draw_runs(photos, 1)[0]
    scores = similarity(run.asked, run.shown)
    assert scores.shape == (20, 20)
    a, b = run.asked[:1] / np.float32(255), run.shown[:1] / np.float32(255)
    chance = float(np.ravel(model.predict([a, b], verbose=0))[0])
    assert 1 / (1 + np.exp(-scores[0, 0])) == pytest.approx(chance, abs=1e-4)
