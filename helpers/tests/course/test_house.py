"""The house keeps its order: a small core, rooms with a purpose, imports one way."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HELPERS = ROOT / "helpers"
MODULES, LINES, LONGEST = 14, 3000, 300  # of the core; a module of it at most
OTHERS = {"checks", "tests", "weights"}  # folders that are no rooms


def core(helpers):
    """The modules that stand directly in helpers: path -> number of lines."""
    paths = [path for path in helpers.glob("*.py") if path.stem != "__init__"]
    return {path.name: len(path.read_text("utf-8").splitlines()) for path in paths}


def rooms(helpers):
    """The folders of code, without exercises and tests."""
    found = {path.parent for path in helpers.glob("*/**/*.py")}
    return sorted(
        path for path in found if OTHERS.isdisjoint(path.relative_to(helpers).parts)
    )


def faults(helpers):
    """Yield what is wrong with the house, a sentence each."""
    lines = core(helpers)
    taught = {name: n for name, n in lines.items() if name != "__main__.py"}
    if len(lines) > MODULES:
        yield f"helpers holds {len(lines)} modules, at most {MODULES}: give one a room"
    if sum(taught.values()) > LINES:
        yield f"the core has {sum(taught.values()):,} lines, at most {LINES:,}"
    for name, number in lines.items():
        if number > LONGEST:
            yield f"{name} has {number} lines, at most {LONGEST}: divide it"
    for room in rooms(helpers):
        init = room / "__init__.py"
        tree = ast.parse(init.read_text("utf-8") if init.exists() else "")
        said = [line for line in (ast.get_docstring(tree) or "").splitlines() if line]
        if len(said) != 3:
            yield (
                f"{room.name}/__init__.py says in {len(said)} lines, not in three, "
                "what the room is for and who may use it"
            )
        if len(tree.body) > 1:
            yield f"{room.name}/__init__.py holds code: give it a module"


def without_maker(experiments):
    """Files that no experiment makes, and those that are named and are not there."""
    made = {path.name for path in experiments.glob("*.json")}
    sources = {p.stem: p.read_text("utf-8") for p in experiments.glob("*.py")}
    named = {
        name + ".json"
        for name, source in sources.items()
        if re.search(r"with_(suffix|name)\(.*\.json", source)
    }
    return made ^ named


def test_the_house_is_in_order():
    assert not list(faults(HELPERS)), "\n".join(faults(HELPERS))


def test_each_file_that_a_notebook_reads_lies_beside_what_makes_it():
    assert not without_maker(HELPERS / "experiments")


def lint(folder):
    """Run the contracts of pyproject.toml on the helpers of a folder."""
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=folder, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip


def test_imports_go_one_way():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout[done.stdout.find("Broken") :]


# ---- the rules themselves, on a house made for them ----------------------------------

INIT = '"""Photos.\n\nOne set a module.\nMay use disk.\n"""\n'


@pytest.fixture
def house(tmp_path):
    """A house without a fault, in which only imports stand."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path in HELPERS.rglob("*.py"):
        if path.parent.parts[-1] in {"wrong_answers"}:
            continue
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(INIT if path.stem == "__init__" else "")
    return tmp_path / "helpers"


def test_a_house_in_order_has_no_fault(house):
    assert not list(faults(house)) and lint(house.parent).returncode == 0


@pytest.mark.parametrize(
    "path, text, sentence",
    [
        ("pairs.py", "\n" * 301, "pairs.py has 301 lines"),
        ("sources/__init__.py", "", "sources/__init__.py says in 0 lines"),
        ("disk/__init__.py", INIT + "import os\n", "disk/__init__.py holds code"),
        ("attic/old.py", "", "attic/__init__.py says in 0 lines"),
        ("app/attic/old.py", "", "attic/__init__.py says in 0 lines"),
        ("another.py", "", "helpers holds 15 modules"),
    ],
)
def test_disorder_is_noticed(house, path, text, sentence):
    (house / path).parent.mkdir(exist_ok=True)
    (house / path).write_text(text)
    assert sentence in "\n".join(faults(house))


@pytest.mark.parametrize(
    "path, text, sentence",
    [
        ("disk/files.py", "import helpers.sources.orl", "disk -> helpers.sources"),
        ("pairs.py", "from helpers.live import mine", "helpers.pairs -> helpers.live"),
        ("attic.py", "", "attic"),
    ],
)
def test_an_import_against_the_order_is_named(house, path, text, sentence):
    (house / path).write_text(text)
    done = lint(house.parent)
    said = done.stdout.replace(".files", "").replace(".orl", "").replace(".mine", "")
    assert done.returncode and sentence in said, done.stdout


def test_two_modules_that_use_each_other_are_named(house):
    (house / "sources" / "orl.py").write_text("import helpers.sources.lfw")
    (house / "sources" / "lfw.py").write_text("import helpers.sources.orl")
    done = lint(house.parent)
    assert done.returncode and ".orl -> .lfw" in done.stdout
