"""A photo that is alike to everybody counts less; galleries need not know of it."""

import numpy as np
import pytest
from keras import Input, Model, layers

from helpers import embedding
from helpers.measures.scores import pair_scores
from helpers.recipes import cohort
from helpers.sources.photos import Photos

SIDE = 64


@pytest.fixture(scope="module")
def tower():
    """Coarse grey values, and a constant as the last feature."""
    photo = Input((SIDE, SIDE, 1))
    coarse = layers.AveragePooling2D(16)(layers.Rescaling(1.0, offset=-0.5)(photo))
    unit = layers.UnitNormalization()(layers.Flatten()(coarse))
    constant = layers.Rescaling(0.0, offset=1.0)(layers.Dense(1)(unit))
    joined = layers.Concatenate(name="plain")([unit, constant])
    return Model(photo, layers.UnitNormalization()(joined), name="coarse")


@pytest.fixture(scope="module")
def joined(tower):
    """What hands on the embedding that it is given."""
    photo, given = Input(tower.input_shape[1:]), Input(tower.output_shape[1:])
    return Model([photo, given], layers.Identity()(given), name="joined")


@pytest.fixture(scope="module")
def people():
    """A hundred people, two noisy photos each; whom nobody else resembles."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(30, 220, (100, 1, 4, 4, 1)).repeat(2, axis=1)
    images = coarse.repeat(16, axis=2).repeat(16, axis=3)
    images = (images + rng.normal(0, 20, images.shape)).clip(0, 255).astype(np.uint8)
    return Photos(images.reshape(-1, SIDE, SIDE, 1), np.repeat(np.arange(100), 2))


@pytest.fixture
def other(tower, joined, people, monkeypatch):
    monkeypatch.setattr(cohort, "PLAIN", 20)
    monkeypatch.setattr(cohort, "EACH", 5)
    return cohort.judged(tower, joined, people)


@pytest.fixture
def judged(tower, other):
    return embedding.beside(tower, other)


def test_who_resembles_the_cohort_resembles_everybody_less(
    tower, people, judged, other
):
    common = people.images[people.people > 60].mean(axis=0).astype(np.uint8)
    photos = np.stack([common, *people.images[people.people > 90]])
    before, after = (embedding.embed(model, photos) for model in (tower, judged))
    asking = Model(other.inputs, other.get_layer("cohort").output, name="asking")
    alike = embedding.beside(tower, asking)
    near = np.sort(embedding.embed(alike, photos), axis=1)[:, -5:].mean(axis=1)
    taken = before[:, -1] - after[:, -1]
    assert np.corrcoef(near, taken)[0, 1] > 0.9
    assert np.allclose(np.linalg.norm(after, axis=1), 1, atol=1e-5)


def test_only_the_constant_is_changed_and_the_file_holds_it_all(
    tower, people, judged, other, tmp_path
):
    photos = people.images[:20]
    before, after = (embedding.embed(model, photos) for model in (tower, judged))
    alike = before[:, :-1] / after[:, :-1]  # one length for all features
    assert np.allclose(alike, alike.mean(axis=1, keepdims=True), atol=1e-3)
    embedding.save(other, tmp_path / "judged.keras")
    again = embedding.beside(tower, embedding.load(tmp_path / "judged.keras"))
    assert (embedding.embed(again, photos) == after).all()


def test_a_usual_photo_stays_as_it_is(tower, people, judged):
    same = [
        pair_scores(embedding.embed(model, people.images), people.people)
        for model in (tower, judged)
    ]
    (before, kind), (after, _) = same
    assert abs(np.median(after[kind]) - np.median(before[kind])) < 0.03


def test_a_cohort_needs_people(tower, joined, people):
    with pytest.raises(ValueError, match="A cohort of 480 people and others"):
        cohort.judged(tower, joined, people)
