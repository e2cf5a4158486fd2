"""A verifier for anybody's pictures: what is read, divided, trained and measured."""

import json
import shutil

import cv2
import numpy as np
import pytest

from helpers import models
from helpers.measures import processor, references
from helpers.recipes import beside_pixels, learning, varied
from helpers.recipes import folder as recipe
from helpers.sources import classes, signatures
from helpers.sources.photos import Photos
from helpers.tests.conftest import tiny_tower
from helpers.tests.sources import made_pictures
from helpers.verifier import Verifier

CLASSES, PICTURES = 12, 3


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Signatures of twelve classes with three pictures, a few files that are none."""
    root = tmp_path_factory.mktemp("Müllers Unterschriften")
    made_pictures.write(root, made_pictures.signature, CLASSES, PICTURES)
    (root / "signature 000").rename(root / "Jörg Müller")
    one, two = sorted((root / "Jörg Müller").iterdir())[:2]
    two.rename(two.with_name("zweite Änderung.png"))
    shutil.copy(one, one.with_name("again.png"))
    (root / "signature 001" / "note.txt").write_text("not a picture")
    (root / "single").mkdir()
    cv2.imwrite(str(root / "single" / "a.png"), np.eye(99, dtype=np.uint8) * 255)
    return root


@pytest.fixture(scope="module")
def trained(root, tmp_path_factory):
    """A training of one step, killed at its end, and gone on: card, verifier, path."""
    path = tmp_path_factory.mktemp("made") / "mine"
    with pytest.MonkeyPatch.context() as patch:
        in_one_step(patch)
        with patch.context() as killed:
            killed.setattr(recipe, "measure", stop)
            with pytest.raises(KeyboardInterrupt):
                recipe.train_folder(root, path, epochs=1, quiet=True)
        assert not path.with_suffix(".keras").exists()
        patch.setattr(learning, "stream", stop)  # nothing is learned a second time
        card = recipe.train_folder(root, path, epochs=1, quiet=True)
    return card, Verifier.load(str(path.with_suffix(".keras"))), path


@pytest.fixture(scope="module")
def forged(tmp_path_factory):
    """A training of one step, ten of twelve writers forged: card, verifier, root."""
    root = tmp_path_factory.mktemp("forged") / "signatures"
    signatures.write(root, CLASSES, PICTURES, forgeries=2)
    for n in (3, 4):
        shutil.rmtree(root / f"writer 00{n}_forg")
    path = root.parent / "mine.keras"
    with pytest.MonkeyPatch.context() as patch:
        in_one_step(patch)
        card = recipe.train_folder(root, path, epochs=1, quiet=True)
    return card, Verifier.load(str(path)), root


def in_one_step(patch):
    """Train a tiny tower by one batch of 16 pictures."""
    patch.setattr(recipe, "STEPS", 1)
    patch.setattr(learning, "STEPS", 1)
    patch.setattr(varied, "BATCH", 16)
    patch.setattr(processor, "best_policy", lambda: "float32")  # not measured here
    patch.setattr(processor, "xla_pays", lambda policy: False)
    patch.setattr(recipe, "begin_with", lambda *_: None)
    patch.setattr(models, "compact", tiny_tower)


def stop(*_):
    raise KeyboardInterrupt


def drawings(counts, side=16):
    """Random pictures, so many of each class."""
    images = np.random.default_rng(0).integers(0, 256, (sum(counts), side, side, 1))
    return Photos(images.astype(np.uint8), np.repeat(np.arange(len(counts)), counts))


def test_what_cannot_be_used_is_named(root, capsys):
    found, _, (_, paper, trim, ink) = classes.read(root)
    skipped = dict(found.skipped)
    assert "no image" in skipped["signature 001/note.txt"]
    assert "the same picture as Jörg Müller/" in skipped["Jörg Müller/again.png"] or (
        "the same picture as Jörg Müller/" in skipped["Jörg Müller/00.png"]
    )
    assert len(found) == CLASSES * PICTURES + 1 and "Jörg Müller" in found.names
    assert paper == 0 and trim and ink and found.images.shape[3] == 1
    said = capsys.readouterr().out
    assert "37 pictures of 13 classes" in said and "in grey, the ink alone" in said
    assert "signature 001/note.txt: it is no image" in said


def test_a_long_picture_stays_long(root):
    found, *_ = classes.read(root, quiet=True)
    rows, columns = found.images.shape[1:3]
    assert columns > 1.3 * rows and rows % 16 == columns % 16 == 0


def test_colour_is_kept_where_there_is_any(tmp_path):
    made_pictures.write(tmp_path, made_pictures.product, 2, 2)
    assert classes.look(tmp_path) == ((64, 64, 3), None, False, False)


@pytest.mark.parametrize("counts", [[2] * 6, [5] * 33, [1] * 20 + [2] * 4, [1, 9] * 9])
def test_no_class_is_in_two_parts(counts):
    photos = drawings(counts)
    parts = classes.apart(photos, seed=3)
    seen = [set(part.people) for part in parts.values()]
    assert set.union(*seen) == set(range(len(counts)))
    assert sum(map(len, seen)) == len(counts) and len(seen[0]) >= 2
    for part in (parts["threshold"], parts["test"]):
        each = np.unique(part.people, return_counts=True)[1]
        assert len(each) >= 2 and each.min() >= 2
    again = classes.apart(photos, seed=3)
    assert all(set(again[name].people) == set(parts[name].people) for name in parts)
    other = [set(classes.apart(photos, seed)["test"].people) for seed in range(9)]
    assert len(counts) == 6 or any(test != seen[2] for test in other)


@pytest.mark.parametrize("counts", [[9] * 5, [1] * 20 + [2] * 3])
def test_too_few_classes_are_counted(counts):
    with pytest.raises(ValueError, match=r"too few: 6 are needed, 4 of them with two"):
        classes.apart(drawings(counts))


def test_folders_that_hold_nothing_are_refused_before_tensorflow(tmp_path):
    with pytest.raises(OSError, match="There is no folder"):
        recipe.train_folder(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="it is empty"):
        recipe.train_folder(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="it is a file"):
        recipe.train_folder(tmp_path / "file")


def test_a_batch_is_the_same_each_time_and_shows_each_class_twice():
    photos = drawings([1, 1, 5, 9])
    make = varied.batches(photos, paper=0)
    images, who = make(7)
    assert images.dtype == np.float32 and 0 <= images.min() <= images.max() <= 1
    assert (make(7)[0] == images).all() and (make(8)[0] != images).any()
    assert np.unique(who, return_counts=True)[1].tolist() == [6] * 4


@pytest.mark.parametrize(
    "counts, size", [([2, 1], 16), ([2] * 9, 18), ([50] * 6, 60), ([3] * 99, 64)]
)
def test_a_batch_is_neither_tiny_nor_full_of_repeated_pictures(counts, size):
    assert len(varied.batches(drawings(counts), paper=None)(0)[1]) == size


def test_pictures_of_a_batch_are_mirrored_alike_unless_a_mirror_changes_nothing():
    photo = np.zeros((16, 16, 1), np.uint8)
    photo[:, :8] = 255  # light on the left
    photos = Photos(np.stack([photo] * 8), np.repeat(np.arange(4), 2))

    def sides(mirror, paper=None):
        make = varied.batches(photos, paper, mirror, strength=0)
        return [make(step)[0][:, 4, 0, 0] > 0.5 for step in range(9)]

    assert {(left.all(), left.any()) for left in sides(mirror=False)} == {
        (True, True),
        (False, False),
    }
    assert any(left.any() and not left.all() for left in sides(mirror=True))


def test_training_ends_with_weights_a_card_and_what_was_measured(trained, root):
    card, verifier, _ = trained
    assert verifier.card == json.loads(json.dumps(card)) and card["steps"] == 1
    assert card["pictures"]["paper"] == 0 and not card["pictures"]["mirror"]
    names = [set(part) for part in card["classes"].values()]
    assert sum(map(len, names)) == len(set.union(*names)) == CLASSES + 1
    assert "single" in card["classes"]["train"] and "Müllers" in card["made_by"]
    test = card["test"]
    assert test["classes"] == 3 and test["interval_95"] is None
    assert {"eer", "auc", "accuracy", "one_shot"} < set(test["pixels"]) & set(test)
    assert verifier.verify(*(root / "Jörg Müller").glob("[za]*.png")).similarity > -1


def test_the_folder_of_the_training_is_measured_on_its_test_classes_alone(
    trained, root, capsys
):
    card, verifier, _ = trained
    found = recipe.evaluate_folder(verifier, root)
    assert {key: found[key] for key in card["test"]} == card["test"]
    assert "10 others" in found["protocol"]
    assert "3 classes that were never trained on" in capsys.readouterr().out


def test_classes_are_known_again_whatever_their_name(trained, root, tmp_path):
    card, verifier, _ = trained
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    learned = sorted(set(card["classes"]["train"]) - {"single"})
    (copy / learned[0]).rename(copy / "renamed")
    for file in sorted(
        (copy / learned[1]).iterdir()
    ):  # other pictures of a known class
        cv2.imwrite(str(file), 255 - np.uint8(np.eye(80) * len(file.name) * 9))
    made_pictures.write(copy, made_pictures.label, 2, 2)  # and new classes
    found = recipe.evaluate_folder(verifier, copy, quiet=True)
    assert found["classes"] == 3 + 2
    shutil.rmtree(copy)
    made_pictures.write(copy, made_pictures.signature, 5, 2, seed=9)  # equal names
    found = recipe.evaluate_folder(verifier, copy, quiet=True)
    assert found["classes"] == 5 and found["protocol"].startswith("all classes")


def test_another_run_in_the_folder_is_refused(trained, root):
    path = trained[2]
    with pytest.raises(ValueError, match="other seed: keep the new .* --folder .*-2"):
        recipe.train_folder(root, path, epochs=1, seed=1, quiet=True)


def test_a_verifier_is_not_replaced_by_one_of_other_pictures(trained, tmp_path):
    """Also not where its run was deleted, as it may be after a training."""
    made_pictures.write(tmp_path / "train", made_pictures.label, 6, 2)
    kept = trained[2].with_suffix(".keras").read_bytes()
    for folder in (None, tmp_path / "elsewhere"):
        with pytest.raises(
            ValueError, match=r"other pictures: .*--name .*mine-2\.keras"
        ):
            recipe.train_folder(
                tmp_path / "train", trained[2], 1, 0, folder, quiet=True
            )
    assert trained[2].with_suffix(".keras").read_bytes() == kept
    assert not (tmp_path / "elsewhere").exists()


def test_weights_follow_the_folder_of_the_run(root, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        recipe, "spare", lambda weights, _: seen.append(weights) or stop()
    )
    with pytest.raises(KeyboardInterrupt):
        recipe.train_folder(root, folder=tmp_path / "bengali", quiet=True)
    assert seen == [tmp_path / "bengali.keras"]


def test_weights_for_faces_are_refused(tmp_path):
    with pytest.raises(ValueError, match="look for a face"):
        recipe.evaluate_folder(Verifier(None, {}), tmp_path)


def test_the_accuracy_counts_both_kinds_alike():
    rows, people = np.array([[0.0], [0.3], [1.0], [1.2], [5.0]]), [0, 0, 1, 1, 2]
    found = beside_pixels.figures(rows, people, "l1", threshold=-0.25)
    assert (found["far"], found["frr"], found["accuracy"]) == (0, 0.5, 0.75)


def test_glyphs_of_the_installed_fonts_are_a_set(tmp_path):
    made_pictures.write_glyphs(tmp_path, "Rg", size=24)
    assert [len(list(letter.iterdir())) > 15 for letter in tmp_path.iterdir()] == [1, 1]


def test_a_tower_begins_with_the_weights_of_another_as_far_as_they_fit():
    other = models.compact((32, 32, 1), width=2, features=8)
    tower = models.compact((16, 48, 3), width=2, features=8)
    assert recipe.begin_with(tower, other) == 20  # all but what follows the maps
    grey, colour = (t.get_layer("stem_conv").get_weights()[0] for t in (other, tower))
    assert np.allclose(colour.sum(axis=2), grey[:, :, 0], atol=1e-6)
    same = models.compact((32, 32, 1), width=2, features=8)
    assert recipe.begin_with(same, other) == 22
    image = np.random.default_rng(0).random((1, 32, 32, 1), np.float32)
    assert np.allclose(same(image), other(image))


def test_half_of_a_batch_is_forged_each_with_a_label_of_its_own():
    photos, false = drawings([4] * 20), drawings([3] * 19)
    make = varied.batches(photos, paper=0, forged=false)
    images, who = make(3)
    assert len(images) == varied.BATCH and (make(3)[0] == images).all()
    labels, counts = np.unique(who, return_counts=True)
    alone = counts[labels < 0]
    assert (alone == 1).all() and set(counts[labels >= 0]) <= {
        varied.FORGED // 2,
        varied.FORGED,  # of the class that nobody forges
    }
    assert len(alone) >= varied.BATCH // 2 - varied.FORGED // 2


def test_forgeries_go_with_their_class_and_are_reported(forged, capsys):
    card, verifier, root = forged
    shown = card["test"]["forgeries"]
    assert set(shown["verifier"]) == {
        "eer_random", "eer_skilled", "frr", "far_random", "far_skilled"
    }  # fmt: skip
    assert shown["set_for"] == "skilled" and "eer_skilled" in shown["pixels"]
    assert shown["threshold"] == card["forgeries"]["threshold"]
    assert card["forgeries"]["own"] is None  # three pictures are too few for it
    assert "forgeries" in card["data"] and np.prod(card["pictures"]["shape"]) > 9000
    again = recipe.evaluate_folder(verifier, root)
    assert again["forgeries"] == json.loads(json.dumps(shown))
    said = capsys.readouterr().out
    assert "12 classes, 10 with forgeries: 36 genuine, 20 forged." in said
    assert "EER, skilled" in said and "set for skilled forgeries" in said


def test_a_verifier_that_met_no_forgeries_is_measured_on_them(trained, tmp_path):
    signatures.write(tmp_path / "new", 5, 3)
    signatures.write(tmp_path / "false", 5, 1, forgeries=2, seed=0)
    for n in range(5):
        shutil.rmtree(tmp_path / "false" / f"writer 00{n}")
    found = recipe.evaluate_folder(
        trained[1], tmp_path / "new", True, tmp_path / "false"
    )
    assert found["forgeries"]["set_for"] == "random"
    assert found["forgeries"]["forged"] == 10
    assert set(found["forgeries"]["interval_95"]) == set(found["forgeries"]["verifier"])


def test_another_set_of_forgeries_is_another_run(forged):
    _, _, root = forged
    with pytest.MonkeyPatch.context() as patch:
        in_one_step(patch)
        extra = root / "writer 003_forg"
        shutil.copytree(root / "writer 001_forg", extra)
        for file in extra.iterdir():
            picture = cv2.imread(str(file))
            cv2.imwrite(str(file), picture[:, ::-1])
        try:
            with pytest.raises(ValueError, match="other pictures: keep the new one"):
                recipe.train_folder(root, root.parent / "mine.keras", 1, quiet=True)
        finally:
            shutil.rmtree(extra)


def test_a_class_of_four_pictures_tells_what_an_own_threshold_is_worth(tmp_path):
    signatures.write(tmp_path / "set", 8, 5, forgeries=2)
    with pytest.MonkeyPatch.context() as patch:
        in_one_step(patch)
        card = recipe.train_folder(tmp_path / "set", tmp_path / "a", 1, quiet=True)
    own = card["forgeries"]["own"]
    assert own["share"] in references.SHARES and -1 < own["usual"] < 1


def test_forgeries_of_too_few_classes_set_no_threshold(tmp_path, capsys):
    signatures.write(tmp_path / "set", 8, 3, forgeries=2)
    for folder in sorted((tmp_path / "set").glob("*_forg"))[1:]:
        shutil.rmtree(folder)
    with pytest.MonkeyPatch.context() as patch:
        in_one_step(patch)
        card = recipe.train_folder(tmp_path / "set", tmp_path / "a", 1)
    said = capsys.readouterr().out
    assert "8 classes, 1 with forgeries: 24 genuine, 2 forged." in said
    assert "None sets a threshold for skilled ones" in said
    assert "forgeries" not in card
