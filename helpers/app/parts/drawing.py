"""What the app shows, as text of the page: photos, headings, the people who are near.

No TensorFlow.
"""

from base64 import b64encode
from html import escape

import numpy as np

from helpers.live.mine import png
from helpers.sources.photos import reduced

SHOWN = 320  # pixels: the longer side of a photo on the page


def picture(image, alt, caption="", look=""):
    """A photo with its alt text and a line below it.

    Args:
        image: uint8 (row, column, 1 or 3).
        alt: one sentence. caption: a few words. look: "pixels" keeps them visible.

    >>> picture(np.zeros((2, 2, 1), np.uint8), "Ann & Bob")[:31]
    '<figure><img alt="Ann &amp; Bob'
    """
    data = b64encode(png(reduced(image, SHOWN))).decode()
    return (
        f'<figure><img alt="{escape(alt)}" class="{look}" '
        f'src="data:image/png;base64,{data}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def heading(text):
    """A heading within the app."""
    return f"<h2>{escape(text)}</h2>"


def paragraphs(texts):
    """Texts of one or more lines each.

    >>> paragraphs(["a < b\\nand b > a"])
    '<p>a &lt; b<br>and b &gt; a</p>'
    """
    return "".join(f"<p>{escape(text).replace(chr(10), '<br>')}</p>" for text in texts)


def nearest(names, scores, threshold, count=5):
    """The people most alike, each with a mark: enough for a name, or not.

    Args:
        names: tuple of str (person,). scores: similarities (person,).
        threshold: the least similarity that gets a name.
        count: how many of them.
    """
    rows = (
        f'<li class="{"yes" if scores[n] >= threshold else "no"}">{escape(names[n])}: '
        f"{scores[n]:.3f}, {'at least' if scores[n] >= threshold else 'below'} "
        f"{threshold:.3f}</li>"
        for n in np.argsort(-np.asarray(scores), kind="stable")[:count]
    )
    return f"<ol>{''.join(rows)}</ol>"
