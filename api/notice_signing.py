"""What is signed about notices and payment accounts."""

from sqlalchemy.orm import Session

from api.asking import ask
from api.views import View
from registry.notices import queries
from registry.notices.accounts import NewAccount, account_acknowledgment_message, account_message
from registry.notices.use_cases import acknowledgment_message, withdrawal_message
from registry.relay.context import Context


def acknowledgment_to_sign(session: Session, context: Context, notice_id: str) -> View:
    """Raises NoticeNotFound, PartyNotFound."""
    message = acknowledgment_message(session, notice_id)
    return ask(session, context, message, [message.obligor])


def withdrawal_to_sign(session: Session, context: Context, notice_id: str, reason: str) -> View:
    """Raises NoticeNotFound, PartyNotFound."""
    message = withdrawal_message(session, notice_id, reason)
    return ask(session, context, message, [queries.notice(session, notice_id).assignee])


def instruction_to_sign(session: Session, context: Context, new: NewAccount) -> View:
    """Signed by the party's account and one more of its keys, or by two keys. Raises PartyNotFound."""
    return ask(session, context, account_message(session, new), [new.party])


def account_acknowledgment_to_sign(session: Session, context: Context, account_id: str, obligor: int) -> View:
    """Raises AccountNotFound, PartyNotFound."""
    return ask(session, context, account_acknowledgment_message(session, account_id, obligor), [obligor])
