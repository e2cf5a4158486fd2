"""One style for every figure, and images on the page with their alt text.

The same person is blue, solid, circle; different people are orange, dashed, cross;
everywhere. No TensorFlow.
"""

import io
import textwrap
from pathlib import Path

import matplotlib.pyplot as plt
from PIL import Image

SAME = "#0072B2"
DIFFERENT = "#D55E00"
SAME_LINE, DIFFERENT_LINE = "-", "--"
SAME_MARK, DIFFERENT_MARK = "o", "X"
OTHERS = ("#222222", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#777777")
LINES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 2)))
MARKS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
HATCHES = ("", "///", "...", "\\\\\\", "xx", "++")
WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # behind a text
SHEET = Path(__file__).with_name("course.mplstyle")
LARGEST = 80_000  # bytes of one stored image


def use_style():
    """Set the course's style: white ground, readable in dark mode, 100 dpi."""
    lines = plt.cycler(color=OTHERS) + plt.cycler(linestyle=LINES)
    plt.style.use([SHEET, {"axes.prop_cycle": lines}])


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
    plt.close(fig)  # else the notebook shows it a second time, without alt text
    small = io.BytesIO()  # 256 colours are plenty for lines and a third of the bytes
    Image.open(buffer).convert("RGB").quantize(256, dither=0).save(
        small, "PNG", optimize=True
    )
    display_image(small.getvalue(), "png", alt)


def display_image(data, form, alt):
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
            "Show fewer photos or points, or make it smaller."
        )
    display(Shown(data=data, format=form, alt=alt))


def axes_for(ax, size=None):
    """The given axes, or new ones in a figure of their own."""
    return plt.subplots(figsize=size)[1] if ax is None else ax


def say(ax, title, xlabel="", ylabel=""):
    """Set title and labels; a long title is broken to the width of its axes."""
    columns = ax.get_gridspec().ncols if ax.get_subplotspec() else 1
    letters = max(20, int(9.2 * (ax.figure.get_figwidth() / columns - 0.5)))
    ax.set(title=textwrap.fill(title, letters), xlabel=xlabel, ylabel=ylabel)


def note(ax, text, place, shift=(0, 0), **look):
    """Write beside a place of the axes, `shift` points away from it."""
    ax.annotate(text, place, shift, textcoords="offset points", **look)


def nth_colour(n):
    """Colour of the n-th line or bar."""
    return OTHERS[n % len(OTHERS)]


def nth_line(n):
    """Line style of the n-th line."""
    return LINES[n % len(LINES)]
