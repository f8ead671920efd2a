"""`backup` and `restore`."""

from pathlib import Path
from typing import Annotated

import typer

from api import backup as backups
from api.terminal import DATA, DataOption, clock, err, out, refusals_reported


def add_to(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)


def backup(
    to: Annotated[Path, typer.Argument(help="Folder to make; it must not be there yet.")],
    data: DataOption = DATA,
    with_keys: Annotated[
        bool,
        typer.Option("--with-keys/--without-keys", help="Also the registry's own keys and the API's token."),
    ] = False,
) -> None:
    """Copy a registry into a folder, as it stands at one moment, while others use it."""
    with refusals_reported():
        made = backups.back_up(data, to, clock(), with_keys=with_keys)
    out.print(f"[green]✓[/] {len(made.files)} files of revision {made.revision} in {to}")
    if not made.has_database:
        err.print(
            "[bold yellow]The database is not in it:[/] it stands in PostgreSQL. Copy it with `pg_dump "
            "--format=custom`, BEFORE this command where the chain is embedded, so that the chain is never behind it."
        )
    if with_keys:
        err.print(
            f"[bold yellow]The keys are in it,[/] and their password. Whoever reads {to} can act as the operator: keep "
            "it encrypted and away from other backups."
        )
    else:
        err.print(
            f"[bold yellow]The keys are not in it.[/] Keep a copy of {data}/keys elsewhere: without the operator's keys "
            "nobody can be admitted, without the fingerprint keys no duplicate is recognized."
        )


def restore(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="Folder that `backup` made.")],
    data: DataOption = DATA,
) -> None:
    """Make a registry's folder of a backup; its files are compared with what was written down of them first."""
    with refusals_reported():
        made = backups.restore(source, data)
    out.print(f"[green]✓[/] the registry as of {made.made_at} is in {data}")
    if not made.has_database:
        err.print("[bold yellow]The database was not in it:[/] bring it back with `pg_restore`.")
    if not made.has_keys:
        err.print(f"[bold yellow]The keys were not in it:[/] put your copy into {data}/keys.")
    out.print("Next: `counterfoil init` where this version is newer, then `counterfoil reconcile`.")
