"""One network, six ways to run it, side by side: for 12.

`python -m helpers.experiments.exports` exports the network in all four ways and makes
`exports.json`, all rows in one run: size, seconds to the first photo, milliseconds a
photo, and how far each is from Keras on ORL and LFW. It takes three minutes.
"""

import json
import os
import statistics
import tempfile
import time
from importlib import metadata
from pathlib import Path

import numpy as np

from helpers.app import checking, exported
from helpers.app.export import deployed, export
from helpers.disk.cards import locate
from helpers.disk.files import read_json, write_json
from helpers.embedding import compiled
from helpers.experiments.speed import matrix_rate
from helpers.figures.anatomy import multiplications
from helpers.verifier import Verifier

RESULTS = Path(__file__).with_name("exports.json")
ROUNDS = 15  # of all rows in turns, so that a drift of the machine hits all alike
TIMES = {1: 9, 64: 1}  # photos at one time: how often they are timed in a round
EXPORTS = {
    "ONNX float32": ("onnx", False),
    "ONNX int8": ("onnx", True),
    "LiteRT float32": ("litert", False),
    "LiteRT int8": ("litert", True),
}


def predicted(path):
    """A function of crops that asks Keras's `predict`, as a beginner would."""
    model = deployed(Verifier.load(path))
    return lambda crops: model.predict(crops, batch_size=64, verbose=0)


def called(path):
    """A function of crops that calls the same model, compiled to one function."""
    run = compiled(deployed(Verifier.load(path)))
    return lambda crops: {name: x.numpy() for name, x in run(np.float32(crops)).items()}


def opened(path):
    """A function of crops that runs an exported file."""
    return exported.Exported(path).run


def table(name="faces"):
    """Measure all rows in one run.

    Args:
        name: of a verifier of faces that the course ships.

    Returns:
        dict for JSON. rows: name -> what `checking.compare` says of it, its bytes,
        load_seconds until the first photo is embedded, milliseconds a photo by the
        number of photos at one time, and share, how much of the processor's rate in
        float32 products it reaches. Beside them what a photo takes, that rate, and the
        packages.
    """
    verifier, (weights, _) = Verifier.load(name), locate(name)
    pairs = checking.known_pairs(verifier)
    crops = np.concatenate([test.crops for test in pairs])[: max(TIMES)]
    keras = checking.scored(checking.with_keras(verifier), pairs)
    ways = {"Keras predict": (predicted, weights), "Keras compiled": (called, weights)}
    rows, runs = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for row, (kind, int8) in EXPORTS.items():
            path, _ = export(verifier, kind, folder, int8, say=lambda line: None)
            ways[row] = opened, path
            print(f"{row} is exported.", flush=True)
        for row, (start, path) in ways.items():
            begin = time.perf_counter()
            runs[row] = start(path)
            runs[row](crops[:1])
            seconds = time.perf_counter() - begin
            found = checking.scored(runs[row], pairs)
            rows[row] = checking.compare(verifier, pairs, keras, found)
            rows[row] |= {"bytes": path.stat().st_size, "load_seconds": seconds}
            print(f"{row} is compared.", flush=True)
        seconds, rate = timed(runs, crops)
    operations = 2 * 2 * sum(multiplications(verifier.tower).values())  # mirrored too
    for row, found in rows.items():
        found["milliseconds"] = {n: 1000 * each for n, each in seconds[row].items()}
        found["share"] = {n: operations / x / rate for n, x in seconds[row].items()}
    packages = *dict.fromkeys(sum(exported.PACKAGES.values(), ())), "tensorflow"
    return {
        "rows": rows,
        "gflop": operations / 1e9,
        "matrix_gflops": rate / 1e9,
        "processors": os.cpu_count(),
        "packages": {name: metadata.version(name) for name in packages},
    }


def timed(runs, crops):
    """Time all rows in turns.

    Returns:
        name -> number of photos at one time -> median of the seconds that one of them
        takes; the processor's rate in operations a second, measured in the same rounds.
    """
    seconds = {row: {number: [] for number in TIMES} for row in runs}
    rates = []
    for _ in range(ROUNDS):
        rates.append(matrix_rate(tries=2))
        for row, run in runs.items():
            for number, times in TIMES.items():
                run(crops[:number])  # what ran before has left its threads spinning
                each = checking.milliseconds(run, crops[:number], times) / 1000
                seconds[row][number].append(each)
    medians = {
        row: {number: statistics.median(each) for number, each in found.items()}
        for row, found in seconds.items()
    }
    return medians, statistics.median(rates)


def results(path=RESULTS):
    """Read what `main` wrote: dict, as of `table`."""
    return read_json(path, "python -m helpers.experiments.exports")


def main():
    """Measure and write the table."""
    found = json.loads(
        json.dumps(table()), parse_float=lambda x: float(f"{float(x):.4g}")
    )
    write_json(RESULTS, found, indent=1)
    for row, each in found["rows"].items():
        print(f"\n{row}\n{checking.describe(each)}")


if __name__ == "__main__":
    main()
