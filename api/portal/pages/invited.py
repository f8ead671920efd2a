"""An invitation, open to whoever has its link: the invited party binds an account of its own by signing."""

from typing import Annotated, Any

from fastapi import Path, Response

from api import views
from api.deps import whole_context
from api.portal.acts import consents
from api.portal.fields import rows
from api.portal.forms import FormDep
from api.portal.pages.deeds import PARTY_ROLES
from api.portal.values import address, party_number
from api.portal.visit import Visit, VisitDep, page_router
from api.signing import signer, to_sign
from api.wording import Words, said
from registry.kit.errors import Refusal
from registry.parties import queries as parties
from registry.parties.invitations import (
    accept_invitation,
    acceptance_message,
    invitation_status,
    invited_party,
)
from registry.relay import queries as acts

router = page_router()
InvitationId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,80}$")]


@router.get("/invitations/{invitation}")
def invitation_page(invitation: InvitationId, visit: VisitDep) -> Response:
    """Who is invited; with an account named, what that account signs."""
    with visit.service.database.read() as session:
        record = parties.invitation(session, invitation)
        act = acts.act(session, record.act) if record.act else None
    shown: dict[str, Any] = {
        "one": views.invitation(record, invitation_status(record, visit.service.context.clock.now())),
        "act": act,
        "role_words": PARTY_ROLES,
        "account": visit.request.query_params.get("account", "").strip(),
        "problem": None,
        "asked": None,
        "link": str(visit.request.url.replace(query="")),
    }
    if shown["one"]["status"] == "open" and shown["account"]:
        try:
            shown |= _asked(visit, invitation, address(shown["account"]))
        except Refusal as problem:
            shown["problem"] = problem
    status = shown["problem"].status if shown["problem"] else 200
    return visit.page("invitation.html", status=status, **shown)


def _asked(visit: Visit, invitation: str, account: str) -> dict[str, Any]:
    message = acceptance_message(whole_context(visit.request), invitation, account)
    with visit.service.database.read() as session:
        party = invited_party(parties.invitation(session, invitation), account)
        words = said(message, session, Words(name=party.name, identifier=str(party.identifiers[0])))
        signers = [signer(message.party, party.name, account)]
        asked = to_sign(visit.service.context, message, words, signers)
        return {"asked": asked, "number": message.party, "rows": rows(session, asked["typed_data"], visit)}


@router.post("/invitations/{invitation}")
def acceptance_post(invitation: InvitationId, visit: VisitDep, form: FormDep) -> Response:
    given = consents(form.text("consents"))
    accept_invitation(
        whole_context(visit.request),
        invitation,
        address(form["account"]),
        party_number(form["number"]),
        given,
    )
    visit.service.worker.wake()
    return visit.go(f"/invitations/{invitation}")
