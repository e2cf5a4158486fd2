"""Write a file whole or not at all: the one way in which the course writes files."""

import errno
import glob
import json
import os
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path

FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # no room on the disk
LEFT = 3600  # seconds; the part of a write that was killed longer ago is removed


def write_whole(path, write, make=True):
    """Write a file so that a reader sees all of it or none of it.

    The bytes go to a file beside it, onto the disk, and only then is that file renamed.
    Whatever goes wrong before, the old file stays as it was; a kill leaves at most a
    hidden `.part`, which the next write of the same file removes after an hour.

    Args:
        path: where to.
        write: called with an open binary file.
        make: make the folder where it is missing; else that is an error.

    Raises:
        OSError: the folder cannot be written, or the disk is full.

    >>> import tempfile; path = Path(tempfile.mkdtemp()) / "new" / "note.txt"
    >>> write_whole(path, lambda file: file.write(b"whole")); path.read_text()
    'whole'
    """
    path = Path(path)
    if make:
        path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent, f".{glob.escape(path.name)}.*.part")
    part = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        with open(part, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def read_json(path, command):
    """What an experiment wrote, or a sentence that says how to make it.

    Args:
        path: the file. command: what makes it, "python -m helpers.experiments.koch 30".

    Raises:
        FileNotFoundError: it is not there.
        ValueError: it is damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        text = f"There is no {path.name}: make it with `{command}`."
        raise FileNotFoundError(text) from None
    except ValueError:
        text = f"{path} is damaged: delete it and make it again with `{command}`."
        raise ValueError(text) from None


def write_json(path, value, **how):
    """Write a value as JSON, whole or not at all; `how` is as for `json.dumps`."""
    text = json.dumps(value, **how) + "\n"
    write_whole(path, lambda file: file.write(text.encode()))


def fill_json(path, keys, make):
    """Add to a JSON file what it lacks, one entry at a time: a kill loses one.

    Args:
        path: the file, a dict; made if it is not there.
        keys: which entries it shall have; those that are there are kept.
        make: function of a key that returns its entry.

    >>> import tempfile; path = Path(tempfile.mkdtemp()) / "squares.json"
    >>> fill_json(path, "12", int); fill_json(path, "23", lambda key: -1)
    >>> json.loads(path.read_text())
    {'1': 1, '2': 2, '3': -1}
    """
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for key in keys:
        if key not in found:
            found[key] = make(key)
            write_json(path, found, indent=1, sort_keys=True)


def fill_steps(path, steps, most=None):
    """`fill_json` where each entry is made by a function; it is printed when made.

    Args:
        path: as for `fill_json`. steps: dict key -> function without arguments.
        most: characters of an entry that are printed; None for all.

    >>> import tempfile; path = Path(tempfile.mkdtemp()) / "steps.json"
    >>> fill_steps(path, {"two": lambda: 2})
    two: 2
    """

    def run(key):
        found = steps[key]()
        print(f"{key}: {found}"[:most], flush=True)
        return found

    fill_json(path, steps, run)


def sweep(folder, pattern):
    """Remove what was left in a folder by writes that were killed an hour ago."""
    for left in folder.glob(pattern):
        with suppress(OSError):  # another process was faster
            if time.time() - left.stat().st_mtime > LEFT:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
