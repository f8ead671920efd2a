"""`invoice signals`: what many invoices together say."""

from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from api.terminal import DATA, DataOption, JsonOption, err, out, service, show_json
from registry.invoices import near_queries as queries
from registry.invoices.records import to_portrait
from registry.invoices.signals import signals
from registry.parties import queries as parties

MAX_INVOICES = 20_000
YEAR = timedelta(days=365)


def add_to(app: typer.Typer) -> None:
    """Put the command among those on invoices."""
    app.command("signals")(list_signals)


def list_signals(
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Look at invoices issued from this day on; a year ago if left out."
        ),
    ] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show trade that leads back to its first seller, dealings between related parties, and buyers nobody here knows.

    Signals accuse nobody: look at the invoices.
    """
    with service(data) as opened, opened.database.read() as session:
        first = since.date() if since else opened.context.clock.now().date() - YEAR
        records = list(queries.accepted_since(session, first, limit=MAX_INVOICES + 1))
        numbers = {one.id: one.number for one in records[:MAX_INVOICES]}
        found = signals(
            [to_portrait(one) for one in records[:MAX_INVOICES]], parties.every_identifier(session)
        )
    if len(records) > MAX_INVOICES:
        err.print(f"Only the first {MAX_INVOICES:,} invoices were looked at: name a later day with --since.")
    if as_json:
        show_json([{"signal": one.code, "invoices": list(one.invoices)} for one in found])
        return
    table = Table("Signal", "Invoices")
    for one in found:
        table.add_row(one.code, "\n".join(f"{each} {numbers[each]}" for each in one.invoices))
    out.print(table if found else f"None among {len(numbers):,} invoices since {first}.")
