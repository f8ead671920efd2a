"""`arbiter …`: the arbiter's acts, sent with its own key; and `state`, the operator's graded state."""

from enum import StrEnum
from typing import Annotated

import typer

from api.commands.lots import LotArgument, at_lot
from api.commands.receivables import IdArgument, ReasonOption
from api.service import ARBITER
from api.terminal import DATA, DataOption, address_of, desk
from registry.chain.words import GradedState
from registry.parties.recovery import replace_arbiter
from registry.parties.use_cases import set_state
from registry.receivables.disputes import force_transfer, suspend_receivable

app = typer.Typer(no_args_is_help=True)


class StateName(StrEnum):
    """The ledger's graded state."""

    OPEN = "open"
    NO_NEW_RECEIVABLES = "no-new-receivables"
    HALTED = "halted"


def add_to(root: typer.Typer) -> None:
    root.command()(state)


def state(
    to: Annotated[StateName, typer.Argument(help="Halted: lots neither move nor are financed.")],
    data: DataOption = DATA,
) -> None:
    """Set what the ledger takes: all, no new receivables, or payments and the like only. The operator's act."""
    with desk(data) as at:
        at.finish(set_state(at.context, GradedState[to.name]), f"The ledger is {to.value}.")


@app.command()
def suspend(receivable: IdArgument, reason: ReasonOption, data: DataOption = DATA) -> None:
    """Stop a confirmed receivable: its lots only move back or are paid."""
    with desk(data) as at:
        at.opened.require_sender(ARBITER)
        act = suspend_receivable(at.context, receivable, reason)
        at.finish(act, f"Receivable {receivable} is suspended.")


@app.command()
def resume(receivable: IdArgument, reason: ReasonOption, data: DataOption = DATA) -> None:
    """Let a suspended receivable go on."""
    with desk(data) as at:
        at.opened.require_sender(ARBITER)
        act = suspend_receivable(at.context, receivable, reason, is_suspended=False)
        at.finish(act, f"Receivable {receivable} goes on.")


@app.command("forced-transfer")
def force(
    lot: LotArgument,
    to: Annotated[int, typer.Option(help="The receiver's party number.")],
    reason: ReasonOption,
    data: DataOption = DATA,
) -> None:
    """Give a lot to another party by order; its lock, pledge or recourse stays."""
    with at_lot(data, lot) as at:
        at.opened.require_sender(ARBITER)
        at.finish(force_transfer(at.context, at.lot, to, reason), f"The lot is party {to}'s.")


@app.command()
def replace(
    address: Annotated[str, typer.Argument(help="The arbiter's new address.")], data: DataOption = DATA
) -> None:
    """Hand the arbiter's power over to another address. This registry's own key has none from then on."""
    with desk(data) as at:
        at.opened.require_sender(ARBITER)
        act = replace_arbiter(at.context, address_of(address))
        at.finish(act, f"{address} is the arbiter.")
