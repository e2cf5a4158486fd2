"""What trains and measures the shipped verifier; and that its numbers are true."""

import json
import re

import numpy as np
import pytest
from keras import ops

from helpers import embedding, faces
from helpers.datasets import Photos, is_here, orl, read_photo
from helpers.disk import archives
from helpers.disk.archives import PROJECT
from helpers.disk.cards import WEIGHTS
from helpers.experiments import strangers
from helpers.measures import processor, scores
from helpers.recipes import aligner, cohort, doubting, learning
from helpers.recipes import faces as faces_recipe
from helpers.sources import levelling, lfw
from helpers.verifier import Verifier

SHIPPED = WEIGHTS / "faces.keras"
needs_weights = pytest.mark.skipif(
    not SHIPPED.exists(), reason="helpers/weights/faces.keras is not there yet"
)
needs_lfw = pytest.mark.skipif(
    not is_here("lfw"), reason="LFW is not on this machine; set COURSE_DATA"
)


class Known:
    """A verifier that knows the embedding of each crop: its first pixels."""

    def embed_crops(self, crops):
        rows = crops.reshape(len(crops), -1)[:, :2].astype(float)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_every_tenth_person_is_held_out_and_nobody_is_in_both_parts():
    images = np.zeros((60, 16, 16, 1), np.uint8)
    people = np.repeat(np.arange(30), 2)
    photos = Photos(images, people, files=[str(i) for i in range(60)])
    train, held_out = faces_recipe.apart(photos)
    assert list(np.unique(held_out.people)) == [7, 17, 27]
    assert len(train) == 54 and sorted(set(train.people)) == list(range(27))
    assert train.names[7] == "8"  # numbered anew, names kept
    assert not set(train.files) & set(held_out.files)


def test_thresholds_say_what_share_of_strangers_they_accept():
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(60), 6)
    angle = people * 0.1 + rng.normal(0, 0.03, len(people))
    images = np.zeros((len(people), 16, 16, 1), np.uint8)
    images[:, 0, 0, 0] = 255 * np.abs(np.cos(angle))
    images[:, 0, 1, 0] = 255 * np.abs(np.sin(angle))
    found = faces_recipe.thresholds(Known(), Photos(images, people))
    rates, reached = np.array(found["strangers"]).T
    assert rates[0] == 1 and rates[-1] == pytest.approx(1e-4)
    assert (np.diff(rates) < 0).all() and (np.diff(reached) >= 0).all()
    same, strangers = found["held_out"]["pairs"]
    assert same == 60 * 10  # five photos of each, ten pairs
    assert strangers == 300 * 299 // 2 - same
    assert reached[0] <= found["threshold"] <= reached[-1]
    assert 0.5 < found["held_out"]["auc"] < 1
    low, high = np.array(found["strangers_95"]).T
    few = 40  # rows, to 1 of 100; above, these people's similarities are all alike
    assert (low[1:few] < rates[1:few]).all() and (rates[1:few] < high[1:few]).all()
    missed, below = np.array(found["owners"]).T
    assert missed[0] == 0 and missed[-1] == 1 and (np.diff(below) >= 0).all()
    json.dumps(found)


def test_a_step_is_measured_as_it_is_made():
    rng = np.random.default_rng(0)
    for _ in range(5):
        face = aligner.away(rng)
        back = levelling.move(face, aligner.step_back(face))
        assert np.allclose(back, aligner.TRUE_FACE, atol=1e-6)


def test_training_ends_with_weights_and_a_card_that_load(monkeypatch, tmp_path, tiny):
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(80), 2)
    images = rng.integers(0, 255, (160, 32, 32, 1), np.uint8)
    photos = Photos(images, people, files=[str(i) for i in range(160)])
    monkeypatch.setattr(faces_recipe, "lfw_faces", lambda subset: photos)
    monkeypatch.setattr(faces_recipe, "STEPS", 1)
    monkeypatch.setattr(learning, "STEPS", 1)
    monkeypatch.setattr(processor, "best_policy", lambda: "float32")  # not measured
    monkeypatch.setattr(processor, "xla_pays", lambda policy: False)
    monkeypatch.setattr(cohort, "PLAIN", 20)
    monkeypatch.setattr(cohort, "EACH", 5)
    monkeypatch.setattr(doubting, "DRAWS", 20)
    path = str(tmp_path / "mine.keras")
    folder = str(tmp_path / "run")
    card = faces_recipe.train_faces(epochs=1, folder=folder, name=path, quiet=True)
    verifier = Verifier.load(path)
    assert verifier.card == json.loads(json.dumps(card)) and card["steps"] == 1
    assert "72 people" in card["data"] and "8 others held out" in card["data"]
    assert verifier.embed_crops(images[:2]).shape == (2, 256)
    assert -1 <= verifier.threshold() <= 1
    other = str(tmp_path / "other.keras")
    card = faces_recipe.train_joined(network=path, name=other)
    both = Verifier.load(other)
    assert both.card == json.loads(json.dumps(card)) and card["beside"] == "mine"
    assert both.tower.get_layer("compact").output_shape == (None, 256)
    assert both.embed_crops(images[:2]).shape[1] > 256
    trained = embedding.load(path)
    trained.set_weights([value + 1 for value in trained.get_weights()])
    embedding.save(trained, path)
    with pytest.raises(ValueError, match="was made beside another network"):
        Verifier.load(other)


def test_the_faces_of_lfw_are_kept(monkeypatch, tmp_path):
    photos = Photos(np.zeros((2, 64, 64, 1), np.uint8), [0, 1], ("Ann", "Bob"), "ab")
    monkeypatch.setattr(archives, "_places", lambda: [tmp_path])
    monkeypatch.setattr(faces_recipe, "lfw", lambda *_, **__: photos)
    made = faces_recipe.lfw_faces("peopleDevTrain")
    monkeypatch.setattr(faces_recipe, "lfw", None)  # a second making would fail
    kept = faces_recipe.lfw_faces("peopleDevTrain")
    assert made.names == kept.names == ("Ann", "Bob")
    assert kept.files == ("a", "b") and kept.images.shape == (2, 64, 64, 1)


class Once:
    """A compiled tower that embeds each photo once, however many tests ask for it."""

    def __init__(self, run):
        self.run, self.known = run, {}

    def __call__(self, images):
        marks = [faces.fingerprint(image.tobytes()) for image in images]
        new = {m: i for m, i in zip(marks, images) if m not in self.known}
        if new:
            rows = self.run(np.stack(list(new.values()))).numpy()
            self.known.update(zip(new, rows))
        return ops.stack([self.known[mark] for mark in marks])


def loaded(name):
    verifier = Verifier.load(name)
    verifier._run = Once(verifier._run)
    return verifier


@pytest.fixture(scope="module")
def shipped():
    """The network."""
    return loaded("faces")


@pytest.fixture(scope="module")
def joined():
    """The network beside patterns, judged by a cohort."""
    return loaded("joined")


@needs_weights
def test_the_shipped_verifiers_are_small_and_their_cards_whole(shipped, joined):
    both = SHIPPED, SHIPPED.with_name("joined.keras")
    assert sum(path.stat().st_size for path in both) < 20e6
    for card in (shipped.card, joined.card):
        for key in ("data", "recipe", "seed", "training_minutes", "licence", "limits"):
            assert card[key] not in ("", None)
        assert card["training_minutes"] <= 60
        assert not any(character in json.dumps(card) for character in "\\~")
    assert shipped.tower.output_shape == (None, 256) and shipped.shared is None
    assert shipped.verify(*np.eye(256)[:2]).false_accept_rate == pytest.approx(0.01)


def told(pattern):
    """The numbers that RESULTS.md tells of the shipped verifier, as text."""
    row = re.search(
        rf"\*\*the verifier shipped here\*\* \| {pattern}",
        (PROJECT / "images/RESULTS.md").read_text(encoding="utf-8"),
    )
    assert row, "RESULTS.md has no such row of the shipped verifier any more"
    return row.groups()


@needs_weights
def test_orl_as_the_results_say_and_below_four_percent(shipped):
    found = faces_recipe.evaluate_orl(shipped)
    assert found["eer"] < 0.04 and len(found["eers"]) == 4
    assert found["one_shot_10_way"] > 0.9
    mean, groups = told(r"\*\*([\d.]+) %\*\* \| ([\d., ]+) %")
    assert 100 * found["eer"] == pytest.approx(float(mean), abs=0.3)
    groups = [float(text) for text in groups.split(", ")]
    assert np.multiply(100, found["eers"]) == pytest.approx(groups, abs=0.6)


@needs_weights
@needs_lfw
def test_lfw_as_the_results_say(shipped):
    found = faces_recipe.evaluate_lfw(shipped)
    assert found["pairs"] == 1000 and found["accuracy"] >= 0.90
    assert found["auc"] >= 0.96
    accuracy, auc = told(r"\*\*(\.\d+)\*\* .*?\| \*\*(\.\d+)\*\*")
    assert found["accuracy"] == pytest.approx(float(accuracy), abs=0.004)
    assert found["auc"] == pytest.approx(float(auc), abs=0.003)


@needs_weights
@needs_lfw
def test_the_scores_of_notebook_11_are_those_of_the_shipped_weights(joined):
    base, _ = strangers.results()
    pairs = strangers.Pairs(joined)
    assert (pairs.same == base["same"]).all()
    assert np.abs(pairs.similarity() - base["joined"]).max() < 0.02


@needs_weights
@needs_lfw
def test_a_threshold_for_two_photos_holds_for_means_of_three(shipped, joined):
    paths, people, _ = lfw.lfw_files("peopleDevTrain")
    known, counts = np.unique(
        people[faces_recipe.is_held_out(people)], return_counts=True
    )
    many = known[counts >= 6]
    chosen = [i for person in many for i in np.flatnonzero(people == person)[:6]]
    crops = faces.in_threads(
        lambda i: faces.crop_or_middle(read_photo(paths[i])), chosen
    )
    assert len(many) > 25
    strangers = ~np.eye(len(many), dtype=bool)

    def rate(verifier, shared):
        embeddings = verifier.embed_crops(np.stack(crops))  # (photo, feature)
        three = embeddings.reshape(len(many), 2, 3, -1).mean(axis=2)
        means = scores.lengthen(three, shared)
        alike = means[:, 0] @ means[:, 1].T  # (person, person)
        assert (np.diag(alike) >= verifier.threshold(far=0.01)).mean() > 0.95
        return (alike[strangers] >= verifier.threshold(far=0.01)).mean()

    assert rate(shipped, shipped.shared) < 0.025  # what all share is next to nothing
    assert rate(joined, joined.shared) < 0.05 < 0.15 < rate(joined, None)


@needs_weights
def test_shuffled_people_give_chance(shipped):
    from helpers.evaluation import eer, one_shot, pair_scores

    crops = faces.crop_all(orl(quiet=True))
    embeddings = shipped.embed_crops(crops.images)
    people = np.random.default_rng(0).permutation(crops.people)
    assert eer(*pair_scores(embeddings, people)) == pytest.approx(0.5, abs=0.03)
    assert one_shot(embeddings, people) == pytest.approx(0.1, abs=0.06)
