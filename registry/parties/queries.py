"""Every SELECT of the parties area."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, func, literal, select
from sqlalchemy.orm import Session

from registry.chain.words import LimitsWord
from registry.kit.identifiers import TaxId
from registry.parties.errors import InvitationNotFound, PartyNotFound
from registry.parties.model import (
    ChainSetting,
    CompanyStatement,
    Invitation,
    Party,
    PartyDocument,
    PartyIdentifier,
    PartyKey,
    PartyProfile,
    PartyRecovery,
    RetiredFingerprintKey,
)
from registry.storage.questions import Question
from registry.storage.unit_of_work import Database

MAX_PAGE = 200


def profile(session: Session, number: int) -> PartyProfile:
    """Raises PartyNotFound."""
    found = session.get(PartyProfile, number)
    if found is None:
        raise PartyNotFound(f"There is no party {number}. See `counterfoil party list`.", party=number)
    return found


def profiles(session: Session, after: int = 0, limit: int = MAX_PAGE) -> Sequence[PartyProfile]:
    """Parties by number, behind ``after``."""
    query = select(PartyProfile).where(PartyProfile.number > after).order_by(PartyProfile.number)
    return session.scalars(query.limit(min(limit, MAX_PAGE))).all()


def count(session: Session) -> int:
    """How many parties the registry knows."""
    return session.scalar(select(func.count()).select_from(PartyProfile)) or 0


def names(session: Session, numbers: Iterable[int]) -> dict[int, str]:
    """Number → name, for those there are."""
    query = select(PartyProfile.number, PartyProfile.name).where(PartyProfile.number.in_(set(numbers)))
    return {row.number: row.name for row in session.execute(query)}


def names_of_accounts(session: Session, addresses: Iterable[str]) -> dict[str, str]:
    """Address → name of the party whose account or key it is or was, for those that are known."""
    wanted = set(addresses)
    accounts = select(PartyProfile.account, PartyProfile.name).where(PartyProfile.account.in_(wanted))
    keys = (
        select(PartyKey.address, PartyProfile.name)
        .join(PartyProfile, PartyProfile.number == PartyKey.party)
        .where(PartyKey.address.in_(wanted))
    )
    return {address: name for query in (accounts, keys) for address, name in session.execute(query)}


def with_role(session: Session, role: int, limit: int = MAX_PAGE) -> Sequence[PartyProfile]:
    """Parties that the ledger gives a role, by number."""
    query = select(PartyProfile).join(Party, Party.number == PartyProfile.number)
    query = query.where(Party.roles.bitwise_and(role) != 0).order_by(PartyProfile.number)
    return session.scalars(query.limit(min(limit, MAX_PAGE))).all()


def highest_number(session: Session) -> int:
    """The highest party number in use, off chain or on it."""
    own = session.scalar(select(func.max(PartyProfile.number))) or 0
    mirrored = session.scalar(select(func.max(Party.number))) or 0
    return max(own, mirrored)


def identifiers_of(session: Session, number: int) -> tuple[TaxId, ...]:
    query = select(PartyIdentifier).where(PartyIdentifier.party == number)
    rows = session.scalars(query.order_by(PartyIdentifier.country, PartyIdentifier.value))
    return tuple(TaxId(row.country, row.scheme, row.value) for row in rows)


def statements_about(session: Session, number: int) -> tuple[CompanyStatement, ...]:
    """What a company said of its party's accounts, the latest last."""
    query = select(CompanyStatement).where(CompanyStatement.party == number)
    return tuple(session.scalars(query.order_by(CompanyStatement.recorded_at, CompanyStatement.account)))


def every_identifier(session: Session) -> frozenset[str]:
    """Of all parties there are, as ``country value``."""
    rows = session.execute(select(PartyIdentifier.country, PartyIdentifier.value))
    return frozenset(f"{row.country} {row.value}" for row in rows)


def party_with_identifier(session: Session, identifier: TaxId) -> int | None:
    """The party an identifier belongs to, whatever scheme it was written under."""
    query = select(PartyIdentifier.party).where(
        PartyIdentifier.country == identifier.country, PartyIdentifier.value == identifier.value
    )
    return session.scalar(query.limit(1))


def party_with_account(session: Session, account: str) -> int | None:
    own = session.scalar(select(PartyProfile.number).where(PartyProfile.account == account))
    return own or session.scalar(select(PartyKey.party).where(PartyKey.address == account))


def party(session: Session, number: int) -> Party:
    """What the chain says of a party. Raises PartyNotFound."""
    found = session.get(Party, number)
    if found is None:
        raise PartyNotFound(
            f"Party {number} is not on the chain (yet). If it was just added, wait for its block.",
            party=number,
        )
    return found


def party_on_chain(session: Session, number: int) -> Party | None:
    return session.get(Party, number)


def key(session: Session, address: str) -> PartyKey | None:
    return session.get(PartyKey, address)


def limits(session: Session) -> LimitsWord | None:
    """The contract's limits, or None before the mirror has seen them."""
    row = session.get(ChainSetting, "limits")
    return LimitsWord.unpack(int(row.value, 16)) if row else None


@dataclass(frozen=True)
class PublishedKey:
    """A fingerprint key as it stands on the chain: ``public`` as 0x hex, since block ``block_number``; retired by the
    registry, if it was, at ``retired_at``."""

    version: int
    public: str
    block_number: int
    retired_at: datetime | None


_FINGERPRINT_KEY = "fingerprint_key:"
_FINGERPRINT_KEYS = Question(
    select(ChainSetting.name, ChainSetting.value, ChainSetting.block_number, RetiredFingerprintKey.retired_at)
    .outerjoin(
        RetiredFingerprintKey,
        ChainSetting.name == literal(_FINGERPRINT_KEY) + cast(RetiredFingerprintKey.version, String),
    )
    .where(ChainSetting.name.startswith(_FINGERPRINT_KEY))
)


def fingerprint_keys(asked: Session | Database) -> list[PublishedKey]:
    """Every key published, by version: as a session sees them, or as they are now."""
    rows: Sequence[Any]
    if isinstance(asked, Session):
        rows = asked.execute(_FINGERPRINT_KEYS.put_by(None)).all()
    else:
        rows = asked.ask(_FINGERPRINT_KEYS)
    found = [
        PublishedKey(
            int(one.name.removeprefix(_FINGERPRINT_KEY)), one.value, one.block_number, one.retired_at
        )
        for one in rows
    ]
    return sorted(found, key=lambda one: one.version)


def recovery(session: Session, number: int) -> PartyRecovery | None:
    """The account proposed for a party, or None where none is waiting."""
    return session.get(PartyRecovery, number)


def arbiter(session: Session) -> str | None:
    """The arbiter's address, or None while it is the one named at deployment."""
    row = session.get(ChainSetting, "arbiter")
    return row.value if row else None


def keys_of(session: Session, number: int, *, after: str = "", limit: int = MAX_PAGE) -> Sequence[PartyKey]:
    """The mandates of a party's keys, by address behind ``after``, also those of earlier epochs."""
    query = select(PartyKey).where(PartyKey.party == number, PartyKey.address > after)
    return session.scalars(query.order_by(PartyKey.address).limit(min(limit, MAX_PAGE))).all()


def profiles_like(session: Session, text: str, identifier: str, limit: int) -> Sequence[PartyProfile]:
    """Parties whose name contains the text or one of whose identifiers contains the normalized one."""
    by_name = PartyProfile.name.icontains(text, autoescape=True)
    having = select(PartyIdentifier.party).where(PartyIdentifier.value.contains(identifier, autoescape=True))
    wanted = by_name | PartyProfile.number.in_(having) if identifier else by_name
    query = select(PartyProfile).where(wanted).order_by(PartyProfile.number)
    return session.scalars(query.limit(limit)).all()


def invitation(session: Session, invitation_id: str) -> Invitation:
    """Raises InvitationNotFound."""
    found = session.get(Invitation, invitation_id)
    if found is None:
        raise InvitationNotFound(f"There is no invitation {invitation_id}.", invitation=invitation_id)
    return found


def invitations(session: Session, *, after: str = "", limit: int = MAX_PAGE) -> Sequence[Invitation]:
    """Invitations by id behind ``after``."""
    query = select(Invitation).where(Invitation.id > after).order_by(Invitation.id)
    return session.scalars(query.limit(min(limit, MAX_PAGE))).all()


def documents_of(session: Session, number: int) -> Sequence[PartyDocument]:
    """What a party's admission rests on, by SHA-256."""
    query = select(PartyDocument).where(PartyDocument.party == number)
    return session.scalars(query.order_by(PartyDocument.sha256)).all()
