"""Towers that map photos to embeddings, and the models that train them.

A tower takes float photos (photo, row, column, channel) in 0..1 and returns
embeddings (photo, feature). A siamese model runs one tower on all photos and compares.
"""

import keras
from keras import layers

from helpers.layers import AllPairs, L1Distance, ReflectionPad


def classic(pool=2):
    """The tower of the classic tutorial: colour photos 100x100, 38,960,448 parameters.

    Args:
        pool: side of the pooling windows. 2 is what was meant; 64 is what was
            published: `MaxPooling2D(64, (2, 2))` took the number of filters for it.
            The summary and the parameters are the same.

    Returns:
        A tower (photo, 100, 100, 3) -> (photo, 4096).

    Source: nicknochnack/FaceRecognition (2021), after Koch et al. (2015).

    >>> classic().count_params()
    38960448
    """
    photos = x = keras.Input((100, 100, 3), name="input_image")
    for number, (filters, side) in enumerate([(64, 10), (128, 7), (128, 4)]):
        tail = f"_{number}" if number else ""
        x = layers.Conv2D(filters, side, activation="relu", name="conv2d" + tail)(x)
        x = layers.MaxPooling2D(pool, 2, padding="same", name="max_pooling2d" + tail)(x)
    x = layers.Conv2D(256, 4, activation="relu", name="conv2d_3")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(4096, activation="sigmoid", name="dense")(x)
    return keras.Model(photos, x, name="embedding")


def koch(l2=0.0):
    """The tower of the paper: drawings 105x105, 4,096 features.

    Args:
        l2: weight of the L2 penalty on every kernel; the paper searched 0 to 0.1.

    Returns:
        A tower (photo, 105, 105, 1) -> (photo, 4096).

    Source: Koch, Zemel, Salakhutdinov (2015), figure 4; section 3.2 for the first
    values of the weights.

    >>> koch().count_params()
    38947648
    """

    def normal(mean, spread):
        return keras.initializers.RandomNormal(mean, spread)

    penalty = keras.regularizers.L2(l2) if l2 else None
    common = {"bias_initializer": normal(0.5, 0.01), "kernel_regularizer": penalty}
    conv = {"activation": "relu", "kernel_initializer": normal(0.0, 0.01), **common}
    photos = x = keras.Input((105, 105, 1), name="photo")
    for number, (filters, side) in enumerate([(64, 10), (128, 7), (128, 4)], start=1):
        x = layers.Conv2D(filters, side, name=f"conv{number}", **conv)(x)
        x = layers.MaxPooling2D(name=f"pool{number}")(x)
    x = layers.Conv2D(256, 4, name="conv4", **conv)(x)
    x = layers.Flatten(name="flatten")(x)
    dense = layers.Dense(4096, "sigmoid", kernel_initializer=normal(0, 0.2), **common)
    return keras.Model(photos, dense(x), name="koch")


def reflection(dropout=0.0):
    """The tower that the PyTorch repositories share: grey 100x100, 5 features.

    Args:
        dropout: share of feature maps dropped after each block; 0.2 in some copies.

    Returns:
        A tower (photo, 100, 100, 1) -> (photo, 5).

    Source: harveyslash/Facial-Similarity-with-Siamese-Networks-in-Pytorch.

    >>> reflection().output_shape
    (None, 5)
    """
    photos = x = keras.Input((100, 100, 1), name="photo")
    for number, filters in enumerate([4, 8, 8], start=1):
        x = ReflectionPad(1, name=f"pad{number}")(x)
        x = layers.Conv2D(filters, 3, activation="relu", name=f"conv{number}")(x)
        x = layers.BatchNormalization(name=f"norm{number}")(x)
        if dropout:
            x = layers.SpatialDropout2D(dropout, name=f"dropout{number}")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(500, activation="relu", name="dense1")(x)
    x = layers.Dense(500, activation="relu", name="dense2")(x)
    x = layers.Dense(5, name="embedding")(x)
    return keras.Model(photos, x, name="reflection")


def block(x, filters, name, stride=1, shortcut=None, size=3):
    """Convolution, normalisation, ReLU; `shortcut` is added before the ReLU.

    Args:
        x: maps (photo, row, column, channel).
        filters: channels that come out.
        name: first part of the layers' names.
        stride: 2 halves rows and columns.
        shortcut: maps of the shape that comes out, or None.
        size: rows and columns of the kernel.

    Returns:
        Maps (photo, row / stride, column / stride, filters).
    """
    x = layers.Conv2D(
        filters, size, stride, padding="same", use_bias=False, name=f"{name}_conv"
    )(x)
    x = layers.BatchNormalization(name=f"{name}_norm")(x)
    if shortcut is not None:
        x = layers.Add(name=f"{name}_add")([x, shortcut])
    return layers.ReLU(name=f"{name}_relu")(x)


def compact(shape=(64, 64, 1), width=32, features=256, dropout=0.0):
    """Our tower: small, residual, quick to learn on a processor.

    A processor does many channels at a few places faster than few channels at many, so
    the first layer halves the photo and most of the work is done at 16x16 and below.

    Args:
        shape: row, column, channel of a photo; rows and columns divisible by 16.
        width: channels of the first convolution; later ones have 3, 6, 8 times as many.
        features: length of an embedding.
        dropout: share of the last maps' values dropped in training, against learning
            the photos by heart.

    Returns:
        A tower (photo, *shape) -> (photo, features), float32 under any policy.

    Source: He et al. (2016) for the residual blocks.

    >>> compact(width=8, features=16).output_shape
    (None, 16)
    """
    photos = keras.Input(shape, name="photo")
    x = block(photos, width, "stem", stride=2, size=5)
    for stage, times in enumerate([3, 6, 8], start=1):
        filters = width * times
        x = shortcut = block(x, filters, f"stage{stage}_half", stride=2)
        x = block(x, filters, f"stage{stage}_first")
        x = block(x, filters, f"stage{stage}_second", shortcut=shortcut)
    x = layers.Flatten(name="flatten")(x)
    if dropout:
        x = layers.Dropout(dropout, name="dropout")(x)
    x = layers.Dense(features, use_bias=False, name="features")(x)
    x = layers.BatchNormalization(dtype="float32", name="embedding")(x)
    return keras.Model(photos, x, name="compact")


def siamese(tower):
    """Logits of all pairs of a batch, for `losses.PairCrossEntropy`.

    Each photo passes the tower once; weighted L1 compares each with every other.

    Args:
        tower: a model (photo, row, column, channel) -> (photo, feature).

    Returns:
        A model (n, row, column, channel) -> (n, n); above 0 means same. Its layers
        "distance" and "same" are those that `siamese_pairs` can share.

    >>> siamese(compact(width=8, features=16)).output_shape
    (None, None)
    """
    photos = keras.Input(tower.input_shape[1:], name="photos")
    column, row = AllPairs(name="all_pairs")(tower(photos))
    distances = L1Distance(name="distance")(column, row)  # (n, n, feature)
    logits = layers.Dense(1, dtype="float32", name="same")(distances)  # (n, n, 1)
    logits = layers.Reshape((-1,), dtype="float32", name="logits")(logits)  # (n, n)
    return keras.Model(photos, logits, name="siamese")


def siamese_pairs(tower, head=None):
    """The classic form: two photos in, the chance that they show one person out.

    Args:
        tower: a model (photo, row, column, channel) -> (photo, feature).
        head: the Dense(1) that weighs the distances; `model.get_layer("same")` of a
            trained `siamese` model shares what it has learned. None makes a new one.

    Returns:
        A model [(n, ...), (n, ...)] -> (n, 1), between 0 and 1.

    >>> siamese_pairs(compact(width=8, features=16)).output_shape
    (None, 1)
    """
    first = keras.Input(tower.input_shape[1:], name="first")
    second = keras.Input(tower.input_shape[1:], name="second")
    distances = L1Distance(name="distance")(tower(first), tower(second))
    head = head or layers.Dense(1, dtype="float32", name="same")
    chance = layers.Activation("sigmoid", dtype="float32", name="chance")
    return keras.Model([first, second], chance(head(distances)), name="siamese_pairs")
