"""A worker of the tests: no faces, two layers, a state that is kept every two steps."""

import sys

import keras
import numpy as np
import tensorflow as tf

from helpers import losses
from helpers.recipes import workers

workers.EVERY = 2


def build():
    keras.utils.set_random_seed(0)
    photos = keras.Input((8, 8, 1))
    x = keras.layers.Dense(16)(keras.layers.Flatten()(photos))
    x = keras.layers.BatchNormalization(synchronized=True)(x)
    tower = keras.Model(photos, x)
    tower.compile(keras.optimizers.SGD(0.1), losses.SupervisedContrastive(1.0))
    return tower


def make(number):
    rng = np.random.default_rng(number)
    return rng.random((8, 8, 8, 1), "float32"), np.arange(8, dtype="int32") // 2


if __name__ == "__main__":
    kept, steps = sys.argv[1:]
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    try:
        workers.train(strategy, build, make, int(steps), kept)
        _, own = workers.train(strategy, build, make, 1, gather=False)
        np.save(f"{kept}/own.npy", own)
    except tf.errors.OpError:
        sys.exit(7)
