"""`chain …`."""

from typing import Annotated

import typer

from api.terminal import DATA, EXIT_NOT_TRUE, DataOption, JsonOption, fail, out, service, show_json
from registry.chain.fitness import examine
from registry.chain.node import Node

app = typer.Typer(no_args_is_help=True)


@app.callback()
def chain() -> None:
    """The node the registry works by."""


@app.command()
def check(
    rpc: Annotated[
        str | None, typer.Option(help="JSON-RPC URL of another node; without it the registry's own.")
    ] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Say whether a node is fit for this registry, trait by trait. Exit status 6 if it is not."""
    with service(data) as opened:
        settings = opened.settings
        with Node(rpc or opened.node.url, timeout=settings.node_timeout_seconds) as node:
            traits = examine(
                node,
                chain_id=settings.chain_id,
                contract=settings.contract,
                start_block=settings.start_block,
                needs_finalized=settings.finality_policy.depth is None,
            )
    if as_json:
        show_json([{"name": one.name, "is_fit": one.is_fit, "detail": one.detail} for one in traits])
    else:
        for one in traits:
            out.print(
                f"{'[green]✓[/]' if one.is_fit else '[red]✗[/]'} {one.name:14}{one.detail}", highlight=False
            )
    if not all(one.is_fit for one in traits):
        fail(EXIT_NOT_TRUE)
