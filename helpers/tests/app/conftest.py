"""A verifier, photos as files, and the web API on a port, that several tests share."""

import shutil
import subprocess

import pytest

from helpers.datasets import orl
from helpers.experiments import api_crowd
from helpers.gallery import Gallery
from helpers.tests.app.serving import at_port
from helpers.verifier import Verifier


@pytest.fixture(scope="session")
def verifier(weights):
    """An untrained one."""
    return Verifier.load(weights)


@pytest.fixture(scope="session")
def jpeg():
    """Bytes of real photos: three of one person, then another one."""
    return [api_crowd.jpeg(image) for image in orl(quiet=True).images[[0, 1, 2, 15]]]


@pytest.fixture(scope="session")
def running(verifier, tmp_path_factory):
    """A gallery, and a client of the API on it."""
    path = tmp_path_factory.mktemp("served") / "people.sqlite"
    with Gallery(path, verifier, wait=0.2) as gallery, at_port(gallery) as client:
        yield gallery, client


@pytest.fixture
def gallery(running):
    """The gallery of the API, empty."""
    yield running[0]
    for person in running[0].people():
        running[0].forget(person.name)


@pytest.fixture
def client(running, gallery):
    """A client of the API, in whose gallery nobody is enrolled."""
    return running[1]


@pytest.fixture(scope="session")
def axe(tmp_path_factory):
    """The text of axe-core, or None."""
    folder = tmp_path_factory.mktemp("axe")
    if shutil.which("npm"):
        fetch = ["npm", "pack", "axe-core@4", "--silent"]
        done = subprocess.run(fetch, cwd=folder, capture_output=True, timeout=120)
        for archive in folder.glob("*.tgz") if done.returncode == 0 else ():
            shutil.unpack_archive(archive, folder, filter="data")
            return (folder / "package" / "axe.min.js").read_text()
    return None
