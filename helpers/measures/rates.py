"""What a card says of thresholds: which mistakes each makes, on held-out people."""

import numpy as np


class Rates:
    """The rates of both mistakes at every threshold.

    Args:
        card: of a verifier; its `strangers` are rows of (share of strangers' pairs,
            similarity that they reach), from all to few; its `owners` rows of (share of
            one person's pairs, similarity that they do not reach), from none to all;
            its `strangers_95`, where it has them, the 95 % interval of each share of
            strangers' pairs, as of `resampling.share_intervals`.
    """

    def __init__(self, card):
        self.intervals = card.get("strangers_95")
        self.strangers, self.owners = (
            np.asarray(card[name], float).T for name in ("strangers", "owners")
        )

    def threshold(self, far):
        """The least similarity that is accepted, for a wanted false accept rate.

        Raises:
            ValueError: fewer pairs were measured than that rate needs.
        """
        rates, scores = self.strangers
        if not rates[-1] <= far <= 1:
            few = " Rarer accepts were not measured." * bool(0 < far < 1)
            raise ValueError(
                f"A false accept rate of {far} cannot be set: choose {rates[-1]:g} to "
                f"1.{few}"
            )
        return float(np.interp(-np.log(far), -np.log(rates), scores))

    def false_accepts(self, threshold):
        """Share of pairs of strangers that are at least as similar."""
        rates, scores = self.strangers
        return float(np.exp(np.interp(threshold, scores, np.log(rates))))

    def interval(self, threshold):
        """95 % interval of `false_accepts`: (low, high), or None if not measured."""
        if self.intervals is None:
            return None
        low, high = np.asarray(self.intervals, float).T
        scores = self.strangers[1]
        return tuple(float(np.interp(threshold, scores, ends)) for ends in (low, high))

    def false_rejects(self, threshold):
        """Share of pairs of one person that are less similar."""
        rates, scores = self.owners
        return float(np.interp(threshold, scores, rates))


def of_anybody(far, people):
    """Share of strangers who are taken for one of so many people.

    Args:
        far: share that is taken for one certain person, 0..1. people: how many.

    >>> round(of_anybody(0.01, 20), 3)
    0.182
    """
    return float(1 - (1 - far) ** people)


def of_each(far, people):
    """The false accept rate of one comparison that keeps `of_anybody` at `far`.

    >>> round(of_each(0.182, 20), 3)
    0.01
    """
    return float(1 - (1 - far) ** (1 / people))


def share(rate):
    """A share in percent, with as many digits as were measured.

    >>> share(0.0123), share(0.5), share(0.0001), share(0.999)
    ('1.2 %', '50 %', '0.01 % or fewer', '100 %')
    """
    least = 0.0001
    text = f"{100 * rate:.2g}" if rate < 0.1 else f"{100 * rate:.0f}"
    return f"{text} %" + (" or fewer" if rate <= 1.001 * least else "")
