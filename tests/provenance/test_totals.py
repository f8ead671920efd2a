"""A funder proves what an obligor owes in all from one file and one block hash."""

import random
import socket
from collections import Counter
from typing import Any

import orjson
import pytest

from registry.chain.messages import Confirmation, Registration
from registry.provenance.model import Outcome, TotalVerification, Verdict
from registry.provenance.pack import PackUnreadable, TotalPack, read_pack, write_pack
from registry.provenance.report import as_json, report_lines
from registry.provenance.totals import TotalNotProvable, make_total, verify_total
from tests.provenance.pack_story import Told
from tests.provenance.provenance_world import EUR, FACE, KEYS, OBLIGOR, REGISTRAR, SUPPLIER, World

CNY = 156
MUTANTS = 400
# What each member's change may be refused for; a value that has lost its form is unreadable.
REASONS: dict[str, set[str]] = {
    "chain_id": {"contract_domain"},
    "contract": {"account_proof", "storage_proof", "contract_code"},
    "obligor": {"account_proof", "storage_proof", "party_not_admitted"},
    "currency": {"storage_proof", "statement_differs"},
    "block": {"anchor_differs", "anchor_missing", "header_later"},
    "statement": {"statement_differs"},
    "header": {"header_hash"},
    "code": {"contract_code"},
    "nodes": {"account_proof", "storage_proof"},
}


@pytest.fixture(scope="module")
def total(told: Told) -> TotalPack:
    return make_total(told.world.node, told.world.contract, OBLIGOR, EUR)


def checked(pack: TotalPack, **trust: Any) -> TotalVerification:
    read = read_pack(write_pack(pack))
    assert isinstance(read, TotalPack)
    return verify_total(read, **({"block": pack.block.hash} | trust))


def reasons(found: TotalVerification, outcome: Outcome = Outcome.FAILED) -> set[str]:
    return {check.name for check in found.of(outcome)}


def test_a_total_verifies_from_the_file_alone(total: TotalPack, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket, "socket", refuse)
    found = checked(total)
    assert (found.verdict, reasons(found)) == (Verdict.VERIFIED, set())
    assert found.total is not None
    assert (found.total.outstanding, found.total.quota, found.total.count) == (FACE, 0, 1)
    assert found.total.account == KEYS[OBLIGOR].address.lower()
    assert len(write_pack(total)) < 20_000
    assert "1,000,000.00 EUR" in "\n".join(report_lines(found, {OBLIGOR: "Hanse"}))
    assert as_json(found)["total"] == total.statement.model_dump()


def test_a_total_follows_what_is_confirmed_and_paid_and_its_bound(world: World) -> None:
    first = world.issue()
    world.issue()
    world.send(OBLIGOR, "setQuota", OBLIGOR, EUR, 5 * FACE, [])
    before = make_total(world.node, world.contract, OBLIGOR, EUR)
    world.send(SUPPLIER, "settle", first.root_lot, SUPPLIER, SUPPLIER, FACE, 40, b"\1" * 32, [])
    after = make_total(world.node, world.contract, OBLIGOR, EUR)
    said = before.statement
    assert (said.outstanding, said.quota, said.count) == (2 * FACE, 5 * FACE, 2)
    assert after.statement.outstanding == 2 * FACE - 40
    old = make_total(world.node, world.contract, OBLIGOR, EUR, before.block.number)
    assert write_pack(old) == write_pack(before)
    assert reasons(checked(old, block=after.block.hash)) == {"anchor_differs"}


def test_what_is_only_registered_is_not_owed(world: World) -> None:
    invoices = world.invoices()
    terms = world.terms(invoices)
    world.send(
        REGISTRAR, "register", terms.as_argument(), invoices, [world.sign(SUPPLIER, Registration(terms))]
    )
    assert make_total(world.node, world.contract, OBLIGOR, EUR).statement.outstanding == 0
    world.send(REGISTRAR, "confirm", terms.as_argument(), [world.sign(OBLIGOR, Confirmation(terms))])
    assert make_total(world.node, world.contract, OBLIGOR, EUR).statement.outstanding == FACE


def test_nothing_owed_in_a_currency_is_proven_too(told: Told) -> None:
    """By the absence of the word."""
    found = checked(make_total(told.world.node, told.world.contract, OBLIGOR, CNY))
    assert found.verdict is Verdict.VERIFIED
    assert found.total is not None
    assert (found.total.outstanding, found.total.count) == (0, 0)


def test_of_nobody_there_is_no_total(told: Told) -> None:
    with pytest.raises(TotalNotProvable) as refused:
        make_total(told.world.node, told.world.contract, 999, EUR)
    assert refused.value.fields["reason"] == "party_not_admitted"
    with pytest.raises(TotalNotProvable) as refused:
        make_total(told.world.node, "0x" + "12" * 20, OBLIGOR, EUR)
    assert refused.value.fields["reason"] == "contract_code"


def test_without_a_trusted_block_or_for_another_registry_it_proves_nothing(
    told: Told, total: TotalPack
) -> None:
    hanging = verify_total(total)
    assert (hanging.verdict, reasons(hanging, Outcome.NOT_CHECKED)) == (Verdict.INCOMPLETE, {"anchor"})
    assert verify_total(total, node=told.world.node).verdict is Verdict.VERIFIED
    assert reasons(checked(total, contract="0x" + "12" * 20)) == {"contract_differs"}


def test_a_total_that_is_dressed_up_is_refused(told: Told, total: TotalPack) -> None:
    """Less owed, another party's total, another registry's of the same chain, and a proof too many."""
    less = total.statement.model_copy(update={"outstanding": 1})
    assert reasons(checked(total.model_copy(update={"statement": less}))) == {"statement_differs"}
    assert reasons(checked(total.model_copy(update={"obligor": SUPPLIER}))) == {"storage_proof"}
    more = total.model_copy(update={"nodes": [*total.nodes, "0x80"]})
    assert reasons(checked(more)) == {"node_unneeded"}


def test_each_mutant_is_refused_for_its_reason(total: TotalPack) -> None:
    chosen, whole = random.Random(7), total.model_dump(mode="json")
    refused: Counter[str] = Counter()
    for turn in range(MUTANTS):
        member = sorted(REASONS)[turn % len(REASONS)]
        content = orjson.dumps(whole | {member: changed(whole[member], chosen)})
        try:
            pack = read_pack(content)
        except PackUnreadable:
            refused[member] += 1
            continue
        assert isinstance(pack, TotalPack)
        found = verify_total(pack, block=total.block.hash)
        assert reasons(found) & REASONS[member], (member, found.checks)
        refused[member] += 1
    assert sum(refused.values()) == MUTANTS


def changed(value: Any, chosen: random.Random) -> Any:
    """With one digit, number or entry of it another."""
    if isinstance(value, int):
        return value ^ 1 << chosen.randrange(16)
    if isinstance(value, str):
        place = chosen.randrange(2, len(value))
        return value[:place] + f"{int(value[place], 16) ^ chosen.randrange(1, 16):x}" + value[place + 1 :]
    if isinstance(value, list):
        if not value:
            return ["0x00"]
        place = chosen.randrange(len(value))
        less = value[:place] + value[place + 1 :]
        return (
            less
            if chosen.random() < 0.3
            else [*value[:place], changed(value[place], chosen), *value[place + 1 :]]
        )
    name = chosen.choice([each for each in value if each != "name"])
    return value | {name: changed(value[name], chosen)}
