"""A tower without training steps: ternary patterns and a metric in closed form.

A photo is described by how often each pattern occurs in each cell of a grid
(`measures/patterns.py`). Linear algebra then finds the directions in which people
differ more than the photos of one person do (Ioffe, "Probabilistic linear discriminant
analysis", ECCV 2006). It takes a minute, no gradient, and sees other things than a
trained tower: `beside` makes one verifier of both.
"""

import keras
import numpy as np
from sklearn.decomposition import PCA

from helpers.embedding import embed
from helpers.measures.patterns import HalfDense, TernaryPatterns
from helpers.measures.scores import off_own_mean
from helpers.recipes.spoil import at_random

MANY = 30  # photos: one person of 530 shall not say alone what differs within people
SPOILT = 32  # every so many photos is learned from once more, made worse
WEIGHT = 3.0  # of a similarity by patterns, where the tower's is 1


def metric(rows, people, features=230):
    """The two linear maps that make a good metric of descriptions, in closed form.

    First the main directions, each of spread 1, and the length made 1. Then those in
    which people differ: where the spread between people is b times that within one
    person, a direction counts b / (b + 1), and where it is no larger, nothing. A
    constant is put beside them, as large as they are on average. So the cosine heeds
    lengths as well, nearly as a distance does. The price: two faces of which little is
    found are near each other.

    Args:
        rows: float (photo, value), descriptions. people: (photo,), who is on each.
        features: main directions to keep, or as many as there are.

    Returns:
        kernel (value, feature), bias (feature,) of the first map; kernel (feature,
        result), bias (result,) of the second, whose last result is the constant.
    """
    _, one_each, people, count = np.unique(
        people, return_index=True, return_inverse=True, return_counts=True
    )
    if count.max() < 2:
        raise ValueError(
            "What differs within one person cannot be learned: nobody has two photos."
        )
    features = min(features, len(rows) - 1, rows.shape[1])
    pca = PCA(features, svd_solver="randomized", iterated_power=3, random_state=0)
    spread = pca.fit(rows).explained_variance_
    first = pca.components_.T / np.sqrt(spread + 0.02 * spread.mean())
    bias = -pca.mean_ @ first
    seen = rows @ first + bias
    seen /= np.linalg.norm(seen, axis=1, keepdims=True)  # (photo, feature)

    off = off_own_mean(seen, people)
    share = np.minimum(1, (MANY - 1) / np.maximum(count - 1, 1))  # (person,)
    within = (off.T * share[people]) @ off / ((count - 1) * share).sum()
    within += (0.01 * np.trace(within) / features + 1e-6) * np.eye(features)
    whiten = np.linalg.inv(np.linalg.cholesky(within)).T
    total, turn = np.linalg.eigh(whiten.T @ np.cov(seen[one_each].T) @ whiten)
    between = np.maximum(total - 1, 0)
    second = (whiten @ turn * (between / (between + 1)))[:, between > 0]
    constant = np.sqrt(((seen @ second) ** 2).sum(axis=1).mean())
    second = np.pad(second, ((0, 0), (0, 1)))
    return first, bias, second, np.append(np.zeros(second.shape[1] - 1), constant)


def tower(photos, channels=48, features=230):
    """Learn a tower from photos, without a gradient.

    The mean of each photo and its mirror image is learned from, as verifiers embed.
    Some photos come once more, darkened, blurred or from afar: so what these do counts
    for what varies in one person. Else all dark photos would be alike.

    Args:
        photos: `Photos`, grey, of one size.
        channels: the kinds of a cell are first made so few, by one linear map for all
            cells: their main directions.
        features: as for `metric`.

    Returns:
        A tower (photo, row, column, 1) -> (photo, feature), of length 1.
    """
    inputs = keras.Input(photos.images.shape[1:], name="photo")
    cells = TernaryPatterns(name="patterns")(inputs)
    some = photos.images[:: 1 + len(photos) // 1000]  # (photo, row, column, 1)
    flat = keras.Model(inputs, keras.layers.Flatten()(cells))
    found = embed(flat, some).reshape(-1, cells.shape[-1])  # (cell, kind)
    main = PCA(channels, svd_solver="covariance_eigh").fit(found)
    fewer = HalfDense(channels, name="main_kinds")
    flat = keras.Model(inputs, keras.layers.Flatten(name="flat")(fewer(cells)))
    shift = -main.components_ @ main.mean_
    fewer.set_weights([np.float16(main.components_.T), np.float16(shift)])

    rng = np.random.default_rng(0)
    worse = np.stack([at_random(image, rng) for image in photos.images[::SPOILT]])
    images = np.concatenate([photos.images, worse])
    people = np.concatenate([photos.people, photos.people[::SPOILT]])
    rows = embed(flat, images) + embed(flat, images[:, :, ::-1])
    first, bias, second, constant = metric(rows / 2, people, features)
    along = HalfDense(len(bias), name="directions")
    unit = keras.layers.UnitNormalization(name="length_1")
    apart = keras.layers.Dense(len(constant), name="people")
    last = keras.layers.UnitNormalization(name="embedding")
    made = keras.Model(inputs, last(apart(unit(along(flat.output)))), name="ternary")
    along.set_weights([np.float16(first), np.float16(bias)])  # as a file holds them
    apart.set_weights([second, constant])
    return made


def beside(tower, rival, weight=WEIGHT):
    """What makes one tower of two: its similarity is the mean of theirs.

    Two embeddings of length 1, one times the root of the weight, one after the other:
    their product is the sum of the two products. The made one has length 1 too.

    Args:
        tower: photo -> embedding, the network. rival: the same, of other features.
        weight: of the rival's similarity, where the tower's is 1.

    Returns:
        A model [photo, embedding of the tower] -> embedding, for `embedding.beside`.
    """
    photo = keras.Input(tower.input_shape[1:], name="photo")
    given = keras.Input(tower.output_shape[1:], name="network")
    own = keras.layers.UnitNormalization(name="tower_length_1")(given)
    other = keras.layers.UnitNormalization(name="rival_length_1")(rival(photo))
    other = keras.layers.Rescaling(weight**0.5, name="weight")(other)
    joined = keras.layers.Concatenate(name="both")([own, other])
    made = keras.layers.UnitNormalization(name="embedding")(joined)
    return keras.Model([photo, given], made, name="joined")
