"""Prove a model's file, for 05: written and read back, here and in a fresh process."""

import subprocess
import sys
import tempfile

import keras
import numpy as np

FRESH = """
import helpers, sys, numpy as np
import keras, helpers.layers
folder = sys.argv[1]
stored = np.load(folder + "/inputs.npz")
inputs = [stored[name] for name in stored.files]
model = keras.models.load_model(folder + "/model.keras", compile=False)
np.save(folder + "/outputs.npy", model.predict_on_batch(inputs))
"""


def saved_and_loaded(model):
    """The model, written to a .keras file and read back in this process."""
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/model.keras")
        return keras.models.load_model(f"{folder}/model.keras")


def in_fresh_process(model, inputs):
    """What a new process computes that has only the model's file and our layers."""
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/model.keras")
        np.savez(f"{folder}/inputs.npz", *inputs)
        command = [sys.executable, "-c", FRESH, folder]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"The new process could not run it: {done.stderr}")
        return np.load(f"{folder}/outputs.npy")
