"""`party …`"""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api import views
from api.terminal import (
    DATA,
    DataOption,
    Desk,
    JsonOption,
    KeyOption,
    PasswordOption,
    Signer,
    address_of,
    desk,
    err,
    finish,
    out,
    say,
    service,
    show_json,
    signer,
)
from api.wording import Words, said
from registry.chain.hsm.uri import is_key_uri
from registry.chain.keys import SigningKey
from registry.chain.words import Scope
from registry.kit.errors import BadInput
from registry.kit.identifiers import TaxId
from registry.kit.money import Money
from registry.parties import queries
from registry.parties.errors import BadIdentifier
from registry.parties.recovery import (
    propose_account,
    proposer,
    take_account,
    takeover_message,
    veto_account,
    veto_message,
)
from registry.parties.use_cases import (
    NewParty,
    admit_party,
    bar_obligor,
    freeze_party,
    grant_key,
    mandate_message,
    prepare_admission,
    quota_message,
    revocation_message,
    revoke_key,
    set_quota,
    set_roles,
)
from registry.receivables.overdue import overdue_obligors

app = typer.Typer(no_args_is_help=True)
VALID_DAYS = 730
SCOPES = ("register", "confirm", "transfer", "finance", "settle")
RolesOption = Annotated[
    list[str], typer.Option(help="obligor, supplier, funder, settler or registrar; may be repeated.")
]
ValidUntilOption = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Last day of its admission; two years by default."),
]


class BadScope(BadInput):
    code = "bad_scope"
    title = "A key cannot be mandated for that"


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Legal name.")],
    tax_id: Annotated[
        list[str],
        typer.Option(
            help="Tax identifier, country first: DE:DE271828180, CN:91310114MA1HY2026T. May be repeated."
        ),
    ],
    role: RolesOption,
    key: Annotated[
        Path, typer.Option("--key", help="The party's key; a keystore is made there if it does not exist.")
    ],
    password: PasswordOption = None,
    valid_until: ValidUntilOption = None,
    data: DataOption = DATA,
) -> None:
    """Admit a party. Its account signs that it is bound to this party; the operator sends it to the chain."""
    with service(data) as opened:
        own = _open_or_make(key, password)
        until: date = (
            valid_until.date()
            if valid_until
            else (opened.context.clock.now() + timedelta(days=VALID_DAYS)).date()
        )
        identifiers = tuple(_identifier(one) for one in tax_id)
        party = NewParty(name, identifiers[0].country, identifiers, tuple(role), own.key.address, until)
        message = prepare_admission(opened.context, party)
        with opened.database.read() as session:
            say(said(message, session, Words(name=name, identifier=str(identifiers[0]))))
        act = admit_party(opened.context, party, message.party, [own.sign(opened, message)])
        finish(opened, act, f"{name} is party {message.party}, account {own.key.address}.")


def _open_or_make(path: Path, password: str | None) -> Signer:
    if path.exists() or is_key_uri(str(path)):
        return signer(path, password)
    if password is None:
        password = typer.prompt(
            f"New password for {path.name}", hide_input=True, confirmation_prompt=True, err=True
        )
    made = SigningKey.create()
    made.save(path, password)
    err.print(f"A key was made in {path}. Keep the file and its password: nobody can restore them.")
    return Signer(made)


def _identifier(written: str) -> TaxId:
    country, colon, value = written.partition(":")
    if not colon or not value.strip():
        raise BadIdentifier(f"{written!r}: write the country first, for example DE:DE271828180.")
    return TaxId.of(value, country=country)


@app.command("list")
def list_parties(data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Show all parties."""
    with service(data) as opened, opened.database.read() as session:
        shown = []
        after = 0
        while page := queries.profiles(session, after):
            shown += [views.party(session, one) for one in page]
            after = page[-1].number
    if as_json:
        show_json(shown)
        return
    table = Table("No.", "Name", "Identifier", "Roles", "Account")
    for one in shown:
        chain = one["chain"]
        first = one["identifiers"][0] if one["identifiers"] else {"country": "", "value": ""}
        table.add_row(
            str(one["number"]),
            one["name"],
            f"{first['country']} {first['value']}",
            ", ".join(chain["roles"]) + (" (frozen)" if chain["is_frozen"] else "") if chain else "pending",
            one["account"],
        )
    out.print(table)


@app.command()
def show(number: int, data: DataOption = DATA) -> None:
    """Show one party."""
    with service(data) as opened, opened.database.read() as session:
        show_json(views.party(session, queries.profile(session, number)))


@app.command()
def freeze(
    number: int,
    lift: Annotated[bool, typer.Option("--lift", help="Lift the freeze instead.")] = False,
    data: DataOption = DATA,
) -> None:
    """Freeze a party: it neither sends nor receives. The operator's act; moves nothing."""
    with service(data) as opened:
        act = freeze_party(opened.context, number, is_frozen=not lift)
        finish(opened, act, f"Party {number} is {'active again' if lift else 'frozen'}.")


@app.command()
def bar(
    number: int,
    lift: Annotated[bool, typer.Option("--lift", help="Lift it instead.")] = False,
    data: DataOption = DATA,
) -> None:
    """Bar an obligor from new receivables. The operator's act; what it owes already stays."""
    with desk(data) as at:
        act = bar_obligor(at.context, number, is_barred=not lift)
        at.finish(act, f"Party {number} may{'' if lift else ' not'} be named in new receivables.")


@app.command()
def roles(
    number: int,
    role: RolesOption,
    valid_until: ValidUntilOption = None,
    data: DataOption = DATA,
) -> None:
    """Set a party's roles and how long it is admitted. The operator's act; replaces all its roles."""
    with desk(data) as at:
        act = set_roles(
            at.context, number, tuple(role), valid_until.date() if valid_until else _in_two_years(at)
        )
        at.finish(act, f"Party {number} is {', '.join(role)}.")


@app.command()
def overdue(data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Show obligors that let a maturity pass unpaid, and what can be done. Nothing is done by itself."""
    with service(data) as opened, opened.database.read() as session:
        today = opened.context.clock.now().date()
        shown: list[views.View] = []
        after = 0
        while page := overdue_obligors(session, today, after=after):
            shown += [views.overdue(session, one) for one in page]
            after = page[-1].obligor
    if as_json:
        show_json(shown)
        return
    table = Table("No.", "Name", "Since", "Days", "Receivables", "Overdue", "New receivables")
    for one in shown:
        table.add_row(
            str(one["obligor"]["number"]),
            one["obligor"]["name"],
            one["since"],
            str(one["days"]),
            str(one["receivables"]),
            ", ".join(f"{each['amount']} {each['currency']}" for each in one["overdue"]),
            "barred" if one["is_barred"] else one["new_receivables"],
        )
    out.print(table if shown else "No obligor is overdue.")
    for one in shown:
        if not one["is_barred"]:
            number = one["obligor"]["number"]
            out.print(
                f"Consider `counterfoil party bar {number}`: it stops new receivables on the ledger too."
            )


@app.command("grant-key")
def grant(
    number: int,
    scope: Annotated[
        list[str], typer.Option(help=f"What it may sign: {', '.join(SCOPES)}; may be repeated.")
    ],
    new_key: Annotated[Path, typer.Option(help="The key's keystore; made there if it does not exist.")],
    key: KeyOption,
    cap: Annotated[
        str | None, typer.Option(help="The most it may sign an act, with its currency: 'CNY 50000.00'.")
    ] = None,
    valid_until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day; two years by default.")
    ] = None,
    password: PasswordOption = None,
    new_password: Annotated[
        str | None, typer.Option(envvar="COUNTERFOIL_NEW_PASSWORD", help="Opens the new key's keystore.")
    ] = None,
    data: DataOption = DATA,
) -> None:
    """Let another key sign for a party, within bounds. The party's account and the key both sign."""
    with desk(data, (key, password)) as at:
        new = _open_or_make(new_key, new_password or password)
        until = valid_until.date() if valid_until else _in_two_years(at)
        with at.opened.database.read() as session:
            mandate = mandate_message(
                session, number, new.key.address, _scopes(scope), valid_until=until, cap=_cap(cap)
            )
        consents = [*at.signed(lambda _: mandate), new.sign(at.opened, mandate)]
        at.finish(grant_key(at.context, mandate, consents), f"{new.key.address} signs for party {number}.")


@app.command("revoke-key")
def revoke(
    number: int,
    address: Annotated[str, typer.Argument(help="The key's address.")],
    key: KeyOption,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Withdraw a key's mandate. The party's account signs."""
    with desk(data, (key, password)) as at:
        with at.opened.database.read() as session:
            message = revocation_message(session, number, address_of(address))
        consents = at.signed(lambda _: message)
        act = revoke_key(at.context, message, consents)
        at.finish(act, f"{address} no longer signs for party {number}.")


@app.command()
def quota(
    number: int,
    bound: Annotated[str, typer.Argument(help="With its currency: 'CNY 5000000.00'; 'CNY 0' lifts it.")],
    key: KeyOption,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Bound what an obligor may owe in a currency. Its account signs."""
    with desk(data, (key, password)) as at:
        with at.opened.database.read() as session:
            message = quota_message(session, number, _with_currency(bound))
        act = set_quota(at.context, message, at.signed(lambda _: message))
        at.finish(act, f"Party {number} may owe {_with_currency(bound)} at most.")


@app.command("propose-account")
def propose(
    number: int,
    account: Annotated[str, typer.Argument(help="The address that is to sign for the party.")],
    data: DataOption = DATA,
) -> None:
    """Propose an account in place of one that was lost. The operator's act; after a veto the arbiter's."""
    with desk(data) as at:
        with at.opened.database.read() as session:
            at.opened.require_sender(proposer(session, number))
        act = propose_account(at.context, number, address_of(account))
        at.finish(act, f"{account} may take over for party {number} in 7 days, unless its keys veto it.")


@app.command("veto-account")
def veto(number: int, key: KeyOption, password: PasswordOption = None, data: DataOption = DATA) -> None:
    """Refuse the account that was proposed for a party. Any of its live keys may."""
    with desk(data, (key, password)) as at:
        consents = at.signed(lambda session: veto_message(session, number))
        at.finish(veto_account(at.context, number, consents), "The proposed account is refused.")


@app.command("take-account")
def take(number: int, key: KeyOption, password: PasswordOption = None, data: DataOption = DATA) -> None:
    """Take over as a party's account, 7 days after it was proposed. The new account signs."""
    with desk(data, (key, password)) as at:
        consents = at.signed(lambda session: takeover_message(session, number))
        act = take_account(at.context, number, consents)
        at.finish(act, f"{at.keys[0].key.address} is the account of party {number}; its older keys ended.")


def _in_two_years(at: Desk) -> date:
    return (at.context.clock.now() + timedelta(days=VALID_DAYS)).date()


def _scopes(named: list[str]) -> int:
    unknown = [one for one in named if one not in SCOPES]
    if unknown:
        raise BadScope(f"Say one or more of {', '.join(SCOPES)}.", scopes=unknown)
    return sum({int(Scope[one.upper()]) for one in named})


def _with_currency(written: str) -> Money:
    code, _, amount = written.strip().partition(" ")
    return Money.parse(amount, code.upper())


def _cap(written: str | None) -> Money | None:
    return None if written is None else _with_currency(written)
