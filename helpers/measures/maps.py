"""What a network's maps say of a photo, wherever in it: the layer that doubts."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("siamese")
class MeanAndSpread(keras.layers.Layer):
    """The mean and the standard deviation of each map over its places.

    (photo, row, column, channel) gives (photo, 2 * channel): means, then spreads.

    >>> maps = ops.reshape(ops.array([1.0, 3.0, 1.0, 3.0]), (1, 2, 2, 1))
    >>> MeanAndSpread()(maps).numpy()
    array([[2., 1.]], dtype=float32)
    """

    def call(self, maps):
        means, squares = ops.moments(maps, axes=(1, 2))
        return ops.concatenate([means, ops.sqrt(squares + 1e-9)], axis=-1)

    def compute_output_shape(self, shape):
        return shape[0], 2 * shape[-1]
