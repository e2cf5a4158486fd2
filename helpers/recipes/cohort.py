"""Judge a photo by how much it resembles other people anyway: a cohort.

Some photos are alike to everybody: dark ones, blurred ones, a face like many others. A
similarity that two sharp photos of strangers never reach says little of two of those.
So each embedding is compared with a cohort of people that nobody will ask for, and how
alike it is to the nearest of them counts against it (adaptive score normalisation:
Sturim and Reynolds, "Speaker adaptive cohort selection for Tnorm", ICASSP 2005; on both
sides of a pair: Matějka and others, Interspeech 2017).

There, two numbers are taken from each score. Here one feature of the embedding does it,
the constant that all share (`patterns.metric`): made smaller, it makes all similarities
of this photo smaller. So galleries and thresholds need not know of any cohort.
"""

import keras
import numpy as np
from keras import ops

from helpers.embedding import beside, embed
from helpers.measures.patterns import HalfDense, LessAlike
from helpers.recipes.spoil import blurred, darker, farther

PLAIN = 384  # people of the cohort as they are
EACH = 24  # people made worse in each of these ways; as many nearest ones are looked at
WORSE = (darker, 0.25), (darker, 0.125), (blurred, 2.0), (farther, 12)


def judged(tower, joined, photos):
    """`patterns.beside`, judged by a cohort.

    Args:
        tower: the network. joined: a model [photo, embedding of the tower] -> embedding
            of length 1, whose last feature is the constant.
        photos: `Photos` of people that nobody will ask for; of each person one is used.

    Returns:
        A model as `joined`.
    """
    _, firsts = np.unique(photos.people, return_index=True)
    rng = np.random.default_rng(0)  # says who is in the cohort
    images = photos.images[rng.permutation(firsts)]
    needed = PLAIN + EACH * len(WORSE)
    if len(images) <= needed:
        raise ValueError(
            f"A cohort of {needed} people and others beside it need more than "
            f"{len(images)} people."
        )
    members = list(images[:PLAIN])
    parts = np.split(images[PLAIN:needed], len(WORSE))
    for (worse, level), crops in zip(WORSE, parts):
        members += [worse(crop, level, rng) for crop in crops]
    cohort = embed(beside(tower, joined), np.stack(members)).T  # (feature, person)
    alike = HalfDense(needed, use_bias=False, name="cohort")
    alike_to = alike(joined.output)
    alike.set_weights([np.float16(cohort)])  # as a file holds it
    asking = beside(tower, keras.Model(joined.inputs, alike_to, name="asking"))
    others = embed(asking, images[needed : 2 * needed])
    less = LessAlike(EACH, name="less_alike")
    less.usual = float(ops.mean(less.near(others)))
    unit = keras.layers.UnitNormalization(name="judged")
    last = unit(less([joined.output, alike_to]))
    return keras.Model(joined.inputs, last, name="joined")
