"""A network that was exported: run its file.

    Exported("runs/export/faces.onnx").embed_crops(crops)

No TensorFlow is needed to run one.
"""

import contextlib
import hashlib
import json
import os
from pathlib import Path

import numpy as np

from helpers.datasets import PhotoError

FORMAT = 1  # of the card's entry `exported`; another one is refused
SUFFIXES = {"onnx": ".onnx", "litert": ".tflite"}
PACKAGES = {"onnx": ("tf2onnx", "onnx", "onnxruntime"), "litert": ("ai-edge-litert",)}
AGAIN = "make it again with `python -m helpers export`"


class Exported:
    """The network of a file that `export` wrote.

    Args:
        path: a .onnx file, run by onnxruntime, or a .tflite file, run by LiteRT, with
            its card beside it.

    Raises:
        FileNotFoundError: it or its card is missing.
        ValueError: it is damaged, or of another version.
        ImportError: the package that runs it is missing.
    """

    def __init__(self, path):
        path = Path(path)
        self.card = read_card(path)
        kind = self.card["exported"]["kind"]
        try:
            self._call = {"onnx": with_onnx, "litert": with_litert}[kind](path)
        except ImportError as error:
            text = f"The package {error.name} is missing: run `pip install -e .`"
            raise ImportError(text, name=error.name) from None
        except Exception as error:  # each runtime raises its own
            runtime = PACKAGES[kind][-1]
            raise ValueError(f"This {runtime} cannot run {path}: {AGAIN}.") from error

    def run(self, crops, batch=64):
        """What the network says of faces, or pictures, that were cut out.

        Args:
            crops: uint8 (photo, row, column, channel), of the network's size.
            batch: photos at one time.

        Returns:
            dict: `embedding` float32 (photo, feature), each of length 1; where the
            verifier has a doubter, `doubt` float32 (photo, 1), above 0 for doubt.

        Raises:
            PhotoError: these are no such crops.
        """
        crops, about = np.asarray(crops), self.card["exported"]
        size = tuple(about["inputs"]["crops"][1:])
        if crops.ndim != 4 or crops.shape[1:] != size or crops.dtype != np.uint8:
            raise PhotoError(
                f"The network takes crops uint8 (photo, {', '.join(map(str, size))}), "
                f"not {crops.dtype} {crops.shape}. Make them with faces.crop."
            )
        rows = {
            name: [np.zeros((0, width), np.float32)]
            for name, (_, width) in about["outputs"].items()
        }
        for start in range(0, len(crops), batch):
            found = self._call(crops[start : start + batch])
            for name, parts in rows.items():
                parts.append(found[name])
        return {name: np.concatenate(parts) for name, parts in rows.items()}

    def embed_crops(self, crops, batch=64):
        """Embed crops as `Verifier.embed_crops` does: float32 (photo, feature)."""
        return self.run(crops, batch)["embedding"]


def card_path(path):
    """Where the card of an exported file lies.

    >>> card_path(Path("faces.onnx")).name
    'faces.onnx.json'
    """
    return path.with_name(f"{path.name}.json")


def read_card(path):
    """The card of an exported file, once both are known to be whole.

    Raises:
        FileNotFoundError, ValueError: as for `Exported`.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no exported network {path}: {AGAIN}, or check its spelling."
        )
    try:
        card = json.loads(card_path(path).read_text(encoding="utf-8"))
        about = card["exported"]
        version, sha256 = about["format"], about["sha256"]
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{path} has no card: put {card_path(path).name} beside it, or {AGAIN}."
        ) from None
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"{card_path(path)} is damaged: {AGAIN}.") from None
    if version != FORMAT:
        raise ValueError(
            f"{path} is of format {version}, this course reads {FORMAT}: {AGAIN}."
        )
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise ValueError(f"{path} is damaged, or its card is of another: {AGAIN}.")
    return card


def with_onnx(path):
    """A function of crops that runs an ONNX file on all cores."""
    import onnxruntime

    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level = 4  # what is wrong is raised as well
    session = onnxruntime.InferenceSession(
        path, quiet, providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    return lambda crops: dict(zip(names, session.run(names, {"crops": crops})))


def with_litert(path):
    """A function of crops that runs a LiteRT file on all cores."""
    with without_stderr():  # says which processor it found
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(str(path), num_threads=os.cpu_count())
        runner = interpreter.get_signature_runner()
        runner(crops=np.zeros(interpreter.get_input_details()[0]["shape"], np.uint8))

    def run(crops):  # what the runner returns is its own memory
        return {name: value.copy() for name, value in runner(crops=crops).items()}

    return run


@contextlib.contextmanager
def without_stderr():
    """Close the process's standard error to what C++ writes there."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
