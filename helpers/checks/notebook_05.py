"""Checks of notebook 05: a layer that survives its file, a head that can be fooled."""

import keras
import numpy as np

from helpers.checks.report import report

__all__ = ["exercise_5_1", "exercise_5_2"]


def exercise_5_1(answer):
    """A layer PowerDistance(power) that survives a file."""
    report(
        "5.1",
        answer is ...,
        _layer_problem(answer),
        "It comes back with its name, its precision and its power, in any process.",
    )


def _layer_problem(answer):
    if not isinstance(answer, type) or not issubclass(answer, keras.layers.Layer):
        return "give the class itself, a keras.layers.Layer, not an object of it."
    try:
        layer = answer(power=3.0, name="cubed", dtype="float32")
    except Exception as error:  # whatever a learner's code raises
        return f"PowerDistance(power=3.0, name='cubed', dtype='float32') says: {error}"
    if layer.name != "cubed":
        return (
            "it was named 'cubed' and is called "
            f"{layer.name!r}: hand **kwargs on to super().__init__."
        )
    first, second = np.float32([[1.0, 4.0]]), np.float32([[3.0, 1.0]])
    try:
        values = np.asarray(layer(first, second))
    except Exception as error:
        return f"calling it with two arrays says: {str(error).splitlines()[0]}"
    if values.shape != (1, 2):
        return f"feature by feature: (1, 2) and (1, 2) give (1, 2), not {values.shape}."
    if not np.allclose(values, [[8.0, 27.0]]):
        return f"|[1, 4] - [3, 1]| cubed is [8, 27]; it gives {values[0].tolist()}."
    return _file_problem(answer, layer)


def _file_problem(answer, layer):
    """What is lost on the way through a configuration."""
    config = layer.get_config()
    if "power" not in config:
        return (
            "get_config does not store the power. A layer read from a file would have "
            "the default power and no error would say so."
        )
    try:
        copy = answer.from_config(config)
    except Exception as error:
        return f"it cannot be made again from its own get_config(): {error}"
    if (copy.name, copy.compute_dtype) != ("cubed", "float32"):
        return "name or dtype are lost: start from super().get_config()."
    if not np.allclose(copy(np.float32([[1.0]]), np.float32([[3.0]])), 8.0):
        return "made again from its get_config(), it no longer cubes."
    if ">" not in keras.saving.get_registered_name(answer):
        return (
            "another process cannot locate the class: put "
            "@keras.saving.register_keras_serializable('mine') above it."
        )
    return None


def exercise_5_2(answer):
    """A function impostor(photo, weights): what a head believes in most."""
    report(
        "5.2",
        answer is ...,
        _impostor_problem(answer),
        "With any positive weight somebody else is more 'the same' than the photo.",
    )


def _impostor_problem(answer):
    if not callable(answer):
        return "give the function itself: checks.exercise_5_2(impostor)."
    rng = np.random.default_rng(0)
    cases = [(np.array([0.2, 0.5]), np.array([-1.0, 2.0]))]
    cases += [(rng.uniform(-1, 1, 6), rng.normal(0, 1, 6)) for _ in range(20)]
    cases += [(np.array([0.3, -0.4]), np.array([-1.0, -0.5]))]
    for photo, weights in cases:
        try:
            made = np.asarray(answer(photo.copy(), weights.copy()), dtype=float)
        except Exception as error:
            return f"impostor({photo.round(1)}, {weights.round(1)}) says: {error}"
        if made.shape != photo.shape:
            return (
                f"{photo.shape} goes in, so {photo.shape} comes out, not {made.shape}."
            )
        if np.abs(made).max() > 1 + 1e-6:
            return (
                f"features stay between -1 and 1; yours reach {np.abs(made).max():.1f}."
            )
        best = np.maximum(weights, 0) @ (1 + np.abs(photo))
        reached = weights @ np.abs(photo - made)
        if reached < best - 1e-4:
            return _why_less(photo, weights, made, reached, best)
    return None


def _why_less(photo, weights, made, reached, best):
    """Say where belief was left lying."""
    where = f"for photo {photo.round(1)} and weights {weights.round(1)}"
    if np.allclose(made, photo):
        return (
            f"{where} you return the photo itself, which gets 0. A photo is most like "
            "itself only if no weight is positive: here a difference pays."
        )
    moved = (np.abs(made - photo) > 1e-6) & (weights < 0)
    if moved.any():
        return (
            f"{where} you move a feature whose weight is negative. There every "
            "difference costs: stay."
        )
    return (
        f"{where} you reach w|a - b| = {reached:.2f}; {best:.2f} is possible: where "
        "a weight is positive, go to the end that is farther away."
    )
