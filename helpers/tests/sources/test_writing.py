"""Ink on paper: told from photos, and the same by any pen, in any light."""

import cv2
import numpy as np
import pytest

from helpers.datasets import orl
from helpers.sources import classes, pictures, writing
from helpers.tests.sources import made_pictures
from helpers.tests.sources.test_pictures import write_weights
from helpers.verifier import Verifier


@pytest.fixture(scope="module")
def strokes():
    """How much ink: float (120, 300), 0..1."""
    line = np.array([[20, 100], [90, 20], [180, 95], [280, 30]])
    drawn = cv2.polylines(np.zeros((120, 300)), [line], False, 1, 4, cv2.LINE_AA)
    return np.clip(drawn, 0, 1)[..., None]


def page(strokes, paper=(250, 250, 250), pen=(40, 40, 40), light=1.0):
    """The strokes on paper, uint8 (row, column, 3)."""
    colour = strokes * np.array(pen) + (1 - strokes) * np.array(paper)
    return np.clip(colour * light, 0, 255).astype(np.uint8)


def shade(strokes, dark=0.4):
    """A shadow with a soft edge over the right half, (row, column, 1)."""
    x = np.linspace(-1, 1, strokes.shape[1])
    return (1 - (1 - dark) / (1 + np.exp(-8 * x)))[None, :, None]


@pytest.mark.parametrize(
    "change",
    [
        {"pen": (40, 60, 170)},
        {"paper": (250, 240, 180)},
        {"light": 0.5},
        {"light": "shade"},
        {"pen": (150, 150, 150)},  # a pencil
    ],
    ids=["blue", "yellow paper", "dim", "shadow", "pencil"],
)
def test_neither_pen_nor_paper_nor_light_is_seen(strokes, change):
    if change.get("light") == "shade":
        change = {"light": shade(strokes)}
    usual, other = (writing.ink(page(strokes, **way)) for way in ({}, change))
    assert usual.shape == (120, 300, 1) and usual.dtype == np.uint8
    assert np.abs(usual.astype(int) - other).mean() < 2.5
    assert (other[strokes == 0] < 30).mean() > 0.99
    assert np.median(other[strokes == 1]) > 220


def test_chalk_on_a_board_is_ink_on_paper(strokes):
    there, back = (
        page(strokes, (255, 255, 255), (0, 0, 0)),
        page(strokes, [0] * 3, [255] * 3),
    )
    assert np.abs(writing.ink(there).astype(int) - writing.ink(back)).max() <= 1


def test_an_empty_page_has_no_ink():
    rng = np.random.default_rng(0)
    for noise in (0, 3):
        empty = np.clip(rng.normal(230, noise, (90, 200, 3)), 0, 255).astype(np.uint8)
        assert writing.ink(empty).mean() < 3
    assert writing.ink(np.full((1, 1, 1), 9, np.uint8)).shape == (1, 1, 1)


def test_a_large_scan_is_made_smaller_a_small_one_is_left(strokes):
    large = cv2.resize(page(strokes), (3000, 1200))
    assert writing.ink(large).shape == (410, 1024, 1)
    same = np.corrcoef(
        cv2.resize(writing.ink(large), (300, 120)).ravel(),
        writing.ink(page(strokes)).ravel(),
    )[0, 1]
    assert same > 0.97


@pytest.mark.parametrize(
    ("make", "written"),
    [("signature", 1), ("signed_page", 1), ("product", 0), ("label", 0)],
)
def test_writing_is_told_from_things(make, written):
    rng = np.random.default_rng(1)
    made = [getattr(made_pictures, make)([5, n], rng) for n in range(20)]
    share = np.mean([writing.is_written(picture) for picture in made])
    assert abs(share - written) <= 0.1


def test_a_face_is_not_written():
    assert not any(map(writing.is_written, orl(quiet=True).images[::20]))


def test_a_folder_is_read_by_most_of_its_pictures(tmp_path):
    made_pictures.write(tmp_path / "pages", made_pictures.signed_page, 2, 2)
    shape, paper, trim, ink = classes.look(tmp_path / "pages")
    assert shape[2] == 1 and (paper, trim, ink) == (0, True, True)
    made_pictures.write(tmp_path / "pots", made_pictures.product, 2, 2)
    shape, paper, trim, ink = classes.look(tmp_path / "pots")
    assert shape[2] == 3 and (paper, trim, ink) == (None, False, False)


def test_one_signature_in_two_lights_is_one_to_a_verifier(strokes, tmp_path):
    flat, lit = (
        page(strokes),
        page(strokes, (250, 235, 190), (40, 50, 160), shade(strokes)),
    )
    alike = []
    for ink in (True, False):
        folder = tmp_path / str(ink)
        folder.mkdir()
        verifier = Verifier.load(str(write_weights(folder, trim=True, ink=ink)))
        alike.append(float(verifier.similarity(flat, lit)))
    assert alike[0] > 0.999 and alike[0] > alike[1]
    assert pictures.how({"shape": [3, 4, 1], "paper": 0, "trim": False}) == (
        (3, 4, 1), 0, False, False,
    )  # fmt: skip
