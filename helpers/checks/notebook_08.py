"""Checks of notebook 08: the cheapest threshold, and whether A is better than B."""

import numpy as np

from helpers.checks.report import report

__all__ = ["exercise_8_1", "exercise_8_2"]


def exercise_8_1(answer):
    """A function cheapest(scores, same, cost_fa, cost_fr, share_same) -> threshold."""
    report(
        "8.1",
        answer is ...,
        _cheapest_problem(answer),
        "The threshold follows from the costs and from who comes; the test gives only "
        "the two rates.",
    )


EXAMPLE = np.array([0.9, 0.8, 0.7, 0.1]), np.array([1, 0, 1, 0])


def _cheapest_problem(answer):
    if not callable(answer):
        return "define a function of (scores, same, cost_fa, cost_fr, share_same)."
    rng = np.random.default_rng(8)
    same = np.arange(1100) < 100  # ten of eleven pairs are different, as in a fold
    many = rng.normal(size=1100) + 2 * same
    trials = [(*EXAMPLE, 100, 1, 0.5)]
    doors = (1, 1, 0.5), (20, 1, 0.99), (5, 2, 0.7)
    trials += [(many, same, *door) for door in doors]
    for scores, same, *door in trials:
        try:
            value = answer(scores.copy(), same.copy(), *door)
            threshold = float(np.asarray(value))
        except Exception as error:
            return f"your function stopped with {type(error).__name__}: {error}."
        problem = _too_dear(scores, same.astype(bool), door, threshold)
        if problem:
            return problem
    return None


def _too_dear(scores, same, door, threshold):
    """What is wrong with a threshold, by what it costs at the door."""
    cost_fa, cost_fr, share_same = door
    if not np.isfinite(threshold):
        return f"a threshold is a number, {threshold} is none."
    candidates = np.append(scores, np.nextafter(scores.max(), np.inf))  # (threshold,)
    accepted = scores >= candidates[:, None]  # (threshold, pair)
    far, frr = accepted[:, ~same].mean(axis=1), 1 - accepted[:, same].mean(axis=1)

    def dearest(weight_fa, weight_fr):
        return candidates[np.argmin(weight_fa * far + weight_fr * frr)]

    def cost(value):
        false_accepts = (scores[~same] >= value).mean() * (1 - share_same) * cost_fa
        return false_accepts + (scores[same] < value).mean() * share_same * cost_fr

    least = cost(dearest(cost_fa * (1 - share_same), cost_fr * share_same))
    if cost(threshold) <= least * 1.000001 + 1e-12:
        return None
    asked = f"costs {cost_fa} and {cost_fr}, {share_same:.0%} honest"
    said = f"({asked}): your threshold {threshold:.2f} costs {cost(threshold):.3f} a "
    said += f"visit, {least:.3f} is possible."
    slips = {
        dearest(cost_fa * (~same).sum(), cost_fr * same.sum()): "You seem to count the "
        "errors of the test, where ten of eleven pairs are different. Weigh the rates "
        "FAR and FRR by who comes to the door",
        dearest(cost_fa, cost_fr): "You seem to leave out who comes: weigh FAR by the "
        "share of impostors, FRR by the share of honest visitors",
        dearest(cost_fr * share_same, cost_fa * (1 - share_same)): "You seem to have "
        "the two costs the wrong way round",
        dearest(cost_fa * share_same, cost_fr * (1 - share_same)): "`share_same` is "
        "the share of honest visitors; only the others can be accepted falsely",
    }
    for value, slip in slips.items():
        if np.isclose(cost(value), cost(threshold)) and cost(value) > least:
            return f"{slip} {said}"
    return f"another threshold is cheaper {said}"


def exercise_8_2(answer):
    """A function difference(values_a, values_b) -> (low, high) of A - B, 95 %."""
    report(
        "8.2",
        answer is ...,
        _difference_problem(answer),
        "What both verifiers owe to the draw cancels, so the interval of the "
        "difference is narrower than the two intervals beside each other suggest.",
    )


def _difference_problem(answer):
    if not callable(answer):
        return "define a function of (values_a, values_b) and pass its name."
    rng = np.random.default_rng(8)
    luck = rng.normal(size=200)  # an easy or a hard draw is so for both
    a = 0.18 + 0.04 * luck + 0.01 * rng.normal(size=200)
    b = 0.12 + 0.04 * luck + 0.01 * rng.normal(size=200)
    try:
        low, high = (float(end) for end in answer(a.tolist(), b.tolist()))
    except TypeError:
        try:
            low, high = (float(end) for end in answer(a, b))
        except Exception as error:
            return f"your function must return (low, high); {error}."
    except Exception as error:
        return f"your function must return (low, high); {error}."
    right = np.percentile(a - b, [2.5, 97.5])
    if np.allclose([low, high], right, atol=1e-3):
        return None
    if np.allclose([-high, -low], right, atol=1e-3):
        return "that is B - A; A - B was asked for."
    ends_a, ends_b = (np.percentile(values, [2.5, 97.5]) for values in (a, b))
    said = f"You return {low:.3f} to {high:.3f}, and the difference lies within "
    said += f"{right[0]:.3f} to {right[1]:.3f}."
    apart = ends_a[0] - ends_b[1], ends_a[1] - ends_b[0]
    if np.allclose([low, high], apart, atol=1e-3):
        return (
            "that pairs the best draw of one verifier with the worst of the other, "
            f"but both had the same people in each draw: subtract first. {said}"
        )
    if np.allclose([low, high], ends_a - ends_b, atol=1e-3):
        return f"the difference of percentiles is no percentile of differences. {said}"
    if np.allclose([low, high], np.percentile(a - b, [5, 95]), atol=1e-3):
        return "5 and 95 leave out a tenth; 95 % lie between 2.5 and 97.5."
    return f"take the differences draw by draw, then their percentiles. {said}"
