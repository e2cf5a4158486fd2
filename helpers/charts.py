"""Charts about comparing and evaluating: many runs, thresholds, intervals, occlusion.

What is general is in plots.py. No TensorFlow.
"""

import cv2
import matplotlib.pyplot as plt
import numpy as np

from helpers import plots
from helpers.style import MARKS

WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # behind a text


def roc_and_det(verifiers):
    """Draw the ROC and the DET of some verifiers side by side.

    Args:
        verifiers: name -> (scores, same), (pair,) each.

    Returns:
        The figure.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.6))
    plots.roc(verifiers, "ROC: all of them look good", ax=left)
    plots.det(verifiers, "DET: now they differ", ax=right)
    return figure


def redraw(reached, sizes, people=40, others=10, draws=60, seed=0):
    """Draw who sets a threshold and who is reported on, many times anew.

    Args:
        reached: a function of (who sets it, others) that gives the FAR reached.
        sizes: how many people set it. people: how many there are in all.
        others: how many are reported on. draws: for each size. seed: of the draws.

    Returns:
        size -> FAR reached, (draw,).

    >>> redraw(lambda some, rest: len(some) / len(rest), (5, 10), draws=2)
    {5: array([0.5, 0.5]), 10: array([1., 1.])}
    """
    rng, fars = np.random.default_rng(seed), {}
    for size in sizes:
        drawn = [rng.permutation(people)[: others + size] for _ in range(draws)]
        fars[size] = np.array([reached(d[others:], d[:others]) for d in drawn])
    return fars


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
        ax.annotate(f"{value:.0f} %", (n, value), (0, 4), ha="center",
                    textcoords="offset points")  # fmt: skip
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
        The figure; a blue circle is held, an orange cross is missed.
    """
    figure, axes = plt.subplots(1, len(ways), figsize=(10, 3.6), sharey=True)
    place = np.arange(len(truth))
    for ax, (name, (low, high)) in zip(axes, ways.items()):
        held = (low <= truth) & (truth <= high)  # (trial,)
        ax.vlines(place, low, high, color="#777777", lw=5, alpha=0.6)
        ax.plot(place[held], truth[held], plots.SAME_MARK, color=plots.SAME)
        ax.plot(place[~held], truth[~held], plots.DIFFERENT_MARK, ms=8,
                color=plots.DIFFERENT)  # fmt: skip
        ax.set(title=f"{name}: {held.sum()} of {len(truth)} hold", xticks=[])
        ax.set_xlabel("ten people, drawn anew each time")
    axes[0].set_ylabel("EER (%)")
    return figure


def small_curves(panels, each, level, top, ylabel="training loss", columns=3):
    """Draw curves in small panels of one scale, each with a dotted line to beat.

    Args:
        panels: name -> (lines in grey, (line, point); the line in black, (point,)).
        each: steps a point. level: of the dotted line. top: of the scale.
        ylabel: what is drawn. columns: panels side by side.

    Returns:
        The figure.
    """
    rows = -(-len(panels) // columns)
    shape = {"figsize": (3 * columns, 2.3 * rows), "sharex": True, "sharey": True}
    figure, axes = plt.subplots(rows, columns, **shape)
    for ax, (name, (grey, black)) in zip(axes.flat, panels.items()):
        steps = each * np.arange(1, len(black) + 1)
        ax.axhline(level, color="#666666", lw=1.2, ls=":")
        ax.plot(steps, np.transpose(grey), color="#bbbbbb", ls="-",
                lw=3 if len(grey) == 1 else 1)  # fmt: skip
        ax.plot(steps, black, color="#222222", ls="-")
        ax.set(title=name, ylim=(0, top))
    figure.supxlabel("step")
    figure.supylabel(ylabel)
    return figure


def beside_trivial(curves, trivial, title, each=20):
    """Draw the curve of each loss as a multiple of its trivial value.

    Args:
        curves: name -> (run, point); runs are grey, their mean is black.
        trivial: name -> the loss of the trivial solution, written in its panel.
        title: the conclusion. each: steps a point.

    Returns:
        The figure.
    """
    panels = {}
    for name, runs in curves.items():
        shares = np.asarray(runs) / trivial[name]  # (run, point)
        panels[name] = shares, shares.mean(axis=0)
    label = "training loss / its trivial value"
    figure = small_curves(panels, each, level=1, top=2.4, ylabel=label)
    figure.suptitle(title, x=0.01, ha="left", weight="bold")
    for ax, name in zip(figure.axes, curves):
        ax.annotate(f"trivial {trivial[name]:.2f}", (0.97, 0.95), ha="right", va="top",
                    xycoords="axes fraction", bbox=WHITE)  # fmt: skip
    return figure


def strips(rates, levels, title, xlabel):
    """Draw every run of several methods as a point, and the mean of each.

    Args:
        rates: name -> shares (fold, seed); a fold has a marker of its own.
        levels: name -> share, a dotted line, such as a baseline.
        title: the conclusion. xlabel: what is measured, in percent.

    Returns:
        The figure; the best mean stands at the top.
    """
    means = {name: 100 * np.mean(values) for name, values in rates.items()}
    order = sorted(means, key=means.get)
    figure, ax = plt.subplots(figsize=(9, 1.4 + 0.42 * len(order)))
    for n, name in enumerate(order):
        for fold, values in enumerate(rates[name]):
            place = np.full(len(values), n + 0.12 * (fold - 1.5))
            label = f"fold {fold + 1}" if n == 0 else None
            ax.scatter(100 * values, place, s=30, marker=MARKS[fold % len(MARKS)],
                       color="#777777", alpha=0.8, label=label)  # fmt: skip
        ax.vlines(means[name], n - 0.4, n + 0.4, color="black", lw=3)
    for n, (name, value) in enumerate(levels.items()):
        ax.axvline(100 * value, color="#444444", lw=1.2, ls=":")
        side, shift = ("left", 4) if n % 2 else ("right", -4)
        ax.annotate(name, (100 * value, -0.6), (shift, 0), ha=side, color="#444444",
                    textcoords="offset points")  # fmt: skip
    ax.set_yticks(range(len(order)), [f"{name}  {means[name]:.1f}" for name in order])
    ax.set(title=title, xlabel=xlabel, ylim=(len(order) - 0.4, -1.1))
    ax.grid(axis="y", visible=False)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def heat(face, fall):
    """Lay a map over a face: the brighter and yellower, the more it mattered.

    Args:
        face: uint8 (row, column, 1).
        fall: how far the similarity fell where something was hidden, (row, column).

    Returns:
        uint8 (row, column, 3), three times as large.

    >>> heat(np.zeros((64, 64, 1), np.uint8), np.eye(64)).shape
    (192, 192, 3)
    """
    size = (3 * face.shape[1], 3 * face.shape[0])
    soft = cv2.GaussianBlur(np.asarray(fall, np.float32), (0, 0), 3)
    colours = plots.cividis(cv2.resize(soft, size, interpolation=cv2.INTER_CUBIC))
    grey = cv2.resize(face, size, interpolation=cv2.INTER_CUBIC)[..., None]
    light = 0.35 + 0.9 * (grey / 255.0)  # (row, column, 1): the face shines through
    return np.clip(colours * light, 0, 255).astype(np.uint8)


def two_rates(panels, title):
    """Draw FAR and FRR at a fixed threshold while photos get worse, in small panels.

    Args:
        panels: name of what is spoilt -> {level: {"far": share, "frr": share}}, the
            levels from none to much.
        title: the conclusion.

    Returns:
        The figure.
    """
    columns = min(4, len(panels))
    rows = -(-len(panels) // columns)
    shape = {"figsize": (max(7, 2.7 * columns), 2.6 * rows), "sharey": True}
    figure, axes = plt.subplots(rows, columns, squeeze=False, **shape)
    lines = (
        ("far", "strangers accepted", plots.DIFFERENT, "--", plots.DIFFERENT_MARK),
        ("frr", "owners turned away", plots.SAME, "-", plots.SAME_MARK),
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
                   bbox=WHITE)  # fmt: skip
    figure.supylabel("share of pairs (%)")
    figure.suptitle(title, x=0.01, ha="left", weight="bold")
    return figure
