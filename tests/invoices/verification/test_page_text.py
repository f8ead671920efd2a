"""What a page shows does not depend on who reads its operators: we, or the library."""

import re
from io import BytesIO

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf.generic import ContentStream

from registry.invoices.verification.page_text import Content, operations, text_of
from tests.invoices.builders import FIXTURES
from tests.invoices.verification.test_shown import GOOD, paper

TEXT = set(b"BT ET q Q cm Tz Tc Tw TL Tf Td TD Tm T* Tj TJ ' \" Do".split())


def of_the_library(data: bytes) -> list[tuple[list[object], bytes]]:
    whole = ContentStream(None, None, "bytes")
    whole.set_data(data)
    return [(operands, operator) for operands, operator in whole.operations if operator in TEXT]


numbers = st.sampled_from([b"0", b"-12", b"+3.5", b".25", b"7.", b"1000.001"])
plain = st.binary(max_size=12).map(lambda raw: b"(" + re.sub(rb"[^ -~]|[()\\]", b"x", raw) + b")")
strings = plain | st.sampled_from(
    [
        b"()",
        b"(12 0 m)",
        b"(a(b)c)",
        rb"(\(\)\\)",
        rb"(\101\12\7)",
        b"(a\\\nb)",
        b"<4a 4B>",
        b"<abc>",
        b"(% no comment)",
    ]
)
arrays = st.lists(strings | numbers, max_size=6).map(lambda ones: b"[" + b" ".join(ones) + b"]")
drawn = st.sampled_from(
    [b"1 2 m", b"3 4 l S", b"0 0 5 5 re f*", b"1 0 0 rg", b"[3 1] 0 d", b"/G0 gs", b"W* n", b"/P <</MCID 0>> BDC EMC",
     b"% (a comment\n"]
)  # fmt: skip
shown = st.one_of(
    st.tuples(strings).map(lambda one: one[0] + b" Tj"),
    arrays.map(lambda one: one + b"TJ"),
    st.tuples(numbers, numbers).map(lambda one: b" ".join(one) + b" Td"),
    st.sampled_from(
        [b"BT", b"ET", b"T*", b"/F1 10 Tf", b"/A#20B 9 Tf", b"q", b"Q", b"/X0 Do", b"1 0 0 1 20 30.5 Tm"]
    ),
)


@given(st.lists(drawn | shown, max_size=30).map(b" ".join))
def test_operators_are_read_as_the_library_reads_them(data):
    assert operations(data) == of_the_library(data)


@pytest.mark.parametrize(
    "data",
    [
        b"BI /W 1 /H 1 ID (x EI BT (a) Tj ET",
        b"(a(b(c)))Tj",
        b"(never closed",
        b"1.2.3 0 Td",
        b"[[1] 2] TJ",
        b"] TJ",
        b"{",
    ],
)
def test_what_is_not_plainly_written_is_left_to_the_library(data):
    assert operations(data) is None


def both(content: bytes) -> list[tuple[str, str]]:
    """The text of each page as the library alone finds it, and as it is found here."""
    alone, ours = (pypdf.PdfReader(BytesIO(content)) for _ in range(2))
    return [
        (one.extract_text(), text_of(other, Content(other)))
        for one, other in zip(alone.pages, ours.pages, strict=True)
    ]


def test_a_page_shows_the_same_text():
    (found,) = both(paper(GOOD))
    assert found[0] == found[1]
    assert "1.190,00" in found[1]


def test_a_page_without_content_shows_nothing():
    assert both(paper("")) == [("", "")]
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    written = BytesIO()
    writer.write(written)
    assert both(written.getvalue()) == [("", "")]


def test_real_pages_show_the_same_text():
    found = [pair for path in sorted(FIXTURES.rglob("*.pdf")) for pair in both(path.read_bytes())]
    assert [one for one, other in found if one != other] == []
    assert len(found) > 10 or not FIXTURES.exists()
