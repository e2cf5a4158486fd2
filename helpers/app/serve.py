"""Run the web API: `python -m helpers serve`.

What can be wrong with the address, the token or the gallery is said before TensorFlow
is loaded. Ctrl-C and SIGTERM end it: what it is working on is finished first.
"""

import ctypes
import logging
import os
import signal
import socket
import sys
import threading
import time
import warnings
from contextlib import closing, contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

import h11
import numpy as np
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from helpers import faces
from helpers.app import desk
from helpers.app.service import LOOPBACK, service
from helpers.app.web import limits, watch
from helpers.app.web.problems import problem
from helpers.disk.places import people_at, place
from helpers.gallery import Gallery
from helpers.verifier import Verifier

HOST, PORT = "127.0.0.1", 8000
VARIABLE = "COURSE_TOKEN"  # of the environment
SHORTEST = 16  # characters of a token
HEAD = 10  # seconds that a request's head may take, an idle connection too
HEADERS = 16_384  # bytes of a request's head
FINISH = 20  # seconds for what is being worked on when the server ends


def serve(
    host=HOST,
    port=PORT,
    path=None,
    token_file=None,
    page=None,
    rate=limits.RATE,
    weights="faces",
):
    """Run the web API until it is interrupted.

    Args:
        host: name or address of this machine; others than its own need a token.
        port: 0 for any that is free.
        path: of the gallery's file, which is made if there is none, or a server's URL;
            None for the usual file.
        token_file: path of a file that holds the token; by default it is the
            environment variable COURSE_TOKEN.
        page: folder of the files that `/` shows, as of `pages.gather`, or None.
        rate: requests a second of one client; 0 for no limit.
        weights: name of the verifier, as for `Verifier.load`.

    Raises:
        ValueError, OSError: it cannot start; the sentence says why.
    """
    token, path = read_token(token_file), place(path or desk.usual())
    if token is None and not is_own(host):
        raise ValueError(
            f"Others can reach {host}: give a token, by --token-file or {VARIABLE}."
        )
    if page is not None and not (Path(page) / "index.html").is_file():
        raise ValueError(
            f"{page} is no page, there is no index.html in it: make one by `python -m "
            "helpers export page`."
        )
    if not 0 <= rate < float("inf"):
        raise ValueError(
            f"A rate of {rate:g} requests a second cannot be kept: use 0 for no limit, "
            "or more."
        )
    return_memory()
    with closing(people_at(desk.prepared(path))) as people:
        people.check()
    with closing(listening(host, port)) as listener, loaded(path, weights) as gallery:
        app = service(gallery, token, hosts_of(host), page, rate or None)
        show_requests()
        address = f"http://{shown(host)}:{listener.getsockname()[1]}"
        print(f"Listening on {address}, its operations are at {address}/docs.")
        if page is not None:
            print(f"The page that sends nothing is at {address}/.")
        print("The token is asked for." if token else "No token is asked for.")
        if not is_own(host):
            print("Nothing is encrypted: let a proxy with HTTPS stand before it.")
        print("Ctrl-C ends it.", flush=True)
        run(app, listener)
    print("Ended; what was confirmed is on the disk.")


def return_memory():
    """Give the memory of large photos back to the system, where its C library can.

    glibc keeps what each thread freed: 3.9 GB after photos of 49 million pixels by
    eight clients, 1.1 GB where pieces of a megabyte or more are given back.
    """
    with suppress(AttributeError, OSError, TypeError):  # another C library
        ctypes.CDLL(None).mallopt(-3, 1_000_000)  # M_MMAP_THRESHOLD, bytes


def address_of(process):
    """Where a server in a process of its own listens, as `serve` prints it.

    Args:
        process: a `subprocess.Popen` with its standard output as text.
    """
    lines = iter(process.stdout.readline, "")
    said = next(line for line in lines if line.startswith("Listening on "))
    return said.split()[2].rstrip(",")


def read_token(file=None):
    """The token, from a file or from the environment; None where there is neither.

    >>> read_token(os.devnull)
    Traceback (most recent call last):
    ...
    ValueError: The token in /dev/null is shorter than 16 characters: make a longer one.
    """
    where = VARIABLE if file is None else file
    if file is None:
        token = os.environ.get(VARIABLE)
    else:
        try:
            token = Path(file).read_text(encoding="ascii")
        except UnicodeDecodeError:
            raise ValueError(f"The token in {file} is no plain text.") from None
        except OSError as error:
            reason = error.strerror or error
            raise ValueError(
                f"{file} cannot be read as a token ({reason}): name another file."
            ) from None
    if token is None:
        return None
    token = token.strip()
    if len(token) < SHORTEST:
        raise ValueError(
            f"The token in {where} is shorter than {SHORTEST} characters: make a "
            "longer one."
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(
            f"The token in {where} has spaces or odd letters: make another."
        )
    return token


def is_own(host):
    """Whether only this machine can reach an address.

    >>> is_own("localhost"), is_own("127.0.0.1"), is_own("0.0.0.0")
    (True, True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def hosts_of(host):
    """The names by which the server may be asked; None for any.

    >>> hosts_of("0.0.0.0"), sorted(hosts_of("Faces.local"))
    (None, ['127.0.0.1', '::1', 'faces.local', 'localhost'])
    """
    everywhere = host in ("", "0.0.0.0", "::")  # a token is needed, so any name will do
    return None if everywhere else LOOPBACK | {host.lower()}


def listening(host, port):
    """A socket that listens, so that a port in use is told at once."""
    try:
        if not 0 <= port < 65536:  # else it would be taken modulo 65536
            raise OverflowError("ports are 0 to 65535")
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        listener = socket.create_server(address, family=family, backlog=2048)
        # else the second part of an answer waits for 40 ms; connections inherit it
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except (OSError, OverflowError, UnicodeError) as error:
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number and number > 0 else error
        raise ValueError(
            f"Cannot listen on port {port} of {host} ({reason}): choose another by "
            "--port or --host."
        ) from None


def loaded(path, weights):
    """The gallery with its verifier, compiled, after a line on the seconds it takes."""
    print("Loading the network: some seconds ...", flush=True)
    verifier = Verifier.load(weights)
    crop = faces.Closeup(np.full((faces.SIZE, faces.SIZE, 1), 128, np.uint8))
    verifier.verify(crop, crop)
    return Gallery(path, verifier)


def show_requests():
    """Print a line for each request, which names nobody: see `watch`."""
    watch.LOG.setLevel(logging.INFO)
    watch.LOG.addHandler(logging.StreamHandler(sys.stderr))
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # of what was sent
    warnings.filterwarnings("ignore", module="PIL")  # of photos that came


def shown(host):
    """A host as it stands in an address.

    >>> shown("::1"), shown("localhost")
    ('[::1]', 'localhost')
    """
    return f"[{host}]" if ":" in host else host


def run(app, listener):
    """Serve until SIGINT or SIGTERM, then finish what is being worked on."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server(app).run(sockets=[listener])  # at its end it raises the signal again
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def running(app):
    """Serve in a thread of this process, for a notebook or a test.

    Yields:
        The address, "http://127.0.0.1:54321" for instance.
    """
    made, listener = server(app), listening(HOST, 0)
    thread = threading.Thread(target=made.run, args=[[listener]])
    thread.start()
    try:
        while not made.started:
            time.sleep(0.01)
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        made.should_exit = True
        thread.join()


def server(app):
    """uvicorn, with limits on what an application of ASGI does not see."""
    config = uvicorn.Config(
        app,
        http=Prompt,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",  # its lines may hold an address with a name
        access_log=False,
        server_header=False,
        proxy_headers=False,  # who asks is who has connected
        h11_max_incomplete_event_size=HEADERS,
        timeout_keep_alive=HEAD,
        timeout_graceful_shutdown=FINISH,
    )
    return uvicorn.Server(config)


class Prompt(H11Protocol):
    """uvicorn's protocol, for clients that send and read without long pauses.

    Of its own it waits without end for the rest of a request's head, and for a client
    that does not read; and what is no HTTP would get no problem document.
    """

    def connection_made(self, transport):
        super().connection_made(transport)
        self._expect_head()

    def on_response_complete(self):
        self._expect_head()  # before a request that is already here begins
        super().on_response_complete()

    def _expect_head(self):
        before = self.cycle

        def close():
            if self.cycle is before:
                self.transport.close()

        self.loop.call_later(HEAD, close)

    def send_400_response(self, msg):
        answer = problem(400, "This is no proper HTTP request: check its head.")
        headers = [*answer.raw_headers, (b"connection", b"close")]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in (
                h11.Response(status_code=400, headers=headers),
                h11.Data(data=answer.body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event))
        self.transport.close()

    def pause_writing(self):
        super().pause_writing()
        self.unread = self.loop.call_later(HEAD, self.transport.abort)

    def resume_writing(self):
        super().resume_writing()
        self.unread.cancel()
