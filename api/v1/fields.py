"""What stands in requests: strict types for numbers, amounts, days, instants, addresses, ids and signatures.

Numbers are JSON numbers and never text, amounts decimal text and never numbers, and a member nobody knows is
refused: what was signed and what was sent must not drift apart by a reader's good will.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints

from api import ids
from registry.chain.keys import checksum
from registry.chain.messages import Consent
from registry.kit.clock import unix

MAX_PARTY = 2**32 - 1
MAX_CONSENTS = 8
MAX_SIGNATURE_BYTES = 4096
# The chain counts seconds in 32 bits, from 1970 on.
_FIRST_DAY = date(1970, 1, 1)
_LAST_DAY = date(2106, 1, 1)


def _iso_day(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("write a day like 2027-03-31")
    return value


def _iso_instant(value: object) -> object:
    form = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})"
    if not isinstance(value, str) or not re.fullmatch(form, value, re.ASCII):
        raise ValueError("write an instant with its zone, like 2027-03-31T12:00:00Z")
    return value


def _in_range(value: date | datetime) -> date | datetime:
    day = value.astimezone(UTC).date() if isinstance(value, datetime) else value
    if not _FIRST_DAY <= day < _LAST_DAY:
        raise ValueError(f"a day lies between {_FIRST_DAY} and {_LAST_DAY}")
    return value


def _hex_bytes(value: str) -> str:
    if len(value) % 2:
        raise ValueError("write whole bytes, two hex digits each")
    return value


PartyNumber = Annotated[int, Strict(), Field(ge=1, le=MAX_PARTY, description="A party's number")]
Truth = Annotated[bool, Strict()]
# No control characters, and none that turn the direction of writing: sentences show what stands here.
_PRINTABLE = r"^[^\x00-\x1F\x7F-\x9F\u202A-\u202E\u2066-\u2069]+$"
Text = Annotated[
    str,
    StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=200, pattern=_PRINTABLE),
]
RecordId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$", max_length=80)]
Amount = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[0-9][0-9,]*(\.[0-9]+)?$", max_length=40),
    Field(description="A decimal amount as text, in the currency at hand", examples=["400000.00"]),
]
CurrencyCode = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[A-Z]{3}$"),
    Field(description="ISO 4217", examples=["CNY"]),
]
Country = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[A-Z]{2}$"),
    Field(description="ISO 3166-1 alpha-2", examples=["CN"]),
]
Day = Annotated[date, BeforeValidator(_iso_day), AfterValidator(_in_range), Field(examples=["2027-03-31"])]
Instant = Annotated[
    datetime,
    BeforeValidator(_iso_instant),
    AfterValidator(_in_range),
    Field(examples=["2026-12-01T12:00:00Z"]),
]
Address = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^0x[0-9a-fA-F]{40}$"),
    AfterValidator(checksum),
    Field(description="0x and 40 hex digits; capitals, if any, must fit (EIP-55)"),
]
Rate = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^0(\.[0-9]{1,10})?$"),
    Field(description="A yearly rate below 1 as decimal text", examples=["0.045"]),
]

PartyInPath = Annotated[int, Path(ge=1, le=MAX_PARTY, description="A party's number")]
PartyInQuery = Annotated[int, Query(ge=1, le=MAX_PARTY, description="A party's number")]
Limit = Annotated[int, Query(ge=1, le=100, description="At most so many")]
After = Annotated[
    str, Query(max_length=80, pattern=r"^[A-Za-z0-9_]*$", description="`next` of the page before")
]

AfterNumber = Annotated[int, Query(ge=0, le=MAX_PARTY, description="`next` of the page before")]
Position = Annotated[str, Query(max_length=12, pattern=r"^[0-9]*$", description="`next` of the page before")]


class Body(BaseModel):
    """Base of all request bodies: members nobody knows are refused."""

    model_config = ConfigDict(extra="forbid")


class Signature(Body):
    """One key's consent to what it was shown: the EIP-712 signature and the deadline that stands in it."""

    signer: Address
    deadline: Annotated[
        int, Strict(), Field(ge=0, lt=2**40, description="Seconds since 1970, as in the typed data")
    ]
    signature: Annotated[
        str,
        StringConstraints(
            strict=True, pattern=r"^0x([0-9a-fA-F]{2})*$", max_length=2 + 2 * MAX_SIGNATURE_BYTES
        ),
        AfterValidator(_hex_bytes),
        Field(description="65 bytes r, s, v as 0x hex, or what a contract wallet takes (ERC-1271)"),
    ]

    def consent(self) -> Consent:
        return Consent(self.signer, self.deadline, bytes.fromhex(self.signature[2:]))


class Consents(Body):
    """The signatures an act rests on. The server derives again what they must be over."""

    consents: Annotated[list[Signature], Field(min_length=1, max_length=MAX_CONSENTS)]

    def given(self) -> list[Consent]:
        return [one.consent() for one in self.consents]


class MoneyIn(Body):
    amount: Amount
    currency: CurrencyCode


def seconds(at: datetime) -> int:
    """An instant as the chain counts it."""
    return unix(at)


def plain_id(written: str) -> str:
    """An id of the registry's own making. Raises MalformedId."""
    if not re.fullmatch(r"[A-Za-z0-9_]{1,80}", written, re.ASCII):
        raise ids.MalformedId("An id consists of letters, digits and underscores.", given=written[:100])
    return written


async def _lot(lot: Annotated[str, Path(description="A lot's id: lot_ and 64 hex digits")]) -> str:
    return ids.LOT.read(lot)


async def _receivable(
    receivable: Annotated[str, Path(description="A receivable's id: rcv_ and 16 hex digits")],
) -> str:
    return ids.RECEIVABLE.read(receivable)


LotId = Annotated[str, Depends(_lot)]
ReceivableId = Annotated[str, Depends(_receivable)]
