"""Checks of notebook 12: a crowd's promise, a token's clock, eight bits."""

import numpy as np

from helpers.checks.report import report, tried

__all__ = ["exercise_12_1", "exercise_12_2", "exercise_12_3"]


def exercise_12_1(answer):
    """How many may be enrolled, so that 0.01 % a pair keeps 1 % of strangers?"""
    report(
        "12.1",
        answer is ...,
        _crowd_problem(answer),
        "1 - 0.9999^100 = 0.995 %, and 101 people make 1.005 %. For more people the "
        "service needs rarer mistakes than its card has measured, and says so.",
    )


def _crowd_problem(answer):
    try:
        answer = float(np.asarray(answer))
    except (TypeError, ValueError):
        return "the answer is a number of people."
    if answer == 100:
        return None
    if answer != round(answer) or answer < 1:
        return "people come whole: the answer is a whole number above 0."
    strangers = 100 * (1 - 0.9999**answer)
    if answer > 100:
        return (
            f"with {answer:,.0f} people 1 - 0.9999^{answer:,.0f} = {strangers:.4g} % "
            "of strangers get a name, and 1 % was promised."
        )
    return f"{answer:,.0f} people make {strangers:.3g} %: there is room for more."


def exercise_12_2(answer):
    """A function right(given, token) -> bool that takes as long for any mistake."""
    report(
        "12.2",
        answer is ...,
        tried(answer, _token_problem),
        "Comparing stops nowhere, so that its time tells nothing of the token.",
    )


class _Watched(str):
    """A text that notices who compares it with ==, letter by letter or by slices."""

    looked = None

    def __eq__(self, other):
        self.looked.append("==")
        return str.__eq__(self, other)

    def __ne__(self, other):
        self.looked.append("!=")
        return str.__ne__(self, other)

    def __getitem__(self, place):
        self.looked.append("[...]")
        return str.__getitem__(self, place)

    def __iter__(self):
        self.looked.append("for")
        return str.__iter__(self)

    __hash__ = str.__hash__


def _token_problem(answer):
    looked = []
    for given, token, right in (
        ("k3y", "k3y", True),
        ("k3z", "k3y", False),
        ("", "k3y", False),
        ("k3y!", "k3y", False),
        ("clé", "k3y", False),
    ):
        pair = _Watched(given), _Watched(token)
        for text in pair:
            text.looked = looked
        said = answer(*pair)
        if not isinstance(said, bool | np.bool_):
            return f"return True or False, not {said!r}."
        if said != right:
            return f"{given!r} given for {token!r} is {right}; you say {said}."
    if looked:
        return (
            f"you compare with {looked[0]}, which ends at the first letter that "
            "differs: who measures the time finds the token letter by letter. The "
            "standard library has a comparison for secrets: hmac.compare_digest."
        )
    return None


def exercise_12_3(answer):
    """A function quantise(weights) -> int8 weights, scales, one scale a column."""
    report(
        "12.3",
        answer is ...,
        tried(answer, _int8_problem),
        "Each column keeps its own step, so a small column loses as little as a large.",
    )


def _int8_problem(answer):
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(50, 3)).astype(np.float32) * np.float32([1, 0.01, 10])
    found = answer(weights.copy())
    if not isinstance(found, tuple) or len(found) != 2:
        return "return two arrays: the int8 weights and the scales."
    small, scales = (np.asarray(part) for part in found)
    if small.dtype != np.int8 or small.shape != weights.shape:
        return f"the weights are int8 {weights.shape}, not {small.dtype} {small.shape}."
    if scales.shape not in ((3,), (1, 3)):
        return (
            f"the scales have the shape {scales.shape}, and one a column is (3,). With "
            "one scale for all, the largest weight sets the step, and the column that "
            "is a thousand times smaller becomes nothing but -1, 0 and 1."
        )
    scales = scales.reshape(3)
    error = np.abs(small * scales - weights).max(axis=0) / np.abs(weights).max(axis=0)
    column = int(error.argmax())
    if error.max() > 0.51 / 127:
        return (
            f"column {column} is off by {100 * error.max():.2g} % of its largest, "
            "and half a step of 1/127 is 0.39 %: scale = largest / 127, then round, "
            "not cut off."
        )
    return None
