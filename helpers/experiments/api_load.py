"""How many requests the web API answers, how long each takes, what memory it holds.

    python -m helpers.experiments.api_load

The server is a process of its own, with its usual settings but the limit on the rate.
`api_load.json` holds: `bare`, the functions behind two operations, called without a
server; `verify` and `identify`, with 10,000 people enrolled; `memory`, before and after
20,000 requests of all kinds; `crowd`, two thousand clients at once; `slow`, bodies that
never end.
"""

import http.client
import itertools
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np

from helpers.app.serve import address_of
from helpers.app.web import forms, operations
from helpers.datasets import orl
from helpers.disk.files import fill_json, read_json
from helpers.disk.people import People, now
from helpers.experiments import api_crowd
from helpers.experiments.api_crowd import form, jpeg
from helpers.gallery import Gallery
from helpers.measures.scores import unit
from helpers.verifier import FAR, Verifier

RESULTS = Path(__file__).with_name("api_load.json")
PEOPLE, REQUESTS, ALL = 10_000, 600, 20_000
SERVE = "from helpers.app.serve import serve; serve(port=0, path=%r, rate=0)"


def fill(path, people, version):
    """A gallery of so many people, each with a photo; their embeddings are random."""
    rng, time_ = np.random.default_rng(0), now()
    rows = unit(rng.normal(size=(people, 256))).astype("<f4")  # (person, feature)
    picture = cv2.resize(orl(quiet=True).images[0], (64, 64))
    png = cv2.imencode(".png", picture)[1].tobytes()
    store = People(path)
    with store.writing() as db:
        kept = [
            (f"Member {n}", time_, n.to_bytes(16, "big"), time_, row.tobytes(), png)
            for n, row in enumerate(rows)
        ]
        store.insert(db, kept, version)
    store.close()


@contextmanager
def process(path):
    """The server in a process: host and port."""
    made = subprocess.Popen(
        [sys.executable, "-uc", SERVE % str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        address = urlsplit(address_of(made))
        yield address.hostname, address.port
    finally:
        made.terminate()
        made.wait()


def ask(place, requests, connections):
    """Send requests over connections that stay open.

    Args:
        place: host and port. requests: iterable of (method, path, headers, body).

    Returns:
        seconds of each, {status: how many}, seconds of all.
    """
    left, taken, statuses = iter(requests), [], {}
    lock = threading.Lock()

    def client():
        connection = http.client.HTTPConnection(*place, timeout=60)
        while True:
            with lock:
                request = next(left, None)
            if request is None:
                return connection.close()
            method, path, headers, body = request
            begin = time.perf_counter()
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            with lock:
                taken.append(time.perf_counter() - begin)
                statuses[answer.status] = statuses.get(answer.status, 0) + 1

    threads = [threading.Thread(target=client) for _ in range(connections)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken, statuses, time.perf_counter() - begin


def summary(taken, seconds):
    """Requests a second, and percentiles of the milliseconds that each took."""
    middle, high, highest = (1e3 * np.percentile(taken, (50, 95, 99))).tolist()
    return {
        "a_second": round(len(taken) / seconds, 1),
        "ms_50": round(middle, 1),
        "ms_95": round(high, 1),
        "ms_99": round(highest, 1),
    }


def bare(path, photos):
    """What the functions behind the operations take in one thread of this process."""
    with Gallery(path, Verifier.load()) as gallery:
        calls = {
            "verify": lambda a, b: operations.verdict(gallery.verifier, [a, b], FAR),
            "identify": lambda a, b: operations.probed(gallery, [a], FAR),
        }
        found = {}
        for name, call in calls.items():
            taken = []
            for a, b in itertools.pairwise(photos[:REQUESTS]):
                pair = forms.Upload(a, "a.jpg"), forms.Upload(b, "b.jpg")
                begin = time.perf_counter()
                call(*pair)
                taken.append(time.perf_counter() - begin)
            found[name] = summary(taken[20:], sum(taken[20:]))
    return found


def through(place, photos, operation):
    """`summary` of an operation over one connection and over eight."""
    found = {}
    for connections in (1, 8):
        requests = []
        for a, b in itertools.pairwise(photos[:REQUESTS]):
            fields = {"a": a, "b": b} if operation == "verify" else {"photo": a}
            requests.append(("POST", f"/{operation}", *form(**fields)))
        ask(place, requests[:20], connections)
        taken, statuses, seconds = ask(place, requests, connections)
        assert set(statuses) == {200}, statuses
        found[f"connections {connections}"] = summary(taken, seconds)
    return found


def memory(path, photos):
    """MB that the server holds, before and after many requests of all kinds.

    Of four requests one verifies, one identifies, one brings a bad photo, and one
    enrols a person or deletes one.
    """

    def kinds():
        for turn, (a, b) in enumerate(itertools.pairwise(itertools.cycle(photos))):
            yield "POST", "/verify", *form(a=a, b=b)
            yield "POST", "/identify", *form(photo=a)
            yield "POST", "/identify", *form(photo=a[: len(a) // 2])
            if turn % 2:
                yield "DELETE", f"/people/Kim{turn // 2 % 50}", {}, None
            else:
                yield "PUT", f"/people/Kim{turn // 2 % 50}", *form(photos=a)

    with process(path) as place:
        requests, found = kinds(), {"MB": [resident(place)], "requests": [0]}
        statuses = {}
        for _ in range(10):
            some = itertools.islice(requests, ALL // 10)
            for status, times in ask(place, some, 4)[1].items():
                statuses[str(status)] = statuses.get(str(status), 0) + times
            found["MB"].append(resident(place))
            found["requests"].append(found["requests"][-1] + ALL // 10)
    return found | {"statuses": statuses}


def resident(place):
    """MB that the server's process holds, as it tells Prometheus."""
    connection = http.client.HTTPConnection(*place, timeout=60)
    connection.request("GET", "/metrics")
    lines = connection.getresponse().read().decode().splitlines()
    connection.close()
    (line,) = (one for one in lines if one.startswith("process_resident_memory_bytes "))
    return round(float(line.split()[1]) / 1e6)


def results(path=RESULTS):
    """Read what `main` wrote."""
    return read_json(path, "python -m helpers.experiments.api_load")


def main():
    """Measure what the file lacks."""
    photos = [jpeg(image) for image in orl(quiet=True).images]
    photos = photos + photos[1::2]  # other pairs
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.sqlite"
        fill(path, PEOPLE, Verifier.load().version)

        def measure(key):
            if key == "bare":
                return bare(path, photos)
            if key == "memory":
                return memory(Path(folder) / "few.sqlite", photos[:100])
            if key in ("crowd", "slow"):
                with process(path) as place:
                    measured = {"crowd": api_crowd.crowd, "slow": api_crowd.slow}[key]
                    return measured(place, photos) | {"MB_after": resident(place)}
            with process(path) as place:
                return through(place, photos, key)

        keys = "bare", "verify", "identify", "crowd", "slow", "memory"
        fill_json(RESULTS, keys, measure)
    for key, found in results().items():
        print(f"{key}: {found}")


if __name__ == "__main__":
    main()
