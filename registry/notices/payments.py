"""Whom an obligor pays, where, and how much on a day: what its notices and the holders' accounts come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from registry.financing.settlement import payee_of
from registry.kit.clock import midnight
from registry.kit.money import currency
from registry.mirror import queries as mirror
from registry.notices import queries
from registry.notices.model import Notice, PaymentAccount
from registry.notices.rules import governing, payee_by, payment_reference
from registry.receivables import queries as receivables
from registry.receivables.model import Lot, Receivable


@dataclass(frozen=True)
class Destination:
    """A payee's account on a day, and the one before it.

    ``is_changed``: there was another before and the obligor has not acknowledged this one: look twice.
    """

    account: PaymentAccount | None
    former: PaymentAccount | None
    is_acknowledged: bool

    @property
    def is_changed(self) -> bool:
        return self.former is not None and not self.is_acknowledged


@dataclass(frozen=True)
class Payee:
    """Whom the obligor pays for a lot, ``notice`` telling why; without one, the party it owed from the start.

    ``on_ledger`` is whom the ledger takes a payment for: another party where the notice was taken back.
    """

    lot: Lot
    receivable: Receivable
    party: int
    on_ledger: int
    notice: Notice | None
    destination: Destination


@dataclass(frozen=True)
class DuePayment:
    """One payment of an obligor on a day: to one payee in one currency, for these lots. ``at_odds`` are those of them
    that the ledger knows with another payee."""

    party: int
    currency: int
    amount_minor: int
    reference: str
    lots: tuple[Lot, ...]
    at_odds: tuple[Lot, ...]
    destination: Destination


def whom_to_pay(session: Session, lot_id: str, on: date) -> Payee:
    """For any lot, with the payee's account on a day. Raises LotNotFound."""
    lot = receivables.lot(session, lot_id)
    of = receivables.receivable(session, lot.receivable)
    notices = queries.notices_of_lot(session, lot_id)
    party = _payee(session, lot, notices, _final(session))
    return Payee(
        lot,
        of,
        party,
        payee_of(lot),
        governing(notices),
        destination(session, of.obligor, party, of.currency, on),
    )


def _final(session: Session) -> int:
    found = mirror.final_number(session)
    return -1 if found is None else found


def _payee(session: Session, lot: Lot, notices: Sequence[Notice], final: int) -> int:
    """Whom an obligor pays. Of acts that could still be undone there is no notice yet, and without notices what the
    ledger says counts as of the last final block: of a part split off since, what counts of its parent."""
    if notices or lot.block_number <= final:
        return payee_by(notices, payee_of(lot))
    settled = [hop for hop in receivables.hops(session, lot.id) if hop.block_number <= final]
    if settled:
        return payee_of(settled[-1])
    if lot.parent is None:
        return payee_of(lot)
    parent = receivables.lot(session, lot.parent)
    return _payee(session, parent, queries.notices_of_lot(session, parent.id), final)


def destination(session: Session, obligor: int, party: int, numeric: int, on: date) -> Destination:
    """Where a party is paid by an obligor on a day."""
    account = queries.account_on(session, party, numeric, on)
    if account is None:
        return Destination(None, None, is_acknowledged=False)
    is_acknowledged = queries.seen(session, account.id, obligor) is not None
    return Destination(account, queries.account_before(session, account), is_acknowledged)


def payments_due(session: Session, obligor: int, due: date, today: date) -> list[DuePayment]:
    """All an obligor has to pay for what matures on a day (UTC), by payee and currency; what is overdue to the
    accounts of ``today``."""
    first, end = midnight(due), midnight(due + timedelta(days=1))
    notices = queries.notices_due(session, obligor, first, end)
    owed: dict[tuple[int, int], list[Lot]] = {}
    final = _final(session)
    for lot, of in receivables.payable_lots(session, obligor, first, end):
        party = _payee(session, lot, notices.get(lot.id, []), final)
        owed.setdefault((party, of.currency), []).append(lot)
    return [
        DuePayment(
            party=party,
            currency=numeric,
            amount_minor=sum(lot.amount for lot in lots),
            reference=payment_reference(due, obligor, party, currency(numeric).code),
            lots=tuple(lots),
            at_odds=tuple(lot for lot in lots if payee_of(lot) != party),
            destination=destination(session, obligor, party, numeric, max(due, today)),
        )
        for (party, numeric), lots in sorted(owed.items())
    ]
