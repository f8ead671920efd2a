"""A person decides whether two invoices are one; what follows for both is the rules' to say."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.invoices import near_queries, queries
from registry.invoices.corrections import link_corrections, unlink_corrections
from registry.invoices.errors import InvoiceRaced, ReasonMissing
from registry.invoices.model import (
    InvoiceBlockedKey,
    InvoiceKey,
    InvoiceRecord,
    InvoiceSuspicion,
    InvoiceVerdict,
)
from registry.invoices.rules import Outcome, Verdict, Weighed, outcome_of
from registry.kit.clock import Clock
from registry.parties import queries as parties
from registry.storage.unit_of_work import Database

MAX_WHY_CHARS = 1000


@dataclass(frozen=True, slots=True)
class Decided:
    """``outcome`` of the later invoice and ``other_outcome`` of the earlier one, after the decision."""

    verdict: Verdict
    outcome: Outcome
    other_outcome: Outcome


def decide_suspicion(
    uow: Database,
    suspicion_id: str,
    verdict: Verdict,
    *,
    why: str,
    by: str,
    clock: Clock,
    ids: Callable[[str], str],
) -> Decided:
    """Decide, or decide anew: the last verdict counts, the earlier ones stay on record. ``by``: who says so.

    Raises SuspicionUnknown, ReasonMissing without a reason of at most MAX_WHY_CHARS, and InvoiceRaced where a key
    was taken at this moment.
    """
    words = why.strip()
    if not words or len(words) > MAX_WHY_CHARS:
        raise ReasonMissing(f"Say in a sentence why, in at most {MAX_WHY_CHARS} characters.", field="why")
    try:
        with uow.write() as session:
            suspicion = near_queries.suspicion(session, suspicion_id)
            decided = _decide(session, suspicion, verdict, words, by, clock)
            for invoice in (suspicion.other_id, suspicion.invoice_id):
                _relink(session, queries.invoice_by_id(session, invoice), clock, ids)
            return decided
    except IntegrityError as error:
        raise InvoiceRaced("Try again in a few seconds.") from error


def _decide(
    session: Session,
    suspicion: InvoiceSuspicion,
    verdict: Verdict,
    why: str,
    by: str,
    clock: Clock,
) -> Decided:
    suspicion.verdict = verdict.value
    session.add(
        InvoiceVerdict(
            suspicion_id=suspicion.id,
            place=len(near_queries.verdicts(session, suspicion.id)) + 1,
            verdict=verdict.value,
            why=why,
            by=by,
            decided_at=clock.now(),
        )
    )
    session.flush()
    later = queries.invoice_by_id(session, suspicion.invoice_id)
    earlier = queries.invoice_by_id(session, suspicion.other_id)
    _settle(session, earlier, later)
    return Decided(verdict, Outcome(later.outcome), Outcome(earlier.outcome))


def _settle(session: Session, earlier: InvoiceRecord, later: InvoiceRecord) -> None:
    """Give both their outcome. Whoever loses its keys does so first, so that the other finds them free."""
    for record in (earlier, later):
        if not _outcome(session, record, are_keys_free=True).is_accepted:
            _hold(session, record, is_accepted=False)
    for record in (earlier, later):
        found = _outcome(session, record, are_keys_free=near_queries.has_free_keys(session, record.id))
        record.outcome = found.value
        _hold(session, record, is_accepted=found.is_accepted)


def _relink(session: Session, record: InvoiceRecord, clock: Clock, ids: Callable[[str], str]) -> None:
    """A credit note that counts as another one takes nothing off; one that is accepted at last does."""
    if record.is_accepted:
        owners = parties.identifiers_of(session, record.uploader_party)
        link_corrections(session, record, owners, clock, ids)
    else:
        unlink_corrections(session, record)


def _outcome(session: Session, record: InvoiceRecord, *, are_keys_free: bool) -> Outcome:
    about = near_queries.about(session, record.id)
    return outcome_of(
        [_weighed(one) for one in about if one.invoice_id == record.id],
        [_verdict(one) for one in about if one.other_id == record.id],
        are_keys_free=are_keys_free,
    )


def _weighed(one: InvoiceSuspicion) -> Weighed:
    return Weighed(_verdict(one), is_contradiction=one.is_contradiction, is_hidden=one.is_hidden)


def _verdict(one: InvoiceSuspicion) -> Verdict | None:
    return Verdict(one.verdict) if one.verdict else None


def _hold(session: Session, record: InvoiceRecord, *, is_accepted: bool) -> None:
    """Move an invoice's legal keys to where accepted ones are unique, or to where blocked ones block nothing."""
    table: type[InvoiceKey | InvoiceBlockedKey] = InvoiceKey if is_accepted else InvoiceBlockedKey
    for one in near_queries.keys_of(session, record.id):
        if isinstance(one, table):
            continue
        session.delete(one)
        moved = {
            name: getattr(one, name)
            for name in ("invoice_id", "key", "scope", "version", "check_key", "contents")
        }
        session.add(table(**moved))
    session.flush()
