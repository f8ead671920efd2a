"""What a sheet's columns hold is guessed from names and values; what a cell says is read by the map alone."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from registry.invoices.errors import MissingField
from registry.invoices.imports.cells import amount_of, class_of, day_of, text_of
from registry.invoices.imports.columns import ColumnMap, DayOrder, DecimalMark, Field, layout_of
from registry.invoices.imports.errors import (
    AmountsDiffer,
    ColumnMapMalformed,
    DigitsLost,
    FormulaCell,
    UnknownClass,
    UnreadableDate,
)
from registry.invoices.imports.guessing import guess
from registry.invoices.imports.rows import RowReader
from registry.invoices.invoice import InvoiceClass, Trader
from registry.kit.errors import BadInput
from registry.kit.identifiers import TaxId
from registry.kit.money import BadAmount, UnknownCurrency

POINT, COMMA = DecimalMark.POINT, DecimalMark.COMMA
YMD, DMY, MDY = DayOrder.YMD, DayOrder.DMY, DayOrder.MDY
OWN = Trader("Nordlicht GmbH", "DE", (TaxId.of("DE307141589"), TaxId.of("HRB1", country="DE", scheme="0204")))


# ---------------------------------------------------------------------- guessing


@pytest.mark.parametrize(
    ("header", "first", "expected"),
    [
        (
            ["Invoice No.", "Invoice Date", "Due Date", "Customer", "VAT ID", "Net", "VAT", "Total", "Currency"],
            ["R1", "13/01/2026", "13/02/2026", "Hanse", "DE1", "1,000.00", "190.00", "1,190.00", "EUR"],
            ["number", "issued_on", "due_on", "buyer_name", "buyer_tax_id", "net", "tax", "gross", "currency"],
        ),
        (
            ["Rechnungsnr.", "Rechnungsdatum", "Fälligkeit", "Kunde", "USt-IdNr.", "Netto", "MwSt", "Brutto", "Währung"],
            ["R1", "31.01.2026", "01.03.2026", "Hanse", "DE1", "1.000,00", "190,00", "1.190,00", "EUR"],
            ["number", "issued_on", "due_on", "buyer_name", "buyer_tax_id", "net", "tax", "gross", "currency"],
        ),
        (
            ["序号", "发票代码", "发票号码", "开票日期", "购买方名称", "购买方税号", "金额", "税额", "价税合计(元)"],
            ["1", "", "26332000000012345678", "2026年1月31日", "华远", "91", "1000.00", "130.00", "1130.00"],
            ["", "code", "number", "issued_on", "buyer_name", "buyer_tax_id", "net", "tax", "gross"],
        ),
    ],
)  # fmt: skip
def test_names_in_three_languages_tell_what_columns_hold(
    header: list[str], first: list[str], expected: list[str]
) -> None:
    made = guess([(3, ["Open items"]), (5, list(header)), (6, list(first))], "DE")
    assert made.header_row == 5
    assert made.missing == []
    held = {place: field.value for field, place in made.columns.items()}
    assert [held.get(place, "") for place in range(len(header))] == expected


@pytest.mark.parametrize(
    ("day", "amount", "order", "mark"),
    [
        ("2026-01-31", "1,234.50", YMD, POINT),
        ("31.01.2026", "1.234,50", DMY, COMMA),
        ("01/31/2026", "1234.5", MDY, POINT),
        ("20260131", "99,5", YMD, COMMA),
    ],
)
def test_values_tell_how_days_and_amounts_are_written(
    day: str, amount: str, order: DayOrder, mark: DecimalMark
) -> None:
    made = guess([(1, ["Invoice number", "Invoice date", "Gross"]), (2, ["R1", day, amount])])
    assert (made.day_order, made.decimal_mark) == (order, mark)


def test_columns_without_telling_names_are_told_by_their_values() -> None:
    made = guess([(1, ["Invoice number", "Gross", "x", "y"]), (2, ["R1", "1.00", "EUR", "2026-01-31"])])
    assert (made.columns[Field.CURRENCY], made.columns[Field.ISSUED_ON]) == (2, 3)


def test_a_currency_in_the_header_is_one_for_all_rows() -> None:
    header: list[Any] = ["发票号码", "价税合计（元）"]
    assert guess([(1, header), (2, ["1", "2.00"])]).currency == "CNY"
    assert guess([(1, ["Invoice number", "Total (EUR)"]), (2, ["1", "2.00"])]).currency == "EUR"


def test_a_sheet_without_names_is_left_to_a_person() -> None:
    made = guess([(1, ["R1", "2026-01-31", 5])])
    assert (made.header_row, "number" in made.missing) == (0, True)


def test_a_layout_is_the_names_of_its_columns() -> None:
    head: list[Any] = [(1, ["Invoice No", "Gross"]), (2, ["1", "2"])]
    assert layout_of(head, 1) == layout_of([(1, ["invoice no.", "GROSS"])], 1)
    assert layout_of(head, 1) != layout_of([(1, ["Gross", "Invoice No"])], 1)


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [],
        {},
        {"header_row": -1, "columns": {}},
        {"header_row": True, "columns": {}},
        {"header_row": 1, "columns": {"nothing": 1}},
        {"header_row": 1, "columns": {"number": 60}},
        {"header_row": 1, "columns": {"number": "1"}},
        {"header_row": 1, "columns": {"number": 1, "code": 1}},
        {"header_row": 1, "columns": {}, "day_order": "dym"},
        {"header_row": 1, "columns": {}, "country": "Germany"},
    ],
)
def test_what_is_no_column_map_is_refused(plain: Any) -> None:
    with pytest.raises(ColumnMapMalformed):
        ColumnMap.from_json(plain)


def test_a_map_survives_its_storage() -> None:
    made = ColumnMap(2, {Field.NUMBER: 0, Field.GROSS: 3}, DMY, COMMA, "EUR", "DE")
    assert ColumnMap.from_json(made.as_json()) == made


# ---------------------------------------------------------------------- cells


@pytest.mark.parametrize(
    ("cell", "mark", "expected"),
    [
        ("1,234.50", POINT, "1234.50"),
        ("1.234,50", COMMA, "1234.50"),
        ("1 234,50", COMMA, "1234.50"),
        ("1'234.50", POINT, "1234.50"),
        ("¥ 1,234.50", POINT, "1234.50"),
        ("99,5 €", COMMA, "99.5"),
        ("(12.00)", POINT, "-12.00"),
        ("12.00-", POINT, "-12.00"),
        ("−12", POINT, "-12"),
        (1234.5, COMMA, "1234.5"),
        (0.1 + 0.2, POINT, "0.3"),
        (7, COMMA, "7"),
    ],
)
def test_an_amount_is_read_as_it_is_written(cell: Any, mark: DecimalMark, expected: str) -> None:
    assert amount_of(cell, mark, Field.GROSS) == Decimal(expected)


@pytest.mark.parametrize(
    ("cell", "mark"),
    [
        ("1.234,50", POINT),
        ("1,234.50", COMMA),
        ("12,34.5", POINT),
        ("1.2.3", POINT),
        ("abc", POINT),
        ("--1", POINT),
    ],
)
def test_an_amount_written_otherwise_is_refused_and_never_guessed(cell: str, mark: DecimalMark) -> None:
    with pytest.raises(BadAmount):
        amount_of(cell, mark, Field.GROSS)


@pytest.mark.parametrize(
    ("cell", "order"),
    [
        ("2026-01-31", DMY),
        ("2026/1/31", YMD),
        ("2026.1.31", YMD),
        ("20260131", YMD),
        ("2026年1月31日", YMD),
        ("31.01.2026", DMY),
        ("31/1/2026", DMY),
        ("1/31/2026", MDY),
        ("2026-01-31 00:00:00", YMD),
        (46053, YMD),
        (46053.5, YMD),
        ("46053", YMD),
    ],
)
def test_a_day_is_read_in_the_maps_order_or_as_a_serial(cell: Any, order: DayOrder) -> None:
    assert day_of(cell, order, Field.ISSUED_ON) == date(2026, 1, 31)


@pytest.mark.parametrize(
    ("cell", "order"),
    [
        ("31.01.2026", MDY),
        ("31.01.2026", YMD),
        ("31.02.2026", DMY),
        ("31.01.26", DMY),
        ("soon", YMD),
        (5, YMD),
    ],
)
def test_a_day_that_is_none_is_refused(cell: Any, order: DayOrder) -> None:
    with pytest.raises(UnreadableDate):
        day_of(cell, order, Field.ISSUED_ON)


def test_text_keeps_what_a_spreadsheet_was_told_to_keep() -> None:
    assert text_of('="00123"', Field.NUMBER) == "00123"
    assert text_of("'00123", Field.NUMBER) == "00123"
    assert text_of(12345678.0, Field.NUMBER) == "12345678"


@pytest.mark.parametrize("cell", ["=A1+B1", "#REF!", "#N/A"])
def test_a_formula_in_place_of_a_value_is_refused(cell: str) -> None:
    for read in (
        lambda: text_of(cell, Field.NUMBER),
        lambda: amount_of(cell, POINT, Field.GROSS),
        lambda: day_of(cell, YMD, Field.ISSUED_ON),
    ):
        with pytest.raises(FormulaCell):
            read()


def test_a_number_whose_digits_were_lost_is_refused() -> None:
    with pytest.raises(DigitsLost):
        text_of(25112000000012345678, Field.NUMBER)
    with pytest.raises(DigitsLost):
        text_of(2.5112000000012345e19, Field.NUMBER)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Invoice", "invoice"), ("381", "credit_note"), ("Gutschrift", "credit_note"), ("红字发票", "credit_note"),
     ("Rechnungskorrektur", "correction"), ("数电发票（增值税专用发票）", None)],
)  # fmt: skip
def test_a_kind_of_invoice_is_known_by_name_or_code(text: str, kind: str | None) -> None:
    if kind is None:
        with pytest.raises(UnknownClass):
            class_of(text)
    else:
        assert class_of(text) is InvoiceClass(kind)


# ---------------------------------------------------------------------- rows

COLUMNS = ColumnMap(
    1,
    {field: place for place, field in enumerate(Field)},
    currency="EUR",
    country="DE",
)


def invoice(**cells: Any) -> Any:
    given = {"number": "R1", "issued_on": "2026-01-31", "gross": "119.00", "buyer_name": "Hanse", **cells}
    return RowReader(COLUMNS, OWN).invoice([given.get(field.value) for field in Field])


def test_a_row_is_the_importing_partys_unless_it_says_otherwise() -> None:
    assert invoice().seller == OWN
    assert invoice(seller_name="NORDLICHT GMBH").seller == OWN
    assert invoice(seller_tax_id="307 141 589").seller == OWN
    assert invoice(seller_name="Ostsee", seller_tax_id="DE811907980").seller.identifiers == (
        TaxId.of("DE811907980"),
    )
    assert invoice(seller_name="Ostsee").seller.identifiers == ()


def test_amounts_a_row_lacks_follow_from_the_others() -> None:
    one = invoice(gross="", net="100", tax="19")
    assert (one.net, one.gross, one.payable) == (Decimal(100), Decimal(119), Decimal(119))
    two = invoice(tax="19", payable="100.00")
    assert (two.net, two.gross, two.payable) == (Decimal("100.00"), Decimal("119.00"), Decimal("100.00"))


def test_further_terms_are_taken_over() -> None:
    one = invoice(
        due_on="2026-03-01", preceding="R0", line="Castings", currency="人民币", document_class="correction"
    )
    assert (one.due_on, one.preceding, one.lines[0].name) == (date(2026, 3, 1), ("R0",), "Castings")
    assert (one.currency, one.document_class) == ("CNY", InvoiceClass.CORRECTION)


@pytest.mark.parametrize(
    ("cells", "refusal"),
    [
        ({"number": ""}, MissingField),
        ({"issued_on": None}, MissingField),
        ({"gross": ""}, MissingField),
        ({"buyer_name": ""}, MissingField),
        ({"net": "100", "tax": "20"}, AmountsDiffer),
        ({"currency": "Taler"}, UnknownCurrency),
        ({"buyer_tax_id": "--"}, BadInput),
    ],
)
def test_a_row_that_says_too_little_or_the_wrong_thing_is_refused(
    cells: dict[str, Any], refusal: type[BadInput]
) -> None:
    with pytest.raises(refusal):
        invoice(**cells)
