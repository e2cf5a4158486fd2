"""Photos of LFW embedded by one and two workers, beside the plain loop, and killed.

    python -m helpers.experiments.many_photos

`many_photos.json` holds: `rates`, photos a second of each way, rounds in turns, and
`start`, the seconds until the first photos come back; `difference`, the largest from
the plain loop, whose own batches are of other sizes in `batches`; `milliseconds` of a
photo, where they go; `worker` and `whole`, what was killed and how it ended.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from helpers.app.many import AT_ONCE, handed_out
from helpers.disk.files import read_json, write_json
from helpers.disk.shards import embeddings_of, read
from helpers.experiments.benchmark import machine, seconds_of
from helpers.sources.lfw import lfw_files
from helpers.verifier import Verifier, crops_of

RESULTS = Path(__file__).with_suffix(".json")
COMMAND = "python -m helpers.experiments.many_photos"
PHOTOS, ROUNDS = 320, 2
WORKERS = 1, 2
SIZES = 1, 7, 64, 300  # photos in the tower at one time


def plain(verifier, files):
    """The loop that one would write: embeddings, and photos a second."""
    begin = time.perf_counter()
    some = [files[n : n + AT_ONCE] for n in range(0, len(files), AT_ONCE)]
    rows = np.concatenate([verifier.embed(each, lenient=True) for each in some])
    return rows, len(files) / (time.perf_counter() - begin)


def by_workers(files, workers):
    """{file: embedding}, seconds until the first came, photos a second from there."""
    begin, first, found = time.perf_counter(), None, {}
    for names, _, embeddings, _ in handed_out(files, "faces", workers):
        found |= zip(names, embeddings)
        last = time.perf_counter()
        first = first or (last, len(found))
    rate = (len(found) - first[1]) / (last - first[0])
    return found, first[0] - begin, rate


def apart(found, rows, files):
    """The largest difference of embeddings from those of the plain loop."""
    same = [(found[file], row) for file, row in zip(files, rows) if file in found]
    return float(np.max([np.abs(a - b).max() for a, b in same]))


def speeds(verifier, files):
    """Rates of all ways, in turns, and how far their embeddings are apart."""
    verifier.embed(files[:AT_ONCE], lenient=True)  # builds
    rates = {name: [] for name in ("plain", *map(str, WORKERS))}
    starts, difference = {str(n): [] for n in WORKERS}, {}
    for _ in range(ROUNDS):
        rows, rate = plain(verifier, files)
        rates["plain"].append(rate)
        for n in WORKERS:
            found, start, rate = by_workers(files, n)
            rates[str(n)].append(rate)
            starts[str(n)].append(start)
            difference[str(n)] = apart(found, rows, files)
    return {
        "rates": {name: np.round(row, 1).tolist() for name, row in rates.items()},
        "start": {name: np.round(row, 1).tolist() for name, row in starts.items()},
        "difference": difference,
        "skipped": len(files) - len(found),
    }


def milliseconds(verifier, files):
    """Milliseconds of a photo that finding faces and embedding them take."""
    some, taken = files[:AT_ONCE], []
    for _ in range(ROUNDS):
        crops = []
        find = seconds_of(lambda crops=crops: crops.extend(crops_of(some, True)))
        taken.append((find, seconds_of(verifier.embed_crops, crops)))
    find, embed = 1000 * np.median(taken, axis=0) / len(some)
    return {"find": round(float(find), 2), "embed": round(float(embed), 2)}


def of_other_sizes(verifier, files):
    """{size of a batch: largest difference from batches of AT_ONCE}."""
    crops = crops_of(files[:300], lenient=True)
    usual = verifier.embed_crops(crops, AT_ONCE)
    embedded = {size: verifier.embed_crops(crops, size) for size in SIZES}
    return {str(n): float(np.abs(row - usual).max()) for n, row in embedded.items()}


def kill(whole, files, rows, folder):
    """Kill a worker, or with `whole` the first process, when some photos are done.

    Returns:
        dict: how many embeddings were kept `before` the kill (of the whole) and made
        `new` afterwards, and how many `photos` there are in the end; whether they are
        `in_order`; the largest `difference` from `rows`, those of the plain loop.
    """
    folder.mkdir()
    listed, out = folder / "photos.txt", folder / "faces.parquet"
    listed.write_text("\n".join(files), encoding="utf-8")
    command = [sys.executable, "-m", "helpers", "embed", listed, "--list", "--json"]
    command = [*map(str, command), "--workers", "2", "--out", str(out)]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    while len(parts := kept(out)) < 3:
        time.sleep(0.02)
    children = psutil.Process(run.pid).children(recursive=True)
    workers = [one for one in children if "spawn_main" in " ".join(one.cmdline())]
    (run if whole else workers[0]).kill()
    before = 0
    if whole:
        run.communicate()
        psutil.wait_procs(workers, timeout=30)  # they end by themselves
        parts = [read(part)["embedding"] for part in kept(out)]
        before = sum(len(part) - part.null_count for part in parts)
        run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    done = json.loads(run.communicate()[0])
    table = read(out)
    found = dict(zip(table["file"].to_pylist(), embeddings_of(table)))
    return {
        "before": before,
        "new": done["new"],
        "photos": len(table),
        "skipped": done["skipped"],
        "in_order": [*found] == [file for file in files if file in found],
        "difference": apart(found, rows, files),
    }


def kept(out):
    """The parts that are on the disk."""
    return [*out.with_name(f"{out.name}.parts").glob("[!.]*.parquet")]


def measure():
    """All of it: a dict for JSON."""
    paths = lfw_files("all")[0]
    files = [str(path) for path in paths[:: len(paths) // PHOTOS][:PHOTOS]]
    verifier = Verifier.load()
    found = {"machine": machine(), "photos": len(files), "at_once": AT_ONCE}
    found["batches"] = of_other_sizes(verifier, files)
    found["milliseconds"] = milliseconds(verifier, files)
    found |= speeds(verifier, files)
    rows, _ = plain(verifier, files)
    with tempfile.TemporaryDirectory() as folder:
        for whole, name in ((False, "worker"), (True, "whole")):
            found[name] = kill(whole, files, rows, Path(folder) / name)
    return found


def load():
    """What was measured; see the module."""
    return read_json(RESULTS, COMMAND)


def describe(found):
    """What was measured, in words."""
    rate = {name: np.median(row) for name, row in found["rates"].items()}
    start, took = np.median(found["start"]["2"]), found["milliseconds"]
    whole, worker = found["whole"], found["worker"]
    return (
        f"{found['photos']} photos: the plain loop {rate['plain']:.0f} a second, one "
        f"worker {rate['1']:.0f}, two {rate['2']:.0f}, after {start:.0f} s of start; "
        f"finding a face takes {took['find']:.0f} ms, embedding it {took['embed']:.1f}."
        f" Largest difference {max(found['difference'].values()):.0e}, in batches of "
        f"other sizes {max(found['batches'].values()):.0e}. A worker killed: "
        f"{worker['photos']} photos; the whole killed with {whole['before']} kept, "
        f"then {whole['new']} made: {whole['photos']} photos. {found['machine']}."
    )


if __name__ == "__main__":
    measured = measure()
    write_json(RESULTS, measured)
    print(describe(measured))
