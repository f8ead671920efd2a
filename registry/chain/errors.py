"""How a chain says no: not reachable, busy, refused, unreadable."""

from registry.kit.errors import BadInput, Conflict, Unavailable


class ChainNotReachable(Unavailable):
    """No answer from the node: connection refused or lost, timed out, or not JSON-RPC."""

    code = "chain_not_reachable"
    title = "The chain's node does not answer"


class ChainBusy(Unavailable):
    """Another process owns the embedded chain and does not answer within the time allowed."""

    code = "chain_busy"
    title = "Another process holds the embedded chain"


class ChainUnreadable(Unavailable):
    """The embedded chain's file is not one, is damaged, or was written by a newer version."""

    code = "chain_unreadable"
    title = "The embedded chain's file cannot be read"


class ChainDiffers(Conflict):
    """The embedded chain in this folder was founded with another chain id than the one asked for."""

    code = "chain_differs"
    title = "This is another chain"


class BadGenesis(BadInput):
    """Founding facts no chain can have: an id, address, balance or fee out of its range."""

    code = "bad_genesis"
    title = "A chain cannot be founded with these facts"


class NodeRefused(Unavailable):
    """The node answered with a JSON-RPC error.

    ``rpc_code`` and ``rpc_message`` as the node sent them; ``revert_data`` holds the raw bytes a contract
    reverted with, or None where the error is no revert. The same stand in ``fields``, data as 0x hex.
    """

    code = "node_refused"
    title = "The chain's node refused the request"
    status = 502

    def __init__(
        self, detail: str, *, rpc_code: int, rpc_message: str, revert_data: bytes | None = None
    ) -> None:
        data = None if revert_data is None else "0x" + revert_data.hex()
        super().__init__(detail, rpc_code=rpc_code, rpc_message=rpc_message, data=data)
        self.rpc_code = rpc_code
        self.rpc_message = rpc_message
        self.revert_data = revert_data
