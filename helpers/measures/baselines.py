"""What any tower must beat: raw pixels and eigenfaces. No training, no TensorFlow."""

import numpy as np

from helpers.measures.scores import checked_embeddings


def flat_rows(images):
    """Photos as rows of float64, (photo, feature)."""
    images = np.asarray(images)
    if images.ndim < 2 or not len(images):
        raise ValueError(
            f"Photos need the shape (photo, row, column, channel), got {images.shape}. "
            "Put a single photo in a list."
        )
    return checked_embeddings(images.reshape(len(images), -1))


def pixels(images, standardise=True):
    """Raw pixels as an embedding, each photo with mean 0 and standard deviation 1.

    Which baseline is strongest depends on the photos. ORL was taken in one room: there
    the light tells people apart too, and pixels left as they are, compared by "l1",
    have an EER of 10.9 % over the four folds, standardised ones by cosine 14.8 %.

    Args:
        images: (photo, row, column, channel), uint8 or float.
        standardise: False leaves the pixels as they are.

    Returns:
        (photo, feature), to be compared by cosine. A photo of one grey becomes 0.

    >>> pixels(np.array([[[[0], [255]]]], dtype="uint8"))
    array([[-1.,  1.]])
    """
    flat = flat_rows(images)  # (photo, feature)
    if not standardise:
        return flat
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

    train, flat = flat_rows(train_images), flat_rows(images)
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
