"""Folders as people have them: levels, leftovers, copies, empty pages."""

import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

from helpers.sources import classes, pictures, writing
from helpers.sources.folders import folder
from helpers.sources.photos import PhotoError
from helpers.tests.sources import made_pictures

NOISE = np.random.default_rng(0).integers(0, 256, (40, 30, 3)).astype(np.uint8)


def put(root, *files):
    """Different pictures at these places under root."""
    for number, file in enumerate(files):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.roll(NOISE, number, axis=0)).save(root / file)
    return root


def people_of(found):
    return {file: found.names[who] for file, who in zip(found.files, found.people)}


def test_sessions_inside_a_person_are_read(tmp_path, capsys):
    deep = ("zoe/morning/1.png", "zoe/night/1.png", "yan/morning/1.png")
    put(tmp_path, *deep, "xi/night/a/b.png")
    found = folder(tmp_path)
    assert people_of(found) == {file: file.split("/")[0] for file in sorted(deep)}
    assert ("xi", "there is no usable photo of this person.") in found.skipped
    seen = classes.read(tmp_path, quiet=True)[0]
    assert set(people_of(seen)) == set(deep)  # `look` sees them too


def test_one_person_with_sessions_among_others_without(tmp_path):
    put(tmp_path, "ann/1.png", "bob/monday/1.png", "cy/1.png", "cy/more/2.png")
    found = folder(tmp_path, quiet=True)
    assert people_of(found) == {
        "ann/1.png": "ann", "bob/monday/1.png": "bob", "cy/1.png": "cy"
    }  # fmt: skip
    [(file, reason)] = found.skipped
    assert file == "cy/more" and "belong beside the others" in reason


@pytest.mark.parametrize(
    "files, named",
    [
        (("Test/a/1.png", "Training/a/2.png"), "Training"),  # parts, people in both
        (("probe/a/1.png", "gallery/b/1.png"), "gallery"),
        (("only/a/1.png", "only/b/1.png"), "only"),  # people, or sessions of one
        (("ann/may/1.png", "bob/june/1.png"), "ann"),
    ],
)
def test_people_on_another_level_are_named_by_their_path(tmp_path, files, named):
    put(tmp_path, *files)
    with pytest.raises(PhotoError, match="one level deeper") as caught:
        folder(tmp_path)
    assert str(tmp_path / named) in str(caught.value)
    assert len(folder(tmp_path / named, quiet=True))  # where the advice leads


def test_photos_without_people(tmp_path):
    with pytest.raises(PhotoError, match="lie in it, not in folders of people"):
        folder(put(tmp_path / "flat", "1.png", "2.png"))


def test_what_systems_leave_is_passed_over(tmp_path):
    put(tmp_path, "ann/1.png", "bob/1.png")
    for who in ("ann", "bob"):
        (tmp_path / who / "1.png:Zone.Identifier").write_text("[ZoneTransfer]")
        put(tmp_path / who / "@eaDir", "1.png/SYNOPHOTO_THUMB_M.png")
    put(tmp_path / "#recycle", "ann/1.png")
    found = folder(tmp_path, quiet=True)
    assert found.files == ("ann/1.png", "bob/1.png") and not found.skipped


def test_copies_in_two_classes_are_named_first(tmp_path):
    made_pictures.write(tmp_path, made_pictures.label, 4, 3)
    one, two, three, _ = sorted(tmp_path.iterdir())
    (one / "note.txt").write_text("not a picture")
    shutil.copy(one / "00.png", one / "again.png")
    Image.open(one / "01.png").convert("RGB").save(two / "saved.jpg", quality=80)
    shutil.copy(two / "02.png", three / "copy.png")
    found, *_ = classes.read(tmp_path, quiet=True)
    files, reasons = zip(*found.skipped)
    places = [
        f"{each.parent.name}/{each.name}"
        for each in (two / "saved.jpg", three / "copy.png")
    ]
    assert files[:2] == tuple(places) and len(found) == 4 * 3
    assert f"nearly the same picture as {one.name}/01.png, of another" in reasons[0]
    assert f"the same picture as {two.name}/02.png, of another class" in reasons[1]
    assert files[-1] == f"{one.name}/again.png" and not reasons[-1].endswith("class.")


def test_no_two_pictures_of_one_signer_are_a_copy(tmp_path):
    made_pictures.write(tmp_path, made_pictures.signature, 3, 12)
    assert len(classes.read(tmp_path, quiet=True)[0]) == 36


def is_empty(page, ink):
    page = np.uint8(page)
    return pictures.is_empty(page, writing.ink(page) if ink else None)


@pytest.mark.parametrize("rows", [90, 700])
@pytest.mark.parametrize("grain", [1, 4])
def test_an_empty_page_shows_nothing(rows, grain):
    rng = np.random.default_rng(rows)
    page = (
        rng.normal(225, grain, (rows, 2 * rows, 1))
        * np.linspace(1, 0.8, 2 * rows)[:, None]
    )
    page[5, 5] -= 100  # dust
    assert is_empty(page, ink=True)
    middle = rows // 2
    page[middle : middle + rows // 60, rows // 2 : rows] -= 60  # one dash of a pencil
    assert not is_empty(page, ink=True)
    assert not is_empty(page, ink=False)


def test_empty_pages_are_dropped(tmp_path):
    made_pictures.write(tmp_path, made_pictures.signed_page, 3, 3)
    for place in sorted(tmp_path.iterdir())[:2]:
        grain = np.random.default_rng(len(place.name)).normal(240, 2, (150, 220))
        cv2.imwrite(str(place / "empty.png"), grain)
    found, _, how = classes.read(tmp_path, quiet=True)
    assert how[-1] and len(found) == 9 and len(found.skipped) == 2
    assert {reason for _, reason in found.skipped} == {
        "nothing is written or drawn on it."
    }
