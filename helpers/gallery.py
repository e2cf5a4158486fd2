"""People enrolled, in a file or on a server: add, identify, rename, forget.

    with Gallery("gallery.sqlite", verifier) as gallery:
        gallery.add("Ann", ["ann1.jpg", "ann2.jpg"])
        gallery.identify(verifier.embed("who.jpg")[0], threshold=0.6)

Of each photo the embedding is kept, and the crop so that another tower can embed it
again. A call that returned is on the disk; one that raised has changed nothing; who is
forgotten is in no byte of it: `disk/store.py`, `disk/served.py`. No TensorFlow.
"""

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from helpers import faces
from helpers.disk.files import write_whole
from helpers.disk.names import key
from helpers.disk.people import EVERYTHING, checked_name, now
from helpers.disk.places import people_at, place
from helpers.disk.store import DAMAGED, GalleryError
from helpers.measures import mixed
from helpers.measures.crowd import Crowd, grouped, means
from helpers.measures.scores import unit
from helpers.verifier import crops_of


class Person(NamedTuple):
    """Somebody who is enrolled, with how many photos, and since when (ISO time)."""

    name: str
    photos: int
    added: str


class Enrolled(NamedTuple):
    """How many photos are new; sentences that doubt whether they show one person."""

    new: int
    doubts: tuple[str, ...]


class Match(NamedTuple):
    """Who a probe is: a name, or None for nobody.

    `nearest` is who is most alike, near enough or not; None in an empty gallery. The
    similarity is the cosine with that person's template; from the threshold on, she is
    named.
    """

    name: str | None
    nearest: str | None
    similarity: float
    threshold: float


class Gallery:
    """The people enrolled in one place; for several processes and threads at once.

    Args:
        path: a file, made if there is none; or a server, `postgresql://...`.
        verifier: a `Verifier`, whose tower makes the embeddings.
        recompute: if another tower made those in the file, embed the crops again.
        wait: seconds to wait for others who are writing.
        keep_crops: store the crops of photos that are added.

    Raises:
        GalleryError: it cannot be used; the sentence says why. It is unchanged.

    >>> from helpers.verifier import Verifier
    >>> with Gallery(":memory:", Verifier.load()) as gallery: gallery.people()
    []
    """

    def __init__(self, path, verifier, recompute=False, wait=10.0, keep_crops=True):
        self.path, self.verifier, self.keep_crops = place(path), verifier, keep_crops
        self._crowd, self._state = Crowd(), None  # in memory, as of this state
        none = np.zeros((0, faces.SIZE, faces.SIZE, 1), np.uint8)
        self._features = verifier.embed_crops(none).shape[1]
        self._store = people_at(self.path, wait)
        self._store.mean = lambda photos: means(photos, [0], verifier.shared)[0]
        self._asks = self._store.search is not None
        try:
            if recompute:
                self._recompute()
            self._store.check_tower(self.verifier.version)
        except BaseException:
            self.close()
            raise

    def close(self):
        """Let go of the file, or of the server."""
        self._store.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def __len__(self):
        return self._store.read("SELECT count(*) FROM person")[0][0]

    def __contains__(self, name):
        with suppress(GalleryError):
            return bool(self._store.find(name))
        return False

    def people(self, name=None):
        """Everybody who is enrolled, or one, as a list of `Person`, the first first."""
        return [Person(*row) for row in self._store.counted(name)]

    def add(self, name, photos):
        """Enrol a person, or add photos of one who is enrolled; nothing is trained.

        Args:
            name: of the person.
            photos: one or a list, as for `Verifier.embed`; one that is there already
                is not stored again.

        Returns:
            An `Enrolled`.

        Raises:
            PhotoError, faces.FaceError: one of them is no good; then none is stored.
        """
        new = self.add_crops(name, crops_of(photos))
        own = self._unpacked(self._store.hers(name))
        with self._store.lock:
            here = self._store.find(name)
            crowd = self._near(self._store.mean(own)) if len(own) else ()
            if here not in crowd:  # forgotten in the meantime
                return Enrolled(new, ())
            both = crowd.beside(here)
            names, rows = [crowd.names[n] for n in both], crowd.rows[both]
        return Enrolled(new, mixed.doubts(own, 0, rows, names, self.verifier.rates))

    def add_crops(self, name, crops):
        """`add` for crops uint8 (photo, 64, 64, 1): how many are new, no doubts."""
        name, time = checked_name(name), now()
        if not len(crops):
            raise GalleryError(f"There is no photo of {name!r}: give at least one.")
        crops = np.stack(crops)  # (photo, row, column, channel)
        embeddings = self.verifier.embed_crops(crops).astype("<f4")  # (photo, feature)
        rows = []
        for crop, embedding in zip(crops, embeddings):
            digest = hashlib.blake2b(crop.tobytes(), digest_size=16).digest()
            png = cv2.imencode(".png", crop)[1].tobytes() if self.keep_crops else None
            rows.append((name, time, digest, time, embedding.tobytes(), png))
        with self._store.writing() as db:
            return self._store.insert(db, rows, self.verifier.version)

    def rename(self, old, new):
        """Give somebody another name; no byte of the old one stays in the file."""
        self._store.rename(old, new)

    def forget(self, name):
        """Remove a person, of whom no byte stays: how many photos it was."""
        if not (count := self._store.remove(name)):
            self._store.known(name)
        return count

    def templates(self):
        """What a probe is compared with, now: each person's mean, of length 1.

        Returns:
            names: tuple of str (person,).
            templates: float32 (person, feature), not to be changed.
        """
        with self._store.lock:
            return self._current().everybody()

    def identify(self, embedding, threshold):
        """Say who a probe is, or that it is nobody: a `Match`.

        Args:
            embedding: float (feature,), of this verifier.
            threshold: the least similarity that gets a name.
        """
        embedding = np.asarray(embedding, np.float32)
        if embedding.shape != (self._features,) or not np.isfinite(embedding).all():
            raise GalleryError(
                f"A probe is one embedding of {self._features} finite features, "
                f"not {embedding.shape}: embed the photo with the gallery's verifier."
            )
        probe = unit(embedding)
        with self._store.lock:
            crowd = self._near(probe)
            best, score = crowd.nearest(probe)
            nearest = None if best is None else crowd.names[best]
        return Match(nearest if score >= threshold else None, nearest, score, threshold)

    def export(self, path, names=None):
        """Write people to a gallery file of their own, whole or not at all: how many.

        Args:
            path: a new file; none is overwritten, for somebody may have it open.
            names: of the people; None for all.
        """
        path = Path(path)
        for there in (path, Path(f"{path}-journal")):
            if there.exists():
                raise GalleryError(f"There is {there} already: choose another name.")
        rows = self._rows()
        if names is not None:
            chosen = {self._store.known(name) and key(name) for name in names}
            rows = [row for row in rows if key(row[0]) in chosen]
        with Gallery(":memory:", self.verifier) as copy:
            with copy._store.writing() as db:
                copy._store.insert(db, rows, self.verifier.version)
            content, count = copy._store.content(), len(copy)
        try:
            write_whole(path, lambda file: file.write(content))
        except OSError as error:
            raise GalleryError(f"{path} cannot be written: {error.strerror}.") from None
        return count

    def merge(self, path):
        """Add everybody from another file of this tower, or nobody: how many people."""
        if isinstance(place(path), Path) and not place(path).is_file():
            raise GalleryError(f"There is no file {path}: name one that export wrote.")
        with Gallery(path, self.verifier, wait=self._store.wait) as other:
            rows = other._rows()
        names = {checked_name(row[0]) for row in rows}
        with self._store.alone() as db:
            keys = {one for (one,) in self._store.read("SELECT key FROM person")}
            if here := sorted(name for name in names if key(name) in keys):
                raise GalleryError(
                    f"{len(here)} of {path} are enrolled here already, {here[0]!r} "
                    "first: rename or forget them in one of the two files."
                )
            self._store.insert(db, rows, self.verifier.version)
        return len(names)

    def _near(self, probe):
        """Who is most alike, among others; the first time, a server looks for them."""
        if self._asks:
            self._asks, crowd = False, Crowd()
            self._store.check_tower(self.verifier.version)
            crowd.put(*self._store.search(probe))
            return crowd
        return self._current()

    def _current(self):
        """The people in memory, as they are now."""
        state, all_, gone, rows = self._store.changed(self._state)
        if all_ or gone or rows:
            self._store.check_tower(self.verifier.version)
            photos, people = self._unpacked(rows), [(row[5], row[0]) for row in rows]
            self._crowd = Crowd() if all_ else self._crowd
            self._crowd.drop(gone)
            self._crowd.put(*grouped(people, photos, self.verifier.shared))
        self._state = state
        return self._crowd

    def _rows(self):
        """Everything in the file, after a look whether it is sound."""
        self._store.check()
        self._unpacked(rows := self._store.read(EVERYTHING))
        return rows

    def _unpacked(self, rows):
        """The embeddings of rows, float32 (photo, feature)."""
        try:
            blobs = b"".join(row[4] for row in rows)
            embeddings = np.frombuffer(blobs, "<f4").reshape(len(rows), self._features)
            whole = np.isfinite(embeddings).all()
            whole = whole and all(isinstance(row[0], str) for row in rows)
        except (TypeError, ValueError):
            whole = False
        if not whole:
            raise GalleryError(f"{self.path} {DAMAGED}")
        return embeddings

    def _recompute(self):
        here = (self.verifier.version,)
        with self._store.alone() as db:
            if self._store.read("SELECT version FROM tower") in ([], [here]):
                return
            rows = self._store.read("SELECT crop, id FROM photo")
            if missing := sum(crop is None for crop, _ in rows):
                raise GalleryError(
                    f"{missing} photos in {self.path} were stored without their crops "
                    "and cannot be embedded again: enrol these people anew."
                )
            if rows:
                crops = np.stack([self._picture(crop) for crop, _ in rows])
                new = self.verifier.embed_crops(crops).astype("<f4")
                changes = [(value.tobytes(), row[1]) for value, row in zip(new, rows)]
                self._store.replace(db, changes, *here)

    def _picture(self, png):
        image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
        if image is None or image.shape != (faces.SIZE, faces.SIZE):
            raise GalleryError(f"{self.path} {DAMAGED}")
        return image[..., None]
