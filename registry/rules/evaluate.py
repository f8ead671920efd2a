"""Judge facts by a pack as of a day. Pure: the same pack, facts and day give the same decision for ever."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.rules.facts import Facts
from registry.rules.kinds import JUDGES, Values, Verdict
from registry.rules.pack import Pack, Rule, rules_in_force


@dataclass(frozen=True)
class Finding:
    """What one rule says. ``outcome``: pass, warn or block; ``values`` are what it computed, dates as ISO text."""

    rule: str
    outcome: str
    detail: str
    source: str
    values: Values

    def as_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "outcome": self.outcome,
            "detail": self.detail,
            "source": self.source,
            "values": self.values,
        }


@dataclass(frozen=True)
class Decision:
    """Every rule of a pack that was in force on ``as_of`` and concerned the facts, in the pack's order."""

    pack: str
    version: str
    as_of: date
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> str:
        """The worst of the findings'."""
        found = {finding.outcome for finding in self.findings}
        return next((one for one in ("block", "warn") if one in found), "pass")

    def of(self, outcome: str) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.outcome == outcome)


def evaluate(pack: Pack, facts: Facts, as_of: date) -> Decision:
    """``as_of`` decides which rules are in force; days are counted from the facts alone."""
    findings = []
    for rule in rules_in_force([pack], as_of):
        verdict = JUDGES[rule.kind](rule, facts) if facts.act in rule.acts else None
        if verdict is not None:
            said = (verdict.detail, str(rule.source), verdict.values)
            findings.append(Finding(rule.name, _outcome(rule, verdict), *said))
    return Decision(pack.id, pack.version, as_of, tuple(findings))


def _outcome(rule: Rule, verdict: Verdict) -> str:
    if verdict.is_met:
        return "pass"
    return "block" if verdict.is_met is False and rule.strength == "hard" else "warn"
