"""What a message asks people to sign, ready for a wallet: typed data, its sentence, and who signs."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from api.signing import party_signers, to_sign
from api.views import View
from api.wording import NO_WORDS, Words, said
from registry.chain.messages import Signed
from registry.relay.context import Context


def ask(
    session: Session, context: Context, message: Signed, signers: Iterable[int], words: Words = NO_WORDS
) -> View:
    """``signers`` by party number, each by its account. ``words``: what the message holds only as hashes.
    Raises PartyNotFound."""
    return to_sign(context, message, said(message, session, words), party_signers(session, signers))
