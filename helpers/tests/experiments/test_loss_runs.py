"""The comparison is fair: one tower, the same batches, nobody in two groups."""

import json

import numpy as np
import pytest

from helpers import models
from helpers.experiments import loss_runs, orl_runs
from helpers.sources.photos import Photos
from helpers.tests.conftest import tiny_tower


@pytest.fixture(scope="module")
def crops():
    """Twelve people with four crops each; random."""
    images = np.random.default_rng(0).integers(0, 256, (48, 64, 64, 1), np.uint8)
    return Photos(images, np.repeat(np.arange(12) + 5, 4), files=())


@pytest.mark.parametrize("name", loss_runs.TRIVIAL)
def test_each_loss_trains_and_is_measured(name, crops, monkeypatch, tiny):
    monkeypatch.setattr(loss_runs, "EACH", 1)
    photos = loss_runs.photos_for(name, crops)
    tower, curve = loss_runs.train(name, photos, points=2)
    assert len(curve) == 2 and np.isfinite(curve).all()
    eer, shot = loss_runs.measure(name, tower, photos)
    assert 0 <= eer <= 1 and 0 <= shot <= 1


def test_all_but_the_rebuilt_network_have_the_same_first_weights():
    wanted = orl_runs.small_tower(seed=1).get_weights()
    for name in loss_runs.TRIVIAL:
        if name != "PyTorch repositories":
            found = loss_runs.build(name, seed=1)[0].get_weights()
            assert all(map(np.array_equal, found, wanted)), name


@pytest.mark.parametrize("name", loss_runs.TRIVIAL)
def test_the_trivial_loss_is_what_a_constant_scores(name, monkeypatch, tiny):
    monkeypatch.setattr(models, "reflection", lambda: tiny_tower((100, 100, 1)))
    tower, model = loss_runs.build(name)
    people = np.repeat(np.arange(10), 4)
    if name == "cross-entropy on L1":
        constant = np.zeros((40, 40), "float32")
    elif name == "margin softmax":
        constant = np.zeros((40, 30), "float32")
    elif "contrastive" in name and "supervised" not in name or "Py" in name:
        half = model.loss.margin / 2  # corners, half a margin apart
        constant = np.eye(40, dtype="float32") * half / np.sqrt(2)
    else:
        constant = np.ones((40, 4), "float32")
    loss = float(model.loss(people, constant))
    assert loss == pytest.approx(loss_runs.TRIVIAL[name], rel=1e-3)


def test_results_are_kept_and_read_by_name_fold_and_seed(tmp_path, monkeypatch, crops):
    monkeypatch.setattr(loss_runs.faces, "crop_all", lambda photos: crops)
    monkeypatch.setattr(loss_runs, "train", lambda name, learn, seed: (None, [1.0]))
    monkeypatch.setattr(loss_runs, "measure", lambda *_: (0.25, 0.5))
    path = tmp_path / "runs.json"
    loss_runs.make_results(("triplet, hard",), (0, 1), (3, 0), path)
    found = loss_runs.results(path)
    assert set(found) == {("triplet, hard", f, s) for f in (0, 3) for s in (0, 1)}
    monkeypatch.setattr(loss_runs, "train", None)  # a second making would fail
    loss_runs.make_results(("triplet, hard",), (0, 1), (3, 0), path)
    assert json.loads(path.read_text())["triplet, hard|3|1"]["eer"] == 0.25


def test_folds_are_means_over_seeds_beside_what_costs_no_training(monkeypatch):
    monkeypatch.setattr(loss_runs.orl_runs, "baselines", lambda _, fold: (0.4, fold))
    runs = {
        (name, fold, seed): {"eer": fold + seed / 10, "before": 9.0 + fold}
        for name in loss_runs.TRIVIAL
        for fold in range(4)
        for seed in range(3)
    }
    folds = loss_runs.by_fold(runs, crops=None)
    np.testing.assert_allclose(folds["triplet, hard"], [0.1, 1.1, 2.1, 3.1])
    np.testing.assert_allclose(folds["untrained tower"], [9, 10, 11, 12])
    assert folds["pixels"].tolist() == [0.4] * 4
    assert folds["eigenfaces"].tolist() == [0, 1, 2, 3]
    assert list(folds)[:2] == ["pixels", "eigenfaces"]  # the lowest mean first


@pytest.mark.skipif(not loss_runs.RUNS.exists(), reason="loss_runs.json is not there")
def test_the_shipped_runs_are_whole():
    found = loss_runs.results()
    eers = loss_runs.table(found)
    assert all(rates.shape == (4, 3) for rates in eers.values())
    assert all(len(run["curve"]) == loss_runs.POINTS for run in found.values())
