"""A cell is text, whatever a spreadsheet would like to make of it."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.kit.cells import cell, csv_text


@pytest.mark.parametrize(
    "opener", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", " \t@"]
)
def test_what_would_open_a_formula_is_shown_as_text(opener: str) -> None:
    assert cell(opener + "1+1") == "'" + opener + "1+1"


@pytest.mark.parametrize("plain", ["", "1000.00", "Ningbo", "a=b", "DE89", "'=1", " "])
def test_control_anything_else_stays_as_it_is(plain: str) -> None:
    assert cell(plain) == plain
    assert cell(None) == ""
    assert cell(7) == "7"
    assert (cell(True), cell(False)) == ("true", "false")


@given(st.lists(st.lists(st.text(), min_size=3, max_size=3)))
def test_no_cell_opens_a_formula_and_none_is_lost(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(csv_text(["a", "b", "c"], rows), newline="")))
    assert len(read) == len(rows) + 1
    for written, shown in zip(rows, read[1:], strict=True):
        for before, after in zip(written, shown, strict=True):
            assert after in (before, "'" + before)
            assert not after.lstrip()[:1] or after.lstrip()[0] not in "=+-@＝＋－＠"
