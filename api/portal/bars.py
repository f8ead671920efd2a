"""Bars drawn on the server: amounts beside each other, each with its words, so that none speaks by length alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH = 720
ROW = 44
TRACK = 12


@dataclass(frozen=True)
class Bar:
    """``label`` says what it is, ``text`` how much in words; ``amount`` sets the length; ``look`` is a class."""

    label: str
    text: str
    amount: int
    look: str = "plain"


def length(amount: int, most: int) -> int:
    """Of a bar, in the picture's units: in proportion to the longest, at least 2 where there is anything."""
    if amount <= 0 or most <= 0:
        return 0
    return max(2, min(WIDTH, amount * WIDTH // most))


def draw(bars: Sequence[Bar], title: str) -> Markup:
    """The picture; a reader of the page hears its title and each row's words."""
    most = max((one.amount for one in bars), default=0)
    rows = Markup("").join(
        Markup(
            '<text x="0" y="{}">{}</text><text x="{}" y="{}" text-anchor="end">{}</text>'
            '<rect class="track" x="0" y="{}" width="{}" height="{}"/>'
            '<rect class="{}" x="0" y="{}" width="{}" height="{}"/>'
        ).format(
            at + 14,
            one.label,
            WIDTH,
            at + 14,
            one.text,
            at + 21,
            WIDTH,
            TRACK,
            one.look,
            at + 21,
            length(one.amount, most),
            TRACK,
        )
        for at, one in ((place * ROW, one) for place, one in enumerate(bars))
    )
    return Markup('<svg class="bars" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, len(bars) * ROW, escape(title), rows
    )
