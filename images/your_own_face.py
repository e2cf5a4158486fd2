"""Makes your_own_face.png: the booth of notebook 02 and the door of 09 at work.

Chromium plays a video made from ORL photos as its camera; the page is Voila's. Run it
with the Python of .venv where Chromium is installed: python images/your_own_face.py
"""

import io
import tempfile
from pathlib import Path

from PIL import Image

from helpers.live import samples
from helpers.tests.live import test_browser as browser
from helpers.tests.live.films import y4m

PERSON = 31  # number in ORL
GAP = 24  # pixels


def shots(folder):
    """Take four photos, enrol, verify: pictures of the booth and of the door."""
    film = folder / "film.y4m"
    drawn = list(samples.frames((PERSON,), seconds=10))
    y4m(film, drawn[samples.RATE : -samples.RATE])
    browser.write_notebook(folder, browser.NOTEBOOK)
    command, _ = browser.voila(folder)
    with browser.server(folder, command) as address, browser.camera(film) as page:
        page.goto(address, timeout=120_000)
        page.wait_for_selector(".course-camera", timeout=120_000)
        booth, door = page.locator(".course-camera").all()
        browser.introduce(booth, "Ann")
        browser.start(booth)
        browser.hears(booth, "Good")
        for key in "aaap":
            page.wait_for_timeout(1500)
            booth.press(key)
        page.wait_for_timeout(500)
        first = booth.screenshot()
        booth.press("e")
        browser.hears(booth, "is enrolled")
        browser.start(door)
        page.wait_for_timeout(12_000)
        return first, door.screenshot()


def main():
    """Put both beside each other."""
    with tempfile.TemporaryDirectory() as folder:
        pictures = [Image.open(io.BytesIO(shot)) for shot in shots(Path(folder))]
    width = sum(picture.width for picture in pictures) + GAP
    sheet = Image.new("RGB", (width, max(p.height for p in pictures)), "white")
    left = 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width + GAP
    sheet = sheet.quantize(128, dither=Image.Dither.NONE)  # a third of the bytes
    sheet.save(Path(__file__).with_suffix(".png"), optimize=True)


if __name__ == "__main__":
    main()
