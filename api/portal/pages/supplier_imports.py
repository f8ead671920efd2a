"""Invoices from a sheet: bring it, say what its columns hold, try it out, import it, see what became of each row."""

from collections.abc import Iterator, Sequence
from string import ascii_uppercase
from typing import Annotated, Any

from fastapi import Path, Query, Response
from fastapi.responses import StreamingResponse

from api.auth.gate import MAX_BODY_BYTES
from api.portal.forms import FieldMissing, Form, FormDep
from api.portal.pages.supplier_invoices import OUTCOMES, REASONS
from api.portal.sheets import Sheet
from api.portal.visit import Visit, VisitDep, page_router
from api.portal.words import mark
from registry.invoices.imports import queries
from registry.invoices.imports.columns import ColumnMap, DayOrder, DecimalMark, Field
from registry.invoices.imports.errors import ColumnMapIncomplete, ColumnMapMalformed
from registry.invoices.imports.model import ImportRow, InvoiceImport, Mode, Status
from registry.invoices.imports.use_cases import (
    INTERACTIVE,
    MAX_MAP_NAME_CHARS,
    all_results,
    begin,
    delete_map,
    load_sheet,
    propose,
    save_map,
    try_out,
)
from registry.kit.cells import csv_lines
from registry.kit.errors import Refusal, every_refusal
from registry.kit.money import UnknownCurrency

router = page_router()
PAGE = 50
SAMPLES = 3
MAX_XLSX_ROWS = 20_000
STATUSES = {
    Status.DRAFT.value: (mark("columns to be chosen"), "open"),
    Status.TRYING.value: (mark("being tried out"), "open"),
    Status.TRIED.value: (mark("tried out"), "open"),
    Status.CHECKING.value: (mark("being checked"), "open"),
    Status.RUNNING.value: (mark("being imported"), "open"),
    Status.DONE.value: (mark("imported"), "good"),
    Status.REFUSED.value: (mark("not imported"), "bad"),
}
FIELDS = {
    Field.NUMBER: mark("Invoice number"),
    Field.CODE: mark("Fapiao code"),
    Field.ISSUED_ON: mark("Issued on"),
    Field.DUE_ON: mark("Due on"),
    Field.CURRENCY: mark("Currency"),
    Field.NET: mark("Net amount"),
    Field.TAX: mark("Tax amount"),
    Field.GROSS: mark("Gross amount"),
    Field.PAYABLE: mark("Amount payable"),
    Field.BUYER_NAME: mark("Buyer's name"),
    Field.BUYER_TAX_ID: mark("Buyer's tax id"),
    Field.SELLER_NAME: mark("Seller's name"),
    Field.SELLER_TAX_ID: mark("Seller's tax id"),
    Field.DOCUMENT_CLASS: mark("Kind of invoice"),
    Field.PRECEDING: mark("Preceding invoice"),
    Field.LINE: mark("Text of the line"),
}
DAY_ORDERS = {
    DayOrder.YMD: mark("year, month, day"),
    DayOrder.DMY: mark("day, month, year"),
    DayOrder.MDY: mark("month, day, year"),
}
DECIMAL_MARKS = {DecimalMark.POINT: mark("point (1,234.50)"), DecimalMark.COMMA: mark("comma (1.234,50)")}
_OPEN = (Status.DRAFT.value, Status.TRIED.value)
ImportId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,80}$")]
After = Annotated[str, Query(pattern=r"^[A-Za-z0-9_]*$", max_length=80)]
Outcome = Annotated[str, Query(pattern="^(|new|review|duplicate|conflict|refused)$")]


@router.get("/imports")
def imports_page(visit: VisitDep, after: After = "") -> Response:
    with visit.read() as session:
        found = queries.imports_of(session, visit.party, after=after, limit=PAGE + 1)
        maps = queries.maps_of(session, visit.party)
    following = found[PAGE - 1].id if len(found) > PAGE else None
    return visit.page(
        "imports.html",
        items=found[:PAGE],
        following=following,
        maps=maps,
        statuses=STATUSES,
        fields=FIELDS,
        max_bytes=MAX_BODY_BYTES,
        max_rows=INTERACTIVE.rows,
    )


@router.post("/imports")
def imports_post(visit: VisitDep, form: FormDep) -> Response:
    """A draft: nothing is registered by bringing a sheet."""
    files = form.files("file")
    if not files:
        raise FieldMissing("Choose a file.", field="file")
    context = visit.context
    loaded = load_sheet(
        context.database,
        party=visit.party,
        file=files[0].file,
        name=files[0].filename or "",
        limits=INTERACTIVE,
        clock=context.clock,
        ids=context.new_id,
    )
    return visit.go(f"/imports/{loaded.id}")


@router.get("/imports/{import_id}")
def import_page(
    import_id: ImportId,
    visit: VisitDep,
    columns: Annotated[str, Query(pattern="^(|again)$")] = "",
    outcome: Outcome = "",
    after: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> Response:
    with visit.read() as session:
        one = queries.import_by_id(session, import_id)
        if one.status == Status.DRAFT.value or (columns and one.status in _OPEN):
            proposal = propose(session, one)
            return _columns_page(visit, one, proposal.head, proposal.columns, saved=proposal.saved)
        behind = max(after, _header_row(one))
        rows = queries.rows(session, import_id, after=behind, limit=PAGE + 1, outcome=outcome)
    return visit.page(
        "import.html",
        **_progress(one),
        rows=rows[:PAGE],
        following=rows[PAGE - 1].row if len(rows) > PAGE else None,
        outcome=outcome,
        outcomes=OUTCOMES,
        reasons=REASONS,
        titles={refusal.code: refusal.title for refusal in every_refusal()},
        has_xlsx=one.total <= MAX_XLSX_ROWS,
        modes=list(Mode),
    )


@router.get("/imports/{import_id}/part")
def import_part(import_id: ImportId, visit: VisitDep) -> Response:
    """How far it got; at its end the whole page is asked for again."""
    with visit.read() as session:
        one = queries.import_by_id(session, import_id)
    if one.status not in queries.UNDER_WAY:
        return Response(headers={"HX-Redirect": f"/imports/{one.id}"})
    return visit.page("import_part.html", **_progress(one))


@router.post("/imports/{import_id}/columns")
def import_columns_post(import_id: ImportId, visit: VisitDep, form: FormDep) -> Response:
    context = visit.context
    with visit.read() as session:
        one = queries.import_by_id(session, import_id)
        head = queries.head(session, import_id)
    columns = ColumnMap(0)
    try:
        columns = _columns(form)
        columns.require_complete()
    except (ColumnMapIncomplete, ColumnMapMalformed, UnknownCurrency) as problem:
        return _columns_page(visit, one, head, columns, problem=problem)
    if name := form.text("name")[:MAX_MAP_NAME_CHARS]:
        save_map(context.database, import_id, name, columns, clock=context.clock, ids=context.new_id)
    try_out(context.database, import_id, columns)
    visit.service.importer.wake()
    return visit.go(f"/imports/{import_id}")


@router.post("/imports/{import_id}/start")
def import_start_post(import_id: ImportId, visit: VisitDep, form: FormDep) -> Response:
    with visit.read() as session:
        columns = propose(session, queries.import_by_id(session, import_id)).columns
    mode = Mode.REPORT if form.text("mode") == Mode.REPORT.value else Mode.ALL
    done = begin(visit.context.database, import_id, columns, mode)
    visit.service.importer.wake()
    return visit.go(f"/imports/{done.id}")


@router.get("/imports/{import_id}/rows.{kind}")
def import_file(
    import_id: ImportId, kind: Annotated[str, Path(pattern="^(csv|xlsx)$")], visit: VisitDep
) -> Response:
    """Every row as it was brought, behind what became of it."""
    with visit.read() as session:
        one = queries.import_by_id(session, import_id)
        names = queries.header_cells(session, import_id, _header_row(one))
    header = ("row", "outcome", "code", "what is wrong", "invoice", *names)
    if kind == "csv" or one.total > MAX_XLSX_ROWS:
        return StreamingResponse(
            _csv_parts(visit, one, header),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{one.id}.csv"'},
        )
    found = all_results(visit.context.database, import_id, _header_row(one))
    return Sheet("rows", header, [_line(row, len(header)) for row in found]).answer("xlsx", one.id)


@router.post("/column-maps/{map_id}/end")
def column_map_end_post(map_id: ImportId, visit: VisitDep, form: FormDep) -> Response:
    with visit.read() as session:
        queries.map_by_id(session, map_id)  # others' maps do not exist for the visitor
    delete_map(visit.context.database, map_id)
    return visit.go("/imports")


def _csv_parts(visit: Visit, one: InvoiceImport, header: Sequence[str]) -> Iterator[str]:
    # The mark tells spreadsheet programs that it is UTF-8.
    yield "\ufeff" + csv_lines([header])
    for row in all_results(visit.context.database, one.id, _header_row(one)):
        yield csv_lines([_line(row, len(header))])


def _line(row: ImportRow, width: int) -> list[object]:
    line = [row.row, row.outcome, row.code, row.sentence, row.invoice_id]
    texts = [None if cell is None else str(cell) for cell in row.cells]
    return [*line, *texts, *[None] * (width - len(line) - len(texts))]


def _header_row(one: InvoiceImport) -> int:
    return int(one.columns["header_row"]) if one.columns else 0


def _progress(one: InvoiceImport) -> dict[str, Any]:
    return {"one": one, "is_under_way": one.status in queries.UNDER_WAY, "statuses": STATUSES}


def _columns(form: Form) -> ColumnMap:
    """Raises ColumnMapMalformed, UnknownCurrency."""
    chosen: dict[str, int] = {}
    for name, field in form.texts().items():
        place = name.removeprefix("column_")
        if place == name:
            continue
        if field in chosen or not place.isdecimal():
            raise ColumnMapMalformed("One field is given two columns.")
        chosen[field] = int(place)
    row = form.text("header_row")
    return ColumnMap.from_json(
        {
            "header_row": int(row) if row.isdecimal() else 0,
            "columns": chosen,
            "day_order": form.text("day_order"),
            "decimal_mark": form.text("decimal_mark"),
            "currency": form.text("currency"),
            "country": form.text("country"),
        }
    )


def _columns_page(
    visit: Visit,
    one: InvoiceImport,
    head: Sequence[tuple[int, list[Any]]],
    columns: ColumnMap,
    *,
    saved: str = "",
    problem: Refusal | None = None,
) -> Response:
    held = {place: field for field, place in columns.columns.items()}
    header = next((cells for number, cells in head if number == columns.header_row), [])
    samples = [cells for number, cells in head if number > columns.header_row][:SAMPLES]
    width = max((len(cells) for _, cells in head), default=0)
    return visit.page(
        "import_columns.html",
        status=422 if problem else 200,
        one=one,
        chosen=columns,
        saved=saved,
        problem=problem,
        places=[
            {
                "place": place,
                "letter": _letter(place),
                "name": _shown(header, place),
                "samples": [_shown(row, place) for row in samples],
                "field": held.get(place, ""),
            }
            for place in range(width)
        ],
        fields=FIELDS,
        day_orders=DAY_ORDERS,
        decimal_marks=DECIMAL_MARKS,
    )


def _shown(cells: Sequence[Any], place: int) -> str:
    return str(cells[place])[:80] if place < len(cells) and cells[place] is not None else ""


def _letter(place: int) -> str:
    """A column as spreadsheets call it: A to Z, then AA."""
    first, second = divmod(place, 26)
    return (ascii_uppercase[first - 1] if first else "") + ascii_uppercase[second]
