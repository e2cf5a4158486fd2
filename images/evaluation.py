"""Draw images/who_sees_what.svg of notebook 08.

python3 images/evaluation.py
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


def person(x, y, colour=INK, size=1):
    """A head and shoulders."""
    return (
        f'<g transform="translate({x:.0f} {y}) scale({size})" fill="{colour}">'
        '<circle r="6"/><path d="M-10 20 Q-10 8 0 8 Q10 8 10 20Z"/></g>'
    )


def group(x, wide, title, lines, colour, dash=""):
    """A box with a title and some lines below."""
    dash = f' stroke-dasharray="{dash}"' if dash else ""
    parts = [
        f'<rect x="{x}" y="20" width="{wide}" height="190" rx="10" fill="{PALE}" '
        f'stroke="{colour}" stroke-width="2.5"{dash}/>',
        text(x + wide / 2, 48, title, 18, colour, "bold"),
    ]
    for n, line in enumerate(lines):
        parts.append(text(x + wide / 2, 168 + 22 * n, line, 14.5))
    return parts


def draw():
    """The three groups of people."""
    parts = [f'<rect width="900" height="230" fill="{PAPER}"/>']
    parts += group(16, 270, "learn", ["LFW, 3,616 people", "the tower's weights"], INK)
    parts += group(306, 190, "choose", ["LFW, 422 others", "when to stop, threshold"],
                   GREY, "3 4")  # fmt: skip
    parts += group(516, 368, "report", ["ORL, four folds of ten others",
                   "never trained on, never chosen with"], BLUE, "9 5")  # fmt: skip
    parts += [person(44 + 27 * (n % 9), 74 + 36 * (n // 9)) for n in range(18)]
    parts += [person(341 + 30 * (n % 5), 74 + 36 * (n // 5), GREY) for n in range(5)]
    for fold in range(4):
        x, y = 532 + 174 * (fold % 2), 64 + 42 * (fold // 2)
        parts.append(f'<rect x="{x}" y="{y}" width="160" height="36" rx="5" '
                     f'fill="{PAPER}" stroke="{BLUE}"/>')  # fmt: skip
        parts += [person(x + 12 + 15 * n, y + 12, BLUE, 0.68) for n in range(10)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 230" role="img" '
        'font-family="DejaVu Sans, Verdana, sans-serif"><title>Who may see what: '
        "people to learn from, to choose with, to report on</title>\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )  # fmt: skip


if __name__ == "__main__":
    path = Path(__file__).parent / "who_sees_what.svg"
    path.write_text(draw(), encoding="utf-8")
