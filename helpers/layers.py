"""Layers that compare embeddings: distances, all pairs of a batch, a cosine head.

Every layer computes in float32, also under `mixed_bfloat16`: a distance is a small
difference of large numbers, and bfloat16 keeps only three digits of them.
"""

import keras
from keras import ops

FLOAT32 = "float32"


def check_pair(first, second=None):
    """Take a pair apart, given as two tensors or as one list, and check its shapes.

    Args:
        first, second: embeddings (..., feature) that broadcast against each other,
            or one list of the two as `first`.

    Returns:
        The two tensors.

    Raises:
        ValueError: if they are not two, or their shapes do not fit.

    >>> a, b = check_pair([ops.zeros((2, 3)), ops.ones((2, 3))])
    >>> tuple(b.shape)
    (2, 3)
    """
    if second is None:
        if not isinstance(first, (list, tuple)) or len(first) != 2:
            raise ValueError(
                "A distance compares two embeddings: call layer(first, second)."
            )
        first, second = first
    shapes = tuple(first.shape), tuple(second.shape)
    if not shapes[0] or not shapes[1] or shapes[0][-1] != shapes[1][-1]:
        raise ValueError(
            f"Embeddings of shapes {shapes[0]} and {shapes[1]} do not have the same "
            "features in their last axis; compare embeddings of one tower."
        )
    for rows, others in zip(shapes[0][-2::-1], shapes[1][-2::-1], strict=False):
        if rows != others and None not in (rows, others) and 1 not in (rows, others):
            raise ValueError(
                f"There are {rows} first and {others} second embeddings; give as "
                "many of each, or one to compare with all."
            )
    return first, second


@keras.saving.register_keras_serializable("siamese")
class L1Distance(keras.layers.Layer):
    """Absolute difference of two embeddings, feature by feature (Koch et al. 2015).

    Call it with (n, feature) and (n, feature), or with any two shapes that broadcast:
    (n, 1, feature) and (1, n, feature) give all pairs, (n, n, feature). A Dense(1)
    after it learns how much each feature counts.

    Raises:
        ValueError: if the two shapes do not fit.

    >>> L1Distance()(ops.array([[1.0, 5.0]]), ops.array([[2.0, 3.0]])).numpy()
    array([[1., 2.]], dtype=float32)
    """

    def __init__(self, dtype=FLOAT32, **kwargs):
        super().__init__(dtype=dtype, **kwargs)

    def call(self, first, second=None):
        first, second = check_pair(first, second)
        return ops.abs(first - second)


@keras.saving.register_keras_serializable("siamese")
class L2Distance(keras.layers.Layer):
    """Euclidean distance of two embeddings: (n, feature) twice gives (n, 1).

    Args:
        epsilon: added under the root, whose slope is infinite at 0; two equal
            embeddings then have the distance 1e-6 and the gradient 0, not NaN.

    >>> d = L2Distance()(ops.array([[0.0, 0.0]]), ops.array([[3.0, 4.0]]))
    >>> round(float(d[0, 0]), 3)
    5.0
    """

    def __init__(self, epsilon=1e-12, dtype=FLOAT32, **kwargs):
        super().__init__(dtype=dtype, **kwargs)
        self.epsilon = epsilon

    def call(self, first, second=None):
        first, second = check_pair(first, second)
        squares = ops.sum(ops.square(first - second), axis=-1, keepdims=True)
        return ops.sqrt(squares + self.epsilon)

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}


def unit_length(embeddings, epsilon=1e-12):
    """Scale every embedding to length 1; the zero embedding stays zero.

    Args:
        embeddings: float (..., feature).
        epsilon: smallest squared length divided by, so that nothing becomes NaN.

    Returns:
        float (..., feature).

    >>> unit_length(ops.array([[3.0, 4.0]])).numpy().round(2)
    array([[0.6, 0.8]], dtype=float32)
    """
    squares = ops.sum(ops.square(embeddings), axis=-1, keepdims=True)
    return embeddings * ops.rsqrt(ops.maximum(squares, epsilon))


@keras.saving.register_keras_serializable("siamese")
class CosineSimilarity(keras.layers.Layer):
    """Cosine of the angle between two embeddings: (n, feature) twice gives (n, 1).

    1 is the same direction, 0 a right angle; a zero embedding has the cosine 0.

    >>> c = CosineSimilarity()(ops.array([[1.0, 0.0]]), ops.array([[5.0, 0.0]]))
    >>> round(float(c[0, 0]), 3)
    1.0
    """

    def __init__(self, dtype=FLOAT32, **kwargs):
        super().__init__(dtype=dtype, **kwargs)

    def call(self, first, second=None):
        first, second = check_pair(first, second)
        product = unit_length(first) * unit_length(second)
        return ops.sum(product, axis=-1, keepdims=True)


@keras.saving.register_keras_serializable("siamese")
class AllPairs(keras.layers.Layer):
    """Embeddings (n, feature) as a column (n, 1, feature) and a row (1, n, feature).

    A distance of the two then compares every photo of the batch with every other:
    n photos pass the tower once, and n (n - 1) / 2 pairs come out.

    >>> column, row = AllPairs()(ops.zeros((4, 2)))
    >>> tuple(L1Distance()(column, row).shape)
    (4, 4, 2)
    """

    def __init__(self, dtype=FLOAT32, **kwargs):
        super().__init__(dtype=dtype, **kwargs)

    def call(self, embeddings):
        if len(embeddings.shape) != 2:
            raise ValueError(
                f"AllPairs takes embeddings (photo, feature), not the shape "
                f"{tuple(embeddings.shape)}; end the tower with Flatten or Dense."
            )
        return embeddings[:, None], embeddings[None, :]


@keras.saving.register_keras_serializable("siamese")
class CosineClassifier(keras.layers.Layer):
    """Cosine of each embedding with one learned direction a person: (n, people).

    A head for training only (MarginSoftmax): it knows the people of the training
    set, and is thrown away when the tower meets strangers.

    Args:
        people: number of people, whose ids are 0 to people - 1.

    >>> tuple(CosineClassifier(people=5)(ops.ones((2, 8))).shape)
    (2, 5)
    """

    def __init__(self, people, dtype=FLOAT32, **kwargs):
        super().__init__(dtype=dtype, **kwargs)
        self.people = people

    def build(self, shape):
        self.directions = self.add_weight(
            name="directions",
            shape=(self.people, shape[-1]),
            initializer="random_normal",
        )

    def call(self, embeddings):
        directions = ops.transpose(unit_length(self.directions))
        return unit_length(embeddings) @ directions

    def get_config(self):
        return {**super().get_config(), "people": self.people}


@keras.saving.register_keras_serializable("siamese")
class ReflectionPad(keras.layers.Layer):
    """Mirror the border of images (n, row, column, channel) outwards by some pixels.

    What PyTorch calls ReflectionPad2d; the border pixel itself is not repeated.

    >>> ReflectionPad(1)(ops.arange(4.0)[None, :, None, None] * ops.ones((1, 4, 2, 1)))[
    ...     0, :, 0, 0
    ... ].numpy()
    array([1., 0., 1., 2., 3., 2.], dtype=float32)
    """

    def __init__(self, pixels=1, **kwargs):
        super().__init__(**kwargs)
        self.pixels = pixels

    def call(self, images):
        border = (self.pixels, self.pixels)
        return ops.pad(images, [(0, 0), border, border, (0, 0)], mode="reflect")

    def get_config(self):
        return {**super().get_config(), "pixels": self.pixels}
