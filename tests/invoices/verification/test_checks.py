from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from registry.invoices import sample_set as samples
from registry.invoices.invoice import Invoice, InvoiceClass, Line, Trader
from registry.invoices.use_cases import read_invoice
from registry.invoices.verification.check_digits import has_valid_check_digits
from registry.invoices.verification.checks import check, doubts
from registry.invoices.verification.codes import COUNTRIES, is_unit
from registry.invoices.verification.findings import Finding, Result
from registry.kit.identifiers import TAX, TaxId
from tests.invoices.builders import FIXTURES, an_invoice, ubl

TODAY = date(2026, 9, 20)
WRONG = Trader("Nordlicht GmbH", "DE", (TaxId.of("DE123456789"),))


def amounts(**changes: str | None) -> dict[str, Any]:
    """Of a document whose sums are right: 1000 of lines, 100 off, 50 on, 190 tax, 140 paid."""
    right: dict[str, str | None] = {
        "lines_total": "1000", "allowances": "100", "charges": "50", "net": "950", "tax": "190",
        "gross": "1140", "prepaid": "140", "rounding": "0.50", "payable": "1000.50",
    }  # fmt: skip
    return {name: None if one is None else Decimal(one) for name, one in (right | changes).items()}


def lines(*each: str) -> tuple[Line, ...]:
    return tuple(Line(str(place), "Ware", amount=Decimal(one)) for place, one in enumerate(each))


def found(code: str, invoice: Invoice) -> Finding | None:
    return next((one for one in check(invoice, TODAY) if one.check == code), None)


def result(code: str, **changes: Any) -> Result | None:
    one = found(code, an_invoice(**changes))
    return one and one.result


@pytest.mark.parametrize("name", samples.NAMES)
def test_our_samples_raise_no_doubts(name):
    invoice = read_invoice(samples.read(name), name)[0]
    assert doubts(invoice, date(2027, 1, 1)) == ()
    assert {"payable_sum", "gross_sum"} <= {one.check for one in check(invoice, date(2027, 1, 1))}


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("net_sum", {"net": "950.02"}),
        ("net_sum", {"allowances": "0"}),
        ("net_sum", {"charges": None}),
        ("gross_sum", {"gross": "1140.02"}),
        ("gross_sum", {"tax": "0"}),
        ("payable_sum", {"payable": "1000.52"}),
        ("payable_sum", {"prepaid": "141"}),
    ],
)
def test_a_sum_that_is_off_by_more_than_a_cent_is_an_error(code, changes):
    assert result(code, **amounts()) is Result.PASSED
    assert result(code, **amounts(**changes)) is Result.ERROR


def test_a_cent_is_let_pass():
    assert result("net_sum", **amounts(net="950.01")) is Result.PASSED
    assert result("gross_sum", **amounts(gross="1139.99")) is Result.PASSED


def test_a_yen_is_its_own_smallest_unit():
    assert result("gross_sum", **amounts(gross="1141"), currency="JPY") is Result.PASSED
    assert result("gross_sum", **amounts(gross="1142"), currency="JPY") is Result.ERROR


def test_the_lines_come_to_their_total():
    assert result("lines_sum", **amounts(), lines=lines("400", "600.02")) is Result.PASSED
    assert result("lines_sum", **amounts(), lines=lines("400", "600.03")) is Result.ERROR
    assert result("lines_sum", net=Decimal(1000), lines=lines("400", "500")) is Result.ERROR


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": ()},
        {"lines": (Line("1", "Ware"),), **amounts()},
        {"net": None, "lines": lines("400")},
        {"allowances": Decimal(5), "lines": lines("400")},
    ],
)
def test_what_is_not_stated_is_not_compared(changes):
    assert result("lines_sum", **changes) is None


def test_more_payable_than_the_total_is_an_error_and_less_a_warning():
    """Without a stated rounding, one unit passes for it."""
    assert result("payable_sum", payable=Decimal("1190.50")) is Result.PASSED
    assert result("payable_sum", payable=Decimal("1200")) is Result.ERROR
    assert result("payable_sum", payable=Decimal("1000")) is Result.WARNING
    assert result("payable_sum", gross=None) is None


def test_of_a_negative_credit_note_the_size_counts():
    note = {"document_class": InvoiceClass.CREDIT_NOTE, "gross": Decimal(-100), "net": Decimal(-90)}
    assert result("payable_sum", **note, payable=Decimal(-100)) is Result.PASSED
    assert result("payable_sum", **note, payable=Decimal(-200)) is Result.ERROR


@pytest.mark.parametrize(
    ("code", "good", "bad"),
    [
        ("country_code", {"seller": Trader("A", "DE")}, {"seller": Trader("A", "QX")}),
        ("country_code", {"payee": Trader("A", "FR")}, {"payee": Trader("A", "UK")}),
        ("type_code", {"type_code": "380"}, {"type_code": "999"}),
        ("unit_code", {"lines": (Line("1", "x", unit="C62"),)}, {"lines": (Line("1", "x", unit="piece"),)}),
        ("due_date", {"due_on": date(2026, 9, 1)}, {"due_on": date(2026, 8, 31)}),
        ("seller_check_digit", {}, {"seller": WRONG}),
        ("buyer_check_digit", {}, {"buyer": WRONG}),
    ],
)
def test_what_looks_wrong_is_a_warning(code, good, bad):
    assert result(code, **good) is Result.PASSED
    assert result(code, **bad) is Result.WARNING
    assert doubts(an_invoice(**bad), TODAY) == (code,)


def test_codes_of_other_syntaxes_are_their_own():
    assert result("type_code", syntax="fapiao", type_code="01") is None
    assert result("unit_code", syntax="fapiao", lines=(Line("1", "x", unit="台"),)) is None


def test_an_unknown_country_is_not_a_wrong_one():
    nowhere = Trader("A", "ZZ")
    assert result("country_code", seller=nowhere, buyer=nowhere) is None


def test_an_invoice_of_the_day_after_tomorrow_is_an_error():
    assert result("issue_date", issued_on=date(2026, 9, 21)) is Result.PASSED
    assert result("issue_date", issued_on=date(2026, 9, 22)) is Result.ERROR


def test_the_lists_are_of_the_size_they_have():
    assert len(COUNTRIES) == 249 + 2
    assert is_unit("XBX")
    assert not is_unit("kgm")


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        (TaxId.of("DE136695976"), True),
        (TaxId.of("DE136695978"), False),
        (TaxId.of("EL094014201"), True),
        (TaxId.of("91330206MA2NB8Q357", country="CN", scheme=TAX), True),
        (TaxId.of("91330206MA2NB8Q358", country="CN", scheme="USCC"), False),
        (TaxId.of("NO 995 525 828 MVA"), True),
        (TaxId.of("CHE-100.155.212 MWST"), True),
        (TaxId.of("GODE561231GR8", country="MX", scheme=TAX), True),
        (TaxId.of("GODE561231GR9", country="MX", scheme=TAX), False),
        (TaxId.of("XAXX010101000", country="MX", scheme=TAX), True),
        (TaxId.of("16.727.230/0001-97", country="BR", scheme=TAX), True),
        (TaxId.of("16.727.230/0001-98", country="BR", scheme=TAX), False),
        (TaxId.of("27AAPFU0939F1ZV", country="IN", scheme=TAX), True),
        (TaxId.of("27AAPFU0939F1ZW", country="IN", scheme=TAX), False),
        (TaxId.of("HU12892312"), True),
        (TaxId.of("12892312-2-41", country="HU"), True),
        (TaxId.of("HU12892313"), False),
        (TaxId.of("IT00743110157"), True),
        (TaxId.of("IT00743110158"), False),
        (TaxId.of("201/113/40209", country="DE", scheme=TAX), None),
        (TaxId.of("123", country="US"), None),
        (TaxId.of("136695978", country="DE", scheme="0204"), None),
    ],
)
def test_check_digits_are_looked_at_where_they_are_known(identifier, expected):
    assert has_valid_check_digits(identifier) is expected


def test_the_totals_are_read_from_the_file():
    """Of several amounts of tax the one in the invoice's currency."""
    extra = (
        '<a:TaxTotal><b:TaxAmount currencyID="SEK">2000.00</b:TaxAmount></a:TaxTotal>'
        '<a:TaxTotal><b:TaxAmount currencyID="EUR">190.00</b:TaxAmount></a:TaxTotal>'
    )
    invoice = read_invoice(ubl(extra=extra), "x.xml")[0]
    assert invoice.tax == Decimal(190)
    one = found("gross_sum", invoice)
    assert one is not None
    assert one.result is Result.PASSED


@pytest.mark.parametrize("name", samples.NAMES)
def test_an_invoice_comes_back_from_its_plain_values(name):
    invoice = read_invoice(samples.read(name), name)[0]
    assert Invoice.from_json(invoice.as_json()) == invoice


def test_an_invoice_kept_before_a_term_was_read_comes_back_without_it():
    kept = an_invoice(payee=WRONG, lines=lines("1")).as_json()
    for name in ("tax", "lines_total", "rounding"):
        del kept[name]
    del kept["lines"][0]["unit"]
    assert Invoice.from_json(kept).lines == lines("1")
    assert Invoice.from_json(kept).payee == WRONG


def test_on_real_files_only_what_is_wrong_in_them_is_found():
    """Of 52 real documents the two whose sums are known not to hold; check digits of samples are made up."""
    errors = {}
    for path in sorted(FIXTURES.rglob("*.xml")):
        try:
            invoice = read_invoice(path.read_bytes(), path.name)[0]
        except Exception:
            continue
        codes = [one.check for one in check(invoice, date(2026, 11, 29)) if one.result is Result.ERROR]
        if codes and invoice.syntax in ("ubl", "cii", "fapiao", "fapiao-2019"):
            errors[path.name] = codes
    known = {"UBL-Invoice-2.1-Example.xml": ["gross_sum"], "05.01a-INVOICE_ubl.xml": ["payable_sum"]}
    assert errors == (known if FIXTURES.exists() else {})
