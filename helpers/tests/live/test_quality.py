"""Good photos pass, spoilt ones do not, and a camera's next frame is a copy."""

import functools

import cv2
import numpy as np
import pytest

from helpers import faces
from helpers.datasets import orl
from helpers.live import quality
from helpers.sources import doubts

IMAGES = orl(quiet=True).images[..., 0]
SOME = IMAGES[::10]
PIXEL = 109 / 64  # of a crop, in pixels of an ORL photo


def frame(image, rng, spoil=lambda big, pixel: big, light=1, move=0, times=None):
    """An ORL photo as a camera of 640 x 480 sees it: enlarged, noisy, compressed."""
    times = times or rng.uniform(1.2, 4)
    shift, turn = rng.uniform(-move, move, 2), rng.uniform(-move, move) / 6
    matrix = cv2.getRotationMatrix2D((46, 56), turn, times)  # (2, 3)
    matrix[:, 2] += (320 - 46, 240 - 56) + shift
    how = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_REPLICATE}
    big = cv2.warpAffine(image, matrix, (640, 480), **how)
    big = spoil(big, times * PIXEL) * np.float32(light)
    big = (big + rng.normal(0, rng.uniform(2, 8), big.shape)).clip(0, 255)
    coded = cv2.imencode(".jpg", big.astype(np.uint8), (cv2.IMWRITE_JPEG_QUALITY, 85))
    return cv2.imdecode(coded[1], cv2.IMREAD_COLOR)


def blurred(width):
    return lambda big, pixel: cv2.GaussianBlur(big, (0, 0), width * pixel)


def moved(length, down):
    def spoil(big, pixel):
        size = round(length * pixel)
        return cv2.blur(big, (1, size) if down else (size, 1))

    return spoil


@functools.cache
def seen(**spoilt):
    """What is said of twenty frames, where a face is found."""
    rng = np.random.default_rng(0)
    looks = [quality.look(frame(image, rng, **spoilt)) for image in SOME[::2]]
    return [look for look in looks if look.face]


def share(fault, **spoilt):
    """Share of the frames that have a fault; a frame without a face is none."""
    looks = seen(**spoilt)
    assert len(looks) > len(SOME[::2]) / 2
    return np.mean([fault in look.faults for look in looks])


def test_good_photos_pass():
    looks = [quality.look(image) for image in IMAGES[::4]]
    assert np.mean([look.faults == () for look in looks]) > 0.97
    rng = np.random.default_rng(1)
    frames = [quality.look(frame(image, rng)) for image in SOME]
    assert np.mean([look.faults == () for look in frames]) > 0.97
    for look in frames:
        assert 0.05 < doubts.sharpness(look.crop) < 0.3


@pytest.mark.parametrize(
    "spoil", [blurred(2), blurred(3), moved(7, False), moved(9, True)]
)
def test_a_blurred_photo_is_told(spoil):
    assert share(quality.TOO_BLURRED, spoil=spoil) > 0.95


def test_the_poorest_direction_counts():
    """What moves sideways keeps its sharp edges along the movement."""
    crop = faces.crop(IMAGES[0])
    smeared = cv2.blur(crop, (9, 1))
    assert doubts.sharpness(smeared) < doubts.BLURRED < doubts.sharpness(crop)
    assert doubts.sharpness(cv2.blur(crop, (1, 9))) < doubts.BLURRED


def test_sharpness_depends_on_neither_light_nor_size():
    for image in SOME[:10]:
        crop = faces.crop(image)
        dim = (crop * 0.4).astype(np.uint8)
        assert doubts.sharpness(dim) == pytest.approx(doubts.sharpness(crop), rel=0.1)
        large = cv2.resize(image, None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC)
        again = doubts.sharpness(faces.crop(large))
        assert again == pytest.approx(doubts.sharpness(crop), rel=0.25)


def test_light_is_told():
    assert share(quality.TOO_DARK, light=0.25) > 0.95
    assert share(quality.TOO_BRIGHT, light=2) > 0.8
    assert share(quality.TOO_BRIGHT, light=1.5) < 0.4
    for light in (0.5, 1.25):
        assert share(quality.TOO_DARK, light=light) == 0
        assert share(quality.TOO_BRIGHT, light=light) < 0.05


def test_no_face_two_faces_and_a_dark_room():
    room = np.full((480, 640, 3), 120, np.uint8)
    for image, fault in (
        (room, quality.NO_FACE),
        (room // 20, quality.TOO_DARK),
        (np.hstack([IMAGES[0], IMAGES[15]]), quality.SEVERAL),
    ):
        look = quality.look(image)
        assert look.faults == (fault,) and look.face is look.crop is None


def test_a_face_at_the_edge_is_told():
    rng = np.random.default_rng(0)
    told = []
    for image in SOME:
        big = frame(image, rng)
        face = faces.find(big)
        left = round(face.x - 0.3 * face.side / faces.WIDER)  # a fifth is missing
        look = quality.look(big[:, max(0, left) :])
        told += [quality.CUT_OFF in look.faults] if look.face else []
    assert np.mean(told) > 0.85 and len(told) > 30


def test_a_small_face_is_told():
    small = cv2.resize(IMAGES[0], (36, 44), interpolation=cv2.INTER_AREA)
    assert quality.TOO_SMALL in quality.look(small).faults


def test_the_crop_is_that_of_the_verifier():
    large = cv2.resize(IMAGES[0], None, fx=15, fy=15, interpolation=cv2.INTER_CUBIC)
    for image in (IMAGES[5], large):
        look = quality.look(image)
        assert np.array_equal(look.crop, faces.crop(image))
        assert look.face == faces.find(image)


@pytest.fixture(scope="module")
def pairs():
    """Likeness of next frames, and of different photos of one person."""
    rng = np.random.default_rng(0)
    nexts = []
    for image in SOME:
        times = rng.uniform(1.6, 4)
        crops = [faces.crop(frame(image, rng, move=6, times=times)) for _ in range(2)]
        nexts.append(quality.likeness(*crops))
    rows = quality.flat([faces.crop(image) for image in IMAGES[:100]])
    alike = (rows @ rows.T).reshape(10, 10, 10, 10)
    same = np.concatenate([alike[i, :, i][np.triu_indices(10, 1)] for i in range(10)])
    strangers = np.concatenate([alike[i, :, i + 1].ravel() for i in range(9)])
    return np.array(nexts), same, strangers


def test_the_next_frame_is_a_copy_and_another_photo_is_none(pairs):
    nexts, same, strangers = pairs
    assert np.mean(nexts < quality.COPY) < 0.05
    assert np.mean(same >= quality.COPY) < 0.04
    assert not np.any(strangers >= quality.COPY)


def test_the_last_photo_again_is_told():
    rng = np.random.default_rng(2)
    last = quality.look(frame(IMAGES[0], rng, times=2)).crop
    again = quality.look(frame(IMAGES[0], rng, times=2, move=6), last)
    other = quality.look(frame(IMAGES[5], rng, times=2), last)
    assert again.faults == (quality.AGAIN,) and other.faults == ()
    assert quality.likeness(again.crop, last) >= quality.COPY
    assert quality.likeness(other.crop, last) < quality.COPY


def test_likeness_is_a_correlation():
    a, b = (faces.crop(image) for image in IMAGES[:2])
    assert quality.likeness(a, a) == pytest.approx(1, abs=1e-5)
    assert quality.likeness(a, b) == pytest.approx(quality.likeness(b, a), abs=1e-6)
    assert quality.likeness(a, 255 - a) == pytest.approx(-1, abs=1e-5)
    assert quality.likeness(a, a // 2) > 0.99  # in half the light
    flat = np.full_like(a, 9)
    assert quality.likeness(a, flat) == quality.likeness(flat, flat) == 0


def test_of_copies_the_first_is_kept():
    a, b, c = (faces.crop(image) for image in IMAGES[[0, 3, 10]])
    dim = (a * 0.9).astype(np.uint8)
    kept = quality.unlike(np.stack([a, dim, b, a, c, b]))
    assert kept.tolist() == [0, 2, 4] and kept.dtype.kind == "i"
    assert quality.unlike(np.stack([a, b, c]), limit=-1).tolist() == [0]
    assert quality.unlike(np.zeros((0, 64, 64, 1), np.uint8)).tolist() == []
