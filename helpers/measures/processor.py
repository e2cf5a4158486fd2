"""What pays on this processor: bfloat16, XLA. Measured, for no two are alike."""

import functools
import time

import keras
import numpy as np


def fastest(models, maps, tries):
    """Seconds of the fastest training step of each model, measured in turns.

    Args:
        models: dict, name -> a compiled model that learns to return what it is given.
        maps: float32, a batch for all of them.
        tries: steps of each that are timed; one more builds it.
    """
    seconds = {name: [] for name in models}
    for model in models.values():
        model.build(maps.shape)
        model.optimizer.build(model.trainable_variables)  # else it is traced twice
    for _ in range(1 + tries):
        for name, model in models.items():
            start = time.perf_counter()
            model.train_on_batch(maps, maps)
            seconds[name].append(time.perf_counter() - start)
    return {name: min(times[1:]) for name, times in seconds.items()}


@functools.cache
def best_policy(gain=1.25):
    """Measure whether bfloat16 pays on this processor; takes about a second.

    Three training steps of a small convolution in each precision, in turns; the fastest
    counts. Processors without bfloat16 units emulate it, many times slower.

    Args:
        gain: how many times faster bfloat16 must be.

    Returns:
        "mixed_bfloat16" or "float32", for `keras.mixed_precision.set_global_policy`.
    """
    models = {}
    for policy in ("float32", "mixed_bfloat16"):
        convolution = keras.layers.Conv2D(64, 3, padding="same", dtype=policy)
        models[policy] = keras.Sequential([convolution, convolution, convolution])
        models[policy].compile("sgd", "mse")
    seconds = fastest(models, np.ones((8, 32, 32, 64), "float32"), tries=3)
    pays = seconds["float32"] > gain * seconds["mixed_bfloat16"]
    return "mixed_bfloat16" if pays else "float32"


@functools.cache
def xla_pays(policy="float32", gain=1.05):
    """Measure whether XLA pays on this processor; takes about four seconds.

    XLA compiles a whole training step: normalisation, sum and ReLU are done in one go
    while the maps pass by. Keras leaves it out where there is no graphics card. Five
    steps of three small blocks each way, in turns; the fastest counts.

    Args:
        policy: the precision, as `best_policy` says.
        gain: how many times faster XLA must be, since it takes seconds to compile.

    Returns:
        bool, for `jit_compile` of `compile`.
    """
    models = {}
    for xla in (False, True):
        models[xla] = keras.Sequential()
        for _ in range(3):
            convolution = keras.layers.Conv2D(96, 3, padding="same", dtype=policy)
            models[xla].add(convolution)
            models[xla].add(keras.layers.BatchNormalization(dtype=policy))
            models[xla].add(keras.layers.ReLU(dtype=policy))
        models[xla].compile("sgd", "mse", jit_compile=xla)
    seconds = fastest(models, np.ones((64, 8, 8, 96), "float32"), tries=5)
    return seconds[False] > gain * seconds[True]
