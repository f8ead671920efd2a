"""What a cell says: text, an amount, a day, a kind of invoice. Pure; nothing is guessed here."""

import re
from datetime import date, timedelta
from decimal import Decimal

from registry.invoices.errors import MissingField
from registry.invoices.imports.columns import DayOrder, DecimalMark, Field
from registry.invoices.imports.errors import DigitsLost, FormulaCell, UnknownClass, UnreadableDate
from registry.invoices.invoice import InvoiceClass
from registry.kit.identifiers import normalize
from registry.kit.money import BadAmount
from registry.sheets import Cell

EXACT = 2**53  # larger whole numbers lose digits in a spreadsheet's binary floats (IEEE 754)
_ERRORS = frozenset({"#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!"})
_QUOTED = re.compile(r'="([^"]*)"')  # how a CSV keeps a spreadsheet from taking text for a number
_AROUND = re.compile(r"[\s\u00a0\u202f'\u2019€$¥￥£]|CNY|RMB|EUR|USD|元")
_FORMS = {
    DecimalMark.POINT: re.compile(r"(\d{1,3}(,\d{3})+|\d{1,20})(\.\d{1,20})?", re.ASCII),
    DecimalMark.COMMA: re.compile(r"(\d{1,3}(\.\d{3})+|\d{1,20})(,\d{1,20})?", re.ASCII),
}
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_PARTS = re.compile(r"(\d{1,4})[-/.年](\d{1,2})[-/.月](\d{1,4})日?", re.ASCII)
_RUN_TOGETHER = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_CLOCK = re.compile(r"[T\s]\d{1,2}:\d{2}.*")
# Days since this one are a spreadsheet's date (the 1900 system, with its leap day that never was).
_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(25_569, 73_051)  # 1970 to 2099
_YEARS = range(1970, 2100)
# As ``normalize`` leaves them; also the codes of UNTDID 1001.
_CLASSES = {
    InvoiceClass.INVOICE: {
        "INVOICE", "INV", "380", "STANDARD", "RECHNUNG", "AUSGANGSRECHNUNG", "发票", "蓝字", "蓝字发票", "正数", "蓝票",
        "增值税专用发票", "增值税普通发票", "专票", "普票", "电子发票增值税专用发票", "电子发票普通发票",
    },
    InvoiceClass.CORRECTION: {"CORRECTION", "CORRECTED", "CORRECTEDINVOICE", "384", "RECHNUNGSKORREKTUR", "更正发票"},
    InvoiceClass.CREDIT_NOTE: {
        "CREDITNOTE", "CREDIT", "CN", "CRN", "381", "CREDITMEMO", "GUTSCHRIFT", "STORNO", "STORNORECHNUNG", "红字",
        "红字发票", "负数", "红票", "红冲",
    },
}  # fmt: skip
_CLASS_OF = {word: kind for kind, words in _CLASSES.items() for word in words}


def text_of(cell: Cell, field: Field) -> str:
    """A cell as it reads. Raises DigitsLost, FormulaCell."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) > EXACT:
        raise DigitsLost(
            f"{_named(field)} has more than 15 digits and stands as a number: format the column as text and fill "
            "it again.",
            field=field.value,
        )
    text = "" if cell is None else str(cell).strip().removeprefix("'")
    if quoted := _QUOTED.fullmatch(text):
        return quoted[1].strip()
    if text in _ERRORS or (text.startswith("=") and len(text) > 1):
        raise FormulaCell(f"{_named(field)} is {text[:40]!r}; save values, not formulas.", field=field.value)
    return text


def required(text: str, field: Field) -> str:
    """Raises MissingField."""
    if not text:
        raise MissingField(
            f"{_named(field)} is empty; where cells are merged, part them and fill each row.",
            field=field.value,
        )
    return text


def amount_of(cell: Cell, mark: DecimalMark, field: Field) -> Decimal | None:
    """An amount as it is meant, None for an empty cell: ``1.234,50``, ``(12.00)``, ``12.00-``, ``¥ 5``.

    A number is taken with the 15 digits a spreadsheet has. Raises BadAmount, FormulaCell.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Decimal(f"{cell:.15g}") if isinstance(cell, float) else Decimal(cell)
    text = text_of(cell, field)
    if not text:
        return None
    plain = _AROUND.sub("", text.replace("−", "-"))
    is_negative = (
        plain.startswith("-") or plain.endswith("-") or (plain.startswith("(") and plain.endswith(")"))
    )
    figure = plain.strip("()") if plain.startswith("(") else plain.removeprefix("-").removesuffix("-")
    if not _FORMS[mark].fullmatch(figure):
        other = "1.234,50" if mark is DecimalMark.COMMA else "1,234.50"
        raise BadAmount(f"{_named(field)} is {text[:40]!r}; the map says amounts are written like {other}.")
    groups = "," if mark is DecimalMark.POINT else "."
    value = Decimal(figure.replace(groups, "").replace(mark.value, "."))
    return -value if is_negative else value


def day_of(cell: Cell, order: DayOrder, field: Field) -> date | None:
    """A day, None for an empty cell: year first always counts, else in the map's order; or a spreadsheet's serial.

    Raises UnreadableDate, FormulaCell.
    """
    text = text_of(cell, field)
    if not text:
        return None
    found = _day(_CLOCK.sub("", text), order)
    if found is None:
        raise UnreadableDate(
            f"{_named(field)} is {text[:40]!r}, no day in the order {order.value}; write it like 2026-12-31.",
            field=field.value,
        )
    return found


def _day(text: str, order: DayOrder) -> date | None:
    if text.isascii() and re.fullmatch(r"\d{5}(\.\d+)?", text):
        serial = int(text.partition(".")[0])
        return _SERIAL_ZERO + timedelta(days=serial) if serial in _SERIALS else None
    if match := _ISO.fullmatch(text) or _RUN_TOGETHER.fullmatch(text):
        return _date(*match.groups())
    match = _PARTS.fullmatch(text)
    if match is None:
        return None
    first, second, third = match.groups()
    if len(first) == 4:
        return _date(first, second, third)
    if order is DayOrder.DMY:
        return _date(third, second, first)
    return _date(third, first, second) if order is DayOrder.MDY else None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day)) if int(year) in _YEARS else None
    except ValueError:
        return None


def class_of(text: str) -> InvoiceClass | None:
    """The kind of invoice a cell names, None for an empty one. Raises UnknownClass."""
    if not text:
        return None
    found = _CLASS_OF.get(normalize(text))
    if found is None:
        raise UnknownClass(
            f"{text[:40]!r} is no kind of invoice; write invoice, correction or credit note.",
            field=Field.DOCUMENT_CLASS.value,
        )
    return found


def _named(field: Field) -> str:
    return field.value.replace("_", " ").capitalize()
