"""Use a tower: embed photos with it, write it to a file, read it back."""

import logging
import shutil
import tempfile
from pathlib import Path

import keras
import numpy as np

from helpers import layers, losses  # noqa: F401 (registers what files name)
from helpers.disk.files import write_whole
from helpers.measures import maps, patterns  # noqa: F401 (the same)

# Each tower is traced when it is first used. TensorFlow takes five towers in a row for
# a mistake and says so; here it is none.
logging.getLogger("tensorflow").addFilter(
    lambda record: "triggered tf.function retracing" not in record.getMessage()
)


def embed(tower, images, batch=256):
    """Embed photos, a batch at a time, each photo once.

    Args:
        tower: a model (photo, row, column, channel) -> (photo, feature).
        images: uint8 0..255, or float 0..1, (photo, row, column, channel).
        batch: photos that are in the tower at one time.

    Returns:
        Embeddings, float32 (photo, feature).

    Raises:
        ValueError: if the photos do not have the size that the tower takes.

    >>> from helpers.models import compact
    >>> tower = compact((16, 16, 1), width=4, features=8)
    >>> embed(tower, np.zeros((3, 16, 16, 1), "uint8")).shape
    (3, 8)
    """
    images, size = np.asarray(images), tower.input_shape[1:]
    if images.shape[1:] != size:
        raise ValueError(
            f"The tower takes photos (photo, row, column, channel) = (n, "
            f"{', '.join(map(str, size))}), not {images.shape}; resize them first."
        )
    scale = 1 / 255 if images.dtype == np.uint8 else 1.0
    embeddings = np.empty((len(images), tower.output_shape[-1]), "float32")
    for start in range(0, len(images), batch):
        photos = images[start : start + batch].astype("float32") * np.float32(scale)
        embeddings[start : start + batch] = tower.predict_on_batch(photos)
    return embeddings


def in_float32(model):
    """Copy a model to float32, however it was trained: it then runs on any processor.

    Args:
        model: a functional model, for instance of `mixed_bfloat16`.

    Returns:
        A model with the same weights; the optimizer is left behind.

    >>> from helpers.models import compact
    >>> copy = in_float32(compact((16, 16, 1), width=4, features=8))
    >>> {layer.dtype_policy.name for layer in copy.layers}
    {'float32'}
    """

    def copy(layer):
        return type(layer).from_config({**layer.get_config(), "dtype": "float32"})

    bare = keras.Model(model.input, model.output, name=model.name)  # not compiled
    clone = keras.models.clone_model(bare, clone_function=copy, recursive=True)
    clone.set_weights(model.get_weights())
    return clone


def save(model, path):
    """Write a model to a .keras file in float32; an older file stays until it is whole.

    Args:
        model: a functional model.
        path: where to; ends in .keras.

    >>> import tempfile
    >>> from helpers.models import compact
    >>> path = Path(tempfile.mkdtemp()) / "tower.keras"
    >>> save(compact((16, 16, 1), width=4, features=8), path)
    >>> load(path).name
    'compact'
    """

    def write(file):  # Keras writes to a path only
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / "model.keras"
            in_float32(model).save(whole)
            with open(whole, "rb") as model_file:
                shutil.copyfileobj(model_file, file)

    write_whole(Path(path), write)


def load(path):
    """Read a model that `save` wrote. No code in the file is run, nothing unpickled.

    Args:
        path: a .keras file.

    Returns:
        The model, not compiled.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is damaged, or of a version that Keras cannot read.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no model {path}; train one and save it there first."
        )
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # zip, HDF5, JSON and Keras each raise their own
        raise ValueError(
            f"{path} is not a whole model of this course ({type(error).__name__}); "
            "it is damaged or of another version. Take a fresh copy or train it again."
        ) from error


def compiled(model):
    """A model as one function of photos: a call costs milliseconds, not tens.

    Its weights are constants in it, so that TensorFlow multiplies those of each
    normalisation into the convolution before it, once.

    Args:
        model: photo -> result.

    Returns:
        A function of float32 (photo, row, column, channel) in 0..1.
    """
    import tensorflow as tf

    trained = [value.numpy() for value in model.trainable_variables]
    others = [value.numpy() for value in model.non_trainable_variables]

    def run(images):
        return model.stateless_call(trained, others, images, training=False)[0]

    shape = (None, *model.input_shape[1:])
    return tf.function(run, input_signature=[tf.TensorSpec(shape, tf.float32)])


def apart(model):
    """The tower and the doubter of a model that returns what both do.

    Returns:
        tower, a model photo -> embedding; doubter, a model photo -> (photo, 1) that
        shares its layers, or None. A model of one output is its own tower.
    """
    if len(model.outputs) < 2:
        return model, None
    embedded, doubt = model.outputs
    tower = keras.Model(model.input, embedded, name=model.name)
    return tower, keras.Model(model.input, doubt, name="doubter")


def beside(tower, other):
    """One tower of two: the other one is given the photo and the first one's embedding.

    Args:
        tower: a model photo -> embedding.
        other: a model [photo, embedding of `tower`] -> embedding.

    Returns:
        A model photo -> embedding. Its layers have the names of both.
    """
    photo = keras.Input(tower.input_shape[1:], name="photo")
    return keras.Model(photo, other([photo, tower(photo)]), name=f"{other.name}_whole")
