"""Adapting finds what varies in one person, and promises only what was measured."""

import keras
import numpy as np
import pytest

from helpers import embedding
from helpers.datasets import Photos
from helpers.evaluation import eer, pair_scores
from helpers.measures.scores import unit
from helpers.recipes import adapting as adapt
from helpers.recipes import learning
from helpers.recipes.adapting import even_out, on_others
from helpers.verifier import Verifier


def drawn(people, photos, rng, loud=4.0):
    """Embeddings of a room: ten directions are loud and say nothing of the person."""
    own = rng.normal(size=(people, 1, 30))
    noise = rng.normal(size=(people, photos, 30))
    noise[..., :10] *= loud
    rows = 2.0 + own + noise  # in one room all are alike
    return rows.reshape(-1, 30), np.repeat(np.arange(people), photos)


def test_what_varies_in_one_person_counts_less():
    rng = np.random.default_rng(0)
    kernel, bias = even_out(*drawn(20, 8, rng))
    rows, who = drawn(30, 8, rng)
    before, after = (
        eer(*pair_scores(unit(found), who)) for found in (rows, rows @ kernel + bias)
    )
    assert after < 0.8 * before
    scores, same = pair_scores(rows @ kernel + bias, who)
    assert abs(scores[~same].mean()) < 0.1 < pair_scores(rows, who)[0][~same].mean()


def test_what_adapting_is_worth_is_measured_on_the_others():
    rows, who = drawn(40, 8, np.random.default_rng(2))
    before, after = on_others(unit(rows), who, range(20))
    assert before == eer(*pair_scores(unit(rows)[who >= 20], who[who >= 20]))
    assert after < 0.8 * before


def test_with_all_of_the_covariance_people_vary_alike_in_all_directions():
    rows, who = drawn(40, 10, np.random.default_rng(1))
    kernel, bias = even_out(rows, who, share=1.0)
    found = rows @ kernel + bias
    means = found.reshape(40, 10, -1).mean(axis=1)
    off = found - means[who]
    assert np.allclose(off.T @ off / (400 - 40), np.eye(30), atol=1e-8)
    assert np.allclose(found.mean(axis=0), 0)
    alike, _ = even_out(rows, who, share=0.0)
    assert np.allclose(alike, alike[0, 0] * np.eye(30))


def test_one_person_shows_not_what_varies():
    with pytest.raises(ValueError, match="at least two people with two photos"):
        even_out(np.eye(5), [0, 0, 1, 2, 3])


@pytest.fixture(scope="module")
def room():
    """A tower that passes its pixels on, and photos of a room: a loud corner."""
    inputs = keras.Input((16, 16, 1))
    tower = keras.Model(inputs, keras.layers.Flatten()(inputs), name="pixels")
    verifier = Verifier(tower, {"name": "pixels", "threshold": 0.9})
    rng = np.random.default_rng(0)
    own = rng.uniform(60, 190, (40, 1, 16, 16, 1))
    images = own + rng.normal(0, 30, (40, 6, 16, 16, 1))
    images[:, :, :8, :8] = rng.uniform(0, 255, (40, 6, 1, 1, 1))  # light comes and goes
    images = images.clip(0, 255).astype(np.uint8).reshape(-1, 16, 16, 1)
    return verifier, Photos(images, np.repeat(np.arange(40), 6))


def test_an_adapted_verifier_knows_strangers_better_and_can_be_kept(room, tmp_path):
    verifier, photos = room
    learn, others = photos.take(photos.people < 25), photos.take(photos.people >= 25)
    given = verifier.embed_crops(others.images)
    made = adapt.adapt(verifier, learn)
    found = made.embed_crops(others.images)
    before, after = (eer(*pair_scores(rows, others.people)) for rows in (given, found))
    assert after < 0.7 * before
    assert (verifier.embed_crops(others.images) == given).all(), "it was changed"
    assert made.version != verifier.version
    assert made.card["adapted_to"] == "150 photos of 25 people"
    scores, same = pair_scores(found, others.people)
    wrong = [(scores[~same] >= made.threshold()).mean()]
    wrong.append((scores[same] < made.threshold()).mean())
    assert max(wrong) < 2 * max(after, made.card["held_out"]["eer"]) + 0.02
    path = tmp_path / "room.keras"
    card = {**made.card, "format": 1}
    learning.save_verifier(made.tower, card, str(path))
    again = Verifier.load(str(path))
    assert np.allclose(again.embed_crops(others.images), found, atol=1e-5)
    assert embedding.load(path).name == "adapted_tower"


def test_nobody_is_judged_by_what_was_learned_from_him(room, monkeypatch):
    verifier, photos = room
    learned, asked = [], []

    def learn(rows, people):
        learned.append(set(people))
        return even_out(rows, people)

    def ask(rows, people):
        asked.append(set(people))
        return pair_scores(rows, people)

    monkeypatch.setattr(adapt, "even_out", learn)
    monkeypatch.setattr(adapt, "pair_scores", ask)
    adapt.adapt(verifier, photos)
    assert set.union(*asked) == set(range(40)) and len(asked) == adapt.PARTS
    for known, judged in zip(learned, asked):  # the last one learned is what is kept
        assert known and judged and not known & judged
    assert learned[-1] == set(range(40))


@pytest.mark.parametrize("people", [0, 1, 5])
def test_too_few_people_are_refused_in_one_sentence(room, people):
    verifier, photos = room
    few = photos.take(photos.people < people)
    with pytest.raises(ValueError, match=f"{people} people have .* needs 6 at least"):
        adapt.adapt(verifier, few)
