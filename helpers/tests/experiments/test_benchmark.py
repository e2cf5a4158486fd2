"""The benchmark counts pairs and seconds as it says; its figure and table are made."""

import json

import keras
import numpy as np
import pytest

from helpers.datasets import Photos, orl
from helpers.experiments import benchmark, rivals
from helpers.verifier import Verifier


def tiny_classic(pool):
    photos = keras.Input((100, 100, 3))
    x = keras.layers.AveragePooling2D(20)(photos)
    return keras.Model(photos, keras.layers.Dense(4)(keras.layers.Flatten()(x)))


@pytest.fixture
def classic(monkeypatch):
    monkeypatch.setattr(rivals.models, "classic", tiny_classic)
    return rivals.classic_photos(orl(quiet=True).take(np.arange(60)))


def test_a_classic_batch_is_half_same_and_half_different(classic):
    assert classic.images.shape == (60, 100, 100, 3)
    marked = np.broadcast_to(
        np.arange(60, dtype=np.uint8)[:, None, None, None], (60, 4, 4, 3)
    )
    photos = Photos(marked, classic.people)
    first, second, same = rivals.classic_batch(photos, np.random.default_rng(0))
    assert first.shape == second.shape == (16, 4, 4, 3) and same.sum() == 8
    i, j = (np.rint(255 * photo[:, 0, 0, 0]).astype(int) for photo in (first, second))
    assert (i != j).all()
    assert np.array_equal(photos.people[i] == photos.people[j], same == 1)


def test_our_pairs_are_those_of_the_loss():
    photos = rivals.PEOPLE * rivals.PHOTOS
    assert rivals.PAIRS == len(np.triu_indices(photos, 1)[0])


def test_the_clock_counts_training_alone(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(benchmark.time, "perf_counter", lambda: now[0])
    shares = []

    def step(progress):
        shares.append(progress)
        now[0] += 1.5

    def measure():
        now[0] += 1000
        return 0.5 - len(shares) / 100

    curve, seconds = benchmark.train_by_the_clock(step, measure, minutes=1)
    assert seconds == [1.5] * 40 and shares[0] == 0 and max(shares) < 1
    assert [second for second, _ in curve][:2] == [0, 6] and curve[-1][0] == 60
    assert len(curve) == benchmark.LOOKS + 1
    assert curve[-1][1] == pytest.approx(0.1)


def test_the_classic_side_learns_and_is_measured(classic):
    step, measure = rivals.classic_recipe(classic, classic)
    before = measure()
    step(0.0)
    assert 0 <= before <= 1 and 0 <= measure() <= 1


def test_both_verifications_are_timed(classic, weights, monkeypatch):
    monkeypatch.setattr(benchmark, "ENROLLED", 4)
    photos = orl(quiet=True).take(np.arange(0, 400, 66))
    slow, fast = benchmark.time_verification(photos, Verifier.load(weights), 2, 2)
    assert len(slow) == 2 and len(fast) == 2 * 3
    assert min(slow + fast) > 0


def test_the_report(monkeypatch, tmp_path, capsys):
    def fake(minutes, quiet):
        def side(rate, speed, seconds):
            return {
                "eer": rate,
                "pairs_a_second": speed,
                "curve": [(0.0, 0.5), (60 * minutes, rate)],
                "minutes_to_wanted": minutes if rate < 0.15 else None,
                "verify_seconds": seconds,
                "verify_seconds_95": 2 * seconds,
            }

        return {
            "machine": "A processor, 2 cores",
            "speed": [
                {
                    "parameters": parameters,
                    "policy": "float32",
                    "xla": True,
                    "matrix": 100e9,
                    "training": 50e9,
                    "share": 0.5,
                    "pipeline": 0.02,
                    "pipeline_rounds": [0.0, 0.01, 0.02, 0.03, 0.04],
                    "photos_a_second": 80.0,
                }
                for parameters in (2000, 1000)
            ],
            "bf16_pays": True,
            "minutes": minutes,
            "untrained_eer": {"eigenfaces": 0.18, "grey values, L1": 0.15},
            "classic": side(0.32, 4.5, 12.0),
            "ours": side(0.1, 45000.0, 0.02),
        }

    monkeypatch.setattr(benchmark, "run", fake)
    assert benchmark.main(2.0, tmp_path / "new") == 0
    out = capsys.readouterr().out
    assert "10,000 x" in out and "600 x" in out and "32.0 %" in out and "2 cores" in out
    assert "not reached" in out and out.count("50 of the 100 GFLOP/s") == 2
    assert "2,000 parameters" in out and "by XLA" in out
    assert (tmp_path / "new" / "benchmark.png").stat().st_size < 80_000
    kept = json.loads((tmp_path / "new" / "benchmark.json").read_text())
    assert kept["ours"]["eer"] == 0.1
    assert benchmark.main(2.0, tmp_path, as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == kept
