"""`audit …`"""

from typing import Annotated

import typer

from api.terminal import DATA, EXIT_NOT_TRUE, DataOption, JsonOption, fail, out, service, show_json
from registry.audit import queries
from registry.audit.log import check as check_entries

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_entries(
    data: DataOption = DATA,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the latest.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Print the latest entries: when, who, what, about which record, and what became of it."""
    with service(data) as opened, opened.database.read() as session:
        found = queries.entries(session, limit=limit)
    if as_json:
        names = ("position", "who", "what", "about", "outcome", "previous", "hash")
        show_json(
            [{"at": one.at.isoformat(), **{name: getattr(one, name) for name in names}} for one in found]
        )
        return
    for one in reversed(found):
        out.print(
            f"{one.position} {one.at:%Y-%m-%d %H:%M:%S} {one.who} {one.what} {one.about} {one.outcome}",
            markup=False,
        )


@app.command()
def check(data: DataOption = DATA) -> None:
    """Compute every entry's hash anew and name the first that does not fit. Exit status 6 if there is one.

    Keep the head it prints elsewhere: a log that was cut off or written anew has another one.
    """
    with service(data) as opened, opened.database.read() as session:
        found = check_entries(session)
    if found.broken_at is not None:
        out.print(f"[red]✗[/] entry {found.broken_at}: {found.why}")
        fail(EXIT_NOT_TRUE)
    out.print(f"{found.entries} entries as they were written; head {found.entries}:{found.head}")
