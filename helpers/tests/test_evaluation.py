"""Rates, thresholds, one-shot, error bars, baselines; checked against slow loops."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from helpers import datasets, evaluation
from helpers.measures import resampling
from helpers.measures.scores import checked_pairs


def some_people(people=12, photos=5, features=8, noise=1.0, seed=0):
    """Embeddings of people scattered around a centre of their own."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), photos)
    centres = rng.normal(size=(people, features))
    return centres[who] + noise * rng.normal(size=(len(who), features)), who


def some_scores(seed=0, pairs=300):
    """Scores with many ties, of same and different pairs that overlap."""
    rng = np.random.default_rng(seed)
    same = rng.random(pairs) < 0.3
    return np.round(rng.normal(size=pairs) + same, 1), same


@pytest.fixture(scope="module")
def orl():
    return datasets.orl(quiet=True)


# ---- three tests that many published projects would fail ----


@pytest.mark.parametrize("metric", ["cosine", "l1", "l2"])
@pytest.mark.parametrize("value", [0.0, 0.3, -7.1])
def test_a_constant_scorer_gets_exactly_chance(metric, value):
    _, who = some_people()
    constant = np.full((len(who), 33), value, dtype="float32")
    scores, same = evaluation.pair_scores(constant, who, metric)
    assert evaluation.eer(scores, same) == 0.5
    assert evaluation.auc(scores, same) == 0.5
    assert evaluation.tar_at_far(scores, same, 0.5) == 0
    for ways in (2, 5, 10):
        share = evaluation.one_shot(constant, who, ways, metric=metric)
        assert share == pytest.approx(1 / ways, abs=1e-12)


def test_shuffled_labels_give_chance():
    embeddings, who = some_people(people=30, photos=6, noise=0.3)
    honest = evaluation.eer(*evaluation.pair_scores(embeddings, who))
    assert honest < 0.1
    rng, rates, inside = np.random.default_rng(0), [], 0
    for seed in range(20):
        shuffled = rng.permutation(who)
        rates.append(evaluation.eer(*evaluation.pair_scores(embeddings, shuffled)))
        low, high = evaluation.resample_people(
            embeddings, shuffled, evaluation.eer, 100, seed
        )
        inside += low <= 0.5 <= high
    assert np.mean(rates) == pytest.approx(0.5, abs=0.01)
    assert inside >= 16  # a 95 % interval misses one in twenty
    one_shot = evaluation.one_shot(embeddings, shuffled, ways=10, trials=2000)
    assert one_shot == pytest.approx(0.1, abs=0.04)


def test_no_person_is_in_two_splits(orl):
    splits = [datasets.split(orl), datasets.split(orl, seed=3), *datasets.folds(orl)]
    for train, test in splits:
        assert not set(train.people) & set(test.people)
        assert len(train) + len(test) == len(orl)
    tested = np.concatenate([np.unique(test.people) for _, test in datasets.folds(orl)])
    assert sorted(tested) == sorted(set(orl.people))


# ---- scored pairs ----


@pytest.mark.parametrize("metric", ["cosine", "l1", "l2"])
def test_pair_scores_equals_a_loop_over_pairs(metric):
    embeddings, who = some_people(people=4, photos=3)
    embeddings[1] = embeddings[0]  # two equal photos
    embeddings[2] = embeddings[0] + 1e-9  # and a nearly equal one
    embeddings[5] = 0
    scores, same = evaluation.pair_scores(embeddings, who, metric)
    n = 0
    for i in range(len(who)):
        for j in range(i + 1, len(who)):
            one = evaluation.similarity(embeddings[i : i + 1], embeddings[[j]], metric)
            assert scores[n] == pytest.approx(one[0], abs=1e-11)
            assert same[n] == (who[i] == who[j])
            n += 1
    assert n == len(scores) == len(same)


def test_similarity_of_known_vectors():
    a, b = [[3.0, 4.0]], [[0.0, 4.0]]
    assert evaluation.similarity(a, b)[0] == pytest.approx(0.8)
    assert evaluation.similarity(a, b, "l1")[0] == -3
    assert evaluation.similarity([[1.0, 1.0]], [[4.0, 5.0]], "l2")[0] == -5
    assert evaluation.similarity(a, [[1.0, 0.0]] * 3).shape == (3,)
    assert np.all(evaluation.similarity(a, b) == evaluation.similarity(b, a))


# ---- rates and thresholds ----


@pytest.mark.parametrize("seed", range(4))
def test_roc_equals_scikit_learn(seed):
    scores, same = some_scores(seed)
    far, tar, thresholds = evaluation.roc(scores, same)
    expected = roc_curve(same, scores, drop_intermediate=False)
    np.testing.assert_allclose(far, expected[0])
    np.testing.assert_allclose(tar, expected[1])
    np.testing.assert_array_equal(thresholds[1:], expected[2][1:])
    assert evaluation.auc(scores, same) == pytest.approx(roc_auc_score(same, scores))


@pytest.mark.parametrize("seed", range(4))
def test_each_point_of_the_roc_is_what_its_threshold_does(seed):
    scores, same = some_scores(seed)
    for far, tar, threshold in zip(*evaluation.roc(scores, same)):
        accepted = scores >= threshold
        assert accepted[~same].mean() == pytest.approx(far)
        assert accepted[same].mean() == pytest.approx(tar)


def test_eer_at_the_ends():
    same = np.array([1, 1, 0, 0])
    assert evaluation.eer([0.9, 0.8, 0.2, 0.1], same) == 0.0
    assert evaluation.eer([0.1, 0.2, 0.8, 0.9], same) == 1.0
    assert evaluation.eer([5, 5, 5, 5], same) == 0.5


def test_eer_between_points_lies_on_the_line_between_them():
    # points (0, 0), (1/4, 1/2), (1, 1): FAR = FRR where 1 - tar = far on the last line
    scores, same = [3, 3, 3, 1, 1, 1, 1, 1], [1, 1, 0, 1, 1, 0, 0, 0]
    # tar = 1/2 + 2/3 (far - 1/4), so far = 1 - tar at far = 0.4
    assert evaluation.eer(scores, same) == pytest.approx(0.4)


def test_eer_is_where_a_fine_sweep_of_thresholds_finds_it():
    rng = np.random.default_rng(0)
    same = rng.random(20_000) < 0.5
    scores = rng.normal(size=20_000) + 2 * same
    sweep = np.linspace(-3, 5, 4001)[:, None]
    far = (scores[~same] >= sweep).mean(axis=1)
    frr = (scores[same] < sweep).mean(axis=1)
    crossing = np.abs(far - frr).argmin()
    assert evaluation.eer(scores, same) == pytest.approx(far[crossing], abs=1e-3)


def test_only_the_order_of_the_scores_counts():
    scores, same = some_scores()
    for measure in (evaluation.eer, evaluation.auc):
        assert measure(scores, same) == measure(np.exp(scores), same)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("far", [0.01, 0.05, 0.1, 0.5, 1.0])
def test_threshold_at_far_is_conservative_and_no_stricter_than_needed(seed, far):
    scores, same = some_scores(seed)
    threshold = evaluation.threshold_at_far(scores, same, far)
    assert (scores[~same] >= threshold).mean() <= far
    assert (scores[same] >= threshold).mean() == evaluation.tar_at_far(
        scores, same, far
    )
    lower = np.unique(scores[scores < threshold])[-1:]
    if len(lower):
        assert (scores[~same] >= lower[0]).mean() > far


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_constant_scorer_gets_a_threshold_that_accepts_nobody(kind):
    scores, same = np.full(40, 0.1, dtype=kind), np.arange(40) < 10
    threshold = evaluation.threshold_at_far(scores, same, 0.1)
    assert np.isfinite(threshold)
    assert not (scores >= threshold).any()
    assert not (scores >= evaluation.best_threshold(scores, same)).any()


def test_too_few_different_pairs_for_the_wanted_far():
    scores, same = np.linspace(0, 1, 60), np.arange(60) >= 30
    with pytest.raises(
        ValueError, match="30 different pairs cannot show a FAR of 0.001"
    ):
        evaluation.threshold_at_far(scores, same, 0.001)
    with pytest.raises(ValueError, match="above 0"):
        evaluation.threshold_at_far(scores, same, 0)
    evaluation.threshold_at_far(scores, same, 1 / 30)  # one of thirty can be counted


def test_a_score_equal_to_the_threshold_is_accepted():
    assert evaluation.accuracy([0.5, 0.5], [1, 0], 0.5) == 0.5
    assert evaluation.accuracy([0.5, 0.4], [1, 0], 0.5) == 1


@pytest.mark.parametrize("seed", range(6))
def test_best_threshold_is_the_best_of_all(seed):
    scores, same = some_scores(seed, pairs=60)
    best = evaluation.accuracy(scores, same, evaluation.best_threshold(scores, same))
    every = np.append(np.unique(scores), 99)
    assert best == max(evaluation.accuracy(scores, same, t) for t in every)


def test_folds_accuracy_equals_a_loop_and_never_looks_at_the_fold_it_scores():
    scores, same = some_scores(pairs=400)
    fold = np.arange(400) % 10
    shares = []
    for f in range(10):
        threshold = evaluation.best_threshold(scores[fold != f], same[fold != f])
        shares.append(((scores >= threshold) == same)[fold == f].mean())
    mean, error = evaluation.folds_accuracy(scores, same, fold)
    assert mean == pytest.approx(np.mean(shares))
    assert error == pytest.approx(np.std(shares, ddof=1) / np.sqrt(10))
    with pytest.raises(ValueError, match="fold"):
        evaluation.folds_accuracy(scores, same, np.zeros(400))


# ---- one-shot ----


def test_trials_show_the_probes_person_once_and_never_the_same_photo():
    who = np.repeat([4, 9, 2, 7, 5], [1, 2, 3, 6, 2])
    who = np.random.default_rng(0).permutation(who)
    probe, gallery = evaluation.draw_trials(who, ways=4, trials=500)
    assert (who[gallery[:, 0]] == who[probe]).all()
    assert (gallery[:, 0] != probe).all()
    assert all(len(set(row)) == 4 for row in who[gallery])
    assert 4 not in who[probe] and 4 in who[gallery]  # one photo: gallery only
    assert set(gallery.ravel()) == set(range(len(who)))
    again = evaluation.draw_trials(who, ways=4, trials=500)
    assert (probe == again[0]).all() and (gallery == again[1]).all()


def test_one_shot_equals_a_loop_over_trials():
    embeddings, who = some_people(noise=1.5)
    embeddings = np.round(embeddings)  # makes ties
    probe, gallery = evaluation.draw_trials(who, 5, 300, seed=2)
    credit = 0
    for p, g in zip(probe, gallery):
        distance = np.abs(embeddings[g] - embeddings[p]).sum(axis=1)
        nearest = np.flatnonzero(distance == distance.min())
        credit += (0 in nearest) / len(nearest)
    found = evaluation.one_shot(embeddings, who, 5, 300, seed=2, metric="l1")
    assert found == pytest.approx(credit / 300)
    assert 0.25 < found < 0.95


def test_one_shot_says_what_is_missing():
    embeddings, who = some_people(people=4)
    with pytest.raises(ValueError, match="10-way trial needs 10 people.*there are 4"):
        evaluation.one_shot(embeddings, who, ways=10)
    with pytest.raises(ValueError, match="two photos"):
        evaluation.one_shot(embeddings[::5], who[::5], ways=2)


# ---- error bars ----


def test_resampling_weighs_pairs_like_copies_of_people_would():
    embeddings, who = some_people(people=6, photos=3, noise=2)
    got = []
    evaluation.resample_people(embeddings, who, lambda *p: got.append(p) or 0, 5, 3)
    rng = np.random.default_rng(3)
    for scores, same in got:
        drawn = rng.integers(6, size=6)
        wanted = brute_force(embeddings, who, drawn)
        assert sorted(zip(scores, same)) == sorted(wanted)
        assert evaluation.eer(scores, same) == evaluation.eer(*zip(*wanted))


def brute_force(embeddings, who, drawn):
    """Every pair of the drawn people, copies of one person never compared."""
    found = []
    for x in range(len(drawn)):
        for y in range(x, len(drawn)):
            if x != y and drawn[x] == drawn[y]:
                continue
            a, b = np.flatnonzero(who == drawn[x]), np.flatnonzero(who == drawn[y])
            for i in a:
                for j in b:
                    if x != y or i < j:
                        low, high = min(i, j), max(i, j)
                        pair = embeddings[[low, high]]
                        score, _ = evaluation.pair_scores(
                            np.concatenate([pair, pair[:1]]), [0, 1, 0]
                        )
                        found.append((score[0], x == y))
    return found


def test_the_interval_holds_the_estimate_and_shrinks_with_more_people():
    widths = []
    for people in (10, 90):
        embeddings, who = some_people(people, photos=4, noise=1.2)
        value = evaluation.eer(*evaluation.pair_scores(embeddings, who))
        low, high = evaluation.resample_people(embeddings, who, evaluation.eer, 100)
        assert low <= value <= high
        widths.append(high - low)
    assert widths[1] < widths[0] / 1.8


def test_a_list_of_pairs_is_resampled_by_its_people():
    scores = np.array([0.9, 0.8, 0.2, 0.1, 0.7, 0.3])
    a, b = list("annbob"), list("anbcxc")
    low, high = resampling.resample_pairs(scores, a, b, evaluation.auc, draws=50)
    assert 0 <= low <= high <= 1


# ---- baselines ----


def test_baselines_on_orl_come_near_the_published_measurement(orl):
    plain, raw, faces = [], [], []
    for train, test in datasets.folds(orl):
        embedded = evaluation.pixels(test.images, standardise=False)
        plain.append(
            evaluation.eer(*evaluation.pair_scores(embedded, test.people, "l1"))
        )
        embedded = evaluation.pixels(test.images)
        raw.append(evaluation.eer(*evaluation.pair_scores(embedded, test.people)))
        embedded = evaluation.eigenfaces(train.images, test.images)
        faces.append(evaluation.eer(*evaluation.pair_scores(embedded, test.people)))
    assert np.mean(plain) == pytest.approx(0.109, abs=0.003)  # stronger than both
    np.testing.assert_allclose(raw, [0.131, 0.149, 0.127, 0.182], atol=0.01)
    np.testing.assert_allclose(faces, [0.078, 0.135, 0.095, 0.180], atol=0.015)


def test_pixels_ignore_brightness_and_contrast():
    photo = np.random.default_rng(0).integers(0, 100, (1, 6, 5, 1))
    both = evaluation.pixels(np.concatenate([photo, 2 * photo + 30]).astype("uint8"))
    np.testing.assert_allclose(both[0], both[1])
    assert not evaluation.pixels(np.full((1, 6, 5, 1), 9)).any()


def test_eigenfaces_never_see_the_photos_they_embed():
    rng = np.random.default_rng(0)
    train, photos = rng.random((20, 5, 4, 1)), rng.random((6, 5, 4, 1))
    together = evaluation.eigenfaces(train, photos, 5)
    alone = evaluation.eigenfaces(train, photos[:1], 5)
    np.testing.assert_allclose(together[:1], alone)
    own = evaluation.eigenfaces(train, train, 5)
    np.testing.assert_allclose(own.std(axis=0, ddof=1), 1)  # whitened


def test_few_training_photos_give_fewer_eigenfaces():
    rng = np.random.default_rng(0)
    train, photos = rng.random((7, 5, 4, 1)), rng.random((3, 5, 4, 1))
    assert evaluation.eigenfaces(train, photos).shape == (3, 6)
    copies = np.concatenate([train, train])
    assert evaluation.eigenfaces(copies, photos).shape == (3, 6)
    assert np.isfinite(evaluation.eigenfaces(copies, photos)).all()
    with pytest.raises(ValueError, match="different training photos"):
        evaluation.eigenfaces(train[:1], photos)
    with pytest.raises(ValueError, match="one size"):
        evaluation.eigenfaces(train[:, :4], photos)


# ---- bad input ----


@pytest.mark.parametrize(
    ("embeddings", "people", "words"),
    [
        ([[1.0], [np.nan], [2.0]], [0, 0, 1], "1 of 3 embeddings hold NaN"),
        ([[1.0], [3.0], [2.0]], [0, 0, 0], "All 3 pairs show the same person"),
        ([[1.0], [3.0], [2.0]], [0, 1, 2], "None of the 3 pairs"),
        ([[1.0], [3.0], [2.0]], [0, 1], "3 embeddings need as many people"),
        ([1.0, 2.0, 3.0], [0, 0, 1], "shape \\(photo, feature\\)"),
        ([[1.0]], [0], "None of the 0 pairs"),
    ],
)
def test_bad_embeddings_are_explained(embeddings, people, words):
    with pytest.raises(ValueError, match=words):
        evaluation.pair_scores(embeddings, people)


@pytest.mark.parametrize(
    ("scores", "same", "words"),
    [
        ([0.1, np.nan], [0, 1], "1 of 2 scores are NaN"),
        ([0.1, 0.2], [0, 1, 1], "one label for each score"),
        ([0.1, 0.2], [0, 2], "1 \\(same\\) or 0"),
        ([0.1, 0.2], [0, 0], "None of the 2 pairs"),
        ([0.1, 0.2], [1, 1], "All 2 pairs"),
    ],
)
def test_bad_scores_are_explained(scores, same, words):
    for measure in (evaluation.eer, evaluation.best_threshold, checked_pairs):
        with pytest.raises(ValueError, match=words):
            measure(scores, same)


def test_unknown_metric_and_towers_that_do_not_fit():
    embeddings, who = some_people()
    with pytest.raises(ValueError, match="No metric 'dot'"):
        evaluation.pair_scores(embeddings, who, "dot")
    with pytest.raises(ValueError, match="same tower"):
        evaluation.similarity([[1.0, 2.0]], [[1.0]])


def test_no_tensorflow_is_needed():
    code = (
        "import sys, helpers.evaluation, helpers.plots; "
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
