"""Faces are found, levelled and cut in one way, whatever the photo's size and kind."""

import cv2
import numpy as np
import pytest

from helpers import faces
from helpers.datasets import Photos, orl
from helpers.disk import archives
from helpers.sources import finding, levelling


@pytest.fixture(scope="module")
def images():
    return orl(quiet=True).images


def apart(a, b):
    """Mean difference of two crops in grey levels."""
    return np.abs(a.astype(int) - b.astype(int)).mean()


def turned(image, degrees):
    rows, columns = image.shape[:2]
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, 1)
    return cv2.warpAffine(image, turn, (columns, rows), borderMode=cv2.BORDER_REPLICATE)


def test_a_face_is_found_in_nearly_every_photo_of_orl(images):
    found = [len(faces.detect(image)) for image in images[::4]]
    assert sum(number == 1 for number in found) >= 97  # of 100


def test_a_crop_is_grey_and_of_one_size(images):
    crop = faces.crop(images[0])
    assert crop.shape == (faces.SIZE, faces.SIZE, 1) and crop.dtype == np.uint8
    assert faces.crop(images[0], size=96).shape == (96, 96, 1)


def test_grey_rgb_and_rgba_show_the_same_face(images):
    grey = images[0]
    colour = np.repeat(grey, 3, axis=2)
    opaque = np.dstack([colour, np.full(grey.shape[:2], 255, np.uint8)])
    for photo in (grey[..., 0], colour, opaque):
        assert apart(faces.crop(photo), faces.crop(grey)) < 1


@pytest.mark.parametrize("times", [0.5, 2, 12, 40])
def test_small_and_huge_photos_show_the_same_face(times, images):
    photo = images[0, ..., 0]
    scaled = cv2.resize(photo, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    assert apart(faces.crop(scaled), faces.crop(photo)) < 8
    found, true = faces.find(scaled), faces.find(photo)
    assert found.side / true.side == pytest.approx(times, rel=0.1)
    assert found.x / true.x == pytest.approx(times, rel=0.1)


def test_a_small_face_in_a_large_photo_is_found(images):
    """A fourteenth of what a telephone takes, anywhere in it."""
    for number, (row, column) in enumerate(((300, 2500), (3600, 900), (2000, 200))):
        face = cv2.resize(images[60 * number + 3], (330, 402))
        edges = row, 4608 - row - 402, column, 3456 - column - 330
        photo = cv2.copyMakeBorder(face, *edges, cv2.BORDER_REPLICATE)
        crop = faces.crop(photo)
        assert apart(crop, faces.crop(images[60 * number + 3])) < 12
        with pytest.raises(
            faces.NoFace, match="from the front, .* a sixteenth of the photo's"
        ):
            faces.find(photo, closely=False)


def test_a_tilted_face_is_levelled(images):
    people = images[::40, ..., 0]
    levelled, left = [], []
    for image in people:
        upright, tilted = faces.find(image), faces.find(turned(image, 8))
        levelled.append(np.rad2deg(upright.angle - tilted.angle))
        left.append(apart(faces.crop(turned(image, 8)), faces.crop(image)))
    assert 5 < np.median(levelled) < 11  # of the 8 degrees
    straight = [
        apart(faces.crop(image), faces.crop(turned(image, 8))) for image in people
    ]
    assert np.median(left) <= np.median(straight)
    others = apart(faces.crop(people[0]), faces.crop(people[1]))
    assert np.median(left) < others / 2


@pytest.mark.parametrize("degrees", [30, -40, 90, 180, 270])
def test_a_face_that_leans_or_lies_is_found_and_levelled(degrees, images):
    """A head on a shoulder; a photo of a telephone that was held another way."""
    straight, lost = [], 0
    for image in images[5::40, ..., 0]:
        photo = cv2.copyMakeBorder(image, *[60] * 4, cv2.BORDER_REPLICATE)
        try:
            face = faces.find(turned(photo, degrees))
        except faces.NoFace:
            lost += 1
            continue
        off = np.degrees(face.angle - faces.find(photo).angle) + degrees
        straight.append(abs((off + 180) % 360 - 180) < 12)
    assert lost <= 1 and sum(straight) >= 8  # of 10


def test_what_is_no_face_is_not_like_one(images):
    """An eye, and a face upside down, which the cascade may take for one."""
    like = 0
    for image in images[3::20, ..., 0]:
        face = faces.find(image)
        like += levelling.facelike(image, face) > finding.LIKE
        eye = levelling.move(face, (-0.15, -0.1, -1.2, 0))
        for other in (eye, face._replace(angle=face.angle + np.pi)):
            assert levelling.facelike(image, other) < finding.LIKE
    assert like >= 19  # of 20


def test_a_tightly_cut_face_is_the_whole_face_not_an_eye(images):
    for image in images[3::40, ..., 0]:
        face = faces.find(image)
        half = round(0.5 * face.side / faces.WIDER)
        x, y = round(face.x), round(face.y)
        cut_out = image[max(0, y - half) : y + half, max(0, x - half) : x + half]
        found = faces.find(cv2.resize(cut_out, None, fx=5, fy=5))
        assert found.side / 5 == pytest.approx(face.side, rel=0.3)


def test_alignment_brings_a_square_back(images):
    image = images[0, ..., 0]
    true = faces.find(image)
    for step in ((0.06, 0, 0, 0), (0, -0.06, 0, 0), (0, 0, 0.12, 0), (0, 0, 0, 0.15)):
        back = faces.align(image, levelling.move(true, step))
        off = np.hypot(back.x - true.x, back.y - true.y) / true.side
        assert off < 0.04 and abs(back.side / true.side - 1) < 0.06
        assert abs(back.angle - true.angle) < 0.08


def test_two_faces_side_by_side_are_refused(images):
    two = np.hstack([images[0], images[15]])
    with pytest.raises(faces.SeveralFaces, match="2 faces were found in two.jpg"):
        faces.crop(two, "two.jpg")


@pytest.mark.parametrize("share", [0.65, 0.75])
def test_a_second_face_that_is_smaller_is_spoken_of(share, images):
    said = 0
    for number in range(0, 400, 40):
        one, other = (
            cv2.copyMakeBorder(images[i, ..., 0], *[30] * 4, cv2.BORDER_REPLICATE)
            for i in (number, (number + 10) % 400)
        )
        small = cv2.resize(other, None, fx=share, fy=share)
        room = len(one) - len(small)
        edges = room // 2, room - room // 2, 0, 0
        small = cv2.copyMakeBorder(small, *edges, cv2.BORDER_REPLICATE)
        try:
            made = faces.look(np.hstack([one, small]), "both.jpg")
        except faces.SeveralFaces:
            said += 1
        else:
            said += any("shows a second face" in doubt for doubt in made.doubts)
    assert said >= 9  # of 10
    assert not faces.look(images[0]).doubts


def test_somebody_small_in_the_background_does_not_matter(images):
    front = cv2.resize(images[0, ..., 0], None, fx=3, fy=3)
    photo = np.hstack([front[:, :1].repeat(140, axis=1), front])
    with_other = photo.copy()
    with_other[20:132, 20:112] = images[15, ..., 0]
    assert len(faces.detect(with_other, longest=320, smallest=0.12)) == 2
    assert apart(faces.crop(with_other), faces.crop(photo)) < 4


@pytest.mark.parametrize(
    "photo",
    [
        np.zeros((100, 100), np.uint8),
        np.random.default_rng(0).integers(0, 255, (100, 120), np.uint8),
        np.zeros((1, 1), np.uint8),
        np.zeros((5, 4000), np.uint8),
        np.zeros((40000, 30), np.uint8),  # longer than OpenCV's warp bears
    ],
)
def test_no_face_is_said_with_what_to_do(photo):
    with pytest.raises(faces.NoFace, match="No face was found in it: use a photo"):
        faces.find(photo, "it")
    assert faces.crop_or_middle(photo).shape == (faces.SIZE, faces.SIZE, 1)


def test_a_step_and_its_way_back():
    face = faces.Face(10, 20, 50, 0.3)
    there = levelling.move(face, (0.1, -0.2, 0.3, 0.4))
    assert there.side == pytest.approx(50 * np.exp(0.3))
    assert there.angle == pytest.approx(0.7)
    corner = levelling.matrix(face, 64) @ [face.x, face.y, 1]
    assert corner == pytest.approx([32, 32])


def test_a_large_square_is_smoothed_before_it_is_made_small():
    stripes = np.tile(np.uint8([0, 255]), (512, 256))  # finer than the crop can show
    grey = faces.cut(stripes, faces.Face(256, 256, 500), 64)
    assert grey.std() < 40  # without smoothing it would be 127


def test_crops_of_a_set_are_made_once(images, monkeypatch, tmp_path):
    monkeypatch.setattr(archives, "_places", lambda: [tmp_path])
    photos = Photos(images[:12:4], [0, 0, 1], ("ann", "bob"))
    crops = faces.crop_all(photos)
    assert crops.images.shape == (3, faces.SIZE, faces.SIZE, 1)
    assert crops.names == ("ann", "bob") and list(crops.people) == [0, 0, 1]
    for image, crop in zip(photos.images, crops.images):
        assert np.array_equal(crop, faces.crop(image))
    monkeypatch.setattr(faces, "in_threads", None)  # a second making would fail
    assert np.array_equal(faces.crop_all(photos).images, crops.images)
    assert [p.suffix for p in (tmp_path / "cache").iterdir()] == [".npy"]


def test_other_photos_have_another_fingerprint(images):
    marks = {faces.fingerprint(image.tobytes()) for image in images[:5]}
    assert len(marks) == 5
    assert faces.fingerprint("ann") == faces.fingerprint("ann")


def test_threads_and_one_by_one_give_the_same(images):
    some = list(images[:40:5])
    alone = [faces.crop_or_middle(image) for image in some]
    assert np.array_equal(faces.in_threads(faces.crop_or_middle, some), alone)
