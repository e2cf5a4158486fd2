"""Sources that are read alike; whatever goes wrong, they close and say why."""

import asyncio
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest

from helpers import capture
from helpers.live import samples
from helpers.sources import cameras

PICTURE = np.full((48, 64, 3), 90, np.uint8)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return samples.video(tmp_path_factory.mktemp("film") / "a.avi", (3,), seconds=1)


def read(camera, most=1000):
    """All frames of a camera, as `async for` gives them."""

    async def collect():
        return [frame async for frame in camera]

    return asyncio.run(collect())


class FakeDevice:
    """A camera that gives some pictures and then behaves as told."""

    def __init__(self, pictures=3, opened=True, then=None):
        self.pictures, self.opened, self.then = pictures, opened, then
        self.released = threading.Event()

    def isOpened(self):
        return self.opened

    def grab(self):
        return True

    def read(self):
        self.pictures -= 1
        if self.pictures >= 0:
            return True, PICTURE * [0, 1, 2]
        return self.then() if self.then else (False, None)

    def release(self):
        self.released.set()


def fake(monkeypatch, **behaviour):
    device = FakeDevice(**behaviour)
    monkeypatch.setattr(capture.cv2, "VideoCapture", lambda *_: device)
    return device


def test_a_video_is_read_to_its_end_and_closed(film):
    camera = capture.open_camera(film)
    frames = read(camera)
    assert [frame.number for frame in frames] == list(range(30))
    assert frames[-1].time == pytest.approx(2.9) and frames[0].source == "a.avi"
    assert frames[0].image.shape == (480, 640, 3) and frames[0].image.dtype == np.uint8
    assert camera.closed


def test_frames_are_rgb(film):
    drawn = list(samples.frames((3,), seconds=1))
    for frame in read(capture.open_camera(film))[::7]:
        assert cv2.PSNR(frame.image, drawn[frame.number]) > 30


def test_one_frame_at_a_time_and_the_end_is_a_sentence(film):
    async def story():
        with capture.open_camera(film) as camera:
            for n in range(30):
                assert (await camera.frame()).number == n
            with pytest.raises(capture.CaptureError, match="is at its end"):
                await camera.frame()
            with pytest.raises(capture.CaptureError, match="is closed: open it again"):
                await camera.frame()

    asyncio.run(story())


def test_functions_are_called_and_the_kernel_stays_free(film):
    async def story():
        camera, seen, ticks = capture.open_camera(film), [], 0
        camera.on_frame(seen.append)
        playing = asyncio.create_task(camera.play())
        while not playing.done():
            await asyncio.sleep(0)
            ticks += 1
        return playing.result(), seen, ticks

    count, seen, ticks = asyncio.run(story())
    assert count == len(seen) == 30 and ticks > 30


def test_leaving_early_closes(film):
    camera = capture.open_camera(film)

    async def first():
        with camera:
            async for frame in camera:
                return frame

    assert asyncio.run(first()).number == 0 and camera.closed


def test_a_function_that_fails_closes_the_camera(monkeypatch):
    device = fake(monkeypatch)
    camera = capture.open_camera(0)
    camera.on_frame(lambda frame: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(camera.play())
    assert device.released.is_set()


def test_a_truncated_video_gives_what_it_has_and_says_so(film, tmp_path, capsys):
    cut = tmp_path / "cut.avi"
    cut.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    frames = read(capture.open_camera(cut))
    assert 5 < len(frames) < 30
    assert "its end is missing or damaged. What came before it is used." in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "is empty (0 bytes): copy it again."),
        (b"This is no video. " * 400, "cannot be read as a video"),
    ],
)
def test_no_video(tmp_path, content, words, capfd):
    path = tmp_path / "film.avi"
    path.write_bytes(content)
    with pytest.raises(capture.CaptureError) as error:
        read(capture.open_camera(path))
    assert words in str(error.value) and str(error.value).count("\n") == 0
    assert capfd.readouterr().err == ""


def test_an_unknown_codec_is_named_with_the_remedy(film, tmp_path, capfd):
    path = tmp_path / "film.avi"
    path.write_bytes(film.read_bytes().replace(b"MJPG", b"ZZZZ"))
    with pytest.raises(capture.CaptureError, match="codec is not known .*`ffmpeg -i"):
        read(capture.open_camera(path))
    assert capfd.readouterr().err == ""


def test_no_such_camera(monkeypatch):
    device = fake(monkeypatch, opened=False)
    with pytest.raises(capture.CaptureError, match="another program uses it"):
        read(capture.open_camera(3))
    assert device.released.is_set()


def test_no_camera_on_this_computer(capfd):
    with pytest.raises(capture.CaptureError, match="There is no camera 63"):
        read(capture.open_camera(63))
    assert capfd.readouterr().err == ""


def test_a_number_may_be_written_as_text(capfd):
    with pytest.raises(capture.CaptureError, match="no camera 63 for the kernel"):
        read(capture.open_camera(" 63 "))


def test_a_camera_in_the_network_and_an_address_of_a_file(film, capfd):
    serve = partial(SimpleHTTPRequestHandler, directory=film.parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = f"127.0.0.1:{server.server_port}"
        camera = capture.open_camera(f"http://ann:secret@{here}/{film.name}")
        assert camera.name == f"http://{here}/{film.name}"  # no password is shown
        frames = read(camera)
        server.shutdown()
    by_path = read(capture.open_camera(film.as_uri()))
    assert len(frames) == len(by_path)
    assert np.array_equal(frames[5].image, by_path[5].image)
    with pytest.raises(
        capture.CaptureError, match="gives no film: nothing answers there"
    ):
        read(capture.open_camera(f"rtsp://{here}/door"))


def test_unplugged_in_the_middle(monkeypatch):
    device, seen = fake(monkeypatch), []
    camera = capture.open_camera(0)
    camera.on_frame(seen.append)
    with pytest.raises(capture.CaptureError, match="unplugged"):
        asyncio.run(camera.play())
    assert len(seen) == 3 and device.released.is_set()
    assert seen[0].image[0, 0].tolist() == [180, 90, 0]  # RGB


def test_a_camera_that_hangs_is_given_up_and_set_free(monkeypatch):
    go_on = threading.Event()

    def hang():
        go_on.wait(20)
        return False, None

    device = fake(monkeypatch, pictures=0, then=hang)
    monkeypatch.setattr(cameras, "PATIENCE", 0.1)
    camera, start = capture.open_camera(0), time.monotonic()
    with pytest.raises(capture.CaptureError, match="gave no picture for 0.2 seconds"):
        asyncio.run(camera.frame(timeout=0.2))
    assert time.monotonic() - start < 3 and camera.closed
    go_on.set()
    assert device.released.wait(5)


def test_closing_while_a_frame_is_awaited(monkeypatch):
    device = fake(monkeypatch, pictures=10**6)

    async def story():
        camera = capture.open_camera(0)
        playing = asyncio.create_task(camera.play())
        await asyncio.sleep(0.05)
        camera.close()
        camera.close()
        return await playing

    assert asyncio.run(story()) > 0 and device.released.is_set()


def test_a_camera_that_is_forgotten_open_ends_with_python(film):
    code = f"""
import asyncio
from helpers import capture
camera = capture.open_camera({str(film)!r})
print(asyncio.run(camera.frame()).number)
"""
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")


def test_a_folder_names_what_it_could_not_use(photos):
    camera = capture.open_camera(photos)
    frames = read(camera)
    assert all(frame.image.shape[2] == 3 for frame in frames)
    assert {"text.jpg", "empty.jpg", "bomb.png"} <= {name for name, _ in camera.skipped}
    files = [path for path in photos.iterdir() if path.is_file()]
    assert len(frames) + len(camera.skipped) == len(files)


def test_an_empty_folder(tmp_path):
    with pytest.raises(capture.CaptureError, match="holds no photo"):
        read(capture.open_camera(tmp_path))


def test_what_is_no_source():
    with pytest.raises(capture.CaptureError, match="Check its spelling|check its"):
        capture.open_camera("nowhere.avi")


def test_a_source_passes_through(film):
    camera = capture.open_camera(film)
    assert capture.open_camera(camera) is camera
