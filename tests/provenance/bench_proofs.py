"""How long a proof takes to make and to check, and how large it is: `scripts/bench proof [--json] [--lots N]`.

Lots 1 to 50 transfers deep, in a contract with ``--lots`` others besides (none by default), on an embedded chain. Times
are processor seconds, the least of three.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import orjson

from registry.chain import rlp
from registry.chain.embedded.genesis import Genesis
from registry.chain.messages import Transfer, child_lot, keccak256
from registry.chain.words import LotStatus, LotWord
from registry.provenance.making import make_pack
from registry.provenance.model import Verdict
from registry.provenance.pack import read_pack, write_pack
from registry.provenance.proving import verify_pack
from registry.provenance.slots import slot_of
from tests.provenance.provenance_world import REGISTRAR, SUPPLIER, World

DEPTHS = (1, 5, 10, 20, 50)
ROUNDS = 3
SINGLES = 40  # more slots than the contract has beside its mappings


@dataclass(frozen=True)
class Measured:
    """One lot's proof."""

    depth: int
    made_s: float
    verified_s: float
    size_bytes: int
    headers: int
    nodes: int


class DeepWorld(World):
    max_hops = 60


class CrowdedWorld(DeepWorld):
    """A contract with ``others`` lots from the chain's first block on: their words stand in its storage as if they had
    been split off one by one."""

    def __init__(self, folder: Path, others: int) -> None:
        (folder / "plain").mkdir()
        with closing(DeepWorld(folder / "plain")) as plain:
            self._place = plain.contract
            accounts = as_constructed(plain)
        random = Random(others)
        word = LotWord(SUPPLIER, 0, 100, 1, 0, 1, 1, LotStatus.FREE).pack()
        lots = {slot_of("lotOf", random.getrandbits(256)): word for _ in range(others)}
        accounts[octets(self._place)]["storage"] |= lots

        class Crowded(Genesis):
            def state(self) -> dict[bytes, dict[str, Any]]:
                return super().state() | accounts

        super().__init__(folder, Crowded)

    def _deploy(self) -> str:
        return self._place


def as_constructed(world: World) -> dict[bytes, dict[str, Any]]:
    """The accounts of the registry and of the two contracts its constructor makes, as that leaves them."""
    place = octets(world.contract)
    made = [keccak256(rlp.encode([place, bytes([nonce])]))[12:] for nonce in (1, 2)]
    singles = {slot: world.node.storage_at(world.contract, slot) for slot in range(SINGLES)}
    kept = {slot: word for slot, word in singles.items() if word}
    return {
        where: {"balance": 0, "nonce": nonce, "code": world.node.code(where), "storage": storage}
        for where, nonce, storage in ((place, 3, kept), *((each, 1, {}) for each in made))
    }


def octets(address: str) -> bytes:
    return bytes.fromhex(address[2:])


def measure(depths: tuple[int, ...], others: int) -> Iterator[Measured]:
    """``others``: how many lots the contract has besides."""
    with TemporaryDirectory() as folder, closing(CrowdedWorld(Path(folder), others)) as world:
        for depth in depths:
            yield measured(world, depth)


def measured(world: World, depth: int) -> Measured:
    """A lot passed down by turns in part and whole, each time by relayed signature."""
    terms = world.issue()
    lot, holder = terms.root_lot, SUPPLIER
    for step in range(depth):
        word, to = world.lot(lot), SUPPLIER + (step + 1) % 4
        amount = word.amount if step % 2 else word.amount - 100
        act = Transfer(lot, word.seq, word.amount, to, amount)
        world.send(REGISTRAR, "transfer", lot, to, amount, [world.sign(holder, act)])
        lot, holder = (lot if step % 2 else child_lot(lot, word.seq)), to
    made_s, pack = timed(lambda: make_pack(world.node, world.contract, lot))
    content = write_pack(pack)
    verified_s, found = timed(lambda: verify_pack(read_pack(content), block=pack.block.hash))
    assert found.verdict is Verdict.VERIFIED
    return Measured(depth, made_s, verified_s, len(content), len(pack.headers), len(pack.nodes))


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    spent = []
    for _ in range(ROUNDS):
        began = process_time()
        found = run()
        spent.append(process_time() - began)
    return round(min(spent), 3), found


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench proof")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--lots", type=int, default=0)
    options = parser.parse_args()
    rows = list(measure(DEPTHS, options.lots))
    text = (
        orjson.dumps([asdict(row) for row in rows], option=orjson.OPT_INDENT_2).decode()
        if options.json
        else "\n".join(lines(rows))
    )
    sys.stdout.write(text + "\n")


def lines(rows: list[Measured]) -> Iterator[str]:
    yield f"{'hops':>5} {'made s':>8} {'checked s':>10} {'KB':>7} {'headers':>8} {'nodes':>6}"
    for row in rows:
        yield (
            f"{row.depth:>5} {row.made_s:>8.2f} {row.verified_s:>10.3f} {row.size_bytes / 1_000:>7.1f} "
            f"{row.headers:>8} {row.nodes:>6}"
        )


if __name__ == "__main__":
    main()
