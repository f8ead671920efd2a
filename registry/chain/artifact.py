"""The compiled contract, as scripts/compile wrote it.

To the outside there is one contract, ``Registry``, with one ABI. Its constructor makes two parts: ``Annex``, whose
code it runs as its own for the rarer acts, and ``Metadata``, which draws lots. Where their addresses stand in the
deployed code is known, so that whoever holds the registry's code can find and check theirs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

_PACKAGED = Path(__file__).parent / "artifacts" / "Registry.json"
_CHECKOUT = Path(__file__).parents[2] / "contracts" / "artifacts" / "Registry.json"


@dataclass(frozen=True)
class Code:
    """``runtime`` is the deployed code with zeros at the ``immutables`` and ``links``, each (start, length) in bytes.

    ``links`` says where the address of which part stands; ``immutables`` are all others, set at the making.
    """

    name: str
    runtime: bytes
    immutables: list[tuple[int, int]]
    links: dict[str, list[tuple[int, int]]]

    def is_code(self, deployed: bytes) -> bool:
        """Whether deployed code is this contract, whatever its immutables were set to."""
        return self._blank(deployed) == self._blank(self.runtime)

    def linked(self, deployed: bytes) -> dict[str, str]:
        """Part → its address (lower case) as deployed code of this contract names it, none if it names several."""
        found = {}
        for part, places in self.links.items():
            values = {deployed[start : start + length] for start, length in places}
            if len(values) == 1:
                found[part] = "0x" + values.pop()[-20:].hex()
        return found

    @property
    def blanks(self) -> list[tuple[int, int]]:
        """All places that were set at the making, in their order."""
        return sorted([*self.immutables, *(place for each in self.links.values() for place in each)])

    def _blank(self, code: bytes) -> bytes:
        blank = bytearray(code)
        for start, length in self.blanks:
            blank[start : start + length] = bytes(length)
        return bytes(blank)


@dataclass(frozen=True)
class Artifact(Code):
    """The registry; ``abi`` is that of registry and annex together, ``bytecode`` creates all parts, ``slots`` says
    where the state variable of which name stands."""

    abi: list[dict[str, Any]]
    bytecode: bytes
    parts: dict[str, Code]
    slots: dict[str, int]

    def unknown_parts(self, code_at: Callable[[str], bytes], deployed: bytes) -> list[str]:
        """The parts, however deep, whose code on the chain is not the known one; none if all is as it should be.

        :param code_at: the deployed code at an address
        :param deployed: the registry's own deployed code
        """
        wrong, waiting = [], [(self.links, self.linked(deployed))]
        while waiting:
            links, addresses = waiting.pop()
            for name in links:
                part, code = self.parts[name], code_at(addresses[name]) if name in addresses else b""
                if part.is_code(code):
                    waiting.append((part.links, part.linked(code)))
                else:
                    wrong.append(name)
        return sorted(wrong)


@cache
def registry_artifact() -> Artifact:
    """The ``Registry`` contract's artifact, from the installed package or the checkout."""
    path = _PACKAGED if _PACKAGED.exists() else _CHECKOUT
    found = orjson.loads(path.read_bytes())
    parts = {name: Code(name, **_code(part)) for name, part in found["parts"].items()}
    return Artifact(
        name=found["contract"],
        **_code(found),
        abi=found["abi"],
        bytecode=bytes.fromhex(found["bytecode"][2:]),
        parts=parts,
        slots={each["label"]: int(each["slot"]) for each in found["storage"]},
    )


def _code(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "runtime": bytes.fromhex(found["runtime"][2:]),
        "immutables": sorted(
            (start, length) for each in found["immutables"].values() for start, length in each
        ),
        "links": {
            name: [(start, length) for start, length in places] for name, places in found["links"].items()
        },
    }
