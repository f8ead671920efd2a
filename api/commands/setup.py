"""`init`, `serve`, `work`, `status`."""

import re
from typing import Annotated, cast, get_args

import typer

from api import setup
from api.commands.rules import pack_named
from api.logs import set_up
from api.loops import until_told_to_stop
from api.settings import Own
from api.status import full_status
from api.terminal import DATA, DataOption, JsonOption, clock, err, out, refusals_reported, service, show_json
from registry.chain.finality import PATTERN
from registry.kit.collecting import uncollected


def add_to(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(serve)
    app.command()(work)
    app.command()(status)


def init(
    data: DataOption = DATA,
    rpc: Annotated[
        str | None,
        typer.Option(help="JSON-RPC URL of a node; without it a chain of its own is kept in the folder."),
    ] = None,
    finality: Annotated[
        str | None,
        typer.Option(
            help="When a block is final: instant, finalized (the node's tag), or a number of blocks."
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            envvar="COUNTERFOIL_DATABASE_URL",
            help="Where the database is, as postgresql://user@host/name; without it registry.db in the folder.",
        ),
    ] = None,
    operator: Annotated[str, typer.Option(help="Name of the registry's operator.")] = "Registry operator",
    rules: Annotated[
        list[str] | None,
        typer.Option(help="Rule pack to work under, by id or TOML file; may be repeated. Default: generic."),
    ] = None,
    token_key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=URI",
            help="Which of operator, relay and arbiter is in a token, by its PKCS#11 URI; may be repeated. The "
            "others are made as keystores.",
        ),
    ] = None,
) -> None:
    """Found a registry: make keys and database, deploy the contract, write the settings.

    Can be run again after an interruption; it completes what lacks and brings the database up to date.
    """
    with refusals_reported():
        founding = setup.Founding(
            folder=data,
            rpc_url=rpc,
            finality=_checked_finality(finality),
            database_url=database,
            operator_name=operator,
            packs=tuple(pack_named(one) for one in rules or ()),
            token_keys=dict(_named_key(one) for one in token_key or ()),
        )
        setup.found(founding, clock(), lambda said: out.print(f"[green]✓[/] {said}"))
    out.print(f"\nThe registry lives in [bold]{data}[/]. Back up, in this order of importance:")
    out.print(f"  {data}/keys          without the operator's keys nobody can be admitted; without")
    out.print("                       the fingerprint key no duplicate is recognized")
    kept = "the database         " if database else f"{data}/registry.db   "
    out.print(f"  {kept}invoices and drafts; all else is rebuilt from the chain")
    if rpc is None:
        out.print(f"  {data}/chain.db      the chain itself, while it is kept here")
    out.print("Next: `counterfoil party add`, or `counterfoil serve`.")


def _checked_finality(given: str | None) -> str | None:
    if given is not None and not re.fullmatch(PATTERN, given):
        raise typer.BadParameter("Say instant, finalized, or a number of blocks.", param_hint="--finality")
    return given


def _named_key(given: str) -> tuple[Own, str]:
    name, _, uri = given.partition("=")
    if name not in get_args(Own):
        raise typer.BadParameter(f"Say {', '.join(get_args(Own))}, = and the URI.", param_hint="--token-key")
    return cast("Own", name), uri


def serve(
    data: DataOption = DATA,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 = any free one.")] = None,
    is_working: Annotated[
        bool,
        typer.Option(
            "--work/--no-work",
            help="Run relay, mirror and imports in this process as well, or leave them to `work`.",
        ),
    ] = True,
) -> None:
    """Run the API, with relay and mirror unless told otherwise, until SIGTERM or Ctrl-C.

    Requests under way are answered first; ten seconds is all they get.
    """
    # Every endpoint and page takes a second to import, which no other command should wait for.
    with uncollected():
        from api.serving import run_server  # noqa: PLC0415

    with until_told_to_stop(), service(data, is_command=False) as opened:
        set_up(opened.settings.log_format)
        run_server(opened, data, host=host, port=port, is_working=is_working)


def work(data: DataOption = DATA) -> None:
    """Run relay, mirror, imports and rechecks without the API, until SIGTERM or Ctrl-C.

    Of any number of such processes on one database one does each of these, and another goes on where it ends.
    """
    from api.serving import run_work  # noqa: PLC0415

    with until_told_to_stop(), service(data, is_command=False) as opened:
        set_up(opened.settings.log_format)
        run_work(opened)


def status(data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Say how the registry is: chain, mirror, outbox, records."""
    with service(data) as opened:
        view = full_status(opened)
    if as_json:
        show_json(view)
        return
    code = "known" if view["is_code_known"] else "[bold red]UNKNOWN[/]"
    out.print(f"contract   {view['contract']} on chain {view['chain_id']}, its code {code}")
    out.print(f"chain      block {view['chain_block']} at {view['rpc']}")
    mirror = view["mirror"]
    out.print(
        f"mirror     block {mirror['block']}, final {mirror['final_block']}, {mirror['lag_blocks']} behind"
    )
    acts = view["acts"]
    out.print(
        f"outbox     {acts['pending']} pending, {acts['sent']} sent, {acts['orphaned']} sent again, "
        f"{acts['included']} done, {acts['refused']} refused"
    )
    records = view["records"]
    out.print(
        f"records    {records['parties']} parties, {records['invoices']} invoices, "
        f"{records['receivables']} receivables, {records['lots']} lots"
    )
    if view["quarantined"]:
        err.print("[bold red]The mirror stopped at a log it cannot read; a newer version may read it.[/]")
