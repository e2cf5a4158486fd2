"""The page against Python on 200 pairs of ORL, in Chromium: for 12.

`python -m helpers.experiments.in_the_browser` gathers the page, opens it, gives it the
same files as Python gets, and makes `in_the_browser.json`: verdicts that differ, the
largest difference of a similarity, milliseconds a photo, and what left the browser
after the page was loaded. It takes four minutes.
"""

import functools
import os
import shutil
import statistics
import tempfile
import threading
from contextlib import closing, contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.app.pages import gather
from helpers.datasets import orl
from helpers.disk.files import read_json, write_json
from helpers.verifier import FAR, Verifier

RESULTS = Path(__file__).with_name("in_the_browser.json")
PAIRS = 100  # of one person, and as many of two
KINDS = {"png": {}, "jpeg": {"quality": 90}}
READY = "document.querySelector('#state').textContent.includes('without a network')"
SEEN = """() => {
  const lines = [...document.querySelectorAll(".side .said")];
  if (lines.some((line) => /^(Looking.*)?$/.test(line.textContent))) return null;
  const { className, dataset } = document.querySelector("#verdict");
  if (!className) return { refused: true };
  const took = document.querySelector("#took").textContent.match(/\\d+/g).map(Number);
  return { same: className === "same", score: Number(dataset.similarity), took };
}"""


class Server(ThreadingHTTPServer):
    """Python's server of plain files, on a free port, which notes what it is asked.

    Attributes:
        address: of the folder. asked: (method, path, bytes sent to it) each.
    """

    def __init__(self, folder):
        self.asked = asked = []

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, *rest):
                size = int(self.headers["Content-Length"] or 0)
                asked.append((self.command, self.path, size))

        super().__init__(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
        self.address = f"http://127.0.0.1:{self.server_port}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        """Stop it: from now on nobody answers."""
        self.shutdown()
        self.server_close()


def pairs():
    """Numbers of ORL's photos (pair, 2), PAIRS of one person and then PAIRS of two."""
    people, rng = orl(quiet=True).people, np.random.default_rng(0)
    first, second = np.triu_indices(len(people), k=1)
    same = people[first] == people[second]
    rows = [
        rng.choice(np.flatnonzero(same == kind), PAIRS, False) for kind in (True, False)
    ]
    chosen = np.concatenate(rows)
    return np.stack([first[chosen], second[chosen]], axis=1)


def write_photos(folder, kind):
    """ORL as files of a kind: their paths."""
    paths = []
    for number, image in enumerate(orl(quiet=True).images[..., 0]):
        paths.append(Path(folder) / f"{number}.{kind}")
        Image.fromarray(image).save(paths[-1], **KINDS[kind])
    return paths


def in_python(verifier, paths, chosen):
    """Python's similarities of pairs of files; NaN where a photo is refused."""
    embedded = {}
    for number in np.unique(chosen):
        try:
            embedded[number] = verifier.embed(paths[number])[0]
        except ValueError:
            embedded[number] = np.full(verifier.tower.output_shape[-1], np.nan)
    a, b = (np.stack([embedded[n] for n in side]) for side in chosen.T)
    return (a * b).sum(axis=1)  # of length 1


def in_page(page, paths, chosen):
    """What the page says of pairs of files: a dict each."""
    inputs, found = page.locator("input[type=file]"), []
    for pair in chosen:
        for side, number in enumerate(pair):
            inputs.nth(side).set_input_files(paths[number])
        found.append(page.wait_for_function(SEEN, timeout=60_000).json_value())
    return found


@contextmanager
def opened(address):
    """The page in Chromium, once all of it is kept there; and what it asks for."""
    from playwright.sync_api import sync_playwright

    names = "chromium", "chromium-browser", "google-chrome"
    found = [path for path in map(shutil.which, names) if path]
    if not found:
        raise FileNotFoundError("Chromium is not installed: install it and run again.")
    with sync_playwright() as play:
        options = {"executable_path": found[0], "args": ["--no-sandbox"]}
        chromium = play.chromium.launch(**options)
        page, requests = chromium.new_page(), []
        page.goto(address)
        page.wait_for_function(READY, timeout=60_000)
        page.context.on("request", lambda request: requests.append(request))
        yield page, requests, chromium.version
        chromium.close()


def compare(wanted, found, threshold):
    """Python and the page on the same pairs, as a dict for JSON.

    Args:
        wanted: Python's similarities (pair,). found: what `in_page` returned.
        threshold: from which on a pair is the same.
    """
    read = np.array([each.get("score", np.nan) for each in found])
    both = np.isfinite(wanted) & np.isfinite(read)
    same = np.array([each.get("same", False) for each in found])
    apart = np.abs(wanted - read)[both]
    took = np.array([each["took"] for each in found if "took" in each])  # (pair, 4)
    finding, network = took[:, :2], took[:, 2:]
    refused = {"python": ~np.isfinite(wanted), "page": ~np.isfinite(read)}
    return {
        "pairs": len(found),
        "refused": {who: int(each.sum()) for who, each in refused.items()},
        "verdicts_changed": int((same != (wanted >= threshold))[both].sum()),
        "largest_difference": float(apart.max()),
        "median_difference": float(np.median(apart)),
        "milliseconds": {
            "finding": statistics.median(finding.ravel()),
            "network": statistics.median(network.ravel()),
        },
    }


def table(name="faces"):
    """Measure: dict for JSON, of each kind of file what `compare` says."""
    verifier, chosen = Verifier.load(name), pairs()
    threshold, kinds = verifier.threshold(FAR), {}
    with tempfile.TemporaryDirectory() as folder:
        site = gather(Path(folder) / "page", verifier)
        size = sum(file.stat().st_size for file in site.iterdir())
        files = {kind: write_photos(folder, kind) for kind in KINDS}
        wanted = {
            kind: in_python(verifier, paths, chosen) for kind, paths in files.items()
        }
        with closing(Server(site)) as server, opened(server.address) as seen:
            page, requests, version = seen
            before = len(server.asked)
            for kind, paths in files.items():
                found = in_page(page, paths, chosen)
                kinds[kind] = compare(wanted[kind], found, threshold)
            sent = [one for one in requests if not one.url.startswith("blob:")]
            bodies = [len(one.post_data_buffer or b"") for one in requests]
            after = len(server.asked) - before
    return {
        "threshold": threshold,
        "kinds": kinds,
        "decoders": float(np.nanmax(np.abs(wanted["png"] - wanted["jpeg"]))),
        "sent": {"requests": len(sent), "asked": after, "bytes": sum(bodies)},
        "megabytes": round(size / 1e6, 1),
        "chromium": version,
        "processors": os.cpu_count(),
    }


def results(path=RESULTS):
    """Read what `main` wrote: dict, as of `table`."""
    return read_json(path, "python -m helpers.experiments.in_the_browser")


def main():
    """Measure, print and write the table."""
    found = table()
    write_json(RESULTS, found, indent=1)
    for kind, each in found["kinds"].items():
        print(
            f"{kind}: {each['verdicts_changed']} of {each['pairs']} verdicts changed; "
            f"similarities differ by {each['largest_difference']:.1e} at most; "
            f"{each['milliseconds']['finding']:.0f} ms to find a face, "
            f"{each['milliseconds']['network']:.0f} ms for the network."
        )
    print("After loading: {requests} requests, {bytes} bytes.".format(**found["sent"]))


if __name__ == "__main__":
    main()
