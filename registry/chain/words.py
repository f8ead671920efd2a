"""The contract's packed state words (contracts/types), field by field.

Each class lists its fields from the lowest bit; ``unpack`` and ``pack`` are exact inverses on 256-bit words.
Amounts in minor units, times in seconds since 1970, parties by number (0 = none).
"""

from dataclasses import dataclass, fields
from enum import IntEnum, IntFlag
from functools import cache
from typing import ClassVar, Self


class GradedState(IntEnum):
    OPEN = 0
    NO_NEW_RECEIVABLES = 1
    HALTED = 2


class Role(IntFlag):
    OBLIGOR = 1
    SUPPLIER = 2
    FUNDER = 4
    REGISTRAR = 8
    SETTLER = 16


class Scope(IntFlag):
    """What a key's mandate covers; every act of a lot or receivable needs one."""

    REGISTER = 1
    CONFIRM = 2
    TRANSFER = 4
    FINANCE = 8
    SETTLE = 16
    ANY = 0xFFFF  # asked for where a mandate of any kind suffices


class PartyFlag(IntFlag):
    FROZEN = 1
    BARRED = 2
    VETOED = 4


class ReceivableStatus(IntEnum):
    NONE = 0
    REGISTERED = 1
    CONFIRMED = 2
    DECLINED = 3
    WITHDRAWN = 4
    EXPIRED = 5
    CANCELED = 6


class LotStatus(IntEnum):
    NONE = 0
    FREE = 1
    LOCKED = 2
    PLEDGED = 3
    FINANCED = 4
    REDEEMED = 5


@dataclass(frozen=True)
class Word:
    """Base: ``widths`` gives each field's bits, lowest first."""

    widths: ClassVar[tuple[int, ...]]

    @classmethod
    def unpack(cls, word: int) -> Self:
        return cls(**cls.values_in(word))

    @classmethod
    def values_in(cls, word: int) -> dict[str, int]:
        """A word's fields by name."""
        return {name: (word >> shift) & mask for name, shift, mask in _places(cls)}  # type: ignore[arg-type]

    def pack(self) -> int:
        """Raises OverflowError if a field does not fit its bits."""
        word = shift = 0
        for field, width in zip(fields(self), self.widths, strict=True):
            value = int(getattr(self, field.name))
            if not 0 <= value < 1 << width:
                raise OverflowError(f"{type(self).__name__}.{field.name} does not fit {width} bits: {value}")
            word |= value << shift
            shift += width
        return word


@cache
def _places(kind: type["Word"]) -> tuple[tuple[str, int, int], ...]:
    """Each field's name, lowest bit and mask."""
    return tuple(
        (field.name, sum(kind.widths[:place]), (1 << width) - 1)
        for place, (field, width) in enumerate(zip(fields(kind), kind.widths, strict=True))
    )


@dataclass(frozen=True)
class LimitsWord(Word):
    widths: ClassVar = (8, 16, 8, 8, 8, 64)
    state: int
    max_tenor_days: int
    max_hops: int
    reject_window_days: int
    expiry_days: int
    min_lot: int


@dataclass(frozen=True)
class PartyWord(Word):
    widths: ClassVar = (160, 40, 32, 8, 8, 8)
    account: int
    valid_until: int
    nonce: int
    epoch: int
    roles: int
    flags: int


@dataclass(frozen=True)
class KeyWord(Word):
    widths: ClassVar = (32, 16, 16, 40, 64, 8)
    party: int
    scopes: int
    currency: int
    valid_until: int
    cap: int
    epoch: int


@dataclass(frozen=True)
class RecoveryWord(Word):
    """A proposed account and the time from which it may be taken."""

    widths: ClassVar = (160, 40)
    account: int
    effective: int


@dataclass(frozen=True)
class ObligationWord(Word):
    widths: ClassVar = (64, 64, 32)
    outstanding: int
    quota: int
    count: int


@dataclass(frozen=True)
class TermsWord(Word):
    """The terms' small members as a registration's event shows them."""

    widths: ClassVar = (32, 32, 32, 64, 16, 32)
    obligor: int
    originator: int
    settler: int
    face: int
    currency: int
    maturity: int


@dataclass(frozen=True)
class DatesWord(Word):
    """The terms' dates as a registration's event shows them."""

    widths: ClassVar = (32, 32, 32)
    issued_on: int
    delivered_on: int
    accepted_on: int


@dataclass(frozen=True)
class RegisteredWord(Word):
    """A receivable's facts before it is confirmed."""

    widths: ClassVar = (192, 40, 8, 8, 8)
    commitment_low: int
    expires: int
    spare: int
    status: int
    flags: int


@dataclass(frozen=True)
class FactsWord(Word):
    """A receivable's facts once it is confirmed."""

    widths: ClassVar = (64, 64, 32, 32, 32, 16, 8, 8)
    face: int
    settled: int
    maturity: int
    obligor: int
    settler: int
    currency: int
    status: int
    flags: int


@dataclass(frozen=True)
class LotWord(Word):
    widths: ClassVar = (32, 32, 64, 64, 32, 16, 8, 8)
    holder: int
    peer: int
    amount: int
    receivable: int
    until: int
    seq: int
    hops: int
    status: int


@dataclass(frozen=True)
class InvoiceUseWord(Word):
    widths: ClassVar = (64, 64, 64, 32, 16, 8, 8)
    receivable: int
    cap: int
    used: int
    uses: int
    currency: int
    place: int
    fingerprints: int


def facts_status(word: int) -> ReceivableStatus:
    """A facts word's status, which stands in the same bits before and after confirmation."""
    return ReceivableStatus((word >> 240) & 0xFF)
