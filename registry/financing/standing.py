"""How a financing stands: what its row says and what the chain made of its lot since."""

from sqlalchemy.orm import Session

from registry.chain.words import LotStatus
from registry.financing import queries
from registry.financing.model import Financing, FinancingStatus
from registry.mirror.finality import is_final, require_final
from registry.receivables import queries as receivables
from registry.receivables.model import Lot
from registry.relay import queries as acts
from registry.relay.context import Context
from registry.relay.model import ActStatus

REASSIGNED = "reassigned"
REFUSED = "refused"


def standing(session: Session, financing: Financing) -> tuple[FinancingStatus, str | None]:
    """Its status, and why it ended. The chain goes before the row: lots also move past this registry. Financed, which
    is what a funder pays on, it is once its act is final."""
    if financing.ended_at is not None:
        return FinancingStatus.ENDED, financing.ended_because
    if financing.status != FinancingStatus.SUBMITTED or financing.act is None:
        return FinancingStatus(financing.status), None
    act = acts.act(session, financing.act)
    if act.status == ActStatus.REFUSED:
        is_reassignment = act.kind == "reassign"
        return (FinancingStatus.ENDED, REFUSED) if is_reassignment else (FinancingStatus.AGREED, None)
    if act.status != ActStatus.INCLUDED or not is_final(session, act.block_number or 0):
        return FinancingStatus.SUBMITTED, None
    because = _ended_because(financing, receivables.lot(session, financing.lot))
    return (FinancingStatus.ENDED, because) if because else (FinancingStatus.FINANCED, None)


def _ended_because(financing: Financing, lot: Lot) -> str | None:
    is_pledge = bool((financing.terms or {}).get("is_pledge"))
    if lot.status == LotStatus.REDEEMED:
        return "redeemed"
    if lot.status == LotStatus.PLEDGED and is_pledge:
        return None if lot.peer == financing.funder else "passed_on"
    if lot.status != LotStatus.FINANCED:
        return "released" if is_pledge else "put_back"
    if lot.holder != financing.funder:
        return "passed_on"
    return "enforced" if is_pledge else None


def live_financing(session: Session, context: Context, lot: Lot) -> Financing | None:
    """The lot's live financing; one that has run out, failed or been overtaken by the chain is ended here, where it is
    noticed. Raises NotFinal where what the chain says of it could still be undone: of this row nothing is."""
    live = queries.live_financing(session, lot.id)
    if live is None:
        return None
    status, because = standing(session, live)
    if status in (FinancingStatus.SUBMITTED, FinancingStatus.FINANCED):
        return live
    if live.status == FinancingStatus.SUBMITTED and live.act is not None:
        require_final(
            session, max(lot.block_number, acts.act(session, live.act).block_number or 0), "The lot"
        )
    if status != FinancingStatus.ENDED:
        live.status = status
        if context.now < live.until:
            return live
        because = "ran_out"
    end(context, live, because or "")
    session.flush()
    if because != REFUSED:
        return None
    before = queries.reassigned_financing(session, lot.id, live.seller)
    if before is not None:
        before.status, before.ended_at, before.ended_because = FinancingStatus.SUBMITTED, None, None
        session.flush()
    return before


def end(context: Context, financing: Financing, because: str) -> None:
    financing.status = FinancingStatus.ENDED
    financing.ended_at = context.clock.now()
    financing.ended_because = because
