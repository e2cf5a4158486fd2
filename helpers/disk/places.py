"""Where a gallery is: in a file, or on a server, whose password is never shown."""

import re
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from helpers.disk.people import People
from helpers.disk.store import GalleryError

FILE, SERVERS = "sqlite:///", ("postgresql", "postgres")
HIDDEN = "password", "sslpassword"  # may stand behind the question mark
HOW = "write postgresql://USER@HOST:PORT/DATABASE, sqlite:///FILE, or a file's path."


class Server:
    """The address of a PostgreSQL server. As text, and in messages, it has no password.

    >>> print(Server("postgresql://ann:secret@host/faces"))
    postgresql://ann@host/faces
    """

    def __init__(self, url):
        self.url = url
        try:
            parts = urlsplit(url)
        except ValueError:
            raise GalleryError(f"The gallery's URL cannot be read: {HOW}") from None
        user, _, host = parts.netloc.rpartition("@")
        behind = parts.path + parts.fragment + ("" if user else parts.query)
        if "@" in user + behind or parts.fragment:
            raise GalleryError(
                "The gallery's URL cannot be read: in a password write %40 for @, %2F "
                "for /, %23 for #, %3F for ?."
            )
        try:
            parts.port  # noqa: B018  a wrong one raises here
        except ValueError:
            raise GalleryError(f"The gallery's URL cannot be read: {HOW}") from None
        options = [
            part
            for part in parts.query.split("&")
            if unquote(part.partition("=")[0]) not in HIDDEN
        ]
        host = f"{user.partition(':')[0]}@{host}" if user else host
        behind = "?" + "&".join(options) if parts.query else ""
        self.shown = f"{parts.scheme}://{host}{parts.path}{behind}"

    def __str__(self):
        return self.shown

    def __repr__(self):
        return f"Server({self.shown!r})"

    def __eq__(self, other):
        return isinstance(other, Server) and self.url == other.url

    def __hash__(self):
        return hash(self.url)


def place(where):
    """Where a gallery is: a `Path`, or a `Server`.

    Args:
        where: a path, or a URL: `sqlite:///FILE` or `postgresql://...`.

    Raises:
        GalleryError: the URL is none of these.

    >>> place("sqlite:///people.sqlite"), place("people.sqlite")
    (PosixPath('people.sqlite'), PosixPath('people.sqlite'))
    >>> place("mysql://host/faces")
    Traceback (most recent call last):
    ...
    helpers.disk.store.GalleryError: A gallery is not kept at mysql://: write ...
    """
    if isinstance(where, (Path, Server)):
        return where
    text = str(where)
    scheme = re.match(r"([a-z][a-z0-9+.-]+):/", text, re.IGNORECASE)
    if scheme is None:
        return Path(text)
    if scheme[1].lower() in SERVERS:
        return Server(text)
    if text.lower().startswith(FILE) and len(text) > len(FILE):
        return Path(text[len(FILE) :])
    raise GalleryError(f"A gallery is not kept at {scheme[1]}://: {HOW}")


def people_at(where, wait=10.0):
    """The store of a gallery's people: a `People`, on a server a `Served`.

    Args:
        where: as for `place`. wait: seconds to wait for others who are writing.
    """
    where = place(where)
    if isinstance(where, Path):
        return People(where, wait)
    from helpers.disk.served import Served  # what speaks to servers is not needed else

    return Served(where, wait)


def unenrol(where, name, wait=10.0):
    """Remove a person from a gallery, whichever tower made its embeddings.

    Args:
        where: as for `place`.
        name: of anybody.
        wait: seconds to wait for others who are writing.

    Returns:
        Number of photos that were removed; 0 where nobody has this name.

    Raises:
        GalleryError: it cannot be used, or not be written.
    """
    with closing(people_at(where, wait)) as people:
        return people.remove(name)


def remains(where, wait=10.0):
    """What a gallery's place may still hold of people who were removed from it.

    Args:
        where: as for `place`.
        wait: seconds to wait for a server.

    Returns:
        A sentence with what to do; None where nothing is left, as in a file.
    """
    where = place(where)
    if isinstance(where, Path):
        return None
    try:
        with closing(people_at(where, wait)) as people:
            return people.remains()
    except GalleryError as error:
        return f"What the server's log still holds could not be asked: {error}"
