"""A verdict, or a name, in words, with what makes it doubtful."""

from helpers.live.references import skilled_accepts
from helpers.measures.rates import share


def describe(verdict, card, references=1):
    """A verdict in two plain lines, and one for forgeries and for each doubt.

    Args:
        verdict: a `verifier.Verdict`. card: of the verifier.
        references: how many pictures of the person the probe was compared with.
    """
    what, person, others = "person", "Different people", "pairs of strangers"
    if "pictures" in card:
        what, others = card["pictures"]["of"], "pairs that differ"
        person = f"Not the same {what}"
    if verdict.same:
        person = f"The same {what}"
    side = "at least" if verdict.same else "below"
    mean, among = ("mean ", f" to {references}") if references > 1 else ("", "")
    skilled, forged = skilled_accepts(card, verdict.threshold), []
    if skilled is not None:
        forged = [f"Of skilled forgeries it accepts {share(skilled)}."]
    lines = (
        f"{person}: {mean}similarity {verdict.similarity:.3f}{among}, {side} the "
        f"threshold of {verdict.threshold:.3f}.",
        f"Of {others} {share(verdict.strangers_alike)} are at least this alike; the "
        f"threshold accepts {share(verdict.false_accept_rate)}, and rejects "
        f"{share(verdict.false_reject_rate)} of pairs of one {what}.",
        *forged,
        *(f"Do not rely on it: {doubt}" for doubt in verdict.doubts),
    )
    return "\n".join(lines)


def describe_found(found):
    """Who a photo shows, or nobody, in two plain lines, and one for each doubt.

    Args:
        found: an `app.desk.Found`.
    """
    if found.nearest is None:
        lines = ["Nobody: no one is enrolled."]
    else:
        side = "below" if found.name is None else "at least"
        to = f" to {found.nearest}" if found.name is None else ""
        people = "1 person" if found.people == 1 else f"{found.people:,} people"
        lines = [
            f"{found.name or 'Nobody'}: similarity{to} {found.similarity:.3f}, {side} "
            f"the threshold of {found.threshold:.3f}.",
            f"With {people} enrolled {share(found.false_accept_rate)} of strangers get "
            "a name.",
        ]
    lines += [f"Do not rely on it: {doubt}" for doubt in found.doubts]
    return "\n".join(lines)
