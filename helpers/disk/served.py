"""A gallery's people on a PostgreSQL server with pgvector, for many who write at once.

What `writing` confirmed is on the server's disk; what it did not confirm never
happened. Writers wait for each other only where they change one person.

Who is forgotten is in no row, index or dead tuple. PostgreSQL alone leaves the bytes of
deleted rows where they were, and so does its VACUUM; VACUUM FULL writes new files,
which stay for ever where the server is killed meanwhile. So people lie in 32 parts,
each of which has two tables, one of them empty: what is left of a part is copied to the
other table, and the first one is truncated. A kill leaves at most rows in the table
that counts as empty, which is truncated before it is used. Names and embeddings are
kept out of the planner's statistics.

The server's log of changes (WAL) is ended and removed as well, where the server is set
up for it: see `disk/ended.py`. Else `remains` says what an administrator has to do.
Copies made elsewhere are out of reach: an archive of the log, replicas, backups,
and what a disk keeps of removed files. An enrolment that was cut off may leave bytes of
a person who was never enrolled, until somebody of the same part is forgotten.
"""

import logging
import threading
import time
import zlib
from contextlib import contextmanager, suppress

import numpy as np
import psycopg
from pgvector import Vector
from pgvector.psycopg import register_vector
from psycopg import errors

from helpers.disk import ended
from helpers.disk.names import key
from helpers.disk.people import EVERYTHING, FORMAT, HERS, People, checked_name
from helpers.disk.store import GalleryError

logging.getLogger("psycopg").addHandler(logging.NullHandler())  # errors are told once
PARTS = 32  # each is written anew when one of its people is forgotten
LOCK = 0x53464143  # of PostgreSQL's advisory locks: who makes the tables
PATIENCE = "100ms"  # to lock a table; less than the second after which others give up
PAUSE = 0.01  # seconds between two tries
SCHEMA = (
    "CREATE SCHEMA gallery",
    "CREATE TABLE format (version int NOT NULL)",
    f"INSERT INTO format VALUES ({FORMAT})",
    "CREATE TABLE tower (version text, one bool PRIMARY KEY DEFAULT true CHECK (one))",
    # slot: the table of the two that holds a part; due, done: see `wipe`
    "CREATE TABLE part (part int PRIMARY KEY, slot int, due bigint, done bigint)",
    f"INSERT INTO part SELECT n, 2 * n, 0, 0 FROM generate_series(-1, {PARTS - 1}) n",
    # which person changed in which transaction
    "CREATE TABLE change (person bigint, part int,"
    " at xid8 DEFAULT pg_current_xact_id())",
    "CREATE INDEX ON change (at)",
    "CREATE SEQUENCE number",
    "CREATE TABLE person (slot int, id bigint DEFAULT nextval('number'),"
    " name text NOT NULL, key text, added text NOT NULL, template vector,"
    " PRIMARY KEY (key, slot)) PARTITION BY LIST (slot)",
    "CREATE INDEX ON person (id)",
    "CREATE TABLE photo (slot int, id bigint DEFAULT nextval('number'),"
    " person bigint, digest bytea, time text NOT NULL, embedding bytea NOT NULL,"
    " crop bytea, PRIMARY KEY (person, digest, slot)) PARTITION BY LIST (slot)",
    "CREATE INDEX ON photo (id)",
    *(
        f"CREATE TABLE {table}_{slot} PARTITION OF {table} FOR VALUES IN ({slot})"
        for table in ("person", "photo")
        for slot in range(2 * PARTS)
    ),
    # in the planner's statistics there would be names, out of reach of `wipe`
    *(
        f"ALTER TABLE {table} ALTER {column} SET STATISTICS 0"
        for table, columns in (
            ("person", ("name", "key", "template")),
            ("photo", ("digest", "embedding", "crop")),
        )
        for column in columns
    ),
)
# A table at a time is asked for what it holds: one that is not asked takes no time.
TOGETHER = "photo.slot = person.slot AND person = person.id"
SOME = "person.slot = ANY (?) AND photo.slot = ANY (?)"
CUT = (
    "does not answer any more: the call it was working on is either done wholly or not "
    "at all. Look, then ask again."
)
FAULTS = {  # SQLSTATE, or its first two letters, as the second half of a sentence
    "08": CUT,
    "25006": "may only be read: name the server to which the others copy.",
    "28": "does not let you in: check the user and the password in the URL.",
    "3D000": "is no database of that server: create it there, or correct the URL.",
    "40": "is in use by others who write the same people: try again.",
    "42": "has other tables than this course makes, or the user may not use them: name "
    "another database, or ask who runs the server.",
    "53100": "cannot grow, the server's disk is full: free some space there and try "
    "again.",
    "53": "has no room for one more connection, or no memory: try again later.",
    "55": "is in use by others who write: try again.",
    "57": CUT,
    "58": "cannot be read or written, says the server's disk: ask who runs the server.",
    "XX": "is damaged: put back a copy that export wrote, or enrol the people again.",
}
MISSING = (
    "lacks pgvector: install it on the server, then let an administrator say CREATE "
    "EXTENSION vector in this database."
)


class Asked:
    """A connection that is asked as SQLite is: `?` stands for a value."""

    def __init__(self, db):
        self.db = db

    def execute(self, question, values=()):
        question = question.replace("?", "%s") if values else question
        return self.db.execute(question, values or None, binary=True)

    def executemany(self, question, rows):
        cursor = self.db.cursor()
        cursor.executemany(question.replace("?", "%s"), rows)
        return cursor


class Served(People):
    """The people of a gallery that is on a server; for several threads at once.

    Args:
        place: a `places.Server`. The tables are made if there are none.
        wait: seconds to wait for the server, and for others who are writing.

    Attributes:
        mean: makes a template, (feature,), of embeddings, float32 (photo, feature); it
            is kept beside the person, for `search`.

    Raises:
        GalleryError: it cannot be used; the sentence says why. It is unchanged.
    """

    together = TOGETHER

    def __init__(self, place, wait=10.0):
        self.path, self.wait, self.mean = place, wait, None
        self.lock, self.db, self.closed = threading.RLock(), None, False
        try:
            with self._told():
                pass
        except BaseException:
            self.close()
            raise

    def close(self):
        """Let go of the server."""
        with self.lock:
            self.closed = True
            if self.db is not None:
                self.db.close()

    def read(self, question, *values):
        """The rows that answer a question, as a list of tuples."""
        with self._told():
            return Asked(self.db).execute(question, values).fetchall()

    @contextmanager
    def writing(self):
        """One change: whole and on the disk afterwards, or, if anything fails, none."""
        with self._told(), self.db.transaction():
            yield Asked(self.db)

    @contextmanager
    def alone(self):
        """`writing`, and nobody else writes meanwhile."""
        with self.writing() as db:
            db.execute("LOCK TABLE part IN EXCLUSIVE MODE")
            yield db

    def insert(self, db, rows, version):
        """Store rows as EVERYTHING gives them: see `People.insert`."""
        people, photos = {}, {}
        for name, added, *photo in rows:
            people.setdefault(key(name), (name, added))
            photos.setdefault((key(name), photo[0]), photo)  # each once
        slots = self._slots(db, {part_of(one) for one in people})
        db.execute("INSERT INTO tower VALUES (?) ON CONFLICT DO NOTHING", (version,))
        self.check_tower(version)
        means = self._means([(one, photo[2]) for (one, _), photo in photos.items()])
        db.executemany(
            "INSERT INTO person (slot, key, name, added, template)"
            " VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (slot, key) DO UPDATE SET template = NULL",  # and locks it
            [(slots[part_of(one)], one, *people[one], means[one]) for one in people],
        )
        count = db.executemany(
            "INSERT INTO photo (slot, person, digest, time, embedding, crop)"
            " SELECT slot, id, ?, ?, ?, ? FROM person WHERE slot = ? AND key = ?"
            " ON CONFLICT DO NOTHING",
            [(*photo, slots[part_of(one)], one) for (one, _), photo in photos.items()],
        ).rowcount
        self._changed(db, list(people), list(slots.values()))
        return count

    def replace(self, db, changes, version):
        """Store other embeddings: see `People.replace`."""
        super().replace(db, changes, version)
        db.execute("UPDATE person SET template = NULL")
        keys, slots = zip(*self.read("SELECT key, slot FROM person"))
        self._changed(db, list(keys), list({*slots}))

    def _means(self, photos):
        """{person: template} of (person, embedding's bytes)."""
        found = {}
        for one, blob in photos:
            found.setdefault(one, []).append(np.frombuffer(blob, "<f4"))
        return {one: Vector(self.mean(np.stack(rows))) for one, rows in found.items()}

    def _changed(self, db, *keys_and_slots):
        """Make templates that are missing, and tell other clients, while `writing`."""
        these = "key = ANY (?) AND person.slot = ANY (?)"
        rows = db.execute(
            "SELECT person.slot, person.id, embedding FROM person JOIN photo"
            f" ON {TOGETHER} WHERE template IS NULL AND {these} ORDER BY photo.id",
            keys_and_slots,
        )
        means = self._means(((slot, number), blob) for slot, number, blob in rows)
        db.executemany(
            "UPDATE person SET template = ? WHERE slot = ? AND id = ?",
            [(mean, *who) for who, mean in means.items()],
        )
        change = "INSERT INTO change SELECT id, slot / 2 FROM person WHERE"
        db.execute(f"{change} {these}", keys_and_slots)

    def rename(self, old, new):
        """Give somebody another name, and leave nothing of the old one."""
        new = checked_name(new)
        with self.forgetting(old, new) as (db, slots):
            number, found = self.known(old), self.find(new)
            if found not in (None, number):
                raise GalleryError(f"{new!r} is enrolled already: choose another name.")
            to = slots[part_of(key(new))]
            who = "slot = ANY (?) AND {} = ?"
            here = list(slots.values()), number
            change = "UPDATE photo SET slot = ? WHERE " + who.format("person")
            db.execute(change, (to, *here))
            change = "UPDATE person SET slot = ?, name = ?, key = ? WHERE "
            db.execute(change + who.format("id"), (to, new, key(new), *here))
            self._note(db, [(number, part) for part in slots])

    def remove(self, name):
        """Remove a person; returns how many photos this person had."""
        if self.find(name) is None:
            self.wipe()  # a kill may have prevented it before
            return 0
        with self.forgetting(name) as (db, slots):
            (slot,), number = slots.values(), self.find(name)
            photos = "DELETE FROM photo WHERE slot = ? AND person = ?"
            count = db.execute(photos, (slot, number)).rowcount
            db.execute("DELETE FROM person WHERE slot = ? AND id = ?", (slot, number))
            self._note(db, [(number, slot // 2)])
        return count

    @contextmanager
    def forgetting(self, *names):
        """`writing`, and nothing of what it removed stays: see `wipe`.

        Args:
            names: all that are changed, old and new.

        Yields:
            what `writing` yields, {part: its table's number}.
        """
        parts = sorted({part_of(key(checked_name(name))) for name in names})
        due = "UPDATE part SET due = due + 1 WHERE part = ANY (?)"
        self.read(f"{due} RETURNING 1", parts)  # even if this is cut off in the middle
        with self.writing() as db:
            yield db, self._slots(db, parts, "UPDATE")
            db.execute(due, (parts,))
        self._wiped()

    def wipe(self):
        """Write each part anew from which anything was removed, then end the log.

        Counts, not a flag: whoever is killed before the end, and whoever removes
        something in the meantime, leaves it due. Part -1 is the server's log.
        """
        due = "SELECT part FROM part WHERE done < due AND part >= 0 ORDER BY part"
        for (part,) in self.read(due):
            self._patiently(self._empty, part)
            self._patiently(self._renew, part)
        for (due,) in self.read("SELECT due FROM part WHERE part = -1 AND done < due"):
            with self._told():
                gone = ended.end(self.db)
            if gone:
                done = "UPDATE part SET done = ? WHERE part = -1 AND done < ?"
                self.read(f"{done} RETURNING 1", due, due)

    def remains(self):
        """What the server's log may hold of the forgotten: a sentence, or None."""
        due = self.read("SELECT 1 FROM part WHERE part = -1 AND done < due")
        with self._told():
            return ended.remains(self.db, bool(due))

    def check(self):
        """The server looks after its pages: it says so where one is not sound."""
        self.read("SELECT count(*) FROM person")

    def changed(self, since):
        """What has changed since an earlier call: see `People.changed`."""
        horizon, known = since or (0, set())
        rows = self.read(  # what ended later than `horizon`; at least one row
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, person,"
            " part, at::text::bigint FROM (SELECT 1) one LEFT JOIN change"
            " ON at >= ?::text::xid8 AND ?",
            str(horizon),
            since is not None,
        )
        changes = {row[1:] for row in rows if row[1] is not None}
        state, new = (rows[0][0], changes), changes - known
        question = EVERYTHING.replace(", crop", ", person.id")
        question = question.replace("person = person.id", TOGETHER)
        if since is None:
            return state, True, (), self.read(question)
        if not new:
            return state, False, (), ()
        ids = list({person for person, _, _ in new})
        slots = slots_of({part for _, part, _ in new})
        some = f"{TOGETHER} WHERE person.id = ANY (?) AND {SOME}"
        found = self.read(question.replace(TOGETHER, some), ids, slots, slots)
        return state, False, set(ids) - {row[5] for row in found}, found

    def find(self, name):
        """The number of a person, or None."""
        question = "SELECT id FROM person WHERE key = ? AND slot = ANY (?)"
        hers = key(checked_name(name))
        rows = self.read(question, hers, slots_of([part_of(hers)]))
        return rows[0][0] if rows else None

    def hers(self, name):
        """Rows of a person's photos, as EVERYTHING gives them."""
        hers = key(checked_name(name))
        slots = slots_of([part_of(hers)])
        question = HERS.replace("person = person.id", TOGETHER)
        question = question.replace("key = ?", f"key = ? AND {SOME}")
        return self.read(question, hers, slots, slots)

    def search(self, probe, count=8):
        """The people most alike, as pgvector finds them in the database.

        It looks at everybody's template, so that the nearest is among them.

        Args:
            probe: float32 (feature,), of length 1.

        Returns:
            ids, names, templates float32 (person, feature).
        """
        rows = self.read(
            "SELECT id, name, template FROM person ORDER BY template <#> ? LIMIT ?",
            Vector(probe),
            count,
        )
        templates = np.array([row[2].to_numpy() for row in rows], np.float32)
        ids, names = [row[0] for row in rows], [row[1] for row in rows]
        return ids, names, templates.reshape(len(rows), len(probe))

    def _note(self, db, changes):
        """Tell the other clients who changed: (number of a person, part)."""
        db.executemany("INSERT INTO change VALUES (?, ?)", changes)

    def _slots(self, db, parts, how="SHARE"):
        """{part: the number of its table}, which nobody changes while `writing`."""
        question = "SELECT part, slot FROM part WHERE part = ANY (?) ORDER BY part"
        return dict(db.execute(f"{question} FOR {how}", (list(parts),)).fetchall())

    def _patiently(self, call, part):
        """Try until nobody else uses the tables that the call locks."""
        end = time.monotonic() + self.wait
        while True:
            try:
                with self._told(), self.db.transaction():
                    self.db.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
                    return call(part)
            except GalleryError as error:
                busy = isinstance(error.__cause__, errors.LockNotAvailable)
                if not busy or time.monotonic() > end:
                    raise
                time.sleep(PAUSE)

    def _slot(self, part):
        """A part's table, where nobody writes until the transaction ends, and `due`."""
        question = "SELECT slot, due FROM part WHERE part = %s AND done < due"
        return self.db.execute(f"{question} FOR UPDATE", [part]).fetchone()

    def _empty(self, part):
        """Truncate the table that counts as empty: a kill may have left rows there."""
        if found := self._slot(part):
            other = found[0] ^ 1
            self.db.execute(f"TRUNCATE ONLY person_{other}, ONLY photo_{other}")

    def _renew(self, part):
        """Copy what is left of a part to its other table; truncate the first one."""
        if not (found := self._slot(part)):
            return
        slot, due = found
        other = slot ^ 1
        self.db.execute(f"LOCK TABLE person_{slot}, photo_{slot}")
        for table, columns in (
            ("person", "id, name, key, added, template"),
            ("photo", "id, person, digest, time, embedding, crop"),
        ):
            self.db.execute(
                f"INSERT INTO {table}_{other} (slot, {columns})"
                f" SELECT {other}, {columns} FROM {table}_{slot} ORDER BY id"
            )
        self.db.execute(f"TRUNCATE ONLY person_{slot}, ONLY photo_{slot}")
        change = "UPDATE part SET slot = %s, done = %s WHERE part = %s"
        self.db.execute(change, [other, due, part])
        self.db.execute("UPDATE part SET due = due + 1 WHERE part = -1")

    def _connect(self):
        """A connection to the server, whose tables are there."""
        settings = {"connect_timeout": max(2, round(self.wait)), "autocommit": True}
        try:
            self.db = psycopg.connect(self.path.url, **settings)
        except psycopg.OperationalError as error:
            raise GalleryError(f"{self.path} {unreachable(error)}") from error
        except psycopg.Error:  # its words may hold a part of the password
            raise GalleryError(
                f"{self.path} has an option that is none: correct the URL."
            ) from None
        wait = f"SET lock_timeout = {round(1000 * self.wait) or 1}"
        self.db.execute(f"{wait}; SET search_path = gallery, public")
        self.db.execute("SET enable_partitionwise_join = on; SET jit = off")
        self._extended()
        self._open()
        register_vector(self.db)
        with suppress(GalleryError, psycopg.Error):  # it can be read all the same
            self.wipe()

    def _extended(self):
        """See that the server has pgvector."""
        if not self.db.execute(
            "SELECT 1 FROM pg_type WHERE typname = 'vector'"
        ).rowcount:
            try:
                with self.db.transaction():
                    self.db.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
                    self.db.execute("CREATE EXTENSION IF NOT EXISTS vector")
            except psycopg.Error as error:
                raise GalleryError(f"{self.path} {MISSING}") from error

    def _open(self):
        """Make the tables if there are none; look whether they are ours."""
        there = "SELECT 1 FROM pg_namespace WHERE nspname = 'gallery'"
        if not self.db.execute(there).rowcount:
            with self.db.transaction():
                self.db.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
                if not self.db.execute(there).rowcount:  # nobody else was faster
                    self.db.execute(";".join(SCHEMA))
        if self.db.execute("SELECT to_regclass('gallery.format')").fetchone() == (
            None,
        ):
            raise GalleryError(
                f"{self.path} has a schema `gallery` of another program: name another "
                "database."
            )
        (found,) = self.db.execute("SELECT version FROM format").fetchone()
        if found != FORMAT:
            raise GalleryError(
                f"{self.path} is of format {found}, this course reads format {FORMAT}: "
                "use the course that made it."
            )

    @contextmanager
    def _told(self):
        """One thread at a time, connected, and the server's errors as sentences."""
        with self.lock:
            if self.closed:
                raise GalleryError(f"{self.path} was closed: open it again.")
            try:
                if self.db is None or self.db.closed:
                    self._connect()
                yield
            except psycopg.Error as error:
                raise GalleryError(f"{self.path} {fault(error)}") from error


def part_of(hers):
    """Which part a person is in, 0..31.

    Args:
        hers: the key of the person's name, see `names.key`.

    >>> part_of("ann")
    19
    """
    return zlib.crc32(hers.encode()) % PARTS


def slots_of(parts):
    """The numbers of the tables of some parts."""
    return [slot for part in parts for slot in (2 * part, 2 * part + 1)]


def fault(error):
    """An error of the server as the second half of a sentence."""
    state = error.sqlstate or "08"  # without one, the connection broke
    why = FAULTS.get(state) or FAULTS.get(state[:2])
    return why or f"cannot be used, says the server (code {state}): ask who runs it."


def unreachable(error):
    """Why there is no connection, as the second half of a sentence."""
    said = str(error)
    if "FATAL:" not in said:
        return (
            "cannot be reached: start the server, or correct host and port in the URL."
        )
    if error.pgconn is not None and "database" in said and "does not exist" in said:
        return FAULTS["3D000"]
    if "too many" in said or "reserved" in said:
        return FAULTS["53"]
    if "starting up" in said or "shutting down" in said or "recovery" in said:
        return "is starting or ending: try again in a moment."
    return FAULTS["28"]
