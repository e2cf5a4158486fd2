"""Three distances of two points, drawn: what each of them calls equally far.

No TensorFlow.
"""

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np

from helpers.figures.style import SAME
from helpers.figures.widgets import figure_of, live

GRID = np.linspace(-3, 3, 161)


def l1(points, a):
    """Sum of the absolute differences, (..., 2) and (2,) -> (...)."""
    return np.abs(points - a).sum(axis=-1)


def l2(points, a):
    """Root of the sum of squared differences, (..., 2) and (2,) -> (...)."""
    return np.sqrt(np.square(points - a).sum(axis=-1))


def angle(points, a):
    """1 - cosine, (..., 2) and (2,) -> (...); the point (0, 0) counts as 1."""
    lengths = np.linalg.norm(points, axis=-1) * np.linalg.norm(a)
    return 1 - (points @ a) / np.where(lengths == 0, 1, lengths)


def three_distances(a, b):
    """Draw all points that are as far from `a` as `b` is, by three distances.

    Args:
        a, b: points (2,).

    Returns:
        The figure, and the three distances from a to b.

    >>> three_distances((0.0, 1.0), (3.0, 5.0))[1][1]
    np.float64(5.0)
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    points = np.stack(np.meshgrid(GRID, GRID), axis=-1)  # (row, column, 2)
    figure, axes = plt.subplots(1, 3, figsize=(8.4, 3.4), sharey=True)
    distances = {"L1": l1, "L2": l2, "1 - cosine": angle}
    for ax, (name, distance) in zip(axes, distances.items()):
        far = distance(points, a)  # (row, column)
        ax.contourf(GRID, GRID, far, 12, cmap="cividis", alpha=0.55)
        ax.contour(GRID, GRID, far, [max(distance(b, a), 1e-3)], colors="black")
        for point, mark, text in ((a, "o", "a"), (b, "s", "b")):
            ax.plot(*point, mark, color=SAME, mec="white", ms=9)
            ax.annotate(
                text, point, (7, 5), textcoords="offset points", weight="bold", size=13
            )
        ax.plot(0, 0, "+", color="black")
        ax.set(
            title=f"{name}: {distance(b, a):.2f}", aspect="equal", xlabel="feature 1"
        )
        ax.grid(visible=False)
    axes[0].set_ylabel("feature 2")
    return figure, tuple(distance(b, a) for distance in distances.values())


def move_point(a, b):
    """Show `three_distances` with two sliders that move b.

    Args:
        a, b: points (2,).
    """
    sliders = [
        ipywidgets.FloatSlider(value, min=-3, max=3, step=0.1, description=f"b {name}")
        for name, value in zip(("feature 1", "feature 2"), b)
    ]
    picture = figure_of(
        sliders, lambda: three_distances(a, [slider.value for slider in sliders])[0]
    )
    view = ipywidgets.VBox([ipywidgets.HBox(sliders), picture])
    live(view, "Run this cell to move b with two sliders and see the lines follow.")
