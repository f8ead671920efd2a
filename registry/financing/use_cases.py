"""Reserve, lock, agree, finance, release: one lot, at most one live financing."""

from datetime import date
from decimal import Decimal

import orjson
from sqlalchemy.orm import Session

from registry.chain.messages import Consent, Lock, Release, Sale, keccak256
from registry.chain.words import LotStatus, Role, Scope
from registry.financing.errors import (
    LockEndInvalid,
    LockNotOver,
    LockOver,
    LotNotLocked,
    LotReserved,
    NotReservedForYou,
    PriceInvalid,
)
from registry.financing.evidence import require_proven
from registry.financing.model import Financing, FinancingStatus
from registry.financing.rules import SaleTerms, discounted_price
from registry.financing.standing import end, live_financing
from registry.kit.clock import from_unix
from registry.kit.money import currency
from registry.mirror.finality import require_final
from registry.parties import queries as parties
from registry.parties.consents import require_active, require_consent, require_role, require_unfrozen
from registry.receivables import queries as receivables
from registry.receivables.batches import require_idle
from registry.receivables.errors import NotEntitled, SameHolder
from registry.receivables.exposure import require_uncorrected
from registry.receivables.lots import free_lot, require_running
from registry.receivables.model import Lot, Receivable
from registry.receivables.rules import LOT_STATUS_NAMES
from registry.receivables.rulings import judge_lot
from registry.relay.context import Context
from registry.relay.model import Act
from registry.relay.use_cases import enqueue_act


def reserve_lot(context: Context, lot_id: str, funder: int, until: int) -> Financing:
    """Keep a free lot for a funder while it reviews; ends by itself at ``until`` (seconds).

    Raises LotReserved for a second funder, LotNotFree, LockEndInvalid, InvoiceCorrected, role_missing.
    """
    with context.database.write() as session:
        lot, receivable = free_lot(session, lot_id)
        if funder == lot.holder:
            raise SameHolder(f"Party {funder} holds this lot itself.", lot=lot.id, party=funder)
        require_role(require_active(session, context, funder), Role.FUNDER)
        _require_end(context, receivable, until)
        require_uncorrected(session, receivable.id)
        live = live_financing(session, context, lot)
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


def end_reservation(context: Context, lot_id: str, funder: int) -> Financing:
    """A funder lets a lot go that is kept for it and not locked. Raises LotNotFree, NotReservedForYou."""
    with context.database.write() as session:
        lot, _ = free_lot(session, lot_id)
        live = live_financing(session, context, lot)
        if live is None or live.funder != funder:
            raise NotReservedForYou(f"The lot is not kept for party {funder}.", lot=lot.id, party=funder)
        end(context, live, "let_go")
        return live


def lock_message(session: Session, lot_id: str, funder: int, until: int) -> Lock:
    """What the holder signs to hold a lot for one funder."""
    lot = receivables.lot(session, lot_id)
    return Lock(int(lot.id, 16), lot.seq, lot.amount, funder, until)


def lock_lot(context: Context, lot_id: str, funder: int, until: int, consents: list[Consent]) -> Act:
    """The holder locks a lot for a funder on chain: nobody else can take, split or lock it until the end."""
    with context.database.write() as session:
        lot, receivable = free_lot(session, lot_id)
        if funder == lot.holder:
            raise SameHolder(f"Party {funder} holds this lot itself.", lot=lot.id, party=funder)
        live = live_financing(session, context, lot)
        if live is not None and live.funder != funder:
            raise LotReserved(
                f"The lot is kept for party {live.funder}; wait for its answer or its end.",
                lot=lot.id,
                until=live.until,
            )
        _require_end(context, receivable, until)
        require_running(session, receivable)
        require_uncorrected(session, receivable.id)
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
        arguments = [int(lot.id, 16), funder, until]
        return enqueue_act(session, context, "lock", f"lot:{lot.id}", arguments, consents, actor=lot.holder)


def release_message(session: Session, lot_id: str) -> Release:
    """What a funder signs to let a lot go, or its holder once the lock has run out."""
    lot = receivables.lot(session, lot_id)
    return Release(int(lot.id, 16), lot.seq, lot.amount)


def release_lot(context: Context, lot_id: str, by: int, consents: list[Consent]) -> Act:
    """End a lock: its funder at any time, the holder once it has run out. End a pledge: its funder alone.

    Raises LotNotLocked, NotEntitled, LockNotOver, party_frozen of a pledgee, consent refusals, ActPending.
    """
    with context.database.write() as session:
        lot = receivables.lot(session, lot_id)
        require_idle(session, lot.id)
        is_pledged = lot.status == LotStatus.PLEDGED
        if not is_pledged:
            _require_locked(lot)
        if by not in (lot.peer, lot.holder) or (is_pledged and by != lot.peer):
            raise NotEntitled(
                f"Only party {lot.peer}{'' if is_pledged else ' or its holder'} may release the lot.",
                lot=lot.id,
                party=by,
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
            require_unfrozen(session, by) if is_pledged else parties.party(session, by),
            scope=Scope.FINANCE,
            currency=0,
            amount=0,
            message=release_message(session, lot_id),
            consents=consents,
        )
        live = live_financing(session, context, lot)
        if live is not None and not is_pledged:  # a pledge's row follows the chain
            end(context, live, "released")
        return enqueue_act(
            session, context, "release", f"lot:{lot.id}", [int(lot.id, 16), by], consents, actor=by
        )


def agree_sale(
    context: Context,
    lot_id: str,
    funder: int,
    rate: Decimal,
    *,
    with_recourse: bool,
    is_pledge: bool = False,
    pays_on: date | None = None,
) -> Financing:
    """Fix price and conditions for a lot locked for ``funder``; both parties then sign their hash. In a pledge
    title stays with the holder, and the price is what the funder advances.

    Raises LotNotLocked, NotReservedForYou, PriceInvalid, LedgerDiffers, NotProven.
    """
    require_proven(context, lot_id)
    with context.database.write() as session:
        lot, receivable = _locked_lot(session, lot_id)
        _require_funder(lot, funder)
        terms = terms_of_sale(
            lot,
            receivable,
            rate,
            pays_on or context.clock.now().date(),
            with_recourse=with_recourse,
            is_pledge=is_pledge,
        )
        financing = live_financing(session, context, lot) or Financing(
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


def terms_of_sale(
    lot: Lot,
    receivable: Receivable,
    rate: Decimal,
    pays_on: date,
    *,
    with_recourse: bool,
    is_pledge: bool = False,
) -> SaleTerms:
    """The conditions at a yearly discount rate, ACT/360 from ``pays_on`` to the maturity. Raises PriceInvalid."""
    if not Decimal(0) <= rate < Decimal(1):
        raise PriceInvalid(
            "The yearly discount rate lies between 0 and 1, for example 0.045.", rate=str(rate)
        )
    maturity = from_unix(receivable.maturity).date()
    return SaleTerms(
        lot=lot.id,
        amount_minor=lot.amount,
        currency=currency(receivable.currency).code,
        price_minor=discounted_price(lot.amount, rate, pays_on, maturity),
        discount_rate=str(rate),
        day_count="ACT/360",
        pays_on=pays_on.isoformat(),
        maturity=maturity.isoformat(),
        with_recourse=with_recourse,
        is_pledge=is_pledge,
    )


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
        bool(financing.terms.get("is_pledge")),
        bytes.fromhex(financing.terms_hash[2:]),
    )


def finance_lot(context: Context, lot_id: str, consents: list[Consent]) -> Act:
    """Hand in a sale or pledge that holder and funder signed. The lot's one live financing is checked again here, in the
    transaction that writes the act, and once more on chain. Raises NotFinal while the lock could still be undone,
    LedgerDiffers, NotProven."""
    require_proven(context, lot_id)
    with context.database.write() as session:
        lot, receivable = _locked_lot(session, lot_id)
        require_final(session, lot.block_number, "The lot")
        if context.now >= lot.until:
            raise LockOver(
                "The lock ran out; the holder may lock the lot again.", lot=lot.id, until=lot.until
            )
        require_running(session, receivable)
        financing = live_financing(session, context, lot)
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
        arguments = [int(lot.id, 16), message.with_recourse, message.pledge, message.terms_hash]
        act = enqueue_act(session, context, "finance", f"lot:{lot.id}", arguments, consents, actor=lot.peer)
        financing.status = FinancingStatus.SUBMITTED
        financing.act = act.id
        return act


# ---------------------------------------------------------------------- private


def _locked_lot(session: Session, lot_id: str) -> tuple[Lot, Receivable]:
    lot = receivables.lot(session, lot_id)
    _require_locked(lot)
    require_idle(session, lot.id)
    return lot, receivables.receivable(session, lot.receivable)


def _require_locked(lot: Lot) -> None:
    if lot.status != LotStatus.LOCKED:
        raise LotNotLocked(
            f"The lot is {LOT_STATUS_NAMES[lot.status]}; lock it for the funder first.", lot=lot.id
        )


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
