"""Train with plain `fit()`: one line an epoch, stop in time, survive a kill.

A run that was killed and started again ends with the same weights, bit for bit, as one
that was not: everything that changes is written after each epoch, and batch number s is
a function of the seed and s alone.
"""

import math
import time

import keras
import numpy as np
from keras import ops

from helpers.disk.checkpoint import Checkpoint
from helpers.embedding import embed
from helpers.evaluation import one_shot
from helpers.measures.processor import best_policy

__all__ = [
    "OneShotStopping",
    "Progress",
    "best_policy",
    "decay",
    "trace_once",
    "train",
]


def decay(steps, peak=1e-3, warmup=0.05):
    """Learning rate that rises for a few steps, then falls along a cosine.

    Args:
        steps: steps of the whole training (steps an epoch * epochs).
        peak: highest learning rate.
        warmup: share of the steps in which it rises from a tenth of that.

    Returns:
        A Keras schedule that ends at a hundredth of the peak.

    Source: Loshchilov and Hutter (2017), without restarts.

    >>> rate = decay(steps=100, peak=0.01, warmup=0.1)
    >>> [round(float(rate(step)), 4) for step in (0, 10, 55, 100)]
    [0.001, 0.01, 0.005, 0.0001]
    """
    rising = int(steps * warmup)
    return keras.optimizers.schedules.CosineDecay(
        peak / 10 if rising else peak,
        decay_steps=max(steps - rising, 1),
        alpha=0.01,
        warmup_target=peak if rising else None,
        warmup_steps=rising,
    )


def trace_once(model):
    """Make the optimizer's variables before the first step instead of during it.

    TensorFlow traces a step into a graph, and traces it again if the first trace made
    variables. Without that a training starts in half the time, seconds sooner.

    Args:
        model: built and compiled.
    """
    model.optimizer.build(model.trainable_variables)


class OneShotStopping(keras.callbacks.Callback):
    """Stop when the score of held-out people no longer rises; keep the best weights.

    After each epoch the photos of people who are not trained on are embedded and
    scored, `one_shot` in the history. Training loss knows nothing of strangers.

    Args:
        tower: the tower inside the model that is trained.
        photos: Photos of held-out people, of the size that the tower takes.
        patience: epochs without a better score before it stops.
        measure: (embeddings, people) -> score, higher is better.
    """

    def __init__(self, tower, photos, patience=5, measure=one_shot):
        super().__init__()
        self.tower, self.photos = tower, photos
        self.patience, self.measure = patience, measure
        self.resume({}, None)

    def resume(self, history, best_weights):
        """Take up the state that a history implies."""
        self.scores = list(history.get("one_shot", []))
        self.best_weights = best_weights

    @property
    def best_epoch(self):
        """Number of the first epoch with the best score, from 0; -1 before any."""
        return int(np.nanargmax(self.scores)) if self.best_weights else -1

    @property
    def done(self):
        """Whether the patience is used up."""
        return len(self.scores) - 1 - self.best_epoch >= self.patience

    def on_epoch_end(self, epoch, logs=None):
        score = math.nan
        if math.isfinite(logs["loss"]):
            embeddings = embed(self.tower, self.photos.images)  # (photo, feature)
            score = float(self.measure(embeddings, self.photos.people))
        if not self.best_weights or score > np.nanmax(self.scores):
            self.best_weights = self.model.get_weights()
        self.scores.append(score)
        logs["one_shot"] = score
        self.model.stop_training = self.model.stop_training or self.done

    def on_train_end(self, logs=None):
        if self.best_weights:
            self.model.set_weights(self.best_weights)


class Progress(keras.callbacks.Callback):
    """Print one plain line an epoch, and keep what it says in `history`.

    Args:
        history: dict of lists, one value an epoch; filled in place.
        steps, epochs: of the whole run.
        times: also print seconds and time to go, which differ from run to run.
        quiet: print nothing but trouble.
    """

    def __init__(self, history, steps, epochs, times=True, quiet=False):
        super().__init__()
        self.history, self.steps, self.epochs = history, steps, epochs
        self.times, self.quiet, self.widths = times, quiet, None

    def on_epoch_begin(self, epoch, logs=None):
        self.start, self.seen = time.perf_counter(), 0

    def on_train_batch_end(self, batch, logs=None):
        self.seen += 1

    def on_epoch_end(self, epoch, logs=None):
        if self.seen < self.steps:
            raise ValueError(
                f"The data ended in epoch {epoch + 1}, after {self.seen} of "
                f"{self.steps} steps; give batches without end."
            )
        rate = float(ops.convert_to_numpy(self.model.optimizer.learning_rate))
        seconds = time.perf_counter() - self.start
        for name, value in (logs | {"learning_rate": rate, "seconds": seconds}).items():
            self.history.setdefault(name, []).append(float(value))
        if not self.quiet:
            self.print_line(epoch + 1, logs, rate, seconds)
        if not math.isfinite(logs["loss"]):
            print(
                f"The loss is not a number after epoch {epoch + 1}, so training stops; "
                "a smaller learning rate usually helps."
            )
            self.model.stop_training = True

    def print_line(self, epoch, scores, rate, seconds):
        """Print the line of an epoch; before the first one, the heads of columns."""
        cells = {"epoch": f"{epoch}/{self.epochs}"}
        cells |= {name: f"{value:.3f}" for name, value in scores.items()}
        cells["rate"] = f"{rate:.5f}"
        if self.times:
            times = self.history["seconds"]
            recent = times[1:][-5:] or times  # the first epoch also builds the graph
            left = sum(recent) / len(recent) * (self.epochs - epoch)
            cells["seconds"] = f"{seconds:.1f}"
            cells["to go"] = f"{left // 60:.0f}:{left % 60:02.0f}"
        if self.widths is None:
            self.widths = [max(len(name), 7) for name in cells]
            print("  ".join(map(str.rjust, cells, self.widths)))
        print("  ".join(map(str.rjust, cells.values(), self.widths)), flush=True)


def train(
    model,
    data,
    steps,
    epochs,
    folder=None,
    stopping=None,
    callbacks=(),
    times=True,
    quiet=False,
):
    """Fit a compiled model; where a killed run left a folder, go on with it.

    Args:
        model: a compiled functional model, built in the same way each time.
        data: start -> batches (photos, people) from step `start` on, without end:
            `lambda start: pairs.dataset(photos, seed=0, start=start)`.
        steps: steps an epoch.
        epochs: epochs of the whole run, those already done included.
        folder: where the run is kept, or None.
        stopping: a OneShotStopping, or None.
        callbacks: more Keras callbacks.
        times, quiet: see `Progress`.

    Returns:
        dict of lists, one value an epoch: loss, one_shot, learning_rate, seconds.

    Raises:
        ValueError: if the model is not compiled, the folder holds another run, or the
            data ends too early.
        OSError: if the folder cannot be written.
    """
    if not model.compiled:
        raise ValueError("Compile the model first: model.compile(optimizer, loss).")
    trace_once(model)
    history, done = {}, 0
    watch = [Progress(history, steps, epochs, times, quiet)]
    if stopping:
        stopping.resume({}, None)
        watch.insert(0, stopping)
    if folder is not None:
        checkpoint = Checkpoint(folder, history, steps, stopping)
        checkpoint.set_model(model)
        done = checkpoint.read()
        watch.append(checkpoint)
        if done and not quiet:
            print(f"Going on after epoch {done} of {epochs}.")
    if done >= epochs or (done and stopping and stopping.done):
        if stopping:
            stopping.set_model(model)
            stopping.on_train_end()
        return history
    model.fit(
        data(done * steps),
        initial_epoch=done,
        epochs=epochs,
        steps_per_epoch=steps,
        callbacks=[*watch, *callbacks],
        shuffle=False,  # the data has its order
        verbose=0,
    )
    return history
