"""Every SELECT of the notices area."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from registry.notices.errors import AccountNotFound, NoticeNotFound, WarningNotFound
from registry.notices.model import AccountSeen, CorrectionWarning, Notice, PaymentAccount
from registry.receivables.model import Receivable
from registry.storage.sight import all_keys, found_for, viewer_of

MAX_PAGE = 200
_BY_ARRIVAL = (Notice.block_number, Notice.log_index)

_IS_OPEN = Notice.acknowledged_at.is_(None) & Notice.withdrawn_at.is_(None)


@dataclass(frozen=True)
class Turn:
    """Where a notice stands in a list: those that wait for the obligor first, each in the order they arrived."""

    is_open: bool
    block_number: int
    log_index: int

    @classmethod
    def of(cls, notice: Notice) -> Self:
        return cls(notice.is_open, notice.block_number, notice.log_index)


def notice(session: Session, notice_id: str, *, to_change: bool = False) -> Notice:
    """One notice, held against others' changes until the end of the unit of work where it is ``to_change``.
    Raises NoticeNotFound."""
    found = session.get(Notice, notice_id, with_for_update=to_change)
    if found is None:
        raise NoticeNotFound(f"There is no notice {notice_id}.", notice=notice_id)
    return found


def notices(
    session: Session,
    *,
    obligor: int | None = None,
    assignee: int | None = None,
    lot: str | None = None,
    is_open: bool | None = None,
    after: Turn | None = None,
    limit: int = MAX_PAGE,
) -> Sequence[Notice]:
    """Notices to an obligor, in favor of an assignee, about a lot; those that wait for the obligor first."""
    given = {"obligor": obligor, "assignee": assignee, "lot": lot}
    query = select(Notice).filter_by(**{name: value for name, value in given.items() if value is not None})
    if (viewer := viewer_of(session)) is not None:
        query = query.where(Notice.receivable.in_(all_keys(found_for(Receivable, viewer))))
    limit = min(limit, MAX_PAGE)
    found: list[Notice] = []
    for wanted in (True, False):
        if is_open in (None, wanted) and (after is None or wanted <= after.is_open) and len(found) < limit:
            one = query.where(_IS_OPEN if wanted else ~_IS_OPEN).order_by(*_BY_ARRIVAL)
            if after is not None and after.is_open == wanted:
                one = one.where(tuple_(*_BY_ARRIVAL) > (after.block_number, after.log_index))
            found += session.scalars(one.limit(limit - len(found)))
    return found


def count_open(session: Session, obligor: int) -> int:
    """How many notices wait for an obligor's acknowledgment."""
    query = select(func.count()).select_from(Notice).where(Notice.obligor == obligor, _IS_OPEN)
    return session.scalar(query) or 0


def notices_of_lot(session: Session, lot: str) -> Sequence[Notice]:
    """All notices about a lot, oldest first."""
    return session.scalars(select(Notice).where(Notice.lot == lot).order_by(*_BY_ARRIVAL)).all()


def notices_due(session: Session, obligor: int, first: int, end: int) -> dict[str, list[Notice]]:
    """Per lot, oldest first: an obligor's notices of claims that mature from ``first`` until before ``end``."""
    query = select(Notice).where(Notice.obligor == obligor, Notice.maturity >= first, Notice.maturity < end)
    found: dict[str, list[Notice]] = {}
    for one in session.scalars(query.order_by(*_BY_ARRIVAL)):
        found.setdefault(one.lot, []).append(one)
    return found


def last_block(session: Session) -> int:
    """The last block a notice was made from; −1 before the first."""
    found = session.scalar(select(func.max(Notice.block_number)))
    return -1 if found is None else found


def first_arrival(session: Session, receivable: str) -> datetime | None:
    """When the obligor was first told, by a notice that stands, that a claim from this receivable passed on."""
    query = select(func.min(Notice.arrived_at)).where(
        Notice.receivable == receivable, Notice.withdrawn_at.is_(None)
    )
    return session.scalar(query)


def warning(session: Session, warning_id: str) -> CorrectionWarning:
    """Raises WarningNotFound."""
    found = session.get(CorrectionWarning, warning_id)
    if found is None:
        raise WarningNotFound(f"There is no warning {warning_id}.", warning=warning_id)
    return found


def warnings(
    session: Session,
    *,
    party: int | None = None,
    is_read: bool | None = None,
    after: str = "",
    limit: int = MAX_PAGE,
) -> Sequence[CorrectionWarning]:
    """Warnings of corrections by id behind ``after``: a party's, read or not."""
    query = select(CorrectionWarning).where(CorrectionWarning.id > after)
    if party is not None:
        query = query.where(CorrectionWarning.party == party)
    if is_read is not None:
        read_at = CorrectionWarning.read_at
        query = query.where(read_at.is_not(None) if is_read else read_at.is_(None))
    return session.scalars(query.order_by(CorrectionWarning.id).limit(min(limit, MAX_PAGE))).all()


def warned(session: Session, correction: str) -> set[tuple[int, str]]:
    """Party and receivable of the warnings of a correction that were made."""
    query = select(CorrectionWarning.party, CorrectionWarning.receivable).where(
        CorrectionWarning.correction == correction
    )
    return {(party, receivable) for party, receivable in session.execute(query)}


def account(session: Session, account_id: str) -> PaymentAccount:
    """Raises AccountNotFound."""
    found = session.get(PaymentAccount, account_id)
    if found is None:
        raise AccountNotFound(f"There is no payment account {account_id}.", account=account_id)
    return found


def accounts(session: Session, party: int, currency: int | None = None) -> Sequence[PaymentAccount]:
    """All a party ever had, by currency, newest first."""
    query = select(PaymentAccount).where(PaymentAccount.party == party)
    if currency is not None:
        query = query.where(PaymentAccount.currency == currency)
    return session.scalars(query.order_by(PaymentAccount.currency, PaymentAccount.version.desc())).all()


def latest_version(session: Session, party: int, currency: int) -> int:
    """The number of a party's accounts in a currency so far."""
    query = select(func.max(PaymentAccount.version)).where(
        PaymentAccount.party == party, PaymentAccount.currency == currency
    )
    return session.scalar(query) or 0


def account_on(session: Session, party: int, currency: int, on: date) -> PaymentAccount | None:
    """The account in effect on a day."""
    query = select(PaymentAccount).where(
        PaymentAccount.party == party,
        PaymentAccount.currency == currency,
        PaymentAccount.effective_on <= on,
    )
    return session.scalar(query.order_by(PaymentAccount.version.desc()).limit(1))


def account_before(session: Session, current: PaymentAccount) -> PaymentAccount | None:
    """What was the party's account before this one."""
    query = select(PaymentAccount).where(
        PaymentAccount.party == current.party,
        PaymentAccount.currency == current.currency,
        PaymentAccount.version < current.version,
    )
    return session.scalar(query.order_by(PaymentAccount.version.desc()).limit(1))


def seen(session: Session, account_id: str, obligor: int) -> AccountSeen | None:
    """The obligor's acknowledgment of an account."""
    return session.get(AccountSeen, (account_id, obligor))


def seen_by(session: Session, account_ids: Iterable[str]) -> Sequence[AccountSeen]:
    """Who acknowledged these accounts."""
    query = select(AccountSeen).where(AccountSeen.account.in_(list(account_ids)))
    return session.scalars(query.order_by(AccountSeen.account, AccountSeen.obligor)).all()
