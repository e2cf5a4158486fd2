"""What levels a face: `python -m helpers train aligner` fits it on LFW, in a minute."""

import numpy as np

from helpers import faces
from helpers.datasets import lfw_files, read_photo
from helpers.disk.files import write_whole
from helpers.recipes.faces import is_held_out
from helpers.sources import levelling
from helpers.sources.reading import in_threads

TRUE_FACE = levelling.Face(125, 125, 176)  # the square in deep-funneled LFW photos
SPREAD = np.array([0.04, 0.04, 0.08, 0.16])  # how far a cascade's box is off
STAGES = 3  # regressions in a row, each fitted to what the one before leaves
COPIES = 2  # how often each photo is moved away
RIDGE = 30.0  # weight of the penalty on the square of the weights


def train_aligner():
    """Fit the three linear regressions that level a face; takes a minute.

    Deep-funneled LFW photos show faces level and in place. Each is moved away by a
    known step, and ridge regression learns to tell that step from the gradients.

    Returns:
        Standard deviation of the step that is left on held-out people, float (4,).
    """
    paths, people, _ = lfw_files("peopleDevTrain")
    held_out = is_held_out(people)
    images = in_threads(lambda path: faces.grey(read_photo(path)), paths)
    train = [image for image, out in zip(images, held_out) if not out][::2] * COPIES
    test = [image for image, out in zip(images, held_out) if out]
    rng = np.random.default_rng(0)
    moved = [away(rng) for _ in train]
    moved_test = [away(rng) for _ in test]
    weights, biases = [], []
    for _ in range(STAGES):
        pairs = list(zip(train, moved))
        seen = np.stack(in_threads(lambda pair: levelling.gradients(*pair), pairs))
        steps = np.stack([step_back(face) for face in moved])
        middle = seen.mean(axis=0)
        seen -= middle
        gram = seen.T @ seen + RIDGE * np.eye(seen.shape[1])
        weight = np.linalg.solve(gram, seen.T @ (steps - steps.mean(axis=0)))
        bias = steps.mean(axis=0) - middle @ weight
        noise = rng.normal(size=steps.shape) * SPREAD / 8  # strangers fit less well
        moved = [
            levelling.move(face, look @ weight + steps.mean(axis=0) + extra)
            for face, look, extra in zip(moved, seen, noise)
        ]
        moved_test = [
            levelling.move(face, levelling.gradients(image, face) @ weight + bias)
            for image, face in zip(test, moved_test)
        ]
        weights.append(weight)
        biases.append(bias)
    left = np.std([step_back(face) for face in moved_test], axis=0)
    both = {"weights": np.float32(weights), "bias": np.float32(biases)}
    write_whole(levelling.ALIGNER, lambda file: np.savez(file, **both))
    return left


def away(rng):
    """The true square, moved as far as a cascade's box may be off."""
    return levelling.move(TRUE_FACE, rng.normal(size=4) * SPREAD)


def step_back(face):
    """The step that `levelling.move` needs to bring a face's square to the true one.

    >>> step_back(levelling.move(TRUE_FACE, (0, 0, 0.5, 0)))[2].round(3)
    np.float64(-0.5)
    """
    right, down = TRUE_FACE.x - face.x, TRUE_FACE.y - face.y
    cos, sin = np.cos(face.angle), np.sin(face.angle)
    return np.array(
        [
            (cos * right + sin * down) / face.side,
            (cos * down - sin * right) / face.side,
            np.log(TRUE_FACE.side / face.side),
            TRUE_FACE.angle - face.angle,
        ]
    )


def describe(left):
    """What `train_aligner` returned, in words."""
    return (
        "Left on held-out people, standard deviation: "
        "right {:.3f} and down {:.3f} sides, size {:.3f}, turn {:.3f} radians."
    ).format(*left)
