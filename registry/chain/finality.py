"""When a block of a chain counts as final."""

from dataclasses import dataclass
from typing import Self

INSTANT, TAG = "instant", "finalized"
PATTERN = r"^(instant|finalized|[1-9][0-9]{0,3})$"


@dataclass(frozen=True)
class Finality:
    """``depth`` blocks must stand upon one, 0 = final at once; None: the node's tag ``finalized`` says it."""

    depth: int | None = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """``instant``, ``finalized`` or a number of blocks."""
        return cls({INSTANT: 0, TAG: None}[text] if text in (INSTANT, TAG) else int(text))
