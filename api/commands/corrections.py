"""`invoice corrections`, `correction`, `decide` and `notice warnings`, `read-warning`: credit notes and what follows."""

from typing import Annotated

import typer

from api import correction_views as views
from api.terminal import DATA, DataOption, JsonOption, out, service, show_json
from api.views import View
from registry.invoices import correction_queries as queries
from registry.invoices.chains import Standing
from registry.invoices.corrections import decide_correction
from registry.notices import queries as notices
from registry.notices.corrections import read_warning

CorrectionArgument = Annotated[str, typer.Argument(help="The correction's id.")]


def list_corrections(
    standing: Annotated[Standing | None, typer.Option(help="Only those that stand so.")] = None,
    invoice: Annotated[str | None, typer.Option(help="Only those of, or made by, this invoice.")] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show credit notes and other corrections, and what they concern."""
    shown: list[View] = []
    with service(data) as opened, opened.database.read() as session:
        after = ""
        while page := queries.corrections(session, standing=standing, invoice=invoice, after=after):
            shown += [views.correction(one) for one in page]
            after = page[-1].id
    if as_json:
        show_json(shown)
        return
    for one in shown:
        of = one["corrected"] or (f"number {one['reference']}" if one["reference"] else "no invoice named")
        why = f" ({one['doubt']})" if one["doubt"] else ""
        out.print(f"{one['id']}  {views.sentence(one)}; of {of}: {one['standing']}{why}", markup=False)
    if not shown:
        out.print("There are no such corrections.")


def show_correction(correction: CorrectionArgument, data: DataOption = DATA) -> None:
    """Show one correction, what is out over its invoice, and what was decided."""
    with service(data) as opened, opened.database.read() as session:
        show_json(views.one_correction(session, queries.correction(session, correction)))


def decide(
    correction: CorrectionArgument,
    stands: Annotated[bool, typer.Option("--stands/--dismissed", help="Whether it concerns the invoice.")],
    why: Annotated[str, typer.Option(help="What this rests on; kept.")],
    invoice: Annotated[
        str | None, typer.Option(help="The invoice it corrects, where that is unclear.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who decides, for the record.")] = "operator",
    data: DataOption = DATA,
) -> None:
    """Record what a correction concerns. Decide anew to take it back; nothing on the ledger follows."""
    with service(data) as opened:
        done = decide_correction(opened.context, correction, stands=stands, invoice=invoice, why=why, by=by)
    out.print(f"[green]✓[/] {done.id} is {done.standing}.")


def list_warnings(
    party: Annotated[int | None, typer.Option(help="Only those to this party.")] = None,
    is_unread: Annotated[bool, typer.Option("--unread", help="Only those not read yet.")] = False,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show whom corrections behind receivables were told to."""
    shown: list[View] = []
    with service(data) as opened, opened.database.read() as session:
        after = ""
        while page := notices.warnings(
            session, party=party, is_read=False if is_unread else None, after=after
        ):
            shown += views.warnings(session, page)
            after = page[-1].id
    if as_json:
        show_json(shown)
        return
    for one in shown:
        seen = f"read {one['read_at']}" if one["read_at"] else "not read"
        out.print(
            f"{one['id']}  to {one['party']['name']} ({one['role']}) about {one['receivable']}: "
            f"{views.sentence(one['correction'])}; {seen}",
            markup=False,
        )
    if not shown:
        out.print("There are no such warnings; each correction of an invoice in use makes some.")


def mark_read(
    warning: Annotated[str, typer.Argument(help="The warning's id.")], data: DataOption = DATA
) -> None:
    """Say that a party has read a warning."""
    with service(data) as opened:
        done = read_warning(opened.context, warning)
    out.print(f"[green]✓[/] {done.id} was read {done.read_at:%Y-%m-%d %H:%M} UTC.")


def add_to(invoice_app: typer.Typer, notice_app: typer.Typer) -> None:
    invoice_app.command("corrections")(list_corrections)
    invoice_app.command("correction")(show_correction)
    invoice_app.command("decide-correction")(decide)
    notice_app.command("warnings")(list_warnings)
    notice_app.command("read-warning")(mark_read)
