"""Forgetting a person: photos, records, and the rows of the gallery, in one call.

What was made of them elsewhere, each has its own way: `places.unenrol` for another
gallery, `forget_embedded` for a file of `embed`; copies, exports and weights that were
trained on the photos have to be deleted. `traces.py` finds what is left.
"""

import csv
import errno
import io
import os
import secrets
from pathlib import Path

from helpers.disk.files import write_whole
from helpers.disk.names import GALLERY, MineError, key
from helpers.disk.places import unenrol
from helpers.disk.store import GalleryError
from helpers.live.records import FORGOTTEN, home, is_link, people


def forget(person, root=None):
    """Remove all that is kept of a person: photos, records, rows of the gallery.

    The folder first loses its name in one step, so that a session that is still open
    finds nothing to add to; a kill after that is made up for by the next call. Out of
    reach are copies made elsewhere, and negatives of others that show this person.

    Args:
        person: a name, in capitals or not.
        root: by default `home()`.

    Returns:
        How many files were removed.

    Raises:
        MineError: nobody has this name, or something could not be removed.
    """
    root = home() if root is None else Path(root)
    enrolled = 0
    try:
        found = [path for path in root.glob("*") if is_of(path, person)]
        for folder in found:
            os.rename(folder, root / f"{FORGOTTEN}{secrets.token_hex(8)}")
        left = list(root.glob(f"{FORGOTTEN}*"))
        removed = sum(remove(folder) for folder in left)
        if (root / GALLERY).is_file():
            enrolled = unenrol(root / GALLERY, person)
    except OSError as error:
        raise MineError(
            f"Not all of {person} could be removed ({error.strerror}). Close what "
            "shows these photos, check who may write to data/mine, and forget again."
        ) from None
    except GalleryError as error:
        done = "The photos are removed, the rest is not. " if found or left else ""
        raise MineError(f"{done}{error}") from None
    if not (found or left or enrolled):
        known = ", ".join(people(root)) or "nobody"
        raise MineError(f"There is nobody called {person!r} here; there is {known}.")
    return removed


def forget_embedded(path, person):
    """Remove a person from a file that `embed` wrote, its parts and its report.

    Without this, whoever is forgotten comes back: `embed` keeps the rows of photos that
    are gone, and `embed --gallery` enrols from them.

    Args:
        path: the parquet file; nobody may be writing to it.
        person: a name; what lies in a folder or file of this name is removed.

    Returns:
        How many rows were removed.

    Raises:
        ValueError: it is damaged, or no such file. OSError: it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from helpers.disk.shards import STORED, read

    def others(file):
        parts = [*Path(file).parts, Path(file).stem]
        return key(person) not in map(key, parts)

    path, removed = Path(path), 0
    if not path.is_file():
        raise ValueError(f"There is no {path}: name the file that `embed` wrote.")
    for file in [path, *path.with_name(f"{path.name}.parts").glob("*.parquet")]:
        table = read(file)
        stay = [others(name) for name in table["file"].to_pylist()]
        rest = table.filter(pa.array(stay, pa.bool_()))
        if len(rest) < len(table):
            write_whole(file, lambda to, rows=rest: pq.write_table(rows, to, **STORED))
        removed += len(table) - len(rest)
    report = path.with_suffix(".skipped.csv")
    if report.exists():
        rows = list(csv.reader(io.StringIO(report.read_text("utf-8"), newline="")))
        rest, text = [row for row in rows if others(row[0])], io.StringIO(newline="")
        csv.writer(text).writerows(rest)
        write_whole(report, lambda to: to.write(text.getvalue().encode()))
        removed += len(rows) - len(rest)
    return removed


def is_of(path, person):
    """Whether this is a person's folder, or a link with the person's name."""
    return key(path.name) == key(person) and (is_link(path) or path.is_dir())


def remove(path, again=2):
    """Remove a file or a folder; of a link itself, not what it leads to.

    Returns:
        How many files and links were removed.
    """
    try:
        if is_link(path) or not path.is_dir():
            path.unlink()
            return 1
        count = sum([remove(child) for child in path.iterdir()])
        try:
            path.rmdir()
        except OSError as error:
            if error.errno != errno.ENOTEMPTY or not again:
                raise
            count += remove(path, again - 1)  # a photo came in at this very moment
        return count
    except FileNotFoundError:  # another process was faster
        return 0
