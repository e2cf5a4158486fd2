"""People enrolled, in one SQLite file: add, identify, rename, forget, take along.

    with Gallery("gallery.sqlite", verifier) as gallery:
        gallery.add("Ann", ["ann1.jpg", "ann2.jpg"])
        gallery.identify(verifier.embed("who.jpg")[0], threshold=0.6)

Of each photo the file keeps the embedding, and the crop so that another tower can embed
it again. A call that returned is on the disk, whatever is killed next; one that raised
has changed nothing. Several processes and threads may use one file.

SQLite's rollback journal does this (not its WAL, which keeps copies of rows in a second
file). Two of its habits need a hand: a row that is deleted, even one overwritten with
zeros, lives on where SQLite had moved it from, so forgetting ends with writing the
file anew; and a folder's list of files reaches the disk only if one asks. What a disk
or a backup keeps of deleted files is out of reach. No TensorFlow.
"""

import hashlib
import sqlite3
import threading
import unicodedata
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from helpers import faces
from helpers.files import write_whole
from helpers.scores import unit
from helpers.verifier import as_list, face_of

APPLICATION = 0x53464143  # "SFAC" in the file's header: it is a gallery of ours
FORMAT = 1  # of the tables; another one is refused
LONGEST_NAME = 60  # characters
SCHEMA = (
    "CREATE TABLE IF NOT EXISTS about (version TEXT, forgotten INTEGER, wiped INTEGER)",
    "CREATE TABLE IF NOT EXISTS person (id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " key TEXT NOT NULL UNIQUE, added TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS photo (person INTEGER NOT NULL REFERENCES person,"
    " digest BLOB NOT NULL, time TEXT NOT NULL, embedding BLOB NOT NULL, crop BLOB,"
    " UNIQUE (person, digest))",
)
SETTINGS = ("synchronous = EXTRA", "secure_delete = ON", "temp_store = MEMORY")
DAMAGED = "is damaged: put back a copy that export wrote, or enrol the people again."
FAULTS = {  # SQLite's error codes as the second half of a sentence
    0: "was closed: open it again.",
    sqlite3.SQLITE_BUSY: "is in use by another program: try again, or close it there.",
    sqlite3.SQLITE_READONLY: "may only be read: change the permissions of the file or "
    "of its folder, or work on a copy.",
    sqlite3.SQLITE_READONLY_DBMOVED: "was moved or removed while it was open: open it "
    "again where it is now.",
    sqlite3.SQLITE_FULL: "cannot grow, the disk is full; nothing was changed. Free "
    "some space and try again.",
    sqlite3.SQLITE_IOERR: "cannot be read or written, says the disk: try again, or "
    "work on a copy elsewhere.",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that its folder exists, that "
    "you may write there, and that it is no folder itself.",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: "is no gallery: name the file of one, or a new file.",
}


class GalleryError(ValueError):
    """What is wrong with a gallery or a name, and what to do: one sentence."""


class Person(NamedTuple):
    """Somebody who is enrolled, with how many photos, and since when (ISO time)."""

    name: str
    photos: int
    added: str


class Match(NamedTuple):
    """Who a probe is.

    Attributes:
        name: of the person; None for nobody.
        nearest: who is most alike, near enough or not; None in an empty gallery.
        similarity: cosine with the template of `nearest`, -1..1.
        threshold: the least similarity that gets a name.
    """

    name: str | None
    nearest: str | None
    similarity: float
    threshold: float


def checked_name(name):
    """A name as it is stored: one spelling of its letters, single spaces.

    Args:
        name: any text that people write, 1 to 60 characters.

    Raises:
        GalleryError: it is empty, too long, or has control characters in it.

    >>> checked_name("  Zoe\u0308   Berg ")
    'Zoë Berg'
    """
    kinds = [unicodedata.category(character) for character in name]
    text = " ".join(unicodedata.normalize("NFC", name).split())
    if {"Cc", "Cs"} & {*kinds} or not any(kind[0] in "LNPS" for kind in kinds):
        raise GalleryError(f"{name!r} is no name: write it in visible characters.")
    if len(text) > LONGEST_NAME:
        raise GalleryError(
            f"The name {text[:20]!r}... has {len(text)} characters: use at most "
            f"{LONGEST_NAME}."
        )
    return text


def key(name):
    """What two spellings of one person's name share: Ann and ann are one person.

    Who types a name at a camera does not look at capitals, and half of somebody's
    photos under a second name would stay there when the first is forgotten.

    >>> key("ANN") == key(" ann")
    True
    """
    return unicodedata.normalize("NFC", checked_name(name).casefold())


def now():
    """The time as text, with its zone."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


class Gallery:
    """The people enrolled in one file.

    Args:
        path: the file; made if there is none.
        verifier: a `Verifier`; its tower made, or makes, the embeddings.
        recompute: if another tower made them, embed all stored crops again.
        wait: seconds to wait for another process that is writing.
        keep_crops: store the crops of photos that are added.

    Raises:
        GalleryError: the file cannot be used; the sentence says why. It is unchanged.

    >>> from helpers.verifier import Verifier
    >>> with Gallery(":memory:", Verifier.load()) as gallery: gallery.people()
    []
    """

    def __init__(self, path, verifier, recompute=False, wait=10.0, keep_crops=True):
        self.path, self.verifier, self.keep_crops = Path(path), verifier, keep_crops
        self._lock, self._kept = threading.RLock(), None
        self._db = sqlite3.connect(
            self.path, timeout=wait, isolation_level=None, check_same_thread=False
        )
        try:
            self._open(recompute)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def __len__(self):
        return self._read("SELECT count(*) FROM person")[0][0]

    def __contains__(self, name):
        with suppress(GalleryError):
            return bool(self._read("SELECT 1 FROM person WHERE key = ?", key(name)))
        return False

    def people(self):
        """Everybody who is enrolled, as a list of `Person`, in order of enrolment."""
        rows = self._read(
            "SELECT name, count(*), added FROM person JOIN photo ON person = id"
            " GROUP BY id"
        )
        return [Person(*row) for row in rows]

    def add(self, name, photos):
        """Enrol a person, or add photos of one who is enrolled; nothing is trained.

        Args:
            name: of the person.
            photos: one or a list, as for `Verifier.embed`; a photo that is there
                already is not stored twice.

        Returns:
            Number of photos that were added.

        Raises:
            PhotoError, faces.FaceError: one of them is no good; then none is stored.
        """
        photos = as_list(photos)
        numbers = range(len(photos)) if len(photos) > 1 else [None]
        numbered = list(zip(photos, numbers))
        crops = faces.in_threads(lambda pair: face_of(*pair), numbered)
        return self.add_crops(name, crops)

    def add_crops(self, name, crops):
        """`add` for faces that `faces.crop` has cut out: uint8 (photo, 64, 64, 1)."""
        name, time = checked_name(name), now()
        if not len(crops):
            raise GalleryError(f"There is no photo of {name!r}: give at least one.")
        crops = np.stack(crops)  # (photo, row, column, channel)
        embeddings = self.verifier.embed_crops(crops)  # (photo, feature)
        pictures = [png(crop) if self.keep_crops else None for crop in crops]
        digests = [hashlib.blake2b(crop, digest_size=16).digest() for crop in crops]
        with self._writing() as db:
            return put(db, [
                (name, time, digest, time, embedding.astype("<f4").tobytes(), picture)
                for digest, embedding, picture in zip(digests, embeddings, pictures)
            ])  # fmt: skip

    def rename(self, old, new):
        """Give somebody another name; nothing of the old one stays in the file."""
        new = checked_name(new)
        with self._writing() as db:
            number = self._number(old)
            if key(old) != key(new) and new in self:
                raise GalleryError(f"{new!r} is enrolled already: choose another name.")
            row = (new, key(new), number)
            db.execute("UPDATE person SET name = ?, key = ? WHERE id = ?", row)
            db.execute("UPDATE about SET forgotten = forgotten + 1")
        self._wipe()

    def forget(self, name):
        """Remove a person; no byte of name, embeddings or crops stays in the file.

        Returns:
            Number of photos that were removed.
        """
        with self._writing() as db:
            number = (self._number(name),)
            count = db.execute("DELETE FROM photo WHERE person = ?", number).rowcount
            db.execute("DELETE FROM person WHERE id = ?", number)
            db.execute("UPDATE about SET forgotten = forgotten + 1")
        self._wipe()
        return count

    def templates(self):
        """What a probe is compared with: each person's mean embedding, of length 1.

        They stay in memory until this or another process changes the file.

        Returns:
            names: tuple, and float32 (person, feature), not to be changed.
        """
        with self._told() as db:
            (state,) = db.execute("PRAGMA data_version").fetchone()  # of the others
            if self._kept is None or self._kept[0] != state:
                self._check()
                rows = self._read(
                    "SELECT name, embedding FROM person JOIN photo ON person = id"
                    " ORDER BY id"
                )
                self._kept = state, *self._means(rows)
            return self._kept[1:]

    def identify(self, embedding, threshold):
        """Say who a probe is, or that it is nobody.

        Args:
            embedding: float (feature,), of this verifier.
            threshold: the least similarity that gets a name.

        Returns:
            A `Match`.
        """
        names, templates = self.templates()
        if not names:
            return Match(None, None, -1.0, threshold)
        embedding = np.asarray(embedding, np.float32)
        if embedding.shape != templates.shape[1:] or not np.isfinite(embedding).all():
            raise GalleryError(
                f"A probe is one embedding of {templates.shape[1]} finite features, "
                f"not {embedding.shape}: embed the photo with this gallery's verifier."
            )
        scores = templates @ unit(embedding)  # (person,)
        best = int(scores.argmax())
        score = float(scores[best])
        name = names[best] if score >= threshold else None
        return Match(name, names[best], score, threshold)

    def export(self, path, names=None):
        """Write a gallery file with some of the people, whole or not at all.

        Args:
            path: a new file; none is overwritten, for somebody may have it open.
            names: of the people; None for all.

        Returns:
            Number of people in it.
        """
        path = Path(path)
        if path.exists() or path.with_name(f"{path.name}-journal").exists():
            raise GalleryError(f"{path} is there already: name a new file.")
        with self._told():
            rows = self._rows()
            if names is not None:
                for name in names:
                    self._number(name)
                wanted = {key(name) for name in names}
                rows = [row for row in rows if key(row[0]) in wanted]
        with Gallery(":memory:", self.verifier) as copy:
            with copy._writing() as db:
                put(db, rows)
            content, count = copy._db.serialize(), len(copy)
        try:
            write_whole(path, lambda file: file.write(content))
        except OSError as error:
            raise GalleryError(f"{path} cannot be written: {error.strerror}.") from None
        return count

    def merge(self, path):
        """Add everybody from another gallery file of the same tower, or nobody.

        Returns:
            Number of people that were added.
        """
        if not Path(path).is_file():
            raise GalleryError(f"There is no file {path}: name one that export wrote.")
        with Gallery(path, self.verifier) as other:
            rows = other._rows()
        rows = [(checked_name(row[0]), *row[1:]) for row in rows]
        names = dict.fromkeys(row[0] for row in rows)
        with self._writing() as db:
            here = [name for name in names if name in self]
            if here:
                raise GalleryError(
                    f"{path} has {len(here)} people who are enrolled here already, "
                    f"{here[0]!r} first: rename or forget them in one of the two files."
                )
            put(db, rows)
        return len(names)

    def _open(self, recompute):
        with self._told() as db:
            for setting in SETTINGS:
                db.execute(f"PRAGMA {setting}")
            (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            (application,) = db.execute("PRAGMA application_id").fetchone()
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if not tables and not application:
                self._create()
            elif application != APPLICATION:
                raise GalleryError(
                    f"{self.path} belongs to another program: name a gallery's file, "
                    "or a new one."
                )
            elif version != FORMAT:
                raise GalleryError(
                    f"{self.path} is of format {version}, this course reads format "
                    f"{FORMAT}: open it with the course that wrote it."
                )
            db.execute("PRAGMA journal_mode = DELETE")
            if recompute:
                self._recompute()
            self._check()
        with suppress(GalleryError):  # it can be read all the same
            self._wipe()

    def _create(self):
        with self._writing(check=False) as db:
            for table in SCHEMA:  # another process may be doing the same
                db.execute(table)
            db.execute(
                "INSERT INTO about SELECT ?, 0, 0"
                " WHERE NOT EXISTS (SELECT 1 FROM about)",
                (self.verifier.version,),
            )
            db.execute(f"PRAGMA application_id = {APPLICATION}")
            db.execute(f"PRAGMA user_version = {FORMAT}")

    def _check(self):
        """That the embeddings are this tower's; another process may recompute them."""
        ((version,),) = self._read("SELECT version FROM about")
        if version != self.verifier.version:
            raise GalleryError(
                f"The embeddings in {self.path} are those of another tower, {version}, "
                f"not {self.verifier.version}: open it with recompute=True."
            )

    def _recompute(self):
        with self._writing(check=False) as db:
            ((version,),) = self._read("SELECT version FROM about")
            rows = self._read("SELECT rowid, crop FROM photo")
            if version == self.verifier.version:
                return
            missing = sum(crop is None for _, crop in rows)
            if missing:
                raise GalleryError(
                    f"{missing} photos in {self.path} were stored without their crop "
                    "and cannot be embedded again: enrol these people anew."
                )
            if rows:
                crops = np.stack([picture(crop) for _, crop in rows])
                new = self.verifier.embed_crops(crops).astype("<f4")
                changes = [(e.tobytes(), row) for e, (row, _) in zip(new, rows)]
                change = "UPDATE photo SET embedding = ? WHERE rowid = ?"
                db.executemany(change, changes)
            db.execute("UPDATE about SET version = ?", (self.verifier.version,))

    def _wipe(self):
        """Write the file anew where something was forgotten since this was last done.

        Counts, not a flag: whoever is killed before the end, and whoever forgets
        somebody in the meantime, leaves it due.
        """
        with self._told() as db:
            ((forgotten, wiped),) = self._read("SELECT forgotten, wiped FROM about")
            if wiped < forgotten:
                db.execute("VACUUM")
                now = (forgotten, forgotten)
                db.execute("UPDATE about SET wiped = ? WHERE wiped < ?", now)

    def _number(self, name):
        rows = self._read("SELECT id FROM person WHERE key = ?", key(name))
        if not rows:
            raise GalleryError(
                f"There is nobody called {name!r} in {self.path}: see people()."
            )
        return rows[0][0]

    def _rows(self):
        """All that is known of all people, after a check that the file is sound."""
        with self._told() as db:
            sound = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if sound != "ok":
                raise GalleryError(f"{self.path} {DAMAGED}")
            return self._read(
                "SELECT name, added, digest, time, embedding, crop"
                " FROM person JOIN photo ON person = id ORDER BY id"
            )

    def _means(self, rows):
        if not rows:
            none = np.zeros((0, faces.SIZE, faces.SIZE, 1), np.uint8)
            return (), self.verifier.embed_crops(none)
        names = [name for name, _ in rows]
        first = [n for n, name in enumerate(names) if not n or names[n - 1] != name]
        try:
            values = np.frombuffer(b"".join(row[1] for row in rows), "<f4")
            values = values.reshape(len(rows), -1)  # (photo, feature)
        except ValueError:
            raise GalleryError(f"{self.path} {DAMAGED}") from None
        means = unit(np.add.reduceat(values, first)).astype(np.float32)
        means.flags.writeable = False
        return tuple(names[n] for n in first), means  # (person, feature)

    def _read(self, question, *values):
        with self._told() as db:
            return db.execute(question, values).fetchall()

    @contextmanager
    def _writing(self, check=True):
        """One change: all of it is on the disk at the end, or nothing is changed."""
        with self._told() as db:
            db.execute("BEGIN IMMEDIATE")  # from here on nobody else writes
            try:
                if check:
                    self._check()
                yield db
                db.execute("COMMIT")
            finally:
                self._kept = None
                if db.in_transaction:
                    db.execute("ROLLBACK")

    @contextmanager
    def _told(self):
        """One thread at a time, and SQLite's errors as sentences."""
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as error:
                code = getattr(error, "sqlite_errorcode", 0)  # 0: it was closed
                why = FAULTS.get(code) or FAULTS.get(code & 255) or f"fails: {error}."
                raise GalleryError(f"{self.path} {why}") from error


def put(db, rows):
    """Insert photos and the people they show; returns how many photos were new."""
    people = [(row[0], key(row[0]), row[1]) for row in rows]
    db.executemany(
        "INSERT INTO person (name, key, added) VALUES (?, ?, ?)"
        " ON CONFLICT (key) DO NOTHING",
        people,
    )
    photos = [(*row[2:], key(row[0])) for row in rows]
    return db.executemany(
        "INSERT INTO photo SELECT id, ?, ?, ?, ? FROM person WHERE key = ?"
        " ON CONFLICT (person, digest) DO NOTHING",
        photos,
    ).rowcount


def png(crop):
    """A crop as the bytes of a PNG file."""
    return cv2.imencode(".png", crop)[1].tobytes()


def picture(content):
    """The crop in the bytes of a PNG file: uint8 (row, column, channel)."""
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    return np.atleast_3d(image)
