"""The page in Chromium: Python's verdicts, without a byte that leaves the browser."""

import re
import shutil
from contextlib import closing

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from helpers.app import pages
from helpers.app.web import limits
from helpers.datasets import orl
from helpers.experiments import in_the_browser
from helpers.experiments.in_the_browser import Server
from helpers.faces import crop_or_middle
from helpers.live.words import describe
from helpers.sources.levelling import HOG
from helpers.tests.app import serving
from helpers.tests.app.test_gather import site as site  # a fixture
from helpers.tests.app.test_page import FAULTS
from helpers.tests.live import test_browser as browser
from helpers.tests.live.films import y4m

pytestmark = browser.pytestmark
WAIT = 30_000  # milliseconds
READY = "document.querySelector('#state').textContent.startsWith('Ready')"
OFFLINE = in_the_browser.READY
BUSY = "/^(Looking.*)?$/.test(document.querySelectorAll('.side .said')[%d].textContent)"
HOGS = """async (crops) => {
  const { hog } = await import("./hog.js");
  return crops.map((crop) => [...hog(Uint8Array.from(crop))]);
}"""
ELSEWHERE = """(address) => new Promise((done) => {
  const said = '.then(() => "sent", () => "refused").then(postMessage)';
  const code = `fetch("${address}")${said}`;
  const worker = new Worker(URL.createObjectURL(new Blob([code])));
  worker.onmessage = ({ data }) => done(data);
})"""
KEPT = "async () => (await caches.keys()).join()"
GONE = """async (name) => {
  while (await caches.has(name)) await new Promise((done) => setTimeout(done, 50));
}"""
DROP = """([name, bytes]) => {
  const dataTransfer = new DataTransfer(), how = { bubbles: true, cancelable: true };
  dataTransfer.items.add(new File([Uint8Array.from(bytes)], name));
  const [, side] = document.querySelectorAll(".side");
  side.dispatchEvent(new DragEvent("drop", { dataTransfer, ...how }));
}"""
REFUSE = """() => {
  const refuse = async () => { throw new DOMException("no", "%s"); };
  navigator.mediaDevices.getUserMedia = refuse;
}"""
NUMBER = r"-?\d+(?:\.\d+)?(?:e\+\d+)?"
BAD = {  # file: words of the sentence that refuses it
    "text.jpg": "this browser cannot read it: it is no image, or far too large. Save",
    "empty.jpg": "it is empty (0 bytes). Copy or download it again.",
    "truncated.jpg": "it is damaged, or no photo. Copy it again",
    "dot.png": "it is only 1 x 1 pixels; a photo needs 16 on each side.",
    "bomb.png": "this browser cannot read it: it is no image, or far too large. Save",
    "many.png": "it has 8,000 x 7,000 pixels; 50 million are the limit. Make it",
    "me.heic": "this browser cannot read HEIC. Save it as JPEG.",
    "no_face.jpg": "No face was found in no_face.jpg: use a photo that shows one face",
    "two_faces.jpg": "2 faces were found in two_faces.jpg and none of them is clearly",
}


@pytest.fixture(scope="module")
def server(site):
    with closing(Server(site)) as server:
        yield server


@pytest.fixture(scope="module")
def chromium(tmp_path_factory, photos):
    """A browser before whose camera somebody sits still."""
    frame = Image.new("RGB", (640, 480), (120, 120, 120))
    frame.paste(Image.open(photos / "face.png").resize((368, 448)), (136, 16))
    film = y4m(tmp_path_factory.mktemp("film") / "film.y4m", [np.array(frame)] * 5)
    options = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    options += [f"--use-file-for-fake-video-capture={film}", "--no-sandbox"]
    with browser.playwright.sync_playwright() as play:
        started = play.chromium.launch(executable_path=browser.CHROMIUM, args=options)
        yield started
        started.close()


@pytest.fixture
def page(chromium):
    """A page that has stored nothing; what it throws fails the test."""
    with chromium.new_context(viewport={"width": 1280, "height": 1000}) as context:
        page, thrown = context.new_page(), []
        page.on("pageerror", lambda error: thrown.append(error))
        yield page
        assert not thrown


@pytest.fixture(scope="module")
def open_page(chromium, server):
    """A page that is ready, for several tests."""
    with chromium.new_context(service_workers="block") as context:
        page = context.new_page()
        page.goto(server.address)
        page.wait_for_function(READY, timeout=WAIT)
        yield page


@pytest.fixture(scope="module")
def files(tmp_path_factory, photos):
    """The photos of `conftest` and some more, by name."""
    folder = tmp_path_factory.mktemp("files")
    shutil.copytree(photos, folder, dirs_exist_ok=True)
    images = orl(quiet=True).images[..., 0]
    for name, number in (("ann.jpg", 2), ("bob.jpg", 15), ("bob.png", 15)):
        Image.fromarray(images[number]).save(folder / name, quality=92)
    dark = Image.fromarray((images[0] * 0.25).astype(np.uint8))
    dark.save(folder / "dark.png")
    blurred = cv2.GaussianBlur(images[15], (0, 0), 4)
    Image.fromarray(blurred).save(folder / "blurred.png")
    Image.new("L", (8000, 7000)).save(folder / "many.png")
    pillow_heif.from_pillow(Image.open(folder / "cmyk.jpg").convert("RGB")).save(
        folder / "me.heic"
    )
    return folder


def choose(page, number, path):
    """Choose a file and wait for what is said of it."""
    page.locator("input[type=file]").nth(number).set_input_files(path)
    page.wait_for_function(f"!{BUSY % number}", timeout=WAIT)
    return page.locator(".side .said").nth(number).text_content()


def verdict(page, *paths):
    """The lines of the verdict on two files."""
    for number, path in enumerate(paths):
        choose(page, number, path)
    return lines(page)


def lines(page):
    page.wait_for_function("document.querySelector('#verdict').className", timeout=WAIT)
    return [text.strip() for text in page.locator("#verdict span").all_text_contents()]


def in_python(verifier, *paths, far=0.01):
    """The lines of Python's verdict, in which a photo has no folder."""
    said = describe(verifier.verify(*map(str, paths), far), verifier.card)
    return said.replace(f"{paths[0].parent}/", "").splitlines()


def test_histograms_of_gradients(open_page):
    crops = np.stack([crop_or_middle(image) for image in orl(quiet=True).images[::40]])
    noise = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 1), np.uint8)
    crops = np.concatenate([crops, noise, np.zeros((1, 64, 64, 1), np.uint8)])
    found = open_page.evaluate(HOGS, crops.reshape(len(crops), -1).tolist())
    wanted = [HOG.compute(crop).ravel() for crop in crops]
    assert np.abs(np.array(found) - wanted).max() < 1e-4


@pytest.mark.parametrize(
    "first, second",
    [
        ("face.png", "ann.jpg"),
        ("face.png", "bob.png"),
        ("turned.jpg", "cmyk.jpg"),
        ("large.jpg", "16_bit.png"),
        ("dark.png", "blurred.png"),
    ],
)
def test_says_what_python_says(first, second, open_page, files, verifier):
    paths = files / first, files / second
    found, wanted = verdict(open_page, *paths), in_python(verifier, *paths)
    assert numbers(found) == pytest.approx(numbers(wanted), rel=0.02, abs=0.003)
    assert [re.sub(NUMBER, "", line) for line in found] == [
        re.sub(NUMBER, "", line) for line in wanted
    ]


def numbers(said):
    """The numbers in the two lines that every verdict has."""
    return [float(number) for line in said[:2] for number in re.findall(NUMBER, line)]


def test_by_keyboard_and_nothing_is_sent(page, server, files, verifier):
    page.goto(server.address)
    page.wait_for_function(OFFLINE, timeout=WAIT)
    page.on("filechooser", lambda chooser: None)  # else its switch races with Enter
    requests, before = [], len(server.asked)
    page.context.on("request", lambda request: requests.append(request.url))
    for number, name in enumerate(("face.png", "bob.png")):
        while page.evaluate("document.activeElement.type") != "file":
            page.keyboard.press("Tab")
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Enter")
        chooser.value.set_files(files / name)
        page.wait_for_function(f"!{BUSY % number}", timeout=WAIT)
        page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.id") != "far":
        page.keyboard.press("Tab")
    page.keyboard.press("Home")
    assert page.locator("output").text_content() == "0.01 % or fewer"
    page.keyboard.press("ArrowRight")
    assert page.locator("output").text_content() == "0.013 %"
    wanted = in_python(verifier, files / "face.png", files / "bob.png", far=10**-3.9)
    assert lines(page)[0] == wanted[0]
    sent = [url for url in requests if not url.startswith("blob:")]
    assert not sent and len(server.asked) == before
    assert all(method == "GET" and not size for method, _, size in server.asked)


def test_the_browser_lets_nothing_out(open_page, server, site):
    other = Server(site)
    assert open_page.evaluate(ELSEWHERE, other.address) == "refused"
    assert open_page.evaluate(ELSEWHERE, server.address) == "sent"  # it would reach it
    assert not other.asked
    other.close()


def test_without_a_network(page, site, files):
    server = Server(site)
    page.goto(server.address)
    page.wait_for_function(OFFLINE, timeout=WAIT)
    first = verdict(page, files / "face.png", files / "ann.jpg")
    server.close()
    page.reload()
    page.wait_for_function(OFFLINE, timeout=WAIT)
    assert verdict(page, files / "face.png", files / "ann.jpg") == first


def test_the_web_api_serves_it(page, site, files, gallery, verifier):
    with serving.at_port(gallery, page=site, rate=limits.RATE) as client:
        page.goto(str(client.base_url))
        page.wait_for_function(OFFLINE, timeout=WAIT)
        found = verdict(page, files / "face.png", files / "bob.png")
        assert (
            client.get("/docs").status_code == client.get("/people").status_code == 200
        )
    wanted = in_python(verifier, files / "face.png", files / "bob.png")
    assert numbers(found) == pytest.approx(numbers(wanted), rel=0.02, abs=0.003)


def test_a_new_version_takes_over(page, site, tmp_path):
    copy = shutil.copytree(site, tmp_path / "copy")
    with closing(Server(copy)) as server:
        page.goto(server.address)
        page.wait_for_function(OFFLINE, timeout=WAIT)
        (copy / "files.js").unlink()
        text = (copy / "index.html").read_text()
        (copy / "index.html").write_text(text.replace("<title>", "<title>New: "))
        pages.write_list(copy)
        before = page.evaluate(KEPT)
        page.reload()  # shows the old one, and looks for a new one
        page.evaluate(GONE, before)  # until then the old one answers
        page.reload()
        assert page.title().startswith("New") and "," not in page.evaluate(KEPT)


def test_a_photo_that_is_dropped(open_page, files):
    open_page.evaluate(DROP, ["bob.png", list((files / "bob.png").read_bytes())])
    open_page.wait_for_function(f"!{BUSY % 1}", timeout=WAIT)
    assert open_page.locator(".side .said").nth(1).text_content() == "bob.png"


@pytest.mark.parametrize("name", BAD)
def test_bad_photos(name, open_page, files):
    said = choose(open_page, 0, files / name)
    assert BAD[name] in said and name in said
    assert open_page.locator("#verdict").get_attribute("class") == ""
    assert choose(open_page, 0, files / "face.png") == "face.png"


@pytest.mark.parametrize(
    "fault, name",
    [
        ("missing", "opencv.js"),
        ("damaged", "opencv.js"),
        ("missing", "worker.js"),
        ("damaged", "page.js"),
        ("damaged", "faces.onnx"),
        ("missing", "aligner.bin"),
    ],
)
def test_a_file_that_is_missing_or_damaged(fault, name, chromium, server):
    with chromium.new_context(service_workers="block") as context:
        page = context.new_page()
        how = {"status": 404} if fault == "missing" else {"body": "oops {"}
        how |= {"content_type": "text/javascript"}
        page.route(f"**/{name}", lambda route: route.fulfill(**how))
        page.goto(server.address)
        words = {"page.js": "a file of it is missing", "worker.js": "A script of this"}
        words = words.get(name, f"{name} of this page is missing or damaged")
        page.locator("#state", has_text=words).wait_for(timeout=WAIT)


def test_a_browser_without_webassembly(page, server):
    page.add_init_script("delete self.WebAssembly")
    page.goto(server.address)
    page.locator("#state", has_text="This browser has no WebAssembly").wait_for()


def test_the_camera(page, server, files, verifier):
    page.goto(server.address)
    page.wait_for_function(READY, timeout=WAIT)
    page.get_by_role("button", name="Open the camera").click()
    for number in (1, 2):
        page.get_by_role("button", name=f"Take photo {number}").click()
        page.wait_for_function(f"!{BUSY % (number - 1)}", timeout=WAIT)
    assert lines(page)[0].startswith("The same person: similarity 1.000")
    page.get_by_role("button", name="Close the camera").click()
    assert page.evaluate("document.querySelector('video').srcObject") is None


@pytest.mark.parametrize(
    "fault, words",
    [
        ("NotAllowedError", "was not allowed to use the camera. Allow it"),
        ("NotFoundError", "This device has no camera. Connect one, or choose files"),
        ("NotReadableError", "used by another program or page. Close that one"),
    ],
)
def test_a_camera_that_is_refused(fault, words, open_page):
    open_page.evaluate(REFUSE % fault)
    open_page.get_by_role("button", name="Open the camera").click()
    open_page.locator(".camera .wrong", has_text=words).wait_for()


@pytest.mark.parametrize("look", ["light", "dark"])
def test_for_everyone(look, page, axe, server, files):
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=look)
    page.goto(server.address)
    page.wait_for_function(READY, timeout=WAIT)
    verdict(page, files / "face.png", files / "dark.png")
    choose(page, 1, files / "no_face.jpg")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    if axe is None:
        print("npm could not fetch axe-core: it was not run")
        return
    page.evaluate(axe)
    assert page.evaluate(FAULTS.replace('".course-app"', "document")) == []


def test_what_was_measured():
    found = in_the_browser.results()
    for kind in in_the_browser.KINDS:
        assert found["kinds"][kind]["pairs"] == 2 * in_the_browser.PAIRS
        assert found["kinds"][kind]["verdicts_changed"] == 0
    assert set(found["sent"].values()) == {0}
