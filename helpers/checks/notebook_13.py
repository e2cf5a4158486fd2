"""Checks of notebook 13: unequal strangers, a second stage, pairs that workers lose."""

import numpy as np

from helpers.checks.report import report, tried

__all__ = ["exercise_13_1", "exercise_13_2", "exercise_13_3"]


def exercise_13_1(answer):
    """A function named(rates, people) -> share of strangers who get a name."""
    report(
        "13.1",
        answer is ...,
        tried(answer, _named_problem),
        "Few strangers have most of the chances, and nobody gets more than one name: "
        "the same mean rate names fewer of them than equal chances would.",
    )


def _named_problem(answer):
    rates = np.array([0.0, 0.02])
    found = np.asarray(answer(rates.copy(), 100))
    if found.shape != ():
        return f"return one number for all strangers, not an array {found.shape}."
    if np.isclose(found, 1 - 0.99**100):
        return (
            "that is 1 - (1 - mean)^N, as if both had the rate 0.01. The first of the "
            "two never gets a name: take the power for each, the mean at the end."
        )
    if np.isclose(found, 1) or np.isclose(found, 2):
        return "a rate times N is a number of names, and may be more than 1."
    if not np.isclose(found, (1 - 0.98**100) / 2):
        return (
            f"for the rates 0 and 0.02 and 100 people it is 0.434, you say {found:.3f}."
        )
    rates = np.random.default_rng(0).beta(0.2, 50, 1000)
    if not np.isclose(answer(rates, 30), np.mean(1 - (1 - rates) ** 30)):
        return "for other rates it differs: each stranger has 1 - (1 - rate)^N."
    return None


def exercise_13_2(answer):
    """A function two_stages(probe, small, rows, many) -> number of the nearest."""
    report(
        "13.2",
        answer is ...,
        tried(answer, _stages_problem),
        "The second stage reads `many` full templates, however many people there are.",
    )


class _Counted(np.ndarray):
    """Templates that note how many of them are read."""

    read = 0

    def __getitem__(self, place):
        found = np.ndarray.__getitem__(self, place).view(np.ndarray)
        type(self).read += found.size // self.shape[1]
        return found

    def __array_function__(self, function, types, inputs, how):
        type(self).read += len(self)
        plain = [
            one.view(np.ndarray) if isinstance(one, _Counted) else one for one in inputs
        ]
        return function(*plain, **how)

    def __array_ufunc__(self, ufunc, method, *inputs, **how):
        type(self).read += len(self)
        plain = [
            one.view(np.ndarray) if isinstance(one, _Counted) else one for one in inputs
        ]
        return getattr(ufunc, method)(*plain, **how)


def _stages_problem(answer):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(1000, 32)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    small = np.round(rows * 2.5).astype(np.int8)  # coarse: the first stage errs
    probes = rows[:50] + 0.15 * rng.normal(size=(50, 32)).astype(np.float32)
    wrong, cheap, places = 0, 0, 0
    for probe in probes:
        _Counted.read = 0
        found = np.asarray(answer(probe, small.copy(), rows.view(_Counted), 20))
        if found.shape != () or found.dtype.kind not in "iu":
            return f"return the number of one row, an int, not {found!r}."
        if _Counted.read > 20:
            return (
                f"you read {_Counted.read:,} of the full templates for one probe: "
                "choose 20 by `small` alone, then compare those."
            )
        first = np.argsort(-(small @ probe))[:20]
        wrong += found != first[np.argmax(rows[first] @ probe)]
        cheap += found == first[0]
        places += found < 20
    if wrong and cheap == len(probes):
        return "that is the best by `small`: take the best of the 20 by `rows`."
    if wrong and places == len(probes):
        return "the number you return is a place among the 20, not that of the row."
    if wrong:
        return f"for {wrong} of {len(probes)} probes another row is more alike."
    return None


def exercise_13_3(answer):
    """The share of a batch's pairs that four workers never see without a gather."""
    report(
        "13.3",
        answer is ...,
        _lost_problem(answer),
        "Of 2,016 pairs four times 120 are left; more workers lose more of them.",
    )


def _lost_problem(answer):
    try:
        answer = float(np.asarray(answer))
    except (TypeError, ValueError):
        return "the answer is a share, a number from 0 to 1."
    lost = 1 - 4 * 120 / 2016
    if np.isclose(answer, lost, atol=5e-3):
        return None
    if np.isclose(answer, 1 - lost, atol=5e-3):
        return "that is the share that is left; asked is what is lost."
    if np.isclose(answer, 100 * lost, atol=0.5):
        return "that is in per cent; the share is from 0 to 1."
    if np.isclose(answer, 0.75, atol=5e-4):
        return (
            "that counts each photo with itself and each pair twice: of n photos there "
            "are n (n - 1) / 2 pairs."
        )
    return (
        f"of 64 photos there are 2,016 pairs, of 16 photos 120; {answer:.3g} is not "
        "the share that is lost."
    )
