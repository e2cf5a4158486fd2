"""What protects a template, and from whom. For notebook 14.

A secret rotation turns all templates of a database: similarities stay, and who steals
the file alone can draw no faces. Who has the key can, and who knows some templates
learns the key from them. A key of each person's own and a few bits in place of the
numbers (BioHashing: Teoh, Goh, Ngo, IEEE TPAMI 2006) can be revoked: a new key makes a
new template. What is left of each where the key is stolen as well is measured on people
never trained on; thresholds are from people held out. Faces are drawn by the decoder of
`faces_from_templates.py`, seed 0. It makes `protected.json` in some minutes:

    python -m helpers.experiments.protected
"""

from functools import cache, partial
from pathlib import Path

import numpy as np

from helpers.disk.files import fill_steps, read_json
from helpers.evaluation import auc, eer, resample_pairs
from helpers.experiments.faces_from_templates import drawn, learned
from helpers.experiments.impostors import accepted, attacked, enrolled, judge
from helpers.measures.scores import unit
from helpers.recipes.faces import apart, lfw_faces
from helpers.recipes.learning import few_of_each

RESULTS = Path(__file__).with_name("protected.json")
SEEDS = {"orl": range(3), "lfw": range(1)}  # of the keys
KNOWN = 10, 30, 100, 200, 256, 1000  # templates that the attacker knows unprotected
BITS = 64, 128, 256, 512
FAR = 0.01


def secret_key(rng, features=256, columns=None):
    """A random rotation, float (feature, feature): `rows @ key` are turned rows.

    Args:
        columns: only so many of its columns, directions at right angles.

    Source: Mezzadri, Notices of the AMS 54 (2007), for the signs.

    >>> key = secret_key(np.random.default_rng(0), 8)
    >>> bool(np.allclose(key @ key.T, np.eye(8)))
    True
    """
    q, r = np.linalg.qr(rng.normal(size=(features, columns or features)))
    return q * np.sign(np.diag(r))


def key_from_pairs(known, stored):
    """The rotation that best turns known rows into stored ones (Procrustes).

    Args:
        known, stored: float (row, feature), the same templates without and with the
            rotation. Fewer rows than features tell what happens to their span alone.

    Source: Schönemann, Psychometrika 31 (1966).

    >>> rows, key = np.eye(4), secret_key(np.random.default_rng(0), 4)
    >>> bool(np.allclose(key_from_pairs(rows, rows @ key), key))
    True
    """
    left, spread, right = np.linalg.svd(known.T @ stored)
    told = spread > 1e-6 * spread[0]
    return left[:, told] @ right[told]


def own_key(bits, rng, features=256):
    """A person's key: directions at right angles, float (feature, bit).

    More bits than features take a second rotation.

    >>> own_key(12, np.random.default_rng(0), features=8).shape
    (8, 12)
    """
    wanted = [features] * (bits // features) + [bits % features]
    return np.hstack([secret_key(rng, features, n) for n in wanted if n])


def signs(rows, key):
    """Templates as bits, -1 or 1: on which side of each direction of the key."""
    return np.where(rows @ key > 0, 1.0, -1.0)


@cache
def attacker():
    """The decoder that draws faces of templates."""
    return learned("white box", 0)[0]


def passed(templates, name):
    """How often faces drawn of templates pass for the people, before the network.

    Returns:
        dict: another photo of the person, a stranger's: [share, low, high], at FAR.
    """
    network = judge("network")
    again = network.embed_crops(drawn(attacker(), templates))
    scores, limit = enrolled(name) @ again.T, network.threshold(FAR)
    found = accepted(scores, attacked(name).people, limit)
    return {kind: found[kind] for kind in ("another photo", "a stranger")}


def rotated(name, seed):
    """What a secret rotation changes, and what an attacker then draws."""
    rng, rows = np.random.default_rng(seed), enrolled(name)
    key = secret_key(rng)
    stored = rows @ key
    other = secret_key(rng)  # of another database, or after the first was revoked
    own = few_of_each(lfw_faces("peopleDevTrain"), 1)
    own = own.take(rng.permutation(len(own))[: max(KNOWN)])
    known = judge("network").embed_crops(own.images)
    same, pairs = pairs_of(attacked(name).people)
    found = {
        "largest difference": float(np.abs(stored @ stored.T - rows @ rows.T).max()),
        "linked in one database": area((stored @ stored.T)[pairs], same),
        "linked in two databases": area((stored @ (rows @ other).T)[pairs], same),
        "stolen": passed(stored, name),
        "stolen with the key": passed(stored @ key.T, name),
    }
    found["pairs known"] = {
        str(n): passed(stored @ key_from_pairs(known[:n], known[:n] @ key).T, name)
        for n in KNOWN
    }
    return found


def pairs_of(people):
    """Pairs of two photos, those of one person and strangers: same, indices of both."""
    first, second = np.triu_indices(len(people), 1)
    return people[first] == people[second], (first, second)


def area(scores, same):
    """The AUC, for JSON."""
    return round(float(auc(scores, same)), 4)


def error(scores, people, pairs):
    """EER of pairs, with its 95 % interval by resampling people, for JSON."""
    who = people[pairs[0]], people[pairs[1]]
    ends = resample_pairs(scores[pairs], *who, eer, draws=100)
    found = eer(scores[pairs], who[0] == who[1]), *ends
    return np.round(found, 4).tolist()


def issued(rows, people, bits, rng, features=256):
    """Everybody's key and the templates that it makes.

    Returns:
        dict person -> key; float (photo, bit), each photo by its person's key.
    """
    keys = {one: own_key(bits, rng, features) for one in np.unique(people).tolist()}
    made = np.zeros((len(rows), bits))
    for one, key in keys.items():
        made[people == one] = signs(rows[people == one], key)
    return keys, made


def guesses(stored, keys, people):
    """The templates that bits and keys tell of, float (photo, feature), of length 1."""
    rows = [keys[who] @ row for row, who in zip(stored, people.tolist())]
    return unit(np.stack(rows))


def agree(stored, keys, people, rows):
    """Share of equal bits, each photo's template by its person's key, float (n, m)."""
    scores = np.zeros((len(stored), len(rows)), np.float32)
    for one, key in keys.items():
        own = people == one
        scores[own] = stored[own] @ signs(rows, key).T
    return (1 + scores / stored.shape[1]) / 2


@cache
def limit_of(bits):
    """The least share of equal bits that accepts FAR of strangers who hold the key."""
    _, held_out = apart(lfw_faces("peopleDevTrain"))
    held_out = few_of_each(held_out, 2)
    rows = judge("network").embed_crops(held_out.images)
    rng = np.random.default_rng(bits)
    keys, stored = issued(rows, held_out.people, bits, rng)
    scores = agree(stored, keys, held_out.people, rows)
    return float(
        np.quantile(scores[held_out.people[:, None] != held_out.people], 1 - FAR)
    )


def cancellable(name, bits, seed):
    """What templates of a few bits and keys of people's own are good for."""
    people, rows = attacked(name).people, enrolled(name)
    rng = np.random.default_rng([seed, bits])
    keys, old = issued(rows, people, bits, rng)
    new_keys, new = issued(rows, people, bits, rng)
    limit = limit_of(bits)
    stolen = agree(old, keys, people, rows)
    secret = (1 + old @ old.T / bits) / 2  # everybody by the own key
    guessed = [guesses(old, keys, people), guesses(new, new_keys, people)]
    same, pairs = pairs_of(people)
    face = judge("network").embed_crops(drawn(attacker(), guessed[0]))
    replay = accepted((1 + new @ old.T / bits) / 2, people, limit)
    again = accepted(agree(new, new_keys, people, face), people, limit)
    return {
        "eer, key secret": round(float(eer(secret[pairs], same)), 4),
        "eer, key stolen": error(stolen, people, pairs),
        "accepted, key stolen": accepted(stolen, people, limit),
        "linked, keys secret": area((old @ new.T)[pairs], same),
        "linked, keys stolen": area((guessed[0] @ guessed[1].T)[pairs], same),
        "drawn, key secret": passed(guesses(old, new_keys, people), name),
        "drawn, key stolen": passed(guessed[0], name),
        "old template under the new key": replay["another photo"],
        "drawn of the old one, under the new key": again["another photo"],
    }


def make_results(path=RESULTS):
    """Make what `results` reads; what is in the file already is kept."""
    steps = {}
    for name, seed in [(name, seed) for name, seeds in SEEDS.items() for seed in seeds]:
        steps[f"{name}|rotation|{seed}"] = partial(rotated, name, seed)
        for bits in BITS:
            key = f"{name}|{bits} bits|{seed}"
            steps[key] = partial(cancellable, name, bits, seed)
    fill_steps(path, steps)


def results(path=RESULTS):
    """Read the file: "orl|rotation|0" and so on -> as of `rotated`, "orl|256 bits|0"
    and so on -> as of `cancellable`.
    """
    return read_json(path, "python -m helpers.experiments.protected")


if __name__ == "__main__":
    make_results()
