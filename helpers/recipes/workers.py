"""Train one tower on several workers, by all pairs of all their photos.

Each worker embeds its share of a batch. Other networks could then add up their
gradients; a siamese one would lose the pairs of two workers' photos: half of all pairs
with two workers, nine tenths with ten. So the embeddings are gathered first: each
worker compares everybody with everybody, and TensorFlow hands the slopes back to the
worker whose photos they are of.

On one machine, with two processes:

    python -m helpers.recipes.workers runs/two --workers 2

On two machines that reach each other, with the course on both and a folder that both
see, once on each; the other one has "index": 1:

    export TF_CONFIG='{"cluster": {"worker": ["10.0.0.1:4000", "10.0.0.2:4000"]},
                       "task": {"type": "worker", "index": 0}}'
    python -m helpers.recipes.workers /shared/two

If a worker dies the others end. The same commands go on where the last state was kept.
What the workers send is neither encrypted nor checked: keep them in a network of their
own.
"""

import argparse
import functools
import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack

import cv2
import keras
import numpy as np
import tensorflow as tf

from helpers import embedding, faces, losses, models, pairs
from helpers.datasets import Photos, folder, orl
from helpers.disk.checkpoint import Checkpoint

SIDE = 32  # pixels of the photos that `main` trains on
EVERY = 20  # steps from one state that is kept to the next


def step_of(strategy, tower, gather=True):
    """One training step, which all workers do at once.

    Args:
        strategy: a `tf.distribute.Strategy`.
        tower: compiled in its scope, with a loss over all pairs of a batch.
        gather: compare the photos of all workers; else each worker its own alone.

    Returns:
        A function of this worker's images (photo, row, column, channel) and people
        (photo,) that returns the loss of the whole batch.
    """

    def on_each_worker(images, people):
        with tf.GradientTape() as tape:
            embeddings = tower(images, training=True)  # (own photo, feature)
            if gather:
                from_all = tf.distribute.get_replica_context().all_gather
                embeddings = from_all(embeddings, axis=0)  # (photo, feature)
                people = from_all(tf.identity(people), axis=0)  # (photo,)
            loss = tower.loss(people, embeddings)  # Keras divides it by the workers
        weights = tower.trainable_variables
        slopes = tape.gradient(loss, weights)
        tower.optimizer.apply_gradients(zip(slopes, weights))  # adds up the workers'
        return loss

    @tf.function
    def step(images, people):
        return strategy.reduce(
            "SUM", strategy.run(on_each_worker, (images, people)), None
        )

    return step


def synchronised(tower):
    """A copy whose normalisation takes the mean over all workers' photos.

    Otherwise two workers with 32 photos each are not one with 64.

    >>> layers = synchronised(models.compact((16, 16, 1), width=4)).layers
    >>> {layer.synchronized for layer in layers if "norm" in layer.name}
    {True}
    """

    def copy(layer):
        how = layer.get_config()
        if isinstance(layer, keras.layers.BatchNormalization):
            how["synchronized"] = True
        return type(layer).from_config(how)

    return keras.models.clone_model(tower, clone_function=copy)


def share(whole, worker, workers):
    """The part of a batch that one worker embeds: so many rows side by side.

    >>> share((np.arange(6), np.array([7, 7, 8, 8, 9, 9])), worker=1, workers=3)
    (array([2, 3]), array([8, 8]))
    """
    photos = len(whole[0])
    if photos % workers:
        raise ValueError(
            f"{photos} photos cannot be shared among {workers} workers: take another "
            "number of either."
        )
    rows = slice(worker * photos // workers, (worker + 1) * photos // workers)
    return tuple(part[rows] for part in whole)


def train(strategy, build, make, steps, kept=None, gather=True, tell=None):
    """Train a tower on all workers; where a killed run was kept, go on with it.

    Args:
        strategy: a `tf.distribute.Strategy`; each of its workers calls this.
        build: a function that makes the tower, compiled.
        make: number of a batch -> the whole batch, images and people.
        steps: of the whole run, those already done included.
        kept: the folder where the run is kept, which all workers see, or None.
        gather: as for `step_of`.
        tell: called with the number of a step and its loss, or None.

    Returns:
        The tower; the losses, a list of one float a step.

    Raises:
        ValueError: a batch cannot be shared, or the folder holds another run.
        OSError: a state cannot be kept.
        tf.errors.OpError: another worker is gone.
    """
    workers = strategy.num_replicas_in_sync
    worker = strategy.cluster_resolver.task_id or 0
    with strategy.scope():
        tower = build()
        tower.optimizer.build(tower.trainable_variables)
    history = {"loss": []}
    state = Checkpoint(kept, history, EVERY) if kept else None
    if state:
        state.set_model(tower)
        state.read()
    done, step = len(history["loss"]), step_of(strategy, tower, gather)
    batches = pairs.stream(lambda number: share(make(number), worker, workers), done)
    for number, own in enumerate(batches.take(steps - done), start=done + 1):
        history["loss"].append(float(step(*own)))
        if tell:
            tell(number, history["loss"][-1])
        if state and worker == 0 and (number % EVERY == 0 or number == steps):
            state.write()
    return tower, history["loss"]


def start(workers, arguments, module="helpers.recipes.workers"):
    """Start workers of this machine, which share its cores.

    Args:
        workers: how many. arguments: of each. module: what each runs.

    Returns:
        A list of `subprocess.Popen`.
    """
    with ExitStack() as stack:  # ports that are free, all at the same time
        sockets = [stack.enter_context(socket.socket()) for _ in range(workers)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        places = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    threads = {"TF_NUM_INTRAOP_THREADS": str(max(1, os.cpu_count() // workers))}
    begun = []
    for worker in range(workers):
        task = {"type": "worker", "index": worker}
        config = json.dumps({"cluster": {"worker": places}, "task": task})
        command = [sys.executable, "-m", module, *map(str, arguments)]
        env = os.environ | threads | {"TF_CONFIG": config}
        begun.append(subprocess.Popen(command, env=env))
    return begun


def tower_of(shape, seed=0):
    """A small tower, compiled: what `main` trains.

    Its recipe is a calm one, in which rounding grows little: with the temperature 0.1
    and ten times the rate, one worker and the same one whose first weights differ in
    the sixth digit have other losses after ten steps.
    """
    keras.utils.set_random_seed(seed)
    tower = synchronised(models.compact(shape, width=8, features=64))
    optimizer = keras.optimizers.Adam(1e-4, epsilon=1e-3)
    tower.compile(optimizer, losses.SupervisedContrastive(temperature=1.0))
    return tower


def small(photos, cached=True):
    """The faces of photos, cut out and made small: `Photos` (photo, SIDE, SIDE, 1).

    Args:
        photos: `Photos` of any size.
        cached: keep the crops in data/cache; not those of whom `forget` may remove.
    """
    if cached:
        crops = faces.crop_all(photos).images
    else:
        crops = faces.in_threads(faces.crop_or_middle, photos.images)
    how = {"dsize": (SIDE, SIDE), "interpolation": cv2.INTER_AREA}
    images = np.stack([cv2.resize(image, **how)[..., None] for image in crops])
    return Photos(images, photos.people, photos.names)


def shown(path, quiet=True):
    """What the workers train on: `small` photos of a folder, or of ORL for None."""
    if path:
        return small(folder(path, quiet=quiet), cached=False)
    return small(orl(quiet=True))


def batch(number, photos):
    """Batch number so and so, of the whole: 64 photos of 16 people."""
    return pairs.batch_number(number, photos, n_people=16, n_photos=4)


def main(arguments=None):
    """Be a worker, or with --workers start some; the exit code is 0 when it is done."""
    parser = argparse.ArgumentParser("python -m helpers.recipes.workers")
    parser.add_argument("run", help="the folder where the run is kept")
    parser.add_argument("--photos", help="one sub-folder a person; by default ORL")
    parser.add_argument("--steps", type=int, default=200, help="%(default)s")
    parser.add_argument("--workers", type=int, help="start so many on this machine")
    options = parser.parse_args(arguments)
    if options.workers:
        given = ["--photos", options.photos] if options.photos else []
        rest = [options.run, *given, "--steps", options.steps]
        return max(abs(one.wait()) for one in start(options.workers, rest))
    try:
        run(options.run, options.photos, options.steps)
    except tf.errors.OpError:
        print("Another worker is gone: start all of them again.", file=sys.stderr)
        return 2
    except (ValueError, OSError) as why:
        print(why, file=sys.stderr)
        return 2
    return 0


def run(kept, path, steps):
    """Train on ORL, or on a folder of photos, as one of the workers of TF_CONFIG."""
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    first = not strategy.cluster_resolver.task_id
    photos = shown(path, quiet=not first)

    def tell(number, loss):
        if first and number % EVERY == 0:
            print(f"step {number}/{steps}  loss {loss:.4f}", flush=True)

    build = functools.partial(tower_of, photos.images.shape[1:])
    make = functools.partial(batch, photos=photos)
    tower, _ = train(strategy, build, make, steps, kept, tell=tell)
    if first:
        embedding.save(tower, f"{kept}/tower.keras")


if __name__ == "__main__":
    sys.exit(main())
