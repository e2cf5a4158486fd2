"""A verifier's network as a file for other runtimes: ONNX, LiteRT.

The file takes a face as it was cut out, uint8, and gives its embedding of length 1, so
that whoever runs it needs none of this course: the grey levels, the mirror image, the
mean of both and the length are in it. The card lies beside it. A file that does not do
what Keras does is not kept; `exported.py` runs one, `checking.py` compares.
"""

import hashlib
import tempfile
import warnings
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
from keras import ops

from helpers.app.checking import check, refuse
from helpers.app.exported import FORMAT, PACKAGES, SUFFIXES, card_path
from helpers.datasets import is_here
from helpers.disk.files import write_json, write_whole
from helpers.layers import unit_length
from helpers.recipes.faces import apart, lfw_faces

OPSET = 18  # of ONNX: what runtimes have read since 2023
CALIBRATION, BATCH = 256, 32  # training faces that set the ranges of int8
QUANTISED = ("Conv", "Relu", "Add", "MatMul")  # kinds of ONNX's nodes


def export(verifier, kind, folder="runs/export", int8=False, say=print):
    """Write a verifier's network and its card, once the file does what Keras does.

    Args:
        verifier: a `Verifier`.
        kind: "onnx" or "litert".
        folder: where to; made if it is not there.
        int8: a quarter of the size. ONNX then computes in 8 bits with ranges that
            LFW's training faces set; LiteRT finds the ranges in each photo.
        say: called with each line of progress.

    Returns:
        path of the file, its card: the verifier's with an entry `exported`.

    Raises:
        ValueError: it cannot be exported, or the file differs too much from Keras.
        ImportError: a package that exports is missing.
    """
    if kind not in SUFFIXES:
        raise ValueError(f"There is no export to {kind!r}: choose onnx or litert.")
    if int8 and kind == "onnx":
        need_calibration(verifier)
    model, folder = deployed(verifier), Path(folder)
    if folder.is_file():
        raise ValueError(f"{folder} is a file: name a folder for what is exported.")
    folder.mkdir(parents=True, exist_ok=True)
    name = Path(verifier.card.get("name", "verifier")).name
    path = folder / f"{name}{'-int8' if int8 else ''}{SUFFIXES[kind]}"
    with tempfile.TemporaryDirectory() as place:
        made = Path(place) / path.name
        say(f"Making {path}; this takes up to half a minute.")
        quantised = WAYS[kind](model, made, int8, say)
        card = verifier.card | {"exported": about(verifier, kind, made, quantised)}
        write_json(card_path(made), card)
        say("Checking it against Keras on real photos.")
        card["exported"]["check"] = found = check(verifier, made)
        refuse(path, found, int8)
        # Were it killed in between, the card would name the sum of a file not there.
        write_json(card_path(path), card, indent=1)
        write_whole(path, lambda file: file.write(made.read_bytes()))
    return path, card


def deployed(verifier):
    """A verifier's network with all that `Verifier.embed_crops` does around it.

    Args:
        verifier: a `Verifier`, but of one method: not "joined".

    Returns:
        A model uint8 (photo, row, column, channel) -> dict of `embedding` float32
        (photo, feature), of length 1, and, where the verifier has a doubter, `doubt`
        (photo, 1), above 0 where its rates do not hold.

    Raises:
        ValueError: the verifier is of two methods.
    """
    tower, doubter = verifier.tower, verifier.doubter
    if "beside" in verifier.card:
        raise ValueError(
            "A joined verifier is not exported, since runtimes count patterns slowly "
            f"or not at all: export {verifier.card['beside']!r}, the network in it."
        )
    outputs = {"embedding": tower.outputs[0]}
    if doubter:
        outputs["doubt"] = doubter.outputs[0]
    both = keras.Model(tower.inputs[0], outputs)  # they share their layers
    crops = keras.Input(tower.input_shape[1:], dtype="uint8", name="crops")
    looks = looks_at(verifier, ops.cast(crops, "float32") / 255)
    found = {
        name: ops.reshape(value, (len(looks), -1, value.shape[-1]))
        for name, value in both(ops.concatenate(looks, axis=0)).items()
    }  # (look, photo, value)
    found["embedding"] = unit_length(ops.sum(found["embedding"], axis=0))
    if doubter:
        found["doubt"] = found["doubt"][0]  # of the photo as it is
    return keras.Model(crops, found, name="deployed")


def looks_at(verifier, photos):
    """The looks of `Verifier.embed_crops`, as layers.

    The verifier is shown a picture whose pixels hold their own places: what comes out
    says where each pixel of a look comes from, and that does not depend on the photo.

    Args:
        verifier: a `Verifier`.
        photos: float (photo, row, column, channel).

    Returns:
        A list of tensors like `photos`.
    """
    shape = rows, columns, channels = photos.shape[1:]
    places = np.float32(np.indices((rows, columns)))  # (2, row, column)
    pictures = np.stack([places] * channels, axis=-1)
    pixels = ops.reshape(photos, (-1, rows * columns, channels))
    looks = []
    for look in verifier.looks(pictures):
        where = look[..., 0].reshape(2, -1)  # (2, pixel)
        low = np.floor(where).astype(np.int32)
        high = np.minimum(low + 1, np.array([[rows - 1], [columns - 1]]))
        share = where - low  # of the higher neighbour
        seen = 0
        for row, down in ((low[0], 1 - share[0]), (high[0], share[0])):
            for column, right in ((low[1], 1 - share[1]), (high[1], share[1])):
                weight = np.float32(down * right)[:, None]
                if weight.any():
                    place = (row * columns + column).astype(np.int32)
                    seen += ops.take(pixels, place, axis=1) * weight
        looks.append(ops.reshape(seen, (-1, *shape)))
    return looks


def about(verifier, kind, path, quantised):
    """The entry `exported` of a card, but for the check."""
    tower, data = verifier.tower, path.read_bytes()
    outputs = {"embedding": ["photo", tower.output_shape[-1]]}
    if verifier.doubter:
        outputs["doubt"] = ["photo", 1]
    packages = ("tensorflow", "keras", *PACKAGES[kind])
    return {
        "format": FORMAT,
        "kind": kind,
        "weights": verifier.version,
        "inputs": {"crops": ["photo", *tower.input_shape[1:]]},  # uint8
        "outputs": outputs,  # float32
        "quantised": quantised,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "packages": {name: metadata.version(name) for name in packages},
    }


def to_onnx(model, path, int8, say):
    """Write a model of `deployed` as ONNX; returns how it was quantised, or None."""
    import onnx

    model(np.zeros((1, *model.input_shape[1:]), np.uint8))  # Keras asks for one call
    with warnings.catch_warnings():  # of tf2onnx, about NumPy's old names
        warnings.simplefilter("ignore")
        model.export(path, format="onnx", opset_version=OPSET, verbose=False)
    made = onnx.load(path)
    for value in (*made.graph.input, *made.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "photo"
    onnx.save(made, path)
    return in_eight_bits(path, say) if int8 else None


def in_eight_bits(path, say):
    """Quantise an ONNX file with ranges that training faces set; returns how.

    Of the ways tried this one is as fast as any and moves scores least: all but the
    first convolution, which sees too few values for 8 bits; what doubts and what makes
    the length 1 stay in float32. Weights take 7 bits, since processors without VNNI
    add up two products in 16.
    """
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    train, _ = apart(lfw_faces("peopleDevTrain"))
    chosen = np.random.default_rng(0).choice(len(train), CALIBRATION, replace=False)
    batches = iter(np.split(train.images[chosen], CALIBRATION // BATCH))
    feed = ({"crops": batch} for batch in batches)
    say(f"Calibrating it on {CALIBRATION} of LFW's training faces.")
    ready = path.with_name(f"ready-{path.name}")
    quant_pre_process(path, ready, skip_symbolic_shape=True)
    quantization.quantize_static(
        ready,
        path,
        SimpleNamespace(get_next=lambda: next(feed, None)),
        activation_type=quantization.QuantType.QUInt8,  # signed ones are slow on x86
        weight_type=quantization.QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        nodes_to_quantize=to_quantise(ready),
    )
    return (
        "int8, static, per channel, weights of 7 bits; float32: the first convolution, "
        f"the doubt, the length; ranges from {CALIBRATION} photos of LFW's people that "
        "were trained on"
    )


def to_quantise(path):
    """The nodes of an ONNX file between its first convolution and the features."""
    import onnx

    graph = onnx.load(path).graph
    wanted, before = {"embedding"}, []
    for node in reversed(graph.node):  # a node stands after those that feed it
        if wanted & set(node.output):
            wanted |= set(node.input)
            before.insert(0, node)
    kinds = [node.op_type for node in before]
    first = kinds.index("Conv") + 1 if "Conv" in kinds else 0
    last = len(kinds) - kinds[::-1].index("MatMul")
    return [node.name for node in before[first:last] if node.op_type in QUANTISED]


def need_calibration(verifier):
    """Refuse what cannot be calibrated, before anything is made."""
    instead = "`export litert --int8` needs no calibration."
    if "pictures" in verifier.card:
        raise ValueError(
            "int8 for ONNX is calibrated on faces, and this verifier is for pictures: "
            f"{instead}"
        )
    if not is_here("lfw"):
        raise ValueError(
            "int8 for ONNX is calibrated on LFW's training faces, and LFW is not on "
            f"this machine: see data/README.md, or {instead}"
        )


def to_litert(model, path, int8, say):
    """Write a model of `deployed` for LiteRT; returns how it was quantised, or None."""
    import tensorflow as tf

    how = {"optimizations": [tf.lite.Optimize.DEFAULT]} if int8 else {}
    model.export(path, format="litert", verbose=False, **how)
    if int8:
        return "int8 weights, per channel; ranges of what they meet from each photo"


WAYS = {"onnx": to_onnx, "litert": to_litert}
