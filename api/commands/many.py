"""`receivable …-many` and `lot …-many`: several acts of one party under one signature, all or nothing."""

from typing import Annotated

import typer

from api import ids
from api.commands import financing, receivables
from api.commands.lots import resolve
from api.service import Service
from api.terminal import DATA, DataOption, KeyOption, PasswordOption, desk
from api.wording import Words
from registry.financing.settlement import Paid, settle_lots, settlements_message
from registry.kit.errors import BadInput
from registry.kit.money import Money
from registry.receivables import queries
from registry.receivables.many import (
    Step,
    confirm_receivables,
    confirmations_message,
    register_receivables,
    registrations_message,
    transfer_lots,
    transfers_message,
)

receivable_app = receivables.app  # each with this module's verbs
lot_app = financing.app
IdsArgument = Annotated[
    list[str],
    typer.Argument(
        help="Ids of receivables, each rcv_ and 16 digits.",
        callback=lambda given: [ids.RECEIVABLE.loosely(one) for one in given],
    ),
]
MIN_PARTS = 2


class BadStep(BadInput):
    code = "bad_step"
    title = "One of the steps is not written as it should be"


@receivable_app.command("register-many")
def register_many(
    receivable: IdsArgument, key: KeyOption, password: PasswordOption = None, data: DataOption = DATA
) -> None:
    """Register several prepared receivables; their supplier signs once."""
    with desk(data, (key, password)) as at:
        consents = at.signed(lambda session: registrations_message(session, receivable))
        act = register_receivables(at.context, receivable, consents)
        at.finish(act, f"{len(receivable)} receivables are registered.")


@receivable_app.command("confirm-many")
def confirm_many(
    receivable: IdsArgument, key: KeyOption, password: PasswordOption = None, data: DataOption = DATA
) -> None:
    """Confirm several receivables; their obligor signs once."""
    with desk(data, (key, password)) as at:
        consents = at.signed(lambda session: confirmations_message(session, receivable))
        act = confirm_receivables(at.context, receivable, consents)
        at.finish(act, f"{len(receivable)} receivables are confirmed.")


@lot_app.command("transfer-many")
def transfer_many(
    holder: Annotated[int, typer.Option(help="Number of the party that holds the lots.")],
    move: Annotated[
        list[str],
        typer.Option(help="lot:receiver or lot:receiver:amount, e.g. lot_12ab34:5:400.00; repeated."),
    ],
    key: KeyOption,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Pass several lots or parts on, in their order; their holder signs once."""
    with desk(data, (key, password)) as at:
        steps = [_step(at.opened, one) for one in move]
        consents = at.signed(lambda session: transfers_message(session, steps))
        act = transfer_lots(at.context, holder, steps, consents)
        at.finish(act, f"{len(steps)} transfers made.")


@lot_app.command("settle-many")
def settle_many(
    settler: Annotated[int, typer.Option(help="Number of the party that records payments.")],
    paid: Annotated[
        list[str], typer.Option(help="lot:amount:reference, e.g. lot_12ab34:400.00:PAY-7; repeated.")
    ],
    key: KeyOption,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Record that the obligor paid several lots; the settler signs once."""
    with desk(data, (key, password)) as at:
        payments = [_payment(at.opened, one) for one in paid]
        words = Words(by=settler, references=tuple(one.payment for one in payments))
        consents = at.signed(lambda session: settlements_message(session, payments), words)
        act = settle_lots(at.context, settler, payments, consents)
        at.finish(act, f"{len(payments)} payments recorded.")


def _step(opened: Service, written: str) -> Step:
    lot, *rest = written.split(":")
    if len(rest) not in (1, MIN_PARTS) or not (rest[0].isascii() and rest[0].isdigit()):
        raise BadStep(f"{written!r}: write lot:receiver or lot:receiver:amount.")
    full = resolve(opened, lot)
    return Step(full, int(rest[0]), _minor(opened, full, rest[1] if len(rest) == MIN_PARTS else None))


def _payment(opened: Service, written: str) -> Paid:
    lot, *rest = written.split(":", MIN_PARTS)
    if len(rest) != MIN_PARTS or not rest[1].strip():
        raise BadStep(f"{written!r}: write lot:amount:reference.")
    full = resolve(opened, lot)
    return Paid(full, _minor(opened, full, rest[0]), rest[1])


def _minor(opened: Service, lot: str, amount: str | None) -> int:
    with opened.database.read() as session:
        record = queries.lot(session, lot)
        if amount is None:
            return record.amount
        return Money.parse(amount, queries.receivable(session, record.receivable).currency).amount_minor
