"""What is done with an honest invoice, kind by kind. Each gives what is brought after the original, in order."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from registry.invoices.invoice import Invoice, InvoiceClass, Line, Trader
from tests.invoices import firms
from tests.invoices.generator import (
    CENT,
    LOOKALIKES,
    Kind,
    Label,
    Labelled,
    Scene,
    a_line,
    priced,
    some_lines,
)

_ENDS = ("-A", "R", "/1", "-2", " KOPIE", "-NEU", ".B")
_Made = list[tuple[Invoice, Label]]
_STARTS = ("R-", "X", "1/", "N-")


def commit(kind: Kind, scene: Scene, original: Invoice) -> list[Labelled]:
    return [Labelled(0, kind, invoice, label) for invoice, label in _ACTS[kind](scene, original)]


def another_number(random: Random, number: str) -> str:
    """A number that a hurried eye takes for this one: letters for digits, two swapped, one changed, a piece added."""
    how = random.choice((_lookalike, _swapped, _changed, _longer, _longer))
    made = how(random, number)
    return made if made != number else _changed(random, number)


def _lookalike(random: Random, number: str) -> str:
    places = [place for place, char in enumerate(number) if char in LOOKALIKES]
    if not places:
        return number
    at = random.choice(places)
    return number[:at] + LOOKALIKES[number[at]] + number[at + 1 :]


def _swapped(_random: Random, number: str) -> str:
    for at in range(len(number) - 2, 0, -1):
        if number[at : at + 2].isdigit() and number[at] != number[at + 1]:
            return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    return number


def _changed(random: Random, number: str) -> str:
    at = random.choice([place for place, char in enumerate(number) if char.isdigit()])
    return number[:at] + random.choice("0123456789".replace(number[at], "")) + number[at + 1 :]


def _longer(random: Random, number: str) -> str:
    if random.random() < 0.7:
        return number + random.choice(_ENDS)
    return random.choice(_STARTS) + number


def _days_off(random: Random, on: date) -> date:
    if on.day <= 12 and on.day != on.month and random.random() < 0.3:
        return date(on.year, on.day, on.month)
    return on + timedelta(random.choice((-7, -5, -3, -2, -1, 1, 2, 3, 4, 6, 7)))


def _times(invoice: Invoice, factor: Decimal) -> Invoice:
    """Every price times the factor; where there are no lines, the sums."""
    if invoice.lines:
        lines = (
            a_line(place, line.name, int(line.quantity or 1), (line.unit_price or CENT) * factor)
            for place, line in enumerate(invoice.lines, start=1)
        )
        return priced(invoice, tuple(lines))
    net, gross = ((value or CENT) * factor for value in (invoice.net, invoice.gross))
    net, gross = net.quantize(CENT, ROUND_HALF_UP), gross.quantize(CENT, ROUND_HALF_UP)
    return replace(invoice, net=net, gross=gross, payable=gross)


def _duplicate(scene: Scene, original: Invoice) -> _Made:
    """Written otherwise: another syntax, other spaces and dashes, full width, other zeros."""
    full = {ord(char): ord(char) + 0xFEE0 for char in "0123456789"}
    forms = (
        lambda text: text.replace("-", " ").replace("/", "-"),
        lambda text: text.translate(full),
        " ".join,
        lambda text: text.lower(),
    )
    number = scene.random.choice(forms)(original.number)
    syntax = "cii" if original.syntax == "ubl" else original.syntax
    amounts = {name: Decimal(f"{getattr(original, name):.4f}") for name in ("net", "gross", "payable")}
    return [(replace(original, number=number, syntax=syntax, **amounts), Label.FRAUD)]


def _conflict(scene: Scene, original: Invoice) -> _Made:
    if scene.random.random() < 0.5:
        return [(_times(original, Decimal("1.6")), Label.FRAUD)]
    later = original.issued_on + timedelta(1 if original.issued_on.day < 28 else -1)
    return [(replace(original, issued_on=later), Label.FRAUD)]


def _altered_number(scene: Scene, original: Invoice) -> _Made:
    number = another_number(scene.random, original.number)
    if scene.random.random() < 0.1:
        number = scene.number(original.issued_on)
    return [(replace(original, number=number), Label.FRAUD)]


def _altered_date(scene: Scene, original: Invoice) -> _Made:
    on = _days_off(scene.random, original.issued_on)
    return [
        (replace(original, number=another_number(scene.random, original.number), issued_on=on), Label.FRAUD)
    ]


def _altered_amount(scene: Scene, original: Invoice) -> _Made:
    share = Decimal(scene.random.randint(20, 95)) / 10_000
    altered = _times(original, 1 + share * scene.random.choice((1, -1)))
    if scene.random.random() < 0.4:  # the sum alone
        altered = replace(altered, lines=original.lines)
    return [(replace(altered, number=another_number(scene.random, original.number)), Label.FRAUD)]


def _inflated(scene: Scene, original: Invoice) -> _Made:
    how = scene.random.choice((_lookalike, _swapped, _longer))
    number = how(scene.random, original.number)
    if number == original.number:
        number = _longer(scene.random, number)
    return [
        (replace(_times(original, Decimal(scene.random.randint(110, 250)) / 100), number=number), Label.FRAUD)
    ]


def _alias(scene: Scene, original: Invoice) -> _Made:
    """The same firm under a second tax number, its name spelled otherwise or its account the same."""
    double = firms.a_firm(scene.random, scene.seller.country)
    name = _respelled(scene.random, scene.seller.trader.name)
    accounts = (
        original.accounts if scene.random.random() < 0.6 else ((double.account,) if original.accounts else ())
    )
    number = original.number if scene.random.random() < 0.5 else scene.number(original.issued_on)
    if scene.is_chinese:  # a fapiao's number is given once in the country
        number = another_number(scene.random, scene.number(original.issued_on))
    seller = Trader(name, scene.seller.country, double.trader.identifiers)
    return [(replace(original, seller=seller, number=number, accounts=accounts), Label.FRAUD)]


def _respelled(random: Random, name: str) -> str:
    if name.endswith("有限公司"):
        return name.replace("有限公司", random.choice(("有限责任公司", "股份有限公司", "")))
    words = [word for word in name.split() if word not in ("GmbH", "AG", "KG", "&", "Co.")]
    forms = (
        lambda: " ".join([*words, "Ltd."]),
        lambda: " ".join(words).upper(),
        lambda: " ".join(reversed(words)),
        lambda: name.replace("ö", "oe").replace("ä", "ae").replace("ü", "ue").replace("ß", "ss"),
        lambda: " ".join([words[0], words[1][:3] + words[1][4:], "GmbH"]),
    )
    return random.choice(forms)()


def _cut(scene: Scene, original: Invoice) -> _Made:
    """Its lines, or the quantity of one, or the bare sum, on two invoices of the same days."""
    random = scene.random
    many = scene.draw(some_lines(random, 2, 5), original.issued_on)
    whole = many if scene.has_lines else original
    if not scene.has_lines:
        pieces = _cut_sum(random, whole)
    elif random.random() < 0.5:
        at = random.randint(1, len(whole.lines) - 1)
        pieces = [priced(whole, whole.lines[:at]), priced(whole, whole.lines[at:])]
    else:
        pieces = _cut_quantities(random, whole)
    days = [whole.issued_on + timedelta(random.randint(0, 5)) for _ in pieces]
    parts = [
        replace(
            piece,
            number=f"{whole.number}/{place}" if random.random() < 0.5 else scene.number(on),
            issued_on=on,
        )
        for place, (piece, on) in enumerate(zip(pieces, days, strict=True), start=1)
    ]
    # Found once the last of them is there; what came first is honest until then.
    if random.random() < 0.7:
        return [
            *([] if whole is original else [(whole, Label.HONEST)]),
            (parts[0], Label.PART),
            (parts[1], Label.FRAUD),
        ]
    return [
        (parts[0], Label.PART),
        (parts[1], Label.PART),
        (replace(whole, number=scene.number(whole.issued_on)), Label.FRAUD),
    ]


def _cut_sum(random: Random, whole: Invoice) -> list[Invoice]:
    share = Decimal(random.randint(30, 70)) / 100
    gross, net = ((value or CENT) * share for value in (whole.gross, whole.net))
    gross, net = gross.quantize(CENT, ROUND_HALF_UP), net.quantize(CENT, ROUND_HALF_UP)
    first = replace(whole, net=net, gross=gross, payable=gross)
    rest, left = (whole.gross or CENT) - gross, (whole.net or CENT) - net
    return [first, replace(whole, net=left, gross=rest, payable=rest)]


def _cut_quantities(random: Random, whole: Invoice) -> list[Invoice]:
    """Every quantity of two and more goes on both."""
    taken: list[Line] = []
    left: list[Line] = []
    for line in whole.lines:
        quantity = int(line.quantity or 1)
        part = random.randint(1, quantity - 1)
        price = line.unit_price or CENT
        taken.append(a_line(len(taken) + 1, line.name, part, price))
        left.append(a_line(len(left) + 1, line.name, quantity - part, price))
    return [priced(whole, tuple(taken)), priced(whole, tuple(left))]


def _reissued(scene: Scene, original: Invoice) -> _Made:
    """Credited in full, then written anew under another number: honest as such, and still one claim."""
    on = original.issued_on + timedelta(scene.random.randint(1, 9))
    note = replace(
        original,
        number=scene.number(on),
        issued_on=on,
        document_class=InvoiceClass.CREDIT_NOTE,
        type_code="381",
        preceding=(original.number,),
    )
    later = on + timedelta(scene.random.randint(0, 10))
    return [
        (note, Label.HONEST),
        (replace(original, number=scene.number(later), issued_on=later), Label.FRAUD),
    ]


def _changed_payee(scene: Scene, original: Invoice) -> _Made:
    other = firms.a_firm(scene.random, scene.seller.country)
    number = another_number(scene.random, original.number)
    if scene.is_chinese or scene.random.random() < 0.5:
        return [(replace(original, number=number, payee=other.trader), Label.FRAUD)]
    return [(replace(original, number=number, accounts=(other.account,)), Label.FRAUD)]


def _same_lines(scene: Scene, original: Invoice) -> _Made:
    """The same delivery once more, some days later, under the next number. Without lines it is the same day."""
    days = scene.random.randint(0, 18) if scene.has_lines else 0
    on = original.issued_on + timedelta(days)
    return [(replace(original, number=scene.number(on), issued_on=on), Label.FRAUD)]


def _ring(scene: Scene, _original: Invoice) -> _Made:
    """Goods that go round: A sells to B, B to C, C to A, each a little dearer."""
    random, country = scene.random, scene.seller.country
    around = [scene.seller, firms.a_firm(random, country), firms.a_firm(random, country)]
    lines, on = some_lines(random), date(2025, 1, 6) + timedelta(random.randrange(300))
    made: _Made = []
    for place, seller in enumerate(around):
        buyer = around[(place + 1) % len(around)]
        sale = scene.draw(lines, on + timedelta(place * random.randint(3, 15)))
        sale = replace(sale, seller=seller.trader, buyer=buyer.trader, accounts=())
        made.append((_times(sale, 1 + Decimal(place * 2) / 100), Label.FRAUD))
    return made


def _fabricated(scene: Scene, original: Invoice) -> _Made:
    """Over a delivery to a firm nobody knows."""
    buyer = firms.a_firm(scene.random, scene.seller.country)
    lines = some_lines(scene.random)
    return [(replace(scene.draw(lines, original.issued_on), buyer=buyer.trader), Label.FRAUD)]


def _related(scene: Scene, original: Invoice) -> _Made:
    """Seller and buyer are one: an identifier or the name in common."""
    random, buyer = scene.random, scene.buyer.trader
    double = firms.a_firm(random, scene.seller.country).trader
    if random.random() < 0.5:
        seller = replace(double, identifiers=(*double.identifiers, *buyer.identifiers))
    else:
        seller = replace(double, name=buyer.name)
    fresh = scene.draw(some_lines(random), original.issued_on + timedelta(3))
    return [(replace(fresh, seller=seller, accounts=()), Label.FRAUD)]


_ACTS: Mapping[Kind, Callable[[Scene, Invoice], _Made]] = {
    Kind.DUPLICATE: _duplicate,
    Kind.CONFLICT: _conflict,
    Kind.ALTERED_NUMBER: _altered_number,
    Kind.ALTERED_DATE: _altered_date,
    Kind.ALTERED_AMOUNT: _altered_amount,
    Kind.INFLATED: _inflated,
    Kind.ALIAS: _alias,
    Kind.CUT: _cut,
    Kind.REISSUED: _reissued,
    Kind.CHANGED_PAYEE: _changed_payee,
    Kind.SAME_LINES: _same_lines,
    Kind.RING: _ring,
    Kind.FABRICATED: _fabricated,
    Kind.RELATED: _related,
}
