"""Frames from a camera in the browser, a camera here, a video file or a folder.

    with capture.open_camera("film.avi") as camera:
        async for frame in camera:
            print(frame.number, frame.image.shape)

All are read in the same way; those without a browser are in `sources/cameras.py`. The
page of the browser shows a live picture and sends frames to the kernel as bytes
(`live/camera.js`): in JupyterLab, Notebook, Voila, Colab, with the kernel on another
computer. A busy kernel gets no messages, so nothing here waits in a loop: use `await
camera.frame()`, `async for`, or `camera.on_frame(function)`.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from pathlib import Path

import anywidget
import cv2
import numpy as np
import traitlets
from IPython import get_ipython
from matplotlib_inline.backend_inline import flush_figures

from helpers import faces
from helpers.sources.cameras import (
    Camera,
    CaptureError,
    Device,
    Frame,
    Pictures,
    Stream,
    Video,
)
from helpers.sources.reading import is_address, local

__all__ = [
    "BrowserCamera",
    "Camera",
    "CaptureError",
    "Device",
    "Frame",
    "Pictures",
    "Stream",
    "Video",
    "View",
    "open_camera",
]

LIVE = Path(__file__).parent / "live"
TO_START = 60.0  # seconds in which somebody finds the button


def open_camera(what):
    """Any of the sources, by what names it.

    Args:
        what: "browser", the number of a camera, the path of a video or a folder, or the
            address of a camera in the network, as rtsp://... or http://...

    Returns:
        A `Camera`. It is opened with the first frame.

    Raises:
        CaptureError: there is no such thing.

    >>> open_camera("film.avi")
    Traceback (most recent call last):
    ...
    helpers.sources.cameras.CaptureError: There is no video or folder film.avi: \
check its spelling, or name "browser" or the number of a camera.
    """
    if isinstance(what, Camera):
        return what
    if what == "browser":
        return BrowserCamera()
    if isinstance(what, int) or (isinstance(what, str) and what.strip().isdecimal()):
        return Device(int(what))
    if is_address(str(what)):
        return Stream(what)
    path = local(what)
    if path.is_dir():
        return Pictures(path)
    if path.is_file():
        return Video(path)
    raise CaptureError(
        f'There is no video or folder {what}: check its spelling, or name "browser" '
        "or the number of a camera."
    )


class _Widget(anywidget.AnyWidget):
    """A live picture and what belongs to its mode: "frames", "booth" or "door"."""

    _esm = LIVE / "camera.js"
    _css = LIVE / "camera.css"
    mode = traitlets.Unicode("frames").tag(sync=True)
    consent = traitlets.Unicode("").tag(sync=True)
    enrols = traitlets.Bool(False).tag(sync=True)


class View:
    """A widget and what the kernel does with its messages: `_on_frame` and others.

    Messages arrive between two cells, in some front ends also during one and then in
    another thread: hence a lock.
    """

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


class BrowserCamera(View, Camera):
    """The browser's camera as a source of frames, like any other `Camera`.

    Show `.widget` and press Start. `await camera.frame()` in a cell works where the
    front end delivers messages during a cell (JupyterLab 4.4 and later); everywhere
    else use `on_frame`, or await it in a task: `asyncio.create_task(...)`.
    """

    def __init__(self):
        Camera.__init__(self, "the browser's camera")
        View.__init__(self, "frames")
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
            View.close(self)

    def __del__(self):
        self.closed = True  # the page notices by itself that nobody listens

    def _on_frame(self, message, jpeg):
        image = decoded(jpeg)
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


def decoded(data):
    """A frame as it came: uint8 (row, column, 3), RGB."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise CaptureError("A frame arrived damaged; the next one may be whole.")
    return image


def _settle(future, frame):
    if not future.done():
        future.set_result(frame)
