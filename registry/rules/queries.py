"""Every SELECT of the rules area."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.rules.errors import DecisionNotFound, PackInvalid, PackNotFound
from registry.rules.limits import GENERIC
from registry.rules.model import PartySize, RuleChoice, RuleDecision, RulePack
from registry.rules.pack import Pack, packaged, read_pack
from registry.storage.page_queries import newest_first

MAX_PAGE = 200


def stored_pack(session: Session, version: str) -> Pack:
    """The pack of a version as it was kept. Raises PackNotFound, and PackInvalid where the row was altered."""
    row = session.get(RulePack, version)
    if row is None:
        raise PackNotFound(f"No pack of version {version} was kept.", version=version)
    pack = read_pack(row.text)
    if pack.version != version:
        raise PackInvalid(
            f"The kept text of pack {row.pack} is not that of version {version}.", version=version
        )
    return pack


def is_kept(session: Session, version: str) -> bool:
    return session.get(RulePack, version) is not None


def choice(session: Session) -> RuleChoice | None:
    """The newest choice; None before the first."""
    return session.scalar(select(RuleChoice).order_by(RuleChoice.position.desc()).limit(1))


def chosen_packs(session: Session) -> list[Pack]:
    """The packs the registry works under now; the generic one where none was ever chosen."""
    newest = choice(session)
    if newest is None:
        return [packaged(GENERIC)]
    return [stored_pack(session, version) for version in newest.versions]


def decision(session: Session, decision_id: str) -> RuleDecision:
    """Raises DecisionNotFound."""
    found = session.scalar(select(RuleDecision).where(RuleDecision.id == decision_id))
    if found is None:
        raise DecisionNotFound(f"There is no decision {decision_id}.", decision=decision_id)
    return found


def decisions_about(session: Session, subject: str) -> Sequence[RuleDecision]:
    """The decisions on a receivable or lot, oldest first, the last ``MAX_PAGE`` of them."""
    query = select(RuleDecision).where(RuleDecision.subject == subject)
    newest = session.scalars(query.order_by(RuleDecision.position.desc()).limit(MAX_PAGE)).all()
    return newest[::-1]


def newest_decisions(session: Session, subject: str, act: str) -> list[RuleDecision]:
    """What the chosen packs, each, said when this act was last decided."""
    taken = [one for one in decisions_about(session, subject) if one.act == act]
    return [one for one in taken if one.created_at == taken[-1].created_at]


def size_of(session: Session, party: int) -> str | None:
    """A party's size class, None where it is not recorded."""
    row = session.get(PartySize, party)
    return row.size if row else None


def decisions(
    session: Session,
    *,
    subject: str | None = None,
    outcome: str | None = None,
    before: int | None = None,
    limit: int = MAX_PAGE,
) -> Sequence[RuleDecision]:
    """Decisions on a record, with an outcome; latest first, from before a position on."""
    limit = min(limit, MAX_PAGE)
    if subject is None:
        return session.scalars(newest_first(session, RuleDecision, {"outcome": outcome}, before, limit)).all()
    query = select(RuleDecision).where(RuleDecision.subject == subject)
    if outcome is not None:
        query = query.where(RuleDecision.outcome == outcome)
    if before is not None:
        query = query.where(RuleDecision.position < before)
    return session.scalars(query.order_by(RuleDecision.position.desc()).limit(limit)).all()
