"""What the rules say when a financed lot changes hands again: reassignment and the enforcement of a pledge."""

from decimal import Decimal
from typing import Any

import pytest

from registry.receivables import queries as receivables
from registry.rules import queries
from registry.rules.model import RuleDecision
from registry.rules.pack import packaged, read_pack
from registry.rules.use_cases import choose_packs, replay, set_size
from tests.builders.office import Office
from tests.financing.test_remedies import (
    PAST_MATURITY_DAYS,
    enforce,
    finance,
    put_back,
    reassign,
    refused_code,
    write_off,
)


@pytest.fixture
def root(office: Office) -> str:
    with office.service.database.read() as session:
        return receivables.lots(session)[0].id


@pytest.fixture(autouse=True)
def packs(office: Office) -> None:
    chosen = [packaged(one) for one in ("cn-2025-77", "cn-sme-802", "generic")]
    choose_packs(office.service.database, office.clock, chosen)
    set_size(office.service.database, office.clock, office.number("obligor"), "large")
    set_size(office.service.database, office.clock, office.number("tier1"), "small")


def decisions(office: Office, root: str, act: str) -> list[RuleDecision]:
    with office.service.database.read() as session:
        kept = [one for one in queries.decisions_about(session, f"lot:{root}") if one.act == act]
        assert all(replay(session, one.id).is_identical for one in kept)
        return kept


def findings(office: Office, root: str, act: str) -> dict[str, dict[str, Any]]:
    return {one["rule"]: one for each in decisions(office, root, act) for one in each.findings}


def test_the_next_funder_is_reminded_of_its_filing(office: Office, root: str) -> None:
    finance(office, root)
    office.settle(reassign(office, root, "bank", "second_bank"))
    found = findings(office, root, "reassign")
    assert {name: one["outcome"] for name, one in found.items()} == {
        "cn-2025-77/filing": "warn",
        "cn-sme-802/late-interest": "pass",
        "generic/overdue-obligor": "pass",
    }
    assert found["cn-sme-802/late-interest"]["values"]["accrued_minor"] == 0


def test_whoever_takes_over_an_overdue_claim_is_told_so_and_what_has_accrued(
    office: Office, root: str
) -> None:
    finance(office, root)
    with office.service.database.read() as session:
        maturity = receivables.receivables(session)[0].maturity
    office.clock.advance(seconds=maturity - office.context.now, days=10)
    office.settle(reassign(office, root, "bank", "second_bank"))
    found = findings(office, root, "reassign")
    assert found["generic/overdue-obligor"]["outcome"] == "warn"
    accrued = found["cn-sme-802/late-interest"]["values"]["accrued_minor"]
    assert accrued == 100_000_000 * 10 * Decimal("0.0005")


def test_an_enforcement_leaves_a_decision_and_a_hard_rule_stops_it(office: Office, root: str) -> None:
    finance(office, root, is_pledge=True)
    office.clock.advance(days=PAST_MATURITY_DAYS)
    generous = packaged("cn-2025-77")
    a, _, b = generous.text.partition('id = "filing"')
    strict = read_pack(a + 'id = "filing"' + b.replace('strength = "soft"', 'strength = "hard"', 1))
    choose_packs(office.service.database, office.clock, [strict])
    assert refused_code(lambda: enforce(office, root)) == "rule_blocks"
    assert decisions(office, root, "enforce") == []
    choose_packs(office.service.database, office.clock, [generous])
    office.settle(enforce(office, root))
    assert [one["outcome"] for one in findings(office, root, "enforce").values()] == ["warn"]


def test_a_hard_rule_stops_a_reassignment_and_the_financing_stays(office: Office, root: str) -> None:
    finance(office, root)
    a, _, b = packaged("cn-2025-77").text.partition('id = "filing"')
    strict = read_pack(a + 'id = "filing"' + b.replace('strength = "soft"', 'strength = "hard"', 1))
    choose_packs(office.service.database, office.clock, [strict])
    assert refused_code(lambda: reassign(office, root, "bank", "second_bank")) == "rule_blocks"
    with office.service.database.read() as session:
        assert receivables.lot(session, root).holder == office.number("bank")
    assert decisions(office, root, "reassign") == []


def test_nobody_is_kept_from_giving_back_or_giving_up(office: Office, root: str) -> None:
    """What runs backwards or down is open whatever the rules say, as on the chain."""
    finance(office, root)
    office.clock.advance(days=PAST_MATURITY_DAYS)
    office.settle(write_off(office, root, 100, "bank"))
    office.settle(put_back(office, root))
    with office.service.database.read() as session:
        acts = {one.act for one in queries.decisions_about(session, f"lot:{root}")}
    assert acts == {"finance"}
