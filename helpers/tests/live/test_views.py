"""The kernel's side of the browser's camera: messages in, messages out, no browser."""

import asyncio
import threading

import cv2
import numpy as np
import pytest

from helpers import capture
from helpers.live import booth as browser
from helpers.live import mine, samples


@pytest.fixture(scope="module")
def frames():
    """A person who moves, and the empty room."""
    drawn = list(samples.frames((3,), seconds=1))
    return drawn[10:20], drawn[0]


def encoded(image, kind=".png"):
    return cv2.imencode(kind, np.ascontiguousarray(image[..., ::-1]))[1].tobytes()


@pytest.fixture
def talk(monkeypatch):
    """Sends a view messages as the page does; returns what it answers."""
    said = []

    def note(self, content, buffers=None):
        said.append(content)

    def send(view, what, *buffers, **content):
        said.clear()
        message = {"type": what, "view": 1, "edit": 0, **content}
        view._hear(view.widget, message, buffers)
        return list(said)

    monkeypatch.setattr(capture._Widget, "send", note)

    return send


def photo(talk, booth, image, kind="anchor"):
    return talk(booth, "photo", encoded(image), kind=kind, name="camera")


@pytest.fixture
def booth(talk, tmp_path):
    """A booth in which Ann stands, who has agreed."""
    booth = browser.Booth(root=tmp_path)
    talk(booth, "started", camera="a webcam")
    talk(booth, "person", name=" Ann ")
    talk(booth, "consent", given=True)
    return booth


def test_a_photo_is_kept_whole_and_counted(talk, booth, frames, tmp_path):
    image = frames[0][0]
    said, state = photo(talk, booth, image)
    assert said["text"] == "Saved anchor_001.png." and not said["wrong"]
    assert state["counts"]["anchor"] == 1 and state["person"] == "Ann"
    [record] = mine.records("Ann", tmp_path)
    assert record.source == "a webcam" and record.consent and record.face is not None
    assert (cv2.imread(str(record.path))[..., ::-1] == image).all()


def test_without_consent_nothing_is_kept(talk, booth, frames, tmp_path):
    talk(booth, "consent", given=False)
    [said] = photo(talk, booth, frames[0][0])
    assert "tick the line of consent" in said["text"] and said["wrong"]
    assert said["photo"]  # so that the page does not wait for it
    assert not mine.records(root=tmp_path)


def test_another_name_has_agreed_to_nothing(talk, booth, frames, tmp_path):
    [state] = talk(booth, "person", name="Bob")
    assert not state["consent"] and not state["thumbs"]
    photo(talk, booth, frames[0][0])
    assert not mine.records(root=tmp_path)


def test_consent_without_a_name(talk, tmp_path):
    booth = browser.Booth(root=tmp_path)
    state, said = talk(booth, "consent", given=True)
    assert not state["consent"] and "name first" in said["text"]


def test_no_face_is_not_saved_and_a_near_copy_only_with_a_warning(talk, booth, frames):
    [said] = photo(talk, booth, frames[1])
    assert said["text"].startswith("Not saved. No face")
    photo(talk, booth, frames[0][0])
    said, state = photo(talk, booth, frames[0][0], "positive")
    assert "Almost the last photo again" in said["text"] and said["wrong"]
    assert state["counts"] == {"anchor": 1, "positive": 1, "negative": 0}
    state, said = talk(booth, "undo")
    assert state["counts"]["positive"] == 0
    assert said["text"] == "Removed positive_001.png."


def test_each_frame_is_answered_whatever_is_in_it(talk, booth, frames):
    [seen] = talk(booth, "frame", encoded(frames[0][0], ".jpg"), number=7, time=0.0)
    assert seen["type"] == "seen" and seen["number"] == 7 and not seen["fault"]
    assert len(seen["face"]) == 4 and seen["shape"] == [480, 640]
    said, seen = talk(booth, "frame", b"no picture", number=8, time=0.1)
    assert "arrived damaged" in said["text"] and seen["number"] == 8


def test_a_full_disk_is_said_in_the_view(talk, booth, frames, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mine, "write_whole", full)
    [said] = photo(talk, booth, frames[0][0])
    assert "the disk is full" in said["text"] and said["photo"]


def test_a_mistake_of_ours_is_said_too(talk, booth, frames, monkeypatch):
    monkeypatch.setattr(browser.quality, "look", lambda *_: 1 / 0)
    said, seen = talk(booth, "frame", encoded(frames[0][0]), number=1, time=0.0)
    assert said["text"].startswith("This should not happen: ZeroDivisionError")
    assert seen["type"] == "seen"


def test_an_unknown_message_is_passed_over(talk, booth):
    assert talk(booth, "gossip") == []


def test_frames_of_the_browser_are_awaited_called_and_ended(talk, frames):
    picture = encoded(frames[0][0], ".jpg")

    async def story():
        camera, heard = capture.open_camera("browser"), []
        camera.on_frame(heard.append)
        first = asyncio.create_task(camera.frame())
        await asyncio.sleep(0)
        send = ("frame", picture), {"number": 0, "time": 5.0}
        thread = threading.Thread(target=talk, args=(camera, *send[0]), kwargs=send[1])
        thread.start()  # as a front end that delivers during a cell
        frame = await first
        thread.join()
        later = asyncio.create_task(camera.play())
        await asyncio.sleep(0)
        camera.close()
        return frame, heard, await later, camera

    frame, heard, count, camera = asyncio.run(story())
    assert frame is heard[0] and frame.time == 0.0
    assert frame.image.shape == (480, 640, 3)
    assert count == 0 and camera.closed
    with pytest.raises(capture.CaptureError, match="is closed: open it again"):
        asyncio.run(camera.frame())


def test_who_waits_in_vain_is_told_what_to_press(monkeypatch):
    monkeypatch.setattr(capture, "TO_START", 0.05)
    with pytest.raises(capture.CaptureError, match="Press Start in the view"):
        asyncio.run(capture.BrowserCamera().frame(timeout=0.01))
