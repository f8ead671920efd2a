"""A pack is read strictly; every rule says where it comes from and how well that is known."""

import re
from datetime import date

import pytest

from registry.kit.errors import Refusal
from registry.rules.facts import Facts
from registry.rules.kinds import JUDGES
from registry.rules.limits import PackLimits, limits_of, longest_days
from registry.rules.pack import PARAMETERS, packaged, packaged_ids, read_pack, rules_in_force

GENERIC = packaged("generic")
DAY = date(2026, 11, 2)


def refused(text: str) -> str:
    with pytest.raises(Refusal) as caught:
        read_pack(text)
    assert caught.value.code == "rule_pack_invalid"
    return caught.value.detail


@pytest.mark.parametrize("pack_id", packaged_ids())
def test_every_packaged_pack_reads_and_each_rule_has_text_source_and_remedy(pack_id: str) -> None:
    pack = packaged(pack_id)
    assert pack.id == pack_id
    for rule in pack.rules:
        assert re.search("[一-鿿]", rule.text_zh)
        assert not re.search("[一-鿿]", rule.text_en)
        assert rule.source.law
        assert rule.source.evidence in str(rule.source)
        assert rule.remedy


def test_the_packs_are_those_the_documents_name() -> None:
    assert packaged_ids() == ["cn-2025-77", "cn-6m-2026", "cn-sme-802", "generic", "in-treds"]


def test_every_kind_has_parameters_and_a_judge() -> None:
    assert set(PARAMETERS) == set(JUDGES)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("format = 1", "format = 2", "format 1"),
        ("format = 1", "format = 1\ncolor = 3", "unknown color"),
        ('kind = "tenor"', 'kind = "tenure"', "kind must be one of"),
        ('strength = "hard"', 'strength = "firm"', "strength must be one of"),
        ('strength = "hard"', 'strength = "hard"\nweight = 1', "unknown weight"),
        ("max_days = 366", "max_days = 366, max_weeks = 52", "unknown max_weeks"),
        ("max_days = 366", "max_days = 366, max_months = 12", "either max_days or max_months"),
        ("max_days = 366", "", "either max_days or max_months"),
        ("max_days = 366", "max_days = 0", "more than zero"),
        ("max_days = 366", "max_days = true", "whole number"),
        ("valid_from = 2000-01-01\n", "", "only a draft leaves valid_from open"),
        ("valid_from = 2000-01-01", "valid_from = 2000-01-01T00:00:00", "must be a date"),
        ("valid_from = 2000-01-01", "valid_from = 2000-01-01\nvalid_to = 1999-12-31", "before valid_from"),
        ('evidence = "own"', 'evidence = "hearsay"', "evidence must be one of"),
        ('evidence = "own"', 'evidence = "own", page = 3', "unknown page"),
        ('id = "hops"', 'id = "tenor"', "two rules of one id"),
        ('id = "hops"', 'id = "Hops!"', "small letters"),
        ("[limits]", "[limits]\nmax_faces = 3", "unknown max_faces"),
        ('acts = ["transfer"]', 'acts = ["sing"]', "acts must be one of"),
        ('acts = ["transfer"]', 'acts = ["transfer", "transfer"]', "without repetition"),
        ('acts = ["transfer"]', "acts = []", "without repetition"),
        ("[[rule]]", "[[rule", "no TOML"),
    ],
)
def test_what_is_not_understood_is_refused(old: str, new: str, said: str) -> None:
    assert old in GENERIC.text
    assert said in refused(GENERIC.text.replace(old, new, 1))


def test_the_version_is_the_hash_of_the_text_to_the_last_byte() -> None:
    assert read_pack(GENERIC.text + "\n").version != GENERIC.version
    assert len(GENERIC.version) == 64


def test_a_rule_holds_from_its_first_through_its_last_day() -> None:
    text = GENERIC.text.replace(
        "valid_from = 2000-01-01", "valid_from = 2025-06-15\nvalid_to = 2025-12-31", 1
    )
    first = read_pack(text).rules[0]
    days = [date(2025, 6, 14), date(2025, 6, 15), date(2025, 12, 31), date(2026, 1, 1)]
    assert [first.is_in_force(day) for day in days] == [False, True, True, False]


def test_no_rule_of_a_draft_is_ever_in_force() -> None:
    draft = packaged("cn-6m-2026")
    assert draft.is_draft
    assert list(rules_in_force([draft], date(2030, 1, 1))) == []
    dated = read_pack(draft.text.replace('strength = "hard"', 'strength = "hard"\nvalid_from = 2026-01-01'))
    assert list(rules_in_force([dated], date(2030, 1, 1))) == []


def test_the_generic_pack_gives_the_contract_its_accustomed_limits() -> None:
    assert limits_of([GENERIC], DAY) == PackLimits(366, 20, 3, 30, 100)
    assert limits_of([], DAY) == limits_of([GENERIC], DAY)


def test_limits_are_the_strictest_of_all_packs_and_only_of_rules_in_force() -> None:
    strict = read_pack(
        packaged("cn-6m-2026")
        .text.replace('status = "draft"', 'status = "in_force"')
        .replace('strength = "hard"', 'strength = "hard"\nvalid_from = 2027-01-01')
        .replace("[[rule]]", "[limits]\nreject_window_days = 1\nmin_lot_minor = 500\n[[rule]]")
    )
    assert limits_of([strict], date(2026, 12, 31)) == PackLimits(366, 20, 1, 30, 500)
    assert limits_of([strict, GENERIC], date(2027, 1, 1)) == PackLimits(184, 20, 1, 30, 500)
    assert limits_of([packaged("cn-6m-2026")], date(2030, 1, 1)) == limits_of([], DAY)
    assert limits_of([packaged("cn-2025-77"), packaged("cn-sme-802")], DAY) == PackLimits(366, 20, 3, 30, 100)


def test_months_are_counted_in_days_at_their_longest() -> None:
    assert (longest_days(6), longest_days(12)) == (184, 366)


def test_facts_come_back_from_json_as_they_went() -> None:
    facts = Facts(
        act="prepare", on=DAY, maturity=date(2027, 2, 28), obligor_size="large", face_minor=2**63, hops=0
    )
    assert Facts.from_json(facts.as_json()) == facts


@pytest.mark.parametrize(
    "stored",
    [{"act": "prepare"}, {"act": "prepare", "on": "soon"}, {"act": "prepare", "on": "2026-01-01", "mood": 1}],
)
def test_facts_that_are_not_understood_are_refused(stored: dict[str, object]) -> None:
    with pytest.raises(Refusal) as caught:
        Facts.from_json(stored)
    assert caught.value.code == "facts_unreadable"
