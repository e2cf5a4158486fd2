"""Checks of notebook 04: how far a number sees, and a tower on a budget."""

import keras
import numpy as np

from helpers.checks.report import report
from helpers.figures.anatomy import multiplications, receptive_field

__all__ = ["exercise_4_1", "exercise_4_2"]

FEATURES, PARAMETERS, WORK, PIXELS = 128, 600_000, 20_000_000, 48


def exercise_4_1(answer):
    """How many 3x3 layers until a number sees 64 pixels, with stride 1 and stride 2."""
    report(
        "4.1",
        answer is ...,
        _layers_problem(answer),
        "1 + 2n grows by steps, 2^(n+1) - 1 doubles: halving the maps is what lets a "
        "short tower see a whole face.",
    )


def _layers_problem(answer):
    try:
        plain, halving = (int(number) for number in answer)
    except (TypeError, ValueError):
        return "give two whole numbers, (stride_1, stride_2)."
    if (plain, halving) == (6, 32):
        return "the two numbers are right and stand in the wrong order."
    if plain == 64:
        return (
            "a 3x3 layer widens the field by 2 pixels, one on each side, not by 1: "
            "after n layers of stride 1 it is 1 + 2n."
        )
    if plain in (22, 21):
        return (
            "fields do not add up to 3 pixels a layer: the second 3x3 layer sees 5, "
            "because its three inputs overlap."
        )
    if plain == 31:
        return "31 layers of stride 1 see 63 pixels. At least 64 were asked for."
    if plain != 32:
        return f"{plain} layers of stride 1 see {1 + 2 * plain} pixels, not 64."
    if halving == 16:
        return (
            "stride 2 does not halve the number of layers: each layer doubles the step "
            "of all layers after it. Write down the field: 3, 7, 15, ..."
        )
    if halving == 5:
        return "5 layers of stride 2 see 63 pixels, one too few. Off by one layer."
    if halving != 6:
        return (
            "with stride 2 the n-th layer adds 2 x 2^(n-1) pixels: 1 + 2 + 4 + 8 + ... "
            "until 64 are reached. Count the layers."
        )
    return None


def exercise_4_2(answer):
    """A tower on a budget: parameters, multiplications, receptive field."""
    report(
        "4.2",
        answer is ...,
        _tower_problem(answer),
        "A whole face seen, at a sixth of compact's parameters and less of its work. "
        "What does it score, untrained?",
    )


def _tower_problem(answer):
    if not isinstance(answer, keras.Model):
        return "give a model: keras.Model(photos, embeddings)."
    if answer.input_shape != (None, 64, 64, 1):
        return f"it takes {answer.input_shape}; photos are (None, 64, 64, 1)."
    if isinstance(answer.output_shape, list):
        return "its output is a list. Leave the brackets out: keras.Model(photos, x)."
    if answer.output_shape != (None, FEATURES):
        return f"it gives {answer.output_shape}, wanted is (None, {FEATURES})."
    field, work = receptive_field(answer), sum(multiplications(answer).values())
    if answer.count_params() > PARAMETERS:
        largest = max(answer.layers, key=lambda layer: layer.count_params())
        return (
            f"it has {answer.count_params():,} parameters, {PARAMETERS:,} are allowed. "
            f"{largest.count_params():,} are in {largest.name!r}, whose input has the "
            f"shape {tuple(largest.input.shape)}: make that smaller first."
        )
    if work > WORK:
        name, most = max(multiplications(answer).items(), key=lambda item: item[1])
        return (
            f"it multiplies {work:,} times a photo, {WORK:,} are allowed, and "
            f"{most:,} are in {name!r}: give it fewer channels or fewer places."
        )
    if field < PIXELS:
        return (
            f"a number before the last layer sees {field} pixels, {PIXELS} are wanted: "
            "larger kernels, more strides or more layers."
        )
    two = np.random.default_rng(0).random((2, 64, 64, 1), dtype="float32")
    first, second = np.asarray(answer(two))
    if np.allclose(first, second):
        return "it gives the same embedding for two different photos."
    return None
