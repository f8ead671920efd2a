"""Two parties sign a sale, each in its own time: the first signature waits for the second."""

from dataclasses import replace

from sqlalchemy.orm import Session

from registry.chain.messages import Consent
from registry.chain.words import Scope
from registry.financing.errors import NotReservedForYou
from registry.financing.model import Financing
from registry.financing.standing import live_financing
from registry.financing.use_cases import finance_lot, sale_message
from registry.parties.consents import require_active, require_consent
from registry.receivables import queries as receivables
from registry.receivables.batches import require_idle
from registry.receivables.errors import NotEntitled
from registry.relay.context import Context
from registry.relay.kept import Half, joined
from registry.relay.model import Act


def for_sale(session: Session, context: Context, lot_id: str) -> Context:
    """A context whose consents last as long as the lot's lock, so that the other side finds time to sign."""
    return replace(context, consent_seconds=max(0, receivables.lot(session, lot_id).until - context.now))


def half_of_sale(session: Session, lot_id: str, financing: Financing, by: int) -> Half:
    """One side's part in a sale or pledge on the terms last agreed. Raises NotReservedForYou, NotEntitled for whoever is
    neither side."""
    lot = receivables.lot(session, lot_id)
    sides = {lot.holder: financing.funder, financing.funder: lot.holder}
    if by not in sides:
        raise NotEntitled("Only its holder and its funder finance a lot.", lot=lot.id, party=by)
    return Half("finance", f"lot:{lot.id}", sale_message(session, lot_id, financing), by, sides[by])


def sign_sale(context: Context, lot_id: str, by: int, consents: list[Consent]) -> Act | None:
    """One side signs the sale or pledge; with the other side's signature under the same terms it goes out, without it
    the signature is kept and the answer is None.

    Raises NotEntitled, and what ``finance_lot`` raises.
    """
    with context.database.write() as session:
        lot = receivables.lot(session, lot_id)
        require_idle(session, lot.id)
        financing = live_financing(session, context, lot)
        if financing is None:
            raise NotReservedForYou("Agree on price and conditions first.", lot=lot.id)
        half = half_of_sale(session, lot_id, financing, by)
        require_consent(
            session,
            context,
            require_active(session, context, by),
            scope=Scope.FINANCE,
            currency=receivables.receivable(session, lot.receivable).currency,
            amount=lot.amount,
            message=half.message,
            consents=consents,
        )
        both = joined(session, context, half, consents)
    return finance_lot(context, lot_id, both) if both else None
