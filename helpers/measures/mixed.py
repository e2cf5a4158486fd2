"""One person under two names, two people under one: what embeddings say of it."""

import numpy as np

from helpers.measures.rates import share

# Who is as alike as so few strangers' pairs may be one person. Of people with three
# photos under each of two names 76 % are told in news, all before one camera. There
# 7.5 % of people are told who have 39 others beside them, and no second name.
TWICE = 0.0001
# Who is less alike than so few of one person's pairs may be somebody else. Of those
# mixed into three photos 78 % are told, 62 % before one camera; of the others 0.9 %, 0.
OTHER = 0.05


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
    if len(names) > 1 and chance <= 1.001 * TWICE:  # the fewest that were measured
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
