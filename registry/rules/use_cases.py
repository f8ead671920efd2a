"""Choose packs, decide by them within another use case's unit of work, replay what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy.orm import Session

from registry.kit.clock import Clock
from registry.rules import queries
from registry.rules.errors import PackInvalid, PackNotInForce, RuleBlocks, SizeUnknown
from registry.rules.evaluate import Decision, Finding, evaluate
from registry.rules.facts import SIZES, Facts
from registry.rules.model import PartySize, RuleChoice, RuleDecision, RulePack
from registry.rules.pack import Pack, Rule
from registry.storage.unit_of_work import Database


class Desk(Protocol):
    """What a decision needs from where it is taken: the time and fresh ids."""

    @property
    def clock(self) -> Clock: ...

    def new_id(self, prefix: str) -> str: ...


@dataclass(frozen=True)
class Replay:
    """A stored decision judged anew. ``is_identical``: same pack, day, rules, outcomes and computed values;
    the sentences around them may have changed with the program."""

    decision: Decision
    is_identical: bool


def choose_packs(database: Database, clock: Clock, packs: Sequence[Pack]) -> None:
    """Work under these packs from now on. Their text is kept: a later version of the program that brings
    another text changes nothing until it is chosen. Raises PackNotInForce for a draft, PackInvalid."""
    require_choosable(packs)
    with database.write() as session:
        for pack in packs:
            _keep(session, clock, pack)
        session.add(RuleChoice(versions=[pack.version for pack in packs], chosen_at=clock.now()))


def require_choosable(packs: Sequence[Pack]) -> None:
    """One or more packs, each once, none a draft. Raises PackNotInForce, PackInvalid."""
    if not packs or len({pack.id for pack in packs}) != len(packs):
        raise PackInvalid("Name one or more packs, each once.")
    for pack in packs:
        if pack.is_draft:
            raise PackNotInForce(
                f"{pack.id} is a draft: its source is not confirmed. It can be looked at with `rules show`.",
                pack=pack.id,
            )


def set_size(database: Database, clock: Clock, party: int, size: str) -> None:
    """Record a party's size class as it was when its contracts were made. Raises SizeUnknown."""
    if size not in SIZES:
        raise SizeUnknown(f"{size!r} is no size class; there are {', '.join(SIZES)}.", size=size)
    with database.write() as session:
        session.merge(PartySize(party=party, size=size, set_at=clock.now()))


def decide(session: Session, desk: Desk, subject: str, facts: Facts) -> tuple[Finding, ...]:
    """Judge an act by every chosen pack as of its day and write the decisions in the caller's unit of work.

    Returns the warnings. Raises RuleBlocks, which undoes the unit of work: of a refused act nothing is kept,
    its refusal carries pack, version, rule, source and the computed values.
    """
    warnings: list[Finding] = []
    taken_at = desk.clock.now()
    for pack in queries.chosen_packs(session):
        decided = evaluate(pack, facts, facts.on)
        _require_unblocked(pack, decided)
        _keep(session, desk.clock, pack)
        session.add(
            RuleDecision(
                id=desk.new_id("dec"),
                subject=subject,
                act=facts.act,
                pack=pack.id,
                version=pack.version,
                as_of=decided.as_of,
                outcome=decided.outcome,
                facts=facts.as_json(),
                findings=[finding.as_json() for finding in decided.findings],
                created_at=taken_at,
            )
        )
        warnings += decided.of("warn")
    return tuple(warnings)


def replay(session: Session, decision_id: str, as_of: date | None = None) -> Replay:
    """Judge the stored facts by the stored pack again, as of the same day or another one.

    Raises DecisionNotFound, PackInvalid where the kept pack was altered.
    """
    stored = queries.decision(session, decision_id)
    pack = queries.stored_pack(session, stored.version)
    decided = evaluate(pack, Facts.from_json(stored.facts), as_of or stored.as_of)
    same = decided.as_of == stored.as_of and [
        (one.rule, one.outcome, one.values) for one in decided.findings
    ] == [(one["rule"], one["outcome"], one["values"]) for one in stored.findings]
    return Replay(decided, same)


def _keep(session: Session, clock: Clock, pack: Pack) -> None:
    if not queries.is_kept(session, pack.version):
        session.add(RulePack(version=pack.version, pack=pack.id, text=pack.text, stored_at=clock.now()))
        session.flush()


def _require_unblocked(pack: Pack, decided: Decision) -> None:
    blocking = decided.of("block")
    if not blocking:
        return
    first = blocking[0]
    rule = _rule(pack, first)
    raise RuleBlocks(
        f"{rule.text_en} ({rule.source}) {first.detail} {rule.remedy}",
        rule=rule.name,
        source=str(rule.source),
        text_zh=rule.text_zh,
        remedy=rule.remedy,
        values=first.values,
        blocking=[finding.rule for finding in blocking],
        pack=pack.id,
        version=pack.version,
        as_of=decided.as_of.isoformat(),
    )


def _rule(pack: Pack, finding: Finding) -> Rule:
    return next(rule for rule in pack.rules if rule.name == finding.rule)
