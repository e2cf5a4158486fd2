"""What the network remembers: the statistics, the halves, and what was measured."""

import numpy as np
import pytest

from helpers.datasets import Photos
from helpers.experiments import membership


@pytest.fixture
def people():
    """Forty people of two photos, twenty of one."""
    who = np.sort(np.concatenate([np.arange(60), np.arange(40)]))
    images = np.random.default_rng(0).integers(0, 256, (100, 16, 16, 1), np.uint8)
    return Photos(images, who, tuple(f"p{n}" for n in range(60)))


def test_members_are_told_with_an_interval():
    rng, member = np.random.default_rng(0), np.arange(400) < 200
    found = membership.told(rng.normal(size=400) + 2 * member, member)
    value, low, high = found["auc"]
    assert 0.8 < low < value < high <= 1 and found["found"][0] > 0.2
    value, low, high = membership.told(rng.normal(size=400), member)["auc"]
    assert low < 0.5 < high


def test_nobody_is_in_both_halves_and_another_seed_makes_others(people):
    members, others = membership.halves(people, 0)
    assert sorted(members.names + others.names) == sorted(people.names)
    assert len(set(members.names)) == 30 and len(members) + len(others) == 100
    assert set(members.names) != set(membership.halves(people, 1)[0].names)


@pytest.mark.usefixtures("tiny")
def test_a_small_network_learns_and_is_asked(people, monkeypatch):
    monkeypatch.setattr(membership, "lfw_faces", lambda subset: people)
    small = {"STEPS": 2, "EPOCHS": 2, "LOOKED": 1, "BATCH": (4, 2), "CROWD": 9}
    for name, value in small.items():
        monkeypatch.setattr(membership, name, value)
    monkeypatch.setattr(membership.training, "best_policy", lambda: "float32")
    found = membership.half(0)
    assert found["members"] + found["others"] == 40 and set(found["growth"]) == {
        "1",
        "2",
    }
    assert 0 <= found["one photo, the layer of the training"]["auc"][0] <= 1


def test_what_was_measured():
    found = membership.results()
    shipped = found["shipped"]
    assert shipped["two photos, alike"]["auc"][1] > 0.9  # it remembers
    low, high = shipped["one photo, far from strangers"]["auc"][1:]
    assert low < 0.5 < high  # from one photo it is not seen
    for key, half in found.items():
        if key != "shipped":
            assert half["two photos, alike"]["auc"][1] > 0.5
            assert half["verifies"]["members"] > half["verifies"]["others"]
