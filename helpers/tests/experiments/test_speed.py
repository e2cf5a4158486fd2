"""Rates and shares are what they say; a slow pipeline is seen."""

import time

import numpy as np
import pytest

from helpers import models, pairs
from helpers.experiments import speed
from helpers.sources.photos import Photos


@pytest.fixture(scope="module")
def crops():
    images = np.random.default_rng(0).integers(0, 256, (60, 16, 16, 1), np.uint8)
    return Photos(images, np.repeat(np.arange(30), 2))


def test_operations_count_forward_and_twice_backward():
    tower = models.compact((16, 16, 1), width=4, features=8)
    one = speed.operations(tower, 1)
    assert one == 6 * sum(speed.multiplications(tower).values())
    assert speed.operations(tower, 7) == 7 * one


@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_a_rate_is_one_that_a_processor_can_have(kind):
    assert 1e7 < speed.matrix_rate(kind, side=256, tries=2) < 1e14


def test_shares_lie_between_0_and_1_and_are_said(crops, monkeypatch, tiny):
    monkeypatch.setattr(speed, "matrix_rate", lambda kind="float32": 1e12)
    found = speed.measure(crops, width=4, minutes=0)
    assert 0 < found["share"] < 2 and 0 <= found["pipeline"] < 1
    assert found["photos_a_second"] == pytest.approx(120 / found["seconds_a_step"])
    assert "GFLOP/s of float32" in speed.describe(found)


def test_a_slow_pipeline_is_seen(crops, monkeypatch, tiny):
    quick = pairs.batch_number

    def slow(*a, **k):
        time.sleep(0.2)
        return quick(*a, **k)

    monkeypatch.setattr(pairs, "batch_number", slow)
    monkeypatch.setattr(speed, "matrix_rate", lambda kind="float32": 1e12)
    assert speed.measure(crops, width=4, minutes=0)["pipeline"] > 0.5
