"""Three losses on points, as notebook 01 builds them: the slopes are theirs; trivial
answers score what they must; the view can be moved."""

import ast

import numpy as np
import pytest

from helpers.figures import points, widgets
from helpers.tests.course.notebook_form import NOTEBOOKS, code_cells, read

PEOPLE = np.repeat(np.arange(4), 3)
PLACES = np.random.default_rng(1).normal(0, 0.5, (12, 2))


def built(*names):
    """Functions as notebook 01 builds them."""
    cells = [
        cell["source"] for _, cell in code_cells(read(NOTEBOOKS / "01_theory.ipynb"))
    ]
    made = {"np": np}
    for source in cells:
        for node in ast.parse(source).body:
            if getattr(node, "name", None) in names:
                exec(ast.unparse(node), made)
    return tuple(made[name] for name in names)


LOSSES = built("contrastive", "triplet", "cross_entropy")


def value(places, loss):
    return loss(points.distances(places), *points.kinds(PEOPLE))[0]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_step_goes_down_the_numerical_gradient(loss):
    step = PLACES - points.move(PLACES, PEOPLE, loss, rate=1.0)
    numerical = np.zeros_like(PLACES)
    for n in np.ndindex(PLACES.shape):
        nudge = np.zeros_like(PLACES)
        nudge[n] = 1e-6
        rise = value(PLACES + nudge, loss) - value(PLACES - nudge, loss)
        numerical[n] = rise / 2e-6
    np.testing.assert_allclose(step, numerical, atol=1e-7)


@pytest.mark.parametrize("loss", LOSSES)
def test_steps_part_the_people(loss):
    places = PLACES
    for _ in range(300):
        places = points.move(places, PEOPLE, loss)
    d, (same, different) = points.distances(places), points.kinds(PEOPLE)
    assert d[same].max() < d[different].min()


def test_a_constant_distance_scores_the_trivial_loss():
    d, kinds = np.full((12, 12), 0.5), points.kinds(PEOPLE)
    found = [loss(d, *kinds)[0] for loss in LOSSES]
    np.testing.assert_allclose(found, [0.25, 1.0, np.log(2)])


def test_points_on_one_spot_stay_finite_and_together():
    for loss in LOSSES:
        moved = points.move(np.zeros((12, 2)), PEOPLE, loss)
        assert (moved == 0).all()


def test_contrastive_is_what_trains_the_tower():
    losses = pytest.importorskip("helpers.losses")
    expected = float(losses.Contrastive()(PEOPLE, PLACES.astype("float32")))
    assert value(PLACES, LOSSES[0]) == pytest.approx(expected, rel=1e-5)


def test_the_view_draws_again_when_a_part_moves():
    view = widgets.movable_point(PLACES, PEOPLE, {"triplet": LOSSES[1]})
    controls, picture = view.children
    before = picture.value
    controls.children[-1].value = 5
    assert picture.value != before
