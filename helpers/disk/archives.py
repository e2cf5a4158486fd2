"""Where data lies: under data/, in archives that are extracted safely, or downloaded.

An archive is extracted beside its final place and then renamed, so that a set is there
whole or not at all, whatever interrupts it and however many processes do it at once.
"""

import os
import tarfile
import tempfile
import warnings
import zlib
from importlib.util import find_spec
from pathlib import Path, PureWindowsPath

import pooch

from helpers.disk.files import FULL, sweep

PROJECT = Path(__file__).resolve().parents[2]
MAX_EXTRACTED = 4 * 2**30  # bytes; an archive that unpacks to more is refused
# name of the set: (archive in COURSE_DATA, SHA-256, folder in the archive)
ARCHIVES = {
    "orl": (
        "orl.tar.gz",
        "0ee5d80d89cffcab645291c2b417017484c93e2a062dfc1ca3e99d59756615ef",
        "orl",
    ),
    "lfw": (
        "lfw-deepfunneled.tar",
        "88eea236f5964bfe8faaed885d292280d4bf63e3cda64cbf63b2371ee85e5e64",
        "",
    ),
    "omniglot": (
        "omniglot.tar.gz",
        "2c764ece7711adf3eea20e2e0ce1f123b16e7d8d4687051ab4bb857b1889e708",
        "",
    ),
}


class MissingData(FileNotFoundError):
    """Data that is not there or not whole; the sentence names the remedy."""


def data_folder():
    """Return the folder for sets and caches: data/, or the user's cache folder.

    The cache is taken where the course is installed as a package or data/ cannot be
    written to.

    Raises:
        MissingData: neither can be written to.

    >>> data_folder().is_dir()
    True
    """
    for place in _places():
        try:
            place.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=place):
                return place
        except OSError:
            continue
    places = " nor ".join(map(str, _places()))
    raise MissingData(f"Neither {places} can be written to. Change permissions.")


def is_here(name):
    """Return whether a set is on this machine, so that nothing is downloaded."""
    return bool(_extracted(name) or _archive(name)) or (
        name == "lfw" and (_fetched() / "lfw_funneled").is_dir()
    )


def find_set(name):
    """Find a set: extracted before, in COURSE_DATA's archive, or by download (LFW).

    Args:
        name: "orl", "lfw" or "omniglot".

    Returns:
        The folder of the set.

    Raises:
        MissingData: it is nowhere, damaged, or there is no room for it.
    """
    if found := _extracted(name):
        return found
    file, sha256, inside = ARCHIVES[name]
    if archive := _archive(name):
        return extract(archive, data_folder() / name, inside, sha256)
    if name == "lfw":
        return _download_lfw()
    given = os.environ.get("COURSE_DATA")
    where = f"COURSE_DATA={given} holds no {file}" if given else "COURSE_DATA is unset"
    raise MissingData(
        f"The set {name} is not in {_places()[0] / name}, and {where}. Set COURSE_DATA "
        f"to the folder that holds {file}."
    )


def in_package(package, path):
    """Find a file or folder of an installed package, which is not imported."""
    spec = find_spec(package)
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / path).exists():
            return Path(place) / path
    return None


def extract(archive, target, inside="", sha256=None):
    """Extract a tar archive into a folder that appears only when it is complete.

    Args:
        archive: a tar file, compressed or not.
        target: the folder to make; if it is already there it is returned as it is.
        inside: take only this folder of the archive.
        sha256: what the archive's checksum must be.

    Returns:
        target.

    Raises:
        MissingData: the archive is damaged, wants to write outside of the target, or
            there is no room; nothing is left behind.
    """
    if _filled(target):
        return target
    try:
        if sha256:
            _check_sum(archive, sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent, f".{target.name}-*")
        place = {"prefix": f".{target.name}-", "dir": target.parent}
        with tempfile.TemporaryDirectory(**place, ignore_cleanup_errors=True) as part:
            whole = Path(part) / "whole"
            with tarfile.open(archive) as tar:
                # Python before 3.11.4 knows no filters, and passes over this line
                tar.extraction_filter = getattr(tarfile, "data_filter", None)
                tar.extractall(whole, _safe(tar, archive))
            if not _filled(whole / inside):
                what = inside or "files"
                raise MissingData(f"{archive} holds no {what}. Copy it again.")
            _move(whole / inside, target)
    except MissingData:
        raise
    except (tarfile.TarError, EOFError, zlib.error, UnicodeError) as error:
        reason = f"{archive} is damaged ({error}). Copy or download it again."
        raise MissingData(reason) from None
    except OSError as error:
        if error.errno in FULL:
            reason = f"No room in {target.parent} to extract {archive.name}"
            raise MissingData(f"{reason}. Free some space and run again.") from None
        reason = f"Extracting {archive} to {target.parent} failed ({error})"
        raise MissingData(f"{reason}. Mend that and run again.") from None
    return target


def _filled(folder):
    return folder.is_dir() and any(folder.iterdir())


def _places():
    cache = Path(pooch.os_cache("one-shot-faces"))
    return [PROJECT / "data", cache] if (PROJECT / "course.py").exists() else [cache]


def _extracted(name):
    for place in _places():
        if _filled(place / name):
            return place / name
    return None


def _archive(name):
    given = os.environ.get("COURSE_DATA")
    path = Path(given or ".").expanduser() / ARCHIVES[name][0]
    return path if given and path.is_file() else None


def _fetched():
    home = os.environ.get("SCIKIT_LEARN_DATA", "~/scikit_learn_data")
    return Path(home).expanduser() / "lfw_home"


def _download_lfw():
    """Let scikit-learn fetch LFW (funneled, 233 MB) into its own folder, once."""
    if (_fetched() / "lfw_funneled").is_dir():
        return _fetched()
    from sklearn.datasets import fetch_lfw_people

    print("Downloading LFW (233 MB) with scikit-learn, once ...", flush=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it tries once more
            fetch_lfw_people(min_faces_per_person=500, resize=0.1)  # decodes 1 person
    except Exception as error:  # no network, a proxy, a changed file, no room
        raise MissingData(
            f"LFW is not here and cannot be downloaded ({error}). Set COURSE_DATA to a "
            "folder with lfw-deepfunneled.tar, or put its folders under data/lfw."
        ) from None
    return _fetched()


def _check_sum(archive, sha256):
    found = pooch.file_hash(archive)
    if found != sha256:
        raise MissingData(
            f"{archive} is damaged or another version: its SHA-256 is {found[:12]}..., "
            f"not {sha256[:12]}.... Copy it again."
        )


def _safe(tar, archive):
    """Yield the entries: ordinary files and folders inside, 4 GB in all."""
    size = 0
    for member in tar:
        name = PureWindowsPath(member.name)  # it splits at both kinds of slash
        outside = ".." in name.parts or name.anchor
        if outside or not (member.isfile() or member.isdir()):
            raise MissingData(
                f"{archive} is not safe: its entry {member.name!r} leads outside "
                "or is no ordinary file. Nothing was extracted; do not use it."
            )
        size += member.size
        if size > MAX_EXTRACTED:
            raise MissingData(f"{archive} unpacks to over 4 GB. Do not use it.")
        member.mode = 0o755 if member.isdir() else 0o644
        yield member


def _move(source, target):
    try:
        if target.is_dir() and not any(target.iterdir()):
            target.rmdir()
        os.replace(source, target)
    except OSError:
        if not _filled(target):
            raise  # otherwise another process was faster, with the same files
