import numpy as np
import pytest

from helpers import datasets, models, pairs
from helpers.experiments import orl_runs, sick_runs
from helpers.sources.photos import Photos


@pytest.fixture(scope="module")
def photos():
    return orl_runs.shrink(datasets.orl(quiet=True))


@pytest.mark.parametrize("fold", range(4))
def test_nobody_is_in_two_groups(photos, fold):
    groups = [set(part.people) for part in orl_runs.groups(photos, fold)]
    assert [len(group) for group in groups] == [25, 5, 10]
    assert len(set.union(*groups)) == 40


def test_everybody_is_a_stranger_once(photos):
    strangers = [set(orl_runs.groups(photos, fold)[2].people) for fold in range(4)]
    assert len(set.union(*strangers)) == 40


def test_a_fresh_head_calls_near_pairs_same():
    tower = models.compact((32, 32, 1), width=4, features=8)
    model = models.siamese(tower)
    orl_runs.begin_with_distance(model)
    head = model.get_layer("same")
    near, far = head(np.zeros((1, 8))), head(np.full((1, 8), 2.0))
    assert float(near[0, 0]) > 0 > float(far[0, 0])


def test_the_five_choose_and_every_series_has_twelve_runs():
    found = orl_runs.results()
    for people in (0, *orl_runs.PEOPLE):
        eers = orl_runs.series(found, people)
        assert eers.shape == (4, 3) and (0 < eers).all() and (eers < 0.5).all()
    better = {(25, steps, 0, seed): {"five": steps == 300} for steps in
              orl_runs.BUDGETS for seed in range(3)}  # fmt: skip
    assert orl_runs.chosen(better, 0) == 300


def test_runs_that_are_there_are_not_made_again(monkeypatch, tmp_path):
    made = []

    def learn(photos, steps, seed):
        made.append((len(np.unique(photos.people)), steps, seed))
        return None

    monkeypatch.setattr(orl_runs, "learn_from", learn)
    monkeypatch.setattr(orl_runs, "build", lambda rate, seed: (None, None))
    monkeypatch.setattr(orl_runs, "embed_both", lambda _, part: part.images[:, 0, :, 0])
    monkeypatch.setattr(orl_runs, "embed", lambda _, images: images[:, 0, :, 0])
    for _ in range(2):
        orl_runs.make_results(folds=(3,), path=tmp_path / "runs.json")
    assert sorted(made) == sorted(
        [(25, steps, seed) for steps in orl_runs.BUDGETS for seed in range(3)]
        + [(people, 150, seed) for people in (15, 30) for seed in range(3)]
    )


def test_both_baselines_are_measured_on_strangers(photos):
    raw, eigen = orl_runs.baselines(photos, 3)
    assert 0.05 < raw < 0.3 and 0.05 < eigen < 0.3


def test_what_a_model_accepts_is_counted_by_kind():
    tower = models.compact((32, 32, 1), width=4, features=8)
    model = models.siamese(tower)
    images = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 1), "uint8")
    photos = Photos(images, np.arange(6) // 2)
    for bias, share in ((100.0, 1.0), (-100.0, 0.0)):
        model.get_layer("same").bias.assign([bias])
        assert sick_runs.accepted(model, photos) == (share, share)


def test_a_pair_of_a_photo_with_its_mirror_image_has_one_embedding():
    tower = models.compact((32, 32, 1), width=4, features=8)
    image = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 1), "uint8")
    both = Photos(np.concatenate([image, image[:, :, ::-1]]), [0, 0])
    a, b = orl_runs.embed_both(tower, both)
    assert np.allclose(a, b, atol=1e-5)
    assert pairs.to_float(image).max() <= 1
