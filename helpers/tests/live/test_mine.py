"""What is captured is kept whole, with consent, and is gone when it is forgotten."""

import errno
import itertools
import json
import multiprocessing
import os
import random
import sqlite3
import subprocess
import sys
import time
import unicodedata
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from helpers import faces
from helpers.datasets import orl
from helpers.disk import files
from helpers.disk.archives import PROJECT
from helpers.disk.places import unenrol
from helpers.gallery import Gallery
from helpers.live import forgetting, mine
from helpers.live.mine import MineError, Session
from helpers.sources.photos import PhotoError
from helpers.sources.reading import read_photo
from helpers.verifier import Verifier

IMAGE = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
FACE = faces.Face(30.123456, 20, 25.5, -0.1)


def agreed(person="Ann", root=None, **options):
    session = Session(person, root=root, **options)
    session.agree()
    return session


def all_files(root):
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


@pytest.fixture
def ann(tmp_path):
    return agreed(root=tmp_path)


def test_nothing_is_written_before_consent_and_the_first_photo(tmp_path):
    root = tmp_path / "mine"
    session = Session("Ann", root=root)
    with pytest.raises(MineError, match="Ann has not agreed yet, so nothing is kept"):
        session.add("anchor", IMAGE)
    session.agree()
    assert session.consent and not root.exists()
    session.agree(False)
    with pytest.raises(MineError, match="tick the line"):
        session.add("anchor", IMAGE)
    assert not root.exists() and session.folder is None


def test_a_photo_is_kept_whole_with_its_record(ann, tmp_path):
    path = ann.add("anchor", IMAGE, FACE)
    ann.add("negative", IMAGE[::2, :, :1])
    assert np.array_equal(read_photo(path), IMAGE)
    assert path.name == "anchor_001.png" and path.parent.parent.name == "Ann"
    text = (path.parent / "record.json").read_text(encoding="utf-8")
    record = json.loads(text)
    assert record["consent"] == {"sentence": mine.CONSENT, "time": ann.consent}
    assert record["person"] == "Ann" and len(text.splitlines()) == 9
    known, other = mine.records(root=tmp_path)
    assert known.path == path and known.kind == "anchor" and known.person == "Ann"
    assert known.source == "camera" and known.consent == ann.consent
    assert known.face == pytest.approx(FACE, abs=1e-4) and other.face is None
    assert known.session == path.parent.name and known.time >= ann.consent
    assert ann.counts() == {"anchor": 1, "positive": 0, "negative": 1}


def test_capturing_again_adds(ann, tmp_path):
    first = ann.add("anchor", IMAGE)
    again = agreed("ann", tmp_path)
    second = again.add("anchor", 255 - IMAGE)
    assert again.person == "Ann" and first.parent.parent == second.parent.parent
    assert first.parent.name[:-1] == second.parent.name[:-1] != ""
    assert (first.parent.name[-2:], second.parent.name[-2:]) == ("_1", "_2")
    assert np.array_equal(read_photo(first), IMAGE)
    assert mine.people(tmp_path) == ("Ann",)
    assert len(mine.records("ANN", tmp_path)) == 2
    for _ in range(10):
        last = agreed("Ann", tmp_path).add("anchor", IMAGE)
    assert mine.records(root=tmp_path)[-1].path == last  # the 12th after the 2nd


def test_a_bad_photo_or_kind_leaves_nothing(ann, tmp_path):
    for wrong in (IMAGE / 255, None, IMAGE[None], np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(PhotoError):
            ann.add("anchor", wrong)
    with pytest.raises(MineError, match="one of anchor, positive, negative, not 'x'"):
        ann.add("x", IMAGE)
    assert not os.listdir(tmp_path)


def test_undo_removes_the_last_photo_and_at_the_end_all(ann, tmp_path):
    other = agreed("Bob", tmp_path)
    other.add("anchor", IMAGE)
    names = [ann.add(kind, IMAGE).name for kind in ("anchor", "anchor", "positive")]
    for name in names[::-1]:
        assert ann.undo() == name
        assert name not in [r.path.name for r in mine.records("Ann", tmp_path)]
        assert not mine.records(root=tmp_path).skipped
    assert ann.undo() is None and ann.counts()["anchor"] == 0
    assert os.listdir(tmp_path) == ["Bob"]
    assert ann.add("anchor", IMAGE).name == "anchor_001.png"


def test_a_photo_that_was_deleted_by_hand_leaves_its_number(ann, tmp_path):
    ann.add("anchor", IMAGE).unlink()
    assert ann.add("anchor", IMAGE).name == "anchor_002.png"
    known = mine.records(root=tmp_path)
    assert [record.path.name for record in known] == ["anchor_002.png"]
    assert known.skipped[0][1] == "it is in the record, but not in the folder."
    assert ann.undo() == "anchor_002.png" and ann.undo() == "anchor_001.png"


def test_undo_leaves_the_sessions_before(ann, tmp_path):
    ann.add("anchor", IMAGE)
    again = agreed("Ann", tmp_path)
    again.add("anchor", IMAGE)
    again.undo()
    assert len(mine.records(root=tmp_path)) == 1 == len(ann.undo().split())


GOOD = ("Ann", "Zoë", "李小龍", "محمد", "Anne O'Neil-Li", "नी\u200dल", "a" * 60, "con1")
BAD = {
    "": "it is empty",
    "  ": "it is empty",
    "\u200d": "it is empty",
    "a/b": "'/' cannot be part",
    "a\\b": "cannot be part",
    "a:b": "':' cannot be part",
    "what?": r"'\?' cannot be part",
    "a\nb": "cannot be part",
    "a\u202eb": "cannot be part",
    "a\0": "cannot be part",
    ".hidden": "begins or ends with a dot",
    "..": "begins or ends with a dot",
    "Jr.": "begins or ends with a dot",
    "CON": "Windows keeps",
    "com1.txt": "Windows keeps",
    "aux .x": "Windows keeps",
    "gallery.sqlite": "the gallery's file",
    "a" * 61: "it has 61 characters, and 60 are the limit",
}


@pytest.mark.parametrize("name", GOOD)
def test_people_may_be_called_so(name, tmp_path):
    agreed(name, tmp_path).add("anchor", IMAGE)
    assert mine.people(tmp_path) == (name,)
    assert mine.forget(name, tmp_path) == 2 and not os.listdir(tmp_path)


@pytest.mark.parametrize("name", BAD)
def test_no_folder_may_be_called_so(name, tmp_path):
    with pytest.raises(MineError, match=BAD[name]):
        Session(name, root=tmp_path)


def test_letters_spelt_in_two_ways_are_one_person(tmp_path):
    agreed(unicodedata.normalize("NFD", "Zoë"), tmp_path).add("anchor", IMAGE)
    by_hand = tmp_path / unicodedata.normalize("NFD", "ZOË")
    (tmp_path / "Zoë").rename(by_hand)  # as some file systems return it
    session = agreed("zoë", tmp_path)
    assert session.add("anchor", IMAGE).parent.parent == by_hand
    assert mine.people(tmp_path) == ("ZOË",)
    assert mine.forget("Zoë", tmp_path) == 4


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def fails_at(monkeypatch, suffix, error=errno.ENOSPC):
    """Writing a file of this name fails after its first bytes."""

    def fail(path, write, **options):
        def half(file):
            write(file)
            if path.name.endswith(suffix):
                raise OSError(error, os.strerror(error))

        return files.write_whole(path, half, **options)

    monkeypatch.setattr(mine, "write_whole", fail)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("suffix", [".png", ".json"])
def test_a_full_disk_leaves_no_half(first, suffix, ann, tmp_path, monkeypatch):
    if not first:
        ann.add("anchor", IMAGE)
    before = all_files(tmp_path)
    with monkeypatch.context() as broken:
        fails_at(broken, suffix)
        with pytest.raises(MineError, match="photo of Ann was not kept: the disk is f"):
            ann.add("anchor", IMAGE)
    assert all_files(tmp_path) == before and not mine.records(root=tmp_path).skipped
    if first:
        assert not os.listdir(tmp_path)
    assert ann.add("anchor", IMAGE).exists()
    assert len(mine.records(root=tmp_path)) == (1 if first else 2)


def test_a_full_disk_while_undoing(ann, tmp_path, monkeypatch):
    ann.add("anchor", IMAGE), ann.add("anchor", IMAGE)
    with monkeypatch.context() as broken:
        fails_at(broken, ".json")
        with pytest.raises(MineError, match="anchor_002.png is removed, but still nam"):
            ann.undo()
    known = mine.records(root=tmp_path)
    assert len(known) == 1 and "not in the folder" in known.skipped[0][1]
    ann.add("positive", IMAGE)
    assert not mine.records(root=tmp_path).skipped


def test_a_folder_that_may_not_be_written(tmp_path, monkeypatch, ann):
    fails_at(monkeypatch, ".png", errno.EROFS)
    with pytest.raises(MineError, match="Read-only file system. Check who may write"):
        ann.add("anchor", IMAGE)
    (tmp_path / "Bob").write_text("in the way")
    with pytest.raises(MineError, match="is a file or a link: move it away"):
        agreed("Bob", tmp_path).add("anchor", IMAGE)


def test_a_real_small_disk(tmp_path):
    """The system itself refuses to write more than 20 kB into one file."""
    code = (
        "import resource, signal, sys, numpy as np; from helpers.live.mine import *\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "session = Session('Ann', root=sys.argv[1]); session.agree()\n"
        "session.add('anchor', np.zeros((48, 64, 3), 'uint8'))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), 'uint8')\n"
        "try: session.add('anchor', noise)\n"
        "except MineError as error: print(error)"
    )
    pytest.importorskip("resource")
    run = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(run, cwd=PROJECT, text=True,
                          capture_output=True, check=True)  # fmt: skip
    assert "The photo of Ann was not kept: File too large" in done.stdout
    assert len(all_files(tmp_path)) == 2 and not mine.records(root=tmp_path).skipped


def test_a_photo_without_record_is_told_of_and_never_overwritten(ann, tmp_path):
    orphan = ann.add("anchor", IMAGE).with_name("anchor_002.png")
    orphan.write_bytes(b"what a kill left")
    (ann.folder / "anchor_x9.png").touch()  # somebody's own
    assert ann.add("anchor", IMAGE).name == "anchor_003.png"
    assert orphan.read_bytes() == b"what a kill left"
    known = mine.records(root=tmp_path)
    assert [r.path.name for r in known] == ["anchor_001.png", "anchor_003.png"]
    assert [reason for _, reason in known.skipped] == [
        "it is in no record: its capture was cut off. Only `forget` removes it."
    ] * 2
    read = mine.photos(root=tmp_path)
    assert len(read) == 2 and read.skipped == known.skipped
    assert mine.forget("Ann", tmp_path) == 5 and not orphan.exists()


def test_a_session_is_not_resurrected(ann, tmp_path):
    ann.add("anchor", IMAGE), ann.add("anchor", IMAGE)
    assert mine.forget("ann", tmp_path) == 3
    for _ in range(2):
        with pytest.raises(MineError, match="was forgotten.*with new consent"):
            ann.add("anchor", IMAGE)
    with pytest.raises(MineError, match="anchor_002.png was not removed.*forgotten"):
        ann.undo()
    assert not os.listdir(tmp_path)
    new = agreed("Ann", tmp_path)  # takes the same folder
    path = new.add("anchor", 255 - IMAGE)
    assert path.parent == ann.folder
    with pytest.raises(MineError, match="was forgotten"):
        ann.add("anchor", IMAGE)
    assert all_files(tmp_path) == [str(p.relative_to(tmp_path)) for p in
                                   (path, path.parent / "record.json")]  # fmt: skip
    assert np.array_equal(read_photo(path), 255 - IMAGE)


@pytest.mark.parametrize("suffix", [".png", ".json"])
def test_forgotten_in_the_middle_of_a_photo(suffix, ann, tmp_path, monkeypatch):
    ann.add("anchor", IMAGE)

    def forgotten(path, write, **options):
        if path.name.endswith(suffix):
            mine.forget("Ann", tmp_path)
        return files.write_whole(path, write, **options)

    monkeypatch.setattr(mine, "write_whole", forgotten)
    with pytest.raises(MineError, match="was forgotten"):
        ann.add("anchor", IMAGE)
    assert not os.listdir(tmp_path)


def test_a_photo_that_comes_while_its_folder_is_removed_goes_too(
    ann, tmp_path, monkeypatch
):
    ann.add("anchor", IMAGE)
    late, really = iter(["late.png"]), Path.rmdir

    def rmdir(path):
        for name in late:
            (path / name).touch()
        return really(path)

    monkeypatch.setattr(Path, "rmdir", rmdir)
    assert mine.forget("Ann", tmp_path) == 3 and not os.listdir(tmp_path)


def test_forgetting_follows_no_link_out(ann, tmp_path):
    root, outside = tmp_path / "mine", tmp_path / "outside"
    outside.mkdir()
    (outside / "holiday.png").write_bytes(b"keep me")
    session = agreed("Ann", root)
    session.add("anchor", IMAGE)
    (session.folder / "album").symlink_to(outside, target_is_directory=True)
    (session.folder / "anchor_009.png").symlink_to(outside / "holiday.png")
    (root / "ann").symlink_to(outside, target_is_directory=True)
    (root / "Bob").symlink_to(outside, target_is_directory=True)
    assert mine.people(root) == ("Ann",) and len(mine.records(root=root)) == 1
    assert not mine.records(root=root).skipped
    assert mine.forget("Ann", root) == 5
    assert os.listdir(root) == ["Bob"]
    with pytest.raises(MineError, match="is a file or a link"):
        agreed("Bob", root).add("anchor", IMAGE)
    assert mine.forget("bob", root) == 1
    assert all_files(outside) == ["holiday.png"]


def test_forgetting_nobody(ann, tmp_path):
    ann.add("anchor", IMAGE)
    (tmp_path / "notes.txt").touch()
    for name in ("Bob", "", "..", "../" + tmp_path.name, "notes.txt"):
        with pytest.raises(MineError, match="nobody called .* here; there is Ann"):
            mine.forget(name, tmp_path)
    with pytest.raises(MineError, match="there is nobody"):
        mine.forget("Ann", tmp_path / "none")
    assert len(all_files(tmp_path)) == 3


def test_a_forgetting_that_was_cut_off_is_finished(ann, tmp_path, monkeypatch):
    ann.add("anchor", IMAGE)
    with monkeypatch.context() as broken:
        broken.setattr(Path, "rmdir", lambda _: full())
        with pytest.raises(MineError, match="Not all of Ann could be removed"):
            mine.forget("Ann", tmp_path)
    assert mine.people(tmp_path) == () and not mine.records(root=tmp_path)
    assert "removal was cut off" in mine.records(root=tmp_path).skipped[0][1]
    mine.forget("Ann", tmp_path)
    assert not os.listdir(tmp_path)


@pytest.fixture
def enrolled(ann, weights, tmp_path):
    """The gallery's file, with Ann and Bob in it; Ann has a photo too."""
    ann.add("anchor", IMAGE)
    path = tmp_path / "gallery.sqlite"
    with Gallery(path, Verifier.load(weights)) as people:
        for number, name in enumerate(("Ann", "Bob")):
            crop = faces.crop(orl(quiet=True).images[10 * number])
            people.add_crops(name, crop[None])
    return path


def test_the_gallery_forgets_too(enrolled, weights, tmp_path):
    assert b"Ann" in enrolled.read_bytes()
    assert mine.forget("ANN", tmp_path) == 2
    assert os.listdir(tmp_path) == ["gallery.sqlite"]
    assert b"Ann" not in enrolled.read_bytes() and b"Bob" in enrolled.read_bytes()
    with Gallery(enrolled, Verifier.load(weights)) as people:
        assert [person.name for person in people.people()] == ["Bob"]
    assert mine.forget("bob", tmp_path) == 0  # had no photos here
    with pytest.raises(MineError, match="nobody called 'bob' here; there is nobody"):
        mine.forget("bob", tmp_path)


def test_a_gallery_that_cannot_forget_now_does_later(enrolled, tmp_path):
    other = sqlite3.connect(enrolled)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.MonkeyPatch.context() as hurry:
        hurry.setattr(forgetting, "unenrol", partial(unenrol, wait=0.1))
        with pytest.raises(MineError, match="photos are removed, the rest is not.*use"):
            mine.forget("Ann", tmp_path)
    other.close()
    assert mine.people(tmp_path) == () and b"Ann" in enrolled.read_bytes()
    mine.forget("Ann", tmp_path)
    assert b"Ann" not in enrolled.read_bytes()
    enrolled.write_bytes(b"no gallery at all" * 100)
    with pytest.raises(MineError, match="is no gallery"):
        mine.forget("Bob", tmp_path)


DAMAGED = {
    "cut off": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "a list": lambda text: "[]",
    "no consent": lambda text: text.replace('"time"', '"when"', 1),
    "false consent": lambda text: text.replace('"time": "', '"time": "x', 1),
    "a path": lambda text: text.replace("anchor_001.png", "../../anchor_001.png"),
    "another kind": lambda text: text.replace('"kind": "anchor"', '"kind": "positive"'),
    "no face": lambda text: text.replace("-0.1]", '-0.1, "x"]'),
    "deep": lambda text: "[" * 100_000,
}


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_record_stops_nothing_and_is_left_as_it_is(what, ann, tmp_path):
    record = ann.add("anchor", IMAGE, FACE).with_name("record.json")
    agreed("Ann", tmp_path).add("anchor", IMAGE)
    damaged = DAMAGED[what](record.read_text(encoding="utf-8"))
    record.write_text(damaged, encoding="utf-8")
    known = mine.records(root=tmp_path)
    assert len(known) == 1 == len(mine.photos(root=tmp_path))
    ((file, reason),) = known.skipped
    assert file.endswith("_1/record.json") and "damaged" in reason
    assert record.read_text(encoding="utf-8") == damaged
    with pytest.raises(MineError, match="or the folder was changed"):
        ann.add("anchor", IMAGE)
    assert mine.forget("Ann", tmp_path) == 4


def test_a_record_of_another_version_is_refused(ann, tmp_path):
    record = ann.add("anchor", IMAGE).with_name("record.json")
    record.write_text(record.read_text().replace('"format": 1', '"format": 9'))
    ((_, reason),) = mine.records(root=tmp_path).skipped
    assert "is of format 9, this course reads format 1" in reason


def test_a_folder_that_may_not_be_read(ann, tmp_path, monkeypatch):
    ann.add("anchor", IMAGE), agreed("Bob", tmp_path).add("anchor", IMAGE)
    really = Path.iterdir

    def refused(path):
        if path.name == "Ann":
            raise PermissionError(errno.EACCES, "Permission denied")
        return really(path)

    monkeypatch.setattr(Path, "iterdir", refused)
    known = mine.records(root=tmp_path)
    assert [record.person for record in known] == ["Bob"]
    assert known.skipped == (("Ann", "it cannot be read (Permission denied)."),)


def test_photos_are_those_of_the_kinds_asked_for(ann, tmp_path):
    images = orl(quiet=True).images
    bob = agreed("bob", tmp_path)
    ann.add("anchor", images[0]), ann.add("positive", images[1])
    bob.add("anchor", images[10]), ann.add("negative", images[20])
    bob.add("negative", np.full((60, 60, 3), 7, np.uint8))
    read = mine.photos(root=tmp_path)
    assert read.names == ("Ann", "bob") and list(read.people) == [0, 0, 1]
    assert read.files[0] == f"Ann/{ann.folder.name}/anchor_001.png"
    assert np.array_equal(read.images[0], images[0])
    crops = mine.photos(mine.KINDS, faces.crop, tmp_path)
    assert crops.names == ("Ann", "bob", "not Ann") and crops.images.shape[1] == 64
    assert len(crops) == 4 and "No face" in crops.skipped[0][1]
    assert len(mine.photos(root=tmp_path / "none")) == 0
    assert set(os.listdir(tmp_path)) == {"Ann", "bob"}


@pytest.fixture(scope="module")
def processes():
    """A way to start processes that share no thread and no lock with this one."""
    method = "forkserver" if os.name == "posix" else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload([__name__])
    return context


def capture(root, number, ready):
    session = agreed("Ann", root)
    ready.wait()
    for _ in range(5):
        session.add("anchor", np.full((20, 20, 3), number, np.uint8))


def test_processes_that_begin_at_once_share_no_folder(processes, tmp_path):
    ready = processes.Barrier(4)
    workers = [
        processes.Process(target=capture, args=(tmp_path, n, ready)) for n in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    known = mine.records(root=tmp_path)
    assert len(known) == 20 and not known.skipped
    shown = {}
    for record in known:
        shown.setdefault(record.session, set()).add(read_photo(record.path).max())
    assert sorted(map(len, shown.values())) == [1, 1, 1, 1]


def endless(root, confirmed):
    """Capture and undo; what may be gone and what must be there is told before."""
    session, said = agreed("Ann", root), confirmed.fileno()
    os.write(said, b"ready\n")
    for number in itertools.count(1):
        path = session.add("anchor", IMAGE)
        os.write(said, f"+{path}\n".encode())
        if number % 5 == 0:
            os.write(said, f"-{path}\n".encode())
            session.undo()


def killed(processes, root, seconds):
    """The photos that a process had confirmed when it was killed."""
    ours, theirs = processes.Pipe(duplex=False)
    child = processes.Process(target=endless, args=(root, theirs))
    child.start()
    theirs.close()
    text = os.read(ours.fileno(), 6)
    assert text == b"ready\n"
    time.sleep(seconds)
    child.kill()
    child.join()
    while part := os.read(ours.fileno(), 65536):
        text += part
    kept = set()
    for line in text.decode().split("\n")[1:-1]:
        (kept.add if line[0] == "+" else kept.discard)(line[1:])
    return kept


@pytest.mark.skipif(os.name != "posix", reason="reads a pipe to its end")
def test_kills_at_random_moments_lose_nothing_that_was_confirmed(processes, tmp_path):
    moments, kept = random.Random(0), set()
    for _ in range(10):
        kept |= killed(processes, tmp_path, moments.uniform(0, 0.1))
    known = mine.records(root=tmp_path)
    for record in known:
        assert np.array_equal(read_photo(record.path), IMAGE)
    assert len(kept) > 10 and kept <= {str(record.path) for record in known}
    assert not [reason for _, reason in known.skipped if "damaged" in reason]
    assert mine.forget("Ann", tmp_path) >= len(known) and not os.listdir(tmp_path)


@pytest.mark.parametrize("step", range(7))
def test_a_forgetting_killed_at_any_step_is_finished_by_the_next(
    step, ann, tmp_path, monkeypatch
):
    ann.add("anchor", IMAGE), ann.add("anchor", IMAGE)
    steps = itertools.count()

    def until_killed(what):
        def do(*arguments, **options):
            if next(steps) == step:
                raise KeyboardInterrupt
            return what(*arguments, **options)

        return do

    with monkeypatch.context() as broken:
        broken.setattr(os, "rename", until_killed(os.rename))
        broken.setattr(Path, "unlink", until_killed(Path.unlink))
        broken.setattr(Path, "rmdir", until_killed(Path.rmdir))
        with pytest.raises(KeyboardInterrupt) if step < 6 else nullcontext():
            mine.forget("Ann", tmp_path)
    known = mine.records(root=tmp_path)
    assert len(known) == (2 if step == 0 else 0)
    assert len(known.skipped) == (0 if step in (0, 6) else 1)
    if step < 6:
        mine.forget("Ann", tmp_path)
    assert not os.listdir(tmp_path)


def test_no_tensorflow():
    code = "import sys; from helpers.live import mine, quality; "
    code += "print('keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          cwd=PROJECT)  # fmt: skip
    assert done.stdout == "False\n"
