"""An obligor's list of payables, read from CSV or XLSX as accounting programs write them. Nothing of it is kept."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice

from openpyxl import load_workbook

from registry.kit.errors import BadInput
from registry.kit.identifiers import normalize
from registry.kit.money import currency, minor_units
from registry.receivables.matching import Payable

MAX_ROWS = 10_000
MAX_BYTES = 2 * 2**20
MAX_UNPACKED_BYTES = 64 * 2**20
MAX_COLUMNS = 60
MAX_CELL_CHARS = 400
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
Cell = str | int | float | bool | datetime | date | None


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
    """The list with its first line naming the columns (COLUMNS); lines that cannot be read are told, not guessed.

    CSV in UTF-8 or GB 18030, with comma, semicolon or tab; or the first sheet of an XLSX file. Raises
    PayablesUnreadable for anything else, for more than MAX_ROWS lines and for a missing column.
    """
    if len(content) > MAX_BYTES:
        raise PayablesUnreadable(f"The file may have {MAX_BYTES // 2**20} MB; send the open items only.")
    lines = _xlsx(content) if content.startswith(b"PK") else _csv(content)
    header = next(lines, [])
    places = _places(header)
    rows: list[Payable] = []
    faults: list[Fault] = []
    for line, cells in enumerate(islice(lines, MAX_ROWS), start=2):
        if _is_blank(cells):
            continue
        try:
            rows.append(_row(line, cells, places))
        except BadInput as problem:
            faults.append(Fault(line, problem.detail))
    if not all(map(_is_blank, lines)):
        raise PayablesUnreadable(f"The list has more than {MAX_ROWS:,} lines; send the open items only.")
    return PayablesRead(tuple(rows), tuple(faults))


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


def _is_blank(cells: Sequence[Cell]) -> bool:
    return all(one is None or one == "" for one in cells)


def _text(cell: Cell) -> str:
    """A cell as it reads. Raises PayablesUnreadable for a number whose digits a spreadsheet has already lost."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, int) and abs(cell) > EXACT:
        raise PayablesUnreadable(
            "A number of more than 15 digits stands in it as a number, whose last digits are lost: format the "
            "column as text and fill it again."
        )
    text = "" if cell is None else str(cell).strip()
    if len(text) > MAX_CELL_CHARS:
        raise PayablesUnreadable(f"A cell has more than {MAX_CELL_CHARS} characters.")
    return text


def _amount(cell: Cell) -> str | Decimal:
    if isinstance(cell, float):
        return Decimal(repr(cell))
    return _text(cell)


def _day(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date) or cell is None:
        return cell
    text = _text(cell)
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a business date has no zone
        except ValueError:
            continue
    raise PayablesUnreadable(f"{text!r} is no date; write it like 2026-12-31.")


def _csv(content: bytes) -> Iterator[Sequence[Cell]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise PayablesUnreadable("The file is neither XLSX nor CSV in UTF-8 or GB 18030.")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    return _reading(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def _reading(lines: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    try:
        yield from lines
    except csv.Error as error:
        raise PayablesUnreadable(f"The file is no CSV: {error}.") from None


def _xlsx(content: bytes) -> Iterator[Sequence[Cell]]:
    try:
        _require_small(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        yield from sheet.iter_rows(max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS, values_only=True)
    except BadInput:
        raise
    except Exception:  # the library lets many kinds through for a damaged file
        raise PayablesUnreadable(
            "The file is damaged, or no XLSX workbook; save it again as XLSX or CSV."
        ) from None


def _require_small(content: bytes) -> None:
    """Unpacks within a bound, whatever sizes the archive names (a zip bomb)."""
    left = MAX_UNPACKED_BYTES
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in archive.infolist():
            info.file_size = 2**62  # read on past what it says of itself
            with archive.open(info) as member:
                while part := member.read(2**20):
                    left -= len(part)
                    if left < 0:
                        raise PayablesUnreadable(
                            "The workbook is too large; send the open items only, as CSV."
                        )
