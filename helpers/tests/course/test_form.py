"""Every notebook keeps its form; and the rules of form notice what they are for."""

import base64
import copy
import json

import pytest

from helpers.tests.course import notebook_form
from helpers.tests.course.notebook_form import NOTEBOOKS, faults

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_form_holds(path):
    assert not faults(path), "\n".join(faults(path))


def test_names_are_numbered_and_numbers_are_unique():
    numbers = [path.name[:2] for path in PATHS]
    assert all(path.name[2] == "_" and path.name[:2].isdigit() for path in PATHS)
    assert len(set(numbers)) == len(numbers)


def test_each_notebook_leads_to_the_next_that_exists():
    for path, following in zip(PATHS, PATHS[1:]):
        text = notebook_form.read(path)["cells"][0]["source"]
        assert f"]({following.name})" in text, f"{path.name}: next is {following.name}"
        text = notebook_form.read(following)["cells"][0]["source"]
        assert f"]({path.name})" in text, f"{following.name}: previous is {path.name}"


# ---- the rules themselves, on a notebook made for them -------------------------------

HEAD = """# 5. A title
We promise something.

| | |
|---|---|
| *You will be able to* | do it |
| *You need* | 04 |
| *Time* | 5 minutes |

[previous](04_before.ipynb) | [contents](../README.md) | [next](06_after.ipynb)

00 · 01 · 02 · 03 · 04 · **05 A title** · 06
"""
FOOT = """## What you can do now
- It.
## Check yourself
<details><summary>One?</summary>Yes.</details>
<details><summary>Two?</summary>No.</details>
## Go further
[previous](04_before.ipynb) | [contents](../README.md) | [next](06_after.ipynb)
"""
PNG = base64.b64encode(b"x" * 300).decode()


def markdown(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def code(text, count, outputs=(), tags=()):
    cell = {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": text}
    return cell | {"execution_count": count, "outputs": list(outputs)}


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def image(data, alt):
    data = {"image/png": data, "text/plain": "<Figure>"}
    metadata = {"image/png": {"alt": alt}} if alt else {}
    return {"output_type": "display_data", "data": data, "metadata": metadata}


@pytest.fixture
def good(tmp_path):
    """A notebook without a fault, and the neighbours that it links to."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (tmp_path / "README.md").write_text("contents")
    for name in ("04_before.ipynb", "06_after.ipynb"):
        (folder / name).write_text("{}")
    figure = [image(PNG, "two hills that overlap a little"), stream("EER 0.12\n")]
    cells = [markdown(HEAD), code("import math", 1), code("plot()", 2, figure)]
    cells += [markdown("A sentence. " * 30) for _ in range(18)] + [markdown(FOOT)]
    return folder / "05_title.ipynb", {"cells": cells, "metadata": {}}


def found(path, notebook):
    path.write_text(json.dumps(notebook))
    return "\n".join(faults(path))


def test_a_good_notebook_has_no_fault(good):
    assert found(*good) == ""


def cell_2(**changes):
    return lambda notebook: notebook["cells"][2].update(changes)


def replaced(n, old, new):
    def change(notebook):
        cell = notebook["cells"][n]
        assert old in cell["source"]
        cell["source"] = cell["source"].replace(old, new)

    return change


def appended(*cells):
    return lambda notebook: notebook["cells"].__setitem__(slice(3, 3), cells)


BROKEN = {
    "too long": (cell_2(source="a = 1\n" * 13), "13 lines, at most 12"),
    "long function": (cell_2(source="def f():\n" + " a = 1\n" * 20), "at most 20"),
    "wide": (cell_2(source="a = '" + "x" * 90 + "'"), "a line of 96 columns"),
    "magic": (cell_2(source="%matplotlib inline"), "magic"),
    "median": (appended(*[code("a = 1\n" * 6, 3 + n) for n in range(4)]), "median"),
    "few cells": (
        lambda notebook: notebook["cells"].__delitem__(slice(4, 9)),
        "20 to 45",
    ),
    "few words": (
        lambda notebook: [
            cell.update(source="Short.") for cell in notebook["cells"][3:-1]
        ],
        "700 to 1,600",
    ),
    "many words": (appended(markdown("and on " * 300)), "words without folded answers"),
    "not run": (cell_2(execution_count=None), "from top to bottom"),
    "out of order": (cell_2(execution_count=7), "from top to bottom"),
    "empty": (appended(markdown(" \n")), "empty"),
    "stderr": (cell_2(outputs=[stream("W0000 oh", "stderr")]), "stored stderr"),
    "path": (cell_2(outputs=[stream("in /home/ann/course")]), "path of a machine"),
    "Windows path": (cell_2(source=r"read('C:\Users\ann')"), "path of a machine"),
    "no alt": (cell_2(outputs=[image(PNG, ""), stream("1")]), "without alt text"),
    "no number": (cell_2(outputs=[image(PNG, "two hills apart")]), "printed number"),
    "large image": (
        cell_2(outputs=[image("x" * 120_000, "a very large image"), stream("1")]),
        "at most 80",
    ),
    "large file": (appended(markdown("x" * 600_000)), "at most 500"),
    "error": (cell_2(outputs=[{"output_type": "error"}]), "stored error"),
    "widget state": (
        lambda notebook: notebook["metadata"].update(widgets={}),
        "widget state",
    ),
    "markdown alt": (appended(markdown("![](../README.md)")), "alt text is ''"),
    "html alt": (appended(markdown('<img src="../README.md">')), "alt text is ''"),
    "dead link": (appended(markdown("[see](07_none.ipynb)")), "does not exist"),
    "dead image": (appended(markdown("![a tower in words](no.svg)")), "not exist"),
    "title": (replaced(0, "# 5.", "# 6."), "no title with the number 5"),
    "objectives": (replaced(0, "*You will be able to*", "*Goals*"), "able to"),
    "needs": (replaced(0, "*You need*", "*Needs*"), "You need"),
    "time": (replaced(0, "*Time*", "*Clock*"), "Time"),
    "contents": (replaced(0, "../README.md", "06_after.ipynb"), "to the contents"),
    "previous": (replaced(0, "(04_before", "(06_after"), "leads to 06_after"),
    "next": (replaced(0, "[next]", "[on]"), "no link *next*"),
    "strip": (replaced(0, "**05 A title**", "05 A title"), "strip"),
    "imports": (replaced(1, "import math", "print(1)"), "not the cell of imports"),
    "set-up": (replaced(1, "import math", "import math\n" * 9), "at most 8"),
    "foot": (replaced(-1, "What you can do now", "Summary"), "What you can do"),
    "questions": (replaced(-1, "<details><summary>Two", "<b>Two"), "fewer than two"),
    "reading": (replaced(-1, "Go further", "References"), "Go further"),
    "navigation": (replaced(-1, "../README", "06_after"), "to the contents"),
    "a list by chance": (appended(markdown("The EER falls to\n1. That is")), "a list"),
    "passed over": (
        appended(*[code("a", 3 + n, tags=["nbval-ignore-output"]) for n in range(5)]),
        "at most 4",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_notebook_is_noticed(good, name):
    path, notebook = copy.deepcopy(good)
    change, sentence = BROKEN[name]
    change(notebook)
    assert sentence in found(path, notebook)


def test_a_list_is_no_fault(good):
    path, notebook = good
    appended(markdown("Two:\n\n1. One\n   line\n2. Two\n\n1.5 is a number"))(notebook)
    assert found(path, notebook) == ""


def test_a_folded_answer_costs_no_words(good):
    path, notebook = good
    appended(markdown(f"<details>\n{'and on ' * 900}\n</details>"))(notebook)
    assert found(path, notebook) == ""


def test_code_in_prose_is_no_link(good):
    path, notebook = good
    appended(markdown("`scores[i](j)` and\n```python\nm[k](v)\n```\n"))(notebook)
    assert found(path, notebook) == ""
