"""Where the contract keeps what its views answer, so that a proof of storage says what a call would.

Sources: the contract's storage layout, as compiled (contracts/artifacts), and Solidity's rule for mappings: the
entry of a key stands at keccak256(key ‖ slot of the mapping), each as 32 bytes.
"""

from registry.chain.artifact import registry_artifact
from registry.chain.messages import keccak256

_MAPPINGS = {
    "party": "_parties",
    "keyOf": "_keyOf",
    "obligation": "_obligations",
    "facts": "_facts",
    "lotOf": "_lots",
    "invoiceOf": "_invoiceOf",
    "fingerprintKey": "_fingerprintKeys",
}
_VARIABLES = {"arbiter": "_arbiter", "owner": "_owner"}

Argument = int | str | bytes


def slot_of(view: str, *arguments: Argument) -> int:
    """The storage slot that holds the answer of a view. Raises KeyError for a view that answers more than one."""
    slots = registry_artifact().slots
    if view in _VARIABLES:
        return slots[_VARIABLES[view]]
    key = _word(arguments[0])
    if view == "obligation":
        # One mapping over obligor and currency, side by side.
        key = ((int(arguments[0]) << 16) | int(arguments[1])).to_bytes(32)
    return int.from_bytes(keccak256(key + slots[_MAPPINGS[view]].to_bytes(32)))


def _word(argument: Argument) -> bytes:
    if isinstance(argument, bytes):
        return argument.rjust(32, b"\0")
    return (int(argument, 16) if isinstance(argument, str) else argument).to_bytes(32)
