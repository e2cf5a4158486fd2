"""The booth: take photos of oneself by the camera of the browser, with consent.

booth = Booth()
live(booth.widget, "With a live kernel: take photos here.")
"""

import io

import numpy as np
from PIL import Image

from helpers.capture import View, decoded
from helpers.figures.tiles import jpeg
from helpers.live import mine, quality
from helpers.sources.photos import reduced
from helpers.sources.reading import decode

CAMERA = "camera"  # what camera.js calls a photo that is no file
LARGEST = 1280  # pixels: the longer side of a photo that is kept


class Booth(View):
    """Take anchors, positives and negatives of a person, into `data/mine/`.

    Nothing is written before a name is there and the consent line is ticked.

    Args:
        root: where to write instead of data/mine.
        gallery: a `Gallery`; with it there is a button that enrols the anchors.
    """

    def __init__(self, root=None, gallery=None):
        super().__init__("booth", consent=mine.CONSENT, enrols=gallery is not None)
        self.root, self.gallery = root, gallery
        self.session = None
        self._taken = []  # (kind, file, crop, thumbnail as JPEG) of this session
        self._source = CAMERA

    def _on_hello(self, message):
        self._state(message)

    def _on_started(self, message):
        self._source = message["camera"] or CAMERA

    def _on_person(self, message):
        self.session, self._taken = None, []
        try:
            if message["name"].strip():
                self.session = mine.Session(message["name"], self._source, self.root)
        finally:
            self._state(message)

    def _on_consent(self, message):
        if self.session is None:
            self._state(message)
            raise mine.MineError("Write the person's name first, then tick the line.")
        self.session.agree(message["given"])
        self._state(message)

    def _on_frame(self, message, jpeg):
        image = decoded(jpeg)
        look = self._look(image)
        fault = " ".join(look.faults[:1])
        self._seen(message, look.face, image.shape[:2], fault=fault)

    def _on_photo(self, message, data):
        if self.session is None:
            raise mine.MineError("Write the person's name first, and tick the line.")
        photo = decode(io.BytesIO(data), message["name"])
        photo = reduced(np.repeat(photo, 3 // photo.shape[2], axis=2), LARGEST)
        look = self._look(photo)
        if look.face is None:
            raise mine.MineError(f"Not saved. {look.faults[0]}")
        of_file = message["name"] != CAMERA
        self.session.source = f"file {message['name']}" if of_file else self._source
        path = self.session.add(message["kind"], photo, look.face)
        thumb = jpeg(Image.fromarray(look.crop[..., 0]))  # as the tower sees it
        self._taken.append((message["kind"], path.name, look.crop, thumb))
        text = f"Saved {path.name}."
        if look.faults:
            text += f" But: {look.faults[0]} Undo (u) takes it back."
        self._send("said", text=text, wrong=bool(look.faults), photo=True)
        self._state(message)

    def _on_undo(self, message):
        name = self.session.undo() if self.session else None
        self._taken = [taken for taken in self._taken if taken[1] != name]
        self._state(message)
        text = f"Removed {name}." if name else "There is nothing to undo."
        self._send("said", text=text)

    def _on_enrol(self, message):
        name = self.session.person
        found = [r for r in mine.records(name, self.root) if r.kind == "anchor"]
        added = self.gallery.add(name, [record.path for record in found])
        text = f"{name} is enrolled with {len(found)} photos, {added.new} of them new."
        text = " But: ".join([text, *added.doubts])
        self._send("said", text=text, wrong=bool(added.doubts))

    def _look(self, image):
        """What is wrong with a picture, beside the photo that was taken last."""
        return quality.look(image, self._taken[-1][2] if self._taken else None)

    def _state(self, message):
        """Tell all views who is in the booth, and what was taken."""
        session = self.session
        counts = session.counts() if session else dict.fromkeys(mine.KINDS, 0)
        self._send(
            "state",
            [thumb for *_, thumb in self._taken],
            by=message.get("view"),
            edit=message.get("edit"),
            person=session.person if session else "",
            consent=bool(session and session.consent),
            counts=counts,
            thumbs=[{"kind": kind, "file": file} for kind, file, *_ in self._taken],
            undo=bool(self._taken),
            enrols=counts["anchor"] > 0,
        )
