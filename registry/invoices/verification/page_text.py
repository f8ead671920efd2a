"""The text of one page of a PDF, as pypdf lays it out from the page's operators (ISO 32000-1, 7.8.2 and 9.4).

Only those that place text are handed to it, and they are read here: reading operators is most of the work, and a page of
tables is mostly lines. What is not plainly readable by the pattern below is left to pypdf.
"""

import re

from pypdf import PageObject
from pypdf.generic import ArrayObject, ByteStringObject, ContentStream, NameObject

_TOKEN = re.compile(
    rb"""(?P<number>[-+]?(?:\d++\.?\d*+|\.\d++)(?![^\s\[\]()<>/%]))
    |(?P<name>/[^\s\0()<>\[\]{}/%\x80-\xff]*+)
    |(?P<text>\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*+\))*+\))
    |(?P<hex><[0-9A-Fa-f\s]*+>)
    |(?P<word>[A-Za-z'"][A-Za-z0-9*]*+)
    |(?P<array>\[)
    |(?P<end>\])
    |(?P<nothing>\s++|%[^\r\n]*+|<<|>>)
    |(?P<strange>.)""",
    re.VERBOSE | re.DOTALL,
)
_TEXT = frozenset(b"BT ET q Q cm Tz Tc Tw TL Tf Td TD Tm T* Tj TJ ' \" Do".split())
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"} | dict.fromkeys(
    (b"\n", b"\r", b"\r\n"), b""
)

Operation = tuple[list[object], bytes]


class Content(ContentStream):
    """A page's operators, unpacked; of those read plainly only the ones that place text."""

    def __init__(self, page: PageObject) -> None:
        super().__init__(page.get("/Contents"), page.pdf, "bytes")

    @property  # type: ignore[misc]  # pypdf's can be set too, which nobody does here
    def operations(self) -> list[Operation]:
        found = operations(self.get_data())
        return super().operations if found is None else found


def text_of(page: PageObject, content: Content) -> str:
    """The text that the page of this content shows. Raises whatever pypdf does for a damaged one."""
    page[NameObject("/Contents")] = content
    return page.extract_text()


def operations(data: bytes) -> list[Operation] | None:
    """Operands and operator of all that places text, in order; None where something is not plainly written, or an
    image stands in between."""
    found: list[Operation] = []
    operands: list[object] = []
    outside: list[object] | None = None  # what stood before an array
    for token in _TOKEN.finditer(data):
        kind, text = token.lastgroup, token[0]
        if kind == "number":
            operands.append(float(text))
        elif kind == "word":
            if text == b"BI" or outside is not None:
                return None
            if text in _TEXT:
                found.append((operands, text))
            operands = []
        elif kind == "text":
            operands.append(
                ByteStringObject(_ESCAPE.sub(_meant, text[1:-1]) if b"\\" in text else text[1:-1])
            )
        elif kind == "hex":
            digits = b"".join(text[1:-1].split())
            operands.append(ByteStringObject(bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())))
        elif kind == "name":
            operands.append(NameObject(NameObject.unnumber(text).decode("latin-1")))
        elif kind == "array" and outside is None:
            outside, operands = operands, []
        elif kind == "end" and outside is not None:
            operands, outside = [*outside, ArrayObject(operands)], None
        elif kind != "nothing":
            return None
    return found if outside is None else None


def _meant(escape: re.Match[bytes]) -> bytes:
    one = escape[1]
    if one[:1].isdigit() and one < b"8":
        return bytes([int(one, 8) & 255])
    return _ESCAPED.get(one, one)
