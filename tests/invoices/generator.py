"""Sets of invoices with labelled frauds, each among at least ten honest invoices that look like it.

All firms are invented. A seed gives the same set always.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from random import Random

from registry.invoices.invoice import Invoice, InvoiceClass, Line
from tests.invoices import firms
from tests.invoices.firms import Firm

CENT = Decimal("0.01")
FIRST_DAY = date(2025, 1, 6)
DAYS = 420
LOOKALIKES = {"0": "O", "1": "I", "8": "B", "5": "S"}
GOODS = (
    ("Bearing housing", 180), ("Drive shaft", 640), ("Brake caliper", 325), ("Wiring harness", 92),
    ("Control unit", 1_480), ("Seal kit", 17), ("Machined flange", 76), ("Hydraulic pump", 2_150),
    ("Coolant, drum", 240), ("Packing material", 8), ("Galvanized bracket", 12), ("Sheet steel, coil", 3_900),
    ("Calibration of gauges", 410), ("Forwarding, groupage", 265), ("Tool maintenance", 530), ("Pallet hire", 21),
)  # fmt: skip


class Kind(StrEnum):
    """What is done with an honest invoice. The first two share its legal key, the last three show in signals."""

    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    ALTERED_NUMBER = "altered_number"
    ALTERED_DATE = "altered_date"
    ALTERED_AMOUNT = "altered_amount"
    INFLATED = "inflated"
    ALIAS = "alias"
    CUT = "cut"
    REISSUED = "reissued"
    CHANGED_PAYEE = "changed_payee"
    SAME_LINES = "same_lines"
    RING = "ring"
    FABRICATED = "fabricated"
    RELATED = "related"


EXACT = frozenset({Kind.DUPLICATE, Kind.CONFLICT})
SIGNALED = frozenset({Kind.RING, Kind.FABRICATED, Kind.RELATED})
NEAR = frozenset(Kind) - EXACT - SIGNALED


class Label(StrEnum):
    """FRAUD is to be found when it comes; PART belongs to a fraud that only what comes after it shows."""

    HONEST = "honest"
    PART = "part"
    FRAUD = "fraud"


@dataclass(frozen=True)
class Labelled:
    """``case`` numbers a fraud together with its original and the honest ones around it."""

    case: int
    kind: Kind
    invoice: Invoice
    label: Label = Label.HONEST


@dataclass
class Scene:
    """One seller's dealings with one buyer around one honest invoice. ``places``: how many numbers it has given."""

    random: Random
    seller: Firm
    buyer: Firm
    others: tuple[Firm, ...]
    form: Callable[[date, int], str]
    has_lines: bool
    places: int

    def number(self, on: date) -> str:
        self.places += 1
        return self.form(on, self.places)

    def draw(self, lines: tuple[Line, ...], on: date, **terms: object) -> Invoice:
        """An honest invoice over these lines."""
        invoice = Invoice(
            number=self.number(on),
            issued_on=on,
            document_class=InvoiceClass.INVOICE,
            currency="CNY" if self.is_chinese else "EUR",
            payable=Decimal(0),
            seller=self.seller.trader,
            buyer=self.buyer.trader,
            syntax="fapiao" if self.is_chinese else "ubl",
            type_code="" if self.is_chinese else "380",
            accounts=() if self.is_chinese else (self.seller.account,),
        )
        found = priced(replace(invoice, **terms), lines)  # type: ignore[arg-type]
        return found if self.has_lines else replace(found, lines=())

    @property
    def is_chinese(self) -> bool:
        return self.seller.country == "CN"


def priced(invoice: Invoice, lines: tuple[Line, ...]) -> Invoice:
    """The invoice over these lines, its sums worked out at 19 or 13 percent."""
    rate = Decimal("1.13") if invoice.currency == "CNY" else Decimal("1.19")
    net = sum((line.amount or Decimal(0) for line in lines), Decimal(0))
    gross = (net * rate).quantize(CENT, ROUND_HALF_UP)
    lines = tuple(replace(line, line_id=str(place)) for place, line in enumerate(lines, start=1))
    return replace(invoice, lines=lines, net=net, gross=gross, payable=gross)


def some_lines(random: Random, least: int = 1, most: int = 5) -> tuple[Line, ...]:
    chosen = random.sample(GOODS, random.randint(least, most))
    return tuple(
        a_line(place, name, random.randint(2, 160), Decimal(random.randint(price * 80, price * 125)) / 100)
        for place, (name, price) in enumerate(chosen, start=1)
    )


def a_line(place: int, name: str, quantity: int, price: Decimal) -> Line:
    price = price.quantize(CENT)
    return Line(str(place), name, Decimal(quantity), price, quantity * price)


def a_set(seed: int, cases: int) -> list[Labelled]:
    """``cases`` of each kind, in the order of their coming: by case, honest ones among the frauds."""
    random = Random(seed)
    found: list[Labelled] = []
    case = 0
    for _ in range(cases):
        for kind in Kind:
            case += 1
            found += a_case(random, kind, case)
    return found


def a_case(random: Random, kind: Kind, case: int) -> list[Labelled]:
    """An original, the fraud, and its honest look-alikes: the original first, the others shuffled."""
    from tests.invoices.frauds import commit  # noqa: PLC0415 - they build on what stands here

    scene = a_scene(random)
    on = FIRST_DAY + timedelta(random.randrange(DAYS))
    original = scene.draw(some_lines(random), on)
    honest = [Labelled(case, kind, one) for one in look_alikes(scene, original)]
    told = [replace(one, case=case, kind=kind) for one in commit(kind, scene, original)]
    rest = [*told, *honest]
    # What a fraud consists of keeps its order; the honest ones fall in between.
    places = sorted(random.sample(range(len(rest)), len(told)))
    mixed = iter(honest)
    committed = iter(told)
    return [
        *([] if kind is Kind.RING else [Labelled(case, kind, original)]),
        *(next(committed) if place in places else next(mixed) for place in range(len(rest))),
    ]


def a_scene(random: Random) -> Scene:
    country = random.choice(("DE", "DE", "DE", "CN"))
    seller = firms.a_firm(random, country)
    obligors = firms.obligors(country)
    buyer, other = random.sample(obligors, 2)
    forms = (
        lambda on, place: f"{on.year}-{place:04}",
        lambda _on, place: f"RE{place:06}",
        lambda on, place: f"INV/{on.year}/{place}",
        lambda on, place: f"{on:%y%m}{place:04}",
    )
    prefix = f"26{random.randrange(10**8):08}"
    form = (lambda _on, place: f"{prefix}{place:010}") if country == "CN" else random.choice(forms)
    return Scene(
        random,
        seller,
        buyer,
        (other,),
        form,
        has_lines=random.random() < 0.92,
        places=random.randint(120, 9_000),
    )


def months_later(on: date, months: int) -> date:
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, 28))


def period_of(on: date) -> tuple[date, date]:
    first = on.replace(day=1)
    return first, months_later(first, 1) - timedelta(1)


def look_alikes(scene: Scene, original: Invoice) -> Iterator[Invoice]:
    """Honest invoices that have much in common with an honest one: at least ten."""
    random, on = scene.random, original.issued_on
    lines = original.lines or some_lines(random)
    for months in (1, 2, 3):  # rent and the like: the same every month, now and then with its period
        later = months_later(on, months)
        said = {"period": period_of(later)} if random.random() < 0.5 and not scene.is_chinese else {}
        yield replace(original, number=scene.number(later), issued_on=later, **said)
    yield scene.draw(other_lines(random, lines), on)  # a second delivery the same day, the next number
    if scene.has_lines:
        yield same_amount(scene, original)
    ordered = some_lines(
        random, 4, 6
    )  # one order, delivered in two parts, each invoiced, no invoice over all
    yield scene.draw(ordered[:2], on + timedelta(random.randint(1, 4)))
    yield scene.draw(ordered[2:], on + timedelta(random.randint(5, 9)))
    for days in (7, 14):  # calls under a framework order: the agreed goods and prices, other quantities
        called = tuple(
            a_line(place, line.name, random.randint(161, 400) + days, line.unit_price or CENT)
            for place, line in enumerate(lines, start=1)
        )
        yield scene.draw(called, on + timedelta(days))
    note = random.randint(10_000, 99_999)  # the same quantity too, by its delivery note
    noted = tuple(replace(line, name=f"{line.name}, delivery note {note}") for line in lines)
    yield (
        scene.draw(noted, on + timedelta(random.randint(7, 12)))
        if scene.has_lines
        else scene.draw(ordered, on + timedelta(40))
    )
    yield replace(
        original, number=scene.number(on), buyer=scene.others[0].trader
    )  # the same for another buyer
    sister = firms.a_sister(random, scene.seller)
    yield replace(
        scene.draw(other_lines(random, lines), on), seller=sister.trader, accounts=accounts_of(scene, sister)
    )
    dearer = tuple(
        a_line(place, line.name, int(line.quantity or 1), (line.unit_price or CENT) * Decimal("1.008"))
        for place, line in enumerate(lines, start=1)
    )
    yield scene.draw(dearer, months_later(on, 4))  # the price list of the next quarter


def accounts_of(scene: Scene, firm: Firm) -> tuple[str, ...]:
    return () if scene.is_chinese else (firm.account,)


def other_lines(random: Random, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    taken = {line.name for line in lines}
    chosen = [good for good in GOODS if good[0] not in taken]
    picked = random.sample(chosen, random.randint(1, 3))
    return tuple(
        a_line(place, name, random.randint(2, 160), Decimal(random.randint(price * 80, price * 125)) / 100)
        for place, (name, price) in enumerate(picked, start=1)
    )


def same_amount(scene: Scene, original: Invoice) -> Invoice:
    """The same day, buyer and amount for something else."""
    name = next(name for name, _ in GOODS if name not in {line.name for line in original.lines})
    line = Line("1", name, Decimal(1), original.net, original.net)
    return replace(original, number=scene.number(original.issued_on), lines=(line,))
