"""The core enterprise: what it is asked to confirm."""

from api.asking import ask
from api.portal.acts import SignedAct
from api.portal.visit import page_router
from api.portal.words import mark
from registry.receivables import queries as receivables
from registry.receivables.use_cases import confirm_receivable, confirmation_message

router = page_router()

ACTS = {
    "confirm": SignedAct(
        title=mark("Confirm a receivable"),
        about="receivable",
        ask=lambda session, context, about, _: ask(
            session,
            context,
            confirmation_message(session, about),
            [receivables.receivable(session, about).obligor],
        ),
        do=lambda context, about, _, consents: confirm_receivable(context, about, consents),
        effect=mark(
            "You then owe this amount at maturity to whoever holds it. It cannot be taken back by you alone."
        ),
    ),
}
