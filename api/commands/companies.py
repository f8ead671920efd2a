"""`company …`: certificates that say whose a party's account is."""

from pathlib import Path
from typing import Annotated

import typer

from api.company_views import company
from api.terminal import DATA, DataOption, out, service
from registry.kit.clock import from_unix
from registry.parties.certifying import record_statement, statement_about
from registry.parties.statements import (
    MAX_PEM_CHARS,
    MAX_SIGNATURE_BYTES,
    MAX_TEXT_BYTES,
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
        text = statement_about(session, opened.context, number, _chain(certificate)).text
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
        said_at = said_at_in(_content(text, MAX_TEXT_BYTES))
        signed = _content(signature, MAX_SIGNATURE_BYTES)
        found = company(record_statement(opened.context, number, said_at, _chain(certificate), signed))
    named = ", ".join((found["name"], *found["identifiers"]))
    out.print(
        f"[green]✓[/] Party {number}'s account {found['account']} is that of {named}, says the certificate of "
        f"{found['issuer']}, since {from_unix(said_at):%Y-%m-%d}.",
    )


def _chain(certificate: Path) -> list[bytes]:
    return read_pem(_content(certificate, MAX_PEM_CHARS).decode("ascii", "replace"))


def _content(file: Path, limit: int) -> bytes:
    """Raises StatementRefused."""
    try:
        with file.open("rb") as opened:
            return opened.read(limit)
    except OSError as error:
        raise StatementRefused(f"{file}: {error.strerror}.") from error
