"""What the network remembers: the statistics, and what was measured."""

import numpy as np

from helpers.experiments import membership


def test_members_are_told_with_an_interval():
    rng, member = np.random.default_rng(0), np.arange(400) < 200
    found = membership.told(rng.normal(size=400) + 2 * member, member)
    value, low, high = found["auc"]
    assert 0.8 < low < value < high <= 1 and found["found"][0] > 0.2
    value, low, high = membership.told(rng.normal(size=400), member)["auc"]
    assert low < 0.5 < high


def test_what_was_measured():
    found = membership.results()
    assert found["two photos, alike"]["auc"][1] > 0.9  # it remembers
    low, high = found["one photo, far from strangers"]["auc"][1:]
    assert low < 0.5 < high  # from one photo it is not seen
