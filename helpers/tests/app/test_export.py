"""The network as a file: it says what Keras says, or it is not there."""

import json
import sys

import numpy as np
import pytest

from helpers.app import checking, exported
from helpers.app import export as exporting
from helpers.app.checking import describe
from helpers.app.export import deployed, export
from helpers.app.exported import Exported, card_path
from helpers.datasets import PhotoError, Photos, is_here, orl
from helpers.faces import crop_or_middle
from helpers.tests.conftest import tiny_tower
from helpers.verifier import Verifier

KINDS = ("onnx", "litert")
PEOPLE = np.repeat([0, 1, 2], 4)


@pytest.fixture(scope="module")
def crops():
    """Twelve faces of three people, uint8 (12, 64, 64, 1)."""
    some = orl(quiet=True).images[np.r_[0:4, 10:14, 20:24]]
    return np.stack([crop_or_middle(image) for image in some])


@pytest.fixture(scope="module", autouse=True)
def few(crops):
    """What is checked and calibrated sees these faces alone: seconds, not minutes."""
    first, second = np.triu_indices(len(crops), k=1)
    same = PEOPLE[first] == PEOPLE[second]
    pairs = [checking.Pairs("orl", crops, first, second, same)]
    many = Photos(np.tile(crops, (22, 1, 1, 1)), np.tile(PEOPLE, 22))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "known_pairs", lambda verifier: pairs)
        patch.setattr(exporting, "lfw_faces", lambda subset: many)
        patch.setattr(exporting, "apart", lambda photos: (photos, None))
        patch.setattr(exporting, "is_here", lambda name: True)
        yield


@pytest.fixture(scope="module")
def tiny(weights):
    return Verifier.load(weights)


@pytest.fixture(scope="module")
def files(tiny, tmp_path_factory):
    """The file of a tiny network, by kind."""
    folder = tmp_path_factory.mktemp("export")
    return {kind: export(tiny, kind, folder, say=str)[0] for kind in KINDS}


@pytest.fixture
def broken(files, tmp_path):
    """A function that copies the ONNX file and its card, to be damaged."""
    path = tmp_path / files["onnx"].name
    path.write_bytes(files["onnx"].read_bytes())
    card_path(path).write_bytes(card_path(files["onnx"]).read_bytes())
    return path


def refused(error, words, call, *arguments):
    """Whether a call is refused by one sentence with these words."""
    with pytest.raises(error) as raised:
        call(*arguments)
    text = str(raised.value)
    return words in text and "\n" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_says_what_keras_says(kind, files, tiny, crops):
    network = Exported(files[kind])
    wanted = tiny.embed_crops(crops)
    for batch in (64, 5, 1):
        assert np.abs(network.embed_crops(crops, batch) - wanted).max() < 1e-6
    assert network.embed_crops(crops[:0]).shape == (0, 8)


@pytest.mark.parametrize("kind", KINDS)
def test_the_mirror_and_the_length_are_in_the_graph(kind, files, crops):
    network = Exported(files[kind])
    embeddings = network.embed_crops(crops)
    mirrored = network.embed_crops(np.ascontiguousarray(crops[:, :, ::-1]))
    assert np.abs(embeddings - mirrored).max() < 1e-6
    assert np.abs(np.linalg.norm(embeddings, axis=1) - 1).max() < 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_the_card_lies_beside_it(kind, files, tiny):
    card = json.loads(card_path(files[kind]).read_text())
    about = card["exported"]
    assert card["threshold"] == tiny.card["threshold"] and about["kind"] == kind
    assert about["inputs"] == {"crops": ["photo", 64, 64, 1]}
    assert about["outputs"] == {"embedding": ["photo", 8]}
    assert about["quantised"] is None and about["weights"] == tiny.version
    assert about["bytes"] == files[kind].stat().st_size
    found = about["check"]
    assert found["score"] < 1e-5 and found["pairs"] == 66
    assert found["changed_at_equal_odds"] == found["changed_at_far"] == 0
    assert set(found["milliseconds"]) == {"1", "64"}
    assert describe(found).count("\n") == 6


@pytest.mark.parametrize("kind", KINDS)
def test_an_int8_file_loads(kind, tiny, crops, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(checking, "COST", 1)  # the tower is not trained
    path, card = export(tiny, kind, tmp_path, int8=True)
    assert path.name == f"tiny-int8{path.suffix}" and card["exported"]["quantised"]
    assert (
        np.abs(Exported(path).embed_crops(crops) - tiny.embed_crops(crops)).max() < 0.1
    )
    out, err = capfd.readouterr()
    assert err == "" and out.count("\n") == (3 if kind == "onnx" else 2)


def test_the_looks_of_pictures_are_in_the_graph(crops):
    verifier = Verifier.load("omniglot")  # eight, none mirrored
    found = deployed(verifier)(crops)["embedding"].numpy()
    assert np.abs(found - verifier.embed_crops(crops)).max() < 1e-5


def test_pictures_may_be_wide_coloured_and_mirrored(tiny):
    looks = {"pictures": {"views": 3, "mirror": True}}
    verifier = Verifier(tiny_tower((24, 40, 3)), tiny.card | looks)
    photos = np.random.default_rng(0).integers(0, 256, (5, 24, 40, 3), np.uint8)
    found = deployed(verifier)(photos)["embedding"].numpy()
    assert np.abs(found - verifier.embed_crops(photos)).max() < 1e-5


def test_the_network_that_is_shipped_doubts_too(crops, tmp_path):
    verifier = Verifier.load()
    path, card = export(verifier, "litert", tmp_path, say=str)
    dark = np.concatenate([crops, crops // 8])
    found, wanted = Exported(path).run(dark), checking.with_keras(verifier)(dark)
    assert card["exported"]["outputs"]["doubt"] == ["photo", 1]
    assert np.abs(found["embedding"] - wanted["embedding"]).max() < 1e-5
    assert np.array_equal(found["doubt"] > 0, wanted["doubt"] > 0)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_int8_of_the_network_that_is_shipped_costs_little(kind, crops, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        if kind == "onnx":
            if not is_here("lfw"):
                pytest.skip("LFW is not on this machine")
            from helpers.recipes import faces

            patch.setattr(exporting, "lfw_faces", faces.lfw_faces)
            patch.setattr(exporting, "apart", faces.apart)
        verifier = Verifier.load()
        _, card = export(verifier, kind, tmp_path, int8=True, say=str)
    assert card["exported"]["bytes"] < 4e6 and card["exported"]["check"]["score"] < 0.05


def test_what_cannot_be_exported_is_refused(tiny, tmp_path, monkeypatch):
    joined = Verifier(tiny.tower, tiny.card | {"beside": "faces"})
    assert refused(ValueError, "export 'faces'", export, joined, "onnx", tmp_path)
    assert refused(ValueError, "onnx or litert", export, tiny, "coreml", tmp_path)
    drawings = Verifier(tiny.tower, tiny.card | {"pictures": {}})
    int8 = tmp_path, True
    assert refused(ValueError, "for pictures", export, drawings, "onnx", *int8)
    monkeypatch.setattr(exporting, "is_here", lambda name: False)
    assert refused(ValueError, "LFW is not on", export, tiny, "onnx", *int8)
    (tmp_path / "file").touch()
    assert refused(ValueError, "name a folder", export, tiny, "onnx", tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_that_differs_is_not_kept(tiny, tmp_path, monkeypatch):
    fair = checking.compare
    for wrong, int8 in (
        ({"score": 2e-4}, False),
        ({"score": np.nan}, False),
        ({"eer": {"orl": {"keras": 0.02, "file": 0.0231}}}, True),
        ({"eer": {}, "score": 0.2}, True),
    ):
        monkeypatch.setattr(
            checking, "compare", lambda *four, wrong=wrong: fair(*four) | wrong
        )
        words = "tiny-int8.tflite is not" if int8 else "tiny.tflite is not written"
        assert refused(ValueError, words, export, tiny, "litert", tmp_path, int8, str)
    assert not list(tmp_path.iterdir())


def test_a_kill_leaves_no_half(tiny, tmp_path, monkeypatch):
    def killed(path, write):
        raise KeyboardInterrupt

    monkeypatch.setattr(exporting, "write_whole", killed)
    with pytest.raises(KeyboardInterrupt):
        export(tiny, "litert", tmp_path, say=str)
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.tflite.json"]
    path = tmp_path / "tiny.tflite"
    assert refused(FileNotFoundError, "make it again with", Exported, path)


def test_what_is_damaged_is_refused(broken, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert refused(ImportError, "onnxruntime is missing", Exported, broken)
    monkeypatch.undo()
    data, card = broken.read_bytes(), card_path(broken).read_text()
    broken.write_bytes(data[:-1])
    assert refused(ValueError, "is damaged, or its card", Exported, broken)
    broken.write_bytes(data)
    card_path(broken).write_text(card.replace('"format": 1', '"format": 9'))
    assert refused(ValueError, "of format 9", Exported, broken)
    for text in ("{", "[]", "{}"):
        card_path(broken).write_text(text)
        assert refused(ValueError, "json is damaged", Exported, broken)
    card_path(broken).unlink()
    assert refused(FileNotFoundError, "has no card", Exported, broken)
    broken.unlink()
    assert refused(FileNotFoundError, "no exported network", Exported, broken)


def test_what_the_runtime_cannot_run_is_refused(broken, monkeypatch):
    def sum_of(data):
        return exported.hashlib.sha256(data).hexdigest()

    data, card = broken.read_bytes(), card_path(broken).read_text()
    broken.write_bytes(b"no network")
    card_path(broken).write_text(card.replace(sum_of(data), sum_of(b"no network")))
    assert refused(ValueError, "This onnxruntime cannot run", Exported, broken)


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_crops_are_refused(kind, files, crops):
    network = Exported(files[kind])
    for wrong in (crops[0], crops / 255, crops[:, :32], np.tile(crops, 3), []):
        assert refused(PhotoError, "takes crops uint8 (photo, 64", network.run, wrong)


def test_a_file_of_another_verifier_is_refused(files, tiny):
    other = Verifier(tiny.tower, tiny.card)
    other.version = "0" * 16
    assert refused(ValueError, "another verifier", checking.check, other, files["onnx"])
