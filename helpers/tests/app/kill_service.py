"""Kill the web API at random moments, start it again, and count what is lost.

    python -m helpers.tests.app.kill_service --kills 300

Two clients at a time enrol, rename and delete. When the server is killed the gallery's
file must hold what it confirmed, and the request that was cut off either wholly or not
at all; of who was deleted no trace. Ends with an AssertionError if not.
"""

import argparse
import hashlib
import io
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
from PIL import Image

from helpers.app.serve import address_of
from helpers.app.web import forms
from helpers.datasets import orl
from helpers.gallery import Gallery
from helpers.tests.kill_gallery import OWN, Fake, calls, expected, stored

SERVE = (
    "from helpers.tests.app.kill_service import Light\n"
    "from helpers.app import serve\n"
    "serve.Verifier.load = lambda name: Light()\n"
    "serve.serve(port=0, path=%r, rate=0)"
)


class Light(Fake):
    """A verifier without TensorFlow, so that the server starts at once."""

    card = {"name": "light"}

    def doubts(self, *closeups):
        return ()

    def verify(self, a, b):
        return None


def faces(count):
    """Photos as files, and the digest that the gallery has of each."""
    files, digests = [], []
    for image in orl(quiet=True).images[:count]:
        file = io.BytesIO()
        Image.fromarray(image[..., 0]).save(file, "PNG")
        crop = forms.closeups([forms.Upload(file.getvalue(), "photo")])[0].image
        files.append(file.getvalue())
        digests.append(hashlib.blake2b(crop.tobytes(), digest_size=16).digest())
    assert len(set(digests)) == count
    return files, digests


def start(path):
    """The server in a process, and its address."""
    process = subprocess.Popen(
        [sys.executable, "-uc", SERVE % str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return process, address_of(process)


def send(client, files, call, name, value):
    """One call as a request."""
    if call == "add":
        photos = [("photos", files[seed % len(files)]) for seed in value]
        answer = client.put(f"/people/{name}", files=photos)
    elif call == "rename":
        answer = client.patch(f"/people/{name}", json={"name": value})
    else:
        answer = client.delete(f"/people/{name}")
    assert answer.status_code in (200, 201, 204), answer.text


def live(address, files, wanted, done, cut_off):
    """A client's life: request after request, until the server is gone."""
    with httpx.Client(base_url=address, timeout=60) as client:
        for call in wanted:
            cut_off[:] = [call]
            try:
                send(client, files, *call)
            except httpx.TransportError:
                return
            done.append(call)


def killed(path, kills, longest, seed):
    """Kill the server again and again; returns the figures."""
    rng, (files, digests) = random.Random(seed), faces(100)
    known, confirmed, requests, whole = [{}, {}], 0, 0, 0
    kinds = {"add": 0, "rename": 0, "forget": 0}

    def in_file(people):
        return {
            name: {digests[s % 100] for s in seeds} for name, seeds in people.items()
        }

    for turn in range(kills):
        process, address = start(path)
        lives = [([], []) for _ in known]
        threads = [
            threading.Thread(
                target=live,
                args=[
                    address,
                    files,
                    calls(known[n], n, random.Random(rng.getrandbits(32))),
                    *lives[n],
                ],
            )
            for n in (0, 1)
        ]
        for thread in threads:
            thread.start()
        time.sleep(rng.uniform(0.02, longest))
        process.kill()
        process.wait()
        for thread in threads:
            thread.join()
        with Gallery(path, Light()) as gallery:
            gallery._store.check()
            there = stored(gallery)
        for n, (done, cut_off) in enumerate(lives):
            for call in done:
                known[n] = expected(known[n], *call)
                kinds[call[0]] += 1
            mine = {name: d for name, d in there.items() if name[4] == str(n)}
            if mine != in_file(known[n]):
                known[n] = expected(known[n], *cut_off[0])
                whole += 1
            assert mine == in_file(known[n]), "a confirmed request is lost"
            confirmed += sum(len(call[2]) for call in done if call[0] == "add")
            requests += len(done)
        names = {name[1:].encode() for name in there}
        for file in path.parent.iterdir():  # a journal too, of what was cut off
            left = {*OWN.findall(file.read_bytes())} - names
            assert not left, f"deleted, yet in {file.name}: {left}"
        if turn % 50 == 49:
            print(f"{turn + 1} kills survived", file=sys.stderr, flush=True)
    return {
        "kills": kills,
        "requests confirmed": requests,
        **{f"of them {kind}": count for kind, count in kinds.items()},
        "photos confirmed": confirmed,
        "requests cut off that were whole all the same": whole,
        "confirmed photos lost": 0,
        "traces of the deleted": 0,
    }


def main():
    """Kill as often as wanted and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--longest", type=float, default=0.8, help="seconds to a kill")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.sqlite"
        print(json.dumps(killed(path, options.kills, options.longest, options.seed)))


if __name__ == "__main__":
    main()
