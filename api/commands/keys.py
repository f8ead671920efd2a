"""`key …`: keys in tokens."""

import secrets
from typing import Annotated

import typer
from rich.table import Table

from api.terminal import JsonOption, PasswordOption, err, out, pin_of, refusals_reported, show_json
from registry.chain.hsm.opening import keys_in_token, make_in_token
from registry.chain.hsm.uri import parse

app = typer.Typer(no_args_is_help=True)
UriArgument = Annotated[
    str, typer.Argument(help="PKCS#11 URI: 'pkcs11:token=NAME;object=NAME?module-path=/usr/lib/…'.")
]
_ID_BYTES = 8


@app.command("list")
def list_keys(uri: UriArgument, password: PasswordOption = None, as_json: JsonOption = False) -> None:
    """Show a token's keys and the addresses they sign for."""
    with refusals_reported():
        meant = parse(uri)
        found = keys_in_token(meant, pin_of(meant, password))
    if as_json:
        show_json(
            [
                {
                    "object": one.label,
                    "id": one.id.hex(),
                    "address": one.address,
                    "is_extractable": one.is_extractable,
                    "unfit": one.unfit or None,
                }
                for one in found
            ]
        )
        return
    table = Table("object", "id", "address", "leaves the token")
    for one in found:
        table.add_row(
            one.label, one.id.hex(), one.address or one.unfit, "may" if one.is_extractable else "never"
        )
    out.print(table)


@app.command()
def make(uri: UriArgument, password: PasswordOption = None) -> None:
    """Make a key in a token, under the URI's `object`. It can never leave: back the token up as its maker says."""
    with refusals_reported():
        meant = parse(uri)
        made = make_in_token(meant, pin_of(meant, password), secrets.token_bytes(_ID_BYTES))
    out.print(f"[green]✓[/] {made.label} signs for {made.address}")
    err.print("Nobody can restore it but from a copy of the token itself.")
