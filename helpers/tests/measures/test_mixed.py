"""One person under two names and two under one are spoken of, others are not."""

import numpy as np
import pytest

from helpers.measures import mixed
from helpers.measures.rates import Rates, share
from helpers.measures.scores import unit

RATES = Rates(
    {
        "strangers": [[1.0, -1.0], [0.01, 0.5], [0.0001, 0.9]],
        "owners": [[0.0, -0.2], [0.05, 0.3], [0.5, 0.7], [1.0, 1.0]],
    }
)
NAMES = ("Ann", "Bob", "Eve")


def photos(*angles):
    """Embeddings in a plane, float (photo, 2)."""
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


@pytest.mark.parametrize(
    ("bob", "said"), [(0.1, 1), (0.4, 1), (1.0, 0), (3.0, 0)], ids=str
)
def test_one_person_under_two_names(bob, said):
    templates = np.concatenate([photos(0.0, bob), -photos(0.2)])
    found = mixed.doubts(photos(0.0), 0, templates, NAMES, RATES)
    assert len(found) == said
    if said:
        assert "'Ann' and 'Bob' may be one person: of strangers' pairs 0.0" in found[0]
    assert mixed.doubts(photos(0.0), 0, templates[:1], NAMES[:1], RATES) == ()


def test_two_people_under_one_name():
    rows, apart = photos(0.0, 0.3, 1.7, -0.2), np.array([[-1.0, 0.0]])
    templates = np.concatenate([unit(rows.mean(axis=0))[None], apart])
    (found,) = mixed.doubts(rows, 0, templates, NAMES[:2], RATES)
    assert found.startswith("Photo 3 of 'Ann' may show somebody else: of one person's")
    same = photos(0.0, 0.3, 0.5, -0.2)
    assert mixed.doubts(same, 0, templates, NAMES[:2], RATES) == ()
    assert mixed.doubts(rows[1:3], 0, templates, NAMES[:2], RATES) == ()  # which one?


def test_rates_are_read_between_the_rows_of_a_card():
    assert RATES.threshold(0.01) == pytest.approx(0.5)
    assert RATES.false_accepts(RATES.threshold(0.003)) == pytest.approx(0.003)
    assert RATES.false_rejects(0.3) == pytest.approx(0.05)
    assert RATES.false_rejects(-0.9) == 0 and RATES.false_rejects(2.0) == 1
    assert 0.05 < RATES.false_rejects(0.5) < 0.5
    with pytest.raises(ValueError, match="choose 0.0001 to 1"):
        RATES.threshold(0.00001)
    assert share(RATES.false_accepts(0.95)) == "0.01 % or fewer"
