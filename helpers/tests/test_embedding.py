"""A tower embeds the same in any batch, and comes back whole from its file."""

import keras
import numpy as np
import pytest

from helpers import embedding, models, training


def tower(policy="float32"):
    keras.utils.set_random_seed(0)
    keras.mixed_precision.set_global_policy(policy)
    try:
        return models.compact((16, 16, 1), width=4, features=8)
    finally:
        keras.mixed_precision.set_global_policy("float32")


PHOTOS = np.random.default_rng(0).integers(0, 256, (7, 16, 16, 1), dtype=np.uint8)


def test_embed_does_not_depend_on_the_batch():
    model = tower()
    whole = embedding.embed(model, PHOTOS)
    assert whole.shape == (7, 8) and whole.dtype == np.float32
    np.testing.assert_allclose(embedding.embed(model, PHOTOS, 3), whole, atol=1e-5)
    as_float = PHOTOS.astype("float32") / 255
    np.testing.assert_allclose(embedding.embed(model, as_float), whole, atol=1e-5)
    assert embedding.embed(model, PHOTOS[:0]).shape == (0, 8)


def test_embed_names_a_wrong_size():
    with pytest.raises(ValueError, match="16, 16, 1.*resize"):
        embedding.embed(tower(), PHOTOS[:, :8])


@pytest.mark.parametrize("whole", [False, True], ids=["tower", "siamese"])
def test_a_bfloat16_model_is_saved_in_float32(whole, tmp_path):
    model = tower("mixed_bfloat16")
    model = models.siamese(model) if whole else model
    embedding.save(model, tmp_path / "new" / "model.keras")
    again = embedding.load(tmp_path / "new" / "model.keras")
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["model.keras"]
    layers = again.layers + (again.get_layer("compact").layers if whole else [])
    assert {layer.dtype_policy.name for layer in layers} == {"float32"}
    for ours, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_file_that_is_no_model(tmp_path):
    path = tmp_path / "model.keras"
    with pytest.raises(FileNotFoundError, match="no model .*train one"):
        embedding.load(path)
    embedding.save(tower(), path)
    content = path.read_bytes()
    for damaged in (b"", b"text", content[: len(content) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="damaged or of another version"):
            embedding.load(path)


def test_code_in_a_file_is_not_run(tmp_path):
    inputs = keras.Input((2,))
    path = tmp_path / "model.keras"
    keras.Model(inputs, keras.layers.Lambda(lambda x: x + 1)(inputs)).save(path)
    with pytest.raises(ValueError, match="not a whole model"):
        embedding.load(path)


def test_the_optimizer_is_left_behind(tmp_path):
    model, sizes = tower(), []
    for name in ("bare.keras", "trained.keras"):
        embedding.save(model, tmp_path / name)
        sizes.append((tmp_path / name).stat().st_size)
        model.compile("adam", "mse")
        training.trace_once(model)  # two numbers of Adam's for each weight
    assert sizes[1] < 1.1 * sizes[0]
    assert not embedding.in_float32(model).compiled
