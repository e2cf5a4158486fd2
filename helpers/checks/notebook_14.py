"""Checks of notebook 14: attacks that pass, a stolen rotation, two groups of people."""

import numpy as np

from helpers.checks.report import report, tried

__all__ = ["exercise_14_1", "exercise_14_2", "exercise_14_3"]


def exercise_14_1(answer):
    """A function rates(kind, passed) -> (APCER, BPCER)."""
    report(
        "14.1",
        answer is ...,
        tried(answer, _rates_problem),
        "An attacker chooses the kind that passes best; a mean over kinds that nobody "
        "will use again promises too much.",
    )


def _rates_problem(answer):
    kind = np.repeat(["person", "paper", "screen", "mask"], [50, 40, 100, 10])
    passed = np.zeros(200, bool)
    passed[:45] = passed[50:82] = passed[90:140] = passed[190:191] = True
    found = answer(kind.copy(), passed.copy())
    if np.shape(found) != (2,):
        return "return two numbers, APCER and BPCER."
    apcer, bpcer = map(float, found)
    if np.isclose(bpcer, 0.9):
        return "BPCER counts people who are *refused*, you count those who pass."
    if not np.isclose(bpcer, 0.1):
        return f"5 of 50 people are refused: BPCER is 0.1, you say {bpcer:.3f}."
    if np.isclose(apcer, 83 / 150):
        return (
            "you count all attacks together, so that a kind that is tried often hides "
            "one that passes. Take each kind for itself, and report the worst."
        )
    if np.isclose(apcer, np.mean([0.8, 0.5, 0.1])):
        return "that is the mean over kinds; ISO/IEC 30107-3 reports the worst."
    if np.isclose(apcer, 0.9):
        return "that is APCER beside all kinds: a person is no attack."
    if not np.isclose(apcer, 0.8):
        return f"of 40 prints 32 pass: APCER is 0.8, you say {apcer:.3f}."
    kind[kind == "mask"] = "film"
    if not np.allclose(answer(kind[::-1], ~passed[::-1]), (0.9, 0.9)):
        return "with other kinds, in another order, it differs."
    return None


def exercise_14_2(answer):
    """A function rotation(plain, stolen) -> the orthogonal matrix between them."""
    report(
        "14.2",
        answer is ...,
        tried(answer, _rotation_problem),
        "Whoever can enrol, or knows some of the people, has pairs: a rotation is a "
        "lock whose key lies in the database's own answers.",
    )


def _rotation_problem(answer):
    rng = np.random.default_rng(0)
    true, _ = np.linalg.qr(rng.normal(size=(32, 32)))
    plain = rng.normal(size=(80, 32))
    stolen = plain @ true + 0.2 * rng.normal(size=(80, 32))
    found = np.asarray(answer(plain.copy(), stolen.copy()))
    if found.shape != (32, 32):
        return f"return a matrix (feature, feature), here (32, 32), not {found.shape}."
    left, _, right = np.linalg.svd(plain.T @ stolen)
    best = left @ right
    if np.allclose(found, best.T, atol=1e-4):
        return "that is the way back: `plain @ rotation` must give `stolen`."
    if not np.allclose(found @ found.T, np.eye(32), atol=1e-3):
        if np.allclose(found, np.linalg.lstsq(plain, stolen, rcond=None)[0], atol=1e-3):
            return (
                "least squares fits the noise too, so that it turns and stretches. A "
                "rotation only turns: leave the stretching out of the SVD."
            )
        return "it is no rotation: rotation @ rotation.T must be the identity."
    if not np.allclose(found, best, atol=1e-3):
        off = np.abs(plain @ found - stolen).mean()
        return f"`plain @ rotation` is off by {off:.2f} on average; 0.14 is possible."
    return None


def exercise_14_3(answer):
    """A function difference(first, second, rng) -> (low, high)."""
    report(
        "14.3",
        answer is ...,
        tried(answer, _difference_problem),
        "An interval that holds 0 shows no difference. It does not show that there is "
        "none: that takes people.",
    )


def _difference_problem(answer):
    rng = np.random.default_rng(0)
    first, second = rng.beta(1, 9, 60), rng.beta(3, 7, 40)
    found = np.asarray(answer(first.copy(), second.copy(), np.random.default_rng(1)))
    if found.shape != (2,):
        return "return two numbers, the ends of the interval."
    middle = second.mean() - first.mean()
    error = np.sqrt(first.var() / 60 + second.var() / 40)
    low, high = middle - 1.96 * error, middle + 1.96 * error
    if np.allclose(found[::-1], (low, high), atol=0.02):
        return "the lower end comes first."
    if np.allclose(found, (-high, -low), atol=0.02):
        return "that is first less second; asked is second less first."
    if low < found[0] and found[1] < high and np.ptp(found) < 0.6 * (high - low):
        return "your interval is too narrow: draw as many people as a group has."
    if found[0] < 0 < found[1]:
        return (
            "your interval holds 0, as if the groups were one: draw the people of each "
            "group from that group."
        )
    if np.ptp(found) > 1.5 * (high - low):
        return (
            "your interval is too wide: it is one of single people. Take the mean of "
            "each draw first, then the percentiles of the differences."
        )
    if not np.allclose(found, (low, high), atol=0.02):
        return f"about ({low:.2f}, {high:.2f}) is right here, you say {found.round(2)}."
    return None
