"""A financed lot passes to the next funder: both sign, each in its own time."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from registry.chain.messages import Consent, Reassignment
from registry.chain.words import LotStatus, Role, Scope
from registry.financing.errors import LotNotFinanced, NotReservedForYou
from registry.financing.model import Financing
from registry.financing.remedies import reassign_lot, reassignment_message, reassignment_terms
from registry.financing.rules import SaleTerms
from registry.financing.signing import half_of_sale
from registry.parties.consents import require_active, require_consent, require_role
from registry.receivables import queries as receivables
from registry.receivables.batches import require_idle
from registry.receivables.errors import NotEntitled, SameHolder
from registry.receivables.rules import LOT_STATUS_NAMES
from registry.relay import queries as acts
from registry.relay.context import Context
from registry.relay.kept import Half, joined, kept_from
from registry.relay.model import Act

REASSIGN = "reassign"
DAYS_TO_SIGN = 3


def for_reassignment(context: Context) -> Context:
    """A context whose consents last long enough for the other funder to sign."""
    return replace(context, consent_seconds=DAYS_TO_SIGN * 86_400)


def sign_reassignment(
    context: Context, lot_id: str, to: int, terms: SaleTerms, by: int, consents: list[Consent]
) -> Act | None:
    """One funder signs that a financed lot passes to ``to`` at these terms; with the other's signature under the same
    it goes out, without it the signature is kept and the answer is None.

    Raises LotNotFinanced, NotEntitled, SameHolder, role_missing, consent refusals, and what ``reassign_lot`` raises.
    """
    with context.database.write() as session:
        lot = receivables.lot(session, lot_id)
        require_idle(session, lot.id)
        if lot.status != LotStatus.FINANCED:
            raise LotNotFinanced(f"The lot is {LOT_STATUS_NAMES[lot.status]}, not financed.", lot=lot.id)
        if to == lot.holder:
            raise SameHolder(f"Party {to} holds this lot already.", lot=lot.id, party=to)
        sides = {lot.holder: to, to: lot.holder}
        if by not in sides:
            raise NotEntitled("Only the two funders pass a lot on.", lot=lot.id, party=by)
        require_role(require_active(session, context, to), Role.FUNDER)
        message = reassignment_message(session, lot_id, to, terms)
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
        words = {"discount_rate": terms.discount_rate, "pays_on": terms.pays_on}
        both = joined(
            session, context, Half(REASSIGN, f"lot:{lot.id}", message, by, sides[by], words), consents
        )
    return reassign_lot(context, lot_id, to, terms, both) if both else None


def offered_reassignment(
    session: Session, context: Context, lot_id: str, to: int
) -> tuple[Reassignment, SaleTerms]:
    """What the holding funder signed for ``to``, and at which terms. Raises NotReservedForYou where nothing that
    still counts was."""
    lot = receivables.lot(session, lot_id)
    kept = acts.kept_consent(session, REASSIGN, f"lot:{lot.id}", lot.holder)
    if kept is None or kept.awaits != to:
        raise NotReservedForYou(
            "Its holder has signed no reassignment to you. Ask it to sign first.", lot=lot.id, party=to
        )
    rate, pays_on = Decimal(kept.filled_in["discount_rate"]), date.fromisoformat(kept.filled_in["pays_on"])
    terms = reassignment_terms(session, lot_id, rate, pays_on)
    message = reassignment_message(session, lot_id, to, terms)
    if (
        kept_from(session, context, Half(REASSIGN, f"lot:{lot.id}", message, to, lot.holder), lot.holder)
        is None
    ):
        raise NotReservedForYou(
            "What its holder signed counts no more: it ran out, or the lot has changed. Ask it to sign again.",
            lot=lot.id,
            party=to,
        )
    return message, terms


def has_signed_sale(session: Session, context: Context, financing: Financing, party: int) -> bool:
    """Whether a party's signature over the terms last agreed waits here for the other side's."""
    lot = receivables.lot(session, financing.lot)
    if (
        financing.terms is None
        or lot.status != LotStatus.LOCKED
        or party not in (lot.holder, financing.funder)
    ):
        return False
    half = half_of_sale(session, financing.lot, financing, party)
    return kept_from(session, context, half, party) is not None
