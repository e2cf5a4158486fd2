"""The search for what is left of a person finds what was planted, and nobody else."""

import base64
import io
import json
import sqlite3
import tarfile
import zipfile

import cv2
import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from helpers.datasets import orl
from helpers.disk import members
from helpers.disk.shards import Shards, read
from helpers.gallery import Gallery
from helpers.live.forgetting import forget_embedded
from helpers.live.traces import named, traces
from helpers.sources.classes import marks
from helpers.tests.kill_gallery import Fake, crop

PERSON = "Zoë Aufderheide"


@pytest.fixture(scope="module")
def image():
    """A photo of hers, uint8 (row, column)."""
    return orl(quiet=True).images[0, ..., 0]


@pytest.fixture(scope="module")
def jpeg(image):
    return cv2.imencode(".jpg", image)[1].tobytes()


@pytest.fixture(scope="module")
def template():
    return np.random.default_rng(0).normal(size=256).astype(np.float32) / 16


@pytest.fixture
def found(tmp_path, image, jpeg, template):
    """A function that gives (file, what) of all that is found."""

    def search(root=tmp_path):
        some = traces(PERSON, [jpeg, image], [template], [root])
        assert some.unread == ()
        return {(trace.file, trace.what) for trace in some}

    return search


def rows_of(path, jpeg, template, mode):
    """A database with a photo and a template of hers, deleted again."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA secure_delete = OFF")
    db.execute(f"PRAGMA journal_mode = {mode}")
    db.execute("CREATE TABLE one (name TEXT, photo BLOB, template BLOB)")
    row = PERSON, jpeg, template.tobytes()
    db.execute("INSERT INTO one VALUES (?, ?, ?)", row)
    db.execute("DELETE FROM one")
    assert db.execute("SELECT count(*) FROM one").fetchone() == (0,)
    return db


def test_a_free_page_of_sqlite(found, tmp_path, jpeg, template):
    rows_of(tmp_path / "db", jpeg, template, "DELETE").close()
    assert {("db", "photo"), ("db", "template")} <= found()


def test_the_second_file_of_sqlite(found, tmp_path, jpeg, template):
    db = rows_of(tmp_path / "db", jpeg, template, "WAL")
    assert {("db-wal", what) for what in ("name", "photo", "template")} <= found()
    db.close()


def test_compressed_arrays_and_archives_inside_each_other(found, tmp_path, template):
    np.savez_compressed(tmp_path / "rows.npz", a=np.zeros(9), b=[template, template])
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("note.txt", "zoë_aufderheide")
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("inner.zip")
        info.size = len(inner.getvalue())
        archive.addfile(info, io.BytesIO(inner.getvalue()))
    assert found() == {
        ("rows.npz > b.npy", "template"),
        ("all.tar.gz > unpacked > inner.zip > note.txt", "name"),
    }


@pytest.mark.parametrize("kind", ["<f2", "<f4", "<f8", ">f4", "int8"])
def test_a_template_in_other_numbers(found, tmp_path, template, kind):
    row = np.rint(template * 127) if kind == "int8" else template
    (tmp_path / "rows").write_bytes(b"head" + row.astype(kind).tobytes())
    assert found() == {("rows", "template")}


def test_parquet(found, tmp_path, template):
    rows = [template.tolist(), [0.5] * 256]
    names = [f"{PERSON}/1.png", "Ann/1.png"]
    table = {"file": names, "embedding": pa.array(rows, pa.list_(pa.float32(), 256))}
    pq.write_table(pa.table(table), tmp_path / "f.parquet", compression="zstd")
    whats = ("file", "name"), ("embedding", "template")
    assert found() >= {(f"f.parquet > {column}", what) for column, what in whats}


def test_a_card_with_her_name_and_marks(found, tmp_path, image):
    classes = {"train": {PERSON: marks([image])}}
    (tmp_path / "card.json").write_text(json.dumps({"classes": classes}))
    assert found() == {("card.json", "name"), ("card.json", "mark of a photo")}


def test_a_notebook_with_a_picture_and_numbers(found, tmp_path, jpeg, template):
    data = {"image/jpeg": base64.b64encode(jpeg).decode()}
    cell = {"outputs": [{"data": data}, {"text": str(template.round(3))}]}
    (tmp_path / "own.ipynb").write_text(json.dumps({"cells": [cell]}))
    files = {file.partition(" > ")[0] for file, _ in found()}
    assert files == {"own.ipynb"}
    assert {what for _, what in found()} >= {"photo", "template, in a text"}


def test_the_same_pixels_in_another_file(found, tmp_path, image):
    cv2.imwrite(str(tmp_path / "1.png"), image, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    assert found() == {("1.png > pixels", "photo")}


@pytest.mark.parametrize(
    "text",
    [
        "ZOË AUFDERHEIDE",
        "Zoe\u0308  Aufderheide".replace("  ", " "),
        "/people/Zo%C3%AB%20Aufderheide",
        '{"who": "zo\\u00eb aufderheide"}',
        "zoë_aufderheide.png",
    ],
)
def test_spellings_of_a_name(found, tmp_path, text):
    for n, code in enumerate(("utf-8", "utf-16-le", "utf-16-be")):
        (tmp_path / str(n)).write_bytes(b"\0\0" + text.encode(code) + b"\0\0")
    assert found() == {(str(n), "name") for n in range(3)}
    (tmp_path / "0").write_bytes("Zoë Aufderheider".encode())
    assert ("0", "name") not in found()  # another one


def test_the_name_of_a_file_and_of_a_folder(found, tmp_path):
    (tmp_path / PERSON / "1").mkdir(parents=True)
    whats = {what for _, what in found()}
    assert whats == {"name, in the path"}


def test_nobody_else_is_found(tmp_path, image, jpeg, template):
    rng = np.random.default_rng(1)
    for n, other in enumerate(orl(quiet=True).images[10:40, ..., 0]):
        cv2.imwrite(str(tmp_path / f"{n}.jpg"), other)
        cv2.imwrite(str(tmp_path / f"{n}.png"), other)
    (tmp_path / "noise").write_bytes(rng.bytes(5_000_000))
    (tmp_path / "zeros").write_bytes(bytes(5_000_000))
    np.save(tmp_path / "rows.npy", rng.normal(size=(1000, 256)).astype(np.float32))
    assert traces(PERSON, [jpeg, image], [template], [tmp_path]) == []


def test_what_it_cannot_see(found, tmp_path, image, template):
    """So that "nothing is left" is never said of copies that were computed anew."""
    cv2.imwrite(str(tmp_path / "again.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, 80])
    cv2.imwrite(str(tmp_path / "small.png"), cv2.resize(image, None, fx=0.5, fy=0.5))
    secret, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(256, 256)))
    np.save(tmp_path / "rotated.npy", (template @ secret).astype(np.float32))
    np.save(tmp_path / "signs.npy", np.packbits(template > 0))
    assert found() == set()


def test_what_cannot_be_opened_is_said(tmp_path, monkeypatch):
    (tmp_path / "broken.zip").write_bytes(b"PK\3\4" + bytes(99))
    (tmp_path / "large").write_bytes(bytes(1001))
    monkeypatch.setattr(members, "LIMIT", 1000)
    monkeypatch.setattr("helpers.live.traces.LIMIT", 1000)
    unread = dict(traces(PERSON, under=[tmp_path]).unread)
    assert set(unread) == {"broken.zip", "large"}


def test_a_gallery_and_what_its_forgetting_leaves(tmp_path):
    path, face = tmp_path / "people.sqlite", crop(1)
    template = Fake().embed_crops(face[None])
    with Gallery(path, Fake()) as gallery:
        gallery.add_crops(PERSON, [face])
        gallery.add_crops("Bob", [crop(2)])
        whats = {one.what for one in traces(PERSON, [face], template, [path])}
        assert whats == {"name", "photo", "template", "mark of a photo"}
        gallery.forget(PERSON)
        assert traces(PERSON, [face], template, [path]) == []
        assert traces("Bob", [crop(2)], [], [path])


def test_the_files_of_a_server(postgres, url):
    face = crop(4711)
    template = Fake().embed_crops(face[None])

    def whats():
        some = traces(PERSON, [face], template, [postgres.data])
        assert not some.unread
        return {trace.what for trace in some}

    with Gallery(url, Fake()) as gallery:
        gallery.add_crops(PERSON, [face])
        with psycopg.connect(postgres.url, autocommit=True) as db:
            db.execute("CHECKPOINT")
            everything = {"name", "photo", "template", "mark of a photo"}
            assert whats() == everything
            db.execute("SET search_path = gallery; DELETE FROM photo")
            assert whats() == everything  # rows are gone, their bytes are not
        gallery.add_crops(PERSON, [face])
        gallery.forget(PERSON)
        assert whats() == set()


def test_a_file_of_embeddings_forgets(found, tmp_path, template):
    path = tmp_path / "faces.parquet"
    shards = Shards(path, "ours", features=256)
    with shards.alone():
        files = [f"{PERSON}/1.png", f"a/{PERSON.upper()}.jpg", f"{PERSON}r/1.png"]
        rows = [template, template, np.ones(256)]
        skipped = {f"in/{PERSON}/2.png": "it is empty.", "Bob/2.png": "it is empty."}
        shards.add(files[:2], [b"1", b"2"], rows[:2], {})
        shards.finish(files)
        shards.add(files[2:], [b"3"], rows[2:], skipped)
        shards.finish(files)
        shards.add([f"{PERSON}/3.png"], [b"4"], [template], {})  # then it was killed
    assert {what for _, what in found()} == {"name", "template"}
    assert forget_embedded(path, PERSON.lower()) == 4
    assert found() == set() and shards.done() == {files[2], "Bob/2.png"}
    assert forget_embedded(path, PERSON) == 0
    assert read(path, "ours")["digest"].to_pylist() == [b"3".ljust(16)]


def test_no_file_of_embeddings(tmp_path):
    with pytest.raises(ValueError, match="name the file that `embed` wrote"):
        forget_embedded(tmp_path / "faces.parquet", PERSON)


def test_a_name_of_one_letter_is_still_a_word():
    assert b"z" in named("Z")
