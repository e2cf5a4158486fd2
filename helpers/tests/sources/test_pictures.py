"""Pictures that show no face: brought to size, looked at several times, verified."""

import json

import cv2
import numpy as np
import pytest
from PIL import Image

from helpers.__main__ import main
from helpers.datasets import PhotoError
from helpers.disk.cards import FORMAT
from helpers.sources import pictures
from helpers.tests.conftest import (
    BAD,
    GOOD,
    OWNERS,
    STRANGERS,
    refused_before_tensorflow,
    tiny_tower,
)
from helpers.tests.test_verifier import spoilt
from helpers.verifier import Verifier

ENTRY = {
    "of": "sign",
    "shape": [32, 64, 1],
    "paper": 0,
    "trim": False,
    "mirror": False,
    "views": 3,
}


def write_weights(folder, **changes):
    """An untrained tower for pictures with its card: the path of the .keras file."""
    import keras

    from helpers import embedding

    keras.utils.set_random_seed(0)
    path, entry = folder / "signs.keras", ENTRY | changes
    embedding.save(tiny_tower(tuple(entry["shape"])), path)
    card = {"format": FORMAT, "name": "signs", "threshold": 0.5, "pictures": entry}
    card |= {"strangers": STRANGERS, "owners": OWNERS}
    path.with_suffix(".json").write_text(json.dumps(card))
    return path


@pytest.fixture(scope="module")
def signs(tmp_path_factory):
    return write_weights(tmp_path_factory.mktemp("signs"))


@pytest.fixture(scope="module")
def written():
    """A stroke in dark ink on light paper, uint8 (40, 100, 3)."""
    picture = np.full((40, 100, 3), (250, 245, 235), np.uint8)
    line = np.array([[5, 35], [30, 5], [60, 30], [95, 10]])
    return cv2.polylines(picture, [line], False, (40, 30, 90), 3)


def test_a_long_picture_is_not_squashed():
    square = np.full((30, 90, 1), 255, np.uint8)
    square[5:25, 10:30] = 0
    found = pictures.fit(square, (64, 64, 1), paper=0)[..., 0] > 127
    rows, columns = (np.flatnonzero(found.any(axis=axis)) for axis in (1, 0))
    assert abs(len(rows) - len(columns)) <= 1 and 13 <= len(rows) <= 16
    assert found.mean() == pytest.approx((14.2 / 64) ** 2, rel=0.15)


def test_ink_at_the_edge_is_not_smeared_into_bars():
    picture = np.full((20, 90, 1), 255, np.uint8)
    picture[:, 40:44] = 0  # from edge to edge
    found = pictures.fit(picture, (64, 64, 1), paper=255)[..., 0]
    assert (found[:20] == 255).all() and (found[-20:] == 255).all()


def test_wide_margins_and_specks_are_cut_off_and_the_same_ink_is_seen(written):
    page = np.full((400, 700, 3), (250, 245, 235), np.uint8)
    page[250:290, 90:190] = written
    page[20:22, 600:602] = 0  # a speck
    seen = pictures.trimmed(page)
    assert 36 <= len(seen) <= 66 and 90 <= seen.shape[1] <= 125
    there = pictures.fit(page, (32, 64, 1), 0, trim=True).astype(float)
    alone = pictures.fit(written, (32, 64, 1), 0, trim=True).astype(float)
    assert np.corrcoef(there.ravel(), alone.ravel())[0, 1] > 0.8
    empty = np.full((40, 60, 1), 240, np.uint8)
    assert (pictures.trimmed(empty) == empty).all()


@pytest.mark.parametrize("shape", [(32, 64, 1), (64, 64, 3), (48, 32, 1)])
def test_black_on_white_equals_white_on_black(written, shape):
    for paper in (0, 255):
        there = pictures.fit(written, shape, paper)
        back = pictures.fit(255 - written, shape, paper)
        assert there.shape == shape and (there == back).all()
        assert (np.median(there) > 127) == (paper == 255)


def test_without_paper_nothing_is_negated(written):
    found = pictures.fit(255 - written, (40, 100, 3), None)
    assert (found == 255 - written).all()


def test_paper_is_found_where_most_borders_are_plain(written):
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    assert pictures.paper_of([written] * 3 + [noise]) == 255
    assert pictures.paper_of([255 - written] * 3 + [noise]) == 0
    assert pictures.paper_of([written] + [noise] * 3) is None
    assert pictures.paper_of([np.full((20, 20, 1), 128, np.uint8)]) is None


def test_looks_are_small_moves_and_the_first_is_the_picture():
    images = np.zeros((2, 32, 64, 1), np.float32)
    images[:, 12:20, 28:36] = 1
    looks = pictures.views(images, len(pictures.VIEWS))
    assert len(looks) == 8 and (looks[0] == images).all()
    rows, columns = np.mgrid[:32, :64]
    for look in looks:
        weight = look[0, ..., 0]
        assert weight.sum() == pytest.approx(64, rel=0.25)
        assert abs((weight * rows).sum() / weight.sum() - 15.5) < 1.5
        assert abs((weight * columns).sum() / weight.sum() - 31.5) < 2.5


def test_pictures_of_any_size_and_ink_are_embedded_without_a_face(signs, written):
    verifier = Verifier.load(signs)
    large = cv2.resize(written, None, fx=7, fy=7, interpolation=cv2.INTER_CUBIC)
    found = verifier.embed([written, 255 - written, large, large[..., 0]])
    assert found.shape == (4, 8) and np.allclose(np.linalg.norm(found, axis=1), 1)
    assert np.allclose(found[0], found[1], atol=1e-5)
    assert found[0] @ found[2] > 0.95 and found[2] @ found[3] > 0.95
    crop = pictures.fit(written, (32, 64, 1), 0)[None]
    assert np.allclose(verifier.embed_crops(crop), found[:1], atol=1e-5)


def test_a_mirrored_drawing_is_another_one_unless_the_card_says_so(
    signs, written, tmp_path
):
    crop = pictures.fit(written, (32, 64, 1), 0)[None]
    symmetric = write_weights(tmp_path, mirror=True, views=1)
    for path, same in ((signs, False), (symmetric, True)):
        verifier = Verifier.load(path)
        there, back = (verifier.embed_crops(c) for c in (crop, crop[:, :, ::-1]))
        assert np.allclose(there, back, atol=1e-5) == same


def test_more_looks_are_another_version(signs, tmp_path):
    other = Verifier.load(write_weights(tmp_path, views=1))
    assert Verifier.load(signs).version != other.version


@pytest.mark.parametrize(
    "entry",
    [{}, [], {**ENTRY, "paper": 7}, {**ENTRY, "views": 0}, {**ENTRY, "shape": [32]}],
)
def test_a_card_that_does_not_say_which_pictures_is_refused(entry, signs, tmp_path):
    def change(_, card):
        card.write_text(json.dumps(json.loads(card.read_text()) | {"pictures": entry}))

    with pytest.raises(ValueError, match="does not say which pictures it is for"):
        Verifier.load(spoilt(signs, tmp_path, change))


def test_a_card_of_another_shape_is_refused(signs, tmp_path):
    def change(_, card):
        entry = {"pictures": {**ENTRY, "shape": [64, 64, 1]}}
        card.write_text(json.dumps(json.loads(card.read_text()) | entry))

    with pytest.raises(ValueError, match="takes no pictures of"):
        Verifier.load(spoilt(signs, tmp_path, change))


def test_the_command_names_what_is_compared(signs, written, tmp_path, capsys):
    for name, picture in (("a.png", written), ("b.png", 255 - written)):
        Image.fromarray(picture).save(tmp_path / name)
    files = [str(tmp_path / name) for name in ("a.png", "b.png")]
    assert main(["verify", *files, "--weights", str(signs)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("The same sign: similarity 1.000") and "pairs that" in out
    card = signs.with_suffix(".json")
    text = card.read_text()
    try:
        strict = [[1.0, -1.0], [0.01, 1.5], [0.0001, 2.0]]
        card.write_text(json.dumps(json.loads(text) | {"strangers": strict}))
        assert main(["verify", *files, "--weights", str(signs)]) == 1
    finally:
        card.write_text(text)
    assert capsys.readouterr().out.startswith("Not the same sign: ")


@pytest.mark.parametrize("name", [name for name in BAD if "face" not in name])
def test_a_bad_file_is_refused_in_a_sentence(name, photos, signs):
    with pytest.raises(PhotoError) as caught:
        Verifier.load(signs).embed(photos / name)
    assert BAD[name] in str(caught.value) and name in str(caught.value)


def test_any_kind_of_file_is_a_picture(photos, signs):
    verifier = Verifier.load(signs)
    names = [name for name in GOOD if name != "palette.png"]  # it has fewer colours
    found = verifier.embed([photos / name for name in names])
    assert (found @ verifier.embed(photos / "face.png")[0] > 0.98).all()


def test_a_bad_picture_is_refused_before_tensorflow_is_loaded(signs):
    assert refused_before_tensorflow(
        "verify", "missing.jpg", "b.jpg", "--weights", signs
    )
