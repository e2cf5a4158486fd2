"""The proof says how far it is, and begins with what is slow."""

import os
import subprocess
import sys

import pytest

from helpers.tests import proof

FILES = {
    "test_quick.py": "def test_quick(): pass",
    "test_slow.py": "import time\n\ndef test_slow(): time.sleep(0.5)\n"
    "def test_bad(): assert False, 'a reason'",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two files of tests in a folder of its own, and no seconds of an earlier run."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def run(folder, *options):
    command = [sys.executable, "-m", "pytest", "-q", "-pno:cacheprovider"]
    command += ["-p", "helpers.tests.proof", "--rootdir=.", *options]
    command += ["-p", "xdist.plugin"]  # all others would be loaded for seconds
    env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    return done.stdout


@pytest.mark.parametrize(
    "options", [(), ("-n", "2", "--dist=loadfile", "--no-loadscope-reorder")]
)
def test_a_failure_is_told_at_once_and_the_rest_is_counted(folder, options):
    said = run(folder, *options)
    told, _, reasons = said.partition("FAILURES")
    assert "failed: test_slow.py::test_bad" in told and "a reason" in reasons
    assert "0 notebooks, 0 code cells, 3 tests" in said
    assert "1 failed, 2 passed" in said and ".." not in told.split("failed:")[0][-5:]


class Item:
    def __init__(self, nodeid):
        self.nodeid = nodeid


def test_what_is_slow_begins_and_files_stay_together(monkeypatch):
    monkeypatch.setattr(proof, "known_seconds", lambda: {"b.py": 60.0, "c.py": 0.1})
    items = [Item(f"{name}.py::{n}") for name in "abc" for n in range(3)]
    proof.pytest_collection_modifyitems(items)
    files = [item.nodeid for item in items]
    assert files == [f"{name}.py::{n}" for name in "bac" for n in range(3)]


class Report:
    failed = False

    def __init__(self, nodeid, when="teardown", duration=1.0):
        self.nodeid, self.when, self.duration = nodeid, when, duration


def test_a_line_says_what_is_done_and_how_long_it_will_take(monkeypatch):
    monkeypatch.setattr(proof, "known_seconds", lambda: {"a.py": 30.0, "b.py": 90.0})
    monkeypatch.setattr(proof.threading.Thread, "start", lambda self: None)
    clock = [100.0]
    monkeypatch.setattr(proof.time, "monotonic", lambda: clock[0])
    progress = proof.Progress(None)
    clock[0] += 10
    assert "reading the tests" in progress.line()
    progress.expect(["a.py::1", "a.py::2", "b.py::1"])
    for name in ("a.py::1", "a.py::2"):
        progress.pytest_runtest_logstart(name)
        progress.pytest_runtest_logreport(Report(name, "call"))
        progress.pytest_runtest_logreport(Report(name))
    progress.pytest_runtest_logstart("b.py::1")
    clock[0] += 20
    line = "  2 of 3 done, 0:30 so far, about 0:42 to go; now b.py"
    assert progress.line() == line
    assert progress.seconds["a.py"] == 4.0


def test_a_kernel_that_did_not_come_up_is_started_again():
    tried = []

    def start(name, cwd):
        tried.append((name, cwd))
        if len(tried) < 3:
            raise RuntimeError("Kernel died before replying to kernel_info")
        return "a kernel"

    assert proof.repeated(start)("python3", cwd="here") == "a kernel"
    assert tried == [("python3", "here")] * 3
    with pytest.raises(RuntimeError, match="died"):  # but not for ever
        tried.clear()
        proof.repeated(start, times=2)("python3", cwd="here")


def test_what_was_measured_here_comes_first_and_only_a_whole_run_is_kept(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(proof, "data_folder", lambda: tmp_path)
    monkeypatch.setattr(proof.threading.Thread, "start", lambda self: None)
    shipped = proof.known_seconds()
    progress = proof.Progress(None)
    progress.expect([f"{n}.py::test" for n in range(51)])
    progress.pytest_sessionfinish(exitstatus=0)  # they were only listed
    assert not (tmp_path / "cache").exists()
    for n in range(51):
        progress.pytest_runtest_logreport(Report(f"{n}.py::test"))
    progress.pytest_sessionfinish(exitstatus=0)
    assert proof.known_seconds() == shipped | {f"{n}.py": 1.0 for n in range(51)}


def test_lines_come_at_least_every_half_minute():
    assert proof.EVERY <= 30
