"""What people fill in, read: days, instants, rates."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from api.portal.words import mark
from registry.kit.errors import BadInput

Values = Mapping[str, str]  # what was filled in, by the field's name, as it was written


class FieldMalformed(BadInput):
    code = "field_malformed"
    title = mark("Something was filled in that cannot be read")


def day(text: str) -> date:
    """A business date as browsers write it. Raises FieldMalformed."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FieldMalformed("Write a day like 2027-03-31.", given=text[:40]) from None


def instant(text: str) -> datetime:
    """A date and time as browsers write it, in UTC. Raises FieldMalformed."""
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise FieldMalformed("Write a time like 2027-03-31T12:00.", given=text[:40]) from None


def percent(text: str) -> Decimal:
    """A yearly rate in percent as a fraction: 4.2 is 0.042. Raises FieldMalformed."""
    if not re.fullmatch(r"\d{1,2}(\.\d{1,8})?", text, re.ASCII):
        raise FieldMalformed("Write a yearly rate in percent like 4.2.", given=text[:40])
    return Decimal(text) / 100


def party_number(text: str) -> int:
    """Raises FieldMalformed."""
    if not re.fullmatch(r"[1-9]\d{0,9}", text, re.ASCII):
        raise FieldMalformed("Choose a party.", given=text[:40])
    return int(text)


def address(text: str) -> str:
    """An account's address. Raises FieldMalformed."""
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", text, re.ASCII):
        raise FieldMalformed("Write an address: 0x and 40 hex digits.", given=text[:60])
    return text
