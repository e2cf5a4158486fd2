"""Losses over all pairs of a batch, so that plain `compile()` and `fit()` train.

Each takes person ids (n,) or (n, 1) as `y_true`, forms the pairs itself and returns one
value a photo, (n,), whose mean is the loss: Keras weighs photos and averages batches as
it always does. Keras hands ids over as float32, which is exact to 16 million.
"""

import keras
from keras import ops

from helpers.layers import unit_length


def same_and_different(people):
    """Which pairs of a batch show one person, and which show two.

    Args:
        people: person ids, (n,) or (n, 1).

    Returns:
        Two float matrices (n, n) of 0 and 1. The diagonal, a photo with itself, is 0
        in both.

    >>> same, different = same_and_different(ops.array([7, 7, 8]))
    >>> same.numpy().astype(int).tolist()
    [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    """
    people = ops.reshape(people, (-1,))
    equal = ops.cast(people[:, None] == people[None, :], "float32")
    return equal - ops.eye(ops.shape(people)[0]), 1.0 - equal


def halves(same_losses, different_losses, same, different):
    """Average the losses of pairs so that same and different count one half each.

    A batch has far more different pairs than same ones; without the balance, always
    answering "different" would be a good score. A kind that the batch does not have
    adds nothing: the value is then one half of the mean over the other kind.

    Args:
        same_losses, different_losses: loss of each pair if it is of that kind, (n, n).
        same, different: from `same_and_different`, (n, n).

    Returns:
        One value a photo, (n,); their mean is the loss of the batch.
    """
    photos = ops.cast(ops.shape(same)[0], "float32")
    same = same / ops.maximum(2.0 * ops.sum(same), 1.0)
    different = different / ops.maximum(2.0 * ops.sum(different), 1.0)
    return photos * ops.sum(same * same_losses + different * different_losses, axis=1)


@keras.saving.register_keras_serializable("siamese")
class PairCrossEntropy(keras.losses.Loss):
    """Cross-entropy of `same` over all pairs of a batch, both kinds one half each.

    `y_pred` are the logits (n, n) of `models.siamese`: above 0 means same. The trivial
    solution, every logit 0, scores log 2 = 0.693.

    Raises:
        ValueError: if `y_pred` is not a square matrix.

    >>> round(float(PairCrossEntropy()([1, 1, 2], ops.zeros((3, 3)))), 3)
    0.693
    """

    def call(self, y_true, y_pred):
        if len(y_pred.shape) != 2 or y_pred.shape[0] != y_pred.shape[1]:
            raise ValueError(
                "PairCrossEntropy takes the logits of all pairs, (photo, photo), not "
                f"{tuple(y_pred.shape)}; build the model with models.siamese(tower)."
            )
        same, different = same_and_different(y_true)
        return halves(ops.softplus(-y_pred), ops.softplus(y_pred), same, different)


@keras.saving.register_keras_serializable("siamese")
class Contrastive(keras.losses.Loss):
    """Pull the same person together, push others a margin apart (Hadsell et al. 2006).

    distance^2 for same pairs, max(margin - distance, 0)^2 for different ones, without
    the paper's factor 1/2; both kinds count one half. `y_pred` are embeddings
    (n, feature), compared by Euclidean distance as they are. The trivial solution,
    every distance margin / 2, scores margin^2 / 4.

    Args:
        margin: distance beyond which different people are far enough apart.

    >>> far = ops.array([[0.0], [0.0], [5.0]])
    >>> float(Contrastive(margin=1.0)([1, 1, 2], far))
    0.0
    """

    def __init__(self, margin=1.0, epsilon=1e-12, name="contrastive", **kwargs):
        super().__init__(name=name, **kwargs)
        self.margin = margin
        self.epsilon = epsilon

    def call(self, y_true, y_pred):
        same, different = same_and_different(y_true)
        # Differences, not the faster a.a - 2 a.b + b.b, which loses all digits of
        # nearly equal embeddings.
        squares = ops.square(y_pred[:, None] - y_pred[None, :])  # (n, n, feature)
        squares = ops.sum(squares, axis=-1)  # (n, n)
        # The slope of a root is infinite at 0: epsilon keeps equal embeddings finite.
        gap = ops.relu(self.margin - ops.sqrt(squares + self.epsilon))
        return halves(squares, ops.square(gap), same, different)

    def get_config(self):
        config = {"margin": self.margin, "epsilon": self.epsilon}
        return {**super().get_config(), **config}


@keras.saving.register_keras_serializable("siamese")
class SupervisedContrastive(keras.losses.Loss):
    """Let each photo pick its person's other photos out of the batch (Khosla 2020).

    Equation 2 (L_out): for each photo, the softmax over its cosines with all others,
    cross-entropy averaged over the photos of the same person. A photo that is alone in
    the batch has no such photo and is left out; if all are, the loss is 0. `y_pred`
    are embeddings (n, feature) of any length. The trivial solution scores log(n - 1).

    Args:
        temperature: divides the cosines; smaller looks more at the hardest pairs.

    >>> loss = SupervisedContrastive()([1, 1, 2, 2], ops.ones((4, 2)))
    >>> round(float(loss), 3)  # log 3
    1.099
    """

    def __init__(self, temperature=0.1, name="supervised_contrastive", **kwargs):
        super().__init__(name=name, **kwargs)
        self.temperature = temperature

    def call(self, y_true, y_pred):
        same, different = same_and_different(y_true)
        embeddings = unit_length(y_pred)
        logits = embeddings @ ops.transpose(embeddings) / self.temperature  # (n, n)
        others = ops.where(same + different > 0, logits, -1e9)  # not with itself
        log_chance = logits - ops.logsumexp(others, axis=1, keepdims=True)
        positives = ops.sum(same, axis=1)  # (n,)
        losses = -ops.sum(same * log_chance, axis=1) / ops.maximum(positives, 1.0)
        counted = ops.sum(ops.cast(positives > 0, "float32"))
        photos = ops.cast(ops.shape(same)[0], "float32")
        return losses * photos / ops.maximum(counted, 1.0)

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}


@keras.saving.register_keras_serializable("siamese")
class MarginSoftmax(keras.losses.Loss):
    """Name the person, with a margin on the cosine of the right one (CosFace 2018).

    Wang et al., equation 4: softmax over scale * (cosine - margin for the right
    person). `y_pred` are the cosines (n, people) of `layers.CosineClassifier`, so ids
    run from 0 to people - 1; another id stops the training.

    Args:
        margin: how much larger the right cosine must be.
        scale: multiplies the cosines, which alone are too close for a softmax.

    >>> cosines = ops.array([[1.0, -1.0], [-1.0, 1.0]])
    >>> round(float(MarginSoftmax()([0, 1], cosines)), 3)
    0.0
    """

    def __init__(self, margin=0.25, scale=24.0, name="margin_softmax", **kwargs):
        super().__init__(name=name, **kwargs)
        self.margin = margin
        self.scale = scale

    def call(self, y_true, y_pred):
        people = ops.cast(ops.reshape(y_true, (-1,)), "int32")
        right = ops.one_hot(people, y_pred.shape[-1], dtype=y_pred.dtype)
        logits = self.scale * (y_pred - self.margin * right)
        return ops.sparse_categorical_crossentropy(people, logits, from_logits=True)

    def get_config(self):
        config = {"margin": self.margin, "scale": self.scale}
        return {**super().get_config(), **config}
