"""A template is a face: a decoder turns embeddings back into faces. For notebook 14.

An attacker has stolen templates and no photo. A small decoder learns from people of
LFW's peopleDevTrain how a face is drawn from a template; those attacked are of
peopleDevTest and ORL. "White box" has the network itself and may ask it for gradients;
"least squares" has photos with their templates and trains nothing. Drawings have 8
bits, as in a file. They are shown to the network and to a verifier that the attack has
never seen, of patterns. It makes
`faces_from_templates.json`, and `faces_from_templates.jpg` with drawings of ORL's
people, in three quarters of an hour on two busy cores; a run that was killed goes on:

    python -m helpers.experiments.faces_from_templates
"""

from functools import cache
from pathlib import Path

import cv2
import keras
import numpy as np
from keras import layers, ops

from helpers import faces
from helpers.disk.files import fill_json, read_json, write_whole
from helpers.experiments.impostors import attacked, enrolled, judged, measured
from helpers.pairs import stream, to_float
from helpers.recipes.faces import lfw_faces
from helpers.recipes.learning import STEPS, train_tower
from helpers.verifier import Verifier

RESULTS = Path(__file__).with_name("faces_from_templates.json")
PICTURE = RESULTS.with_suffix(".jpg")
WAYS = {"white box": (0, 1, 2), "least squares": (0,)}  # seeds
SHOWN = "white box", "least squares"  # in the picture
EPOCHS, BATCH = 12, 32  # epochs of STEPS batches
SETS = "lfw", "orl"
COLUMNS = 8  # of the picture


def decoder(features=256, width=24):
    """A network template (photo, feature) -> face in 0..1 (photo, 64, 64, 1)."""
    templates = keras.Input((features,), name="template")
    x = layers.Rescaling(features**0.5)(templates)  # each number about 1
    x = layers.Dense(4 * 4 * 8 * width, activation="relu")(x)
    x = layers.Reshape((4, 4, 8 * width))(x)
    for times in (6, 4, 2):
        x = layers.UpSampling2D(interpolation="bilinear")(x)
        x = layers.Conv2D(times * width, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    last = {"padding": "same", "activation": "sigmoid", "dtype": "float32"}
    return keras.Model(templates, layers.Conv2DTranspose(1, 4, 2, **last)(x))


def frozen(tower):
    """A copy of a tower that does not learn, in the precision of the training."""
    policy = keras.mixed_precision.dtype_policy()

    def copy(layer):
        return type(layer).from_config({**layer.get_config(), "dtype": policy})

    made = keras.models.clone_model(tower, clone_function=copy)
    made.set_weights(tower.get_weights())
    made.trainable = False
    return made


@cache
def own_templates():
    """The attacker's own: `Photos` of peopleDevTrain, and their templates."""
    photos = lfw_faces("peopleDevTrain")
    return photos, Verifier.load().embed_crops(photos.images)


def by_least_squares(templates, images, ridge=1.0):
    """A decoder without training: the linear map of templates that errs least.

    Args:
        templates: (photo, feature). images: uint8 (photo, row, column, 1).
        ridge: holds directions small of which the photos tell little.
    """
    faces_of, size = to_float(images).reshape(len(images), -1), images.shape[1:]
    square = templates.T @ templates + ridge * np.eye(templates.shape[1])
    mean = faces_of.mean(axis=0)
    kernel = np.linalg.solve(square, templates.T @ (faces_of - mean))
    given = keras.Input(templates.shape[1:], name="template")
    made = keras.Model(given, layers.Reshape(size)(layers.Dense(len(mean))(given)))
    made.set_weights([kernel, mean])
    return made


def learned(way, seed, epochs=EPOCHS, folder="runs/faces_from_templates"):
    """A decoder that learned from peopleDevTrain, and the history of its training.

    Args:
        way: "white box", where a drawing shall look like the photo and have its
            template; or "least squares".
        seed, epochs, folder: as for `learning.train_tower`.
    """
    if way == "least squares":
        photos, templates = own_templates()
        return by_least_squares(templates, photos.images), {"seconds": []}
    loss = {"face": "mae", "again": keras.losses.CosineSimilarity()}
    counts = {"face": 4.0, "again": 1.0}

    def build():
        made = decoder()
        again = frozen(Verifier.load().tower)(made.output)
        return made, keras.Model(made.input, {"face": made.output, "again": again})

    def batches(start):
        photos, templates = own_templates()

        def make(step):
            rng = np.random.default_rng([seed, step])
            chosen = rng.choice(len(photos), BATCH, replace=False)
            return to_float(photos.images[chosen]), chosen.astype(np.int32)

        def answers(images, chosen):
            rows = ops.take(templates, chosen, axis=0)
            return rows, {"face": images, "again": rows}

        return stream(make, start).map(answers)

    folder = f"{folder}/{way.replace(' ', '_')}_{seed}"
    run = train_tower(build, loss, batches, epochs, seed, folder, weights=counts)
    return run[:2]


def drawn(made, templates):
    """The faces that a decoder draws of templates, uint8 (photo, row, column, 1)."""
    found = made.predict(templates, batch_size=BATCH, verbose=0)
    return np.round(255 * found.clip(0, 1)).astype(np.uint8)


def baselines(name):
    """The same for the photos themselves, and for the mean of all learned from."""
    photos = attacked(name)
    mean = lfw_faces("peopleDevTrain").images.mean(axis=0).round().astype(np.uint8)
    return {
        "people": len(np.unique(photos.people)),
        "photos": len(photos),
        "photo": measured(name, photos.images),
        "mean face": judged(name, mean[None]),
    }


def attack(way, seed):
    """What drawings of a decoder pass for: set -> as of `impostors.measured`."""
    made, history = learned(way, int(seed))
    found = {
        "steps": STEPS * len(history["seconds"]),
        "minutes": round(sum(history["seconds"]) / 60, 1),
    }
    return found | {name: measured(name, drawn(made, enrolled(name))) for name in SETS}


def sheet(decoders):
    """One drawing of each of ORL's people by each decoder, one above the other."""
    first = np.arange(0, 400, 10)
    shown = np.concatenate([drawn(made, enrolled("orl")[first]) for made in decoders])
    rows = shown.reshape(-1, COLUMNS, *shown.shape[1:3])
    return np.vstack([np.hstack(row) for row in rows])


def drawings(way="white box", path=PICTURE):
    """The drawings of the first photo of each of ORL's people, from the picture.

    Args:
        way: of SHOWN.

    Returns:
        uint8 (person, row, column, 1).

    >>> drawings().shape
    (40, 64, 64, 1)
    """
    page = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
    size = faces.SIZE
    tiles = page.reshape(-1, size, page.shape[1] // size, size).swapaxes(1, 2)
    tiles = tiles.reshape(len(SHOWN), -1, size, size, 1)
    return tiles[SHOWN.index(way)]


def quiz(questions=8, ways=4, seed=0):
    """Whose template was this drawn of? Drawings of ORL's people with candidates.

    Args:
        questions: people asked about. ways: candidates of each, one is right.
        seed: of the draws.

    Returns:
        people: (question,), who was drawn.
        candidates: (question, way), photos of ORL, none of them the one that was drawn.
        answers: (question,), the column of the right one.

    >>> people, candidates, answers = quiz()
    >>> bool((candidates[np.arange(8), answers] // 10 == people).all())
    True
    """
    rng = np.random.default_rng(seed)
    people = np.sort(rng.choice(40, questions, replace=False))
    others = [
        rng.choice(np.delete(np.arange(40), one), ways - 1, replace=False)
        for one in people
    ]
    answers = rng.integers(ways, size=questions)
    who = [np.insert(some, *at) for some, at in zip(others, zip(answers, people))]
    return people, 10 * np.array(who) + rng.integers(1, 10, (questions, ways)), answers


def make_results(path=RESULTS):
    """Make what `results` reads; what is in the file already is kept."""
    runs = [f"{way}|{seed}" for way, seeds in WAYS.items() for seed in seeds]

    def run(key):
        found = attack(*key.split("|")) if key in runs else baselines(key)
        print(key, found, flush=True)
        return found

    fill_json(path, [*runs, *SETS], run)
    if not PICTURE.exists():
        page = sheet([learned(way, 0)[0] for way in SHOWN])
        how = [cv2.IMWRITE_JPEG_QUALITY, 88]
        content = cv2.imencode(".jpg", page, how)[1].tobytes()
        write_whole(PICTURE, lambda file: file.write(content))


def results(path=RESULTS):
    """Read the file: "white box|0" and so on -> as of `attack`, set -> as of
    `baselines`.
    """
    return read_json(path, "python -m helpers.experiments.faces_from_templates")


if __name__ == "__main__":
    make_results()
