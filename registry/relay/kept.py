"""Acts that take two signatures, given at different times: the first is kept until the second comes, from another party
or, where one key of a party is not enough, from another key of the same."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy.orm import Session

from registry.chain.messages import Consent, Domain, Signed
from registry.kit.clock import Clock
from registry.relay import queries
from registry.relay.context import Context
from registry.relay.model import KeptConsent

TWO_KEYS = "two_keys:"


class Desk(Protocol):
    """What keeping needs from where it happens: the time, and what signatures are bound to."""

    @property
    def clock(self) -> Clock: ...

    @property
    def now(self) -> int: ...

    @property
    def domain(self) -> Domain: ...


@dataclass(frozen=True)
class Half:
    """One of two parties' part in an act: ``by`` signs ``message`` now, ``other`` must sign the same.
    ``filled_in``: words that go with it, as the ledger has only their hash."""

    kind: str
    about: str
    message: Signed
    by: int
    other: int
    filled_in: dict[str, str] = field(default_factory=dict)


def joined(session: Session, desk: Desk, half: Half, consents: list[Consent]) -> list[Consent] | None:
    """These consents and the other party's, where it has signed the very same message and its signature is not
    over; else these are kept and the answer is None. That they are the party's own is for the caller to check."""
    theirs = kept_from(session, desk, half, half.other)
    if theirs is not None:
        return [*consents, *(Consent.from_json(one) for one in theirs.consents)]
    session.merge(
        KeptConsent(
            kind=half.kind,
            about=half.about,
            party=half.by,
            awaits=half.other,
            message=_print(desk, half.message),
            consents=[one.as_json() for one in consents],
            filled_in=half.filled_in,
            deadline=min(one.deadline for one in consents),
            kept_at=desk.clock.now(),
        )
    )
    return None


def kept_from(session: Session, desk: Desk, half: Half, party: int) -> KeptConsent | None:
    """What ``party`` signed of this very message, if it still counts."""
    found = queries.kept_consent(session, half.kind, half.about, party)
    is_good = found is not None and found.message == _print(desk, half.message) and found.deadline > desk.now
    return found if is_good else None


def _print(desk: Desk, message: Signed) -> str:
    """What tells a message from every other, whenever the signatures under it end."""
    return "0x" + message.digest(desk.domain, 0).hex()


@dataclass(frozen=True)
class First:
    """What one key of a party signed where one alone is not enough: the act by its name at whoever asks for the
    signatures, ``message`` (0x hex of the digest without deadline), and what it takes to ask for the same again."""

    act: str
    message: str
    party: int
    filled_in: dict[str, Any]

    @property
    def kind(self) -> str:
        return TWO_KEYS + self.act


def keep_first(context: Context, first: First, consents: list[Consent]) -> None:
    """Keep them until a second key of the same party signs. That they are the party's own, and good, is for the
    caller to check."""
    with context.database.write() as session:
        session.merge(
            KeptConsent(
                kind=first.kind,
                about=first.message,
                party=first.party,
                awaits=first.party,
                message=first.message,
                consents=[one.as_json() for one in consents],
                filled_in=first.filled_in,
                deadline=min(one.deadline for one in consents),
                kept_at=context.clock.now(),
            )
        )


def kept_first(session: Session, context: Context, first: First) -> KeptConsent | None:
    """What was signed of this very message before, if it still counts."""
    found = queries.kept_consent(session, first.kind, first.message, first.party)
    return found if found is not None and found.deadline > context.now else None


def drop_first(context: Context, first: First) -> None:
    """The act has gone out with both."""
    with context.database.write() as session:
        found = queries.kept_consent(session, first.kind, first.message, first.party)
        if found is not None:
            session.delete(found)
