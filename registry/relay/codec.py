"""A call's arguments as JSON and back, exactly, guided by the contract's ABI.

Bytes become 0x hex, tuples lists, integers above 2⁵³ decimal strings (JSON readers hold no more exactly). Terms,
moves and payments may be given as objects; they come back as the tuples the contract takes.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from registry.chain.artifact import registry_artifact
from registry.chain.contract import encode_call
from registry.chain.messages import Consent, Move, Payment, Terms
from registry.kit.errors import BadInput

CONSENTS = "consents"
_EXACT = 2**53
_TEXT = ("string", "address")


class ActMalformed(BadInput):
    """The arguments do not fit the contract's function."""

    code = "act_malformed"
    title = "The contract has no such act, or its values do not fit"


@cache
def _inputs(kind: str) -> tuple[dict[str, Any], ...]:
    for entry in registry_artifact().abi:
        if entry["type"] == "function" and entry["name"] == kind:
            return tuple(entry["inputs"])
    raise ActMalformed(f"The contract has no function {kind}.", kind=kind)


def _plain_inputs(kind: str) -> list[dict[str, Any]]:
    return [member for member in _inputs(kind) if member["name"] != CONSENTS]


def takes_consents(kind: str) -> bool:
    """Whether the function's last argument is a list of consents."""
    return any(member["name"] == CONSENTS for member in _inputs(kind))


def arguments_to_json(kind: str, arguments: Sequence[Any]) -> list[Any]:
    """JSON of a function's arguments without its consents. Raises ActMalformed."""
    members = _plain_inputs(kind)
    if len(members) != len(arguments):
        raise ActMalformed(f"{kind} takes {len(members)} values, not {len(arguments)}.", kind=kind)
    return [_to_json(member, value) for member, value in zip(members, arguments, strict=True)]


def arguments_from_json(kind: str, stored: list[Any]) -> list[Any]:
    """The inverse of arguments_to_json: what ``encode_call`` takes."""
    return [_from_json(member, value) for member, value in zip(_plain_inputs(kind), stored, strict=True)]


def calldata(kind: str, stored: list[Any], consents: list[dict[str, Any]] | None) -> bytes:
    """A stored act's calldata. Raises ActMalformed where the values do not fit their types."""
    arguments = arguments_from_json(kind, stored)
    if takes_consents(kind):
        arguments.append([Consent.from_json(each) for each in consents or []])
    elif consents:
        raise ActMalformed(f"{kind} takes no consents.", kind=kind)
    try:
        return encode_call(kind, *arguments)
    except Exception as error:
        # eth_abi has a class for each way a value can be wrong, and lets some built-in errors through.
        raise ActMalformed(f"{kind}: {error}", kind=kind) from error


def _to_json(member: dict[str, Any], value: Any) -> Any:
    kind = str(member["type"])
    if kind.endswith("]"):
        return [_to_json(_element(member), each) for each in value]
    if kind == "tuple":
        value = value.as_argument() if isinstance(value, (Terms, Move, Payment)) else value
        if len(value) != len(member["components"]):
            raise ActMalformed(f"{member['name']} takes {len(member['components'])} values each.")
        return [_to_json(part, each) for part, each in zip(member["components"], value, strict=True)]
    if kind == "bool":
        return bool(value)
    if kind in _TEXT:
        return str(value)
    if kind.startswith("bytes"):
        return "0x" + bytes(value).hex()
    number = int(value)
    return number if abs(number) <= _EXACT else str(number)


def _from_json(member: dict[str, Any], value: Any) -> Any:
    kind = str(member["type"])
    if kind.endswith("]"):
        return [_from_json(_element(member), each) for each in value]
    if kind == "tuple":
        return tuple(_from_json(part, each) for part, each in zip(member["components"], value, strict=True))
    if kind == "bool":
        return bool(value)
    if kind in _TEXT:
        return str(value)
    if kind.startswith("bytes"):
        return bytes.fromhex(value[2:])
    return int(value)


def _element(member: dict[str, Any]) -> dict[str, Any]:
    return {**member, "type": str(member["type"]).rpartition("[")[0]}
