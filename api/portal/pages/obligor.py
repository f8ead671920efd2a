"""The core enterprise: what it is asked to confirm."""

from api import asking
from api.portal.acts import SignedAct
from api.portal.visit import page_router
from api.portal.words import mark
from registry.receivables.use_cases import confirm_receivable

router = page_router()

ACTS = {
    "confirm": SignedAct(
        title=mark("Confirm a receivable"),
        about="receivable",
        ask=lambda session, context, about, _: asking.confirmation(session, context, about),
        do=lambda context, about, _, consents: confirm_receivable(context, about, consents),
        effect=mark(
            "You then owe this amount at maturity to whoever holds it. It cannot be taken back by you alone."
        ),
    ),
}
