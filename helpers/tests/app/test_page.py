"""The app in a real browser: from a file to a verdict, in Voila and in JupyterLab.

Once by the keyboard alone; and axe-core, where npm can fetch it, looks for what would
keep somebody out.
"""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

import helpers.app
from helpers.datasets import orl
from helpers.tests.live import test_browser as browser
from helpers.tests.live.films import y4m

pytestmark = browser.pytestmark
expect = browser.playwright.expect
WAIT = 60_000  # milliseconds: the network is loaded meanwhile
CALL = """
from helpers.app.widget import App
from helpers.figures.widgets import live
live(App(gallery="people.sqlite").widget, "With a live kernel: compare two photos.")
"""
FAULTS = """async () => {
  const { violations } = await axe.run(".course-app");
  return violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes[0].html}`);
}"""


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Two photos of one person, one of another, one of nobody, one of 15 MB."""
    folder, images = tmp_path_factory.mktemp("people"), orl(quiet=True).images
    for name, number in (("ann1", 0), ("ann2", 2), ("bob", 15)):
        Image.fromarray(images[number, ..., 0]).save(folder / f"{name}.png")
    Image.new("L", (4000, 3800), 90).save(folder / "wall.bmp")
    return folder


def check_access(page, axe):
    """Nothing serious keeps anybody out of the app, as far as axe-core sees."""
    if axe is None:
        print("npm could not fetch axe-core: it was not run")
        return
    page.evaluate(axe)
    assert page.evaluate(FAULTS) == []


def choose(page, number, path):
    """Choose a file by the button that has the focus, and Enter."""
    button = page.get_by_role("button", name=f"Choose photo {number}")
    button.focus()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(path)


def compare(page, people):
    """From a file to a verdict, and back again by the slider."""
    page.on("filechooser", lambda chooser: None)  # else its switch races with Enter
    page.locator("svg.hills").wait_for(timeout=WAIT)
    choose(page, 1, people / "ann1.png")
    page.locator(".said", has_text="Now choose photo 2").wait_for(timeout=WAIT)
    choose(page, 2, people / "ann2.png")
    page.locator(".said.same", has_text="The same person").wait_for(timeout=WAIT)
    page.get_by_role("slider", name="Wanted false accept rate").focus()
    page.keyboard.press("Home")
    expect(page.locator(".slider output")).to_have_text("0.01 % or fewer")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".slider output")).to_have_text("0.013 %")
    choose(page, 2, people / "bob.png")
    page.locator(".said.different", has_text="Different people").wait_for(timeout=WAIT)


@pytest.fixture(scope="module")
def film(tmp_path_factory, people):
    """A camera before which somebody sits still: the path of a film."""
    photo = Image.open(people / "ann2.png").resize((368, 448)).convert("RGB")
    frame = Image.new("RGB", (640, 480), (120, 120, 120))
    frame.paste(photo, (136, 16))
    path = tmp_path_factory.mktemp("film") / "ann.y4m"
    y4m(path, [browser.np.array(frame)] * 10)
    return path


def test_voila(people, film, axe, tmp_path):
    notebook = json.loads((Path(helpers.app.__file__).parent / "app.ipynb").read_text())
    source = "".join(notebook["cells"][1]["source"])
    notebook["cells"][1]["source"] = source.replace("desk.usual()", "'people.sqlite'")
    (tmp_path / "camera.ipynb").write_text(json.dumps(notebook))
    command, place = browser.voila(tmp_path)
    with browser.server(tmp_path, command) as address, browser.camera(film) as page:
        page.goto(address + place, timeout=WAIT)
        compare(page, people)
        by_keyboard(page)
        check_access(page, axe)
        choose(page, 1, people / "wall.bmp")  # in parts: a message holds 10 MB
        page.locator(".said.wrong", has_text="No face was found").wait_for(timeout=WAIT)
        take(page)
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not (tmp_path / "people.sqlite").exists()  # nobody has agreed


def by_keyboard(page):
    """From the first control to the last by Tab alone; each one has a name."""
    page.get_by_role("button", name="Choose photo 1").focus()
    reached = []
    while not reached or not reached[-1].startswith("Name"):
        page.keyboard.press("Tab")
        look = "() => document.activeElement.labels?.[0]?.textContent || "
        look += "document.activeElement.ariaLabel || document.activeElement.textContent"
        reached.append(page.evaluate(look))
        if re.match("Show which regions", reached[-1]):
            page.keyboard.press("Space")
            page.locator("figcaption", has_text="less alike").first.wait_for()
        assert len(reached) < 15, reached
    words = ("sample", "shot", "Choose photo 2", "camera", "Wanted", "regions", "Name")
    assert all(any(word in one for one in reached) for word in words), reached


def take(page):
    """A picture of the camera as photo 1: it is of the one who is photo 2 no more."""
    page.get_by_role("button", name="Open the camera").click()
    page.get_by_role("button", name="Start").click()
    page.locator(".figures", has_text="frames a second").wait_for(timeout=WAIT)
    page.get_by_role("button", name="Take photo 1").click()
    page.locator("figcaption", has_text="a picture of the camera").wait_for()
    page.get_by_role("button", name="Take photo 2").click()
    page.locator(".said.same").wait_for()
    page.get_by_role("button", name="Close the camera").click()
    expect(page.locator(".course-camera")).to_have_count(0)


@pytest.mark.slow  # a second server, for the same object
def test_jupyterlab(people, axe, tmp_path):
    browser.write_notebook(tmp_path, CALL)
    command, place = browser.lab(tmp_path)
    with browser.server(tmp_path, command) as address, browser.camera() as page:
        page.goto(address + place, timeout=WAIT)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=WAIT)
        page.wait_for_timeout(1500)
        page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
        compare(page, people)
        check_access(page, axe)
        page.get_by_role("button", name="Show which regions").focus()
        page.keyboard.press("d")
        page.keyboard.press("d")  # to JupyterLab: remove this cell
        page.get_by_label("Name").press_sequentially("Ann")
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Enrol photo 1").click()
        page.locator(".said", has_text="Ann is enrolled with photo 1.").wait_for()
        page.get_by_label("Enrolled").select_option("Ann")
        page.get_by_role("button", name="Forget this person").click()
        page.locator(".said", has_text="Ann is forgotten").wait_for()
    assert b"Ann" not in (tmp_path / "people.sqlite").read_bytes()
