"""`mirror …` and `reconcile`."""

from typing import Annotated

import typer

from api.service import Service
from api.terminal import DATA, EXIT_NOT_TRUE, DataOption, JsonOption, err, fail, out, service, show_json
from registry.mirror.digest import digest as digest_of
from registry.mirror.rebuild import rebuild as rebuild_projections
from registry.mirror.reconcile import Reconciled, keep
from registry.mirror.reconcile import reconcile as reconcile_with_chain
from registry.mirror.repair import repair

app = typer.Typer(no_args_is_help=True)


def add_to(root: typer.Typer) -> None:
    root.command()(reconcile)


@app.command()
def rebuild(data: DataOption = DATA) -> None:
    """Throw the projections away and make them again from the stored events; say whether they are equal."""
    with service(data) as opened, err.status("Rebuilding …"):
        made = rebuild_projections(opened.database)
    out.print(f"{made.events} events applied")
    out.print(f"digest before {made.digest_before}")
    out.print(f"digest after  {made.digest_after}")
    if made.digest_before != made.digest_after:
        out.print("The projections differed from the events; they are right again.")


@app.command()
def digest(data: DataOption = DATA) -> None:
    """Print the digest of all projections."""
    with service(data) as opened, opened.database.read() as session:
        out.print(digest_of(session))


def reconcile(
    data: DataOption = DATA,
    as_json: JsonOption = False,
    is_repairing: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Put right what differs, stored logs from the chain and all records from the logs, and compare again.",
        ),
    ] = False,
) -> None:
    """Compare every projected record with the chain and name each difference. Exit status 6 if there is one, with
    --repair if one is left; --json says of each whether it is."""
    with service(data) as opened:
        opened.worker.run_until_idle()
        left = found = _compared(opened)
        if not as_json:
            _show(found)
        if found.drifts and is_repairing:
            with err.status("Putting it right …"):
                done = repair(opened.database, opened.node, opened.settings.contract, found.drifts)
            left = _compared(opened)
            if not as_json:
                out.print(f"logs of {done.blocks} blocks replaced, {done.rebuilt.events} events applied")
                _show(left)
    if as_json:
        still = set(left.drifts)
        show_json(
            [{**each.as_json(), "is_left": each in still} for each in sorted(still.union(found.drifts))]
        )
    if left.drifts:
        fail(EXIT_NOT_TRUE)


def _compared(opened: Service) -> Reconciled:
    with err.status("Comparing with the chain …"):
        found = reconcile_with_chain(opened.database, opened.node, opened.settings.contract)
    keep(opened.database, found, opened.context.clock)
    return found


def _show(found: Reconciled) -> None:
    for drift in found.drifts:
        out.print(f"[red]✗[/] {drift}")
    out.print(
        f"{found.records} records compared at block {found.block_number}: "
        + (f"{len(found.drifts)} differences" if found.drifts else "no drift")
    )
