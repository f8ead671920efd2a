"""Tables as files: CSV and XLSX. Nothing in them is ever taken for a formula; amounts are numbers, their currency a
column of its own."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from fastapi import Response

from registry.kit.cells import cell, csv_text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A spreadsheet's numbers are binary floats of 15 decimal digits (IEEE 754): what is longer goes as text, exact.
MAX_DIGITS = 15


@dataclass(frozen=True)
class Sheet:
    """Rows of text, int, Decimal (amounts and rates), date or None under their column names."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[object]]

    def csv(self) -> str:
        return csv_text(self.header, self.rows)

    def xlsx(self) -> bytes:
        """One worksheet with its header frozen. Text is written as text, whatever it looks like."""
        made = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(made, options) as book:
            page = book.add_worksheet(self.name[:31])
            looks = _Looks(book)
            for column, name in enumerate(self.header):
                page.write_string(0, column, cell(name), looks.bold)
            for place, row in enumerate(self.rows, start=1):
                for column, value in enumerate(row):
                    _write(page, (place, column), value, looks)
            page.freeze_panes(1, 0)
            page.autofit()
        return made.getvalue()

    def answer(self, kind: str, file: str) -> Response:
        """As a download; ``kind`` is csv or xlsx."""
        headers = {"Content-Disposition": f'attachment; filename="{file}.{kind}"'}
        if kind == "xlsx":
            return Response(self.xlsx(), media_type=XLSX, headers=headers)
        # The mark tells spreadsheet programs that it is UTF-8.
        return Response("\ufeff" + self.csv(), media_type="text/csv; charset=utf-8", headers=headers)


class _Looks:
    def __init__(self, book: Any) -> None:
        self._book = book
        self.bold = book.add_format({"bold": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._numbers: dict[int, Any] = {}

    def number(self, digits: int) -> Any:
        if digits not in self._numbers:
            form = "#,##0" + ("." + "0" * digits if digits else "")
            self._numbers[digits] = self._book.add_format({"num_format": form})
        return self._numbers[digits]


def _write(page: Any, at: tuple[int, int], value: object, looks: _Looks) -> None:
    if value is None:
        return
    if isinstance(value, date):
        page.write_datetime(*at, value, looks.day)
    elif isinstance(value, int | Decimal) and len(Decimal(value).as_tuple().digits) <= MAX_DIGITS:
        digits = -int(value.as_tuple().exponent) if isinstance(value, Decimal) else 0
        page.write_number(*at, value, looks.number(max(0, digits)))
    else:
        page.write_string(*at, cell(value))
