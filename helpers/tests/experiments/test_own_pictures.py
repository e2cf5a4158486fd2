"""Own pictures: what is changed, what is measured of it; what was measured."""

from types import SimpleNamespace

import numpy as np
import pytest

from helpers import evaluation
from helpers.experiments import own_pictures
from helpers.sources import classes, things

EYES = SimpleNamespace(embed_crops=evaluation.pixels)  # a verifier that learned nothing


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    """Two folders of labels, each with what was read of it."""
    made, root = {}, tmp_path_factory.mktemp("labels")
    for start, name in enumerate(("new", "learned")):
        things.write(root / name, things.label, 8, 4, start=100 * start)
        made[name] = root / name, classes.read(root / name, quiet=True)[0]
    return made


def test_every_change_leaves_a_picture():
    picture = things.product([0, 1], np.random.default_rng(0))
    for name, change in own_pictures.CHANGES.items():
        changed = change(picture)
        assert changed.dtype == np.uint8 and changed.shape[2] == 3, name
        assert np.array_equal(changed, picture) == (name == "nothing"), name


def test_what_is_saved_again_is_found_and_what_is_mirrored_is_not(monkeypatch):
    only(monkeypatch, "nothing", "JPEG 85", "mirrored")
    monkeypatch.setattr(own_pictures, "NEW", 3)
    found = own_pictures.found_again("label")
    assert found["nothing"] == {"found": 1, "wrong": 0}
    assert found["JPEG 85"]["found"] > found["mirrored"]["found"] == 0


def test_copies_on_both_sides_are_a_cheat(sides, monkeypatch):
    only(monkeypatch, "nothing", "mirrored")
    folder, found = sides["new"]
    how = classes.read(folder, quiet=True)[2]
    made = own_pictures.leaks(EYES, how, sides)
    apart = own_pictures.eers(EYES, found.images, found.people)
    assert made["nothing"]["copies"]["pixels"] < apart["pixels"]
    assert made["nothing"]["learned"] != made["nothing"]["copies"]


def only(monkeypatch, *names):
    """Let there be these changes alone."""
    chosen = {name: own_pictures.CHANGES[name] for name in names}
    monkeypatch.setattr(own_pictures, "CHANGES", chosen)


def test_a_test_on_fewer_classes_might_have_said_more(sides):
    found = own_pictures.of_few(EYES, sides["new"][1])
    low, high = (np.array(list(found.values()))[:2].T).tolist()
    assert high[0] - low[0] > high[1] - low[1] > 0
    assert found["8"][0] == found["8"][1]  # all of them


def test_a_verifier_beside_the_better_way_of_pixels(sides):
    rates = own_pictures.eers(EYES, *(sides["new"][1].images, sides["new"][1].people))
    assert 0 <= rates["pixels"] <= rates["verifier"] <= 1


def test_an_entry_is_of_copies_or_of_a_training(monkeypatch):
    monkeypatch.setattr(own_pictures, "trained", lambda key: key)
    monkeypatch.setattr(own_pictures, "found_again", lambda kind: [kind])
    assert own_pictures.entry("found label") == ["label"]
    assert own_pictures.entry("label 40 0") == "label 40 0"


def test_what_was_measured_of_copies():
    found = own_pictures.results()
    for kind in ("product", "label", "document"):
        rates = found[f"found {kind}"]
        assert rates["nothing"] == {"found": 1, "wrong": 0}
        assert rates["JPEG 95"]["found"] > 0.5 > rates["cropped by 2 %"]["found"]


def test_what_was_measured_of_folders():
    found = own_pictures.results()
    for kind in ("product", "label", "document"):
        new = found[f"{kind} 40 0"]["new"]
        assert new["interval_95"][1] < new["pixels"]["eer"] / 2
        assert found[f"{kind} 40 0"]["learned"] < 0.01 < new["eer"]  # not unseen ones


def test_more_classes_are_better_and_few_are_tested_without_an_interval():
    found = own_pictures.results()
    sizes = [found[f"product {size} 0"] for size in (8, 16, 40, 80)]
    unsaid = [each["test"]["interval_95"] is None for each in sizes]
    assert unsaid == [True, True, False, False]
    rates = [each["new"]["eer"] for each in sizes]
    assert rates == sorted(rates, reverse=True)
    assert sizes[0]["learned"] < 0.01 < sizes[0]["new"]["interval_95"][0]
    (low, high), (lower, higher) = (sizes[2]["few"][number] for number in "28")
    assert high - low > 2 * (higher - lower)  # of two classes, and of eight


def test_for_copies_of_a_photo_nothing_has_to_be_learned():
    new = own_pictures.results()["copy 40 0"]["new"]
    assert new["pixels"]["eer"] <= new["interval_95"][1] < 0.01


def test_a_class_that_was_learned_from_and_lies_in_the_test_is_a_cheat():
    found = own_pictures.results()["product 40 0"]
    for name, rates in found["copies"].items():
        assert rates["learned"]["verifier"] < 0.01 < found["new"]["eer"], name
