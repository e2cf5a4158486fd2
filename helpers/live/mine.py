"""Your own photos under `data/mine`: consent, capturing, undoing, forgetting.

A photo is written first and its record after: a kill in between leaves a photo that
nothing uses and nothing overwrites, and that `forget` removes. How the folder looks,
and how it is read, is in records.py; how a person is forgotten in forgetting.py. No
TensorFlow.
"""

import itertools
import json
import os
import threading
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import cv2

from helpers.disk.files import FULL, write_whole
from helpers.disk.names import MineError, checked_name, spelling
from helpers.disk.people import now
from helpers.live.forgetting import forget
from helpers.live.records import (
    FORMAT,
    KINDS,
    RECORD,
    folders,
    home,
    is_link,
    people,
    photos,
    records,
)
from helpers.sources.photos import as_photo

__all__ = ["CONSENT", "MineError", "Session", "forget", "people", "photos", "records"]
CONSENT = (
    "I agree that photos of my face, and what is computed from them, are kept in the "
    "folder data/mine on this computer, for this course only, until I have them "
    "forgotten."
)
GONE = (
    "the person was forgotten since this session began, or the folder was changed. "
    "Start a new session, with new consent."
)


class Session:
    """Photos of one person from one sitting; nothing is written before the first one.

    It may be used from several threads; two sessions never share a folder.

    Args:
        person: who is in front of the camera.
        source: what takes the photos, for the record.
        root: where the people's folders are; by default `home()`.

    Raises:
        MineError: the name cannot be that of a folder.
    """

    def __init__(self, person, source="camera", root=None):
        self.root = home() if root is None else Path(root)
        self.person, self.source = checked_name(person), str(source)
        for folder in folders(self.root, self.person)[:1]:
            self.person = spelling(folder.name)
        self.folder = self.consent = self._agreed = None
        self._photos, self._text, self._lock = [], b"", threading.RLock()

    def agree(self, given=True):
        """Note that the person agreed to CONSENT, or does so no more.

        What was taken before stays until `forget`.
        """
        self.consent = (self.consent or now()) if given else None
        self._agreed = self._agreed or self.consent

    def counts(self):
        """How many photos of each kind this session has."""
        kinds = [photo["kind"] for photo in self._photos]
        return {kind: kinds.count(kind) for kind in KINDS}

    def add(self, kind, image, face=None):
        """Keep a photo: the whole of it, without loss.

        Args:
            kind: "anchor", "positive" or "negative".
            image: uint8 (row, column, 3) RGB, or grey.
            face: the `faces.Face` in it, or None.

        Returns:
            The path of the PNG file.

        Raises:
            MineError: the person has not agreed, or was forgotten since, or the disk is
                full; then nothing of the photo is kept.
        """
        if kind not in KINDS:
            raise MineError(f"A photo is one of {', '.join(KINDS)}, not {kind!r}.")
        image = as_photo(image)
        with self._lock:
            if self.consent is None:
                raise MineError(
                    f"{self.person} has not agreed yet, so nothing is kept: tick the "
                    "line of consent, or call agree()."
                )
            what = f"The photo of {self.person} was not kept"
            path = None
            try:
                if self.folder is None:
                    self._begin()
                else:
                    self._check(what)
                path = self.folder / self._free(kind)
                write_whole(path, lambda file: file.write(png(image)), make=False)
                face = None if face is None else [round(float(v), 4) for v in face]
                photo = {"file": path.name, "kind": kind, "time": now()}
                photos = [*self._photos, photo | {"source": self.source, "face": face}]
                self._write(photos)
            except OSError as error:
                if path is not None:
                    with suppress(OSError):
                        path.unlink()
                self._leave()
                raise trouble(error, what) from None
            self._photos = photos
            return path

    def undo(self):
        """Remove the last photo of this session.

        The photo goes first: a kill in between leaves a record of no photo, not a photo
        that somebody did not want.

        Returns:
            The name of its file, or None where there is none.

        Raises:
            MineError: the person was forgotten since, or the disk refuses.
        """
        with self._lock:
            if not self._photos:
                return None
            name = self._photos[-1]["file"]
            what = f"{name} was not removed"
            try:
                self._check(what)
                (self.folder / name).unlink(missing_ok=True)
                what = f"{name} is removed, but still named in {RECORD}"
                self._photos = self._photos[:-1]
                if self._photos:
                    self._write(self._photos)
                else:
                    (self.folder / RECORD).unlink()
                    self._leave()
            except OSError as error:
                raise trouble(error, what) from None
            return name

    def _begin(self):
        """Make this session's own folder; that of another process is never taken."""
        found = folders(self.root, self.person)
        person = found[0] if found else self.root / self.person
        number = 1
        while self.folder is None:
            if os.path.lexists(person) and (is_link(person) or not person.is_dir()):
                raise MineError(f"{person} is a file or a link: move it away.")
            folder = person / f"{datetime.now():%Y-%m-%d}_{number}"
            try:
                person.mkdir(parents=True, exist_ok=True)
                folder.mkdir()
                self.folder = folder
            except FileExistsError:
                number += os.path.lexists(folder)
            except FileNotFoundError:  # somebody was forgotten at this very moment
                continue

    def _check(self, what):
        """That the folder is still this session's, as it left it."""
        try:
            same = (self.folder / RECORD).read_bytes() == self._text
        except FileNotFoundError:
            same = False
        if not same:
            raise MineError(f"{what}: {GONE}")

    def _free(self, kind):
        """The next file's name; never one that lies there, even without a record."""
        taken = {photo["file"] for photo in self._photos}
        for number in itertools.count(1):
            name = f"{kind}_{number:03}.png"
            if name not in taken and not os.path.lexists(self.folder / name):
                return name

    def _write(self, photos):
        consent = {"sentence": CONSENT, "time": self._agreed}
        head = {"format": FORMAT, "person": self.person, "consent": consent}
        lines = [f" {json.dumps(k)}: {as_json(v)},\n" for k, v in head.items()]
        rows = ",\n".join(f"  {as_json(photo)}" for photo in photos)
        text = f'{{\n{"".join(lines)} "photos": [\n{rows}\n ]\n}}\n'.encode()
        write_whole(self.folder / RECORD, lambda file: file.write(text), make=False)
        self._text = text

    def _leave(self):
        """Leave nothing behind where no photo is left."""
        if self._photos or self.folder is None:
            return
        with suppress(OSError):  # other sessions are beside it
            self.folder.rmdir()
            self.folder.parent.rmdir()
        self.folder = None


def as_json(value):
    """A value on one line, letters of all scripts as they are."""
    return json.dumps(value, ensure_ascii=False)


def png(image):
    """A photo as the bytes of a PNG file: uint8 (row, column, 1 or 3 RGB)."""
    image = image[..., ::-1]  # OpenCV takes BGR, and is three times as fast as Pillow
    return cv2.imencode(".png", image, (cv2.IMWRITE_PNG_COMPRESSION, 1))[1].tobytes()


def trouble(error, what):
    """A `MineError` for what the disk said."""
    if isinstance(error, FileNotFoundError):
        return MineError(f"{what}: {GONE}")
    if error.errno in FULL:
        return MineError(f"{what}: the disk is full. Free some space and try again.")
    reason = error.strerror or type(error).__name__
    return MineError(f"{what}: {reason}. Check who may write to data/mine.")
