"""A file of results that is not there says the command that makes it."""

import pytest

from helpers.experiments import (
    koch,
    loss_runs,
    omniglot_report,
    omniglot_runs,
    orl_runs,
    strangers,
    view2,
)

RUNS = koch, loss_runs, omniglot_runs, orl_runs, strangers, view2
READERS = *(runs.results for runs in RUNS), omniglot_report.report


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__module__)
def test_a_missing_file_says_what_makes_it(read, tmp_path):
    sentence = f"There is no gone.json: make it with `python -m {read.__module__}"
    with pytest.raises(FileNotFoundError, match=sentence):
        read(tmp_path / "gone.json")
