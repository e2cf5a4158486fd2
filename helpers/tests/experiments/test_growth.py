"""The formulas of growth hold on people whose rates are known; the file is whole."""

import numpy as np
import pytest

from helpers.experiments import growth
from helpers.measures import population
from helpers.measures.rates import of_anybody
from helpers.measures.scores import unit


def test_the_share_named_is_that_of_all_galleries():
    rng = np.random.default_rng(0)
    alike = np.arange(12) < 3  # three of twelve reach the threshold
    drawn = [alike[rng.permutation(12)[:4]].any() for _ in range(4000)]
    told = growth.named(np.array([3]), 12, 4)[0]
    assert told == pytest.approx(np.mean(drawn), abs=0.03)
    assert growth.named(np.array([9]), 12, 4)[0] == 1, "four are more than the others"


def test_where_all_strangers_are_equal_both_formulas_agree():
    reached = np.random.default_rng(0).binomial(2000, 0.01, 20_000)
    a, b = growth.unequal(reached, 2000)
    for people in (10, 100, 1000):
        told = growth.of_unequal(a, b, people)
        assert told == pytest.approx(of_anybody(0.01, people), abs=0.01)


def test_where_strangers_differ_only_one_formula_holds():
    rng = np.random.default_rng(0)
    rates = rng.beta(0.5, 49.5, 20_000)  # 0.01 on average
    a, b = growth.unequal(rng.binomial(2000, rates), 2000)
    true = 1 - ((1 - rates) ** 100).mean()
    assert growth.of_unequal(a, b, 100) == pytest.approx(true, abs=0.01)
    assert of_anybody(0.01, 100) > true + 0.2


def test_the_line_is_found_again():
    people = np.array([10, 100, 1000])
    c, k = growth.line(people, 1 - 0.7 * people**-0.1)
    assert (c, k) == (0.7, 0.1)


def test_thresholds_rise_with_the_gallery_and_keep_what_they_promise():
    rows = unit(np.random.default_rng(0).normal(size=(400, 12)))
    alike = growth.Alike(rows)
    low, high = alike.thresholds((10, 300))
    assert low < high
    assert alike.named(high, [300])[0] == pytest.approx(growth.FAR, rel=0.5)
    ends = alike.interval(lambda times: alike.thresholds([10], times), draws=20)
    assert ends[0] < low < ends[1]


def test_one_photo_under_two_names_is_no_stranger():
    rows = unit(np.random.default_rng(0).normal(size=(50, 8)))
    doubled = np.concatenate([rows, rows[:1]])
    assert growth.Alike(doubled).scores.max() < growth.ONE_PHOTO
    assert growth.nearest(doubled).max() < growth.ONE_PHOTO


def test_a_made_person_has_the_measured_spread_and_photos_of_their_own():
    rng = np.random.default_rng(0)
    rows = unit(rng.normal(size=(2000, 16)) * np.linspace(2, 0.2, 16) + 0.2)
    people = population.made(*population.spread(rows), 20, 0.3, (6, 4))
    many = population.draw(people, 4000)
    assert np.allclose(np.linalg.norm(many, axis=1), 1, atol=1e-5)
    wanted, found = population.spread(rows), population.spread(many)
    assert np.abs(wanted[0] - found[0]).max() < 0.02
    assert np.linalg.norm(found[1]) == pytest.approx(
        np.linalg.norm(wanted[1]), abs=0.05
    )
    who = population.traits_of(people, 500, rng)
    one, other = (population.photos(people, who, rng) for _ in range(2))
    same, different = (one * other).sum(axis=1), (one * other[::-1]).sum(axis=1)
    assert np.median(same) > np.median(different) + 0.2


def test_the_shipped_results_say_what_the_notebook_says():
    found = growth.results()
    assert set(found) == set(growth.STEPS)
    fitted = found["fit"]
    assert growth.MODELS["made"][:2] == (fitted["traits"], fitted["reach"])
    assert fitted["off kept"] < 0.01 < fitted["tried"]["straight"]
    for name in ("faces", "joined"):
        rows = found[f"kept|{name}"]
        assert rows["threshold"] == sorted(rows["threshold"])
        assert rows["refused"] == sorted(rows["refused"])
        told = rows["told"][: len(growth.GALLERIES)]
        assert np.abs(np.subtract(told, rows["threshold"])).max() < 0.02
