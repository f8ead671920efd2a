"""How notices, payment accounts and payments look from outside, the same over HTTP and on the command line."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from api.views import View, day, instant, money, party_ref
from registry.invoices import queries as invoices
from registry.kit.cells import csv_text
from registry.kit.clock import from_unix
from registry.kit.money import Money, currency
from registry.notices import queries
from registry.notices.model import Notice, PaymentAccount
from registry.notices.payments import Destination, DuePayment, Payee
from registry.notices.rules import lacks_evidence, payment_reference
from registry.parties import queries as parties

PAYMENT_COLUMNS = (
    "due", "payee", "payee_number", "account_holder", "account", "bank_scheme", "bank", "amount", "currency",
    "reference", "lots", "look_twice",
)  # fmt: skip


def notices(session: Session, records: Sequence[Notice]) -> list[View]:
    names = parties.names(session, {number for one in records for number in _parties_of(one)})
    # Numbers are looked up and not kept: an invoice shows only to those who may see it.
    numbers = invoices.numbers_by_id(session, {each for one in records for each in one.invoices})
    return [_notice(one, names, numbers) for one in records]


def notice(session: Session, record: Notice) -> View:
    return notices(session, [record])[0]


def _parties_of(record: Notice) -> Iterable[int]:
    return (record.obligor, record.assignor, record.assignee, record.payee, record.payee_before)


def _notice(record: Notice, names: dict[int, str], numbers: dict[str, str]) -> View:
    withdrawal = record.withdrawal or {}
    return {
        "id": record.id,
        "kind": record.kind,
        "obligor": party_ref(record.obligor, names),
        "assignor": party_ref(record.assignor, names),
        "assignee": party_ref(record.assignee, names),
        "payee": party_ref(record.payee, names),
        "payee_before": party_ref(record.payee_before, names),
        "receivable": record.receivable,
        "lot": record.lot,
        "amount": money(record.amount, record.currency),
        "maturity": day(record.maturity),
        "invoices": sorted(numbers[each] for each in record.invoices if each in numbers),
        "agreement": record.agreement,
        "lacks_evidence": lacks_evidence(record.kind, record.agreement),
        "block": record.block_number,
        "transaction": record.tx_hash,
        "assigned_at": instant(record.assigned_at),
        "arrived_at": _at(record.arrived_at),
        "acknowledged_at": _at(record.acknowledged_at),
        "acknowledgment": _evidence(record.acknowledgment),
        "withdrawn_at": _at(record.withdrawn_at),
        "withdrawal": _evidence(record.withdrawal),
        "withdrawn_because": withdrawal.get("reason"),
    }


def _at(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _evidence(signed: dict[str, Any] | None) -> View | None:
    return None if signed is None else {"block": signed["block"], "consents": signed["consents"]}


def accounts(session: Session, records: Sequence[PaymentAccount]) -> list[View]:
    names = parties.names(session, {one.party for one in records})
    acknowledged: dict[str, list[int]] = {}
    for one in queries.seen_by(session, [each.id for each in records]):
        acknowledged.setdefault(one.account, []).append(one.obligor)
    return [
        {
            "id": one.id,
            "party": party_ref(one.party, names),
            "currency": currency(one.currency).code,
            "version": one.version,
            "holder_name": one.holder_name,
            "scheme": one.scheme,
            "number": one.number,
            "bank_scheme": one.bank_scheme or None,
            "bank": one.bank or None,
            "effective_on": one.effective_on.isoformat(),
            "created_at": _at(one.created_at),
            "signed": _evidence(one.signed),
            "acknowledged_by": acknowledged.get(one.id, []),
        }
        for one in records
    ]


def account(session: Session, record: PaymentAccount | None) -> View | None:
    return None if record is None else accounts(session, [record])[0]


def destination(session: Session, record: Destination) -> View:
    return {
        "account": account(session, record.account),
        "former": account(session, record.former),
        "is_changed": record.is_changed,
        "is_acknowledged": record.is_acknowledged,
    }


def payee(session: Session, record: Payee) -> View:
    of = record.receivable
    names = parties.names(session, [of.obligor, record.party, record.on_ledger])
    due, code = from_unix(of.maturity).date(), currency(of.currency).code
    return {
        "lot": record.lot.id,
        "receivable": of.id,
        "obligor": party_ref(of.obligor, names),
        "payee": party_ref(record.party, names),
        "on_ledger": party_ref(record.on_ledger, names),
        "amount": money(record.lot.amount, of.currency),
        "maturity": due.isoformat(),
        "reference": payment_reference(due, of.obligor, record.party, code),
        "notice": record.notice.id if record.notice else None,
        "destination": destination(session, record.destination),
    }


def payments(session: Session, obligor: int, due: date, found: Sequence[DuePayment]) -> View:
    names = parties.names(session, {obligor, *(one.party for one in found)})
    totals: dict[int, int] = {}
    for one in found:
        totals[one.currency] = totals.get(one.currency, 0) + one.amount_minor
    return {
        "obligor": party_ref(obligor, names),
        "due": due.isoformat(),
        "items": [
            {
                "payee": party_ref(one.party, names),
                "amount": money(one.amount_minor, one.currency),
                "reference": one.reference,
                "lots": [
                    {
                        "lot": lot.id,
                        "amount": money(lot.amount, one.currency),
                        "is_at_odds": lot in one.at_odds,
                    }
                    for lot in one.lots
                ],
                "destination": destination(session, one.destination),
            }
            for one in found
        ],
        "totals": [money(minor, numeric) for numeric, minor in sorted(totals.items())],
    }


def payments_csv(session: Session, due: date, found: Sequence[DuePayment]) -> str:
    """A row a payment, to be opened in a spreadsheet; ``look_twice`` says why before money leaves."""
    names = parties.names(session, {one.party for one in found})
    return csv_text(PAYMENT_COLUMNS, [_payment_row(due, one, names) for one in found])


def _payment_row(due: date, one: DuePayment, names: dict[int, str]) -> list[object]:
    at = one.destination.account
    total = Money(one.amount_minor, currency(one.currency))
    return [
        due.isoformat(),
        names.get(one.party),
        one.party,
        at.holder_name if at else None,
        at.number if at else None,
        at.bank_scheme if at else None,
        at.bank if at else None,
        total.plain(),
        total.currency.code,
        one.reference,
        " ".join(lot.id for lot in one.lots),
        "; ".join(_doubts(one)),
    ]


def _doubts(one: DuePayment) -> list[str]:
    said = []
    if one.destination.account is None:
        said.append("no account on record")
    if one.destination.is_changed:
        said.append("account changed, not acknowledged")
    if one.at_odds:
        said.append("the ledger names another payee")
    return said
