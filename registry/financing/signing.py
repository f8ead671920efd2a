"""Two parties sign a sale or a reassignment, each in its own time: the first signature waits for the second."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from registry.chain.messages import Consent, Reassignment, Signed
from registry.chain.words import Scope
from registry.financing import queries
from registry.financing.errors import NotReservedForYou
from registry.financing.model import Financing, HalfSigned
from registry.financing.remedies import reassign_lot, reassignment_message, reassignment_terms
from registry.financing.rules import SaleTerms
from registry.financing.use_cases import finance_lot, sale_message
from registry.parties.consents import require_active, require_consent
from registry.receivables import queries as receivables
from registry.receivables.errors import NotEntitled
from registry.relay.context import Context
from registry.relay.model import Act

SALE = "sale"
REASSIGNMENT = "reassign"
REASSIGNMENT_SECONDS = 3 * 86_400


def for_sale(session: Session, context: Context, lot_id: str) -> Context:
    """A context whose consents last as long as the lot's lock, so that the other side finds time to sign."""
    return lasting(context, receivables.lot(session, lot_id).until - context.now)


def lasting(context: Context, seconds: int) -> Context:
    return replace(context, consent_seconds=max(0, seconds))


def sign_sale(context: Context, lot_id: str, by: int, consents: list[Consent]) -> Act | None:
    """``by`` signs the terms last agreed. With the other side's signature already here the sale goes out; else this
    one is kept and None answered.

    Raises NotReservedForYou, NotEntitled, consent refusals, and with both what ``finance_lot`` raises.
    """
    with context.database.write() as session:
        lot = receivables.lot(session, lot_id)
        financing = queries.live_financing(session, lot_id)
        if financing is None:
            raise NotReservedForYou("Agree on price and conditions first.", lot=lot_id)
        message = sale_message(session, lot_id, financing)
        both = _kept_with(
            session, context, SALE, lot_id, (by, _other(by, lot.holder, lot.peer)), message, consents
        )
    return finance_lot(context, lot_id, both) if both else None


def sign_reassignment(
    context: Context, lot_id: str, to: int, terms: SaleTerms, by: int, consents: list[Consent]
) -> Act | None:
    """The same for a financed lot that passes to the next funder ``to`` at these terms."""
    with context.database.write() as session:
        lot = receivables.lot(session, lot_id)
        message = reassignment_message(session, lot_id, to, terms)
        sides = (by, _other(by, lot.holder, to))
        both = _kept_with(session, context, REASSIGNMENT, lot_id, sides, message, consents, terms)
    return reassign_lot(context, lot_id, to, terms, both) if both else None


def reassignment_offered(session: Session, lot_id: str, to: int) -> tuple[Reassignment, SaleTerms]:
    """What the holding funder signed for ``to`` and at which terms. Raises NotReservedForYou where nothing
    that still holds was."""
    lot = receivables.lot(session, lot_id)
    kept = queries.half_signed(session, lot_id, REASSIGNMENT, lot.holder)
    if kept is None or kept.other != to or kept.terms is None:
        raise NotReservedForYou(
            "Its holder has signed no reassignment to you. Ask it to sign first.", lot=lot_id, party=to
        )
    terms = reassignment_terms(
        session, lot_id, Decimal(kept.terms["discount_rate"]), date.fromisoformat(kept.terms["pays_on"])
    )
    return reassignment_message(session, lot_id, to, terms), terms


def has_signed_sale(session: Session, context: Context, financing: Financing, party: int) -> bool:
    """Whether a party's signature over the terms last agreed waits here for the other's."""
    kept = queries.half_signed(session, financing.lot, SALE, party)
    if kept is None or kept.deadline < context.now or financing.terms is None:
        return False
    digest = sale_message(session, financing.lot, financing).digest(context.domain, 0)
    return kept.message == "0x" + digest.hex()


def _other(by: int, one: int, other: int) -> int:
    if by not in (one, other):
        raise NotEntitled(f"Parties {one} and {other} sign this.", party=by)
    return other if by == one else one


def _kept_with(
    session: Session,
    context: Context,
    act: str,
    lot_id: str,
    sides: tuple[int, int],
    message: Signed,
    consents: list[Consent],
    terms: SaleTerms | None = None,
) -> list[Consent]:
    """Both sides' consents where the other's is here and still holds; else nothing, with this one kept."""
    by, other = sides
    lot = receivables.lot(session, lot_id)
    require_consent(
        session,
        context,
        require_active(session, context, by),
        scope=Scope.FINANCE,
        currency=receivables.receivable(session, lot.receivable).currency,
        amount=lot.amount,
        message=message,
        consents=consents,
    )
    digest = "0x" + message.digest(context.domain, 0).hex()
    waiting = queries.half_signed(session, lot_id, act, other)
    if waiting is not None and waiting.message == digest and waiting.deadline >= context.now:
        return [*consents, *map(Consent.from_json, waiting.consents)]
    session.merge(
        HalfSigned(
            lot=lot_id,
            act=act,
            party=by,
            other=other,
            terms=terms.as_json() if terms else None,
            message=digest,
            consents=[one.as_json() for one in consents],
            deadline=min(one.deadline for one in consents),
            signed_at=context.clock.now(),
        )
    )
    return []
