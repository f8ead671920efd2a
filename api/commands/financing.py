"""`lot …`: what funders and holders do with a lot that is financed, and how it is paid."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from api import views
from api.commands import lots
from api.commands.lots import AmountOption, LotArgument, LotDesk, at_lot
from api.commands.rules import show_warnings_about
from api.terminal import DATA, DataOption, KeyOption, PasswordOption, out
from api.wording import Words
from registry.financing.errors import PriceInvalid
from registry.financing.remedies import (
    enforce_pledge,
    enforcement_message,
    put_back_message,
    put_lot_back,
    reassign_lot,
    reassignment_message,
    reassignment_terms,
    write_lot_off,
    write_off_message,
)
from registry.financing.settlement import settle_lot, settlement_message
from registry.financing.use_cases import (
    agree_sale,
    finance_lot,
    lock_lot,
    lock_message,
    release_lot,
    release_message,
    reserve_lot,
    sale_message,
)
from registry.kit.clock import unix
from registry.kit.money import Money, currency
from registry.receivables import queries

app = lots.app  # one command group over two modules
FunderOption = Annotated[int, typer.Option(help="The funder's party number.")]
RateOption = Annotated[str, typer.Option(help="Yearly discount rate, e.g. 0.045 for 4.5 %.")]
UntilOption = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Until the end of this day (UTC); 7 days by default."),
]
FunderKeyOption = Annotated[Path | None, typer.Option(help="Of a pledged lot: its funder's keystore too.")]
FunderPasswordOption = Annotated[
    str | None, typer.Option(envvar="COUNTERFOIL_FUNDER_PASSWORD", help="Opens the funder's keystore.")
]
LOCK_DAYS = 7


def _until(at: LotDesk, until: datetime | None) -> int:
    if until is not None:
        return unix(until.replace(tzinfo=UTC) + timedelta(days=1)) - 1
    with at.opened.database.read() as session:
        maturity = queries.receivable(session, queries.lot(session, at.lot).receivable).maturity
    return min(maturity, unix(at.context.clock.now() + timedelta(days=LOCK_DAYS)))


def _rate(written: str) -> Decimal:
    try:
        return Decimal(written)
    except InvalidOperation:
        raise PriceInvalid(f"{written!r} is not a rate; write 0.045 for 4.5 %.") from None


@app.command()
def reserve(
    lot: LotArgument, funder: FunderOption, until: UntilOption = None, data: DataOption = DATA
) -> None:
    """Keep a free lot for a funder while it reviews. Ends by itself; no other funder gets in between."""
    with at_lot(data, lot) as at:
        kept = reserve_lot(at.context, at.lot, funder, _until(at, until))
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
    with at_lot(data, lot, (key, password)) as at:
        end = _until(at, until)
        consents = at.signed(lambda session: lock_message(session, at.lot, funder, end))
        act = lock_lot(at.context, at.lot, funder, end, consents)
        at.finish(act, f"Locked for party {funder} until {views.instant(end)}.")


@app.command()
def release(
    lot: LotArgument,
    by: Annotated[
        int,
        typer.Option(help="Number of the party that releases: its funder, or of a lock later its holder."),
    ],
    key: KeyOption,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """End a lock: the funder at any time, the holder once it has run out. End a pledge: the funder."""
    with at_lot(data, lot, (key, password)) as at:
        consents = at.signed(lambda session: release_message(session, at.lot), Words(by=by))
        at.finish(release_lot(at.context, at.lot, by, consents), "Released.")


@app.command()
def finance(
    lot: LotArgument,
    funder: FunderOption,
    rate: RateOption,
    seller_key: Annotated[Path, typer.Option(help="Keystore of the holder that sells or pledges.")],
    funder_key: Annotated[Path, typer.Option(help="Keystore of the funder.")],
    recourse: Annotated[
        bool, typer.Option("--recourse", help="The seller stands in if the obligor does not pay.")
    ] = False,
    pledge: Annotated[
        bool,
        typer.Option("--pledge", help="Title stays with the holder; the funder has the lot as security."),
    ] = False,
    password: PasswordOption = None,
    funder_password: FunderPasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Sell or pledge a lot locked for a funder: price and conditions are fixed, and both sign them."""
    keys = ((seller_key, password), (funder_key, funder_password or password))
    with at_lot(data, lot, *keys) as at:
        agreed = agree_sale(at.context, at.lot, funder, _rate(rate), with_recourse=recourse, is_pledge=pledge)
        assert agreed.terms is not None
        words = Words(price_minor=int(agreed.terms["price_minor"]), pays_on=str(agreed.terms["pays_on"]))
        consents = at.signed(lambda session: sale_message(session, at.lot, agreed), words)
        act = finance_lot(at.context, at.lot, consents)
        show_warnings_about(at.opened, f"lot:{at.lot}", "finance")
        price = Money(int(agreed.terms["price_minor"]), currency(str(agreed.terms["currency"])))
        how = "Pledged to" if pledge else "Financed by"
        at.finish(act, f"{how} party {funder} at {price} ({agreed.id}).")


@app.command()
def enforce(
    lot: LotArgument, key: KeyOption, password: PasswordOption = None, data: DataOption = DATA
) -> None:
    """From the maturity on a pledgee takes title to an unpaid lot."""
    with at_lot(data, lot, (key, password)) as at:
        consents = at.signed(lambda session: enforcement_message(session, at.lot))
        act = enforce_pledge(at.context, at.lot, consents)
        show_warnings_about(at.opened, f"lot:{at.lot}", "enforce")
        at.finish(act, "The pledge is enforced.")


@app.command("put-back")
def put_back(
    lot: LotArgument, key: KeyOption, password: PasswordOption = None, data: DataOption = DATA
) -> None:
    """From the maturity on a funder gives an unpaid lot back to the party that stands in for it."""
    with at_lot(data, lot, (key, password)) as at:
        consents = at.signed(lambda session: put_back_message(session, at.lot))
        at.finish(put_lot_back(at.context, at.lot, consents), "The lot went back to its recourse party.")


@app.command()
def reassign(
    lot: LotArgument,
    to: Annotated[int, typer.Option(help="The receiving funder's party number.")],
    rate: RateOption,
    key: KeyOption,
    to_key: Annotated[Path, typer.Option(help="Keystore of the receiving funder.")],
    pays_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When it pays; today by default.")
    ] = None,
    password: PasswordOption = None,
    to_password: Annotated[
        str | None,
        typer.Option(envvar="COUNTERFOIL_TO_PASSWORD", help="Opens the receiving funder's keystore."),
    ] = None,
    data: DataOption = DATA,
) -> None:
    """Pass a financed lot to another funder at a price both sign; its recourse party stays."""
    with at_lot(data, lot, (key, password), (to_key, to_password or password)) as at:
        on: date = pays_on.date() if pays_on else at.context.clock.now().date()
        with at.opened.database.read() as session:
            terms = reassignment_terms(session, at.lot, _rate(rate), on)
        words = Words(price_minor=terms.price_minor, pays_on=terms.pays_on)
        consents = at.signed(lambda session: reassignment_message(session, at.lot, to, terms), words)
        act = reassign_lot(at.context, at.lot, to, terms, consents)
        show_warnings_about(at.opened, f"lot:{at.lot}", "reassign")
        at.finish(act, f"Reassigned to party {to} at {Money(terms.price_minor, currency(terms.currency))}.")


@app.command("write-off")
def write_off(
    lot: LotArgument,
    reason: Annotated[str, typer.Option(help="Why; its hash goes on the chain.")],
    key: KeyOption,
    amount: AmountOption = None,
    funder_key: FunderKeyOption = None,
    password: PasswordOption = None,
    funder_password: FunderPasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """The holder gives a claim up, all of it or a part; it then counts as settled."""
    funders = [(funder_key, funder_password or password)] if funder_key else []
    with at_lot(data, lot, (key, password), *funders) as at:
        lost = at.money(amount)
        consents = at.signed(
            lambda session: write_off_message(session, at.lot, lost.amount_minor, reason),
            Words(reason=reason),
        )
        at.finish(
            write_lot_off(at.context, at.lot, lost.amount_minor, reason, consents), f"{lost} written off."
        )


@app.command()
def settle(
    lot: LotArgument,
    by: Annotated[int, typer.Option(help="Who records the payment: the settler, or the holder.")],
    payment: Annotated[str, typer.Option(help="The payment's reference; its hash goes on the chain.")],
    key: KeyOption,
    amount: Annotated[str | None, typer.Option(help="What was paid; all of it by default.")] = None,
    funder_key: FunderKeyOption = None,
    password: PasswordOption = None,
    funder_password: FunderPasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Record that the obligor paid the lot's holder, of a pledged lot its funder."""
    funders = [(funder_key, funder_password or password)] if funder_key else []
    with at_lot(data, lot, (key, password), *funders) as at:
        paid = at.money(amount)
        consents = at.signed(
            lambda session: settlement_message(session, at.lot, paid.amount_minor, payment),
            Words(by=by, references=(payment,)),
        )
        act = settle_lot(at.context, at.lot, by, paid.amount_minor, payment, consents)
        at.finish(act, f"{paid} settled.")
