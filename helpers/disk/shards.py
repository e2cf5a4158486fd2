"""Embeddings of many photos in a parquet file, which grows by parts that a kill spares.

While the work goes on each part is a small parquet file in a folder beside the result,
`faces.parquet.parts`, written whole or not at all; at the end they become one file, in
the order of the photos. What could not be embedded stands in a report beside it,
`faces.skipped.csv`, with the reason. No TensorFlow.
"""

import csv
import hashlib
import io
import shutil
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from helpers.disk.files import FULL, write_whole

NETWORK = b"network"  # the file's entry that says which network made the embeddings
ROWS = 65_536  # of the result that are written at one time
STORED = {"write_page_checksum": True, "compression": "zstd"}  # of a parquet file
AGAIN = "run the same command again"


class Shards:
    """The embeddings of many photos: those of a result, and those of its parts.

    Args:
        path: of the result, a parquet file; it need not be there.
        network: a name of what makes the embeddings, `Verifier.version`.
        features: length of an embedding.

    Raises:
        ValueError: a file is damaged, or another network made its embeddings.
        OSError: the folder cannot be written, or the disk is full.

    >>> import tempfile; path = Path(tempfile.mkdtemp()) / "faces.parquet"
    >>> shards = Shards(path, "ours", features=2)
    >>> shards.add(["b.jpg"], [b"1"], [[0.6, 0.8]], {"c.jpg": "it is empty."})
    >>> sorted(shards.done())
    ['b.jpg', 'c.jpg']
    >>> shards.finish(["b.jpg", "c.jpg"])
    (1, {'c.jpg': 'it is empty.'})
    """

    def __init__(self, path, network, features):
        self.path, self.network = Path(path), network
        self.parts = self.path.with_name(f"{self.path.name}.parts")
        self.report = self.path.with_suffix(".skipped.csv")
        self.schema = pa.schema(
            {
                "file": pa.string(),
                "digest": pa.binary(16),  # of the crop, as in a gallery
                "embedding": pa.list_(pa.float32(), features),
                "reason": pa.string(),  # why there is no embedding
            },
            {NETWORK: network.encode()},
        )

    @contextmanager
    def alone(self):
        """Keep other processes from writing to the same result; a kill lets go of it.

        Raises:
            ValueError: another one is writing.
        """
        with self._told():
            self.parts.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.parts / "lock", timeout=0)) as lock:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error as why:
                if why.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise ValueError(f"{self.parts} cannot be used: {why}.") from None
                raise ValueError(
                    f"Another process is writing to {self.path}: wait until it ends, "
                    "or name another file."
                ) from None
            yield
        if not any(self.parts.glob("*.parquet")):
            shutil.rmtree(self.parts)

    def add(self, files, digests, embeddings, skipped):
        """Keep the embeddings of some photos; they are on the disk when it returns.

        Args:
            files: names of photos. digests: bytes (16,) of each.
            embeddings: float (photo, feature).
            skipped: dict, name of a photo -> why it has none.
        """
        none = [None] * len(skipped)
        columns = {
            "file": [*files, *skipped],
            "digest": [*(digest.ljust(16) for digest in digests), *none],
            "embedding": [*embeddings, *none],
            "reason": [None] * len(files) + [*skipped.values()],
        }
        table = pa.table(columns, self.schema)
        mark = hashlib.blake2b("\n".join(columns["file"]).encode(), digest_size=8)
        self._write(self.parts / f"{mark.hexdigest()}.parquet", table)

    def done(self):
        """The names of all photos that need not be embedded again, as a set."""
        found = self._kept(["file"])["file"].to_pylist()
        return {*found, *self._skipped()}

    def finish(self, files):
        """Make the result of all parts, in the order of `files`, and the report.

        Photos that the result holds from before, and that are not among these, follow.
        All rows are in memory meanwhile, 1 GB a million photos.

        Args:
            files: names of photos, all of them done.

        Returns:
            Number of embeddings in the result; dict, photo -> why it has none.
        """
        whole, reasons = self._kept(), self._skipped()
        names, whys = (whole[name].to_pylist() for name in ("file", "reason"))
        reasons |= {name: why for name, why in zip(names, whys) if why}
        row = {name: n for n, name in enumerate(names)}
        every = dict.fromkeys([*files, *names])  # each once, in this order
        order = [row[name] for name in every if name in row and name not in reasons]
        text = io.StringIO(newline="")
        csv.writer(text).writerows([("file", "reason"), *sorted(reasons.items())])
        with self._told():
            write_whole(self.report, lambda file: file.write(text.getvalue().encode()))
        self._write(self.path, whole.drop_columns("reason"), order)
        for part in self.parts.glob("*.parquet"):
            part.unlink()
        return len(order), reasons

    def _write(self, path, table, order=None):
        """Write rows of a table, all of them where no order is given."""

        def write(file):
            with pq.ParquetWriter(file, table.schema, **STORED) as writer:
                for n in range(0, len(order), ROWS):
                    writer.write_table(table.take(order[n : n + ROWS]))

        order = list(range(len(table))) if order is None else order
        with self._told():
            write_whole(path, write)

    def _kept(self, columns=None):
        """What the result and its parts hold, as a table."""
        paths = [path for path in [self.path] if path.exists()]
        paths += sorted(self.parts.glob("[!.]*.parquet"))
        tables = [read(path, self.network, columns) for path in paths]
        empty = self.schema.empty_table().select(columns or self.schema.names)
        return pa.concat_tables([empty, *tables], promote_options="default")

    def _skipped(self):
        """What the report says: dict, name of a photo -> why it was skipped."""
        if not self.report.exists():
            return {}
        with open(self.report, encoding="utf-8", newline="") as file:
            return dict(row for row in csv.reader(file) if row != ["file", "reason"])

    @contextmanager
    def _told(self):
        """Say in a sentence what the disk refuses."""
        try:
            yield
        except OSError as why:
            full = why.errno in FULL
            reason = "the disk is full" if full else why.strerror
            what = "Free some space" if full else "Mend that"
            raise OSError(
                f"{self.path} cannot be written ({reason}); what was embedded before "
                f"is kept. {what} and {AGAIN}."
            ) from None


def read(path, network=None, columns=None):
    """Read a parquet file of embeddings, checked.

    Args:
        path: of the file.
        network: the `Verifier.version` that must have made them, or None for any.
        columns: names of those to read, or None for all.

    Returns:
        A `pyarrow.Table` with file, digest and embedding.

    Raises:
        ValueError: it is damaged, or another network made the embeddings.
    """
    try:
        how = {"columns": columns, "page_checksum_verification": True}
        table = pq.read_table(path, partitioning=None, **how)
        made_by = network_of(table)
        if columns is None:
            table.select(["file", "digest", "embedding"])
    except (pa.ArrowException, OSError, KeyError) as why:
        raise ValueError(
            f"{path} is damaged, or no output of `embed` ({type(why).__name__}): "
            f"delete it or move it away, and {AGAIN}; its photos are then embedded "
            "again."
        ) from None
    if network not in (None, made_by):
        raise ValueError(
            f"{path} holds embeddings of another network ({made_by}, not {network}): "
            "name another file, or the weights that made it."
        )
    return table


def network_of(table):
    """The `Verifier.version` of what made the embeddings."""
    return (table.schema.metadata or {})[NETWORK].decode()


def embeddings_of(table):
    """The embeddings as one array, float32 (photo, feature)."""
    column = table["embedding"].combine_chunks()
    return column.flatten().to_numpy().reshape(len(table), column.type.list_size)
