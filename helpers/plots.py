"""Charts in the course's style: scores, runs, comparisons, maps, towers.

Drawing functions return the figure; show(fig, alt) puts it on the page. The caller
gives the title, because a title states the conclusion. The style is in style.py, photos
are in tiles.py; all of it can be imported from here. No TensorFlow.
"""

import textwrap

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import patheffects
from matplotlib.ticker import MaxNLocator

from helpers import evaluation
from helpers.style import (
    DIFFERENT,
    DIFFERENT_LINE,
    DIFFERENT_MARK,
    HATCHES,
    LINES,
    MARKS,
    OTHERS,
    SAME,
    SAME_LINE,
    SAME_MARK,
    show,
    use_style,
)
from helpers.tiles import cividis, draw_tile, pair_labels, pairs, tile

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
    ax = _axes(ax)
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
    _say(ax, title, xlabel, "share of its pairs (%)")
    return ax.figure


def mark_threshold(ax, threshold):
    """Draw the threshold as a line, with what lies on either side of it."""
    ax.axvline(threshold, color="black", lw=1.5, ls=":")
    ax.annotate(
        f"← reject   {threshold:.2f}   accept →",
        (threshold, 1),
        xycoords=("data", "axes fraction"),
        ha="center",
        va="top",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )


def roc(verifiers, title="", ax=None):
    """Draw TAR over FAR for one or several verifiers, with the line of chance.

    Args:
        verifiers: name -> (scores, same).
        title: the conclusion. ax: where to draw.

    Returns:
        The figure.
    """
    ax = _axes(ax, (5.6, 4.6))
    ax.plot([0, 1], [0, 1], color="#999999", lw=1, ls=":")
    ax.text(0.62, 0.58, "chance", color="#666666", rotation=38)
    for n, (name, (scores, same)) in enumerate(verifiers.items()):
        far, tar, _ = evaluation.roc(scores, same)
        name = f"{name} (AUC {evaluation.auc(scores, same):.3f})"
        ax.plot(far, tar, color=_colour(n), ls=_line(n), label=name)
    _say(ax, title, "false accept rate (FAR)", "true accept rate (TAR)")
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
    ax = _axes(ax, (5.6, 4.6))
    least = 0.1
    for n, (name, (scores, same)) in enumerate(verifiers.items()):
        far, tar, _ = evaluation.roc(scores, same)
        rate = evaluation.eer(scores, same)
        seen = (far > 0) & (tar < 1)
        least = min([least, *far[seen], *(1 - tar[seen])])
        name = f"{name} (EER {100 * rate:.1f} %)"
        ax.plot(far[seen], 1 - tar[seen], color=_colour(n), ls=_line(n), label=name)
        ax.plot(rate, rate, MARKS[n % len(MARKS)], color=_colour(n), ms=8)
    ax.plot([least, 1], [least, 1], color="#999999", lw=1, ls=":")
    ax.set(xscale="log", yscale="log", xlim=(least, 1), ylim=(least, 1))
    _say(ax, title, "false accept rate (FAR)", "false reject rate (FRR)")
    ax.legend(loc="lower left")
    return ax.figure


def curves(runs, title="", xlabel="epoch", ylabel="loss", level=None, ax=None):
    """Draw values over time, each line labelled at its end.

    Args:
        runs: name -> values from step 1 on, or name -> (steps, values).
        level: None, or (value, name) of a dotted line, such as the trivial loss.
        title: the conclusion. xlabel, ylabel: with units. ax: where to draw.

    Returns:
        The figure.
    """
    ax = _axes(ax)
    ends = []
    for n, (name, run) in enumerate(runs.items()):
        x, y = run if isinstance(run, tuple) else (np.arange(1, len(run) + 1), run)
        ax.plot(x, y, color=_colour(n), ls=_line(n), label=name)
        ends.append((y[-1], name, _colour(n)))
    if level is not None:
        ax.axhline(level[0], color="#666666", lw=1.2, ls=":")
        ends.append((*level, "#666666"))
    _end_labels(ax, ends)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    _say(ax, title, xlabel, ylabel)
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
    ax = _axes(ax, (7, 1.2 + 0.5 * len(values)))
    for n, value in enumerate(values.values()):
        value, low, high = value if isinstance(value, tuple) else (value, None, None)
        ax.barh(n, value, 0.65, color=_colour(n), alpha=0.35)
        ax.barh(n, value, 0.65, fill=False, ec=_colour(n), hatch=HATCHES[n % 6])
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
    _say(ax, title, xlabel)
    return ax.figure


def points(places, people, names=None, title="", ax=None):
    """Draw a map of embeddings: one point a photo, one colour and marker a person.

    Args:
        places: (photo, 2). people: (photo,). names: person -> name, for the labels.
        title: the conclusion. ax: where to draw.

    Returns:
        The figure.
    """
    ax = _axes(ax, (6, 4.6))
    places, people = np.asarray(places, dtype=float), np.asarray(people)
    for n, person in enumerate(np.unique(people)):
        x, y = places[people == person].T
        mark = MARKS[n % len(MARKS)]
        colour = plt.get_cmap("cividis")(0.9 * (n % 10) / 9)
        ax.scatter(x, y, s=36, color=colour, marker=mark, edgecolor="black", lw=0.5)
        name = str(person) if names is None else str(names[person])
        middle = np.hypot(x - np.median(x), y - np.median(y)).argmin()
        ax.annotate(
            name,
            (x[middle], y[middle]),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            weight="bold",
            path_effects=[patheffects.withStroke(linewidth=3, foreground="white")],
        )
    ax.set(xticks=[], yticks=[])
    _say(ax, title)
    return ax.figure


def tower(steps, title="", ax=None):
    """Draw a tower as blocks: height for rows, width for channels (log scale).

    Args:
        steps: (name, shape) from photo to embedding; a shape is (row, column, channel)
            or (feature,).
        title: the conclusion. ax: where to draw.

    Returns:
        The figure.
    """
    ax = _axes(ax, (max(7, 1.1 * len(steps)), 3))
    tallest = max(shape[0] for _, shape in steps if len(shape) == 3)
    for n, (name, shape) in enumerate(steps):
        height = shape[0] / tallest if len(shape) == 3 else 0.8
        width = 0.12 + 0.055 * np.log2(shape[-1]) if len(shape) == 3 else 0.1
        box = plt.Rectangle((n - width / 2, -height / 2), width, height)
        box.set(
            facecolor="#d9e6ef" if len(shape) == 3 else "#f3e2c7", edgecolor="black"
        )
        ax.add_patch(box)
        ax.text(n, -0.58, "x".join(map(str, shape)), ha="center", va="top", size=9)
        ax.text(n, 0.56, name, ha="center", va="bottom", size=9)
    ax.set(xlim=(-0.6, len(steps) - 0.4), ylim=(-0.8, 0.9))
    ax.axis("off")
    _say(ax, title)
    return ax.figure


def _axes(ax, size=None):
    """The given axes, or new ones in a figure of their own."""
    return plt.subplots(figsize=size)[1] if ax is None else ax


def _say(ax, title, xlabel="", ylabel=""):
    """Set title and labels; a long title is broken to the width of its axes."""
    columns = ax.get_gridspec().ncols if ax.get_subplotspec() else 1
    letters = max(20, int(9.2 * (ax.figure.get_figwidth() / columns - 0.5)))
    ax.set(title=textwrap.fill(title, letters), xlabel=xlabel, ylabel=ylabel)


def _colour(n):
    """Colour of the n-th line or bar."""
    return OTHERS[n % len(OTHERS)]


def _line(n):
    """Line style of the n-th line."""
    return LINES[n % len(LINES)]
