"""Charts about embeddings, towers, thresholds, intervals, photos that get worse.

Each returns its figure; what every notebook draws is in plots.py. No TensorFlow.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import patheffects

from helpers.figures import style


def mark_threshold(ax, threshold):
    """Draw the threshold as a line, with what lies on either side of it."""
    ax.axvline(threshold, color="black", lw=1.5, ls=":")
    ax.annotate(
        f"← reject   {threshold:.2f}   accept →",
        (threshold, 1),
        xycoords=("data", "axes fraction"),
        ha="center",
        va="top",
        bbox=style.WHITE,
    )


def points(places, people, names=None, title="", ax=None):
    """Draw a map of embeddings: one point a photo, one colour and marker a person.

    Args:
        places: (photo, 2). people: (photo,). names: person -> name, for the labels.
        title: the conclusion. ax: where to draw.
    """
    ax = style.axes_for(ax, (6, 4.6))
    places, people = np.asarray(places, dtype=float), np.asarray(people)
    for n, person in enumerate(np.unique(people)):
        x, y = places[people == person].T
        mark = style.MARKS[n % len(style.MARKS)]
        colour = plt.get_cmap("cividis")(0.9 * (n % 10) / 9)
        ax.scatter(x, y, s=36, color=colour, marker=mark, edgecolor="black", lw=0.5)
        name = str(person) if names is None else str(names[person])
        middle = np.hypot(x - np.median(x), y - np.median(y)).argmin()
        edge = [patheffects.withStroke(linewidth=3, foreground="white")]
        look = {"ha": "center", "weight": "bold", "path_effects": edge}
        style.note(ax, name, (x[middle], y[middle]), (0, 9), **look)
    ax.set(xticks=[], yticks=[])
    style.say(ax, title)
    return ax.figure


def tower(steps, title="", ax=None):
    """Draw a tower as blocks: height for rows, width for channels (log scale).

    Args:
        steps: (name, shape) from photo to embedding; a shape is (row, column, channel)
            or (feature,).
        title: the conclusion. ax: where to draw.
    """
    ax = style.axes_for(ax, (max(7, 1.1 * len(steps)), 3))
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
    style.say(ax, title)
    return ax.figure


def calibration(fars, wanted, title):
    """Show which FAR a threshold reaches, over the people it was measured on.

    Args:
        fars: number of people -> FAR reached, (draw,).
        wanted: the FAR asked for.
        title: the conclusion.

    Returns:
        The figure: the median and where nine of ten draws lie.
    """
    low, middle, high = (
        100 * np.percentile(list(fars.values()), share, axis=1) for share in (5, 50, 95)
    )  # (size,) each
    figure, ax = plt.subplots()
    place = np.arange(len(fars))
    ax.vlines(place, low, high, color="#777777", lw=5, alpha=0.6)
    ax.plot(place, middle, "o", color="black", ms=8)
    ax.axhline(100 * wanted, color="black", ls=":")
    ax.text(place[-1] + 0.6, 100 * wanted, "wanted", va="bottom", ha="right")
    for n, value in enumerate(high):
        style.note(ax, f"{value:.0f} %", (n, value), (0, 4), ha="center")
    ticks = [0, 0.5, 1, 3, 10, 30, 100]
    ax.set_yscale("symlog", linthresh=1)
    ax.set(xlim=(-0.5, place[-1] + 0.6), ylim=(-0.05, 160))
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks(place, list(fars))
    ax.set(title=title, xlabel="people who set the threshold")
    ax.set_ylabel("FAR on ten others (%)\nmedian and 9 of 10 draws")
    return figure


def intervals(truth, ways):
    """Draw 95 % intervals of several trials beside what they should hold.

    Args:
        truth: what each interval should hold, in percent, (trial,).
        ways: name -> (low, high), in percent, (trial,) each.

    Returns:
        The figure; a full circle is held, an empty one is missed.
    """
    figure, axes = plt.subplots(1, len(ways), figsize=(10, 3.6), sharey=True)
    place = np.arange(len(truth))
    for ax, (name, (low, high)) in zip(axes, ways.items()):
        held = (low <= truth) & (truth <= high)  # (trial,)
        ax.vlines(place, low, high, color="#777777", lw=5, alpha=0.6)
        ax.plot(place[held], truth[held], "ko")
        ax.plot(place[~held], truth[~held], "ko", mfc="white", mew=2)
        ax.set(title=f"{name}: {held.sum()} of {len(truth)} hold", xticks=[])
        ax.set_xlabel("ten people, drawn anew each time")
    axes[0].set_ylabel("EER (%)")
    return figure


def two_rates(panels, title):
    """Draw FAR and FRR at a fixed threshold while photos get worse, in small panels.

    Args:
        panels: name of what is spoilt -> {level: {"far": share, "frr": share}}, the
            levels from none to much.
        title: the conclusion.
    """
    columns = min(4, len(panels))
    rows = -(-len(panels) // columns)
    shape = {"figsize": (max(7, 2.7 * columns), 2.6 * rows), "sharey": True}
    figure, axes = plt.subplots(rows, columns, squeeze=False, **shape)
    lines = (
        ("far", "strangers accepted", style.DIFFERENT, "--", style.DIFFERENT_MARK),
        ("frr", "owners turned away", style.SAME, "-", style.SAME_MARK),
    )
    for ax, (name, levels) in zip(axes.flat, panels.items()):
        for rate, _, colour, line, mark in lines:
            shares = [100 * level[rate] for level in levels.values()]
            ax.plot(shares, mark, color=colour, ls=line)
        ax.set(title=name, ylim=(-3, 103))
        ax.set_xticks(range(len(levels)), list(levels), fontsize=8)
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    named = axes.flat[min(1, len(panels) - 1)]
    for place, (_, text, colour, *_) in zip((0.95, 0.82), lines):
        named.text(0.04, place, text, color=colour, transform=named.transAxes, va="top",
                   bbox=style.WHITE)  # fmt: skip
    figure.supylabel("share of pairs (%)")
    figure.suptitle(title, x=0.01, ha="left", weight="bold")
    return figure


def two_errors(scores, same, threshold, title=""):
    """Draw the two hills, with FAR and FRR as the areas beyond a threshold.

    Args:
        scores, same: (pair,) each; higher is more similar.
        threshold: accepted when score >= threshold.
        title: the conclusion.
    """
    fig, ax = plt.subplots()
    scores, same = np.asarray(scores), np.asarray(same).astype(bool)
    accepted = scores >= threshold
    edges = np.union1d(np.histogram_bin_edges(scores, 40), [threshold])
    right = edges[:-1] >= threshold  # (bin,): what is accepted
    for kind, wrong, rate, colour, line, hatch, x in (
        (~same, right, "FAR", style.DIFFERENT, style.DIFFERENT_LINE, "\\\\\\", 0.99),
        (same, ~right, "FRR", style.SAME, style.SAME_LINE, "///", 0.01),
    ):
        height, _ = np.histogram(scores[kind], edges)
        height = height / kind.sum() / np.diff(edges)  # so that an area is a share
        area = np.where(wrong, height, 0)
        ax.stairs(height, edges, color=colour, ls=line, lw=2)
        ax.stairs(area, edges, fill=True, color=colour, alpha=0.4)
        ax.stairs(area, edges, color=colour, hatch=hatch, lw=0)
        error = 100 * (accepted != same)[kind].mean()
        what = "same, rejected" if rate == "FRR" else "different, accepted"
        ax.annotate(
            f"{rate} {error:.1f} %\n{what}",
            (x, 0.84),
            xycoords="axes fraction",
            ha="left" if rate == "FRR" else "right",
            va="top",
            color=colour,
            weight="bold",
        )
    mark_threshold(ax, threshold)
    ax.set_ylim(0, 1.5 * ax.get_ylim()[1])
    ax.set(title=title, xlabel="similarity", ylabel="pairs (each hill has area 1)")
    return fig
