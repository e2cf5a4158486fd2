"""Checks of notebook 15: three rates, forgeries and their class, several references."""

import numpy as np

from helpers.checks.report import report, tried

__all__ = ["exercise_15_1", "exercise_15_2", "exercise_15_3"]


def exercise_15_1(answer):
    """A function rates(genuine, random, skilled, threshold) -> three numbers."""
    report(
        "15.1",
        answer is ...,
        tried(answer, _rates_problem),
        "One column for both kinds of forgeries would be a mean of two worlds: it "
        "moves when somebody adds strangers, who are easy.",
    )


def _rates_problem(answer):
    genuine = np.array([0.9, 0.8, 0.7, 0.4, 0.5])
    random = np.array([0.1, 0.2, 0.3, 0.6, 0.1, 0.0, 0.2, 0.1])
    skilled = np.array([0.7, 0.5, 0.2])
    found = answer(genuine.copy(), random.copy(), skilled.copy(), 0.5)
    if np.shape(found) != (3,):
        return "return three numbers: FRR, FAR of random and FAR of skilled forgeries."
    found, right = np.asarray(found, float), np.array([1 / 5, 1 / 8, 2 / 3])
    if np.allclose(found, right):
        return None
    if np.allclose(found, [1 / 5, 2 / 3, 1 / 8]):
        return "the order is FRR, random, skilled."
    if np.isclose(found[1], 7 / 8):
        return "FAR counts forgeries that are *accepted*, you count the refused."
    if np.allclose(found[1:], [1 / 11, 2 / 11]):
        return "divide each kind by its own number, not by that of all forgeries."
    if np.isclose(found[0], 4 / 5):
        return "FRR counts genuine ones that are *refused*, you count the accepted."
    if np.isclose(found[0], 2 / 5) or np.isclose(found[2], 1 / 3):
        return "a score at the threshold is accepted: >=."
    if np.isclose(found[1], 3 / 11) or np.isclose(found[2], 3 / 11):
        return (
            "you count both kinds of forgeries together: 8 strangers hide 3 forgers, "
            "of whom 2 pass. Each kind for itself."
        )
    return f"for the example of the check it is (0.2, 0.125, 0.667), you say {found}."


def exercise_15_2(answer):
    """A function learned(folders, test) -> list of folders that may be learned from."""
    report(
        "15.2",
        answer is ...,
        tried(answer, _learned_problem),
        "A forgery shows the shape of whom it imitates: it goes where the class goes.",
    )


def _learned_problem(answer):
    folders = "ann ann_forg bob bob_forg eve forg stu_forge anna meg_forg".split()
    found = answer(list(folders), {"ann", "eve", "meg", "stu"})
    if not isinstance(found, (list, tuple)):
        return f"return a list of folders, not {type(found).__name__}."
    found = list(found)
    if "ann_forg" in found:
        return (
            "`ann_forg` shows ann's signature, and ann is for the test: her shape "
            "would be learned."
        )
    if "meg_forg" in found:
        return "`rstrip` takes letters, not an ending: it makes `me` of `meg_forg`."
    if set(found) - set(folders) or found.count("bob") > 1:
        return "give the folders' names as they are, each once."
    if "bob" in found and not {"anna", "stu_forge"} <= set(found):
        return "`anna` is not ann, `stu_forge` not stu: compare the whole name."
    if "bob_forg" not in found:
        return "`bob_forg` is missing: bob's forgeries teach, with bob."
    if "eve" in found or "ann" in found:
        return "somebody for the test is learned from."
    if found != ["bob", "bob_forg", "forg", "stu_forge", "anna"]:
        return (
            "only a name that *ends* in `_forg` holds forgeries, of the name before "
            "it; the order stays."
        )
    return None


def exercise_15_3(answer):
    """A function score(references, probe) -> mean similarity."""
    report(
        "15.3",
        answer is ...,
        tried(answer, _score_problem),
        "The mean similarity keeps its scale, so a threshold for one reference still "
        "means something with five.",
    )


def _score_problem(answer):
    rng = np.random.default_rng(0)
    for number in (1, 3, 5):
        rows = rng.normal(size=(number + 1, 16)) + 1
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        references, probe = rows[:-1], rows[-1]
        found = np.asarray(answer(references.copy(), probe.copy()))
        if found.shape != ():
            return f"return one number for all references, not an array {found.shape}."
        right, mean = (references @ probe).mean(), references.mean(axis=0)
        if np.isclose(found, right):
            continue
        if np.isclose(found, mean @ probe / np.linalg.norm(mean)):
            return (
                "that is the cosine with the mean embedding, which is shorter than 1: "
                "more references raise the score of everybody, forgers too."
            )
        if np.isclose(found, (references @ probe).max()):
            return "that is the best reference: a forger needs to match one alone."
        return f"with {number} references it is {right:.3f}, you say {found:.3f}."
    return None
