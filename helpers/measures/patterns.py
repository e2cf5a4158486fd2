"""Layers that count patterns, and one that judges by a cohort: a rival, not trained.

Each pixel is written as eight bits, one a neighbour: brighter than the middle by more
than a threshold, or not; and once more for darker. Light that changes evenly changes
hardly a bit, and thresholds are shares of the photo's own contrast. How often each
pattern occurs in each cell of a grid describes a face (Ahonen, Hadid and Pietikäinen,
ECCV 2004; with thresholds Tan and Triggs, AMFG 2007). What learns from such
descriptions is in `recipes/patterns.py` and `recipes/cohort.py`; the layers stand here,
below the core, since files of weights name them.
"""

import keras
import numpy as np
from keras import ops

NEIGHBOURS = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
KINDS = 59  # of patterns
STEP = 8.0  # grey levels from a pixel to the next on average, as thresholds take it


def kinds():
    """The kind of each of the 256 patterns, int32 (256,), 0..58.

    Around the circle, the eight bits of most pixels change twice at most: an edge, a
    corner, a spot, a plain. These 58 are a kind each; all others are the last kind.
    """
    bits = np.arange(256)[:, None] >> np.arange(8) & 1  # (pattern, neighbour)
    changes = (bits != np.roll(bits, 1, axis=1)).sum(axis=1)
    found = np.full(256, KINDS - 1, np.int32)
    found[changes <= 2] = np.arange(KINDS - 1)
    return found


@keras.saving.register_keras_serializable("siamese")
class TernaryPatterns(keras.layers.Layer):
    """Photos to the square roots of how often each pattern occurs in each cell.

    (photo, row, column, 1) in 0..1 gives (photo, row of cells, column of cells, kinds
    for each threshold and sign). A cell is two blocks wide and high, and begins where
    the second block of its neighbour does. Each photo is first brought to one contrast:
    in the dark, out of focus and from afar, neighbours differ less.

    Args:
        thresholds: by how many grey levels of 255 a neighbour must differ, where one
            pixel differs from the next by STEP on average.
        block: side of a block in pixels.

    >>> TernaryPatterns()(ops.zeros((2, 64, 64, 1))).shape
    TensorShape([2, 14, 14, 531])
    """

    def __init__(self, thresholds=(0, 2, 5, 10, 20), block=4, **kwargs):
        super().__init__(**kwargs)
        self.thresholds, self.block = tuple(thresholds), block

    def call(self, photos):
        grey = 255 * photos[..., 0]
        down = ops.mean(ops.abs(grey[:, 1:] - grey[:, :-1]), axis=(1, 2))
        across = ops.mean(ops.abs(grey[:, :, 1:] - grey[:, :, :-1]), axis=(1, 2))
        gain = STEP / ops.maximum((down + across) / 2, 0.3)  # (photo,)
        grey = ops.cast(ops.round(grey * gain[:, None, None]), "int32")
        rows, columns = grey.shape[1] - 2, grey.shape[2] - 2
        middle = grey[:, 1:-1, 1:-1]
        steps = [
            grey[:, row : row + rows, column : column + columns] - middle
            for row, column in NEIGHBOURS
        ]
        counts = []
        for threshold in self.thresholds:
            counts.append(self.count([step > threshold for step in steps]))
            if threshold:  # else it would be nearly the same once more
                counts.append(self.count([step < -threshold for step in steps]))
        found = ops.concatenate(counts, axis=-1)  # (photo, row, column, kind) of blocks
        cells = ops.average_pool(found, 2, strides=1)
        return ops.sqrt(cells / self.block**2)

    def count(self, bits):
        """How often each kind occurs in each block, by eight bits of each pixel.

        Eight bool (photo, row, column) give float32 (photo, row of blocks, column of
        blocks, KINDS).
        """
        code = sum(ops.cast(bit, "int32") * 2**place for place, bit in enumerate(bits))
        down, across = (side // self.block for side in code.shape[1:])
        top, left = (side % self.block // 2 for side in code.shape[1:])
        rows, columns = down * self.block, across * self.block
        kind = ops.take(kinds(), code[:, top : top + rows, left : left + columns])
        row, column = np.arange(rows) // self.block, np.arange(columns) // self.block
        block = (row[:, None] * across + column).astype("int32")
        places = ops.reshape(block * KINDS + kind, (-1, rows * columns))
        counted = ops.bincount(places, minlength=down * across * KINDS)
        return ops.cast(ops.reshape(counted, (-1, down, across, KINDS)), "float32")

    def get_config(self):
        own = {"thresholds": list(self.thresholds), "block": self.block}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("siamese")
class HalfDense(keras.layers.Dense):
    """A dense layer that a file holds in float16, at half the size."""

    def save_own_variables(self, store):
        for number, value in enumerate(self.get_weights()):
            store[str(number)] = np.float16(value)


@keras.saving.register_keras_serializable("siamese")
class LessAlike(keras.layers.Layer):
    """Takes from an embedding's last feature what is alike to a cohort.

    [(photo, feature), similarities (photo, person of the cohort)] gives (photo,
    feature).

    Args:
        nearest: of how many people of the cohort the mean similarity is taken.
        usual: that mean for a usual photo, which then stays as it is.
        share: taken from the last feature for each unit above the usual.

    >>> row, alike = ops.array([[0.8, 0.6]]), ops.array([[0.5, 0.1, 0.3]])
    >>> LessAlike(nearest=2, usual=0.3)([row, alike]).numpy().round(2)
    array([[0.8, 0.4]], dtype=float32)
    """

    def __init__(self, nearest=24, usual=0.0, share=2.0, **kwargs):
        super().__init__(**kwargs)
        self.nearest, self.usual, self.share = nearest, usual, share

    def near(self, alike):
        """The mean similarity to the nearest of the cohort, (photo, 1)."""
        return ops.mean(ops.top_k(alike, self.nearest)[0], axis=-1, keepdims=True)

    def call(self, inputs):
        rows, alike = inputs
        last = rows[:, -1:] - self.share * (self.near(alike) - self.usual)
        return ops.concatenate([rows[:, :-1], last], axis=-1)

    def compute_output_shape(self, shapes):
        return shapes[0]

    def get_config(self):
        own = {"nearest": self.nearest, "usual": self.usual, "share": self.share}
        return {**super().get_config(), **own}
