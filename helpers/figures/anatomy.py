"""Look inside a model: its work, what a number of it sees, its maps, its slopes.

A summary shows shapes and parameters only. Two towers with equal summaries can differ
in all that is measured here; notebook 04 has an example.
"""

import keras
import numpy as np


def multiplications(tower):
    """How often each layer multiplies, for one photo.

    A convolution uses each of its weights once at each place of its map; a dense layer
    uses each of its weights once. Other layers cost little beside these.

    Args:
        tower: a model (photo, row, column, channel) -> (photo, feature).

    Returns:
        dict, name of the layer -> multiplications.

    >>> tower = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3)])
    >>> sum(multiplications(tower).values())  # 3 x 3 weights, 2 maps, 6 x 6 places
    648
    """
    counts = {}
    for layer in tower.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            places = np.prod(layer.output.shape[1:-1])  # 1 for a dense layer
            counts[layer.name] = int(places * np.prod(layer.kernel.shape))
    return counts


def receptive_field(tower):
    """The side of the square of pixels that one number can see.

    Args:
        tower: a model whose convolutions and poolings follow each other.

    Returns:
        Pixels, for the last convolution or pooling; it may exceed the photo.

    >>> tower = keras.Sequential([keras.Input((9, 9, 1)), keras.layers.Conv2D(2, 3)])
    >>> receptive_field(tower)
    3
    """
    field, step = 1, 1  # pixels
    for layer in tower.layers:
        if isinstance(layer, keras.layers.Conv2D):
            size, stride = layer.kernel_size[0], layer.strides[0]
        elif isinstance(layer, keras.layers.MaxPooling2D):
            size, stride = layer.pool_size[0], layer.strides[0]
        else:
            continue
        field, step = field + (size - 1) * step, step * stride
    return field


def part(tower, name):
    """The tower up to and with the layer `name`."""
    return keras.Model(tower.input, tower.get_layer(name).output)


def maps(tower, name, photos):
    """What a layer of the tower computes, (photo, row, column, channel) or otherwise.

    Args:
        tower, name: the model and the layer.
        photos: float (photo, row, column, channel).
    """
    return np.asarray(part(tower, name)(photos))


def rows(tower):
    """What a summary prints of each layer: name, kind, shape, parameters.

    >>> tower = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2, name="out")])
    >>> rows(tower)
    [('out', 'Dense', (None, 2), 18)]
    """
    return [
        (layer.name, type(layer).__name__, layer.output.shape, layer.count_params())
        for layer in tower.layers
    ]


def slope(distance, a, b):
    """The gradient of a distance with respect to `a`.

    Args:
        distance: a function or layer of two embeddings, (1, feature) each.
        a, b: float (feature,).

    Returns:
        float (feature,).

    >>> slope(lambda a, b: (a - b) ** 2, [3.0], [1.0])
    array([4.], dtype=float32)
    """
    import tensorflow as tf

    a, b = tf.constant([a]), tf.constant([b])  # (1, feature) each
    with tf.GradientTape() as tape:
        tape.watch(a)
        far = distance(a, b)
    return tape.gradient(far, a).numpy()[0]
