"""A node is told fit or unfit trait by trait."""

import pytest

from registry.chain.errors import NodeRefused
from registry.chain.fitness import examine
from tests.mirror.life import embedded_life


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    with embedded_life(tmp_path_factory.mktemp("fit")) as (life, _):
        yield life


class Other:
    """The node, with some of its methods replaced."""

    def __init__(self, node, **replaced):
        self._node = node
        self._replaced = replaced

    def __getattr__(self, name):
        return self._replaced.get(name) or getattr(self._node, name)


def unfit(life, node=None, chain_id=None):
    traits = examine(
        node or life.node,
        chain_id=chain_id or life.node.chain_id(),
        contract=life.address,
        start_block=life.start_block,
        needs_finalized=True,
    )
    assert len(traits) == 9
    return {one.name: one.detail for one in traits if not one.is_fit}


def test_the_embedded_chain_is_fit(life):
    assert unfit(life) == {}


def test_another_chain_is_not(life):
    assert list(unfit(life, chain_id=999)) == ["chain id"]


def changed(answer, **fields):
    return lambda *_, **__: {**answer, **fields}


def test_each_lack_is_named(life):
    node, head = life.node, life.node.block("latest")
    block = node.block(life.start_block)
    receipts = node.block_receipts(block["hash"])
    proof = node.proof(life.address, [0], head["hash"])
    other = [{**receipts[0], "status": "0x0"}, *receipts[1:]]

    def refuses(*_, **__):
        raise NodeRefused("no such method", rpc_code=-32601, rpc_message="no such method")

    def stateless(_address, ref="pending"):
        return refuses()

    lacks = {
        "fork": Other(node, block=lambda ref, **_: {**node.block(ref), "gasUsed": "0x1"}),
        "contract": Other(node, code=lambda *_: b"\x60\x00"),
        "receipts": Other(node, block_receipts=lambda _: other),
        "logs": Other(node, logs=refuses),
        "state by hash": Other(node, nonce=stateless),
        "proofs": Other(node, proof=changed(proof, storageHash="0x" + "11" * 32)),
        "simulation": Other(node, estimate_gas=lambda *_: 21_000),
        "finalized": Other(node, block=lambda ref, **_: None if ref == "finalized" else node.block(ref)),
    }
    assert {name: list(unfit(life, lacking)) for name, lacking in lacks.items()} == {
        name: [name] for name in lacks
    }

    def of_any_topic(*, topics=None, **asked):
        return node.logs(**asked)

    assert list(unfit(life, Other(node, logs=of_any_topic))) == ["logs"]
    no_proof = Other(node, proof=changed(proof, accountProof=proof["accountProof"][:-1]))
    assert list(unfit(life, no_proof)) == ["proofs"]


def test_how_many_blocks_of_logs_it_gives_is_found_out(life):
    def at_most_one(*, from_block, to_block, **more):
        if to_block > from_block:
            raise NodeRefused("range", rpc_code=-32005, rpc_message="range too wide")
        return life.node.logs(from_block=from_block, to_block=to_block, **more)

    life.worker.run_once()
    traits = examine(
        Other(life.node, logs=at_most_one),
        chain_id=life.node.chain_id(),
        contract=life.address,
        start_block=0,
        needs_finalized=False,
    )
    assert next(one.detail for one in traits if one.name == "logs") == "of 1 blocks at once"
    assert all(one.is_fit for one in traits)
