"""Patterns are counted as the papers say, and the metric finds what tells people."""

import json

import keras
import numpy as np
import pytest

from helpers import embedding, faces
from helpers.datasets import Photos, orl, split
from helpers.evaluation import eer, pair_scores, pixels
from helpers.measures.patterns import KINDS, NEIGHBOURS, TernaryPatterns, kinds
from helpers.measures.scores import unit
from helpers.recipes import patterns
from helpers.tests.conftest import tiny_tower

CLOCKWISE = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))


def counted(photo, block, threshold, sign):
    """The kinds in each block, by loops: float (row of blocks, column, KINDS)."""
    grey = photo.astype(float)
    steps = [np.abs(np.diff(grey, axis=axis)).mean() for axis in (0, 1)]
    grey = np.round(grey * 8 / np.mean(steps)).astype(int)
    inside = [side - 2 for side in grey.shape]
    across = [side // block for side in inside]
    start = [1 + side % block // 2 for side in inside]
    found = np.zeros((*across, KINDS))
    for row in range(across[0] * block):
        for column in range(across[1] * block):
            y, x = start[0] + row, start[1] + column
            code = 0
            for place, (down, right) in enumerate(CLOCKWISE):
                if sign * (grey[y + down, x + right] - grey[y, x]) > threshold:
                    code += 2**place
            found[row // block, column // block, kinds()[code]] += 1
    return found


@pytest.mark.parametrize(("block", "shape"), [(4, (20, 27)), (3, (16, 16))])
def test_patterns_are_those_of_the_loops(block, shape):
    photo = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    layer = TernaryPatterns(thresholds=(0, 3), block=block)
    given = photo[None, ..., None].astype(np.float32) / 255
    found = layer(given).numpy()[0]  # (row of cells, column of cells, kind)
    signs = ((0, 1), (3, 1), (3, -1))
    blocks = np.concatenate([counted(photo, block, *one) for one in signs], axis=-1)
    cells = blocks[1:, 1:] + blocks[:-1, 1:] + blocks[1:, :-1] + blocks[:-1, :-1]
    assert found.shape == cells.shape
    assert np.allclose(found**2, cells / (4 * block**2), atol=1e-6)
    assert np.allclose((found**2).sum(axis=-1), 3)  # each pixel of a cell, three times


def test_58_patterns_change_twice_at_most_and_each_has_its_kind():
    for code in range(256):
        bits = [code >> place & 1 for place in range(8)]
        plain = sum(a != b for a, b in zip(bits, bits[1:] + bits[:1])) <= 2
        assert (kinds()[code] < 58) == plain
    assert [(r - 1, c - 1) for r, c in NEIGHBOURS] == list(CLOCKWISE)


def test_even_light_and_contrast_change_no_pattern():
    rng = np.random.default_rng(1)
    walks = 4 * rng.choice((-1, 1), (2, 2, 24)).cumsum(axis=-1)  # (photo, axis, pixel)
    sums = walks[:, 0, :, None] + walks[:, 1, None, :]  # neighbours differ by 4
    sums -= sums.min()
    assert sums.max() < 127, "doubled, or with 50 more, it would not fit in a byte"
    photo, other = sums[:, None, ..., None].astype(np.uint8)
    layer = TernaryPatterns(thresholds=(0, 4))
    as_it_is, brighter, double, another = (
        layer(np.float32(image / 255)).numpy()
        for image in (photo, photo + 50, photo * np.uint8(2), other)
    )
    assert (as_it_is == brighter).all() and (as_it_is == double).all()
    assert (as_it_is != another).any()


def drawn_people(people, photos, rng, noise=0.6):
    """Descriptions: a few directions tell people apart, others vary within each."""
    own = rng.normal(size=(people, 1, 8)) @ np.eye(8, 40)
    nuisance = rng.normal(size=(people, photos, 20)) @ np.eye(20, 40, 15) * 3
    rows = own + nuisance + noise * rng.normal(size=(people, photos, 40))
    return rows.reshape(-1, 40), np.repeat(np.arange(people), photos)


def test_the_metric_finds_what_tells_people_apart():
    rng = np.random.default_rng(0)
    first, bias, second, constant = patterns.metric(*drawn_people(200, 3, rng))
    assert second.shape[1] == len(constant) < 40
    assert (constant[:-1] == 0).all() and constant[-1] > 0
    rows, who = drawn_people(40, 3, rng)
    seen = rows @ first + bias
    seen /= np.linalg.norm(seen, axis=1, keepdims=True)
    errors = [eer(*pair_scores(found, who)) for found in (rows, seen @ second)]
    assert errors[1] < 0.2 < 0.3 < errors[0]


def test_one_person_with_most_photos_does_not_decide_what_varies():
    rng = np.random.default_rng(0)
    rows, who = drawn_people(100, 3, rng)
    crowd = rng.normal(size=(1000, 40)) * 0.01  # one person, whose photos are all alike
    more = np.concatenate([rows, crowd]), np.append(who, np.full(1000, 100))
    sizes = [patterns.metric(*given)[2].shape[1] for given in ((rows, who), more)]
    assert abs(sizes[0] - sizes[1]) <= 5


def test_people_of_one_photo_each_teach_nothing():
    with pytest.raises(ValueError, match="nobody has two photos"):
        patterns.metric(np.eye(5), np.arange(5))


@pytest.fixture(scope="module")
def made():
    """Forty made people, smooth random faces, four photos each: light from any side."""
    rng = np.random.default_rng(0)
    smooth = keras.ops.convert_to_numpy(
        keras.ops.image.resize(rng.random((40, 12, 12, 1)), (48, 48))
    )
    across = np.linspace(-1, 1, 48)[:, None]
    light = 0.55 + rng.uniform(-0.5, 0.5, (40, 4, 1, 1, 1)) * across
    images = 200 * light * smooth[:, None] + rng.normal(0, 3, (40, 4, 48, 48, 1))
    images = images.clip(0, 255).astype(np.uint8).reshape(-1, 48, 48, 1)
    return Photos(images, np.repeat(np.arange(40), 4))


@pytest.fixture(scope="module")
def learned(made):
    """A tower that learned from 25 of them."""
    return patterns.tower(made.take(made.people < 25))


@pytest.fixture(scope="module")
def found(made, learned):
    """What it makes of all of them: (photo, feature)."""
    return embedding.embed(learned, made.images)


@pytest.fixture(scope="module")
def kept(learned, tmp_path_factory):
    """The path of its file."""
    path = tmp_path_factory.mktemp("kept") / "patterns.keras"
    embedding.save(learned, path)
    return path


def test_a_tower_learns_from_some_people_and_knows_others(made, found, kept):
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    others = made.people >= 25
    raw = pixels(made.images)
    ours, theirs = (
        eer(*pair_scores(rows[others], made.people[others])) for rows in (found, raw)
    )
    assert ours < 0.05 < 0.2 < theirs
    again = embedding.load(kept)
    assert np.allclose(again(made.images / np.float32(255)), found, atol=1e-5)
    json.dumps(again.get_config())


def test_the_same_photos_make_the_same_tower(made, learned):
    again = patterns.tower(made.take(made.people < 25))
    for a, b in zip(learned.get_weights(), again.get_weights(), strict=True):
        assert np.allclose(a, b, atol=1e-4)


def test_two_towers_beside_each_other_add_their_similarities(
    made, learned, found, tmp_path
):
    tower, some = tiny_tower((48, 48, 1)), made.images[:20]
    other = patterns.beside(tower, learned, weight=3.0)
    both = embedding.beside(tower, other)
    halves, given = (embedding.embed(tower, some), found[:20]), some / np.float32(255)
    together = both(given).numpy()
    first, second = (unit(rows) @ unit(rows).T for rows in halves)
    assert np.allclose(together @ together.T, (first + 3 * second) / 4, atol=1e-5)
    embedding.save(other, tmp_path / "other.keras")
    kept = embedding.load(tmp_path / "other.keras")
    again = embedding.beside(tower, kept)
    assert (again(given).numpy() == together).all()
    same = again.get_layer("compact"), kept.get_layer("ternary")
    for one, rows in zip(same, halves):
        assert np.allclose(one(given), rows, atol=1e-5)


def test_what_is_learned_from_thirty_people_is_pinned():
    train, test = split(faces.crop_all(orl(quiet=True)))
    embeddings = embedding.embed(patterns.tower(train), test.images)
    scores, same = pair_scores(embeddings, test.people)
    assert eer(scores, same) == pytest.approx(0.0724, abs=0.004)  # eigenfaces: 0.101
    assert scores[same].mean() == pytest.approx(0.910, abs=0.003)
    assert scores[~same].mean() == pytest.approx(0.698, abs=0.003)


def test_the_large_map_takes_half_the_room_in_a_file(learned, kept):
    kernel, size = learned.get_layer("directions").kernel, kept.stat().st_size
    many = np.prod(kernel.shape)
    assert size < 2 * many + 4 * (learned.count_params() - many) + 1e5
    assert kernel.dtype == "float32"
