"""How long a proof takes to make and to check, and how large it is: `scripts/bench proof [--json] [--lots N]`.

Lots 1 to 50 transfers deep, on an embedded chain with ``--lots`` others besides (none by default). Times are processor
seconds, the least of three.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import orjson

from registry.chain.messages import Transfer, child_lot
from registry.provenance.making import make_pack
from registry.provenance.model import Verdict
from registry.provenance.pack import read_pack, write_pack
from registry.provenance.proving import verify_pack
from tests.provenance.provenance_world import REGISTRAR, SUPPLIER, TIER_2, World

DEPTHS = (1, 5, 10, 20, 50)
ROUNDS = 3


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


def measure(depths: tuple[int, ...], others: int) -> Iterator[Measured]:
    """``others``: how many lots the contract has besides."""
    with TemporaryDirectory() as folder:
        world = DeepWorld(Path(folder))
        crowd(world, others)
        for depth in depths:
            yield measured(world, depth)
        world.close()


def crowd(world: World, others: int) -> None:
    """Parts of one receivable, each its own lot."""
    terms = world.issue()
    for _ in range(others):
        world.send(SUPPLIER, "transfer", terms.root_lot, TIER_2, 100, [])


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
