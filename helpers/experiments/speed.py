"""How fast training is, against what the processor can do; and who waits for whom.

Three measurements: the processor's own rate, by large matrix products; the rate that
training steps reach on one batch again and again, which no pipeline holds up; and the
same steps fed by the pipeline. What the last takes longer is the pipeline's share.
`benchmark.py` asks for them.
"""

import itertools
import time

import keras
import numpy as np
import tensorflow as tf

from helpers import losses, models, pairs, training
from helpers.figures.anatomy import multiplications

PEOPLE, PHOTOS = 30, 4  # of a batch
STEPS = 6  # of one measurement


def matrix_rate(kind="float32", side=2048, tries=5):
    """The processor's own rate, by products of two square matrices, the fastest.

    Returns:
        Floating-point operations a second, a product and a sum being two.
    """
    a = tf.cast(tf.random.normal((side, side)), kind)
    seconds = []
    for _ in range(tries + 1):
        start = time.perf_counter()
        tf.reduce_sum(a @ a).numpy()  # waits until it is done
        seconds.append(time.perf_counter() - start)
    return 2 * side**3 / min(seconds[1:])


def operations(tower, photos):
    """Floating-point operations of one training step.

    Forward each multiplication is one product and one sum; backward the slopes of the
    maps and of the weights cost as much again, each. What else a step does is little,
    and not counted.

    >>> tower = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3)])
    >>> operations(tower, photos=10)  # 648 multiplications
    38880
    """
    return 2 * 3 * photos * sum(multiplications(tower).values())


def seconds_a_step(model, batches, steps=STEPS):
    """Seconds that a training step takes, with whatever it waits for."""
    start = time.perf_counter()
    for batch in itertools.islice(batches, steps):
        model.train_on_batch(*batch)
    return (time.perf_counter() - start) / steps


def measure(crops, policy="float32", xla=False, width=32, minutes=2.0):
    """All three measurements, in turns, so that a drift of the machine hits all alike.

    The pipeline makes batches ahead; those are used up before its steps are timed, and
    it rests, with all of them made, while the others are.

    Args:
        crops: `Photos`, uint8 crops of at least 30 people.
        policy: "float32" or "mixed_bfloat16", as `processor.best_policy` says.
        xla: whether XLA compiles the steps, as `processor.xla_pays` says.
        width: of the tower, as in `models.compact`.
        minutes: how long they are measured; the median of the rounds counts, and where
            others use the machine too a few are not enough.

    Returns:
        dict for JSON: matrix and training, operations a second; share of the float32
        matrix rate that training reaches; pipeline, the share of a step that its batch
        costs, and pipeline_rounds, what single rounds say; and what the names say.
    """
    keras.mixed_precision.set_global_policy(policy)
    tower = models.compact(crops.images.shape[1:], width=width)
    keras.mixed_precision.set_global_policy("float32")
    loss = losses.SupervisedContrastive(temperature=0.1)
    tower.compile("adam", loss, jit_compile=xla)
    training.trace_once(tower)
    real = iter(pairs.dataset(crops, PEOPLE, PHOTOS))
    fixed = itertools.repeat(next(real))
    rows = []
    end = time.perf_counter() + 60 * minutes
    while not rows or time.perf_counter() < end:
        seconds_a_step(tower, fixed, pairs.AHEAD)  # builds, while batches are made
        matrix, alone = matrix_rate(), seconds_a_step(tower, fixed)
        seconds_a_step(tower, real, pairs.AHEAD)  # uses up what was made ahead
        rows.append((matrix, alone, seconds_a_step(tower, real)))
    matrix, alone, fed = np.median(rows, axis=0)
    waits = [1 - alone / fed for _, alone, fed in rows]
    photos = PEOPLE * PHOTOS
    reached = operations(tower, photos) / alone
    return {
        "parameters": tower.count_params(),
        "policy": policy,
        "xla": xla,
        "matrix": float(matrix),
        "matrix_bfloat16": matrix_rate("bfloat16") if "bf" in policy else None,
        "training": float(reached),
        "share": float(reached / matrix),
        "pipeline": float(max(0.0, np.median(waits))),
        "pipeline_rounds": [round(float(wait), 3) for wait in waits],
        "seconds_a_step": float(fed),
        "photos_a_second": float(photos / fed),
    }


def describe(found):
    """What was measured, in words."""
    reached, matrix = found["training"] / 1e9, found["matrix"] / 1e9
    way = found["policy"] + " by XLA" * found["xla"]
    rounds = found["pipeline_rounds"]
    low, high = np.quantile(rounds, (0.25, 0.75))
    return (
        f"A tower of {found['parameters']:,} parameters: training reaches "
        f"{reached:.0f} of the {matrix:.0f} GFLOP/s of float32 matrix products, "
        f"{found['share']:.0%} ({way}); the pipeline costs {found['pipeline']:.1%} of "
        f"a step, in the middle half of {len(rounds)} rounds {low:.1%} to {high:.1%}; "
        f"{found['photos_a_second']:.0f} photos a second."
    )
