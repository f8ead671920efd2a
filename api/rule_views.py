"""How rules and what they decided look from outside, the same over HTTP and on the command line."""

from sqlalchemy.orm import Session

from api import ids
from api.views import View
from registry.rules import queries as rules
from registry.rules.evaluate import Decision
from registry.rules.model import RuleDecision
from registry.rules.pack import Pack, Rule, packaged, packaged_ids


def rule(one: Rule) -> View:
    source = one.source
    return {
        "rule": one.name,
        "kind": one.kind,
        "strength": one.strength,
        "acts": list(one.acts),
        "valid_from": one.valid_from.isoformat() if one.valid_from else None,
        "valid_to": one.valid_to.isoformat() if one.valid_to else None,
        "parameters": dict(one.parameters),
        "text": {"en": one.text_en, "zh": one.text_zh},
        "remedy": one.remedy,
        "source": {
            "law": source.law,
            "law_zh": source.law_zh,
            "article": source.article,
            "evidence": source.evidence,
            "article_evidence": source.article_evidence,
            "note": source.note,
        },
    }


def rule_packs(session: Session) -> list[View]:
    """The packs the registry works under, then those that come with the program besides."""
    chosen = rules.chosen_packs(session)
    versions = {pack.version for pack in chosen}
    offered = [packaged(one) for one in packaged_ids()]
    return [
        {
            "pack": pack.id,
            "version": pack.version,
            "status": pack.status,
            "is_chosen": pack.version in versions,
            "title": {"en": pack.title_en, "zh": pack.title_zh},
        }
        for pack in [*chosen, *(one for one in offered if one.version not in versions)]
    ]


def rule_pack(pack: Pack) -> View:
    return {
        "pack": pack.id,
        "version": pack.version,
        "status": pack.status,
        "title": {"en": pack.title_en, "zh": pack.title_zh},
        "rules": [rule(one) for one in pack.rules],
    }


def ruling(decided: Decision) -> View:
    return {
        "pack": decided.pack,
        "version": decided.version,
        "as_of": decided.as_of.isoformat(),
        "outcome": decided.outcome,
        "findings": [one.as_json() for one in decided.findings],
    }


def stored_ruling(record: RuleDecision) -> View:
    return {
        "id": record.id,
        "subject": ids.shown(record.subject),
        "act": record.act,
        "pack": record.pack,
        "version": record.version,
        "as_of": record.as_of.isoformat(),
        "outcome": record.outcome,
        "facts": record.facts,
        "findings": record.findings,
        "created_at": record.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
