"""Cards: the JSON file beside a tower, which says what it is and what was measured.

`recipes.save_verifier` writes one, `Verifier.load` reads it. No TensorFlow, so that bad
weights and bad photos are refused at once.
"""

import json
from pathlib import Path

import numpy as np

from helpers import pictures

WEIGHTS = Path(__file__).parent / "weights"
FORMAT = 1  # of the card; another one is refused
AGAIN = "take a fresh copy of the .keras file and its .json, or train again"


def locate(name="faces"):
    """Find the weights of a verifier and read its card, before TensorFlow is loaded.

    Args:
        name: as for `Verifier.load`.

    Returns:
        path of the `.keras` file, card: a dict.

    Raises:
        FileNotFoundError, ValueError: as `Verifier.load`.
    """
    path = WEIGHTS / f"{name}.keras"
    if not path.exists():
        path = Path(name)
    if not path.is_file():
        known = ", ".join(sorted(repr(p.stem) for p in WEIGHTS.glob("*.keras")))
        raise FileNotFoundError(
            f"There is no verifier {str(name)!r}: the course ships {known}, and "
            "any other is named by the path of its .keras file."
        )
    card = path.with_suffix(".json")
    if not card.is_file():
        raise FileNotFoundError(
            f"{path} has no card: put {card.name}, which its training wrote, beside it."
        )
    return path, read_card(card)


def read_card(path):
    """The card of a tower, checked.

    Args:
        path: the .json file that lies beside the tower.

    Returns:
        dict with at least "format", "threshold" and "strangers".

    Raises:
        ValueError: it is damaged, or of another version.
    """
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        version = card["format"]
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"{path} is damaged: {AGAIN}.") from None
    if version != FORMAT:
        raise ValueError(
            f"{path} is of format {version}, this course reads format {FORMAT}: train "
            "it again, or use the course that wrote it."
        )
    try:
        table = np.asarray(card["strangers"], float)
        whole = table.ndim == 2 and table.shape[1] == 2 and np.isfinite(table).all()
        whole = whole and np.isfinite(float(card["threshold"]))
        shared = np.asarray(card.get("shared") or [], float)
        whole = whole and shared.ndim == 1 and np.isfinite(shared).all()
    except (ValueError, TypeError, KeyError):
        whole = False
    if not whole:
        raise ValueError(f"{path} holds no thresholds: {AGAIN}.")
    if "pictures" in card and not pictures.is_whole(card["pictures"]):
        raise ValueError(f"{path} does not say which pictures it is for: {AGAIN}.")
    return card
