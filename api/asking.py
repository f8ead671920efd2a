"""What each act asks people to sign, ready for a wallet: the same for every way in."""

from sqlalchemy.orm import Session

from api import sentences
from api.signing import Names, claim_of_receivable, party_signers, to_sign
from api.views import View
from registry.receivables import queries as receivables
from registry.receivables.use_cases import confirmation_message
from registry.relay.context import Context


def confirmation(session: Session, context: Context, receivable: str) -> View:
    """The obligor's confirmation of a whole receivable. Raises ReceivableNotFound, PartyNotFound."""
    message = confirmation_message(session, receivable)
    record = receivables.receivable(session, receivable)
    names = Names(session, [record.obligor, record.originator])
    said = sentences.confirmation(claim_of_receivable(names, record), names[record.originator])
    return to_sign(context, message, said, party_signers(session, [record.obligor]))
