"""Where a record stands on the ledger: on its way, included, final, or orphaned."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from registry.mirror import queries as mirror
from registry.mirror.finality import is_up_to
from registry.relay import queries as relay
from registry.relay.errors import ActNotFound
from registry.relay.model import Act, ActStatus

View = dict[str, object]


def ledger(session: Session, about: str, block: int | None) -> View | None:
    """Of a record last changed in a block: ``orphaned`` while an act on it is sent again since its block went,
    ``pending`` while another is unfinished, ``final`` once the block can no longer be undone, ``included`` before. None
    for what was never sent there."""
    return ledgers(session, {about: block})[about]


def ledgers(session: Session, blocks: Mapping[str, int | None]) -> dict[str, View | None]:
    """The same of many records at once, by what each is about."""
    acts = relay.unfinished_by_record(session, blocks.keys())
    final = mirror.final_number(session)
    under_way = {about: (act.id, act.status) for about, act in acts.items()}
    return {about: stands(under_way.get(about), final, block) for about, block in blocks.items()}


def stands(unfinished: tuple[str, str] | None, final: int | None, block: int | None) -> View | None:
    """The same of a record whose ``unfinished`` act, by id and status, and last ``final`` block are known."""
    if unfinished is not None:
        act, status = unfinished
        return {"status": _under_way(status), "block": block, "act": act}
    return None if block is None else {"status": _reached(final, block), "block": block, "act": None}


def ledger_of_act(session: Session | None, act: Act) -> View | None:
    """The same of an act; None for one the ledger refused. Without a session none is called final."""
    if act.status in relay.UNFINISHED:
        return {"status": _under_way(act.status), "block": None, "act": act.id}
    if act.status == ActStatus.REFUSED or act.block_number is None:
        return None
    reached = _reached(mirror.final_number(session) if session else None, act.block_number)
    return {"status": reached, "block": act.block_number, "act": act.id}


def ledger_by_act(session: Session, act_id: str | None) -> View | None:
    """The same of what an act did; None without one that may be seen."""
    try:
        return None if act_id is None else ledger_of_act(session, relay.act(session, act_id))
    except ActNotFound:
        return None


def _under_way(status: str) -> str:
    return "orphaned" if status == ActStatus.ORPHANED else "pending"


def _reached(final: int | None, block: int) -> str:
    return "final" if is_up_to(final, block) else "included"
