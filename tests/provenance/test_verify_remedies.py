"""Pledges, remedies, batches, the arbiter's orders and recovered accounts on a lot's path."""

from typing import Any

import pytest

from registry.chain.artifact import registry_artifact
from registry.chain.contract import decode_call, encode_call
from registry.chain.messages import Cancellation, PutBack, Takeover, Transfer, Veto, child_lot, keccak256
from registry.chain.words import LotStatus
from registry.provenance.model import Outcome, Verdict
from registry.provenance.report import report_lines
from registry.provenance.verify import verify_lot
from tests.provenance.provenance_remedies import (
    NEW_ACCOUNT,
    PRICE,
    REASON,
    Remedied,
    nonce_of,
    reassign,
    recover,
)
from tests.provenance.provenance_world import (
    BANK,
    DAY,
    FUNDER,
    OBLIGOR,
    REGISTRAR,
    SETTLER,
    SUPPLIER,
    TIER_2,
    TIER_3,
    TIER_4,
    Alter,
    World,
)
from tests.provenance.test_verify_liars import on_calls, on_logs, on_word, with_amount
from tests.provenance.test_verify_path import path_of, verified


def topic(signature: str) -> str:
    return "0x" + keccak256(signature.encode()).hex()


ENFORCED = topic("LotEnforced(uint256,uint256)")
WRITTEN_OFF = topic("LotWrittenOff(uint256,uint256,uint256,uint256,bytes32)")
FORCED = topic("LotForced(uint256,uint256,bytes32)")
SPLIT = topic("LotSplit(uint256,uint256,uint256)")
SETTLED = topic("LotSettled(uint256,uint256,uint256,uint256,bytes32)")
TAKEN = topic("AccountTaken(uint32,address,uint256,uint256)")
PROPOSED = topic("AccountProposed(uint32,uint256)")
CONTESTED = topic("ReceivableContested(uint64,uint32,uint256,uint8,bytes32,uint256)")
CANCELED = topic("ReceivableCanceled(uint64,uint256,uint256,uint256,uint256,bytes32)")


def reasons(told: Remedied, alter: Alter) -> set[str]:
    with told.world.lying(alter) as node:
        found = verify_lot(node, told.world.contract, told.lot)
    assert found.verdict is Verdict.REFUSED
    return {check.name for check in found.of(Outcome.FAILED)}


def test_a_pledged_enforced_and_reassigned_lot_five_hops_down_verifies(remedied: Remedied) -> None:
    path = path_of(remedied.world, remedied.lot)
    assert len(path.lineage) == 5
    assert (path.word.holder, path.word.amount, path.word.hops) == (TIER_3, 20_000_000, 5)
    told = [
        (hop.event, hop.giver, hop.taker, [(each.party, each.authority) for each in hop.signers])
        for hop in path.hops
    ]
    pledging = [
        ("LotLocked", TIER_4, FUNDER, [(TIER_4, "account")]),
        ("LotFinanced", TIER_4, FUNDER, [(TIER_4, "account"), (FUNDER, "account")]),
    ]
    assert told == [
        ("ReceivableRegistered", SUPPLIER, OBLIGOR, [(SUPPLIER, "account"), (REGISTRAR, "account")]),
        ("ReceivableConfirmed", OBLIGOR, SUPPLIER, [(OBLIGOR, "account")]),
        ("LotSplit", SUPPLIER, TIER_3, [(SUPPLIER, "mandate")]),
        ("LotSplit", SUPPLIER, TIER_2, [(SUPPLIER, "mandate")]),
        ("LotSplit", TIER_2, TIER_3, [(TIER_2, "account")]),
        ("LotSplit", TIER_3, TIER_4, [(TIER_3, "account")]),
        ("LotSplit", TIER_4, SUPPLIER, [(TIER_4, "account")]),
        ("LotTransferred", SUPPLIER, TIER_4, [(SUPPLIER, "account")]),
        *pledging,
        ("LotReleased", FUNDER, TIER_4, [(FUNDER, "account")]),
        *pledging,
        ("LotSettled", TIER_4, FUNDER, [(TIER_4, "account"), (FUNDER, "account")]),
        ("LotEnforced", TIER_4, FUNDER, [(FUNDER, "account")]),
        ("LotReassigned", FUNDER, BANK, [(FUNDER, "account"), (BANK, "account")]),
        ("LotWrittenOff", BANK, OBLIGOR, [(BANK, "account")]),
        ("LotSettled", SETTLER, BANK, [(SETTLER, "account")]),
        ("LotForced", BANK, TIER_3, [(0, "arbiter")]),
    ]
    assert [hop.is_pledge for hop in path.hops[8:13]] == [False, True, True, False, True]
    assert all(hop.is_checked for hop in path.hops)
    assert path.hops[6].signers[0].address == remedied.world.keys[NEW_ACCOUNT].address


def test_the_recovered_account_is_proven_and_what_came_before_stays_good(remedied: Remedied) -> None:
    found = verified(remedied.world, remedied.lot)
    assert [check.subject for check in found.of(Outcome.PROVEN) if check.name == "recovery"] == [
        f"account {remedied.world.keys[NEW_ACCOUNT].address.lower()} of party {TIER_4}"
    ]
    assert path_of(remedied.world, remedied.other.root_lot).word.amount == 93_000_000
    early = verify_lot(
        remedied.world.node, remedied.world.contract, remedied.terms.root_lot, remedied.lost_at
    )
    assert early.verdict is Verdict.VERIFIED


def test_the_report_tells_pledge_loss_and_order_in_words(remedied: Remedied) -> None:
    lines = "\n".join(report_lines(verified(remedied.world, remedied.lot)))
    assert f"party {TIER_4} pledged the lot to party {FUNDER}" in lines
    assert f"party {FUNDER} enforced its pledge and took the lot from party {TIER_4}" in lines
    assert f"the arbiter moved the lot from party {BANK} to party {TIER_3}" in lines
    assert f"party {FUNDER} released its pledge of the lot of party {TIER_4}" in lines
    assert "(arbiter): checked" in lines
    assert "NOT CHECKED" not in lines


def test_an_account_taken_later_leaves_earlier_acts_as_they_were(world: World) -> None:
    """The first account's act, then the second's, then a third that has done nothing yet."""
    lot = world.issue().root_lot
    world.send(SUPPLIER, "transfer", lot, TIER_2, 10_000_000, [])
    recover(world, SUPPLIER, 16)
    act = Transfer(lot, 1, 90_000_000, TIER_2, 20_000_000)
    world.send(REGISTRAR, "transfer", lot, TIER_2, act.amount, [world.sign(16, act)])
    recover(world, SUPPLIER, 17)
    hops = path_of(world, child_lot(lot, 1)).hops
    assert [hop.signers[0].address for hop in hops[-2:]] == [
        world.keys[SUPPLIER].address, world.keys[16].address
    ]  # fmt: skip
    found = verified(world, child_lot(lot, 1))
    assert len([check for check in found.checks if check.name == "recovery"]) == 1


def test_a_vetoed_proposal_and_the_arbiters_after_it(world: World) -> None:
    account = world.keys[16].address
    world.send(world.operator, "proposeAccount", SUPPLIER, world.keys[17].address)
    veto = Veto(SUPPLIER, world.keys[17].address, 0)
    world.send(REGISTRAR, "vetoAccount", SUPPLIER, [world.sign(SUPPLIER, veto)])
    world.send(world.arbiter, "proposeAccount", SUPPLIER, account)
    world.clock.advance(days=8)
    taken = Takeover(SUPPLIER, account, nonce_of(world, SUPPLIER))
    world.send(REGISTRAR, "takeAccount", SUPPLIER, [world.sign(16, taken)])
    lot = world.issue_of(world.invoices(), 16).root_lot
    assert path_of(world, lot).hops[0].signers[0].address == account


def test_recourse_is_handed_on_and_exercised(world: World) -> None:
    terms = world.issue()
    lot = terms.root_lot
    world.send(SUPPLIER, "lock", lot, FUNDER, world.now + DAY, [])
    world.sell(lot, SUPPLIER, FUNDER, with_recourse=True)
    reassign(world, lot, BANK)
    world.clock.advance(days=91)
    word = world.lot(lot)
    message = PutBack(lot, word.seq, word.amount)
    world.send(REGISTRAR, "putBack", lot, [world.sign(BANK, message)])
    hops = path_of(world, lot).hops
    assert [(hop.event, hop.giver, hop.taker) for hop in hops[-2:]] == [
        ("LotReassigned", FUNDER, BANK),
        ("LotPutBack", BANK, SUPPLIER),
    ]
    assert path_of(world, lot).word.status == LotStatus.FREE


def test_a_canceled_receivable_shows_its_end(world: World) -> None:
    invoices = world.invoices()
    terms = world.issue_of(invoices)
    message = Cancellation(terms.receivable, 0, terms.face, REASON)
    consents = [world.sign(party, message) for party in (SUPPLIER, OBLIGOR)]
    world.send(REGISTRAR, "cancel", terms, REASON, invoices, b"", consents)
    path = path_of(world, terms.root_lot)
    assert path.word.status == LotStatus.REDEEMED
    last = path.hops[-1]
    assert (last.event, [each.party for each in last.signers]) == ("ReceivableCanceled", [SUPPLIER, OBLIGOR])
    with world.lying(on_logs(lambda log: None if log["topics"][0] == CANCELED else log)) as node:
        found = verify_lot(node, world.contract, terms.root_lot)
    assert {"lot_state", "receivable_state"} <= {check.name for check in found.of(Outcome.FAILED)}


def test_an_arbiter_of_the_same_block_counts(world: World) -> None:
    lot = world.issue().root_lot
    data = encode_call("setArbiter", world.keys[17].address)
    world.queue(world.arbiter, world.contract, data)
    order = encode_call("forcedTransfer", lot, TIER_2, REASON)
    world.mined(world.queue(world.keys[17], world.contract, order))
    (signer,) = path_of(world, lot).hops[-1].signers
    assert (signer.address, signer.authority) == (world.keys[17].address, "arbiter")


# ---------------------------------------------------------------------- liars


def drop(name: str) -> Alter:
    return on_logs(lambda log: None if log["topics"][0] == name else log)


def on_answers(view: str, change: Any, *arguments: Any) -> Alter:
    """Change what a view answers."""
    asked = "0x" + encode_call(view, *arguments).hex()

    def alter(method: str, params: list[Any], result: Any) -> Any:
        is_it = method == "eth_call" and params[0]["input"] == asked
        return change(result) if is_it else result

    return alter


def test_another_arbiter_than_the_state_says(remedied: Remedied) -> None:
    other = on_answers("arbiter", lambda _: "0x" + remedied.world.operator.address[2:].lower().rjust(64, "0"))
    assert reasons(remedied, other) == {"arbiter_missing"}


def test_forced_to_somebody_else(remedied: Remedied) -> None:
    def change(log: dict[str, Any]) -> dict[str, Any]:
        if log["topics"][0] != FORCED:
            return log
        data = bytearray.fromhex(log["data"][2:])
        data[31] = TIER_2
        return {**log, "data": "0x" + data.hex()}

    assert {"call", "lot_state"} <= reasons(remedied, on_logs(change))


def test_another_amount_enforced_or_written_off(remedied: Remedied) -> None:
    assert "lot_word" in reasons(remedied, on_logs(on_word(ENFORCED, 0, with_amount(28_000_000))))
    assert {"call", "signature_invalid"} <= reasons(
        remedied, on_logs(on_word(WRITTEN_OFF, 0, with_amount(24_000_000)))
    )


@pytest.mark.parametrize("name", [ENFORCED, WRITTEN_OFF, FORCED])
def test_a_dropped_remedy(remedied: Remedied, name: str) -> None:
    assert {"lot_word", "lot_state"} & reasons(remedied, drop(name))


def test_a_pledge_called_a_sale(remedied: Remedied) -> None:
    change = on_calls("finance", lambda values: {**values, "pledge": False})
    assert reasons(remedied, change) == {"transaction_seal", "call"}


def test_another_recourse_in_a_pledge_than_was_signed(remedied: Remedied) -> None:
    """It stands in no event: only the signature gives it away, and the transaction's hash."""
    change = on_calls("finance", lambda values: {**values, "withRecourse": False})
    assert reasons(remedied, change) == {"transaction_seal", "signature_invalid"}


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    ("kind", "batch", "field"), [("transferMany", "moves", 2), ("settleMany", "payments", 3)]
)
def test_an_entry_of_a_batch(remedied: Remedied, kind: str, batch: str, field: int, place: int) -> None:
    """Of this lot or of another: both are under one signature."""

    def change(values: dict[str, Any]) -> dict[str, Any]:
        entries = [list(each) for each in values[batch]]
        entries[place][field] += 1
        return {**values, batch: entries}

    found = reasons(remedied, on_calls(kind, change))
    assert {"transaction_seal", "signature_invalid"} <= found
    # The root's two parts are both on the path, of the payments only the second is this lot's.
    assert ("call" in found) == (kind == "transferMany" or place == 1)


@pytest.mark.parametrize(("kind", "batch"), [("registerMany", "terms"), ("confirmMany", "terms")])
def test_the_terms_of_another_receivable_in_the_batch(remedied: Remedied, kind: str, batch: str) -> None:
    def change(values: dict[str, Any]) -> dict[str, Any]:
        terms = [list(each) for each in values[batch]]
        for each in terms:
            if tuple(each) == remedied.other.as_argument():
                each[3] += 1
        return {**values, batch: terms}

    assert reasons(remedied, on_calls(kind, change)) == {"transaction_seal", "signature_invalid"}


def test_an_entry_of_a_batch_left_out(remedied: Remedied) -> None:
    change = on_calls("settleMany", lambda values: {**values, "payments": values["payments"][1:]})
    assert {"transaction_seal", "call"} <= reasons(remedied, change)


def test_an_event_of_a_batch_left_out(remedied: Remedied) -> None:
    """The other receivable's payment, which nothing but the batch's signature ties to this lot."""

    def foreign(log: dict[str, Any]) -> bool:
        return log["topics"][0] == SETTLED and int(log["topics"][1], 16) != remedied.lot

    assert "call" in reasons(remedied, on_logs(lambda log: None if foreign(log) else log))


def test_a_dropped_takeover_or_contest(remedied: Remedied) -> None:
    assert "state_differs" in reasons(remedied, drop(TAKEN))
    assert "state_differs" in reasons(remedied, drop(CONTESTED))


def test_an_account_that_was_never_proposed_or_did_not_wait(remedied: Remedied) -> None:
    assert reasons(remedied, drop(PROPOSED)) == {"proposal_missing"}

    def later(log: dict[str, Any]) -> dict[str, Any]:
        if log["topics"][0] != PROPOSED:
            return log
        return {**log, "data": f"0x{int(log['data'], 16) + (30 * DAY << 160):064x}"}

    assert reasons(remedied, on_logs(later)) == {"proposal_missing"}


def test_a_proposal_by_somebody_else(remedied: Remedied) -> None:
    """Who is operator is asked of the state: here the node names another."""
    other = on_answers("owner", lambda _: "0x" + "ab" * 20)
    stranger = on_answers("owner", lambda _: "0x" + ("ab" * 20).rjust(64, "0"))
    assert reasons(remedied, stranger) == {"proposal_missing"}
    assert "unreadable" in reasons(remedied, other)


def test_a_takeover_signed_by_another(remedied: Remedied) -> None:
    def change(values: dict[str, Any]) -> dict[str, Any]:
        return {
            **values,
            "consents": [[signer, 2**40 - 1, signed] for signer, _, signed in values["consents"]],
        }

    assert reasons(remedied, on_calls("takeAccount", change)) == {"transaction_seal", "signature_invalid"}


@pytest.mark.parametrize("part", ["Annex", "Metadata"])
def test_other_code_behind_the_rarer_acts(remedied: Remedied, part: str) -> None:
    """The registry's own code is right, one of those it calls is not."""
    world = remedied.world
    artifact, code = registry_artifact(), world.node.code(world.contract)
    annex = artifact.linked(code)["Annex"]
    metadata = artifact.parts["Annex"].linked(world.node.code(annex))["Metadata"]
    wanted = annex if part == "Annex" else metadata

    def alter(method: str, params: list[Any], result: Any) -> Any:
        is_it = method == "eth_getCode" and str(params[0]).lower() == wanted
        return result[:200] + ("0" if result[200] != "0" else "1") + result[201:] if is_it else result

    assert reasons(remedied, alter) == {"contract_parts"}


def test_every_new_act_is_read_from_a_call_this_version_knows(remedied: Remedied) -> None:
    """So that no path above was verified by leaving a consent out."""
    world = remedied.world
    names = set()
    for hop in path_of(world, remedied.lot).hops:
        call = decode_call(bytes.fromhex(world.node.transaction(hop.tx)["input"][2:]))  # type: ignore[index]
        assert call is not None
        names.add(call.name)
    assert {
        "registerMany", "confirmMany", "transferMany", "settleMany", "finance", "enforce", "reassign",
        "writeOff", "forcedTransfer",
    } <= names  # fmt: skip
    assert PRICE != REASON
