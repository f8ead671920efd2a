"""`access …`: who may come in, from this machine: the operator, or a party's account by its keystore."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api import access_views as views
from api.auth.door import INSTALLATION
from api.service import Service
from api.terminal import (
    DATA,
    DataOption,
    JsonOption,
    PasswordOption,
    address_of,
    out,
    service,
    show_json,
    signer,
)
from registry.access import queries
from registry.access.actor import Actor, Role
from registry.access.certificates import MAX_PEM_CHARS, Bundle
from registry.access.errors import BadCertificate, BadRoles, NobodyHere
from registry.access.model import ApiKey
from registry.access.use_cases import (
    NewPerson,
    end_api_key,
    end_viewing,
    grant_viewing,
    let_in,
    make_address_key,
    make_api_key,
    make_certificate_key,
    shut_out,
)
from registry.kit.clock import from_unix, midnight

app = typer.Typer(no_args_is_help=True)

ByOption = Annotated[
    Path | None, typer.Option("--key", help="Keystore of the party's account; the operator without it.")
]
OwnOption = Annotated[
    Path | None,
    typer.Option("--key", help="Keystore of the party's account; for an outsider's key none is needed."),
]
AccountOption = Annotated[Path, typer.Option("--key", help="Keystore of the party's account.")]
RoleOption = Annotated[
    list[str], typer.Option(help=f"One of {', '.join(Role)}; may be repeated.", show_default=False)
]
UntilOption = Annotated[
    datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="The day it ends, at midnight UTC.")
]


@app.command("let-in")
def let_somebody_in(
    address: Annotated[str, typer.Argument(help="The address the person signs in with.")],
    name: Annotated[str, typer.Option(help="What people call it.")],
    role: RoleOption,
    until: UntilOption,
    key: ByOption = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Let somebody sign in. Without --key an auditor or operator; with it somebody of the party."""
    with service(data) as opened:
        new = NewPerson(address_of(address), name, _roles(role), _instant(until))
        person = let_in(opened.context, acting(opened, key, password), new)
        out.print(f"{person.name} may sign in as {', '.join(person.roles)} until {until.date()}.")


@app.command("shut-out")
def shut_somebody_out(
    address: Annotated[str, typer.Argument(help="The person's address.")],
    key: ByOption = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """End what somebody was let in for, at once. A mandate on the ledger is revoked by `party revoke-key`."""
    with service(data) as opened:
        person = shut_out(opened.context, acting(opened, key, password), address_of(address))
        out.print(f"{person.name} is out.")


@app.command("people")
def list_people(data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Show whom parties and the operator let in."""
    with service(data) as opened, opened.database.read() as session:
        found = [views.person(one) for one in queries.people(session)]
    if as_json:
        show_json(found)
        return
    if not found:
        out.print("Nobody was let in; accounts and mandated keys sign in by themselves.")
        return
    table = Table("address", "name", "party", "roles", "until", "ended")
    for one in found:
        table.add_row(
            one["address"],
            one["name"],
            str(one["party"] or "–"),
            ", ".join(one["roles"]),
            one["valid_until"],
            one["ended_at"] or "",
        )
    out.print(table)


@app.command("make-key")
def make_key(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    role: RoleOption,
    until: UntilOption,
    address: Annotated[
        str,
        typer.Option(
            help="The machine signs its requests with this Ethereum address's key; no secret is made."
        ),
    ] = "",
    certificate: Annotated[
        Path | None,
        typer.Option(help="Or with the key of this certificate (PEM, then those up to its authority)."),
    ] = None,
    key: OwnOption = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Make an API key for a party's machine; without --key one for an outsider, who may ask blind whether an
    invoice is known. Its secret is printed once."""
    with service(data) as opened:
        by, roles, end = acting(opened, key, password), _roles(role), _instant(until)
        if address and certificate is not None:
            raise BadCertificate(
                "A machine signs with an address or with a certificate; make a key for each."
            )
        signing = None
        if certificate is not None:
            bundle = Bundle.read(_text(certificate))
            signing = make_certificate_key(opened.context, by, name, roles, end, bundle, opened.authorities)
        elif address:
            signing = make_address_key(opened.context, by, name, roles, end, address_of(address))
        if signing is not None:
            out.print(f"API key {signing.id} of {_whose(signing)}; its signatures name the keyid")
            out.print(signing.keyid, soft_wrap=True)
            return
        secret, made = make_api_key(opened.context, by, name, roles, end)
        out.print(f"API key {made.id} of {_whose(made)}, shown only here:")
        out.print(secret, soft_wrap=True)


@app.command("end-key")
def end_key(
    key_id: Annotated[str, typer.Argument(help="The API key's id.")],
    key: OwnOption = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """End an API key at once."""
    with service(data) as opened:
        made = end_api_key(opened.context, acting(opened, key, password), key_id)
        out.print(f"API key {made.id} opens nothing any more.")


@app.command()
def share(
    purpose: Annotated[str, typer.Option(help="What it is for.")],
    until: UntilOption,
    key: AccountOption,
    party: Annotated[int, typer.Option("--to", help="Number of the party that may look.")] = 0,
    auditor: Annotated[str, typer.Option(help="Or an auditor's address.")] = "",
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Let a funder or an auditor see the party's receivables and invoices."""
    with service(data) as opened:
        given = grant_viewing(
            opened.context,
            acting(opened, key, password),
            viewer=party,
            viewer_person=address_of(auditor) if auditor else "",
            purpose=purpose,
            valid_until=_instant(until),
        )
        out.print(f"Consent {given.id} is good until {until.date()}; `access unshare {given.id}` ends it.")


@app.command()
def unshare(
    consent: Annotated[str, typer.Argument(help="The consent's id.")],
    key: AccountOption,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Take a consent back."""
    with service(data) as opened:
        end_viewing(opened.context, acting(opened, key, password), consent)
        out.print(f"Consent {consent} has ended.")


def acting(opened: Service, key: Path | None, password: str | None) -> Actor:
    """Who gives a command: whom the keystore signs for, or the operator without one. Raises NobodyHere."""
    if key is None:
        return INSTALLATION
    address = signer(key, password).key.address
    with opened.database.read() as session:
        found = queries.standing(
            session, address, opened.context.clock.now(), opened.settings.registrar_party
        )
    if found is None:
        raise NobodyHere(f"{address} signs for no party.", address=address)
    return found


def _text(path: Path) -> str:
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            return file.read(MAX_PEM_CHARS)
    except OSError:
        raise BadCertificate(f"{path} cannot be read.", file=str(path)) from None


def _whose(key: ApiKey) -> str:
    return f"party {key.party}" if key.party else "an outsider"


def _roles(written: list[str]) -> tuple[Role, ...]:
    try:
        return tuple(Role(one) for one in written)
    except ValueError:
        raise BadRoles(f"Choose among: {', '.join(Role)}.") from None


def _instant(day: datetime) -> datetime:
    return from_unix(midnight(day.date()))
