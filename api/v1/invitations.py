"""Invitations: the operator prepares an admission, the invited party completes it with its own signature."""

from typing import Annotated

from fastapi import Path, Query, Response

from api import views
from api.deps import ContextDep, WholeContextDep, WritingDep
from api.signing import signer, to_sign
from api.v1 import record_shapes, shapes
from api.v1.documented import CONSENTS, problems, writes
from api.v1.fields import Address, After, Body, Consents, Limit, PartyNumber, RecordId
from api.v1.parties import ADMISSION, InvitedIn
from api.v1.strict import area
from api.views import View
from api.wording import Words, said
from registry.parties import queries
from registry.parties.errors import InvitationNotFound, InvitationOver, PartyNumberTaken
from registry.parties.invitations import (
    accept_invitation,
    acceptance_message,
    end_invitation,
    invitation_status,
    invite_party,
    invited_party,
)
from registry.parties.model import Invitation
from registry.relay.context import Context

router = area("parties")

InvitationId = Annotated[RecordId, Path(description="An invitation's id; who holds it may accept")]
_OPEN = (InvitationNotFound, InvitationOver)


class AcceptanceIn(Consents):
    account: Address
    number: PartyNumber


class EndIn(Body):
    pass


@router.post(
    "/invitations",
    status_code=201,
    response_model=record_shapes.InvitationOut,
    responses=problems(*ADMISSION),
    summary="Invite a party to name its account",
)
def invite(body: InvitedIn, context: ContextDep, response: Response) -> View:
    """The operator's. Valid for 30 days; whoever is given its id may accept it, once."""
    invitation = invite_party(context, body.under(""))
    response.headers["Location"] = f"/v1/invitations/{invitation.id}"
    return _shown(context, invitation)


@router.get(
    "/invitations",
    response_model=record_shapes.InvitationPage,
    responses=problems(),
    summary="Invitations, by id",
)
def list_invitations(context: ContextDep, after: After = "", limit: Limit = 50) -> View:
    with context.database.read() as session:
        found = queries.invitations(session, after=after, limit=limit + 1)
    items = [_shown(context, one) for one in found[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


@router.get(
    "/invitations/{invitation}",
    response_model=record_shapes.InvitationOut,
    responses=problems(InvitationNotFound),
    summary="One invitation",
)
def show_invitation(invitation: InvitationId, context: ContextDep) -> View:
    with context.database.read() as session:
        return _shown(context, queries.invitation(session, invitation))


@router.get(
    "/sign-in/invitations/{invitation}",
    response_model=shapes.AdmissionToSign,
    responses=problems(*_OPEN, *ADMISSION),
    summary="What the invited party's account signs",
)
def show_acceptance(
    invitation: InvitationId,
    account: Annotated[Address, Query(description="The account that is to sign for the party")],
    context: WholeContextDep,
) -> View:
    message = acceptance_message(context, invitation, account)
    with context.database.read() as session:
        party = invited_party(queries.invitation(session, invitation), account)
        words = said(message, session, Words(name=party.name, identifier=str(party.identifiers[0])))
    signers = [signer(message.party, party.name, account)]
    return {"number": message.party, **to_sign(context, message, words, signers)}


@router.post(
    "/sign-in/invitations/{invitation}",
    **writes(*_OPEN, *ADMISSION, PartyNumberTaken, *CONSENTS),
    summary="Accept an invitation with one's own account",
)
def accept(invitation: InvitationId, body: AcceptanceIn, context: WholeContextDep, write: WritingDep) -> View:
    """Needs no sign-in. The operator has agreed by inviting; the account is bound by its own signature alone."""
    return write(accept_invitation(context, invitation, body.account, body.number, body.given()))


@router.post(
    "/invitations/{invitation}/end",
    response_model=record_shapes.InvitationOut,
    responses=problems(*_OPEN),
    summary="Take an invitation back",
)
def withdraw_invitation(invitation: InvitationId, _body: EndIn, context: ContextDep) -> View:
    return _shown(context, end_invitation(context, invitation))


def _shown(context: Context, invitation: Invitation) -> View:
    status = invitation_status(invitation, context.clock.now())
    return views.invitation(invitation, status)
