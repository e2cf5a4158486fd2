"""What the shipped verifier for drawings reaches: the numbers of notebook 10's report.

It reads them from `omniglot_report.json`, which this makes again in a minute:

    python -m helpers.experiments.omniglot_report
"""

from pathlib import Path

from helpers.disk.files import read_json, write_json
from helpers.recipes.omniglot import evaluate_omniglot
from helpers.verifier import Verifier

REPORT = Path(__file__).with_suffix(".json")


def report(path=REPORT):
    """Read what `main` wrote: dict, as of `evaluate_omniglot`, and "weights"."""
    return read_json(path, "python -m helpers.experiments.omniglot_report")


def main(path=REPORT):
    """Measure the shipped weights and write what `report` reads."""
    found = evaluate_omniglot(Verifier.load("omniglot")) | {"weights": "omniglot"}
    write_json(path, found)


if __name__ == "__main__":
    main()
