"""Many templates in memory: the nearest is the one that all similarities give."""

import numpy as np
import pytest

from helpers.measures import crowd
from helpers.measures.scores import unit


def faces(count, seed):
    """Embeddings that differ most in few directions, as faces do, (person, feature)."""
    rng = np.random.default_rng(seed)
    return unit(rng.normal(size=(count, 128)) * 0.96 ** np.arange(128)).astype("f4")


@pytest.mark.parametrize("count", [5, crowd.FEW + 500])
def test_the_nearest_is_that_of_all_similarities(count):
    rows, several = faces(count, 0), crowd.Crowd()
    several.put(range(count), [f"P{n}" for n in range(count)], rows)
    for probe in faces(100, 1):
        place, similarity = several.nearest(probe)
        assert several.ids[place] == (rows @ probe).argmax()
        assert similarity == pytest.approx((rows @ probe).max(), abs=1e-6)
        most, other = several.nearest(probe, but=several.ids[place])
        assert most != place and other == pytest.approx(
            np.sort(rows @ probe)[-2], abs=1e-6
        )


def test_people_come_change_and_go():
    rows, several = faces(crowd.FEW + 3000, 0), crowd.Crowd()
    first = crowd.FEW - 1000  # it grows beyond what is compared in full
    several.put(range(first), ["old"] * first, rows[:first])
    several.put(range(500, len(rows)), ["new"] * (len(rows) - 500), rows[500:])
    several.drop([*range(0, 3000, 3), 10**6])
    kept = [n for n in range(len(rows)) if n >= 3000 or n % 3]
    assert len(several) == len(kept) and 3 not in several and 4 in several
    for probe in faces(50, 1):
        place, _ = several.nearest(probe)
        assert several.ids[place] == kept[(rows[kept] @ probe).argmax()]
    names, templates = several.everybody()
    assert (templates == rows[kept]).all() and not templates.flags.writeable
    assert names == tuple("old" if n < 500 else "new" for n in kept)


def test_nobody():
    several = crowd.Crowd()
    assert several.nearest(faces(1, 0)[0]) == (None, -1.0)
    several.put([7], ["Ann"], faces(1, 0))
    assert several.beside(7) == [0]
    several.drop([7])
    assert several.nearest(faces(1, 0)[0]) == (None, -1.0)
    assert several.everybody()[1].shape == (0, 128)
