"""Kill a server, and who writes to it, at random moments; count what is lost.

    python -m helpers.tests.kill_served --kills 200

Two writers at a time add, rename and forget, each in a process of its own. Of three
kills one is of a writer, one of the server's first process, and in one all of its
processes end at once, without a word (`pg_ctl stop -m immediate`). Then the server must
hold what it had confirmed, and the calls that were cut off either wholly or not at all.
Whoever was forgotten or renamed before the kill must be in no byte of its files, as the
kill left them; and who was forgotten by a call that was cut off, when the gallery has
been opened again. Ends with an AssertionError if not, else with a line of JSON.
"""

import argparse
import json
import os
import random
import signal
import sys
import time

import psycopg

from helpers.disk import private
from helpers.gallery import Gallery, GalleryError
from helpers.tests.kill_gallery import (
    Fake,
    calls,
    digests,
    expected,
    holding,
    perform,
    pieces,
    stored,
)

KINDS = "a writer", "the server", "all of its processes"
AWAY = "does not answer", "cannot be reached", "is starting or ending"


def write(url, wanted, out):
    """A writer's life: each call reported before it and after it, until one fails."""
    try:
        with Gallery(url, Fake(), wait=60) as gallery:
            for call in wanted:
                os.write(out, json.dumps(call).encode() + b"\n")
                perform(gallery, *call)
                os.write(out, b'"done"\n')
    except GalleryError as error:
        os.write(out, json.dumps({"refused": str(error)}).encode() + b"\n")


def start(url, wanted):
    """Fork a writer; returns its process number and where its reports are read."""
    back, out = os.pipe()
    process = os.fork()
    if process:
        os.close(out)
        return process, open(back, "rb")
    try:
        write(url, wanted, out)
    finally:
        os._exit(0)


def reports(file):
    """The calls that were confirmed, the one that was not, and the sentence, if any."""
    lines = [json.loads(line) for line in file.read().splitlines()]
    file.close()
    said = [line["refused"] for line in lines if isinstance(line, dict)]
    asked = [line for line in lines if isinstance(line, list)]
    done = lines.count("done")
    return asked[:done], asked[done:], said


def kill(own, kind, writers):
    """Kill, and end the writers that are left."""
    if kind == KINDS[0]:
        os.kill(writers[0], signal.SIGKILL)
    elif kind == KINDS[1]:
        own.kill()
    else:
        own.stop("immediate")
    time.sleep(0.05)
    for writer in writers:
        if kind == KINDS[0]:
            os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)


def settled(own):
    """Wait until the server works on nothing that a killed writer had asked for."""
    with psycopg.connect(own.url, autocommit=True) as db:
        others = (
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = "
            "'client backend' AND pid <> pg_backend_pid()"
        )
        while db.execute(others).fetchone() != (0,):
            time.sleep(0.02)


def revived(own):
    """Start a server again that was killed, when the last of its processes is gone."""
    for _ in range(500):
        try:
            return own.start()
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("The server does not start again: look into its log.")


def gone(known, before, done):
    """Names, and seeds of photos, of who was forgotten or renamed by calls."""
    names, seeds, people = [], [], dict(before)
    for call in done:
        if call[0] != "add":
            names.append(call[1])
        if call[0] == "forget":
            seeds += people[call[1]]
        people = expected(people, *call)
    assert people == known
    return names, seeds


def killed(own, kills, longest, seed):
    """Kill again and again; returns the figures."""
    rng, known, counts = random.Random(seed), [{}, {}], dict.fromkeys(KINDS, 0)
    figures = dict.fromkeys(
        ("calls confirmed", "photos confirmed", "forgotten", "renamed", "cut off",
         "cut off, and whole all the same"), 0
    )  # fmt: skip
    for turn in range(kills):
        if turn and turn % 20 == 0:
            print(f"{turn} kills survived", file=sys.stderr, flush=True)
        kind = KINDS[turn % len(KINDS)]
        seeds = [rng.getrandbits(32) for _ in known]
        writers = [
            start(own.url, calls(known[n], n, random.Random(seeds[n]))) for n in (0, 1)
        ]
        time.sleep(rng.uniform(0.1, longest))
        kill(own, kind, [process for process, _ in writers])
        counts[kind] += 1
        before, names, photos, cut_off = list(known), [], [], []
        for n, (_, file) in enumerate(writers):
            done, cut, said = reports(file)
            assert all(any(word in one for word in AWAY) for one in said), said
            for call in done:
                known[n] = expected(known[n], *call)
                figures["calls confirmed"] += 1
                figures["photos confirmed"] += len(call[2]) if call[0] == "add" else 0
                figures["forgotten"] += call[0] == "forget"
                figures["renamed"] += call[0] == "rename"
            some = gone(known[n], before[n], done)
            names, photos = names + some[0], photos + some[1]
            cut_off.append(cut)
        if kind == KINDS[0]:
            settled(own)
        left = holding(own.folder, pieces(names, photos[-5:]))
        assert not left, f"forgotten, yet in the files: {names}"
        if kind != KINDS[0]:
            revived(own)
        with Gallery(own.url, Fake(), wait=60) as gallery:
            there = stored(gallery)
            probes = list(gallery.templates()[0])
        assert sorted(probes) == sorted(there)
        for n, cut in enumerate(cut_off):
            mine = {name: d for name, d in there.items() if name[4] == str(n)}
            figures["cut off"] += len(cut)
            if cut and mine != digests(known[n]):
                was = known[n]
                known[n] = expected(known[n], *cut[0])
                figures["cut off, and whole all the same"] += 1
                some = gone(known[n], was, cut[:1])
                names, photos = names + some[0], photos + some[1]
            assert mine == digests(known[n]), "a confirmed call is lost"
        left = holding(own.folder, pieces(names, photos[-5:]))
        assert not left, f"forgotten, yet in the files: {names}"
    return {f"kills of {kind}": count for kind, count in counts.items()} | {
        **figures,
        "people at the end": sum(map(len, known)),
        "confirmed, and lost": 0,
        "forgotten, and found": 0,
    }


def main():
    """Kill as often as wanted and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--longest", type=float, default=1.2, help="seconds to a kill")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with private.server("recovery_init_sync_method=syncfs") as own:
        Gallery(own.url, Fake()).close()  # makes the tables
        figures = killed(own, options.kills, options.longest, options.seed)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
