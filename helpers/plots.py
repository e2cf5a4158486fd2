"""Pictures in one style: figures as PNG, photos as one tiled JPEG, both with alt text.

The same person is blue, solid, circle; different people are orange, dashed, cross;
everywhere. Drawing functions return the figure; show(fig, alt) puts it on the page.
Titles are given by the caller, because a title states the conclusion. No TensorFlow.
"""

import io

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from helpers import evaluation

SAME = "#0072B2"
DIFFERENT = "#D55E00"
SAME_LINE, DIFFERENT_LINE = "-", "--"
SAME_MARK, DIFFERENT_MARK = "o", "X"
OTHERS = ("#222222", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#777777")
LINES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 2)))
MARKS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
HATCHES = ("", "///", "...", "\\\\\\", "xx", "++")
LARGEST = 80_000  # bytes of one stored image

# ---- the style and the page ------------------------------------------------------------


def use_style():
    """Set the course's style: white ground (readable in dark mode), 100 dpi, large text."""
    plt.rcParams.update(
        {
            "figure.figsize": (7, 3.6),
            "figure.dpi": 100,
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "axes.facecolor": "white",
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "axes.titlesize": 12,
            "axes.titleweight": "bold",
            "axes.labelsize": 11,
            "axes.prop_cycle": plt.cycler(color=OTHERS) + plt.cycler(linestyle=LINES),
            "font.family": "DejaVu Sans",
            "font.size": 10.5,
            "grid.color": "#dddddd",
            "grid.linewidth": 0.7,
            "hatch.linewidth": 0.7,
            "image.cmap": "cividis",
            "lines.linewidth": 2,
            "legend.frameon": False,
        }
    )


def show(fig, alt):
    """Show a figure as PNG at 100 dpi with its alt text, and close it.

    Args:
        fig: a matplotlib figure.
        alt: one full sentence that says what a reader would see.

    Raises:
        ValueError: no alt text, or an image above 80 KB.
    """
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=100, facecolor="white")
    plt.close(fig)
    small = io.BytesIO()  # 256 colours are plenty for lines and a third of the bytes
    Image.open(buffer).convert("RGB").quantize(256, dither=0).save(
        small, "PNG", optimize=True
    )
    _display(small.getvalue(), "png", alt)


def _display(data, form, alt):
    """Put an image on the page, its alt text in the notebook's metadata."""
    from IPython.display import Image as Shown
    from IPython.display import display

    if not alt or not alt.strip():
        raise ValueError(
            "A picture needs alt text: one sentence for who cannot see it."
        )
    if len(data) > LARGEST:
        raise ValueError(
            f"The picture has {len(data) // 1000} KB, the limit is {LARGEST // 1000}. "
            "Draw fewer points, or a smaller figure."
        )
    display(Shown(data=data, format=form, alt=alt))


# ---- photos ----------------------------------------------------------------------------


def tile(images, alt, labels=None, same=None, columns=8, size=96, title=None):
    """Show photos side by side as one JPEG.

    Args:
        images: photos, each (row, column, channel) or (row, column); uint8, or float
            from 0 to 1. Sizes may differ.
        alt: one full sentence.
        labels: a short text under each photo; a line break starts a second line.
        same: for each photo True (blue solid border, circle), False (orange dashed
            border, cross) or None (no border).
        columns: photos in a row. size: height of a photo in pixels.
        title: a line above all.
    """
    _display(_jpeg(draw_tile(images, labels, same, columns, size, title)), "jpeg", alt)


def pairs(images_a, images_b, alt, same, scores=None, threshold=None, **options):
    """Show pairs of photos, each with its score and the verdict at a threshold.

    Args:
        images_a, images_b: the two photos of each pair.
        alt: one full sentence.
        same: the truth of each pair: blue and circle, or orange and cross.
        scores, threshold: accepted when score >= threshold; wrong verdicts are named.
        options: columns, size and title of tile().
    """
    joined = [np.asarray(draw_row(pair)) for pair in zip(images_a, images_b)]
    labels = pair_labels(same, scores, threshold)
    tile(joined, alt, labels, same, **{"columns": 4, **options})


def pair_labels(same, scores=None, threshold=None):
    """Say truth, score and verdict of each pair in words.

    >>> pair_labels([1, 1, 0], [0.9, 0.2, 0.8], 0.5)
    ['0.90 accept', '0.20 reject\\nfalse reject', '0.80 accept\\nfalse accept']
    """
    labels = ["same" if one else "different" for one in same]
    if scores is not None:
        labels = [f"{score:.2f}" for score in scores]
    if scores is not None and threshold is not None:
        for n, (one, score) in enumerate(zip(same, scores)):
            accept = score >= threshold
            labels[n] += " accept" if accept else " reject"
            if accept != bool(one):
                labels[n] += f"\nfalse {'accept' if accept else 'reject'}"
    return labels


def as_photo(image):
    """Make any array of (row, column[, channel]) an RGB image."""
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise ValueError(
            f"A photo has the shape (row, column, 1 or 3 channels), not {image.shape}."
        )
    if image.dtype != np.uint8:
        image = (np.clip(image, 0, 1) * 255).round().astype(np.uint8)
    return Image.fromarray(image).convert("RGB")


def cividis(values):
    """Colour a map (row, column), such as a feature map, from its least to its most."""
    values = np.asarray(values, dtype=float)
    spread = np.ptp(values) or 1.0
    colours = plt.get_cmap("cividis")((values - values.min()) / spread)
    return (colours[..., :3] * 255).astype(np.uint8)  # (row, column, channel)


def draw_row(images, gap=2):
    """Join photos side by side at one height, as an RGB image."""
    photos = [as_photo(image) for image in images]
    height = max(photo.height for photo in photos)
    photos = [_at_height(photo, height) for photo in photos]
    width = sum(photo.width for photo in photos) + gap * (len(photos) - 1)
    row = Image.new("RGB", (width, height), "white")
    left = 0
    for photo in photos:
        row.paste(photo, (left, 0))
        left += photo.width + gap
    return row


def _at_height(photo, height):
    """Resize to a height; small photos keep their pixels visible when enlarged."""
    width = max(1, round(photo.width * height / photo.height))
    how = Image.NEAREST if photo.height * 2 <= height else Image.LANCZOS
    return photo.resize((width, height), how)


def draw_tile(images, labels=None, same=None, columns=8, size=96, title=None):
    """Draw what tile() shows, as a Pillow image."""
    photos = [_at_height(as_photo(image), size) for image in images]
    if not photos:
        raise ValueError("There is no photo to show. Choose at least one.")
    labels = [""] * len(photos) if labels is None else [str(text) for text in labels]
    same = [None] * len(photos) if same is None else list(same)
    if not len(photos) == len(labels) == len(same):
        raise ValueError(
            f"{len(photos)} photos, {len(labels)} labels and {len(same)} values of same "
            "must be equally many."
        )
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 13)
    line, edge = 17, 8
    lines = max(1 + text.count("\n") if text else 0 for text in labels)
    if any(one is not None for one in same):
        lines = max(lines, 1)  # room for the mark
    columns = min(columns, len(photos))
    texts = [
        _width(text, font) + 18 * (one is not None) for text, one in zip(labels, same)
    ]
    cell = max(max(photo.width for photo in photos), *texts) + 2 * edge
    tall = size + 2 * edge + lines * line
    head = 28 if title else 0
    rows = -(-len(photos) // columns)
    width = columns * cell
    if title:
        width = max(width, int(_width(title, font)) + 2 * edge)
    page = Image.new("RGB", (int(width), rows * tall + head), "white")
    pen = ImageDraw.Draw(page)
    if title:
        pen.text((edge, 6), title, fill="black", font=font)
    for n, (photo, text, one) in enumerate(zip(photos, labels, same)):
        x = int(n % columns * cell + (cell - photo.width) // 2)
        y = n // columns * tall + edge + head
        page.paste(photo, (x, y))
        _border(pen, (x, y, x + photo.width, y + size), one)
        left = min(x, int(n % columns * cell + cell - texts[n] - 2))
        _mark(pen, left + 6, y + size + 6 + line // 2, one)
        pen.text(
            (left + 18 * (one is not None), y + size + 6), text, fill="black", font=font
        )
    return page


def _width(text, font):
    """Width of the widest line in pixels."""
    return max(font.getlength(line) for line in text.split("\n"))


def _border(pen, box, same):
    """Blue and solid for same, orange and dashed for different, none for None."""
    if same is None:
        return
    left, top, right, bottom = box[0] - 4, box[1] - 4, box[2] + 3, box[3] + 3
    if same:
        pen.rectangle((left, top, right, bottom), outline=SAME, width=3)
        return
    for x in range(left, right, 12):
        end = min(x + 6, right)
        pen.rectangle((x, top, end, top + 2), fill=DIFFERENT)
        pen.rectangle((x, bottom - 2, end, bottom), fill=DIFFERENT)
    for y in range(top, bottom, 12):
        end = min(y + 6, bottom)
        pen.rectangle((left, y, left + 2, end), fill=DIFFERENT)
        pen.rectangle((right - 2, y, right, end), fill=DIFFERENT)


def _mark(pen, x, y, same):
    """A circle for same, a cross for different."""
    if same is None:
        return
    if same:
        pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=SAME)
    else:
        pen.line((x - 5, y - 5, x + 5, y + 5), fill=DIFFERENT, width=3)
        pen.line((x - 5, y + 5, x + 5, y - 5), fill=DIFFERENT, width=3)


def _jpeg(image):
    """Encode as JPEG, as good as 80 KB allow."""
    for quality in (90, 80, 70, 60, 50, 40):
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality, optimize=True)
        if buffer.tell() <= LARGEST:
            break
    return buffer.getvalue()


# ---- scores ----------------------------------------------------------------------------


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
    edges = np.histogram_bin_edges(scores, 40)
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
        )
    ax.margins(y=0.25)
    ax.set_ylim(bottom=0)
    if threshold is not None:
        ax.axvline(threshold, color="black", lw=1.5, ls=":")
        ax.annotate(
            f"← reject   {threshold:.2f}   accept →",
            (threshold, 1),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="top",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    ax.set(title=title, xlabel=xlabel, ylabel="share of its pairs (%)")
    return ax.figure


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
    ax.set(title=title, xlabel="false accept rate (FAR)")
    ax.set_ylabel("true accept rate (TAR)")
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
    least = 1.0
    for n, (name, (scores, same)) in enumerate(verifiers.items()):
        far, tar, _ = evaluation.roc(scores, same)
        rate = evaluation.eer(scores, same)
        seen = (far > 0) & (tar < 1)
        least = min([least, *far[seen], *(1 - tar[seen])])
        name = f"{name} (EER {100 * rate:.1f} %)"
        ax.plot(far[seen], 1 - tar[seen], color=_colour(n), ls=_line(n), label=name)
        ax.plot(rate, rate, MARKS[n % len(MARKS)], color=_colour(n), ms=8)
    ax.plot([least, 1], [least, 1], color="#999999", lw=1, ls=":")
    ax.set(title=title, xscale="log", yscale="log", xlim=(least, 1), ylim=(least, 1))
    ax.set(xlabel="false accept rate (FAR)", ylabel="false reject rate (FRR)")
    ax.legend(loc="lower left")
    return ax.figure


# ---- runs and comparisons --------------------------------------------------------------


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
        ends.append((x[-1], y[-1], name, _colour(n)))
    if level is not None:
        ax.axhline(level[0], color="#666666", lw=1.2, ls=":")
        ends.append((max(end[0] for end in ends), level[0], level[1], "#666666"))
    _end_labels(ax, ends)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    return ax.figure


def _end_labels(ax, ends):
    """Write each name right of the last point, moved apart where they would overlap."""
    low, high = ax.get_ylim()
    step = 0.075 * (high - low)
    place = -np.inf
    for x, y, name, colour in sorted(ends, key=lambda end: end[1]):
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
    for n, (name, value) in enumerate(values.items()):
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
        ax.annotate(level[1], (level[0], -0.6), color="#444444", ha="center")
    ax.set_yticks(range(len(values)), values)
    ax.margins(x=0.25)
    ax.set_xlim(left=0)
    ax.set_ylim(len(values) - 0.5, -0.8 if level is not None else -0.5)
    ax.grid(axis="y", visible=False)
    ax.set(title=title, xlabel=xlabel)
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
        ax.annotate(
            name,
            (np.median(x), np.median(y)),
            ha="center",
            weight="bold",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 1},
        )
    ax.set(title=title, xticks=[], yticks=[])
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
    ax.set(xlim=(-0.6, len(steps) - 0.4), ylim=(-0.8, 0.9), title=title)
    ax.axis("off")
    return ax.figure


def _axes(ax, size=None):
    """The given axes, or new ones in a figure of their own."""
    return plt.subplots(figsize=size)[1] if ax is None else ax


def _colour(n):
    """Colour of the n-th line or bar."""
    return OTHERS[n % len(OTHERS)]


def _line(n):
    """Line style of the n-th line."""
    return LINES[n % len(LINES)]
