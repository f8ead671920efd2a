"""`invoice suspicions` and `invoice decide`: invoices that may be one."""

from typing import Annotated

import typer
from rich.table import Table

from api import suspicion_views
from api.terminal import DATA, DataOption, JsonOption, out, service, show_json
from api.views import View
from registry.invoices import near_queries as queries
from registry.invoices.deciding import decide_suspicion
from registry.invoices.rules import Verdict

OPERATOR = "operator"
StateOption = Annotated[
    str, typer.Option(help="open, or decided as same, different, corrected, unclear; empty for all.")
]


def add_to(app: typer.Typer) -> None:
    """Put the commands among those on invoices."""
    app.command("suspicions")(list_suspicions)
    app.command("decide")(decide)


def list_suspicions(
    suspicion: Annotated[str, typer.Argument(help="One of them, side by side; all if left out.")] = "",
    state: StateOption = "open",
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show invoices that may be one, the most suspicious first, or two of them side by side."""
    with service(data) as opened, opened.database.read() as session:
        if suspicion:
            shown = [suspicion_views.suspicion(session, queries.suspicion(session, suspicion))]
        else:
            shown, after = [], ""
            while page := queries.suspicions(session, state=state, after=after):
                shown += suspicion_views.suspicions(session, page)
                after = page[-1].id
    if as_json:
        show_json(shown)
    elif suspicion:
        _side_by_side(shown[0])
    else:
        out.print(_table(shown) if shown else "None.")


def _table(shown: list[View]) -> Table:
    table = Table("Id", "Points", "Invoice", "The other one", "Reasons", "Decision")
    for one in shown:
        table.add_row(
            one["id"],
            str(one["score"]),
            one["invoice"]["number"],
            one["other"]["number"],
            ", ".join(one["signs"]),
            one["state"],
        )
    return table


def _side_by_side(one: View) -> None:
    table = Table("Field", one["invoice"]["id"], one["other"]["id"], "")
    for each in one["fields"]:
        table.add_row(each["field"], each["invoice"], each["other"], "differs" if each["differs"] else "")
    out.print(table)
    out.print(f"{one['score']} points: {', '.join(one['signs'])}. {one['state']}.", markup=False)
    for told in one["verdicts"]:
        out.print(f"{told['decided_at']} {told['by']}: {told['verdict']}. {told['why']}", markup=False)


def decide(
    suspicion: Annotated[str, typer.Argument(help="A suspicion's id.")],
    verdict: Annotated[
        Verdict,
        typer.Argument(
            help="same: block the later one; different: both are honest; corrected: the later one replaces the"
            " earlier; unclear: ask again."
        ),
    ],
    why: Annotated[str, typer.Option(help="The reason, in words.")],
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Decide whether two invoices are one. A later decision takes an earlier one back."""
    with service(data) as opened:
        done = decide_suspicion(
            opened.database,
            suspicion,
            verdict,
            why=why,
            by=OPERATOR,
            clock=opened.context.clock,
            ids=opened.context.new_id,
        )
    if as_json:
        show_json({"verdict": done.verdict, "outcome": done.outcome, "other_outcome": done.other_outcome})
    else:
        out.print(
            f"Decided: {done.verdict.value}. The later invoice is {done.outcome.value}, "
            f"the earlier one {done.other_outcome.value}."
        )
