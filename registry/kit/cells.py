"""Tables for spreadsheets: no cell is ever taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

# What spreadsheet programs take for the beginning of a formula, also in full width (CWE-1236).
_OPENERS = "=+-@\t\r\n＝＋－＠"


def cell(value: object) -> str:
    """A value as text that a spreadsheet shows and does not compute: an apostrophe goes before what would open a
    formula, also behind blanks."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "" if value is None else str(value)
    opens = text[:1] in _OPENERS or text.lstrip()[:1] in _OPENERS
    return "'" + text if text.strip(" ") and opens else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Comma-separated values (RFC 4180), every cell safe to open in a spreadsheet."""
    return csv_lines([header]) + csv_lines(rows)


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """Rows of a table as ``csv_text`` writes them, for one that is sent in parts."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return written.getvalue()
