"""The camera of the browser: to take photos, to verify, or to read frame by frame.

    booth = Booth()
    live(booth.widget, "With a live kernel: take photos here.")

The page shows a live picture and sends frames and photos to the kernel as bytes
(`camera.js`); this module answers each with what was seen in it. It works wherever the
page is: JupyterLab, Notebook, Voila, Colab, with the kernel on another computer.
Messages arrive between two cells, in some front ends also during one and then in
another thread: hence a lock, and no loop that waits.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path

import anywidget
import cv2
import numpy as np
import traitlets
from IPython import get_ipython
from matplotlib_inline.backend_inline import flush_figures
from PIL import Image

from helpers import faces, mine, quality
from helpers.capture import Camera, CaptureError, Frame
from helpers.reading import decode_photo
from helpers.tiles import jpeg

HERE = Path(__file__).parent
CAMERA = "camera"  # what camera.js calls a photo that is no file
LARGEST = 1280  # pixels: the longer side of a photo that is kept
TO_START = 60.0  # seconds in which somebody finds the button
REMEMBERED = 1000  # sightings


class _Widget(anywidget.AnyWidget):
    """A live picture and what belongs to its mode: "frames", "booth" or "door"."""

    _esm = HERE / "camera.js"
    _css = HERE / "camera.css"
    mode = traitlets.Unicode("frames").tag(sync=True)
    consent = traitlets.Unicode(mine.CONSENT).tag(sync=True)
    enrols = traitlets.Bool(False).tag(sync=True)


class _View:
    """A widget and what the kernel does with its messages: `_on_frame` and others."""

    def __init__(self, mode, **traits):
        self.widget = _Widget(mode=mode, **traits)
        self._lock = threading.RLock()
        self.widget.on_msg(self._hear)

    def close(self):
        """Have the page let go of the camera."""
        self._send("stop")

    def _hear(self, widget, message, buffers):
        spare_figures()
        act = getattr(self, f"_on_{message.get('type')}", None)
        if act is None:
            return
        answer = {"view": message.get("view"), "photo": message["type"] == "photo"}
        with self._lock:
            try:
                act(message, *buffers)
            except Exception as error:  # in a callback nobody would see it
                text = str(error) or type(error).__name__
                if not isinstance(error, ValueError | RuntimeError | OSError):
                    text = f"This should not happen: {type(error).__name__}: {text}"
                self._send("said", **answer, text=text, wrong=True)
                if message["type"] == "frame":
                    self._seen(message, fault=text)

    def _send(self, kind, buffers=None, **content):
        self.widget.send({"type": kind, **content}, buffers)

    def _seen(self, message, face=None, shape=(480, 640), **content):
        """Answer a frame, so that the page sends the next one."""
        if face is not None:  # the square that is cut out
            face = face._replace(side=faces.CLOSER * face.side)
            face = [float(value) for value in face]
        content |= {"view": message.get("view"), "number": message.get("number")}
        self._send("seen", face=face, shape=list(shape), **content)


class BrowserCamera(_View, Camera):
    """The browser's camera as a source of frames, like any other `Camera`.

    Show `.widget` and press Start. `await camera.frame()` in a cell works where the
    front end delivers messages during a cell (JupyterLab 4.4 and later); everywhere
    else use `on_frame`, or await it in a task: `asyncio.create_task(...)`.
    """

    def __init__(self):
        Camera.__init__(self, "the browser's camera")
        _View.__init__(self, "frames")
        self._waiting = []

    async def _next(self, timeout=10.0):
        if self.closed:
            raise CaptureError(f"{self.name} is closed: open it again.")
        if self._count == 0:
            timeout = max(timeout, TO_START)
        loop = asyncio.get_running_loop()
        waiting = loop.create_future()
        with self._lock:
            self._waiting.append((loop, waiting))
        try:
            return await asyncio.wait_for(waiting, timeout)
        except TimeoutError:
            raise CaptureError(
                f"No frame came from the browser in {timeout:g} seconds. Press Start "
                "in the view of this camera first. If it runs, this page delivers "
                "frames only between two cells: use camera.on_frame(function)."
            ) from None

    def close(self):
        """Stop listening, and have the page let go of the camera."""
        if not self.closed:
            self.closed = True
            self._thread.shutdown(wait=False)
            self._give(None)
            _View.close(self)

    def __del__(self):
        self.closed = True  # the page notices by itself that nobody listens

    def _on_frame(self, message, jpeg):
        image = _decoded(jpeg)
        if not self.closed:
            self._start = message["time"] if self._count == 0 else self._start
            seconds = message["time"] - self._start
            frame = Frame(image, seconds, self._count, self.name)
            self._count += 1
            for function in self._functions:
                function(frame)
            self._give(frame)
        self._seen(message, shape=image.shape[:2])

    def _give(self, frame):
        """Hand a frame to all who wait for one; None ends their waiting."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for loop, future in waiting:
            loop.call_soon_threadsafe(_settle, future, frame)


class Booth(_View):
    """Take anchors, positives and negatives of a person, into `data/mine/`.

    Nothing is written before a name is there and the consent line is ticked.

    Args:
        root: where to write instead of data/mine.
        gallery: a `Gallery`; with it there is a button that enrols the anchors.
    """

    def __init__(self, root=None, gallery=None):
        super().__init__("booth", enrols=gallery is not None)
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
        image = _decoded(jpeg)
        look = self._look(image)
        fault = " ".join(look.faults[:1])
        self._seen(message, look.face, image.shape[:2], fault=fault)

    def _on_photo(self, message, data):
        if self.session is None:
            raise mine.MineError("Write the person's name first, and tick the line.")
        photo = _smaller(decode_photo(bytes(data), message["name"]))
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
        text = f"{name} is enrolled with {len(found)} photos, {added} of them new."
        self._send("said", text=text)

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


class Door(_View):
    """Verify whoever stands before the camera: a name, or nobody.

    Args:
        watcher: a `live.Watcher` with the people who are enrolled.
    """

    def __init__(self, watcher):
        super().__init__("door")
        self.watcher = watcher
        self.sightings = deque(maxlen=REMEMBERED)

    def _on_started(self, message):
        self.watcher.reset()

    def _on_frame(self, message, jpeg):
        image = _decoded(jpeg)
        seen = self.watcher.see(image)
        self.sightings.append(seen)
        spent = [f"{name} {ms:.1f}" for name, ms in seen.milliseconds.items()]
        spent = f"Of them in the kernel: {', '.join(spent)}."
        self._seen(
            message, seen.face, image.shape[:2],
            name=seen.name,
            fault=seen.fault,
            words=_in_words(seen),
            similarity=seen.similarity,
            threshold=seen.threshold,
            milliseconds=spent,
        )  # fmt: skip


def spare_figures():
    """Keep messages from showing and closing a figure that a cell is still drawing.

    To Jupyter a widget's message ends like a cell: the figures that are open then are
    shown and closed. Where messages have a thread of their own, a cell may be at work.
    """
    shell = get_ipython()
    if shell is not None:
        with suppress(ValueError):  # not registered: done before, or no figures yet
            shell.events.unregister("post_execute", flush_figures)
            shell.events.register("post_execute", _flush_between_cells)


def _flush_between_cells():
    if threading.current_thread() is threading.main_thread():
        flush_figures()


def _in_words(seen):
    """How sure a verdict is, for a reader who knows no similarity."""
    if seen.fault:
        return ""
    distance = f"distance {1 - seen.similarity:.2f} to {seen.nearest}"
    if seen.name is None:
        return f"No one who is enrolled: {distance}."
    distance = distance[0].upper() + distance[1:]
    if seen.strangers == 0:
        return f"{distance}; of the strangers measured none looks as alike."
    if seen.strangers > 0.5:
        return f"{distance}; most strangers look as alike."
    return f"{distance}; of strangers 1 in {1 / seen.strangers:,.0f} looks as alike."


def _decoded(data):
    """A frame as it came: uint8 (row, column, 3), RGB."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise CaptureError("A frame arrived damaged; the next one may be whole.")
    return image


def _smaller(photo):
    """A photo with its longer side at most LARGEST pixels, RGB."""
    if photo.shape[2] == 1:
        photo = np.repeat(photo, 3, axis=2)
    times = max(photo.shape) / LARGEST
    if times <= 1:
        return photo
    size = [round(side / times) for side in photo.shape[1::-1]]
    return cv2.resize(photo, size, interpolation=cv2.INTER_AREA)


def _settle(future, frame):
    if not future.done():
        future.set_result(frame)
