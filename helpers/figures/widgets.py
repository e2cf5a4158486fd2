"""Interactive views. Each stands beside a static figure that says the same.

They draw into an image and a line of text, so that nothing is printed, and what a
notebook stores is one sentence: a widget that is returned is for `live`. No TensorFlow.
"""

import io
from functools import partial

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np

from helpers.figures import charts, points
from helpers.figures.tiles import draw_tile, jpeg


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


def figure_of(parts, draw):
    """An image of the figure that `draw` returns for the values of the parts."""
    picture = ipywidgets.Image(format="png")

    def show():
        figure, buffer = draw(*(part.value for part in parts)), io.BytesIO()
        figure.savefig(buffer, format="png", dpi=80)
        plt.close(figure)
        picture.value = buffer.getvalue()

    _redraw(parts, show)
    return picture


def tiles_of(parts, draw):
    """The photos and the line of text that `draw` returns, anew when a part changes."""
    picture, text = ipywidgets.Image(format="jpeg"), ipywidgets.HTML()

    def show():
        photos, text.value = draw()
        picture.value = jpeg(photos)

    _redraw(parts, show)
    return picture, text


def choose_two(photos, embeddings, verifier, a=0, b=1):
    """Choose two photos and see the verdict, and the threshold for a wanted FAR.

    Args:
        photos: `Photos`.
        embeddings: of these photos, (photo, feature), made by `verifier`.
        verifier: a `Verifier`.
        a, b: which two photos to begin with.
    """
    box_a, parts_a, index_a = _chooser(photos, "left", a)
    box_b, parts_b, index_b = _chooser(photos, "right", b)
    rates = {"equal odds": None, "1 in 10": 0.1, "1 in 100": 0.01}
    rates |= {"1 in 1,000": 0.001}
    far = ipywidgets.Dropdown(options=rates, description="strangers", value=None)

    def draw():
        i, j = index_a(), index_b()
        verdict = verifier.verify(embeddings[i], embeddings[j], far.value)
        truth = bool(photos.people[i] == photos.people[j])
        labels = [photos.names[photos.people[n]] for n in (i, j)]
        tile = draw_tile(photos.images[[i, j]], labels, [truth, truth], size=150)
        return tile, (
            f"<b>{'accept' if verdict.same else 'reject'}</b>"
            f"{'' if verdict.same == truth else ', wrongly'}: similarity "
            f"{verdict.similarity:.2f}, threshold {verdict.threshold:.2f}; "
            f"{100 * verdict.strangers_alike:.2g} % of strangers' pairs are at least "
            "this alike"
        )

    shown = tiles_of([*parts_a, *parts_b, far], draw)
    return ipywidgets.VBox([ipywidgets.HBox([box_a, box_b, far]), *shown])


def who_is_it(photos, embeddings, gallery, threshold, probe=0):
    """Choose a probe and a threshold; see the four most alike of a gallery, or nobody.

    Args:
        photos: `Photos`, the probes.
        embeddings: of these photos, (photo, feature), each of length 1.
        gallery: dict name -> embedding (feature,) of length 1.
        threshold: to begin with.
        probe: which photo to begin with.
    """
    names, enrolled = list(gallery), np.stack(list(gallery.values()))
    box, parts, index = _chooser(photos, "probe", probe)
    slider = ipywidgets.FloatSlider(
        threshold, min=0, max=1, step=0.01, description="threshold"
    )

    def draw():
        i = index()
        scores = enrolled @ embeddings[i]  # (person,)
        best = np.argsort(-scores)[:4]
        truth = photos.names[photos.people[i]]
        rows = [i, *(photos.of(names[n])[0] for n in best)]
        labels = [f"probe: {truth}", *(f"{names[n]}  {scores[n]:.2f}" for n in best)]
        said = names[best[0]] if scores[best[0]] >= slider.value else None
        same = [None, *(names[n] == truth for n in best)]
        tile = draw_tile(photos.images[rows], labels, same, size=120)
        wrong = said != (truth if truth in names else None)
        return tile, f"<b>{said or 'nobody'}</b>{', wrongly' if wrong else ''}"

    tile_and_text = tiles_of([*parts, slider], draw)
    return ipywidgets.VBox([ipywidgets.HBox([box, slider]), *tile_and_text])


def threshold_slider(scores, same, threshold):
    """Move the threshold over the two hills and read FAR and FRR.

    Args:
        scores, same: (pair,) each; higher is more similar.
        threshold: where it starts.
    """
    low, high = np.percentile(scores, [0.1, 99.9])
    slider = ipywidgets.FloatSlider(
        threshold, min=low, max=high, step=(high - low) / 200, description="threshold"
    )
    slider.layout.width = "560px"
    picture = figure_of([slider], partial(charts.two_errors, scores, same))
    return ipywidgets.VBox([slider, picture])


def movable_point(places, people, losses):
    """Move the anchor, choose a loss and let gradient steps pull and push all points.

    Args:
        places: (point, 2) to begin with. people: (point,).
        losses: name -> function, as for `points.move`.
    """
    slider, (left, up) = ipywidgets.FloatSlider, places[0].tolist()
    parts = [
        ipywidgets.Dropdown(options=losses, description="loss"),
        slider(left, min=-1.8, max=1.8, step=0.05, description="anchor x"),
        slider(up, min=-1.5, max=1.5, step=0.05, description="anchor y"),
        slider(1, min=0.2, max=2.5, step=0.1, description="margin"),
        ipywidgets.IntSlider(0, 0, 60, description="steps"),
    ]

    def draw(loss, x, y, margin, steps):
        chosen = partial(loss, margin=margin)
        moved = np.array([(x, y), *places[1:]])  # (point, axis)
        for _ in range(steps):
            moved = points.move(moved, people, chosen, rate=0.3)
        return points.draw_pulls(moved, people, {parts[0].label: chosen})

    return ipywidgets.HBox([ipywidgets.VBox(parts), figure_of(parts, draw)])


def move_point(a, b):
    """Show `points.three_distances` with two sliders that move b.

    Args:
        a, b: points (2,).
    """
    sliders = [
        ipywidgets.FloatSlider(value, min=-3, max=3, step=0.1, description=f"b {name}")
        for name, value in zip(("feature 1", "feature 2"), b)
    ]
    picture = figure_of(sliders, lambda *b: points.three_distances(a, b)[0])
    view = ipywidgets.VBox([ipywidgets.HBox(sliders), picture])
    live(view, "Run this cell to move b with two sliders and see the lines follow.")


def try_augment(photos, augment, photo=0):
    """Choose a photo and a strength; see the photo and seven augmented copies.

    Args:
        photos: `Photos`.
        augment: a function of a photo, a generator and a strength, as of pairs.py.
        photo: which one to begin with.
    """
    box, parts, index = _chooser(photos, "person", photo)
    slider = ipywidgets.FloatSlider(1, min=0, max=3, step=0.25, description="strength")
    seed = ipywidgets.IntSlider(0, 0, 50, description="seed")

    def draw():
        rng, image = np.random.default_rng(seed.value), photos.images[index()]
        copies = [augment(image, rng, slider.value) for _ in range(7)]
        labels = ["original", *(f"copy {n + 1}" for n in range(7))]
        return draw_tile([image, *copies], labels, columns=4, size=110), ""

    picture, _ = tiles_of([*parts, slider, seed], draw)
    return ipywidgets.HBox([ipywidgets.VBox([box, slider, seed]), picture])
