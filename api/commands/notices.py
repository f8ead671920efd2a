"""`notice …`, `account …`, `receivable payments`, `lot payee`: what obligors are told, and whom they pay where."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from api import notice_views as views
from api.commands.lots import at_lot
from api.commands.many import lot_app, receivable_app
from api.notice_sentences import BankAccount
from api.notice_signing import (
    account_acknowledgment_to_sign,
    acknowledgment_to_sign,
    instruction_to_sign,
    withdrawal_to_sign,
)
from api.sentences import Said
from api.terminal import (
    DATA,
    DataOption,
    Desk,
    JsonOption,
    KeyOption,
    PasswordOption,
    desk,
    out,
    say,
    service,
    show_json,
)
from api.views import View
from registry.kit.money import currency as currency_of
from registry.notices import queries
from registry.notices.accounts import (
    NewAccount,
    account_acknowledgment_message,
    account_message,
    acknowledge_account,
    set_account,
)
from registry.notices.banks import bank_account
from registry.notices.payments import payments_due, whom_to_pay
from registry.notices.queries import Turn
from registry.notices.use_cases import (
    acknowledge_notice,
    acknowledgment_message,
    withdraw_notice,
    withdrawal_message,
)

app = typer.Typer(no_args_is_help=True)
account_app = typer.Typer(no_args_is_help=True)
NoticeArgument = Annotated[str, typer.Argument(help="The notice's id.")]
CurrencyOption = Annotated[str, typer.Option(help="ISO 4217, e.g. CNY.")]


@app.command("list")
def list_notices(
    obligor: Annotated[int | None, typer.Option(help="Only those to this obligor.")] = None,
    assignee: Annotated[int | None, typer.Option(help="Only those in favor of this party.")] = None,
    is_open: Annotated[
        bool, typer.Option("--open", help="Only those that wait for the obligor's acknowledgment.")
    ] = False,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show notices of assignment; those not acknowledged first."""
    with service(data) as opened, opened.database.read() as session:
        shown: list[View] = []
        after = None
        while page := queries.notices(
            session, obligor=obligor, assignee=assignee, is_open=is_open or None, after=after
        ):
            shown += views.notices(session, page)
            after = Turn.of(page[-1])
    if as_json:
        show_json(shown)
        return
    for one in shown:
        seen = one["acknowledged_at"]
        became = (
            "taken back" if one["withdrawn_at"] else f"acknowledged {seen}" if seen else "not acknowledged"
        )
        out.print(
            f"{one['id']}  {one['kind']} of {_sum(one['amount'])} owed by {_name(one['obligor'])}, "
            f"from {_name(one['assignor'])} to {_name(one['assignee'])}; arrived {one['arrived_at']}, {became}",
            markup=False,
        )
    if not shown:
        out.print("There are no such notices; each transfer and financing makes one.")


@app.command("show")
def show_notice(notice: NoticeArgument, data: DataOption = DATA) -> None:
    """Show one notice with what was signed about it."""
    with service(data) as opened, opened.database.read() as session:
        show_json(views.notice(session, queries.notice(session, notice)))


@app.command()
def acknowledge(
    notice: NoticeArgument, key: KeyOption, password: PasswordOption = None, data: DataOption = DATA
) -> None:
    """Acknowledge a notice; its obligor signs."""
    with desk(data, (key, password)) as at:
        with at.opened.database.read() as session:
            _say(acknowledgment_to_sign(session, at.context, notice))
        consents = at.signed(lambda session: acknowledgment_message(session, notice))
        acknowledge_notice(at.context, notice, consents, at.opened.wallet_accepts)
        out.print("[green]✓[/] The notice is acknowledged.")


@app.command()
def withdraw(
    notice: NoticeArgument,
    reason: Annotated[str, typer.Option(help="What the obligor is told.")],
    key: KeyOption,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Take a notice back; nobody but its assignee can. The claim stays where it is."""
    with desk(data, (key, password)) as at:
        with at.opened.database.read() as session:
            _say(withdrawal_to_sign(session, at.context, notice, reason))
        consents = at.signed(lambda session: withdrawal_message(session, notice, reason))
        withdraw_notice(at.context, notice, reason, consents, at.opened.wallet_accepts)
        out.print("[green]✓[/] The notice is taken back.")


@account_app.command("set")
def set_(
    party: Annotated[int, typer.Argument(help="The party that is paid there.")],
    number: Annotated[str, typer.Argument(help="An IBAN, or an account number at --bank.")],
    holder_name: Annotated[str, typer.Option(help="The account's holder as the bank knows it.")],
    currency: CurrencyOption,
    key: KeyOption,
    second_key: Annotated[Path, typer.Option(help="Keystore of the second person's key.")],
    bank: Annotated[
        str | None, typer.Option(help="The bank: BIC:…, CNAPS:… or ABA:…; an IBAN needs none.")
    ] = None,
    effective_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From which day on; today by default.")
    ] = None,
    password: PasswordOption = None,
    second_password: Annotated[
        str | None,
        typer.Option(envvar="COUNTERFOIL_SECOND_PASSWORD", help="Opens the second keystore."),
    ] = None,
    data: DataOption = DATA,
) -> None:
    """Set where a party is paid in a currency. Two persons sign, each with a key of the party's own."""
    with desk(data, (key, password), (second_key, second_password or password)) as at:
        scheme, _, code = (bank or "").partition(":")
        new = NewAccount(
            party,
            currency_of(currency).numeric,
            bank_account(holder_name, number, scheme.upper(), code),
            effective_on.date() if effective_on else _today(at),
        )
        with at.opened.database.read() as session:
            _say(instruction_to_sign(session, at.context, new))
        consents = at.signed(lambda session: account_message(session, new))
        made = set_account(at.context, new, consents, at.opened.wallet_accepts)
        out.print(f"[green]✓[/] {made.id}: party {party} is paid there from {made.effective_on} on.")


@account_app.command("show")
def show_accounts(party: int, data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Show where a party is paid: by currency, newest first, with all that was before."""
    with service(data) as opened, opened.database.read() as session:
        shown = views.accounts(session, queries.accounts(session, party))
    if as_json:
        show_json(shown)
        return
    for one in shown:
        seen_by = ", ".join(str(number) for number in one["acknowledged_by"]) or "nobody"
        out.print(
            f"{one['id']}  {one['currency']} from {one['effective_on']} on: {_where(one)}; acknowledged by {seen_by}",
            markup=False,
        )
    if not shown:
        out.print(f"Party {party} has named no account; see `counterfoil account set`.")


@account_app.command("acknowledge")
def acknowledge_account_(
    account: Annotated[str, typer.Argument(help="The payment account's id.")],
    obligor: Annotated[int, typer.Option(help="The obligor that has seen it.")],
    key: KeyOption,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Acknowledge another's payment account; the obligor signs and is no longer warned of the change."""
    with desk(data, (key, password)) as at:
        with at.opened.database.read() as session:
            _say(account_acknowledgment_to_sign(session, at.context, account, obligor))
        consents = at.signed(lambda session: account_acknowledgment_message(session, account, obligor))
        acknowledge_account(at.context, account, obligor, consents, at.opened.wallet_accepts)
        out.print("[green]✓[/] The payment account is acknowledged.")


@receivable_app.command()
def payments(
    obligor: Annotated[int, typer.Option(help="The party that owes.")],
    due: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day of payment.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="For a spreadsheet, on standard output.")] = False,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show what an obligor pays on a day: to whom, where, how much, under which reference."""
    on = due.date()
    with service(data) as opened, opened.database.read() as session:
        found = payments_due(session, obligor, on, opened.context.clock.now().date())
        shown = views.payments(session, obligor, on, found)
        text = views.payments_csv(session, on, found)
    if as_csv:
        sys.stdout.write(text)
    elif as_json:
        show_json(shown)
    elif not shown["items"]:
        out.print(f"Party {obligor} has nothing to pay that is due on {on}.")
    else:
        _show_payments(shown)


def _show_payments(shown: View) -> None:
    for one in shown["items"]:
        at = one["destination"]["account"]
        warning = "; changed, look twice" if one["destination"]["is_changed"] else ""
        number = len(one["lots"])
        out.print(
            f"{_sum(one['amount'])} to {_name(one['payee'])} for {number} lot{'' if number == 1 else 's'}, "
            f"reference {one['reference']}",
            markup=False,
        )
        out.print(f"  {_where(at)}{warning}" if at else "  no account on record", markup=False)
    for total in shown["totals"]:
        out.print(f"{_sum(total)} in all")


@lot_app.command()
def payee(
    lot: Annotated[str, typer.Argument(help="The lot's id: 0x and 64 digits, or its first 6 or more.")],
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show whom the obligor pays for a lot, where, and by which notice."""
    with at_lot(data, lot) as at, at.opened.database.read() as session:
        shown = views.payee(session, whom_to_pay(session, at.lot, _today(at)))
    if as_json:
        show_json(shown)
        return
    where = shown["destination"]
    lines = [
        f"{_sum(shown['amount'])} to {_name(shown['payee'])}",
        f"due {shown['maturity']}, reference {shown['reference']}",
        f"by notice {shown['notice']}" if shown["notice"] else "as confirmed; no notice since",
    ]
    if shown["on_ledger"] != shown["payee"]:
        lines.append(f"the ledger takes a payment to {_name(shown['on_ledger'])}")
    lines.append(_where(where["account"]) if where["account"] else "no account on record")
    if where["is_changed"]:
        lines.append(f"changed, not acknowledged; before: {_where(where['former'])}")
    out.print("\n  ".join(lines), markup=False)


def _today(at: Desk) -> date:
    return at.context.clock.now().date()


def _say(to_sign: View) -> None:
    say(Said(**to_sign["sentences"]))


def _name(party: View) -> str:
    return str(party["name"] or f"party {party['number']}")


def _sum(money: View) -> str:
    return f"{money['amount']} {money['currency']}"


def _where(account: View) -> str:
    return BankAccount.of(
        account["holder_name"], account["number"], account["bank_scheme"] or "", account["bank"] or ""
    ).en
