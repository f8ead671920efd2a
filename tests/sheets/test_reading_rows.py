"""Rows of sheets as programs write them, and nothing without bound, whatever a file claims."""

import io
import zipfile
from datetime import datetime
from typing import Any

import pytest
from openpyxl import Workbook

from registry.sheets import Limits, Row, SheetTooLarge, SheetUnreadable, read_rows

SMALL = Limits(rows=5, file_bytes=100_000, unpacked_bytes=200_000, columns=4, cell_chars=12)


def rows(content: bytes, limits: Limits = SMALL) -> list[Row]:
    return list(read_rows(io.BytesIO(content), limits))


def workbook(*lines: list[Any], at: dict[str, Any] | None = None) -> bytes:
    book = Workbook()
    page = book.active
    assert page is not None
    for line in lines:
        page.append(line)
    for place, value in (at or {}).items():
        page[place] = value
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def changed(content: bytes, part: str, before: bytes, after: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, text.replace(before, after) if name == part else text)
    return made.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_a_csv_is_read_whatever_its_encoding_and_separator(encoding: str, separator: str) -> None:
    text = (
        f"发票号码{separator}金额\r\n\r\n1{separator}2,5\r\n"
        if separator != ","
        else "发票号码,金额\n\n1,2\n"
    )
    found = rows(text.encode(encoding))
    assert found[0] == (1, ["发票号码", "金额"])
    assert (found[1][0], found[1][1][0]) == (3, "1")


def test_umlauts_of_a_windows_program_are_read() -> None:
    text = "Rechnungsnr;Empfänger\n1;Müller\n"
    assert rows(text.encode("cp1252"))[1] == (2, ["1", "Müller"])


def test_a_quoted_cell_may_run_over_lines_and_rows_keep_their_numbers() -> None:
    assert rows(b'a,b\n"x\ny",1\nc,d\n') == [(1, ["a", "b"]), (2, ["x\ny", "1"]), (4, ["c", "d"])]


def test_a_title_above_the_header_does_not_hide_the_separator() -> None:
    assert rows(b"Export, all\na;b;c\n1;2;3\n4;5;6\n")[1] == (2, ["a", "b", "c"])


def test_a_workbooks_numbers_dates_and_gaps_are_kept() -> None:
    day = datetime(2026, 9, 1)  # noqa: DTZ001 - as a workbook has it
    found = rows(workbook(["a", 1, 2.5, day], at={"A4": " x "}))
    assert found == [(1, ["a", 1, 2.5, "2026-09-01"]), (4, ["x"])]


def test_merged_cells_hold_their_value_once() -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["a", "b"])
    page.append(["", "c"])
    page.merge_cells("A1:A2")
    made = io.BytesIO()
    book.save(made)
    assert rows(made.getvalue()) == [(1, ["a", "b"]), (2, [None, "c"])]


def test_a_formula_is_read_by_its_last_value_and_one_without_is_empty() -> None:
    assert rows(workbook(["a", "=1+1", "b"])) == [(1, ["a", None, "b"])]


@pytest.mark.parametrize(
    "content",
    [
        b"a\n" * 6,
        b"a,b,c,d,e\n",
        b"a," + b"x" * 13,
        b"," * 200_000,
        b"x" * 100_001,
        workbook(*[["a"]] * 6),
        workbook(["a"] * 5),
        workbook(["x" * 13]),
        workbook(at={"A40": "far down"}),
        workbook(at={"XFD1": "far out"}),
    ],
)
def test_what_is_beyond_a_limit_is_refused(content: bytes) -> None:
    with pytest.raises(SheetTooLarge):
        rows(content)


def test_as_much_as_may_be_is_read() -> None:
    assert len(rows(b"aaaaaaaaaa,b,c,d\n" * 5)) == 5
    assert len(rows(workbook(*[["aaaaaaaaaa", "b", "c", "d"]] * 5))) == 5


def test_a_sheet_that_claims_the_whole_plane_is_read_by_what_it_holds() -> None:
    plain = workbook(["a", "b"])
    claiming = changed(plain, "xl/worksheets/sheet1.xml", b'ref="A1:B1"', b'ref="A1:XFD1048576"')
    assert claiming != plain
    assert rows(claiming) == [(1, ["a", "b"])]


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 and nothing more",
        b"\x80\xff\x00\x01\xff",
        b'"never closed\n',
        changed(workbook(["a"]), "xl/worksheets/sheet1.xml", b"<worksheet", b"<!DOCTYPE x><worksheet"),
    ],
)
def test_what_is_no_sheet_is_refused(content: bytes) -> None:
    with pytest.raises(SheetUnreadable):
        rows(content)


def test_a_workbook_that_unpacks_without_bound_is_refused() -> None:
    made = io.BytesIO(workbook(["a"]))
    assert rows(made.getvalue()) == [(1, ["a"])]
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/more.xml", b" " * 3_000_000)
    assert len(made.getvalue()) < SMALL.file_bytes
    with pytest.raises(SheetTooLarge):
        rows(made.getvalue())
