"""Whom the verifier fails: the statistics, on people made for them."""

import numpy as np
import pytest

from helpers.experiments import who_fails


def test_goats_are_told_from_chance():
    rng, who = np.random.default_rng(0), np.repeat(np.arange(100), 20)
    alike = rng.random(2000) < 0.2
    goats = rng.random(2000) < np.where(who < 10, 0.9, 0.1)
    dealt = [who_fails.worst_tenth(who, rng.permutation(goats)) for _ in range(50)]
    assert who_fails.worst_tenth(who, goats) > 2 * max(dealt)
    assert who_fails.worst_tenth(who, alike) < 0.2


def test_thirds_that_differ_are_told_with_an_interval():
    rng, who = np.random.default_rng(0), np.repeat(np.arange(60), 30)
    third = rng.integers(0, 3, 1800)
    found = who_fails.rates_of(who, rng.random(1800) < 0.1 + 0.1 * third, third)
    mean, low, high = found["difference"]
    assert low < mean < high and mean == pytest.approx(0.2, abs=0.05) and low > 0.1


def test_few_people_show_nothing_and_many_do():
    rng = np.random.default_rng(0)
    shown = [
        np.mean([who_fails.study(0.02, 4, n, rng) for _ in range(100)])
        for n in (10, 1000)
    ]
    assert shown[0] < 0.3 < 0.9 < shown[1]


def test_glasses_are_noted_for_whom_there_is():
    worn = who_fails.glasses(who_fails.orl(quiet=True))
    assert worn.sum() == 121 and worn[10:20].all() and not worn[:10].any()
    assert worn[30:40].tolist() == [n in (0, 1, 2, 7, 8) for n in range(10)]


def test_a_rate_over_pairs_has_an_interval_over_people():
    first, second = np.triu_indices(40, 1)
    rate, low, high = who_fails.two_sided(first, second, first < 4)
    assert low < rate < high and rate == pytest.approx(150 / 780, abs=0.001)


def test_what_was_measured():
    found = who_fails.results()
    for kind in found["by person"].values():
        assert kind["worst"] > kind["alike"][1]  # more than chance makes
    worn = found["by glasses"]["strangers"]
    assert worn["both"][1] > worn["neither"][2] > worn["one"][0]
    assert set(found["by photo"]) == {"dark", "unevenly lit", "turned"}
