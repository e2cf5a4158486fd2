"""Where data lies: under data/, in archives that are extracted safely, or downloaded.

An archive is extracted beside its final place and then renamed, so that a set is there
whole or not at all, whatever interrupts it and however many processes do it at once.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tarfile
import tempfile
import time
import zlib
from pathlib import Path, PureWindowsPath

PROJECT = Path(__file__).resolve().parent.parent
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
}


class MissingData(FileNotFoundError):
    """Data that is not there or not whole; the sentence names the remedy."""


def data_folders() -> list[Path]:
    """Return the folders where sets are kept: data/ of the project, then the cache.

    >>> len(data_folders()) >= 1
    True
    """
    import pooch

    cache = Path(pooch.os_cache("one-shot-faces"))
    at_home = (PROJECT / "pyproject.toml").exists() or (PROJECT / "data").is_dir()
    return [PROJECT / "data", cache] if at_home else [cache]


def find_set(name: str) -> Path:
    """Find a set: under data/, in COURSE_DATA's archive, by download (LFW alone).

    Args:
        name: "orl" or "lfw".

    Returns:
        The folder of the set.

    Raises:
        MissingData: it is nowhere, damaged, or there is no room for it.
    """
    for place in data_folders():
        if (place / name).is_dir() and any((place / name).iterdir()):
            return place / name
    file, sha256, inside = ARCHIVES[name]
    given = os.environ.get("COURSE_DATA", "")
    archive = Path(given) / file
    if given and archive.is_file():
        check_sum(archive, sha256)
        return extract(archive, writable_folder() / name, inside)
    if name == "lfw":
        return download_lfw()
    where = f"COURSE_DATA={given} holds no {file}" if given else "COURSE_DATA is unset"
    raise MissingData(
        f"The set {name} is not in {data_folders()[0] / name}, and {where}. Set "
        f"COURSE_DATA to the folder that holds {file}."
    )


def writable_folder() -> Path:
    """Return the first folder for sets that can be written to."""
    for place in data_folders():
        try:
            place.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=place):
                return place
        except OSError:
            continue
    places = " nor ".join(map(str, data_folders()))
    raise MissingData(f"Neither {places} can be written to. Change permissions.")


def check_sum(archive: Path, sha256: str) -> None:
    """Raise MissingData unless the archive has this SHA-256."""
    with open(archive, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise MissingData(
            f"{archive} is damaged or another version: its SHA-256 is {found[:12]}..., "
            f"not {sha256[:12]}.... Copy it again."
        )


def extract(archive: Path, target: Path, inside: str = "") -> Path:
    """Extract a tar archive into a folder that appears only when it is complete.

    Args:
        archive: a tar file, compressed or not.
        target: the folder to make; if it is already there it is returned as it is.
        inside: take only this folder of the archive.

    Returns:
        target.

    Raises:
        MissingData: the archive is damaged, wants to write outside of the target, or
            there is no room; nothing is left behind.
    """
    if target.is_dir() and any(target.iterdir()):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        _unpack(archive, partial)
        source = partial / inside
        if not source.is_dir() or not any(source.iterdir()):
            raise MissingData(f"{archive} holds no {inside or 'files'}. Copy it again.")
        _move(source, target)
    except (tarfile.TarError, EOFError, zlib.error, UnicodeError) as error:
        reason = f"{archive} is damaged ({error}). Copy or download it again."
        raise MissingData(reason) from None
    except OSError as error:
        if isinstance(error, MissingData):
            raise
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            reason = f"No room in {target.parent} to extract {archive.name}"
            raise MissingData(f"{reason}. Free some space and run again.") from None
        reason = f"Extracting {archive} to {target.parent} failed ({error})"
        raise MissingData(f"{reason}. Mend that and run again.") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def download_lfw() -> Path:
    """Let scikit-learn fetch LFW (funneled, 233 MB) into its own folder, once."""
    from sklearn.datasets import fetch_lfw_people, get_data_home

    home = Path(get_data_home()) / "lfw_home"
    if (home / "lfw_funneled").is_dir():
        return home
    print("Downloading LFW (233 MB) with scikit-learn, once ...", flush=True)
    try:
        fetch_lfw_people(min_faces_per_person=500, resize=0.1)  # one person to decode
    except Exception as error:  # no network, a proxy, a changed file, no room
        raise MissingData(
            f"LFW is not here and cannot be downloaded ({error}). Set COURSE_DATA to a "
            "folder with lfw-deepfunneled.tar, or put its folders under data/lfw."
        ) from None
    return home


def _unpack(archive: Path, folder: Path) -> None:
    size = 0
    with tarfile.open(archive) as tar:
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
            path = folder.joinpath(*name.parts)
            if member.isdir():
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            with tar.extractfile(member) as source, open(path, "wb") as copy:
                shutil.copyfileobj(source, copy)


def _move(source: Path, target: Path) -> None:
    try:
        os.replace(source, target)
    except OSError:
        if not target.is_dir() or not any(target.iterdir()):
            raise  # otherwise another process was faster, with the same files


def _sweep(target: Path) -> None:
    """Remove what an extraction that was killed left more than an hour ago."""
    for left in target.parent.glob(f".{target.name}-*"):
        try:
            if left.is_dir() and time.time() - left.stat().st_mtime > 3600:
                shutil.rmtree(left, ignore_errors=True)
        except OSError:
            continue
