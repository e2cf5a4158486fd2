"""What lies in `data/mine`: people's folders, their sessions' records, the photos.

    data/mine/Ann/2026-11-22_1/anchor_001.png   a whole frame, as the camera gave it
                               record.json      who agreed to what and when, and of
                                                each photo its time, source and face

Nothing here writes or removes anything; mine.py does. No TensorFlow.
"""

import json
import os
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from helpers import faces
from helpers.disk.archives import data_folder
from helpers.disk.names import MineError, key, spelling
from helpers.sources.reading import read_all

FORMAT = 1  # of record.json; another one is not read
KINDS = ("anchor", "positive", "negative")
RECORD = "record.json"
FILE = re.compile(rf"({'|'.join(KINDS)})_[0-9]{{3,9}}\.png")
JUNCTION = 0xA0000003  # what Windows notes of a folder that leads to another one
FORGOTTEN = ".forgotten-"  # begins the name of a folder while it is removed
ORPHAN = "it is in no record: its capture was cut off. Only `forget` removes it."
HALF = "its removal was cut off: call `forget` again, with any name."


class Record(NamedTuple):
    """What is known of a photo.

    Attributes:
        person: the name of the folder.
        session: "2026-11-22_1", the first of that day.
        kind: "anchor", "positive" or "negative"; who is on a negative is not known.
        path: of the photo.
        time: when it was taken, ISO with the zone.
        source: what took it, "camera" for instance.
        face: `faces.Face` in pixels of the photo, or None.
        consent: when the person agreed, ISO with the zone.
    """

    person: str
    session: str
    kind: str
    path: Path
    time: str
    source: str
    face: faces.Face | None
    consent: str


class Records(list):
    """A list of `Record`; `.skipped` has (file, reason) for what could not be used."""

    skipped = ()


def home():
    """The folder of your own photos: data/mine, which git ignores."""
    return data_folder() / "mine"


def is_link(path):
    """Whether a path leads elsewhere: a symbolic link, or a junction of Windows."""
    try:
        tag = getattr(os.lstat(path), "st_reparse_tag", 0)
    except OSError:  # it is gone by now
        return False
    return os.path.islink(path) or tag == JUNCTION


def inside(folder):
    """The folders in a folder that are no links and not hidden, by name."""
    try:
        paths = [p for p in Path(folder).iterdir() if p.is_dir() and not is_link(p)]
    except FileNotFoundError:
        return []
    shown = [path for path in paths if not path.name.startswith(".")]
    return sorted(shown, key=lambda path: (key(path.name), path.name))


def folders(root, person=None):
    """The people's folders, or all that are one person's: Ann, and ann beside it."""
    wanted = person is not None and key(person)
    return [p for p in inside(root) if person is None or key(p.name) == wanted]


def people(root=None):
    """The names of all who have a folder.

    >>> people("no such folder")
    ()
    """
    found = folders(home() if root is None else root)
    names = {key(p.name): spelling(p.name) for p in found[::-1]}
    return tuple(names[name] for name in sorted(names))


def read_record(path):
    """The consent and the photos of a session.

    Args:
        path: of a record.json.

    Returns:
        ISO time of the consent, and a dict for each photo; none where no record is.

    Raises:
        MineError: it is damaged, or of another version.
    """
    if not path.exists():
        return "", []
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        version, consent = record["format"], record["consent"]["time"]
        good = isinstance(consent, str) and datetime.fromisoformat(consent)
        for photo in record["photos"]:
            kind = FILE.fullmatch(photo["file"])[1]
            texts = isinstance(photo["time"], str) and isinstance(photo["source"], str)
            face = photo["face"] is None or faces.Face(*map(float, photo["face"]))
            good = good and kind == photo["kind"] and texts and face
    except (ValueError, KeyError, TypeError, RecursionError):
        version, good = FORMAT, False
    except OSError as error:
        raise MineError(f"it cannot be read ({error.strerror}).") from None
    if version != FORMAT:
        raise MineError(
            f"it is of format {version}, this course reads format {FORMAT}: use the "
            "course that wrote it."
        )
    if not good:
        raise MineError(
            "it is damaged, so the photos beside it are not used: put back a copy, or "
            "take them again."
        )
    return consent, record["photos"]


def records(person=None, root=None):
    """What is known of each photo, in the order in which they were taken.

    Nothing is ever removed here. A photo without a record is one whose capture was cut
    off; it stands in `.skipped`, and so does a record that cannot be read.

    Args:
        person: only this one's; None for all.
        root: by default `home()`.

    Returns:
        `Records`: a list of `Record`, with `.skipped`.
    """
    root = home() if root is None else Path(root)
    found = Records()
    skipped = [(path.name, HALF) for path in root.glob(f"{FORGOTTEN}*")]
    names = {}  # Ann's and ann's photos are those of one person
    for folder in folders(root, person):
        name = names.setdefault(key(folder.name), spelling(folder.name))
        try:
            sessions = sorted(inside(folder), key=in_order)
        except OSError as error:
            skipped.append((folder.name, f"it cannot be read ({error.strerror})."))
            continue
        for session in sessions:
            known, unusable = of_session(session, name)
            found += known
            skipped += [(f"{folder.name}/{session.name}/{f}", r) for f, r in unusable]
    found.skipped = tuple(skipped)
    return found


def of_session(session, person):
    """What is known of the photos of one session, and (file, reason) of the others."""
    found, skipped = [], []
    names = sorted(path.name for path in session.glob("*.png") if not is_link(path))
    try:
        consent, listed = read_record(session / RECORD)
    except MineError as error:
        return found, [(RECORD, str(error))] * session.exists()
    for photo in listed:
        path = session / photo["file"]
        if path.is_file() and not is_link(path):
            face = photo["face"] and faces.Face(*map(float, photo["face"]))
            about = person, session.name, photo["kind"], path
            found.append(Record(*about, photo["time"], photo["source"], face, consent))
        else:
            reason = "it is in the record, but not in the folder."
            skipped.append((photo["file"], reason))
    recorded = {photo["file"] for photo in listed}
    return found, skipped + [(n, ORPHAN) for n in names if n not in recorded]


def in_order(session):
    """Sorts sessions by day and number, the tenth after the ninth.

    >>> sorted([Path("2026-11-22_10"), Path("2026-11-22_9")], key=in_order)[0].name
    '2026-11-22_9'
    """
    return [int(number) for number in re.findall("[0-9]+", session.name)]


def photos(kinds=("anchor", "positive"), prepare=None, root=None):
    """Read the photos that were captured, as `datasets.folder` reads others.

    They are never cached. A negative shows somebody else, and who is not known: those
    of Ann's sessions are "not Ann", under which two photos may be of two people.

    Args:
        kinds: of the photos to read.
        prepare: called with each photo, `faces.crop` for instance; where it raises
            ValueError the photo is skipped.
        root: by default `home()`.

    Returns:
        `Photos`; files are such as "Ann/2026-11-22_1/anchor_001.png".
    """
    found = records(root=root)
    chosen = [record for record in found if record.kind in kinds]
    who = ["not " * (r.kind == "negative") + r.person for r in chosen]
    names = sorted(set(who))
    files = ["/".join(record.path.parts[-3:]) for record in chosen]
    numbers = [names.index(name) for name in who]
    paths = [record.path for record in chosen]
    read = read_all(paths, files, numbers, tuple(names), prepare)
    return replace(read.renumbered(), skipped=(*read.skipped, *found.skipped))
