"""Keep a training run in a folder, so that a kill at any moment costs one epoch."""

import json
import math
import os
from pathlib import Path

import keras
import numpy as np
from keras import ops

from helpers.disk.files import write_whole


class Checkpoint(keras.callbacks.Callback):
    """Write all that changes in training to a folder after each epoch.

    Weights, moving statistics, the optimizer's slots and step, the states of random
    layers, the history and the best weights: plain arrays in one .npz. It is written
    beside the old one and then renamed, so that there is always a whole one; the one
    before is kept too.

    Args:
        folder: where to; made if it is not there.
        history: dict of lists, one value an epoch, which another callback fills.
        steps: steps an epoch; a run goes on with the number it began with.
        stopping: the OneShotStopping of the run, or None.
    """

    def __init__(self, folder, history, steps, stopping=None):
        super().__init__()
        self.folder, self.history = Path(folder), history
        self.steps, self.stopping = steps, stopping

    def on_epoch_end(self, epoch, logs=None):
        if math.isfinite(logs["loss"]):
            self.write()

    def groups(self):
        """The variables of the run: {"model": [...], "optimizer": [...]}."""
        optimizer = self.model.optimizer
        if not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        return {"model": self.model.variables, "optimizer": optimizer.variables}

    def signature(self):
        """What must be equal for a run to go on."""
        kind = type(self.model.optimizer).__name__
        shapes = {k: [list(v.shape) for v in vs] for k, vs in self.groups().items()}
        return {"steps": self.steps, "optimizer": kind, "shapes": shapes}

    def write(self):
        """Write the state; the one before becomes previous.npz.

        Raises:
            OSError: if the folder cannot be written, or the disk is full.
        """
        groups = self.groups()
        groups["best"] = (self.stopping and self.stopping.best_weights) or []
        texts = {"history": self.history, "signature": self.signature()}
        arrays = {name: json.dumps(text) for name, text in texts.items()}
        for name, group in groups.items():
            arrays |= {f"{name}/{i}": as_array(v) for i, v in enumerate(group)}
        new, state = self.folder / "new.npz", self.folder / "state.npz"
        try:
            write_whole(new, lambda file: np.savez(file, **arrays))
            if state.exists():
                os.replace(state, self.folder / "previous.npz")
            os.replace(new, state)
        except OSError as error:
            raise OSError(
                f"The run cannot be kept in {self.folder} ({error.strerror}). Free "
                "some space or choose another folder; the epochs before are safe."
            ) from error

    def read(self):
        """Put the last whole state back into the model, its optimizer and the history.

        Returns:
            How many epochs are done; 0 where no state is kept.

        Raises:
            ValueError: if the folder holds another run.
        """
        for name in ("state.npz", "previous.npz"):
            path = self.folder / name
            if not path.exists():
                continue
            try:
                with np.load(path, allow_pickle=False) as file:
                    arrays = {key: file[key] for key in file.files}
                history = json.loads(str(arrays["history"]))
                signature = json.loads(str(arrays["signature"]))
            except Exception:  # zip, NumPy and JSON each raise their own
                os.replace(path, path.with_suffix(".damaged"))
                print(f"{path} is damaged and put aside; the state before it is used.")
                continue
            self.restore(history, signature, arrays)
            return len(history["loss"])
        return 0

    def restore(self, history, signature, arrays):
        """Assign what `read` found, if it is of this run."""
        if signature != self.signature():
            raise ValueError(
                f"{self.folder} holds a run of another model, optimizer or number of "
                "steps. Choose another folder, or delete it to begin again."
            )
        for name, group in self.groups().items():
            for i, variable in enumerate(group):
                variable.assign(arrays[f"{name}/{i}"])
        self.history.clear()
        self.history.update(history)
        if self.stopping and "best/0" in arrays:
            best = [arrays[f"best/{i}"] for i in range(len(self.model.weights))]
            self.stopping.resume(history, best)


def as_array(value):
    """The value of a variable; bfloat16, which .npz does not know, as float32."""
    array = ops.convert_to_numpy(value)
    return array.astype("float32") if array.dtype.kind == "V" else array
