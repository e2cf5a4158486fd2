"""Two strangers whose photos share a flaw: how many pass, and is anything said?

Whole photos of people of LFW's peopleDevTest, two of each, get one flaw after another;
then a face is found in them and judged as `verify` would. The first photos of different
people are the strangers, the two of one person the owner. Notebook 11 reads
`shared_flaws.json`, which this makes again in some minutes:

    python -m helpers.experiments.shared_flaws
"""

from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from helpers import faces
from helpers.disk.files import fill_json, read_json
from helpers.recipes.faces import lfw_faces
from helpers.recipes.learning import rounded
from helpers.sources.lfw import lfw
from helpers.verifier import Verifier

RESULTS = Path(__file__).with_name("shared_flaws.json")
PEOPLE = 120
SIDE = 250  # pixels of a photo of LFW
VERIFIERS = "faces", "joined"
RATES = {"equal odds": None, "1 in 100": 0.01, "1 in 1,000": 0.001}
Y, X = np.mgrid[:SIDE, :SIDE]


def bytes_of(values):
    """Grey levels as a photo has them: uint8 (row, column)."""
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def chance(photo):
    """A generator that is the same whenever this photo comes."""
    return np.random.default_rng(int(photo.sum()))


def encoded(photo, kind, quality, side=SIDE):
    """Compressed, if need be smaller than it was."""
    small = cv2.resize(photo, (side, side), interpolation=cv2.INTER_AREA)
    return cv2.imdecode(cv2.imencode(kind, small, quality)[1], cv2.IMREAD_GRAYSCALE)


def jpeg(photo, quality):
    """JPEG of a low quality."""
    return encoded(photo, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, quality])


def webp(photo):
    """WebP of the lowest quality, 90 pixels wide."""
    return encoded(photo, ".webp", [cv2.IMWRITE_WEBP_QUALITY, 1], 90)


def mosaic(photo, block):
    """Blocks of one grey."""
    size = (round(SIDE / block),) * 2
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)


def noise(photo, level):
    """Noise of so many grey levels, another one in each photo."""
    return bytes_of(photo + chance(photo).normal(0, level, photo.shape))


def salt(photo):
    """Pixels that are full or dead, one of eight."""
    share = chance(photo).random(photo.shape)
    return np.where(share < 0.06, 0, np.where(share > 0.94, 255, photo)).astype("u1")


def squashed(photo, share):
    """A wide frame, squashed to a square."""
    size = round(SIDE * share), SIDE
    return cv2.resize(photo, size, interpolation=cv2.INTER_AREA)


def word(photo, text, places, size, thick):
    """A word printed across, half transparent."""
    over = photo.copy()
    for place in places:
        cv2.putText(over, text, place, 0, size, 255, thick)
    return cv2.addWeighted(over, 0.5, photo, 0.5, 0)


def tight(photo, widths):
    """Cut to so many widths of the face's box, as sets of cropped faces are."""
    edge = round(SIDE / 2 - 56 * widths)
    return photo[edge : SIDE - edge, edge : SIDE - edge]


def lined(photo, step, wide, left, down=True, across=False):
    """Lines every `step` pixels, `wide`, of which so much light is left."""
    made = photo.astype(float)
    for start in range(wide):
        if down:
            made[start::step] *= left
        if across:
            made[:, start::step] *= left
    return bytes_of(made)


def dithered(photo, side):
    """Black and white dots that carry their errors on (Floyd and Steinberg, 1976)."""
    size = (SIDE // side,) * 2
    grey = cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(float)
    grey = np.pad(grey, ((0, 1), (1, 1)))
    for row in range(size[0]):
        for column in range(1, size[0] + 1):
            value = 255.0 * (grey[row, column] > 127)
            error = (grey[row, column] - value) / 16
            grey[row, column] = value
            grey[row, column + 1] += 7 * error
            grey[row + 1, column - 1 : column + 2] += np.multiply(error, (3, 5, 1))
    made = bytes_of(grey[:-1, 1:-1])
    return cv2.resize(made, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)


def halftone(photo):
    """A printed newspaper: dots on a slanted grid."""
    wave = 2 * np.pi / 8.5
    screen = 1 + np.sin(wave * (X + Y)) * np.sin(wave * (X - Y))
    smooth = cv2.GaussianBlur(photo, (0, 0), 1)
    return bytes_of(255.0 * (smooth > 0.8 * 255 * screen / 2 + 25))


def photocopy(photo):
    """A copy of a copy: black or white, by the neighbourhood."""
    near, far = (cv2.GaussianBlur(photo, (0, 0), size) for size in (1, 25))
    return bytes_of(255.0 * (near > far.astype(int) - 5))


def moire(photo):
    """A screen photographed: two waves of light."""
    one, other = np.sin(2 * np.pi * (X * 0.31 + Y * 0.05)), np.sin(2 * np.pi * X * 0.27)
    return bytes_of(photo * (0.45 + 0.55 * (1 + one) * (1 + other) / 4))


def lamp(photo):
    """A lamp's reflection on the cheek."""
    spot = np.exp(-((X - 150) ** 2 + (Y - 110) ** 2) / 2 / 35**2)
    return bytes_of(photo + 200.0 * spot)


def vignette(photo):
    """Dark to the corners."""
    away = (X - SIDE / 2) ** 2 + (Y - SIDE / 2) ** 2
    return bytes_of(photo * np.clip(1.1 - 0.3 * away / 60**2, 0.05, 1))


def relief(photo):
    """Embossed."""
    kernel = np.float32([[-2, -1, 0], [-1, 0, 1], [0, 1, 2]])
    return bytes_of(cv2.filter2D(photo, cv2.CV_32F, kernel) + 128)


def framed(photo):
    """A dark frame around the face."""
    made = np.full_like(photo, 20)
    made[52:198, 62:188] = photo[52:198, 62:188]
    return made


def sticker(photo):
    """A ring on the cheek."""
    made = photo.copy()
    cv2.circle(made, (165, 165), 22, 255, -1)
    cv2.circle(made, (165, 165), 14, 0, -1)
    return made


def rain(photo):
    """White strokes, the same in every photo."""
    made, rng = photo.copy(), np.random.default_rng(5)
    for x, y in rng.integers(0, SIDE, (70, 2)).tolist():
        cv2.line(made, (x, y), (x + 6, y + 28), 230, 1)
    return made


def wide_lens(photo):
    """A lens that bends what is straight."""
    u, v = X / 125 - 1, Y / 125 - 1
    times = 0.55 + 0.45 * (u * u + v * v)
    places = (np.float32((axis * times + 1) * 125) for axis in (u, v))
    return cv2.remap(photo, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def half_dark(photo):
    """A quarter of the light on one half."""
    return bytes_of(photo * np.where(SIDE / 2 > X, 0.25, 1.0))


def bar(photo):
    """A black bar over the eyes."""
    made = photo.copy()
    made[100:125] = 0
    return made


PREVIEW = ((40, 90), (40, 140), (40, 190))
FLAWS = {
    "none": lambda photo: photo,
    "JPEG of quality 8": lambda photo: jpeg(photo, 8),
    "JPEG of quality 5": lambda photo: jpeg(photo, 5),
    "WebP of the lowest quality": webp,
    "mosaic of 5 pixels": lambda photo: mosaic(photo, 5),
    "mosaic of 8 pixels": lambda photo: mosaic(photo, 8),
    "noise of 40 grey levels": lambda photo: noise(photo, 40),
    "noise of 60 grey levels": lambda photo: noise(photo, 60),
    "salt and pepper": salt,
    "4:3 squashed to a square": lambda photo: squashed(photo, 0.75),
    "16:9 squashed to a square": lambda photo: squashed(photo, 0.5625),
    "PREVIEW printed across": lambda photo: word(photo, "PREVIEW", PREVIEW, 1.4, 3),
    "SAMPLE printed across": lambda photo: word(photo, "SAMPLE", [(20, 120)], 2.0, 6),
    "cut to 1.0 widths of the box": lambda photo: tight(photo, 1.0),
    "cut to 1.15 widths of the box": lambda photo: tight(photo, 1.15),
    "mesh": lambda photo: lined(photo, 5, 1, 0.33, across=True),
    "scan lines": lambda photo: lined(photo, 4, 2, 0.33),
    "fence": lambda photo: lined(photo, 22, 4, 0.1, down=False, across=True),
    "dots of 1 pixel": lambda photo: dithered(photo, 1),
    "dots of 2 pixels": lambda photo: dithered(photo, 2),
    "newspaper": halftone,
    "photocopy": photocopy,
    "four greys": lambda photo: photo // 64 * 85,
    "negative": lambda photo: 255 - photo,
    "relief": relief,
    "moiré of a screen": moire,
    "shaken": lambda photo: cv2.blur(photo, (15, 1)),
    "half in the dark": half_dark,
    "lamp": lamp,
    "vignette": vignette,
    "wide lens": wide_lens,
    "bar over the eyes": bar,
    "frame": framed,
    "sticker": sticker,
    "rain": rain,
    "upside down": lambda photo: np.ascontiguousarray(photo[::-1, ::-1]),
}


def looked_at(photo):
    """The closeup of a photo, or None where no face is found."""
    try:
        return faces.look(photo)
    except faces.FaceError:
        return None


class Flawed:
    """Photos of strangers and owners, and verifiers that look at them."""

    @cached_property
    def photos(self):
        """Grey photos uint8 (row, column), two of each person one after the other."""
        files = lfw_faces("peopleDevTest")
        several = [who for who in np.unique(files.people) if len(files.of(who)) > 1]
        step = len(several) // PEOPLE
        chosen = [files.of(who)[:2] for who in several[::step][:PEOPLE]]
        images = lfw("peopleDevTest", quiet=True).images
        return [faces.grey(images[i]) for i in np.concatenate(chosen)]

    @cached_property
    def verifiers(self):
        """name -> `Verifier`."""
        return {name: Verifier.load(name) for name in VERIFIERS}

    def measure(self, flaw):
        """What one flaw does.

        Returns:
            dict: found and doubted, shares of the photos; of each verifier a dict rate
            -> {"far", share of strangers' pairs accepted; "frr", share of owners'
            rejected; "told", share of the accepted strangers' pairs that are doubted}.
        """
        make = FLAWS[flaw]
        seen = faces.in_threads(lambda photo: looked_at(make(photo)), self.photos)
        there = np.array([closeup is not None for closeup in seen])
        crops = np.stack([closeup.image for closeup in seen if closeup])
        network = self.verifiers["faces"]  # whose doubts are those of both
        doubted = np.array([bool(network.doubts(each)) for each in seen if each])
        made = rounded({"found": there.mean(), "doubted": doubted.mean()})
        people = np.arange(len(seen))[there] // 2
        firsts = np.flatnonzero(np.arange(len(seen))[there] % 2 == 0)
        both = np.flatnonzero(people[1:] == people[:-1])
        for name, verifier in self.verifiers.items():
            rows = verifier.embed_crops(crops)
            first, second = (firsts[side] for side in np.triu_indices(len(firsts), 1))
            alike = (rows[first] * rows[second]).sum(axis=1)
            own = (rows[both] * rows[both + 1]).sum(axis=1)
            told = doubted[first] | doubted[second]
            made[name] = {}
            for words, far in RATES.items():
                passed = alike >= verifier.threshold(far)
                rates = {
                    "far": passed.mean(),
                    "frr": (own < verifier.threshold(far)).mean(),
                    "told": told[passed].mean() if passed.any() else 1.0,
                }
                made[name][words] = rounded(rates)
        return made


def make_results(path=RESULTS):
    """Make what `results` reads; what is in the file already is kept."""
    flawed = Flawed()

    def run(flaw):
        made = flawed.measure(flaw)
        rates = [made[name]["1 in 100"] for name in VERIFIERS]
        told = " ".join(
            f"{r['far']:7.1%} {r['frr']:4.0%} {r['told']:4.0%}" for r in rates
        )
        print(f"{flaw:32}{told}  doubted {made['doubted']:.0%}", flush=True)
        return made

    fill_json(path, FLAWS, run)


def results(path=RESULTS):
    """Read the file: flaw -> as of `Flawed.measure`."""
    return read_json(path, "python -m helpers.experiments.shared_flaws")


if __name__ == "__main__":
    make_results()
