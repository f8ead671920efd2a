"""Boundaries: one day before, on and after what the law says, on both sides of the day it began."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from registry.rules.evaluate import Finding, evaluate
from registry.rules.facts import SIZES, Facts
from registry.rules.kinds import add_days, add_months, late_interest, payment_starts_on
from registry.rules.pack import packaged, read_pack

CN77, SME, TREDS, GENERIC = (packaged(one) for one in ("cn-2025-77", "cn-sme-802", "in-treds", "generic"))
BEFORE_77, FROM_77 = date(2025, 6, 14), date(2025, 6, 15)
BEFORE_802, FROM_802 = date(2025, 5, 31), date(2025, 6, 1)
DELIVERY = date(2026, 1, 10)
SALE = Facts(
    act="prepare",
    on=date(2026, 1, 12),
    opened_on=date(2026, 1, 12),
    issued_on=DELIVERY,
    delivered_on=DELIVERY,
    maturity=date(2026, 3, 11),
    obligor_size="large",
    supplier_size="small",
    face_minor=100_000_000,
    currency="CNY",
)


def found(pack, facts: Facts, rule: str, as_of: date | None = None) -> Finding | None:  # type: ignore[no-untyped-def]
    findings = evaluate(pack, facts, as_of or facts.on).findings
    return next((one for one in findings if one.rule == f"{pack.id}/{rule}"), None)


def outcome(pack, facts: Facts, rule: str, as_of: date | None = None) -> str | None:  # type: ignore[no-untyped-def]
    finding = found(pack, facts, rule, as_of)
    return finding.outcome if finding else None


def of_term(start: date, days: int) -> Facts:
    return replace(SALE, on=start, opened_on=start, maturity=start + timedelta(days=days))


@pytest.mark.parametrize(
    ("days", "after"),
    [(179, "pass"), (180, "pass"), (181, "warn"), (365, "warn"), (366, "block"), (367, "block")],
)
def test_tenor_under_77_before_and_after_it_began(days: int, after: str) -> None:
    facts = of_term(FROM_77, days)  # no 29 February within a year of it
    assert evaluate(CN77, facts, FROM_77).outcome == after
    assert evaluate(CN77, facts, BEFORE_77).findings == ()


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (date(2027, 3, 1), 365, "pass"),
        (date(2027, 3, 1), 366, "pass"),  # to 2028-03-01, across 2028-02-29: the corresponding day
        (date(2027, 3, 1), 367, "block"),
        (date(2028, 2, 29), 365, "pass"),  # to 2029-02-28, the month's last day
        (date(2028, 2, 29), 366, "block"),
        (date(2027, 2, 28), 365, "pass"),  # to 2028-02-28
        (date(2027, 2, 28), 366, "block"),  # to 2028-02-29, a day beyond
    ],
)
def test_a_year_ends_on_the_corresponding_day_also_across_a_leap_day(
    start: date, days: int, expected: str
) -> None:
    assert outcome(CN77, of_term(start, days), "tenor-one-year") == expected


@pytest.mark.parametrize(("days", "expected"), [(365, "pass"), (366, "pass"), (367, "block")])
def test_tenor_under_the_generic_pack(days: int, expected: str) -> None:
    assert evaluate(GENERIC, of_term(date(2026, 1, 1), days), date(2026, 1, 1)).outcome == expected


@pytest.mark.parametrize(("beyond", "expected"), [(-1, "pass"), (0, "pass"), (1, "warn"), (300, "warn")])
def test_a_large_enterprise_owes_an_sme_sixty_days_after_delivery(beyond: int, expected: str) -> None:
    due = DELIVERY + timedelta(days=60)
    facts = replace(SALE, maturity=due + timedelta(days=beyond))
    finding = found(SME, facts, "large-sixty-days")
    assert finding is not None
    assert finding.outcome == expected
    assert finding.values["statutory_due_on"] == "2026-03-11"
    assert outcome(SME, facts, "large-sixty-days", BEFORE_802) is None
    assert outcome(SME, facts, "large-sixty-days", FROM_802) == expected


def test_sixty_days_across_a_leap_day() -> None:
    facts = replace(SALE, delivered_on=date(2028, 1, 1), maturity=date(2028, 3, 1))
    finding = found(SME, facts, "large-sixty-days")
    assert finding is not None
    assert (finding.outcome, finding.values["statutory_due_on"]) == ("pass", "2028-03-01")
    plain = found(SME, replace(facts, delivered_on=date(2027, 1, 1)), "large-sixty-days")
    assert plain is not None
    assert plain.values["statutory_due_on"] == "2027-03-02"


@pytest.mark.parametrize(
    ("beyond", "thirty", "sixty"),
    [(30, "pass", "pass"), (31, "warn", "pass"), (60, "warn", "pass"), (61, "warn", "block")],
)
def test_an_agency_has_thirty_days_and_never_more_than_sixty(beyond: int, thirty: str, sixty: str) -> None:
    facts = replace(SALE, obligor_size="agency", maturity=DELIVERY + timedelta(days=beyond))
    assert outcome(SME, facts, "agency-thirty-days") == thirty
    assert outcome(SME, facts, "agency-sixty-days") == sixty
    assert outcome(SME, facts, "large-sixty-days") is None


def test_due_dates_concern_large_firms_and_agencies_that_owe_smaller_ones() -> None:
    late = replace(SALE, maturity=DELIVERY + timedelta(days=200))
    for obligor in SIZES:
        for supplier in SIZES:
            facts = replace(late, obligor_size=obligor, supplier_size=supplier)
            concerned = obligor in ("large", "agency") and supplier in ("medium", "small", "micro")
            rules = {one.rule for one in evaluate(SME, facts, facts.on).findings}
            assert any("days" in rule and "confirm" not in rule for rule in rules) == concerned


def test_where_a_size_is_not_recorded_even_a_hard_rule_only_warns() -> None:
    late = replace(SALE, obligor_size=None, maturity=DELIVERY + timedelta(days=200))
    assert outcome(SME, late, "agency-sixty-days") == "warn"
    assert outcome(SME, replace(late, supplier_size="large"), "agency-sixty-days") is None
    assert outcome(SME, replace(SALE, obligor_size=None), "large-sixty-days") == "pass"


@pytest.mark.parametrize(
    ("accepted", "acceptance_due", "starts"),
    [
        (None, None, DELIVERY),
        (date(2026, 1, 20), None, date(2026, 1, 20)),
        (date(2026, 1, 20), date(2026, 1, 25), date(2026, 1, 20)),
        (date(2026, 2, 20), date(2026, 1, 25), date(2026, 1, 25)),  # delay does not lengthen
        (None, date(2026, 1, 25), date(2026, 1, 25)),
        (date(2026, 1, 1), None, DELIVERY),
    ],
)
def test_time_to_pay_begins_at_acceptance_and_delay_of_it_does_not_count(
    accepted: date | None, acceptance_due: date | None, starts: date
) -> None:
    facts = replace(SALE, accepted_on=accepted, acceptance_due_on=acceptance_due)
    assert payment_starts_on(facts) == starts
    finding = found(SME, facts, "large-sixty-days")
    assert finding is not None
    assert finding.values["starts_on"] == starts.isoformat()


@pytest.mark.parametrize(("days", "expected"), [(0, "pass"), (30, "pass"), (31, "warn")])
def test_the_obligor_has_thirty_days_to_confirm(days: int, expected: str) -> None:
    facts = replace(SALE, act="confirm", on=date(2026, 1, 12) + timedelta(days=days))
    finding = found(SME, replace(facts, is_accepted_by_supplier=True), "confirm-in-thirty-days")
    assert finding is not None
    assert (finding.outcome, finding.values["confirm_by"]) == (expected, "2026-02-11")


def test_a_voucher_that_the_supplier_has_not_accepted_is_blocked() -> None:
    for act in ("register", "confirm"):
        for accepted, expected in ((True, "pass"), (False, "block"), (None, "block")):
            facts = replace(SALE, act=act, is_accepted_by_supplier=accepted)
            assert outcome(SME, facts, "voucher-by-agreement") == expected
    assert outcome(SME, SALE, "voucher-by-agreement") is None  # it is asked to sign just now


def test_no_new_receivable_of_an_obligor_in_default() -> None:
    overdue = replace(SALE, overdue_since=SALE.on - timedelta(days=1))
    assert outcome(CN77, overdue, "obligor-in-default") == "block"
    assert outcome(CN77, overdue, "obligor-in-default", BEFORE_77) is None
    assert outcome(GENERIC, overdue, "overdue-obligor") == "warn"
    assert outcome(CN77, replace(overdue, act="transfer"), "obligor-in-default") is None


@pytest.mark.parametrize(("days", "expected"), [(1, "pass"), (5, "pass"), (6, "block")])
def test_days_of_grace_are_counted_from_the_maturity(days: int, expected: str) -> None:
    patient = read_pack(CN77.text.replace("grace_days = 0", "grace_days = 5"))
    overdue = replace(SALE, overdue_since=SALE.on - timedelta(days=days))
    assert outcome(patient, overdue, "obligor-in-default") == expected


@pytest.mark.parametrize(("left", "expected"), [(14, "block"), (15, "pass"), (16, "pass")])
def test_a_factoring_unit_has_fifteen_days_left(left: int, expected: str) -> None:
    facts = replace(SALE, maturity=SALE.on + timedelta(days=left))
    assert outcome(TREDS, facts, "fifteen-days-left") == expected


@pytest.mark.parametrize(
    ("pack", "rule", "fact", "most", "beyond"),
    [
        (GENERIC, "hops", "hops", 20, "block"),
        (CN77, "split-layers", "layers", 10, "warn"),
        (CN77, "split-count", "lots", 50, "warn"),
    ],
)
def test_hops_layers_and_lots_are_counted(pack, rule: str, fact: str, most: int, beyond: str) -> None:  # type: ignore[no-untyped-def]
    facts = Facts(act="transfer", on=SALE.on, hops=1, layers=1, lots=1)
    assert outcome(pack, replace(facts, **{fact: most}), rule) == "pass"
    assert outcome(pack, replace(facts, **{fact: most + 1}), rule) == beyond
    assert outcome(pack, replace(facts, **{fact: None}), rule) == "warn"


def test_financing_without_a_filing_number_warns() -> None:
    facts = Facts(act="finance", on=SALE.on)
    assert outcome(CN77, facts, "filing") == "warn"
    assert outcome(CN77, replace(facts, filing="1234 5678"), "filing") == "pass"


def test_late_interest_is_half_a_thousandth_a_day_to_the_cent() -> None:
    rate = Decimal("0.0005")
    assert late_interest(100_000_000, date(2026, 3, 1), date(2026, 3, 2), rate) == 50_000
    assert late_interest(100_000_000, date(2026, 3, 1), date(2026, 3, 1), rate) == 0
    assert late_interest(100_000_000, date(2026, 3, 1), date(2026, 2, 1), rate) == 0
    assert late_interest(1_000, date(2028, 2, 28), date(2028, 3, 1), rate) == 1  # two days, 1.0
    assert late_interest(999, date(2026, 3, 1), date(2026, 3, 2), rate) == 0  # 0.4995
    assert late_interest(1_000, date(2026, 3, 1), date(2026, 3, 2), rate) == 1  # 0.5, half up
    finding = found(SME, SALE, "late-interest")
    assert finding is not None
    assert (finding.values["runs_from"], finding.values["per_day_minor"]) == ("2026-03-12", 50_000)


@pytest.mark.parametrize("pack", [CN77, SME, TREDS, GENERIC], ids=lambda pack: str(pack.id))
def test_a_fact_that_is_missing_never_blocks_where_a_date_is_asked(pack) -> None:  # type: ignore[no-untyped-def]
    for act in ("prepare", "transfer", "finance"):
        assert evaluate(pack, Facts(act=act, on=SALE.on), SALE.on).outcome in ("pass", "warn")


DATES = some.dates(date(1970, 1, 1), date(2105, 12, 31))


@given(start=DATES, months=some.integers(0, 2400))
def test_months_end_on_the_corresponding_day_or_the_last(start: date, months: int) -> None:
    end = add_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).day == 1)


def test_terms_beyond_the_calendar_end_with_it() -> None:
    assert add_days(date.max, 5) == date.max
    assert add_months(date.max, 1) == date.max


@given(maturity=DATES, opened=DATES, delivered=DATES, as_of=DATES, on=DATES, overdue=DATES | some.none())
def test_any_facts_give_the_same_decision_twice_and_from_json(
    maturity: date, opened: date, delivered: date, as_of: date, on: date, overdue: date | None
) -> None:
    facts = replace(
        SALE, maturity=maturity, opened_on=opened, delivered_on=delivered, on=on, overdue_since=overdue
    )
    for pack in (CN77, SME, TREDS, GENERIC):
        assert evaluate(pack, facts, as_of) == evaluate(pack, Facts.from_json(facts.as_json()), as_of)


VERIFIED = read_pack(
    """format = 1
id = "own"
status = "in_force"
title_en = "Own"
title_zh = "自有"
[[rule]]
id = "verified"
kind = "verified_invoices"
strength = "hard"
acts = ["prepare"]
valid_from = 2026-01-01
text_en = "Only verified invoices."
text_zh = "须为已查验发票。"
remedy = "Have them verified."
parameters = { max_age_days = 7 }
source = { law = "Policy of this registry", evidence = "own" }
"""
)


@pytest.mark.parametrize(
    ("unverified", "days_ago", "expected"),
    [
        (0, 0, "pass"),
        (0, 7, "pass"),
        (0, 8, "block"),
        (1, 0, "block"),
        (1, None, "block"),
        (None, None, "warn"),
    ],
)
def test_invoices_are_verified_and_not_too_long_ago(
    unverified: int | None, days_ago: int | None, expected: str
) -> None:
    verified_on = None if days_ago is None else SALE.on - timedelta(days=days_ago)
    facts = replace(SALE, invoices_unverified=unverified, invoices_verified_on=verified_on)
    assert outcome(VERIFIED, facts, "verified") == expected
    assert Facts.from_json(facts.as_json()) == facts
