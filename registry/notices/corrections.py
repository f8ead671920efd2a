"""Whom a correction of an invoice concerns is told: in the transaction that links it, and once."""

from collections.abc import Callable, Iterator

from sqlalchemy.orm import Session

from registry.chain.words import LotStatus, ReceivableStatus
from registry.financing import queries as financing
from registry.invoices import correction_queries as corrections
from registry.invoices.model import InvoiceCorrection
from registry.kit.clock import Clock
from registry.notices import queries
from registry.notices.model import CorrectionWarning
from registry.receivables import exposure_queries
from registry.receivables import queries as receivables
from registry.receivables.checks import REGISTERING
from registry.receivables.exposure import family_of
from registry.receivables.model import Lot, Receivable
from registry.relay import queries as acts
from registry.relay.context import Context

# A party in several roles is told in the first of these.
ROLES = ("funder", "holder", "recourse", "obligor", "supplier")


def warn(
    session: Session, correction: InvoiceCorrection, *, clock: Clock, ids: Callable[[str], str]
) -> list[CorrectionWarning]:
    """A warning to obligor, holders, funders and recourse parties of every unpaid receivable that rests on what was
    corrected, those on their way to the ledger included; whom it was told before is not told again.

    Whether a change after the notice of assignment binds a factor is the law's to say (Civil Code article 765): the
    warning says which came first.
    """
    assert correction.corrected is not None
    told = queries.warned(session, correction.id)
    made = []
    for receivable, party, role in _concerned(session, family_of(session, correction.corrected)):
        if (party, receivable) in told:
            continue
        told.add((party, receivable))
        first = queries.first_arrival(session, receivable)
        made.append(
            CorrectionWarning(
                id=ids("cwn"),
                correction=correction.id,
                party=party,
                receivable=receivable,
                role=role,
                is_after_notice=first is not None and first.date() < correction.issued_on,
                made_at=clock.now(),
            )
        )
    session.add_all(made)
    session.flush()
    return made


def read_warning(context: Context, warning_id: str) -> CorrectionWarning:
    """A party has read a warning; nothing else follows. Read twice, the first time counts. Raises WarningNotFound."""
    with context.database.write() as session:
        found = queries.warning(session, warning_id)
        found.read_at = found.read_at or context.clock.now()
        return found


def _concerned(session: Session, family: frozenset[str]) -> Iterator[tuple[str, int, str]]:
    """Receivable, party and role, the role that counts first."""
    prints = [one for each in corrections.fingerprints_of(session, family).values() for one in each]
    for record in exposure_queries.unpaid_over(session, prints):
        roles = [
            ("obligor", record.obligor),
            *(pair for lot in _lots(session, record) for pair in _on_lot(session, lot)),
        ]
        if record.status == ReceivableStatus.REGISTERED:
            roles.append(("supplier", record.originator))
        for role, party in sorted(roles, key=lambda one: ROLES.index(one[0])):
            yield record.id, party, role
    unfinished = [one for kind in REGISTERING for one in acts.unfinished_ids(session, kind)]
    for draft in exposure_queries.drafts_on_their_way(session, family, unfinished):
        yield draft.receivable, draft.obligor, "obligor"
        yield draft.receivable, draft.originator, "supplier"


def _on_lot(session: Session, lot: Lot) -> Iterator[tuple[str, int]]:
    """Who has a stake in a lot that is not paid."""
    if lot.status == LotStatus.REDEEMED:
        return
    is_bought = lot.status == LotStatus.FINANCED
    yield ("funder" if is_bought else "holder"), lot.holder
    if lot.status in (LotStatus.LOCKED, LotStatus.PLEDGED):
        yield "funder", lot.peer
    elif is_bought and lot.peer:
        yield "recourse", lot.peer
    live = financing.live_financing(session, lot.id)
    if live is not None:
        yield "funder", live.funder


def _lots(session: Session, record: Receivable) -> Iterator[Lot]:
    after = ""
    while page := receivables.lots(session, receivable_id=record.id, after=after):
        yield from page
        after = page[-1].id
