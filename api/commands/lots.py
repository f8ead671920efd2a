"""`lot …` and `verify`."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api import views
from api.commands.rules import show_warnings_about
from api.service import Service
from api.terminal import (
    DATA,
    EXIT_NOT_TRUE,
    DataOption,
    JsonOption,
    KeyOption,
    PasswordOption,
    fail,
    finish,
    out,
    service,
    show_json,
    signer,
)
from api.verification import verification_of
from registry.financing.errors import PriceInvalid
from registry.financing.use_cases import (
    agree_sale,
    finance_lot,
    lock_lot,
    lock_message,
    release_lot,
    release_message,
    reserve_lot,
    sale_message,
    settle_lot,
    settlement_message,
)
from registry.kit.clock import unix
from registry.kit.errors import BadInput
from registry.kit.money import Money, currency
from registry.receivables import queries
from registry.receivables.lots import reject_lot, rejection_message, transfer_lot, transfer_message

app = typer.Typer(no_args_is_help=True)
LotArgument = Annotated[str, typer.Argument(help="The lot's id: 0x and 64 digits, or its first 6 or more.")]
FunderOption = Annotated[int, typer.Option(help="The funder's party number.")]
UntilOption = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Until the end of this day (UTC); 7 days by default."),
]
LOCK_DAYS = 7
MIN_DIGITS = 6


def add_to(root: typer.Typer) -> None:
    root.command()(verify)


class BadLotId(BadInput):
    code = "bad_lot_id"
    title = "This is not a lot's id"


def resolve(opened: Service, written: str) -> str:
    """The full id behind what a person typed."""
    text = written.lower()
    digits = text.removeprefix("0x")
    if not digits or len(digits) > 64 or set(digits) - set("0123456789abcdef"):
        raise BadLotId(f"{written!r}: a lot's id is 0x and 64 hex digits, or the first 6 or more of them.")
    if len(digits) < MIN_DIGITS:
        raise BadLotId(f"{written!r} is too short; give at least {MIN_DIGITS} digits.")
    with opened.database.read() as session:
        return queries.full_lot_id(session, "0x" + digits)


def _money(opened: Service, lot: str, amount: str | None) -> Money:
    """An amount in the lot's currency; all of the lot where none is given."""
    with opened.database.read() as session:
        record = queries.lot(session, lot)
        unit = queries.receivable(session, record.receivable).currency
        return Money.parse(amount, unit) if amount else Money(record.amount, currency(unit))


def _until(opened: Service, lot: str, until: datetime | None) -> int:
    with opened.database.read() as session:
        maturity = queries.receivable(session, queries.lot(session, lot).receivable).maturity
    if until is None:
        return min(maturity, unix(opened.context.clock.now() + timedelta(days=LOCK_DAYS)))
    return unix(until.replace(tzinfo=UTC) + timedelta(days=1)) - 1


@app.command()
def transfer(
    lot: LotArgument,
    to: Annotated[int, typer.Option(help="The receiver's party number.")],
    key: KeyOption,
    amount: Annotated[
        str | None, typer.Option(help="A part of it, e.g. 400000.00; all of it by default.")
    ] = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Pass a lot on, whole or in part. A part becomes a lot of its own; the rest stays."""
    with service(data) as opened:
        lot = resolve(opened, lot)
        own = signer(key, password)
        sum_ = _money(opened, lot, amount)
        with opened.database.read() as session:
            message = transfer_message(session, lot, to, sum_.amount_minor)
        act = transfer_lot(opened.context, lot, to, sum_.amount_minor, [own.sign(opened, message)])
        show_warnings_about(opened, f"lot:{lot}", "transfer")
        finish(opened, act, f"{sum_} passed to party {to}.")
        _show_lots_of(opened, lot)


def _show_lots_of(opened: Service, lot: str) -> None:
    with opened.database.read() as session:
        record = queries.lot(session, lot)
        views_of = [views.lot(session, record)] + [
            views.lot(session, child)
            for child in queries.lots(session, receivable_id=record.receivable)
            if child.parent == lot
        ]
    for one in views_of:
        out.print(
            f"  {one['id']}  {one['amount']['amount']} {one['amount']['currency']}, "
            f"{one['status']}, held by {one['holder']['name']}"
        )


@app.command()
def reject(
    lot: LotArgument, key: KeyOption, password: PasswordOption = None, data: DataOption = DATA
) -> None:
    """Give a lot just received back to its sender, within the reject window."""
    with service(data) as opened:
        lot = resolve(opened, lot)
        own = signer(key, password)
        with opened.database.read() as session:
            message = rejection_message(session, lot)
        finish(opened, reject_lot(opened.context, lot, [own.sign(opened, message)]), "The lot went back.")


@app.command()
def reserve(
    lot: LotArgument, funder: FunderOption, until: UntilOption = None, data: DataOption = DATA
) -> None:
    """Keep a free lot for a funder while it reviews. Ends by itself; no other funder gets in between."""
    with service(data) as opened:
        lot = resolve(opened, lot)
        kept = reserve_lot(opened.context, lot, funder, _until(opened, lot, until))
        out.print(f"[green]✓[/] Reserved for party {funder} until {views.instant(kept.until)} ({kept.id}).")


@app.command()
def lock(
    lot: LotArgument,
    funder: FunderOption,
    key: KeyOption,
    until: UntilOption = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """The holder locks a lot for one funder: nobody else can take, split or lock it."""
    with service(data) as opened:
        lot = resolve(opened, lot)
        own = signer(key, password)
        end = _until(opened, lot, until)
        with opened.database.read() as session:
            message = lock_message(session, lot, funder, end)
        act = lock_lot(opened.context, lot, funder, end, [own.sign(opened, message)])
        finish(opened, act, f"Locked for party {funder} until {views.instant(end)}.")


@app.command()
def release(
    lot: LotArgument,
    by: Annotated[
        int, typer.Option(help="Number of the party that releases: its funder, or later its holder.")
    ],
    key: KeyOption,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """End a lock: the funder at any time, the holder once it has run out."""
    with service(data) as opened:
        lot = resolve(opened, lot)
        own = signer(key, password)
        with opened.database.read() as session:
            message = release_message(session, lot)
        finish(opened, release_lot(opened.context, lot, by, [own.sign(opened, message)]), "Released.")


@app.command()
def finance(
    lot: LotArgument,
    funder: FunderOption,
    rate: Annotated[str, typer.Option(help="Yearly discount rate, e.g. 0.045 for 4.5 %.")],
    seller_key: Annotated[Path, typer.Option(help="Keystore of the holder that sells.")],
    funder_key: Annotated[Path, typer.Option(help="Keystore of the funder.")],
    recourse: Annotated[
        bool, typer.Option("--recourse", help="The seller stands in if the obligor does not pay.")
    ] = False,
    password: PasswordOption = None,
    funder_password: Annotated[
        str | None, typer.Option(envvar="COUNTERFOIL_FUNDER_PASSWORD", help="Opens the funder's keystore.")
    ] = None,
    data: DataOption = DATA,
) -> None:
    """Sell a lot locked for a funder: price and conditions are fixed, both sign them, title passes."""
    with service(data) as opened:
        lot = resolve(opened, lot)
        keys = [signer(seller_key, password), signer(funder_key, funder_password or password)]
        agreed = agree_sale(opened.context, lot, funder, _rate(rate), with_recourse=recourse)
        with opened.database.read() as session:
            message = sale_message(session, lot, agreed)
        act = finance_lot(opened.context, lot, [one.sign(opened, message) for one in keys])
        show_warnings_about(opened, f"lot:{lot}", "finance")
        assert agreed.terms is not None
        price = Money(int(agreed.terms["price_minor"]), currency(str(agreed.terms["currency"])))
        finish(opened, act, f"Financed by party {funder} at {price} ({agreed.id}).")


def _rate(written: str) -> Decimal:
    try:
        return Decimal(written)
    except InvalidOperation:
        raise PriceInvalid(f"{written!r} is not a rate; write 0.045 for 4.5 %.") from None


@app.command()
def settle(
    lot: LotArgument,
    by: Annotated[int, typer.Option(help="Who records the payment: the settler, or the holder.")],
    payment: Annotated[str, typer.Option(help="The payment's reference; its hash goes on the chain.")],
    key: KeyOption,
    amount: Annotated[str | None, typer.Option(help="What was paid; all of it by default.")] = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Record that the obligor paid the lot's holder."""
    with service(data) as opened:
        lot = resolve(opened, lot)
        own = signer(key, password)
        paid = _money(opened, lot, amount)
        with opened.database.read() as session:
            message = settlement_message(session, lot, paid.amount_minor, payment)
        consents = [own.sign(opened, message)]
        act = settle_lot(opened.context, lot, by, paid.amount_minor, payment, consents)
        finish(opened, act, f"{paid} settled.")


@app.command("list")
def list_lots(
    holder: Annotated[int | None, typer.Option(help="Only those of this holder.")] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show lots."""
    with service(data) as opened, opened.database.read() as session:
        shown = []
        after = ""
        while page := queries.lots(session, holder=holder, after=after):
            shown += [views.lot(session, one) for one in page]
            after = page[-1].id
    if as_json:
        show_json(shown)
        return
    table = Table("Id", "Amount", "Status", "Holder", "Obligor", "Maturity")
    for one in shown:
        table.add_row(
            one["id"][:18] + "…",
            f"{one['amount']['amount']} {one['amount']['currency']}",
            one["status"],
            one["holder"]["name"],
            one["obligor"]["name"],
            one["maturity"],
        )
    out.print(table if shown else "There are no lots yet; they begin with a confirmation.")


@app.command()
def show(lot: LotArgument, data: DataOption = DATA) -> None:
    """Show one lot."""
    with service(data) as opened:
        lot = resolve(opened, lot)
        with opened.database.read() as session:
            show_json(views.lot(session, queries.lot(session, lot)))


@app.command()
def trace(lot: LotArgument, data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Show where a lot comes from, as the mirror has it: every act up to the registration."""
    with service(data) as opened:
        lot = resolve(opened, lot)
        with opened.database.read() as session:
            view = views.trace(session, lot)
    if as_json:
        show_json(view)
        return
    for step in view["path"]:
        one = step["lot"]
        out.print(
            f"[bold]{one['id']}[/]  {one['amount']['amount']} {one['amount']['currency']}, {one['status']}"
        )
        for act in step["acts"]:
            out.print(
                f"  {act['at']}  {act['kind']}: {act['amount']['amount']} with {act['holder']['name']}"
                f"  (block {act['block']})"
            )
    of = view["receivable"]
    out.print(
        f"[bold]Receivable {of['id']}[/] of {of['obligor']['name']}, due {of['maturity']}, {of['face']['amount']}"
    )
    for invoice in view["invoices"]:
        out.print(
            f"  invoice {invoice['fingerprint']}: {invoice['amount']['amount']} of {invoice['cap']['amount']}"
        )


def verify(lot: LotArgument, data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Check a lot's whole path, from its invoices on, against the chain: every signature, amount and hash.

    Asks only the node; the database lends the names. Exit status 6 if anything is wrong.
    """
    with service(data) as opened:
        lot = resolve(opened, lot)
        checked = verification_of(opened, lot)
    if as_json:
        show_json(checked.as_json())
    else:
        for line in checked.lines():
            out.print(line, markup=False)
    if not checked.is_verified:
        fail(EXIT_NOT_TRUE)
