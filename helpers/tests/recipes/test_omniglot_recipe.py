"""What trains and measures the verifier for drawings."""

import json

import numpy as np
import pytest

from helpers.disk.archives import is_here
from helpers.experiments.omniglot_report import report
from helpers.measures import processor
from helpers.recipes import learning
from helpers.recipes import omniglot as recipe
from helpers.sources.omniglot import draw_runs
from helpers.sources.photos import Photos
from helpers.verifier import Verifier


@pytest.fixture(scope="module")
def photos():
    """Two alphabets of 21 characters to learn from, one held out; random drawings."""
    names = [
        f"{a}/character{n:02}" for a in ("Greek", "Latin", "N_Ko") for n in range(21)
    ]
    images = np.random.default_rng(0).integers(0, 256, (63 * 20, 64, 64, 1), np.uint8)
    return Photos(images, np.repeat(np.arange(63), 20), names)


def test_no_alphabet_is_in_both_parts(photos):
    train, held_out = recipe.apart(photos)
    assert len(train) == 2 * 21 * 20 and set(held_out.people) == set(range(21, 42))


@pytest.fixture(scope="module")
def background():
    """All drawings that networks are trained on, as large as the tower takes them."""
    return recipe.omniglot(recipe.SIZE)


@pytest.mark.skipif(not is_here("omniglot"), reason="Omniglot is not here")
def test_six_alphabets_of_thirty_are_held_out(background):
    train, held_out = recipe.apart(background)
    assert len(np.unique(recipe.alphabets(held_out))) == len(recipe.HELD_OUT) == 6
    assert len(np.unique(recipe.alphabets(train))) == 24
    assert not set(train.people) & set(held_out.people)


def test_training_ends_with_weights_and_a_card_that_load(
    photos, monkeypatch, tmp_path, tiny
):
    monkeypatch.setattr(recipe, "omniglot", lambda size: photos)
    monkeypatch.setattr(recipe, "lake_runs", lambda size: draw_runs(photos, 2))
    monkeypatch.setattr(recipe, "STEPS", 1)
    monkeypatch.setattr(learning, "STEPS", 1)
    monkeypatch.setattr(processor, "best_policy", lambda: "float32")  # not measured
    monkeypatch.setattr(processor, "xla_pays", lambda policy: False)
    path, folder = str(tmp_path / "mine.keras"), str(tmp_path / "run")
    card = recipe.train_omniglot(epochs=1, folder=folder, name=path, quiet=True)
    verifier = Verifier.load(path)
    assert verifier.card == json.loads(json.dumps(card)) and card["steps"] == 1
    assert "840 drawings of 42 characters trained on" in card["data"]
    assert verifier.embed_crops(photos.images[:2]).shape == (2, 256)
    found = recipe.evaluate_omniglot(verifier, fresh_runs=2)
    assert 0 <= found["accuracy"] < 0.4 and found["accuracy_jointly"] < 0.4
    assert 0.3 < found["eer"] < 0.7 and "Lake" in found["protocol"]


@pytest.mark.skipif(not is_here("omniglot"), reason="Omniglot is not here")
def test_the_shipped_weights_reach_what_the_report_says(background, monkeypatch):
    monkeypatch.setattr(recipe, "omniglot", {recipe.SIZE: background}.__getitem__)
    found = recipe.evaluate_omniglot(Verifier.load("omniglot"), fresh_runs=20)
    told = report()
    for name in ("accuracy", "accuracy_jointly", "pixels", "auc", "eer"):
        assert found[name] == pytest.approx(told[name], abs=0.005), name
    assert found["accuracy"] >= 0.97 and told["fresh"] >= 0.91
    assert found["fresh"] == pytest.approx(told["fresh"], abs=0.03)  # 400 tasks


class Known:
    """A verifier that compares what it is given."""

    def embed_crops(self, crops):
        return crops.reshape(len(crops), -1)[:, :2].astype(float)


def test_pairs_are_compared_within_their_alphabet_alone(photos):
    scores, same = recipe.within(Known(), photos, drawers=3)
    assert len(scores) == 3 * (63 * 62 // 2) and same.sum() == 63 * 3
