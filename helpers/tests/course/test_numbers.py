"""Every number in prose stands in an output, or its paragraph says where it is from.

A number with a unit or a percent sign, outside folded answers and predictions, must be
one that the notebook prints or that its code states, rounded as the prose has it; or
its paragraph names a command, a file, a paper or "published". What is neither is listed
in ALLOWED, with the reason.
"""

import re

import pytest

from helpers.tests.course.notebook_form import NOTEBOOKS, code_cells, read, texts

UNITS = r"%|points?|ms|(?:milli)?seconds?|minutes|hours|million|[MK]B|times|degrees"
NUMBER = re.compile(rf"(?<![\w.^*/-])(\d[\d,]*(?:\.\d+)?)\s?(?={UNITS}(?!\w))")
PRINTED = re.compile(r"(?<![\w.])(\d[\d,]*(?:\.\d+)?|\.\d+)(?:e-?\d+)?")
SOURCED = re.compile(
    r"`python|\.json|RESULTS|published|et al|\((?:19|20)\d\d\)|`(?:helpers|recipes)/|"
    r"paper|\bcard\b"
)
CONFIDENCE = 95  # percent: of every interval of the course
ALLOWED = {  # notebook -> what surrounds a number that follows from others beside it
    "02": ("begins every 0.4 seconds",),  # the sample film's pace, `samples.video`
    "03": ("127 times as", "99.6 % of test"),  # 128 - 1; exercise 3.1
    "04": ("repeated 81 times", "repeated 36 times", "verifies at 82 %"),  # 9x9; 6x6
    "05": ("127 times few",),  # 128 - 1
    "08": ("0.07 %", "is 6.7 %"),  # 3 / 4,500 and 3 / 45
    "09": ("and 19 %", "FAR < 1.6 %"),  # the exercise's own; 3 / 190
}


def paragraphs(notebook):
    """Yield (cell, paragraph) of prose that makes claims: no answers, no guesses."""
    for n, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "markdown" and n:
            text = re.sub(r"<details>.*?</details>", "", cell["source"], flags=re.S)
            text = re.sub(r"```.*?```|`[^`]*=[^`]*`", "", text, flags=re.S)
            for paragraph in re.split(r"\n\s*\n", text):
                if not paragraph.startswith(("#", "*Hint", "**Exercise")):
                    yield n, re.sub(r"[^.!?]*(?:\d\.\d[^.!?]*)*\?", "", paragraph)


def value(text):
    """A number as prose and outputs write it, "1,234.5"."""
    return float(text.replace(",", ""))


def stated(notebook):
    """The numbers of all outputs and all code: as they are, as percent, as millions."""
    found = set()
    for _, cell in code_cells(notebook):
        for text in (cell["source"], *texts(cell)):
            found |= {value(number) for number in PRINTED.findall(text)}
    return [number * unit for number in found for unit in (1, 100, 1e-6)]


def unsaid(notebook, allowed=()):
    """Yield the numbers of prose that stand nowhere else."""
    known = stated(notebook)
    for n, paragraph in paragraphs(notebook):
        if SOURCED.search(paragraph):
            continue
        for match in NUMBER.finditer(paragraph):
            number = match[1]
            half = 0.5 * 10.0 ** -len(number.partition(".")[2]) + 1e-9
            near = any(abs(one - value(number)) <= half for one in (*known, CONFIDENCE))
            around = paragraph[max(match.start() - 40, 0) : match.end() + 10]
            around = " ".join(around.split())
            if not near and not any(text in around for text in allowed):
                yield f"cell {n}: {number} in ...{around}..."


PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_number_in_prose_is_printed_or_has_a_source(path):
    found = list(unsaid(read(path), ALLOWED.get(path.stem[:2], ())))
    assert not found, "\n".join(found)


# ---- the test itself -----------------------------------------------------------------


def notebook(prose, printed="EER 0.0278", code="far = 0.01"):
    output = {"output_type": "stream", "name": "stdout", "text": [printed]}
    cells = [("markdown", "# Title, 40 minutes", []), ("code", code, [output])]
    cells.append(("markdown", prose, []))
    return {
        "cells": [
            {"cell_type": kind, "source": source, "outputs": outputs, "metadata": {}}
            for kind, source, outputs in cells
        ]
    }


@pytest.mark.parametrize(
    ("prose", "faults"),
    [
        ("The EER is 2.8 %.", 0),
        ("The EER is about 3 %, at a FAR of 1 %.", 0),
        ("The EER is 2.7 %.", 1),
        ("It took 12 minutes, and 31 % were wrong.", 2),
        ("It took 12 minutes (`python -m helpers train faces`).", 0),
        ("*Predict:* is it 10, 20.5 or 30 %?", 0),
        ("<details><summary>How?</summary>\n\nBy 17 %.\n</details>", 0),
        ("The interval holds 95 % of the draws.", 0),
        ("A crop is 64 x 64.", 0),
    ],
)
def test_a_number_from_nowhere_is_found(prose, faults):
    assert len(list(unsaid(notebook(prose)))) == faults


def test_what_is_allowed_still_stands_there():
    for path in PATHS:
        text = " ".join(" ".join(part.split()) for _, part in paragraphs(read(path)))
        for allowed in ALLOWED.get(path.stem[:2], ()):
            assert allowed in text, f"{path.stem} does not say {allowed!r} any more"
