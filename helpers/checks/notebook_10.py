"""Checks of notebook 10: credit for ties, matching jointly, an error bar over runs."""

from itertools import permutations

import numpy as np

from helpers.checks.report import report, tried

__all__ = ["exercise_10_1", "exercise_10_2", "exercise_10_3"]


def exercise_10_1(answer):
    """A function right(scores, answers) -> share of right answers, ties shared."""
    report(
        "10.1",
        answer is ...,
        tried(answer, _ties_problem),
        "No constant can cheat it, wherever the right answer stands.",
    )


def _ties_problem(answer):
    rng = np.random.default_rng(0)
    table = rng.permutation(400).reshape(20, 20) / 400.0
    truth = table.argmax(axis=1)
    if abs(float(answer(table, truth)) - 1) > 1e-9:
        return "where the right character always has the highest score, it is 1."
    if abs(float(answer(table, (truth + 1) % 20))) > 1e-9:
        return "where another character always has the highest score, it is 0."
    for place in (0, 7):
        found = float(answer(np.zeros((20, 20)), np.full(20, place)))
        if abs(found - 0.05) > 1e-9:
            return (
                f"all scores equal and the right answer at place {place}: you say "
                f"{found:g}, but who cannot tell 20 characters apart is right by "
                "chance, 1 / 20. Those that tie share the credit."
            )
    pair = np.array([[3.0, 3.0, 1.0], [2.0, 5.0, 5.0]])
    found = float(answer(pair, np.array([0, 0])))
    if abs(found - 0.25) > 1e-9:
        return (
            "scores [3, 3, 1] and [2, 5, 5], both times the first is right: half a "
            f"credit and none, 0.25 on average, not {found:g}."
        )
    return None


def exercise_10_2(answer):
    """A function jointly(scores) -> for each trial the character it is given."""
    report(
        "10.2",
        answer is ...,
        tried(answer, _jointly_problem),
        "What is known of one answer helps the other nineteen: name it when you do it.",
    )


def _jointly_problem(answer):
    rng = np.random.default_rng(1)
    tables = [np.array([[9.0, 2.0], [8.0, 7.0]]), *rng.random((6, 5, 5))]
    tables.append(np.array([[9.0, 8.0, 1.0], [8.5, 2.0, 1.0], [3.0, 2.5, 0.0]]))
    for table in tables:
        given = np.asarray(answer(table.copy())).astype(int).ravel()
        places = range(len(table))
        if sorted(given) != list(places):
            return (
                f"for {np.array2string(table, separator=', ', precision=2)} you give "
                f"{given.tolist()}: each character is given once."
            )
        best = max(permutations(places), key=lambda p: table[places, p].sum())
        if table[places, given].sum() < table[places, best].sum() - 1e-9:
            return (
                f"for {np.array2string(table, separator=', ', precision=2)} you give "
                f"{given.tolist()}, together {table[places, given].sum():.2f}; "
                f"{list(best)} has {table[places, best].sum():.2f}. To give the surest "
                "first can spoil the rest."
            )
    return None


def exercise_10_3(answer):
    """A function error_bar(shares) -> (mean, standard error) over runs."""
    report(
        "10.3",
        answer is ...,
        tried(answer, _bar_problem),
        "Twenty runs are twenty alphabets and twenty pairs of drawers, not 400 coins.",
    )


def _bar_problem(answer):
    trials = [
        np.array([0.9, 1.0]),
        np.array([0.95, 0.90, 1.0, 0.85]),
        np.repeat([1.0, 0.6], 10),
        np.full(20, 0.9),
    ]
    for shares in trials:
        mean, error = (float(value) for value in answer(shares.copy()))
        if abs(mean - shares.mean()) > 1e-9:
            return f"the mean of {shares.tolist()} is {shares.mean():g}, not {mean:g}."
        wanted = shares.std(ddof=1) / np.sqrt(len(shares))
        if abs(error - wanted) < 1e-9:
            continue
        said = f"for {np.round(shares, 2).tolist()} you say {error:.4f}"
        coins = np.sqrt(mean * (1 - mean) / (20 * len(shares)))
        if abs(error - coins) < 1e-6:
            return (
                f"{said}: as if each of the trials were a coin of its own. Those of a "
                f"run share two drawers and an alphabet; over runs it is {wanted:.4f}."
            )
        if abs(error - shares.std() / np.sqrt(len(shares))) < 1e-9:
            return f"{said}: divide by one less than the runs (ddof=1), {wanted:.4f}."
        if abs(error - shares.std(ddof=1)) < 1e-9:
            return f"{said}: that is the spread of one run, not of their mean."
        return f"{said}; the spread of the runs over their root is {wanted:.4f}."
    return None
