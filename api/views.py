"""How records look from outside, the same over HTTP and on the command line."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

from sqlalchemy.orm import Session

from api import ids
from api.company_views import companies
from api.ledger import ledger, ledger_by_act, ledger_of_act, ledgers, stands
from api.shown_queries import LOT, LOTS
from registry.chain.words import PartyFlag, Scope
from registry.financing.model import Financing
from registry.financing.standing import standing
from registry.invoices import queries as invoices
from registry.invoices.model import InvoiceRecord, InvoiceVerification
from registry.kit.clock import from_unix
from registry.kit.money import Money, currency
from registry.parties import queries as parties
from registry.parties.model import Invitation, PartyKey, PartyProfile
from registry.parties.rules import NO_CAP, role_names
from registry.receivables import page_queries as beside
from registry.receivables import queries as receivables
from registry.receivables.exposure import Capacity, capacities
from registry.receivables.model import Contest, Lot, LotHop, Obligation, Receivable
from registry.receivables.overdue import Overdue
from registry.receivables.rules import (
    LOT_STATUS_NAMES,
    RECEIVABLE_STATUS_NAMES,
    contest_code_name,
    receivable_flag_names,
)
from registry.relay.model import Act
from registry.storage.unit_of_work import Database

View = dict[str, Any]
_LAST_SECOND = 253_402_300_799  # of the year 9999; what is valid longer has no end


def money(amount_minor: int, numeric: int) -> View:
    """An amount as a decimal string with its currency: numbers would lose cents in many clients."""
    unit = currency(numeric)
    return {"amount": Money(amount_minor, unit).plain(), "currency": unit.code}


def instant(seconds: int) -> str | None:
    return from_unix(seconds).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else None


def day(seconds: int) -> str | None:
    return from_unix(seconds).date().isoformat() if seconds else None


def party_ref(number: int, names: Mapping[int, str]) -> View | None:
    return {"number": number, "name": names.get(number)} if number else None


def act(record: Act, session: Session | None = None) -> View:
    """``status``: pending, sent, included, refused or orphaned. Only with a session does it say what is final."""
    return {
        "id": record.id,
        "kind": record.kind,
        "about": ids.shown(record.about),
        "status": record.status,
        "transaction": record.tx_hash,
        "block": record.block_number,
        "refusal": {"code": record.refusal_code, "detail": record.refusal_detail}
        if record.refusal_code
        else None,
        "created_at": record.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ledger": ledger_of_act(session, record),
    }


def party(session: Session, profile: PartyProfile) -> View:
    shown: View = {
        "number": profile.number,
        "name": profile.name,
        "country": profile.country,
        "identifiers": [
            {"country": one.country, "scheme": one.scheme, "value": one.value}
            for one in parties.identifiers_of(session, profile.number)
        ],
        "evidence": [
            {"title": one.title, "sha256": one.sha256}
            for one in parties.documents_of(session, profile.number)
        ],
        "account": profile.account,
        "chain": None,
    }
    mirrored = parties.party_on_chain(session, profile.number)
    if mirrored is not None:
        shown["account"] = mirrored.account
        proposal = parties.recovery(session, profile.number)
        shown["chain"] = {
            "roles": role_names(mirrored.roles),
            "valid_until": instant(mirrored.valid_until),
            "is_frozen": bool(mirrored.flags & PartyFlag.FROZEN),
            "is_barred": bool(mirrored.flags & PartyFlag.BARRED),
            "proposed_account": proposal.account if proposal else None,
            "takeover_from": instant(proposal.effective) if proposal else None,
        }
    shown["companies"] = companies(session, profile.number)
    shown["ledger"] = ledger(session, f"party:{profile.number}", mirrored.block_number if mirrored else None)
    return shown


def invoice(session: Session, record: InvoiceRecord) -> View:
    return invoices_of(session, [record])[0]


def invoices_of(session: Session, records: Sequence[InvoiceRecord]) -> list[View]:
    """A page of them, for a few queries in all."""
    worth = capacities(session, records)
    used = receivables.used_on_chain(session, {"0x" + entry for one in records for entry in one.entries})
    others = {one.id for one in invoices.by_ids(session, {one.of_invoice_id or "" for one in records})}
    return [_invoice(one, worth[one.id], used, others) for one in records]


def _invoice(record: InvoiceRecord, worth: Capacity, used: Mapping[str, int], others: Set[str]) -> View:
    prints = ["0x" + one for one in record.entries]
    return {
        "id": record.id,
        "file": record.file_name,
        "syntax": record.syntax,
        "number": record.number,
        "issued_on": record.issued_on.isoformat(),
        "class": record.document_class,
        "payable": money(record.payable_minor, record.currency),
        "cap": money(worth.cap_minor, record.currency),
        "used": money(max(map(used.__getitem__, prints), default=0), record.currency),
        "left": money(worth.left_minor if record.is_accepted else 0, record.currency),
        "outcome": record.outcome,
        "reason": record.reason,
        "of": record.of_invoice_id if record.of_invoice_id in others else None,
        "uploader": record.uploader_party,
        "fingerprints": prints,
    }


def receivable(session: Session, record: Receivable) -> View:
    return receivables_of(session, [record])[0]


def receivables_of(session: Session, records: Sequence[Receivable]) -> list[View]:
    """A page of them, for a few queries in all."""
    wanted = [one.id for one in records]
    names = parties.names(
        session, [party for one in records for party in (one.obligor, one.originator, one.settler)]
    )
    totals = beside.totals_of_receivables(session, wanted)
    contested: dict[str, list[View]] = {}
    for one in beside.contests_of_receivables(session, wanted):
        contested.setdefault(one.receivable, []).append(_contest(one))
    reached = ledgers(session, {f"receivable:{one.id}": one.block_number for one in records})
    return [
        _receivable(one, names, totals.get(one.id, (0, 0)))
        | {"contests": contested.get(one.id, []), "ledger": reached[f"receivable:{one.id}"]}
        for one in records
    ]


def _receivable(record: Receivable, names: Mapping[int, str], total: tuple[int, int]) -> View:
    live, lots = total
    return {
        "id": ids.RECEIVABLE.outside(record.id),
        "status": RECEIVABLE_STATUS_NAMES[record.status],
        "obligor": party_ref(record.obligor, names),
        "originator": party_ref(record.originator, names),
        "settler": party_ref(record.settler, names),
        "face": money(record.face, record.currency),
        "settled": money(record.settled, record.currency),
        "live": money(live, record.currency),
        "lots": lots,
        "maturity": day(record.maturity),
        "issued_on": day(record.issued_on),
        "delivered_on": day(record.delivered_on),
        "accepted_on": day(record.accepted_on),
        "confirm_before": instant(record.expires),
        "root_lot": ids.LOT.outside(record.commitment),
        "documents_root": record.documents_root,
        "owed": None if record.owed is None else money(record.owed, record.currency),
        "is_suspended": "suspended" in receivable_flag_names(record.flags),
    }


def _contest(record: Contest) -> View:
    return {
        "party": record.party,
        "lot": record.lot and ids.LOT.outside(record.lot),
        "code": contest_code_name(record.code),
        "evidence": record.evidence,
        "at": instant(record.at),
    }


def overdue(session: Session, one: Overdue) -> View:
    return {
        "obligor": party_ref(one.obligor, parties.names(session, [one.obligor])),
        "since": one.since.isoformat(),
        "days": one.days,
        "receivables": one.receivables,
        "overdue": [money(each.amount_minor, each.currency.numeric) for each in one.amounts],
        "new_receivables": one.new_receivables,
        "is_barred": one.is_barred,
        "suggestion": None if one.is_barred else f"POST /v1/parties/{one.obligor}/bar",
    }


def lot(session: Session, record: Lot) -> View:
    return lots_of(session, [record])[0]


def lot_by_id(database: Database, lot_id: str) -> View:
    """The same by one question. Raises LotNotFound."""
    found = database.ask(LOT, lot=lot_id)
    if not found:
        raise receivables.no_lot(lot_id)
    return _shown_lot(found[0])


def lots_page(database: Database, after: str, limit: int, **wanted: object) -> list[View]:
    """Lots by id behind ``after``, of a ``holder``, of a ``receivable``, by one question."""
    asked = {name: value for name, value in wanted.items() if value is not None}
    found = database.ask(LOTS[frozenset(asked)], after=after, limit=limit, **asked)
    return [_shown_lot(one) for one in found[:limit]]


def _shown_lot(one: Any) -> View:
    names = {one.holder: one.holder_name, one.peer: one.peer_name, one.obligor: one.obligor_name}
    unfinished = (one.act, one.act_status) if one.act else None
    return _lot(one, one, names) | {"ledger": stands(unfinished, one.final, one.block_number)}


def lots_of(session: Session, records: Sequence[Lot]) -> list[View]:
    """A page of them, for a few queries in all."""
    behind = beside.receivables_by_id(session, {one.receivable for one in records})
    names = parties.names(
        session,
        [party for one in records for party in (one.holder, one.peer, behind[one.receivable].obligor)],
    )
    reached = ledgers(session, {f"lot:{one.id}": one.block_number for one in records})
    return [
        _lot(one, behind[one.receivable], names) | {"ledger": reached[f"lot:{one.id}"]} for one in records
    ]


def _lot(record: Lot, of: Receivable, names: Mapping[int, str]) -> View:
    status = LOT_STATUS_NAMES[record.status]
    meaning = {"free": "previous_holder", "locked": "funder", "pledged": "funder", "financed": "recourse"}
    return {
        "id": ids.LOT.outside(record.id),
        "receivable": ids.RECEIVABLE.outside(record.receivable),
        "parent": record.parent and ids.LOT.outside(record.parent),
        "status": status,
        "holder": party_ref(record.holder, names),
        "peer": party_ref(record.peer, names),
        "peer_is": meaning.get(status) if record.peer else None,
        "amount": money(record.amount, of.currency),
        "until": instant(record.until),
        "seq": record.seq,
        "hops": record.hops,
        "obligor": party_ref(of.obligor, names),
        "maturity": day(of.maturity),
    }


def obligation(session: Session, record: Obligation) -> View:
    return {
        "currency": currency(record.currency).code,
        "outstanding": money(record.outstanding, record.currency),
        "quota": money(record.quota, record.currency) if record.quota else None,
        "receivables": record.count,
        "ledger": ledger(session, f"party:{record.obligor}", record.block_number),
    }


def hop(record: LotHop, numeric: int, names: Mapping[int, str]) -> View:
    return {
        "kind": record.kind,
        "holder": party_ref(record.holder, names),
        "peer": party_ref(record.peer, names),
        "amount": money(record.amount, numeric),
        "status": LOT_STATUS_NAMES.get(record.status),
        "detail": record.detail,
        "at": instant(record.at),
        "block": record.block_number,
        "transaction": record.tx_hash,
    }


def trace(session: Session, lot_id: str) -> View:
    """The lot and each ancestor up to the root, with every act, and the invoices at the end."""
    line = receivables.ancestors(session, lot_id)
    of = receivables.receivable(session, line[0].receivable)
    path = []
    for one in line:
        hops = receivables.hops(session, one.id)
        names = parties.names(session, {number for row in hops for number in (row.holder, row.peer)})
        path.append({"lot": lot(session, one), "acts": [hop(row, of.currency, names) for row in hops]})
    return {
        "path": path,
        "receivable": receivable(session, of),
        "invoices": [
            {
                "fingerprint": row.fingerprint,
                "place": row.place,
                "cap": money(row.cap, of.currency),
                "amount": money(row.amount, of.currency),
            }
            for row in receivables.registered_invoices(session, of.id)
        ],
    }


def financing(session: Session, record: Financing) -> View:
    names = parties.names(session, [record.funder, record.seller])
    status, because = standing(session, record)
    return {
        "id": record.id,
        "lot": ids.LOT.outside(record.lot),
        "funder": party_ref(record.funder, names),
        "seller": party_ref(record.seller, names),
        "status": status,
        "until": instant(record.until),
        "terms": record.terms,
        "terms_hash": record.terms_hash,
        "act": record.act,
        "ended_because": because,
        "ledger": ledger_by_act(session, record.act),
    }


def verification(record: InvoiceVerification) -> View:
    return {
        "id": record.id,
        "invoice": record.invoice_id,
        "kind": record.kind,
        "provider": record.provider,
        "state": record.state,
        "was": record.was,
        "findings": record.findings,
        "document_sha256": record.document_sha256,
        "answer_sha256": record.answer_sha256,
        "at": record.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def mandate(session: Session, record: PartyKey) -> View:
    """``is_current``: of the party's present keys; a takeover ends all earlier ones."""
    party_ = parties.party(session, record.party)
    cap = None if record.cap == NO_CAP else money(record.cap, record.currency) if record.currency else None
    return {
        "key": record.address,
        "party": record.party,
        "scopes": [
            one.name.lower() for one in Scope if one.name and one != Scope.ANY and record.scopes & one
        ],
        "cap": cap,
        "valid_until": instant(record.valid_until) if record.valid_until <= _LAST_SECOND else None,
        "is_account": record.address == party_.account,
        "is_current": record.epoch == party_.epoch and record.valid_until > 0,
        "ledger": ledger(session, f"party:{record.party}", record.block_number),
    }


def invitation(record: Invitation, status: str) -> View:
    """``status`` as ``invitation_status`` says it."""
    return {
        "id": record.id,
        "status": status,
        "name": record.name,
        "country": record.country,
        "identifiers": [
            dict(zip(("country", "scheme", "value"), one, strict=True)) for one in record.identifiers
        ],
        "roles": record.roles,
        "valid_until": record.valid_until.isoformat(),
        "evidence": [{"title": title, "sha256": sha256} for title, sha256 in record.evidence],
        "expires_at": record.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "party": record.party,
        "act": record.act,
    }
