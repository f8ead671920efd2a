"""What is asked and answered about imports."""

from typing import Annotated

from pydantic import Field

from api.v1.fields import Body, RecordId, Text
from api.v1.shapes import Shape
from registry.invoices.imports.columns import MAX_COLUMNS, MAX_HEADER_ROW, ColumnMap, DayOrder, DecimalMark
from registry.invoices.imports.columns import Field as SheetField
from registry.invoices.imports.model import Mode

Place = Annotated[int, Field(strict=True, ge=0, lt=MAX_COLUMNS)]


class ColumnsIn(Body):
    """Which column holds what. Tax only helps to find net and gross."""

    header_row: Annotated[
        int,
        Field(strict=True, ge=0, le=MAX_HEADER_ROW, description="The row that names the columns; 0 = none"),
    ]
    columns: Annotated[dict[SheetField, Place], Field(description="Field → column, counted from 0")]
    day_order: DayOrder = DayOrder.YMD
    decimal_mark: DecimalMark = DecimalMark.POINT
    currency: Annotated[
        str, Field(pattern="^([A-Z]{3})?$", description="ISO 4217, for rows whose column says none")
    ] = ""
    country: Annotated[
        str, Field(pattern="^([A-Z]{2})?$", description="ISO 3166, of tax identifiers written without one")
    ] = ""

    def read(self) -> ColumnMap:
        """Raises ColumnMapMalformed, UnknownCurrency."""
        return ColumnMap.from_json(self.model_dump(mode="json"))


class Start(Body):
    """Begin what was read in or tried out."""

    mode: Mode = Mode.ALL
    columns: Annotated[
        ColumnsIn | None, Field(description="Missing: as they were chosen for the dry run, or are proposed")
    ] = None


class SaveMap(Body):
    """Keep a column map for sheets whose columns are named like this import's."""

    import_id: RecordId
    name: Annotated[Text, Field(max_length=100)]
    columns: Annotated[ColumnsIn | None, Field(description="Missing: those of the import")] = None


class ColumnsOut(Shape):
    header_row: int
    columns: dict[str, int]
    day_order: str = Field(description="ymd, dmy or mdy, where a day is not written year first")
    decimal_mark: str
    currency: str
    country: str


class ImportOut(Shape):
    id: str
    party: int
    file: str
    sha256: str
    status: str = Field(
        description="draft, trying (dry run), tried, checking (before anything is stored), running, done, or "
        "refused: a row was refused and nothing was stored"
    )
    mode: str = Field(description="all: one refused row stops the whole; report: the others are stored")
    done: int = Field(description="Rows the present stage is through with")
    total: int = Field(description="Rows below the header")
    counts: dict[str, int] = Field(description="Outcome → rows: new, review, duplicate, conflict, refused")
    columns: ColumnsOut | None
    created_at: str
    finished_at: str | None


class ImportPage(Shape):
    items: list[ImportOut]
    next: str | None


class ImportRowOut(Shape):
    row: int = Field(description="As the spreadsheet counts it")
    number: str | None
    outcome: str | None = Field(description="None for a row that was not decided or not stored")
    code: str | None = Field(description="The reason, or the code of the refusal")
    sentence: str | None = Field(description="Of a refused row: what is wrong with it")
    invoice: str | None = Field(description="The invoice it became, or duplicates if that is yours")


class ImportRowPage(Shape):
    items: list[ImportRowOut]
    next: str | None


class ColumnMapOut(Shape):
    id: str
    party: int
    name: str
    columns: ColumnsOut
    saved_at: str


class ColumnMapList(Shape):
    items: list[ColumnMapOut]
