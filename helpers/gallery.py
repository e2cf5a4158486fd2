"""People enrolled, in one file: add, identify, rename, forget, take along.

    with Gallery("gallery.sqlite", verifier) as gallery:
        gallery.add("Ann", ["ann1.jpg", "ann2.jpg"])
        gallery.identify(verifier.embed("who.jpg")[0], threshold=0.6)

Of each photo the file keeps the embedding, and the crop so that another tower can embed
it again. A call that returned is on the disk; one that raised has changed nothing; who
is forgotten is in no byte of the file: `helpers/store.py`. No TensorFlow.
"""

import hashlib
import unicodedata
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from helpers import faces
from helpers.files import write_whole
from helpers.names import LONGEST, key, spelling
from helpers.scores import lengthen, unit
from helpers.store import DAMAGED, GalleryError, Store
from helpers.verifier import crops_of

APPLICATION = 0x53464143  # "SFAC" in the file's header: a gallery of this course
FORMAT = 1  # of the tables; another one is refused
SCHEMA = (
    "CREATE TABLE tower (version TEXT)",
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " key TEXT NOT NULL UNIQUE, added TEXT NOT NULL)",
    "CREATE TABLE photo (id INTEGER PRIMARY KEY, person INTEGER NOT NULL,"
    " digest BLOB NOT NULL, time TEXT NOT NULL, embedding BLOB NOT NULL, crop BLOB,"
    " UNIQUE (person, digest))",
)
EVERYTHING = (
    "SELECT name, added, digest, time, embedding, crop"
    " FROM person JOIN photo ON person = person.id ORDER BY person.id, photo.id"
)


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

    Ann and ann are one person (`names.key`): who types a name beside a camera does not
    look at capitals, and photos under a second spelling would outlive the first.

    Raises:
        GalleryError: it is empty, longer than 60 characters, or has control characters.

    >>> checked_name("  Zoe\\u0308   Berg ")
    'Zoë Berg'
    """
    kinds = {unicodedata.category(character) for character in name}
    if kinds & {"Cc", "Cs"} or not {kind[0] for kind in kinds} & set("LNPS"):
        raise GalleryError(f"{name!r} is no name: write it in visible characters.")
    name = spelling(name)
    if len(name) > LONGEST:
        raise GalleryError(
            f"The name {name[:20] + '...'!r} has {len(name)} characters: use at most "
            f"{LONGEST}."
        )
    return name


class Gallery:
    """The people enrolled in one file; for several processes and threads at once.

    Args:
        path: the file; made if there is none.
        verifier: a `Verifier`, whose tower makes the embeddings.
        recompute: if another tower made those in the file, embed the crops again.
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
        self._kept = None, (), None  # state of the file, names, templates
        self._store = Store(path, SCHEMA, APPLICATION, FORMAT, wait)
        try:
            if recompute:
                self._recompute()
            self._check_tower()
        except BaseException:
            self.close()
            raise

    def close(self):
        """Let go of the file."""
        self._store.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def __len__(self):
        return self._store.read("SELECT count(*) FROM person")[0][0]

    def __contains__(self, name):
        with suppress(GalleryError):
            return bool(self._find(name))
        return False

    def people(self):
        """Everybody who is enrolled, as a list of `Person`, in order of enrolment."""
        rows = self._store.read(
            "SELECT name, count(*), added FROM person JOIN photo ON person = person.id"
            " GROUP BY person.id"
        )
        return [Person(*row) for row in rows]

    def add(self, name, photos):
        """Enrol a person, or add photos of one who is enrolled; nothing is trained.

        Args:
            name: of the person.
            photos: one or a list, as for `Verifier.embed`; one that is there already
                is not stored again.

        Returns:
            Number of photos that are new.

        Raises:
            PhotoError, faces.FaceError: one of them is no good; then none is stored.
        """
        return self.add_crops(name, crops_of(photos))

    def add_crops(self, name, crops):
        """`add` for faces that are cut out already: uint8 (photo, 64, 64, 1)."""
        name, time = checked_name(name), now()
        if not len(crops):
            raise GalleryError(f"There is no photo of {name!r}: give at least one.")
        crops = np.stack(crops)  # (photo, row, column, channel)
        embeddings = self.verifier.embed_crops(crops).astype("<f4")  # (photo, feature)
        rows = []
        for crop, embedding in zip(crops, embeddings):
            digest = hashlib.blake2b(crop.tobytes(), digest_size=16).digest()
            png = cv2.imencode(".png", crop)[1].tobytes() if self.keep_crops else None
            rows.append((name, time, digest, time, embedding.tobytes(), png))
        with self._store.writing() as db:
            return self._insert(db, rows)

    def rename(self, old, new):
        """Give somebody another name; no byte of the old one stays in the file."""
        new = checked_name(new)
        with self._store.forgetting() as db:
            number, found = self._known(old), self._find(new)
            if found not in (None, number):
                raise GalleryError(f"{new!r} is enrolled already: choose another name.")
            change = "UPDATE person SET name = ?, key = ? WHERE id = ?"
            db.execute(change, (new, key(new), number))

    def forget(self, name):
        """Remove a person; no byte of name, embeddings or crops stays in the file.

        Returns:
            Number of photos that were removed.
        """
        count = remove(self._store, name)
        if not count:
            self._known(name)
        return count

    def templates(self):
        """What a probe is compared with: each person's mean embedding, of length 1.

        `scores.lengthen` makes it so, and says what it leaves as it is.

        They stay in memory until any process changes the file.

        Returns:
            names: tuple of str (person,).
            templates: float32 (person, feature), not to be changed.
        """
        state = self._store.state()
        if self._kept[0] != state:
            rows = self._store.read(EVERYTHING.replace(", crop", ""))
            self._check_tower()
            embeddings = self._unpacked(rows)  # (photo, feature)
            names = [row[0] for row in rows]
            starts = [n for n, name in enumerate(names) if name not in names[n - 1 : n]]
            sums = np.add.reduceat(embeddings, starts) if rows else embeddings
            means = sums / np.diff([*starts, len(rows)])[:, None]  # (person, feature)
            means = lengthen(means, self.verifier.shared).astype(np.float32)
            means.flags.writeable = False
            self._kept = state, tuple(names[n] for n in starts), means
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
        embedding = np.asarray(embedding, np.float32)
        if embedding.shape != templates.shape[1:] or not np.isfinite(embedding).all():
            raise GalleryError(
                f"A probe is one embedding of {templates.shape[1]} finite features, "
                f"not {embedding.shape}: embed the photo with the gallery's verifier."
            )
        if not names:
            return Match(None, None, -1.0, threshold)
        scores = templates @ unit(embedding)  # (person,)
        best = int(scores.argmax())
        name = names[best] if scores[best] >= threshold else None
        return Match(name, names[best], float(scores[best]), threshold)

    def export(self, path, names=None):
        """Write people to a gallery file of their own, whole or not at all.

        Args:
            path: a new file; none is overwritten, for somebody may have it open.
            names: of the people; None for all.

        Returns:
            Number of people in it.
        """
        path = Path(path)
        for there in (path, path.with_name(f"{path.name}-journal")):
            if there.exists():
                raise GalleryError(f"There is {there} already: choose another name.")
        rows = self._rows()
        if names is not None:
            chosen = {self._known(name) and key(name) for name in names}
            rows = [row for row in rows if key(row[0]) in chosen]
        with Gallery(":memory:", self.verifier) as copy:
            with copy._store.writing() as db:
                copy._insert(db, rows)
            content, count = copy._store.content(), len(copy)
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
        with Gallery(path, self.verifier, wait=self._store.wait) as other:
            rows = other._rows()
        names = {checked_name(row[0]) for row in rows}
        with self._store.writing() as db:
            here = sorted(name for name in names if name in self)
            if here:
                raise GalleryError(
                    f"{len(here)} of {path} are enrolled here already, {here[0]!r} "
                    "first: rename or forget them in one of the two files."
                )
            self._insert(db, rows)
        return len(names)

    def _insert(self, db, rows):
        """Store rows as EVERYTHING gives them; returns how many photos are new."""
        none = "WHERE NOT EXISTS (SELECT 1 FROM tower)"
        db.execute(f"INSERT INTO tower SELECT ? {none}", (self.verifier.version,))
        self._check_tower()  # another process may have changed it
        db.executemany(
            "INSERT INTO person (name, key, added) VALUES (?, ?, ?)"
            " ON CONFLICT (key) DO NOTHING",
            [(name, key(name), added) for name, added, *_ in rows],
        )
        return db.executemany(
            "INSERT INTO photo (person, digest, time, embedding, crop)"
            " SELECT id, ?, ?, ?, ? FROM person WHERE key = ?"
            " ON CONFLICT (person, digest) DO NOTHING",
            [(*photo, key(name)) for name, _, *photo in rows],
        ).rowcount

    def _rows(self):
        """Everything in the file, after a look whether it is sound."""
        self._store.check()
        rows = self._store.read(EVERYTHING)
        self._unpacked(rows)
        return rows

    def _unpacked(self, rows):
        """The embeddings of rows, float32 (photo, feature)."""
        none = np.zeros((0, faces.SIZE, faces.SIZE, 1), np.uint8)
        features = self.verifier.embed_crops(none).shape[1]
        try:
            blobs = b"".join(row[4] for row in rows)
            embeddings = np.frombuffer(blobs, "<f4").reshape(len(rows), features)
            whole = np.isfinite(embeddings).all()
            whole = whole and all(isinstance(row[0], str) for row in rows)
        except (TypeError, ValueError):
            whole = False
        if not whole:
            raise GalleryError(f"{self.path} {DAMAGED}")
        return embeddings

    def _find(self, name):
        """The number of a person, or None."""
        name = key(checked_name(name))
        rows = self._store.read("SELECT id FROM person WHERE key = ?", name)
        return rows[0][0] if rows else None

    def _known(self, name):
        """The number of a person who is enrolled."""
        number = self._find(name)
        if number is None:
            raise GalleryError(f"There is no {name!r} in {self.path}: see people().")
        return number

    def _check_tower(self):
        for (version,) in self._store.read("SELECT version FROM tower"):
            if version != self.verifier.version:
                raise GalleryError(
                    f"The embeddings in {self.path} are those of another tower: open "
                    "it with recompute=True, or with the verifier that made them."
                )

    def _recompute(self):
        here = (self.verifier.version,)
        with self._store.writing() as db:
            if self._store.read("SELECT version FROM tower") in ([], [here]):
                return
            rows = self._store.read("SELECT crop, id FROM photo")
            missing = sum(crop is None for crop, _ in rows)
            if missing:
                raise GalleryError(
                    f"{missing} photos in {self.path} were stored without their crops "
                    "and cannot be embedded again: enrol these people anew."
                )
            if rows:
                crops = np.stack([self._picture(crop) for crop, _ in rows])
                new = self.verifier.embed_crops(crops).astype("<f4")
                changes = [(value.tobytes(), row[1]) for value, row in zip(new, rows)]
                db.executemany("UPDATE photo SET embedding = ? WHERE id = ?", changes)
            db.execute("UPDATE tower SET version = ?", here)

    def _picture(self, png):
        image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
        if image is None or image.shape != (faces.SIZE, faces.SIZE):
            raise GalleryError(f"{self.path} {DAMAGED}")
        return image[..., None]


def unenrol(path, name):
    """Remove a person from a gallery's file, whichever tower made its embeddings.

    Args:
        path: of the file.
        name: of anybody.

    Returns:
        Number of photos that were removed; 0 where nobody has this name.

    Raises:
        GalleryError: the file cannot be used, or not be written.
    """
    with closing(Store(path, SCHEMA, APPLICATION, FORMAT)) as store:
        return remove(store, name)


def remove(store, name):
    """Remove a person; returns how many photos this person had."""
    name, who = key(checked_name(name)), "FROM person WHERE key = ?"
    if not store.read(f"SELECT id {who}", name):
        store.wipe()  # a full disk may have prevented it before
        return 0
    with store.forgetting() as db:
        photos = f"DELETE FROM photo WHERE person IN (SELECT id {who})"
        count = db.execute(photos, (name,)).rowcount
        db.execute(f"DELETE {who}", (name,))
    return count


def now():
    """The time as text, with its zone."""
    return datetime.now().astimezone().isoformat(timespec="seconds")
