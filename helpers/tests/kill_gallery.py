"""Kill writers of one gallery at random moments, and count what is lost.

    python -m helpers.tests.kill_gallery --people 10000 --kills 1000

Two writers at a time add, rename and forget, and report each call twice, before it and
after it. When both are killed the file must hold what they reported as done, and the
call that was cut off either wholly or not at all. Ends with an AssertionError if not.
"""

import argparse
import contextlib
import hashlib
import itertools
import json
import os
import random
import re
import signal
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from helpers.gallery import Gallery, GalleryError
from helpers.measures.rates import Rates
from helpers.measures.scores import unit

OWN = re.compile(rb"im-\d-[0-9a-f]{8}")  # of the names that writers give, Kim-...


class Fake:
    """A verifier without a tower: an embedding is two rows of the crop."""

    shared = None
    rates = Rates({"strangers": [[1, 0], [1e-4, 2]], "owners": [[0, -1], [1, 2]]})

    def __init__(self, version="fake"):
        self.version = version

    def embed_crops(self, crops):
        pixels = crops[:, 30:32].reshape(len(crops), 128).astype(np.float32)
        pixels -= crops.sum(axis=(1, 2, 3))[:, None] / 4096  # (photo, feature)
        return unit(pixels if self.version == "fake" else -pixels)


def crop(seed):
    """A crop that no other seed gives, uint8 (64, 64, 1)."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 64, (64, 64, 1), dtype=np.uint8) * 4


def fill(path, people):
    """A gallery file of `people` people with a photo each."""
    with Gallery(":memory:", Fake()) as gallery:
        for number in range(people):
            gallery.add_crops(f"Member {number}", [crop(number)])
        gallery.export(path)


def perform(gallery, call, name, value):
    """One call of a writer, on the file."""
    if call == "add":
        gallery.add_crops(name, [crop(seed) for seed in value])
    elif call == "rename":
        gallery.rename(name, value)
    else:
        gallery.forget(name)


def expected(people, call, name, value):
    """What the call makes of {name: seeds of the photos}."""
    people = dict(people)
    if call == "add":
        people[name] = people.get(name, frozenset()) | frozenset(value)
    elif call == "rename":
        people[value] = people.pop(name)
    else:
        del people[name]
    return people


def calls(people, writer, rng):
    """Calls without end; most add, since confirmed photos are what may be lost."""
    while True:
        call = rng.choices(("add", "rename", "forget"), (8, 1, 1))[0]
        fresh = f"Kim-{writer}-{rng.getrandbits(32):08x}"
        name = rng.choice([fresh, *people]) if call == "add" else None
        if call != "add" and not people:
            continue
        name = name or rng.choice(list(people))
        seeds = [rng.getrandbits(60) for _ in range(rng.randint(1, 3))]
        value = {"add": seeds, "rename": fresh, "forget": None}[call]
        people = expected(people, call, name, value)
        yield call, name, value


def write(path, wanted, out):
    """A writer's life: call after call, each reported before it and after it."""
    with Gallery(path, Fake(), wait=60) as gallery:
        for call in wanted:
            start = time.perf_counter()
            os.write(out, json.dumps(call).encode() + b"\n")
            perform(gallery, *call)
            waited = time.perf_counter() - start
            os.write(out, f"{waited}\n".encode())


def start(path, wanted):
    """Fork a writer; returns its process number and where its reports are read."""
    back, out = os.pipe()
    process = os.fork()
    if process:
        os.close(out)
        return process, open(back, "rb")
    try:
        write(path, wanted, out)
    except GalleryError as error:
        os.write(out, json.dumps(str(error)).encode() + b"\n")
    finally:
        os._exit(0)


def reports(file):
    """The calls that were confirmed, the one that was not, the seconds of each."""
    lines = [json.loads(line) for line in file.read().splitlines()]
    file.close()
    refused = [line for line in lines if isinstance(line, str)]
    assert not refused, refused
    return lines[0 : len(lines) // 2 * 2 : 2], lines[len(lines) // 2 * 2 :], lines[1::2]


def stored(gallery):
    """{name: digests of the photos} of all that writers added."""
    people = {}
    for name, digest in gallery._store.read(
        "SELECT name, digest FROM person JOIN photo ON person = person.id"
        " WHERE name LIKE 'Kim-%'"
    ):
        people.setdefault(name, set()).add(digest)
    return people


def digests(people):
    """What `stored` must give for {name: seeds}."""

    def digest(seed):
        return hashlib.blake2b(crop(seed).tobytes(), digest_size=16).digest()

    return {name: {digest(seed) for seed in seeds} for name, seeds in people.items()}


def killed(path, people, kills, longest, seed):
    """Kill two writers at random moments, again and again; returns the figures.

    Raises:
        AssertionError: something confirmed is lost, or something forgotten is there.
    """
    rng = random.Random(seed)
    known, confirmed, undecided, journals, done = [{}, {}], 0, 0, 0, 0
    journal = path.with_name(path.name + "-journal")
    for turn in range(kills // 2):
        if turn and turn % 50 == 0:
            print(f"{2 * turn} kills survived", file=sys.stderr, flush=True)
        seeds = [rng.getrandbits(32) for _ in known]
        writers = [
            start(path, calls(known[n], n, random.Random(seeds[n]))) for n in (0, 1)
        ]
        rng.shuffle(order := [0, 1])
        for n in order:  # the second goes on for a moment beside the first's remains
            time.sleep(rng.uniform(0, longest) / (1 + (n == order[1])))
            os.kill(writers[n][0], signal.SIGKILL)
            os.waitpid(writers[n][0], 0)
            journals += journal.exists()
        with Gallery(path, Fake()) as gallery:
            gallery._store.check()
            there, members = stored(gallery), len(gallery)
        for n, (_, file) in enumerate(writers):
            finished, cut_off, _ = reports(file)
            for call in finished:
                known[n] = expected(known[n], *call)
            mine = {name: d for name, d in there.items() if name[4] == str(n)}
            if cut_off and mine != digests(known[n]):
                known[n] = expected(known[n], *cut_off[0])
                undecided += 1
            assert mine == digests(known[n]), "a confirmed call is lost"
            confirmed += sum(len(call[2]) for call in finished if call[0] == "add")
            done += len(finished)
        assert members == people + sum(map(len, known)), "a member is lost"
        names = {name[1:].encode() for name in there}
        left = {*OWN.findall(path.read_bytes())} - names
        assert not left, f"forgotten, yet in the file: {left}"
    return {
        "kills": kills // 2 * 2,
        "kills that left a journal": journals,
        "calls confirmed": done,
        "photos confirmed": confirmed,
        "calls cut off that were whole all the same": undecided,
        "confirmed photos lost": 0,
        "names of forgotten people found": 0,
    }


def together(path, photos):
    """Two writers add to one person and to their own, undisturbed; the figures."""
    before = time.perf_counter()
    wanted = [
        [("add", ("Kim-2-00000000", f"Kim-{n}-00000001")[i % 2], [n * 10**6 + i])
         for i in range(photos)] for n in (3, 4)
    ]  # fmt: skip
    writers = [start(path, plan) for plan in wanted]
    results = [reports(file) for _, file in writers]
    for process, _ in writers:
        os.waitpid(process, 0)
    took = time.perf_counter() - before
    people = {}
    for call in itertools.chain(*wanted):
        people = expected(people, *call)
    with Gallery(path, Fake()) as gallery:
        there = stored(gallery)
    lost = [name for name, d in digests(people).items() if there.get(name) != d]
    assert not lost and all(len(done) == photos for done, _, _ in results), lost
    waits = [wait for _, _, waits in results for wait in waits]
    return {
        "two writers at once, photos": 2 * photos,
        "lost": 0,
        "seconds": round(took, 1),
        "ms a photo, median": round(1e3 * float(np.median(waits)), 1),
        "ms a photo, longest": round(1e3 * max(waits), 1),
    }


def runs(content):
    """A number for each run of 16 bytes in it, uint64 (run,)."""
    row = np.frombuffer(content, np.uint8)
    eight = np.lib.stride_tricks.sliding_window_view(row, 8).copy()  # (run, 8)
    eight = eight.view(np.uint64)[:, 0]
    return eight[:-8] * np.uint64(0x9E3779B97F4A7C15) + eight[8:]


def traces(folder, names, seeds):
    """How many spellings of the names, and runs of 16 bytes of embeddings and crops,
    are in the files of a folder."""
    texts = {
        text.encode(code)
        for name in names
        for text in (name, name.casefold())
        for code in ("utf-8", "utf-16-le", "utf-16-be")
    }
    secrets = [runs(Fake().embed_crops(crop(seed)[None]).tobytes()) for seed in seeds]
    for seed in seeds:
        picture = cv2.imencode(".png", crop(seed))[1].tobytes()
        secrets.append(runs(picture[400:-20]))  # all PNG files begin and end alike
    secrets = np.unique(np.concatenate([*secrets, np.zeros(1, np.uint64)]))
    found, part = 0, 1 << 22
    for path in folder.iterdir():
        content = path.read_bytes()
        found += sum(text in content for text in texts)
        for begin in range(0, len(content), part):
            there = runs(content[begin : begin + part + 15])
            place = np.searchsorted(secrets, there) % len(secrets)
            found += np.count_nonzero((secrets[place] == there) & (there != 0))
    return int(found)


def pieces(names, seeds):
    """Names, and pieces of 16 bytes of embeddings and crops, to be searched for."""
    found = [text.encode() for name in names for text in (name, name.casefold())]
    for seed in seeds:
        picture = cv2.imencode(".png", crop(seed))[1].tobytes()
        for content in (Fake().embed_crops(crop(seed)[None]).tobytes(), picture[400:]):
            found += [content[n : n + 16] for n in (0, 200, 400)]
    return found


def holding(folder, pieces):
    """How many of the pieces are in the files of a folder and of those in it."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    contents = []
    for path in paths:
        with contextlib.suppress(FileNotFoundError):  # a server removes some
            contents.append(path.read_bytes())
    whole = b"\0".join(contents)
    return sum(piece in whole for piece in pieces)


def forgotten(path, photos=30):
    """A person with many photos, renamed twice, then forgotten; the figures."""
    names = ["Marguerite Old", "Søren Ægidius 山田", "Ida Last"]
    seeds = range(10**9, 10**9 + photos)
    with Gallery(path, Fake()) as gallery:
        for seed in seeds:
            gallery.add_crops(names[0], [crop(seed)])
        before = traces(path.parent, names[:1], seeds)
        gallery.rename(names[0], names[1])
        gallery.rename(names[1], names[2])
        old = traces(path.parent, names[:2], [])
        gallery.forget(names[2])
        after = traces(path.parent, names, seeds)
    assert before > 1000 * photos and not old and not after, (before, old, after)
    return {
        "traces before forgetting": before,
        "of old names after renaming": old,
        "after forgetting": after,
    }


def times(path):
    """Milliseconds of each kind of call in one warm process; the figures."""
    figures = {"MB": round(path.stat().st_size / 1e6, 1)}

    def measure(what, call, count):
        taken = []
        for n in range(count):
            begin = time.perf_counter()
            call(n)
            taken.append(1e3 * (time.perf_counter() - begin))
        middle, high = np.percentile(taken, (50, 95))
        figures[f"{what}, ms"] = f"{middle:.2f}, 95 % of {count} below {high:.2f}"

    measure("open", lambda n: Gallery(path, Fake()).close(), 50)
    with Gallery(path, Fake()) as gallery, Gallery(path, Fake()) as other:
        probes = [Fake().embed_crops(crop(n)[None])[0] for n in range(100)]
        gallery.identify(probes[0], 0.5)
        measure("identify", lambda n: gallery.identify(probes[n % 100], 0.5), 2000)
        measure("add", lambda n: other.add_crops(f"Time {n}", [crop(10**8 + n)]), 50)
        measure("rename", lambda n: other.rename(f"Time {n}", f"Timed {n}"), 5)
        measure("forget", lambda n: other.forget(f"Timed {n}"), 5)

        other.add_crops("Late", [crop(10**7)])
        measure("identify, changed", lambda n: gallery.identify(probes[n], 0.5), 1)
        copy = path.with_name("copy")
        measure("export", lambda n: gallery.export(copy), 1)
        copy.unlink()
    return figures


def main():
    """Run all of it in a new folder and print the figures as plain lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--kills", type=int, default=26)
    parser.add_argument("--longest", type=float, default=0.8, help="seconds to a kill")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gallery.sqlite"
        fill(path, options.people)
        print(f"people: {options.people}", flush=True)
        for figures in (
            times(path),
            forgotten(path),
            together(path, min(200, options.people // 5)),
        ):
            print(*(f"{what}: {value}" for what, value in figures.items()), sep="\n")
            sys.stdout.flush()
        with Gallery(path, Fake()) as gallery:
            for person in gallery.people():
                if person.name.startswith("Kim"):
                    gallery.forget(person.name)
            people = len(gallery)
        figures = killed(path, people, options.kills, options.longest, options.seed)
        print(*(f"{what}: {value}" for what, value in figures.items()), sep="\n")
    print(f"minutes: {(time.perf_counter() - begin) / 60:.1f}")


if __name__ == "__main__":
    main()
