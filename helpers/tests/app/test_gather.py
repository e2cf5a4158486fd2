"""The page as a folder: of the right parts, and whole or not there."""

import base64
import functools
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from helpers.app import checking, pages
from helpers.datasets import orl
from helpers.disk.archives import MissingData
from helpers.faces import crop_or_middle
from helpers.verifier import Verifier


@pytest.fixture(scope="module")
def site(verifier, tmp_path_factory):
    """The page with an untrained network, gathered."""
    try:
        package = pages.runtime()
    except MissingData as error:
        pytest.skip(f"The page was not tested: {error}")
    root = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "known_pairs", some_pairs)
        patch.setattr(pages, "runtime", lambda say: package)
        patch.setattr(pages, "data_folder", lambda: root)
        return pages.gather(root / "site", verifier, say=str)


def some_pairs(verifier):
    """What an export is checked on here: seconds, not minutes."""
    crops = np.stack([crop_or_middle(image) for image in orl(quiet=True).images[:4]])
    first, second = np.triu_indices(4, k=1)
    return [checking.Pairs("", crops, first, second, np.arange(6) < 3)]


def test_what_is_gathered(site, verifier):
    told = json.loads((site / "files.js").read_text().split("self.FILES = ")[1][:-2])
    there = {file.name for file in site.iterdir()}
    assert there == told.keys() | {"files.js", "sw.js"}
    for name, integrity in told.items():
        digest = hashlib.sha256((site / name).read_bytes()).digest()
        assert integrity == f"sha256-{base64.b64encode(digest).decode()}"
    scripts = "".join(file.read_text() for file in site.glob("*.js*"))
    used = set(re.findall(r"\b[A-Z][A-Z_]{2,}\b", scripts))
    written = dict(
        re.findall(r"export const (\w+) = (.*);", (site / "constants.js").read_text())
    )
    assert written.keys() <= used | {"FAR"}
    assert json.loads(written["CARD"])["owners"] == verifier.card["owners"]


def test_another_folder_is_left_alone(verifier, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="is there and holds no page"):
        pages.gather(tmp_path, verifier)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_verifier_of_pictures(verifier, tmp_path):
    card = verifier.card | {"pictures": {}}
    with pytest.raises(ValueError, match="this verifier is for pictures"):
        pages.gather(tmp_path / "page", Verifier(verifier.tower, card))


def test_a_page_is_replaced_whole_or_not_at_all(site, verifier, tmp_path, monkeypatch):
    old = tmp_path / "page"
    shutil.copytree(site, old)
    (old / "gone.js").write_text("// of an older version")
    monkeypatch.setattr(pages, "runtime", lambda say: package_of(site, tmp_path))
    monkeypatch.setattr(pages, "network", lambda *rest: site / "faces.onnx")
    with monkeypatch.context() as patch:
        patch.setattr(pages, "write_list", full)
        with pytest.raises(OSError):
            pages.gather(old, verifier, say=str)
    assert (old / "gone.js").exists()
    pages.gather(old, verifier, say=str)
    assert not (old / "gone.js").exists() and (old / "files.js").exists()
    assert {file.name for file in tmp_path.iterdir()} == {"page", "package"}


def package_of(site, folder):
    """The package of npm as far as the page needs it."""
    package = folder / "package"
    (package / "dist").mkdir(parents=True, exist_ok=True)
    shutil.copy(site / "opencv.js", package / "dist")
    shutil.copy(site / "opencv-LICENSE.txt", package / "LICENSE")
    return package


def full(folder):
    raise OSError(28, "No space left on device")


def test_without_npm(monkeypatch, tmp_path):
    monkeypatch.setattr(pages, "data_folder", lambda: tmp_path)
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setattr(pages.shutil, "which", lambda *rest, **more: None)
    with pytest.raises(MissingData, match="install Node.js, or `pip install nodejs-"):
        pages.runtime()


def test_npm_without_a_network(monkeypatch, tmp_path):
    monkeypatch.setattr(pages, "data_folder", lambda: tmp_path)
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setattr(pages.shutil, "which", lambda *rest, **more: "npm")
    fails = functools.partial(subprocess.CompletedProcess, [], 1)
    monkeypatch.setattr(pages.subprocess, "run", lambda *rest, **more: fails())
    with pytest.raises(MissingData, match="npm could not fetch @techstark/opencv-js"):
        pages.runtime(say=str)


def test_another_archive_is_refused(monkeypatch, tmp_path):
    (tmp_path / pages.ARCHIVE).write_bytes(b"something else")
    monkeypatch.setattr(pages, "data_folder", lambda: tmp_path / "data")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    with pytest.raises(MissingData, match="is damaged or another version"):
        pages.runtime()
    assert not list((tmp_path / "data").rglob("*.js"))


def test_a_damaged_package_is_refused(monkeypatch, tmp_path):
    kept = tmp_path / "page" / Path(pages.ARCHIVE).stem / "dist"
    kept.mkdir(parents=True)
    (kept / "opencv.js").write_text("damaged")
    monkeypatch.setattr(pages, "data_folder", lambda: tmp_path)
    with pytest.raises(MissingData, match="is damaged: delete it and run again"):
        pages.runtime()
