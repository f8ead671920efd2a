"""What an authority says of invoices, from a file that the operator keeps: an export of a tax bureau's list, say.

CSV with a header, or JSON as a list of objects, with the same names:

    seller      the seller's tax number, with or without its country's prefix
    number      of the invoice; where it has one, ``code`` of the fapiao beside it
    state       verified, void or red_letter; empty = verified
    issued_on   date as 2026-09-01         } compared where they are given;
    net, gross, payable   as 1234.56       } another value than the invoice's is a mismatch
    currency    ISO 4217                   }
    detail      a sentence that is shown with the answer

Of several rows on one invoice the last one counts. An invoice that is in no row is ``not_found``.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from registry.invoices.invoice import Invoice
from registry.invoices.verification.findings import State
from registry.invoices.verification.provider import Answer
from registry.kit.identifiers import normalize

MAX_FILE_BYTES = 64 * 2**20
MAX_ROWS = 500_000
COLUMNS = frozenset(
    ("seller", "number", "code", "state", "issued_on", "net", "gross", "payable", "currency", "detail")
)
_STATES = {"": State.VERIFIED, **{one.value: one for one in (State.VERIFIED, State.VOID, State.RED_LETTER)}}
_AMOUNTS = ("net", "gross", "payable")
_SAID = {
    State.VERIFIED: "The authority knows this invoice as it is.",
    State.VOID: "The authority has it as void: its issuer canceled it.",
    State.RED_LETTER: "The authority has it as reversed by a red-letter invoice.",
    State.MISMATCH: "The authority knows this number with other contents.",
}
Row = Mapping[str, str]
_Key = tuple[str, str, str]


class FileUnusable(ValueError):  # noqa: N818 - it is an answer: the service is unavailable
    """The argument says why, with the row."""


@dataclass
class FileProvider:
    """Deterministic: the same file gives the same answer. It is read again when it has changed."""

    path: Path
    name: str = "file"
    _rows: dict[_Key, Row] = field(default_factory=dict)
    _seen: tuple[int, int] | None = None

    def verify(self, invoice: Invoice) -> Answer:
        try:
            rows = self._current()
        except FileUnusable as why:
            return Answer(State.UNAVAILABLE, f"The verification file {self.path.name} is not usable: {why}.")
        row = next((rows[key] for key in _keys(invoice) if key in rows), None)
        if row is None:
            return Answer(State.NOT_FOUND, "The authority does not know this invoice.")
        digest = sha256(orjson.dumps(dict(row), option=orjson.OPT_SORT_KEYS)).hexdigest()
        state, differing = _STATES[row.get("state", "")], _differing(row, invoice)
        if differing and state is State.VERIFIED:
            state = State.MISMATCH
        return Answer(state, row.get("detail") or _SAID[state], differing, digest)

    def _current(self) -> dict[_Key, Row]:
        try:
            found = self.path.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp != self._seen:
                with self.path.open("rb") as file:
                    content = file.read(MAX_FILE_BYTES + 1)
                self._rows = _indexed(content)
                self._seen = stamp
        except OSError:
            raise FileUnusable("it is not there or cannot be read") from None
        except csv.Error as error:
            raise FileUnusable(f"its CSV is broken, {error}") from error
        return self._rows


def _indexed(content: bytes) -> dict[_Key, Row]:
    if len(content) > MAX_FILE_BYTES:
        raise FileUnusable(f"it has more than {MAX_FILE_BYTES // 2**20} MB")
    found: dict[_Key, Row] = {}
    for place, raw in enumerate(_rows(content), 1):
        if place > MAX_ROWS:
            raise FileUnusable(f"it has more than {MAX_ROWS} rows")
        row = {str(name): str(value or "").strip() for name, value in raw.items()}
        if not row.get("seller") or not row.get("number") or row.get("state", "") not in _STATES:
            raise FileUnusable(f"row {place} lacks seller or number, or its state is none")
        if row.keys() - COLUMNS:
            raise FileUnusable(f"row {place} has unknown columns")
        _typed(row, place)
        key = (normalize(row["seller"]), normalize(row["number"]), normalize(row.get("code", "")))
        found[key] = row
    return found


def _rows(content: bytes) -> Iterable[Mapping[str, Any]]:
    try:
        if content.lstrip()[:1] != b"[":
            return csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        rows = orjson.loads(content)
    except ValueError as error:
        raise FileUnusable("it is neither CSV in UTF-8 nor JSON") from error
    if not all(isinstance(one, dict) for one in rows):
        raise FileUnusable("its JSON is no list of objects")
    return list(rows)


def _typed(row: Row, place: int) -> None:
    try:
        are_finite = all(Decimal(row[name]).is_finite() for name in _AMOUNTS if row.get(name))
        if row.get("issued_on"):
            date.fromisoformat(row["issued_on"])
    except (InvalidOperation, ValueError):
        are_finite = False
    if not are_finite:
        raise FileUnusable(f"row {place} has an amount or a date that is none")


def _keys(invoice: Invoice) -> Iterable[_Key]:
    number, code = normalize(invoice.number), normalize(invoice.code)
    for one in invoice.seller.identifiers:
        yield one.value, number, code
        yield one.country + one.value, number, code
        if one.country == "GR":
            yield "EL" + one.value, number, code


def _differing(row: Row, invoice: Invoice) -> dict[str, str]:
    """Which given fields differ, with the authority's value: what the invoice says is known already."""
    found = {}
    for name in _AMOUNTS:
        mine: Decimal | None = getattr(invoice, name)
        if row.get(name) and mine is not None and Decimal(row[name]) != mine:
            found[name] = row[name]
    if row.get("issued_on") and date.fromisoformat(row["issued_on"]) != invoice.issued_on:
        found["issued_on"] = row["issued_on"]
    if row.get("currency") and row["currency"].upper() != invoice.currency.upper():
        found["currency"] = row["currency"]
    return found
