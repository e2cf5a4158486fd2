"""Draw images/passes.svg and images/reshuffled.svg of notebook 03.

python3 images/pairs.py
"""

from pathlib import Path

from theory import BLUE, GREY, INK, ORANGE, PALE, arrow, box, face, svg, text

LOOKS = ("long", "long", "beard", "beard")  # two photos each of two people
SMILES = (6, -3, 5, -2)
PAIRS = [(i, j) for i in range(4) for j in range(i + 1, 4)]


def mark(x, y, same):
    """A blue circle for same, an orange cross for different."""
    if same:
        return f'<circle cx="{x}" cy="{y}" r="8" fill="{BLUE}"/>'
    return (
        f'<path d="M{x - 7} {y - 7} L{x + 7} {y + 7} M{x - 7} {y + 7} '
        f'L{x + 7} {y - 7}" stroke="{ORANGE}" stroke-width="4"/>'
    )


def small_tower(x, y, tall):
    """A tower, narrowing to the right."""
    half = tall / 2
    return (
        f'<path d="M{x} {y - half} L{x + 66} {y - 0.62 * half} L{x + 66} '
        f'{y + 0.62 * half} L{x} {y + half} Z" fill="{PALE}" stroke="{INK}" '
        'stroke-width="1.5"/>' + text(x + 33, y + 5, "tower", 13, weight="bold")
    )


def photo(n, x, y, size):
    """Photo n of the four."""
    return face(x, y, LOOKS[n], size, SMILES[n])


def passes():
    """Two passes a pair on the left, one pass a photo on the right."""
    parts = [box(14, 14, 450, 372, stroke=GREY), box(496, 14, 450, 372, stroke=GREY)]
    parts += [text(239, 44, "Pair by pair", 19, weight="bold")]
    parts += [text(721, 44, "All pairs of a batch", 19, weight="bold")]
    for row, (i, j) in enumerate(PAIRS):
        y = 82 + 45 * row
        same = LOOKS[i] == LOOKS[j]
        parts += [photo(i, 60, y, 0.62), photo(j, 210, y, 0.62)]
        parts += [arrow(80, y, 98, y), small_tower(100, y, 34)]
        parts += [arrow(230, y, 248, y), small_tower(250, y, 34)]
        parts += [arrow(318, y, 352, y), mark(368, y, same)]
        parts += [text(384, y + 5, "same" if same else "different", 13, anchor="start")]
    parts += [text(239, 370, "6 pairs, 12 passes through the tower", 15, INK, "bold")]
    for n in range(4):
        y = 108 + 58 * n
        parts += [photo(n, 540, y, 0.72), arrow(563, y, 588, y)]
        parts += [small_tower(590, y, 40), arrow(658, y, 688, y)]
        for m in range(4):
            x = 712 + 52 * m
            fill = PALE if m > n else "#ffffff"
            parts += [
                f'<rect x="{x - 24}" y="{y - 27}" width="50" height="54" fill="{fill}" '
                f'stroke="{GREY}" stroke-width="{1 if m > n else 0.3}"/>'
            ]
            if m > n:
                parts += [mark(x + 1, y, LOOKS[n] == LOOKS[m])]
            if n == 0:
                parts += [photo(m, x, 62 + 2, 0.3)]
    parts += [text(721, 370, "6 pairs, 4 passes through the tower", 15, INK, "bold")]
    return svg(960, 400, "Pair by pair, and all pairs of a batch", parts)


def reshuffled():
    """Ten cards in two epochs, cut at the same place, shuffled in between."""
    parts = []
    orders = ((4, 0, 7, 2, 9, 5, 1, 3, 6, 8), (8, 3, 5, 0, 6, 2, 9, 7, 1, 4))
    for row, order in enumerate(orders):
        y = 76 + 130 * row
        parts += [text(58, y + 30, f"epoch {row + 1}", 17, weight="bold")]
        for n, item in enumerate(order):
            x = 130 + 70 * n + (40 if n >= 7 else 0)
            known = n >= 7 and row and orders[0].index(item) < 7
            tested = n < 7 and row and orders[0].index(item) >= 7
            colour = ORANGE if known or tested else GREY
            dash = ' stroke-dasharray="6 4"' if known or tested else ""
            parts += [
                f'<rect x="{x}" y="{y}" width="54" height="48" rx="5" fill="'
                f'{PALE if n < 7 else "#ffffff"}" stroke="{colour}" '
                f'stroke-width="{3 if dash else 1.5}"{dash}/>',
                text(x + 27, y + 32, item, 20),
            ]
        parts += [text(372, y - 12, "take(7): trained on", 14, GREY)]
        parts += [text(761, y - 12, "skip(7): tested on", 14, GREY)]
    parts += [
        f'<path d="M623 34 L623 262" stroke="{INK}" stroke-width="2" '
        'stroke-dasharray="3 4"/>',
        text(623, 26, "the cut stays", 14, INK, "bold"),
        text(372, 160, "the deck is shuffled anew", 14, INK, "bold"),
        text(372, 288, "3, 6 and 8 were test items", 14, ORANGE, "bold"),
        text(761, 288, "all three were trained on", 14, ORANGE, "bold"),
    ]
    return svg(900, 306, "Shuffled anew each epoch, cut at the same place", parts)


if __name__ == "__main__":
    for draw in (passes, reshuffled):
        path = Path(__file__).parent / f"{draw.__name__}.svg"
        path.write_text(draw(), encoding="utf-8")
