"""Every typed field of what is signed, as it stands in the message and as people read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.orm import Session

from api.portal.words import mark
from registry.kit.clock import from_unix
from registry.kit.errors import Refusal
from registry.kit.money import Money, currency
from registry.parties import queries as parties

LABELS = {
    "obligor": mark("Obligor"),
    "originator": mark("Supplier"),
    "settler": mark("Records payments"),
    "party": mark("Party"),
    "to": mark("To"),
    "funder": mark("Funder"),
    "payee": mark("Payee"),
    "holder": mark("Holder"),
    "face": mark("Face amount"),
    "amount": mark("Amount"),
    "lotAmount": mark("Amount of the lot"),
    "owed": mark("Amount owed"),
    "quota": mark("Bound"),
    "cap": mark("Limit an act"),
    "currency": mark("Currency"),
    "maturity": mark("Maturity"),
    "issuedOn": mark("Issued on"),
    "deliveredOn": mark("Delivered on"),
    "acceptedOn": mark("Accepted on"),
    "until": mark("Until"),
    "validUntil": mark("Valid until"),
    "deadline": mark("Signature valid until"),
    "documentsRoot": mark("Hash of the documents"),
    "invoicesHash": mark("Hash of the invoices"),
    "salt": mark("Random addition"),
    "termsHash": mark("Hash of price and conditions"),
    "payment": mark("Hash of the payment reference"),
    "reason": mark("Hash of the reason"),
    "evidence": mark("Hash of the evidence"),
    "identity": mark("Hash of the identity"),
    "receivable": mark("Receivable"),
    "lot": mark("Lot"),
    "seq": mark("Turn of the lot"),
    "nonce": mark("Turn of the party"),
    "account": mark("Account"),
    "key": mark("Key"),
    "scopes": mark("What the key may sign"),
    "code": mark("Code"),
    "withRecourse": mark("With recourse"),
    "pledge": mark("As a pledge"),
    "assignor": mark("Assignor"),
    "assignee": mark("Assignee"),
    "notice": mark("Notice"),
    "kind": mark("Kind"),
    "arrivedAt": mark("Arrived at"),
    "reason string": mark("Reason"),
    "holderName": mark("Account holder"),
    "scheme": mark("Kind of account number"),
    "number": mark("Account number"),
    "bankScheme": mark("Kind of bank code"),
    "bank": mark("Bank"),
    "effectiveFrom": mark("In force from"),
    "version": mark("Version"),
    "name": mark("Registry"),
    "chainId": mark("Chain"),
    "verifyingContract": mark("Contract"),
}
_PARTIES = {
    "assignor",
    "assignee",
    "obligor",
    "originator",
    "settler",
    "party",
    "to",
    "funder",
    "payee",
    "holder",
}
_AMOUNTS = {"face", "amount", "lotAmount", "owed", "quota", "cap"}
_DAYS = {"maturity", "issuedOn", "deliveredOn", "acceptedOn", "effectiveFrom"}
_INSTANTS = {"arrivedAt", "until", "validUntil", "deadline"}


class Speaker(Protocol):
    def _(self, text: str, **values: object) -> str: ...


@dataclass(frozen=True)
class Row:
    """``path`` leads to the value in the typed data, ``raw`` is the value to the letter, ``meaning`` what it
    stands for, empty where it speaks for itself. The page's script compares ``raw`` with what it signs."""

    path: str
    label: str
    raw: str
    meaning: str


def rows(session: Session, typed: Mapping[str, Any], speaker: Speaker) -> list[Row]:
    """One row for each value of the message and of its domain, in their order."""
    message, kind = typed["message"], typed["primaryType"]
    flat = list(_flat(typed["types"], kind, message, "message"))
    flat += list(_flat(typed["types"], "EIP712Domain", typed["domain"], "domain"))
    numbers = {int(value) for _, name, _, value in flat if name in _PARTIES}
    names = parties.names(session, numbers)
    made = []
    for path, name, of, value in flat:
        numeric = _currency_at(flat, path)
        meaning = _meaning(name, value, names, numeric)
        label = LABELS.get(f"{name} {of}") or LABELS[name]
        made.append(Row(path, speaker._(label), _raw(value), meaning))
    return made


def _flat(types: Mapping[str, Any], kind: str, values: Any, path: str) -> Iterator[tuple[str, str, str, Any]]:
    for member in types[kind]:
        name, of = member["name"], member["type"]
        here, value = f"{path}.{name}", values[name]
        if of.endswith("[]"):
            for place, one in enumerate(value):
                yield from _flat(types, of.removesuffix("[]"), one, f"{here}.{place}")
        elif of in types:
            yield from _flat(types, of, value, here)
        else:
            yield here, name, of, value


def _currency_at(flat: list[tuple[str, str, str, Any]], path: str) -> int:
    """The currency that stands beside a value in the same struct; 0 where none does."""
    beside = path.rpartition(".")[0] + ".currency"
    return next((int(value) for other, _, _, value in flat if other == beside), 0)


def _meaning(name: str, value: Any, names: Mapping[int, str], numeric: int) -> str:
    said = ""
    try:
        if name in _PARTIES:
            said = names.get(int(value), "") if int(value) else "–"
        elif name in _AMOUNTS and numeric:
            said = str(Money(int(value), currency(numeric)))
        elif name == "currency" and int(value):
            said = currency(int(value)).code
        elif name in _DAYS:
            said = from_unix(int(value)).date().isoformat()
        elif name in _INSTANTS:
            said = from_unix(int(value)).strftime("%Y-%m-%d %H:%M UTC")
    except (Refusal, ValueError, OverflowError):
        return ""
    return said


def _raw(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
