"""Decisions are written with the acts they were taken on, and can be replayed; limits follow the packs."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import orjson
import pytest

from api import setup
from registry.financing.settlement import settle_lot, settlement_message
from registry.financing.use_cases import (
    agree_sale,
    finance_lot,
    lock_lot,
    lock_message,
    sale_message,
)
from registry.kit.clock import unix
from registry.kit.errors import Refusal
from registry.parties import queries as parties
from registry.receivables import queries as receivables
from registry.receivables.checks import DraftRequest, Use
from registry.receivables.rulings import receivable_facts
from registry.receivables.use_cases import (
    confirm_receivable,
    confirmation_message,
    prepare_receivable,
    register_receivable,
    registration_message,
)
from registry.relay.model import Act
from registry.rules import queries
from registry.rules.evaluate import evaluate
from registry.rules.facts import Facts
from registry.rules.model import RuleDecision, RulePack
from registry.rules.pack import Pack, packaged, read_pack
from registry.rules.use_cases import choose_packs, replay, set_size
from tests.builders.office import Office, founding

FAPIAO = "invoice-6.fapiao-2019.xml"


def refusal_of(act: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value


def use(office: Office, *packs: Pack) -> None:
    choose_packs(office.service.database, office.clock, packs)


@pytest.fixture
def fresh(office: Office) -> str:
    brought = office.bring(FAPIAO)
    assert brought.id is not None
    return brought.id


@pytest.fixture
def root(office: Office) -> str:
    with office.service.database.read() as session:
        return receivables.lots(session)[0].id


def decisions(office: Office, subject: str) -> list[RuleDecision]:
    with office.service.database.read() as session:
        return list(queries.decisions_about(session, subject))


def count(office: Office, table: str) -> int:
    with office.service.database.read() as session:
        return int(session.connection().exec_driver_sql(f"select count(*) from {table}").scalar_one())


def register(office: Office, receivable: str) -> Act:
    with office.service.database.read() as session:
        message = registration_message(session, receivable)
    return register_receivable(office.context, receivable, [office.sign("tier1", message)])


def confirm(office: Office, receivable: str) -> Act:
    with office.service.database.read() as session:
        message = confirmation_message(session, receivable)
    return confirm_receivable(office.context, receivable, [office.sign("obligor", message)])


def request(office: Office, invoice: str, days: int) -> DraftRequest:
    return office.request(Use(invoice), days=days)


def test_a_new_registry_works_under_the_generic_pack_and_its_limits(office: Office) -> None:
    with office.service.database.read() as session:
        assert [pack.id for pack in queries.chosen_packs(session)] == ["generic"]
        assert queries.choice(session) is not None
        assert parties.limits(session) == setup.limits_word([packaged("generic")], office.clock.now().date())


def test_preparing_registering_and_confirming_each_leave_a_decision(office: Office, fresh: str) -> None:
    use(office, packaged("cn-2025-77"), packaged("cn-sme-802"))
    prepared = prepare_receivable(office.context, request(office, fresh, 181))
    assert "cn-2025-77/tenor-six-months" in {one.rule for one in prepared.warnings}
    office.settle(register(office, prepared.receivable))
    office.clock.advance(days=20)
    office.settle(confirm(office, prepared.receivable))
    kept = decisions(office, f"receivable:{prepared.receivable}")
    assert sorted((one.act, one.pack) for one in kept) == [
        (act, pack) for act in ("confirm", "prepare", "register") for pack in ("cn-2025-77", "cn-sme-802")
    ]
    opened = office.clock.now().date() - timedelta(days=20)
    assert {one.facts["opened_on"] for one in kept} == {opened.isoformat()}
    assert {one.as_of for one in kept if one.act == "confirm"} == {office.clock.now().date()}


def test_each_decision_is_replayed_to_the_identical_answer(office: Office, fresh: str, root: str) -> None:
    use(office, packaged("cn-2025-77"), packaged("cn-sme-802"), packaged("generic"))
    prepared = prepare_receivable(office.context, request(office, fresh, 200))
    office.pass_on(root, "tier1", "tier2", "400000.00")
    kept = decisions(office, f"receivable:{prepared.receivable}") + decisions(office, f"lot:{root}")
    assert {one.act for one in kept if one.pack == "generic"} == {"prepare", "transfer"}
    with office.service.database.read() as session:
        for one in kept:
            again = replay(session, one.id)
            assert again.is_identical
            assert [finding.as_json() for finding in again.decision.findings] == one.findings
            assert again.decision.outcome == one.outcome


def test_replay_stands_when_the_pack_was_replaced_meanwhile(office: Office, fresh: str) -> None:
    old = packaged("cn-2025-77")
    use(office, old)
    prepared = prepare_receivable(office.context, request(office, fresh, 200))
    stricter = read_pack(old.text.replace("max_months = 12", "max_months = 3"))
    use(office, stricter)
    assert refusal_of(lambda: register(office, prepared.receivable)).code == "rule_blocks"
    (kept,) = decisions(office, f"receivable:{prepared.receivable}")
    assert kept.version == old.version != stricter.version
    with office.service.database.read() as session:
        again = replay(session, kept.id)
    assert again.is_identical
    assert again.decision.outcome == "warn"


def test_replay_as_of_another_day_judges_by_the_rules_of_that_day(office: Office, fresh: str) -> None:
    use(office, packaged("cn-2025-77"))
    prepared = prepare_receivable(office.context, request(office, fresh, 200))
    (kept,) = decisions(office, f"receivable:{prepared.receivable}")
    with office.service.database.read() as session:
        assert replay(session, kept.id, date(2025, 6, 14)).decision.findings == ()
        first = replay(session, kept.id, date(2025, 6, 15))
    assert (first.decision.outcome, first.is_identical) == ("warn", False)


def test_a_pack_or_decision_that_was_altered_is_noticed(office: Office, fresh: str) -> None:
    use(office, packaged("cn-2025-77"))
    prepared = prepare_receivable(office.context, request(office, fresh, 200))
    (kept,) = decisions(office, f"receivable:{prepared.receivable}")
    with office.service.database.write() as session:
        session.merge(with_findings_passed(kept))
    with office.service.database.read() as session:
        assert not replay(session, kept.id).is_identical
    with office.service.database.write() as session:
        row = session.get(RulePack, kept.version)
        assert row is not None
        row.text = row.text.replace("max_months = 12", "max_months = 24")
    with office.service.database.read() as session:
        assert refusal_of(lambda: replay(session, kept.id)).code == "rule_pack_invalid"
        assert refusal_of(lambda: replay(session, "dec_nowhere")).code == "rule_decision_not_found"


def with_findings_passed(kept: RuleDecision) -> RuleDecision:
    kept.findings = [{**one, "outcome": "pass"} for one in kept.findings]
    return kept


def test_a_hard_rule_refuses_with_its_name_source_and_remedy_and_nothing_is_kept(
    office: Office, fresh: str
) -> None:
    use(office, packaged("cn-2025-77"))
    before = {table: count(office, table) for table in ("receivable_draft", "rule_decision", "act")}
    day = office.clock.now().date()
    refusal = refusal_of(lambda: prepare_receivable(office.context, request(office, fresh, 366)))
    assert refusal.code == "rule_blocks"
    assert refusal.fields["rule"] == "cn-2025-77/tenor-one-year"
    assert refusal.fields["version"] == packaged("cn-2025-77").version
    assert "art. 11 [V, article 2nd]" in str(refusal.fields["source"])
    assert "within one year" in refusal.detail
    assert refusal.fields["values"] == {
        "starts_on": day.isoformat(),
        "tenor_days": 366,
        "latest_maturity": day.replace(year=day.year + 1).isoformat(),
    }
    orjson.dumps(refusal.fields)
    assert {table: count(office, table) for table in before} == before


def test_an_obligor_that_let_a_maturity_pass_gets_no_new_receivable_until_it_has_paid(
    office: Office, fresh: str
) -> None:
    use(office, packaged("cn-2025-77"))
    with office.service.database.read() as session:
        (old,) = receivables.receivables(session)
    prepared = prepare_receivable(office.context, request(office, fresh, 300))
    office.clock.advance(seconds=old.maturity - office.context.now)
    assert told_of_overdue(office, prepared.receivable) is None  # on the very day it may still pay
    office.clock.advance(days=1)
    refusal = refusal_of(lambda: register(office, prepared.receivable))
    assert refusal.code == "rule_blocks"
    assert refusal.fields["rule"] == "cn-2025-77/obligor-in-default"
    use(office, packaged("generic"))
    assert told_of_overdue(office, prepared.receivable) == "generic/overdue-obligor"
    use(office, packaged("cn-2025-77"))
    with office.service.database.read() as session:
        (lot,) = receivables.lots(session)
        message = settlement_message(session, lot.id, lot.amount, "E2E-1")
    consents = [office.sign("clearing", message)]
    number = office.number("clearing")
    office.settle(settle_lot(office.context, lot.id, number, lot.amount, "E2E-1", consents))
    office.settle(register(office, prepared.receivable))


def told_of_overdue(office: Office, receivable: str) -> str | None:
    """The first warning of a stop list, if there is one, without storing anything."""
    with office.service.database.read() as session:
        terms = registration_message(session, receivable).terms
        facts = receivable_facts(session, "prepare", receivable, terms, office.clock.now().date())
        for pack in queries.chosen_packs(session):
            for one in evaluate(pack, facts, facts.on).findings:
                if one.outcome != "pass" and ("overdue" in one.rule or "default" in one.rule):
                    return one.rule
    return None


def test_sizes_decide_whether_the_sixty_days_hold(office: Office, fresh: str) -> None:
    use(office, packaged("cn-sme-802"))
    late = request(office, fresh, 200)
    unknown = prepare_receivable(office.context, late)
    assert "cn-sme-802/agency-sixty-days" in {one.rule for one in unknown.warnings}
    set_size(office.service.database, office.clock, office.number("obligor"), "large")
    set_size(office.service.database, office.clock, office.number("tier1"), "small")
    large = prepare_receivable(office.context, late)
    assert [one.rule for one in large.warnings] == ["cn-sme-802/large-sixty-days"]
    set_size(office.service.database, office.clock, office.number("obligor"), "agency")
    refusal = refusal_of(lambda: prepare_receivable(office.context, late))
    assert refusal.fields["rule"] == "cn-sme-802/agency-sixty-days"
    assert (
        refusal_of(lambda: set_size(office.service.database, office.clock, 2, "huge")).code
        == "size_class_unknown"
    )


def test_a_transfer_is_judged_by_what_it_makes(office: Office, root: str) -> None:
    generic = packaged("generic")
    use(office, read_pack(generic.text.replace("max = 20", "max = 1")), packaged("cn-2025-77"))
    office.pass_on(root, "tier1", "tier2", "400000.00")
    with office.service.database.read() as session:
        child = next(one for one in receivables.lots(session) if one.parent == root)
    refusal = refusal_of(lambda: office.send(child.id, "tier2", "tier3", "100000.00"))
    assert (refusal.code, refusal.fields["rule"]) == ("rule_blocks", "generic/hops")
    facts = [Facts.from_json(one.facts) for one in decisions(office, f"lot:{root}")]
    assert {(one.hops, one.layers, one.lots) for one in facts} == {(1, 1, 2)}
    office.pass_on(root, "tier1", "tier2", "600000.00")  # the rest, whole
    last = decisions(office, f"lot:{root}")[-1]
    assert (last.facts["hops"], last.facts["layers"], last.facts["lots"]) == (1, 0, 2)


def test_a_sale_leaves_a_decision_that_reminds_of_the_filing(office: Office, root: str) -> None:
    use(office, packaged("cn-2025-77"))
    until = unix(office.clock.now() + timedelta(days=5))
    bank = office.number("bank")
    with office.service.database.read() as session:
        message = lock_message(session, root, bank, until)
    office.settle(lock_lot(office.context, root, bank, until, [office.sign("tier1", message)]))
    agreed = agree_sale(office.context, root, bank, Decimal("0.045"), with_recourse=False)
    with office.service.database.read() as session:
        sale = sale_message(session, root, agreed)
    office.settle(finance_lot(office.context, root, [office.sign("tier1", sale), office.sign("bank", sale)]))
    (kept,) = decisions(office, f"lot:{root}")
    assert (kept.act, kept.outcome) == ("finance", "warn")
    assert [one["rule"] for one in kept.findings] == ["cn-2025-77/filing"]


def test_an_act_that_fails_leaves_no_decision(office: Office, root: str) -> None:
    before = count(office, "rule_decision")
    refusal_of(lambda: office.send(root, "tier2", "tier3", "1.00"))  # not its holder
    assert count(office, "rule_decision") == before


def test_a_draft_is_not_chosen_nor_are_none_or_one_twice(office: Office) -> None:
    generic = packaged("generic")
    assert refusal_of(lambda: use(office, packaged("cn-6m-2026"))).code == "rule_pack_not_in_force"
    assert refusal_of(lambda: use(office)).code == "rule_pack_invalid"
    assert refusal_of(lambda: use(office, generic, generic)).code == "rule_pack_invalid"
    assert refusal_of(lambda: packaged("cn-1949")).code == "rule_pack_not_found"
    with office.service.database.read() as session:
        assert [pack.id for pack in queries.chosen_packs(session)] == ["generic"]


def test_what_a_newer_program_brings_changes_nothing_until_it_is_chosen(office: Office) -> None:
    pinned = read_pack(packaged("cn-2025-77").text.replace("max_days = 180", "max_days = 150"))
    use(office, pinned)
    with office.service.database.read() as session:
        assert queries.chosen_packs(session) == [pinned]


def test_a_registry_from_before_there_were_packs_works_under_the_generic_one(
    office: Office, fresh: str
) -> None:
    with office.service.database.write() as session:
        for table in ("rule_choice", "rule_decision", "rule_pack"):
            session.connection().exec_driver_sql(f"delete from {table}")
    prepared = prepare_receivable(office.context, request(office, fresh, 90))
    (kept,) = decisions(office, f"receivable:{prepared.receivable}")
    assert (kept.pack, kept.version) == ("generic", packaged("generic").version)
    setup.found(founding(office.service.folder), office.clock, lambda _said: None)
    with office.service.database.read() as session:
        assert queries.choice(session) is not None
