"""The ``Registry`` contract's binary interface: calls out, events and refusals back, decoded without web3.py.

Events have a decoder of their own (``layouts``), since there are very many of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from registry.chain.artifact import registry_artifact
from registry.chain.hashing import keccak256
from registry.chain.layouts import Layout, Member, MisfitError
from registry.chain.messages import Consent, Move, Payment, Terms
from registry.kit.errors import Refusal

PANIC_AND_ERROR = {"08c379a0": ("Error", ["string"]), "4e487b71": ("Panic", ["uint256"])}


class UndecodableLog(Refusal):
    """A log of the contract that this version cannot read: the mirror stops rather than skip it."""

    code = "undecodable_log"
    title = "The chain holds a log this version cannot read"
    status = 500


# A view of the contract by its name, and its arguments.
View = tuple[str, tuple[Any, ...]]


class Event(NamedTuple):
    """A decoded log: ``name`` as in the contract, ``values`` by the ABI's names, bytes and ints as they are."""

    name: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Revert:
    """A decoded custom error."""

    name: str
    values: dict[str, Any]

    def __str__(self) -> str:
        inside = ", ".join(f"{key}={_shown(value)}" for key, value in self.values.items())
        return f"{self.name}({inside})"


@dataclass(frozen=True)
class Call:
    """A function call taken apart again, for whoever checks what a transaction said."""

    name: str
    values: dict[str, Any]


def _shown(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


def _type(member: dict[str, Any]) -> str:
    kind = str(member["type"])
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(_type(part) for part in member["components"]) + ")" + kind[5:]


def _signature(entry: dict[str, Any]) -> str:
    return f"{entry['name']}({','.join(_type(member) for member in entry['inputs'])})"


@cache
def _entries(kind: str) -> dict[str, dict[str, Any]]:
    """ABI entries of a kind by name, with their hash under ``hash``."""
    return {
        entry["name"]: {**entry, "hash": keccak256(_signature(entry).encode())}
        for entry in registry_artifact().abi
        if entry["type"] == kind
    }


@cache
def _layouts() -> dict[bytes, Layout]:
    """The events by their first topic."""
    layouts = {}
    for entry in _entries("event").values():
        members = [(Member(each["name"], _type(each)), each["indexed"]) for each in entry["inputs"]]
        layouts[entry["hash"]] = Layout(
            entry["name"],
            indexed=[member for member, is_indexed in members if is_indexed],
            plain=[member for member, is_indexed in members if not is_indexed],
        )
    return layouts


@cache
def _by_selector(kind: str) -> dict[bytes, dict[str, Any]]:
    return {entry["hash"][:4]: entry for entry in _entries(kind).values()}


def event_names() -> list[str]:
    """Names of all events the contract can emit."""
    return sorted(_entries("event"))


def encode_call(name: str, *arguments: Any) -> bytes:
    """Calldata of a function; consents, terms, moves and payments may be given as objects."""
    entry = _entries("function")[name]
    plain = [_plain(argument) for argument in arguments]
    return bytes(entry["hash"][:4]) + encode([_type(member) for member in entry["inputs"]], plain)


def _plain(argument: Any) -> Any:
    if isinstance(argument, list):
        return [_plain(item) for item in argument]
    return argument.as_argument() if isinstance(argument, (Consent, Terms, Move, Payment)) else argument


def decode_result(name: str, data: bytes) -> Any:
    """A view's single answer."""
    outputs = [_type(member) for member in _entries("function")[name]["outputs"]]
    return decode(outputs, data)[0]


def decode_call(data: bytes) -> Call | None:
    """The function a transaction called, or None for what is none of the contract's."""
    entry = _by_selector("function").get(data[:4])
    if entry is None:
        return None
    try:
        values = decode([_type(member) for member in entry["inputs"]], data[4:])
    except DecodingError:
        return None
    return Call(entry["name"], dict(zip((member["name"] for member in entry["inputs"]), values, strict=True)))


def consents_of(call: Call) -> list[Consent]:
    """The consents a call carried."""
    return [
        Consent(to_checksum_address(signer), deadline, signature)
        for signer, deadline, signature in call.values.get("consents", ())
    ]


def encode_deployment(limits_word: int, operator: str, arbiter: str) -> bytes:
    """Creation code with constructor arguments; creates the registry and its parts in one."""
    arguments = encode(["uint256", "address", "address"], [limits_word, operator, arbiter])
    return registry_artifact().bytecode + arguments


def decode_event(topics: Sequence[bytes], data: bytes) -> Event:
    """Raises UndecodableLog for anything but a well-formed log of this contract's events."""
    layout = _layouts().get(topics[0]) if topics else None
    if layout is None:
        raise UndecodableLog(f"Unknown event topic {topics[0].hex() if topics else '(none)'}.")
    try:
        return Event(layout.name, layout.values(topics[1:], data))
    except MisfitError as error:
        raise UndecodableLog(f"{layout.name}: {error}.") from error


def decode_revert(data: bytes) -> Revert | None:
    """The custom error, ``Error(string)`` or ``Panic(uint256)`` behind revert data; None for anything else."""
    entry = _by_selector("error").get(data[:4])
    try:
        if entry is not None:
            values = decode([_type(member) for member in entry["inputs"]], data[4:])
            names = [member["name"] for member in entry["inputs"]]
            return Revert(entry["name"], dict(zip(names, values, strict=True)))
        if data[:4].hex() in PANIC_AND_ERROR:
            name, types = PANIC_AND_ERROR[data[:4].hex()]
            return Revert(name, {"reason": decode(types, data[4:])[0]})
    except DecodingError:
        return None
    return None
