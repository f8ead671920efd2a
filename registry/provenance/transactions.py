"""A transaction's hash and sender, worked out from its own fields instead of taken on the node's word.

Sources: Yellow Paper 4.2, EIP-155, EIP-2718, EIP-2930, EIP-1559, EIP-4844, EIP-7702.
"""

from dataclasses import dataclass
from typing import Any

from registry.chain.messages import keccak256, recover
from registry.chain.node import Json
from registry.chain.rlp import Item, encode
from registry.provenance.model import Broken
from registry.provenance.reading import octets, quantity


@dataclass(frozen=True)
class Sealed:
    """``raw``: the transaction as its block holds it. ``sender`` None where the signature gives none."""

    raw: bytes
    sender: str | None

    @property
    def hash(self) -> str:
        """0x hex."""
        return "0x" + keccak256(self.raw).hex()


def seal_of(found: Json) -> Sealed | None:
    """Hash and sender of a transaction as JSON-RPC shows it; None for kinds this version does not know.
    Raises Broken where fields are missing."""
    kind = quantity(found, "type") if "type" in found else 0
    if kind not in range(5):
        return None
    r, s = quantity(found, "r"), quantity(found, "s")
    if kind == 0:
        return _legacy(found, r, s)
    body = _body(found, kind)
    parity = quantity(found, "yParity" if "yParity" in found else "v")
    prefix = bytes([kind])
    return _sealed(prefix + encode([*body, parity, r, s]), prefix + encode(body), parity, r, s)


def _legacy(found: Json, r: int, s: int) -> Sealed:
    v = quantity(found, "v")
    body: list[Item] = [
        quantity(found, "nonce"), quantity(found, "gasPrice"), quantity(found, "gas"), _to(found),
        quantity(found, "value"), octets(found, "input"),
    ]  # fmt: skip
    bound: list[Item] = [(v - 35) // 2, 0, 0] if v >= 35 else []
    parity = (v - 35) % 2 if v >= 35 else v - 27
    return _sealed(encode([*body, v, r, s]), encode([*body, *bound]), parity, r, s)


def _body(found: Json, kind: int) -> list[Item]:
    fees = ["gasPrice"] if kind == 1 else ["maxPriorityFeePerGas", "maxFeePerGas"]
    body: list[Item] = [quantity(found, "chainId"), quantity(found, "nonce")]
    body += [quantity(found, fee) for fee in fees]
    body += [quantity(found, "gas"), _to(found), quantity(found, "value"), octets(found, "input")]
    body.append(
        [
            [octets(each, "address"), [_hex(key) for key in each.get("storageKeys", [])]]
            for each in _list(found, "accessList")
        ]
    )
    if kind == 3:
        hashes = found.get("blobVersionedHashes")
        if not isinstance(hashes, list):
            raise Broken("unreadable", "The node sent no list under blobVersionedHashes.")
        body += [quantity(found, "maxFeePerBlobGas"), [_hex(each) for each in hashes]]
    if kind == 4:
        names = ("nonce", "yParity", "r", "s")
        body.append(
            [
                [
                    quantity(each, "chainId"),
                    octets(each, "address"),
                    *(quantity(each, name) for name in names),
                ]
                for each in _list(found, "authorizationList")
            ]
        )
    return body


def _sealed(whole: bytes, signed: bytes, parity: int, r: int, s: int) -> Sealed:
    sender = None
    if parity in (0, 1) and max(r, s) < 1 << 256:
        sender = recover(keccak256(signed), r.to_bytes(32) + s.to_bytes(32) + bytes([27 + parity]))
    return Sealed(whole, sender)


def _to(found: Json) -> bytes:
    return b"" if found.get("to") is None else octets(found, "to")


def _list(found: Json, name: str) -> list[Any]:
    entries = found.get(name)
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise Broken("unreadable", f"The node sent no list under {name}.")
    return entries


def _hex(value: object) -> bytes:
    return octets({"key": value}, "key")
