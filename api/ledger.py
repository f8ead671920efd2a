"""Where a record stands on the ledger: on its way, included, or final."""

from sqlalchemy.orm import Session

from registry.mirror import queries as mirror
from registry.relay import queries as relay
from registry.relay.errors import ActNotFound
from registry.relay.model import Act, ActStatus

View = dict[str, object]
FINALITY = "finality_blocks"  # the setting, as every session of the database carries it


def ledger(session: Session, about: str, block: int | None) -> View | None:
    """Of a record last changed in a block: ``pending`` while an act on it is unfinished, ``final`` once so many
    blocks as the settings say stand upon it, ``included`` before. None for what was never sent there."""
    act = relay.unfinished_about(session, about)
    if act is not None:
        return {"status": "pending", "block": block, "act": act.id}
    return None if block is None else {"status": _reached(session, block), "block": block, "act": None}


def ledger_of_act(session: Session | None, act: Act) -> View | None:
    """The same of an act; None for one the ledger refused. Without a session none is called final."""
    if act.status in relay.UNFINISHED:
        return {"status": "pending", "block": None, "act": act.id}
    if act.status == ActStatus.REFUSED or act.block_number is None:
        return None
    reached = "included" if session is None else _reached(session, act.block_number)
    return {"status": reached, "block": act.block_number, "act": act.id}


def ledger_by_act(session: Session, act_id: str | None) -> View | None:
    """The same of what an act did; None without one that may be seen."""
    try:
        return None if act_id is None else ledger_of_act(session, relay.act(session, act_id))
    except ActNotFound:
        return None


def _reached(session: Session, block: int) -> str:
    cursor = mirror.cursor(session)
    deep = cursor is not None and block + int(session.info.get(FINALITY, 0)) <= cursor.number
    return "final" if deep else "included"
