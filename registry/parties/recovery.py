"""A party that lost its account gets another: proposed, open to veto, taken after its wait. And the arbiter's own
replacement. Lots stay where they are: parties hold them, keys only have authority."""

from sqlalchemy.orm import Session

from registry.chain.keys import same_address
from registry.chain.messages import Consent, Takeover, Veto
from registry.chain.words import PartyFlag, Scope
from registry.kit.clock import from_unix
from registry.parties import queries
from registry.parties.consents import require_consent, require_own_signature
from registry.parties.errors import AccountTaken, ProposalFinal, ProposalUnknown, ProposalWaits
from registry.parties.model import Party, PartyRecovery
from registry.relay.context import Context
from registry.relay.model import Act
from registry.relay.use_cases import enqueue_act

ARBITER = "arbiter"


def propose_account(context: Context, number: int, account: str) -> Act:
    """The operator proposes an account for a party; after a veto only the arbiter does, finally. It can be taken
    after 7 days and replaces the proposal before.

    Raises PartyNotFound, AccountTaken, ActPending; sender_not_arbiter by the chain.
    """
    with context.database.write() as session:
        party = queries.party(session, number)
        _require_bindable(session, party, account)
        sender = proposer(session, number)
        arguments = [number, account]
        return enqueue_act(session, context, "proposeAccount", f"party:{number}", arguments, sender=sender)


def proposer(session: Session, number: int) -> str:
    """Whose key sends a proposal for this party. Raises PartyNotFound."""
    return ARBITER if queries.party(session, number).flags & PartyFlag.VETOED else "operator"


def veto_message(session: Session, number: int) -> Veto:
    """What any live key of a party signs against the account proposed for it. Raises ProposalUnknown."""
    return Veto(number, _proposal(session, number).account, queries.party(session, number).nonce)


def veto_account(context: Context, number: int, consents: list[Consent]) -> Act:
    """A party's live key, even of a frozen or expired party, ends the proposal for good: from then on only the
    arbiter proposes. Raises ProposalUnknown, ProposalFinal, consent refusals, ActPending."""
    with context.database.write() as session:
        party = queries.party(session, number)
        message = veto_message(session, number)
        if party.flags & PartyFlag.VETOED:
            raise ProposalFinal("It comes from the arbiter, since an earlier one was vetoed.", party=number)
        require_consent(
            session,
            context,
            party,
            scope=Scope.ANY,
            currency=0,
            amount=0,
            message=message,
            consents=consents,
        )
        return enqueue_act(
            session, context, "vetoAccount", f"party:{number}", [number], consents, actor=number
        )


def takeover_message(session: Session, number: int) -> Takeover:
    """What the proposed account signs to become the party's. Raises ProposalUnknown."""
    return Takeover(number, _proposal(session, number).account, queries.party(session, number).nonce)


def take_account(context: Context, number: int, consents: list[Consent]) -> Act:
    """The proposed account takes over once its proposal has waited; all older keys of the party die.

    Raises ProposalUnknown, ProposalWaits, AccountTaken, signature_invalid, consent_expired, ActPending.
    """
    with context.database.write() as session:
        party = queries.party(session, number)
        proposal = _proposal(session, number)
        if context.now < proposal.effective:
            raise ProposalWaits(
                f"It can be taken from {from_unix(proposal.effective):%Y-%m-%d %H:%M} UTC on; until then the party's "
                "keys may veto it.",
                party=number,
                effective=proposal.effective,
            )
        _require_bindable(session, party, proposal.account)
        require_own_signature(context, takeover_message(session, number), proposal.account, consents)
        return enqueue_act(
            session, context, "takeAccount", f"party:{number}", [number], consents, actor=number
        )


def replace_arbiter(context: Context, address: str) -> Act:
    """The arbiter hands over to another address; the registry's own arbiter key has no power from then on.

    Raises ActPending; sender_not_arbiter, zero_address by the chain.
    """
    with context.database.write() as session:
        return enqueue_act(session, context, "setArbiter", ARBITER, [address], sender=ARBITER)


def _proposal(session: Session, number: int) -> PartyRecovery:
    found = queries.recovery(session, number)
    if found is None:
        raise ProposalUnknown(f"No account is proposed for party {number}.", party=number)
    return found


def _require_bindable(session: Session, party: Party, account: str) -> None:
    """One address, one party; a key of the party itself may become its account."""
    if same_address(account, party.account):
        raise AccountTaken(f"{account} is the party's account already.", party=party.number)
    bound = queries.party_with_account(session, account)
    if bound is not None and bound != party.number:
        raise AccountTaken(f"{account} belongs to party {bound} already.", party=bound)
