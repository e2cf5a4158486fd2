"""Charts in the course's style: scores, curves, comparisons; and photos in tiles.

Drawing functions return the figure; show(fig, alt) puts it on the page. The caller
gives the title, because a title states the conclusion. What else is drawn lies in the
room `figures`; what most notebooks need of it can be imported from here. No TensorFlow.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from helpers import evaluation
from helpers.figures.charts import mark_threshold, points, tower
from helpers.figures.style import (
    DIFFERENT,
    DIFFERENT_LINE,
    DIFFERENT_MARK,
    HATCHES,
    MARKS,
    SAME,
    SAME_LINE,
    SAME_MARK,
    axes_for,
    nth_colour,
    nth_line,
    say,
    show,
    use_style,
)
from helpers.figures.tiles import cividis, draw_tile, pair_labels, pairs, tile

__all__ = [
    "DIFFERENT",
    "DIFFERENT_LINE",
    "DIFFERENT_MARK",
    "SAME",
    "SAME_LINE",
    "SAME_MARK",
    "bars",
    "cividis",
    "curves",
    "det",
    "draw_tile",
    "hills",
    "mark_threshold",
    "pair_labels",
    "pairs",
    "points",
    "roc",
    "roc_and_det",
    "show",
    "tile",
    "tower",
    "use_style",
]


def hills(scores, same, threshold=None, title="", xlabel="similarity", ax=None):
    """Draw the two hills: the scores of same pairs and of different pairs.

    Args:
        scores, same: (pair,) each. Each hill is a share of its own pairs, because
            there are many more different pairs.
        threshold: drawn as a line, with what is accepted and rejected.
        title: the conclusion. xlabel: what the score is. ax: where to draw.

    Returns:
        The figure.
    """
    ax = axes_for(ax)
    scores, same = np.asarray(scores, dtype=float), np.asarray(same).astype(bool)
    edges, highest = np.histogram_bin_edges(scores, 40), 0
    for kind, colour, line, hatch, name in (
        (~same, DIFFERENT, DIFFERENT_LINE, "\\\\\\", "different"),
        (same, SAME, SAME_LINE, "///", "same"),
    ):
        share, _ = np.histogram(scores[kind], edges)
        share = 100 * share / max(1, kind.sum())
        ax.stairs(share, edges, fill=True, color=colour, alpha=0.15)
        ax.stairs(share, edges, color=colour, ls=line, lw=2, label=name)
        ax.stairs(share, edges, color=colour, hatch=hatch, lw=0, alpha=0.35)
        top = int(share.argmax())
        ax.annotate(
            f"{name}\n{kind.sum():,} pairs",
            ((edges[top] + edges[top + 1]) / 2, share[top]),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            color=colour,
            weight="bold",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
            zorder=5,
        )
        highest = max(highest, share[top])
    ax.set_ylim(0, 1.4 * highest)  # room for the labels
    if threshold is not None:
        mark_threshold(ax, threshold)
    say(ax, title, xlabel, "share of its pairs (%)")
    return ax.figure


def roc(verifiers, title="", ax=None):
    """Draw TAR over FAR for one or several verifiers, with the line of chance.

    Args:
        verifiers: name -> (scores, same).
        title: the conclusion. ax: where to draw.

    Returns:
        The figure.
    """
    ax = axes_for(ax, (5.6, 4.6))
    ax.plot([0, 1], [0, 1], color="#999999", lw=1, ls=":")
    ax.text(0.62, 0.58, "chance", color="#666666", rotation=38)
    for n, (name, (scores, same)) in enumerate(verifiers.items()):
        far, tar, _ = evaluation.roc(scores, same)
        name = f"{name} (AUC {evaluation.auc(scores, same):.3f})"
        ax.plot(far, tar, color=nth_colour(n), ls=nth_line(n), label=name)
    say(ax, title, "false accept rate (FAR)", "true accept rate (TAR)")
    ax.legend(loc="lower right")
    return ax.figure


def det(verifiers, title="", ax=None):
    """Draw FRR over FAR, both on log axes, where good verifiers differ visibly.

    Args:
        verifiers: name -> (scores, same).
        title: the conclusion. ax: where to draw.

    Returns:
        The figure. Points mark the EER, on the line FAR = FRR.
    """
    ax = axes_for(ax, (5.6, 4.6))
    least = 0.1
    for n, (name, (scores, same)) in enumerate(verifiers.items()):
        far, tar, _ = evaluation.roc(scores, same)
        rate = evaluation.eer(scores, same)
        seen = (far > 0) & (tar < 1)
        least = min([least, *far[seen], *(1 - tar[seen])])
        name = f"{name} (EER {100 * rate:.1f} %)"
        ax.plot(
            far[seen], 1 - tar[seen], color=nth_colour(n), ls=nth_line(n), label=name
        )
        ax.plot(rate, rate, MARKS[n % len(MARKS)], color=nth_colour(n), ms=8)
    ax.plot([least, 1], [least, 1], color="#999999", lw=1, ls=":")
    ax.set(xscale="log", yscale="log", xlim=(least, 1), ylim=(least, 1))
    say(ax, title, "false accept rate (FAR)", "false reject rate (FRR)")
    ax.legend(loc="lower left")
    return ax.figure


def roc_and_det(verifiers):
    """Draw the ROC and the DET of some verifiers side by side.

    Args:
        verifiers: name -> (scores, same), (pair,) each.

    Returns:
        The figure.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.6))
    roc(verifiers, "ROC: all of them look good", ax=left)
    det(verifiers, "DET: now they differ", ax=right)
    return figure


def curves(runs, title="", xlabel="epoch", ylabel="loss", level=None, ax=None):
    """Draw values over time, each line labelled at its end.

    Args:
        runs: name -> values from step 1 on, or name -> (steps, values).
        level: None, or (value, name) of a dotted line, such as the trivial loss.
        title: the conclusion. xlabel, ylabel: with units. ax: where to draw.

    Returns:
        The figure.
    """
    ax = axes_for(ax)
    ends = []
    for n, (name, run) in enumerate(runs.items()):
        x, y = run if isinstance(run, tuple) else (np.arange(1, len(run) + 1), run)
        ax.plot(x, y, color=nth_colour(n), ls=nth_line(n), label=name)
        ends.append((y[-1], name, nth_colour(n)))
    if level is not None:
        ax.axhline(level[0], color="#666666", lw=1.2, ls=":")
        ends.append((*level, "#666666"))
    _end_labels(ax, ends)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    say(ax, title, xlabel, ylabel)
    return ax.figure


def _end_labels(ax, ends):
    """Write each name right of the last point, moved apart where they would overlap."""
    low, high = ax.get_ylim()
    step = 0.075 * (high - low)
    place = -np.inf
    for y, name, colour in sorted(ends):
        place = max(y, place + step)
        ax.annotate(
            name,
            (1, place),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            weight="bold",
            annotation_clip=False,
        )


def bars(values, title="", xlabel="", level=None, form="{:.1f}", ax=None):
    """Draw one bar for each method, with its error bar and its number.

    Args:
        values: name -> value, or name -> (value, low, high).
        level: None, or (value, name) of a dotted line, such as chance.
        title: the conclusion. xlabel: what is measured, with the unit.
        form: how a number is written. ax: where to draw.

    Returns:
        The figure; the first method stands at the top.
    """
    ax = axes_for(ax, (7, 1.2 + 0.5 * len(values)))
    for n, value in enumerate(values.values()):
        value, low, high = value if isinstance(value, tuple) else (value, None, None)
        ax.barh(n, value, 0.65, color=nth_colour(n), alpha=0.35)
        ax.barh(n, value, 0.65, fill=False, ec=nth_colour(n), hatch=HATCHES[n % 6])
        text, end = form.format(value), value
        if low is not None:
            spread = [[value - low], [high - value]]
            ax.errorbar(value, n, xerr=spread, color="black", capsize=4, lw=1.5)
            text += f"  ({form.format(low)} to {form.format(high)})"
            end = high
        ax.annotate(
            text, (end, n), xytext=(6, 0), textcoords="offset points", va="center"
        )
    if level is not None:
        ax.axvline(level[0], color="#666666", lw=1.2, ls=":")
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        ax.annotate(
            level[1],
            (level[0], -0.6),
            color="#444444",
            ha="center",
            va="center",
            bbox=box,
        )
    ax.set_yticks(range(len(values)), values)
    ax.margins(x=0.25)
    ax.set_xlim(left=0)
    ax.set_ylim(len(values) - 0.5, -0.8 if level is not None else -0.5)
    ax.grid(axis="y", visible=False)
    say(ax, title, xlabel)
    return ax.figure
