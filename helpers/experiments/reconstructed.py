"""A template is a face: a small decoder turns embeddings back into photos.

It learns from people of LFW's peopleDevTrain; the victims are of peopleDevTest, and of
ORL. What it draws is shown to the verifier as the victim, beside another photo of the
victim. For notebook 14 it makes `reconstructed.json`, and the picture of ORL's people
`reconstructed.png`, in half an hour on two cores:

    python -m helpers.experiments.reconstructed
"""

from pathlib import Path

import cv2
import keras
import numpy as np
from keras import layers

from helpers import faces
from helpers.datasets import orl
from helpers.disk.files import fill_json, read_json, write_whole
from helpers.recipes.faces import lfw_faces
from helpers.recipes.learning import few_of_each
from helpers.verifier import Verifier

RESULTS = Path(__file__).with_name("reconstructed.json")
PICTURE = Path(__file__).with_name("reconstructed.png")
SEEDS = range(3)
EPOCHS, BATCH = 12, 64
SHOWN = range(0, 400, 50)  # photos of ORL in the picture
RATES = {"1 in 100": 0.01, "1 in 1,000": 0.001, "equal odds": None}


def decoder(features=256, width=24):
    """A network embedding (photo, feature) -> face in 0..1 (photo, 64, 64, 1)."""
    embeddings = keras.Input((features,), name="embedding")
    x = layers.Dense(4 * 4 * 8 * width, activation="relu")(embeddings)
    x = layers.Reshape((4, 4, 8 * width))(x)
    for times in (6, 4, 2, 1):
        x = layers.UpSampling2D(interpolation="bilinear")(x)
        x = layers.Conv2D(times * width, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Conv2D(1, 3, padding="same", activation="sigmoid", dtype="float32")(x)
    return keras.Model(embeddings, x, name="decoder")


def train(verifier, seed, epochs=EPOCHS):
    """A decoder that learned from peopleDevTrain: pixels, and what the tower says."""
    keras.utils.set_random_seed(seed)
    crops = lfw_faces("peopleDevTrain").images
    embeddings = verifier.embed_crops(crops)
    model = decoder(embeddings.shape[1])
    tower = verifier.tower
    tower.trainable = False
    face = model.output
    both = keras.Model(model.input, {"face": face, "again": tower(face)})
    steps = epochs * (len(crops) // BATCH)
    both.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, steps)),
        {"face": "mae", "again": keras.losses.CosineSimilarity()},
        loss_weights={"face": 4.0, "again": 1.0},
    )
    both.fit(
        embeddings,
        {"face": np.float32(crops) / 255, "again": embeddings},
        batch_size=BATCH,
        epochs=epochs,
        verbose=2,
    )
    return model


def drawn(model, embeddings):
    """What the decoder draws, uint8 (photo, row, column, 1)."""
    found = model.predict(embeddings, batch_size=BATCH, verbose=0)
    return np.round(255 * found).astype(np.uint8)


def victims(name):
    """Crops of people, two photos each at least: images and people."""
    if name == "orl":
        found = faces.crop_all(orl(quiet=True))
    else:
        found = few_of_each(lfw_faces("peopleDevTest"), 2)
        count = np.bincount(found.people)
        found = found.take(count[found.people] == 2)
    return found.images, found.people


def judged(verifier, model, name):
    """How often the verifier takes what was drawn for the person.

    Returns:
        dict: people; for each of RATES the shares of pairs with another photo that are
        accepted: photo, the person's own; drawn, from the template; mean, the drawing
        of the mean template; and template, drawings beside the template itself.
    """
    images, people = victims(name)
    rows = verifier.embed_crops(images)
    false = verifier.embed_crops(drawn(model, rows))
    anybody = verifier.embed_crops(drawn(model, rows.mean(axis=0, keepdims=True)))
    first, second = np.nonzero(people[:, None] == people)
    first, second = first[first != second], second[first != second]
    found = {"people": len(np.unique(people)), "pairs": len(first)}
    scores = {
        "photo": (rows[first] * rows[second]).sum(axis=1),
        "drawn": (rows[first] * false[second]).sum(axis=1),
        "mean": (rows @ anybody.T).ravel(),
        "template": (rows * false).sum(axis=1),
    }
    for text, far in RATES.items():
        limit = verifier.threshold(far)
        found[text] = {
            way: round(float((values >= limit).mean()), 4)
            for way, values in scores.items()
        }
    return found


def picture(verifier, model):
    """ORL's people above, what the decoder draws of their templates below."""
    images = victims("orl")[0][list(SHOWN)]
    below = drawn(model, verifier.embed_crops(images))
    rows = [np.hstack([*some[..., 0]]) for some in (images, below)]
    large = cv2.resize(np.vstack(rows), None, fx=1.5, fy=1.5)
    content = cv2.imencode(".png", large)[1].tobytes()
    write_whole(PICTURE, lambda file: file.write(content))


def make_results(path=RESULTS):
    """Make what `results` reads; what is in the file already is kept."""
    verifier = Verifier.load()

    def run(seed):
        model = train(verifier, int(seed))
        if seed == "0":
            picture(verifier, model)
        found = {name: judged(verifier, model, name) for name in ("lfw", "orl")}
        print(f"seed {seed}: {found}", flush=True)
        return found

    fill_json(path, map(str, SEEDS), run)


def results(path=RESULTS):
    """Read the file: seed -> set -> as of `judged`."""
    return read_json(path, "python -m helpers.experiments.reconstructed")


if __name__ == "__main__":
    make_results()
