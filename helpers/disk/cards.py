"""Cards: the JSON file beside a tower, which says what it is and what was measured.

`recipes.save_verifier` writes one, `Verifier.load` reads it. No TensorFlow, so that bad
weights and bad photos are refused at once.
"""

import json
from pathlib import Path

import numpy as np

WEIGHTS = Path(__file__).parents[1] / "weights"
FORMAT = 2  # of the card; another one is refused
VIEWS = 8  # looks at a picture, at most: `sources/pictures.py` holds so many
ENTRIES = {"of", "shape", "paper", "trim", "mirror", "views"}
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
        dict with at least "format", "threshold", "strangers" and "owners".

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
        names = ["strangers", "owners", *({"strangers_95"} & set(card))]
        tables = {name: np.asarray(card[name], float) for name in names}
        whole = all(t.ndim == 2 and t.shape[1] == 2 for t in tables.values())
        whole = whole and all(np.isfinite(table).all() for table in tables.values())
        lengths = {len(tables[name]) for name in names if name != "owners"}
        whole = whole and len(lengths) == 1
        whole = whole and np.isfinite(float(card["threshold"]))
        beside = card.get("beside", "faces")
        whole = whole and beside == Path(beside).name
        shared = np.asarray(card.get("shared") or [], float)
        whole = whole and shared.ndim == 1 and np.isfinite(shared).all()
    except (ValueError, TypeError, KeyError):
        whole = False
    if not whole:
        raise ValueError(f"{path} holds no thresholds: {AGAIN}.")
    if "pictures" in card and not is_whole(card["pictures"]):
        raise ValueError(f"{path} does not say which pictures it is for: {AGAIN}.")
    return card


def is_whole(entry):
    """Whether the entry `pictures` of a card says all that is needed.

    >>> is_whole({"of": "sign", "shape": [64, 64, 1], "paper": 0, "trim": False,
    ...           "mirror": False, "views": 1}), is_whole({"paper": 0})
    (True, False)
    """
    return (
        isinstance(entry, dict)
        and set(entry) >= ENTRIES
        and len(entry["shape"]) == 3
        and entry["shape"][2] in (1, 3)
        and all(isinstance(side, int) and side > 0 for side in entry["shape"])
        and entry["paper"] in (0, 255, None)
        and entry["views"] in range(1, VIEWS + 1)
    )
