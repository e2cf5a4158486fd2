"""Very many photos: each once, in order, whoever is killed."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import numpy as np
import psutil
import pytest
from PIL import Image

from helpers.__main__ import main
from helpers.app import many
from helpers.datasets import orl
from helpers.disk.archives import PROJECT
from helpers.disk.people import People
from helpers.disk.shards import Shards, embeddings_of, read
from helpers.gallery import Gallery, GalleryError
from helpers.tests.conftest import BAD, refused_before_tensorflow
from helpers.verifier import Verifier

PEOPLE = 15


def stub(files, weights):
    """In place of `embed_some`: no network; one file kills whoever reads it."""
    time.sleep(0.02)
    if "poison" in files or weights == "heavy":
        os.kill(os.getpid(), signal.SIGKILL)
    return files, [b""] * len(files), np.ones((len(files), 2), np.float32), {}


@pytest.fixture
def stubbed(monkeypatch):
    """Workers without a network, handed four photos at a time; their process ids."""
    monkeypatch.setattr(many, "embed_some", stub)
    monkeypatch.setattr(many, "AT_ONCE", 4)
    found, cluster = [], many.cluster

    @contextmanager
    def seen(workers):
        with cluster(workers) as client:
            found.extend(client.run(os.getpid).values())
            for process in (os.getpid(), *found):  # nobody else can reach them
                places = psutil.Process(process).net_connections()
                assert {one.laddr.ip for one in places} == {"127.0.0.1"}
            yield client

    monkeypatch.setattr(many, "cluster", seen)
    return found


def test_what_a_killed_worker_had_another_one_does(stubbed):
    files = [f"{number}.jpg" for number in range(60)]
    seen = []
    for rows in many.handed_out(files, "none", workers=2):
        if not seen:
            os.kill(stubbed[0], signal.SIGKILL)
        seen += rows[0]
    assert sorted(seen) == sorted(files)  # each once


def test_a_photo_that_kills_its_worker_is_named_and_the_others_are_done(stubbed):
    files = [*(f"{number}.jpg" for number in range(6)), "poison", "last.jpg"]
    seen, skipped = [], {}
    for names, _, _, reasons in many.handed_out(files, "none", workers=1):
        seen, skipped = seen + names, skipped | reasons
    assert sorted(seen) == sorted(set(files) - {"poison"})
    assert skipped == {"poison": "two processes died while they read it."}


def test_workers_that_all_die_are_not_the_fault_of_a_photo(stubbed, monkeypatch):
    monkeypatch.setattr(many, "AHEAD", 1)
    files = [f"{number}.jpg" for number in range(12)]
    with pytest.raises(ValueError, match="The workers are killed whatever they read"):
        list(many.handed_out(files, "heavy", workers=1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, photos):
    """ORL's first people as files, and files that cannot be used."""
    root = tmp_path_factory.mktemp("many") / "orl"
    set_ = orl(quiet=True).only(range(PEOPLE))
    for image, person, file in zip(set_.images, set_.people, set_.files):
        path = root / f"s{person}" / f"{os.path.basename(file)}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(path)
    for name in ("text.jpg", "empty.jpg", "truncated.jpg", "no_face.jpg"):
        (root / "s3" / name).write_bytes((photos / name).read_bytes())
    return root


def test_a_run_that_is_killed_goes_on_and_ends_as_if_it_had_not_been(folder, weights):
    out = folder.with_name("faces.parquet")
    command = ["-m", "helpers", "embed", folder, "--out", out, "--weights", weights]
    command += ["--workers", "1"]
    run = subprocess.Popen([sys.executable, *map(str, command)], cwd=PROJECT)
    parts = folder.with_name("faces.parquet.parts")
    while not [*parts.glob("[!.]*.parquet")]:
        assert run.poll() is None
        time.sleep(0.01)
    run.kill()
    run.wait()
    kept = sum(len(read(part)) for part in parts.glob("[!.]*.parquet"))
    files = many.photos_in(folder)
    done = many.embed_many(files, out, weights, workers=2, quiet=True)
    assert 0 < kept < len(files) and done.new + kept >= done.photos
    verifier, table = Verifier.load(weights), read(out)
    good = [file for file in files if file not in done.skipped]
    assert table["file"].to_pylist() == good and len(good) == done.photos
    alone = verifier.embed(good)
    np.testing.assert_allclose(embeddings_of(table), alone, atol=1e-6)
    for file, reason in done.skipped.items():
        assert BAD[os.path.basename(file)] in reason
    # nothing is left to do, and people can be enrolled from it
    again = many.embed_many(files, out, weights, workers=2, quiet=True)
    assert (again.new, again.photos, again.skipped) == (0, len(good), done.skipped)
    people = folder.with_name("people.sqlite")
    for _ in "twice":
        assert many.enrol_all(out, people) == PEOPLE
    with Gallery(people, verifier) as gallery, Gallery(":memory:", verifier) as other:
        other.add("s0", good[:10])
        assert gallery.people()[0][:2] == other.people()[0][:2] == ("s0", 10)
        templates = gallery.templates()[1][0], other.templates()[1][0]
        np.testing.assert_allclose(*templates, atol=1e-6)


def test_data_mine_names_people_by_the_folder_above_the_session(tmp_path):
    session = "data/mine/Ann Berg/2026-11-29_1"
    files = [f"{session}/{kind}_001.png" for kind in ("anchor", "positive", "negative")]
    files += ["lfw/2026-11-29_1/1.png", "2026-11-29_1/anchor_001.png"]
    shards = Shards(tmp_path / "faces.parquet", "ours", features=2)
    with shards.alone():
        shards.add(files[:4], [b"%d" % n for n in range(4)], np.ones((4, 2)), {})
        shards.finish(files[:4])
    assert many.enrol_all(shards.path, tmp_path / "people.sqlite") == 2
    with closing(People(tmp_path / "people.sqlite")) as people:
        found = [row[:2] for row in people.counted()]
    assert found == [("Ann Berg", 2), ("2026-11-29_1", 1)]  # of negatives nobody knows
    shards = Shards(tmp_path / "other.parquet", "ours", features=2)
    with shards.alone():
        shards.add(files[4:], [b"4"], np.ones((1, 2)), {})
        shards.finish(files[4:])
    with pytest.raises(GalleryError, match="No folder above the session in 2026-11"):
        many.enrol_all(shards.path, tmp_path / "other.sqlite")
    assert not (tmp_path / "other.sqlite").exists()


def test_a_list_names_a_photo_a_line_each_once(tmp_path):
    (tmp_path / "list.txt").write_text("b.jpg\n\n a.jpg \nb.jpg\n")
    assert many.photos_in(tmp_path / "list.txt", as_list=True) == ["b.jpg", "a.jpg"]


def test_what_cannot_be_begun_is_refused_at_once(tmp_path):
    (tmp_path / "list.txt").write_bytes(b"\xff\xfe\xff")
    (tmp_path / "empty").mkdir()
    assert refused_before_tensorflow("embed", tmp_path / "empty")
    for arguments, sentence in (
        ([tmp_path / "nowhere"], "There is no "),
        ([tmp_path / "empty"], "there is no photo in it."),
        ([tmp_path / "list.txt"], "it is a file. Name a folder, or add --list."),
        ([tmp_path, "--list"], "it is a folder. Leave --list out."),
        ([tmp_path / "list.txt", "--list"], "it is no text in UTF-8."),
    ):
        with pytest.raises((ValueError, OSError), match=sentence):
            many.photos_in(arguments[0], "--list" in arguments)


def test_no_workers_and_files_without_a_photo(tmp_path, weights, capsys):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.txt").write_text("no photo")
    command = ["embed", str(tmp_path / "photos"), "--weights", str(weights)]
    command += ["--out", str(tmp_path / "out.parquet"), "--workers"]
    assert main([*command, "0"]) == 2
    assert "0 workers embed nothing: give at least 1." in capsys.readouterr().err
