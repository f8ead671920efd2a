"""Invoices from sheets: bring one, follow it, see what became of each row; column maps."""

from typing import Annotated, Any

import orjson
from fastapi import Depends, Path, Query, Request, Response

from api import import_views as views
from api.auth.door import require_acting_for
from api.deps import ActorDep, ContextDep, ServiceDep
from api.v1 import import_shapes as shapes
from api.v1.documented import Responses, problems
from api.v1.export import AS_CSV, ListingDep
from api.v1.fields import After, Limit, PartyInQuery, Position, RecordId
from api.v1.strict import area
from api.v1.tags import record
from api.views import View
from registry.invoices.imports import queries
from registry.invoices.imports.columns import ColumnMap
from registry.invoices.imports.errors import (
    ColumnMapIncomplete,
    ColumnMapMalformed,
    ColumnMapMisfit,
    ColumnMapUnknown,
    ImportUnderWay,
    ImportUnknown,
    SheetEmpty,
    TooManyColumnMaps,
)
from registry.invoices.imports.model import InvoiceImport, Mode
from registry.invoices.imports.use_cases import (
    INTERACTIVE,
    as_file,
    begin,
    delete_map,
    fitting_map,
    load_sheet,
    propose,
    save_map,
    try_out,
)
from registry.kit.money import UnknownCurrency
from registry.parties.errors import PartyNotFound
from registry.relay.context import Context
from registry.sheets import SheetTooLarge, SheetUnreadable

router = area("invoices", "/imports")

_TRIED: Responses = {200: {"model": shapes.ImportOut, "description": "With `dry_run`: it is being tried out"}}
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The sheet as it is: CSV (UTF-8, UTF-16, GB 18030; comma, semicolon or tab) or XLSX",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in (
                "application/octet-stream",
                "text/csv",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            )
        },
    }
}
ImportId = Annotated[RecordId, Path(description="An import's id")]
MapId = Annotated[RecordId, Path(description="A column map's id")]
Outcome = Annotated[
    str, Query(pattern="^(|new|review|duplicate|conflict|refused)$", description="Only these")
]


async def _content(request: Request) -> bytes:
    return await request.body()


class Sheet:
    """Whose sheet it is and how it is to be read."""

    def __init__(
        self,
        party: PartyInQuery,
        name: Annotated[str, Query(min_length=1, max_length=255, description="The file's name")],
        map_name: Annotated[str, Query(alias="map", max_length=100, description="A saved map's name")] = "",
        columns: Annotated[
            str, Query(max_length=4000, description="A column map as JSON, instead of a saved one")
        ] = "",
        mode: Mode = Mode.ALL,
    ) -> None:
        self.party, self.name, self.mode = party, name, mode
        self._map_name, self._columns = map_name, columns

    def columns_for(self, loaded: InvoiceImport, context: Context) -> ColumnMap:
        """Raises ColumnMapUnknown, ColumnMapMisfit, ColumnMapMalformed, UnknownCurrency."""
        if self._columns:
            return _from_text(self._columns)
        with context.database.on_behalf().read() as session:
            if self._map_name:
                return fitting_map(session, loaded, self._map_name)
            return propose(session, loaded).columns


def _from_text(columns: str) -> ColumnMap:
    try:
        plain = orjson.loads(columns)
    except ValueError:
        plain = None
    return ColumnMap.from_json(plain)


@router.post(
    "",
    status_code=202,
    response_model=shapes.ImportOut,
    responses=_TRIED
    | problems(
        PartyNotFound, SheetUnreadable, SheetTooLarge, SheetEmpty, ColumnMapUnknown, ColumnMapMisfit,
        ColumnMapMalformed, ColumnMapIncomplete, UnknownCurrency, ImportUnderWay,
    ),
    openapi_extra=_FILE,
    summary="Import invoices from a sheet",
)  # fmt: skip
def import_invoices(
    sheet: Annotated[Sheet, Depends()],
    content: Annotated[bytes, Depends(_content)],
    context: ContextDep,
    service: ServiceDep,
    actor: ActorDep,
    request: Request,
    response: Response,
) -> View:
    """Answers at once; follow the import at its `Location`, its rows below it. Without `map` and `columns` the
    party's map for this layout is taken, or what the columns' names tell. At most 10,000 rows; the same sheet
    again changes nothing. A dry run leaves a record whose rows say what would become of them, to be begun."""
    require_acting_for(actor, sheet.party)
    # A draft is nobody's write: only to begin is answered once under an Idempotency-Key.
    plain = context.database.on_behalf()
    loaded = load_sheet(
        plain,
        party=sheet.party,
        file=as_file(content),
        name=sheet.name,
        limits=INTERACTIVE,
        clock=context.clock,
        ids=context.new_id,
    )
    columns = sheet.columns_for(loaded, context)
    if request.query_params.get("dry_run") in ("true", "1"):
        done, response.status_code = try_out(plain, loaded.id, columns), 200
    else:
        done = begin(context.database, loaded.id, columns, sheet.mode)
    service.importer.wake()
    response.headers["Location"] = f"/v1/imports/{done.id}"
    return views.invoice_import(done)


@router.get(
    "", response_model=shapes.ImportPage, responses=problems(), summary="A party's imports, newest first"
)
def list_imports(party: PartyInQuery, context: ContextDep, after: After = "", limit: Limit = 50) -> View:
    with context.database.read() as session:
        found = queries.imports_of(session, party, after=after, limit=limit + 1)
    items = [views.invoice_import(one) for one in found[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


# ---------------------------------------------------------------------- column maps


@router.get(
    "/maps",
    response_model=shapes.ColumnMapList,
    responses=problems(),
    summary="The column maps a party keeps",
)
def list_column_maps(party: PartyInQuery, context: ContextDep) -> View:
    with context.database.read() as session:
        return {"items": [views.column_map(one) for one in queries.maps_of(session, party)]}


@router.post(
    "/maps",
    status_code=201,
    response_model=shapes.ColumnMapOut,
    responses=problems(
        ImportUnknown, ColumnMapIncomplete, ColumnMapMalformed, UnknownCurrency, TooManyColumnMaps
    ),
    summary="Keep a column map under a name",
)
def save_column_map(body: shapes.SaveMap, context: ContextDep, actor: ActorDep) -> View:
    """A map of that name is replaced. It is proposed for each sheet whose columns are named alike."""
    with context.database.read() as session:
        of = queries.import_by_id(session, body.import_id)
        require_acting_for(actor, of.party)
        columns = body.columns.read() if body.columns else propose(session, of).columns
    saved = save_map(context.database, of.id, body.name, columns, clock=context.clock, ids=context.new_id)
    return views.column_map(saved)


@router.get(
    "/maps/{map_id}",
    response_model=shapes.ColumnMapOut,
    responses=problems(ColumnMapUnknown),
    summary="One column map",
)
@record("map_id")
def show_column_map(map_id: MapId, context: ContextDep) -> View:
    with context.database.read() as session:
        return views.column_map(queries.map_by_id(session, map_id))


@router.post(
    "/maps/{map_id}/end",
    response_model=shapes.ColumnMapOut,
    responses=problems(ColumnMapUnknown),
    summary="Delete a column map",
)
def end_column_map(map_id: MapId, context: ContextDep) -> View:
    """What was imported by it stays as it is."""
    with context.database.read() as session:
        shown = views.column_map(queries.map_by_id(session, map_id))
    delete_map(context.database, map_id)
    return shown


# ---------------------------------------------------------------------- one import


@router.get(
    "/{import_id}",
    response_model=shapes.ImportOut,
    responses=problems(ImportUnknown),
    summary="One import and how far it got",
)
@record("import_id")
def show_import(import_id: ImportId, context: ContextDep) -> View:
    with context.database.read() as session:
        return views.invoice_import(queries.import_by_id(session, import_id))


@router.post(
    "/{import_id}/start",
    status_code=202,
    response_model=shapes.ImportOut,
    responses=problems(
        ImportUnknown, ImportUnderWay, SheetEmpty, ColumnMapIncomplete, ColumnMapMalformed, UnknownCurrency
    ),
    summary="Begin an import that was tried out",
)
def start_import(import_id: ImportId, body: shapes.Start, context: ContextDep, service: ServiceDep) -> View:
    with context.database.read() as session:
        loaded = queries.import_by_id(session, import_id)
        columns = body.columns.read() if body.columns else propose(session, loaded).columns
    done = begin(context.database, import_id, columns, body.mode)
    service.importer.wake()
    return views.invoice_import(done)


@router.get(
    "/{import_id}/rows",
    response_model=shapes.ImportRowPage,
    responses=AS_CSV | problems(ImportUnknown),
    summary="What became of each row, or would",
)
def list_import_rows(
    import_id: ImportId,
    context: ContextDep,
    listing: ListingDep,
    outcome: Outcome = "",
    after: Position = "",
    limit: Limit = 50,
) -> Any:
    with context.database.read() as session:
        of = queries.import_by_id(session, import_id)
        header_row = of.columns["header_row"] if of.columns else 0
        behind = max(header_row, int(after or 0))
        found = queries.rows(session, import_id, after=behind, limit=limit + 1, outcome=outcome)
    items = [views.import_row(one) for one in found[:limit]]
    return listing(shapes.ImportRowOut, items, str(items[-1]["row"]) if len(found) > limit else None)
