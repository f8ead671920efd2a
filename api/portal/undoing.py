"""Undoing a confirmed receivable: each side signs in its own time, under the same reason."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from api.asking import ask
from api.portal.acts import Asked, SignedAct
from api.portal.words import mark
from api.views import View
from api.wording import Words
from registry.chain.messages import Consent
from registry.receivables import queries
from registry.receivables.endings import cancellation_message, sign_cancellation
from registry.receivables.model import Receivable
from registry.relay.context import Context
from registry.relay.model import Act

SECONDS_TO_SIGN = 7 * 86_400
REASON = Asked(
    "reason", mark("Reason"), hint=mark("The other side reads it; only its hash goes to the ledger.")
)


def undoing(side: Callable[[Receivable], int], after: str) -> SignedAct:
    """The act as one side has it. ``after``: the address that a receivable's id completes, where the signature waits
    for the other side's."""

    def asked(session: Session, context: Context, about: str, values: Mapping[str, str]) -> View:
        reason = values["reason"]
        message = cancellation_message(session, about, reason)
        patient = replace(context, consent_seconds=SECONDS_TO_SIGN)
        signer = side(queries.receivable(session, about))
        return ask(session, patient, message, [signer], Words(reason=reason))

    def done(context: Context, about: str, values: Mapping[str, str], consents: list[Consent]) -> Act | str:
        with context.database.read() as session:
            by = side(queries.receivable(session, about))
        return sign_cancellation(context, about, values["reason"], by, consents) or after + about

    return SignedAct(
        title=mark("Undo a confirmed receivable"),
        about="receivable",
        ask=asked,
        do=done,
        effect=mark(
            "Both sides sign it with the same reason, within 7 days of each other, and only while the supplier holds "
            "all of it and nothing is paid. Then nothing is owed and its invoices are free again."
        ),
        fields=(REASON,),
    )
