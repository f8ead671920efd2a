"""Invitations: an admission the operator has prepared, which the invited party completes with its own key.

Who holds an invitation's id (130 random bits) may accept it, once and before it runs out; its account is bound
by its own signature and by nothing else.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from registry.chain.messages import Admission, Consent
from registry.kit.identifiers import TaxId
from registry.parties import queries
from registry.parties.errors import InvitationOver
from registry.parties.model import Invitation
from registry.parties.use_cases import Evidence, NewParty, admit, prepare_admission, require_admissible
from registry.relay.context import Context
from registry.relay.model import Act

VALID_FOR = timedelta(days=30)


def invite_party(context: Context, party: NewParty) -> Invitation:
    """Prepare the admission of a party whose account is not known yet; ``party.account`` is empty.

    Raises BadPartyName, BadIdentifier, BadRole, EvidenceMalformed, IdentifierTaken.
    """
    now = context.clock.now()
    with context.database.write() as session:
        require_admissible(session, party)
        invitation = Invitation(
            id=context.new_id("ivt"),
            name=party.name.strip(),
            country=party.country,
            identifiers=[[one.country, one.scheme, one.value] for one in party.identifiers],
            roles=list(party.roles),
            valid_until=party.valid_until,
            evidence=[[one.title, one.sha256] for one in party.evidence],
            created_at=now,
            expires_at=now + VALID_FOR,
        )
        session.add(invitation)
        return invitation


def invited_party(invitation: Invitation, account: str) -> NewParty:
    """Who was invited, under an account of its own."""
    return NewParty(
        invitation.name,
        invitation.country,
        tuple(TaxId(*one) for one in invitation.identifiers),
        tuple(invitation.roles),
        account,
        invitation.valid_until,
        tuple(Evidence(*one) for one in invitation.evidence),
    )


def acceptance_message(context: Context, invitation_id: str, account: str) -> Admission:
    """What the invited party's account signs. Raises InvitationNotFound, InvitationOver and what
    ``prepare_admission`` raises."""
    with context.database.read() as session:
        invitation = _open(session, invitation_id, context.clock.now())
    return prepare_admission(context, invited_party(invitation, account))


def accept_invitation(
    context: Context, invitation_id: str, account: str, number: int, consents: list[Consent]
) -> Act:
    """The invited party binds its account by signing its admission. Raises InvitationNotFound,
    InvitationOver and what ``admit_party`` raises."""
    with context.database.write() as session:
        invitation = _open(session, invitation_id, context.clock.now())
        act = admit(session, context, invited_party(invitation, account), number, consents)
        invitation.party, invitation.act = number, act.id
        return act


def end_invitation(context: Context, invitation_id: str) -> Invitation:
    """The operator takes an invitation back. Raises InvitationNotFound, InvitationOver."""
    with context.database.write() as session:
        invitation = _open(session, invitation_id, context.clock.now())
        invitation.ended_at = context.clock.now()
        return invitation


def invitation_status(invitation: Invitation, now: datetime) -> str:
    """open, accepted, ended or expired."""
    if invitation.act is not None:
        return "accepted"
    if invitation.ended_at is not None:
        return "ended"
    return "open" if now < invitation.expires_at else "expired"


def _open(session: Session, invitation_id: str, now: datetime) -> Invitation:
    invitation = queries.invitation(session, invitation_id)
    status = invitation_status(invitation, now)
    if status != "open":
        raise InvitationOver(f"It is {status}. Ask the operator for another one.", invitation=invitation_id)
    return invitation
