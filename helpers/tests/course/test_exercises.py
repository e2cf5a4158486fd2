"""Each exercise runs three ways: unanswered, solved, and with a typical wrong answer.

Only the notebook's second cell (imports) runs before, so that a check and a solution
depend on nothing else.
"""

import ast
import contextlib
import io
import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from helpers.tests.course.notebook_form import NOTEBOOKS, read, tags
from helpers.tests.course.test_form import code, markdown

WRONG_ANSWERS = Path(__file__).parent / "wrong_answers"


class Exercise(NamedTuple):
    """An exercise of a notebook: its number, its stub, and what stands around it."""

    number: str
    stub: str
    following: dict
    imports: str

    @property
    def call(self):
        return "checks.exercise_" + self.number.replace(".", "_") + "("

    @property
    def solution(self):
        found = re.findall(r"```python\n(.*?)```", self.following["source"], re.DOTALL)
        return found[0] if found else ""


def exercises(notebook):
    """Return the exercises of a notebook, as `notebook_form.read` returns it."""
    cells = notebook["cells"] + [{"cell_type": None, "source": ""}]
    found = []
    for cell, following in zip(cells[:-1], cells[1:]):
        if "exercise" in tags(cell):
            number = re.search(r"checks\.exercise_(\d+)_(\d+)\(", cell["source"])
            number = ".".join(number.groups()) if number else "?"
            source = cells[1]["source"]
            found.append(Exercise(number, cell["source"], following, source))
    return found


def form_faults(name, found):
    """Yield what is wrong with how the exercises of one notebook are written."""
    numbers = [exercise.number for exercise in found]
    wanted = [f"{int(name[:2])}.{n + 1}" for n in range(len(found))]
    if numbers != wanted:
        yield f"{name}: its exercises are {numbers}, they should be {wanted}"
    if int(name[:2]) and not 2 <= len(found) <= 4:
        yield f"{name}: {len(found)} exercises, 2 to 4 are allowed"
    for exercise in found:
        where = f"{name} exercise {exercise.number}"
        if "..." not in exercise.stub:
            yield f"{where}: the stub has no `...`"
        if not exercise.stub.strip().splitlines()[-1].startswith(exercise.call):
            yield f"{where}: the stub's last line does not call its check"
        summary = f"<details><summary>Solution {exercise.number}</summary>"
        if summary not in exercise.following["source"]:
            yield f"{where}: the cell after it has no {summary}"
        if exercise.call not in (exercise.solution.strip().splitlines() or [""])[-1]:
            yield f"{where}: the solution's last line does not call its check"


def said(exercise, answer):
    """Run the imports, then the answer, in the notebooks' folder; return the print."""
    if exercise.call not in answer:
        answer += "\n" + exercise.stub.strip().splitlines()[-1]
    ast.parse(answer)
    names, printed = {"__name__": "__main__"}, io.StringIO()
    with contextlib.chdir(NOTEBOOKS if NOTEBOOKS.exists() else os.curdir):
        with contextlib.redirect_stdout(io.StringIO()):
            exec(exercise.imports, names)
        with contextlib.redirect_stdout(printed):
            exec(answer, names)
    return printed.getvalue()


def verdict(text):
    """Return which of the three verdicts a check has printed."""
    for words in ("not answered yet", "not yet", "correct"):
        if f": {words}" in text:
            return words
    return f"no verdict in {text!r}"


BY_NOTEBOOK = {p.name: exercises(read(p)) for p in sorted(NOTEBOOKS.glob("*.ipynb"))}
ALL = [exercise for found in BY_NOTEBOOK.values() for exercise in found]
each_exercise = pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.number)


@pytest.mark.parametrize("name", BY_NOTEBOOK)
def test_exercises_have_number_stub_check_and_solution(name):
    faults = list(form_faults(name, BY_NOTEBOOK[name]))
    assert not faults, "\n".join(faults)


@each_exercise
def test_the_stub_is_not_answered_yet(exercise):
    assert verdict(said(exercise, exercise.stub)) == "not answered yet"


@each_exercise
def test_the_solution_is_correct(exercise):
    assert verdict(said(exercise, exercise.solution)) == "correct"


@each_exercise
def test_a_typical_wrong_answer_is_not_yet_right(exercise):
    name = "exercise_" + exercise.number.replace(".", "_") + ".py"
    text = said(exercise, (WRONG_ANSWERS / name).read_text(encoding="utf-8"))
    assert verdict(text) == "not yet"
    assert len(text.split()) > 8, f"the check says too little to teach: {text}"


def test_each_wrong_answer_belongs_to_an_exercise():
    known = {"exercise_" + exercise.number.replace(".", "_") for exercise in ALL}
    files = {path.stem for path in WRONG_ANSWERS.glob("*.py")}
    assert files <= known


# ---- the test itself, on exercises made for it ---------------------------------------

CHECKS = """
class checks:
    def exercise_5_1(answer):
        if answer is ...:
            print("Exercise 5.1: not answered yet.")
        elif answer == 2:
            print("Exercise 5.1: correct. Two photos make a pair.")
        else:
            print("Exercise 5.1: not yet: count the photos.")
"""
STUB = "answer = ...\nchecks.exercise_5_1(answer)"
SOLVED = STUB.replace("...", "2")
SOLUTION = f"""<details><summary>Solution 5.1</summary>

```python
{SOLVED}
```
A pair is two.
</details>"""


def made(stub=STUB, solution=SOLUTION):
    cells = [markdown("# 5."), code(CHECKS, 1)]
    cells += [code(stub, 2, tags=["exercise"]), markdown(solution)]
    return exercises({"cells": cells})


def test_a_good_exercise_passes_all_three_ways():
    (exercise,) = made()
    assert verdict(said(exercise, exercise.stub)) == "not answered yet"
    assert verdict(said(exercise, exercise.solution)) == "correct"
    assert verdict(said(exercise, "answer = 3")) == "not yet"
    assert list(form_faults("05_l1.ipynb", made() * 2))[0].endswith("['5.1', '5.2']")


@pytest.mark.parametrize(
    "exercise, sentence",
    [
        (made(stub="answer = 2\nchecks.exercise_5_1(answer)"), "no `...`"),
        (made(stub="answer = ...\nchecks.exercise_5_1(answer)\n1"), "last line"),
        (made(solution="The answer is 2."), "Solution 5.1"),
        (made(solution=SOLUTION.replace("checks.", "# ")), "solution's last line"),
        (made(stub="answer = ..."), "['?']"),
        (made(), "1 exercises, 2 to 4"),
    ],
)
def test_a_broken_exercise_is_noticed(exercise, sentence):
    assert sentence in "\n".join(form_faults("05_l1.ipynb", exercise))


def test_a_wrong_solution_is_noticed():
    (exercise,) = made(solution=SOLUTION.replace("= 2", "= 4"))
    assert verdict(said(exercise, exercise.solution)) == "not yet"


def test_silence_is_no_verdict():
    assert verdict("") == "no verdict in ''"
