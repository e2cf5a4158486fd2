"""Layers against NumPy, in both precisions, through a save and a reload."""

import keras
import numpy as np
import pytest
from keras import ops

from helpers import layers

DISTANCES = [layers.L1Distance, layers.L2Distance, layers.CosineSimilarity]


def embeddings(rows=5, features=7, seed=0):
    """Random embeddings; row 1 equals row 0, row 2 nearly does, row 3 is zero."""
    values = np.random.default_rng(seed).normal(size=(rows, features))
    values[1] = values[0]
    values[2] = values[0] + 1e-6
    values[3] = 0.0
    return values.astype("float32")


@pytest.fixture(params=["float32", "mixed_bfloat16"])
def policy(request):
    keras.mixed_precision.set_global_policy(request.param)
    yield request.param
    keras.mixed_precision.set_global_policy("float32")


def expected(name, a, b):
    """The plain loop over one pair, in float64."""
    a, b = a.astype("float64"), b.astype("float64")
    if name == "L1Distance":
        return np.abs(a - b)
    if name == "L2Distance":
        return [np.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)))]
    lengths = np.sqrt(a @ a) * np.sqrt(b @ b)
    return [a @ b / lengths if lengths else 0.0]


@pytest.mark.parametrize("distance", DISTANCES)
def test_all_pairs_equal_plain_loops(distance, policy):
    values = embeddings()
    column, row = layers.AllPairs()(values)
    result = ops.convert_to_numpy(distance()(column, row))
    for i, j in np.ndindex(5, 5):
        wanted = expected(distance.__name__, values[i], values[j])
        np.testing.assert_allclose(result[i, j], wanted, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("distance", DISTANCES)
def test_distances_are_symmetric_and_float32(distance, policy):
    a, b = embeddings(seed=1), embeddings(seed=2)
    there, back = distance()(a, b), distance()(b, a)
    assert there.dtype == "float32"
    np.testing.assert_array_equal(there, back)
    np.testing.assert_array_equal(there, distance()([a, b]))


@pytest.mark.parametrize("distance", DISTANCES)
def test_gradients_are_finite_where_embeddings_are_equal(distance):
    import tensorflow as tf

    values = tf.Variable(embeddings())
    with tf.GradientTape() as tape:
        column, row = layers.AllPairs()(values)
        total = tf.reduce_sum(distance()(column, row))
    assert np.isfinite(tape.gradient(total, values)).all()


@pytest.mark.parametrize("distance", DISTANCES)
def test_wrong_shapes_are_named(distance):
    with pytest.raises(ValueError, match="features in their last axis"):
        distance()(np.zeros((2, 3)), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="3 first and 2 second"):
        distance()(np.zeros((3, 4)), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="call layer.first, second"):
        distance()(np.zeros((3, 4)))


def test_all_pairs_wants_flat_embeddings():
    with pytest.raises(ValueError, match="Flatten or Dense"):
        layers.AllPairs()(np.zeros((2, 3, 3)))


def test_cosine_classifier_is_a_cosine(policy):
    head = layers.CosineClassifier(people=3)
    values = embeddings()
    cosines = ops.convert_to_numpy(head(values))
    directions = ops.convert_to_numpy(head.directions)
    for i, j in np.ndindex(5, 3):
        wanted = expected("CosineSimilarity", values[i], directions[j])
        np.testing.assert_allclose(cosines[i, j], wanted[0], atol=1e-5)


def test_reflection_pad_equals_numpy():
    images = np.random.default_rng(0).random((2, 5, 4, 3)).astype("float32")
    wanted = np.pad(images, [(0, 0), (2, 2), (2, 2), (0, 0)], mode="reflect")
    np.testing.assert_array_equal(layers.ReflectionPad(2)(images), wanted)


def test_layers_save_and_reload(policy, tmp_path):
    images = keras.Input((6, 6, 1))
    x = keras.layers.Flatten()(layers.ReflectionPad(1)(images))
    column, row = layers.AllPairs()(x)
    outputs = [distance()(column, row) for distance in DISTANCES]
    outputs.append(layers.CosineClassifier(people=4)(x))
    outputs.append(layers.L1Distance()([x, x]))
    model = keras.Model(images, outputs)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    photos = np.random.default_rng(0).random((3, 6, 6, 1)).astype("float32")
    for before, after in zip(model(photos), again(photos), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    "layer",
    [
        layers.L2Distance(epsilon=1e-3),
        layers.CosineClassifier(people=9),
        layers.ReflectionPad(pixels=4),
    ],
)
def test_config_keeps_every_argument(layer):
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
