"""The camera in a real browser: photos of three people, then live verification.

Chromium plays videos made from ORL photos as its camera. In the first one three people
come for their photos; in the second one they come again with photos that were not
taken, and a stranger after them. The threshold is of the same room: the shipped one
would let the stranger in now and then (notebook 09). Each frame carries its number as a
row of black and white squares, so that what arrives can be compared with what was sent.

A camera's time cannot be made shorter. So what waits for it, in JupyterLab and in
Voila, waits at the same time; and tests that need no page of their own share one.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
import pytest

from helpers.live import mine, samples
from helpers.sources.reading import read_photo
from helpers.tests.live.films import y4m

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing")
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    None,
)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None,
    reason="Chromium is not installed: the camera in the browser was not tested",
)
PEOPLE, STRANGER = (31, 32, 33), 35  # numbers in ORL
SECONDS, BITS, SQUARE = 4, 10, 16
VIEW = {"width": 1000, "height": 1500}
NOTEBOOK = """\
import json
from pathlib import Path

import cv2

from helpers.evaluation import pair_scores, threshold_at_far
from helpers.figures.widgets import live as show
from helpers.gallery import Gallery
from helpers.live import borrowed, samples
from helpers.live.booth import Booth
from helpers.live.door import Door
from helpers.live.watcher import Watcher
from helpers.verifier import Verifier

verifier = Verifier.load()
gallery = Gallery("gallery.sqlite", verifier)
booth = Booth(root="mine", gallery=gallery)
guests = borrowed.visitors(samples.room(), range(30))  # before this very wall
scores = pair_scores(verifier.embed_crops(guests.images), guests.people)
watcher = Watcher(verifier, gallery, threshold_at_far(*scores, far=0.01))
see = watcher.see

def kept(image):  # what arrives, for the comparison with what was sent
    count = len(list(Path("seen").glob("*.png")))
    if count < 20:
        cv2.imwrite(f"seen/{count}.png", image[..., ::-1])
    return see(image)

watcher.see = kept
Path("seen").mkdir(exist_ok=True)
door = Door(watcher)
show(booth.widget, "booth")
show(door.widget, "door")
"""


def story():
    """Who is in each frame, and the frames."""
    first = {"people": PEOPLE, "shots": range(5)}
    second = {"people": (*PEOPLE, STRANGER), "shots": range(5, 10)}
    who = [
        [(part, scene.person) for scene in samples.script(seconds=SECONDS, **kind)]
        for part, kind in (("photos", first), ("door", second))
    ]
    drawn = [samples.frames(seconds=SECONDS, **kind) for kind in (first, second)]
    return list(chain(*who)), chain(*drawn)


def numbered(pictures):
    """Write each picture's number into its top row, as squares: black 0, white 1."""
    for n, picture in enumerate(pictures):
        for bit in range(BITS):
            left = SQUARE * bit
            picture[:SQUARE, left : left + SQUARE] = 255 * (n >> bit & 1)
        yield picture


def number_of(picture):
    """Read the number back from a picture that arrived."""
    row = picture[SQUARE // 2, SQUARE // 2 : SQUARE * BITS : SQUARE, 0]
    return sum(1 << bit for bit, value in enumerate(row) if value > 127)


NUMBER = """([bits, square]) => {
  const video = [...document.querySelectorAll("video")].find((v) => v.srcObject);
  if (!video || !video.videoWidth) return -1;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bits * square, square];
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(video, 0, 0);
  let number = 0;
  for (let bit = 0; bit < bits; bit++) {
    const [white] = pen.getImageData(square * (bit + 0.5), square / 2, 1, 1).data;
    number += white > 127 ? 1 << bit : 0;
  }
  return number;
}"""


def on_show(page):
    """The number of the frame that the page's camera shows now, or -1."""
    return page.evaluate(NUMBER, [BITS, SQUARE])


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """The folder of the two videos, who is in each frame, and every frame."""
    folder = tmp_path_factory.mktemp("film")
    who, drawn = story()
    frames = list(numbered(drawn))
    for part in ("photos", "door"):
        shown = [frame for (name, _), frame in zip(who, frames) if name == part]
        y4m(folder / f"{part}.y4m", shown)
    yield folder, who, frames
    shutil.rmtree(folder)


@contextlib.contextmanager
def server(folder, command):
    """A Jupyter server or Voila on a free port; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    news = settings / "notification.jupyterlab-settings"
    news.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    helpers = str(Path(__file__).resolve().parents[3])
    environment = {
        **os.environ,
        "PYTHONPATH": helpers,
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
    }
    command = [sys.executable, "-m", *command, f"--port={port}"]
    with open(folder / "server.log", "wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            assert process.poll() is None, (folder / "server.log").read_text()
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def chromium(play, film=None, *more):
    """A browser whose camera plays a film, from its beginning whenever it starts."""
    options = ["--use-fake-ui-for-media-stream", "--no-sandbox", *more]
    if film is not None:
        options.append("--use-fake-device-for-media-stream")
        options.append(f"--use-file-for-fake-video-capture={film}")
    browser = play.chromium.launch(executable_path=CHROMIUM, args=options)
    yield browser
    browser.close()


@contextlib.contextmanager
def camera(film=None):
    """A page of a browser of its own."""
    with playwright.sync_playwright() as play, chromium(play, film) as browser:
        yield browser.new_page(viewport=VIEW)


def lab(folder):
    """The command of JupyterLab, and the page with the notebook."""
    return [
        "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.token=",
        "--ServerApp.password=", "--expose-app-in-browser",
        f"--ServerApp.root_dir={folder}",
    ], "/lab/tree/camera.ipynb"  # fmt: skip


def voila(folder):
    """The command of Voila, which shows the notebook's outputs alone."""
    return ["voila", "--no-browser", "camera.ipynb"], "/"


def run_all(page, where):
    """Run the notebook's cells, which Voila has done already; wait for the camera."""
    if where is lab:
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=120_000)
        page.wait_for_timeout(1500)
        page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_selector(".course-camera", timeout=120_000)


def write_notebook(folder, source):
    """A notebook of one cell."""
    cell = {"cell_type": "code", "id": "a", "source": source, "metadata": {}}
    cell |= {"outputs": [], "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"cells": [cell], "metadata": {"kernelspec": kernel}}
    notebook |= {"nbformat": 4, "nbformat_minor": 5}
    (folder / "camera.ipynb").write_text(json.dumps(notebook))


def until(page, who, part, person, ahead=0):
    """Wait for a frame that shows a person, who stays for some frames more."""
    for _ in range(2000):
        n = on_show(page)
        if 0 <= n < len(who) - ahead and who[n] == who[n + ahead] == (part, person):
            return n
        page.wait_for_timeout(30)
    raise AssertionError(f"{person} never came")


def fidelity(picture, frames):
    """Peak signal-to-noise ratio of an arrived picture to the one sent, in dB."""
    return cv2.PSNR(picture, frames[number_of(picture)])


def passage(where, film, folder):
    """Photos of three people, and the verdicts when they come again."""
    films, who, _ = film
    now = folder / "now.y4m"  # what the camera plays when it is started
    now.symlink_to(films / "photos.y4m")
    write_notebook(folder, NOTEBOOK)
    command, place = where(folder)
    with server(folder, command) as address, camera(now) as page:
        page.goto(address + place, timeout=120_000)
        run_all(page, where)
        booth, door = page.locator(".course-camera").all()
        start(booth)
        for person in PEOPLE:
            photograph(page, booth, who, person)
        now.unlink()
        now.symlink_to(films / "door.y4m")
        verdicts = watch(page, door, who)
        page.screenshot(path=folder / "door.png", full_page=True)
    return folder, verdicts


def killed(film, address):
    """What a page says of a kernel that is killed, and whether it lets go."""
    with camera(film[0] / "photos.y4m") as page:
        view, _ = at_work(page, address)
        number = page.locator("pre", has_text="Kernel").first.text_content()
        os.kill(int(number.split()[1]), 9)
        hears(view, "The kernel does not answer.")
        view.get_by_role("button", name="Start").wait_for(timeout=40_000)
        return released(page)


@pytest.fixture(scope="module")
def waiting(film, place, tmp_path_factory):
    """What mostly waits, all of it begun at once: its results by name, to come."""
    with ThreadPoolExecutor(3) as pool:
        begun = {
            where: pool.submit(passage, where, film, tmp_path_factory.mktemp("passage"))
            for where in (lab, voila)
        }
        yield begun | {killed: pool.submit(killed, film, place[0])}


@pytest.mark.parametrize("where", [lab, voila])
def test_from_start_to_verified(where, film, waiting):
    folder, verdicts = waiting[where].result()
    check_photos(folder, film[2], where.__name__)
    check_verdicts(verdicts)


def test_a_kernel_that_is_killed_is_noticed(waiting):
    assert waiting[killed].result()


def photograph(page, booth, who, person):
    """Name, consent, three anchors and two positives, enrol: as a person would."""
    name = f"s{person + 1}"
    said = booth.locator(".said")
    booth.locator("input[type=text]").fill(name)
    booth.locator("input[type=text]").press("Enter")
    booth.locator("input[type=checkbox]").check()
    for key, kind, number in (
        ("a", "anchor", 1), ("a", "anchor", 2), ("a", "anchor", 3),
        ("p", "positive", 1), ("p", "positive", 2),
    ):  # fmt: skip
        counted = booth.locator(".kind", has_text=f"{kind}s: {number}")
        refused = booth.locator(".said", has_text="Not saved")
        for _ in range(5):  # a slow machine may have missed the person
            until(page, who, "photos", person, ahead=10)
            booth.press(key)
            counted.or_(refused).first.wait_for(timeout=30_000)
            if counted.count():
                break
            refused.wait_for(state="hidden", timeout=30_000)  # the next frame's words
        playwright.expect(counted).to_be_visible()
        page.wait_for_timeout(300)
    booth.press("e")
    said.filter(has_text=f"{name} is enrolled with 3 photos").wait_for(timeout=20_000)


def watch(page, door, who):
    """Read the verdicts of a whole passage: (frame, who was there, what was said)."""
    start(door)
    until(page, who, "door", PEOPLE[0])
    verdicts = []
    while True:
        n, said = on_show(page), door.locator(".verdict").text_content()
        if n < 0 or verdicts and n < verdicts[-1][0]:  # the film begins again
            return verdicts
        verdicts.append((n, who[n][1], said))
        page.wait_for_timeout(60)


def check_photos(folder, frames, where):
    """Each photo that was confirmed is there, and is the frame that was sent."""
    records = mine.records(root=folder / "mine")
    kinds = [(record.person, record.kind) for record in records]
    for person in PEOPLE:
        name = f"s{person + 1}"
        assert kinds.count((name, "anchor")) == 3
        assert kinds.count((name, "positive")) == 2
    photos = [fidelity(read_photo(record.path), frames) for record in records]
    live = [cv2.imread(str(path))[..., ::-1] for path in (folder / "seen").iterdir()]
    live = [fidelity(np.ascontiguousarray(picture), frames) for picture in live]
    print(f"{where}: {len(photos)} photos, at least {min(photos):.1f} dB; ", end="")
    print(f"{len(live)} live frames, at least {min(live):.1f} dB")
    assert min(photos) > 40 and min(live) > 32


def check_verdicts(verdicts):
    """Once a person has been there for a second the name is right, or nobody."""
    for person in (*PEOPLE, STRANGER):
        said = [word for n, who, word in verdicts if who == person]
        settled = said[len(said) // 3 :]
        right = f"s{person + 1}" if person in PEOPLE else "nobody"
        share = np.mean([word == right for word in settled])
        wrong = set(said) - {right, "nobody", ""}
        print(f"s{person + 1}: {share:.0%} of {len(settled)} readings {right}")
        assert share > 0.8, (person, settled)
        assert person != STRANGER or not wrong, (person, wrong)


# ---- what can go wrong ---------------------------------------------------------------

BOOTH = """\
import os
from helpers.live.booth import Booth
from helpers.figures.widgets import live
print("Kernel", os.getpid())
booth = Booth(root="mine")
live(booth.widget, "booth")
live(booth.widget, "the same booth again")
"""
REFUSE = """() => {
  navigator.mediaDevices.getUserMedia = async () => {
    throw new DOMException("refused", "%s");
  };
}"""
SEEN = re.compile("No face|Good")  # what the kernel says of a frame
WITHOUT_FOCUS = """(field, value) => {
  field.value = value;
  field.dispatchEvent(new Event("change"));
}"""
FORGET = """() => {
  delete navigator.mediaDevices.getUserMedia;  // what REFUSE put before it
  for (const said of document.querySelectorAll(".said")) said.textContent = "";
}"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A booth in Voila, shown twice: its address and its folder."""
    folder = tmp_path_factory.mktemp("voila")
    write_notebook(folder, BOOTH)
    command, _ = voila(folder)
    with server(folder, [*command, "--ServerApp.allow_remote_access=True"]) as address:
        yield address, folder


@pytest.fixture(scope="module")
def play():
    """Playwright, for this file alone: it keeps a loop running where it is started."""
    with playwright.sync_playwright() as play:
        yield play


@pytest.fixture(scope="module")
def browser(play, film):
    more = "--host-resolver-rules=MAP far.example 127.0.0.1"
    with chromium(play, film[0] / "photos.y4m", more) as browser:
        yield browser


@pytest.fixture(scope="module")
def shared(browser, place):
    """A page with the two views of a booth, for all tests that need no other one."""
    page = browser.new_page(viewport=VIEW)
    return page, booths(page, place[0])


@pytest.fixture
def page(shared):
    """The shared page; its camera is off, nobody is named, and nothing is said."""
    page, views = shared
    for view in views:
        stop = view.get_by_role("button", name="Stop")
        if stop.count():
            stop.click()
    views[0].locator("input[type=text]").evaluate(WITHOUT_FOCUS, "")
    for view in views:
        playwright.expect(view.locator("input[type=text]")).to_have_value("")
        playwright.expect(view.locator("input[type=checkbox]")).not_to_be_checked()
    page.evaluate(FORGET)
    return page


@pytest.fixture
def views(page, shared):
    return shared[1]


def booths(page, address):
    """Open the page; its two views of one booth."""
    page.goto(address, timeout=120_000)
    views = page.locator(".course-camera")
    views.nth(1).wait_for(timeout=120_000)
    return views.all()


def hears(view, words, seconds=20):
    """Wait until a view says some words."""
    view.locator(".said", has_text=words).wait_for(timeout=1000 * seconds)


def start(view):
    view.get_by_role("button", name="Start").click()


def at_work(page, address):
    """Open the page and start its first view, whose frames the kernel then answers."""
    views = booths(page, address)
    start(views[0])
    hears(views[0], SEEN)
    return views


def released(page):
    return page.evaluate(
        "() => [...document.querySelectorAll('video')].every((v) => !v.srcObject)"
    )


def name(view, person):
    field = view.locator("input[type=text]")
    field.fill(person)
    field.press("Enter")


def introduce(view, person):
    name(view, person)
    view.locator("input[type=checkbox]").check()


@pytest.mark.parametrize(
    "fault, words",
    [
        ("NotAllowedError", "was not allowed to use the camera. Allow it"),
        ("NotFoundError", "has no camera. Connect one, or choose files"),
        ("NotReadableError", "used by another program or page. Close that one"),
    ],
)
def test_a_camera_that_is_refused(page, views, fault, words):
    page.evaluate(REFUSE % fault)
    start(views[0])
    hears(views[0], words)
    assert released(page)


def test_no_camera_at_all(play, place):
    with chromium(play) as browser:
        view, _ = booths(browser.new_page(), place[0])
        start(view)
        hears(view, "This computer has no camera")


def test_an_insecure_page_says_how_to_reach_it(place, browser):
    address = place[0].replace("127.0.0.1", "far.example")
    with browser.new_page() as page:
        view, _ = booths(page, address)
        hears(view, "http://localhost (ssh -L 8888:localhost:8888 HOST")
        start(view)
        hears(view, "browsers allow it over https or on localhost only")


def test_unplugged_in_the_middle(page, views):
    start(views[0])
    hears(views[0], SEEN)
    page.evaluate(
        """() => {
          const videos = [...document.querySelectorAll("video")];
          const [track] = videos.find((v) => v.srcObject).srcObject.getVideoTracks();
          track.dispatchEvent(new Event("ended"));
        }"""
    )
    hears(views[0], "it was unplugged, or another program took it")
    assert released(page)
    start(views[0])
    hears(views[0], SEEN)


def test_two_views_never_hold_the_camera_both(views):
    first, second = views
    start(first)
    hears(first, SEEN)
    start(second)
    hears(first, "the camera was started in another view")
    hears(second, SEEN)


def test_nothing_is_written_without_consent(place, page, views, film):
    view, folder = views[0], place[1]
    start(view)
    until(page, film[1], "photos", PEOPLE[0])
    view.locator("input[type=text]").fill("nobody")
    view.press("a")  # no name yet for the kernel, no consent
    view.locator("input[type=text]").press("Enter")
    view.press("a")
    page.wait_for_timeout(1500)
    assert not (folder / "mine" / "nobody").exists()
    view.locator("input[type=checkbox]").check()
    view.locator("input[type=text]").press("a")  # a letter, not a photo
    page.wait_for_timeout(1000)
    assert not (folder / "mine" / "nobody").exists()


def test_consent_first_and_the_camera_afterwards(place, page, views, film):
    view, folder = views[0], place[1]
    introduce(view, "early")
    start(view)
    until(page, film[1], "photos", PEOPLE[0])
    view.get_by_role("button", name="Anchor (a)").click()
    hears(view, "Saved anchor_001.png")
    assert len(mine.records("early", folder / "mine")) == 1


def test_a_name_that_is_no_folder_is_refused(views):
    name(views[0], "../ann")
    hears(views[0], "cannot be a person's name")


def test_a_half_written_name_stays_while_the_other_view_reports(views):
    view, other = views
    field = view.locator("input[type=text]")
    field.press_sequentially("An")
    other.locator("input[type=text]").evaluate(WITHOUT_FOCUS, "files")
    other.locator("input[type=checkbox]").evaluate("box => box.click()")
    agreed = view.locator("input[type=checkbox]")  # both views hear who is there
    playwright.expect(agreed).to_be_checked(timeout=20_000)
    playwright.expect(field).to_have_value("An")


def test_files_instead_of_a_camera(place, views, photos):
    view, folder = views[0], place[1]
    introduce(view, "files")
    files = [photos / "large.jpg", photos / "text.jpg", photos / "no_face.jpg"]
    view.locator("input[type=file]").first.set_input_files(files)
    hears(view, "Not saved. No face")
    counted = view.locator(".kind", has_text="anchor")
    playwright.expect(counted).to_have_text("anchors: 1", timeout=20_000)
    [record] = mine.records("files", folder / "mine")
    assert max(read_photo(record.path).shape) == 1280 and record.kind == "anchor"
    view.locator("input[type=file]").first.set_input_files(files[:1])
    hears(view, "Saved anchor_002.png. But: Almost the last photo again")
    for left in (1, 0):
        view.press("u")
        playwright.expect(counted).to_have_text(f"anchors: {left}", timeout=20_000)
    assert not mine.records("files", folder / "mine")
