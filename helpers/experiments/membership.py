"""What the network remembers of those whom it learned from. For notebook 14.

Whoever has a photo or two of a person and the network asks: was this person among the
3,616 of its training? One photo tells how far the nearest stranger is: training people
were driven apart from each other. Two tell how alike they are: training people were
pulled together. Others are people of peopleDevTrain who were held out and those of
peopleDevTest. It makes `membership.json` in a minute:

    python -m helpers.experiments.membership
"""

from pathlib import Path

import numpy as np

from helpers.disk.files import read_json, write_json
from helpers.evaluation import auc
from helpers.recipes.faces import apart, lfw_faces
from helpers.recipes.learning import few_of_each, numbered
from helpers.verifier import Verifier

RESULTS = Path(__file__).with_name("membership.json")
CROWD = 1000  # strangers of the attacker's own, whom nobody learned from
DRAWS = 1000
FEW = 0.01  # share of others who may be suspected wrongly


def pairs_of(verifier, photos):
    """The embeddings of two photos of each person who has two, (person, 2, feature)."""
    photos = few_of_each(photos, 2, least=2)
    return verifier.embed_crops(photos.images).reshape(len(photos) // 2, 2, -1)


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


def measure():
    """All of it, for the network that is shipped: a dict for JSON."""
    verifier = Verifier.load()
    train, held_out = apart(lfw_faces("peopleDevTrain"))
    test = lfw_faces("peopleDevTest")
    own = few_of_each(test, 1)
    crowd = verifier.embed_crops(own.images[:CROWD])  # the attacker's
    rest = numbered(test.only(own.people[CROWD:]))
    sides = [pairs_of(verifier, photos) for photos in (train, held_out, rest)]
    member = np.repeat([True, False, False], [len(side) for side in sides])
    rows = np.concatenate(sides)  # (person, 2, feature)
    far = -(rows[:, 0] @ crowd.T).max(axis=1)
    alike = (rows[:, 0] * rows[:, 1]).sum(axis=1)
    rank = sum(np.argsort(np.argsort(one)) for one in (far, alike))
    return {
        "members": int(member.sum()),
        "others": int((~member).sum()),
        "one photo, far from strangers": told(far, member),
        "two photos, alike": told(alike, member),
        "both": told(rank / len(rank), member),
    }


def results(path=RESULTS):
    """Read the file, as of `measure`."""
    return read_json(path, "python -m helpers.experiments.membership")


if __name__ == "__main__":
    found = measure()
    write_json(RESULTS, found, indent=1)
    print(found)
