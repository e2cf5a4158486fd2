"""Checks of notebook 09: name or refuse, and what a threshold owes to numbers."""

import numpy as np

from helpers.checks.report import report

__all__ = ["exercise_9_1", "exercise_9_2", "exercise_9_3"]


def exercise_9_1(answer):
    """A function identify(probe, gallery, threshold) -> name or None."""
    report(
        "9.1",
        answer is ...,
        _identify_problem(answer),
        "The threshold is what turns 'the most similar' into 'this person, or nobody'.",
    )


GALLERY = {"ann": np.array([1.0, 0.0]), "bob": np.array([0.0, 1.0])}
TRIALS = (  # probe, threshold, name, what went wrong otherwise
    ([0.8, 0.6], 0.5, "ann", "the probe is most similar to ann (0.8) and she counts"),
    ([0.6, 0.8], 0.5, "bob", "the probe is most similar to bob (0.8), not to who "
     "comes first"),
    ([-0.8, -0.6], 0.5, None, "a stranger, similarity -0.8 and -0.6 at a threshold of "
     "0.5, got a name: the most similar of a gallery is always somebody. Compare the "
     "highest similarity with the threshold and return None below it"),
    ([1.0, 0.0], 1.0, "ann", "a similarity that equals the threshold is accepted: >="),
    ([0.6, 0.8], 0.9, None, "nobody reaches 0.9 here, so the answer is None"),
)  # fmt: skip


def _identify_problem(answer):
    if not callable(answer):
        return "define a function of (probe, gallery, threshold) and pass its name."
    for probe, threshold, name, words in TRIALS:
        try:
            said = answer(np.array(probe), dict(GALLERY), threshold)
        except Exception as error:
            return f"your function stopped with {type(error).__name__}: {error}."
        if isinstance(said, tuple):
            return "return the name alone (or None), not a tuple."
        if not (said is name or (isinstance(said, str) and said == name)):
            return f"{words}. You returned {said!r}."
    try:
        if answer(np.array([1.0, 0.0]), {}, 0.5) is not None:
            return "an empty gallery can only answer None."
    except ValueError:
        return "an empty gallery has no highest similarity: answer None there."
    return None


def exercise_9_2(answer):
    """The FAR of one comparison that a door with 200 people may have, in all 1 %."""
    report(
        "9.2",
        answer is ...,
        _door_problem(answer),
        "1 - 0.99^(1/200) = 0.00005, one in 20,000: to promise it you must measure "
        "on at least as many strangers' pairs (exercise 9.3).",
    )


def _door_problem(answer):
    try:
        answer = float(np.asarray(answer))
    except (TypeError, ValueError):
        return "the answer is a rate, a number between 0 and 1."
    right = 1 - 0.99 ** (1 / 200)
    if abs(answer - right) < 0.02 * right:
        return None
    if not 0 < answer < 1:
        return "a false accept rate lies between 0 and 1."
    if abs(answer - 0.01) < 1e-3:
        get_in = 100 * (1 - 0.99**200)
        return (
            "0.01 for each comparison is a promise about one comparison. A stranger "
            f"faces 200, and {get_in:.0f} % of strangers would get in."
        )
    get_in = 100 * (1 - (1 - answer) ** 200)
    return (
        f"with {answer:.2g} a comparison, 1 - (1 - {answer:.2g})^200 = {get_in:.2g} % "
        "of strangers get in, and 1 % was wanted. Solve that equation for the rate."
    )


def exercise_9_3(answer):
    """How many people do you need, so that no false accept shows FAR < 0.1 %?"""
    report(
        "9.3",
        answer is ...,
        _people_problem(answer),
        "78 people make 78 x 77 / 2 = 3,003 pairs of people, and 3 / 3,003 < 0.001. "
        "More photos of the same people would not help: they share their errors.",
    )


def _people_problem(answer):
    try:
        answer = float(np.asarray(answer))
    except (TypeError, ValueError):
        return "the answer is a number of people."
    if answer == 78:
        return None
    if 2900 <= answer <= 3100:
        return (
            "3,000 pairs are needed, by the rule of three; but n people make "
            "n (n - 1) / 2 pairs, so far fewer people will do."
        )
    if 900 <= answer <= 1100 or 44 <= answer <= 46:
        return (
            "no error in 1,000 pairs shows only FAR < 3 / 1,000 = 0.3 %: that is the "
            "rule of three."
        )
    pairs = answer * (answer - 1) / 2
    if 0 < pairs < 3000:
        return (
            f"{answer:g} people make {pairs:,.0f} pairs, and without an error they "
            f"show FAR < 3 / {pairs:,.0f} = {300 / pairs:.2g} %. 0.1 % was asked for."
        )
    return "fewer will do: find the smallest n with n (n - 1) / 2 >= 3,000."
