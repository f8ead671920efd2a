"""Which view of the contract answers for which row, and what its word says in the row's columns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from registry.chain.contract import decode_result, encode_call
from registry.chain.place import address_of, word_hex
from registry.chain.words import RegisteredWord
from registry.mirror import queries
from registry.parties.model import ChainSetting, Party, PartyKey, PartyRecovery
from registry.parties.projection import (
    ARBITER,
    FINGERPRINT_KEY,
    LIMITS,
    key_columns,
    party_columns,
    recovery_columns,
)
from registry.receivables.model import InvoiceUse, Lot, Obligation, Receivable
from registry.receivables.projection import (
    holds_terms,
    lot_columns,
    obligation_columns,
    receivable_columns,
    use_columns,
)

ROW = "(row)"
Columns = dict[str, int | str]
Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A row and the view that answers for it. ``row`` None: there must be no such row, and the word is 0.

    ``columns`` turns the view's answer into the columns it speaks for; ``may_be_zero``: a word of zeros is one too.
    """

    table: str
    key: str
    row: Row | None
    view: str
    arguments: tuple[Any, ...]
    columns: Callable[[Any], Columns]
    may_be_zero: bool = False

    @property
    def data(self) -> bytes:
        return encode_call(self.view, *self.arguments)

    def answer(self, data: bytes) -> Columns | None:
        """The columns as the chain has them; None where it has nothing."""
        found = decode_result(self.view, data)
        return self.columns(found) if found or self.may_be_zero else None

    def first_difference(self, word: int) -> str | None:
        """The first column in which the row says something else than this word of the chain, ``ROW`` where one of both
        has nothing; None where they agree."""
        chain = self.answer(word.to_bytes(32))
        if self.row is None or chain is None:
            return None if self.row is chain else ROW
        return next((name for name, value in chain.items() if self.row[name] != value), None)


def asked_records(session: Session) -> Iterator[Asked]:
    """All records that have a word on the chain."""
    yield from _parties(session)
    yield from _settings(session)
    for row in queries.row_dicts(session, Receivable):
        yield _receivable(row["id"], row)
    for row in queries.row_dicts(session, Obligation):
        yield _obligation(row["obligor"], row["currency"], row)
    for row in queries.row_dicts(session, Lot):
        yield _lot(row["id"], row)
    for row in queries.row_dicts(session, InvoiceUse):
        yield _use(row["fingerprint"], row)
    for name in queries.released_fingerprints(session):
        yield _use(name, None)


def asked_of_lot(session: Session, lot_id: str) -> list[Asked]:
    """What a funder of a lot relies on: the lot, its receivable and the receivable's invoices, who owes, holds and
    advances, and what the obligor owes in all. None of a lot there is not."""
    lot = queries.row_dict(session, Lot, lot_id)
    if lot is None:
        return []
    receivable = queries.row_dict(session, Receivable, lot["receivable"])
    asked = [_lot(lot_id, lot), _receivable(lot["receivable"], receivable)]
    if receivable is None:
        return asked
    obligor, currency = receivable["obligor"], receivable["currency"]
    asked.append(_obligation(obligor, currency, queries.row_dict(session, Obligation, obligor, currency)))
    for fingerprint in queries.fingerprints_named(session, receivable["id"]):
        asked.append(_use(fingerprint, queries.row_dict(session, InvoiceUse, fingerprint)))
    for number in sorted({obligor, lot["holder"], lot["peer"]} - {0}):
        asked.append(_party(number, queries.row_dict(session, Party, number)))
    return asked


def _lot(lot_id: str, row: Row | None) -> Asked:
    return Asked("lot", lot_id, row, "lotOf", (int(lot_id, 16),), lot_columns)


def _receivable(receivable_id: str, row: Row | None) -> Asked:
    number = int(receivable_id, 16)
    return Asked("receivable", receivable_id, row, "facts", (number,), _facts(number))


def _obligation(obligor: int, currency: int, row: Row | None) -> Asked:
    key = f"{obligor}/{currency}"
    # All paid and no quota set: a word of zeros is a true answer.
    return Asked(
        "obligation", key, row, "obligation", (obligor, currency), obligation_columns, may_be_zero=True
    )


def _use(fingerprint: str, row: Row | None) -> Asked:
    return Asked("invoice_use", fingerprint, row, "invoiceOf", (bytes.fromhex(fingerprint[2:]),), use_columns)


def _party(number: int, row: Row | None) -> Asked:
    return Asked("party", str(number), row, "party", (number,), party_columns)


def _parties(session: Session) -> Iterator[Asked]:
    for row in queries.row_dicts(session, Party):
        number = row["number"]
        identity = bytes.fromhex(row["identity"][2:])
        yield _party(number, row)
        # An identity nobody is bound to is party 0, and no missing row.
        yield Asked("party", str(number), row, "partyOf", (identity,), _number, may_be_zero=True)
    for row in queries.row_dicts(session, PartyKey):
        yield Asked("party_key", row["address"], row, "keyOf", (row["address"],), key_columns)
    proposed = {row["party"]: row for row in queries.row_dicts(session, PartyRecovery)}
    for row in queries.row_dicts(session, Party):
        number = row["number"]
        found = proposed.get(number)
        yield Asked("party_recovery", str(number), found, "recovery", (number,), recovery_columns)


def _number(found: int) -> Columns:
    return {"number": found}


def _settings(session: Session) -> Iterator[Asked]:
    for row in queries.row_dicts(session, ChainSetting):
        name = str(row["name"])
        if name == LIMITS:
            yield Asked("chain_setting", name, row, "limits", (), lambda found: {"value": word_hex(found)})
        elif name == ARBITER:
            yield Asked("chain_setting", name, row, "arbiter", (), lambda found: {"value": address_of(found)})
        else:
            version = int(name.removeprefix(FINGERPRINT_KEY))
            yield Asked(
                "chain_setting",
                name,
                row,
                "fingerprintKey",
                (version,),
                lambda found: {"value": "0x" + found.hex()},
                may_be_zero=True,
            )


def _facts(number: int) -> Callable[[Any], Columns]:
    def columns(word: int) -> Columns:
        found = receivable_columns(word)
        if not holds_terms(word):
            low = RegisteredWord.unpack(word).commitment_low
            found["commitment"] = word_hex(number << 192 | low)
        return found

    return columns
