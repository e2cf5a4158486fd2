"""Faces out of templates: the decoder, the counting, the picture, what was measured."""

import numpy as np
import pytest

from helpers.experiments import faces_from_templates as made
from helpers.experiments import impostors
from helpers.verifier import Verifier


def test_a_decoder_draws_one_face_of_8_bits_a_template():
    shown = made.drawn(made.decoder(features=8, width=1), np.ones((3, 8), "float32"))
    assert shown.shape == (3, 64, 64, 1) and shown.dtype == np.uint8


def test_least_squares_find_a_linear_map():
    rng = np.random.default_rng(0)
    rows, size = rng.normal(size=(50, 8)), (4, 4, 1)
    images = np.uint8(128 + rows @ rng.normal(size=(8, 16))).reshape(50, *size)
    again = made.drawn(made.by_least_squares(rows, images, ridge=1e-6), rows)
    assert np.abs(again.astype(int) - images).max() <= 1


def test_what_passes_is_counted_by_whose_template_it_was_drawn_of():
    people = np.array([0, 0, 1, 1])
    scores = np.float32([[9, 5, 0, 0], [0, 9, 0, 0], [5, 5, 0, 0], [5, 5, 0, 0]])
    found = impostors.accepted(scores, people, limit=5)
    assert found["the very photo"][0] == 0.5  # of the first person both
    assert found["another photo"][0] == 0.25  # of the first person one of two
    assert found["a stranger"][0] == 0.5  # the first person's as the second


def test_noise_is_named_as_often_as_chance_has_it():
    rng, people = np.random.default_rng(0), np.repeat(np.arange(10), 10)
    rows = rng.normal(size=(100, 8))
    found = impostors.named(rows, rng.normal(size=(100, 8)), people)
    assert found["another photo"][0] == pytest.approx(0.1, abs=0.05)
    assert impostors.named(rows, rows, people)["the very photo"][0] == 1


def test_no_candidate_of_the_quiz_is_the_photo_that_was_drawn():
    people, candidates, answers = made.quiz()
    assert (candidates % 10 != 0).all()  # drawn are the first of ten
    right = candidates // 10 == people[:, None]
    assert (right.sum(axis=1) == 1).all() and (right.argmax(axis=1) == answers).all()


def test_the_picture_shows_what_its_templates_tell():
    crops = made.attacked("orl").images[::10]
    assert len(crops) == 40 and made.PICTURE.stat().st_size < 80_000
    network = Verifier.load()
    rows = network.embed_crops(crops)
    for way in made.SHOWN:
        alike = rows @ network.embed_crops(made.drawings(way)).T
        assert np.diag(alike).mean() > alike.mean() + 0.2


def test_what_was_measured():
    found = made.results()
    attacks = {key: one for key, one in found.items() if "|" in key}
    assert "white box|0" in attacks and set(made.SETS) <= set(found)
    for name in made.SETS:
        mean = found[name]["mean face"]["network"]["1 in 100"]
        for key, one in attacks.items():
            rates = one[name]["accepted"]["network"]["1 in 100"]
            assert rates["another photo"][1] > max(rates["a stranger"][2], mean[2]), key
