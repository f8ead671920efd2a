"""A funder's ways out: enforce a pledge, reassign, put back; and claims given up."""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from registry.chain.messages import Consent, Enforcement, PutBack, Reassignment, Signed, WriteOff
from registry.chain.words import LotStatus, Role, Scope
from registry.financing.errors import LotNotFinanced, LotNotPledged, NoRecourse, NotMature
from registry.financing.evidence import require_proven
from registry.financing.model import Financing, FinancingStatus
from registry.financing.rules import SaleTerms
from registry.financing.standing import REASSIGNED, end, live_financing
from registry.financing.use_cases import hash_terms, terms_of_sale
from registry.kit.clock import from_unix
from registry.kit.money import Money, currency
from registry.mirror.finality import require_final
from registry.parties import queries as parties
from registry.parties.consents import require_active, require_consent, require_role, require_unfrozen
from registry.parties.model import Party
from registry.receivables import queries as receivables
from registry.receivables.batches import require_idle
from registry.receivables.endings import text_hash
from registry.receivables.errors import AmountNotPositive, AmountOverLot, LotRedeemed, SameHolder
from registry.receivables.lots import require_running
from registry.receivables.model import Lot, Receivable
from registry.receivables.rules import LOT_STATUS_NAMES
from registry.receivables.rulings import judge_lot
from registry.relay.context import Context
from registry.relay.model import Act
from registry.relay.use_cases import enqueue_act


def enforcement_message(session: Session, lot_id: str) -> Enforcement:
    """What a pledgee signs to take title."""
    lot = receivables.lot(session, lot_id)
    return Enforcement(int(lot.id, 16), lot.seq, lot.amount)


def enforce_pledge(context: Context, lot_id: str, consents: list[Consent]) -> Act:
    """From the maturity on a pledgee takes title to an unpaid lot.

    Raises LotNotPledged, NotMature, receivable_suspended, halted, party_frozen, party_expired, consent refusals,
    rule_blocks.
    """
    with context.database.write() as session:
        lot, receivable = _lot(session, lot_id)
        if lot.status != LotStatus.PLEDGED:
            raise LotNotPledged(f"The lot is {LOT_STATUS_NAMES[lot.status]}, not pledged.", lot=lot.id)
        require_running(session, receivable)
        _require_mature(context, lot, receivable)
        funder = require_active(session, context, lot.peer)
        message = enforcement_message(session, lot_id)
        _require_financing_consent(session, context, funder, (lot, receivable), message, consents)
        judge_lot(session, context, "enforce", lot, receivable, lot.amount)
        about = f"lot:{lot.id}"
        return enqueue_act(session, context, "enforce", about, [int(lot.id, 16)], consents, actor=lot.peer)


def put_back_message(session: Session, lot_id: str) -> PutBack:
    """What a funder signs to give a lot back to its recourse party."""
    lot = receivables.lot(session, lot_id)
    return PutBack(int(lot.id, 16), lot.seq, lot.amount)


def put_lot_back(context: Context, lot_id: str, consents: list[Consent]) -> Act:
    """From the maturity on the holding funder gives an unpaid lot back to the party that stands in for it.

    Open whatever the state of registry, receivable and parties. Raises LotNotFinanced, NoRecourse, NotMature,
    consent refusals.
    """
    with context.database.write() as session:
        lot, receivable = _financed(session, lot_id)
        if lot.peer == 0:
            raise NoRecourse("It was financed without recourse; nobody has to take it back.", lot=lot.id)
        _require_mature(context, lot, receivable)
        funder = parties.party(session, lot.holder)
        message = put_back_message(session, lot_id)
        _require_financing_consent(session, context, funder, (lot, receivable), message, consents)
        about = f"lot:{lot.id}"
        return enqueue_act(session, context, "putBack", about, [int(lot.id, 16)], consents, actor=lot.holder)


def reassignment_terms(session: Session, lot_id: str, rate: Decimal, pays_on: date) -> SaleTerms:
    """Price and conditions at which a financed lot passes to the next funder. Raises LotNotFinanced, PriceInvalid."""
    lot, receivable = _financed(session, lot_id)
    return terms_of_sale(lot, receivable, rate, pays_on, with_recourse=lot.peer != 0)


def reassignment_message(session: Session, lot_id: str, to: int, terms: SaleTerms) -> Reassignment:
    """What the holding and the receiving funder both sign."""
    lot = receivables.lot(session, lot_id)
    return Reassignment(int(lot.id, 16), lot.seq, lot.amount, to, hash_terms(terms))


def reassign_lot(context: Context, lot_id: str, to: int, terms: SaleTerms, consents: list[Consent]) -> Act:
    """A financed lot passes whole to the next funder; its recourse party stays. The lot's financing ends and one
    of the receiving funder takes its place.

    Raises LotNotFinanced, NotFinal, SameHolder, receivable_suspended, halted, refusals of parties and consents,
    rule_blocks, ActPending, LedgerDiffers, NotProven.
    """
    require_proven(context, lot_id)
    with context.database.write() as session:
        lot, receivable = _financed(session, lot_id)
        require_final(session, lot.block_number, "The lot")
        if to == lot.holder:
            raise SameHolder(f"Party {to} holds this lot already.", lot=lot.id, party=to)
        require_running(session, receivable)
        giving = require_active(session, context, lot.holder)
        taking = require_active(session, context, to)
        require_role(taking, Role.FUNDER)
        message = reassignment_message(session, lot_id, to, terms)
        for party in (giving, taking):
            _require_financing_consent(session, context, party, (lot, receivable), message, consents)
        judge_lot(session, context, "reassign", lot, receivable, lot.amount)
        arguments = [int(lot.id, 16), to, message.terms_hash]
        act = enqueue_act(
            session, context, "reassign", f"lot:{lot.id}", arguments, consents, actor=lot.holder
        )
        before = live_financing(session, context, lot)
        if before is not None:
            end(context, before, REASSIGNED)
            session.flush()
        session.add(
            Financing(
                id=context.new_id("fin"),
                lot=lot.id,
                funder=to,
                seller=lot.holder,
                until=lot.until,
                status=FinancingStatus.SUBMITTED,
                terms=terms.as_json(),
                terms_hash="0x" + message.terms_hash.hex(),
                act=act.id,
                created_at=context.clock.now(),
            )
        )
        return act


def write_off_message(session: Session, lot_id: str, amount_minor: int, reason: str) -> WriteOff:
    """What a holder signs that gives up a claim; of a pledged lot its funder signs it too."""
    lot = receivables.lot(session, lot_id)
    return WriteOff(int(lot.id, 16), lot.seq, lot.amount, amount_minor, text_hash(reason))


def write_lot_off(
    context: Context, lot_id: str, amount_minor: int, reason: str, consents: list[Consent]
) -> Act:
    """The holder, of a pledged lot its funder too, gives up a claim, which then counts as settled.

    Raises LotRedeemed, AmountNotPositive, AmountOverLot, party_frozen, consent refusals.
    """
    with context.database.write() as session:
        lot, receivable = _lot(session, lot_id)
        if lot.status == LotStatus.REDEEMED:
            raise LotRedeemed("Nothing of this lot is left to give up.", lot=lot.id)
        if amount_minor <= 0:
            raise AmountNotPositive("Give up more than zero.", lot=lot.id)
        if amount_minor > lot.amount:
            left = Money(lot.amount, currency(receivable.currency))
            raise AmountOverLot(f"The lot is {left}.", lot=lot.id, lot_amount_minor=lot.amount)
        message = write_off_message(session, lot_id, amount_minor, reason)
        giving = [lot.holder, lot.peer] if lot.status == LotStatus.PLEDGED else [lot.holder]
        for number in giving:
            require_consent(
                session,
                context,
                require_unfrozen(session, number),
                scope=Scope.SETTLE,
                currency=receivable.currency,
                amount=amount_minor,
                message=message,
                consents=consents,
            )
        arguments = [int(lot.id, 16), amount_minor, message.reason]
        about = f"lot:{lot.id}"
        return enqueue_act(session, context, "writeOff", about, arguments, consents, actor=lot.holder)


# ---------------------------------------------------------------------- private


def _lot(session: Session, lot_id: str) -> tuple[Lot, Receivable]:
    lot = receivables.lot(session, lot_id)
    require_idle(session, lot.id)
    return lot, receivables.receivable(session, lot.receivable)


def _financed(session: Session, lot_id: str) -> tuple[Lot, Receivable]:
    lot, receivable = _lot(session, lot_id)
    if lot.status != LotStatus.FINANCED:
        raise LotNotFinanced(f"The lot is {LOT_STATUS_NAMES[lot.status]}, not financed.", lot=lot.id)
    return lot, receivable


def _require_mature(context: Context, lot: Lot, receivable: Receivable) -> None:
    if context.now < receivable.maturity:
        raise NotMature(
            f"It is due on {from_unix(receivable.maturity):%Y-%m-%d}; until then it may still be paid.",
            lot=lot.id,
            maturity=receivable.maturity,
        )


def _require_financing_consent(
    session: Session,
    context: Context,
    party: Party,
    claim: tuple[Lot, Receivable],
    message: Signed,
    consents: list[Consent],
) -> None:
    lot, receivable = claim
    require_consent(
        session,
        context,
        party,
        scope=Scope.FINANCE,
        currency=receivable.currency,
        amount=lot.amount,
        message=message,
        consents=consents,
    )
