"""Towers: their published shapes, that they share weights, save, reload and learn."""

import keras
import numpy as np
import pytest

from helpers import models

CLASSIC = [
    ("input_image", (None, 100, 100, 3), 0),
    ("conv2d", (None, 91, 91, 64), 19_264),
    ("max_pooling2d", (None, 46, 46, 64), 0),
    ("conv2d_1", (None, 40, 40, 128), 401_536),
    ("max_pooling2d_1", (None, 20, 20, 128), 0),
    ("conv2d_2", (None, 17, 17, 128), 262_272),
    ("max_pooling2d_2", (None, 9, 9, 128), 0),
    ("conv2d_3", (None, 6, 6, 256), 524_544),
    ("flatten", (None, 9216), 0),
    ("dense", (None, 4096), 37_752_832),
]


def table(model):
    rows = []
    for layer in model.layers:
        rows.append((layer.name, layer.output.shape, layer.count_params()))
    return rows


@pytest.mark.parametrize("pool", [2, 64])
def test_classic_equals_the_published_table(pool):
    model = models.classic(pool)
    assert table(model) == CLASSIC
    assert model.count_params() == 38_960_448
    assert model.get_layer("max_pooling2d").pool_size == (pool, pool)
    assert model.name == "embedding"


def test_koch_equals_the_paper():
    keras.utils.set_random_seed(0)
    model = models.koch(l2=1e-4)
    shapes = [shape[1:] for _, shape, _ in table(model)]
    assert shapes == [
        *[(105, 105, 1), (96, 96, 64), (48, 48, 64), (42, 42, 128), (21, 21, 128)],
        *[(18, 18, 128), (9, 9, 128), (6, 6, 256), (9216,), (4096,)],
    ]
    assert model.count_params() == 38_947_648
    kernel, bias = model.get_layer("conv2").get_weights()
    assert abs(kernel.mean()) < 1e-3 and kernel.std() == pytest.approx(0.01, rel=0.05)
    assert bias.mean() == pytest.approx(0.5, abs=0.01)
    assert model.layers[-1].kernel.numpy().std() == pytest.approx(0.2, rel=0.05)
    assert len(model.losses) == 5


def test_reflection_equals_the_repository():
    model = models.reflection(dropout=0.2)
    weights = 8 * 100 * 100 * 500 + 500 + 500 * 500 + 500 + 500 * 5 + 5
    weights += 4 * 10 + 8 * 37 + 8 * 73 + 4 * (4 + 8 + 8)
    assert model.count_params() == weights
    assert model.output_shape == (None, 5)


def small():
    keras.utils.set_random_seed(0)
    return models.compact((16, 16, 1), width=4, features=8)


@pytest.fixture
def photos():
    return np.random.default_rng(0).random((6, 16, 16, 1)).astype("float32")


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_compact_returns_float32_and_reloads(policy, photos, tmp_path):
    keras.mixed_precision.set_global_policy(policy)
    try:
        model = models.siamese(small())
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert model(photos).dtype == "float32"
    model.save(tmp_path / "siamese.keras")
    again = keras.models.load_model(tmp_path / "siamese.keras")
    np.testing.assert_array_equal(model(photos), again(photos))


def test_pairs_and_all_pairs_share_their_layers(photos):
    tower = small()
    model = models.siamese(tower)
    pairs = models.siamese_pairs(tower, model.get_layer("same"))
    logits = model(photos).numpy()
    np.testing.assert_allclose(logits, logits.T, atol=1e-6)
    one_by_one = pairs([photos[:5], photos[1:]]).numpy()[:, 0]
    all_at_once = 1 / (1 + np.exp(-np.diag(logits, 1)))
    np.testing.assert_allclose(one_by_one, all_at_once, atol=1e-5)
    assert {id(w) for w in pairs.weights} == {id(w) for w in model.weights}


def test_wrong_photos_are_refused(photos):
    with pytest.raises(ValueError, match="shape"):
        small()(photos[:, :8])
