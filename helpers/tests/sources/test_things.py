"""Made pictures of things: a class is one thing, a picture another look at it."""

import numpy as np
import pytest

from helpers.measures import baselines, scores
from helpers.sources import classes, things
from helpers.sources.photos import fit
from helpers.tests.sources import made_pictures


@pytest.mark.parametrize(
    "make", [things.product, things.label, things.copy, things.document]
)
def test_one_seed_makes_one_picture(make):
    one, again = (make([0, 3], np.random.default_rng(0)) for _ in range(2))
    other = make([0, 3], np.random.default_rng(1))
    assert one.dtype == np.uint8 and one.ndim == 3 and one.shape[2] == 3
    assert np.array_equal(one, again)
    assert one.shape != other.shape or (one != other).mean() > 0.5


def test_a_form_is_printed_alike_and_filled_in_differently():
    page, places = things.printed(np.random.default_rng([0, 5]))
    again, _ = things.printed(np.random.default_rng([0, 5]))
    other, _ = things.printed(np.random.default_rng([0, 6]))
    assert np.array_equal(page, again) and not np.array_equal(page, other)
    rows, columns = things.PAGE
    for left, base, wide, high in places:
        assert 0 < left < left + wide < columns and 0 < base - high < base < rows


def test_the_pages_of_a_form_are_more_alike_than_those_of_two():
    """Laid flat: what makes the task hard is the angle, the table and the light."""
    pages = []
    for number in range(6):
        for day in range(3):
            rng = np.random.default_rng([number, day])
            page, places = things.printed(np.random.default_rng([0, number]))
            for place in places:
                things.scrawl(page, place, things.BLACK, rng)
            pages.append(fit(np.uint8(page), (80, 48)))
    rows = baselines.pixels(np.stack(pages))
    every, same = scores.pair_scores(rows, np.repeat(np.arange(6), 3))
    assert every[same].min() > every[~same].max()


def test_no_two_pictures_of_one_thing_are_a_copy(tmp_path):
    for make in (things.product, things.label, things.document):
        things.write(tmp_path / make.__name__, make, 3, 6)
        found, forged, how = classes.read(tmp_path / make.__name__, quiet=True)
        assert len(found) == 18 and forged is None
        assert how[0][2] == 3 and not how[-1]  # in colour, and no plain strokes


def test_other_numbers_are_other_classes(tmp_path):
    made_pictures.write(tmp_path, things.label, 2, 1, start=1000)
    assert [each.name for each in sorted(tmp_path.iterdir())] == [
        "label 1000",
        "label 1001",
    ]
