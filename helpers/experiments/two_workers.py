"""Two workers against one with the same batches: losses, slopes, seconds, a kill.

    python -m helpers.experiments.two_workers

Both are processes of this machine, which talk over its own network. `two_workers.json`
holds: `loss`, 200 steps each of `one` and `two` workers, of two that compare their
`own` photos alone, of one whose first weights are `nudged` in the seventh digit, and of
two of which one was `killed`; `pairs`, how many a batch has each way; `slopes`, those
of the first step beside one worker's; `seconds` a step.
"""

import functools
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from helpers.datasets import orl
from helpers.disk.files import read_json, write_json
from helpers.experiments.benchmark import machine
from helpers.pairs import all_pairs
from helpers.recipes.workers import (
    EVERY,
    batch,
    share,
    small,
    start,
    step_of,
    tower_of,
    train,
)

RESULTS = Path(__file__).with_suffix(".json")
COMMAND = "python -m helpers.experiments.two_workers"
STEPS, ROUNDS, TIMED = 200, 5, 8  # TIMED steps of each kind a round


def nudged(build, by=1e-7):
    """A tower whose first weights are a little different."""
    tower, rng = build(), np.random.default_rng(0)
    weights = tower.get_weights()
    tower.set_weights([w * (1 + by * rng.standard_normal(w.shape)) for w in weights])
    return tower


def first_slopes(strategy, build, make, gather):
    """The slopes of the first step, (weight,): what a step of length 1 subtracts."""
    with strategy.scope():
        tower = build()
        tower.compile(keras.optimizers.SGD(1.0), tower.loss)
        tower.optimizer.build(tower.trainable_variables)
    step, before = step_of(strategy, tower, gather), flat(tower)
    step(*own(strategy, make(0)))
    return before - flat(tower)


def flat(tower):
    """All trainable weights in one row."""
    return np.concatenate([w.numpy().ravel() for w in tower.trainable_variables])


def own(strategy, whole):
    """This worker's part of a batch."""
    worker = strategy.cluster_resolver.task_id or 0
    return map(tf.constant, share(whole, worker, strategy.num_replicas_in_sync))


def seconds(strategy, build, make):
    """Seconds of each step, with all pairs and with own ones, in turns: (2, step)."""
    with strategy.scope():
        tower = build()
        tower.optimizer.build(tower.trainable_variables)
    images, people = own(strategy, make(0))
    ways = [step_of(strategy, tower, gather) for gather in (True, False)]
    taken = [[], []]
    for _ in range(1 + ROUNDS):
        for way, of_this in zip(ways, taken):
            for _ in range(TIMED):
                begin = time.perf_counter()
                float(way(images, people))
                of_this.append(time.perf_counter() - begin)
    return np.array(taken)[:, TIMED:]  # the first round also builds


def work(kind, path, kept=None):
    """Be one worker of a run; the first one writes what came out."""
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    photos = small(orl(quiet=True))
    build = functools.partial(tower_of, photos.images.shape[1:])
    make = functools.partial(batch, photos=photos)
    if kind == "seconds":
        found = seconds(strategy, build, make)
    elif kind.startswith("slopes"):
        found = first_slopes(strategy, build, make, gather=kind == "slopes")
    else:
        if kind == "nudged":
            build = functools.partial(nudged, build)
        try:
            found = train(strategy, build, make, STEPS, kept, gather=kind != "own")[1]
        except tf.errors.OpError:  # the other one was killed
            sys.exit(1)
    if not strategy.cluster_resolver.task_id:
        np.save(path, found)


def result(kind, workers, folder):
    """What a run of so many workers gives, as an array."""
    path = Path(folder) / f"{kind}-{workers}.npy"
    codes = [one.wait() for one in start(workers, [kind, path], __spec__.name)]
    if any(codes):
        raise SystemExit(f"A worker of {kind!r} failed: run it again.")
    return np.load(path)


def killed(folder):
    """Kill the second of two workers at step 40, start both again: losses, seconds."""
    kept, path = Path(folder) / "kept", Path(folder) / "killed.npy"
    how = ["loss", path, kept], __spec__.name
    workers, state = start(2, *how), kept / "previous.npz"
    while not state.exists() and not any(one.poll() for one in workers):
        time.sleep(0.05)
    workers[1].kill()
    begin = time.perf_counter()
    try:
        workers[0].wait(120)
    except subprocess.TimeoutExpired:
        workers[0].kill()
    noticed = time.perf_counter() - begin
    for one in start(2, *how):
        one.wait()
    return np.load(path), noticed


def measure():
    """All of it: a dict for JSON."""
    with tempfile.TemporaryDirectory() as folder:
        runs = {"one": ("loss", 1), "two": ("loss", 2), "own": ("own", 2)}
        runs |= {"nudged": ("nudged", 1)}
        loss = {name: result(*run, folder) for name, run in runs.items()}
        loss["killed"], noticed = killed(folder)
        kinds = {"one": ("slopes", 1), "two": ("slopes", 2), "own": ("slopes_own", 2)}
        slopes = {name: result(*run, folder) for name, run in kinds.items()}
        taken = [(result("seconds", n, folder)) for n in (1, 2, 1, 2)]
    one, two = (np.median(np.hstack(taken[n::2]), axis=1) for n in (0, 1))
    people = batch(0, small(orl(quiet=True)))[1]
    half = share((people, people), 0, 2)[0]
    pairs = {"all": len(all_pairs(people)[0]), "own": 2 * len(all_pairs(half)[0])}
    return {
        "machine": machine(),
        "loss": {name: np.round(row, 5).tolist() for name, row in loss.items()},
        "every": EVERY,
        "noticed": round(noticed, 1),
        "pairs": pairs,
        "slopes": {way: beside(slopes["one"], slopes[way]) for way in ("two", "own")},
        "seconds": {
            "one": round(float(one[0]), 4),
            "two": round(float(two[0]), 4),
            "own": round(float(two[1]), 4),
        },
    }


def beside(right, other):
    """How slopes differ from the right ones: their cosine, and a share of the length.

    >>> beside(np.array([3.0, 4.0]), np.array([3.0, 4.0]))
    {'cosine': 1.0, 'difference': 0.0}
    """
    length = np.linalg.norm(right)
    cosine = right @ other / (length * np.linalg.norm(other))
    difference = np.linalg.norm(other - right) / length
    return {"cosine": round(float(cosine), 6), "difference": float(f"{difference:.2g}")}


def load():
    """What was measured; see the module."""
    return read_json(RESULTS, COMMAND)


def describe(found):
    """What was measured, in words."""
    loss = {name: np.array(row) for name, row in found["loss"].items()}
    one, two = loss["one"], loss["two"]

    def apart(a, b):
        return f"{np.max(np.abs(a - b) / a):.2%}"

    took, slopes, pairs = found["seconds"], found["slopes"], found["pairs"]
    others, own = (slopes[way]["difference"] for way in ("two", "own"))
    return (
        f"{len(one)} steps: the loss falls from {one[0]:.3f} to {one[-1]:.3f} with one "
        f"worker and to {two[-1]:.3f} with two, never more than {apart(one, two)} "
        f"apart; one worker nudged in the seventh digit: {apart(one, loss['nudged'])}. "
        f"Killed and resumed: {apart(two, loss['killed'])} from two. With own pairs "
        f"alone ({pairs['own']:,} of {pairs['all']:,}) the loss begins at "
        f"{loss['own'][0]:.3f} and the first slopes differ by {own:.0%} from one "
        f"worker's (with the gather: {others:.0e}). A step takes one worker "
        f"{1e3 * took['one']:.0f} ms, two {1e3 * took['two']:.0f}, without the gather "
        f"{1e3 * took['own']:.0f}. {found['machine']}."
    )


def main(arguments):
    """Be a worker, or measure and keep what was found."""
    if arguments:
        return work(*arguments)
    found = measure()
    write_json(RESULTS, found)
    print(describe(found))


if __name__ == "__main__":
    main(sys.argv[1:])
