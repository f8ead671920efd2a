"""`rules …`"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from api import ids, rule_views, setup
from api.service import Service
from api.terminal import (
    DATA,
    EXIT_NOT_TRUE,
    DataOption,
    JsonOption,
    fail,
    finish,
    out,
    refusals_reported,
    service,
    show_json,
)
from registry.parties import queries as parties
from registry.parties.use_cases import set_limits
from registry.receivables import queries as receivables
from registry.receivables.errors import ReceivableNotFound
from registry.receivables.rulings import receivable_facts
from registry.receivables.use_cases import registration_message, terms_of
from registry.rules import queries
from registry.rules.errors import PackInvalid, PackNotFound
from registry.rules.evaluate import evaluate
from registry.rules.facts import Facts
from registry.rules.pack import Pack, packaged, packaged_ids, read_pack
from registry.rules.use_cases import choose_packs, set_size
from registry.rules.use_cases import replay as replay_decision

app = typer.Typer(no_args_is_help=True)
AsOfOption = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Judge as of this day; today by default.")
]
MARKS = {"pass": "[green]✓[/]", "warn": "[yellow]![/]", "block": "[red]✗[/]"}


def pack_named(written: str) -> Pack:
    """A pack that comes with the program by its id, or the one in a file. Raises PackNotFound, PackInvalid."""
    path = Path(written)
    if written in packaged_ids() or path.suffix != ".toml":
        return packaged(written)
    try:
        return read_pack(path.read_bytes().decode())
    except OSError as error:
        raise PackNotFound(f"{written} cannot be opened: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise PackInvalid(f"{written} is no text in UTF-8.") from None


def show_warnings(findings: Sequence[dict[str, Any]]) -> None:
    """What soft rules say of an act that goes on."""
    for one in findings:
        out.print(f"{MARKS['warn']} {_sentence(one)}")


def show_warnings_about(opened: Service, subject: str, act: str) -> None:
    """The warnings of the newest decisions on a record."""
    with opened.database.read() as session:
        newest = queries.newest_decisions(session, subject, act)
    show_warnings([found for one in newest for found in one.findings if found["outcome"] == "warn"])


@app.command("list")
def list_packs(data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Show the packs: those the registry works under, and those it could choose."""
    with service(data) as opened, opened.database.read() as session:
        rows = rule_views.rule_packs(session)
    if as_json:
        show_json(rows)
        return
    table = Table("", "Pack", "Version", "Status", "Title")
    for one in rows:
        mark = "chosen" if one["is_chosen"] else ""
        status = one["status"].replace("_", " ")
        table.add_row(mark, one["pack"], one["version"][:12], status, one["title"]["en"])
    out.print(table)


@app.command()
def show(
    pack: Annotated[str, typer.Argument(help="The pack's id, a TOML file, or a version kept here.")],
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show a pack's rules with their source and how well that is known."""
    if len(pack) == 64:
        with service(data) as opened, opened.database.read() as session:
            shown = queries.stored_pack(session, pack)
    else:
        with refusals_reported():
            shown = pack_named(pack)
    if as_json:
        show_json(rule_views.rule_pack(shown))
        return
    out.print(f"[bold]{shown.id}[/] {shown.title_en} / {shown.title_zh}")
    out.print(f"  version {shown.version}, {shown.status.replace('_', ' ')}")
    for rule in shown.rules:
        until = f" to {rule.valid_to}" if rule.valid_to else ""
        since = f"from {rule.valid_from}{until}" if rule.valid_from else "in force on no day yet"
        out.print(f"[bold]{rule.name}[/] ({rule.kind}, {rule.strength}, {since}; {', '.join(rule.acts)})")
        for line in (rule.text_en, rule.text_zh, f"Source: {rule.source}", rule.source.note, rule.remedy):
            if line:
                out.print(f"  {line}", markup=False)


@app.command()
def use(
    packs: Annotated[list[str], typer.Argument(help="Ids of packs, or TOML files; all of them hold.")],
    data: DataOption = DATA,
) -> None:
    """Work under these packs from now on, and set the contract's limits by them."""
    with service(data) as opened:
        named = [pack_named(one) for one in packs]
        choose_packs(opened.database, opened.context.clock, named)
        out.print(f"[green]✓[/] Rules: {', '.join(pack.id for pack in named)}.")
        wanted = setup.limits_word(named, opened.context.clock.now().date())
        with opened.database.read() as session:
            current = parties.limits(session)
        if current is None or replace(current, state=wanted.state) != wanted:
            act = set_limits(opened.context, wanted)
            finish(
                opened,
                act,
                f"The contract's limits: {wanted.max_tenor_days} days, {wanted.max_hops} hops, "
                f"{wanted.expiry_days} days to confirm.",
            )


@app.command()
def size(
    party: Annotated[int, typer.Argument(help="The party's number.")],
    size_class: Annotated[str, typer.Argument(help="agency, large, medium, small or micro.")],
    data: DataOption = DATA,
) -> None:
    """Record a party's size class, which decides whether rules on payments to SMEs hold."""
    with service(data) as opened:
        with opened.database.read() as session:
            name = parties.profile(session, party).name
        set_size(opened.database, opened.context.clock, party, size_class)
        out.print(f"[green]✓[/] {name} is recorded as {size_class}.")


@app.command()
def check(
    receivable: Annotated[
        str, typer.Argument(help="The receivable's id: rcv_ and 16 digits.", callback=ids.RECEIVABLE.loosely)
    ],
    as_of: AsOfOption = None,
    pack: Annotated[str | None, typer.Option(help="Judge by this pack instead of the chosen ones.")] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Judge a receivable or draft by the rules in force on a day. Nothing is stored. Exit status 6 if it is blocked."""
    with service(data) as opened, opened.database.read() as session:
        on = as_of.date() if as_of else opened.context.clock.now().date()
        facts = _facts(session, receivable, on)
        packs = [pack_named(pack)] if pack else queries.chosen_packs(session)
        decided = [evaluate(one, facts, on) for one in packs]
    if as_json:
        show_json([rule_views.ruling(one) for one in decided])
    for one in [] if as_json else decided:
        _describe(rule_views.ruling(one))
    if any(one.outcome == "block" for one in decided):
        fail(EXIT_NOT_TRUE)


def _facts(session: Session, receivable: str, on: date) -> Facts:
    try:
        terms, act = terms_of(receivables.receivable(session, receivable)), "confirm"
    except ReceivableNotFound:
        terms, act = registration_message(session, receivable).terms, "prepare"
    return receivable_facts(session, act, receivable, terms, on)


@app.command()
def decisions(
    record: Annotated[str, typer.Argument(help="A receivable's id, or a lot's whole id.")],
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show what was decided on a receivable or lot, oldest first."""
    with service(data) as opened, opened.database.read() as session:
        about = ids.record(record)
        found = [rule_views.stored_ruling(one) for one in queries.decisions_about(session, about)]
    if as_json:
        show_json(found)
        return
    for one in found:
        out.print(f"[bold]{one['id']}[/] {one['act']}")
        _describe(one)
    if not found:
        out.print(f"Nothing was decided on {record} here.")


@app.command()
def replay(
    decision: Annotated[str, typer.Argument(help="The decision's id: dec_…")],
    as_of: AsOfOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Judge a decision's facts again by the pack it was taken by, as of its day or another one.

    Exit status 6 if the answer of its own day is not the one that was stored.
    """
    with service(data) as opened, opened.database.read() as session:
        stored = queries.decision(session, decision)
        again = replay_decision(session, decision, as_of.date() if as_of else None)
    view = {**rule_views.ruling(again.decision), "is_identical": again.is_identical}
    if as_json:
        show_json(view)
    else:
        out.print(
            f"[bold]{stored.id}[/] {stored.act} on {ids.shown(stored.subject)}, {stored.as_of}: {stored.outcome}"
        )
        _describe(view)
        if again.decision.as_of == stored.as_of:
            out.print("The same answer." if again.is_identical else "Another answer than the one stored.")
    if again.decision.as_of == stored.as_of and not again.is_identical:
        fail(EXIT_NOT_TRUE)


def _describe(view: dict[str, Any]) -> None:
    version = str(view["version"])[:12]
    out.print(f"{view['pack']} (version {version}) as of {view['as_of']}: [bold]{view['outcome']}[/]")
    for one in view["findings"]:
        out.print(f"  {MARKS[one['outcome']]} {_sentence(one)}")
    if not view["findings"]:
        out.print("  No rule in force concerns it.")


def _sentence(finding: dict[str, Any]) -> str:
    source = "" if finding["outcome"] == "pass" else f" ({finding['source']})"
    return escape(f"{finding['rule']}: {finding['detail']}{source}")
