"""Three losses on points in the plane, their slopes by hand. NumPy only.

Notebook 01 builds these functions to show what a loss asks of each pair. The losses
that train a tower are in losses.py.
"""

import matplotlib.pyplot as plt
import numpy as np

from helpers.figures import charts
from helpers.figures.style import (
    DIFFERENT,
    DIFFERENT_LINE,
    DIFFERENT_MARK,
    SAME,
    SAME_LINE,
    SAME_MARK,
)


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


def contrastive(d, same, different, margin=1.0):
    """Pull the same together, push others until they are a margin apart.

    Args:
        d: distances, (point, point).
        same, different: of kinds(); there is at least one pair of each.
        margin: distance beyond which different people are left alone.

    Returns:
        loss: a number. slope: (point, point), by how much the loss grows with each
        distance: above 0 pulls the two points together, below 0 pushes them apart.

    Source: Hadsell, Chopra, LeCun, CVPR 2006, without the factor 1/2; both kinds of
    pairs count one half.
    """
    gap = np.maximum(margin - d, 0)  # (point, point)
    loss = (d**2)[same].mean() / 2 + (gap**2)[different].mean() / 2
    slope = same * d / same.sum() - different * gap / different.sum()
    return loss, slope


def triplet(d, same, different, margin=1.0):
    """Each positive nearer to the anchor than each negative, by a margin.

    Args, Returns: as in contrastive().

    Source: Schroff, Kalenichenko, Philbin, CVPR 2015 (FaceNet), without the squares.
    """
    a, p, n = np.nonzero(same[:, :, None] & different[:, None, :])  # (triple,) each
    gap = np.maximum(d[a, p] - d[a, n] + margin, 0)  # (triple,)
    slope = np.zeros_like(d)  # (point, point)
    unmet = (gap > 0) / len(gap)  # (triple,)
    np.add.at(slope, (a, p), unmet)
    np.add.at(slope, (a, n), -unmet)
    return gap.mean(), slope


def cross_entropy(d, same, different, margin=1.0, sharpness=6.0):
    """How surprised a judge is who says same with a chance that falls with distance.

    The judge is undecided at half the margin. Args, Returns: as in contrastive().

    Args:
        sharpness: how fast the judge's logit falls with the distance; a network learns
            it, and where the middle lies, as the weights of its last layer.
    """
    chance = 1 / (1 + np.exp(sharpness * (d - margin / 2)))  # of same
    loss = -(np.log(chance)[same].mean() + np.log(1 - chance)[different].mean()) / 2
    pull, push = same * (1 - chance) / same.sum(), different * chance / different.sum()
    return loss, sharpness * (pull - push) / 2


def move(points, people, loss, rate=1.0):
    """One step of gradient descent on the places of the points.

    Args:
        points: float (point, axis). people: (point,).
        loss: a function of (d, same, different), such as contrastive().
        rate: how far to go.

    Returns:
        The moved points, (point, axis). Two points on one spot have no direction in
        which to part, and stay together.

    >>> near = np.array([[0.0, 0.0], [2.0, 0.0], [9.0, 0.0]])
    >>> move(near, [1, 1, 2], contrastive, rate=0.5)
    array([[1., 0.],
           [1., 0.],
           [9., 0.]])
    """
    d = distances(points)
    _, slope = loss(d, *kinds(people))
    pull = (slope + slope.T) / np.maximum(d, 1e-9)  # (point, point)
    gradient = pull.sum(axis=1)[:, None] * points - pull @ points  # (point, axis)
    return points - rate * gradient


def descend(points, people, loss, steps=60):
    """Take several steps.

    Args:
        points, people, loss: as in move(). steps: how many.

    Returns:
        Where the points were, from the start on: a list of steps + 1 (point, axis).

    >>> len(descend(np.eye(3), [1, 1, 2], triplet, steps=4))
    5
    """
    path = [points]
    for _ in range(steps):
        path.append(move(path[-1], people, loss))
    return path


def draw_pulls(places, people, losses):
    """Draw what each pair asks of the first point, as arrows, one panel for each loss.

    Args:
        places: (point, 2). people: (point,), the first is the anchor.
        losses: name -> function of (d, same, different), such as contrastive().

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
        ax.plot(*places[0], SAME_MARK, color="white", mec=SAME, mew=3, ms=12)
        ax.set(xlim=(-2, 2), ylim=(-1.7, 1.7), aspect="equal", xticks=[], yticks=[])
        ax.set_title(f"{name}: loss {value:.2f}")
    return fig


def _pull(ax, anchor, other, force, same):
    """Another point, and the arrow that moves the anchor towards it or away."""
    colour, mark = (SAME, SAME_MARK) if same else (DIFFERENT, DIFFERENT_MARK)
    ax.plot(*other, mark, color=colour, ms=9)
    ax.plot(*np.transpose([anchor, other]), color="#bbbbbb", lw=0.8, ls=":", zorder=0)
    if np.hypot(*force) > 0.02:
        arrow = {"arrowstyle": "-|>", "color": colour, "lw": 2.5, "shrinkA": 0}
        arrow |= {"shrinkB": 0, "ls": SAME_LINE if same else DIFFERENT_LINE}
        ax.annotate("", anchor + force, anchor, arrowprops=arrow)


def draw_paths(paths, people):
    """Draw where gradient steps took points, one panel for each loss.

    Args:
        paths: name -> places from the start on, (point, 2) each, as of descend().
        people: (point,).

    Returns:
        The figure.
    """
    size = {"figsize": (2.8 * len(paths), 3.2), "sharex": True, "sharey": True}
    fig, axes = plt.subplots(1, len(paths), **size)
    for ax, (name, path) in zip(axes, paths.items()):
        charts.points(path[-1], people, title=name, ax=ax)
        ax.plot(*np.moveaxis(path, 2, 0), color="#999999", lw=0.7, ls="-", zorder=0)
        ax.margins(0.12)
    return fig
