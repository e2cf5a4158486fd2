"""Checks of notebook 12: a crowd's promise, a token's clock, eight bits."""

import numpy as np

from helpers.checks.report import report, tried

__all__ = ["exercise_12_1", "exercise_12_2", "exercise_12_3"]


def exercise_12_1(answer):
    """How many may be enrolled, so that 0.1 % a pair keeps 5 % of strangers?"""
    report(
        "12.1",
        answer is ...,
        _crowd_problem(answer),
        "1 - 0.999^51 = 4.97 %, and 52 people make 5.07 %. For more people the service "
        "needs a rarer mistake.",
    )


def _crowd_problem(answer):
    try:
        answer = float(np.asarray(answer))
    except (TypeError, ValueError):
        return "the answer is a number of people."
    if answer == 51:
        return None
    if not np.isfinite(answer) or answer != round(answer) or answer < 1:
        return "people come whole: the answer is a whole number above 0."
    strangers = 100 * (1 - 0.999**answer)
    if answer > 51:
        return (
            f"with {answer:,.0f} people 1 - 0.999^{answer:,.0f} = {strangers:.4g} % "
            "of strangers get a name, and 5 % was promised."
        )
    return f"{answer:,.0f} people make {strangers:.3g} %: there is room for more."


def exercise_12_2(answer):
    """A function right(given, token) -> bool that takes as long for any mistake."""
    report(
        "12.2",
        answer is ...,
        tried(answer, _token_problem),
        "As far as this check sees, nothing ends at the first letter that differs.",
    )


class _Watched:
    """What notices who compares it with ==, or reads it up to the first difference."""

    def watched(self, seen):
        """Note in `seen` what is done; returns itself."""
        self.seen = seen
        return self

    def __eq__(self, other):
        self.seen["by =="] = True
        return super().__eq__(other)

    def __ne__(self, other):
        self.seen["by !="] = True
        return super().__ne__(other)

    def startswith(self, *rest):
        self.seen["by startswith"] = True
        return super().startswith(*rest)

    def __getitem__(self, place):
        self.seen["read"] = self.seen.get("read", 0) + 1
        return super().__getitem__(place)

    def __iter__(self):
        for one in super().__iter__():
            self.seen["read"] = self.seen.get("read", 0) + 1
            yield one

    __hash__ = None


class _Bytes(_Watched, bytes):
    pass


class _Text(_Watched, str):
    def encode(self, *how):
        return _Bytes(super().encode(*how)).watched(self.seen)


def _read(answer, given, token):
    """What a function answers, and how it looked at two texts."""
    seen = {}
    said = answer(_Text(given).watched(seen), _Text(token).watched(seen))
    return said, seen


def _token_problem(answer):
    for given, token, right in (
        ("k3y", "k3y", True),
        ("k3z", "k3y", False),
        ("", "k3y", False),
        ("k3y!", "k3y", False),
        ("clé", "k3y", False),
    ):
        said, seen = _read(answer, given, token)
        if not isinstance(said, bool | np.bool_):
            return f"return True or False, not {said!r}."
        if said != right:
            return f"{given!r} given for {token!r} is {right}; you say {said}."
        for how in seen.keys() - {"read"}:
            return (
                f"you compare {how}, which may end at the first letter that differs: "
                "who measures the time finds the token letter by letter. The standard "
                "library has a comparison for secrets: hmac.compare_digest."
            )
    first, last = (_read(answer, given, "k3y")[1] for given in ("x3y", "k3x"))
    if first.get("read", 0) < last.get("read", 0):
        return (
            "your loop ends sooner where the first letter is wrong than where the last "
            "one is: that is what the time tells. Look at all of them, whatever comes."
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
    if scales.shape == (50, 1) or scales.shape == (50,):
        return "that is one scale a row: axis=0 runs along the inputs of a column."
    if scales.shape not in ((3,), (1, 3)):
        return (
            f"the scales have the shape {scales.shape}, and one a column is (3,). With "
            "one scale for all, the largest weight sets the step, and the column that "
            "is a thousand times smaller becomes nothing but -1, 0 and 1."
        )
    scales = scales.reshape(3)
    if np.ptp(scales) < 1e-6:
        return "all three scales are one: each column has its own largest weight."
    if (scales < 0.999 * np.abs(weights).max(axis=0) / 127).any():
        return "a scale is too small: the largest weight of a column may be negative."
    error = np.abs(small * scales - weights).max(axis=0) / np.abs(weights).max(axis=0)
    column = int(error.argmax())
    if error.max() > 0.51 / 127:
        return (
            f"column {column} is off by {100 * error.max():.2g} % of its largest, "
            "and half a step of 1/127 is 0.39 %: scale = largest / 127, then round, "
            "not cut off."
        )
    return None
