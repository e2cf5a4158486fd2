"""What a notebook builds line by line is what `helpers` holds: the same code.

A cell tagged `taught:helpers.pairs.all_pairs` defines `all_pairs`, and so does
helpers/pairs.py. The two are compared as syntax trees, without their docstrings:
comments, blank lines and the way a line is broken may differ.
"""

import ast
from pathlib import Path

import pytest

from helpers.tests.course.notebook_form import NOTEBOOKS, code_cells, read, tags

ROOT = Path(__file__).resolve().parents[3]


def taught(notebook):
    """Return (dotted name, source of the cell) of every cell that teaches a helper."""
    return [
        (tag.partition(":")[2], cell["source"])
        for _, cell in code_cells(notebook)
        for tag in tags(cell)
        if tag.startswith("taught:")
    ]


def definition(source, name):
    """Return the function or class `name` of a source text as a comparable text."""
    for node in ast.parse(source).body:
        if getattr(node, "name", None) == name:
            for part in ast.walk(node):
                drop_docstring(part)
            return ast.dump(node, indent=1)
    return None


def drop_docstring(node):
    """Take the docstring from a function or a class."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if isinstance(node, kinds) and ast.get_docstring(node) is not None:
        node.body = node.body[1:]


def differences(notebook, root=ROOT):
    """Yield what is taught otherwise than it is imported."""
    for dotted, source in taught(notebook):
        module, _, name = dotted.rpartition(".")
        path = root / (module.replace(".", "/") + ".py")
        mine = definition(source, name)
        if not path.exists():
            yield f"{dotted}: there is no {path.name}"
        elif mine is None:
            yield f"{dotted}: the cell does not define {name}"
        elif definition(path.read_text(encoding="utf-8"), name) != mine:
            yield f"{dotted}: the cell and {path.name} differ"


PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_what_is_taught_is_what_is_imported(path):
    found = list(differences(read(path)))
    assert not found, "\n".join(found)


# ---- the test itself -----------------------------------------------------------------

MODULE = '''
def halve(x):
    """Return half.

    >>> halve(2)
    1.0
    """
    # by division
    return x / 2
'''


@pytest.mark.parametrize(
    "cell, sentence",
    [
        ("def halve(x):\n    return x / 2", None),
        ("def halve(x):\n    return (\n        x / 2  # half\n    )", None),
        ("def halve(x):\n    return x * 0.5", "differ"),
        ("def half(x):\n    return x / 2", "does not define halve"),
    ],
)
def test_a_difference_is_noticed(tmp_path, cell, sentence):
    (tmp_path / "helpers").mkdir()
    (tmp_path / "helpers" / "maths.py").write_text(MODULE)
    cell = {"cell_type": "code", "source": cell}
    cell["metadata"] = {"tags": ["taught:helpers.maths.halve"]}
    found = list(differences({"cells": [cell]}, tmp_path))
    assert len(found) == (sentence is not None)
    assert sentence is None or sentence in found[0]


def test_a_module_that_does_not_exist_is_noticed(tmp_path):
    cell = {"cell_type": "code", "source": "def f(): pass"}
    cell["metadata"] = {"tags": ["taught:helpers.none.f"]}
    assert "there is no none.py" in list(differences({"cells": [cell]}, tmp_path))[0]
