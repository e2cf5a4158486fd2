"""What the shipped verifier for drawings reaches: the numbers of notebook 10's report.

They lie in `omniglot_report.json`, which this makes again in a minute:

    python -m helpers.experiments.omniglot_report
"""

import json
from pathlib import Path

from helpers.disk.files import write_whole
from helpers.recipes.omniglot import evaluate_omniglot
from helpers.verifier import Verifier

REPORT = Path(__file__).with_suffix(".json")


def report(path=REPORT):
    """Read what `main` wrote: dict, as of `evaluate_omniglot`, and "weights"."""
    return json.loads(path.read_text(encoding="utf-8"))


def main(path=REPORT):
    """Measure the shipped weights and write what `report` reads."""
    found = evaluate_omniglot(Verifier.load("omniglot")) | {"weights": "omniglot"}
    text = json.dumps(found) + "\n"
    write_whole(path, lambda file: file.write(text.encode()))


if __name__ == "__main__":
    main()
