"""What a watch has to know to go on after it ended: a trail of blocks, what was told of them, how each lot stood."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from registry.chain.words import LotWord
from registry.kit.errors import BadInput, Conflict

MAX_LOTS = 100
MAX_BYTES = 8_000_000
MAX_TRAIL = 256
MAX_SEEN = 10_000

Hash = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
Number = Annotated[int, Field(ge=0, lt=1 << 64)]


class MemoryUnreadable(BadInput):
    code = "watch_memory_unreadable"
    title = "This file is not what a watch remembers"


class MemoryForeign(Conflict):
    code = "watch_memory_foreign"
    title = "The watch remembers another chain than the node has"


class _Member(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Point(_Member):
    """A block of the trail."""

    number: Number
    hash: Hash


class Seen(_Member):
    """An act that was told of a lot, in which words, and where it stood."""

    lot: Hash
    event: Annotated[str, Field(max_length=60)]
    block: Number
    block_hash: Hash
    tx: Hash
    log_index: Number
    text: Annotated[str, Field(max_length=1_000)]

    @property
    def place(self) -> tuple[str, str, int]:
        """Tells acts apart, of one block and another."""
        return (self.lot, self.block_hash, self.log_index)


class Known(_Member):
    """A lot as it was last seen: its word, 0 where the chain has it no more; of its receivable number, currency, status
    and flags; and the corrections of invoices behind it, by id, that were told."""

    word: Annotated[str, Field(pattern=r"^0x[0-9a-f]{1,64}$")]
    receivable: Number
    currency: Annotated[int, Field(ge=0, lt=1 << 16)]
    status: Annotated[int, Field(ge=0, lt=256)]
    flags: Annotated[int, Field(ge=0, lt=256)]
    corrections: dict[str, str] = Field(default_factory=dict, max_length=MAX_SEEN)

    @property
    def lot_word(self) -> LotWord:
        return LotWord.unpack(int(self.word, 16))

    def stands_as(self, other: "Known") -> bool:
        """Whether the chain says the same of both."""
        return (self.word, self.status, self.flags) == (other.word, other.status, other.flags)


class Memory(_Member):
    """All of it. The trail's blocks are in their order; of ``seen`` none is older than its first."""

    format: Literal["counterfoil-watch/1"] = "counterfoil-watch/1"
    chain_id: Number
    contract: Annotated[str, Field(pattern=r"^0x[0-9a-f]{40}$")]
    lots: dict[Hash, Known] = Field(max_length=MAX_LOTS)
    trail: list[Point] = Field(min_length=1, max_length=MAX_TRAIL)
    seen: list[Seen] = Field(default_factory=list, max_length=MAX_SEEN)

    def move_on(self, to: Point) -> None:
        """The trail ends there now; what is older than its beginning is forgotten."""
        self.trail = [*self.trail, to][-MAX_TRAIL:]
        self.seen = [each for each in self.seen if each.block > self.trail[0].number][-MAX_SEEN:]


def read_memory(content: bytes) -> Memory:
    """Raises MemoryUnreadable."""
    if len(content) > MAX_BYTES:
        raise MemoryUnreadable(f"It has more than {MAX_BYTES:,} bytes.")
    try:
        return Memory.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(each) for each in first["loc"])
        raise MemoryUnreadable(f"{where or 'The file'}: {first['msg']}.") from None
