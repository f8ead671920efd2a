"""`operator …`: the operator's part passes to another key."""

from typing import Annotated

import typer

from api.terminal import DATA, DataOption, address_of, desk
from registry.parties.use_cases import offer_operator, take_operator

app = typer.Typer(no_args_is_help=True)


@app.command()
def offer(
    address: Annotated[str, typer.Argument(help="Of the key that is to become the operator's.")],
    data: DataOption = DATA,
) -> None:
    """Offer the operator's part to another address. The present key keeps it until the other accepts."""
    with desk(data) as at:
        act = offer_operator(at.context, address_of(address))
        at.finish(
            act, f"{address} may become the operator: put its key in the operator's place, then accept."
        )


@app.command()
def accept(data: DataOption = DATA) -> None:
    """Take the operator's part up, with the key that stands in the operator's place now."""
    with desk(data) as at:
        act = take_operator(at.context)
        address = at.opened.worker.sender("operator").address
        at.finish(act, f"{address} is the operator.")
