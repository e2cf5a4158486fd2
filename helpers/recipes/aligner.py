"""What levels a face, and what tells one from anything else.

`python -m helpers train aligner` fits both on LFW, in two minutes.
"""

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
ASTRAY = 4  # squares that show no upright face, of each photo


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
    found = {"weights": np.float32(weights), "bias": np.float32(biases)}
    stages = list(zip(found["weights"], found["bias"]))
    once = train[: len(train) // COPIES]
    face, bias = judge(once, np.random.default_rng(1), stages)
    found |= {"face": np.float32(face), "face_bias": np.float32(bias)}
    write_whole(levelling.ALIGNER, lambda file: np.savez(file, **found))
    return left


def squares(image, rng, stages=None):
    """Gradients of the levelled face of a photo, and of squares that show none.

    Returns:
        float32 (1 + ASTRAY, 1764), the face first.
    """
    looks = [levelling.gradients(image, levelling.align(image, away(rng), stages))]
    for number in range(ASTRAY):
        face, turn = away(rng), 0.0
        if number % 2:  # leaning, on its side or upside down
            turn = rng.choice((np.pi, np.pi / 2, -np.pi / 2, 0.8, -0.8))
            face = face._replace(angle=face.angle + turn)
        else:  # a part of the face, or beside it
            angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 0.9)
            step = far * np.cos(angle), far * np.sin(angle), rng.uniform(-1.4, 0.5), 0
            face = levelling.move(face, step)
        if abs(turn) != 0.8 and rng.random() < 0.5:  # a face that leans is levelled
            face = levelling.align(image, face, stages)
        looks.append(levelling.gradients(image, face))
    return np.stack(looks)


def judge(images, rng, stages=None):
    """Fit `levelling.facelike`: 1 for a face, -1 for what is none, both kinds one half.

    Args:
        images: list of uint8 (row, column), deep-funneled.
        stages: as for `levelling.align`.

    Returns:
        weights float (1764,), bias.
    """
    seeds = zip(images, rng.spawn(len(images)))
    seen = np.concatenate(in_threads(lambda pair: squares(*pair, stages), list(seeds)))
    is_face = np.arange(len(seen)) % (1 + ASTRAY) == 0
    wanted, weight = np.where(is_face, 1.0, -1.0), np.where(is_face, 1.0, 1 / ASTRAY)
    middle = weight @ seen / weight.sum()
    heavy = (seen - middle) * weight[:, None]
    gram = heavy.T @ (seen - middle) + RIDGE * np.eye(seen.shape[1])
    weights = np.linalg.solve(gram, heavy.T @ wanted)
    return weights, -middle @ weights


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
