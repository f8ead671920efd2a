"""Rows of a sheet, CSV or XLSX, one after the other: bounded in bytes, rows, columns and cells, whatever it claims.

XLSX is read by openpyxl's read-only mode, which streams one row at a time; a reader that lays out the whole
rectangle first is asked for gigabytes by a sheet of two cells in opposite corners.
"""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import BinaryIO

from registry.kit.errors import BadInput

# Text, a number, or nothing; what the file holds as a date is text in ISO 8601.
Cell = str | int | float | bool | None
Row = tuple[int, list[Cell]]

_CHUNK = 2**20
_MAX_LINE_CHARS = 2**17
_SEPARATORS = ",;\t"
_DECLARES = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


class SheetUnreadable(BadInput):
    code = "sheet_unreadable"
    title = "The sheet cannot be read"


class SheetTooLarge(BadInput):
    """``limit`` is how much of it is taken."""

    code = "sheet_too_large"
    title = "The sheet is larger than can be taken at once"
    status = 413


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is read of one sheet: ``unpacked`` bytes of a workbook's parts together."""

    rows: int = 10_000
    file_bytes: int = 8 * 2**20
    unpacked_bytes: int = 64 * 2**20
    columns: int = 60
    cell_chars: int = 400


def read_rows(file: BinaryIO, limits: Limits) -> Iterator[Row]:
    """Number (from 1, as spreadsheets count) and cells of each row that holds something, in order.

    CSV in UTF-8, UTF-16, GB 18030 or Windows-1252 with comma, semicolon or tab; or the first sheet of an XLSX
    workbook, formulas by the value they had when it was saved. ``file`` can be sought in. Trailing empty cells
    are left out. Raises SheetUnreadable, SheetTooLarge.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > limits.file_bytes:
        raise SheetTooLarge(f"The file may have {limits.file_bytes // 2**20} MB.", limit=limits.file_bytes)
    start = file.read(4)
    file.seek(0)
    found = 0
    for number, cells in _xlsx(file, limits) if start.startswith(b"PK") else _csv(file):
        kept = [_checked(one, number, limits) for one in _trimmed(cells)]
        if not kept:
            continue
        if len(kept) > limits.columns:
            raise SheetTooLarge(
                f"Row {number} has more than {limits.columns} columns.", limit=limits.columns, row=number
            )
        found += 1
        if found > limits.rows:
            raise SheetTooLarge(
                f"The sheet has more than {limits.rows:,} rows; send it in parts.", limit=limits.rows
            )
        yield number, kept


def _trimmed(cells: list[Cell]) -> list[Cell]:
    end = len(cells)
    while end and (cells[end - 1] is None or cells[end - 1] == ""):
        end -= 1
    return cells[:end]


def _checked(cell: Cell, row: int, limits: Limits) -> Cell:
    if isinstance(cell, str) and len(cell) > limits.cell_chars:
        raise SheetTooLarge(
            f"A cell of row {row} has more than {limits.cell_chars} characters.",
            limit=limits.cell_chars,
            row=row,
        )
    return cell


# ---------------------------------------------------------------------- CSV


def _csv(file: BinaryIO) -> Iterator[tuple[int, list[Cell]]]:
    encoding = _encoding(file)
    text = io.TextIOWrapper(file, encoding, newline="")
    try:
        start = text.read(_MAX_LINE_CHARS // 2)
        text.seek(0)
        reader = csv.reader(_lines(text), delimiter=_separator(start), strict=True)
        last = 0
        for cells in reader:
            # A quoted cell may run over lines: a row is named by the line it begins on.
            yield last + 1, [_text(one) for one in cells]
            last = reader.line_num
    except csv.Error as error:
        raise SheetUnreadable(f"The file is no CSV: {error}.") from None
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(_MAX_LINE_CHARS):
        if len(line) == _MAX_LINE_CHARS:
            raise SheetTooLarge(
                f"A line has more than {_MAX_LINE_CHARS:,} characters.", limit=_MAX_LINE_CHARS
            )
        yield line


def _separator(start: str) -> str:
    """The one that stands most evenly in the first lines outside of quotes: titles above a header have none."""
    plain = re.sub(r'"[^"]*"', "", start).splitlines()[:20]
    return max(_SEPARATORS, key=lambda one: sorted(line.count(one) for line in plain)[len(plain) // 2 :])


def _encoding(file: BinaryIO) -> str:
    """Raises SheetUnreadable. The whole file is looked at, in parts."""
    start = file.read(_CHUNK)
    file.seek(0)
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        likely = ["utf-16"]
    elif b"\x00" in start:  # a separator's other half; no other text has one
        likely = ["utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"]
    else:
        likely = ["utf-8-sig", "cp1252", "gb18030"] if _stands_alone(start) else ["utf-8-sig", "gb18030"]
    for encoding in likely:
        if _decodes(file, encoding):
            return encoding
    raise SheetUnreadable("The file is neither XLSX nor CSV in UTF-8, UTF-16 or GB 18030.")


def _stands_alone(start: bytes) -> bool:
    """Whether bytes above ASCII stand mostly one by one, as umlauts do: Chinese comes in pairs."""
    high = [place for place, byte in enumerate(start[: 2**14]) if byte >= 0x80]
    beside = sum(1 for one, other in pairwise(high) if other == one + 1)
    return beside * 4 < len(high)


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while part := file.read(_CHUNK):
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True


# ---------------------------------------------------------------------- XLSX


def _xlsx(file: BinaryIO, limits: Limits) -> Iterator[tuple[int, list[Cell]]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - only who reads a workbook waits for it

    try:
        _require_small(file, limits)
        book = load_workbook(file, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what it claims: each row is as wide as it is
        for number, cells in enumerate(_bounded(sheet.iter_rows(values_only=True), limits), start=1):
            yield number, [_plain(one) for one in cells]
    except BadInput:
        raise
    except Exception:  # the library lets many kinds through for a damaged file
        raise SheetUnreadable(
            "The file is damaged, or no XLSX workbook; save it again as XLSX or CSV."
        ) from None


def _bounded(rows: Iterable[tuple[object, ...]], limits: Limits) -> Iterator[tuple[object, ...]]:
    """Ends a sheet whose rows go on empty: one number far down makes the library count up to it."""
    empty = 0
    for row in rows:
        empty = 0 if any(one is not None for one in row) else empty + 1
        if empty > limits.rows:
            raise SheetTooLarge(
                f"The sheet has more than {limits.rows:,} empty rows in between; delete them.",
                limit=limits.rows,
            )
        yield row


def _plain(value: object) -> Cell:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


def _text(value: str) -> str:
    """Without blanks around it, and as a database takes it."""
    return value.replace("\x00", "").encode(errors="replace").decode().strip()


def _require_small(file: BinaryIO, limits: Limits) -> None:
    """Unpacks within a bound, whatever sizes the archive names (a zip bomb); no part declares entities."""
    left = limits.unpacked_bytes
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            info.file_size = 2**62  # read on past what it says of itself
            with archive.open(info) as member:
                head = member.read(_CHUNK)
                part = head
                if _DECLARES.search(head.replace(b"\x00", b"")):
                    raise SheetUnreadable("The workbook declares a document type; save it again as XLSX.")
                while part:
                    left -= len(part)
                    if left < 0:
                        raise SheetTooLarge(
                            "The workbook is too large; send it as CSV.", limit=limits.unpacked_bytes
                        )
                    part = member.read(_CHUNK)
    file.seek(0)
