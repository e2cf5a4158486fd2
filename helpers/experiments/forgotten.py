"""What a person leaves behind where forgetting takes longer to try. For notebook 14.

The places of `way.walk`, and the web API, weights that were trained on a folder, an
export of them; then how who was forgotten comes back, and what the log of a server
keeps. It makes `forgotten.json` in three minutes:

    python -m helpers.experiments.forgotten
"""

import io
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import closing, redirect_stdout
from pathlib import Path

import cv2
import numpy as np
import psycopg
import requests

from helpers import faces
from helpers.app import many
from helpers.app.export import export
from helpers.datasets import orl
from helpers.disk import private
from helpers.disk.archives import data_folder
from helpers.disk.files import fill_steps, read_json
from helpers.disk.names import GALLERY
from helpers.disk.places import people_at
from helpers.experiments.way import PERSON, PHOTOS, STAYS, Place, embed, kinds, walk
from helpers.gallery import Gallery
from helpers.live import mine
from helpers.live.forgetting import forget_embedded
from helpers.live.traces import traces
from helpers.recipes.folder import train_folder
from helpers.verifier import Verifier

RESULTS = Path(__file__).with_name("forgotten.json")
PORT = 8731


def trained(root, person, verifier):
    """Weights trained on a folder of photos, this person's among them; their export."""
    folder, weights = root / "people", root / "weights"
    found = orl(quiet=True)
    for number in range(12):
        who = person if number == 0 else f"Number {number}"
        (folder / who).mkdir(parents=True)
        for n, image in enumerate(found.images[found.of(number)]):
            cv2.imwrite(str(folder / who / f"{n}.png"), image)
    train_folder(folder, weights / "people.keras", epochs=1, quiet=True)
    shutil.rmtree(folder)
    own = Verifier.load(str(weights / "people.keras"))
    export(own, "onnx", root / "exported")

    def remove(path):
        return lambda: shutil.rmtree(path)

    return {
        "weights of `train folder`, and their card": Place(
            lambda: [weights],
            "delete them, train again without",
            remove(weights),
        ),
        "an export of these weights": Place(
            lambda: [root / "exported"],
            "delete it, export again",
            remove(root / "exported"),
        ),
    }


def cached(root, person, verifier):
    """Crops of a whole set, which `faces.crop_all` keeps in `data/cache`."""
    photos = mine.photos(root=root / "mine")
    photos = photos.take(np.array([person in file for file in photos.files]))
    mark = faces.fingerprint(photos.images, str(photos.images.shape))
    faces.crop_all(photos)
    path = data_folder() / "cache" / f"crops-{mark}.npy"
    words = "crops that `faces.crop_all` keeps in data/cache"
    there = "delete data/cache", path.unlink
    return {words: Place(lambda: [path] if path.exists() else [], *there)}


def asked(root, person, verifier):
    """The web API: enrolled, shown, forgotten over HTTP; its gallery and its log."""
    place, url = root / "api", f"http://127.0.0.1:{PORT}"
    place.mkdir()
    command = [sys.executable, "-m", "helpers", "serve", "--port", str(PORT)]
    command += ["--gallery", str(place / GALLERY)]
    with open(place / "log", "wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    wait = time.monotonic() + 120
    while time.monotonic() < wait:
        try:
            if requests.get(f"{url}/health", timeout=2).ok:
                break
        except requests.RequestException:
            time.sleep(0.5)
    photo = next((root / "mine" / person).rglob("*.png"))
    with open(photo, "rb") as file:
        put = requests.put(f"{url}/people/{person}", files={"photos": file}, timeout=30)
    if not put.ok:
        server.kill()
        put.raise_for_status()

    def forgotten():
        requests.delete(f"{url}/people/{person}", timeout=30).raise_for_status()
        server.terminate()
        server.wait(30)

    return {
        "the web API's gallery and log": Place(
            lambda: [place], "`DELETE /people/NAME`", forgotten, own=True
        )
    }


def comes_back():
    """How who was forgotten comes back: {way: photos of this person then enrolled}."""
    with tempfile.TemporaryDirectory() as name:
        root, verifier = Path(name), Verifier.load()
        files = {who: flat(root / who, n) for n, who in enumerate((PERSON, STAYS))}
        table, own, copy = root / "faces.parquet", root / "own", root / "copy"
        embed(table, sum(files.values(), []), verifier)
        with Gallery(own, verifier) as gallery:
            gallery.add(PERSON, files[PERSON])
            gallery.export(copy)
            gallery.forget(PERSON)
            gallery.merge(copy)
            found = {"a copy is merged": enrolled(own)}
        shutil.rmtree(root / PERSON)
        embed(table, files[STAYS], verifier)
        many.enrol_all(table, root / "first")
        found["`embed --gallery` on the photos that are left"] = enrolled(
            root / "first"
        )
        forget_embedded(table, PERSON)
        embed(table, files[STAYS], verifier)
        many.enrol_all(table, root / "second")
        found["the same after `forget_embedded`"] = enrolled(root / "second")
        return found


def flat(folder, number):
    """Write photos of an ORL person to a folder; their paths."""
    folder.mkdir(parents=True)
    found = orl(quiet=True)
    paths = [folder / f"{n}.png" for n in range(PHOTOS)]
    for path, image in zip(paths, found.images[found.of(number)]):
        cv2.imwrite(str(path), image)
    return paths


def enrolled(where):
    """How many photos of PERSON a gallery has."""
    with closing(people_at(where)) as people:
        return sum(photos for _, photos, _ in people.counted(PERSON))


def log_of_a_server():
    """What a server keeps after forgetting, as it is set up: {set-up: traces}."""
    found, verifier = {}, Verifier.load()
    image = orl(quiet=True).images[0]
    known = [image], verifier.embed([image])
    plain = "CREATE EXTENSION vector; CREATE ROLE plain LOGIN;"
    plain += "GRANT CREATE ON DATABASE postgres TO plain"
    ends = "CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT"
    for words, setting, user in (
        ("wal_recycle = off, the role may end the log", "off", "gallery"),
        ("PostgreSQL as it comes: wal_recycle = on", "on", "gallery"),
        ("wal_recycle = off, the role may not end the log", "off", "plain"),
    ):
        with private.server("fsync=off", f"wal_recycle={setting}") as own:
            with psycopg.connect(own.url, autocommit=True) as admin:
                admin.execute(plain)
                with Gallery(own.of("postgres", user), verifier) as gallery:
                    gallery.add(PERSON, [image])
                    gallery.forget(PERSON)
                found[words] = kinds(traces(PERSON, *known, [own.folder]))
                if user == "plain":
                    for step in ends:
                        admin.execute(step)
                    words = "the same, after an administrator ended it"
                    found[words] = kinds(traces(PERSON, *known, [own.folder]))
    return found


def rows(*more):
    """The rows of `walk` with more places, as dicts."""
    with redirect_stdout(io.StringIO()):
        return [row._asdict() for row in walk(more=more)]


ENTRIES = {
    "places": lambda: rows(cached, asked),
    "trained": lambda: rows(trained)[-2:],
    "comes back": comes_back,
    "log of a server": log_of_a_server,
}


def make_results(path=RESULTS):
    """Make what `results` reads; what is in the file already is kept."""
    fill_steps(path, ENTRIES)


def results(path=RESULTS):
    """Read the file: "places" and "trained" as of `way.Row`; the others, see there."""
    return read_json(path, "python -m helpers.experiments.forgotten")


if __name__ == "__main__":
    make_results()
