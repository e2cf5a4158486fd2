"""A verifier, photos as files, and the web API on a port, that several tests share."""

import io

import pytest
from PIL import Image

from helpers.datasets import orl
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
    files = [io.BytesIO() for _ in range(4)]
    images = orl(quiet=True).images[[0, 1, 2, 15], ..., 0]
    for file, image in zip(files, images):
        Image.fromarray(image).save(file, "JPEG", quality=95)
    return [file.getvalue() for file in files]


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
