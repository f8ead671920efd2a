"""What parties say to a notice: the obligor that it has it, the assignee that it is taken back."""

from sqlalchemy.orm import Session

from registry.chain.messages import Consent
from registry.chain.statements import NoticeAcknowledgment, NoticeWithdrawal
from registry.chain.words import Scope
from registry.kit.clock import unix
from registry.notices import queries
from registry.notices.consents import Wallets, no_wallets, require_party
from registry.notices.errors import NoticeAcknowledged, NoticeSuperseded, NoticeWithdrawn
from registry.notices.model import Notice
from registry.parties.consents import require_unfrozen
from registry.relay.context import Context


def acknowledgment_message(session: Session, notice_id: str) -> NoticeAcknowledgment:
    """What the obligor signs. Raises NoticeNotFound."""
    return _acknowledgment(queries.notice(session, notice_id))


def acknowledge_notice(
    context: Context, notice_id: str, consents: list[Consent], wallets: Wallets = no_wallets
) -> Notice:
    """The obligor has the notice: its account signs, or a key that may confirm for it.

    Says that it arrived, at the latest now; nothing depends on it, since a notice takes effect by arriving (Civil Code
    article 546). Raises NoticeNotFound, NoticeAcknowledged, NoticeWithdrawn, consent refusals.
    """
    with context.database.write() as session:
        notice = queries.notice(session, notice_id, to_change=True)
        _require_standing(notice)
        if notice.acknowledged_at is not None:
            raise NoticeAcknowledged(
                f"Party {notice.obligor} acknowledged it on {notice.acknowledged_at:%Y-%m-%d %H:%M} UTC.",
                notice=notice.id,
            )
        notice.acknowledgment = require_party(
            session,
            context,
            notice.obligor,
            scope=Scope.CONFIRM,
            currency=notice.currency,
            message=_acknowledgment(notice),
            consents=consents,
            wallets=wallets,
        )
        notice.acknowledged_at = context.clock.now()
        return notice


def withdrawal_message(session: Session, notice_id: str, reason: str) -> NoticeWithdrawal:
    """What the assignee signs. Raises NoticeNotFound."""
    return _withdrawal(queries.notice(session, notice_id), reason)


def withdraw_notice(
    context: Context, notice_id: str, reason: str, consents: list[Consent], wallets: Wallets = no_wallets
) -> Notice:
    """Take a notice back, with the assignee's signature and not without (Civil Code article 546, second paragraph).

    What was assigned stays assigned; the obligor pays as it was told before. Only the last notice that stands of a lot:
    the others direct nothing. Raises NoticeNotFound, NoticeWithdrawn, NoticeSuperseded, party_frozen, consent refusals.
    """
    with context.database.write() as session:
        notice = queries.notice(session, notice_id, to_change=True)
        _require_standing(notice)
        later = [one for one in queries.notices_of_lot(session, notice.lot) if not one.is_withdrawn][-1]
        if later.id != notice.id:
            raise NoticeSuperseded(
                f"Payment of this lot goes by notice {later.id} now.", notice=notice.id, by=later.id
            )
        require_unfrozen(session, notice.assignee)
        record = require_party(
            session,
            context,
            notice.assignee,
            scope=Scope.TRANSFER,
            currency=notice.currency,
            amount=notice.amount,
            message=_withdrawal(notice, reason),
            consents=consents,
            wallets=wallets,
        )
        notice.withdrawal = {**record, "reason": reason}
        notice.withdrawn_at = context.clock.now()
        return notice


def _require_standing(notice: Notice) -> None:
    if notice.withdrawn_at is not None:
        raise NoticeWithdrawn(
            f"Party {notice.assignee} took it back on {notice.withdrawn_at:%Y-%m-%d %H:%M} UTC.",
            notice=notice.id,
        )


def _acknowledgment(notice: Notice) -> NoticeAcknowledgment:
    return NoticeAcknowledgment(
        notice=notice.id,
        kind=notice.kind,
        obligor=notice.obligor,
        assignor=notice.assignor,
        assignee=notice.assignee,
        payee=notice.payee,
        receivable=int(notice.receivable, 16),
        lot=int(notice.lot, 16),
        amount=notice.amount,
        currency=notice.currency,
        maturity=notice.maturity,
        arrived_at=unix(notice.arrived_at),
    )


def _withdrawal(notice: Notice, reason: str) -> NoticeWithdrawal:
    return NoticeWithdrawal(
        notice=notice.id,
        kind=notice.kind,
        obligor=notice.obligor,
        assignor=notice.assignor,
        assignee=notice.assignee,
        payee=notice.payee_before,
        receivable=int(notice.receivable, 16),
        lot=int(notice.lot, 16),
        amount=notice.amount,
        currency=notice.currency,
        reason=reason,
    )
