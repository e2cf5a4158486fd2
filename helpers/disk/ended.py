"""The log of changes (WAL) of a PostgreSQL server: ended and removed, or what it holds.

It holds all that was written since the last checkpoint, names and templates among it,
and old files of it stay until they are written over. It is gone when the server runs
with `wal_recycle = off` and the role may end it, for which an administrator says in the
gallery's database

    GRANT pg_checkpoint TO role; GRANT EXECUTE ON FUNCTION pg_switch_wal() TO role

As PostgreSQL comes, `wal_recycle` is on: an old file gets another name and waits, with
all its bytes, to be used again. Who turns it off later has to use these files up as
well, as `REUSES` says: a role without special rights cannot see whether there are any.
"""

from psycopg import errors

STEPS = "CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT"
RECYCLED = "SELECT current_setting('wal_recycle', true) = 'on'"
KEPT = (
    "SELECT coalesce(current_setting('wal_keep_size', true), '0') <> '0'"
    " OR current_setting('archive_mode') <> 'off'"
    " OR EXISTS (SELECT FROM pg_replication_slots)"
)
MAY = "The database server's log may still hold bytes of who was forgotten"
REUSES = (
    f"{MAY}: in psql an administrator runs `ALTER SYSTEM SET wal_recycle = off; SELECT "
    "pg_reload_conf();`, then, once for each file in pg_wal, `SELECT pg_switch_wal(); "
    "CHECKPOINT;`."
)
NOT_ALLOWED = (
    f"{MAY}: in psql an administrator runs `CHECKPOINT; SELECT pg_switch_wal(); "
    "CHECKPOINT;`, or in the gallery's database, so that your role may, `GRANT "
    "pg_checkpoint TO role; GRANT EXECUTE ON FUNCTION pg_switch_wal() TO role;`."
)
COPIES = (
    f"{MAY}, for it is kept for replicas or an archive: ask who runs the server to "
    "delete what is kept."
)


def end(db):
    """End the log and remove what it holds so far.

    Args:
        db: a connection of psycopg, outside of a transaction.

    Returns:
        Whether it was done; not where the role may not, or the server reuses its files.
    """
    if db.execute(RECYCLED).fetchone()[0]:
        return False
    try:
        for step in STEPS:
            db.execute(step)
    except errors.InsufficientPrivilege:
        return False
    return True


def remains(db, due):
    """What the log may hold of those who were forgotten.

    Args:
        db: a connection of psycopg.
        due: whether `end` has still to be done.

    Returns:
        A sentence with what an administrator does; None where nothing is left.
    """
    if db.execute(RECYCLED).fetchone()[0]:
        return REUSES
    if due:
        return NOT_ALLOWED
    return COPIES if db.execute(KEPT).fetchone()[0] else None
