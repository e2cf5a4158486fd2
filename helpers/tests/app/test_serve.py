"""The server as a process: what it refuses to start with, whom it cuts off, its end."""

import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import httpx
import pytest

from helpers.app import serve
from helpers.disk.archives import PROJECT
from helpers.disk.people import People
from helpers.tests.app.serving import put

TOKEN = "a-token-of-this-test"


def cannot_start(words, tmp_path, **how):
    """Whether it says so in one sentence, before it has made a gallery."""
    with pytest.raises(ValueError, match=words) as error:
        serve.serve(**{"port": 0, "path": tmp_path / "new.sqlite"} | how)
    return "\n" not in str(error.value) and TOKEN not in str(error.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "example.org"])
def test_others_are_let_in_with_a_token_only(host, tmp_path, monkeypatch):
    monkeypatch.delenv(serve.VARIABLE, raising=False)
    assert cannot_start(
        "give a token, by --token-file or COURSE_TOKEN", tmp_path, host=host
    )
    assert not (tmp_path / "new.sqlite").exists()


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "shorter than 16 characters: make a longer one"),
        (b"short\n", "shorter than 16"),
        (b"sixteen characters or more", "has spaces or odd letters"),
        ("sixteen\u00e4characters".encode(), "is no plain text"),
        (None, "cannot be read as a token"),
    ],
)
def test_a_token_that_is_none(content, words, tmp_path, monkeypatch):
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    assert cannot_start(words, tmp_path, token_file=file)
    if content in (b"", b"short\n"):
        monkeypatch.setenv(serve.VARIABLE, content.decode())
        assert cannot_start(f"The token in COURSE_TOKEN is {words}", tmp_path)


def test_a_token_is_read(tmp_path, monkeypatch):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    assert serve.read_token(tmp_path / "token") == TOKEN
    monkeypatch.setenv(serve.VARIABLE, TOKEN + "2")
    assert serve.read_token() == TOKEN + "2"
    assert serve.read_token(tmp_path / "token") == TOKEN  # what is typed counts
    monkeypatch.delenv(serve.VARIABLE)
    assert serve.read_token() is None


def test_an_address_that_cannot_be_had(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert cannot_start(f"Cannot listen on port {port} of 127", tmp_path, port=port)
    assert cannot_start("Cannot listen on port 70000", tmp_path, port=70000)


@pytest.mark.parametrize("rate", [-1, float("nan"), float("inf")])
def test_a_rate_that_is_none(rate, tmp_path):
    assert cannot_start(f"A rate of {rate:g} requests", tmp_path, rate=rate)


def test_a_gallery_or_a_page_that_is_none(tmp_path):
    file = tmp_path / "g.sqlite"
    file.write_text("This is no gallery, though it is long enough for a header. " * 9)
    assert cannot_start("is no gallery", tmp_path, path=file)
    assert cannot_start("cannot be opened", tmp_path, path=tmp_path)
    assert cannot_start("there is no index.html", tmp_path, page=tmp_path)
    People(tmp_path / "old.sqlite").close()
    db = sqlite3.connect(tmp_path / "old.sqlite")
    db.execute("PRAGMA user_version = 7")
    db.close()
    assert cannot_start("is of format 7", tmp_path, path=tmp_path / "old.sqlite")


# ---- connections ---------------------------------------------------------------------


@pytest.fixture
def connect(client):
    """A connection to the server, without a client that knows what is proper."""
    place, made = (client.base_url.host, client.base_url.port), []

    def connect():
        made.append(socket.create_connection(place, timeout=10))
        return made[-1]

    yield connect
    for one in made:
        one.close()


def end(connection):
    """All that comes until the server closes the connection."""
    try:
        return b"".join(iter(lambda: connection.recv(65536), b""))
    except ConnectionResetError:
        return b""


def test_who_does_not_finish_a_head_is_cut_off(connect, monkeypatch):
    monkeypatch.setattr(serve, "HEAD", 0.4)
    for sent in (b"", b"GET /health HTTP/1.1\r\nX:"):
        one = connect()
        for byte in sent:  # one byte after the other keeps nobody waiting either
            one.sendall(bytes([byte]))
        begin = time.monotonic()
        assert end(one) == b"" and time.monotonic() - begin < 3
    one = connect()
    one.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert end(one).endswith(b'{"status":"ok"}')  # and then it asked for nothing


def test_who_sends_no_http_gets_a_sentence(connect):
    for sent in (
        b"\x16\x03\x01 this may be TLS\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",  # no Host
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70_000,
        b"POST /verify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
        b"Content-Length: 2\r\n\r\n",
    ):
        one = connect()
        one.sendall(sent)
        answer = end(one)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"application/problem+json" in answer and b"no proper HTTP" in answer


def test_a_body_without_end_is_cut_off(connect):
    one = connect()
    one.sendall(
        b"POST /verify HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    )
    head = b"--x\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n"
    one.sendall(b"%x\r\n%b\r\n" % (len(head), head))
    for _ in range(25):
        one.sendall(b"f4240\r\n%b\r\n" % bytes(1_000_000))
    assert one.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_who_goes_away_is_no_error_of_ours(connect, client, caplog):
    one = connect()
    one.sendall(
        b"POST /verify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x"
    )
    one.close()
    assert client.get("/health").status_code == 200
    assert not [line for line in caplog.records if line.levelname == "ERROR"]


# ---- its end -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_its_end_waits_for_what_is_being_done(number, weights, tmp_path, photos):
    how = {"port": 0, "path": str(tmp_path / "g.sqlite"), "weights": str(weights)}
    code = f"from helpers.app.serve import serve; serve(**{how!r})"
    process = subprocess.Popen(
        [sys.executable, "-uc", code],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        address = serve.address_of(process)
        with httpx.Client(base_url=address, timeout=30) as client:
            threading.Timer(0.05, process.send_signal, [number]).start()
            assert (
                put(client, "Ann", (photos / "large.jpg").read_bytes()).status_code
                == 201
            )
        rest = process.communicate(timeout=30)[0]
    finally:
        process.kill()
    assert process.returncode == 0
    assert "PUT /people/{name} 201" in rest and rest.endswith("is on the disk.\n")
    people = People(tmp_path / "g.sqlite")
    assert [name for name, *_ in people.counted()] == ["Ann"]
    people.close()
