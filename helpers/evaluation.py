"""How good is a verifier? Measured on people it never trained on.

A score says how similar two photos are: higher is more similar. A pair is accepted when
its score >= threshold, so a score that equals the threshold is accepted. No TensorFlow.
"""

import numpy as np

# ---- from embeddings to scored pairs ---------------------------------------------------


def _embeddings(values):
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


def _embeddings_and_people(embeddings, people):
    """Check that there is one person for each embedding."""
    embeddings, people = _embeddings(embeddings), np.asarray(people)
    if people.shape != (len(embeddings),):
        raise ValueError(
            f"{len(embeddings)} embeddings need as many people, got {people.shape}. "
            "Pass the people of the very photos that were embedded."
        )
    return embeddings, people


def _unit(embeddings):
    """Scale each embedding to length 1; a zero embedding stays zero."""
    length = np.linalg.norm(embeddings, axis=-1, keepdims=True)
    return embeddings / np.where(length == 0, 1, length)


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
    a, b = _embeddings(a), _embeddings(b)
    if a.shape[1] != b.shape[1] or (len(a) != len(b) and 1 not in (len(a), len(b))):
        raise ValueError(
            f"Cannot compare {a.shape} with {b.shape}, both (pair, feature). "
            "Embed both photos of a pair with the same tower."
        )
    if metric == "cosine":
        scores = (_unit(a) * _unit(b)).sum(axis=1)
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

    embeddings, people = _embeddings_and_people(embeddings, people)
    i, j = np.triu_indices(len(people), k=1)  # (pair,), (pair,)
    same = people[i] == people[j]  # (pair,)
    _need_both(same)
    if metric == "cosine":
        unit = _unit(embeddings)
        scores = (unit @ unit.T)[i, j]  # all pairs in one matrix product
    elif metric in ("l1", "l2"):
        scores = -pdist(embeddings, {"l1": "cityblock", "l2": "euclidean"}[metric])
    else:
        raise ValueError(f"No metric '{metric}': choose 'cosine', 'l1' or 'l2'.")
    return np.round(scores, 12), same


# ---- ROC, EER, TAR at FAR, thresholds --------------------------------------------------


def _need_both(same):
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


def _pairs(scores, same):
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
    if not np.isin(same, (0, 1)).all():
        raise ValueError("The labels in same must be 1 (same) or 0 (different).")
    same = same.astype(bool)
    _need_both(same)
    return scores, same


def roc(scores, same):
    """Trace how FAR and TAR grow as the threshold falls.

    Args:
        scores: (pair,), higher is more similar.
        same: 1 or True for the same person, 0 or False for different, (pair,).

    Returns:
        far, tar, thresholds: (point,) each, from (0, 0) at threshold infinity, where
        nothing is accepted, to (1, 1). One point for each distinct score: pairs that
        tie are accepted together.

    >>> roc([0.9, 0.8, 0.8, 0.1], [1, 1, 0, 0])
    (array([0. , 0. , 0.5, 1. ]), array([0. , 0.5, 1. , 1. ]), array([inf, 0.9, 0.8, 0.1]))
    """
    from sklearn.metrics import roc_curve

    scores, same = _pairs(scores, same)
    far, tar, thresholds = roc_curve(same, scores, drop_intermediate=False)
    return far, tar, thresholds


def auc(scores, same):
    """Area under the ROC: the chance that a same pair outscores a different pair.

    >>> auc([0.9, 0.8, 0.8, 0.1], [1, 1, 0, 0])  # one tie counts half
    0.875
    """
    far, tar, _ = roc(scores, same)
    return float(np.trapezoid(tar, far))


def eer(scores, same):
    """Equal error rate: where FAR = FRR, between two points of the ROC if need be.

    Args:
        scores, same: (pair,) each, as in roc().

    Returns:
        A share from 0 (perfect) over 0.5 (chance, and any constant scorer) to 1.

    >>> eer([0.9, 0.8, 0.2, 0.1], [1, 1, 0, 0]), eer([0.3, 0.3, 0.3], [1, 0, 0])
    (0.0, 0.5)
    """
    far, tar, _ = roc(scores, same)
    frr = 1 - tar
    return float(np.interp(0, far - frr, far))  # far - frr climbs from -1 to 1


def tar_at_far(scores, same, far):
    """Share of same pairs accepted when at most `far` of the different ones are.

    Args:
        scores, same: (pair,) each, as in roc().
        far: the FAR allowed, 0 to 1. Nothing is interpolated.

    >>> tar_at_far([0.9, 0.8, 0.7, 0.1], [1, 0, 1, 0], far=0.4)
    0.5
    """
    fars, tars, _ = roc(scores, same)
    return float(tars[fars <= far][-1])


def threshold_at_far(scores, same, far):
    """The lowest threshold that accepts at most `far` of these different pairs.

    Rule of three: no error in n independent pairs shows only that FAR < 3 / n (with 95 %
    confidence). So a FAR below 1 / n is refused, and ten times as many pairs are wise.

    Args:
        scores, same: (pair,) each, as in roc().
        far: the FAR wanted, above 0 and at most 1.

    Raises:
        ValueError: too few different pairs to measure such a FAR.

    >>> threshold_at_far([0.9, 0.8, 0.7, 0.1], [1, 0, 1, 0], far=0.5)
    0.7
    """
    scores, same = _pairs(scores, same)
    different = int((~same).sum())
    if not 0 < far <= 1:
        raise ValueError(f"The wanted FAR is {far}: choose one above 0 and at most 1.")
    if far * different < 1 - 1e-9:
        raise ValueError(
            f"{different} different pairs cannot show a FAR of {far:g}: even without an "
            f"error they say only that it is below {min(1, 3 / different):.2g}. "
            f"Ask for {1 / different:.2g} or more, or add people."
        )
    fars, _, thresholds = roc(scores, same)
    return _finite(thresholds[fars <= far][-1], scores)


def _finite(threshold, scores):
    """Turn infinity into a number above every score, in float32 as in float64."""
    if np.isinf(threshold):
        threshold = np.nextafter(np.float32(scores.max()), np.float32(np.inf))
    return float(threshold)


def accuracy(scores, same, threshold):
    """Share of pairs decided rightly; a pair is accepted when score >= threshold.

    >>> accuracy([0.9, 0.5, 0.4], [1, 1, 0], threshold=0.5)
    1.0
    """
    scores, same = _pairs(scores, same)
    return float(((scores >= threshold) == same).mean())


def best_threshold(scores, same):
    """The threshold with the highest accuracy on these pairs, half way to the next score.

    Accuracy counts each pair once: balance the pairs, or a verifier that rejects
    everybody looks good.

    >>> round(best_threshold([0.9, 0.8, 0.2, 0.1], [1, 1, 0, 0]), 3)
    0.5
    """
    scores, same = _pairs(scores, same)
    far, tar, thresholds = roc(scores, same)
    right = tar * same.sum() + (1 - far) * (~same).sum()  # pairs decided rightly
    best = int(np.argmax(np.round(right)))  # of equals, the strictest
    if best == 0:
        return _finite(np.inf, scores)
    return float(thresholds[best : best + 2].mean())


def folds_accuracy(scores, same, fold):
    """LFW View 2: each fold decided with the best threshold of all the others.

    Args:
        scores, same: (pair,) each, as in roc().
        fold: the fold of each pair, (pair,); LFW has 10 folds of 600 pairs.

    Returns:
        (mean accuracy, its standard error) over the folds.

    Source: Huang et al., UMass TR 07-49 (2007), section "View 2".

    >>> folds_accuracy([0.9, 0.1, 0.8, 0.2], [1, 0, 1, 0], fold=[0, 0, 1, 1])
    (1.0, 0.0)
    """
    scores, same = _pairs(scores, same)
    fold = np.asarray(fold)
    names = np.unique(fold)
    if fold.shape != scores.shape or len(names) < 2:
        raise ValueError(
            f"Need one fold for each of {len(scores)} pairs and at least two folds, got "
            f"{fold.shape} with {len(names)}. Pass the fold number of each pair."
        )
    shares = []
    for name in names:
        held_out = fold == name
        threshold = best_threshold(scores[~held_out], same[~held_out])
        decided = scores[held_out] >= threshold
        shares.append((decided == same[held_out]).mean())
    return float(np.mean(shares)), float(np.std(shares, ddof=1) / np.sqrt(len(shares)))


# ---- one-shot N-way --------------------------------------------------------------------


def one_shot(embeddings, people, ways=10, trials=400, seed=0, metric="cosine"):
    """How often a probe is most similar to the one gallery photo of its own person.

    Each trial draws `ways` people, one gallery photo of each, and as probe another photo
    of the first. Those who tie for the highest score share the credit, so a constant
    scorer gets exactly 1 / ways, wherever the right answer stands.

    Args:
        embeddings: (photo, feature).
        people: (photo,).
        ways: people in a gallery. trials: galleries drawn. seed: of the draws.
        metric: as in similarity().

    Returns:
        Accuracy, 0 to 1; its standard error is about sqrt(p (1 - p) / trials).

    Raises:
        ValueError: fewer people than `ways`, or nobody with two photos.

    >>> one_shot([[0.0], [0.1], [1.0], [1.1]], [0, 0, 1, 1], ways=2, metric="l1")
    1.0
    """
    embeddings, people = _embeddings_and_people(embeddings, people)
    probe, gallery = draw_trials(people, ways, trials, seed)
    columns = [similarity(embeddings[probe], embeddings[g], metric) for g in gallery.T]
    scores = np.stack(columns, axis=1)  # (trial, way); way 0 is the right one
    tied = scores == scores.max(axis=1, keepdims=True)  # (trial, way)
    return float((tied[:, 0] / tied.sum(axis=1)).mean())


def draw_trials(people, ways=10, trials=400, seed=0):
    """Draw the photos of one-shot trials.

    Returns:
        probe: indices of photos, (trial,).
        gallery: indices of photos, (trial, way); column 0 shows the probe's person.

    >>> probe, gallery = draw_trials([0, 0, 1, 2], ways=3, trials=5)
    >>> gallery.shape, bool((gallery[:, 0] != probe).all())
    ((5, 3), True)
    """
    rng = np.random.default_rng(seed)
    _, person, count = np.unique(people, return_inverse=True, return_counts=True)
    if not 2 <= ways <= len(count):
        raise ValueError(
            f"A {ways}-way trial needs {ways} people, at least 2; there are "
            f"{len(count)}. Choose ways from 2 to {len(count)} or add people."
        )
    if count.max() < 2:
        raise ValueError(
            "Nobody has two photos, one for the probe and one for the gallery. "
            "Add a second photo of somebody."
        )
    photos = np.argsort(person, kind="stable")  # the photos, person by person
    first = np.cumsum(count) - count  # where each person begins in there
    target = rng.choice(np.flatnonzero(count >= 2), trials)  # (trial,)
    order = rng.random((trials, len(count)))  # (trial, person)
    order[np.arange(trials), target] = -1  # the target comes first
    drawn = np.argsort(order, axis=1)[:, :ways]  # (trial, way)
    place = rng.integers(count[drawn])  # (trial, way): which of that person's photos
    other = (place[:, 0] + rng.integers(1, count[target])) % count[target]  # (trial,)
    return photos[first[target] + other], photos[first[drawn] + place]


# ---- error bars ------------------------------------------------------------------------


def resample_people(embeddings, people, statistic, draws=200, seed=0, metric="cosine"):
    """95 % interval of a statistic, had other people stood before the camera.

    Photos of one person are not independent, so whole people are drawn, with
    replacement (the bootstrap; Bolle, Ratha, Pankanti 2004 for verification).

    Args:
        embeddings, people: (photo, feature) and (photo,).
        statistic: a function of (scores, same), such as eer.
        draws: resamples. seed: of the draws. metric: as in similarity().

    Returns:
        (low, high).

    >>> points = np.array([[0.0], [0.1], [1.0], [1.1], [2.0], [2.1]])
    >>> resample_people(points, [0, 0, 1, 1, 2, 2], eer, metric="l1")
    (0.0, 0.0)
    """
    scores, _ = pair_scores(embeddings, people, metric)
    i, j = np.triu_indices(len(people), k=1)
    people = np.asarray(people)
    return resample_pairs(scores, people[i], people[j], statistic, draws, seed)


def resample_pairs(scores, people_a, people_b, statistic, draws=200, seed=0):
    """resample_people() for pairs already scored, such as a list of LFW's.

    Somebody drawn k times stands for k people with the same photos: their same pairs
    count k times, and different pairs with somebody drawn m times k m times. Copies of
    one person are never compared, so no photo ever meets itself.

    Args:
        scores: (pair,).
        people_a, people_b: the person in the first and the second photo, (pair,) each.
        statistic, draws, seed: as in resample_people().

    Returns:
        (low, high).
    """
    rng = np.random.default_rng(seed)
    people_a, people_b = np.asarray(people_a), np.asarray(people_b)
    scores, same = _pairs(scores, people_a == people_b)
    order = np.argsort(scores)  # sorted once, every draw sorts faster
    scores, same = scores[order], same[order]
    names, person = np.unique([people_a[order], people_b[order]], return_inverse=True)
    a, b = person.reshape(2, -1)
    values = []
    while len(values) < draws:
        drawn = rng.integers(len(names), size=len(names))
        times = np.bincount(drawn, minlength=len(names))  # (person,)
        weights = np.where(same, times[a], times[a] * times[b])  # (pair,)
        if weights[same].any() and weights[~same].any():  # else draw again
            values.append(
                statistic(np.repeat(scores, weights), np.repeat(same, weights))
            )
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


# ---- baselines: what any tower must beat -----------------------------------------------


def _flat(images):
    """Photos as rows of float64, (photo, feature)."""
    images = np.asarray(images)
    if images.ndim < 2 or not len(images):
        raise ValueError(
            f"Photos need the shape (photo, row, column, channel), got {images.shape}. "
            "Put a single photo in a list."
        )
    return _embeddings(images.reshape(len(images), -1))


def pixels(images):
    """Raw pixels as an embedding, each photo with mean 0 and standard deviation 1.

    Args:
        images: (photo, row, column, channel), uint8 or float.

    Returns:
        (photo, feature), to be compared by cosine. A photo of one grey becomes 0.

    >>> pixels(np.array([[[[0], [255]]]], dtype="uint8"))
    array([[-1.,  1.]])
    """
    flat = _flat(images)  # (photo, feature)
    flat = flat - flat.mean(axis=1, keepdims=True)
    deviation = flat.std(axis=1, keepdims=True)
    return flat / np.where(deviation == 0, 1, deviation)


def eigenfaces(train_images, images, components=60):
    """Eigenfaces: where a photo lies along the main ways in which other people differ.

    Args:
        train_images: photos of people who are not in `images`, (photo, row, column,
            channel): the principal components are fitted on these only.
        images: the photos to embed, of the same size.
        components: how many to keep; fewer where there are too few training photos.

    Returns:
        Whitened coordinates, (photo, component), to be compared by cosine.

    Source: Turk and Pentland, Journal of Cognitive Neuroscience 3 (1991).

    >>> photos = np.random.default_rng(0).random((8, 4, 4, 1))
    >>> eigenfaces(photos[:5], photos[5:]).shape  # 5 photos span 4 directions
    (3, 4)
    """
    from sklearn.decomposition import PCA

    train, flat = _flat(train_images), _flat(images)
    if train.shape[1] != flat.shape[1]:
        raise ValueError(
            f"Training photos have {train.shape[1]} values each, the others "
            f"{flat.shape[1]}. Resize all of them to one size."
        )
    span = min(len(train), train.shape[1]) - 1  # directions that the photos can span
    if span < 1 or not train.std(axis=0).any():
        raise ValueError("Eigenfaces need different training photos. Add some.")
    pca = PCA(min(components, span), whiten=True, svd_solver="arpack", random_state=0)
    coordinates = pca.fit(train).transform(flat)  # (photo, component)
    real = pca.explained_variance_ > 1e-9 * pca.explained_variance_[0]
    return coordinates[:, real]  # without directions that copies of a photo leave empty
