"""All ways find what is there; few digits change little; the shipped file is whole."""

import numpy as np
import pytest

from helpers.experiments import growth, million
from helpers.measures import population
from helpers.measures.scores import unit


@pytest.fixture(scope="module")
def rows():
    some = unit(np.random.default_rng(0).normal(size=(600, 64)))
    return population.draw(
        population.made(*population.spread(some), 20, 0.3, (6, 4)), 3000
    )


@pytest.mark.parametrize(
    "spec, effort",
    [("numpy", 0), ("Flat", 0), ("SQ8", 0), ("PQ32x4fs", 0), ("IVF16,SQ8", 16),
     ("HNSW16,SQ8", 256), ("usearch", 256)],
)  # fmt: skip
def test_each_way_finds_the_nearest_and_the_second_stage_orders_them(
    rows, spec, effort
):
    way = million.Way(spec, rows)
    way.set(effort)
    probes = rows[::100]
    true = np.argsort(-(probes @ rows.T), axis=1)[:, :10]
    found = np.array([way.search(probe, 200) for probe in probes])
    first, ten = million.recalls(found, true)
    assert first > 0.95 and ten > 0.9 and found.shape == (30, 10)
    assert way.bytes > 0 and way.seconds > 0
    assert spec != "PQ32x4fs" or way.bytes < rows.nbytes / 8


def test_the_ways_of_each_size_fit_it():
    for people in million.SIZES:
        for spec, efforts, agains in million.ways(people).values():
            cells = million.LISTS[people]
            assert efforts and agains and max(efforts) <= max(cells, 256)
            assert "IVF" not in spec or f"IVF{cells}," in spec


@pytest.fixture
def few(monkeypatch):
    """Real people of whom none is needed: made ones stand in."""
    some = unit(np.random.default_rng(0).normal(size=(600, 256)))
    model = population.made(*population.spread(some), 20, 0.3, (8, 2))
    monkeypatch.setattr(growth, "made", lambda: model)
    rng = np.random.default_rng(1)
    who = population.traits_of(model, 300, rng)
    photos = [population.photos(model, who, rng) for _ in "12"]
    owners = np.stack(photos, axis=1)[:80]
    monkeypatch.setattr(growth, "unseen", lambda name="faces": (photos[0], owners))
    monkeypatch.setattr(million, "TRAIN", 1000)


def test_a_small_gallery_is_searched_in_all_ways(few):
    found = million.searched(1000, rounds=2)
    assert set(found["ways"]) == set(million.ways(1000))
    flat = found["ways"]["flat"]["settings"][0]
    assert flat["recall_1"] == 1 and flat["recall_10"] > 0.999
    assert flat["p50"] <= flat["p99"]


def test_somebody_is_added_to_a_hundred(few):
    found = million.enrolled(100, times=3)
    assert set(found) == {"flat", "codes", "cells", "sqlite", "bytes"}
    assert found["bytes"] > 100 * 1024


def test_few_digits_move_little_and_a_second_stage_of_the_same_changes_nothing(few):
    found = million.digits()
    assert found["float16"]["moved"] < 0.001 < found["int8"]["moved"] < 0.01
    stages = million.second()
    assert stages["1"] == stages["5"] == stages["all"]


def test_the_shipped_results_say_what_the_notebook_says():
    found = million.results()
    assert set(found) == set(million.STEPS)
    ways = found["search|1000000"]["ways"]
    chosen = [row for row in ways["cells, codes"]["settings"] if row["recall_1"] > 0.99]
    exact = ways["flat"]["settings"][0]
    assert min(row["p50"] for row in chosen) < exact["p50"] / 20
    assert ways["cells, codes"]["bytes"] < ways["flat"]["bytes"] / 20
