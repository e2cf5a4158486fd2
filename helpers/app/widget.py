"""The app: two photos, a verdict, why, and who of the people enrolled is near.

    app = App(verifier, gallery)
    live(app.widget, "With a live kernel: compare two photos here.")

The same object is a widget in a notebook and, under Voila, a page (`app.ipynb`). Photos
stay in the kernel's memory; one is kept where somebody agrees and enrols it.
"""

import threading
from contextlib import contextmanager

import numpy as np
from ipywidgets import HTML, Button, HBox, VBox

from helpers.app.parts import drawing, regions
from helpers.app.parts.controls import Said, Slider
from helpers.app.parts.enrolment import Enrolment
from helpers.app.parts.hills import hills
from helpers.app.parts.sides import Side
from helpers.capture import BrowserCamera, CaptureError
from helpers.disk.cards import locate
from helpers.live.words import describe
from helpers.measures.rates import Rates, share
from helpers.sources.photos import PhotoError
from helpers.sources.reading import opened
from helpers.verifier import FAR, Verifier, closeup_of

OPEN, CLOSE = "Open the camera", "Close the camera"
LOADING = "Loading the network: some seconds, once ..."


class App:
    """Two photos side by side, and all that the verifier can say of them.

    Args:
        verifier: a `Verifier`, or the name of one, as for `Verifier.load`: it is loaded
            with the first photo.
        gallery: a `Gallery`, or the path of its file, which is made when somebody is
            enrolled; None for an app that keeps nobody.

    Attributes:
        widget: of ipywidgets; show it with `live`.
        verdict: the `Verdict` on the pair at the slider's rate, or None.
    """

    def __init__(self, verifier="faces", gallery=None):
        named = not isinstance(verifier, Verifier)
        self.card = locate(verifier)[1] if named else verifier.card
        self._verifier, self.rates = verifier, Rates(self.card)
        self._lock, self._camera, self._frame = threading.RLock(), None, None
        self.verdict = None
        self.status, self.words = Said(), Said()
        self.sides = [Side(number, self._give, self.attempt) for number in (1, 2)]
        self.enrolment = Enrolment(gallery, self) if gallery is not None else None
        self.widget = VBox(
            [
                HBox([side.widget for side in self.sides]).add_class("row"),
                self._of_camera(),
                self.status,
                self.words,
                HBox([self._of_rates(), self._of_regions()]).add_class("row"),
                *([self.enrolment.widget] if self.enrolment else []),
            ]
        ).add_class("course-app")
        self._draw()

    # ---- photos ----------------------------------------------------------------------

    def give(self, number, photo):
        """Set a photo as if it had been uploaded; what is wrong with it is said.

        Args:
            number: 1 or 2. photo: a path, an array or a Pillow image.
        """
        side = self.sides[number - 1]
        with self.attempt(f"Reading {side.name} ..."):
            image, name = opened(photo, number)
            self._give(side, image, name)

    @contextmanager
    def attempt(self, saying):
        """Say what is being done, and then whether it failed; the app goes on."""
        with self._lock:
            if saying:
                self.status.say(saying)
            try:
                yield
            except (ValueError, RuntimeError, OSError) as error:
                self.status.say(" ".join(str(error).split()), "wrong")
            except Exception as error:  # in a callback nobody would see it
                text = f"This should not happen: {type(error).__name__}: {error}"
                self.status.say(text, "wrong")
            else:
                if self.status.text in (saying, LOADING):
                    self.status.say("")

    @property
    def verifier(self):
        """The verifier, loaded by now."""
        if not isinstance(self._verifier, Verifier):
            self.status.say(LOADING)
            self._verifier = Verifier.load(self._verifier)
        return self._verifier

    @property
    def far(self):
        """The wanted false accept rate, as the slider stands."""
        return float(np.clip(10**self.slider.value, self.rates.strangers[0][-1], 1))

    def _give(self, side, photo, name):
        """Take a photo that was read; one that is no good leaves the one before."""
        self.status.say(f"Looking for the face in {side.name} ...")
        closeup = closeup_of(photo, side.number, card=self.card)
        embedding = self.verifier.embed_crops(closeup.image[None])[0]  # (feature,)
        side.doubts = self.verifier.doubts(closeup)
        side.closeup, side.embedding = closeup, embedding
        side.show(photo, name, closeup)
        self.maps.value, self.asks.disabled = "", not self._both()
        self.status.say("")
        if not self._both():
            other = self.sides[2 - side.number].name
            self.status.say(f"{side.name.capitalize()} is there. Now choose {other}.")
        self._draw()

    def _both(self):
        return all(side.closeup is not None for side in self.sides)

    def _of_camera(self):
        self.opener = Button(description=OPEN)
        self.opener.on_click(self._switch)
        self.takes = [Button(description=f"Take {side.name}") for side in self.sides]
        for button, side in zip(self.takes, self.sides):
            button.on_click(lambda _, side=side: self._take(side))
        self.booth = VBox([self.opener])
        return self.booth

    def _switch(self, button):
        """Open the camera's view, or close it."""
        with self.attempt("Opening the camera ..."):
            view = []
            if self._camera is None:
                self._camera = BrowserCamera()
                self._camera.on_frame(self._seen)
                view = [self._camera.widget, HBox(self.takes).add_class("row")]
            else:
                self._camera.close()
                self._camera = self._frame = None
            self.booth.children = [self.opener, *view]
            self.opener.description = CLOSE if view else OPEN

    def _seen(self, frame):
        self._frame = frame

    def _take(self, side):
        with self.attempt("Taking the picture ..."):
            if self._frame is None:
                raise CaptureError("No picture has come from the camera: press Start.")
            self._give(side, self._frame.image, "a picture of the camera")
            side.person.value = ""

    # ---- the verdict -----------------------------------------------------------------

    def _of_rates(self):
        least = float(np.log10(self.rates.strangers[0][-1]))
        self.slider = Slider(
            label="Wanted false accept rate", value=float(np.log10(FAR)),
            least=least, most=0.0, step=0.1,
        )  # fmt: skip
        self.slider.observe(self._moved, "value")
        self.chart, self.costs = HTML(), HTML()
        parts = [
            HTML(drawing.heading("How alike is alike enough?")),
            self.slider,
            self.costs,
        ]
        return VBox([*parts, self.chart]).add_class("half")

    def _moved(self, change):
        with self.attempt(""):
            self._draw()

    def _draw(self):
        """Show what follows from the photos and the slider."""
        threshold = self.rates.threshold(self.far)
        if self._both():
            first, second = self.sides
            verdict = self.verifier.verify(first.embedding, second.embedding, self.far)
            self.verdict = verdict._replace(doubts=first.doubts + second.doubts)
            look = "same" if verdict.same else "different"
            self.words.say(describe(self.verdict, self.card), look)
        self.slider.text = share(self.far)
        refused = share(self.rates.false_rejects(threshold))
        self.costs.value = (
            f"The threshold of {threshold:.3f} accepts {share(self.far)} of strangers' "
            f"pairs and rejects {refused} of one person's pairs."
        )
        self.chart.value = hills(self.rates, threshold, self.verdict)
        if self.enrolment:
            self.enrolment.identify()

    def _of_regions(self):
        self.asks = Button(
            description="Show which regions decide (takes a second)", disabled=True
        )
        self.asks.on_click(self._map)
        self.maps = HTML()
        title = HTML(drawing.heading("Which regions decide?"))
        return VBox([title, self.asks, self.maps]).add_class("half")

    def _map(self, button):
        """Draw an occlusion map of each photo against the other one."""
        with self.attempt("Hiding one place after the other ..."):
            if not self._both():
                raise PhotoError("Choose both photos first: a map compares them.")
            drawn = []
            for side, other in (self.sides, self.sides[::-1]):
                crop = side.closeup.image
                fall = regions.falls(self.verifier, crop, other.embedding)
                said = (
                    f"{side.name}: {regions.place(fall)}, {fall.max():.2f} less alike"
                )
                alt = f"Map of {said} where this place is hidden."
                drawn.append(drawing.picture(regions.heat(crop, fall), alt, said))
            self.maps.value = (
                f"{''.join(drawn)}<p>The yellower a place, the more of the similarity "
                "is lost when it is hidden. One place at a time: what a face has twice "
                "does not show.</p>"
            )
