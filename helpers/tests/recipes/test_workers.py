"""Two workers learn what one does, by all pairs of both; a killed run goes on."""

import json
import time

import cv2
import numpy as np
import pytest

from helpers import faces
from helpers.datasets import folder, orl
from helpers.live.traces import traces
from helpers.recipes import workers

STEPS = 6


def start(path, number, steps):
    return workers.start(number, [path, steps], "helpers.tests.recipes.worker")


def losses(path):
    """The loss of each step of a run that was kept."""
    with np.load(path / "state.npz") as state:
        return json.loads(str(state["history"]))["loss"]


def test_two_workers_of_whom_one_is_killed_have_the_losses_of_one(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    begun = start(two, 2, 1_000_000)
    while not (two / "previous.npz").exists():
        assert not any(each.poll() for each in begun)
        time.sleep(0.01)
    begun[1].kill()
    assert begun[0].wait(60) == 7  # it is told that the other one is gone
    done = len(losses(two))
    assert done >= 4 and done % 2 == 0
    begun = [*start(two, 2, done + 2), *start(one, 1, STEPS)]
    assert [each.wait(120) for each in begun] == [0, 0, 0]
    assert len(losses(two)) == done + 2
    np.testing.assert_allclose(losses(two)[:STEPS], losses(one), rtol=1e-4)
    own = [np.load(path / "own.npy")[0] for path in (one, two)]
    assert own[0] == pytest.approx(losses(one)[0], rel=1e-4)
    assert abs(own[1] - own[0]) > 0.1  # each compared its own photos alone


def test_a_batch_that_cannot_be_shared_is_refused():
    with pytest.raises(ValueError, match="8 photos cannot be shared among 3 workers"):
        workers.share((np.arange(8), np.arange(8)), 0, 3)


def test_each_row_is_one_workers():
    whole = np.arange(12), np.arange(12) // 3
    parts = [workers.share(whole, worker, 4) for worker in range(4)]
    for given, all_of_it in zip(zip(*parts), whole):
        np.testing.assert_array_equal(np.concatenate(given), all_of_it)


def test_crops_of_ones_own_photos_are_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(faces, "data_folder", lambda: tmp_path / "data")
    found = orl(quiet=True)
    own = tmp_path / "own" / "Marguerite Sorel"
    own.mkdir(parents=True)
    for number, image in enumerate(found.images[:2]):
        cv2.imwrite(str(own / f"{number}.png"), image)
    crops = [faces.crop_or_middle(image) for image in found.images[:2]]
    photos = workers.shown(own.parent)
    assert photos.images.shape == (2, workers.SIDE, workers.SIDE, 1)
    assert not traces("Marguerite Sorel", crops, under=[tmp_path / "data"])
    workers.small(folder(own.parent, quiet=True))
    assert traces("Marguerite Sorel", crops, under=[tmp_path / "data"])  # it finds them
