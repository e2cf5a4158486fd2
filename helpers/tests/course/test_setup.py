"""course.py says in one sentence what is wrong, and mends what was interrupted."""

import ast
import importlib.util
import json
import re
import socket
import sys
import time
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[3]
TEST_COMMAND = "python3 course.py test"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """course.py as a module with a `.venv` and notebooks in a folder of its own."""
    spec = importlib.util.spec_from_file_location("course", ROOT / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, path in (("VENV", ".venv"), ("NOTEBOOKS", "notebooks")):
        monkeypatch.setattr(module, name, tmp_path / path)
        (tmp_path / path).mkdir()
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "stamp.txt")
    return module


@pytest.fixture
def steps(course, monkeypatch):
    """An installation without pip: what was called, and what each call answers."""
    fake = SimpleNamespace(calls=[], version=None, answers={})

    def install(command):
        step = "venv" if "venv" in command else "pip"
        fake.calls.append(step)
        answer = fake.answers.get(step, (0, ""))
        if isinstance(answer, BaseException):
            raise answer
        if step == "venv":
            course.STAMP.unlink(missing_ok=True)
            fake.version = "{}.{}".format(*sys.version_info)
        return answer

    monkeypatch.setattr(course, "install", install)
    monkeypatch.setattr(course, "python_version", lambda python: fake.version)
    return fake


# ---- one list ------------------------------------------------------------------------


def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_environment_yml_and_pyproject_carry_the_same_list(course):
    wanted = pyproject()["project"]["dependencies"]
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    listed = re.findall(r"^      - (\S+)  # .+", text, re.MULTILINE)
    assert listed == wanted == course.dependencies()
    assert f"python{pyproject()['project']['requires-python']}  #" in text


@pytest.mark.parametrize("name", ["pyproject.toml", "environment.yml"])
def test_each_package_has_its_reason(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    packages = [line for line in lines if re.match(r' +(- |")[a-z][\w[\]-]*[><]', line)]
    assert len(packages) >= len(pyproject()["project"]["dependencies"])
    assert all(re.search("  # .{5,}", line) for line in packages)


def test_supported_pythons_are_those_of_pyproject(course):
    assert pyproject()["project"]["requires-python"] == ">=3.11,<3.14"
    assert sorted(course.SUPPORTED) == ["3.11", "3.12", "3.13"]


# ---- one command ---------------------------------------------------------------------


def test_ci_runs_the_command_of_the_readme_and_nothing_else():
    assert f"\n{TEST_COMMAND}\n" in (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    allowed = rf"""\#!/usr/bin/env\ bash\n
        cd\ "\$\(dirname\ "\$0"\)/\.\."\ \|\|\ exit\ 1\n
        if\ \[\ -d\ \.\./shared/data\ \];\ then\n
        \s+export\ COURSE_DATA=.*\n
        fi\n
        exec\ {TEST_COMMAND.replace(" ", "[ ]")}\n"""
    without_comments = re.sub(r"^# .*\n", "", script, flags=re.MULTILINE)
    assert re.fullmatch(allowed, without_comments, re.VERBOSE)


def test_the_workflow_runs_it_everywhere_and_weekly():
    text = (ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8")
    assert re.findall(r"run: (.*)", text) == [TEST_COMMAND]
    for word in ("ubuntu", "macos", "windows", '"3.11"', '"3.13"', "cron", "push"):
        assert word in text


# ---- any Python starts it ------------------------------------------------------------


def test_course_py_has_only_syntax_that_old_pythons_read():
    tree = ast.parse((ROOT / "course.py").read_text(encoding="utf-8"))
    new = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Nonlocal)
    assert not [node for node in ast.walk(tree) if isinstance(node, new)]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    prints = [c for c in calls if getattr(c.func, "id", "") == "print"]
    assert not any(c.keywords for c in prints)  # a statement in Python 2
    imports = [node for node in tree.body if isinstance(node, ast.Import)]
    assert imports[0].names[0].name == "sys"
    assert isinstance(tree.body[2], ast.If)  # the version is asked before the rest


def test_a_wrong_python_is_told_what_to_type(course, steps, monkeypatch, capsys):
    monkeypatch.setattr(course.sys, "version_info", (3, 9, 1))
    names = {"python3.12": "3.12"}
    monkeypatch.setattr(course, "python_version", names.get)
    monkeypatch.setattr(course.sys, "argv", ["course.py", "test"])
    assert course.main(["test"]) == 1
    said = capsys.readouterr().err
    assert "3.11, 3.12 or 3.13 and this is 3.9" in said
    assert "type: python3.12 course.py test" in said
    monkeypatch.setattr(course, "python_version", lambda python: None)
    assert course.main(["test"]) == 1
    assert "install one from python.org" in capsys.readouterr().err
    assert steps.calls == []


# ---- the installation ----------------------------------------------------------------


def test_the_first_use_installs_and_later_ones_start_at_once(course, steps):
    course.prepare()
    assert steps.calls == ["venv", "pip"]
    course.prepare()
    assert steps.calls == ["venv", "pip"]


def test_a_changed_list_is_installed_into_the_same_venv(course, steps, monkeypatch):
    course.prepare()
    monkeypatch.setattr(course, "dependencies", lambda: ["numpy>=3"])
    course.prepare()
    course.prepare()
    assert steps.calls == ["venv", "pip", "pip"]


def test_a_moved_course_is_installed_again(course, steps, monkeypatch, tmp_path):
    course.prepare()
    monkeypatch.setattr(course, "ROOT", tmp_path)
    monkeypatch.setattr(course, "dependencies", lambda: ["numpy>=2"])
    course.prepare()
    assert steps.calls == ["venv", "pip", "pip"]


@pytest.mark.parametrize("stopped", ["venv", "pip"])
def test_an_interrupted_installation_is_begun_afresh(course, steps, stopped, capsys):
    steps.answers[stopped] = KeyboardInterrupt()
    assert course.main(["test"]) == 130
    assert "Stopped. Nothing is lost" in capsys.readouterr().err
    steps.answers.clear()
    steps.calls.clear()
    course.prepare()
    assert steps.calls == ["venv", "pip"]


def test_a_broken_venv_is_made_again(course, steps):
    course.prepare()
    steps.version = None
    course.prepare()
    assert steps.calls == ["venv", "pip"] * 2


def test_a_long_step_of_the_installation_is_not_silent(course, monkeypatch, capsys):
    tell_time = course.tell_time
    monkeypatch.setattr(course, "tell_time", lambda ended: tell_time(ended, every=0.1))
    code = "import time; print('Installing collected packages'); time.sleep(0.5)"
    assert course.install([sys.executable, "-c", code])[0] == 0
    said = capsys.readouterr().out
    assert said.count("0 s so far") >= 2
    time.sleep(0.3)
    assert not capsys.readouterr().out  # nor does it go on when it has ended


def test_a_damaged_stamp_only_installs_again(course, steps):
    course.prepare()
    course.STAMP.write_text("\x00 half a stamp")
    course.prepare()
    assert steps.calls == ["venv", "pip", "pip"]


NO_NETWORK = """WARNING: Retrying after connection broken by
'NewConnectionError: [Errno -3] Temporary failure in name resolution'
ERROR: No matching distribution found for setuptools>=68"""
NO_SPACE = """Installing collected packages: numpy
ERROR: Could not install packages due to an OSError: [Errno 28] No space left"""


@pytest.mark.parametrize(
    "output, sentence",
    [
        (NO_NETWORK, "could not be downloaded: check the network"),
        (NO_SPACE, "The disk is full: free 5 GB"),
        ("Error: [...'-m', 'ensurepip', ...] returned 1", "python3-venv"),
        ("[Errno 13] Permission denied: '.venv'", "cannot be written"),
        ("ERROR: something new", "The last thing said was: ERROR: something new"),
        ("", "run it again"),
    ],
)
def test_a_failed_installation_is_one_sentence(course, steps, capsys, output, sentence):
    steps.answers["pip"] = (1, output)
    assert course.main(["test"]) == 1
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1


def test_without_network_the_old_installation_stays(course, steps, monkeypatch):
    course.prepare()
    before = course.STAMP.read_text()
    monkeypatch.setattr(course, "dependencies", lambda: ["numpy>=3"])
    steps.answers["pip"] = (1, NO_NETWORK)
    assert course.main(["test"]) == 1
    assert course.STAMP.read_text() == before
    steps.answers["pip"] = (1, NO_SPACE)  # some packages are replaced, some are not
    assert course.main(["test"]) == 1
    assert course.STAMP.read_text() == "unfinished"


def test_a_disk_too_small_is_said_before_anything_is_made(
    course, steps, monkeypatch, capsys
):
    course.VENV.rmdir()
    disk = SimpleNamespace(free=1e9)
    monkeypatch.setattr(course.shutil, "disk_usage", lambda path: disk)
    assert course.main(["lab"]) == 1
    assert "The disk is full: free 5 GB" in capsys.readouterr().err
    assert steps.calls == []


def test_an_error_of_the_system_is_a_sentence(course, monkeypatch, capsys):
    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(course, "prepare", full)
    assert course.main(["test"]) == 1
    assert capsys.readouterr().err.startswith("The disk is full")


# ---- lab, run, test ------------------------------------------------------------------


def test_no_command_or_an_unknown_one_shows_the_three(course, capsys):
    assert course.main([]) == course.main(["fly"]) == 2
    assert course.main(["--help"]) == 0
    assert capsys.readouterr().out.count("course.py run 05") == 3


def test_an_unknown_notebook_is_named_with_those_there_are(course, steps, capsys):
    (course.NOTEBOOKS / "05_l1_layer.ipynb").touch()
    for command in ("run", "test"):
        assert course.main([command, "77"]) == 1
        said = capsys.readouterr().err
        assert "There is no notebook 77; there are: 05." in said
    assert course.numbered("5") == course.numbered("05")
    assert course.main(["run"]) == 1
    assert "Say which notebook" in capsys.readouterr().err


def test_a_port_in_use_is_passed_over(course):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert course.free_port(taken) > taken


def test_no_port_is_a_sentence(course):
    with pytest.raises(course.Stop, match="name another"):
        course.free_port(65536)


def test_every_command_runs_in_the_same_plain_environment(course, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("JUPYTER_PATH", "/kernels/of/another/project")
    monkeypatch.setenv("COURSE_DATA", "archives")
    env = course.environment()
    assert "PYTHONPATH" not in env and "JUPYTER_PATH" not in env
    assert env["COLUMNS"] == "80"
    assert Path(env["COURSE_DATA"]).is_absolute()
    assert env["PATH"].startswith(str(course.SCRIPTS))


def notebook(*sources):
    cells = [
        {"cell_type": "code", "id": f"cell-{n}", "source": source, "outputs": []}
        | {"metadata": {"tags": ["kept"]}, "execution_count": None}
        for n, source in enumerate(sources)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "x"}}
    return {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}


SHOW = """from IPython.display import display
print("one", flush=True)
print("two")
picture = {"image/png": "iVBORw0KGgo=", "text/plain": "<picture>"}
display(picture, raw=True, metadata={"image/png": {"alt": "nothing to see"}})
widget = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "a slider"}
display(widget, raw=True)"""


def test_run_executes_in_place_and_keeps_what_is_worth_it(course, monkeypatch):
    monkeypatch.setattr(course, "PYTHON", Path(sys.executable))
    path = course.NOTEBOOKS / "05_try.ipynb"
    path.write_text(json.dumps(notebook(SHOW, "1 + 1")))
    assert course.run(["5"]) == 0
    made = json.loads(path.read_text())
    first, second = made["cells"]
    assert [first["execution_count"], second["execution_count"]] == [1, 2]
    assert first["metadata"] == {"tags": ["kept"]} and first["id"] == "cell-0"
    text, picture, widget = first["outputs"]
    assert text["text"] == ["one\n", "two\n"]
    assert picture["metadata"]["image/png"]["alt"] == "nothing to see"
    assert list(widget["data"]) == ["text/plain"]
    assert made["metadata"]["language_info"] == {"name": "python"}
    before = path.read_bytes()
    path.write_text(json.dumps(notebook("print(1)", "1 / 0")))
    broken = path.read_bytes()
    with pytest.raises(course.Stop, match="its file is unchanged"):
        course.run(["5"])
    assert path.read_bytes() == broken != before
    assert [p.name for p in course.NOTEBOOKS.iterdir()] == ["05_try.ipynb"]


def test_an_interrupted_run_leaves_the_old_file(course, steps, monkeypatch, capsys):
    def stopped(command):
        raise KeyboardInterrupt

    monkeypatch.setattr(course, "ask", stopped)
    path = course.NOTEBOOKS / "05_try.ipynb"
    path.write_text("old")
    assert course.main(["run", "05"]) == 130
    assert path.read_text() == "old"
    assert "Stopped" in capsys.readouterr().err


@pytest.fixture
def called(course, monkeypatch):
    """The commands that were called instead of being run, and their exit codes."""
    fake = SimpleNamespace(commands=[], codes={})

    def call(command, **options):
        fake.commands.append(command)
        return fake.codes.get(command[2], 0)

    monkeypatch.setattr(course.subprocess, "call", call)
    monkeypatch.setattr(course, "lanes", lambda: 2)
    return fake


@pytest.mark.parametrize(
    "options, ours",
    [
        ([], ["port", "root_dir", "default_url"]),
        (["--port=8899"], ["root_dir", "default_url"]),
        (["--ServerApp.port=8899", "--no-browser"], ["root_dir", "default_url"]),
        (["--port", "8899", "--LabApp.default_url=/lab"], ["root_dir"]),
    ],
)
def test_what_the_reader_says_to_jupyterlab_replaces_ours(
    course, called, options, ours
):
    (course.NOTEBOOKS / "00_start_here.ipynb").touch()
    assert course.lab(options) == 0
    [command] = called.commands
    assert command[2] == "jupyterlab" and command[3 : 3 + len(options)] == options
    names = [re.split("[.=]", option)[1] for option in command if "App." in option]
    assert set(ours) <= set(names) and len(names) == len(set(names))
    ports = [option for option in command if "port" in option.partition("=")[0]]
    assert len(ports) == 1
    settings = course.VENV / "share/jupyter/lab/settings/overrides.json"
    [notes] = json.loads(settings.read_text()).values()
    assert notes["fetchNews"] == "false"  # no box about news covers a corner


def test_the_proof_says_how_it_ends_and_fails_when_one_stage_fails(
    course, called, capsys
):
    assert course.test([]) == 0
    style, proof = called.commands
    assert style[2] == "ruff" and proof[2] == "pytest"
    assert proof[-2:] == ["helpers", str(course.NOTEBOOKS)]
    said = capsys.readouterr().out
    assert "All of it holds." in said and "minutes by the clock" in said
    for stage in ("ruff", "pytest"):
        called.codes = {stage: 1}
        assert course.test([]) == 1
        assert "Not all of it holds" in capsys.readouterr().out


def test_the_proof_of_one_notebook_is_its_cells_and_its_form(course, called):
    (course.NOTEBOOKS / "05_try.ipynb").touch()
    assert course.test(["5"]) == 0
    [command] = called.commands
    assert command[-1] == str(course.NOTEBOOKS / "05_try.ipynb")
    assert command[-3].endswith("test_form.py::test_the_form_holds[05_try]")
    for test in command[-3:-1]:
        path, name = re.fullmatch(r"(.*)::(\w+)\[05_try\]", test).groups()
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_a_small_machine_proves_in_one_process(course, monkeypatch):
    monkeypatch.setattr(course.os, "cpu_count", lambda: 8)
    for gigabytes, wanted in ((100, 9), (24, 4), (8, 1), (4, 1)):
        memory = f"{gigabytes}000000000\n".encode()
        monkeypatch.setattr(course.subprocess, "check_output", lambda *_, m=memory: m)
        assert course.lanes() == wanted
