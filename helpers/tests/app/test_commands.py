"""People at the command line: enrol, identify, people, forget."""

import json

import numpy as np
import pytest
from PIL import Image

from helpers.__main__ import main
from helpers.app import commands, desk
from helpers.app.web import limits
from helpers.datasets import orl
from helpers.disk.cards import FORMAT
from helpers.disk.shards import Shards
from helpers.gallery import Gallery
from helpers.live import records
from helpers.live.traces import traces
from helpers.tests.conftest import BAD, STRANGERS, refused_before_tensorflow
from helpers.verifier import Verifier


@pytest.fixture
def run(weights, tmp_path, capsys, monkeypatch):
    """A command on a gallery and a data/mine of its own: exit code, output, error."""
    monkeypatch.setattr(records, "data_folder", lambda: tmp_path)

    def run(*arguments, gallery=tmp_path / "people.sqlite"):
        needs = arguments[0] in ("enrol", "identify")
        options = ["--gallery", gallery, *(["--weights", weights] if needs else [])]
        code = main([str(part) for part in [*arguments, *options]])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def ann(photos, tmp_path):
    """Three photos of one person."""
    paths = [tmp_path / f"ann{number}.png" for number in range(3)]
    for path, image in zip(paths, orl(quiet=True).images):
        Image.fromarray(image[..., 0]).save(path)
    return paths


def test_a_person_comes_is_known_and_goes(run, ann):
    assert run("enrol", "Ann", *ann[:2])[:2] == (
        0,
        f"Ann is enrolled with 2 photos, 2 new.\nBut: {ann[1]} is blurred.\n",
    )
    assert "with 3 photos, 1 new." in run("enrol", "ann", *ann)[1]
    code, out, _ = run("identify", ann[2])
    assert code == 0 and out.startswith("Ann: similarity ")
    assert "With 1 person enrolled 1 % of strangers get a name." in out
    code, out, _ = run("people")
    assert code == 0 and out.startswith("Ann: 3 photos, enrolled 20")
    assert out.endswith("1 person is enrolled.\n")
    assert run("forget", "ANN")[0] == 0
    assert run("people")[1] == "0 people are enrolled.\n"
    code, out, _ = run("identify", ann[2])
    assert code == 1 and out == "Nobody: no one is enrolled.\n"
    code, out, err = run("forget", "Ann")
    assert code == 2 and out == "" and "There is no 'Ann' in" in err


def test_json_is_for_programs(run, ann):
    enrolled = json.loads(run("enrol", "Ann", ann[0], "--json")[1])
    assert enrolled["name"] == "Ann" and enrolled["new"] == enrolled["photos"] == 1
    found = json.loads(run("identify", ann[1], "--json")[1])
    assert found["name"] == "Ann" and found["similarity"] >= found["threshold"]
    assert [one["name"] for one in json.loads(run("people", "--json")[1])] == ["Ann"]
    gone = json.loads(run("forget", "Ann", "--json")[1])
    wanted = {"name": "Ann", "files": 0, "photos": 1, "rows": None, "remains": []}
    assert gone == wanted


def test_who_is_not_alike_enough_is_nobody(run, ann, weights):
    strict = [[1.0, -1.0], [0.01, 1.5], [0.0001, 2.0]]
    card = weights.with_suffix(".json")
    text = card.read_text()
    run("enrol", "Ann", ann[0])
    try:
        card.write_text(json.dumps(json.loads(text) | {"strangers": strict}))
        code, out, _ = run("identify", ann[1])
    finally:
        card.write_text(text)
    assert code == 1 and out.startswith("Nobody: similarity to Ann ")
    assert "below the threshold of 1.500." in out


@pytest.mark.parametrize("name", BAD)
def test_a_bad_photo_enrols_nobody(name, run, ann, photos):
    code, out, err = run("enrol", "Ann", ann[0], photos / name)
    assert code == 2 and out == "" and err.count("\n") == 1 and BAD[name] in err
    code, out, err = run("people")
    assert code == 2 and "enrol somebody first" in err  # no file was made
    run("enrol", "Ann", ann[0])
    code, out, err = run("identify", photos / name, "--json")
    assert code == 2 and BAD[name] in json.loads(out)["reason"]


@pytest.mark.parametrize("far", ["0", "-1", "2", "nan", "1e-9"])
def test_a_rate_that_cannot_be_set(far, run, ann):
    run("enrol", "Ann", ann[0])
    code, _, err = run("identify", ann[0], f"--far={far}")
    assert code == 2 and "cannot be set: choose 0.0001 to 1" in err


@pytest.mark.parametrize(
    "name, words",
    [
        ("", "is no name"),
        ("\x07", "is no name"),
        ("A\u202en", "is no name"),
        ("n" * 61, "at most 60"),
    ],
)
def test_a_name_that_cannot_be_one(name, words, run, ann):
    code, _, err = run("enrol", name, ann[0])
    assert code == 2 and words in err and err.count("\n") == 1


def test_what_is_no_gallery_stays_as_it_is(run, tmp_path):
    (tmp_path / "empty.jpg").touch()
    for command in (["people"], ["forget", "Ann"]):
        code, _, err = run(*command, gallery=tmp_path / "empty.jpg")
        assert code == 2 and "There is no gallery" in err
        assert (tmp_path / "empty.jpg").stat().st_size == 0
        code, _, err = run(*command, gallery=tmp_path)
        assert code == 2 and "is a folder: name the file of a gallery." in err
    code = main(["export", "page", "--folder", str(tmp_path / "empty.jpg")])
    assert code == 2


def test_many_photos_are_enrolled_into_a_file(tmp_path, ann, capsys):
    command = ["embed", str(tmp_path), "--gallery", "postgresql://ann:secret@host/x"]
    assert main(command) == 2
    said = capsys.readouterr().err
    assert "embed enrols into a file: name one" in said and "secret" not in said


def test_what_is_wrong_is_said_before_tensorflow_is_loaded(ann, photos, tmp_path):
    here = "--gallery", tmp_path / "none.sqlite"
    assert refused_before_tensorflow("enrol", "Ann", ann[0], photos / "text.jpg", *here)
    assert refused_before_tensorflow("identify", ann[0], *here)
    assert refused_before_tensorflow("people", *here)
    assert refused_before_tensorflow("forget", "Ann", *here)
    wrong = "--weights", "omniglot"
    assert refused_before_tensorflow("enrol", "Ann", ann[0], *wrong, *here)
    assert refused_before_tensorflow("serve", *wrong, *here)
    assert refused_before_tensorflow("export", "page", "--int8")


def test_serve_shows_the_page_that_was_exported(monkeypatch, tmp_path):
    given = []
    monkeypatch.setattr("helpers.app.serve.serve", lambda *how: given.append(how))
    monkeypatch.chdir(tmp_path)
    main(["serve"])
    commands.PAGE.mkdir(parents=True)
    main(["serve", "--rate", "3"])
    main(["serve", "--page", "other"])
    assert [how[4] for how in given] == [None, commands.PAGE, "other"]
    assert [how[5] for how in given] == [limits.RATE, 3, limits.RATE]


def test_other_weights_need_recompute(run, ann, tmp_path):
    with Gallery(tmp_path / "people.sqlite", Verifier.load()) as gallery:
        gallery.add("Ann", [str(ann[0])])
    code, _, err = run("identify", ann[1])
    assert code == 2 and "--recompute" in err
    assert run("identify", ann[1], "--recompute")[0] == 0


@pytest.fixture
def photo(ann, tmp_path, monkeypatch):
    """A photo of Ann in a data/mine of its own."""
    monkeypatch.setattr(records, "data_folder", lambda: tmp_path)
    path = tmp_path / "mine" / "Ann" / "2026-11-29_1" / "anchor_001.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(ann[0].read_bytes())
    return path


def embedded(path, *files):
    """A file such as `embed` writes, of made-up embeddings."""
    shards = Shards(path, "ours", features=2)
    with shards.alone():
        digests = [b"%d" % number for number in range(len(files))]
        shards.add(files, digests, [[0.6, 0.8]] * len(files), {})
        shards.finish(files)
    return path


def test_who_is_forgotten_elsewhere_is_told_what_data_mine_holds(run, ann, photo):
    run("enrol", "Ann", ann[0]), run("enrol", "Bob", ann[1])
    hint = (
        "data/mine still holds 1 file of ann: `python -m helpers forget ann` "
        "removes it."
    )
    assert run("forget", "ann")[1].splitlines()[1:] == [f"But: {hint}"]
    assert photo.exists()
    photo.with_name("record.json").write_text("{}")
    run("enrol", "Ann", ann[0])
    (told,) = json.loads(run("forget", "Ann", "--json")[1])["remains"]
    assert "2 files of Ann: " in told and told.endswith(" removes them.")
    assert run("forget", "Bob")[1].count("\n") == 1  # of whom it holds none
    assert desk.left("Ann Berg; date") == []


def test_a_file_of_embed_forgets_too(run, ann, tmp_path, photo, capsys):
    path = embedded(tmp_path / "a.parquet", "Ann/1.png", "in/ann/2.png", "Bob/3.png")
    assert main(["forget", "ANN", "--embedded", str(path)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"ANN is forgotten. Removed: 2 rows of {path}."
    assert "data/mine still holds 1 file of ANN" in second and photo.exists()
    assert not traces("Ann", under=[path]) and traces("Bob", under=[path])
    assert main(["forget", "Ann", "--embedded", str(path)]) == 2
    said = capsys.readouterr().err
    assert said == f"There is no 'Ann' in {path}: check the name's spelling.\n"


def test_a_gallery_and_a_file_of_embed_in_one_call(run, ann, tmp_path):
    path = embedded(tmp_path / "a.parquet", "Ann/1.png", "Bob/2.png")
    run("enrol", "Ann", ann[0])
    gone = json.loads(run("forget", "Ann", "--json", "--embedded", path)[1])
    assert (gone["photos"], gone["rows"]) == (1, 1)
    assert run("forget", "Bob", "--embedded", path)[0] == 0  # who is in one of them
    code, _, err = run("forget", "Bob", "--embedded", path)
    assert code == 2 and f" and none in {path}: see `people`." in err


def test_a_place_that_cannot_be_used_removes_no_more(run, ann, tmp_path, photo):
    run("enrol", "Ann", ann[0])
    code, _, err = run("forget", "Ann", "--embedded", tmp_path / "none.parquet")
    assert code == 2 and "name the file that `embed` wrote." in err
    assert main(["forget", "Ann", "--embedded", ""]) == 2  # nor data/mine
    assert photo.exists() and "Ann: 1 photo" in run("people")[1]
    path = embedded(tmp_path / "a.parquet", "Ann/1.png", "Bob/2.png")
    (tmp_path / "damaged").write_text("no gallery")
    options = "--embedded", path
    code, _, err = run("forget", "Ann", *options, gallery=tmp_path / "damaged")
    wanted = f"The rows of {path} are removed, the rest is not. {tmp_path}/damaged is"
    assert code == 2 and err.startswith(wanted)


def test_what_is_out_of_reach_stands_in_the_help(capsys):
    with pytest.raises(SystemExit):
        main(["forget", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "Out of reach are copies made elsewhere: files that `export` wrote" in said


def test_forget_without_a_file_is_for_all_that_is_kept(
    ann, photo, weights, tmp_path, capsys
):
    assert main(["enrol", "Ann", str(ann[0]), "--weights", str(weights)]) == 0
    assert main(["forget", "Ann"]) == 0
    assert "1 file of data/mine and what the gallery held" in capsys.readouterr().out
    assert not photo.exists()
    kept = (tmp_path / "mine" / "gallery.sqlite").read_bytes()
    assert b"Ann" not in kept


def test_the_threshold_rises_with_those_who_are_enrolled():
    verifier = Verifier(None, {"format": FORMAT, "strangers": STRANGERS, "owners": []})
    alone, rate, doubts = desk.level(verifier, 1, 0.01)
    assert alone == pytest.approx(verifier.threshold(0.01)) and doubts == ()
    assert rate == pytest.approx(0.01)
    ten, rate, doubts = desk.level(verifier, 10, 0.01)
    assert ten > alone and rate == pytest.approx(0.01) and doubts == ()
    many, rate, doubts = desk.level(verifier, 10_000, 0.01)
    assert many == pytest.approx(verifier.threshold(0.0001))
    assert rate == pytest.approx(1 - (1 - 0.0001) ** 10_000)
    assert doubts == (
        "Of strangers 63 % get a name, not 1 %: 10,000 people are enrolled, and no "
        "rate below 0.01 % a pair was measured.",
    )


def test_doubts_of_an_enrolment_and_of_a_probe(run, ann, tmp_path):
    dark = np.asarray(Image.open(ann[0])) // 5
    Image.fromarray(dark).save(tmp_path / "dark.png")
    assert "But: " in run("enrol", "Ann", tmp_path / "dark.png")[1]
    assert "is too dark." in run("identify", tmp_path / "dark.png")[1]
