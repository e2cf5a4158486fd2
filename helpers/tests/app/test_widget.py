"""The app without a browser: photos in, words, charts and maps out."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import helpers.app
from helpers.app import desk
from helpers.app.parts import controls, regions
from helpers.app.parts.hills import hills
from helpers.app.widget import App
from helpers.datasets import orl
from helpers.disk.archives import PROJECT
from helpers.gallery import Gallery
from helpers.live import records
from helpers.live.words import describe
from helpers.measures.rates import share
from helpers.tests.conftest import BAD
from helpers.verifier import FAR, Verdict, Verifier, closeup_of


@pytest.fixture(scope="module")
def verifier(weights):
    return Verifier.load(weights)


@pytest.fixture(scope="module")
def people():
    return orl(quiet=True).images


@pytest.fixture
def app(verifier, tmp_path):
    return App(verifier, tmp_path / "people.sqlite")


@pytest.fixture
def filled(app, people):
    app.give(1, people[0])
    app.give(2, people[1])
    return app


def upload(app, number, name, data, part=1000):
    """Send a file as the page does, in parts."""
    picker = app.sides[number - 1].upload
    for start in range(0, max(1, len(data)), part):
        message = {"name": name, "size": len(data), "start": start}
        picker._hear(picker, message, [memoryview(data[start : start + part])])


def test_two_photos_get_the_verdict_of_the_verifier(filled, verifier, people, tmp_path):
    closeups = [closeup_of(people[n], n + 1) for n in range(2)]
    verdict = verifier.verify(*closeups)
    assert filled.verdict[:-1] == pytest.approx(verdict[:-1])
    assert filled.verdict.doubts == verdict.doubts == ("photo 2 is blurred.",)
    assert filled.words.text == describe(filled.verdict, verifier.card)
    assert filled.words.look == ("same" if verdict.same else "different")
    assert filled.status.text == ""
    for side in filled.sides:
        assert side.view.value.count("<img alt=") == 2
    assert not list(tmp_path.iterdir())  # nothing was written


def test_one_photo_asks_for_the_other(app, people):
    app.give(2, people[0])
    assert app.status.text == "Photo 2 is there. Now choose photo 1."
    assert app.verdict is None and app.asks.disabled
    app.slider.value = -1.0
    assert app.status.text == "Photo 2 is there. Now choose photo 1."


def test_the_slider_moves_the_threshold_and_says_what_it_costs(filled, verifier):
    before = filled.chart.value
    assert filled.far == pytest.approx(FAR) and filled.slider.text == "1 %"
    for rate in (1.0, 0.1, 0.0001):
        filled.slider.value = float(np.log10(rate))
        threshold = verifier.threshold(rate)
        assert filled.verdict.threshold == pytest.approx(threshold)
        assert filled.words.text == describe(filled.verdict, verifier.card)
        refused = share(verifier.false_reject_rate(threshold))
        assert filled.slider.text == share(rate)
        assert f"accepts {share(rate)} of strangers'" in filled.costs.value
        assert f"rejects {refused} of one person's" in filled.costs.value
        assert filled.chart.value != before
    filled.slider.value = -9.0  # no page sends it
    assert filled.far == 0.0001


@pytest.mark.parametrize("name", sorted({*BAD} - {"missing.jpg", "folder"}))
def test_a_bad_upload_is_one_sentence_and_the_app_goes_on(name, filled, photos):
    shown, words = filled.sides[0].view.value, filled.words.text
    upload(filled, 1, name, (photos / name).read_bytes())
    said = BAD[name].replace("it is empty (0 bytes)", "it is no image")
    assert said.split(".")[0] in filled.status.text and filled.status.look == "wrong"
    assert filled.sides[0].view.value == shown and filled.words.text == words
    upload(filled, 1, "face.png", (photos / "face.png").read_bytes())
    assert filled.status.text == "" and "face.png" in filled.sides[0].view.value


def test_a_file_comes_in_parts_and_no_part_is_kept(app, photos):
    data = (photos / "whole.jpg").read_bytes()
    upload(app, 1, "a.jpg", data[:500] + bytes(2000), part=100)  # is refused
    assert app.status.look == "wrong"
    picker = app.sides[0].upload
    picker._hear(picker, {"name": "a", "size": 9999, "start": 0}, [b"given up"])
    upload(app, 1, "<b>&.jpg", data)
    assert "Now choose photo 2" in app.status.text and picker._parts == []
    assert "&lt;b&gt;&amp;.jpg" in app.sides[0].view.value
    large = {"name": "a.jpg", "size": controls.LARGEST + 1, "start": 0}
    picker._hear(picker, large, [b""])
    assert app.status.text.startswith("Cannot use a.jpg: it is larger than 200 MB.")


def test_what_should_not_happen_is_said(app, monkeypatch, people):
    monkeypatch.setattr("helpers.app.widget.closeup_of", lambda *_, **__: 1 / 0)
    app.give(1, people[0])
    assert app.status.text.startswith("This should not happen: ZeroDivisionError")


def test_samples_can_be_chosen(app):
    app.sides[0].person.value = "s3"
    assert "s3, sample 1" in app.sides[0].view.value
    app.sides[0].shot.value = 4
    assert "s3, sample 4" in app.sides[0].view.value
    app.sides[1].shot.value = 5
    assert "No photo yet" in app.sides[1].view.value


def test_a_picture_of_the_camera(app, people):
    app.opener.click()
    assert app.opener.description == "Close the camera"
    app.takes[0].click()
    assert app.status.text.endswith("press Start.") and app.status.look == "wrong"
    frame = np.repeat(people[0], 3, axis=2)
    app._camera._functions[0](type("Frame", (), {"image": frame}))
    app.takes[0].click()
    assert app.sides[0].closeup is not None
    app.opener.click()
    assert app._camera is app._frame is None and len(app.booth.children) == 1


def test_nobody_is_enrolled_without_name_and_consent(filled, tmp_path):
    enrolment = filled.enrolment
    assert enrolment.found.value == "<p>Nobody is enrolled yet.</p>"
    enrolment.consent.value = True
    enrolment.enrols[0].click()
    assert "Write the person's name first" in filled.status.text
    enrolment.name.value = "Ann"  # another person has agreed to nothing
    enrolment.enrols[0].click()
    assert filled.status.text.startswith("Ann has not agreed yet, so nothing is kept")
    assert not list(tmp_path.iterdir())
    enrolment.consent.value = True
    enrolment.enrols[0].click()
    assert filled.status.text == "Ann is enrolled with photo 1."
    assert "Ann: similarity 1.000" in enrolment.found.value
    assert enrolment.person.options == ("Ann",) and enrolment.person.value is None
    enrolment.enrols[0].click()
    assert filled.status.text == "Ann has this photo already."


def test_who_is_forgotten_is_gone(filled, tmp_path, verifier):
    enrolment = filled.enrolment
    for name in ("Ann", "Bob"):
        enrolment.name.value = name
        enrolment.consent.value = True
        enrolment.enrols[0].click()
    later = App(verifier, str(tmp_path / "people.sqlite"))  # that opened it not yet
    assert later.enrolment.person.options == ("Ann", "Bob")
    later.enrolment.forgets.click()
    assert later.status.text == "Choose in the list who is to be forgotten."
    later.enrolment.person.value = "Ann"
    later.enrolment.forgets.click()
    assert later.status.text.startswith("Ann is forgotten")
    assert b"Ann" not in (tmp_path / "people.sqlite").read_bytes()
    filled.slider.value = -1.0
    assert "Ann" not in enrolment.found.value and "Bob" in enrolment.found.value
    enrolment.person.value = "Bob"
    enrolment.forgets.click()
    assert enrolment.person.options == () and enrolment.forgets.disabled


def test_what_stays_of_the_forgotten_is_said(filled, tmp_path, monkeypatch):
    monkeypatch.setattr(records, "data_folder", lambda: tmp_path)
    monkeypatch.setattr(desk, "remains", lambda where: "The log holds it: ask.")
    (tmp_path / "mine" / "Ann").mkdir(parents=True)
    (tmp_path / "mine" / "Ann" / "1.png").touch()
    enrolment = filled.enrolment
    enrolment.name.value, enrolment.consent.value = "Ann", True
    enrolment.enrols[0].click()
    enrolment.person.value = "Ann"
    enrolment.forgets.click()
    assert filled.status.text == (
        "Ann is forgotten: no byte is left in the file. But: The log holds it: ask. "
        "But: data/mine still holds 1 file of Ann: `python -m helpers forget Ann` "
        "removes it."
    )


def test_the_five_nearest_are_named(filled, people):
    with Gallery(":memory:", filled.verifier) as gallery:
        for person in range(7):
            gallery.add(f"<p{person}>", people[10 * person])
        app = App(filled.verifier, gallery)
        app.give(1, people[0])
        rows = app.enrolment.found.value.split("<li ")[1:]
    assert len(rows) == 5 and "&lt;p0&gt;: 1.000" in rows[0]


def test_a_gallery_of_another_tower_is_said_and_the_verdict_stays(
    filled, tmp_path, people
):
    with Gallery(tmp_path / "people.sqlite", filled.verifier) as gallery:
        gallery.add("Ann", people[0])
        with gallery._store.writing() as db:
            db.execute("UPDATE tower SET version = 'another'")
    filled.give(1, people[2])
    assert "another tower" in filled.enrolment.found.value
    assert filled.words.text == describe(filled.verdict, filled.card)
    filled.enrolment._list()
    filled.enrolment.person.value = "Ann"
    filled.enrolment.forgets.click()  # needs no tower
    assert filled.status.text.startswith("Ann is forgotten")


def test_a_damaged_gallery_is_said(verifier, tmp_path):
    (tmp_path / "people.sqlite").write_text("no gallery")
    app = App(verifier, tmp_path / "people.sqlite")
    assert "is no gallery" in app.status.text and app.status.look == "wrong"


def test_without_a_gallery_nobody_can_be_enrolled(verifier):
    app = App(verifier)
    assert app.enrolment is None and len(app.widget.children) == 5


def test_regions_are_shown_when_asked_for(filled, people):
    assert not filled.asks.disabled and filled.maps.value == ""
    filled.asks.click()
    assert filled.maps.value.count("<img alt=") == 2 and filled.status.text == ""
    filled.give(1, people[5])
    assert filled.maps.value == ""  # it was of another photo


def test_the_place_that_decides_is_found():
    crop = np.zeros((64, 64, 1), np.uint8)
    crop[8:14, 50:56] = 255

    class Corner:
        def embed_crops(self, crops):
            return crops[:, 8:14, 50:56].mean(axis=(1, 2)) / 255  # (photo, 1)

    fall = regions.falls(Corner(), crop, np.ones(1))
    assert regions.place(fall) == "upper right" and fall.min() == 0
    assert regions.heat(crop, fall).shape == (regions.SHOWN, regions.SHOWN, 3)


@pytest.mark.parametrize("same, sign", [(True, "<circle"), (False, "l12 12m0 -12l")])
def test_the_chart_shows_both_hills_the_threshold_and_the_pair(verifier, same, sign):
    threshold = verifier.threshold(0.01)
    score = threshold + (0.1 if same else -9)  # far off: it stays on the axis
    drawn = hills(verifier.rates, threshold, Verdict(same, score, threshold, 0, 0, 0))
    assert sign in drawn and f"threshold {threshold:.2f}" in drawn
    assert f"this pair {score:.2f}" in drawn and 'role="img"' in drawn
    assert "this pair" not in hills(verifier.rates, threshold)


def test_the_page_opens_before_tensorflow_is_loaded(tmp_path):
    """The code of app.ipynb, with a gallery of its own."""
    notebook = json.loads((Path(helpers.app.__file__).parent / "app.ipynb").read_text())
    title, cell = notebook["cells"]
    assert title["cell_type"] == "markdown" and cell["outputs"] == []
    code = "".join(cell["source"]).replace("desk.usual()", "'people.sqlite'")
    code += "\nimport sys; sys.exit('tensorflow' in sys.modules)"
    where = {"cwd": tmp_path, "env": {"PYTHONPATH": str(PROJECT)}}
    done = subprocess.run([sys.executable, "-c", code], **where)
    assert done.returncode == 0 and not list(tmp_path.iterdir())


def test_a_weights_file_that_is_missing_is_said_at_once():
    with pytest.raises(FileNotFoundError):
        App("none.keras")


def test_weights_that_break_later_are_said(weights, tmp_path, people):
    for path in (weights, weights.with_suffix(".json")):
        shutil.copy(path, tmp_path)
    app = App(str(tmp_path / weights.name))
    (tmp_path / weights.name).write_text("damaged")
    app.give(1, people[0])
    assert "is damaged or of another version" in app.status.text
    shutil.copy(weights, tmp_path)
    app.give(1, people[0])
    assert app.status.text == "Photo 1 is there. Now choose photo 2."
