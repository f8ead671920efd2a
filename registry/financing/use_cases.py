"""Reserve, lock, agree, finance, release, settle: one lot, at most one live financing."""

from datetime import date
from decimal import Decimal

import orjson
from sqlalchemy.orm import Session

from registry.chain.messages import Consent, Lock, Release, Sale, Settlement, keccak256
from registry.chain.words import LotStatus, PartyFlag, Role, Scope
from registry.financing import queries
from registry.financing.errors import (
    LockEndInvalid,
    LockNotOver,
    LockOver,
    LotNotLocked,
    LotRedeemed,
    LotReserved,
    NotEntitled,
    NotReservedForYou,
    PriceInvalid,
)
from registry.financing.model import Financing, FinancingStatus
from registry.financing.rules import SaleTerms, discounted_price
from registry.kit.clock import from_unix
from registry.kit.money import Money, currency
from registry.parties import queries as parties
from registry.parties.consents import require_active, require_consent, require_role
from registry.receivables import queries as receivables
from registry.receivables.errors import AmountNotPositive, AmountOverLot, SameHolder
from registry.receivables.lots import free_lot, lot_act, require_running
from registry.receivables.model import Lot, Receivable
from registry.receivables.rules import LOT_STATUS_NAMES
from registry.receivables.rulings import judge_lot
from registry.relay import queries as acts
from registry.relay.context import Context
from registry.relay.model import Act
from registry.relay.refusals import refusal
from registry.relay.use_cases import require_no_pending_act


def reserve_lot(context: Context, lot_id: str, funder: int, until: int) -> Financing:
    """Keep a free lot for a funder while it reviews; ends by itself at ``until`` (seconds).

    Raises LotReserved for a second funder, LotNotFree, LockEndInvalid, role_missing.
    """
    with context.database.write() as session:
        lot, receivable = free_lot(session, lot_id)
        if funder == lot.holder:
            raise SameHolder(f"Party {funder} holds this lot itself.", lot=lot.id, party=funder)
        require_role(require_active(session, context, funder), Role.FUNDER)
        _require_end(context, receivable, until)
        live = _live(session, context, lot)
        if live is not None and live.funder == funder:
            live.until = until
            return live
        if live is not None:
            raise LotReserved(
                f"The lot is kept for party {live.funder} until {from_unix(live.until):%Y-%m-%d %H:%M} UTC.",
                lot=lot.id,
                until=live.until,
            )
        financing = Financing(
            id=context.new_id("fin"),
            lot=lot.id,
            funder=funder,
            seller=lot.holder,
            until=until,
            status=FinancingStatus.RESERVED,
            created_at=context.clock.now(),
        )
        session.add(financing)
        return financing


def lock_message(session: Session, lot_id: str, funder: int, until: int) -> Lock:
    """What the holder signs to hold a lot for one funder."""
    lot = receivables.lot(session, lot_id)
    return Lock(int(lot.id, 16), lot.seq, lot.amount, funder, until)


def lock_lot(context: Context, lot_id: str, funder: int, until: int, consents: list[Consent]) -> Act:
    """The holder locks a lot for a funder on chain: nobody else can take, split or lock it until the end."""
    with context.database.write() as session:
        lot, receivable = free_lot(session, lot_id)
        require_no_pending_act(session, f"lot:{lot.id}")
        if funder == lot.holder:
            raise SameHolder(f"Party {funder} holds this lot itself.", lot=lot.id, party=funder)
        live = _live(session, context, lot)
        if live is not None and live.funder != funder:
            raise LotReserved(
                f"The lot is kept for party {live.funder}; wait for its answer or its end.",
                lot=lot.id,
                until=live.until,
            )
        _require_end(context, receivable, until)
        require_running(receivable)
        require_role(require_active(session, context, funder), Role.FUNDER)
        require_consent(
            session,
            context,
            require_active(session, context, lot.holder),
            scope=Scope.FINANCE,
            currency=receivable.currency,
            amount=lot.amount,
            message=lock_message(session, lot_id, funder, until),
            consents=consents,
        )
        return lot_act(session, context, "lock", lot, [int(lot.id, 16), funder, until], consents, lot.holder)


def release_message(session: Session, lot_id: str) -> Release:
    lot = receivables.lot(session, lot_id)
    return Release(int(lot.id, 16), lot.seq, lot.amount)


def release_lot(context: Context, lot_id: str, by: int, consents: list[Consent]) -> Act:
    """End a lock: its funder at any time, the holder once it has run out."""
    with context.database.write() as session:
        lot, _ = _locked_lot(session, lot_id)
        require_no_pending_act(session, f"lot:{lot.id}")
        if by not in (lot.peer, lot.holder):
            raise NotEntitled(
                f"Only party {lot.peer} or its holder may release the lot.", lot=lot.id, party=by
            )
        if by == lot.holder and context.now < lot.until:
            raise LockNotOver(
                f"The lock ends at {from_unix(lot.until):%Y-%m-%d %H:%M} UTC; until then only its funder releases it.",
                lot=lot.id,
                until=lot.until,
            )
        require_consent(
            session,
            context,
            parties.party(session, by),
            scope=Scope.FINANCE,
            currency=0,
            amount=0,
            message=release_message(session, lot_id),
            consents=consents,
        )
        live = _live(session, context, lot)
        if live is not None:
            _end(context, live, "released")
        return lot_act(session, context, "release", lot, [int(lot.id, 16), by], consents, by)


def agree_sale(
    context: Context,
    lot_id: str,
    funder: int,
    rate: Decimal,
    *,
    with_recourse: bool,
    pays_on: date | None = None,
) -> Financing:
    """Fix price and conditions for a lot locked for ``funder``; both parties then sign their hash.

    Raises LotNotLocked, NotReservedForYou, PriceInvalid.
    """
    with context.database.write() as session:
        lot, receivable = _locked_lot(session, lot_id)
        _require_funder(lot, funder)
        if not Decimal(0) <= rate < Decimal(1):
            raise PriceInvalid(
                "The yearly discount rate lies between 0 and 1, for example 0.045.", rate=str(rate)
            )
        maturity = from_unix(receivable.maturity).date()
        paid = pays_on or context.clock.now().date()
        terms = SaleTerms(
            lot=lot.id,
            amount_minor=lot.amount,
            currency=currency(receivable.currency).code,
            price_minor=discounted_price(lot.amount, rate, paid, maturity),
            discount_rate=str(rate),
            day_count="ACT/360",
            pays_on=paid.isoformat(),
            maturity=maturity.isoformat(),
            with_recourse=with_recourse,
        )
        financing = _live(session, context, lot) or Financing(
            id=context.new_id("fin"),
            lot=lot.id,
            funder=funder,
            seller=lot.holder,
            created_at=context.clock.now(),
        )
        financing.until = lot.until
        financing.status = FinancingStatus.AGREED
        financing.terms = terms.as_json()
        financing.terms_hash = "0x" + hash_terms(terms).hex()
        session.add(financing)
        return financing


def hash_terms(terms: SaleTerms) -> bytes:
    """Keccak-256 of the terms as JSON with sorted keys and no blanks."""
    return keccak256(orjson.dumps(terms.as_json(), option=orjson.OPT_SORT_KEYS))


def sale_message(session: Session, lot_id: str, financing: Financing) -> Sale:
    """What holder and funder both sign."""
    lot = receivables.lot(session, lot_id)
    if financing.terms is None or financing.terms_hash is None:
        raise NotReservedForYou("Agree on price and conditions first.", lot=lot.id)
    return Sale(
        int(lot.id, 16),
        lot.seq,
        lot.amount,
        financing.funder,
        bool(financing.terms["with_recourse"]),
        pledge=False,
        terms_hash=bytes.fromhex(financing.terms_hash[2:]),
    )


def finance_lot(context: Context, lot_id: str, consents: list[Consent]) -> Act:
    """Hand in a sale that holder and funder signed. The lot's one live financing is checked again here, in the
    transaction that writes the act, and once more on chain."""
    with context.database.write() as session:
        lot, receivable = _locked_lot(session, lot_id)
        require_no_pending_act(session, f"lot:{lot.id}")
        if context.now >= lot.until:
            raise LockOver(
                "The lock ran out; the holder may lock the lot again.", lot=lot.id, until=lot.until
            )
        require_running(receivable)
        financing = _live(session, context, lot)
        if financing is None:
            raise NotReservedForYou("Agree on price and conditions first.", lot=lot.id)
        _require_funder(lot, financing.funder)
        message = sale_message(session, lot_id, financing)
        for number in (lot.holder, lot.peer):
            require_consent(
                session,
                context,
                require_active(session, context, number),
                scope=Scope.FINANCE,
                currency=receivable.currency,
                amount=lot.amount,
                message=message,
                consents=consents,
            )
        judge_lot(session, context, "finance", lot, receivable, lot.amount)
        act = lot_act(
            session,
            context,
            "finance",
            lot,
            [int(lot.id, 16), message.with_recourse, message.terms_hash],
            consents,
            lot.peer,
        )
        financing.status = FinancingStatus.SUBMITTED
        financing.act = act.id
        return act


def settlement_message(session: Session, lot_id: str, amount_minor: int, payment: str) -> Settlement:
    """What the settler signs, or the holder as its receipt; ``payment`` is the payment's reference."""
    lot = receivables.lot(session, lot_id)
    return Settlement(int(lot.id, 16), lot.seq, lot.amount, lot.holder, amount_minor, payment_hash(payment))


def payment_hash(reference: str) -> bytes:
    """Keccak-256 of a payment's reference, so that the reference itself stays off chain."""
    return keccak256(reference.strip().encode())


def settle_lot(
    context: Context, lot_id: str, by: int, amount_minor: int, payment: str, consents: list[Consent]
) -> Act:
    """Record that the obligor paid the holder: by the receivable's settler or the holder's own receipt.

    Raises NotEntitled, LotRedeemed, AmountOverLot, AmountNotPositive, party_frozen, consent refusals.
    """
    with context.database.write() as session:
        lot = receivables.lot(session, lot_id)
        require_no_pending_act(session, f"lot:{lot.id}")
        if lot.status == LotStatus.REDEEMED:
            raise LotRedeemed("Nothing of this lot is left to pay.", lot=lot.id)
        receivable = receivables.receivable(session, lot.receivable)
        if by != lot.holder and (by != receivable.settler or by == 0):
            raise NotEntitled(
                f"A payment is recorded by the settler (party {receivable.settler}) or its holder (party {lot.holder}).",
                lot=lot.id,
                party=by,
            )
        if amount_minor <= 0:
            raise AmountNotPositive("A payment is more than zero.", lot=lot.id)
        if amount_minor > lot.amount:
            unit = currency(receivable.currency)
            raise AmountOverLot(
                f"The lot has {Money(lot.amount, unit)} left to pay.", lot=lot.id, lot_amount_minor=lot.amount
            )
        recorder = parties.party(session, by)
        if recorder.flags & PartyFlag.FROZEN:
            raise refusal("PartyFrozen", party=by)
        message = settlement_message(session, lot_id, amount_minor, payment)
        require_consent(
            session,
            context,
            recorder,
            scope=Scope.SETTLE,
            currency=receivable.currency,
            amount=amount_minor,
            message=message,
            consents=consents,
        )
        arguments = [int(lot.id, 16), by, lot.holder, lot.amount, amount_minor, message.payment]
        return lot_act(session, context, "settle", lot, arguments, consents, by)


# ---------------------------------------------------------------------- private


def _live(session: Session, context: Context, lot: Lot) -> Financing | None:
    """The lot's live financing; one that has run out or failed is ended here, where it is noticed."""
    live = queries.live_financing(session, lot.id)
    if live is None:
        return None
    if live.status == FinancingStatus.SUBMITTED:
        if live.act is None or not acts.is_refused(session, live.act):
            return live
        live.status = FinancingStatus.AGREED
    if context.now < live.until:
        return live
    _end(context, live, "ran_out")
    session.flush()
    return None


def _end(context: Context, financing: Financing, because: str) -> None:
    financing.status = FinancingStatus.ENDED
    financing.ended_at = context.clock.now()
    financing.ended_because = because


def _locked_lot(session: Session, lot_id: str) -> tuple[Lot, Receivable]:
    lot = receivables.lot(session, lot_id)
    if lot.status != LotStatus.LOCKED:
        raise LotNotLocked(
            f"The lot is {LOT_STATUS_NAMES[lot.status]}; lock it for the funder first.", lot=lot.id
        )
    return lot, receivables.receivable(session, lot.receivable)


def _require_funder(lot: Lot, funder: int) -> None:
    if lot.peer != funder:
        raise NotReservedForYou(
            f"The lot is locked for party {lot.peer}, not for {funder}.", lot=lot.id, party=funder
        )


def _require_end(context: Context, receivable: Receivable, until: int) -> None:
    if not context.now < until <= receivable.maturity:
        raise LockEndInvalid(
            f"It must end after now and by {from_unix(receivable.maturity):%Y-%m-%d}.",
            until=until,
            maturity=receivable.maturity,
        )
