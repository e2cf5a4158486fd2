"""Can one photo say whether eyes are closed? And a print with painted lids?

Eleven of ORL's photos show closed eyes, of eight people, by the eye of one reader; five
that look down are left out. The rule counts the eyes that OpenCV's two cascades find:
closed is where one is missing. An attacker needs no closed eyes: he shows a print and
then one with painted lids. It makes `blinks.json` in a minute:

    python -m helpers.experiments.blinks
"""

from pathlib import Path

import cv2
import numpy as np

from helpers import faces
from helpers.datasets import orl
from helpers.disk.files import fill_json, read_json
from helpers.experiments.attacks import by_person, interval

RESULTS = Path(__file__).with_name("blinks.json")
SIDE = 256  # pixels of a crop
TOP, BOTTOM = 51, 154  # rows in which eyes are sought
CLOSED = [(3, 8), (7, 6), (10, 3), (10, 8), (21, 5), (23, 7), (25, 5)]
CLOSED += [(26, 4), (26, 5), (26, 8), (35, 4)]  # person, photo
DOWN = [(2, 3), (2, 4), (2, 5), (2, 7), (7, 2)]
EYES = (86, 106, 49), (165, 105, 48)  # x, y, width: where they usually are


def eyes(crop, name):
    """What a cascade takes for eyes: x, y and width of each, a list."""
    path = Path(cv2.data.haarcascades) / f"haarcascade_{name}.xml"
    found = cv2.CascadeClassifier(str(path)).detectMultiScale(
        crop[TOP:BOTTOM], 1.05, 3, minSize=(30, 30), maxSize=(90, 90)
    )
    return [(x + w / 2, y + h / 2 + TOP, w) for x, y, w, h in found]


def open_eyes(crop):
    """Of how many sides an eye is found, by either cascade: 0 to 2."""
    found = eyes(crop, "eye") + eyes(crop, "eye_tree_eyeglasses")
    return sum(any((x < SIDE / 2) == left for x, *_ in found) for left in (True, False))


def lids(crop):
    """A crop with painted lids: the skin around covers the eyes, with dark lashes."""
    found, over = eyes(crop, "eye"), np.zeros_like(crop)
    drawn, places = crop.copy(), []
    for usual, left in zip(EYES, (True, False)):
        some = [eye for eye in found if (eye[0] < SIDE / 2) == left]
        x, y, width = map(int, some[0] if some else usual)
        size = int(0.42 * width), int(0.22 * width)
        cv2.ellipse(over, (x, y), size, 0, 0, 360, 255, -1)
        places.append((x, y, width))
    drawn = cv2.inpaint(drawn, over, 4, cv2.INPAINT_TELEA)
    for x, y, width in places:
        size, grey = (int(0.36 * width), int(0.14 * width)), int(0.45 * drawn[y, x])
        cv2.ellipse(drawn, (x, y), size, 0, 10, 170, grey, 2)
    return cv2.GaussianBlur(drawn, (0, 0), 1)


def measured():
    """How often an eye is missing, and both are, where eyes are open, closed, painted.

    Returns:
        dict kind -> {photos, people; one, both: [share, low, high]}.
    """
    photos = orl(quiet=True)
    crops = [faces.crop(photo, size=SIDE)[..., 0] for photo in photos.images]
    place = [(int(n) // 10, int(n) % 10) for n in range(len(crops))]
    is_open = [n for n, at in enumerate(place) if at not in CLOSED + DOWN]
    kinds = {
        "open": [crops[n] for n in is_open],
        "closed": [crops[10 * person + number] for person, number in CLOSED],
        "painted": [lids(crops[n]) for n in is_open],
    }
    found = {}
    for kind, some in kinds.items():
        people = np.array(
            [p for p, _ in CLOSED] if kind == "closed" else [n // 10 for n in is_open]
        )
        count = np.array([open_eyes(crop) for crop in some])
        found[kind] = {
            "photos": len(some),
            "people": len(np.unique(people)),
            "one": interval(by_person(count < 2, people)),
            "both": interval(by_person(count == 0, people)),
        }
    return found


def make_results(path=RESULTS):
    """Make what `results` reads."""
    fill_json(path, ["orl"], lambda key: measured())


def results(path=RESULTS):
    """Read the file: orl -> as of `measured`."""
    return read_json(path, "python -m helpers.experiments.blinks")


if __name__ == "__main__":
    make_results()
