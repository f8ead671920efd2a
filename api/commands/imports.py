"""`invoice import`, `invoice maps`"""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from api import import_views as views
from api.service import Service
from api.terminal import DATA, DataOption, JsonOption, err, fail, out, service, show_json
from api.views import View
from registry.invoices.imports import queries
from registry.invoices.imports.model import InvoiceImport, Mode, Status
from registry.invoices.imports.use_cases import (
    BULK,
    begin,
    delete_map,
    fitting_map,
    load_sheet,
    propose,
    try_out,
)
from registry.parties import queries as parties

MAX_SHOWN = 20
_FAILED = ("refused", "conflict")


def add_to(app: typer.Typer) -> None:
    app.command("import")(import_command)
    app.command("maps")(maps_command)


def import_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A sheet: CSV or XLSX.")],
    party: Annotated[int, typer.Option(help="Number of the party whose invoices they are.")],
    map_name: Annotated[
        str, typer.Option("--map", help="A saved column map; without it the one for this layout, or a guess.")
    ] = "",
    mode: Annotated[
        Mode, typer.Option(help="all: one refused row stops the whole; report: the others are stored.")
    ] = Mode.ALL,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would become of each row.")
    ] = False,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Import invoices from a sheet, up to 200,000 rows. The same sheet again changes nothing; one that was cut off
    goes on where it stopped."""
    with service(data) as opened:
        record = _set_off(opened, file, party, map_name, None if dry_run else mode)
        record = _follow(opened, record, is_quiet=as_json)
        with opened.database.read() as session:
            faults = [
                views.import_row(one)
                for outcome in _FAILED
                for one in queries.rows(session, record.id, after=0, limit=MAX_SHOWN, outcome=outcome)
            ][:MAX_SHOWN]
    if as_json:
        show_json(views.invoice_import(record) | {"faults": faults})
    else:
        _show(record, faults)
    if any(record.counts.get(one) for one in _FAILED):
        fail(3)


def _set_off(opened: Service, file: Path, party: int, map_name: str, mode: Mode | None) -> InvoiceImport:
    """``mode`` None for a dry run."""
    context = opened.context
    with file.open("rb") as content:
        record = load_sheet(
            context.database,
            party=party,
            file=content,
            name=file.name,
            limits=BULK,
            clock=context.clock,
            ids=context.new_id,
        )
    with context.database.read() as session:
        columns = fitting_map(session, record, map_name) if map_name else propose(session, record).columns
    if mode is None:
        return try_out(context.database, record.id, columns)
    return begin(context.database, record.id, columns, mode)


def _follow(opened: Service, record: InvoiceImport, *, is_quiet: bool) -> InvoiceImport:
    look = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*look, console=err, transient=True, disable=is_quiet) as progress:
        bar = progress.add_task(record.status)
        for now in opened.importer.follow(record.id, opened.settings.wait_seconds):
            progress.update(bar, description=now.status, completed=now.done, total=now.total)
            record = now
    return record


def _show(record: InvoiceImport, faults: list[View]) -> None:
    counts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(record.counts.items()))
    said = {
        Status.TRIED.value: "Tried out, nothing was stored",
        Status.REFUSED.value: "Nothing was stored, because rows were refused",
    }.get(record.status, "Imported")
    out.print(f"{said}: {counts or 'no rows'} of {record.total} rows ({record.id}).")
    if faults:
        table = Table("Row", "Number", "Outcome", "Code", "What is wrong")
        for one in faults:
            table.add_row(str(one["row"]), one["number"], one["outcome"], one["code"], one["sentence"] or "")
        out.print(table)


def maps_command(
    party: Annotated[int, typer.Option(help="Number of the party that keeps them.")],
    delete: Annotated[str, typer.Option(help="Delete the one of this name.")] = "",
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show the column maps a party keeps, or delete one."""
    with service(data) as opened:
        with opened.database.read() as session:
            parties.profile(session, party)
            ending = queries.map_of_name(session, party, delete).id if delete else None
        if ending:
            delete_map(opened.database, ending)
        with opened.database.read() as session:
            shown = [views.column_map(one) for one in queries.maps_of(session, party)]
    if as_json:
        show_json(shown)
        return
    table = Table("Name", "Fields", "Saved")
    for one in shown:
        table.add_row(one["name"], ", ".join(one["columns"]["columns"]), one["saved_at"])
    out.print(table if shown else f"Party {party} keeps no column maps.")
