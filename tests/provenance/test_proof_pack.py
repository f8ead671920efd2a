"""A funder verifies a lot from one file and one block hash, with no node, server or database."""

import socket
from typing import Any

import orjson
import pytest

from registry.chain.messages import keccak256
from registry.chain.node import raw_header
from registry.provenance.model import Outcome, Verdict, Verification
from registry.provenance.pack import Block, Pack, PackUnreadable, read_pack, write_pack
from registry.provenance.proving import verify_pack
from registry.provenance.report import report_lines
from registry.provenance.unsealed import header_of
from registry.provenance.verify import verify_lot
from tests.provenance.bench_proofs import measure
from tests.provenance.pack_story import Told
from tests.provenance.provenance_world import SUPPLIER, TIER_2, World

MAX_BYTES = 300_000


def reasons(found: Verification, outcome: Outcome = Outcome.FAILED) -> set[str]:
    return {check.name for check in found.of(outcome)}


def checked(pack: Pack, **trust: Any) -> Verification:
    return verify_pack(read_pack(write_pack(pack)), **({"block": pack.block.hash} | trust))


def test_a_lot_five_tiers_down_verifies_from_the_file_alone(
    pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket, "socket", refuse)
    found = checked(pack)
    assert (found.verdict, reasons(found)) == (Verdict.VERIFIED, set())
    assert found.path is not None
    assert [hop.event for hop in found.path.hops] == [
        "ReceivableRegistered", "ReceivableConfirmed", "LotSplit", "LotSplit", "LotSplit", "LotTransferred",
        "LotLocked", "LotFinanced",
    ]  # fmt: skip
    assert all(hop.is_checked for hop in found.path.hops)
    assert len(write_pack(pack)) < MAX_BYTES


def test_a_pack_proves_what_a_node_does(told: Told, pack: Pack) -> None:
    from_node = verify_lot(told.world.node, told.world.contract, told.lot, pack.block.number)
    from_pack = checked(pack)
    assert from_pack.path == from_node.path
    assert set(from_node.checks) <= set(from_pack.checks)


def test_every_consent_is_shown_as_it_was_signed(pack: Pack) -> None:
    signers = [signer for hop in pack.statement.hops for signer in hop["signers"]]
    signed = [signer["message"]["type"] for signer in signers if not signer["has_sent"]]
    assert signed == ["Registration", "Confirmation", "Transfer", "Transfer", "Transfer", "Sale"]
    sale = signers[-2]["message"]
    assert (sale["values"]["funder"], sale["values"]["lotAmount"]) == (6, 30_000_000)


def test_fields_and_fingerprint_shown_are_proven(pack: Pack) -> None:
    shown = {check.subject: check.detail for check in checked(pack).of(Outcome.PROVEN)}
    assert "It is 3100204130/12345678" in shown["0.number"]
    assert "0.issued_on" not in shown
    assert any("3100204130 / 12345678 (cn.fp)" in detail for detail in shown.values())


def test_without_a_trusted_block_everything_hangs_in_the_air(pack: Pack) -> None:
    found = verify_pack(pack)
    assert (found.verdict, reasons(found, Outcome.NOT_CHECKED)) == (Verdict.INCOMPLETE, {"anchor"})


def test_a_node_of_ones_own_stands_in_for_the_hash(told: Told, pack: Pack) -> None:
    found = verify_pack(pack, node=told.world.node)
    assert found.verdict is Verdict.VERIFIED
    assert "Your node has this block." in {check.detail for check in found.of(Outcome.PROVEN)}


def test_another_chain_with_the_same_pack_is_refused(pack: Pack, world: World) -> None:
    """Its node has other blocks."""
    world.issue()
    assert reasons(verify_pack(pack, node=world.node)) == {"anchor_differs"}


def test_a_registry_of_somebody_elses_making_is_refused(pack: Pack) -> None:
    assert reasons(checked(pack, contract="0x" + "12" * 20)) == {"contract_differs"}
    found = checked(pack, contract=pack.contract)
    assert "registry" not in reasons(found, Outcome.CLAIMED)


def test_a_later_act_ends_a_pack_and_an_older_block_is_told_apart(world: World) -> None:
    """An older block's pack is true as of that block: whoever trusts the newer one refuses it."""
    terms = world.issue()
    told = Told(world, terms, terms.root_lot)
    old = told.pack(shown=(), opened=False)
    world.send(SUPPLIER, "transfer", terms.root_lot, TIER_2, terms.face, [])
    new = told.pack(shown=(), opened=False)
    assert checked(old).verdict is Verdict.VERIFIED
    assert reasons(checked(old, block=new.block.hash)) == {"anchor_differs"}
    dressed = old.model_copy(update={"block": new.block})
    assert reasons(checked(dressed)) == {"anchor_missing"}
    headers = old.model_copy(update={"block": new.block, "headers": new.headers})
    assert reasons(checked(headers)) <= {"account_proof", "header_missing", "header_history"}
    assert checked(headers).verdict is Verdict.REFUSED


def test_headers_that_nothing_ties_to_the_block_are_said_to_be_loose(told: Told, pack: Pack) -> None:
    untied = pack.model_copy(
        update={"headers": [each.model_copy(update={"history": None}) for each in pack.headers]}
    )
    found = verify_pack(untied, block=pack.block.hash)
    assert found.verdict is not Verdict.VERIFIED
    assert "headers_loose" in reasons(found, Outcome.NOT_CHECKED)
    held = verify_pack(untied, block=pack.block.hash, node=told.world.node)
    assert "headers_held" in reasons(held, Outcome.PROVEN)


@pytest.mark.parametrize(("field", "value"), [("timestamp", 1 << 60), ("number", 1 << 62)])
def test_a_header_made_up_to_be_trusted_ends_in_a_reason_and_no_crash(
    pack: Pack, field: str, value: int
) -> None:
    """Whoever trusts a made-up block is told what does not hold together in it."""
    anchor = pack.headers[0]
    raw = raw_header({**header_of(bytes.fromhex(anchor.rlp[2:])), field: hex(value)})
    made_up = "0x" + keccak256(raw).hex()
    header = anchor.model_copy(update={"rlp": "0x" + raw.hex(), "hash": made_up})
    number = value if field == "number" else pack.block.number
    dressed = pack.model_copy(
        update={
            "headers": [header, *pack.headers[1:]],
            "block": Block(number=number, hash=made_up),
        }
    )
    found = checked(dressed)
    assert found.verdict is Verdict.REFUSED
    assert reasons(found) <= {"header_time", "header_history", "account_proof", "header_missing"}
    assert report_lines(found)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"\xff", b'{"format": "counterfoil-proof/2"}', b"[" * 100_000, b"1" * 17_000_000],
)
def test_what_is_no_pack_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(PackUnreadable):
        read_pack(content)


def test_an_unknown_member_is_refused(pack: Pack) -> None:
    with pytest.raises(PackUnreadable, match="extra"):
        read_pack(orjson.dumps(pack.model_dump(mode="json") | {"extra": 1}))


def test_packs_of_one_block_are_equal_but_for_the_proofs_of_fingerprints(told: Told, pack: Pack) -> None:
    assert write_pack(told.pack(pack.block.number, opened=False)) == write_pack(
        told.pack(pack.block.number, opened=False)
    )


def test_the_measurement_of_proofs_measures() -> None:
    """`scripts/bench proof`, in small."""
    (found,) = measure((2,), 1)
    assert (found.depth, found.headers > 0, 10_000 < found.size_bytes < MAX_BYTES) == (2, True, True)
