"""`invoice …`"""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.progress import track
from rich.table import Table

from api import views
from api.service import Service
from api.terminal import (
    DATA,
    EXIT_NOT_TRUE,
    EXIT_UNAVAILABLE,
    DataOption,
    JsonOption,
    err,
    fail,
    out,
    report,
    service,
    show_json,
)
from registry.invoices import queries
from registry.invoices.bringing import bring_invoices
from registry.invoices.model import InvoiceVerification
from registry.invoices.use_cases import Brought, files_in, read_file, screen
from registry.invoices.verification import queries as verified
from registry.invoices.verification.errors import NoVerificationService
from registry.invoices.verification.findings import State
from registry.invoices.verification.use_cases import verify_invoice
from registry.receivables.rechecking import Rechecker

app = typer.Typer(no_args_is_help=True)
FilesArgument = Annotated[list[Path], typer.Argument(exists=True, help="Invoice files.")]
PARTIAL = 2**24  # a file is never read further than this


@app.command()
def read(files: FilesArgument, as_json: JsonOption = False) -> None:
    """Read invoices and show what they say. Nothing is stored."""
    worst = 0
    shown = []
    for path in files:
        for place, found in enumerate(read_file(_content(path), path.name)):
            if found.refusal is None:
                assert found.invoice is not None
                shown.append({"file": str(path), "document": place, **found.invoice.as_json()})
                continue
            said = {"code": found.refusal.code, "detail": found.refusal.detail}
            worst = max(worst, 3)
            if as_json:
                shown.append({"file": str(path), "document": place, **said})
            else:
                err.print(f"{path}{f' #{place + 1}' if place else ''}:", markup=False)
                report(found.refusal)
    if as_json:
        show_json(shown)
    else:
        for one in shown:
            _describe(one)
    if worst:
        fail(worst)


def _describe(one: dict[str, object]) -> None:
    seller, buyer = one["seller"], one["buyer"]
    assert isinstance(seller, dict)
    assert isinstance(buyer, dict)
    out.print(f"[bold]{one['file']}[/] ({one['syntax']}, {one['layer']})")
    out.print(f"  {one['document_class']} {one['number']} of {one['issued_on']}", markup=False)
    out.print(f"  from {seller['name']} to {buyer['name']}", markup=False)
    out.print(
        f"  payable {one['payable']} {one['currency']}, due {one['due_on'] or 'not said'}", markup=False
    )


@app.command("screen")
def screen_command(
    paths: Annotated[
        list[Path], typer.Argument(exists=True, help="Files, or folders (taken sorted by path).")
    ],
    as_json: JsonOption = False,
) -> None:
    """Tell duplicates among files, in the given order, against an empty registry. Nothing is stored.

    Outcomes: new, duplicate, conflict, review, refused. With --json one object per line and document.
    """
    found = _Files(paths)
    rows = screen(found)
    counts: dict[str, int] = {}
    progress = rows if as_json else track(rows, "Screening …", total=found.total, console=err, transient=True)
    table = Table("File", "Outcome", "Reason", "Of")
    for row in progress:
        counts[row["outcome"]] = counts.get(row["outcome"], 0) + 1
        if as_json:
            sys.stdout.write(orjson.dumps(row).decode() + "\n")
            continue
        table.add_row(_place(row), row["outcome"], row["reason"], _place(row["of"]) if row["of"] else "")
    if not as_json:
        out.print(table)
        out.print(
            ", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items())) or "No files."
        )


def _place(row: dict[str, Any]) -> str:
    """A document's file and, from the second on, its place in it."""
    place = row["document"]
    return f"{row['file']} #{place + 1}" if place else str(row["file"])


class _Files:
    """Names and contents of files and folders in the given order.

    The files of one folder alone go by their path in it; among several, by the path as one would open it.
    """

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths
        self.total = sum(
            sum(1 for _ in path.rglob("*") if _.is_file()) if path.is_dir() else 1 for path in paths
        )

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        for path in self._paths:
            if path.is_dir():
                for name, content in files_in(path):
                    yield (name if len(self._paths) == 1 else str(path / name)), content
            else:
                yield str(path), _content(path)


@app.command()
def add(
    files: FilesArgument,
    party: Annotated[int, typer.Option(help="Number of the party that uploads them.")],
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Take invoices in. A duplicate is refused; a conflict is kept and blocked until a person decides."""
    with service(data) as opened:
        results = [
            _brought(path, one)
            for path in track(files, "Reading …", console=err, transient=True)
            for one in bring_invoices(
                opened.database,
                party,
                [(path.name, _content(path))],
                fingerprint_keys=opened.context.fingerprint_keys,
                clock=opened.context.clock,
                ids=opened.context.new_id,
                examiner=opened.examiner,
            )
        ]
    if as_json:
        show_json(results)
    else:
        for one in results:
            mark = "[green]✓[/]" if one["outcome"] in ("new", "review") else "[red]✗[/]"
            out.print(
                f"{mark} {_place(one)}: {one['outcome']} ({one['reason']}) {one['id'] or ''} "
                + (f"of {one['of']}" if one["of"] else "")
            )
            if "detail" in one:
                out.print(f"  {one['detail']}", markup=False)
    if any(one["outcome"] in ("refused", "duplicate", "conflict") for one in results):
        fail(3)


def _brought(path: Path, one: Brought) -> dict[str, Any]:
    row: dict[str, Any] = {"file": str(path), "document": one.document}
    if one.inside:
        row["name"] = one.inside
    if one.done is None:
        assert one.refusal is not None
        refused = {"outcome": "refused", "id": None, "reason": one.refusal.code, "of": None}
        return row | refused | {"detail": one.refusal.detail}
    done = one.done
    return row | {"outcome": done.outcome.value, "id": done.id, "reason": done.reason, "of": done.of}


@app.command("list")
def list_invoices(
    party: Annotated[int, typer.Option(help="Number of the party that uploaded them.")],
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show a party's invoices and how much of each is used."""
    with service(data) as opened, opened.database.read() as session:
        shown = []
        after = ""
        while page := queries.invoices_of(session, party, after=after):
            shown += views.invoices_of(session, page)
            after = page[-1].id
    if as_json:
        show_json(shown)
        return
    table = Table("Id", "Number", "Issued", "Payable", "Used", "Outcome")
    for one in shown:
        table.add_row(
            one["id"],
            one["number"],
            one["issued_on"],
            f"{one['payable']['amount']} {one['payable']['currency']}",
            one["used"]["amount"],
            one["outcome"],
        )
    out.print(table if shown else f"Party {party} has uploaded no invoices yet: `counterfoil invoice add`.")


@app.command()
def verify(
    invoice: Annotated[str | None, typer.Argument(help="The invoice's id.")] = None,
    all_due: Annotated[
        bool, typer.Option("--all-due", help="Every invoice not yet answered for, or in use and not of late.")
    ] = False,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Ask the outside service about invoices. Exit status 6 where one is not verified, 5 where nobody answers."""
    if (invoice is None) is not all_due:
        raise typer.BadParameter("Name one invoice, or ask with --all-due.")
    with service(data) as opened:
        if invoice is None:
            found = list(_rechecker(opened).run_once(retry=timedelta(0)))
        else:
            context = opened.context
            found = [
                verify_invoice(
                    context.database, opened.inquiry, invoice, clock=context.clock, ids=context.new_id
                )
            ]
    _show_verifications(found, as_json=as_json)
    states = {one.state for one in found}
    if State.UNAVAILABLE in states:
        fail(EXIT_UNAVAILABLE)
    if states - {State.VERIFIED}:
        fail(EXIT_NOT_TRUE)


def _rechecker(opened: Service) -> Rechecker:
    if opened.rechecker is None:
        raise NoVerificationService("Set verification_file in the settings.")
    return opened.rechecker


@app.command()
def verifications(
    invoice: Annotated[str, typer.Argument(help="The invoice's id.")],
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show all that was found of an invoice, newest first."""
    with service(data) as opened, opened.database.read() as session:
        queries.invoice_by_id(session, invoice)
        found = list(verified.verifications(session, invoice))
    _show_verifications(found, as_json=as_json)


def _show_verifications(found: list[InvoiceVerification], *, as_json: bool) -> None:
    if as_json:
        show_json([views.verification(one) for one in found])
        return
    for one in found:
        out.print(f"{one.at:%Y-%m-%d %H:%M}  {one.invoice_id}  {one.provider}: {one.state}", markup=False)
        for finding in one.findings:
            out.print(f"  {finding['result']:<12} {finding['check']}: {finding['detail']}", markup=False)
    if not found:
        out.print("Nothing is due.")


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(PARTIAL + 1)
