"""What the network remembers of those whom it learned from. For notebook 14.

Whoever has a photo or two of a person and the network asks: was this person among those
of its training? One photo tells how far the nearest stranger is: training people were
driven apart from each other. Two tell how alike they are: training people were pulled
together.

"shipped" is the network that is shipped: its 3,616 people, and as others people of
peopleDevTrain who were held out and those of peopleDevTest. The three others are small
networks, each learned from a random half of peopleDevTrain; the other half are people
of the very same kind. There the training's last layer, which is not shipped, is asked
as well. It makes `membership.json` in a quarter of an hour:

    python -m helpers.experiments.membership
"""

from functools import partial
from pathlib import Path

import keras
import numpy as np

from helpers import embedding, losses, models, pairs, training
from helpers.disk.files import fill_steps, read_json
from helpers.evaluation import auc, pair_scores
from helpers.layers import CosineClassifier
from helpers.measures.scores import unit
from helpers.recipes.faces import apart, both_sides, lfw_faces
from helpers.recipes.learning import STEPS, adamw, few_of_each, numbered
from helpers.verifier import Verifier

RESULTS = Path(__file__).with_name("membership.json")
CROWD = 1000  # strangers of the attacker's own, whom nobody learned from
DRAWS = 1000
FEW = 0.01  # share of others who may be suspected wrongly
SEEDS = range(3)
EPOCHS, WIDTH = 20, 16  # of a small network: epochs of 100 batches, channels
BATCH = 32, 2  # people, photos of each
LOOKED = 5  # epochs from one look at what is remembered to the next


def told(scores, member):
    """How well scores tell members: AUC, and found where FEW others are suspected.

    Returns:
        dict: auc and found, [value, low, high], 95 % intervals by resampling people.
    """

    def both(scores, member):
        limit = np.quantile(scores[~member], 1 - FEW)
        return float(auc(scores, member)), float((scores[member] > limit).mean())

    rng = np.random.default_rng(0)
    drawn = rng.integers(len(scores), size=(DRAWS, len(scores)))
    ends = np.percentile(
        [both(scores[i], member[i]) for i in drawn], [2.5, 97.5], axis=0
    )
    rows = np.column_stack([both(scores, member), ends.T])
    return dict(zip(("auc", "found"), np.round(rows, 4).tolist()))


def attacks(rows, crowd):
    """The scores of the attacks, higher for whom they take for a member.

    Args:
        rows: float (person, 2, feature), templates of two photos of each.
        crowd: float (stranger, feature), the attacker's own.

    Returns:
        dict: name of the attack -> float (person,).

    >>> rows = np.eye(2)[[[0, 0], [0, 1]]]  # two people, two photos, two features
    >>> attacks(rows, rows[0])["two photos, alike"].tolist()
    [1.0, 0.0]
    """
    far = -(rows[:, 0] @ crowd.T).max(axis=1)
    alike = (rows[:, 0] * rows[:, 1]).sum(axis=1)
    rank = sum(np.argsort(np.argsort(one)) for one in (far, alike))
    return {
        "one photo, far from strangers": far,
        "two photos, alike": alike,
        "both": rank / len(rank),
    }


def two_of_each(photos):
    """Two photos of each person who has two, those of one person side by side."""
    return few_of_each(photos, 2, least=2)


def shipped():
    """What the network that is shipped remembers: a dict for JSON."""
    embed = Verifier.load().embed_crops
    train, held_out = apart(lfw_faces("peopleDevTrain"))
    test = lfw_faces("peopleDevTest")
    own = few_of_each(test, 1)
    rest = numbered(test.only(own.people[CROWD:]))
    sides = [embed(two_of_each(one).images) for one in (train, held_out, rest)]
    member = np.repeat([True, False, False], [len(side) // 2 for side in sides])
    rows = np.concatenate(sides).reshape(len(member), 2, -1)
    scores = attacks(rows, embed(own.images[:CROWD]))
    counts = {"members": int(member.sum()), "others": int((~member).sum())}
    return counts | {name: told(some, member) for name, some in scores.items()}


def halves(photos, seed):
    """Two random halves of the people: members, to learn from, and others."""
    people = np.random.default_rng([seed, 14]).permutation(np.unique(photos.people))
    sides = np.split(people, [len(people) // 2])
    members, others = (numbered(photos.only(np.sort(side))) for side in sides)
    assert not set(members.names) & set(others.names), "a person is in both halves"
    return members, others


def learned(members, seed, epochs, look):
    """A small network, by the recipe of `recipes/faces.py` without teacher and flaws.

    Args:
        members: `Photos` of people numbered from 0.
        seed: of the first weights and of the batches.
        epochs: of STEPS batches.
        look: called with (epoch, tower, model) after each.

    Returns:
        The model photo -> embedding, and cosines with each person learned from.
    """
    policy = training.best_policy()
    keras.mixed_precision.set_global_policy(policy)
    try:
        keras.utils.set_random_seed(seed)
        tower = models.compact(members.images.shape[1:], width=WIDTH)
        cosines = CosineClassifier(len(np.unique(members.people)), name="cosines")
        outputs = {"cosines": cosines(tower.output), "embedding": tower.output}
        model = keras.Model(tower.input, outputs)
        loss = {
            "cosines": losses.MarginSoftmax(margin=0.25, scale=24.0),
            "embedding": losses.SupervisedContrastive(temperature=0.1),
        }
        model.compile(adamw(epochs * STEPS), loss)
        batches = partial(pairs.dataset, members, *BATCH, seed)
        watch = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: look(epoch + 1, tower, model)
        )
        training.train(
            model,
            lambda start: batches(start).map(lambda x, y: (x, dict.fromkeys(loss, y))),
            STEPS,
            epochs,
            callbacks=[watch],
        )
    finally:
        keras.mixed_precision.set_global_policy("float32")
    return model


def half(seed):
    """What a small network remembers that learned from a random half of the people.

    Returns:
        dict: members and others, how many; each attack, as of `told`, and "the layer of
        the training", the largest cosine of one photo with a person learned from;
        verifies, the AUC of pairs of members and of others; growth, the AUC of "two
        photos, alike" and of pairs of others after each so many epochs.
    """
    members, others = halves(lfw_faces("peopleDevTrain"), seed)
    sides = two_of_each(members), two_of_each(others)
    member = np.repeat([True, False], [len(side) // 2 for side in sides])
    growth = {}

    def rows_of(tower, photos):
        return unit(both_sides(tower, photos.images))

    def look(epoch, tower, model):
        if epoch % LOOKED:
            return
        rows = [rows_of(tower, side) for side in sides]
        alike = [(some[::2] * some[1::2]).sum(axis=1) for some in rows]
        remembers = auc(np.concatenate(alike), member)
        verifies = auc(*pair_scores(rows[1], sides[1].people))
        growth[str(epoch)] = np.round([remembers, verifies], 4).tolist()
        print(f"epoch {epoch}: remembers {remembers:.3f}, verifies {verifies:.3f}")

    model = embedding.in_float32(learned(members, seed, EPOCHS, look))
    tower = keras.Model(model.input, model.output["embedding"])
    rows = [rows_of(tower, side) for side in sides]
    strangers = few_of_each(lfw_faces("peopleDevTest"), 1).take(np.arange(CROWD))
    scores = attacks(
        np.concatenate(rows).reshape(len(member), 2, -1), rows_of(tower, strangers)
    )
    head = keras.Model(model.input, model.output["cosines"])
    known = [embedding.embed(head, side.images[::2]).max(axis=1) for side in sides]
    scores["one photo, the layer of the training"] = np.concatenate(known)
    found = {"members": int(member.sum()), "others": int((~member).sum())}
    found |= {name: told(some, member) for name, some in scores.items()}
    areas = [auc(*pair_scores(some, side.people)) for some, side in zip(rows, sides)]
    names = "members", "others"
    found["verifies"] = {name: round(float(a), 4) for name, a in zip(names, areas)}
    return found | {"growth": growth}


def make_results(path=RESULTS):
    """Make what `results` reads; what is in the file already is kept."""
    steps = {"shipped": shipped} | {f"half {n}": partial(half, n) for n in SEEDS}
    fill_steps(path, steps)


def results(path=RESULTS):
    """Read the file: "shipped" as of that function, "half 0" and so on as of `half`."""
    return read_json(path, "python -m helpers.experiments.membership")


if __name__ == "__main__":
    make_results()
