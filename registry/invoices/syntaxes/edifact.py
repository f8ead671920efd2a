"""UN/EDIFACT INVOIC (D.96A to D.01B; syntax ISO 9735), one or several messages in an interchange.

Each message runs from UNH to UNT. A segment says what it is by its tag and, mostly, a qualifier in its first element;
RFF and CTA behind a NAD belong to that party. Amounts count in the header and, behind UNS, in the summary; those behind
a TAX segment are that tax's own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from registry.invoices.errors import MalformedInvoice, TooLarge, UnsupportedSyntax
from registry.invoices.invoice import Invoice, InvoiceClass, Line, Trader
from registry.invoices.syntaxes.terms import amount, bounded, class_of, country, day, missing, trader
from registry.kit.identifiers import TAX, VAT

MAX_BYTES = 4 * 2**20
MAX_SEGMENTS = 50_000
MAX_SEGMENT_CHARS = 20_000
_STARTS = (b"UNA", b"UNB")
_MARKS = b"\xef\xbb\xbf \t\r\n"

# Qualifiers, the first that is there.
_DATES = {"issued_on": ("137", "3"), "due_on": ("13", "140", "265")}
_AMOUNTS = {
    "net": ("125",),
    "of_lines": ("79",),
    "gross": ("77", "39", "86"),
    "tax": ("176", "150", "124"),
    "prepaid": ("113",),
    "payable": ("9",),
}
_PARTIES = {"seller": ("SE", "SU"), "buyer": ("IV", "BY"), "payee": ("PE",)}
_PRECEDING = ("OI", "IV")
_PARTY_REFERENCES = {"VA": VAT, "FC": TAX, "TXJ": TAX, "GN": TAX, "AHP": TAX, "XA": ""}
_AGENCIES = {"9": "0088", "16": "0060"}  # GS1, Dun & Bradstreet; by their ISO 6523 codes
_CHARSETS = {"UNOA": "ascii", "UNOB": "ascii", "UNOC": "latin-1", "UNOW": "utf-8", "UNOY": "utf-8"}
_DATE_FORMS = {
    "101": r"(\d\d)(\d\d)(\d\d)",
    "102": r"(\d{4})(\d\d)(\d\d)",
    "203": r"(\d{4})(\d\d)(\d\d)\d{4}",
}

_Segment = list[list[str]]


@dataclass(slots=True)
class Message:
    """One message's segments, each a list of elements of components; ``point`` marks decimals."""

    point: str
    segments: list[_Segment] = field(default_factory=list)


def looks_like_edifact(content: bytes) -> bool:
    return content[:64].lstrip(_MARKS).startswith(_STARTS)


def messages(content: bytes) -> list[Message]:
    """The INVOIC messages of an interchange, each to be given to ``read``.

    Raises MalformedInvoice, TooLarge, and UnsupportedSyntax where there are other messages only.
    """
    if len(content) > MAX_BYTES:
        raise TooLarge(f"The interchange has more than {MAX_BYTES // 2**20} MB.")
    text = _decoded(content.lstrip(_MARKS))
    signs = text[3:9] if text.startswith("UNA") else ":+.? '"
    if len(signs) != 6 or len(set(signs[:4] + signs[5:])) != 5:
        raise MalformedInvoice("The service string advice (UNA) gives one sign two meanings.")
    component, element, point, release, _, terminator = tuple(signs)
    kept: list[Message] = []
    one: Message | None = None
    body = text[9:] if text.startswith("UNA") else text
    is_closed = False
    for raw in _pieces(body, terminator, release):
        if len(raw) > MAX_SEGMENT_CHARS:
            raise TooLarge(f"A segment has more than {MAX_SEGMENT_CHARS} characters.")
        segment = [
            [_freed(part, release) for part in _pieces(piece, component, release)]
            for piece in _pieces(raw.strip(), element, release)
        ]
        tag = segment[0][0]
        if tag == "UNH":
            one = Message("," if point == "," else ".")
        elif tag == "UNT" and one is not None:
            if _at(one.segments[0], 2, 0) == "INVOIC":
                kept.append(one)
            one = None
        elif tag == "UNZ":
            is_closed = True
        if one is not None:
            one.segments.append(segment)
    if one is not None or not is_closed:
        raise MalformedInvoice("The interchange breaks off before its end (UNZ); fetch the file once more.")
    if not kept:
        raise UnsupportedSyntax("The interchange carries no INVOIC message.")
    return kept


def read(message: Message) -> Invoice:
    """One INVOIC message. Raises MissingField, MalformedInvoice."""
    head = _Head(message)
    type_code = head.type_code or "380"
    gross = head.amount("gross")
    payable = head.amount("payable")
    if payable is None:
        payable = gross if gross is not None else missing("payable")
    document_class = class_of(type_code)
    corrected = () if document_class is InvoiceClass.INVOICE else _PRECEDING
    return Invoice(
        number=head.number or missing("number"),
        issued_on=head.day("issued_on") or missing("issued_on"),
        document_class=document_class,
        currency=head.currency or missing("currency"),
        payable=payable,
        seller=head.party("seller") or missing("seller"),
        buyer=head.party("buyer") or missing("buyer"),
        payee=head.party("payee"),
        syntax="edifact",
        type_code=type_code,
        due_on=head.day("due_on"),
        net=head.net(gross),
        gross=gross,
        prepaid=head.amount("prepaid"),
        preceding=tuple(head.references[one] for one in corrected if one in head.references)[:1],
        lines=tuple(head.lines),
        profile=head.profile,
        layer="edifact",
    )


class _Head:
    """What the segments of a message say, walked once."""

    def __init__(self, message: Message) -> None:
        self.number = self.type_code = self.currency = ""
        self.profile = ".".join(_at(message.segments[0], 2, place) for place in (1, 2))
        self.dates: dict[str, str] = {}
        self.references: dict[str, str] = {}
        self.amounts: dict[str, Decimal] = {}
        self.parties: dict[str, Trader] = {}
        self.lines: list[Line] = []
        self._point = message.point
        for place, group in _groups(message.segments):
            if place == "NAD":
                self._take_party(group)
            elif place == "LIN":
                self.lines.append(self._line(group))
            elif place == "head":
                self._take(group)

    def day(self, term: str) -> date | None:
        return next((_day(self.dates[one]) for one in _DATES[term] if one in self.dates), None)

    def amount(self, term: str) -> Decimal | None:
        return next((self.amounts[one] for one in _AMOUNTS[term] if one in self.amounts), None)

    def net(self, gross: Decimal | None) -> Decimal | None:
        """The total without tax; what the lines come to only where nothing else says it: allowances are not in it."""
        said, tax = self.amount("net"), self.amount("tax")
        if said is None and gross is not None and tax is not None:
            return gross - tax
        return self.amount("of_lines") if said is None else said

    def party(self, side: str) -> Trader | None:
        return next((self.parties[one] for one in _PARTIES[side] if one in self.parties), None)

    def _take(self, group: list[_Segment]) -> None:
        for segment in group:
            match segment[0][0]:
                case "BGM":
                    self.type_code, self.number = bounded(_at(segment, 1, 0)), bounded(_at(segment, 2, 0))
                case "DTM":
                    self.dates.setdefault(_at(segment, 1, 0), f"{_at(segment, 1, 1)}:{_at(segment, 1, 2)}")
                case "RFF":
                    self.references.setdefault(_at(segment, 1, 0), bounded(_at(segment, 1, 1)))
                case "CUX":
                    self.currency = self.currency or bounded(_at(segment, 1, 1))
                case "MOA":
                    if (found := self._amount(_at(segment, 1, 1))) is not None:
                        self.amounts.setdefault(_at(segment, 1, 0), found)

    def _take_party(self, group: list[_Segment]) -> None:
        party = group[0]
        named = _at(party, 4, 0) or (" ".join(party[3]).strip() if len(party) > 3 else "")
        written = [(_at(one, 1, 1), _at(one, 1, 0)) for one in group[1:] if one[0][0] == "RFF"]
        ids = [(value, _PARTY_REFERENCES[kind]) for value, kind in written if kind in _PARTY_REFERENCES]
        # VAT numbers first, as the model has them.
        ids.sort(key=lambda one: (VAT, TAX, "").index(one[1]))
        ids.append((_at(party, 2, 0), _AGENCIES.get(_at(party, 2, 2), "")))
        found = trader(bounded(named), country(_at(party, 9, 0)), *ids)
        self.parties.setdefault(_at(party, 1, 0), found)

    def _line(self, group: list[_Segment]) -> Line:
        said: dict[str, Decimal | None] = {}
        name = ""
        for segment in group:
            tag, kind = segment[0][0], _at(segment, 1, 0)
            if tag == "IMD" and not name:
                name = " ".join(one for one in (_at(segment, 3, 3), _at(segment, 3, 4)) if one)
            elif (tag, kind) in (("QTY", "47"), ("PRI", "AAA"), ("MOA", "203")):
                said.setdefault(tag, self._amount(_at(segment, 1, 1)))
        return Line(
            line_id=bounded(_at(group[0], 1, 0)),
            name=name[:500],
            quantity=said.get("QTY"),
            unit_price=said.get("PRI"),
            amount=said.get("MOA"),
        )

    def _amount(self, written: str) -> Decimal | None:
        return amount(written.strip().replace(self._point, ".")) if written.strip() else None


def _groups(segments: list[_Segment]) -> Iterator[tuple[str, list[_Segment]]]:
    """The segments in groups: ``head`` for what is said of the whole, ``NAD`` a party, ``LIN`` a line, ``TAX`` a tax."""
    place, group = "head", list[_Segment]()
    opens = {
        "NAD": "NAD",
        "LIN": "LIN",
        "TAX": "TAX",
        "UNS": "head",
        "CUX": "head",
        "PAT": "head",
        "ALC": "TAX",
    }
    for segment in segments:
        tag = segment[0][0]
        if tag in opens and not (place == "LIN" and tag not in ("LIN", "UNS")):
            yield place, group
            place, group = opens[tag], []
        group.append(segment)
    yield place, group


def _pieces(text: str, sign: str, release: str) -> Iterator[str]:
    """``text`` cut at each ``sign`` that no release character stands before. Raises TooLarge."""
    if text.count(sign) > MAX_SEGMENTS:
        raise TooLarge(f"The interchange has more than {MAX_SEGMENTS} segments.")
    parts: list[str] = []
    for piece in text.split(sign):
        parts.append(piece)
        released = release != " " and (len(piece) - len(piece.rstrip(release))) % 2
        if not released:
            yield sign.join(parts)
            parts = []
    if parts:
        yield sign.join(parts)


def _freed(text: str, release: str) -> str:
    return re.sub(rf"{re.escape(release)}(.)", r"\1", text, flags=re.DOTALL) if release in text else text


def _at(segment: _Segment, element: int, component: int) -> str:
    """A component, empty where the segment is shorter."""
    if element >= len(segment) or component >= len(segment[element]):
        return ""
    return segment[element][component].strip()


def _decoded(content: bytes) -> str:
    found = re.search(rb"UNB.(UNO[A-Z])", content[:64], re.DOTALL)
    charset = _CHARSETS.get(found.group(1).decode() if found else "", "latin-1")
    try:
        return content.decode(charset)
    except UnicodeDecodeError:
        # Senders put umlauts where their character set has none.
        return content.decode("latin-1")


def _day(written: str) -> date:
    value, _, form = written.partition(":")
    found = re.fullmatch(_DATE_FORMS.get(form, _DATE_FORMS["102"]), value, re.ASCII)
    if found is None:
        raise MalformedInvoice(f"{written[:40]!r} is not a date.")
    year, month, number = found.groups()
    return day(f"{year if len(year) == 4 else '20' + year}-{month}-{number}")
