"""`proof …` and `verify`: a lot's past, or what an obligor owes in all, in one file, and the check of one."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.commands.lots import LotArgument, resolve
from api.proofs import checked, disclosure_of, pack_in, pack_of, total_of, write_to
from api.service import Service
from api.stamping import lot_pack_in, stamped_by, stamped_by_file, write_question
from api.terminal import (
    DATA,
    EXIT_NOT_TRUE,
    DataOption,
    JsonOption,
    PasswordOption,
    fail,
    out,
    refusals_reported,
    service,
    show_json,
    signer,
)
from api.verification import Named, verification_of
from registry.chain.node import Node
from registry.invoices.verification.trust import NOBODY, TrustAnchors
from registry.kit.money import currency as unit
from registry.parties import queries as parties
from registry.provenance.model import Findings, Outcome, Verification
from registry.provenance.pack import AnyPack
from registry.receivables.disclosing import Disclosure, DisclosureNotYours

app = typer.Typer(no_args_is_help=True)
BlockOption = Annotated[
    int | None, typer.Option(min=0, help="As of the end of this block; the latest by default.")
]
_COLUMNS = {
    Outcome.PROVEN: "proven",
    Outcome.CLAIMED: "only claimed",
    Outcome.NOT_CHECKED: "not checked",
    Outcome.FAILED: "wrong",
}


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="proof", help="Proofs in one file: a lot's whole past, an obligor's total.")
    root.command()(verify)


@app.callback()
def about() -> None:
    """Proofs in one file: a lot's whole past, an obligor's total."""


@app.command()
def export(
    lot: LotArgument,
    to: Annotated[Path, typer.Option(help="Where to write it.")] = Path("lot.proof.json"),
    block: BlockOption = None,
    disclose: Annotated[
        list[str] | None,
        typer.Option(
            help="Show this of the invoices: number, issued_on, currency, payable_minor, sha256 or fingerprint; "
            "repeat for more. Takes the supplier's key."
        ),
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", help="Keystore of the supplier, who consents.")] = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Write a lot's proof: whoever trusts one block checks it without this registry (`verify FILE --block HASH`)."""
    with service(data) as opened:
        lot = resolve(opened, lot)
        _write(to, pack_of(opened, lot, _shown(opened, lot, disclose or [], key, password), block))


@app.command()
def total(
    obligor: Annotated[int, typer.Argument(min=1, max=2**32 - 1, help="The obligor's party number.")],
    currency: Annotated[str, typer.Argument(help="Like CNY or EUR.")],
    to: Annotated[Path, typer.Option(help="Where to write it.")] = Path("total.proof.json"),
    block: BlockOption = None,
    data: DataOption = DATA,
) -> None:
    """Write the proof of what an obligor owes in all in a currency: everything it confirmed and has not paid."""
    with service(data) as opened:
        _write(to, total_of(opened, obligor, unit(currency).numeric, block))


@app.command()
def stamp(
    file: Annotated[Path, typer.Argument(help="The lot's proof.")],
    authority: Annotated[
        str | None, typer.Option(help="URL of a time-stamping authority (RFC 3161), asked over the network.")
    ] = None,
    request: Annotated[
        Path | None, typer.Option(help="Or write the question here, to be sent to one by other means.")
    ] = None,
    answer: Annotated[Path | None, typer.Option(help="Or take its answer from this file.")] = None,
) -> None:
    """Add an authority's time stamp of the proof's block: nothing in the proof is younger, whoever runs the chain."""
    with refusals_reported():
        pack = lot_pack_in(file)
        if request is not None:
            write_question(pack, request)
            out.print(
                f"[green]✓[/] {request}: send it as application/timestamp-query, then give the --answer."
            )
        elif answer is not None:
            _write(file, stamped_by_file(pack, answer))
        elif authority is not None:
            _write(file, stamped_by(pack, authority))
        else:
            raise typer.BadParameter("Name an --authority, or the file of its --answer.")


def _write(to: Path, pack: AnyPack) -> None:
    """Raises ProofNotWritten."""
    size = write_to(to, pack)
    out.print(f"[green]✓[/] {to}, {size:,} bytes")
    out.print(f"  as of block {pack.block.number}, {pack.block.hash}", style="dim")


def _shown(
    opened: Service, lot: str, fields: list[str], keystore: Path | None, password: str | None
) -> Disclosure:
    """What the key's party shows. Raises DisclosureNotYours."""
    if not fields:
        return Disclosure()
    if keystore is None:
        raise DisclosureNotYours("Name the supplier's keystore with --key.")
    address = signer(keystore, password).key.address
    with opened.database.read() as session:
        known = parties.key(session, address)
        if known is None:
            raise DisclosureNotYours(f"{address} is no party's key.")
        return disclosure_of(session, opened, lot, fields, known.party)


def verify(
    what: Annotated[
        str, typer.Argument(help="A proof's file, or the id of a lot of the registry in --data.")
    ],
    rpc: Annotated[
        str | None, typer.Option(help="A node you trust: asked whether it has the proof's blocks.")
    ] = None,
    block: Annotated[
        str | None, typer.Option(help="The hash of the block you trust; with it no node is needed.")
    ] = None,
    contract: Annotated[
        str | None, typer.Option(help="The address of the registry you deal with, to hold the proof to.")
    ] = None,
    trust: Annotated[
        Path | None,
        typer.Option(
            help="Folder of certificates of the authorities whose word on companies and times you trust."
        ),
    ] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Check a lot's whole path, from its invoices on, against the chain: every signature, amount and hash.

    A proof's file, of a lot or of an obligor's total, is checked alone, with neither server nor database, by the hash
    of one block. A lot is checked by the registry's node; the database lends the names. Exit status 6 if anything is
    wrong or left open.
    """
    path = Path(what)
    if path.suffix == ".json" or path.is_file():
        with refusals_reported():
            found = _of_pack(path, rpc, block, contract, trust)
    elif rpc or block or contract or trust:
        raise typer.BadParameter("--rpc, --block, --contract and --trust go with a proof's file.")
    else:
        with service(data) as opened:
            found = verification_of(opened, resolve(opened, what))
    if as_json:
        show_json(found.as_json())
    else:
        out.print(_table(found.verification))
        for line in found.lines():
            out.print(line, markup=False)
    if not found.is_verified:
        fail(EXIT_NOT_TRUE)


def _of_pack(
    path: Path, rpc: str | None, block: str | None, contract: str | None, trust: Path | None
) -> Named:
    anchors = TrustAnchors.load(trust) if trust else NOBODY
    pack = pack_in(path)
    with Node(rpc) if rpc else nullcontext() as node:
        found = checked(pack, block=block, node=node, contract=contract, trust=anchors)
    return Named(found, found.names if isinstance(found, Verification) else {}, {})


def _table(found: Findings) -> Table:
    """How each kind of check ended, and how often."""
    table = Table("", *_COLUMNS.values())
    for name in dict.fromkeys(check.name for check in found.checks):
        counts = [sum(check.name == name for check in found.of(outcome)) for outcome in _COLUMNS]
        table.add_row(name, *(str(count) if count else "" for count in counts))
    return table
