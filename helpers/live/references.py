"""A verdict from several references of one person.

    closeups = closeups_of(["ann1.jpg", "ann2.jpg", "who.jpg"])
    verify(Verifier.load(), closeups[:-1], closeups[-1])

The similarity is the mean of those with each reference (`measures/references.py`).
Where the weights have learned from forgeries, two references or more set a threshold of
the person's own: whose pictures are more alike than usual gets a stricter one. The
rates of a verdict were measured with one reference; several make fewer mistakes.
"""

import numpy as np

from helpers.measures.references import alike, joined, level_of, share_above
from helpers.verifier import FAR, Verdict

COUNT = (
    "A verdict needs a photo to compare with and a probe: verify A B, or verify "
    "--reference A --reference B PROBE."
)


def verify(verifier, references, probe, far=None):
    """Decide whether a probe shows the person of the references.

    Args:
        verifier: a `Verifier`.
        references: a list of `faces.Closeup`, at least one. probe: a `Closeup`.
        far: wanted false accept rate; None for the threshold that the card has for
            skilled forgeries, or where it has none for a rate of FAR.

    Returns:
        A `Verdict`.
    """
    cut = [*references, probe]
    rows = verifier.embed_crops(np.stack([each.image for each in cut]))
    every = alike(rows, rows)
    score = float(np.clip(joined(every[:-1, -1]), -1, 1))
    limit = threshold(verifier, far, every[:-1, :-1])
    accepted, reached = map(verifier.false_accept_rate, (limit, score))
    refused, same = verifier.false_reject_rate(limit), bool(score >= limit)
    doubts = verifier.doubts(*cut)
    return Verdict(same, score, limit, accepted, refused, reached, doubts)


def threshold(verifier, far=None, among=()):
    """The least similarity that is accepted, as `verify` takes it.

    Args:
        verifier, far: as for `verify`.
        among: float (reference, reference), the similarities of the references.
    """
    known = verifier.card.get("forgeries", {})
    if far is not None or not known:
        return verifier.threshold(FAR if far is None else far)
    limit, own = known["threshold"], known.get("own")
    if own and len(among) > 1:
        limit += own["share"] * (level_of(among) - own["usual"])
    return float(limit)


def skilled_accepts(card, limit):
    """Share of skilled forgeries that reach a threshold, or None where none are known.

    Args:
        card: of a verifier. limit: a similarity.
    """
    if "forgeries" not in card:
        return None
    return share_above(card["forgeries"]["skilled"], limit)


def as_dict(verdict, references, card, weights):
    """A verdict for programs: what `--json` prints."""
    skilled = skilled_accepts(card, verdict.threshold)
    return verdict._asdict() | {
        "references": len(references),
        "skilled_accept_rate": skilled,
        "weights": weights,
    }
