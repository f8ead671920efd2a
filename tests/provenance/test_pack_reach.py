"""How far one block hash reaches back: by the state's own memory, by headers, or not at all, and then it is said."""

from collections.abc import Iterator
from typing import Any

import pytest

from registry.provenance import binding, reaching
from registry.provenance.making import LotNotProvable, make_pack
from registry.provenance.model import Outcome, Verdict, Verification
from registry.provenance.pack import Pack
from registry.provenance.proving import verify_pack
from tests.provenance.pack_story import Told
from tests.provenance.provenance_world import REGISTRAR, SUPPLIER, TIER_2, Alter, World


def made(told: Told, alter: Alter) -> Pack:
    """A pack made from a node that answers so."""
    with told.world.lying(alter) as node:
        return make_pack(node, told.world.contract, told.lot)


def verified(pack: Pack) -> Verification:
    return verify_pack(pack, block=pack.block.hash)


def reasons(found: Verification) -> set[str]:
    return {check.name for check in (*found.of(Outcome.FAILED), *found.of(Outcome.NOT_CHECKED))}


def honest(_method: str, _params: list[Any], result: Any) -> Any:
    return result


def forgetful(method: str, params: list[Any], result: Any) -> Any:
    """A node of a chain without EIP-2935."""
    is_it = method == "eth_getProof" and params[0] == binding.HISTORY
    return ValueError("no such account") if is_it else result


@pytest.fixture(scope="module")
def sparse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A lot whose acts lie thirty empty blocks apart. Read only."""
    world = World(tmp_path_factory.mktemp("sparse"))
    world.mine(30)
    terms = world.issue()
    world.mine(30)
    world.send(SUPPLIER, "transfer", terms.root_lot, TIER_2, terms.face, [])
    world.mine(30)
    yield Told(world, terms, terms.root_lot)
    world.close()


def test_the_state_remembers_blocks_that_are_far_apart(sparse: Told) -> None:
    pack = made(sparse, honest)
    assert {each.history for each in pack.headers} == {None, pack.block.number}
    assert len(pack.headers) < 30
    assert verified(pack).verdict is Verdict.VERIFIED


def test_where_it_reaches_less_far_it_goes_step_by_step(
    sparse: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaching, "HISTORY_WINDOW", 4)
    monkeypatch.setattr(binding, "HISTORY_WINDOW", 4)
    pack = made(sparse, honest)
    assert len({each.history for each in pack.headers}) > 20
    assert verified(pack).verdict is Verdict.VERIFIED


def test_a_step_that_reaches_too_far_is_refused(sparse: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = made(sparse, honest)
    monkeypatch.setattr(binding, "HISTORY_WINDOW", 4)
    assert reasons(verified(pack)) == {"header_history"}


def test_without_its_memory_headers_are_chained(sparse: Told) -> None:
    pack = made(sparse, forgetful)
    assert {each.history for each in pack.headers} == {None}
    assert len(pack.headers) > 90
    assert verified(pack).verdict is Verdict.VERIFIED


def test_what_neither_reaches_is_incomplete_until_a_node_has_the_block(
    sparse: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaching, "MAX_GAP", 10)
    pack = made(sparse, forgetful)
    found = verified(pack)
    assert (found.verdict, reasons(found)) == (Verdict.INCOMPLETE, {"headers_loose"})
    held = verify_pack(pack, block=pack.block.hash, node=sparse.world.node)
    assert held.verdict is Verdict.VERIFIED


def test_a_node_that_has_other_blocks_there_refuses_it(sparse: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "MAX_GAP", 10)
    pack = made(sparse, forgetful)

    def other(method: str, params: list[Any], result: Any) -> Any:
        is_old = method == "eth_getBlockByNumber" and params[0] != hex(pack.block.number)
        return {**result, "hash": "0x" + "12" * 32} if is_old else result

    with sparse.world.lying(other) as node:
        assert reasons(verify_pack(pack, block=pack.block.hash, node=node)) == {"header_differs"}


def test_state_that_a_node_has_given_up_is_said_to_be_gone(told: Told) -> None:
    head = hex(told.world.node.block_number())

    def pruned(method: str, params: list[Any], result: Any) -> Any:
        is_old = method == "eth_getProof" and params[2] != head
        return ValueError("missing trie node") if is_old else result

    pack = made(told, pruned)
    assert pack.stateless
    found = verified(pack)
    assert (found.verdict, reasons(found)) == (Verdict.INCOMPLETE, {"state_gone"})
    assert found.path is not None
    assert found.path.word.holder == pack.statement.state["holder"]
    claimed = pack.model_copy(update={"stateless": pack.stateless[1:]})
    assert verified(claimed).verdict is Verdict.REFUSED


def test_a_smart_account_has_to_be_asked_by_a_node(world: World) -> None:
    """It takes running its code, which no proof of state does."""
    wallet = world.wallet()
    world.admit_wallet(TIER_2 + 90, wallet)
    terms = world.issue()
    world.send(SUPPLIER, "transfer", terms.root_lot, TIER_2 + 90, terms.face, [])
    world.send(REGISTRAR, "transfer", terms.root_lot, TIER_2, terms.face, [world.wallet_consent(wallet)])
    pack = Told(world, terms, terms.root_lot).pack(shown=(), opened=False)
    assert reasons(verified(pack)) == {"wallet_unproven"}


def test_no_pack_is_made_of_what_does_not_verify(told: Told) -> None:
    with pytest.raises(LotNotProvable, match="no such lot"):
        make_pack(told.world.node, told.world.contract, 7)

    def lying(method: str, _: list[Any], result: Any) -> Any:
        return (
            [{**result[0], "gasUsed": "0x1", "cumulativeGasUsed": "0x1"}]
            if "BlockReceipts" in method
            else result
        )

    with pytest.raises(LotNotProvable, match="does not make the roots"):
        made(told, lying)


@pytest.mark.parametrize("name", ["logs", "cumulativeGasUsed", "logsBloom"])
def test_a_receipt_that_lacks_a_field_makes_no_pack(told: Told, name: str) -> None:
    def lacking(method: str, _: list[Any], result: Any) -> Any:
        if "BlockReceipts" not in method:
            return result
        return [{key: value for key, value in each.items() if key != name} for each in result]

    with pytest.raises(LotNotProvable, match="does not make the roots"):
        made(told, lacking)


def test_a_transaction_that_lacks_a_field_makes_no_pack(told: Told) -> None:
    """Only where the whole block is read for its tries: the walk before it has seen nothing wrong."""

    def lacking(method: str, params: list[Any], result: Any) -> Any:
        if method != "eth_getBlockByNumber" or not params[1]:
            return result
        return {**result, "transactions": [{**each, "r": None} for each in result["transactions"]]}

    with pytest.raises(LotNotProvable):
        made(told, lacking)
