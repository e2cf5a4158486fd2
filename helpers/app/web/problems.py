"""What is wrong with a request, as an RFC 9457 problem document.

Its `detail` is the sentence that the command line gives. No path of the server and
nothing of its inside is in it.
"""

import sqlite3
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from helpers.disk.store import GalleryError
from helpers.faces import FaceError
from helpers.sources.photos import PhotoError

MEDIA = "application/problem+json"
CODES = {sqlite3.SQLITE_BUSY: 503, sqlite3.SQLITE_LOCKED: 503, sqlite3.SQLITE_FULL: 507}
STATES = {"53100": 507, "08": 503, "40": 503, "53": 503, "55": 503, "57": 503}
AGAIN = {"Retry-After": "1"}  # seconds
FAILED = "The server failed: look whether it did what you asked, then ask again."


class Refused(Exception):
    """Why a request is not carried out.

    Args:
        status: of HTTP, 400..599. sentence: for the person who asks.
        headers: of the answer.
    """

    def __init__(self, status, sentence, headers=None):
        super().__init__(sentence)
        self.status, self.headers = status, headers


def problem(status, detail, headers=None):
    """The response to a request that is not carried out.

    >>> problem(404, "There is no 'Ann' in the gallery: see `people`.").body
    b'{"type":"about:blank","title":"Not Found","status":404,"detail":"There is no ...
    """
    title = HTTPStatus(status).phrase
    about = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(about, status, headers, MEDIA)


def handlers(gallery):
    """What answers each kind of error, for `FastAPI(exception_handlers=...)`.

    Args:
        gallery: a `Gallery`, the path of whose file is in its sentences.
    """

    def refused(request, error):
        return problem(error.status, str(error), error.headers)

    def unusable(request, error):
        return problem(422, " ".join(str(error).split()))

    def of_gallery(request, error):
        status = status_of(error)
        headers = AGAIN if status == 503 else None
        return problem(status, without_path(error, gallery.path), headers)

    def gone(request, error):
        return problem(400, "The connection ended before the body did: try again.")

    def invalid(request, error):
        first = error.errors()[0]
        return problem(422, f"{first['loc'][-1]}: {first['msg']}.")

    return {
        Refused: refused,
        PhotoError: unusable,
        FaceError: unusable,
        GalleryError: of_gallery,
        ClientDisconnect: gone,
        RequestValidationError: invalid,
    }


def status_of(error):
    """The status of a `GalleryError`; what the store said is among its causes."""
    while error is not None and not hasattr(error, "sqlstate"):
        if isinstance(error, sqlite3.Error):
            return CODES.get(getattr(error, "sqlite_errorcode", 0) & 255, 500)
        error = error.__cause__
    state = "" if error is None else error.sqlstate or "08"  # PostgreSQL; or it is gone
    return STATES.get(state) or STATES.get(state[:2], 500)


def without_path(error, path):
    """An error's sentence without the path of the gallery's file.

    >>> without_path(ValueError("a/b.sqlite is in use."), "a/b.sqlite")
    'The gallery is in use.'
    """
    sentence = " ".join(str(error).split()).replace(str(path), "the gallery")
    return sentence[:1].upper() + sentence[1:]
