"""Where parties are paid: changed by two persons' signatures, never overwritten, acknowledged by obligors."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from registry.chain import statements
from registry.chain.messages import Consent
from registry.chain.statements import AccountAcknowledgment, AccountInstruction
from registry.chain.words import Role, Scope
from registry.kit.clock import midnight
from registry.notices import queries
from registry.notices.banks import BankAccount
from registry.notices.consents import Wallets, no_wallets, require_party, require_two
from registry.notices.errors import AccountAcknowledged, AccountBackdated
from registry.notices.model import AccountSeen, PaymentAccount
from registry.parties import queries as parties
from registry.parties.consents import require_role, require_unfrozen
from registry.relay.context import Context


@dataclass(frozen=True)
class NewAccount:
    """Where a party wants to be paid in a currency (ISO 4217 numeric) from a day on."""

    party: int
    currency: int
    bank_account: BankAccount
    effective_on: date


def account_message(session: Session, new: NewAccount) -> AccountInstruction:
    """What two keys of the party sign; the version in it makes each signature good for one change."""
    return AccountInstruction(
        _as_signed(_row(new, queries.latest_version(session, new.party, new.currency) + 1))
    )


def set_account(
    context: Context, new: NewAccount, consents: list[Consent], wallets: Wallets = no_wallets
) -> PaymentAccount:
    """A party's first or next payment account: two distinct keys of it sign, each its account or a key that may
    settle in the currency. A stolen key alone redirects no payment.

    Raises SecondPersonMissing, AccountBackdated, party_frozen, consent refusals.
    """
    with context.database.write() as session:
        party = require_unfrozen(session, new.party)
        today = context.clock.now().date()
        if new.effective_on < today:
            raise AccountBackdated(
                f"Let it take effect on {today} or later.", effective_on=str(new.effective_on)
            )
        row = _row(new, queries.latest_version(session, new.party, new.currency) + 1)
        row.signed = require_two(
            session,
            context,
            party,
            scope=Scope.SETTLE,
            currency=new.currency,
            message=AccountInstruction(_as_signed(row)),
            consents=consents,
            wallets=wallets,
        )
        row.id, row.created_at = context.new_id("acc"), context.clock.now()
        session.add(row)
        return row


def account_acknowledgment_message(session: Session, account_id: str, obligor: int) -> AccountAcknowledgment:
    """What an obligor signs. Raises AccountNotFound."""
    return AccountAcknowledgment(obligor, _as_signed(queries.account(session, account_id)))


def acknowledge_account(
    context: Context, account_id: str, obligor: int, consents: list[Consent], wallets: Wallets = no_wallets
) -> AccountSeen:
    """An obligor has checked an account and pays to it: its account signs, or a key that may confirm.

    Raises AccountNotFound, AccountAcknowledged, role_missing, consent refusals.
    """
    with context.database.write() as session:
        row = queries.account(session, account_id)
        require_role(parties.party(session, obligor), Role.OBLIGOR)
        before = queries.seen(session, account_id, obligor)
        if before is not None:
            raise AccountAcknowledged(
                f"Party {obligor} acknowledged it on {before.at:%Y-%m-%d %H:%M} UTC.", account=account_id
            )
        signed = require_party(
            session,
            context,
            obligor,
            scope=Scope.CONFIRM,
            currency=row.currency,
            message=AccountAcknowledgment(obligor, _as_signed(row)),
            consents=consents,
            wallets=wallets,
        )
        seen = AccountSeen(account=row.id, obligor=obligor, signed=signed, at=context.clock.now())
        session.add(seen)
        return seen


def _row(new: NewAccount, version: int) -> PaymentAccount:
    at = new.bank_account
    return PaymentAccount(
        party=new.party,
        currency=new.currency,
        version=version,
        holder_name=at.holder_name,
        scheme=at.scheme,
        number=at.number,
        bank_scheme=at.bank_scheme,
        bank=at.bank,
        effective_on=new.effective_on,
    )


def _as_signed(row: PaymentAccount) -> statements.PaymentAccount:
    return statements.PaymentAccount(
        party=row.party,
        currency=row.currency,
        version=row.version,
        holder_name=row.holder_name,
        scheme=row.scheme,
        number=row.number,
        bank_scheme=row.bank_scheme,
        bank=row.bank,
        effective_from=midnight(row.effective_on),
    )
