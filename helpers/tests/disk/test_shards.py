"""A parquet file that grows by parts: whole, of one network, nothing lost."""

import errno
import os

import numpy as np
import pytest

from helpers.disk.shards import Shards, embeddings_of, read

ROWS = np.eye(4, 2, dtype=np.float32)  # (photo, feature)
FILES = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]


def add(shards, files, skipped=None):
    """Embeddings of photos whose numbers are those of FILES."""
    rows = [FILES.index(file) for file in files]
    shards.add(files, [file.encode() for file in files], ROWS[rows], skipped or {})


@pytest.fixture
def shards(tmp_path):
    return Shards(tmp_path / "faces.parquet", "ours", features=2)


def test_parts_that_came_in_any_order_become_one_file_in_the_order_of_the_list(shards):
    with shards.alone():
        add(shards, ["d.jpg"], {"x, y.jpg": "it is empty."})
        add(shards, ["a.jpg", "b.jpg"])
        assert shards.done() == {"a.jpg", "b.jpg", "d.jpg", "x, y.jpg"}
        files = ["a.jpg", "b.jpg", "x, y.jpg", "d.jpg"]
        assert shards.finish(files) == (3, {"x, y.jpg": "it is empty."})
    table = read(shards.path, "ours")
    assert table["file"].to_pylist() == ["a.jpg", "b.jpg", "d.jpg"]
    np.testing.assert_array_equal(embeddings_of(table), ROWS[[0, 1, 3]])
    assert shards.done() == set(files)  # what was skipped is not tried again
    assert not shards.parts.exists()


def test_photos_that_are_added_later_take_their_place_and_none_is_lost(shards):
    for files, wanted in ((["a.jpg", "d.jpg"], "ad"), (FILES[:3], "abcd")):
        with shards.alone():
            add(shards, [file for file in files if file not in shards.done()])
            shards.finish(files)
        table = read(shards.path)
        assert "".join(file[0] for file in table["file"].to_pylist()) == wanted
        rows = [FILES.index(file) for file in table["file"].to_pylist()]
        np.testing.assert_array_equal(embeddings_of(table), ROWS[rows])


def test_a_run_that_was_killed_while_it_cleared_away_counts_nothing_twice(shards):
    with shards.alone():
        add(shards, FILES)
        (part,) = shards.parts.glob("*.parquet")
        kept = part.read_bytes()
        shards.finish(FILES)
        part.write_bytes(kept)  # it was not removed
        assert shards.finish(FILES)[0] == 4
    assert read(shards.path).num_rows == 4


def test_another_network_is_refused(shards, tmp_path):
    with shards.alone():
        add(shards, FILES)
    other = Shards(shards.path, "theirs", features=2)
    with pytest.raises(ValueError, match="embeddings of another network .ours, not th"):
        other.done()


@pytest.mark.parametrize("harm", ["cut", "bytes", "empty", "foreign"])
def test_a_damaged_file_is_named(shards, harm):
    with shards.alone():
        add(shards, FILES)
        shards.finish(FILES)
    content = bytearray(shards.path.read_bytes())
    if harm == "bytes":
        content[20] ^= 255
    harmed = {"cut": content[:-9], "empty": b"", "foreign": b"no parquet"}
    shards.path.write_bytes(harmed.get(harm, content))
    with pytest.raises(ValueError, match="faces.parquet is damaged, or no output"):
        shards.done()
        shards.finish(FILES)


def test_a_full_disk_is_said_and_what_was_kept_stays(shards, monkeypatch):
    def full(number):
        raise OSError(errno.ENOSPC, "No space left on device")

    with shards.alone():
        add(shards, FILES[:2])
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match=r"written \(the disk is full\); what was"):
            add(shards, FILES[2:])
        assert shards.done() == {"a.jpg", "b.jpg"}


def test_one_process_at_a_time(shards):
    with shards.alone():
        with pytest.raises(ValueError, match="Another process is writing"):
            with Shards(shards.path, "ours", 2).alone():
                pass
    with shards.alone():
        pass
