"""`train folder` on other pictures than faces, and how few classes show nothing.

For notebook 15. Made products, labels and documents (`sources/things.py`), and copies:
a class is one photo, a picture another saving of it. Each folder is trained on as users
do, and measured twice: by the card's own test, a fifth of the folder's classes, and on
20 new classes that never lay in the folder, the same for every size of the folder, so
that sizes can be compared. Then what `sources/copies.py` finds of photos that were
changed, and what it costs where it does not: the same photos on both sides of the test,
or a class that was learned from and lies in the test under another name. It makes
`own_pictures.json`, some minutes an entry:

    python -m helpers.experiments.own_pictures
"""

import tempfile
import time
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from helpers import evaluation
from helpers.disk.files import fill_json, read_json
from helpers.recipes.beside_pixels import contenders, measure
from helpers.recipes.folder import EPOCHS, train_folder
from helpers.sources import classes, copies, pictures, things
from helpers.sources.reading import read_photo
from helpers.verifier import Verifier

RESULTS = Path(__file__).with_name("own_pictures.json")
KINDS = "product", "label", "document", "copy"  # makers in `sources/things.py`
CLASSES, PICTURES = 40, 10
SIZES = 8, 16, 80  # classes of other folders of SIZED
SIZED = "product"
SEEDS = range(3)
NEW, FIRST = 20, 1000  # new classes, and the number of the first
FEW = 2, 3, 8  # of the new classes: as many as a card's test has
DRAWS = 200
QUICK = 3  # epochs, for who cannot wait
KEYS = (
    *(f"found {kind}" for kind in KINDS[:3]),
    *(f"{kind} {CLASSES} 0" for kind in KINDS),
    f"{SIZED} {CLASSES} 0 {QUICK}",
    *(f"{SIZED} {size} 0" for size in SIZES),
    *(f"{kind} {CLASSES} {seed}" for seed in SEEDS[1:] for kind in KINDS),
    *(f"{SIZED} {size} {seed}" for seed in SEEDS[1:] for size in SIZES),
)


def saved(picture, ending, *how):
    """A picture that was written in a format, and read again."""
    ok, data = cv2.imencode(ending, picture[..., ::-1], how)
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]


def sized(picture, times):
    """A picture with so many times as many rows and columns."""
    way = cv2.INTER_AREA if times < 1 else cv2.INTER_CUBIC
    return cv2.resize(picture, None, fx=times, fy=times, interpolation=way)


def cropped(picture, share):
    """A picture without so much of each of its sides."""
    down, right = (round(share * side) for side in picture.shape[:2])
    rows, columns = picture.shape[:2]
    return picture[down : rows - down, right : columns - right]


def turned(picture, degrees):
    """A picture turned about its middle; its edge is repeated."""
    size = picture.shape[1::-1]
    way = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), degrees, 1)
    return cv2.warpAffine(picture, way, size, borderMode=cv2.BORDER_REPLICATE)


def brighter(picture, times):
    """A picture in another light."""
    return np.uint8(np.clip(picture * times, 0, 255))


CHANGES = {
    "nothing": lambda picture: picture,
    **{
        f"JPEG {quality}": partial(
            lambda picture, quality: saved(
                picture, ".jpg", cv2.IMWRITE_JPEG_QUALITY, quality
            ),
            quality=quality,
        )
        for quality in (95, 85, 75, 60, 30)
    },
    "WebP 80": lambda picture: saved(picture, ".webp", cv2.IMWRITE_WEBP_QUALITY, 80),
    "twice as large": partial(sized, times=2),
    "half as large": partial(sized, times=0.5),
    "a third as large": partial(sized, times=1 / 3),
    "cropped by 1 %": partial(cropped, share=0.01),
    "cropped by 2 %": partial(cropped, share=0.02),
    "cropped by 5 %": partial(cropped, share=0.05),
    "turned by 2 degrees": partial(turned, degrees=2),
    "brighter by a fifth": partial(brighter, times=1.2),
    "mirrored": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
}


def entry(key):
    """An entry of the results."""
    first, *rest = key.split()
    return found_again(*rest) if first == "found" else trained(key)


def found_again(kind):
    """What `copies.originals` finds of changed photos.

    Returns:
        dict: change -> found, the share of photos that it finds; wrong, the share of
        unchanged ones, all different, that it takes for copies.
    """
    with tempfile.TemporaryDirectory() as root:
        things.write(Path(root) / kind, getattr(things, kind), NEW, PICTURES)
        how = classes.look(Path(root) / kind)
        photos = [read_photo(file) for file in sorted(Path(root).glob("*/*/*.png"))]
    plain, every, made = fitted(photos, how), np.arange(len(photos)), {}
    for name, change in CHANGES.items():
        changed = fitted(map(change, photos), how)
        first = copies.originals(np.concatenate([plain, changed]))
        same, wrong = first[len(every) :] == first[every], first[every] != every
        made[name] = {"found": float(same.mean()), "wrong": float(wrong.mean())}
        print(kind, name, made[name], flush=True)
    return made


def trained(key):
    """One folder, trained on and measured: an entry of the results.

    Args:
        key: kind, classes, seed, and epochs if not as usual: "product 40 0".

    Returns:
        dict: minutes by the clock and by the processor; test, that of the card; new,
        the same on new classes; learned, the EER on classes that were learned from;
        few, see `of_few`; for the first folder of SIZED copies, see `leaks`.
    """
    kind, count, seed, *epochs = key.split()
    make = getattr(things, kind)
    with tempfile.TemporaryDirectory() as root:
        folder, new = Path(root) / f"{kind}s", Path(root) / "new"
        things.write(folder, make, int(count), PICTURES, int(seed))
        things.write(new, make, NEW, PICTURES, start=FIRST)
        begun = time.time(), time.process_time()
        weights, epochs = Path(root) / "verifier", int(*epochs) or EPOCHS
        card = train_folder(folder, weights, epochs, int(seed))
        took = np.subtract((time.time(), time.process_time()), begun) / 60
        verifier = Verifier.load(str(Path(root) / "verifier.keras"))
        how = pictures.how(card["pictures"])
        learned = classes.apart(classes.read(folder, how, True)[0], int(seed))["train"]
        found = classes.read(new, how, quiet=True)[0]
        made = {
            "minutes": took.round(1).tolist(),
            "steps": card["steps"],
            "seen": card["pictures"]["shape"],
            "test": card["test"],
            "new": measure(verifier, found),
            "learned": measure(verifier, learned)["eer"],
            "few": of_few(verifier, found),
        }
        if key == f"{SIZED} {CLASSES} 0":
            sides = {"new": (new, found), "learned": (folder, learned)}
            made["copies"] = leaks(verifier, how, sides)
    print(key, made["minutes"], made["test"]["eer"], made["new"]["eer"], flush=True)
    return made


def of_few(verifier, found):
    """What a test on few classes might have said: number -> 95 % of EERs lie between.

    Args:
        found: `Photos`, of whose classes so many are drawn, without replacement.
    """
    rows, rng = verifier.embed_crops(found.images), np.random.default_rng(0)
    scores, same = evaluation.pair_scores(rows, found.people)
    first, second = found.people[np.array(np.triu_indices(len(rows), 1))]
    names, between = np.unique(found.people), {}
    for number in FEW:
        rates = []
        for _ in range(DRAWS):
            drawn = rng.choice(names, number, replace=False)
            kept = np.isin(first, drawn) & np.isin(second, drawn)
            rates.append(evaluation.eer(scores[kept], same[kept]))
        between[str(number)] = np.percentile(rates, [2.5, 97.5]).round(4).tolist()
    return between


def leaks(verifier, how, sides):
    """What it costs where copies are not found.

    Args:
        verifier: a `Verifier` of pictures. how: as for `classes.read`.
        sides: new and learned, classes that were not learned from, and some that were:
            a folder and the `Photos` of it each.

    Returns:
        dict: change -> EER of verifier and pixels where half of the photos of a new
        class are `copies` of the other half, and of all photos of `learned` classes,
        changed, as if they were other ones.
    """
    (photos, people), (seen, known) = (read_all(*sides[n]) for n in ("new", "learned"))
    half, found = fitted(photos[::2], how), {}
    for name, change in CHANGES.items():
        both = np.concatenate([half, fitted(map(change, photos[::2]), how)])
        found[name] = {
            "copies": eers(verifier, both, np.tile(people[::2], 2)),
            "learned": eers(verifier, fitted(map(change, seen), how), known),
        }
        print(name, found[name], flush=True)
    return found


def read_all(folder, found):
    """Photos as they are in a folder, and the number of their class."""
    return [read_photo(Path(folder, file)) for file in found.files], found.people


def fitted(photos, how):
    """Photos as a tower takes them, uint8 (photo, row, column, channel)."""
    shape, paper, trim, _ = how
    return np.stack([pictures.fit(each, shape, paper, trim) for each in photos])


def eers(verifier, images, people):
    """The EER of a verifier and of raw pixels, the better of two ways."""
    rates = {
        name: evaluation.eer(*evaluation.pair_scores(rows, people, metric))
        for name, (rows, metric) in contenders(verifier, images).items()
    }
    ours = rates.pop("verifier")
    return {"verifier": round(ours, 4), "pixels": round(min(rates.values()), 4)}


def make_results(path=RESULTS, keys=KEYS):
    """Make what `results` reads; what is in the file already is kept."""
    fill_json(path, keys, entry)


def results(path=RESULTS):
    """Read the file: "found" and kind -> as of `found_again`; else as of `trained`."""
    return read_json(path, "python -m helpers.experiments.own_pictures")


if __name__ == "__main__":
    make_results()
