"""A verdict in words, with what makes it doubtful."""


def describe(verdict, card):
    """A verdict in two plain lines, and one for each doubt.

    Args:
        verdict: a `verifier.Verdict`. card: of the verifier.
    """
    same, similarity, threshold, accepted, alike, doubts = verdict
    what, person, others = "person", "Different people", "pairs of strangers"
    if "pictures" in card:
        what, others = card["pictures"]["of"], "pairs that differ"
        person = f"Not the same {what}"
    if same:
        person = f"The same {what}"
    side = "at least" if same else "below"
    lines = (
        f"{person}: similarity {similarity:.3f}, {side} the threshold of "
        f"{threshold:.3f}.",
        f"Of {others} {share(alike)} are at least this alike; the threshold "
        f"accepts {share(accepted)}.",
        *(f"Do not rely on it: {doubt}" for doubt in doubts),
    )
    return "\n".join(lines)


def share(rate):
    """A share in percent, with as many digits as were measured.

    >>> share(0.0123), share(0.5), share(0.0001)
    ('1.2 %', '50 %', '0.01 % or fewer')
    """
    least = 0.0001
    return f"{100 * rate:.2g} %" + (" or fewer" if rate <= 1.001 * least else "")
