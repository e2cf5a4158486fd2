"""The two hills of a card, with the threshold and a pair, as SVG.

`figures.charts.two_errors` draws them of scores, for paper. This chart takes the page's
colours, light or dark, and moves with the slider at once. No TensorFlow.
"""

import numpy as np

from helpers.figures import style
from helpers.measures.rates import share

WIDE, TALL, BASE = 400, 200, 176  # of the chart; BASE is where its axis lies
HIGH, BINS = 120, 28  # the higher hill's; of either hill


def hills(rates, threshold, verdict=None):
    """The hills of strangers and of one person, the threshold, and the pair.

    Args:
        rates: a `Rates`. Of the strangers who are least alike the card tells no more
            than how many they are: they are written beside the axis, not drawn.
        threshold: the least similarity that is accepted.
        verdict: a `Verdict` on the pair, or None.

    Returns:
        SVG as text.
    """
    (_, apart_rate, *_), (_, low, *_) = rates.strangers
    edges = np.linspace(low, max(1.0, rates.owners[1][-1]), BINS + 1)
    apart = -np.diff([rates.false_accepts(edge) for edge in edges])  # (bin,)
    alike = np.diff([rates.false_rejects(edge) for edge in edges])  # (bin,)
    scale = HIGH / max(apart.max(), alike.max())
    peak, flank = apart.argmax(), np.flatnonzero(alike >= alike.max() / 2)[-1]

    def x(value):
        return round(float(np.interp(value, edges[[0, -1]], (0, WIDE))), 1)

    ticks = [value for value in (-0.5, 0, 0.5, 1) if edges[0] < value < edges[-1]]
    parts = [
        hill(BASE - scale * apart, style.DIFFERENT, "5 3"),
        hill(BASE - scale * alike, style.SAME, "none"),
        f'<path d="M0 {BASE}H{WIDE}" stroke="currentColor"/>',
        *(text(x(value), BASE + 18, f"{value:g}") for value in ticks),
        upright(x(threshold), 32, "2 3"),
        text(x(threshold), 28, f"threshold {two(threshold)}"),
        text(0, TALL + 12, f"← {share(1 - apart_rate)} of strangers' pairs lie there"),
    ]
    words = f"the threshold stands at {two(threshold)}"
    if verdict is not None:
        here, said = x(verdict.similarity), f"this pair {two(verdict.similarity)}"
        mark = circle(here) if verdict.same else cross(here)
        parts += [upright(here, 14, "none"), mark, text(here, 10, said)]
        words += f", {said}"
    parts += [  # above all lines
        text(x(edges[peak + 1]), BASE - scale * apart[peak] - 6, "strangers"),
        text(x(edges[flank]) + 40, BASE - scale * alike[flank] - 8, "one person"),
    ]
    middles = two(rates.threshold(0.5)), two(np.interp(0.5, *rates.owners))
    alt = "Pairs by similarity: strangers around {}, one person around {}; {}."
    return (
        f'<svg class="hills" role="img" viewBox="-4 -4 {WIDE + 8} {TALL + 20}" '
        f'aria-label="{alt.format(*middles, words)}" fill="none">'
        f'<g font-size="12" fill="currentColor">{"".join(parts)}</g></svg>'
    )


def two(value):
    """A similarity with two digits.

    >>> two(-0.002)
    '0.00'
    """
    return f"{round(float(value), 2) + 0.0:.2f}"


def hill(tops, colour, dashes):
    """A hill of steps. tops: (bin,), where each ends."""
    rights = np.linspace(0, WIDE, len(tops) + 1)[1:]
    steps = "".join(f"V{top:.1f}H{right:.1f}" for top, right in zip(tops, rights))
    return (
        f'<path d="M0 {BASE}{steps}V{BASE}" fill="{colour}" fill-opacity=".15" '
        f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>'
    )


def text(x, y, words):
    """Words above a place, which stay within the chart."""
    half = 3.2 * len(words)  # at 12 pixels
    side = "start" if x < half else "end" if x > WIDE - half else "middle"
    return f'<text x="{x}" y="{y:.0f}" text-anchor="{side}">{words}</text>'


def upright(x, top, dashes):
    """A line from the axis up."""
    return (
        f'<path d="M{x} {top}V{BASE}" stroke="currentColor" stroke-width="1.8" '
        f'stroke-dasharray="{dashes}"/>'
    )


def circle(x):
    """The mark of the same person, on the axis."""
    return f'<circle cx="{x}" cy="{BASE}" r="6" fill="{style.SAME}"/>'


def cross(x):
    """The mark of different people, on the axis."""
    arms = f"M{x - 6} {BASE - 6}l12 12m0 -12l-12 12"
    return f'<path d="{arms}" stroke="{style.DIFFERENT}" stroke-width="4"/>'
