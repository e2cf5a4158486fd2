"""A verifier for your own pictures: signatures, products, animals; one folder a class.

`python -m helpers train folder PATH` and `evaluate folder PATH`. Classes are kept apart
before anything is learned: three fifths are learned from, a fifth sets the threshold,
and a fifth is looked at for the report alone, beside raw pixels on the same pictures.

Forgeries go where the class goes that they imitate (`sources/forgeries.py` says how
they are named). A verifier that has learned from them sees more pixels, and `verify`
takes the threshold at which skilled forgeries of held-out classes pass as often as
genuine pictures are refused; one that has not, the threshold for 1 % of other classes.
"""

import hashlib
import itertools
import json
from collections import ChainMap
from pathlib import Path

import numpy as np

from helpers import embedding, models
from helpers.disk.cards import FORMAT, locate
from helpers.disk.files import write_json
from helpers.evaluation import pair_scores
from helpers.recipes import varied
from helpers.recipes.beside_pixels import (
    contenders,
    describe,
    measure,
    skilled_table,
    some,
)
from helpers.recipes.learning import (
    STEPS,
    save_verifier,
    threshold_table,
    train_on_batches,
)
from helpers.sources import classes, pictures
from helpers.verifier import Verifier

EPOCHS = 8
# The weights with which a tower begins. With 24 made signatures to learn from, the EER
# of unseen ones fell from .083 to .013; pictures in colour gained little.
START = "omniglot"
VIEWS = 1  # looks at a picture: more than one gained nothing here


def train_folder(
    path, name=None, epochs=EPOCHS, seed=0, folder=None, mirror=False, quiet=False,
    forgeries=None,
):  # fmt: skip
    """Train a verifier on a folder of pictures, and test it on classes it never saw.

    The supervised contrastive loss on batches of 64 pictures, of as many classes as
    there are, up to 32; the last epoch is kept.

    Args:
        path: a folder with one sub-folder a class.
        name: path of the weights, a `.keras` file, whose card is the `.json` beside it;
            by default that of `folder`, else `runs/folder/` and the name of the folder.
        epochs: of 100 batches.
        seed: of the lot that divides classes, of the first weights, of the batches.
        folder: where the run is kept, so that it goes on after a kill; by default the
            path of the weights without its ending.
        mirror: whether a mirrored picture shows the same class, as of most animals and
            things, not of writing.
        quiet: print nothing.
        forgeries: another folder, whose sub-folders hold forgeries; or None. Those in
            `path` are known by their names.

    Returns:
        The card of the weights: data, classes, recipe, thresholds, test.

    Raises:
        ValueError: there are too few classes, another run is kept in `folder`, the
            weights are a verifier of other pictures, or no name in `forgeries` fits.
        OSError: there is no such folder, or one cannot be written to.
    """
    weights = weights_of(path, name or folder)
    run = Path(folder) if folder else weights.with_suffix("")
    found, forged, (shape, paper, trim, ink) = classes.read(
        path, quiet=quiet, tree=forgeries
    )
    parts = classes.apart(found, seed, forged)
    divided, false = classes.divided(parts), dict.fromkeys(parts)
    say = (lambda text: None) if quiet else print
    say(f"Divided by lot: {divided}.")
    if forged:
        false = {name: of_classes(forged, part) for name, part in parts.items()}
        say(f"Forgeries go with the class that they imitate: {shares(false)}.")
        if not false["threshold"]:
            say("None sets a threshold for skilled ones: more classes need forgeries.")
    weights.parent.mkdir(parents=True, exist_ok=True)
    settings = {"epochs": epochs, "seed": seed, "mirror": mirror, "start": START}
    spare(weights, parts)
    claim(run, [found, forged] if forged else [found], settings)

    def build():
        tower = models.compact(shape, width=16, features=256)
        begin_with(tower, embedding.load(locate(START)[0]))
        return tower

    make = varied.batches(parts["train"], paper, mirror, seed, forged=false["train"])
    tower, history, way = train_on_batches(build, make, epochs, seed, run, quiet)
    card = {
        "format": FORMAT,
        "name": weights.stem,
        "made_by": f"python -m helpers train folder {Path(path).name} --epochs {epochs}"
        f" --seed {seed}{' --mirror' * mirror}",
        "data": f"{classes.in_words(found)}; {divided}"
        + f"; forgeries {shares(false)}" * bool(forged),
        "licence": "that of the pictures",
        "recipe": f"begun with {START}, "
        "supervised contrastive (0.1), AdamW 0.002 with cosine decay, last "
        f"epoch, compact tower of {tower.count_params():,} parameters, {way}",
        "seed": seed,
        "steps": len(history["loss"]) * STEPS,
        "training_minutes": round(sum(history["seconds"]) / 60, 1),
        "limits": "For pictures that were taken and cut out like these.",
        "pictures": {"of": "class", "shape": list(shape), "paper": paper, "trim": trim,
                     "ink": ink, "mirror": mirror, "views": VIEWS},
        "classes": {name: classes.known(part) for name, part in parts.items()},
        "not_used": found.skipped[:100],
    }  # fmt: skip
    say("Measuring on classes that were never trained on.")
    verifier = Verifier(tower, card)
    card |= thresholds(verifier, some(parts["threshold"]), false["threshold"])
    card["test"] = measure(verifier, parts["test"], false["test"])
    save_verifier(tower, card, str(weights.absolute()))
    say(describe(card["test"]))
    say(f"The weights are {weights}, their card {weights.with_suffix('.json')}.")
    return card


def begin_with(tower, other):
    """Give a tower the weights of another one, from the first layer on, while they fit.

    What was learned about strokes on a thousand characters a few classes cannot teach.
    Both are `models.compact` of one width, of any size; a kernel for grey becomes one
    for colour, a third for each channel. Returns how many layers were taken over.
    """
    taken = 0
    for layer in tower.layers:
        mine, theirs = (
            one.get_layer(layer.name).get_weights() for one in (tower, other)
        )
        if taken == 0 and mine and mine[0].shape[2] != theirs[0].shape[2]:
            theirs = [np.repeat(theirs[0], 3, axis=2) / 3]
        if [each.shape for each in mine] != [each.shape for each in theirs]:
            break
        layer.set_weights(theirs)
        taken += bool(mine)
    return taken


def of_classes(forged, part):
    """The forgeries of the classes of a part, or None where there are none."""
    some = forged.only(np.unique(part.people)) if forged else ()
    return some if len(some) else None


def shares(false):
    """How many forgeries each part has, in words."""
    counts = [len(some) if some else 0 for some in false.values()]
    use = ("learned from", "for the threshold", "for the test")
    return ", ".join(f"{count:,} {what}" for count, what in zip(counts, use))


def thresholds(verifier, held_out, forged=None):
    """What held-out classes say of thresholds, for the card: the `threshold_table`, and
    raw pixels' own; where there are forgeries, the entry `forgeries` beside them.
    """
    sides = contenders(verifier, held_out.images)
    tables = {
        name: threshold_table(*pair_scores(rows, held_out.people, metric))
        for name, (rows, metric) in sides.items()
    }
    each = {name: table["threshold"] for name, table in tables.items()}
    card = tables["verifier"] | {"thresholds": each}
    if skilled := skilled_table(verifier, held_out, forged):
        card["forgeries"] = skilled
    return card


def weights_of(path, name=None):
    """Where the weights go: `name` with its ending, else `runs/folder/<folder>.keras`.

    >>> weights_of("my/cats").as_posix(), weights_of("my/cats", "best").as_posix()
    ('runs/folder/cats.keras', 'best.keras')
    """
    path = Path(name or Path("runs", "folder", Path(path).resolve().name))
    return path if path.suffix == ".keras" else path.with_name(f"{path.name}.keras")


def spare(weights, parts):
    """Refuse to put a verifier in the place of one that learned from other pictures."""
    card = weights.with_suffix(".json")
    if not weights.exists() or not card.exists():
        return
    learned = json.loads(card.read_text("utf-8")).get("classes", {})
    ours = {name: classes.known(part) for name, part in parts.items()}
    before, now = (dict(ChainMap(*each.values())) for each in (learned, ours))
    if before != now:
        raise ValueError(
            f"{weights} is a verifier that learned from other pictures: name the new "
            f"one, --name {free(weights)}, or move the old one away."
        )


def claim(run, found, settings):
    """Note in a run's folder what it trains; refuse one where another run is kept.

    Args:
        run: the folder. found: a list of `Photos`. settings: of the run.
    """
    data = hashlib.blake2b()
    for each in found:
        data.update(each.images.tobytes() + each.people.tobytes())
    settings = settings | {"pictures": data.hexdigest()[:16]}
    note = run / "run.json"
    if note.exists() or (run / "state.npz").exists():
        kept = json.loads(note.read_text("utf-8")) if note.exists() else {}
        other = [key for key in settings if kept.get(key) != settings[key]]
        if other:
            raise ValueError(
                f"{run} holds a run with other {' and '.join(other)}: keep the new one "
                f"in another folder, --folder {free(run)}, or delete {run} to begin "
                "again."
            )
    write_json(note, settings)


def free(path):
    """The path with a number that is not taken: `cats-2.keras` beside `cats.keras`.

    >>> free(Path("cats.keras")).name
    'cats-2.keras'
    """
    numbered = (
        path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2)
    )
    return next(each for each in numbered if not each.exists())


def evaluate_folder(verifier, path, quiet=False, forgeries=None):
    """Measure a verifier of pictures on the classes of a folder that it never saw.

    Args:
        verifier: a `Verifier` of pictures.
        path: the folder of the training, of which the classes for the test are
            measured, or another one, of which all are.
        quiet: print nothing.
        forgeries: as for `train_folder`.

    Returns:
        dict, as `measure`; protocol says what was measured.
    """
    card = verifier.card
    if "pictures" not in card:
        raise ValueError(
            "These weights look for a face in each photo; name weights for pictures, "
            "those that `train folder` made."
        )
    how = pictures.how(card["pictures"])
    found, forged, _ = classes.read(path, how, quiet, forgeries)
    left, same_folder = classes.unseen(found, card.get("classes", {}))
    out = len(np.unique(found.people)) - len(np.unique(left.people))
    protocol = "all classes of a folder of which nothing was trained on"
    if same_folder:
        protocol = (
            f"classes that were never trained on; {out} others of the folder, on which "
            "it was trained or its threshold set, left out"
        )
    result = measure(verifier, left, of_classes(forged, left)) | {"protocol": protocol}
    if not quiet:
        print(describe(result))
    return result
