"""Draw images/three_questions.svg and images/siamese.svg of notebook 01.

python3 images/theory.py
"""

from pathlib import Path

INK, GREY, PALE, PAPER = "#222222", "#666666", "#eef3f7", "#ffffff"
BLUE, ORANGE = "#0072B2", "#D55E00"


def text(x, y, words, size=15, colour=INK, weight="normal", anchor="middle"):
    """A line of text."""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" '
        f'font-weight="{weight}" text-anchor="{anchor}">{words}</text>'
    )


def face(x, y, hair, size=1.0, smile=4):
    """A drawn photo, 56 pixels wide: head and hair, which tell the people apart."""
    looks = {
        "short": "M-15 -6 Q-15 -22 0 -22 Q15 -22 15 -6 Q8 -13 0 -13 Q-8 -13 -15 -6Z",
        "long": "M-17 16 Q-20 -24 0 -24 Q20 -24 17 16 L11 16 Q15 -12 0 -13 "
        "Q-15 -12 -11 16Z",
        "hat": "M-20 -8 L20 -8 L20 -12 L12 -12 L12 -25 L-12 -25 L-12 -12 L-20 -12Z",
        "beard": "M-14 3 Q-14 22 0 22 Q14 22 14 3 Q8 8 0 7 Q-8 8 -14 3Z",
    }
    mouth = f"M-5 9 Q0 {9 + smile} 5 9"
    over = hair == "beard"
    head = (
        f'<circle r="15" fill="#f6e7d3" stroke="{INK}" stroke-width="1.5"/>'
        f'<circle cx="-5" cy="-2" r="1.8" fill="{INK}"/>'
        f'<circle cx="5" cy="-2" r="1.8" fill="{INK}"/>'
    )
    top = f'<path d="{looks[hair]}" fill="{GREY}" stroke="{INK}"/>'
    line = PAPER if over else INK
    mouth = f'<path d="{mouth}" fill="none" stroke="{line}" stroke-width="1.6"/>'
    return (
        f'<g transform="translate({x} {y}) scale({size})">'
        f'<rect x="-28" y="-32" width="56" height="64" rx="4" fill="{PALE}" '
        f'stroke="{GREY}"/>{head}{top}{mouth}</g>'
    )


def arrow(x1, y1, x2, y2, colour=INK, dash=""):
    """A line with a head at its end."""
    dash = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" '
        f'stroke-width="2"{dash} marker-end="url(#head)"/>'
    )


def box(x, y, wide, tall, fill=PAPER, stroke=INK):
    """A rounded box."""
    return (
        f'<rect x="{x}" y="{y}" width="{wide}" height="{tall}" rx="8" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'
    )


def svg(wide, tall, title, parts):
    """A whole picture on white, so that it is readable in dark mode."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" '
        f'role="img" font-family="DejaVu Sans, Arial, sans-serif">\n'
        f"<title>{title}</title>\n"
        '<defs><marker id="head" viewBox="0 0 10 10" refX="8" refY="5" '
        'markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 L10 5 L0 10 Z" fill="{INK}"/></marker></defs>\n'
        f'<rect width="{wide}" height="{tall}" fill="{PAPER}"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def three_questions():
    """Classify, verify, identify side by side."""
    parts = []
    for n, (name, question) in enumerate(
        (
            ("classify", "Which of the people I was trained on?"),
            ("verify", "Do these two photos show one person?"),
            ("identify", "Who of my gallery is it, or nobody?"),
        )
    ):
        x = 20 + 320 * n
        parts += [box(x, 14, 300, 292, stroke=GREY)]
        parts += [text(x + 150, 44, name, 19, weight="bold")]
        parts += [text(x + 150, 68, question, 13.5, GREY)]
    # classify
    parts += [face(80, 150, "short"), arrow(114, 150, 152, 150)]
    for n, (who, wide) in enumerate((("Ann", 26), ("Ben", 96), ("Cem", 14))):
        y = 116 + 30 * n
        parts += [text(192, y + 15, who, 14, anchor="end")]
        parts += [box(200, y, wide, 20, BLUE if who == "Ben" else PALE, GREY)]
    parts += [text(170, 232, "Dana comes along? She becomes", 13)]
    parts += [text(170, 250, "Ann, Ben or Cem.", 13)]
    parts += [text(170, 280, "New person: train again", 13.5, ORANGE, "bold")]
    # verify
    parts += [face(410, 150, "long", smile=6), face(570, 150, "long", smile=-3)]
    parts += [arrow(442, 150, 480, 150), arrow(538, 150, 500, 150)]
    parts += [text(490, 130, "how alike?", 13)]
    parts += [text(490, 212, "similarity &gt;= threshold", 14)]
    parts += [text(430, 240, "yes: same", 14, BLUE, "bold")]
    parts += [text(552, 240, "no: different", 14, ORANGE, "bold")]
    parts += [text(490, 280, "New person: nothing to train", 13.5, BLUE, "bold")]
    # identify
    parts += [face(716, 150, "hat"), text(716, 202, "probe", 13)]
    gallery = (("short", ".21"), ("hat", ".83"), ("beard", ".30"))
    for n, (hair, score) in enumerate(gallery):
        y = 112 + 52 * n
        colour, dash = (BLUE, "") if hair == "hat" else (GREY, "5 4")
        parts += [arrow(750, 150, 826, y, colour, dash)]
        parts += [face(856, y, hair, 0.72), text(900, y + 5, score, 14)]
    parts += [text(810, 262, "one photo of each: a gallery", 13)]
    parts += [text(810, 284, "New person: add one photo", 13.5, BLUE, "bold")]
    return svg(980, 320, "Classify, verify, identify", parts)


def siamese():
    """Two towers that are one tower, their embeddings, a distance, a threshold."""
    parts = []
    shades = {"a": (0.2, 0.9, 0.5, 0.1, 0.7), "b": (0.3, 0.8, 0.6, 0.1, 0.5)}
    for y, hair, smile, name in ((90, "long", 6, "a"), (230, "long", -3, "b")):
        parts += [face(60, y, hair, smile=smile), text(60, y + 50, f"photo {name}", 13)]
        parts += [arrow(94, y, 146, y)]
        parts += [
            f'<path d="M150 {y - 46} L300 {y - 24} L300 {y + 24} L150 {y + 46} Z" '
            f'fill="{PALE}" stroke="{INK}" stroke-width="1.5"/>'
        ]
        parts += [text(222, y + 5, "tower", 16, weight="bold")]
        parts += [arrow(302, y, 344, y)]
        for n, shade in enumerate(shades[name]):
            parts.append(
                f'<rect x="{350}" y="{y - 40 + 16 * n}" width="16" height="16" '
                f'fill="{BLUE}" fill-opacity="{shade}" stroke="{INK}"/>'
            )
        parts += [text(372, y + 58, f"embedding {name}", 13)]
        parts += [arrow(372, y, 464, 160 + (-14 if y < 160 else 14))]
    parts += [
        f'<path d="M180 134 L180 186 M192 134 L192 186" stroke="{INK}" '
        'stroke-width="2"/>',
        text(202, 156, "the same", 13, INK, "bold", "start"),
        text(202, 173, "weights", 13, INK, "bold", "start"),
        box(470, 124, 120, 72),
        text(530, 156, "distance", 16, weight="bold"),
        text(530, 178, "how far apart?", 13),
        arrow(592, 160, 640, 160),
        box(646, 124, 120, 72),
        text(706, 156, "threshold", 16, weight="bold"),
        text(706, 178, "near enough?", 13),
        arrow(768, 150, 824, 112),
        arrow(768, 170, 824, 208),
        text(832, 112, "same", 17, BLUE, "bold", "start"),
        text(832, 220, "different", 17, ORANGE, "bold", "start"),
    ]
    return svg(960, 316, "A siamese network: two towers that are one", parts)


if __name__ == "__main__":
    folder = Path(__file__).parent
    for draw in (three_questions, siamese):
        path = folder / f"{draw.__name__}.svg"
        path.write_text(draw(), encoding="utf-8")
