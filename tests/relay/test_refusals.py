"""Whatever the contract says no with, a person reads why, and a program a stable code."""

import re

import pytest

from registry.chain.artifact import registry_artifact
from registry.chain.contract import PANIC_AND_ERROR
from registry.kit.errors import every_refusal
from registry.relay import refusals
from registry.relay.model import Act
from registry.relay.refusals import ChainRefused, Reverted, refusal, refusal_of_act, refusal_of_revert

ERRORS = {entry["name"]: entry["inputs"] for entry in registry_artifact().abi if entry["type"] == "error"}
SAMPLES = {"address": "0x" + "11" * 20, "bytes32": bytes(32), "string": "name"}


def sample(member):
    return SAMPLES.get(member["type"], 1)


def test_every_error_of_the_contract_is_in_the_table_and_no_other():
    builtin = {name for name, _ in PANIC_AND_ERROR.values()}
    assert refusals.error_names() == set(ERRORS) | builtin


@pytest.mark.parametrize("name", ERRORS)
def test_each_error_has_a_code_a_title_and_a_sentence_with_its_values(name):
    found = refusal(name, **{member["name"]: sample(member) for member in ERRORS[name]})
    assert isinstance(found, ChainRefused)
    assert found.code == re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    assert found.title
    assert found.detail[0].isupper() or found.detail.startswith(("0x", "1"))
    assert found.detail.endswith(".")
    assert "(unknown)" not in found.detail
    assert "{" not in found.detail


def test_codes_are_listed_once_each():
    codes = [each.code for each in every_refusal() if issubclass(each, ChainRefused)]
    assert len(codes) == len(set(codes)) == len(refusals.error_names()) + 2
    assert {"lot_not_free", "reverted", "quota_exceeded", "role_missing"} <= set(codes)


def test_a_sentence_names_status_role_and_time_as_people_do():
    assert "is financed" in refusal("LotNotFree", lot=1, status=4).detail
    assert "is declined" in refusal("ReceivableNotRegistered", receivable=1, status=3).detail
    assert "role supplier" in refusal("RoleMissing", party=1, role=2).detail
    assert "mandate to confirm" in refusal("ConsentMissing", party=1, scope=2).detail
    assert "is canceled" in refusal("ReceivableNotConfirmed", receivable=1, status=6).detail
    assert "is pledged" in refusal("LotNotFinanced", lot=1, status=3).detail
    assert "2026-01-05 09:00 UTC" in refusal("ProposalWaits", party=1, effective=1_767_603_600).detail
    assert "2026-01-05 09:00 UTC" in refusal("LockOver", lot=1, until=1_767_603_600).detail


@pytest.mark.parametrize("data", [None, b"", b"\x01\x02\x03\x04", b"\x12"])
def test_a_revert_that_is_none_of_the_contracts_is_one_without_a_reason(data):
    assert isinstance(refusal_of_revert(data), Reverted)


def test_a_refused_act_raises_what_it_was_refused_with():
    act = Act(id="act_1", refusal_code="lot_redeemed", refusal_detail="Lot 1 is redeemed.")
    found = refusal_of_act(act)
    assert (found.code, found.detail, found.fields["act"]) == ("lot_redeemed", "Lot 1 is redeemed.", "act_1")
    assert refusal_of_act(Act(id="act_2", refusal_code="of_a_later_version")).code == "chain_refused"


def test_who_may_is_another_answer_than_what_stands_against_it():
    assert refusal("SenderNotArbiter", sender="0x" + "11" * 20).status == 403
    assert refusal("NotMature", lot=1, maturity=1).status == 409
