"""A file is written whole or not at all, and what a kill leaves is cleared away."""

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from helpers.disk import files

HELPERS = Path(files.__file__).parent


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    def fail(file):
        file.write(b"half")
        raise OSError(errno.ENOSPC, "no room")

    path = tmp_path / "new" / "crops.npy"
    files.write_whole(path, lambda file: file.write(b"whole"))
    with pytest.raises(OSError, match="no room"):
        files.write_whole(path, fail)
    assert path.read_bytes() == b"whole" and len(list(path.parent.iterdir())) == 1


def test_the_bytes_are_on_the_disk_before_the_name_is(tmp_path, monkeypatch):
    steps = []
    real_sync, real_replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda n: steps.append("disk") or real_sync(n))
    monkeypatch.setattr(
        os, "replace", lambda a, b: steps.append("name") or real_replace(a, b)
    )
    files.write_whole(tmp_path / "a", lambda file: file.write(b"1"))
    assert steps == ["disk", "name"]


def test_a_disk_that_is_full_at_the_last_moment(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "no room")

    path = tmp_path / "a"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no room"):
        files.write_whole(path, lambda file: file.write(b"new"))
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a"]


def test_two_threads_that_write_one_file_do_not_meet(tmp_path):
    path = tmp_path / "a"

    def slow(file):
        file.write(b"slow" * 9_000)
        other = [path, lambda file: file.write(b"fast")]
        thread = threading.Thread(target=files.write_whole, args=other)
        thread.start()
        thread.join()
        assert path.read_bytes() == b"fast"

    files.write_whole(path, slow)
    assert path.read_bytes() == b"slow" * 9_000 and os.listdir(tmp_path) == ["a"]


def test_what_a_kill_left_is_removed_an_hour_later(tmp_path):
    code = (
        "import os, sys, pathlib; from helpers.disk.files import write_whole\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "write_whole(path, lambda file: file.write(b'x') and os._exit(9))"
    )
    path = tmp_path / "a[1]"
    killed = [sys.executable, "-c", code, str(path)]
    assert subprocess.run(killed, cwd=HELPERS.parent).returncode == 9
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".a[1].") and left.suffix == ".part"
    other = tmp_path / ".b.1.part"
    other.touch()
    files.write_whole(path, lambda file: file.write(b"1"))
    assert left.exists()  # it might be at work
    for old in (left, other):
        os.utime(old, (time.time() - 2 * files.LEFT,) * 2)
    files.write_whole(path, lambda file: file.write(b"2"))
    assert not left.exists() and other.exists() and path.read_bytes() == b"2"


def test_a_missing_result_says_the_command_that_makes_it(tmp_path):
    path, command = tmp_path / "koch.json", "python -m helpers.experiments.koch 30"
    with pytest.raises(FileNotFoundError) as missing:
        files.read_json(path, command)
    assert str(missing.value) == f"There is no koch.json: make it with `{command}`."
    path.write_text('{"half":')
    with pytest.raises(ValueError, match="is damaged: delete it .*koch 30`"):
        files.read_json(path, command)
    files.write_json(path, {"b": 1, "a": [2]}, sort_keys=True)
    assert path.read_text() == '{"a": [2], "b": 1}\n'
    assert files.read_json(path, command) == {"a": [2], "b": 1}


def test_there_is_one_way_to_write_a_file():
    """Others rename what lies there already: an extracted set, the state before."""
    renames = {
        path.name
        for path in HELPERS.glob("*.py")
        if "os.replace(" in path.read_text(encoding="utf-8")
    }
    assert renames == {"files.py", "archives.py", "checkpoint.py"}
