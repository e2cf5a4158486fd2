"""A verdict in words, with what makes it doubtful."""

from helpers.measures.rates import share


def describe(verdict, card):
    """A verdict in two plain lines, and one for each doubt.

    Args:
        verdict: a `verifier.Verdict`. card: of the verifier.
    """
    what, person, others = "person", "Different people", "pairs of strangers"
    if "pictures" in card:
        what, others = card["pictures"]["of"], "pairs that differ"
        person = f"Not the same {what}"
    if verdict.same:
        person = f"The same {what}"
    side = "at least" if verdict.same else "below"
    lines = (
        f"{person}: similarity {verdict.similarity:.3f}, {side} the threshold of "
        f"{verdict.threshold:.3f}.",
        f"Of {others} {share(verdict.strangers_alike)} are at least this alike; the "
        f"threshold accepts {share(verdict.false_accept_rate)}, and rejects "
        f"{share(verdict.false_reject_rate)} of pairs of one {what}.",
        *(f"Do not rely on it: {doubt}" for doubt in verdict.doubts),
    )
    return "\n".join(lines)
