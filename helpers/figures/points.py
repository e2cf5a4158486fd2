"""Points in the plane: what pairs ask of them, and what is equally far. NumPy only.

Notebook 01 builds three losses on points, to show what a loss asks of each pair. The
losses that train a tower are in losses.py.
"""

import matplotlib.pyplot as plt
import numpy as np

from helpers.figures import charts, style

GRID = np.linspace(-3, 3, 161)  # of each axis, where distances are drawn


def distances(points):
    """Euclidean distance of every point from every other.

    Args:
        points: float (point, axis).

    Returns:
        float (point, point), 0 on the diagonal.

    >>> distances(np.array([[0.0, 0.0], [3.0, 4.0]]))
    array([[0., 5.],
           [5., 0.]])
    """
    gaps = points[:, None] - points[None]  # (point, point, axis)
    return np.sqrt((gaps**2).sum(axis=-1))  # (point, point)


def kinds(people):
    """Which pairs show one person, and which two; a point with itself is neither.

    Args:
        people: (point,).

    Returns:
        same, different: bool (point, point) each.

    >>> same, different = kinds([7, 7, 8])
    >>> same.sum(), different.sum()
    (np.int64(2), np.int64(4))
    """
    equal = np.equal.outer(people, people)  # (point, point)
    return equal & ~np.eye(len(equal), dtype=bool), ~equal


def move(points, people, loss, rate=1.0):
    """One step of gradient descent on the places of the points.

    Args:
        points: float (point, axis). people: (point,).
        loss: a function of (d, same, different), as notebook 01 builds them: it returns
            a number and its slope (point, point), by how much it grows with each
            distance: above 0 pulls the two points together, below 0 pushes them apart.
        rate: how far to go.

    Returns:
        The moved points, (point, axis). Two points on one spot have no direction in
        which to part, and stay together.

    >>> near = np.array([[0.0, 0.0], [2.0, 0.0], [9.0, 0.0]])
    >>> move(near, [1, 1, 2], lambda d, same, _: (d[same].mean(), same / 2), rate=0.5)
    array([[0.5, 0. ],
           [1.5, 0. ],
           [9. , 0. ]])
    """
    d = distances(points)
    _, slope = loss(d, *kinds(people))
    pull = (slope + slope.T) / np.maximum(d, 1e-9)  # (point, point)
    gradient = pull.sum(axis=1)[:, None] * points - pull @ points  # (point, axis)
    return points - rate * gradient


def draw_pulls(places, people, losses):
    """Draw what each pair asks of the first point, as arrows, one panel for each loss.

    Args:
        places: (point, 2). people: (point,), the first is the anchor.
        losses: name -> function, as for move().

    Returns:
        The figure. The longest arrow of each colour has the same length in all panels:
        only arrows of one colour in one panel can be compared.
    """
    size = (max(4, 3.3 * len(losses)), 4 if len(losses) == 1 else 3.2)
    fig, axes = plt.subplots(1, len(losses), figsize=size, squeeze=False)
    d, (same, different) = distances(places), kinds(people)
    for ax, (name, loss) in zip(axes[0], losses.items()):
        value, slope = loss(d, same, different)
        asked = (slope + slope.T)[0]  # (point,), above 0 pulls
        pull, push = max(asked.max(), 1e-9), max(-asked.min(), 1e-9)  # the largest
        for n in range(1, len(places)):
            share = asked[n] / (pull if asked[n] > 0 else push)
            force = share * (places[n] - places[0]) / max(d[0, n], 1e-9)
            length = 0.55 if same[0, n] else 1.1
            _pull(ax, places[0], places[n], length * force, same[0, n])
        ax.plot(
            *places[0], style.SAME_MARK, color="white", mec=style.SAME, mew=3, ms=12
        )
        ax.set(xlim=(-2, 2), ylim=(-1.7, 1.7), aspect="equal", xticks=[], yticks=[])
        ax.set_title(f"{name}: loss {value:.2f}")
    return fig


def _pull(ax, anchor, other, force, same):
    """Another point, and the arrow that moves the anchor towards it or away."""
    colour, mark = (
        (style.SAME, style.SAME_MARK)
        if same
        else (style.DIFFERENT, style.DIFFERENT_MARK)
    )
    ax.plot(*other, mark, color=colour, ms=9)
    ax.plot(*np.transpose([anchor, other]), color="#bbbbbb", lw=0.8, ls=":", zorder=0)
    if np.hypot(*force) > 0.02:
        arrow = {"arrowstyle": "-|>", "color": colour, "lw": 2.5, "shrinkA": 0}
        arrow |= {"shrinkB": 0, "ls": style.SAME_LINE if same else style.DIFFERENT_LINE}
        ax.annotate("", anchor + force, anchor, arrowprops=arrow)


def draw_paths(paths, people):
    """Draw where gradient steps took points, one panel for each loss.

    Args:
        paths: name -> places from the start on, (point, 2) each, one a step.
        people: (point,).
    """
    size = {"figsize": (2.8 * len(paths), 3.2), "sharex": True, "sharey": True}
    fig, axes = plt.subplots(1, len(paths), **size)
    for ax, (name, path) in zip(axes, paths.items()):
        charts.points(path[-1], people, title=name, ax=ax)
        ax.plot(*np.moveaxis(path, 2, 0), color="#999999", lw=0.7, ls="-", zorder=0)
        ax.margins(0.12)
    return fig


def l1(points, a):
    """Sum of the absolute differences, (..., 2) and (2,) -> (...)."""
    return np.abs(points - a).sum(axis=-1)


def l2(points, a):
    """Root of the sum of squared differences, (..., 2) and (2,) -> (...)."""
    return np.linalg.norm(points - a, axis=-1)


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
    ways = {"L1": l1, "L2": l2, "1 - cosine": angle}
    for ax, (name, distance) in zip(axes, ways.items()):
        far = distance(points, a)  # (row, column)
        ax.contourf(GRID, GRID, far, 12, cmap="cividis", alpha=0.55)
        ax.contour(GRID, GRID, far, [max(distance(b, a), 1e-3)], colors="black")
        for point, mark, text in ((a, "o", "a"), (b, "s", "b")):
            ax.plot(*point, mark, color=style.SAME, mec="white", ms=9)
            style.note(ax, text, point, (7, 5), weight="bold", size=13)
        ax.plot(0, 0, "+", color="black")
        ax.set(
            title=f"{name}: {distance(b, a):.2f}", aspect="equal", xlabel="feature 1"
        )
        ax.grid(visible=False)
    axes[0].set_ylabel("feature 2")
    return figure, tuple(distance(b, a) for distance in ways.values())
