"""The people of the app: who is near, who is enrolled, who is forgotten."""

from contextlib import closing
from pathlib import Path

from ipywidgets import HTML, Button, Checkbox, Dropdown, HBox, Text, VBox

from helpers.app import desk
from helpers.app.parts import drawing
from helpers.disk.people import People
from helpers.disk.places import Server, unenrol
from helpers.gallery import Gallery, GalleryError
from helpers.live.mine import CONSENT
from helpers.live.words import describe_found
from helpers.sources.photos import PhotoError


class Enrolment:
    """Who of a gallery is near to the photos; enrol and forget, with consent.

    Args:
        gallery: a `Gallery`, or the path of its file, which is made when somebody is
            enrolled.
        app: the `App`; of it the sides, the verifier, the rate and `attempt` are used.

    Attributes:
        widget: of ipywidgets.
    """

    def __init__(self, gallery, app):
        self.gallery = gallery if isinstance(gallery, Gallery) else Path(gallery)
        self.app = app
        wide = {"style": {"description_width": "initial"}}
        self.found = HTML()
        self.name = Text(description="Name", placeholder="who is it?", **wide)
        self.consent = Checkbox(description=CONSENT, indent=False)
        self.name.observe(self._other_name, "value")
        self.enrols = [Button(description=f"Enrol {side.name}") for side in app.sides]
        for button, side in zip(self.enrols, app.sides):
            button.on_click(lambda _, side=side: self._enrol(side))
        self.person = Dropdown(description="Enrolled", **wide)
        self.forgets = Button(description="Forget this person")
        self.forgets.on_click(self._forget)
        self.widget = VBox(
            [
                HTML(drawing.heading("People")),
                self.found,
                HBox([self.name, *self.enrols]).add_class("row"),
                self.consent,
                HBox([self.person.add_class("enrolled"), self.forgets]).add_class(
                    "row"
                ),
            ]
        )
        with app.attempt(""):
            self._list()

    def identify(self):
        """Show of each photo who is near, or nobody, or what is wrong with the file."""
        shown = [side for side in self.app.sides if side.closeup is not None]
        try:
            gallery = self._opened() if shown else None
            if gallery is None:
                said = ["Nobody is enrolled yet."] if shown else []
                self.found.value = drawing.paragraphs(said)
            else:
                self.found.value = "".join(self._near(gallery, side) for side in shown)
        except GalleryError as error:  # the verdict stands all the same
            self.found.value = drawing.paragraphs([str(error)])

    def _near(self, gallery, side):
        """Who is on one photo, and the people most alike, as text of the page."""
        names, templates = gallery.templates()  # (person, feature)
        found = desk.identify(gallery, side.closeup, self.app.far)
        scores = templates @ side.embedding  # (person,)
        said = f"{side.name.capitalize()}. {describe_found(found)}"
        return drawing.paragraphs([said]) + drawing.nearest(
            names, scores, found.threshold
        )

    def _opened(self, make=False):
        """The gallery, or None where its file is not there yet."""
        if isinstance(self.gallery, Gallery):
            return self.gallery
        if make:
            self.gallery.parent.mkdir(parents=True, exist_ok=True)
        elif not self.gallery.is_file():
            return None
        self.gallery = Gallery(self.gallery, self.app.verifier)
        return self.gallery

    def _list(self):
        """Fill the list of people; no weights are needed."""
        names = []
        if isinstance(self.gallery, Gallery):
            names = [person.name for person in self.gallery.people()]
        elif self.gallery.is_file():
            with closing(People(self.gallery)) as people:
                names = [name for name, *_ in people.counted()]
        self.person.options = names  # nobody is chosen, so that nobody goes by mistake
        self.person.disabled = self.forgets.disabled = not names

    def _other_name(self, change):
        self.consent.value = False  # another person has agreed to nothing

    def _enrol(self, side):
        with self.app.attempt(f"Enrolling {side.name} ..."):
            if side.closeup is None:
                raise PhotoError(f"There is no {side.name} yet: choose it first.")
            name = self.name.value.strip()
            if not name:
                raise GalleryError("Write the person's name first, then tick the line.")
            if not self.consent.value:
                raise GalleryError(
                    f"{name} has not agreed yet, so nothing is kept: tick the line of "
                    "consent first."
                )
            gallery = self._opened(make=True)
            new, doubts = desk.enrol(gallery, name, [side.closeup])
            self._list()
            self.identify()
            what = f"is enrolled with {side.name}" if new else "has this photo already"
            self.app.status.say(" But: ".join([f"{name} {what}.", *doubts]))

    def _forget(self, button):
        with self.app.attempt("Forgetting ..."):
            name = self.person.value
            if name is None:
                raise GalleryError("Choose in the list who is to be forgotten.")
            if isinstance(self.gallery, Gallery):
                self.gallery.forget(name)
                where = self.gallery.path
            else:  # whichever tower made the embeddings
                unenrol(where := self.gallery, name)
            self._list()
            self.identify()
            held = isinstance(where, Server)
            done = (
                f"{name} is forgotten{'' if held else ': no byte is left in the file'}."
            )
            self.app.status.say(" But: ".join([done, *desk.left(name, where)]))
