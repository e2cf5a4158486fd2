"""From photos to a verdict, and a sentence for each photo and file that is no good."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from helpers import faces
from helpers.datasets import PhotoError, Photos, orl, read_photo
from helpers.sources.photos import as_list
from helpers.tests.conftest import BAD, GOOD
from helpers.verifier import Verifier, crops_of


@pytest.fixture(scope="module")
def verifier(weights):
    return Verifier.load(weights)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_photo_is_refused_in_a_sentence_that_helps(name, photos, verifier):
    with pytest.raises((PhotoError, faces.FaceError)) as caught:
        verifier.embed(photos / name)
    assert BAD[name] in str(caught.value) and name in str(caught.value)


@pytest.mark.parametrize("name", GOOD)
def test_any_kind_of_file_shows_the_same_face(name, photos, face):
    found, true = (image.astype(int) for image in crops_of([photos / name, face]))
    assert np.abs(found - true).mean() < 6  # grey levels; another person: above 30
    assert (
        np.abs(crops_of(orl(quiet=True).images[15])[0].astype(int) - true).mean() > 20
    )


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.full((50, 50), np.nan), "2,500 of its values are NaN or infinite"),
        (np.full((50, 50), np.inf, np.float32), "NaN or infinite"),
        (np.zeros((50, 50)), "a photo is uint8, 0 to 255; this is float64"),
        (np.zeros((50, 50), np.int64), "a photo is uint8, 0 to 255; this is int64"),
        (np.zeros((50, 50), bool), "a photo is uint8"),
        (np.zeros((50, 50, 2), np.uint8), "It needs 1 (grey), 3 (RGB) or 4 (RGBA)"),
        (np.zeros((3, 50, 50), np.uint8), "Move the channel: np.moveaxis"),
        (np.zeros((2, 2, 50, 50, 1), np.uint8), "a photo has the axes"),
        (np.zeros((0, 50, 1), np.uint8), "the array is empty"),
        (np.zeros((1, 1), np.uint8), "it is only 1 x 1 pixels; a photo needs 16"),
        (np.array(["ann.jpg"]), "a photo is an array of numbers"),
        (None, "a photo is an array of numbers"),
        ([], "there is no photo to embed. Give at least one"),
        (np.zeros((50, 50), np.uint8), "No face was found in the photo"),
        ("", "The path of the photo is empty"),
    ],
)
def test_a_bad_array_is_refused_in_a_sentence_that_helps(array, words, verifier):
    with pytest.raises((PhotoError, faces.FaceError)) as caught:
        verifier.embed(array)
    assert words in str(caught.value)


def test_in_a_list_the_sentence_numbers_the_photo(verifier, face):
    with pytest.raises(faces.FaceError, match="in photo 1"):
        verifier.embed([face, np.zeros((50, 50), np.uint8)])


def test_photos_come_in_many_forms(verifier, photos, face):
    colour = np.repeat(face[..., None], 3, axis=2)
    several = Photos(np.stack([face[..., None]] * 2), [0, 1])
    known = verifier.embed(face)  # (photo, feature)
    assert known.shape == (1, 8) and np.allclose(np.linalg.norm(known, axis=1), 1)
    for same in (
        photos / "face.png",
        str(photos / "face.png"),
        Image.fromarray(face),
        colour,
        [face, face],
        (face, colour),
        several,
        several.images,
    ):
        assert np.allclose(verifier.embed(same), known, atol=1e-4)


def test_one_by_one_or_all_at_once(verifier):
    images = orl(quiet=True).images[::50]
    alone = np.concatenate([verifier.embed(image) for image in images])
    assert np.allclose(verifier.embed(list(images)), alone, atol=1e-5)
    crops = np.stack(crops_of(images))
    assert np.allclose(verifier.embed_crops(crops, batch=3), alone, atol=1e-5)


def test_a_mirror_changes_nothing(verifier, face):
    crop = np.stack(crops_of(face))
    mirrored = verifier.embed_crops(crop[:, :, ::-1])
    assert np.allclose(verifier.embed_crops(crop), mirrored, atol=1e-6)


def test_lenient_takes_the_middle_where_there_is_no_face(verifier):
    grey = np.tile(np.arange(100, dtype=np.uint8), (80, 1))
    assert verifier.embed(grey, lenient=True).shape == (1, 8)


@pytest.mark.parametrize(
    "crops", [np.zeros((2, 64, 64, 1)), np.zeros((64, 64, 1), "u1")]
)
def test_crops_of_another_kind_are_refused(crops, verifier):
    with pytest.raises(PhotoError, match="takes crops uint8 .photo, 64, 64, 1., not"):
        verifier.embed_crops(crops)


def test_a_verdict_holds_together(verifier, photos, face):
    images = orl(quiet=True).images
    verdict = verifier.verify(face, photos / "face.png")
    assert verdict.same is True and verdict.similarity > 0.999
    assert verdict.distance == 1 - verdict.similarity
    assert verdict.threshold == pytest.approx(0.6)  # of 1 %, which is promised
    assert verdict.false_accept_rate == pytest.approx(0.01)
    assert 0.4 < verdict.false_reject_rate < 0.5
    assert verifier.verify(face, face, far=None).threshold == 0.5
    a, b = verifier.embed(images[[0, 99]])
    there, back = verifier.verify(images[0], images[99]), verifier.verify(b, a)
    assert there.same == back.same
    assert there.similarity == pytest.approx(back.similarity, abs=1e-5)
    assert there.strangers_alike == verifier.false_accept_rate(there.similarity)


def test_the_threshold_follows_the_wanted_rate(verifier):
    assert verifier.threshold(0.01) == pytest.approx(0.6)
    thresholds = [verifier.threshold(far) for far in (1, 0.3, 0.1, 0.01, 0.001)]
    assert thresholds == sorted(thresholds)
    for far in (0.5, 0.05, 0.001):
        assert verifier.false_accept_rate(verifier.threshold(far)) == pytest.approx(far)
    for far in (0, -1, 1.1, float("nan"), 0.00001):
        with pytest.raises(ValueError, match="cannot be set: choose 0.0001 to 1"):
            verifier.threshold(far)


def test_an_embedding_of_another_verifier_is_refused(verifier, face):
    with pytest.raises(
        ValueError, match="has 8 features, not 9: embed the photo again"
    ):
        verifier.verify(face, np.ones(9))
    with pytest.raises(ValueError, match="NaN"):
        verifier.similarity(np.full(8, np.nan), np.ones(8))
    with pytest.raises(PhotoError, match="one photo is compared with one"):
        verifier.verify(face, [face, face])


def spoilt(weights, folder, change):
    """A copy of the weights and their card, after `change(keras file, card file)`."""
    for file in (weights, weights.with_suffix(".json")):
        shutil.copy(file, folder)
    copy = folder / weights.name
    change(copy, copy.with_suffix(".json"))
    return copy


def edit(**changes):
    def change(_, card):
        card.write_text(json.dumps(json.loads(card.read_text()) | changes))

    return change


def other_model(weights, _):
    import keras

    a, b = keras.Input((4,)), keras.Input((4,))
    keras.Model([a, b], keras.layers.Add()([a, b])).save(weights)


SPOILT = {
    "no such file": (lambda w, c: w.unlink(), "the course ships .* the path of its"),
    "no card": (lambda w, c: c.unlink(), "has no card: put tiny.json, which its"),
    "card is no JSON": (
        lambda w, c: c.write_text("{"),
        "is damaged: take a fresh copy",
    ),
    "card is no text": (lambda w, c: c.write_bytes(b"\xff\xfe"), "json is damaged"),
    "card is a list": (
        lambda w, c: c.write_text("[]"),
        "json is damaged: take a fresh",
    ),
    "another version": (edit(format=99), "is of format 99, this course reads format 2"),
    "no thresholds": (edit(strangers=[]), "holds no thresholds: take a fresh copy"),
    "nothing of owners": (edit(owners=None), "holds no thresholds: take a fresh"),
    "intervals of others": (edit(strangers_95=[[0, 1]]), "holds no thresholds"),
    "threshold is NaN": (edit(threshold=float("nan")), "holds no thresholds"),
    "what all share is NaN": (edit(shared=[float("nan")]), "holds no thresholds"),
    "card of another tower": (edit(shared=[1.0]), "its card do not fit together"),
    "weights are text": (lambda w, c: w.write_text("no zip"), "damaged or of another"),
    "weights are empty": (lambda w, c: w.write_bytes(b""), "damaged or of another"),
    "weights are cut off": (
        lambda w, c: w.write_bytes(w.read_bytes()[:9000]),
        "damaged or of another version. Take a fresh copy or train it again",
    ),
    "weights are no tower": (other_model, "holds no tower, one photo in"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_spoilt_weights_are_refused_in_a_sentence_that_helps(what, weights, tmp_path):
    change, words = SPOILT[what]
    with pytest.raises((ValueError, FileNotFoundError), match=words):
        Verifier.load(spoilt(weights, tmp_path, change))


def test_one_photo_or_many_become_a_list(face):
    assert len(as_list(face)) == 1 and len(as_list([face, "ann.jpg"])) == 2
    assert len(as_list(np.zeros((5, 20, 20, 3), np.uint8))) == 5


def test_read_photo_and_path_give_one_embedding(verifier, photos):
    read = verifier.embed(read_photo(photos / "cmyk.jpg"))
    assert np.allclose(read, verifier.embed(photos / "cmyk.jpg"), atol=1e-6)


def test_a_verdict_says_what_makes_it_doubtful(verifier, face):
    rng = np.random.default_rng(0)
    noisy = np.clip(face + rng.normal(0, 60, face.shape), 0, 255).astype(np.uint8)
    upright = verifier.verify(face, face)
    assert upright.same and upright.doubts == ()
    doubts = verifier.verify(face, noisy).doubts
    assert "photo b is full of grain, dots or lines." in doubts
    assert verifier.verify(*verifier.embed([face, noisy])).doubts == ()


def test_the_network_s_own_doubt_names_the_photo(verifier, face):
    import keras

    photo = keras.Input((64, 64, 1))
    dark = keras.layers.GlobalAveragePooling2D()(photo)
    dark = keras.layers.Rescaling(-1.0, 0.2)(dark)  # above 0 in a fifth of the light
    doubting = Verifier(verifier.tower, verifier.card, keras.Model(photo, dark))
    crop = faces.crop(face)
    good, bad = faces.Closeup(crop, (), "a.jpg"), faces.Closeup(crop // 8, (), "b.jpg")
    said = ("b.jpg is unlike the photos measured.",)
    assert doubting.verify(good, good).doubts == ()
    assert (
        doubting.verify(good, bad).doubts == doubting.verify(bad, good).doubts == said
    )
    assert doubting.verify(bad, bad).doubts == said * 2
    assert doubting.doubts(good._replace(doubts=("x",)), bad) == ("x", *said)
    known = doubting.embed(face)[0]
    assert doubting.verify(known, bad).doubts == said
    assert verifier.verify(good, bad).similarity == pytest.approx(
        doubting.verify(good, bad).similarity, abs=1e-6
    )
