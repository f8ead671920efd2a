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
    JsonOption,
    PasswordOption,
    Signer,
    err,
    finish,
    out,
    service,
    show_json,
    signer,
)
from registry.chain.keys import SigningKey
from registry.kit.identifiers import TaxId
from registry.parties import queries
from registry.parties.errors import BadIdentifier
from registry.parties.use_cases import NewParty, admit_party, freeze_party, prepare_admission

app = typer.Typer(no_args_is_help=True)
VALID_DAYS = 730


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Legal name.")],
    tax_id: Annotated[
        list[str],
        typer.Option(
            help="Tax identifier, country first: DE:DE271828180, CN:91310114MA1HY2026T. May be repeated."
        ),
    ],
    role: Annotated[
        list[str], typer.Option(help="obligor, supplier, funder, settler or registrar; may be repeated.")
    ],
    key: Annotated[
        Path, typer.Option("--key", help="The party's keystore; made there if it does not exist.")
    ],
    password: PasswordOption = None,
    valid_until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day of its admission; two years by default."),
    ] = None,
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
        act = admit_party(opened.context, party, message.party, [own.sign(opened, message)])
        finish(opened, act, f"{name} is party {message.party}, account {own.key.address}.")


def _open_or_make(path: Path, password: str | None) -> Signer:
    if path.exists():
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
