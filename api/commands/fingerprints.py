"""`fingerprint …`"""

from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.progress import Progress
from rich.table import Table

from api.access_views import ended, moment
from api.outside import SECONDS, Answer, Ledger, Outside
from api.rotation import rotate
from api.service import Service, fingerprint_keys
from api.terminal import (
    DATA,
    EXIT_NOT_TRUE,
    EXIT_REFUSED,
    DataOption,
    JsonOption,
    address_of,
    err,
    fail,
    out,
    refusals_reported,
    report,
    service,
    show_json,
)
from registry.chain.node import Node
from registry.invoices.blind import Kind, State
from registry.invoices.detect import MAX_FILE_BYTES
from registry.invoices.invoice import Invoice
from registry.invoices.records import printable
from registry.invoices.use_cases import read_invoice
from registry.kit.clock import from_unix
from registry.kit.errors import BadInput, Refusal
from registry.receivables.key_exchange import KeyStanding, retire_fingerprint_key, standing_of_keys

app = typer.Typer(no_args_is_help=True)

_STATES = {
    State.UNKNOWN: "not known",
    State.REGISTERED: "known",
    State.USED: "used by a receivable",
}
_KINDS = {
    None: "",
    Kind.EXACT: ", with the same content",
    Kind.PARTIAL: ", with the same content as far as both state it",
    Kind.OTHER_CONTENT: ", with other content",
}


class LedgerHalfNamed(BadInput):
    code = "ledger_half_named"
    title = "A node and a contract go together"


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Invoice files.")],
    registry: Annotated[str, typer.Option(help="Address of the registry to ask, such as https://….")],
    api_key: Annotated[
        str,
        typer.Option(
            envvar="COUNTERFOIL_API_KEY", help="An API key of that registry; an outsider's will do."
        ),
    ],
    rpc: Annotated[
        str | None, typer.Option(help="JSON-RPC of a node of your own, to check the registry's key and word.")
    ] = None,
    contract: Annotated[
        str | None, typer.Option(help="Address of the registry's contract, from whom you trust with it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Ask another registry whether it knows invoices, without showing it anything of them.

    Nothing of a file leaves this machine but blinded elements, which look different each time. Exit status 0 where
    none is known, 6 where one is, 3 where a file cannot be read.
    """
    with refusals_reported():
        if (rpc is None) != (contract is None):
            raise LedgerHalfNamed("Give both --rpc and --contract, or neither.")
        read, unread = _read(files)
        answers = _answers(read, registry, api_key, rpc, contract)
    rows = [_row(name, answer) for (name, _), answer in zip(read, answers, strict=True)]
    if as_json:
        show_json(rows + unread)
    else:
        _show(rows, is_checked=rpc is not None)
    if any(one.state is not State.UNKNOWN for one in answers):
        fail(EXIT_NOT_TRUE)
    if unread:
        fail(EXIT_REFUSED)


@app.command()
def keys(data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """List the fingerprint keys: since when each is live, and how much rests on it alone."""
    with service(data) as opened:
        with opened.database.read() as session:
            found = standing_of_keys(session)
        shown = [_key(opened, one) for one in found]
    if as_json:
        show_json(shown)
        return
    table = Table(
        "Version", "Live since", "Retired", "Invoices under it alone", "Of these partly used", "Public key"
    )
    for one in shown:
        table.add_row(
            str(one["version"]),
            one["live_since"],
            one["retired_at"] or "",
            str(one["invoices_alone"]),
            str(one["uses_alone"]),
            one["public"],
        )
    out.print(table)


@app.command("rotate")
def rotate_keys(data: DataOption = DATA) -> None:
    """Make a new fingerprint key beside the old, publish it on the ledger, and enter every invoice under it too.

    Interrupted, it goes on where it stopped. Until `fingerprint retire` ends the old key, both are live.
    """
    with service(data) as opened:
        with Progress(console=err, transient=True) as bar:
            task = bar.add_task("Entering invoices …", total=None)
            version, filled = rotate(
                opened, lambda one: bar.update(task, completed=one.done, total=one.total)
            )
        out.print(
            f"[green]✓[/] Fingerprint key {version} is live; {filled.done} invoices were entered under it."
        )
        out.print(f"  Back up {fingerprint_keys(opened.folder).path(version)}.", style="dim")
    if filled.left:
        err.print(f"These cannot be read any more and stay under the older key: {', '.join(filled.left)}")
        fail(EXIT_NOT_TRUE)


@app.command()
def retire(
    version: Annotated[int, typer.Argument(help="The key's version.")],
    data: DataOption = DATA,
) -> None:
    """End a fingerprint key. Refused while an invoice entered under it alone can still be registered."""
    with service(data) as opened:
        done = retire_fingerprint_key(opened.context, version)
        out.print(
            f"[green]✓[/] Nothing is entered or answered under fingerprint key {done.version} any more."
        )


def _key(opened: Service, one: KeyStanding) -> dict[str, Any]:
    block = opened.node.block(one.key.block_number)
    since = from_unix(int(block["timestamp"], 16)) if block else None
    return {
        "version": one.key.version,
        "public": one.key.public,
        "block": one.key.block_number,
        "live_since": moment(since) if since else "",
        "retired_at": ended(one.key.retired_at),
        "invoices_alone": one.invoices_alone,
        "uses_alone": one.uses_alone,
    }


def connect(registry: str, api_key: str) -> httpx.Client:
    """A connection to the registry asked; answers are bounded in time."""
    headers = {"Authorization": f"Bearer {api_key}", "User-Agent": "counterfoil"}
    return httpx.Client(base_url=registry, headers=headers, timeout=SECONDS)


def _read(files: list[Path]) -> tuple[list[tuple[str, Invoice]], list[dict[str, Any]]]:
    """Every invoice with its file's name, and the files that cannot be read, which are reported."""
    read: list[tuple[str, Invoice]] = []
    unread: list[dict[str, Any]] = []
    for path in files:
        name = printable(str(path))
        try:
            with path.open("rb") as file:
                read += [(name, one) for one in read_invoice(file.read(MAX_FILE_BYTES + 1), path.name)]
        except Refusal as refusal:
            err.print(f"{name}:", markup=False)
            report(refusal)
            unread.append({"file": name, "code": refusal.code, "detail": refusal.detail})
    return read, unread


def _answers(
    read: list[tuple[str, Invoice]], registry: str, api_key: str, rpc: str | None, contract: str | None
) -> list[Answer]:
    if not read:
        return []
    invoices = [one for _, one in read]
    with connect(registry, api_key) as http:
        if rpc is None or contract is None:
            return Outside(http).check(invoices)
        with Node(rpc) as node:
            return Outside(http).check(invoices, Ledger(node, address_of(contract)))


def _row(name: str, answer: Answer) -> dict[str, Any]:
    return {
        "file": name,
        "state": answer.state.value,
        "kind": answer.kind.value if answer.kind else None,
        "is_used_on_ledger": answer.is_used_on_ledger,
        "is_key_checked": answer.is_used_on_ledger is not None,
    }


def _show(rows: list[dict[str, Any]], *, is_checked: bool) -> None:
    for one in rows:
        mark = "[green]✓[/]" if one["state"] == State.UNKNOWN else "[red]✗[/]"
        kind = _KINDS[Kind(one["kind"]) if one["kind"] else None]
        out.print(mark, end=" ")
        out.print(f"{one['file']}: {_STATES[State(one['state'])]}{kind}", markup=False)
    if not is_checked:
        out.print(
            "The registry's key was not checked against the chain: give --rpc and --contract.", style="dim"
        )
