"""What is signed about notices and payment accounts: message, sentence and signers."""

from sqlalchemy.orm import Session

from api import sentences
from api.sentences import Claim
from api.signing import Names, party_signers, to_sign
from api.views import View
from registry.chain import statements
from registry.kit.clock import unix
from registry.kit.money import currency
from registry.notices import queries
from registry.notices.accounts import NewAccount, account_acknowledgment_message, account_message
from registry.notices.model import Notice, PaymentAccount
from registry.notices.use_cases import acknowledgment_message, withdrawal_message
from registry.relay.context import Context


def acknowledgment_to_sign(session: Session, context: Context, notice_id: str) -> View:
    """Raises NoticeNotFound, PartyNotFound."""
    message = acknowledgment_message(session, notice_id)
    notice = queries.notice(session, notice_id)
    names = _names(session, notice)
    said = sentences.notice_acknowledgment(
        _claim(names, notice),
        _sides(names, notice),
        names[notice.payee],
        notice.kind,
        unix(notice.arrived_at),
    )
    return to_sign(context, message, said, party_signers(session, [notice.obligor]))


def withdrawal_to_sign(session: Session, context: Context, notice_id: str, reason: str) -> View:
    """Raises NoticeNotFound, PartyNotFound."""
    message = withdrawal_message(session, notice_id, reason)
    notice = queries.notice(session, notice_id)
    names = _names(session, notice)
    said = sentences.notice_withdrawal(
        _claim(names, notice), _sides(names, notice), names[notice.payee_before], reason
    )
    return to_sign(context, message, said, party_signers(session, [notice.assignee]))


def instruction_to_sign(session: Session, context: Context, new: NewAccount) -> View:
    """Signed by the party's account and one more of its keys, or by two keys. Raises PartyNotFound."""
    message = account_message(session, new)
    before = queries.accounts(session, new.party, new.currency)
    said = sentences.account_instruction(
        Names(session, [new.party])[new.party],
        currency(new.currency).code,
        _said_account(message.account),
        _said_account(before[0]) if before else None,
        message.account.effective_from,
    )
    return to_sign(context, message, said, party_signers(session, [new.party]))


def account_acknowledgment_to_sign(session: Session, context: Context, account_id: str, obligor: int) -> View:
    """Raises AccountNotFound, PartyNotFound."""
    message = account_acknowledgment_message(session, account_id, obligor)
    at = message.account
    names = Names(session, [obligor, at.party])
    said = sentences.account_acknowledgment(
        names[obligor], names[at.party], currency(at.currency).code, _said_account(at), at.effective_from
    )
    return to_sign(context, message, said, party_signers(session, [obligor]))


def _said_account(at: statements.PaymentAccount | PaymentAccount) -> str:
    return sentences.bank_account(at.holder_name, at.number, at.bank_scheme, at.bank)


def _names(session: Session, of: Notice) -> Names:
    return Names(session, [of.obligor, of.assignor, of.assignee, of.payee, of.payee_before])


def _claim(names: Names, of: Notice) -> Claim:
    return Claim(names[of.obligor], of.amount, of.currency, of.maturity)


def _sides(names: Names, of: Notice) -> tuple[str, str]:
    return names[of.assignor], names[of.assignee]
