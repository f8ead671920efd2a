"""How records are named outside: `rcv_` and 16 hex digits a receivable, `lot_` and 64 a lot.

Inside they are the contract's numbers as 0x hex. Everything that comes in passes through ``read``, which takes
either form; everything that goes out through ``outside``, or ``shown`` where ids stand in a text.
"""

import re
from dataclasses import dataclass

from registry.kit.errors import BadInput

_SHOWN = (
    (re.compile(r"\b(?:receivable:)?0x([0-9a-f]{16})\b"), r"rcv_\1"),
    (re.compile(r"\blot:0x([0-9a-f]{64})\b"), r"lot_\1"),
    (re.compile(r"\b([Ll]ots?(?: begin with)?) 0x([0-9a-f]{6,64})\b"), r"\1 lot_\2"),
)


class MalformedId(BadInput):
    """An id in an address that cannot be one of any record."""

    code = "malformed_id"
    title = "This is not an id of such a record"


@dataclass(frozen=True)
class Kind:
    """A kind of record that the ledger numbers."""

    name: str
    prefix: str
    digits: int

    def outside(self, stored: str) -> str:
        return self.prefix + stored.removeprefix("0x")

    def read(self, written: str) -> str:
        """The id as tables have it: 0x and lower case. Raises MalformedId."""
        found = self.loosely(written)
        if not re.fullmatch(rf"0x[0-9a-f]{{{self.digits}}}", found, re.ASCII):
            raise MalformedId(
                f"The id of a {self.name} is {self.prefix} and {self.digits} hex digits.", given=written[:100]
            )
        return found

    def loosely(self, written: str) -> str:
        """The same for whoever says by itself what is wrong with an id or a part of one."""
        plain = written.strip().lower()
        return "0x" + plain.removeprefix(self.prefix).removeprefix("0x")


RECEIVABLE = Kind("receivable", "rcv_", 16)
LOT = Kind("lot", "lot_", 64)


def record(written: str) -> str:
    """What an act or a decision is about, as tables have it. Raises MalformedId."""
    if re.fullmatch(r"party:[0-9]{1,10}", written, re.ASCII):
        return written
    kind = LOT if len(written) > len(RECEIVABLE.prefix) + RECEIVABLE.digits else RECEIVABLE
    return f"{kind.name}:{kind.read(written)}"


def shown(text: str) -> str:
    """A text, or what an act is about, with the ids in it as they are written outside."""
    for form, written in _SHOWN:
        text = form.sub(written, text)
    return text
