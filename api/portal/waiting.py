"""What awaits somebody, and whose turn it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api import ids, views
from api.portal.words import mark
from api.views import View
from registry.access.actor import Actor
from registry.chain.words import ReceivableStatus
from registry.parties import queries as parties
from registry.receivables import queries as receivables
from registry.relay import queries as acts
from registry.relay.context import Context

_DAY = 86_400


@dataclass(frozen=True)
class Waiting:
    """``text`` is marked, filled in with ``values`` and with ``act``, an act's title, marked too; ``turn`` is the party
    (a View) that has to act, None = the reader; ``since`` and ``until`` are instants (seconds or datetimes), None where
    there is none."""

    text: str
    address: str
    since: int | datetime | None
    until: int | datetime | None = None
    amount: View | None = None
    turn: View | None = None
    turn_text: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    act: str = ""


Source = Callable[[Session, Context, Actor], Sequence[Waiting]]


def confirmations(session: Session, context: Context, actor: Actor) -> list[Waiting]:
    """Receivables that wait for their obligor: for the reader, or for whom the reader waits."""
    party = actor.party
    found = [
        one
        for one in receivables.receivables(session, party=party, status=int(ReceivableStatus.REGISTERED))
        if one.expires > context.now
    ]
    found.sort(key=lambda one: one.expires)
    limits = parties.limits(session)
    period = limits.expiry_days * _DAY if limits else 0
    names = parties.names(session, {number for one in found for number in (one.obligor, one.originator)})
    rows = []
    for one in found:
        is_mine = one.obligor == party
        rows.append(
            Waiting(
                mark("Receivable of %(party)s to confirm") if is_mine else mark("Receivable to be confirmed"),
                f"/receivables/{ids.RECEIVABLE.outside(one.id)}",
                one.expires - period,
                one.expires,
                views.money(one.face, one.currency),
                None if is_mine else views.party_ref(one.obligor, names),
                values={"party": names.get(one.originator, f"#{one.originator}")},
            )
        )
    return rows


def acts_on_their_way(session: Session, _context: Context, actor: Actor) -> list[Waiting]:
    """The reader's own acts that no block holds yet."""
    return [
        Waiting(
            mark("Signed act on its way"), f"/acts/{one.id}", one.created_at, turn_text=mark("the registry")
        )
        for one in acts.unfinished_of(session, actor.party)
    ]


SOURCES: list[Source] = [confirmations, acts_on_their_way]  # and each area's own, see routes


def all_waiting(session: Session, context: Context, actor: Actor) -> tuple[list[Waiting], list[Waiting]]:
    """``(for the reader, for others)``, each with what ends first in front."""
    rows = [row for source in SOURCES for row in source(session, context, actor)]
    mine = [row for row in rows if row.turn is None and not row.turn_text]
    return mine, [row for row in rows if row not in mine]
