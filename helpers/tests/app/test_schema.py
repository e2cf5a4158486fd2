"""The web API is as its own description says."""

import pytest

from helpers.experiments import api_cases


@pytest.mark.parametrize("examples", [10, pytest.param(300, marks=pytest.mark.slow)])
def test_requests_made_from_the_description(examples, verifier):
    found = api_cases.ask(verifier, seed=examples, examples=examples)
    assert found["failures"] == found["errors"] == 0
    assert found["cases"] > 5 * examples


def test_the_results_in_the_file():
    found = api_cases.results().values()
    assert sum(one["cases"] for one in found) >= 5000
    assert all(one["failures"] == one["errors"] == 0 for one in found)
