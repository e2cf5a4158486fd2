"""Losses against plain loops over pairs, and what the trivial solution scores."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from helpers import layers, losses

PEOPLE = np.array([4, 4, 4, 9, 9, 2, 2, 70000])


def embeddings(features=6, seed=0):
    """Two equal ones of one person, two equal ones of two, two nearly equal ones."""
    values = np.random.default_rng(seed).normal(size=(len(PEOPLE), features)) * 0.3
    values[1] = values[0]  # the same person
    values[5] = values[0]  # another person
    values[4] = values[3] + 1e-6
    return values.astype("float32")


def balanced(pair_loss):
    """Mean over same pairs plus mean over different pairs, halved; each pair once."""
    sums = {True: [], False: []}
    for i in range(len(PEOPLE)):
        for j in range(i):
            same = bool(PEOPLE[i] == PEOPLE[j])
            sums[same].append(pair_loss(i, j, same))
    return (np.mean(sums[True]) + np.mean(sums[False])) / 2


def gradient(loss, people, values):
    values = tf.Variable(values)
    with tf.GradientTape() as tape:
        value = loss(people, values)
    return float(value), tape.gradient(value, values).numpy()


def test_pair_cross_entropy_equals_loops():
    logits = np.random.default_rng(1).normal(size=(8, 8)).astype("float32") * 5
    logits = logits + logits.T

    def pair_loss(i, j, same):
        chance = 1 / (1 + np.exp(-float(logits[i, j])))
        return -np.log(chance if same else 1 - chance)

    value, slope = gradient(losses.PairCrossEntropy(), PEOPLE, logits)
    np.testing.assert_allclose(value, balanced(pair_loss), rtol=1e-5)
    assert np.isfinite(slope).all() and (np.diag(slope) == 0).all()


def test_contrastive_equals_loops():
    values = embeddings()

    def pair_loss(i, j, same):
        distance = np.linalg.norm(values[i].astype(float) - values[j].astype(float))
        return distance**2 if same else max(1.5 - distance, 0) ** 2

    value, slope = gradient(losses.Contrastive(margin=1.5), PEOPLE, values)
    np.testing.assert_allclose(value, balanced(pair_loss), rtol=1e-4)
    assert np.isfinite(slope).all()


def test_hard_contrastive_equals_loops():
    values = np.random.default_rng(1).normal(size=(8, 6)).astype("float32") * 0.3

    def distance(i, j):
        return np.linalg.norm(values[i].astype(float) - values[j].astype(float))

    pairs = [(i, j) for i in range(8) for j in range(i)]
    same = [distance(*pair) ** 2 for pair in pairs if len(set(PEOPLE[[*pair]])) == 1]
    apart = sorted(distance(*pair) for pair in pairs if len(set(PEOPLE[[*pair]])) == 2)
    gaps = [max(1.5 - d, 0) ** 2 for d in apart[: len(same)]]
    loss = losses.Contrastive(margin=1.5, hard=True)
    value, slope = gradient(loss, PEOPLE, values)
    np.testing.assert_allclose(value, (np.mean(same) + np.mean(gaps)) / 2, rtol=1e-4)
    assert np.isfinite(slope).all()


def slow_triplets(unit, mining, margin):
    """The loss of every triplet that counts, by loops."""
    d = [[float(np.linalg.norm(a - b)) for b in unit] for a in unit]
    found = []
    for a in range(8):
        positives = [p for p in range(8) if p != a and PEOPLE[p] == PEOPLE[a]]
        negatives = [d[a][n] for n in range(8) if PEOPLE[n] != PEOPLE[a]]
        if mining == "hard" and positives:
            farthest = max(d[a][p] for p in positives)
            found.append(max(farthest - min(negatives) + margin, 0))
        for p in positives if mining != "hard" else ():
            beyond = [n for n in negatives if n > d[a][p]]
            chosen = negatives
            if mining == "semi-hard":
                chosen = [min(beyond) if beyond else max(negatives)]
            found.append(np.mean([max(d[a][p] - n + margin, 0) for n in chosen]))
    return found


@pytest.mark.parametrize("mining", ["random", "semi-hard", "hard"])
def test_triplets_equal_loops(mining):
    values = np.random.default_rng(5).normal(size=(8, 6))
    values[5] = values[0]  # two people who are alike
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    loss = losses.Triplet(mining, margin=0.4)
    value, slope = gradient(loss, PEOPLE, values.astype("float32"))
    wanted = np.mean(slow_triplets(unit, mining, 0.4))
    np.testing.assert_allclose(value, wanted, rtol=1e-4)
    assert np.isfinite(slope).all() and slope.any()
    _, slope = gradient(loss, PEOPLE, embeddings())  # equal, and nearly equal
    assert np.isfinite(slope).all()


def test_another_mining_is_refused():
    with pytest.raises(ValueError, match="choose random, semi-hard or hard"):
        losses.Triplet("easy")


def test_supervised_contrastive_equals_loops():
    values = embeddings().astype("float64")
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    anchors = []
    for i in range(8):
        others = [j for j in range(8) if j != i]
        positives = [j for j in others if PEOPLE[i] == PEOPLE[j]]
        total = sum(np.exp(unit[i] @ unit[a] / 0.2) for a in others)
        if positives:
            chances = [np.exp(unit[i] @ unit[p] / 0.2) / total for p in positives]
            anchors.append(-np.mean(np.log(chances)))
    loss = losses.SupervisedContrastive(temperature=0.2)
    value, slope = gradient(loss, PEOPLE, values.astype("float32"))
    np.testing.assert_allclose(value, np.mean(anchors), rtol=1e-4)
    assert np.isfinite(slope).all()


def test_margin_softmax_equals_loops():
    cosines = np.random.default_rng(2).uniform(-1, 1, (4, 3)).astype("float32")
    people = np.array([0, 2, 2, 1])
    wanted = []
    for row, person in zip(cosines.astype(float), people, strict=True):
        powers = [np.exp(24 * (c - 0.25 * (k == person))) for k, c in enumerate(row)]
        wanted.append(-np.log(powers[person] / sum(powers)))
    value, slope = gradient(losses.MarginSoftmax(0.25, 24), people, cosines)
    np.testing.assert_allclose(value, np.mean(wanted), rtol=1e-4)
    assert np.isfinite(slope).all()


def test_margin_softmax_refuses_unknown_people():
    cosines = np.zeros((2, 3), "float32")
    with pytest.raises(Exception, match="outside"):
        losses.MarginSoftmax()([0, 3], cosines)


def test_trivial_solutions_score_what_the_course_says():
    flat = np.zeros((8, 8), "float32")
    assert float(losses.PairCrossEntropy()(PEOPLE, flat)) == pytest.approx(np.log(2))
    # Corners of a simplex: every distance is margin / 2.
    corners = np.eye(8, dtype="float32") / np.sqrt(2) * 0.5
    loss = losses.Contrastive(margin=1.0)
    assert float(loss(PEOPLE, corners)) == pytest.approx(0.25, abs=1e-5)
    loss = losses.SupervisedContrastive()
    assert float(loss(PEOPLE, np.ones((8, 3)))) == pytest.approx(np.log(7), abs=1e-4)
    for mining in ("random", "semi-hard", "hard"):
        loss = losses.Triplet(mining, margin=0.2)
        assert float(loss(PEOPLE, np.ones((8, 3)))) == pytest.approx(0.2, abs=1e-4)


ALL = [
    losses.PairCrossEntropy(),
    losses.Contrastive(margin=0.7),
    losses.Contrastive(margin=0.7, hard=True),
    losses.SupervisedContrastive(temperature=0.3),
    losses.Triplet("random", margin=0.5),
    losses.Triplet("semi-hard", margin=0.5),
    losses.Triplet("hard", margin=0.5),
    losses.MarginSoftmax(margin=0.1, scale=8.0),
]
PAIRED = ALL[:-1]


def name_of(loss):
    return loss.name + str(loss.get_config().get("mining", ""))


@pytest.mark.parametrize("loss", PAIRED, ids=name_of)
@pytest.mark.parametrize("people", [[1, 1, 1], [1, 2, 3]], ids=["same", "different"])
def test_a_batch_without_one_kind_of_pair_is_finite(loss, people):
    value, slope = gradient(loss, people, np.ones((3, 3), "float32"))
    assert np.isfinite(value) and np.isfinite(slope).all()
    value, slope = gradient(loss, [1], np.ones((1, 1), "float32"))
    assert value == 0 and (slope == 0).all()


@pytest.mark.parametrize("loss", PAIRED, ids=name_of)
def test_order_of_photos_and_shape_of_ids_do_not_matter(loss):
    values = embeddings(features=8)
    if loss is PAIRED[0]:
        values = values @ values.T
    order = np.random.default_rng(3).permutation(8)
    moved = values[order][:, order] if loss is PAIRED[0] else values[order]
    value = float(loss(PEOPLE, values))
    assert float(loss(PEOPLE[order], moved)) == pytest.approx(value, rel=1e-5)
    assert float(loss(PEOPLE[:, None], values)) == value


@pytest.mark.parametrize("loss", ALL, ids=name_of)
def test_losses_serialize(loss):
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert type(again) is type(loss) and again.get_config() == loss.get_config()


def test_pair_cross_entropy_wants_all_pairs():
    with pytest.raises(ValueError, match="models.siamese"):
        losses.PairCrossEntropy()([1, 2], np.zeros((2, 5)))


@pytest.fixture(scope="module")
def fitted():
    """One batch, 25 steps of plain `fit`: what each loss was before, and its history.

    One model learns by all losses at once, each on a layer of its own: what one learns
    does not reach the others, and TensorFlow builds one step in place of eight.
    """
    keras.utils.set_random_seed(0)
    people = np.array([0, 0, 1, 1, 2, 2])
    photos = np.random.default_rng(4).random((6, 10)).astype("float32")
    inputs, rows = keras.Input((10,)), {}
    for loss in ALL:
        name = f"output_{ALL.index(loss)}"
        outputs = keras.layers.Dense(8)(inputs)
        if isinstance(loss, losses.PairCrossEntropy):
            distances = layers.L1Distance()(*layers.AllPairs()(outputs))
            outputs = keras.layers.Dense(1)(distances)
            outputs = keras.layers.Reshape((-1,), name=name)(outputs)
        elif isinstance(loss, losses.MarginSoftmax):
            outputs = layers.CosineClassifier(people=3, name=name)(outputs)
        else:
            outputs = keras.layers.Identity(name=name)(outputs)
        rows[name] = outputs
    model = keras.Model(inputs, rows)
    found = model(photos)
    before = [float(ops.mean(loss(people, found[f"output_{n}"])))
              for n, loss in enumerate(ALL)]  # fmt: skip
    model.compile(keras.optimizers.Adam(0.03), dict(zip(rows, ALL, strict=True)))
    model.optimizer.build(model.trainable_variables)  # else a step is built twice
    answers = dict.fromkeys(rows, people)
    fit = model.fit(photos, answers, batch_size=6, epochs=25, shuffle=False, verbose=0)
    after = [fit.history[f"{name}_loss"] for name in rows]
    return list(zip(before, after, strict=True))


@pytest.mark.parametrize("loss", ALL, ids=name_of)
def test_plain_fit_reports_the_exact_loss_and_learns(loss, fitted):
    """Fit's first loss is that of the first weights; then it falls."""
    wanted, history = fitted[ALL.index(loss)]
    assert len(history) == 25
    assert history[0] == pytest.approx(wanted, rel=1e-4)
    assert history[-1] < 0.7 * wanted
