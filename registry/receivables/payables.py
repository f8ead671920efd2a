"""An obligor's list of payables, read from CSV or XLSX as accounting programs write them. Nothing of it is kept."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from registry.kit.errors import BadInput
from registry.kit.identifiers import normalize
from registry.kit.money import currency, minor_units
from registry.receivables.matching import Payable
from registry.sheets import Cell, Limits, Row, SheetTooLarge, SheetUnreadable, read_rows

MAX_ROWS = 10_000
MAX_BYTES = 2 * 2**20
_LIMITS = Limits(rows=MAX_ROWS + 1, file_bytes=MAX_BYTES)  # the first names the columns
EXACT = 2**53  # larger whole numbers lose digits in a spreadsheet's binary floats (IEEE 754)
# What a column is called, as ``normalize`` leaves it; the first of several that has something in a row counts.
COLUMNS: dict[str, tuple[str, ...]] = {
    "invoice": ("INVOICENUMBER", "INVOICENO", "INVOICE", "发票号码", "发票号", "数电发票号码"),
    "supplier": (
        "SUPPLIERTAXID", "TAXID", "VATID", "供应商税号", "销售方税号", "税号", "SUPPLIER", "SUPPLIERNAME", "VENDOR",
        "供应商名称", "供应商", "销售方",
    ),
    "amount": ("AMOUNT", "OPENAMOUNT", "PAYABLE", "金额", "应付金额", "未付金额"),
    "currency": ("CURRENCY", "币种", "货币"),
    "due": ("DUEDATE", "DUE", "MATURITY", "到期日", "到期日期", "付款日期"),
}  # fmt: skip
OPTIONAL = frozenset({"due"})


class PayablesUnreadable(BadInput):
    code = "payables_unreadable"
    title = "The list of payables cannot be read"


@dataclass(frozen=True)
class Fault:
    """A line that was left out, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class PayablesRead:
    rows: tuple[Payable, ...]
    faults: tuple[Fault, ...]


def read_payables(content: bytes) -> PayablesRead:
    """The list with its first row naming the columns (COLUMNS); rows that cannot be read are told, not guessed.

    Files as ``registry.sheets`` reads them. Raises PayablesUnreadable for anything else, for more than MAX_ROWS
    rows and for a missing column.
    """
    rows: list[Payable] = []
    faults: list[Fault] = []
    lines = _lines(content)
    _, header = next(lines, (1, []))
    places = _places(header)
    for line, cells in lines:
        try:
            rows.append(_row(line, cells, places))
        except BadInput as problem:
            faults.append(Fault(line, problem.detail))
    return PayablesRead(tuple(rows), tuple(faults))


def _lines(content: bytes) -> Iterator[Row]:
    try:
        yield from read_rows(io.BytesIO(content), _LIMITS)
    except (SheetUnreadable, SheetTooLarge) as problem:
        raise PayablesUnreadable(problem.detail) from None


def _places(header: Sequence[Cell]) -> dict[str, list[int]]:
    named: dict[str, int] = {}
    for place, cell in enumerate(header):
        named.setdefault(normalize(_text(cell)), place)
    places = {field: [named[name] for name in names if name in named] for field, names in COLUMNS.items()}
    missing = [field for field, found in places.items() if not found and field not in OPTIONAL]
    if missing:
        raise PayablesUnreadable(
            f"The first line must name the columns; not found: {', '.join(missing)}. Write for example: "
            "Invoice number, Supplier tax id, Amount, Currency, Due date.",
            missing=missing,
        )
    return places


def _row(line: int, cells: Sequence[Cell], places: dict[str, list[int]]) -> Payable:
    """Raises BadInput."""
    given = {
        field: next((cells[at] for at in found if at < len(cells) and _text(cells[at])), None)
        for field, found in places.items()
    }
    for field, cell in given.items():
        if cell is None and field not in OPTIONAL:
            raise PayablesUnreadable(f"{field} is empty.")
    unit = currency(_text(given["currency"]))
    return Payable(
        line=line,
        invoice=_text(given["invoice"]),
        supplier=_text(given["supplier"]),
        amount_minor=minor_units(_amount(given["amount"]), unit),
        currency=unit.numeric,
        due_on=_day(given["due"]),
    )


def _text(cell: Cell) -> str:
    """A cell as it reads. Raises PayablesUnreadable for a number whose digits a spreadsheet has already lost."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, int) and abs(cell) > EXACT:
        raise PayablesUnreadable(
            "A number of more than 15 digits stands in it as a number, whose last digits are lost: format the "
            "column as text and fill it again."
        )
    return "" if cell is None else str(cell).strip()


def _amount(cell: Cell) -> str | Decimal:
    if isinstance(cell, float):
        return Decimal(repr(cell))
    return _text(cell)


def _day(cell: Cell) -> date | None:
    if cell is None:
        return None
    text = _text(cell)
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a business date has no zone
        except ValueError:
            continue
    raise PayablesUnreadable(f"{text!r} is no date; write it like 2026-12-31.")
