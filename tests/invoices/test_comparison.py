"""Two invoices side by side: what differs is marked, what is only written differently is not."""

from dataclasses import replace
from decimal import Decimal

import pytest

from registry.invoices.comparison import compare
from registry.invoices.invoice import Invoice, Line, Trader
from registry.kit.identifiers import TaxId
from tests.invoices.builders import SELLER_VAT, an_invoice


def different(one: Invoice, other: Invoice) -> list[str]:
    return [pair.term for pair in compare(one.as_json(), other.as_json()) if pair.is_different]


def test_an_invoice_differs_in_nothing_from_itself() -> None:
    assert different(an_invoice(), an_invoice()) == []


@pytest.mark.parametrize(
    ("changes", "terms"),
    [
        ({"payable": Decimal("1191")}, ["payable"]),
        ({"number": "2026-18", "due_on": None}, ["number"]),
        ({"seller": Trader("Nordlicht AG", "DE", (TaxId.of(SELLER_VAT),))}, ["seller.name"]),
        ({"seller": Trader("Nordlicht GmbH", "DE")}, ["seller.identifiers"]),
        ({"lines": (Line("1", "Bolts", Decimal(2)),)}, ["line.1"]),
        ({"preceding": ("2026-1",)}, ["preceding"]),
    ],
)
def test_each_field_that_was_altered_is_marked(changes: dict[str, object], terms: list[str]) -> None:
    assert different(an_invoice(), replace(an_invoice(), **changes)) == terms


def test_an_amount_written_with_more_zeros_is_the_same() -> None:
    assert different(an_invoice(gross=Decimal("1190.0")), an_invoice(gross=Decimal("1190.00"))) == []


def test_lines_are_compared_one_by_one() -> None:
    bolts, nuts = Line("1", "Bolts", amount=Decimal("10.00")), Line("2", "Nuts", amount=Decimal("5"))
    same = Line("1", "Bolts", amount=Decimal("10"))
    assert different(an_invoice(lines=(bolts, nuts)), an_invoice(lines=(same,))) == ["line.2"]


def test_what_neither_has_is_left_out() -> None:
    terms = [pair.term for pair in compare(an_invoice().as_json(), an_invoice().as_json())]
    assert "prepaid" not in terms
    assert "payee.name" not in terms
