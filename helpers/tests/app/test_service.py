"""The web API: what it answers, and what it refuses in the command line's words."""

import io

import numpy as np
import pytest
from PIL import Image

from helpers.app.web import answers, operations
from helpers.gallery import Gallery
from helpers.live import records
from helpers.live.words import describe
from helpers.tests.app.serving import address, at_port, put, refused
from helpers.tests.conftest import BAD, GOOD
from helpers.verifier import Verifier, closeup_of, closeups_of

NAMES = (
    "a/b",
    "../../etc/passwd",
    "%2e%2e",
    "..",
    "Robert'); DROP TABLE person;--",
    '" OR 1=1 --',
    "山田 太郎",
    "<script>alert(1)</script>",
    "{name}",
    "a?b#c&d",
    "photos",
)


# ---- answers -------------------------------------------------------------------------


def test_two_photos_get_the_verdict_of_the_command_line(client, photos, verifier, jpeg):
    (photos / "one.jpg").write_bytes(jpeg[0])
    files = {name: (path.name, path.read_bytes()) for name, path in (
        ("a", photos / "one.jpg"), ("b", photos / "rgba.png"))}  # fmt: skip
    found = client.post("/verify", files=files, data={"far": "0.05"}).json()
    pair = [closeup_of(str(photos / name)) for name in ("one.jpg", "rgba.png")]
    wanted = verifier.verify(*pair, 0.05)
    for name in ("same", "similarity", "threshold", "false_reject_rate"):
        assert found[name] == pytest.approx(getattr(wanted, name), abs=1e-6)
    assert found["false_accept_rate"] == pytest.approx(0.05)
    words = describe(wanted, verifier.card).replace(f"{photos}/", "")
    assert found["words"] == words and found["measured_on"] is None
    assert found["false_accept_rate_95"] is None  # the untrained tower's card has none


def test_a_card_with_intervals_and_people_is_quoted(weights, tmp_path, jpeg):
    verifier = Verifier.load(weights)
    bounds = [[1, 1], [0.08, 0.12], [0.005, 0.02], [0, 0.001]]
    verifier.card |= {"strangers_95": bounds, "data": "four strangers"}
    with Gallery(":memory:", verifier) as gallery, at_port(gallery) as client:
        found = client.post("/verify", files={"a": jpeg[0], "b": jpeg[1]}).json()
    assert found["false_accept_rate_95"] == pytest.approx([0.005, 0.02])
    assert found["measured_on"] == "four strangers"


def test_a_person_comes_is_known_renamed_and_goes(client, jpeg, gallery):
    answer = put(client, " Ann  Berg", jpeg[0], jpeg[1])
    assert answer.status_code == 201
    assert answer.headers["location"] == "/people/Ann%20Berg"
    assert answer.json()["photos"] == answer.json()["new"] == 2
    answer = put(client, "ann berg", jpeg[1], jpeg[2])
    assert answer.status_code == 200
    assert (answer.json()["photos"], answer.json()["new"]) == (3, 1)
    (row,) = client.get("/people").json()["people"]
    assert row == client.get("/people/ANN%20BERG").json()
    assert row == gallery.people()[0]._asdict()
    found = client.post("/identify", files={"photo": jpeg[2]}).json()
    assert found["name"] == "Ann Berg" and found["people"] == 1
    answer = client.patch("/people/Ann%20Berg", json={"name": "Bo"})
    assert answer.json() == row | {"name": "Bo"}
    assert client.delete("/people/BO").status_code == 204
    assert client.get("/people").json() == {"people": []}
    found = client.post("/identify", files={"photo": jpeg[2]}).json()
    assert found["name"] is None and found["words"] == "Nobody: no one is enrolled."


def test_who_is_forgotten_is_told_what_the_servers_log_holds(
    client, jpeg, monkeypatch, gallery
):
    log = f"The log of {gallery.path} may still hold bytes: ask who runs it."
    monkeypatch.setattr(operations, "remains", lambda where: log)
    put(client, "Ann", jpeg[0])
    answer = client.delete("/people/Ann")
    told = "The log of the gallery may still hold bytes: ask who runs it."
    assert answer.status_code == 200  # 204 promises that nothing is left
    assert answer.json() == {"name": "Ann", "remains": [told]}
    assert answers.Removed(**answer.json())
    assert client.get("/people").json() == {"people": []}
    described = client.get("/openapi.json").json()
    responses = described["paths"]["/people/{name}"]["delete"]["responses"]
    assert "content" not in responses["204"]
    kind = responses["200"]["content"]["application/json"]["schema"]["$ref"]
    assert kind.endswith("/Removed") and "Removed" in described["components"]["schemas"]


def test_who_asks_hears_nothing_of_the_servers_own_files(
    client, jpeg, monkeypatch, tmp_path
):
    monkeypatch.setattr(records, "data_folder", lambda: tmp_path)
    (tmp_path / "mine" / "Ann").mkdir(parents=True)
    (tmp_path / "mine" / "Ann" / "1.png").write_bytes(jpeg[0])
    put(client, "Ann", jpeg[0])
    answer = client.delete("/people/Ann")
    assert (answer.status_code, answer.content) == (204, b"")


def test_of_a_stranger_no_name_is_told(weights, jpeg):
    verifier = Verifier.load(weights)
    verifier.card |= {"strangers": [[1.0, -1.0], [0.01, 1.5], [0.0001, 2.0]]}
    with Gallery(":memory:", verifier) as gallery, at_port(gallery) as client:
        put(client, "Xanthippe", jpeg[3])
        answer = client.post("/identify", files={"photo": jpeg[0]})
    assert answer.json()["name"] is None and "Xanthippe" not in answer.text
    assert "similarity to the person most alike" in answer.json()["words"]


def test_a_person_sees_what_is_kept(client, jpeg):
    put(client, "a/b", jpeg[0])
    told = client.get(address("A/B", "/photos")).json()
    (kept,) = told["photos"]
    assert told["name"] == "a/b" and kept["features"] == 8
    crop = client.get(kept["crop"])
    assert crop.headers["content-type"] == "image/png"
    assert np.asarray(Image.open(io.BytesIO(crop.content))).shape == (64, 64)
    put(client, "other", jpeg[3])
    sentence = refused(client.get(f"/people/other/photos/{kept['digest']}"), 404)
    assert sentence == "There is no such photo of 'other': see its photos."


@pytest.mark.parametrize("name", GOOD)
def test_photos_of_any_format(name, client, photos):
    data = (photos / name).read_bytes()
    assert client.post("/verify", files={"a": data, "b": data}).json()["same"]


def test_the_server_tells_of_itself(client, verifier):
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/version").json()["tower"] == verifier.version
    described = client.get("/openapi.json").json()["paths"]
    shown = client.get("/docs").text
    assert all(path in shown for path in described) and "http" not in shown
    assert client.get("/").headers["location"] == "/docs"


# ---- refusals ------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted({*BAD} - {"missing.jpg", "folder"}))
def test_a_bad_photo_gets_the_sentence_of_the_command_line(name, client, photos, jpeg):
    with pytest.raises(ValueError) as error:
        closeups_of([str(photos / name)])
    sentence = str(error.value).replace(str(photos / name), name)
    assert BAD[name] in sentence
    bad = name, (photos / name).read_bytes()
    for answer in (
        client.post("/verify", files={"a": jpeg[0], "b": bad}),
        client.post("/identify", files={"photo": bad}),
        put(client, "Ann", jpeg[0], bad),
    ):
        assert refused(answer, 422) == sentence
    assert client.get("/people").json() == {"people": []}


def test_a_photo_without_a_proper_name(client, jpeg):
    for name in ("../../etc/passwd", "C:\\me\\passwd", "\x07"):
        files = {"a": (name, b"x"), "b": jpeg[0]}
        sentence = refused(client.post("/verify", files=files), 422)
        assert sentence.startswith(("Cannot use passwd:", "Cannot use the photo a:",
                                    "Cannot use %07:"))  # fmt: skip


@pytest.mark.parametrize("far", ["0", "-1", "2", "nan", "1e-9"])
def test_a_rate_that_cannot_be_set(far, client, jpeg):
    for path, names in (("/verify", "ab"), ("/identify", ["photo"])):
        files = dict.fromkeys(names, jpeg[0])
        sentence = refused(client.post(path, files=files, data={"far": far}), 422)
        assert "cannot be set: choose 0.0001 to 1" in sentence


def test_nothing_is_read_behind_a_question_mark(client, jpeg):
    files = {"a": jpeg[0], "b": jpeg[1]}
    for answer in (
        client.post("/verify?far=0.001", files=files),
        client.get("/people?a=1"),
    ):
        assert "send fields, far among them, in the form." in refused(answer, 400)


@pytest.mark.parametrize(
    "fields, words",
    [
        ([("a", b""), ("b", b"")], "it is empty (0 bytes)"),
        ([("a", b"x")], "Send one photo as b, not 0."),
        ([("a", b"x"), ("b", b"x"), ("b", b"x")], "Send one photo as b, not 2."),
        ([("a", b"x"), ("b", b"x"), ("c", b"x")], "There is no photo 'c' in this form"),
        (
            [("a", b"x"), ("b", (None, "x"))],
            "b is a photo: send it as a file, by curl -F b=@photo.jpg.",
        ),
        ([("a", b"x"), ("b", b"x"), ("far", (None, "x"))], "far is a number, not 'x'"),
        ([("a", b"x"), ("b", b"x"), *2 * [("far", (None, "1"))]], "far is there twice"),
        ([("a", b"x"), ("b", b"x"), ("far", (None, 2000 * "1"))], "maximum size"),
        (20 * [("a", b"x")], "Too many files"),
    ],
)
def test_a_form_that_is_not_as_described(fields, words, client):
    answer = client.post("/verify", files=fields)
    assert words in refused(answer, answer.status_code)
    assert answer.status_code == (400 if "aximum" in words or "Too" in words else 422)


def test_bodies_of_other_types(client, jpeg):
    for method, path, body in (
        ("POST", "/verify", {"json": {"a": 1}}),
        ("POST", "/identify", {"data": {"photo": "x"}}),
        ("PUT", "/people/Ann", {"content": jpeg[0]}),
        ("PATCH", "/people/Ann", {"files": {"name": b"Bo"}}),
    ):
        assert "The body must be" in refused(client.request(method, path, **body), 415)
    kind = {"content-type": "multipart/form-data"}
    answer = client.post("/verify", content=b"--x", headers=kind)
    assert "boundary" in refused(answer, 400)
    kind = {"content-type": "multipart/form-data; boundary=x"}
    assert refused(client.post("/verify", content=b"--y\r\n", headers=kind), 400)


@pytest.mark.parametrize(
    "body", ['{"name": "a", "name": "b"}', "{}", "[]", '"Bo"', '[["name", "Bo"]]',
             '{"name": 1}', '{"name": "Bo", "x": 1}', "null"]
)  # fmt: skip
def test_json_that_is_not_as_described(body, client):
    kind = {"content-type": "application/json"}
    sentence = refused(client.patch("/people/Ann", content=body, headers=kind), 422)
    assert sentence == 'Send a JSON object of one text: {"name": "..."}.'


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"1" * 9000])
def test_what_is_no_json(body, client):
    kind = {"content-type": "application/json"}
    assert refused(client.patch("/people/Ann", content=body, headers=kind), 400)


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_are_names_and_nothing_else(name, client, jpeg):
    assert put(client, "Ann", jpeg[3]).status_code == 201
    assert put(client, name, jpeg[0]).json()["name"] == name
    assert client.get(address(name)).json()["name"] == name
    answer = client.patch(address("Ann"), json={"name": name})
    assert "is enrolled already: choose another name." in refused(answer, 409)
    assert client.delete(address(name)).status_code == 204
    assert [one["name"] for one in client.get("/people").json()["people"]] == ["Ann"]


@pytest.mark.parametrize(
    "sent, words",
    [
        ("%20", "is no name: write it in visible"),
        ("%00", "is no name"),
        ("a%07", "is no name"),
        ("%0d%0aSet-Cookie:x", "is no name"),
        ("%ff", "no UTF-8"),
        ("n" * 61, "has 61 characters: use at most 60."),
    ],
)
def test_what_is_no_name(sent, words, client, jpeg):
    files = {"photos": jpeg[0]}
    assert words in refused(client.put(f"/people/{sent}", files=files), 422)
    assert words in refused(client.delete(f"/people/{sent}"), 422)
    kind = {"content-type": "application/json"}
    answer = client.patch("/people/x", content=b'{"name": "\\ud800"}', headers=kind)
    assert "is no name" in refused(answer, 422)


def test_nobody_of_this_name(client):
    wanted = "There is no 'Ann' in the gallery: see `people`."
    for method, more, body in (
        ("GET", "", {}),
        ("DELETE", "", {}),
        ("PATCH", "", {"json": {"name": "Bo"}}),
        ("GET", "/photos", {}),
    ):
        answer = client.request(method, f"/people/Ann{more}", **body)
        assert refused(answer, 404) == wanted


def test_no_such_address_or_method(client):
    for path in (
        "/nothing",
        "/people/",
        "/people/a/b",
        "/people/a/photos/b/c",
        "/a//people",
    ):
        assert "no such address" in refused(client.get(path), 404)
    for path, methods in (
        ("/verify", "POST"),
        ("/people", "GET"),
        ("/people/Ann", "DELETE, GET, PATCH, PUT"),
        ("/people/Ann/photos", "GET"),
        ("/health", "GET"),
    ):
        others = {"GET", "POST", "OPTIONS", "TRACE", "ODD"} - {*methods.split(", ")}
        for method in others:
            answer = client.request(method, path)
            assert answer.headers["allow"] == methods
            assert f"use {methods}." in refused(answer, 405)
