"""Ask the web API what its own description allows, and what it does not.

    python -m helpers.experiments.api_cases 3

Schemathesis makes requests from the OpenAPI description, good ones and bad ones, singly
and in sequences (enrol, look, rename, forget), and holds each answer against the
description: all its checks. `api_cases.json` holds for each seed how many requests
there were and how many failed.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from helpers.app.serve import running
from helpers.app.service import service
from helpers.disk.archives import PROJECT
from helpers.disk.files import fill_json, read_json
from helpers.gallery import Gallery
from helpers.verifier import Verifier

RESULTS = Path(__file__).with_name("api_cases.json")
TOKEN = "a-token-of-this-experiment"
EXAMPLES = 300  # of each operation


def ask(verifier, seed, examples=EXAMPLES):
    """One run of Schemathesis against a server with an empty gallery.

    Args:
        verifier: a `Verifier`.
        seed: of the requests. examples: at most so many of each operation.

    Returns:
        dict: cases, failures, and errors, of Schemathesis itself; the checks are all.
        What failed is printed, with the request that shows it.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        Gallery(Path(folder) / "people.sqlite", verifier) as gallery,
        running(service(gallery, TOKEN, rate=None)) as address,
    ):
        report = Path(folder) / "report.json"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run"),
                f"{address}/openapi.json",
                *("--header", f"Authorization: Bearer {TOKEN}"),
                *("--checks", "all", "--continue-on-failure"),
                *("--seed", str(seed), "--max-examples", str(examples)),
                *("--report", "json", "--report-json-path", str(report)),
            ],
            env=os.environ
            | {"SCHEMATHESIS_HOOKS": "helpers.experiments.api_hooks"}
            | {"PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1"},
            cwd=folder,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            print(done.stdout, done.stderr, file=sys.stderr)
        cases = json.loads(report.read_text(encoding="utf-8"))["test_cases"]
    return {
        "cases": cases["generated"],
        "failures": cases["with_failures"],
        "errors": cases["errored"],
    }


def results(path=RESULTS):
    """Read what `main` wrote: {seed: as of `ask`}."""
    return read_json(path, "python -m helpers.experiments.api_cases 3")


def main(seeds):
    """Ask with so many seeds, with the verifier that the course ships."""
    verifier = Verifier.load()
    fill_json(RESULTS, map(str, range(seeds)), lambda seed: ask(verifier, seed))
    for seed, found in results().items():
        print(f"Seed {seed}: {found}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
