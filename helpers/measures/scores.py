"""From embeddings to scored pairs. A score is a similarity: higher is more similar.

No TensorFlow.
"""

import numpy as np


def checked_embeddings(values):
    """Give float64 embeddings (photo, feature), or say what is wrong with them."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(
            f"Embeddings need the shape (photo, feature), these have {values.shape}. "
            "Flatten each photo's features into one row."
        )
    bad = int((~np.isfinite(values)).any(axis=1).sum())
    if bad:
        raise ValueError(
            f"{bad} of {len(values)} embeddings hold NaN or infinity. "
            "Look at the photos and at the training loss that made them."
        )
    return values


def checked_photos(embeddings, people):
    """Check that there is one person for each embedding."""
    embeddings, people = checked_embeddings(embeddings), np.asarray(people)
    if people.shape != (len(embeddings),):
        raise ValueError(
            f"{len(embeddings)} embeddings need as many people, got {people.shape}. "
            "Pass the people of the very photos that were embedded."
        )
    return embeddings, people


def unit(embeddings):
    """Scale each embedding to length 1; a zero embedding stays zero."""
    length = np.linalg.norm(embeddings, axis=-1, keepdims=True)
    return embeddings / np.where(length == 0, 1, length)


def lengthen(means, shared=None):
    """Make means of embeddings as long as an embedding is: 1.

    A mean of several photos of one person is shorter than 1: where they differ, they
    cancel. What the embeddings of *all* people share does not cancel, so it must not be
    made longer. Else strangers come nearer with each photo that is averaged (on LFW, a
    threshold that accepts 1 % of strangers' photos accepts 25 % of means of three).

    Args:
        means: float (..., feature), of embeddings of length 1.
        shared: float (feature,), the direction that all have in common, of length 1;
            None where different people's embeddings are 0 alike on average.

    Returns:
        float (..., feature) of length 1, as alike to `shared` as before.

    >>> lengthen(np.array([0.0, 0.6, 0.4])).round(2)
    array([0.  , 0.83, 0.55])
    >>> lengthen(np.array([0.0, 0.6, 0.4]), shared=np.array([0, 1, 0])).round(2)
    array([0. , 0.6, 0.8])
    """
    if shared is None:
        return unit(means)
    along = (means @ shared)[..., None]  # (..., 1)
    own = unit(means - along * shared)
    return along * shared + np.sqrt(1 - along**2) * own


def off_own_mean(embeddings, people):
    """Each embedding less the mean of its person's: what varies in one person.

    >>> off_own_mean(np.array([[1.0], [3.0], [5.0]]), [7, 7, 8]).ravel()
    array([-1.,  1.,  0.])
    """
    _, people, count = np.unique(people, return_inverse=True, return_counts=True)
    means = np.zeros((len(count), embeddings.shape[1]))
    np.add.at(means, people, embeddings)
    return embeddings - (means / count[:, None])[people]


def similarity(a, b, metric="cosine"):
    """Score row i of a against row i of b; higher is more similar.

    Args:
        a, b: embeddings, (pair, feature) each; one row is compared with every other.
        metric: "cosine" (-1 to 1), or "l1" and "l2" (the distance, negated: at most 0).

    Returns:
        Scores, (pair,).

    >>> similarity([[1.0, 0.0], [1.0, 1.0]], [[0.0, 1.0], [2.0, 2.0]])
    array([0., 1.])
    """
    a, b = checked_embeddings(a), checked_embeddings(b)
    if a.shape[1] != b.shape[1] or (len(a) != len(b) and 1 not in (len(a), len(b))):
        raise ValueError(
            f"Cannot compare {a.shape} with {b.shape}, both (pair, feature). "
            "Embed both photos of a pair with the same tower."
        )
    if metric == "cosine":
        scores = (unit(a) * unit(b)).sum(axis=1)
    elif metric == "l1":
        scores = -np.abs(a - b).sum(axis=1)
    elif metric == "l2":
        scores = -np.sqrt(np.square(a - b).sum(axis=1))
    else:
        raise ValueError(f"No metric '{metric}': choose 'cosine', 'l1' or 'l2'.")
    return np.round(scores, 12)  # (pair,); equal pairs tie whatever the summing order


def pair_scores(embeddings, people, metric="cosine"):
    """Score every pair of photos once, i < j.

    Args:
        embeddings: (photo, feature).
        people: the person in each photo, (photo,).
        metric: "cosine", "l1" or "l2", see similarity().

    Returns:
        scores: (pair,), higher is more similar; pairs ordered as np.triu_indices.
        same: bool (pair,), True where both photos show one person.

    Raises:
        ValueError: NaN, lengths that differ, no same pair, or no different pair.

    >>> scores, same = pair_scores([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]], [7, 7, 8])
    >>> scores, same
    (array([1., 0., 0.]), array([ True, False, False]))
    """
    from scipy.spatial.distance import pdist

    embeddings, people = checked_photos(embeddings, people)
    i, j = np.triu_indices(len(people), k=1)  # (pair,), (pair,)
    same = people[i] == people[j]  # (pair,)
    need_both_kinds(same)
    if metric == "cosine":
        rows = unit(embeddings)  # (photo, feature)
        scores = (rows @ rows.T)[i, j]  # all pairs in one matrix product
    elif metric in ("l1", "l2"):
        scores = -pdist(embeddings, {"l1": "cityblock", "l2": "euclidean"}[metric])
    else:
        raise ValueError(f"No metric '{metric}': choose 'cosine', 'l1' or 'l2'.")
    return np.round(scores, 12), same


def need_both_kinds(same):
    """Say what is missing when all pairs are of one kind."""
    if not same.any():
        raise ValueError(
            f"None of the {len(same)} pairs shows the same person twice. "
            "Add a second photo of somebody."
        )
    if same.all():
        raise ValueError(
            f"All {len(same)} pairs show the same person. Add photos of somebody else."
        )


def checked_pairs(scores, same):
    """Check one score and one label for each pair; same becomes bool."""
    scores, same = np.asarray(scores, dtype=np.float64), np.asarray(same)
    if scores.ndim != 1 or scores.shape != same.shape:
        raise ValueError(
            f"Scores {scores.shape} and same {same.shape} must both be (pair,). "
            "Give one label for each score."
        )
    if not np.isfinite(scores).all():
        raise ValueError(
            f"{(~np.isfinite(scores)).sum()} of {len(scores)} scores are NaN or "
            "infinite. Look at the embeddings that made them."
        )
    if same.dtype != bool and not np.isin(same, (0, 1)).all():
        raise ValueError("The labels in same must be 1 (same) or 0 (different).")
    same = same.astype(bool)
    need_both_kinds(same)
    return scores, same
