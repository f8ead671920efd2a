"""An owner in a process of its own, to be killed: opens the chain in argv[1], prints its URL, and sends
itself transactions without end, or with argv[2] only waits."""

import sys
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from registry.chain.embedded.genesis import Genesis
from registry.chain.embedded.owner import open_chain
from registry.chain.node import Node
from registry.kit.clock import Deadline, FixedClock
from tests.chain.chain_helpers import PAYER, Wallet, word


def main() -> None:
    genesis = Genesis(balances=((PAYER.address, 10**24),))
    with (
        open_chain(Path(sys.argv[1]), FixedClock(), genesis=genesis, batching_s=0.0) as opened,
        Node(opened.url) as node,
    ):
        sys.stdout.write(f"{opened.url} {opened.is_owner}\n")
        sys.stdout.flush()
        if len(sys.argv) > 2:
            Deadline(60).pause(60)
            return
        wallet = Wallet(node)
        contract = wallet.deploy() if wallet.next == 0 else "0x" + contract_of(node)
        for number in count(1):
            node.send_raw(wallet.sign(contract, word(number)))


def contract_of(node: Node) -> str:
    first = node.block(1, full=True)
    assert first is not None
    receipt = node.receipt(first["transactions"][0]["hash"])
    assert receipt is not None
    return str(receipt["contractAddress"][2:])


if __name__ == "__main__":
    main()
