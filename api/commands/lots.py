"""`lot …` and `search`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api import ids, views
from api import search as hits
from api.commands.rules import show_warnings_about
from api.metadata import picture_of
from api.service import Service
from api.terminal import (
    DATA,
    DataOption,
    Desk,
    JsonOption,
    KeyOption,
    Keystore,
    PasswordOption,
    desk,
    out,
    service,
    show_json,
)
from registry.kit.errors import BadInput
from registry.kit.money import Money, currency
from registry.receivables import queries
from registry.receivables.lots import reject_lot, rejection_message, transfer_lot, transfer_message

app = typer.Typer(no_args_is_help=True)
LotArgument = Annotated[str, typer.Argument(help="The lot's id: lot_ and 64 digits, or its first 6 or more.")]
AmountOption = Annotated[str | None, typer.Option(help="A part of it, e.g. 400000.00; all of it by default.")]
MIN_DIGITS = 6
MAX_HITS = 50


def add_to(root: typer.Typer) -> None:
    root.command()(search)


class BadLotId(BadInput):
    code = "bad_lot_id"
    title = "This is not a lot's id"


class PictureNotWritten(BadInput):
    code = "picture_not_written"
    title = "The picture cannot be written there"


def resolve(opened: Service, written: str) -> str:
    """The full id behind what a person typed."""
    digits = ids.LOT.loosely(written).removeprefix("0x")
    if not digits or len(digits) > 64 or set(digits) - set("0123456789abcdef"):
        raise BadLotId(f"{written!r}: a lot's id is lot_ and 64 hex digits, or the first 6 or more of them.")
    if len(digits) < MIN_DIGITS:
        raise BadLotId(f"{written!r} is too short; give at least {MIN_DIGITS} digits.")
    with opened.database.read() as session:
        return queries.full_lot_id(session, "0x" + digits)


@dataclass(frozen=True)
class LotDesk(Desk):
    """A desk with the lot an act is on."""

    lot: str

    def money(self, amount: str | None) -> Money:
        """An amount in the lot's currency; all of the lot where none is given."""
        with self.opened.database.read() as session:
            record = queries.lot(session, self.lot)
            unit = queries.receivable(session, record.receivable).currency
            return Money.parse(amount, unit) if amount else Money(record.amount, currency(unit))


@contextmanager
def at_lot(data: Path, lot: str, *keystores: Keystore) -> Iterator[LotDesk]:
    """The registry, the full id behind what was typed, and the keys that sign."""
    with desk(data, *keystores) as opened:
        yield LotDesk(opened.opened, opened.keys, resolve(opened.opened, lot))


@app.command()
def transfer(
    lot: LotArgument,
    to: Annotated[int, typer.Option(help="The receiver's party number.")],
    key: KeyOption,
    amount: AmountOption = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Pass a lot on, whole or in part. A part becomes a lot of its own; the rest stays."""
    with at_lot(data, lot, (key, password)) as at:
        sum_ = at.money(amount)
        consents = at.signed(lambda session: transfer_message(session, at.lot, to, sum_.amount_minor))
        act = transfer_lot(at.context, at.lot, to, sum_.amount_minor, consents)
        show_warnings_about(at.opened, f"lot:{at.lot}", "transfer")
        at.finish(act, f"{sum_} passed to party {to}.")
        _show_lots_of(at.opened, at.lot)


def _show_lots_of(opened: Service, lot: str) -> None:
    with opened.database.read() as session:
        record = queries.lot(session, lot)
        others = queries.lots(session, receivable_id=record.receivable)
        views_of = views.lots_of(session, [record, *(one for one in others if one.parent == lot)])
    for one in views_of:
        out.print(
            f"  {one['id']}  {one['amount']['amount']} {one['amount']['currency']}, "
            f"{one['status']}, held by {one['holder']['name']}"
        )


@app.command()
def reject(
    lot: LotArgument, key: KeyOption, password: PasswordOption = None, data: DataOption = DATA
) -> None:
    """Give a lot just received back to its sender, within the reject window."""
    with at_lot(data, lot, (key, password)) as at:
        consents = at.signed(lambda session: rejection_message(session, at.lot))
        at.finish(reject_lot(at.context, at.lot, consents), "The lot went back.")


@app.command("list")
def list_lots(
    holder: Annotated[int | None, typer.Option(help="Only those of this holder.")] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show lots."""
    with service(data) as opened, opened.database.read() as session:
        shown = []
        after = ""
        while page := queries.lots(session, holder=holder, after=after):
            shown += views.lots_of(session, page)
            after = page[-1].id
    if as_json:
        show_json(shown)
        return
    table = Table("Id", "Amount", "Status", "Holder", "Obligor", "Maturity")
    for one in shown:
        table.add_row(
            one["id"][:20] + "…",
            f"{one['amount']['amount']} {one['amount']['currency']}",
            one["status"],
            one["holder"]["name"],
            one["obligor"]["name"],
            one["maturity"],
        )
    out.print(table if shown else "There are no lots yet; they begin with a confirmation.")


def search(
    what: Annotated[
        str, typer.Argument(help="A name, tax id, invoice number, party number or part of an id.")
    ],
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Find parties, invoices, receivables and lots by any number, name or tax id."""
    with service(data) as opened, opened.database.read() as session:
        found = hits.search(session, what, MAX_HITS)
    if as_json:
        show_json(found)
        return
    table = Table("Kind", "Id", "", "", "Status")
    for one in found:
        table.add_row(one["kind"], one["id"], one["title"], one["detail"], one["status"])
    if found:
        out.print(table)
    else:
        out.print(f"Nothing is called {what!r} here.", markup=False)


@app.command()
def show(lot: LotArgument, data: DataOption = DATA) -> None:
    """Show one lot."""
    with service(data) as opened:
        lot = resolve(opened, lot)
        with opened.database.read() as session:
            show_json(views.lot(session, queries.lot(session, lot)))


@app.command()
def picture(
    lot: LotArgument,
    to: Annotated[Path, typer.Option(help="Where to write it.")] = Path("lot.svg"),
    data: DataOption = DATA,
) -> None:
    """Write the picture (SVG) that the ledger itself draws of a lot."""
    with at_lot(data, lot) as at:
        svg = picture_of(at.opened, at.lot)
        try:
            to.write_bytes(svg)
        except OSError as error:
            raise PictureNotWritten(f"{to}: {error.strerror}.") from error
        out.print(f"[green]✓[/] {to}")


@app.command()
def trace(lot: LotArgument, data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Show where a lot comes from, as the mirror has it: every act up to the registration."""
    with service(data) as opened:
        lot = resolve(opened, lot)
        with opened.database.read() as session:
            view = views.trace(session, lot)
    if as_json:
        show_json(view)
        return
    for step in view["path"]:
        one = step["lot"]
        out.print(
            f"[bold]{one['id']}[/]  {one['amount']['amount']} {one['amount']['currency']}, {one['status']}"
        )
        for act in step["acts"]:
            out.print(
                f"  {act['at']}  {act['kind']}: {act['amount']['amount']} with {act['holder']['name']}"
                f"  (block {act['block']})"
            )
    of = view["receivable"]
    out.print(
        f"[bold]Receivable {of['id']}[/] of {of['obligor']['name']}, due {of['maturity']}, {of['face']['amount']}"
    )
    for invoice in view["invoices"]:
        out.print(
            f"  invoice {invoice['fingerprint']}: {invoice['amount']['amount']} of {invoice['cap']['amount']}"
        )
