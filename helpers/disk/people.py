"""A gallery's file: people, and of each photo its embedding and its crop.

No verifier is needed here, so that a person can be removed whichever tower made the
embeddings.
"""

import unicodedata
from datetime import datetime

from helpers.disk.names import LONGEST, key, spelling
from helpers.disk.store import GalleryError, Store

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
HERS = (
    "SELECT name, added, digest, time, embedding, crop"
    " FROM person JOIN photo ON person = person.id WHERE key = ? ORDER BY photo.id"
)

TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}  # invisible


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
    turning = any(unicodedata.bidirectional(one) in TURNING for one in name)
    if turning or kinds & {"Cc", "Cs"} or not {kind[0] for kind in kinds} & set("LNPS"):
        raise GalleryError(f"{name!r} is no name: write it in visible characters.")
    name = spelling(name)
    if len(name) > LONGEST:
        raise GalleryError(
            f"The name {name[:20] + '...'!r} has {len(name)} characters: use at most "
            f"{LONGEST}."
        )
    return name


def now():
    """The time as text, with its zone."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


class People(Store):
    """A `Store` with the tables of a gallery.

    Attributes:
        search: finds who is most alike without reading everybody; None for a file.
        together: when a photo is a person's, in SQL.

    Args:
        path: the file; made if there is none.
        wait: seconds to wait for another process that is writing.

    Raises:
        GalleryError: the file cannot be used; the sentence says why. It is unchanged.
    """

    search, together = None, "person = person.id"

    def __init__(self, path, wait=10.0):
        super().__init__(path, SCHEMA, APPLICATION, FORMAT, wait)

    def find(self, name):
        """The number of a person, or None."""
        question = "SELECT id FROM person WHERE key = ?"
        rows = self.read(question, key(checked_name(name)))
        return rows[0][0] if rows else None

    def known(self, name):
        """The number of a person who is enrolled."""
        number = self.find(name)
        if number is None:
            raise GalleryError(f"There is no {name!r} in {self.path}: see people().")
        return number

    def counted(self, name=None):
        """Of each person in order of enrolment, or of one: name, photos, since when."""
        one = () if name is None else (key(checked_name(name)),)
        return self.read(
            f"SELECT name, count(*), added FROM person JOIN photo ON {self.together}"
            f"{' WHERE key = ?' if one else ''}"
            " GROUP BY person.id, name, added ORDER BY person.id",
            *one,
        )

    def hers(self, name):
        """Rows of a person's photos, as EVERYTHING gives them."""
        return self.read(HERS, key(checked_name(name)))

    def changed(self, since):
        """What has changed since an earlier call.

        Args:
            since: the state that the earlier call returned; None for everything.

        Returns:
            The state; whether the rows are everybody's; the numbers of people who are
            gone; rows of the others as EVERYTHING gives them, `person.id` for the crop.
        """
        state = self.state()
        if state == since:
            return state, False, (), ()
        return state, True, (), self.read(EVERYTHING.replace(", crop", ", person.id"))

    def check_tower(self, version):
        """Raise GalleryError if another tower made the embeddings."""
        for (found,) in self.read("SELECT version FROM tower"):
            if found != version:
                raise GalleryError(
                    f"The embeddings in {self.path} are those of another tower: open "
                    "it with recompute=True (--recompute), or with the verifier that "
                    "made them."
                )

    def insert(self, db, rows, version):
        """Store rows as EVERYTHING gives them, while `writing`.

        Args:
            db: of `writing`. version: of the tower that made the embeddings.

        Returns:
            Number of photos that are new.
        """
        none = "WHERE NOT EXISTS (SELECT 1 FROM tower)"
        db.execute(f"INSERT INTO tower SELECT ? {none}", (version,))
        self.check_tower(version)  # another process may have changed it
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

    def replace(self, db, changes, version):
        """Store other embeddings, (embedding, number of the photo), while `writing`."""
        db.executemany("UPDATE photo SET embedding = ? WHERE id = ?", changes)
        db.execute("UPDATE tower SET version = ?", (version,))

    def rename(self, old, new):
        """Give somebody another name; no byte of the old one stays in the file."""
        new = checked_name(new)
        with self.forgetting() as db:
            number, found = self.known(old), self.find(new)
            if found not in (None, number):
                raise GalleryError(f"{new!r} is enrolled already: choose another name.")
            change = "UPDATE person SET name = ?, key = ? WHERE id = ?"
            db.execute(change, (new, key(new), number))

    def remove(self, name):
        """Remove a person; returns how many photos this person had."""
        name, who = key(checked_name(name)), "FROM person WHERE key = ?"
        if not self.read(f"SELECT id {who}", name):
            self.wipe()  # a full disk may have prevented it before
            return 0
        with self.forgetting() as db:
            photos = f"DELETE FROM photo WHERE person IN (SELECT id {who})"
            count = db.execute(photos, (name,)).rowcount
            db.execute(f"DELETE {who}", (name,))
        return count
