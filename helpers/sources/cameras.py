"""Frames from a camera here or in the network, a film or a folder, all read alike.

Nothing here waits in a loop that keeps the kernel busy: each source works in a thread
of its own. The camera of the browser is in `helpers/capture.py`.
"""

import asyncio
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # our sentences say it
import cv2

from helpers.sources.folders import listed
from helpers.sources.foreign import silent
from helpers.sources.photos import PhotoError
from helpers.sources.reading import read_photo

WARM_UP = 5  # frames that a camera needs to find its exposure
TO_ANSWER = 8.0  # seconds in which a camera in the network does
PATIENCE = 3.0  # seconds that closing waits for a picture on its way
REMEDY = (
    "Turn it into one that every OpenCV reads, `ffmpeg -i FILE -c:v mjpeg -q:v 3 "
    "film.avi`, or put single photos into a folder."
)


class CaptureError(RuntimeError):
    """A camera or a file gives no frame: a sentence with the reason and the remedy."""


class Frame(NamedTuple):
    """One picture of a camera.

    Attributes:
        image: uint8 (row, column, 3), RGB.
        time: seconds since the first frame.
        number: counts from 0.
        source: what the camera is called.
    """

    image: np.ndarray
    time: float
    number: int
    source: str


class Camera:
    """What all sources share: frames to wait for, or to be called with.

    A source defines `_open`, `_read` (an image and its time in seconds, or None at the
    end) and `_close`. All three run in one thread of their own, so that the kernel is
    free while a camera takes its picture, and that nobody closes it meanwhile.

    Args:
        name: what frames and sentences call it.
    """

    closed = True

    def __init__(self, name):
        self.name, self.closed = name, False
        self._functions, self._count, self._opened = [], 0, False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="camera")

    async def frame(self, timeout=10.0):
        """Wait for the next frame.

        Args:
            timeout: seconds.

        Raises:
            CaptureError: there is none: the end, a fault, or nothing for too long.
        """
        frame = await self._next(timeout)
        if frame is None:
            raise CaptureError(f"{self.name} has no further frame: it is at its end.")
        return frame

    async def __aiter__(self):
        while not self.closed and (frame := await self._next()) is not None:
            yield frame

    def on_frame(self, function):
        """Have a function called with each frame from now on; returns the function."""
        self._functions.append(function)
        return function

    async def play(self):
        """Read to the end and call the functions of `on_frame`; returns the frames.

        In a cell `await camera.play()` waits for the end, and
        `asyncio.create_task(camera.play())` lets the next cell run meanwhile.
        """
        count = 0
        async for _ in self:
            count += 1
        return count

    def close(self):
        """Set the camera free. Closing twice does no harm."""
        if self.closed:
            return
        self.closed = True
        try:
            ended = self._thread.submit(self._close)
            self._thread.shutdown(wait=False)
            ended.result(timeout=PATIENCE)
        except TimeoutError:
            pass  # it still waits for a picture, and is set free right after it
        except RuntimeError:  # Python itself is ending, and so is that thread
            self._close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def __del__(self):
        self.close()

    async def _next(self, timeout=10.0):
        if self.closed:
            raise CaptureError(f"{self.name} is closed: open it again.")
        try:
            waiting = asyncio.wrap_future(self._thread.submit(self._take))
            frame = await asyncio.wait_for(waiting, timeout)
            for function in self._functions if frame is not None else ():
                function(frame)
        except TimeoutError:
            self.close()
            raise CaptureError(
                f"{self.name} gave no picture for {timeout:g} seconds, so it was "
                "closed: check its cable, or that no other program uses it."
            ) from None
        except BaseException:
            self.close()
            raise
        if frame is None:
            self.close()
        return frame

    def _take(self):
        if not self._opened:
            self._open()
            self._opened = True
        found = self._read()
        if found is None:
            return None
        self._count += 1
        return Frame(*found, self._count - 1, self.name)

    def _close(self):
        """Let go of the camera or the file."""


class _Opened(Camera):
    """A source that OpenCV opens."""

    _device = None

    def _start(self, what, *how):
        """Open a number, a path or an address; return whether that worked."""
        with silent(), suppress(cv2.error):
            self._device = cv2.VideoCapture(what, *how)
        return self._device is not None and self._device.isOpened()

    def _picture(self):
        """The next picture, uint8 (row, column, 3) RGB, or None."""
        there, image = self._device.read()
        return np.ascontiguousarray(image[..., ::-1]) if there else None

    def _close(self):
        if self._device is not None:
            self._device.release()


class Device(_Opened):
    """A camera of the computer on which the kernel runs, by OpenCV.

    Args:
        number: 0 is the first; or the path of a device.
    """

    def __init__(self, number=0):
        super().__init__(f"camera {number}")
        self.number = number

    def _open(self):
        if not self._start(self.number):
            raise CaptureError(
                f"There is no {self.name} for the kernel, or another program uses it: "
                "close that program, try another number, or name 'browser', which "
                "takes the camera of the computer at which you sit."
            )
        for _ in range(WARM_UP):
            self._device.grab()
        self._began = time.monotonic()

    def _read(self):
        image = self._picture()
        if image is None:
            raise CaptureError(
                f"{self.name.capitalize()} stopped: it was unplugged, or another "
                "program took it. Connect it and run the cell again; what was saved "
                "is kept."
            )
        return image, time.monotonic() - self._began


class Stream(_Opened):
    """A camera in the network, or a film there, as it comes.

    Args:
        address: what FFmpeg opens: rtsp://, http:// and others; a user's name and
            password may stand in it, and are shown nowhere.
    """

    def __init__(self, address):
        self._address = address
        super().__init__(re.sub(r"//[^/@]*@", "//", address))

    def _open(self):
        patience = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(1000 * TO_ANSWER)]
        if not self._start(self._address, cv2.CAP_FFMPEG, patience):
            raise CaptureError(
                f"{self.name} gives no film: nothing answers there, or this OpenCV "
                "cannot read it. Check the address with a player such as VLC."
            )
        self._began = time.monotonic()

    def _read(self):
        image = self._picture()
        return None if image is None else (image, time.monotonic() - self._began)


class Video(_Opened):
    """A video file, frame by frame, as fast as it is asked for.

    Args:
        path: a file that OpenCV can read; Motion JPEG in an .avi works everywhere.
    """

    def __init__(self, path):
        self.path = Path(path)
        super().__init__(self.path.name)

    def _open(self):
        if not self.path.is_file():
            raise CaptureError(f"There is no video {self.path}: check its spelling.")
        if self.path.stat().st_size == 0:
            raise CaptureError(f"{self.path} is empty (0 bytes): copy it again.")
        if not self._start(str(self.path)):
            raise CaptureError(
                f"{self.path} cannot be read as a video: it is damaged, or its codec "
                f"is not known here. {REMEDY}"
            )
        self._rate = self._device.get(cv2.CAP_PROP_FPS) or 25.0
        self.frames = int(self._device.get(cv2.CAP_PROP_FRAME_COUNT))

    def _read(self):
        image = self._picture()
        if image is not None:
            return image, self._count / self._rate
        if not self._count:
            raise CaptureError(
                f"{self.path} holds no frame that can be decoded: it is damaged, or "
                f"its codec is not known here. {REMEDY}"
            )
        if self._count < self.frames:
            print(
                f"{self.path.name} ends after {self._count} of {self.frames} frames: "
                "its end is missing or damaged. What came before it is used."
            )
        return None


class Pictures(Camera):
    """The photos of one folder, in the order of their names, one a second.

    Args:
        path: a folder; what is no photo in it is named in `.skipped`.
    """

    def __init__(self, path):
        self.path, self.skipped = Path(path), []
        super().__init__(self.path.name)

    def _open(self):
        files = listed(self.path) if self.path.is_dir() else None
        if files is None:
            raise CaptureError(
                f"{self.path} is no folder that can be read: name one with photos."
            )
        self._files = iter([file for file in files if file.is_file()])

    def _read(self):
        for file in self._files:
            try:
                photo = read_photo(file)
            except PhotoError as error:
                self.skipped.append((file.name, error.reason))
                continue
            return np.repeat(photo, 3 // photo.shape[2], axis=2), float(self._count)
        if not self._count:
            raise CaptureError(
                f"{self.path} holds no photo that can be read: put photos into it, or "
                "name another folder."
            )
        return None
