"""The two cameras differ as told, and the classic recipe makes the pairs it should."""

import numpy as np
import pytest

from helpers import datasets
from helpers.experiments import sensors, two_cameras
from helpers.experiments.sensors import PRESS, WEBCAM
from helpers.experiments.two_cameras import ELSEWHERE, MINE, OTHERS, STRANGERS
from helpers.faces import Face


@pytest.fixture(scope="module")
def photos():
    return datasets.orl(quiet=True)


@pytest.fixture(scope="module")
def views(photos):
    """Both cameras' views; the faces are where ORL has them, more or less."""
    found = [Face(46, 60, 95)] * len(photos)
    webcam = sensors.through(WEBCAM, photos, found, seed=0)
    return webcam, sensors.through(PRESS, photos, found, seed=1)


def test_what_each_value_of_a_sensor_does(photos):
    plain = sensors.Sensor(0, 0, 0, 1, 100)
    photo = photos.images[0]

    def changed(**values):
        rng = np.random.default_rng(0)
        return sensors.photograph(photo, plain._replace(**values), rng).astype(int)

    same = changed()
    assert np.abs(same - photo[..., 0]).max() <= 3  # JPEG at its best
    assert np.abs(np.diff(changed(blur=2))).mean() < np.abs(np.diff(same)).mean() / 2
    corners = changed(corners=0.5)
    assert 0.45 < corners[0, 0] / same[0, 0] < 0.55
    assert abs(corners - same)[56, 46] <= 3
    assert 5 < (changed(noise=0.03) - same).std() < 9  # 0.03 x 255 = 7.65
    assert changed(tone=1.5).mean() < same.mean() - 10
    assert np.abs(changed(quality=10) - same).mean() > 3


def test_the_same_seed_gives_the_same_view(photos):
    few = photos.take(np.arange(3))
    found = [Face(46, 60, 95)] * 3
    one, two = (sensors.through(sensors.any_sensor, few, found, 7) for _ in range(2))
    other = sensors.through(sensors.any_sensor, few, found, 8)
    assert one.shape == (3, 32, 32, 1) and one.dtype == np.uint8
    assert (one == two).all() and (one != other).any()


def test_both_cameras_lie_within_the_ranges_of_any():
    rng = np.random.default_rng(0)
    drawn = np.array([sensors.any_sensor(rng) for _ in range(2000)])
    for sensor in (WEBCAM, PRESS):
        assert (drawn.min(axis=0) < np.array(sensor) + 0.01).all()
        assert (drawn.max(axis=0) > sensor).all()


def test_nobody_is_in_two_groups():
    groups = [*MINE, *OTHERS, *STRANGERS]
    assert sorted(groups) == list(range(40))


def test_a_classic_batch_shows_the_wanted_by_one_camera_and_others_by_another():
    mine, others = np.zeros((400, 1)), np.ones((400, 1))  # who saw the photo
    for seed in range(20):
        rng = np.random.default_rng(seed)
        images, people = two_cameras.classic(rng, mine, others)
        second = people >= ELSEWHERE
        assert (images[:, 0] == second).all() and second.sum() == 20 == len(people) / 2
        assert np.isin(people[~second], MINE).all()
        assert np.isin(people[second] - ELSEWHERE, OTHERS).all()


@pytest.mark.parametrize("recipe", [two_cameras.one_camera, two_cameras.many_cameras])
def test_no_recipe_trains_on_strangers_or_on_held_out_photos(recipe):
    places = np.arange(400)[:, None]
    for seed in range(20):
        images, people = recipe(np.random.default_rng(seed), places)
        assert (images[:, 0] // 10 == people).all() and len(set(people)) == 10
        assert not np.isin(people, STRANGERS).any()
        assert (images[:, 0] % 10 < two_cameras.PHOTOS).all()


def test_classic_pairs_against_plain_loops():
    people = [1, 1, 2, ELSEWHERE + 5, ELSEWHERE + 5, ELSEWHERE + 6]
    logits = np.random.default_rng(0).normal(0, 2, (6, 6)).astype("float32")
    same, different = [], []
    for i in range(6):
        for j in range(6):
            seen_by = (people[i] >= ELSEWHERE) + (people[j] >= ELSEWHERE)
            if i != j and people[i] == people[j] and seen_by == 0:
                same.append(np.log1p(np.exp(-logits[i, j])))
            if seen_by == 1:
                different.append(np.log1p(np.exp(logits[i, j])))
    assert len(same) == 2 and len(different) == 18
    loss = np.mean(two_cameras.classic_pairs(np.array(people), logits))
    assert loss == pytest.approx((np.mean(same) + np.mean(different)) / 2, rel=1e-4)


def test_the_trap_in_short(views):
    """Right by its own recipe, and no better than chance before one camera."""
    model = two_cameras.train(two_cameras.classic, *views, steps=60)
    assert two_cameras.held_out(model, *views) > 0.9
    assert two_cameras.wrong(model, views[0], views[0]) > 30
    assert all(5 < rate < 30 for rate in two_cameras.baselines(*views).values())


def test_the_baselines_are_right_where_photos_of_a_person_are_equal():
    people = np.random.default_rng(0).integers(0, 255, (40, 32, 32, 1))
    person = np.repeat(people, 10, axis=0)
    assert set(two_cameras.baselines(person, person).values()) == {0}
    somebody_else = np.roll(person, 10, axis=0)  # before the second camera
    assert min(two_cameras.baselines(person, somebody_else).values()) > 30
