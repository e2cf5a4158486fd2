"""The web API on a port of this machine, for tests."""

from contextlib import contextmanager

import httpx

from helpers.app import serve
from helpers.app.service import service
from helpers.app.web.problems import MEDIA


@contextmanager
def at_port(gallery, token=None, **how):
    """A client of the API, which runs in a thread; `how` is as for `service`."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with (
        serve.running(service(gallery, token, **{"rate": None} | how)) as address,
        httpx.Client(base_url=address, headers=headers, timeout=30) as client,
    ):
        yield client


def address(name, more=""):
    """Where a person is, every byte of the name escaped."""
    return f"/people/{''.join(f'%{byte:02X}' for byte in name.encode())}{more}"


def put(client, name, *photos):
    """The answer to an enrolment."""
    return client.put(address(name), files=[("photos", photo) for photo in photos])


def refused(answer, status):
    """The sentence of a problem document, which is one."""
    about = answer.json()
    assert answer.status_code == about["status"] == status, about
    assert answer.headers["content-type"] == MEDIA
    assert set(about) == {"type", "title", "status", "detail"}
    assert about["title"] and about["type"] == "about:blank"
    assert "\n" not in about["detail"] and "Traceback" not in about["detail"]
    return about["detail"]
