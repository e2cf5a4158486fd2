"""What protects a template: keys, guesses, and what was measured."""

import numpy as np

from helpers.experiments import protected
from helpers.measures.scores import unit


def rows_of(number, rng, features=16):
    return unit(rng.normal(size=(number, features)))


def test_a_secret_rotation_changes_no_similarity():
    rng = np.random.default_rng(0)
    rows, key = rows_of(9, rng), protected.secret_key(rng, 16)
    turned = rows @ key
    assert np.allclose(turned @ turned.T, rows @ rows.T)
    assert abs((turned * rows).sum(axis=1)).max() < 0.9  # but nobody is found by it


def test_as_many_pairs_as_features_give_the_key_away_and_fewer_a_part():
    rng = np.random.default_rng(0)
    key, stolen = protected.secret_key(rng, 16), rows_of(50, rng)
    right = []
    for number in (4, 8, 16):
        known = rows_of(number, rng)
        back = stolen @ key @ protected.key_from_pairs(known, known @ key).T
        right.append((unit(back) * stolen).sum(axis=1).mean())
    assert right[0] < right[1] < right[2] and right[2] > 0.999


def test_bits_and_key_tell_the_template_and_bits_alone_nothing():
    rng, people = np.random.default_rng(0), np.arange(50)
    rows = rows_of(50, rng)
    keys, bits = protected.issued(rows, people, 64, rng, 16)
    others, _ = protected.issued(rows, people, 64, rng, 16)
    with_key, without = (
        (protected.guesses(bits, some, people) * rows).sum(axis=1).mean()
        for some in (keys, others)
    )
    assert with_key > 0.9 and abs(without) < 0.2


def test_each_photo_is_compared_by_the_key_of_the_person_enrolled():
    rng, people = np.random.default_rng(0), np.array([0, 0, 1, 1])
    rows = np.repeat(rows_of(2, rng), 2, axis=0)
    keys, stored = protected.issued(rows, people, 32, rng, 16)
    found = protected.agree(stored, keys, people, rows)
    assert (found[people[:, None] == people] == 1).all()
    assert (found[people[:, None] != people] < 0.9).all()


def test_what_was_measured():
    found = protected.results()
    assert {"orl|rotation|0", "lfw|rotation|0", "orl|256 bits|0"} <= set(found)
    for key, one in found.items():
        if "rotation" in key:
            assert one["largest difference"] < 1e-6
            stolen, known = one["stolen"], one["stolen with the key"]
            assert stolen["another photo"][2] < known["another photo"][1]
        else:
            assert one["eer, key secret"] < one["eer, key stolen"][0]
            assert one["linked, keys secret"] < one["linked, keys stolen"] - 0.2
