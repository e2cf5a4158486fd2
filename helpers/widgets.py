"""Interactive views. Each stands beside a static figure that says the same.

They draw into an image and a line of text, so that nothing is printed, and what a
notebook stores is one sentence. No TensorFlow.
"""

import io

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np

from helpers import pairs, plots, points
from helpers.style import (
    DIFFERENT,
    DIFFERENT_LINE,
    DIFFERENT_MARK,
    SAME,
    SAME_LINE,
    SAME_MARK,
)
from helpers.tiles import draw_tile, jpeg


def live(widget, sentence):
    """Show a widget; without a live kernel the reader sees a sentence in its place.

    Args:
        widget: of ipywidgets.
        sentence: what one could do with it.
    """
    from IPython.display import display

    shown = widget._repr_mimebundle_()  # what Jupyter asks any object for
    data, about = shown if isinstance(shown, tuple) else (shown, {})  # Colab needs both
    display({**data, "text/plain": sentence}, metadata=about, raw=True)


def _chooser(photos, name, chosen):
    """A person and one of their photos; `index()` is its place in `photos`."""
    people = [photos.names[person] for person in np.unique(photos.people)]
    chosen_name = photos.names[photos.people[chosen]]
    person = ipywidgets.Dropdown(options=people, value=chosen_name, description=name)
    places = photos.of(chosen_name)
    number = ipywidgets.IntSlider(
        int(np.flatnonzero(places == chosen)[0]) + 1,
        1,
        len(places),
        description="photo",
    )

    def index():
        places = photos.of(person.value)
        return places[min(number.value, len(places)) - 1]

    return ipywidgets.VBox([person, number]), (person, number), index


def _redraw(parts, draw):
    """Call `draw` now and whenever one of the parts changes."""
    for part in parts:
        part.observe(lambda change: draw(), "value")
    draw()


def choose_two(photos, embeddings, verifier, a=0, b=1):
    """Choose two photos and see the verdict, and the threshold for a wanted FAR.

    Args:
        photos: `Photos`.
        embeddings: of these photos, (photo, feature), made by `verifier`.
        verifier: a `Verifier`.
        a, b: which two photos to begin with.

    Returns:
        The widget, for `live`.
    """
    box_a, parts_a, index_a = _chooser(photos, "left", a)
    box_b, parts_b, index_b = _chooser(photos, "right", b)
    rates = {"equal odds": None, "1 in 10": 0.1, "1 in 100": 0.01}
    rates |= {"1 in 1,000": 0.001}
    far = ipywidgets.Dropdown(options=rates, description="strangers", value=None)
    picture, text = ipywidgets.Image(format="jpeg"), ipywidgets.HTML()

    def draw():
        i, j = index_a(), index_b()
        verdict = verifier.verify(embeddings[i], embeddings[j], far.value)
        truth = bool(photos.people[i] == photos.people[j])
        labels = [photos.names[photos.people[n]] for n in (i, j)]
        tile = draw_tile(photos.images[[i, j]], labels, [truth, truth], size=150)
        picture.value = jpeg(tile)
        text.value = (
            f"<b>{'accept' if verdict.same else 'reject'}</b>"
            f"{'' if verdict.same == truth else ', wrongly'}: similarity "
            f"{verdict.similarity:.2f}, threshold {verdict.threshold:.2f}; "
            f"{100 * verdict.strangers_alike:.2g} % of strangers' pairs are at least "
            "this alike"
        )

    _redraw([*parts_a, *parts_b, far], draw)
    return ipywidgets.VBox([ipywidgets.HBox([box_a, box_b, far]), picture, text])


def who_is_it(photos, embeddings, gallery, threshold, probe=0, shown=4):
    """Choose a probe and a threshold; see the most similar of a gallery, or nobody.

    Args:
        photos: `Photos`, the probes.
        embeddings: of these photos, (photo, feature), each of length 1.
        gallery: dict name -> embedding (feature,) of length 1.
        threshold: to begin with.
        probe: which photo to begin with.
        shown: how many of the gallery to show.

    Returns:
        The widget, for `live`.
    """
    names, enrolled = list(gallery), np.stack(list(gallery.values()))
    box, parts, index = _chooser(photos, "probe", probe)
    slider = ipywidgets.FloatSlider(
        threshold, min=0, max=1, step=0.01, description="threshold"
    )
    picture, text = ipywidgets.Image(format="jpeg"), ipywidgets.HTML()

    def draw():
        i = index()
        scores = enrolled @ embeddings[i]  # (person,)
        best = np.argsort(-scores)[:shown]
        truth = photos.names[photos.people[i]]
        rows = [i, *(photos.of(names[n])[0] for n in best)]
        labels = [f"probe: {truth}", *(f"{names[n]}  {scores[n]:.2f}" for n in best)]
        said = names[best[0]] if scores[best[0]] >= slider.value else None
        same = [None, *(names[n] == truth for n in best)]
        picture.value = jpeg(draw_tile(photos.images[rows], labels, same, size=120))
        wrong = said != (truth if truth in names else None)
        text.value = f"<b>{said or 'nobody'}</b>{', wrongly' if wrong else ''}"

    _redraw([*parts, slider], draw)
    return ipywidgets.VBox([ipywidgets.HBox([box, slider]), picture, text])


def two_errors(scores, same, threshold, title=""):
    """Draw the two hills, with FAR and FRR as the areas beyond a threshold.

    Args:
        scores, same: (pair,) each; higher is more similar.
        threshold: accepted when score >= threshold.
        title: the conclusion.

    Returns:
        The figure.
    """
    fig, ax = plt.subplots()
    scores, same = np.asarray(scores), np.asarray(same).astype(bool)
    accepted = scores >= threshold
    edges = np.union1d(np.histogram_bin_edges(scores, 40), [threshold])
    right = edges[:-1] >= threshold  # (bin,): what is accepted
    for kind, wrong, rate, colour, line, hatch, x in (
        (~same, right, "FAR", DIFFERENT, DIFFERENT_LINE, "\\\\\\", 0.99),
        (same, ~right, "FRR", SAME, SAME_LINE, "///", 0.01),
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
    plots.mark_threshold(ax, threshold)
    ax.set_ylim(0, 1.5 * ax.get_ylim()[1])
    ax.set(title=title, xlabel="similarity", ylabel="pairs (each hill has area 1)")
    return fig


def threshold_slider(scores, same, threshold):
    """Move the threshold over the two hills and read FAR and FRR.

    Args:
        scores, same: (pair,) each; higher is more similar.
        threshold: where it starts.

    Returns:
        The widget, for `live`.
    """
    low, high = np.percentile(scores, [0.1, 99.9])
    slider = ipywidgets.FloatSlider(
        threshold, min=low, max=high, step=(high - low) / 200, description="threshold"
    )
    slider.layout.width = "560px"
    picture = ipywidgets.Image(format="png")

    def draw():
        figure, buffer = two_errors(scores, same, slider.value), io.BytesIO()
        figure.savefig(buffer, format="png", dpi=80)
        plt.close(figure)
        picture.value = buffer.getvalue()

    _redraw([slider], draw)
    return ipywidgets.VBox([slider, picture])


def draw_pulls(places, people, losses):
    """Draw what each pair asks of the first point, as arrows, one panel for each loss.

    Args:
        places: (point, 2). people: (point,), the first is the anchor.
        losses: name -> function of (d, same, different), as in points.py.

    Returns:
        The figure. The longest arrow of each colour has the same length in all panels:
        only arrows of one colour in one panel can be compared.
    """
    size = (max(4, 3.3 * len(losses)), 4 if len(losses) == 1 else 3.2)
    fig, axes = plt.subplots(1, len(losses), figsize=size, squeeze=False)
    d, (same, different) = points.distances(places), points.kinds(people)
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
        paths: name -> places from the start on, (point, 2) each, as points.descend().
        people: (point,).

    Returns:
        The figure.
    """
    size = {"figsize": (2.8 * len(paths), 3.2), "sharex": True, "sharey": True}
    fig, axes = plt.subplots(1, len(paths), **size)
    for ax, (name, path) in zip(axes, paths.items()):
        plots.points(path[-1], people, title=name, ax=ax)
        ax.plot(*np.moveaxis(path, 2, 0), color="#999999", lw=0.7, ls="-", zorder=0)
        ax.margins(0.12)
    return fig


def movable_point(places, people, losses):
    """Move the anchor, choose a loss and let gradient steps pull and push all points.

    Args:
        places: (point, 2) to begin with. people: (point,).
        losses: name -> function of points.py.

    Returns:
        The widget, for `live`.
    """
    slider, (left, up) = ipywidgets.FloatSlider, places[0].tolist()
    loss = ipywidgets.Dropdown(options=losses, description="loss")
    x = slider(left, min=-1.8, max=1.8, step=0.05, description="anchor x")
    y = slider(up, min=-1.5, max=1.5, step=0.05, description="anchor y")
    margin = slider(1, min=0.2, max=2.5, step=0.1, description="margin")
    steps = ipywidgets.IntSlider(0, 0, 60, description="steps")
    picture = ipywidgets.Image(format="png")

    def draw():
        def chosen(*pairs):
            return loss.value(*pairs, margin=margin.value)

        moved = places.copy()
        moved[0] = x.value, y.value
        for _ in range(steps.value):
            moved = points.move(moved, people, chosen, rate=0.3)
        figure = draw_pulls(moved, people, {loss.label: chosen})
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=80)
        plt.close(figure)
        picture.value = buffer.getvalue()

    parts = [loss, x, y, margin, steps]
    _redraw(parts, draw)
    return ipywidgets.HBox([ipywidgets.VBox(parts), picture])


def draw_batch(images, people, title="", ax=None):
    """Draw every pair of a batch once: a blue circle is same, an orange cross is not.

    Args:
        images: photos, (photo, row, column, channel). people: (photo,).
        title: the conclusion. ax: where to draw.

    Returns:
        The figure: photos along the top and the left, their pairs above the diagonal.
    """
    ax = plt.subplots(figsize=(6.2, 6.2))[1] if ax is None else ax
    for n, image in enumerate(images):
        box = np.array([-0.46, 0.46])
        for x, y in ((n, -1), (-1, n)):
            corners = [*(x + box), *(y - box)]
            ax.imshow(image, cmap="gray", vmin=0, vmax=1, extent=corners)
    first, second, same = pairs.all_pairs(people)
    ax.plot(second[same], first[same], SAME_MARK, color=SAME, ms=13)
    ax.plot(second[~same], first[~same], DIFFERENT_MARK, color=DIFFERENT, ms=8)
    words = f"{len(images)} photos, each once through the tower:\n{len(same)} pairs,"
    words += f" {same.sum()} same, {(~same).sum()} different"
    ax.text(-0.2, len(images) - 2.6, words, size=11.5)
    ends = -1.5, len(images) - 0.5
    ax.set(xlim=ends, ylim=ends[::-1], xticks=[], yticks=[], aspect="equal")
    ax.set_frame_on(False)
    ax.set_title(title)
    return ax.figure


def try_augment(photos, photo=0, strength=1.0):
    """Choose a photo and a strength; see the photo and seven augmented copies.

    Args:
        photos: `Photos`.
        photo: which one to begin with.
        strength: to begin with, 0 to 3.

    Returns:
        The widget, for `live`.
    """
    box, parts, index = _chooser(photos, "person", photo)
    slider = ipywidgets.FloatSlider(
        strength, min=0, max=3, step=0.25, description="strength"
    )
    seed = ipywidgets.IntSlider(0, 0, 50, description="seed")
    picture = ipywidgets.Image(format="jpeg")

    def draw():
        rng, image = np.random.default_rng(seed.value), photos.images[index()]
        copies = [pairs.augment(image, rng, slider.value) for _ in range(7)]
        labels = ["original", *(f"copy {n + 1}" for n in range(7))]
        tile = draw_tile([pairs.to_float(image), *copies], labels, columns=4, size=110)
        picture.value = jpeg(tile)

    _redraw([*parts, slider, seed], draw)
    return ipywidgets.HBox([ipywidgets.VBox([box, slider, seed]), picture])


def draw_stopping(losses, scores, patience):
    """Draw a run as one that stops would have seen it: loss, strangers, what is kept.

    Args:
        losses: training loss, one an epoch.
        scores: of held-out people, one an epoch, higher is better.
        patience: epochs without a better score before it stops.

    Returns:
        The figure.
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
    below.annotate(
        f"kept: epoch {best + 1}, {100 * scores[best]:.0f} %",
        (best + 1, 100 * scores[best]),
        xytext=(0, -14),
        textcoords="offset points",
        ha="center",
        va="top",
        weight="bold",
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
    )
    for ax in (above, below):
        ax.axvspan(last + 1, max(last + 1, len(scores)), color="#dddddd", alpha=0.6)
    above.set(title=f"Patience {patience}: it ends after epoch {last + 1}")
    above.set(ylabel="training loss", ylim=(0, None))
    below.set(xlabel="epoch", ylabel="strangers, 5-way (%)")
    below.set_xlim(0.5, len(scores) + 0.5)
    return fig


def patience_slider(losses, scores, patience):
    """Move the patience and see where the run would have stopped, and what it kept.

    Args:
        losses, scores: one an epoch, see `draw_stopping`.
        patience: to begin with.

    Returns:
        The widget, for `live`.
    """
    slider = ipywidgets.IntSlider(patience, 1, len(scores), description="patience")
    picture = ipywidgets.Image(format="png")

    def draw():
        figure, buffer = draw_stopping(losses, scores, slider.value), io.BytesIO()
        figure.savefig(buffer, format="png", dpi=80)
        plt.close(figure)
        picture.value = buffer.getvalue()

    _redraw([slider], draw)
    return ipywidgets.VBox([slider, picture])
