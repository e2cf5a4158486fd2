"""Prove a model's file: written and read back, here and in a fresh process, for 05."""

import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np


def saved_and_loaded(model):
    """The model, written to a .keras file and read back in this process."""
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.keras")
        return keras.models.load_model(Path(folder) / "model.keras")


FRESH = """
import sys, numpy as np
import keras, helpers.layers
folder = sys.argv[1]
stored = np.load(folder + "/inputs.npz")
inputs = [stored[name] for name in stored.files]
model = keras.models.load_model(folder + "/model.keras", compile=False)
np.save(folder + "/outputs.npy", model.predict_on_batch(inputs))
"""


def in_fresh_process(model, inputs):
    """What a new process computes that has only the model's file and our layers.

    Args:
        model: one with several inputs and one output. inputs: a list of arrays.
    """
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.keras")
        np.savez(Path(folder) / "inputs.npz", *inputs)
        command = [sys.executable, "-c", "import helpers\n" + FRESH, folder]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"The new process could not run it: {done.stderr}")
        return np.load(Path(folder) / "outputs.npy", allow_pickle=False)
