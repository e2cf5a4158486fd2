"""The verifier for drawings: what trains it, what measures it.

`python -m helpers train omniglot` and `evaluate omniglot`. Alphabets are kept apart: 24
of the 30 background alphabets are learned from; the six of HELD_OUT, drawn once by lot,
chose the recipe and set the threshold; Lake's 20 runs show ten other alphabets and are
looked at for the report alone.
"""

from pathlib import Path

import numpy as np

from helpers import models
from helpers.disk.cards import FORMAT
from helpers.evaluation import auc, eer, pair_scores
from helpers.recipes import drawings
from helpers.recipes.learning import (
    STEPS,
    few_of_each,
    rounded,
    save_verifier,
    threshold_table,
    train_on_batches,
)
from helpers.sources.omniglot import (
    accuracy,
    alphabets,
    by_pixels,
    draw_runs,
    lake_runs,
    omniglot,
    share_right,
    share_right_jointly,
)
from helpers.sources.pictures import VIEWS
from helpers.verifier import Verifier

SIZE = 64  # pixels of a drawing's side, as the tower takes it
HELD_OUT = ("Arcadian", "Asomtavruli_(Georgian)", "Cyrillic", "Early_Aramaic", "Latin",
            "Sanskrit")  # fmt: skip


def apart(photos):
    """The alphabets to learn from, and those that are held out.

    Returns:
        train, held_out: `Photos` with no character in both, numbers unchanged.
    """
    alphabet = np.array([name.partition("/")[0] for name in photos.names])
    out = np.isin(alphabet, HELD_OUT)[photos.people]
    train, held_out = photos.take(~out), photos.take(out)
    assert not set(alphabets(train)) & set(alphabets(held_out)), "an alphabet in both"
    return train, held_out


def train_omniglot(
    epochs=36, seed=0, folder="runs/omniglot", name="omniglot", quiet=False
):
    """Train the verifier for drawings on 24 alphabets.

    The supervised contrastive loss on batches of 32 characters x 4 drawers, 16
    characters of one alphabet and 16 of another: a test within an alphabet is about
    look-alikes. Each batch turns its alphabets anew, by quarters and mirrored.

    Args:
        epochs: of 100 batches.
        seed, folder, name, quiet: as for `faces.train_faces`.

    Returns:
        The card of the weights: data, recipe, thresholds, measurements.
    """
    train, held_out = apart(omniglot(SIZE))
    make = drawings.batches(train, seed=seed)

    def build():
        return models.compact((SIZE, SIZE, 1), width=16, features=256)

    tower, history, way = train_on_batches(build, make, epochs, seed, folder, quiet)
    card = {
        "format": FORMAT,
        "name": Path(name).stem,
        "made_by": f"python -m helpers train omniglot --epochs {epochs} --seed {seed}",
        "data": f"Omniglot, background set: {len(np.unique(alphabets(train)))} "
        f"alphabets, {in_words(train)} trained on, {len(HELD_OUT)} alphabets, "
        f"{in_words(held_out)} held out: {', '.join(HELD_OUT)}",
        "licence": "weights CC BY 4.0; Omniglot MIT",
        "recipe": "supervised contrastive (0.1), 32 characters of two alphabets x 4 "
        "drawers, turned by quarters and mirrored as new characters, varied by affine "
        "maps, waves and ink, AdamW 0.002 with cosine decay, last epoch, compact "
        f"tower of {tower.count_params():,} parameters, {way}",
        "seed": seed,
        "steps": len(history["loss"]) * STEPS,
        "training_minutes": round(sum(history["seconds"]) / 60, 1),
        "pictures": {"of": "character", "shape": [SIZE, SIZE, 1], "paper": 0,
                     "trim": False, "mirror": False, "views": len(VIEWS)},
        "limits": "Characters that were drawn online, one stroke wide, on a screen: "
        "not photos of paper, not words.",
    }  # fmt: skip
    card.update(threshold_table(*within(Verifier(tower, card), held_out)))
    save_verifier(tower, card, name)
    return card


def in_words(drawn):
    """How many drawings of how many characters these are."""
    return drawn.count().replace("photos", "drawings").replace("people", "characters")


def within(verifier, photos, drawers=5):
    """The similarities of all pairs of drawings of one alphabet.

    Returns:
        scores float (pair,), same bool (pair,); of each character so many drawings.
    """
    alphabet, pairs = alphabets(photos), []
    for one in np.unique(alphabet):
        found = few_of_each(photos.take(alphabet == one), drawers)
        pairs.append(pair_scores(verifier.embed_crops(found.images), found.people))
    scores, same = map(np.concatenate, zip(*pairs))
    return scores, same


def evaluate_omniglot(verifier, fresh_runs=100):
    """Lake's 20 runs, and what the held-out alphabets say.

    Args:
        verifier: a `Verifier` for drawings.
        fresh_runs: how many runs of 20 tasks are drawn from the held-out alphabets.

    Returns:
        dict: accuracy of Lake's runs, each drawing matched by itself; its standard
        error over the runs; accuracy_jointly; pixels, the baseline; fresh, the accuracy
        on the drawn runs, with any two drawers, and its pixels; auc and eer of all
        pairs within a held-out alphabet.
    """
    size = verifier.tower.input_shape[1]
    held_out = apart(omniglot(size))[1]
    lake, fresh = lake_runs(size), draw_runs(held_out, fresh_runs)

    def similarity(asked, shown):
        return verifier.embed_crops(asked) @ verifier.embed_crops(shown).T

    tables = [similarity(run.asked, run.shown) for run in lake]
    shares = np.array([share_right(*pair) for pair in zip(tables, lake)])
    scores, same = within(verifier, held_out)
    figures = {
        "accuracy": shares.mean(),
        "standard_error": shares.std(ddof=1) / len(shares) ** 0.5,
        "accuracy_jointly": np.mean(list(map(share_right_jointly, tables, lake))),
        "pixels": accuracy(by_pixels, lake).mean(),
        "fresh": accuracy(similarity, fresh).mean(),
        "fresh_pixels": accuracy(by_pixels, fresh).mean(),
        "auc": auc(scores, same),
        "eer": eer(scores, same),
    }
    return rounded(figures) | {
        "protocol": "Omniglot, Lake's 20 runs of 20-way one-shot within an alphabet, "
        f"each drawing matched by itself; fresh: {20 * fresh_runs:,} such tasks from "
        "six background alphabets that were held out, any two drawers",
    }
