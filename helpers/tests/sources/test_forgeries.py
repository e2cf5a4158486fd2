"""Forgeries are known by their folders, and never become a class of their own."""

import shutil

import numpy as np
import pytest

from helpers.disk.archives import MissingData
from helpers.sources import classes, forgeries, signatures
from helpers.sources.photos import PhotoError


@pytest.fixture
def root(tmp_path):
    """Four writers with three genuine signatures each and two forgeries."""
    signatures.write(tmp_path / "set", 4, 3, forgeries=2)
    return tmp_path / "set"


def moved(root, name, where):
    """Move the forgeries of `name` to another place."""
    where.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(root / f"{name}_forg", where)


def test_all_places_are_known(root, tmp_path, capsys):
    moved(root, "writer 000", root / "writer 000-Forged")
    moved(root, "writer 001", root / "writer 001" / "forgeries")
    moved(root, "writer 002", tmp_path / "false" / "writer 002")
    found, forged, how = classes.read(root, tree=tmp_path / "false")
    assert found.names == tuple(f"writer 00{n}" for n in range(4)) == forged.names
    assert np.bincount(found.people).tolist() == [3] * 4
    assert np.bincount(forged.people).tolist() == [2] * 4
    assert (
        "4 classes, 4 with forgeries: 12 genuine, 8 forged." in capsys.readouterr().out
    )
    rows, columns = how[0][:2]
    assert 2 * classes.SEEN < rows * columns < 4 * classes.SEEN and not found.skipped


def test_genuine_and_forged_side_by_side_inside(root):
    moved(root, "writer 001", root / "writer 001" / "forged")
    (root / "writer 001" / "genuine").mkdir()
    for file in (root / "writer 001").glob("*.png"):
        shutil.move(file, root / "writer 001" / "genuine")
    found, forged, _ = classes.read(root, quiet=True)
    assert np.bincount(found.people).tolist() == [3] * 4 and len(forged) == 8
    assert not any("forged" in file for file in found.files)


def test_forgeries_of_some_classes_only(root, capsys):
    shutil.rmtree(root / "writer 002_forg")
    _, forged, _ = classes.read(root)
    assert set(forged.people) == {0, 1, 3}
    assert (
        "4 classes, 3 with forgeries: 12 genuine, 6 forged." in capsys.readouterr().out
    )


def test_no_forgeries(root):
    for n in range(4):
        shutil.rmtree(root / f"writer 00{n}_forg")
    found, forged, how = classes.read(root, quiet=True)
    assert forged is None and np.prod(how[0]) < 1.2 * classes.SEEN


def test_forgeries_of_nobody_are_named_and_not_used(root):
    shutil.rmtree(root / "writer 003")
    found, forged, _ = classes.read(root, quiet=True)
    assert found.names == ("writer 000", "writer 001", "writer 002")
    assert len(forged) == 6
    [(place, reason)] = found.skipped
    assert place == "writer 003_forg" and "no folder of genuine pictures" in reason


def test_an_empty_folder_of_forgeries_is_named(root):
    shutil.rmtree(root / "writer 000_forg")
    (root / "writer 000" / "forgeries").mkdir()
    for file in (root / "writer 001_forg").iterdir():
        file.unlink()
    found, forged, _ = classes.read(root, quiet=True)
    empty = {
        place for place, reason in found.skipped if reason == "the folder is empty."
    }
    assert empty == {"writer 000/forgeries", "writer 001_forg"}
    assert set(forged.people) == {2, 3} and len(found.names) == 4


def test_forgeries_that_are_no_pictures(root):
    for n in range(4):
        for file in (root / f"writer 00{n}_forg").iterdir():
            file.write_text("not a picture")
    found, forged, _ = classes.read(root, quiet=True)
    assert forged is None and len(found) == 12
    assert any("no image" in reason for _, reason in found.skipped)


def test_a_genuine_picture_is_no_forgery(root):
    copied = root / "writer 000_forg" / "copied.png"
    shutil.copy(root / "writer 000" / "00.png", copied)
    found, forged, _ = classes.read(root, quiet=True)
    [(place, reason)] = found.skipped
    assert place == "writer 000_forg/copied.png" and len(forged) == 8
    assert reason == "it is the same picture as writer 000/00.png, which is genuine."


@pytest.mark.parametrize(
    ("names", "error", "words"),
    [
        (None, MissingData, "There is no folder .*false. Check its spelling"),
        ([], ValueError, "No sub-folder of .*false is named like one of .*set: name"),
        (["ann"], ValueError, "the first is 'ann': name each like the folder with"),
    ],
)
def test_a_tree_that_names_nobody(root, tmp_path, names, error, words):
    tree = tmp_path / "false"
    for name in names or []:
        shutil.copytree(root / "writer 000_forg", tree / name)
    if names == []:
        tree.mkdir()
    with pytest.raises(error, match=words):
        classes.read(root, tree=tree, quiet=True)


def test_a_folder_of_two_trees_is_told_which_to_name(root, tmp_path):
    both = tmp_path / "both"
    for part in ("genuine", "forged"):
        for n in range(2):
            shutil.copytree(root / f"writer 00{n}", both / part / f"writer 00{n}")
    with pytest.raises(PhotoError, match="are parts of a set. Name one of them"):
        classes.read(both, quiet=True)


def test_each_part_has_its_share_of_the_forged(root):
    found = classes.read(root, quiet=True)[0]
    many = np.repeat(np.arange(20), 3)
    photos = type(found)(np.zeros((60, 8, 8, 1), np.uint8), many)
    forged = photos.only(np.arange(10))
    for seed in range(3):
        parts = classes.apart(photos, seed, forged)
        counts = [len(np.unique(forged.only(p.people).people)) for p in parts.values()]
        assert counts == [6, 2, 2]
        assert [len(np.unique(p.people)) for p in parts.values()] == [12, 4, 4]


def test_names_of_people_are_not_names_of_forgeries():
    assert forgeries.forged_in("Forge") is None and forgeries.forged_in("forg") is None
    assert forgeries.forged_in("Ann_forger") is None
