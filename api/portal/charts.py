"""Figures as pictures, drawn here so that they show without script. Each stands beside a table that says the same."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from markupsafe import Markup

WIDTH = 720
ROW = 30
LABEL = 110
VALUE = 190
COLUMN = 240
BOX = 180
MIN_BOX = 34
GAP = 14
SCALE = 120
MAX_NAME = 20  # letters; an ideograph is as wide as two


@dataclass(frozen=True)
class Bar:
    """``amount`` decides the length, ``shown`` is what is written behind; ``look`` a class of the sheet."""

    name: str
    amount: int
    shown: str
    look: str = ""


def bars(label: str, rows: Sequence[Bar]) -> Markup:
    """Horizontal bars, the longest as wide as there is room."""
    most = max((one.amount for one in rows), default=0) or 1
    room = WIDTH - LABEL - VALUE
    drawn = Markup("").join(
        Markup(
            '<g><text x="0" y="{y}">{name}</text><rect class="{look}" x="{left}" y="{top}" width="{wide}" '
            'height="20" rx="3"/><text x="{end}" y="{y}">{shown}</text></g>'
        ).format(
            y=place * ROW + 20,
            name=one.name,
            look=one.look,
            left=LABEL,
            top=place * ROW + 5,
            wide=max(1, one.amount * room // most) if one.amount else 0,
            end=LABEL + (one.amount * room // most) + 8,
            shown=one.shown,
        )
        for place, one in enumerate(rows)
    )
    return _picture(label, WIDTH, len(rows) * ROW, drawn)


def flow(
    label: str,
    moved: Mapping[tuple[int, int, int, int], int],
    name: Callable[[int], str],
    shown: Callable[[int], str],
) -> Markup:
    """``moved``: (step, from, step, to) → amount, from left to right. Lines are as strong as what they carry."""
    nodes: dict[tuple[int, int], int] = {}
    comes, goes = Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    for (step, giver, to_step, taker), amount in moved.items():
        goes[step, giver] += amount
        comes[to_step, taker] += amount
    for node in sorted({*comes, *goes}):
        nodes[node] = max(comes[node], goes[node])
    most = max(nodes.values(), default=0) or 1
    places, height = _places(nodes, most)
    lines, leaving, arriving = [], Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    for (step, giver, to_step, taker), amount in moved.items():
        one, other = (step, giver), (to_step, taker)
        wide = max(2, amount * SCALE // most)
        (left, top), (right, to) = places[one], places[other]
        start = top + leaving[one] + wide // 2
        end = to + arriving[other] + wide // 2
        leaving[one] += wide
        arriving[other] += wide
        middle = (left + BOX + right) // 2
        lines.append(
            Markup('<path d="M{} {}C{} {} {} {} {} {}" stroke-width="{}"><title>{}</title></path>').format(
                left + BOX, start, middle, start, middle, end, right, end, wide, shown(amount)
            )
        )
    boxes = [
        Markup(
            '<g><title>{whole}</title><rect x="{x}" y="{y}" width="{wide}" height="{high}" rx="4"/>'
            '<text class="title" x="{tx}" y="{t1}">'
            '{name}</text><text x="{tx}" y="{t2}">{shown}</text></g>'
        ).format(
            x=left,
            y=top,
            wide=BOX,
            high=max(MIN_BOX, nodes[node] * SCALE // most),
            tx=left + 6,
            t1=top + 14,
            t2=top + 29,
            name=_short(name(node[1])),
            whole=name(node[1]),
            shown=shown(nodes[node]),
        )
        for node, (left, top) in places.items()
    ]
    columns = max((step for step, _ in nodes), default=0) + 1
    drawn = Markup("").join([*lines, *boxes])
    return _picture(label, (columns - 1) * COLUMN + BOX + 8, height, drawn, "flow")


def _places(
    nodes: Mapping[tuple[int, int], int], most: int
) -> tuple[dict[tuple[int, int], tuple[int, int]], int]:
    """Left and top of each box, column by column, and the height of all."""
    bottoms: Counter[int] = Counter()
    places = {}
    for (step, party), amount in sorted(nodes.items(), key=lambda each: (each[0][0], -each[1], each[0][1])):
        places[step, party] = (4 + step * COLUMN, 4 + bottoms[step])
        bottoms[step] += max(MIN_BOX, amount * SCALE // most) + GAP
    return places, max(bottoms.values(), default=0) + 8


def _short(name: str) -> str:
    """As much of a name as a box has room for."""
    left = MAX_NAME
    for place, letter in enumerate(name):
        left -= 2 if east_asian_width(letter) in "WF" else 1
        if left < 0:
            return name[: place - 1] + "…"
    return name


def _picture(label: str, width: int, height: int, drawn: Markup, look: str = "bars") -> Markup:
    return Markup(
        '<svg class="chart {}" viewBox="0 0 {} {}" role="img" aria-label="{}" xmlns="http://www.w3.org/2000/svg">{}</svg>'
    ).format(look, width, height, label, drawn)
