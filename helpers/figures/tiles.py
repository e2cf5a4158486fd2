"""Photos on the page: one tiled JPEG, with borders, marks, scores and verdicts.

No TensorFlow.
"""

import io

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from helpers.figures import style

LINE, EDGE, MARK = 17, 8, 18  # pixels: a line of text, around a photo, for a mark
GAP = 2  # pixels between two photos of a pair


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
    style.display_image(
        jpeg(draw_tile(images, labels, same, columns, size, title)), "jpeg", alt
    )


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


def rgb(image):
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


def draw_row(images):
    """Join photos side by side at one height, as an RGB image."""
    photos = [rgb(image) for image in images]
    height = max(photo.height for photo in photos)
    photos = [_at_height(photo, height) for photo in photos]
    width = sum(photo.width for photo in photos) + GAP * (len(photos) - 1)
    row = Image.new("RGB", (width, height), "white")
    left = 0
    for photo in photos:
        row.paste(photo, (left, 0))
        left += photo.width + GAP
    return row


def _at_height(photo, height):
    """Resize to a height; small photos keep their pixels visible when enlarged."""
    width = max(1, round(photo.width * height / photo.height))
    how = Image.NEAREST if photo.height * 2 <= height else Image.LANCZOS
    return photo.resize((width, height), how)


def draw_tile(images, labels=None, same=None, columns=8, size=96, title=None):
    """Draw what tile() shows, as a Pillow image."""
    photos = [_at_height(rgb(image), size) for image in images]
    if not photos:
        raise ValueError("There is no photo to show. Choose at least one.")
    labels = [""] * len(photos) if labels is None else [str(text) for text in labels]
    same = [None] * len(photos) if same is None else list(same)
    if not len(photos) == len(labels) == len(same):
        raise ValueError(
            f"{len(photos)} photos, {len(labels)} labels and {len(same)} truths: "
            "give as many of each."
        )
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 13)
    marked = any(one is not None for one in same)
    below = max(text.count("\n") + 1 if text else marked for text in labels) * LINE
    widest = max(_width(text, font) for text in labels) + (MARK if marked else 0)
    wide = max(widest, *(photo.width for photo in photos)) + 2 * EDGE
    tall = size + 2 * EDGE + below
    head = 28 if title else 0
    columns = min(columns, len(photos))
    width = max(columns * wide, _width(title or "", font) + 2 * EDGE)
    page = Image.new("RGB", (width, -(-len(photos) // columns) * tall + head), "white")
    pen = ImageDraw.Draw(page)
    pen.text((EDGE, 6), title or "", fill="black", font=font)
    for n, (photo, text, one) in enumerate(zip(photos, labels, same)):
        x, y = n % columns * wide + EDGE, n // columns * tall + EDGE + head
        page.paste(photo, (x, y))
        _border(pen, (x, y, x + photo.width, y + size), one)
        _mark(pen, x + 6, y + size + 6 + LINE // 2, one)
        indent = 0 if one is None else MARK
        pen.text((x + indent, y + size + 6), text, fill="black", font=font)
    return page


def _width(text, font):
    """Width of the widest line in pixels."""
    return int(np.ceil(max(font.getlength(line) for line in text.split("\n"))))


def _border(pen, box, same):
    """Blue and solid for same, orange and dashed for different, none for None."""
    if same is None:
        return
    left, top, right, bottom = box[0] - 4, box[1] - 4, box[2] + 3, box[3] + 3
    if same:
        pen.rectangle((left, top, right, bottom), outline=style.SAME, width=3)
        return
    for x in range(left, right, 12):
        end = min(x + 6, right)
        pen.rectangle((x, top, end, top + 2), fill=style.DIFFERENT)
        pen.rectangle((x, bottom - 2, end, bottom), fill=style.DIFFERENT)
    for y in range(top, bottom, 12):
        end = min(y + 6, bottom)
        pen.rectangle((left, y, left + 2, end), fill=style.DIFFERENT)
        pen.rectangle((right - 2, y, right, end), fill=style.DIFFERENT)


def _mark(pen, x, y, same):
    """A circle for same, a cross for different."""
    if same is None:
        return
    if same:
        pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=style.SAME)
    else:
        pen.line((x - 5, y - 5, x + 5, y + 5), fill=style.DIFFERENT, width=3)
        pen.line((x - 5, y + 5, x + 5, y - 5), fill=style.DIFFERENT, width=3)


def jpeg(image):
    """Encode as JPEG, as good as 80 KB allow."""
    for quality in (80, 70, 60, 50, 40, 30):
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality, optimize=True)
        if buffer.tell() <= style.LARGEST:
            break
    return buffer.getvalue()


def draw_batch(images, people, title=""):
    """Draw every pair of a batch once: a blue circle is same, an orange cross is not.

    Args:
        images: photos, (photo, row, column, channel). people: (photo,).
        title: the conclusion.

    Returns:
        The figure: photos along the top and the left, their pairs above the diagonal.
    """
    _, ax = plt.subplots(figsize=(6.2, 6.2))
    for n, image in enumerate(images):
        box = np.array([-0.46, 0.46])
        for x, y in ((n, -1), (-1, n)):
            corners = [*(x + box), *(y - box)]
            ax.imshow(image, cmap="gray", vmin=0, vmax=1, extent=corners)
    first, second = np.triu_indices(len(people), k=1)  # (pair,)
    same = np.equal.outer(people, people)[first, second]  # (pair,)
    ax.plot(second[same], first[same], style.SAME_MARK, color=style.SAME, ms=13)
    cross = {"color": style.DIFFERENT, "ms": 8}
    ax.plot(second[~same], first[~same], style.DIFFERENT_MARK, **cross)
    words = f"{len(images)} photos, each once through the tower:\n{len(same)} pairs,"
    words += f" {same.sum()} same, {(~same).sum()} different"
    ax.text(-0.2, len(images) - 2.6, words, size=11.5)
    ends = -1.5, len(images) - 0.5
    ax.set(xlim=ends, ylim=ends[::-1], xticks=[], yticks=[], aspect="equal")
    ax.set_frame_on(False)
    ax.set_title(title)
    return ax.figure
