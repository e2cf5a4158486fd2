"""Draw images/course_map.svg: the notebooks that are there, with their minutes.

python3 images/course_map.py

When a notebook has been written, add it here and run this again; a test compares this
list, the README and the heads of the notebooks.
"""

from pathlib import Path

INK, GREY, PAPER = "#222222", "#666666", "#ffffff"
BLUE, ORANGE = "#0072B2", "#D55E00"
PARTS = (  # colour, name, what it is for; notebooks: number, name, line, minutes
    (
        INK,
        "See it",
        (("00", "start here", "two photos, one verdict", 10),),
    ),
    (
        BLUE,
        "Photos become pairs",
        (
            ("01", "theory", "distances, first verifiers", 30),
            ("02", "capture", "camera, face, crop", 30),
            ("03", "pairs", "people apart, all pairs", 35),
        ),
    ),
    (
        BLUE,
        "A network that compares",
        (
            ("04", "embedding", "towers, layer by layer", 35),
            ("05", "L1 layer", "the distance as a layer", 30),
            ("06", "training", "fit, watch, resume", 40),
            ("07", "losses", "nine ways to learn", 40),
        ),
    ),
    (
        BLUE,
        "Does it hold for strangers?",
        (
            ("08", "evaluation", "ROC, EER, threshold", 40),
            ("09", "verification", "enrol, identify, refuse", 35),
        ),
    ),
    (
        ORANGE,
        "Beyond",
        (
            ("10", "Omniglot", "the paper, rebuilt", 40),
            ("11", "strangers", "LFW by its protocol", 40),
            ("12", "app", "app, web API, a page", 40),
            ("13", "scale", "ten people to a million", 40),
            ("14", "limits", "attacks, templates, law", 40),
            ("15", "signatures", "forgers; your pictures", 35),
        ),
    ),
)
WIDE, TALL, GAP, LEFT, ROW = 152, 64, 12, 232, 84


def box(x, y, colour, number, name, line, minutes):
    """Draw one notebook: its number and name, what it is about, its minutes."""
    return (
        f'<rect x="{x}" y="{y}" width="{WIDE}" height="{TALL}" rx="8" fill="#f2f6f9" '
        f'stroke="{colour}" stroke-width="2"/>'
        f'<text x="{x + 10}" y="{y + 20}" fill="{INK}" font-weight="bold">'
        f"{number} {name}</text>"
        f'<text x="{x + 10}" y="{y + 38}" fill="{INK}" font-size="11">{line}</text>'
        f'<text x="{x + 10}" y="{y + 55}" fill="{GREY}" font-size="11">'
        f"{minutes} min</text>"
    )


def draw():
    """Return the whole map as SVG text."""
    widest = max(len(notebooks) for _, _, notebooks in PARTS)
    width = LEFT + widest * (WIDE + GAP) + 8
    height = len(PARTS) * ROW + 16
    parts = []
    for n, (colour, name, notebooks) in enumerate(PARTS):
        y = 16 + n * ROW
        parts.append(
            f'<text x="{LEFT - 16}" y="{y + TALL / 2 + 5}" text-anchor="end" '
            f'fill="{colour}" font-weight="bold">{name}</text>'
        )
        for m, notebook in enumerate(notebooks):
            parts.append(box(LEFT + m * (WIDE + GAP), y, colour, *notebook))
        if n + 1 < len(PARTS):
            x, top = LEFT - 8, y + TALL / 2
            parts.append(
                f'<path d="M{x} {top} v{ROW}" stroke="#bbbbbb" stroke-width="2"/>'
            )
    title = (
        "The course: 00 shows the finished verifier; 01 to 03 make pairs of photos, 04 "
        "to 07 a network that compares them, 08 and 09 ask whether it holds for "
        "strangers; 10 and 11 go beyond."
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        'font-family="DejaVu Sans, Verdana, sans-serif" font-size="13">'
        f'<title>{title}</title><rect width="100%" height="100%" fill="{PAPER}"/>'
        + "\n".join(parts)
        + "</svg>\n"
    )


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")
