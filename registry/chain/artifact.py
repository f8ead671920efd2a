"""The compiled contract, as scripts/compile wrote it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

_PACKAGED = Path(__file__).parent / "artifacts" / "Registry.json"
_CHECKOUT = Path(__file__).parents[2] / "contracts" / "artifacts" / "Registry.json"


@dataclass(frozen=True)
class Artifact:
    """``runtime`` is the deployed code with zeros at the ``immutables`` (start, length in bytes)."""

    abi: list[dict[str, Any]]
    bytecode: bytes
    runtime: bytes
    immutables: list[tuple[int, int]]

    def is_code(self, deployed: bytes) -> bool:
        """Whether deployed code is this contract, whatever its immutables were set to."""
        return self._blank(deployed) == self._blank(self.runtime)

    def _blank(self, code: bytes) -> bytes:
        blank = bytearray(code)
        for start, length in self.immutables:
            blank[start : start + length] = bytes(length)
        return bytes(blank)


@cache
def registry_artifact() -> Artifact:
    """The ``Registry`` contract's artifact, from the installed package or the checkout."""
    path = _PACKAGED if _PACKAGED.exists() else _CHECKOUT
    found = orjson.loads(path.read_bytes())
    return Artifact(
        abi=found["abi"],
        bytecode=bytes.fromhex(found["bytecode"][2:]),
        runtime=bytes.fromhex(found["runtime"][2:]),
        immutables=[(start, length) for start, length in found["immutables"]],
    )
