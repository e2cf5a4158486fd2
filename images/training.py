"""Draw images/three_groups.svg and images/early_stopping.svg of notebook 06.

python3 images/training.py
"""

from pathlib import Path

from theory import BLUE, GREY, INK, ORANGE, PALE, arrow, box, svg, text


def person(x, y, colour, unknown=False):
    """A head and shoulders; a stranger to the training has a dashed outline."""
    line = f'fill="{colour}"' if not unknown else f'fill="#ffffff" stroke="{colour}"'
    dash = ' stroke-dasharray="4 2.5"' if unknown else ""
    return (
        f'<g transform="translate({x} {y})" {line} stroke-width="2"{dash}>'
        '<circle r="6"/><path d="M-10 19 Q-10 8 0 8 Q10 8 10 19Z"/></g>'
    )


def three_groups():
    """Who teaches, who says when to stop, who is only measured."""
    parts = []
    for x, count, columns, colour, unknown, name, what in (
        (40, 25, 9, BLUE, False, "25 people to learn from", "change the weights"),
        (360, 5, 5, GREY, True, "5 people to stop by", "say which epoch is best"),
        (575, 10, 5, ORANGE, True, "10 people for the report", "say how good it is"),
    ):
        wide = 32 * columns
        parts.append(text(x + wide / 2 - 16, 34, name, 15, INK, "bold"))
        for n in range(count):
            place = x + n % columns * 32, 66 + n // columns * 40
            parts.append(person(*place, colour, unknown))
        middle = x + wide / 2 - 16
        parts.append(arrow(middle, 182, middle, 212))
        parts.append(text(middle, 238, what, 15))
    parts.append(text(375, 276, "Nobody stands in two groups.", 15, GREY))
    return svg(750, 292, "Forty people in three groups that share nobody.", parts)


def early_stopping():
    """Two curves that part, and the weights that are kept."""
    parts = [
        arrow(60, 250, 700, 250),
        arrow(60, 250, 60, 30),
        text(690, 274, "epochs", 14, GREY, anchor="end"),
        f'<path d="M70 60 C170 190 300 232 690 240" fill="none" stroke="{BLUE}" '
        'stroke-width="3"/>',
        text(690, 222, "mistakes on its own", 14, BLUE, "bold", "end"),
        f'<path d="M70 70 C150 150 230 178 320 178 C450 178 560 160 690 128" '
        f'fill="none" stroke="{ORANGE}" stroke-width="3" stroke-dasharray="9 5"/>',
        text(690, 112, "mistakes on strangers", 14, ORANGE, "bold", "end"),
        f'<line x1="320" y1="60" x2="320" y2="250" stroke="{INK}" '
        'stroke-dasharray="2 4" stroke-width="1.5"/>',
        f'<circle cx="320" cy="178" r="6" fill="{INK}"/>',
        text(320, 48, "these weights are kept", 14, INK, "bold"),
        f'<line x1="500" y1="60" x2="500" y2="250" stroke="{INK}" '
        'stroke-dasharray="2 4" stroke-width="1.5"/>',
        text(500, 48, "here it stops", 14, INK, "bold"),
        box(336, 72, 148, 28, PALE, GREY),
        text(410, 91, "patience", 14),
    ]
    return svg(
        750, 292, "Early stopping keeps the weights that served strangers", parts
    )


if __name__ == "__main__":
    folder = Path(__file__).parent
    for draw in (three_groups, early_stopping):
        (folder / f"{draw.__name__}.svg").write_text(draw(), encoding="utf-8")
