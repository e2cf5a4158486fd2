"""Embed very many photos, by several processes at once: `python -m helpers embed`.

Dask hands the photos out, a few dozen at a time, to workers that each have a network
and one thread of the processor. What comes back is written at once (`disk/shards.py`),
so that a kill of the whole costs what was in the workers' hands; what was in the hands
of a worker that is killed is given to another. Dask's workers can be reached from this
machine alone, but by everybody who has an account on it.
"""

import functools
import hashlib
import itertools
import logging
import os
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import dask
import numpy as np
from distributed import Client, KilledWorker, LocalCluster, as_completed

from helpers.app.naming import person_of
from helpers.datasets import MissingData, PhotoError
from helpers.disk.people import People, now
from helpers.disk.shards import Shards, embeddings_of, network_of, read
from helpers.sources.folders import listed
from helpers.sources.reading import local
from helpers.verifier import Verifier, closeup_of

AT_ONCE = 64  # photos that a worker is handed
AHEAD = 3  # times that many are on their way to each worker
EVERY = 10  # seconds between two lines of progress


class Embedded(NamedTuple):
    """What `embed_many` did.

    Attributes:
        photos: how many embeddings the file holds now.
        new: how many of them this run made.
        skipped: dict, photo -> why it has none; as in the report beside the file.
        seconds: that this run took, from the start of its workers.
    """

    photos: int
    new: int
    skipped: dict[str, str]
    seconds: float


def photos_in(path, as_list=False):
    """The files to embed, in order, each once.

    Args:
        path: a folder, of which all files are taken, those in folders inside it too; or
            a text file that names one a line.
        as_list: whether it is such a text file.

    Returns:
        Paths, as a list of str.

    Raises:
        MissingData, PhotoError: there is none; the sentence says why.
    """
    path = local(path)
    if not path.exists():
        raise MissingData(f"There is no {path}. Check its spelling.")
    if path.is_dir() == as_list:
        reason = "it is a folder" if as_list else "it is a file"
        remedy = "Leave --list out" if as_list else "Name a folder, or add --list"
        raise PhotoError(f"{reason}. {remedy}.", path)
    if as_list:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            reason = "it is no text in UTF-8. Write the name of a photo on each line."
            raise PhotoError(reason, path) from None
        found = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
    else:
        found = [str(file) for file in files_in(path)]
    if not found:
        raise PhotoError("there is no photo in it. Name another.", path)
    return found


def files_in(folder):
    """Yield the files in a folder and in those inside it, in natural order."""
    for path in listed(folder) or []:
        if path.is_dir() and not path.is_symlink():
            yield from files_in(path)
        elif not path.is_dir():
            yield path


@functools.cache
def verifier_of(weights):
    """The verifier of this process, read once."""
    return Verifier.load(weights)


def embed_some(files, weights):
    """What a worker does: embed some photos, and say which it cannot, and why.

    Returns:
        files; digests, bytes (16,) of each crop; embeddings, float32 (photo, feature);
        skipped, dict: file -> reason.
    """
    verifier, crops, skipped = verifier_of(weights), {}, {}
    for file in files:
        try:
            file.encode()  # else parquet cannot hold its name
            crops[file] = closeup_of(file, card=verifier.card).image
        except Exception as why:  # whatever it is, the other photos do not suffer
            name = file.encode(errors="backslashreplace").decode()
            skipped[name] = " ".join(str(getattr(why, "reason", why)).split())
    none = np.zeros((0, *verifier.tower.input_shape[1:]), np.uint8)
    stacked = np.stack([*crops.values()]) if crops else none
    digests = [hashlib.blake2b(crop, digest_size=16).digest() for crop in stacked]
    return [*crops], digests, verifier.embed_crops(stacked), skipped


@contextmanager
def cluster(workers):
    """Dask's client of so many processes of this machine, with one thread each."""
    threads = "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"
    alone = dict.fromkeys([*threads, "OPENCV_FOR_THREADS_NUM"], "1")
    how = {
        "threads_per_worker": 1,
        "dashboard_address": "127.0.0.1:0",
        "memory_limit": 0,
    }
    how |= {"silence_logs": logging.CRITICAL, "env": alone}
    with dask.config.set({"distributed.scheduler.allowed-failures": 1}):
        with LocalCluster(workers, **how) as made, Client(made) as client:
            yield client


def handed_out(files, weights, workers):
    """Yield what workers make of the photos, as `embed_some`, in the order it comes.

    Dask gives what a killed worker had to another one. Where that is killed too, a
    photo may be the reason: those photos are then handed out one by one.
    """
    if not files:
        return
    with cluster(workers) as client:

        def hand_out(some):
            future = client.submit(embed_some, some, weights, pure=False)
            handed[future.key] = some
            return future

        handed, suspects, killed = {}, [], 0  # killed: one after the other
        some = (files[n : n + AT_ONCE] for n in range(0, len(files), AT_ONCE))
        running = as_completed(map(hand_out, itertools.islice(some, AHEAD * workers)))
        for future in running:
            photos = handed.pop(future.key)
            for more in itertools.islice(some, 1):
                running.add(hand_out(more))
            try:
                yield future.result()
                killed = 0
            except KilledWorker:
                suspects, killed = suspects + photos, alive(killed + 1, workers)
        for file in suspects:
            try:
                yield hand_out([file]).result()
                killed = 0
            except KilledWorker:
                killed = alive(killed + 1, workers)
                yield [], [], [], {file: "two processes died while they read it."}


def alive(killed, workers):
    """The number killed one after the other, unless it says that all are.

    Raises:
        ValueError: one photo in what is handed out at one time cannot be the reason.
    """
    if killed > AHEAD * workers:
        raise ValueError(
            "The workers are killed whatever they read, mostly for want of memory: "
            "give fewer --workers. What was embedded before is kept."
        )
    return killed


def embed_many(files, out, weights="faces", workers=None, quiet=False):
    """Embed photos with several processes; where a killed run left off, go on.

    The file holds the photos in the order of `files`, whichever process embedded them.
    What is in it already, by its path, is not embedded again; what could not be
    embedded stands in `.skipped.csv` beside it.

    Args:
        files: paths of photos.
        out: path of the parquet file, with the columns file, digest and embedding.
        weights: of the verifier, as for `Verifier.load`.
        workers: number of processes; by default as many as the processor has cores.
        quiet: print no progress.

    Returns:
        An `Embedded`.

    Raises:
        ValueError, OSError: it cannot go on, in a sentence; what was embedded before is
            kept.
    """
    workers = os.cpu_count() if workers is None else workers
    if workers < 1:
        raise ValueError(f"{workers} workers embed nothing: give at least 1.")
    verifier = Verifier.load(weights)
    shards = Shards(out, verifier.version, verifier.tower.output_shape[-1])
    with shards.alone():
        done, begun = shards.done(), time.perf_counter()
        left = [file for file in files if file not in done]
        tell, new = Progress(len(files), len(left), quiet), 0
        for rows in handed_out(left, weights, workers):
            shards.add(*rows)
            new += len(rows[0])
            tell(len(rows[0]) + len(rows[3]))
        seconds = time.perf_counter() - begun
        photos, skipped = shards.finish(files)
    if not photos:
        raise ValueError(
            f"None of {len(files)} files could be embedded: {shards.report} says why."
        )
    return Embedded(photos, new, skipped, seconds)


class Progress:
    """Print a line of progress every few seconds.

    The rate is that since the first photos came back: before, the workers started.

    Args:
        photos: of the whole run. left: that are to be done by this process.
        quiet: print nothing.

    >>> tell = Progress(13000, left=3000, quiet=False); tell(64)
    10,064 of 13,000 photos
    """

    def __init__(self, photos, left, quiet):
        self.photos, self.left, self.quiet = photos, left, quiet
        self.said, self.first = 0.0, None

    def __call__(self, number):
        """So many photos more are done."""
        clock, self.left = time.perf_counter(), self.left - number
        self.first = self.first or (clock, self.left)
        if self.quiet or clock < self.said + EVERY:
            return
        line, self.said = (
            f"{self.photos - self.left:,} of {self.photos:,} photos",
            clock,
        )
        if clock > self.first[0]:
            rate = (self.first[1] - self.left) / (clock - self.first[0])
            minutes, seconds = divmod(self.left / rate, 60)
            line += f", {rate:.0f} a second, {minutes:.0f}:{seconds:02.0f} to go"
        print(line, flush=True)


def describe(done, out):
    """What `embed_many` did, in words.

    >>> print(describe(Embedded(2, 1, {"c.jpg": "it is empty."}, 0.5), "f.parquet"))
    f.parquet holds 2 photos, 1 of them new (2 a second).
    1 could not be embedded: f.skipped.csv says why. The first, c.jpg: it is empty.
    """
    text = f"{out} holds {done.photos:,} photos, {done.new:,} of them new"
    text += f" ({done.new / done.seconds:.0f} a second)." if done.new else "."
    for file, reason in itertools.islice(done.skipped.items(), 1):
        report = Path(out).with_suffix(".skipped.csv").name
        text += f"\n{len(done.skipped):,} could not be embedded: {report} says why."
        text += f" The first, {file}: {reason}"
    return text


def enrol_all(path, gallery):
    """Enrol everybody of a file of embeddings, each named as `person_of` says.

    A photo that is enrolled already is not stored again. No crop is kept.

    Args:
        path: of the parquet file.
        gallery: path of the gallery's file.

    Returns:
        How many people the gallery holds now.

    Raises:
        GalleryError: the gallery cannot be used; then nobody is enrolled.
    """
    table, time_ = read(path), now()
    columns = (table[name].to_pylist() for name in ("file", "digest"))
    embeddings = embeddings_of(table).astype("<f4")
    rows = [
        (name, time_, digest, time_, row.tobytes(), None)
        for file, digest, row in zip(*columns, embeddings)
        if (name := person_of(file)) is not None
    ]
    with closing(People(gallery)) as people:
        with people.writing() as db:
            people.insert(db, rows, network_of(table))
        return len(people.counted())
