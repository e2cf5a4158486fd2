"""One photo of the two: a file, a sample or a picture of the camera, and its crop."""

import io

from ipywidgets import HTML, Dropdown, HBox, VBox

from helpers.app.parts import drawing
from helpers.app.parts.controls import Picker
from helpers.datasets import orl
from helpers.sources.reading import decode

PEOPLE, SHOTS = 40, 10  # of ORL
NONE = '<figure><div class="empty">No photo yet</div></figure>'


class Side:
    """Where a photo comes from, and the photo with its crop.

    Args:
        number: 1 or 2.
        give: a function of this side, a photo as an array, and its name.
        attempt: as `App.attempt`; what is read here may be no photo.

    Attributes:
        closeup: the `Closeup`, or None as long as there is no photo.
        embedding: of it, (feature,). doubts: sentences, a tuple.
        widget: of ipywidgets.
    """

    def __init__(self, number, give, attempt):
        self.number, self.name = number, f"photo {number}"
        self.closeup = self.embedding = None
        self.doubts = ()
        self._give, self._attempt = give, attempt
        self.upload = Picker(f"Choose {self.name}", self._uploaded)
        people = [("none", ""), *((f"s{n + 1}",) * 2 for n in range(PEOPLE))]
        shots = range(1, SHOTS + 1)
        words = {"style": {"description_width": "initial"}}
        self.person = Dropdown(
            description=f"or a sample for {self.name}", options=people, **words
        )
        self.shot = Dropdown(
            description=f"shot for {self.name}", options=shots, value=number, **words
        )
        self.view = HTML(NONE)
        self.person.observe(self._chosen, "value")
        self.shot.observe(self._chosen, "value")
        sample = HBox([self.person, self.shot]).add_class("row")
        self.widget = VBox([self.upload, sample, self.view]).add_class("half")

    def show(self, photo, name, closeup):
        """Show a photo and the crop of its face.

        Args:
            photo: uint8 (row, column, channel). name: of it.
            closeup: a `Closeup`.
        """
        which = self.name.capitalize()
        rows, columns = closeup.image.shape[:2]
        cut = f"{which} as the network sees it: {columns} x {rows} pixels of its face."
        self.view.value = drawing.picture(
            photo, f"{which} as it was given: {name}.", name
        ) + drawing.picture(closeup.image, cut, "as the network sees it", "pixels")

    def _uploaded(self, name, read):
        with self._attempt(f"Reading {name} ..."):
            self._give(self, decode(io.BytesIO(read()), name), name)
            self.person.value = ""

    def _chosen(self, change):
        if not self.person.value:
            return
        with self._attempt("Reading the samples ..."):
            samples = orl(quiet=True)
            photo = samples.images[samples.of(self.person.value)[self.shot.value - 1]]
            self._give(self, photo, f"{self.person.value}, sample {self.shot.value}")
