"""Whose a party's account is: by a certificate of an authority that the reader trusts, else the operator's word."""

from collections.abc import Sequence
from typing import Any

import pytest

from registry.invoices.verification.trust import NOBODY, TrustAnchors
from registry.parties.rules import IDENTITY_DOMAIN
from registry.provenance.making import LotNotProvable, Shown, make_pack
from registry.provenance.model import Outcome, PartyOnPath, Verdict, Verification
from registry.provenance.openings import opening_of
from registry.provenance.pack import Company, Pack
from registry.provenance.proving import verify_pack
from tests.builders.companies import a_company, a_root, an_intermediate
from tests.provenance.pack_story import IDENTITY, KEY, ROOT, TIER_5, TRUST, Told, said
from tests.provenance.provenance_world import OBLIGOR


def pack_with(told: Told, *companies: Company, opened: bool = False) -> Pack:
    shown = Shown(companies, [opening_of(KEY.opened(IDENTITY_DOMAIN, *IDENTITY))] if opened else [])
    return make_pack(told.world.node, told.world.contract, told.lot, identities=lambda _: shown)


def verified(pack: Pack, trust: TrustAnchors = NOBODY) -> Verification:
    return verify_pack(pack, block=pack.block.hash, trust=trust)


def outcome(found: Verification, name: str, party: int = TIER_5) -> Outcome:
    (check,) = (each for each in found.checks if (each.name, each.subject) == (name, f"party {party}"))
    return check.outcome


def test_without_certificates_who_a_party_is_is_the_operators_word(told: Told, pack: Pack) -> None:
    found = verified(pack, TRUST)
    assert found.path is not None
    for party in found.path.parties:
        assert outcome(found, "identity", party.number) is Outcome.CLAIMED


def test_an_account_is_a_companys_by_an_authority_one_trusts(told: Told) -> None:
    between = an_intermediate(ROOT)
    company = a_company(between, "Fünf GmbH")
    found = verified(pack_with(told, said(told.statement(), company, between)), TRUST)
    assert found.verdict is Verdict.VERIFIED
    assert outcome(found, "company") is Outcome.PROVEN
    assert outcome(found, "identity") is Outcome.CLAIMED  # nothing shows what it was admitted as


def test_it_is_who_it_was_admitted_as_if_certificate_and_fingerprint_name_the_same(told: Told) -> None:
    own = said(told.statement(), a_company(ROOT, identifier=f"VATDE-{IDENTITY[1]}"))
    found = verified(pack_with(told, own, opened=True), TRUST)
    assert (found.verdict, outcome(found, "identity")) == (Verdict.VERIFIED, Outcome.PROVEN)
    other = said(told.statement(), a_company(ROOT, identifier="VATDE-999999999"))
    found = verified(pack_with(told, other, opened=True), TRUST)
    assert (outcome(found, "company"), outcome(found, "identity")) == (Outcome.PROVEN, Outcome.CLAIMED)


@pytest.mark.parametrize(
    ("trust", "verdict", "how"),
    [
        (NOBODY, Verdict.VERIFIED, Outcome.CLAIMED),
        (TrustAnchors((a_root().certificate,)), Verdict.INCOMPLETE, Outcome.NOT_CHECKED),
    ],
    ids=["nobody named", "not trusted"],
)
def test_a_certificate_of_nobody_one_trusts_proves_nothing(
    told: Told, trust: TrustAnchors, verdict: Verdict, how: Outcome
) -> None:
    own = said(told.statement(), a_company(ROOT, identifier=f"VATDE-{IDENTITY[1]}"))
    found = verified(pack_with(told, own, opened=True), trust)
    assert (found.verdict, outcome(found, "company")) == (verdict, how)
    assert outcome(found, "identity") is Outcome.CLAIMED


def test_a_certificate_that_was_not_in_force_when_it_was_signed_proves_nothing(told: Told) -> None:
    own = said(told.statement(said_at=1), a_company(ROOT))
    assert outcome(verified(pack_with(told, own), TRUST), "company") is Outcome.NOT_CHECKED


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"party": 99}, "company_foreign"),
        ({"account": "0x" + "11" * 20}, "company_foreign"),
        ({"party": OBLIGOR}, "company_foreign"),  # of another party of the path
    ],
    ids=["no such party", "no such account", "another party's account"],
)
def test_what_is_said_of_others_than_the_paths_parties_is_refused(
    told: Told, other: dict[str, Any], why: str
) -> None:
    with pytest.raises(LotNotProvable) as refused:
        pack_with(told, said(told.statement(**other), a_company(ROOT)))
    assert refused.value.fields["reason"] == why


@pytest.mark.parametrize(
    "other",
    [{"chain_id": 1}, {"contract": "0x" + "22" * 20}, {"said_at": 5}],
    ids=lambda one: next(iter(one)),
)
def test_what_was_signed_of_another_registry_chain_or_time_is_refused(
    told: Told, other: dict[str, Any]
) -> None:
    company = a_company(ROOT)
    elsewhere = said(told.statement(**other), company).signature
    moved = said(told.statement(), company).model_copy(update={"signature": elsewhere})
    with pytest.raises(LotNotProvable) as refused:
        pack_with(told, moved)
    assert refused.value.fields["reason"] == "company_statement"


def test_two_statements_about_one_account_are_refused(told: Told) -> None:
    own = said(told.statement(), a_company(ROOT))
    with pytest.raises(LotNotProvable) as refused:
        pack_with(told, own, own)
    assert refused.value.fields["reason"] == "company_twice"


def test_the_maker_is_asked_of_the_paths_parties_alone(told: Told) -> None:
    asked: list[PartyOnPath] = []

    def identities(parties: Sequence[PartyOnPath]) -> Shown:
        asked.extend(parties)
        return Shown()

    make_pack(told.world.node, told.world.contract, told.lot, identities=identities)
    found = {each.number: each for each in asked}
    assert TIER_5 in found
    assert OBLIGOR in found
    assert found[TIER_5].identity == KEY.fingerprint(IDENTITY_DOMAIN, *IDENTITY)
    assert [each.lower() for each in found[TIER_5].accounts] == [told.world.keys[TIER_5].address.lower()]
