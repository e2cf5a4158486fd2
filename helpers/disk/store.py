"""A SQLite file that a kill cannot damage and that really forgets.

What `writing` confirmed is on the disk, whatever is killed next; what it did not
confirm never happened. Several processes and threads may use one file. SQLite's
rollback journal does all this. (Its other way, WAL, keeps copies of rows in a second
file and cannot read in a folder that is read-only.)

What `forgetting` removed is in no byte of the file. SQLite alone does not see to that:
deleted rows stay where they were; with `secure_delete` they are overwritten, but not
each place that SQLite had moved them from: of 6,000 people, something was left of 11,
of 4 the whole name. So the file is then written anew (VACUUM), and nothing was. What a
disk or a backup keeps is out of reach.
"""

import sqlite3
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

WIPES = "CREATE TABLE wipes (due INTEGER, done INTEGER)"
SETTINGS = (
    "synchronous = EXTRA",  # each commit reaches the disk, the folder's list too
    "fullfsync = ON",  # on macOS as well
    "secure_delete = ON",
    "temp_store = MEMORY",  # no copy of a row in a temporary file
    "trusted_schema = OFF",  # the file may come from somebody else
)
PAUSE = 0.002  # seconds between two tries to lock the file
DAMAGED = "is damaged: put back a copy that export wrote, or enrol the people again."
FAULTS = {  # SQLite's error codes as the second half of a sentence
    0: "was closed: open it again.",
    sqlite3.SQLITE_BUSY: "is in use by another program: try again, or close it there.",
    sqlite3.SQLITE_READONLY: "may only be read: change the permissions of the file and "
    "its folder, or work on a copy.",
    sqlite3.SQLITE_READONLY_ROLLBACK: "was cut off while writing and may only be read: "
    "copy it, and the -journal beside it, to a folder where you may write.",
    sqlite3.SQLITE_READONLY_DBMOVED: "was moved or removed while it was open: open it "
    "again where it is now.",
    sqlite3.SQLITE_FULL: "cannot grow, the disk is full: free some space and try "
    "again.",
    sqlite3.SQLITE_IOERR: "cannot be read or written, says the disk: try again, or "
    "work on a copy elsewhere.",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that its folder exists, that "
    "you may write there, and that it is no folder itself.",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: "is no gallery: name the file of one, or a new file.",
}


class GalleryError(ValueError):
    """What is wrong with a gallery, and what to do about it: one sentence."""


class Store:
    """A SQLite file with the tables of a schema.

    Args:
        path: the file; made if there is none. ":memory:" is none.
        schema: the CREATE statements of its tables.
        application, version: int, what the header of such a file says.
        wait: seconds to wait for another process that is writing.

    Raises:
        GalleryError: it cannot be used; the sentence says why. It is unchanged.

    >>> store = Store(":memory:", ["CREATE TABLE word (text)"], 7, 1)
    >>> with store.writing() as db: _ = db.execute("INSERT INTO word VALUES ('pair')")
    >>> store.read("SELECT text FROM word")
    [('pair',)]
    """

    def __init__(self, path, schema, application, version, wait=10.0):
        self.path, self.schema = Path(path), sorted([*schema, WIPES])
        self.lock, self.writes, self.wait = threading.RLock(), 0, wait
        how = {"isolation_level": None, "check_same_thread": False, "timeout": 0}
        with self._told():
            self.db = sqlite3.connect(self.path, **how)
        try:
            self._open(application, version)
        except BaseException:
            self.close()
            raise

    def close(self):
        """Let go of the file."""
        with self.lock:
            self.db.close()

    def read(self, question, *values):
        """The rows that answer a question, as a list of tuples."""
        with self._told():
            return self._run(question, *values).fetchall()

    def state(self):
        """Something that is another after each change, of any process."""
        return self.read("PRAGMA data_version"), self.writes

    @contextmanager
    def writing(self):
        """One change: whole and on the disk afterwards, or, if anything fails, none."""
        with self._told():
            self._run("BEGIN IMMEDIATE")  # from here on nobody else writes
            try:
                yield self.db
                self._run("COMMIT")
                self.writes += 1
            finally:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")

    alone = writing  # on a server, more than one may be writing

    @contextmanager
    def forgetting(self):
        """`writing`, and no byte of what it removed stays in the file."""
        with self.writing() as db:
            db.execute("UPDATE wipes SET due = due + 1")
            yield db
        self._wiped()

    def _wiped(self):
        """`wipe` after something was removed, and say so if it cannot be done now."""
        try:
            self.wipe()
        except GalleryError as why:
            raise GalleryError(
                f"It is removed, but traces may be left until you open {self.path} "
                f"again: {why}"
            ) from why

    def wipe(self):
        """Write the file anew if anything was removed since this was last done.

        It needs as much room on the disk as the file has, and half a second for 10,000
        people. Counts, not a flag: whoever is killed before the end, and whoever
        removes something in the meantime, leaves it due.
        """
        with self._told():
            for due in self.read("SELECT due FROM wipes WHERE done < due"):
                self._run("VACUUM")
                self._run("UPDATE wipes SET done = ? WHERE done < ?", *due, *due)
                time.sleep(5 * PAUSE)  # who waited all this time comes first now

    def check(self):
        """Raise GalleryError unless each page of the file is sound."""
        if self.read("PRAGMA integrity_check(1)") != [("ok",)]:
            raise GalleryError(f"{self.path} {DAMAGED}")

    def content(self):
        """The bytes of the whole file."""
        with self._told():
            return self.db.serialize()

    def _open(self, application, version):
        for setting in SETTINGS:
            self.read(f"PRAGMA {setting}")
        if not self._tables():
            with self.writing() as db:
                if not self._tables():  # no other process was faster
                    for table in self.schema:
                        db.execute(table)
                    db.execute("INSERT INTO wipes VALUES (0, 0)")
                    db.execute(f"PRAGMA application_id = {application}")
                    db.execute(f"PRAGMA user_version = {version}")
        if self.read("PRAGMA application_id") != [(application,)]:
            raise GalleryError(
                f"{self.path} belongs to another program: name the file of a gallery, "
                "or a new one."
            )
        ((found,),) = self.read("PRAGMA user_version")
        if found != version:
            raise GalleryError(
                f"{self.path} is of format {found}, this course reads format "
                f"{version}: use the course that wrote it."
            )
        if self._tables() != self.schema:
            raise GalleryError(f"{self.path} {DAMAGED}")
        with suppress(GalleryError):  # it can be read all the same
            self.read("PRAGMA journal_mode = DELETE")
            self.wipe()

    def _tables(self):
        rows = self.read("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
        return sorted(sql for (sql,) in rows)

    def _run(self, statement, *values):
        """Execute a statement, after the other processes.

        SQLite would ask ten times a second whether it may; another process that writes
        without a pause leaves shorter gaps than that.
        """
        end = time.monotonic() + self.wait
        while True:
            try:
                return self.db.execute(statement, values)
            except sqlite3.OperationalError as error:
                busy = code(error) & 255 == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() > end:
                    raise
                time.sleep(PAUSE)

    @contextmanager
    def _told(self):
        """One thread at a time, and SQLite's errors as sentences."""
        with self.lock:
            try:
                yield
            except sqlite3.Error as error:
                number = code(error)
                why = FAULTS.get(number) or FAULTS.get(number & 255)
                why = why or f"cannot be used, says SQLite ({error}): try a copy of it."
                raise GalleryError(f"{self.path} {why}") from error


def code(error):
    """SQLite's number of an error; where Python itself raised it, one that fits."""
    closed = isinstance(error, sqlite3.ProgrammingError)
    return getattr(error, "sqlite_errorcode", 0 if closed else sqlite3.SQLITE_CORRUPT)
