"""The core enterprise: what it is asked to confirm."""

from sqlalchemy.orm import Session

from api.portal.acts import SignedAct, Values, asked
from api.portal.visit import page_router
from api.portal.words import mark
from api.views import View
from registry.receivables.use_cases import confirm_receivable, confirmation_message
from registry.relay.context import Context

router = page_router()


def _confirmation(session: Session, context: Context, receivable: str, _values: Values) -> View:
    message = confirmation_message(session, receivable)
    return asked(session, context, message, [message.terms.obligor])


ACTS = {
    "confirm": SignedAct(
        title=mark("Confirm a receivable"),
        about="receivable",
        ask=_confirmation,
        do=lambda context, about, _, consents: confirm_receivable(context, about, consents),
        effect=mark(
            "You then owe this amount at maturity to whoever holds it. It cannot be taken back by you alone."
        ),
    ),
}
