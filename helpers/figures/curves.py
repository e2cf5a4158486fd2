"""Figures of training runs: many curves, many results, where a run would have stopped.

Each returns its figure. No TensorFlow.
"""

import matplotlib.pyplot as plt
import numpy as np

from helpers.figures.style import MARKS, WHITE, note


def small_curves(panels, each, level, top):
    """Draw curves in small panels of one scale, each with a dotted line to beat.

    Args:
        panels: name -> (lines in grey, (line, point); the line in black, (point,)).
        each: steps a point. level: of the dotted line. top: of the scale.
    """
    rows = -(-len(panels) // 3)
    shape = {"figsize": (9, 2.3 * rows), "sharex": True, "sharey": True}
    figure, axes = plt.subplots(rows, 3, **shape)
    for ax, (name, (grey, black)) in zip(axes.flat, panels.items()):
        steps = each * np.arange(1, len(black) + 1)
        ax.axhline(level, color="#666666", lw=1.2, ls=":")
        ax.plot(steps, np.transpose(grey), color="#bbbbbb", ls="-",
                lw=3 if len(grey) == 1 else 1)  # fmt: skip
        ax.plot(steps, black, color="#222222", ls="-")
        ax.set(title=name, ylim=(0, top))
    figure.supxlabel("step")
    figure.supylabel("training loss")
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
        note(ax, name, (100 * value, -0.6), (shift, 0), ha=side, color="#444444")
    ax.set_yticks(range(len(order)), [f"{name}  {means[name]:.1f}" for name in order])
    ax.set(title=title, xlabel=xlabel, ylim=(len(order) - 0.4, -1.1))
    ax.grid(axis="y", visible=False)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def draw_stopping(losses, scores, patience):
    """Draw a run as one that stops would have seen it: loss, strangers, what is kept.

    Args:
        losses: training loss, one an epoch.
        scores: of held-out people, one an epoch, higher is better.
        patience: epochs without a better score before it stops.
    """
    fig, (above, below) = plt.subplots(2, 1, figsize=(7, 4.4), sharex=True)
    epochs = np.arange(1, len(scores) + 1)
    best = 0
    for last in range(len(scores)):
        best = last if scores[last] > scores[best] else best
        if last - best >= patience:
            break
    above.plot(epochs, losses, color="#222222")
    above.axhline(np.log(2), color="#666666", lw=1.2, ls=":")
    right = (len(scores) + 0.4, np.log(2) - 0.02)
    above.annotate("trivial 0.693", right, ha="right", va="top", color="#444444")
    below.plot(epochs, 100 * np.asarray(scores), color="#222222")
    below.plot(best + 1, 100 * scores[best], "o", color="#222222", ms=9)
    box = WHITE | {"alpha": 0.8}
    look = {"ha": "center", "va": "top", "weight": "bold", "bbox": box}
    kept = f"kept: epoch {best + 1}, {100 * scores[best]:.0f} %"
    note(below, kept, (best + 1, 100 * scores[best]), (0, -14), **look)
    for ax in (above, below):
        ax.axvspan(last + 1, max(last + 1, len(scores)), color="#dddddd", alpha=0.6)
    above.set(title=f"Patience {patience}: it ends after epoch {last + 1}")
    above.set(ylabel="training loss", ylim=(0, None))
    below.set(xlabel="epoch", ylabel="strangers, 5-way (%)")
    below.set_xlim(0.5, len(scores) + 0.5)
    return fig
