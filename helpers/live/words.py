"""A verdict in words, and what in the photos makes it doubtful."""

from helpers.live.quality import crop_faults


def describe(verdict, card):
    """A verdict in two plain lines.

    Args:
        verdict: a `verifier.Verdict`. card: of the verifier.
    """
    same, similarity, threshold, accepted, alike = verdict
    what, person, others = "person", "Different people", "pairs of strangers"
    if "pictures" in card:
        what, others = card["pictures"]["of"], "pairs that differ"
        person = f"Not the same {what}"
    if same:
        person = f"The same {what}"
    side = "at least" if same else "below"
    return (
        f"{person}: similarity {similarity:.3f}, {side} the threshold of "
        f"{threshold:.3f}.\n"
        f"Of {others} {share(alike)} are at least this alike; the threshold "
        f"accepts {share(accepted)}."
    )


def share(rate):
    """A share in percent, with as many digits as were measured.

    >>> share(0.0123), share(0.5), share(0.0001)
    ('1.2 %', '50 %', '0.01 % or fewer')
    """
    least = 0.0001
    return f"{100 * rate:.2g} %" + (" or fewer" if rate <= 1.001 * least else "")


def doubtful(names, crops):
    """What in the photos makes a verdict doubtful: a sentence for each fault.

    Args:
        names: what the sentences call the photos. crops: uint8 (photo, 64, 64, 1).

    >>> import numpy as np
    >>> doubtful(["a.png"], np.zeros((1, 64, 64, 1), np.uint8))[0]
    'Do not rely on it, a.png is too dark: put a light in front of you.'
    """
    return [
        f"Do not rely on it, {name} is {fault[0].lower()}{fault[1:]}"
        for name, crop in zip(names, crops)
        for fault in crop_faults(crop)
    ]
