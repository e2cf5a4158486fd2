"""Controls that ipywidgets lacks: words read out, a slider with a name, large files."""

from pathlib import Path

import anywidget
import traitlets

from helpers.sources.photos import PhotoError

HERE = Path(__file__).parent
LARGEST = 200_000_000  # bytes of a file, far above any of 50 million pixels in use


class _Control(anywidget.AnyWidget):
    _esm = HERE / "controls.js"
    _css = HERE / "controls.css"
    kind = traitlets.Unicode("said").tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)


class Said(_Control):
    """Words that a screen reader reads out when they change.

    Attributes:
        text: the words; a line break begins a new line.
        look: "" plain, "wrong", or of a verdict "same" or "different".
    """

    look = traitlets.Unicode("").tag(sync=True)

    def say(self, text, look=""):
        """Change both at once.

        >>> said = Said()
        >>> said.say("No face was found.", "wrong")
        >>> said.text, said.look
        ('No face was found.', 'wrong')
        """
        with self.hold_sync():
            self.text, self.look = text, look


class Slider(_Control):
    """A slider with a name, whose value is said in words.

    Attributes:
        label: its name.
        value: float, from `least` to `most`.
        step: what an arrow key adds or takes.
        text: the value in words.
    """

    kind = traitlets.Unicode("slider").tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)
    value = traitlets.Float(0.0).tag(sync=True)
    least = traitlets.Float(0.0).tag(sync=True)
    most = traitlets.Float(1.0).tag(sync=True)
    step = traitlets.Float(0.1).tag(sync=True)


class Picker(_Control):
    """A button for a file of any size, which comes in parts and is not kept here.

    Args:
        text: on the button.
        chosen: a function of the file's name and a function that returns its bytes or
            raises PhotoError.
    """

    kind = traitlets.Unicode("picker").tag(sync=True)
    largest = traitlets.Int(LARGEST).tag(sync=True)

    def __init__(self, text, chosen):
        super().__init__(text=text)
        self._chosen, self._parts = chosen, []
        self.on_msg(self._hear)

    def _hear(self, widget, message, buffers):
        if message["start"] == 0:
            self._parts = []
        self._parts.append(bytes(buffers[0]))
        size, come = message["size"], sum(map(len, self._parts))
        if come < size <= LARGEST:
            return
        data, self._parts = b"".join(self._parts), []

        def read():
            if size > LARGEST:
                limit = LARGEST // 1_000_000
                reason = f"it is larger than {limit} MB. Make it smaller first."
                raise PhotoError(reason, message["name"])
            return data

        self._chosen(message["name"], read)
