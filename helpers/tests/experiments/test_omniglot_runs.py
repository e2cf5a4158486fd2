"""One thing changes from step to step, nobody is in two parts, all steps can run."""

import numpy as np
import pytest

from helpers import losses
from helpers.experiments import omniglot_runs as runs
from helpers.sources.photos import Photos


@pytest.fixture(scope="module")
def photos():
    """Two alphabets of 20 characters by 20 people; random drawings of 32 x 32."""
    names = [f"{a}/character{n:02}" for a in ("Greek", "N_Ko") for n in range(20)]
    images = np.random.default_rng(0).integers(0, 256, (800, 32, 32, 1), np.uint8)
    return Photos(images, np.repeat(np.arange(40), 20), names)


def test_each_step_changes_one_thing():
    before = None
    for name, change in runs.STEPS.items():
        found = runs.settings(name)
        if before:
            differs = {key for key in found if found[key] != before[key]}
            assert differs == set(change) and len(differs) == 1, name
        before = found
    with pytest.raises(ValueError, match="no step 'magic': choose from one pair"):
        runs.settings("magic")


@pytest.mark.parametrize("name", ["one pair a drawing", "all pairs", "look-alikes"])
def test_a_step_trains_and_is_measured(name, photos, tiny):
    tower, curve = runs.train(name, photos, batches=10)
    assert len(curve) == 10 and np.isfinite(curve).all()
    assert 0 <= runs.measure(tower, photos, tasks=1) <= 0.5


def test_one_pair_a_drawing_counts_each_drawing_once():
    people = np.arange(16) // 4
    logits = np.random.default_rng(0).normal(size=(16, 16)).astype("float32")
    same, different = [], []
    for first in range(0, 16, 4):
        same.append(np.log1p(np.exp(-logits[first, first + 1])))
        different.append(np.log1p(np.exp(logits[first + 2, (first + 11) % 16])))
    wanted = (np.mean(same) + np.mean(different)) / 2
    assert float(runs.OnePair()(people, logits)) == pytest.approx(wanted, rel=1e-5)
    every = float(losses.PairCrossEntropy()(people, logits))
    assert abs(every - wanted) > 0.01


def test_runs_are_kept_and_read_by_name_and_seed(photos, monkeypatch, tmp_path):
    path = tmp_path / "runs.json"
    monkeypatch.setattr(runs, "omniglot", lambda size: photos)
    monkeypatch.setattr(runs, "apart", lambda drawn: (drawn, drawn))
    monkeypatch.setattr(runs, "train", lambda *a: (None, [1.0]))
    monkeypatch.setattr(runs, "measure", lambda tower, drawn: 0.5)
    monkeypatch.setattr(runs, "TASKS", 1)
    names = ["all pairs", "look-alikes"]
    runs.make_results(names, seeds=(0,), path=path)
    runs.make_results(names, seeds=(0, 1), path=path)
    found = runs.results(path)
    assert list(found) == ["pixels", "all pairs", "look-alikes"]
    assert [len(values) for values in found.values()] == [1, 2, 2]
    assert (found["all pairs"] == 0.5).all()


@pytest.mark.skipif(not runs.RUNS.exists(), reason="not made yet")
def test_the_shipped_runs_are_whole():
    found = runs.results()
    assert list(found) == ["pixels", *runs.STEPS]
    assert all(0.05 < values.min() and values.max() < 1 for values in found.values())
