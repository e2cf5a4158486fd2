"""How fast training is, against what the processor can do; and who waits for whom.

Three measurements: the processor's own rate, by large matrix products; the rate that
training steps reach on one batch again and again, which no pipeline holds up; and the
same steps fed by the pipeline. What the last takes longer is the pipeline's share.
"""

import time

import keras
import numpy as np
import tensorflow as tf

from helpers import losses, models, pairs
from helpers.anatomy import multiplications

PEOPLE, PHOTOS = 30, 4  # of a batch
STEPS = 10  # of one measurement


def matrix_rate(kind="float32", side=2048, tries=5):
    """The processor's own rate: products of two square matrices.

    Args:
        kind: "float32" or "bfloat16".
        side: of the matrices.
        tries: the fastest counts.

    Returns:
        Floating-point operations a second, a product and a sum being two.
    """
    a = tf.cast(tf.random.normal((side, side)), kind)
    seconds = []
    for _ in range(tries + 1):
        start = time.perf_counter()
        np.asarray(tf.reduce_sum(a @ a))  # waits until it is done
        seconds.append(time.perf_counter() - start)
    return 2 * side**3 / min(seconds[1:])


def operations(tower, photos):
    """Floating-point operations of one training step.

    Forward each multiplication is one product and one sum; backward the slopes of the
    maps and of the weights cost as much again, each. What else a step does is little,
    and not counted.

    Args:
        tower: a model. photos: of a batch.

    >>> tower = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3)])
    >>> operations(tower, photos=10)  # 648 multiplications
    38880
    """
    return 2 * 3 * photos * sum(multiplications(tower).values())


def seconds_a_step(model, data, steps=STEPS):
    """Seconds that a training step takes, with whatever it waits for.

    Args:
        model: compiled, and trained for a step at least.
        data: a `tf.data.Dataset` without end.
        steps: how many are taken.
    """
    start = time.perf_counter()
    model.fit(data, steps_per_epoch=steps, epochs=1, verbose=0, shuffle=False)
    return (time.perf_counter() - start) / steps


def measure(crops, policy="float32", width=32, rounds=3):
    """All three measurements, in turns, so that a drift of the machine hits all alike.

    Args:
        crops: `Photos`, uint8 crops of at least 30 people.
        policy: "float32" or "mixed_bfloat16", as `training.best_policy` says.
        width: of the tower, as in `models.compact`.
        rounds: how often each is measured; the median counts.

    Returns:
        dict of plain numbers: matrix and training, operations a second; share of the
        float32 matrix rate that training reaches; pipeline, the share of a step that
        is spent waiting for its batch; seconds_a_step, photos_a_second.
    """
    keras.mixed_precision.set_global_policy(policy)
    tower = models.compact(crops.images.shape[1:], width=width)
    keras.mixed_precision.set_global_policy("float32")
    tower.compile("adam", losses.SupervisedContrastive(temperature=0.1))
    real = pairs.dataset(crops, PEOPLE, PHOTOS)
    fixed = tf.data.Dataset.from_tensors(pairs.batch_number(0, crops, PEOPLE, PHOTOS))
    fixed = fixed.repeat()
    seconds_a_step(tower, fixed, steps=2)  # builds
    rows = [
        (matrix_rate(), seconds_a_step(tower, fixed), seconds_a_step(tower, real))
        for _ in range(rounds)
    ]
    matrix, alone, fed = np.median(rows, axis=0)
    photos = PEOPLE * PHOTOS
    training = operations(tower, photos) / alone
    return {
        "policy": policy,
        "matrix": float(matrix),
        "matrix_bfloat16": matrix_rate("bfloat16") if "bf" in policy else None,
        "training": float(training),
        "share": float(training / matrix),
        "pipeline": float(max(0.0, 1 - alone / fed)),
        "seconds_a_step": float(fed),
        "photos_a_second": float(photos / fed),
    }


def describe(found):
    """What was measured, in words."""
    training, matrix = found["training"] / 1e9, found["matrix"] / 1e9
    return (
        f"Training reaches {training:.0f} of the {matrix:.0f} GFLOP/s of float32 "
        f"matrix products, {found['share']:.0%} ({found['policy']}); the pipeline "
        f"costs {found['pipeline']:.1%} of a step; {found['photos_a_second']:.0f} "
        "photos a second."
    )
