"""Draw images/who_travels.svg of notebook 12.

python3 images/app.py
"""

from pathlib import Path

INK, GREY, PALE, PAPER = "#222222", "#666666", "#eef3f7", "#ffffff"
BLUE = "#0072B2"
WIDE, TALL = 900, 300


def text(x, y, words, size=15, colour=INK, weight="normal"):
    """A line of text around x."""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" '
        f'font-weight="{weight}" text-anchor="middle">{words}</text>'
    )


def device(x, y, words):
    """A box for whoever computes, with its name."""
    return [
        f'<rect x="{x - 120}" y="{y}" width="240" height="72" rx="10" fill="{PALE}" '
        f'stroke="{INK}" stroke-width="2"/>',
        text(x, y + 90, words, 14, GREY),
    ]


def photo(x, y):
    """A photo: a head in a frame."""
    return (
        f'<g transform="translate({x} {y})"><rect x="-20" y="-24" width="40" '
        f'height="48" rx="3" fill="{PAPER}" stroke="{INK}" stroke-width="2.5" '
        f'stroke-dasharray="7 4"/><circle cy="-6" r="8" fill="{INK}"/>'
        f'<path d="M-14 20 Q-14 5 0 5 Q14 5 14 20Z" fill="{INK}"/></g>'
    )


def network(x, y):
    """The network: a tower lying on its side."""
    return (
        f'<path d="M{x - 30} {y - 26} L{x + 30} {y - 10} L{x + 30} {y + 10} '
        f'L{x - 30} {y + 26} Z" fill="{PAPER}" stroke="{BLUE}" stroke-width="2.5"/>'
        + text(x, y + 5, "tower", 14, BLUE, "bold")
    )


def journey(x, start, end, words, colour):
    """An arrow down or up, and what travels along it."""
    return [
        f'<line x1="{x}" y1="{start}" x2="{x}" y2="{end}" stroke="{colour}" '
        f'stroke-width="3" marker-end="url(#{"o" if colour == INK else "b"})"/>',
        f'<rect x="{x - 108}" y="{(start + end) / 2 - 13}" width="216" height="24" '
        f'fill="{PAPER}"/>',
        text(x, (start + end) / 2 + 5, words, 15, colour, "bold"),
    ]


def draw():
    """Three columns: the app, the web API, a file or page."""
    head = (
        '<marker id="{}" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="6" '
        'markerHeight="6" orient="auto"><path d="M0 0 L10 5 L0 10 Z" fill="{}"/>'
        "</marker>"
    )
    parts = [
        f"<defs>{head.format('o', INK)}{head.format('b', BLUE)}</defs>",
        f'<rect width="{WIDE}" height="{TALL}" fill="{PAPER}"/>',
    ]
    low, high = 194, 44
    for x, title in ((150, "the app"), (450, "the web API"), (750, "a file, a page")):
        parts.append(text(x, 26, title, 18, INK, "bold"))
    parts += device(150, low, "your own computer")
    parts += [photo(100, low + 36), network(190, low + 36)]
    parts.append(text(150, 120, "nothing travels", 15, GREY, "bold"))
    parts += device(450, low, "the visitor's device")
    parts += device(450, high, "")
    parts += [photo(450, low + 36), network(450, high + 36)]
    parts += journey(450, low - 6, high + 82, "the photo travels", INK)
    parts += device(750, low, "the visitor's device")
    parts += device(750, high, "")
    parts += [photo(700, low + 36), network(790, low + 36), network(750, high + 36)]
    parts += journey(750, high + 78, low - 10, "the network travels", BLUE)
    parts.append(text(300, high + 42, "server", 14, GREY))
    parts.append(text(600, high + 42, "server", 14, GREY))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {TALL}" '
        'role="img" font-family="DejaVu Sans, Verdana, sans-serif"><title>Who '
        "travels: nothing, the photo, or the network</title>\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    path = Path(__file__).parent / "who_travels.svg"
    path.write_text(draw(), encoding="utf-8")
