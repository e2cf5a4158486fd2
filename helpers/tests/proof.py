"""How `course.py test` runs pytest: the slowest files first, with lines of progress.

A plugin, `pytest -p helpers.tests.proof`, for `--dist=loadfile`: what shares something,
the cells of a notebook or the tests of a file, stays in one process, in its order.
"""

import json
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from nbval import kernel
from nbval.kernel import start_new_kernel

from helpers.disk.archives import data_folder
from helpers.disk.files import write_whole

EVERY = 15  # seconds between two lines of progress
USUAL = 0.5  # seconds of a file that no earlier run knows
SHIPPED = "seconds.json"  # beside this file; what a run here measured comes first


def file_of(nodeid):
    """The file or notebook of a test.

    >>> file_of("notebooks/05_l1_layer.ipynb::Cell 3")
    'notebooks/05_l1_layer.ipynb'
    """
    return nodeid.partition("::")[0]


def known_seconds():
    """Seconds that each file takes, as earlier runs measured: dict, or empty.

    What was measured here comes before what is shipped, file by file.
    """
    known = {}
    for path in (
        Path(__file__).with_name(SHIPPED),
        data_folder() / "cache" / SHIPPED,
    ):
        with suppress(OSError, ValueError):
            known |= json.loads(path.read_text(encoding="utf-8"))
    return known


def clock(seconds):
    """Seconds as minutes and seconds.

    >>> clock(83.4)
    '1:23'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def pytest_collection_modifyitems(items):
    """Put the slowest files first, so that no core is idle at the end."""
    seconds = known_seconds()
    items.sort(key=lambda item: -seconds.get(file_of(item.nodeid), USUAL))


def pytest_configure(config):
    """Show progress where the whole is seen: not in the processes of xdist."""
    kernel.start_new_kernel = repeated(start_new_kernel)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Progress(config), "progress")


def repeated(start, times=3):
    """A way to start a kernel that tries again where the kernel did not come up.

    Its ports are chosen by one process and opened by another one a second later. Where
    browsers and other kernels start meanwhile, somebody may have taken one of them.
    """

    def patiently(*names, **options):
        for _ in range(times - 1):
            with suppress(RuntimeError):
                return start(*names, **options)
        return start(*names, **options)

    return patiently


def pytest_report_teststatus(report):
    """No dot for a test that passed."""
    if report.passed and report.when == "call":
        return report.outcome, "", ""
    return None


class Progress:
    """Says how many tests are done, how long it took, and how long it will take."""

    def __init__(self, config):
        self.config, self.start = config, time.monotonic()
        self.ended = threading.Event()
        self.all = Counter()  # tests of each file
        self.done, self.seconds, self.running = Counter(), Counter(), {}
        self.known = known_seconds()
        threading.Thread(target=self.tell, daemon=True).start()

    def say(self, text):
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(text)
            reporter.flush()

    def tell(self):
        while not self.ended.wait(EVERY):
            self.say(self.line())

    def line(self):
        """The line of this moment."""
        spent = time.monotonic() - self.start
        if not self.all:
            return f"  {clock(spent)} so far; reading the tests"
        share = self.share()
        line = f"  {self.done.total():,} of {self.all.total():,} done, {clock(spent)} "
        line += f"so far, about {clock(spent / share - spent)} to go" if share else ""
        now = {file.removeprefix("helpers/") for file, _ in list(self.running.values())}
        return f"{line}; now {', '.join(sorted(now))}"

    def share(self):
        """Which share of the work is done, as far as earlier runs tell."""
        work = {file: self.known.get(file, USUAL) for file in self.all}
        spent = Counter(self.seconds)
        for file, start in list(self.running.values()):
            spent[file] += time.monotonic() - start
        done = sum(
            work[file] if self.done[file] >= number else min(work[file], spent[file])
            for file, number in self.all.items()
        )
        return done / sum(work.values())

    def pytest_collection_finish(self, session):
        self.expect(item.nodeid for item in session.items)

    def pytest_xdist_node_collection_finished(self, node, ids):
        self.expect(ids)

    def expect(self, ids):
        self.all = Counter(map(file_of, ids)) or self.all

    def pytest_runtest_logstart(self, nodeid):
        self.running[nodeid] = file_of(nodeid), time.monotonic()

    def pytest_runtest_logreport(self, report):
        file = file_of(report.nodeid)
        self.seconds[file] += report.duration
        if report.when == "teardown":
            self.done[file] += 1
            self.running.pop(report.nodeid, None)
        if report.failed:
            self.say(f"  failed: {report.nodeid}")

    def pytest_sessionfinish(self, exitstatus):
        self.ended.set()
        whole = len(self.all) > 50 and self.done == self.all  # and not only listed
        if exitstatus == 0 and whole:
            seconds = {file: round(s, 1) for file, s in self.seconds.items()}
            text = json.dumps(dict(sorted(seconds.items())), indent=1) + "\n"
            path = data_folder() / "cache" / SHIPPED
            write_whole(path, lambda file: file.write(text.encode()))

    def pytest_terminal_summary(self):
        notebooks = [file for file in self.all if file.endswith(".ipynb")]
        cells = sum(self.all[file] for file in notebooks)
        self.say(
            f"{len(notebooks)} notebooks, {cells:,} code cells, "
            f"{self.all.total() - cells:,} tests"
        )
