"""Which column of a sheet holds what. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any, Self

from registry.invoices.imports.errors import ColumnMapIncomplete, ColumnMapMalformed
from registry.kit.identifiers import normalize
from registry.kit.money import currency
from registry.sheets import Cell, Row

MAX_COLUMNS = 60
MAX_HEADER_ROW = 40


class Field(StrEnum):
    """What a column may hold; the terms of ``Invoice``, and tax (BT-110), which only helps to find the others."""

    NUMBER = "number"
    CODE = "code"
    ISSUED_ON = "issued_on"
    DUE_ON = "due_on"
    CURRENCY = "currency"
    NET = "net"
    TAX = "tax"
    GROSS = "gross"
    PAYABLE = "payable"
    BUYER_NAME = "buyer_name"
    BUYER_TAX_ID = "buyer_tax_id"
    SELLER_NAME = "seller_name"
    SELLER_TAX_ID = "seller_tax_id"
    DOCUMENT_CLASS = "document_class"
    PRECEDING = "preceding"
    LINE = "line"


class DayOrder(StrEnum):
    """How a date's parts follow one another where it is written out."""

    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"


class DecimalMark(StrEnum):
    POINT = "."
    COMMA = ","


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """``header_row`` the row that names the columns, 0 for none: what is below it is invoices · ``columns`` field →
    column from 0 · ``currency`` (ISO 4217) where no column says it · ``country`` (ISO 3166) of tax identifiers that
    are written without one."""

    header_row: int
    columns: Mapping[Field, int] = field(default_factory=dict)
    day_order: DayOrder = DayOrder.YMD
    decimal_mark: DecimalMark = DecimalMark.POINT
    currency: str = ""
    country: str = ""

    @property
    def missing(self) -> list[str]:
        """The fields without which no row can be an invoice."""
        has = self.columns.keys()
        needed = {
            "number": Field.NUMBER in has,
            "issued_on": Field.ISSUED_ON in has,
            "currency": Field.CURRENCY in has or bool(self.currency),
            "payable": bool({Field.PAYABLE, Field.GROSS} & has) or {Field.NET, Field.TAX} <= has,
            "buyer_name": bool({Field.BUYER_NAME, Field.BUYER_TAX_ID} & has),
        }
        return [name for name, is_there in needed.items() if not is_there]

    def require_complete(self) -> None:
        """Raises ColumnMapIncomplete."""
        if self.missing:
            raise ColumnMapIncomplete(
                f"Say which column holds: {', '.join(self.missing)}. The amount may be the payable or gross one, or "
                "net and tax; the currency may be one for all rows.",
                missing=self.missing,
            )

    def as_json(self) -> dict[str, Any]:
        return {
            "header_row": self.header_row,
            "columns": {name.value: place for name, place in sorted(self.columns.items())},
            "day_order": self.day_order.value,
            "decimal_mark": self.decimal_mark.value,
            "currency": self.currency,
            "country": self.country,
        }

    @classmethod
    def from_json(cls, plain: Any) -> Self:
        """Raises ColumnMapMalformed, UnknownCurrency."""
        try:
            made = cls(
                header_row=_within(plain["header_row"], MAX_HEADER_ROW),
                columns={Field(name): _within(at, MAX_COLUMNS - 1) for name, at in plain["columns"].items()},
                day_order=DayOrder(plain.get("day_order", DayOrder.YMD)),
                decimal_mark=DecimalMark(plain.get("decimal_mark", DecimalMark.POINT)),
                currency=currency(str(plain["currency"])).code if plain.get("currency") else "",
                country=normalize(str(plain.get("country") or "")),
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ColumnMapMalformed(
                "A column map has header_row, columns (field: column from 0), day_order (ymd, dmy, mdy), "
                "decimal_mark (. or ,), currency and country."
            ) from error
        if made.country and len(made.country) != 2:
            raise ColumnMapMalformed("The country is one of two letters, like DE or CN.")
        if len(set(made.columns.values())) < len(made.columns):
            raise ColumnMapMalformed("One column is given for two fields.")
        return made


def _within(value: object, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(value)
    return value


def layout_of(head: Sequence[Row], header_row: int) -> str:
    """The names of the columns, as 64 hex digits: the same for two sheets of one export."""
    header: list[Cell] = next((cells for number, cells in head if number == header_row), [])
    names = [normalize(str(one or "")) for one in header]
    return sha256("\x1f".join(names).encode()).hexdigest()
