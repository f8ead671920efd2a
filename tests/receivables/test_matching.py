"""Requests beside the obligor's own list: what matches, what differs, and how lists are read."""

import io
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from registry.kit.identifiers import TaxId
from registry.receivables import payables as reading
from registry.receivables.matching import (
    Claimed,
    Comparison,
    Outcome,
    Payable,
    Payables,
    Request,
    supplier_keys,
)
from registry.receivables.payables import MAX_ROWS, PayablesUnreadable, read_payables
from registry.sheets import Limits

CNY, EUR = 156, 978
USCC = "91330206MA2NB8Q357"
DUE = date(2026, 12, 31)
SUPPLIER = supplier_keys("Ningbo Precision", [TaxId.of(USCC, country="CN")])
HEADER = "Invoice number,Supplier tax id,Amount,Currency,Due date\n"


def payable(line: int = 2, **changes: object) -> Payable:
    values = {
        "invoice": "INV-1", "supplier": USCC, "amount_minor": 1000, "currency": CNY, "due_on": DUE,
    }  # fmt: skip
    return Payable(line, **(values | changes))  # type: ignore[arg-type]


def compare(*lines: Payable, invoices: tuple[Claimed, ...] = (Claimed("INV-1", 1000),)) -> Comparison:
    return Payables(lines).compare(Request(SUPPLIER, CNY, DUE, invoices))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"invoice": " inv 1"},
        {"supplier": "CN" + USCC},
        {"supplier": "CN 9133 0206 MA2N B8Q3 57"},
        {"supplier": "ningbo  precision"},
        {"due_on": None},
    ],
)
def test_a_request_matches_its_line_however_that_is_spelled(changes: dict[str, object]) -> None:
    assert compare(payable(**changes)).outcome is Outcome.MATCHED


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"amount_minor": 999}, Outcome.AMOUNT_DIFFERS),
        ({"currency": EUR}, Outcome.AMOUNT_DIFFERS),
        ({"due_on": date(2027, 1, 1)}, Outcome.DUE_DIFFERS),
        ({"invoice": "INV-11"}, Outcome.NOT_LISTED),
        ({"supplier": "91310114MA1HY2026T"}, Outcome.NOT_LISTED),
    ],
)
def test_a_line_that_differs_does_not_match(changes: dict[str, object], outcome: Outcome) -> None:
    assert compare(payable(**changes)).outcome is outcome


def test_both_figures_stand_side_by_side() -> None:
    (one,) = compare(payable(amount_minor=999)).invoices
    assert (one.asked_minor, one.listed_minor, one.currency, one.due_on) == (1000, 999, CNY, (DUE,))
    (other,) = compare(payable(currency=EUR, amount_minor=50)).invoices
    assert (other.listed_minor, other.currency) == (50, EUR)


def test_instalments_of_an_invoice_add_up_and_one_is_due_that_day() -> None:
    lines = (payable(2, amount_minor=400), payable(3, amount_minor=600, due_on=date(2027, 3, 31)))
    assert compare(*lines).outcome is Outcome.MATCHED


def test_a_line_that_stands_twice_in_the_list_is_told_as_another_amount() -> None:
    assert compare(payable(2), payable(3)).outcome is Outcome.AMOUNT_DIFFERS


def test_a_request_over_several_invoices_is_as_good_as_its_worst() -> None:
    both = (Claimed("INV-1", 1000), Claimed("INV-2", 5))
    assert compare(payable(), invoices=both).outcome is Outcome.NOT_LISTED
    assert compare(payable(), payable(3, invoice="INV-2", amount_minor=6), invoices=both).outcome is (
        Outcome.AMOUNT_DIFFERS
    )
    assert compare(payable(), payable(3, invoice="INV-2", amount_minor=5), invoices=both).outcome is (
        Outcome.MATCHED
    )


def test_a_request_whose_invoices_are_not_known_matches_nothing() -> None:
    assert compare(payable(), invoices=()).outcome is Outcome.NOT_LISTED


# ---------------------------------------------------------------------- reading


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        HEADER + f'INV-1,{USCC},"1,000.50",CNY,2026-12-31\n',
        HEADER.replace(",", ";") + f"INV-1;{USCC};1000.50;cny;2026/12/31\n\n;;;;\n",
        HEADER.replace(",", "\t") + f"INV-1\t{USCC}\t1000.50\tCNY\t20261231",
        "﻿备注,发票号码,供应商税号,金额,币种,到期日\n无,INV-1," + USCC + ",1000.50,CNY,2026年12月31日\n",
    ],
)
def test_a_list_is_read_as_accounting_programs_write_it(text: str) -> None:
    read = read_payables(text.encode())
    assert read.faults == ()
    (one,) = read.rows
    assert (one.invoice, one.supplier, one.amount_minor, one.currency, one.due_on) == (
        "INV-1", USCC, 100_050, CNY, DUE,
    )  # fmt: skip


def test_a_chinese_spreadsheets_own_encoding_is_read() -> None:
    text = "发票号码,供应商名称,金额,币种\n1234,宁波精工,1.00,CNY\n"
    assert read_payables(text.encode("gb18030")).rows[0].supplier == "宁波精工"


def test_a_workbook_is_read_with_its_numbers_and_dates() -> None:
    rows = read_payables(
        workbook(
            ["Invoice no.", "Supplier", "Amount", "Currency", "Due date"],
            [12345678, "Ningbo Precision", 1000.5, "CNY", datetime(2026, 12, 31)],  # noqa: DTZ001
            ["INV-2", USCC, "7", "JPY", None],
        )
    ).rows
    assert [(one.line, one.invoice, one.amount_minor, one.due_on) for one in rows] == [
        (2, "12345678", 100_050, DUE),
        (3, "INV-2", 7, None),
    ]


def test_a_line_that_cannot_be_read_is_told_and_the_others_count() -> None:
    lines = [
        f"INV-1,{USCC},1000,CNY,",
        f"INV-2,{USCC},12.345,CNY,",
        f"INV-3,{USCC},1,XXX,",
        f"INV-4,{USCC},1,CNY,31/12/2026",
        ",,1,CNY,",
    ]
    read = read_payables((HEADER + "\n".join(lines)).encode())
    assert [one.line for one in read.rows] == [2]
    assert [one.line for one in read.faults] == [3, 4, 5, 6]


def test_an_invoice_number_whose_digits_a_spreadsheet_lost_is_told() -> None:
    read = read_payables(
        workbook(["Invoice", "Supplier", "Amount", "Currency"], [25112000000012345678, USCC, 1, "CNY"])
    )
    assert [one.line for one in read.faults] == [2]
    assert "format the column as text" in read.faults[0].reason


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "must name the columns"),
        (b"Invoice number,Amount\n1,2\n", "supplier, currency"),
        (b"\x80\xff\x00\x01\xff", "neither XLSX nor CSV"),
        (b'"never closed\n', "no CSV"),
        (b"PK\x03\x04 and nothing more", "damaged"),
        (HEADER.encode() + b"x" * reading.MAX_BYTES, "2 MB"),
        (HEADER.encode() + b"I,S,1,CNY,\n" * (MAX_ROWS + 1), "10,001 rows"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(content: bytes, said: str) -> None:
    with pytest.raises(PayablesUnreadable, match=said):
        read_payables(content)


def test_a_list_of_just_as_many_lines_as_may_be_is_read() -> None:
    content = HEADER.encode() + b"I,S,1,CNY,\n" * MAX_ROWS
    assert len(read_payables(content).rows) == MAX_ROWS


def test_a_workbook_that_unpacks_without_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = workbook(["Invoice", "Supplier", "Amount", "Currency"], ["I", "S", 1, "CNY"])
    made = io.BytesIO(plain)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/more.xml", b" " * 3_000_000)
    assert len(read_payables(made.getvalue()).rows) == 1
    monkeypatch.setattr(reading, "_LIMITS", Limits(unpacked_bytes=2_000_000))
    assert len(read_payables(plain).rows) == 1
    with pytest.raises(PayablesUnreadable, match="too large"):
        read_payables(made.getvalue())
