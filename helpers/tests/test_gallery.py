"""Enrolled people: who is who, what survives, what is gone, and each fault's words."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest

from helpers import faces
from helpers.disk import store
from helpers.disk.places import unenrol
from helpers.gallery import Gallery, GalleryError, Match
from helpers.tests.kill_gallery import Fake, crop, traces

ANN, BOB = [crop(1), crop(2), crop(3)], [crop(4), crop(5)]


def embedding(seed):
    return Fake().embed_crops(crop(seed)[None])[0]


@pytest.fixture
def path(tmp_path):
    """A file with Ann (three photos) and Bob (two)."""
    path = tmp_path / "gallery.sqlite"
    with Gallery(path, Fake()) as people:
        assert people.add_crops("Ann", ANN) == 3 and people.add_crops("Bob", BOB) == 2
    return path


@pytest.fixture
def people(path):
    with Gallery(path, Fake()) as people:
        yield people


@pytest.fixture(params=["file", "server"])
def place(request):
    """A file, and a server, with Ann (three photos) and Bob (two)."""
    if request.param == "file":
        return request.getfixturevalue("path")
    url = request.getfixturevalue("url")
    with Gallery(url, Fake()) as people:
        people.add_crops("Ann", ANN), people.add_crops("Bob", BOB)
    return url


@pytest.fixture
def gallery(place):
    with Gallery(place, Fake()) as gallery:
        yield gallery


def names(people):
    return {person.name: person.photos for person in people.people()}


def test_a_photo_is_added_from_any_kind_of_photo(photos, face, gallery):
    whole = face[..., None]
    cy = [photos / "face.png", np.repeat(whole, 3, axis=2)]
    assert gallery.add("Cy", cy).new == 1
    assert gallery.add("Cy", whole).new == 0 and names(gallery)["Cy"] == 1
    probe = Fake().embed_crops(faces.crop(face)[None])[0]
    assert gallery.identify(probe, 0.9).name == "Cy"


def test_one_photo_without_a_face_and_none_is_stored(face, gallery):
    before = names(gallery)
    with pytest.raises(faces.FaceError, match="photo 1"):
        gallery.add("Cy", [face, np.zeros((50, 50), np.uint8)])
    with pytest.raises(GalleryError, match="no photo of 'Cy': give at least one"):
        gallery.add("Cy", [])
    assert names(gallery) == before


def test_what_all_people_share_is_not_made_longer(place):
    fake = Fake()
    fake.shared = embedding(7)
    with Gallery(place, fake) as gallery:
        ann, bob = gallery.templates()[1]
    photos = np.stack([embedding(seed) for seed in (1, 2, 3)])
    assert ann @ fake.shared == pytest.approx(photos.mean(0) @ fake.shared, abs=1e-6)
    assert np.linalg.norm([ann, bob], axis=1) == pytest.approx([1, 1])


def test_a_template_is_the_unit_mean_and_nobody_is_an_answer(gallery):
    known, templates = gallery.templates()
    assert known == ("Ann", "Bob") and templates.dtype == np.float32
    mean = np.mean([embedding(seed) for seed in (1, 2, 3)], axis=0)
    assert np.allclose(templates[0], mean / np.linalg.norm(mean), atol=1e-6)
    name, nearest, similarity, threshold = gallery.identify(embedding(4), 0.5)
    assert name == nearest == "Bob" and threshold == 0.5
    assert similarity == pytest.approx(embedding(4) @ templates[1], abs=1e-6)
    assert gallery.identify(embedding(99), 0.5).name is None
    assert gallery.identify(embedding(99), 0.5).nearest in known
    assert gallery.identify(embedding(4), similarity).name == "Bob"  # reaches it
    for probe in (np.ones(127), np.full(128, np.nan)):
        with pytest.raises(GalleryError, match="one embedding of 128 finite features"):
            gallery.identify(probe, 0.5)
    with Gallery(":memory:", Fake()) as empty:
        assert empty.identify(embedding(4), 0.5) == Match(None, None, -1.0, 0.5)
        assert empty.templates()[1].shape == (0, 128)


def test_rename_and_forget(gallery):
    gallery.rename("ann", "Anna")
    gallery.rename("ANNA", "anna")  # another spelling of one name
    assert names(gallery) == {"anna": 3, "Bob": 2} and "Ann" not in gallery
    with pytest.raises(GalleryError, match="'Bob' is enrolled already: choose another"):
        gallery.rename("anna", "Bob")
    assert gallery.forget("bob") == 2 and len(gallery) == 1
    for call in (gallery.forget, lambda name: gallery.rename(name, "Cy")):
        with pytest.raises(GalleryError, match="There is no 'Bob' in .*: see people"):
            call("Bob")
    assert gallery.identify(embedding(4), 0.9).name is None


def test_who_has_no_verifier_can_forget_all_the_same(path):
    assert unenrol(path, "Cy") == 0 and unenrol(path, "ann") == 3
    assert not traces(path.parent, ["Ann"], [1, 2, 3])
    with Gallery(path, Fake()) as people:
        assert names(people) == {"Bob": 2}


@pytest.mark.parametrize(
    "name", ["", " ", "a\nb", "a\x00", "\ud800", "\u200d", "x" * 61]
)
def test_a_bad_name_is_refused(name, gallery):
    for call in (
        lambda: gallery.add_crops(name, ANN),
        lambda: gallery.rename("Ann", name),
    ):
        with pytest.raises(GalleryError, match="is no name: write|use at most 60"):
            call()
    assert name not in gallery and names(gallery) == {"Ann": 3, "Bob": 2}


def test_names_of_the_world_are_kept_and_have_one_spelling(gallery):
    for name in ("Zoe\u0308", "O'Neil; DROP TABLE person", "山田 太郎", "نیلو\u200cفر"):
        gallery.add_crops(name, [crop(9)])
        assert name in gallery and name.upper() in gallery
    assert gallery.add_crops(" zo\u00eb ", [crop(9), crop(10)]) == 1
    assert names(gallery)["Zo\u00eb"] == 2


def test_another_process_is_seen_at_once(place, gallery):
    assert gallery.identify(embedding(4), 0.5).name == "Bob"
    with Gallery(place, Fake()) as other:
        other.rename("Bob", "Bert")
        assert gallery.identify(embedding(4), 0.5).name == "Bert"
        gallery.add_crops("Cy", [crop(7)])
        assert other.identify(embedding(7), 0.9).name == "Cy"
        assert gallery.identify(embedding(7), 0.9).name == "Cy"


def test_threads_share_a_gallery(gallery):
    faults = []

    def work(number):
        try:
            for n in range(10):
                gallery.add_crops(f"Person {number}", [crop(1000 * number + n)])
                match = gallery.identify(embedding(1000 * number), 0.1)
                assert match.name == f"Person {number}"
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert all(names(gallery)[f"Person {n}"] == 10 for n in range(1, 5))


def test_several_make_one_file_at_once(tmp_path):
    start, lengths = threading.Barrier(4), []

    def work(number):
        for n in range(5):
            start.wait(10)
            with Gallery(tmp_path / f"{n}", Fake()) as people:
                people.add_crops(f"Person {number}", [crop(number)])
                start.wait(10)
                lengths.append(len(people))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lengths == [4] * 20


def test_export_and_merge_carry_everything(gallery, tmp_path):
    assert gallery.export(tmp_path / "one", ["bob"]) == 1
    assert gallery.export(tmp_path / "new" / "all") == 2
    with Gallery(tmp_path / "one", Fake()) as copy:
        assert names(copy) == {"Bob": 2}
        assert copy.people() == gallery.people()[1:]
        copy.add_crops("Cy", [crop(6)])
        copy.forget("Bob")
    assert gallery.merge(tmp_path / "one") == 1 and names(gallery)["Cy"] == 1
    with pytest.raises(GalleryError, match="2 of .* are enrolled .* 'Ann' first: ren"):
        gallery.merge(tmp_path / "new" / "all")
    gallery.forget("Ann")
    with pytest.raises(GalleryError, match="1 of .* are enrolled here already, 'Bob'"):
        gallery.merge(tmp_path / "new" / "all")
    assert names(gallery) == {"Bob": 2, "Cy": 1}  # all or nothing


def test_an_exported_file_holds_nobody_else(people, tmp_path):
    (tmp_path / "out").mkdir()
    people.export(tmp_path / "out" / "bob", ["Bob"])
    assert traces(tmp_path / "out", ["Bob"], [4])
    assert not traces(tmp_path / "out", ["Ann"], [1, 2, 3])


def test_export_overwrites_nothing_and_leaves_nothing_half(
    people, path, tmp_path, monkeypatch
):
    (tmp_path / "old-journal").write_text("of a file that was removed")
    for there in (path, tmp_path / "old"):
        with pytest.raises(GalleryError, match="already: choose another name"):
            people.export(there)
    with pytest.raises(GalleryError, match="There is no 'Cy'"):
        people.export(tmp_path / "new", ["Ann", "Cy"])

    def full(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GalleryError, match="new cannot be written: No space left"):
        people.export(tmp_path / "new")
    assert {file.name for file in tmp_path.iterdir()} == {path.name, "old-journal"}


def test_another_tower_is_refused_or_its_embeddings_are_computed_again(place, gallery):
    with pytest.raises(GalleryError, match="of another tower: open it with recompute="):
        Gallery(place, Fake("new"))
    with Gallery(":memory:", Fake("new")) as other:
        with pytest.raises(GalleryError, match="another tower"):
            other.merge(place)
    with Gallery(place, Fake("new"), recompute=True) as other:
        assert other.identify(-embedding(4), 0.5).name == "Bob"
        assert names(other) == {"Ann": 3, "Bob": 2}
    for call in (
        lambda: gallery.add_crops("Cy", BOB),
        lambda: gallery.identify(embedding(4), 0.5),
    ):
        with pytest.raises(GalleryError, match="another tower"):
            call()
    assert gallery.forget("Bob") == 2  # which needs no tower


def test_without_crops_another_tower_is_refused(place, gallery):
    with Gallery(place, Fake(), keep_crops=False) as lean:
        lean.add_crops("Cy", [crop(6)])
    with pytest.raises(GalleryError, match="1 photos in .* stored without their crops"):
        Gallery(place, Fake("new"), recompute=True)
    assert gallery.identify(embedding(6), 0.9).name == "Cy"


def edit(*statements):
    def change(path):
        with contextlib.closing(sqlite3.connect(path)) as db:
            for statement in statements:
                db.execute(statement)
            db.commit()

    return change


def foreign(path):
    path.unlink()
    edit("CREATE TABLE song (name TEXT)")(path)


NAN = np.full(128, np.nan, np.float32).tobytes().hex()


def overwrite(path):
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * 8192 + content[12288:])


SPOILT = {
    "text": (lambda p: p.write_text("Ann, Bob\n"), "is no gallery: name the file"),
    "long text": (lambda p: p.write_text("Ann, Bob\n" * 999), "is no gallery: name"),
    "cut off": (lambda p: p.write_bytes(p.read_bytes()[:-5000]), "is damaged: put"),
    "overwritten": (overwrite, "is damaged: put back a copy that export wrote"),
    "of another program": (foreign, "belongs to another program: name the file"),
    "of another format": (edit("PRAGMA user_version = 9"), "is of format 9, this"),
    "with another table": (edit("CREATE TABLE song (name TEXT)"), "is damaged: put"),
    "short embedding": (edit("UPDATE photo SET embedding = x'00'"), "is damaged"),
    "name of bytes": (edit("UPDATE person SET name = x'41ff'"), "is damaged: put"),
    "name of no letters": (
        edit("UPDATE person SET name = CAST(x'41ff' AS TEXT)"),
        "is damaged: put back",
    ),
    "embedding of NaN": (edit(f"UPDATE photo SET embedding = x'{NAN}'"), "is damaged"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_file_is_refused_and_left_alone(what, path, tmp_path):
    change, words = SPOILT[what]
    change(path)
    content = path.read_bytes()
    with pytest.raises(GalleryError, match=words):
        with Gallery(path, Fake()) as people:
            people.templates()
    with Gallery(tmp_path / "sound", Fake()) as people:
        people.add_crops("Cy", [crop(6)])
        with pytest.raises(GalleryError, match=words):
            people.merge(path)
        assert names(people) == {"Cy": 1}
    assert path.read_bytes() == content


def test_damage_that_reading_does_not_meet_is_found_before_it_is_carried_on(
    path, tmp_path
):
    with Gallery(path, Fake()) as people:
        question = "SELECT rootpage FROM sqlite_master WHERE name LIKE '%person_1'"
        ((page,),) = people._store.read(question)  # of the index of names
    content = bytearray(path.read_bytes())
    content[4096 * page - 4000 : 4096 * page] = bytes(4000)
    path.write_bytes(content)
    with Gallery(path, Fake()) as people:
        assert names(people) == {"Ann": 3, "Bob": 2}
        with pytest.raises(GalleryError, match="is damaged: put back a copy"):
            people.export(tmp_path / "copy")
        assert not (tmp_path / "copy").exists()


def test_missing_files_and_folders(people, tmp_path):
    for where in (tmp_path / "no" / "gallery", tmp_path):
        with pytest.raises(GalleryError, match="cannot be opened: check that its"):
            Gallery(where, Fake())
    with pytest.raises(GalleryError, match="There is no file .*no: name one that"):
        people.merge(tmp_path / "no")
    assert not (tmp_path / "no").exists()
    people.close()
    people.close()
    with pytest.raises(GalleryError, match="was closed: open it again"):
        people.people()


def test_a_file_that_is_moved_away_takes_no_more_photos(path, people):
    path.rename(path.with_name("moved"))
    with pytest.raises(GalleryError, match="was moved or removed while it was open"):
        people.add_crops("Cy", [crop(6)])


def test_an_empty_file_becomes_a_gallery(tmp_path):
    (tmp_path / "empty").touch()
    with Gallery(tmp_path / "empty", Fake()) as people:
        assert people.people() == []


@pytest.fixture
def readonly():
    """A folder with a gallery, and a way to become somebody who may only read it."""
    folder = Path(tempfile.mkdtemp())
    with Gallery(folder / "gallery", Fake()) as people:
        people.add_crops("Ann", ANN)

    @contextlib.contextmanager
    def visitor():
        folder.chmod(0o555)
        (folder / "gallery").chmod(0o444)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)

    yield folder / "gallery", visitor
    shutil.rmtree(folder)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions of Unix")
def test_a_readonly_gallery_is_read(readonly):
    path, visitor = readonly
    with visitor(), Gallery(path, Fake()) as people:
        assert people.identify(embedding(1), 0.5).name == "Ann"
        for call in (
            lambda: people.add_crops("Cy", BOB),
            lambda: people.forget("Ann"),
            lambda: Gallery(path.with_name("new"), Fake()),
        ):
            with pytest.raises(GalleryError, match="may only be read|cannot be"):
                call()
        assert names(people) == {"Ann": 3}


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions of Unix")
def test_a_readonly_gallery_that_was_cut_off_is_not_read(readonly):
    path, visitor = readonly
    cut_off(
        path,
        """with people._store.writing() as db:
        db.execute("PRAGMA cache_size = 1")  # so that changes go to the file early
        db.execute("DELETE FROM photo")
        db.execute("UPDATE person SET name = 1")
        die()""",
    )
    assert path.with_name("gallery-journal").exists()
    with visitor(), pytest.raises(GalleryError, match="may only be read|cannot be"):
        Gallery(path, Fake())
    with Gallery(path, Fake()) as people:
        assert names(people) == {"Ann": 3}


def cut_off(path, statement):
    """Run a statement with `people` in a process that kills itself in the middle."""
    code = f"""
import os, signal
from helpers.gallery import Gallery
from helpers.tests.kill_gallery import Fake
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
with Gallery({str(path)!r}, Fake()) as people:
    {statement}
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode < 0


def test_a_kill_between_removing_and_wiping_is_made_good(path, monkeypatch):
    cut_off(path, "people._store.wipe = die; people.forget('Ann')")
    with Gallery(path, Fake()) as people:
        assert names(people) == {"Bob": 2}
        assert people._store.read("SELECT due, done FROM wipes") == [(1, 1)]
        assert not traces(path.parent, ["Ann"], [1, 2, 3])


def test_who_cannot_be_wiped_now_is_wiped_the_next_time(path, people):
    with contextlib.closing(sqlite3.connect(path)) as reader:
        people._store.wait = 0.05
        wipe = people._store.wipe

        def blocked():
            reader.execute("BEGIN IMMEDIATE")
            wipe()

        people._store.wipe = blocked
        with pytest.raises(GalleryError, match="removed, but traces .* until you open"):
            people.forget("Ann")
        assert names(people) == {"Bob": 2} and "Ann" not in people
        assert people._store.read("SELECT due, done FROM wipes") == [(1, 0)]
    people._store.wipe = wipe
    with pytest.raises(GalleryError, match="There is no 'Ann'"):
        people.forget("Ann")  # and now it is finished
    assert people._store.read("SELECT due, done FROM wipes") == [(1, 1)]
    assert not traces(path.parent, ["Ann"], [1, 2, 3])


def test_forgotten_and_renamed_people_leave_no_byte(path, people):
    people.rename("Ann", "Marguerite")
    people.rename("Marguerite", "Søren Ægidius")
    assert traces(path.parent, ["Bob", "Søren Ægidius"], [1, 2, 3, 4, 5]) > 5 * 1000
    assert not traces(path.parent, ["Ann", "Marguerite"], [])
    people.forget("Søren Ægidius")
    gone = ["Ann", "Marguerite", "Søren Ægidius"]
    assert not traces(path.parent, gone, [1, 2, 3])
    assert people._store.read("PRAGMA freelist_count") == [(0,)]  # written anew
    assert traces(path.parent, ["Bob"], [4, 5])


def test_a_lock_is_waited_for_and_then_named(path):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(GalleryError, match="is in use by another program: try"):
            Gallery(path, Fake(), wait=0.05)
        other.execute("COMMIT")
        with Gallery(path, Fake(), wait=0.05) as people:
            other.execute("BEGIN IMMEDIATE")
            assert people.identify(embedding(1), 0.5).name == "Ann"  # reading goes on
            with pytest.raises(GalleryError, match="is in use by another program"):
                people.add_crops("Cy", [crop(6)])
            other.execute("COMMIT")
            assert people.add_crops("Cy", [crop(6)]) == 1


def test_a_full_disk_changes_nothing(people):
    ((pages,),) = people._store.read("PRAGMA page_count")
    people._store.read(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(GalleryError, match="the disk is full: free some space"):
        people.add_crops("Cy", [crop(seed) for seed in range(10, 20)])
    assert names(people) == {"Ann": 3, "Bob": 2}
    people._store.read(f"PRAGMA max_page_count = {2 * pages + 40}")
    assert people.add_crops("Cy", [crop(seed) for seed in range(10, 20)]) == 10


def test_what_fails_in_the_middle_never_happened(people):
    with pytest.raises(KeyboardInterrupt), people._store.forgetting() as db:
        db.execute("DELETE FROM photo")
        raise KeyboardInterrupt
    assert names(people) == {"Ann": 3, "Bob": 2} and not people._store.db.in_transaction


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills as Unix knows them")
def test_kills_at_random_moments_and_two_writers_at_once():
    module = [sys.executable, "-m", "helpers.tests.kill_gallery"]
    options = ["--people", "300", "--kills", "24", "--longest", "0.3"]
    done = subprocess.run(module + options, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert figures["kills"] == "24" and int(figures["photos confirmed"]) > 0
    assert figures["confirmed photos lost"] == "0" == figures["after forgetting"]


def test_no_tensorflow():
    code = "import sys, helpers.gallery; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_version_is_that_of_the_weights_and_of_the_cut(weights, monkeypatch):
    from helpers.verifier import Verifier

    first, again = Verifier.load(weights), Verifier.load(weights)
    assert first.version == again.version and len(first.version) == 16
    changed = Verifier.load(weights)
    values = changed.tower.get_weights()
    values[0].flat[0] += 0.001
    changed.tower.set_weights(values)
    assert changed.version != first.version
    monkeypatch.setattr(faces, "CLOSER", 0.9)
    assert Verifier.load(weights).version != first.version


def test_with_a_tower(weights, face, tmp_path):
    from helpers.verifier import Verifier

    verifier = Verifier.load(weights)
    with Gallery(tmp_path / "gallery", verifier) as people:
        assert people.templates()[1].shape == (0, 8)
        assert people.add("Ann", face) == (1, ())
        match = people.identify(verifier.embed(face)[0], 0.9)
        assert match.name == "Ann" and match.similarity > 0.999


def test_the_sentences_are_sentences():
    for why in store.FAULTS.values():
        assert why.endswith(".") and ":" in why
