"""One person under two names, two people under one: what embeddings say of it."""

import numpy as np

from helpers.measures.rates import share

TWICE = 0.001  # share of strangers' pairs: who is more alike may be one person
OTHER = 0.05  # share of one person's pairs: who is less alike may be somebody else


def doubts(rows, here, templates, names, rates):
    """What makes it doubtful that all photos of a person, and no others, show her.

    Args:
        rows: embeddings of her photos, float (photo, feature), of length 1.
        here: her number among the people.
        templates: float (person, feature), of length 1. names: of the people.
        rates: `measures.rates.Rates` of the verifier.

    Returns:
        A tuple of sentences.
    """
    found = []
    alike = templates @ templates[here]  # (person,)
    alike[here] = -1
    nearest = int(alike.argmax())
    chance = rates.false_accepts(alike[nearest])
    if len(names) > 1 and chance <= TWICE:
        found.append(
            f"{names[here]!r} and {names[nearest]!r} may be one person: of strangers' "
            f"pairs {share(chance)} are as alike."
        )
    pairs = rows @ rows.T
    np.fill_diagonal(pairs, np.nan)
    for photo, mean in enumerate(np.nanmean(pairs, axis=1) if len(rows) > 2 else ()):
        chance = rates.false_rejects(mean)
        if chance <= OTHER:
            found.append(
                f"Photo {photo + 1} of {names[here]!r} may show somebody else: of one "
                f"person's pairs {share(chance)} are less alike."
            )
    return tuple(found)
