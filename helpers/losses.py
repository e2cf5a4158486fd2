"""Losses over all pairs of a batch, so that plain `compile()` and `fit()` train.

Each takes person ids (n,) or (n, 1) as `y_true`, forms the pairs itself and returns one
value a photo, (n,), whose mean is the loss: Keras weighs photos and averages batches as
it always does. Keras hands ids over as float32, which is exact to 16 million.
"""

import keras
import numpy as np
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


def distances(embeddings, epsilon=1e-12):
    """Euclidean distance of every embedding of a batch from every other.

    Args:
        embeddings: (n, feature).
        epsilon: the slope of a root is infinite at 0; this keeps equal ones finite.

    Returns:
        (n, n); 1e-6 where two are equal.

    >>> distances(ops.array([[0.0, 0.0], [3.0, 4.0]])).numpy().round(2)
    array([[0., 5.],
           [5., 0.]], dtype=float32)
    """
    # Differences, not the faster a.a - 2 a.b + b.b, which loses all digits of nearly
    # equal embeddings.
    squares = ops.square(embeddings[:, None] - embeddings[None, :])  # (n, n, feature)
    return ops.sqrt(ops.sum(squares, axis=-1) + epsilon)


def hardest(d, same, different):
    """The different pairs nearest to each other, as many as there are same pairs.

    Args:
        d: distances, (n, n). same, different: from `same_and_different`, (n, n).

    Returns:
        Which of `different` are left, float (n, n) of 0 and 1; of pairs that are
        equally near all are.

    >>> d = ops.array([[0.0, 1.0, 5.0], [1.0, 0.0, 2.0], [5.0, 2.0, 0.0]])
    >>> hardest(d, *same_and_different(ops.array([7, 7, 8]))).numpy().astype(int)
    array([[0, 0, 0],
           [0, 0, 1],
           [0, 1, 0]])
    """
    ordered = ops.sort(ops.reshape(ops.where(different > 0, d, np.inf), (-1,)))
    number = ops.maximum(ops.cast(ops.sum(same), "int32"), 1)
    limit = ops.take(ordered, number - 1)
    return different * ops.cast(d <= limit, "float32")


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
        hard: of the different pairs count the nearest alone, as many as there are same
            pairs. Most of the others are far apart soon and teach nothing.

    >>> far = ops.array([[0.0], [0.0], [5.0]])
    >>> round(float(Contrastive(margin=1.0)([1, 1, 2], far)), 6)
    0.0
    """

    def __init__(self, margin=1.0, hard=False, name="contrastive", **kwargs):
        super().__init__(name=name, **kwargs)
        self.margin, self.hard = margin, hard

    def call(self, y_true, y_pred):
        same, different = same_and_different(y_true)
        d = distances(y_pred)  # (n, n)
        if self.hard:
            different = hardest(d, same, different)
        gap = ops.relu(self.margin - d)
        return halves(ops.square(d), ops.square(gap), same, different)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin, "hard": self.hard}


@keras.saving.register_keras_serializable("siamese")
class Triplet(keras.losses.Loss):
    """Have each anchor's positive nearer than its negative, by a margin.

    max(d(anchor, positive) - d(anchor, negative) + margin, 0), where d is the distance
    of embeddings (n, feature) that are scaled to length 1. Which negative it is:

    - "random": any. Not one is drawn but the mean over all of them is taken: what
      drawing gives in the long run, without its noise.
    - "semi-hard": for each anchor and positive the nearest negative that is farther
      than the positive; where there is none, the farthest (Schroff et al. 2015).
    - "hard": for each anchor its nearest negative, with its farthest positive (Hermans
      et al. 2017, "batch hard").

    The trivial solution, all embeddings equal, scores the margin.

    Args:
        mining: one of the three. margin: at least 0; distances are 0 to 2.

    Raises:
        ValueError: another kind of mining.

    >>> loss = Triplet("hard", margin=0.3)
    >>> round(float(loss([1, 1, 2, 2], ops.ones((4, 2)))), 3)
    0.3
    """

    def __init__(self, mining="semi-hard", margin=0.3, name="triplet", **kwargs):
        super().__init__(name=name, **kwargs)
        if mining not in ("random", "semi-hard", "hard"):
            raise ValueError(f"No mining {mining!r}: choose random, semi-hard or hard.")
        self.mining, self.margin = mining, margin

    def call(self, y_true, y_pred):
        same, different = same_and_different(y_true)
        d = distances(unit_length(y_pred))  # (anchor, photo)
        has_negative = ops.max(different, axis=1, keepdims=True)  # (anchor, 1)
        weights = same * has_negative  # (anchor, positive)
        if self.mining == "random":
            far = d[:, :, None] - d[:, None, :] + self.margin
            negatives = different[:, None, :]  # (anchor, positive, negative)
            number = ops.maximum(ops.sum(negatives, axis=-1), 1.0)
            losses = ops.sum(negatives * ops.relu(far), axis=-1) / number
        elif self.mining == "semi-hard":
            losses = ops.relu(d - semi_hard(d, different) + self.margin)
        else:
            nearest = ops.min(ops.where(different > 0, d, 4.0), axis=1)  # (anchor,)
            losses = ops.relu(d - nearest[:, None] + self.margin)
            farthest = ops.max(ops.where(same > 0, d, -1.0), axis=1, keepdims=True)
            weights = weights * ops.cast(d >= farthest, "float32")
        photos = ops.cast(ops.shape(same)[0], "float32")
        count = ops.maximum(ops.sum(weights), 1.0)
        return photos * ops.sum(weights * losses, axis=1) / count

    def get_config(self):
        return {**super().get_config(), "mining": self.mining, "margin": self.margin}


def semi_hard(d, different):
    """For each anchor and positive, how far the negative is that `Triplet` takes.

    Args:
        d: distances, (n, n). different: which pairs show two people, (n, n).

    Returns:
        (anchor, positive): the smallest distance of a negative that is larger than the
        positive's; where there is none, the largest of a negative.

    >>> d = ops.array([[0.0, 2.0, 1.0, 3.0]] * 4)
    >>> different = ops.array([[0.0, 0.0, 1.0, 1.0]] * 4)
    >>> semi_hard(d, different).numpy()[0, :2]
    array([1., 3.], dtype=float32)
    """
    farther = d[:, None, :] > d[:, :, None]  # (anchor, positive, negative)
    fits = ops.logical_and(farther, different[:, None, :] > 0)
    nearest = ops.min(ops.where(fits, d[:, None, :], 4.0), axis=-1)
    farthest = ops.max(ops.where(different > 0, d, 0.0), axis=1)  # (anchor,)
    return ops.where(ops.any(fits, axis=-1), nearest, farthest[:, None])


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
        self.margin, self.scale = margin, scale

    def call(self, y_true, y_pred):
        people = ops.cast(ops.reshape(y_true, (-1,)), "int32")
        right = ops.one_hot(people, y_pred.shape[-1], dtype=y_pred.dtype)
        logits = self.scale * (y_pred - self.margin * right)
        return ops.sparse_categorical_crossentropy(people, logits, from_logits=True)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin, "scale": self.scale}
