"""The web API: who may ask, for how much; what is kept, what is seen of it."""

import io
import logging
import re
import socket
import sqlite3
import tempfile
import threading

import anyio
import pytest
from PIL import Image

from helpers.app.web import limits, problems
from helpers.gallery import Gallery
from helpers.tests.app.serving import at_port, put, refused

TOKEN = "a-token-of-this-test"


# ---- who may ask ---------------------------------------------------------------------


def test_a_token_is_asked_for(gallery, caplog):
    caplog.set_level(logging.DEBUG, logger="helpers.app")
    with at_port(gallery, TOKEN) as client:
        assert client.get("/people").status_code == 200
        some = "Bearer nonsense", "Bearer", f"Basic {TOKEN}", "", f"Bearer {TOKEN}x"
        for wrong in some:
            for path in ("/people", "/metrics", "/version", "/people/Ann"):
                answer = client.get(path, headers={"authorization": wrong})
                assert "token" in refused(answer, 401).lower()
                assert TOKEN not in answer.text
                assert answer.headers["www-authenticate"].startswith("Bearer")
        for path in ("/health", "/docs", "/openapi.json"):
            assert client.get(path, headers={"authorization": ""}).status_code == 200
    assert TOKEN not in caplog.text and "nonsense" not in caplog.text


def test_no_other_site_gets_in(client):
    own = str(client.base_url)
    for host in ("evil.example", "localhost.evil.example", "10.0.0.1:8000", "[", ""):
        answer = client.get("/people", headers={"host": host})
        assert "another name" in refused(answer, 421)
    other = own.replace("127.0.0.1", "localhost")
    for origin in ("http://evil.example", "null", other):
        for method in ("GET", "POST", "DELETE"):
            answer = client.request(method, "/people", headers={"origin": origin})
            assert "another site" in refused(answer, 403)
    answer = client.get("/people", headers={"origin": own})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_client_asks_so_often(gallery, monkeypatch):
    with at_port(gallery, rate=5.0) as client:
        answers = [client.get("/version") for _ in range(limits.BURST + 10)]
    assert answers[limits.BURST - 1].status_code == 200
    wanted = "More than 5 requests a second: try again in 1 s."
    assert refused(answers[-1], 429) == wanted
    assert answers[-1].headers["retry-after"] == "1"


def test_of_clients_not_many_are_remembered(monkeypatch):
    monkeypatch.setattr(limits, "MOST", 50)

    async def app(scope, receive, send):
        pass

    clients = limits.Clients(app)

    async def ask():
        for number in range(200):
            who = f"10.0.0.{number}", 1
            await clients({"type": "http", "client": who}, None, None)

    anyio.run(ask)
    assert len(clients.left) == 50 and "10.0.0.199" in clients.left


# ---- how much ------------------------------------------------------------------------


def test_a_body_is_of_a_certain_size(client):
    large = b"x" * (limits.LARGEST + 1)
    answer = client.post("/verify", files={"a": large, "b": b""})
    assert "more than 20 MB" in refused(answer, 413)
    kind = {"content-type": "multipart/form-data; boundary=x"}
    parts = [b"--x\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n"]
    parts += 21 * [b"x" * 1_000_000]  # in chunks, without a length
    answer = client.post("/verify", content=iter(parts), headers=kind)
    assert "more than 20 MB" in refused(answer, 413)


def test_many_pixels_in_several_small_files(client, jpeg):
    files = io.BytesIO()
    Image.new("L", (6000, 6000)).save(files, "PNG")  # 36 million in 36 kB
    photos = {"a": files.getvalue(), "b": files.getvalue()}
    assert "No face" in refused(client.post("/verify", files=photos), 422)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("helpers.app.web.forms.MAX_PIXELS", 20_000)
        answer = client.post("/verify", files={"a": jpeg[0], "b": jpeg[1]})
        assert "with those before it" in refused(answer, 422)


def test_a_slow_body_ends():
    async def app(scope, receive, send):
        while (await receive())["more_body"]:
            pass

    async def dripping():
        await anyio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def nothing(message):
        sent.append(message)

    sent, bodies = [], limits.Bodies(app, seconds=0.1)
    anyio.run(bodies, {"type": "http", "headers": []}, dripping, nothing)
    assert sent[0]["status"] == 408 and b"longer than 0.1 seconds" in sent[1]["body"]
    sent, bodies = [], limits.Bodies(app, together=3)
    anyio.run(bodies, {"type": "http", "headers": []}, dripping, nothing)
    assert sent[0]["status"] == 503 and bodies.held == 0


def test_work_waits_in_a_queue_of_a_certain_length():
    go, workers = threading.Event(), limits.Workers(threads=1, waiting=2)

    async def ask():
        refused = []

        async def one():
            try:
                await workers.run(go.wait)
            except problems.Refused as error:
                refused.append(error.status)
                go.set()

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(one)
        return refused

    assert anyio.run(ask) == [503, 503] and workers.inside == 0


def test_uploads_stay_in_memory(client, photos, monkeypatch):
    def never(*_):
        raise AssertionError("an upload went to the disk")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", never)
    large = (photos / "large.jpg").read_bytes() + bytes(3_000_000)
    answer = client.post("/verify", files={"a": large, "b": large})
    assert answer.status_code == 200 and answer.json()["same"]


# ---- what is kept, what is seen ------------------------------------------------------


def test_of_who_is_deleted_no_byte_stays(client, gallery, jpeg):
    put(client, "Xanthippe", jpeg[0], jpeg[1])
    put(client, "Zebulon", jpeg[3])
    rows = gallery._store.read("SELECT embedding, crop, digest FROM photo")
    client.patch("/people/Xanthippe", json={"name": "Wilhelmina"})
    client.delete("/people/Wilhelmina")
    content = gallery.path.read_bytes()
    assert b"Zebulon" in content
    assert not re.search(b"xanthippe|wilhelmina", content, re.IGNORECASE)
    secrets = [(blob in content) for row in rows for blob in row]
    assert secrets == 6 * [False] + 3 * [True]
    assert [path.name for path in gallery.path.parent.iterdir()] == [gallery.path.name]


def test_nothing_personal_is_logged_or_counted(client, jpeg, caplog, capfd):
    caplog.set_level(logging.INFO, logger="helpers.app")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the client's own
    put(client, "Xanthippe", ("Xanthippe.jpg", jpeg[0]))
    client.get("/people/Xanthippe/photos")
    client.post("/identify", files={"photo": ("Xanthippe.jpg", b"x")})
    client.get("/Xanthippe")
    client.request("XANTHIPPE", "/people/Xanthippe")
    client.delete("/people/Xanthippe")
    metrics = client.get("/metrics").text
    seen = caplog.text + metrics + "".join(capfd.readouterr())
    assert "xanthippe" not in seen.lower() and "127.0.0.1" not in seen
    assert "PUT /people/{name} 201" in caplog.text
    labels = 'method="DELETE",route="/people/{name}",status="204"'
    assert f"faces_requests_total{{{labels}}}" in metrics
    assert 'method="other"' in metrics


def test_an_error_of_ours_is_told_without_its_inside(client, jpeg, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("Xanthippe at /home/me")

    monkeypatch.setattr("helpers.app.desk.identify", broken)
    sentence = refused(client.post("/identify", files={"photo": jpeg[0]}), 500)
    assert sentence == problems.FAILED
    assert "RuntimeError at test_limits.py:" in caplog.text
    assert "Xanthippe" not in caplog.text


# ---- the gallery's file --------------------------------------------------------------


def test_two_servers_on_one_gallery(gallery, verifier, jpeg):
    with (
        Gallery(gallery.path, verifier) as other,
        at_port(gallery) as one,
        at_port(other) as two,
    ):
        put(one, "Ann", jpeg[0])
        assert two.post("/identify", files={"photo": jpeg[1]}).json()["name"] == "Ann"
        two.delete("/people/Ann")
        assert one.post("/identify", files={"photo": jpeg[1]}).json()["people"] == 0


def test_a_gallery_that_another_program_holds(client, gallery, jpeg):
    put(client, "Ann", jpeg[0])
    other = sqlite3.connect(gallery.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    answer = put(client, "Bo", jpeg[3])
    sentence = "The gallery is in use by another program: try again, or close it there."
    assert refused(answer, 503) == sentence and answer.headers["retry-after"]
    other.execute("ROLLBACK")
    assert put(client, "Bo", jpeg[3]).status_code == 201


@pytest.mark.parametrize(
    "code, status, words",
    [
        (sqlite3.SQLITE_FULL, 507, "The gallery cannot grow, the disk is full: free"),
        (sqlite3.SQLITE_READONLY, 500, "The gallery may only be read: change"),
        (sqlite3.SQLITE_CORRUPT, 500, "The gallery is damaged: put back"),
        (sqlite3.SQLITE_IOERR_WRITE, 500, "The gallery cannot be read or written"),
    ],
)
def test_a_gallery_that_cannot_be_written(
    code, status, words, client, gallery, jpeg, monkeypatch
):
    put(client, "Ann", jpeg[0])

    def fail(*_):
        error = sqlite3.OperationalError("of SQLite")
        error.sqlite_errorcode = code
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(gallery._store, "_run", fail)
        for answer in (
            put(client, "Bo", jpeg[3]),
            client.delete("/people/Ann"),
            client.get("/health"),
        ):
            assert refused(answer, status).startswith(words)
    assert [one["name"] for one in client.get("/people").json()["people"]] == ["Ann"]


# ---- the page's files ----------------------------------------------------------------


def test_the_page_and_its_headers(gallery, tmp_path):
    folder = tmp_path / "page"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "leads_out.txt").symlink_to(tmp_path / "secret.txt")
    kinds = {"index.html": "text/html", "x.mjs": "text/javascript",
             "x.wasm": "application/wasm", "x.onnx": "application/octet-stream",
             "x.css": "text/css", "x.json": "application/json"}  # fmt: skip
    for name in kinds:
        (folder / name).write_text("x")
    with at_port(gallery, TOKEN, page=folder) as client:
        client.headers.pop("authorization")
        for name, kind in kinds.items():
            answer = client.get(f"/{name}")
            assert answer.status_code == 200
            assert answer.headers["content-type"].partition(";")[0] == kind
            assert answer.headers["cross-origin-embedder-policy"] == "require-corp"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert client.get("/").text == "x"
        tag = {"if-none-match": client.get("/x.mjs").headers["etag"]}
        assert client.get("/x.mjs", headers=tag).status_code == 304
        for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
                     "/leads_out.txt", "//etc/passwd", "/%5c..%5csecret.txt",
                     "/x.mjs%00", "/none"):  # fmt: skip
            answer = ask(client, path)
            assert b"secret" not in answer and b" 404 " in answer.partition(b"\r\n")[0]
        assert refused(client.post("/x.mjs"), 405)
        assert refused(client.post("/people"), 405)
        assert refused(client.get("/people"), 401)


def ask(client, path):
    """The whole answer to a GET whose path no client has tidied up."""
    place = client.base_url.host, client.base_url.port
    with socket.create_connection(place, timeout=10) as here:
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        here.sendall(head.encode())
        return b"".join(iter(lambda: here.recv(65536), b""))
