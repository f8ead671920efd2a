"""Several acts of one party under one signature: all or nothing, in one currency, a key's cap over their sum."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from registry.chain.messages import Terms
from registry.receivables.errors import BatchInvalid, BatchMixed
from registry.relay import queries as acts
from registry.relay.codec import arguments_from_json
from registry.relay.errors import ActPending
from registry.relay.use_cases import require_no_pending_act

MAX_BATCH = 100
# Where in a batch act's arguments its lots stand.
_BATCHES_OF_LOTS = ("transferMany", "settleMany")
CONFIRM_MANY = "confirmMany"


def require_batch(
    items: Sequence[Any], *, each_once: Sequence[str] = (), currencies: Sequence[int] = ()
) -> None:
    """Raises BatchInvalid for none, too many or a record named twice, BatchMixed for several currencies."""
    if not 0 < len(items) <= MAX_BATCH:
        raise BatchInvalid(f"Name 1 to {MAX_BATCH} at a time.", items=len(items))
    if len(set(each_once)) != len(each_once):
        raise BatchInvalid("Name each once.")
    for index, one in enumerate(currencies):
        if one != currencies[0]:
            raise BatchMixed("One signature covers one currency; make a batch of each.", index=index)


def require_idle(session: Session, lot_id: str) -> None:
    """Raises ActPending while an act on this lot, by itself or in a batch, is not finished."""
    require_no_pending_act(session, f"lot:{lot_id}")
    number = int(lot_id, 16)
    for kind in _BATCHES_OF_LOTS:
        for act_id in acts.unfinished_ids(session, kind):
            batch = acts.act(session, act_id)
            if any(int(item[0]) == number for item in batch.arguments[1]):
                raise ActPending(
                    f"A {kind} with lot {lot_id} is {batch.status}; wait until it is finished, then look again.",
                    about=f"lot:{lot_id}",
                    act=act_id,
                )


def confirmed_in_open_batches(session: Session) -> dict[str, str]:
    """Receivable → the act, of confirmations in batches that are signed and not finished."""
    found = {}
    for act_id in acts.unfinished_ids(session, CONFIRM_MANY):
        batch = acts.act(session, act_id)
        for terms in arguments_from_json(CONFIRM_MANY, batch.arguments)[0]:
            found[f"0x{Terms(*terms).receivable:016x}"] = act_id
    return found
