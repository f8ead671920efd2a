"""`receivable …`"""

from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api import ids, views
from api.commands.lots import resolve
from api.commands.rules import show_warnings, show_warnings_about
from api.service import Service
from api.terminal import (
    DATA,
    DataOption,
    JsonOption,
    KeyOption,
    PasswordOption,
    desk,
    out,
    service,
    show_json,
)
from api.wording import Words
from registry.invoices import queries as invoices
from registry.kit.errors import BadInput
from registry.kit.money import Money, currency
from registry.receivables import queries
from registry.receivables.checks import DraftRequest, Use
from registry.receivables.disputes import Grounds, contest_message, contest_receivable
from registry.receivables.endings import (
    cancel_receivable,
    cancellation_message,
    declinature_message,
    decline_receivable,
    expire_receivable,
    withdraw_receivable,
    withdrawal_message,
)
from registry.receivables.rules import CONTEST_CODES, contest_code_name
from registry.receivables.use_cases import (
    Prepared,
    confirm_receivable,
    confirmation_message,
    issue_messages,
    issue_receivable,
    prepare_receivable,
    register_receivable,
    registration_message,
)

app = typer.Typer(no_args_is_help=True)
IdArgument = Annotated[
    str, typer.Argument(help="The receivable's id: rcv_ and 16 digits.", callback=ids.RECEIVABLE.loosely)
]
InvoicesOption = Annotated[
    list[str],
    typer.Option(
        help="Invoice id, or id=amount for a part of it, for example inv_…=400.00. May be repeated."
    ),
]
OriginatorOption = Annotated[int, typer.Option(help="The supplier's party number.")]
ObligorOption = Annotated[int, typer.Option(help="The core enterprise's party number.")]
MaturityOption = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Day of payment.")]
SettlerOption = Annotated[
    int, typer.Option(help="Party that records payments; 0 = the holders' own receipts.")
]
ObligorKeyOption = Annotated[Path, typer.Option(help="Keystore of the obligor, which signs too.")]
ObligorPasswordOption = Annotated[
    str | None, typer.Option(envvar="COUNTERFOIL_OBLIGOR_PASSWORD", help="Opens the obligor's keystore.")
]
ReasonOption = Annotated[str, typer.Option(help="Why; its hash goes on the chain.")]
MAX_CODE_DIGITS = 2
CODES_HELP = "; ".join(f"{contest_code_name(code)} {name}" for code, name in CONTEST_CODES.items())


class EvidenceUnreadable(BadInput):
    code = "evidence_unreadable"
    title = "The file with the evidence cannot be read"


@app.command()
def register(
    invoice: InvoicesOption,
    originator: OriginatorOption,
    obligor: ObligorOption,
    maturity: MaturityOption,
    key: KeyOption,
    settler: SettlerOption = 0,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Register a receivable over invoices; the supplier signs all its terms."""
    with desk(data, (key, password)) as at:
        prepared = _prepared(at.opened, invoice, (originator, obligor, settler), maturity)
        consents = at.signed(lambda session: registration_message(session, prepared.receivable))
        act = register_receivable(at.context, prepared.receivable, consents)
        at.finish(
            act,
            f"Receivable {prepared.receivable} over {_face(prepared)} is registered; its obligor may confirm.",
        )


@app.command()
def prepare(
    invoice: InvoicesOption,
    originator: OriginatorOption,
    obligor: ObligorOption,
    maturity: MaturityOption,
    settler: SettlerOption = 0,
    data: DataOption = DATA,
) -> None:
    """Check a receivable and keep it as a draft, to be registered with others under one signature."""
    with desk(data) as at:
        prepared = _prepared(at.opened, invoice, (originator, obligor, settler), maturity)
        shown = ids.RECEIVABLE.outside(prepared.receivable)
        out.print(f"[green]✓[/] Receivable {shown} over {_face(prepared)} is prepared.")


def _prepared(
    opened: Service, invoice: list[str], parties: tuple[int, int, int], maturity: datetime
) -> Prepared:
    originator, obligor, settler = parties
    request = DraftRequest(
        originator=originator,
        obligor=obligor,
        settler=settler,
        maturity=maturity.date(),
        uses=tuple(_use(opened, one) for one in invoice),
    )
    prepared = prepare_receivable(opened.context, request)
    show_warnings([one.as_json() for one in prepared.warnings])
    return prepared


def _face(prepared: Prepared) -> Money:
    return Money(prepared.terms.face, currency(prepared.terms.currency))


def _use(opened: Service, written: str) -> Use:
    invoice, equals, amount = written.partition("=")
    if not equals:
        return Use(invoice)
    with opened.database.read() as session:
        record = invoices.invoice_by_id(session, invoice)
        return Use(invoice, Money.parse(amount, record.currency).amount_minor)


@app.command()
def confirm(
    receivable: IdArgument, key: KeyOption, password: PasswordOption = None, data: DataOption = DATA
) -> None:
    """The obligor confirms that it owes exactly this."""
    with desk(data, (key, password)) as at:
        with at.opened.database.read() as session:
            message = confirmation_message(session, receivable)
        act = confirm_receivable(at.context, receivable, at.signed(lambda _: message))
        show_warnings_about(at.opened, f"receivable:{receivable}", "confirm")
        terms = message.terms
        at.finish(
            act,
            f"{Money(terms.face, currency(terms.currency))} confirmed. Root lot lot_{terms.root_lot:064x}",
        )


@app.command()
def issue(
    receivable: IdArgument,
    key: KeyOption,
    obligor_key: ObligorKeyOption,
    password: PasswordOption = None,
    obligor_password: ObligorPasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Register and confirm a prepared receivable in one: its obligor owes it, its supplier accepts that."""
    with desk(data, (key, password), (obligor_key, obligor_password or password)) as at:
        with at.opened.database.read() as session:
            messages = issue_messages(session, receivable)
        consents = [one.sign(at.opened, message) for one, message in zip(at.keys, messages, strict=True)]
        act = issue_receivable(at.context, receivable, consents)
        for judged in ("register", "confirm"):
            show_warnings_about(at.opened, f"receivable:{receivable}", judged)
        terms = messages[0].terms
        face = Money(terms.face, currency(terms.currency))
        at.finish(act, f"{face} registered and confirmed. Root lot 0x{terms.root_lot:064x}")


@app.command()
def decline(
    receivable: IdArgument,
    key: KeyOption,
    reason: ReasonOption,
    owed: Annotated[str, typer.Option(help="What is owed instead, as a decimal amount.")] = "0",
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """The obligor says that it does not owe this; the invoices are free again."""
    with desk(data, (key, password)) as at:
        with at.opened.database.read() as session:
            unit = queries.receivable(session, receivable).currency
        owed_minor = Money.parse(owed, unit).amount_minor
        consents = at.signed(
            lambda session: declinature_message(session, receivable, owed_minor, reason), Words(reason=reason)
        )
        act = decline_receivable(at.context, receivable, owed_minor, reason, consents)
        at.finish(act, f"Receivable {receivable} declined.")


@app.command()
def withdraw(
    receivable: IdArgument,
    key: KeyOption,
    reason: ReasonOption,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """The supplier takes an unconfirmed receivable back; the invoices are free again."""
    with desk(data, (key, password)) as at:
        consents = at.signed(
            lambda session: withdrawal_message(session, receivable, reason), Words(reason=reason)
        )
        act = withdraw_receivable(at.context, receivable, reason, consents)
        at.finish(act, f"Receivable {receivable} withdrawn.")


@app.command()
def expire(receivable: IdArgument, data: DataOption = DATA) -> None:
    """Clear away what its obligor did not confirm in time. Anybody may."""
    with desk(data) as at:
        at.finish(expire_receivable(at.context, receivable), f"Receivable {receivable} has expired.")


@app.command()
def cancel(
    receivable: IdArgument,
    key: KeyOption,
    obligor_key: ObligorKeyOption,
    reason: ReasonOption,
    password: PasswordOption = None,
    obligor_password: ObligorPasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Supplier and obligor undo a confirmed receivable while the supplier still holds all of it."""
    with desk(data, (key, password), (obligor_key, obligor_password or password)) as at:
        consents = at.signed(
            lambda session: cancellation_message(session, receivable, reason), Words(reason=reason)
        )
        act = cancel_receivable(at.context, receivable, reason, consents)
        at.finish(act, f"Receivable {receivable} canceled.")


@app.command()
def contest(
    receivable: IdArgument,
    by: Annotated[int, typer.Option(help="Number of the party that contests: the obligor or a holder.")],
    code: Annotated[str, typer.Option(help=CODES_HELP)],
    evidence: Annotated[Path, typer.Option(help="What shows it; only its SHA-256 goes on the chain.")],
    key: KeyOption,
    lot: Annotated[str | None, typer.Option(help="A holder names its lot; an obligor may.")] = None,
    password: PasswordOption = None,
    data: DataOption = DATA,
) -> None:
    """Contest a confirmed receivable. Nothing moves; everybody can see it."""
    with desk(data, (key, password)) as at:
        grounds = Grounds(by, _code(code), _sha256(evidence), resolve(at.opened, lot) if lot else None)
        consents = at.signed(lambda session: contest_message(session, receivable, grounds))
        act = contest_receivable(at.context, receivable, grounds, consents)
        at.finish(act, f"Receivable {receivable} contested ({contest_code_name(grounds.code)}).")


def _code(written: str) -> int:
    digits = written.upper().removeprefix("C")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MAX_CODE_DIGITS else 0


def _sha256(path: Path) -> bytes:
    try:
        return sha256(path.read_bytes()).digest()
    except OSError as error:
        raise EvidenceUnreadable(f"{path}: {error.strerror}.") from error


@app.command("list")
def list_receivables(
    party: Annotated[
        int | None, typer.Option(help="Only those of this party, as obligor or supplier.")
    ] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show receivables."""
    with service(data) as opened, opened.database.read() as session:
        shown = []
        after = ""
        while page := queries.receivables(session, party=party, after=after):
            shown += views.receivables_of(session, page)
            after = page[-1].id
    if as_json:
        show_json(shown)
        return
    table = Table("Id", "Status", "Obligor", "Supplier", "Face", "Settled", "Maturity")
    for one in shown:
        table.add_row(
            one["id"],
            one["status"],
            one["obligor"]["name"],
            one["originator"]["name"],
            f"{one['face']['amount']} {one['face']['currency']}",
            one["settled"]["amount"],
            one["maturity"],
        )
    out.print(table if shown else "There are no receivables yet: `counterfoil receivable register`.")


@app.command()
def show(receivable: IdArgument, data: DataOption = DATA) -> None:
    """Show one receivable and its lots."""
    with service(data) as opened, opened.database.read() as session:
        view = views.receivable(session, queries.receivable(session, receivable))
        view["all_lots"] = views.lots_of(session, queries.lots(session, receivable_id=receivable))
        show_json(view)
