"""Whom a photo shows, as far as its folders tell it."""

import re
from pathlib import Path

from helpers.disk.people import checked_name
from helpers.disk.store import GalleryError
from helpers.live.records import FILE

SESSION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]+")  # in data/mine/NAME


def person_of(file):
    """Whom a photo shows, by its folder's name; in data/mine that above the session's.

    Args:
        file: path of the photo.

    Returns:
        The name; None for a negative of data/mine, on which nobody knows who is.

    Raises:
        GalleryError: no folder names a person.

    >>> person_of("people/Ann/1.jpg"), person_of("mine/Ann/2026-11-29_1/anchor_001.png")
    ('Ann', 'Ann')
    """
    folder, taken = Path(file).parent, FILE.fullmatch(Path(file).name)
    if taken and SESSION.fullmatch(folder.name):
        folder = folder.parent
        if folder.name in ("", ".."):
            raise GalleryError(
                f"No folder above the session in {file} names a person: embed "
                "data/mine itself, into another file."
            )
        if taken[1] == "negative":
            return None
    return checked_name(folder.name)
