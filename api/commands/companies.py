"""`company …`: certificates that say whose a party's account is."""

from pathlib import Path
from typing import Annotated

import typer

from api.company_views import company
from api.terminal import DATA, DataOption, out, service
from registry.kit.clock import from_unix
from registry.parties.certifying import record_statement, statement_about
from registry.parties.statements import (
    MAX_BYTES,
    StatementRefused,
    read_pem,
    said_at_in,
)

app = typer.Typer(no_args_is_help=True)
CertificateOption = Annotated[
    Path, typer.Option(help="PEM: the company's own first, then those up to its authority.")
]


@app.callback()
def about() -> None:
    """Certificates that say whose a party's account is."""


@app.command()
def statement(
    number: Annotated[int, typer.Argument(help="The party's number.")],
    certificate: CertificateOption,
    to: Annotated[Path, typer.Option(help="Where to write it.")] = Path("statement.txt"),
    data: DataOption = DATA,
) -> None:
    """Write the text that a company signs to say that its party's account is its own."""
    with service(data) as opened, opened.database.read() as session:
        text = statement_about(session, opened.context, number, read_pem(_content(certificate))).text
    to.write_bytes(text.encode())
    out.print(text, markup=False, highlight=False)
    out.print(f"[green]✓[/] {to}. The company signs it with its certificate's key, for example by")
    out.print(f"  openssl dgst -sha256 -sign company.key -out statement.sig {to}", markup=False)


@app.command()
def record(
    number: Annotated[int, typer.Argument(help="The party's number.")],
    text: Annotated[Path, typer.Option("--statement", help="The text as it was signed.")],
    signature: Annotated[Path, typer.Option(help="The signature, as openssl writes it.")],
    certificate: CertificateOption,
    data: DataOption = DATA,
) -> None:
    """Keep what a company signed: proofs of its party's lots bring it from now on."""
    with service(data) as opened:
        said_at, chain = said_at_in(_content(text)), read_pem(_content(certificate))
        found = company(record_statement(opened.context, number, said_at, chain, _content(signature)))
    named = ", ".join((found["name"], *found["identifiers"]))
    out.print(
        f"[green]✓[/] Party {number}'s account {found['account']} is that of {named}, says the certificate of "
        f"{found['issuer']}, since {from_unix(said_at):%Y-%m-%d}.",
    )


def _content(file: Path) -> bytes:
    """Raises StatementRefused."""
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise StatementRefused(f"{file}: {error.strerror}.") from error
