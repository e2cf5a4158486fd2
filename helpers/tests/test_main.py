"""The command line: what it prints, its exit codes, a sentence for each mistake."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from helpers.__main__ import Parser, main, parser
from helpers.datasets import orl
from helpers.disk import archives
from helpers.disk.archives import PROJECT, MissingData
from helpers.measures.rates import share
from helpers.tests.conftest import BAD, GOOD, refused_before_tensorflow
from helpers.tests.test_verifier import SPOILT, spoilt

COMMAND = [sys.executable, "-m", "helpers"]
UNIX = os.name != "nt"


@pytest.fixture
def verify(photos, weights, capsys):
    def run(a, b="face.png", *options):
        files = [str(photos / name) for name in (a, b)]
        code = main(["verify", *files, "--weights", str(weights), *options])
        return code, *capsys.readouterr()

    run.at = photos
    return run


def test_the_same_photo_is_the_same_person(verify):
    code, out, err = verify("face.png")
    assert code == 0 and err == ""
    first, second = out.splitlines()
    assert (
        first == "The same person: similarity 1.000, at least the threshold of 0.600."
    )
    assert second == (
        "Of pairs of strangers 0.01 % or fewer are at least this alike; the threshold "
        "accepts 1 %, and rejects 46 % of pairs of one person."
    )


def test_below_the_threshold_are_different_people(verify, photos, weights):
    card = weights.with_suffix(".json")
    code, out, err = verify("no_face.jpg", "face.png")
    assert code == 2
    text = card.read_text()
    try:
        strict = [[1.0, -1.0], [0.01, 1.5], [0.0001, 2.0]]
        card.write_text(json.dumps(json.loads(text) | {"strangers": strict}))
        code, out, err = verify("cmyk.jpg")
    finally:
        card.write_text(text)
    assert code == 1 and out.startswith("Different people: similarity ") and err == ""
    assert "below the threshold of 1.500." in out


def test_json_is_for_programs(verify, weights):
    code, out, err = verify("face.png", "cmyk.jpg", "--json", "--far", "0.01")
    verdict = json.loads(out)
    assert code == 0 and verdict["same"] is True and err == ""
    assert verdict["threshold"] == pytest.approx(0.6)
    assert verdict["false_accept_rate"] == pytest.approx(0.01)
    assert verdict["weights"] == str(weights)
    assert set(verdict) >= {"similarity", "strangers_alike"} and verdict["doubts"] == []


def test_a_verdict_on_a_dark_photo_says_that_it_is_worth_little(verify, photos):
    dark = np.asarray(Image.open(photos / "face.png").convert("L")) // 4
    Image.fromarray(dark).save(photos / "dark.png")
    code, out, err = verify("dark.png")
    doubt = f"Do not rely on it: {photos / 'dark.png'} is too dark."
    assert code in (0, 1) and err == ""
    assert out.splitlines()[2] == doubt and len(out.splitlines()) == 3
    code, out, _ = verify("dark.png", "dark.png", "--json")
    assert len(json.loads(out)["doubts"]) == 2


def test_several_references_count_by_their_mean(verify):
    more = "--reference"
    _, out, _ = verify("cmyk.jpg", "face.png", "--json")
    one = json.loads(out)
    assert one["references"] == 1 and one["skilled_accept_rate"] is None
    code, out, err = verify("face.png", "face.png", more, f"{verify.at}/cmyk.jpg")
    assert (
        code == 0 and err == "" and out.startswith("The same person: mean similarity")
    )
    assert " to 2, at least the threshold" in out
    code, out, _ = verify(
        "face.png", "face.png", more, f"{verify.at}/cmyk.jpg", "--json"
    )
    both = json.loads(out)
    assert both["references"] == 2 and both["threshold"] == one["threshold"]
    assert both["similarity"] == pytest.approx((1 + one["similarity"]) / 2, abs=1e-4)


def test_references_and_the_probe_alone(photos, weights, capsys):
    face = str(photos / "face.png")
    given = ["--reference", face, "--weights", str(weights)]
    assert main(["verify", *given, face]) == 0
    assert capsys.readouterr().out.startswith("The same person: similarity 1.000")
    for wrong in ([face], [face, face, face]):  # no reference; three without one
        assert main(["verify", *wrong, "--weights", str(weights)]) == 2
        out, err = capsys.readouterr()
        assert out == "" and err.startswith("A verdict needs a photo to compare with")
        assert err.count("\n") == 1
    assert main(["verify", "--reference", str(photos / "text.jpg"), face]) == 2
    assert "it is no image that can be read" in capsys.readouterr().err


def test_weights_that_know_forgeries_take_their_threshold(verify, weights):
    card = weights.with_suffix(".json")
    text = card.read_text()
    known = {"threshold": 0.9, "skilled": [[1.0, 0.1], [0.5, 0.9], [0.0, 1.0]]}
    try:
        card.write_text(json.dumps(json.loads(text) | {"forgeries": known}))
        code, out, _ = verify("face.png")
        assert code == 0 and "the threshold of 0.900." in out
        assert out.splitlines()[2] == "Of skilled forgeries it accepts 50 %."
        _, out, _ = verify("face.png", "face.png", "--json", "--far", "0.01")
        assert json.loads(out)["threshold"] == pytest.approx(0.6)
        assert json.loads(out)["skilled_accept_rate"] == pytest.approx(0.6875)
        own = {"share": 0.5, "usual": 0.8}
        known = {"forgeries": known | {"own": own}}
        card.write_text(json.dumps(json.loads(text) | known))
        _, out, _ = verify("face.png", "face.png", "--json")
        assert json.loads(out)["threshold"] == pytest.approx(0.9)  # one has no own one
        reference = f"{verify.at}/face.png"
        _, out, _ = verify("face.png", "face.png", "--json", "--reference", reference)
        assert json.loads(out)["threshold"] == pytest.approx(1.0)  # alike: stricter
    finally:
        card.write_text(text)


def test_forgeries_that_are_not_there(photos, weights, tmp_path, capsys):
    for command in (["train", "folder"], ["evaluate", "folder"]):
        given = [str(photos.parent), "--forgeries", str(tmp_path / "none")]
        kept = ["--name", str(tmp_path / "mine")] * (command[0] == "train")
        assert main([*command, *given, *kept]) == 2
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("name", BAD)
def test_a_bad_photo_gives_its_sentence_and_exit_code_2(name, verify):
    for files in ((name, "face.png"), ("face.png", name)):
        code, out, err = verify(*files)
        assert code == 2 and out == "" and err.count("\n") == 1
        assert BAD[name] in err and name in err
    code, out, err = verify(name, "face.png", "--json")
    assert code == 2 and json.loads(out) == {"same": None, "reason": err.strip()}


@pytest.mark.parametrize("name", GOOD)
def test_any_kind_of_file_is_verified(name, verify):
    code, _, err = verify(name)
    assert code == 0 and err == ""


@pytest.mark.parametrize("what", SPOILT)
def test_spoilt_weights_give_their_sentence(what, photos, weights, tmp_path, capsys):
    face = str(photos / "face.png")
    path = spoilt(weights, tmp_path, SPOILT[what][0])
    assert main(["verify", face, face, "--weights", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "Traceback" not in err


@pytest.mark.parametrize("far", ["0", "-1", "2", "nan", "1e-9"])
def test_a_rate_that_cannot_be_set(far, verify):
    code, _, err = verify("face.png", "face.png", f"--far={far}")
    assert code == 2 and "cannot be set: choose 0.0001 to 1" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "arguments are required: COMMAND"),
        (["verfy"], "choose from 'verify', 'evaluate'"),
        (["verify"], "required: PHOTO"),
        (["verify", "a", "b", "--far", "little"], "invalid float value: 'little'"),
        (["evaluate", "faces"], "choose from 'lfw', 'orl'"),
        (
            ["train", "cats"],
            "choose from 'faces', 'joined', 'omniglot', 'folder', 'aligner'",
        ),
        (["train", "faces", "--epochs", "0"], "invalid positive number value: '0'"),
        (["benchmark", "--minutes", "nan"], "invalid positive number value: 'nan'"),
    ],
)
def test_a_command_that_is_none(arguments, words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    err = capsys.readouterr().err
    assert ended.value.code == 2 and err.count("\n") == 1
    assert words in err and "--help`." in err


def test_every_command_has_help(capsys):
    for arguments in (
        [],
        ["verify"],
        ["evaluate"],
        ["train"],
        ["evaluate", "lfw"],
        ["evaluate", "folder"],
        ["train", "faces"],
        ["train", "omniglot"],
        ["train", "folder"],
        ["train", "aligner"],
        ["benchmark"],
    ):
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--help"])
        assert ended.value.code == 0
        assert "usage: python -m helpers" in capsys.readouterr().out
    assert isinstance(parser(), Parser)


def test_missing_lfw_is_said_with_the_remedy(weights, monkeypatch, capsys):
    def missing(name):
        raise MissingData("LFW is not here. Set COURSE_DATA to a folder with it.")

    monkeypatch.setattr("helpers.recipes.faces.lfw_faces", missing)
    assert main(["evaluate", "lfw", "--weights", str(weights), "--json"]) == 2
    out, err = capsys.readouterr()
    assert err == "LFW is not here. Set COURSE_DATA to a folder with it.\n"
    assert json.loads(out) == {"reason": err.strip()}


def test_evaluation_ends_with_a_line_of_json(weights, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(archives, "_places", lambda: [tmp_path])
    few = orl(quiet=True).take(np.arange(400) % 10 < 3)  # three photos of everybody
    monkeypatch.setattr("helpers.recipes.faces.orl", lambda quiet: few)
    assert main(["evaluate", "orl", "--weights", str(weights)]) == 0
    lines = capsys.readouterr().out.splitlines()
    found = json.loads(lines[-1])
    assert 0 < found["eer"] < 0.6 and len(found["eers"]) == 4 and "ORL" in lines[-1]
    assert found["weights"] == str(weights)
    assert any(line.startswith("eer ") for line in lines)


def test_an_interruption_is_no_traceback(photos, monkeypatch, capsys):
    def interrupted(path, card):
        raise KeyboardInterrupt

    monkeypatch.setattr("helpers.verifier.closeup_of", interrupted)
    assert main(["verify", "a.jpg", "b.jpg"]) == 130
    assert capsys.readouterr().err.endswith(
        "Interrupted. Run the same command again.\n"
    )


def test_shares_have_the_digits_that_were_measured():
    assert share(0.031) == "3.1 %" and share(1) == "1e+02 %" or share(1) == "100 %"


def test_a_bad_photo_is_refused_before_tensorflow_is_loaded(photos):
    assert refused_before_tensorflow("verify", photos / "face.png", "missing.jpg")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_a_closed_pipe_is_no_traceback():
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, "verify", "a.jpg", "b.jpg", "--json"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    os.close(write)
    assert done.returncode == 2 and done.stderr.startswith("The output was closed")
    assert done.stderr.count("\n") == 1


PROCESS = """
import runpy, sys, time
sys.argv[1:] = ["verify", {face!r}, {face!r}, "--weights", {weights!r}]
try:
    runpy.run_module("helpers", run_name="__main__", alter_sys=True)
except SystemExit as ended:
    print("code", ended.code)
from helpers.__main__ import main
from helpers.recipes import faces
# long work; TensorFlow, whose import may swallow a signal, is loaded by then
faces.evaluate_orl = lambda *_: (print("ready", flush=True), time.sleep(60))
sys.exit(main(["evaluate", "orl", "--weights", {weights!r}]))
"""


def interruptible():
    """A shell lets its background jobs ignore the signal, and they hand that down."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_process_prints_the_verdict_and_nothing_else_and_ends_without_a_traceback(
    photos, weights
):
    """`python -m helpers verify`, then a long command that is interrupted."""
    code = PROCESS.format(face=str(photos / "face.png"), weights=str(weights))
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        preexec_fn=interruptible if UNIX else None,
    )
    verdict, doubt, code, ready = (process.stdout.readline() for _ in range(4))
    assert verdict.startswith("The same person: similarity 1.000") and "0.01 %" in doubt
    assert (code, ready) == ("code 0\n", "ready\n")
    if not UNIX:  # it has no such signal
        process.kill()
        assert process.communicate(timeout=120) == ("", "")
        return
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130 and out == ""
    assert err == "\nInterrupted. Run the same command again.\n"
