"""How fast live verification is in a browser.

    python -m helpers.tests.live.speed_browser

A camera of 30 frames a second shows one person without end. Printed are the frames a
second that get a verdict, and the milliseconds from frame to verdict: in all, as the
page measures them, and in the kernel, split into detection, embedding and search.
"""

import re
import tempfile
from pathlib import Path

import numpy as np

from helpers.live import samples
from helpers.tests.live import test_browser as browser
from helpers.tests.live.films import y4m

SECONDS = 30
NOTEBOOK = """\
from helpers.figures.widgets import live as show
from helpers.gallery import Gallery
from helpers.live import samples
from helpers.live.door import Door
from helpers.live.watcher import Watcher
from helpers.verifier import Verifier

verifier = Verifier.load()
gallery = Gallery("gallery.sqlite", verifier)
frames = list(samples.frames((31,), seconds=1))
gallery.add("s32", frames[10:20:3])
door = Door(Watcher(verifier, gallery, verifier.threshold(far=0.001)))
show(door.widget, "door")
"""


def measure(where, folder):
    """Read the figures under the picture ten times a second: (reading, number)."""
    film = folder / "film.y4m"
    drawn = samples.frames((31,), seconds=4)
    y4m(film, list(drawn)[10:50], rate=30)
    browser.write_notebook(folder, NOTEBOOK)
    command, place = where(folder)
    readings = []
    with browser.server(folder, command) as address, browser.camera(film) as page:
        page.goto(address + place, timeout=120_000)
        browser.run_all(page, where)
        page.get_by_role("button", name="Start", exact=True).click()
        page.wait_for_timeout(5000)
        for _ in range(10 * SECONDS):
            text = page.locator(".figures").text_content()
            readings.append([float(n) for n in re.findall(r"\d+\.?\d*", text)])
            page.wait_for_timeout(100)
    return np.array(readings)


def main():
    """Print what was measured in JupyterLab and in Voila."""
    for where in (browser.lab, browser.voila):
        with tempfile.TemporaryDirectory() as folder:
            readings = measure(where, Path(folder))
        median, most = np.percentile(readings, [50, 95], axis=0)
        print(f"{where.__name__}: {median[0]:.0f} frames a second;", end=" ")
        print(f"least of {len(readings)} readings {readings[:, 0].min():.0f}")
        names = "frame to verdict", "detection", "embedding", "search", "kernel, all"
        for name, half, last in zip(names, median[1:], most[1:]):
            print(f"  {name:17} median {half:5.1f} ms, 95th percentile {last:5.1f} ms")


if __name__ == "__main__":
    main()
