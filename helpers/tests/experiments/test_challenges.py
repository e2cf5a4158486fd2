"""Who passes when a turn of the head is asked: the sessions, and what was measured."""

import numpy as np
import pytest

from helpers.experiments import blinks, challenges, turns


def frames(turn_of, people=(0, 1)):
    """Frames of two people with the turns that a function of kind and way gives."""
    return [
        challenges.Frame(person, source, kind, way, turn_of(kind, way), None, None)
        for person in people
        for kind in ("head", "film", "modelled", "turned print", "bent print", "print")
        for way in (-1, 0, 1)
        for source in ((3, 4, 5) if kind in challenges.MANY and way == 0 else (3, 4))
        for _ in range(2 if kind in ("print", "bent print") else 1)
        if way == 0 or kind != "print"
        if way != 0 or kind not in challenges.STILL
    ]


@pytest.mark.parametrize(
    "name, least, most",
    [("owner", 1, 1), ("print, still", 0, 0.1), ("film, at random", 0, 0.1)],
)
def test_who_obeys_passes_and_who_guesses_rarely_does(name, least, most):
    rng, pools = np.random.default_rng(0), challenges.pooled(frames(lambda k, way: way))
    passed = []
    for _ in range(300):
        mine, first, answers, asks = challenges.session(pools, 0, name, 1, rng)
        assert mine.source != first.source and mine.person == first.person == 0
        shots = [first, *answers]
        passed.append(challenges.outcome(shots, asks, [True] * 4, True, 0.5))
    share = np.mean([one["asked 3"] for one in passed])
    assert least <= share <= most
    assert all(one["none"] for one in passed)


def test_another_person_is_told_where_each_frame_is_compared():
    shot = challenges.Frame(0, 0, "print", 0, 0.0, None, None)
    other = shot._replace(person=1, kind="head", way=1, turn=1.0)
    asks = np.array([1, 1, 1])
    like = [True, False, False, False]
    found = challenges.outcome([shot] + [other] * 3, asks, like, False, 0.5)
    assert found["asked 3, the first compared"] and not found["asked 1"]
    assert found["none"] and not found["texture"]
    lost = [shot._replace(turn=np.nan)] + [other] * 3
    assert not challenges.outcome(lost, asks, like, True, 0.5)["asked 1"]


def test_the_limit_lies_between_straight_and_turned():
    rng, way = np.random.default_rng(0), np.repeat([-1, 0, 1], 50)
    assert 0.3 < challenges.limit(way + rng.normal(0, 0.15, 150), way) < 0.8


def test_labels_are_of_all_photos():
    assert turns.labels().shape == (40, 10)
    assert set(turns.labels().ravel()) == set("LSR.")


def test_what_was_measured():
    for found in challenges.results().values():
        passed = found["passed"]
        assert passed["print, still"]["none"][0] > 0.95
        for name in ("print, still", "print, turned", "film, at random"):
            assert passed[name]["asked 3"][0] < 0.08
        assert (
            passed["print, bent"]["asked 3"][0]
            > 2 * passed["print, turned"]["asked 3"][0]
        )
        assert passed["owner"]["asked 3"][0] < 0.6  # a price that is said
    eyes = blinks.results()["orl"]
    assert eyes["open"]["one"][0] < 0.05 < 0.2 < eyes["painted"]["one"][0]


def test_what_holds_for_modelled_heads_does_not_for_real_ones():
    for found in turns.results().values():
        assert found["ridge"]["modelled"] > found["first"]["modelled"]
        for side in ("left", "right"):
            assert found["first"][side][0] > found["ridge"][side][0]
