"""Signatures and forgers: the measuring, on scores made for it; what was measured."""

from itertools import product

import numpy as np
import pytest

from helpers.experiments import signatures as experiment
from helpers.measures import references
from helpers.sources.photos import Photos


def made_parts(rng, writers=8, each=8):
    """Pictures of one number: the writer's, and forgeries half a step away."""
    parts = {}
    for name in ("train", "threshold", "new"):
        people = np.repeat(np.arange(writers), each)
        genuine, forged = (
            np.clip(people * 25 + off + rng.normal(0, 2, people.shape), 0, 255)
            for off in (20, 25)
        )
        parts[name] = tuple(
            Photos(np.uint8(some)[:, None, None, None], people)
            for some in (genuine, forged)
        )
    return parts


def score(a, b):
    first, second = (np.float64(some).reshape(-1, 1) for some in (a, b))
    return references.alike(first, second, "l2")


def test_what_is_measured_by_number_of_references():
    found = experiment.measured(made_parts(np.random.default_rng(0)), score, True)
    assert set(found) == {"threshold", "new"}
    one, five = (found["new"][number]["global"] for number in "15")
    assert five["eer_skilled"][0] < one["eer_skilled"][0]
    for rate, low, high in (*one.values(), *five.values()):
        assert low <= rate <= high
    assert one["eer_random"][0] < one["eer_skilled"][0]


def test_a_writers_own_threshold_helps_whoever_signs_loosely():
    rng = np.random.default_rng(0)
    people, spread = np.repeat(np.arange(20), 8), np.repeat(np.linspace(1, 9, 20), 8)
    genuine = people * 100.0 + rng.normal(0, 1, 160) * spread
    false = people * 100.0 + rng.normal(0, 3, 160) * spread
    every = references.alike(
        genuine[:, None], np.concatenate([genuine, false])[:, None], "l2"
    )
    made = references.trials(every, people, people, number=5)
    own = references.own_threshold(made, 1.0)
    assert references.rates(own)["eer_skilled"] < references.rates(made)["eer_skilled"]


def test_who_has_no_more_pictures_than_references_is_left_out():
    every = references.alike(np.eye(5), np.eye(5))
    made = references.trials(every, [0, 0, 0, 1, 1], number=2)
    assert set(made["genuine"]["of"]) == {0}
    assert references.rates(made) == {"eer_random": 0.5}


def test_a_mean_of_embeddings_is_a_longer_mean_of_similarities():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(6, 4)) + 1
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    made = references.trials(references.alike(rows, rows), [0] * 4 + [1] * 2, number=3)
    again = experiment.by_template(made, 3)
    first = np.random.default_rng(0).permutation(4)
    template = rows[first[:3]].mean(axis=0)
    expected = template @ rows[first[3]] / np.linalg.norm(template)
    assert again["genuine"]["scores"][0] == pytest.approx(expected)


def test_what_was_measured():
    found = experiment.results()
    seeds = [key[-1] for key in found if f"before|{key[-1]}" in found]
    seeds = [seed for seed in seeds if f"after|{seed}" in found]
    assert "0" in seeds
    for seed, number in product(seeds, ("1", "3", "5")):
        before, after = (
            found[f"{way}|{seed}"]["new"][number]["global"]
            for way in ("before", "after")
        )
        assert after["eer_skilled"][0] < before["eer_skilled"][0] / 2
        assert before["far_skilled"][0] > 0.9 and after["eer_random"][0] < 0.05
