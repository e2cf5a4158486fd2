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
    passed[:45] = passed[50:82] = passed[90:140] = passed[190:193] = True
    found = answer(kind.copy(), passed.copy())
    if np.shape(found) != (2,):
        return "return two numbers, APCER and BPCER."
    apcer, bpcer = map(float, found)
    if np.isclose(bpcer, 0.8) and np.isclose(apcer, 0.1):
        return "APCER comes first, then BPCER."
    if np.isclose(bpcer, 0.9):
        return "BPCER counts people who are *refused*, you count those who pass."
    if not np.isclose(bpcer, 0.1):
        return f"5 of 50 people are refused: BPCER is 0.1, you say {bpcer:.3f}."
    if np.isclose(apcer, 85 / 150):
        return (
            "you count all attacks together, so that a kind that is tried often hides "
            "one that passes. Take each kind for itself, and report the worst."
        )
    if np.isclose(apcer, np.mean([0.8, 0.5, 0.3])):
        return "that is the mean over kinds; ISO/IEC 30107-3 reports the worst."
    if np.isclose(apcer, 0.9):
        return "a person is no attack: leave that kind out."
    if np.isclose(apcer, 0.3) or np.isclose(apcer, 0.7):
        return "that is the kind that passes least; the worst is what *passes* most."
    if not np.isclose(apcer, 0.8):
        return f"of 40 prints 32 pass: APCER is 0.8, you say {apcer:.3f}."
    kind[kind == "mask"] = "film"
    if not np.allclose(answer(kind[::-1], ~passed[::-1]), (0.7, 0.9)):
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
    if np.allclose(found, left @ right.T, atol=1e-3):
        return "NumPy's third part of the SVD is transposed already: `left @ right`."
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
    first, second = rng.beta(1, 9, 120), rng.beta(3, 7, 180)
    found = np.asarray(answer(first.copy(), second.copy(), np.random.default_rng(1)))
    if found.shape != (2,):
        return "return two numbers, the ends of the interval."
    means = [
        rng.choice(group, (20000, len(group))).mean(axis=1) for group in (first, second)
    ]
    low, high = right = np.percentile(means[1] - means[0], [2.5, 97.5])
    wide, near = np.ptp(found) / (high - low), 0.06 * (high - low)
    if np.allclose(found[::-1], right, atol=near):
        return "the lower end comes first."
    if np.allclose(found, (-high, -low), atol=near):
        return "that is first less second; asked is second less first."
    if np.isclose(wide, 0, atol=1e-6):
        return "you drew without putting back: every draw is the group itself."
    if wide > 2:
        return (
            "your interval is too wide: it is one of single people. Take the mean of "
            "each draw first, then the percentiles of the differences."
        )
    if found[0] < 0 < found[1]:
        return (
            "your interval holds 0, as if the groups were one: draw the people of each "
            "group from that group."
        )
    if not np.allclose(found, right, atol=near):
        which = "narrow" if wide < 0.94 else "wide" if wide > 1.06 else "far to a side"
        return (
            f"your interval is too {which}: about ({low:.3f}, {high:.3f}) is right. "
            "Draw both groups, as many people as each has; the 2.5th and the 97.5th "
            "percentile of the differences of means."
        )
    return None
