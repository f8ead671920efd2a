"""Rings, related parties and unknown buyers are told; ordinary trade is not."""

from datetime import date, timedelta
from decimal import Decimal

from registry.invoices.invoice import Trader
from registry.invoices.near_rules import Portrait
from registry.invoices.signals import SignalCode, signals
from registry.kit.identifiers import TaxId
from tests.invoices.builders import an_invoice
from tests.invoices.test_near_duplicates import drawn

FIRMS = [
    Trader(f"{name} GmbH", "DE", (TaxId.of(f"DE10000000{at}"),))
    for at, name in enumerate(("Aal", "Barsch", "Chub", "Dorsch"))
]
DAY = date(2026, 3, 1)


def sale(name: str, by: int, to: int, *, days: int = 0, amount: str = "1000", **changes: object) -> Portrait:
    terms = {"seller": FIRMS[by], "buyer": FIRMS[to], "payable": Decimal(amount), **changes}
    return drawn(an_invoice(issued_on=DAY + timedelta(days), number=name, **terms), name)


def codes(*sales: Portrait, known: frozenset[str] | None = None) -> list[SignalCode]:
    return [one.code for one in signals(sales, known)]


def test_goods_that_come_back_are_a_ring():
    ring = [sale("1", 0, 1), sale("2", 1, 2, days=5, amount="1020"), sale("3", 2, 0, days=9, amount="1040")]
    assert [(one.code, one.invoices) for one in signals(ring)] == [(SignalCode.TRADE_RING, ("1", "2", "3"))]


def test_a_ring_of_four_is_found():
    assert codes(*(sale(str(at), at, (at + 1) % 4, days=at) for at in range(4))) == [SignalCode.TRADE_RING]


def test_trade_back_and_forth_late_or_for_another_amount_is_no_ring():
    assert codes(sale("1", 0, 1), sale("2", 1, 0, days=5)) == []
    assert codes(sale("1", 0, 1), sale("2", 1, 2, days=5), sale("3", 2, 0, days=61)) == []
    assert codes(sale("1", 0, 1), sale("2", 1, 2, days=5), sale("3", 2, 0, days=9, amount="1101")) == []
    assert codes(sale("1", 0, 1), sale("2", 1, 2, days=5), sale("3", 2, 3, days=9)) == []


def test_a_seller_that_is_its_buyer_by_number_name_or_account_is_related():
    both = Trader("Barsch Handel GmbH", "DE", (*FIRMS[1].identifiers, *FIRMS[0].identifiers))
    assert codes(sale("1", 0, 1, buyer=both)) == [SignalCode.RELATED_PARTIES]
    assert codes(sale("1", 0, 1, buyer=Trader("Aal AG", "DE", FIRMS[1].identifiers))) == [
        SignalCode.RELATED_PARTIES
    ]
    paid = [sale("1", 0, 1, accounts=("DE1",)), sale("2", 1, 2, accounts=("DE 1",))]
    assert codes(*paid) == [SignalCode.RELATED_PARTIES]
    assert codes(sale("1", 0, 1, payee=FIRMS[1])) == [SignalCode.RELATED_PARTIES]
    assert codes(sale("1", 0, 1, accounts=("DE1",)), sale("2", 1, 2, accounts=("DE2",))) == []


def test_a_buyer_nobody_knows_is_told_where_the_known_ones_are_given():
    known = frozenset({str(FIRMS[1].identifiers[0])})
    assert codes(sale("1", 0, 1), sale("2", 0, 2), known=known) == [SignalCode.UNKNOWN_BUYER]
    assert codes(sale("1", 0, 1), sale("2", 0, 2)) == []
