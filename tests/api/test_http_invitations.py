"""An invited party comes in by its own signature, once, with the documents its admission rests on."""

from datetime import timedelta
from typing import Any

import pytest

from registry.chain.keys import SigningKey
from registry.kit.identifiers import TaxId
from registry.parties import queries
from registry.parties.errors import EvidenceMalformed, InvitationOver
from registry.parties.invitations import VALID_FOR, accept_invitation, acceptance_message, invite_party
from registry.parties.use_cases import Evidence, NewParty
from tests.api.http_world import World
from tests.builders.office import Office

EXTRACT = {"title": "Commercial register, extract of 2026-09-01", "sha256": "ab" * 32}


def _invited(world: World, identifier: str, **changes: Any) -> str:
    body = {
        "name": "Weser Stahl GmbH",
        "country": "DE",
        "identifiers": [{"value": identifier, "country": "DE"}],
        "roles": ["supplier"],
        "valid_until": "2028-12-31",
        "evidence": [EXTRACT],
    }
    made = world.http.post("/v1/invitations", body | changes, status=201, wait=0)
    assert (made["status"], made["party"], made["evidence"]) == ("open", None, [EXTRACT])
    return str(made["id"])


def _acceptance(world: World, invitation: str, key: SigningKey) -> dict[str, Any]:
    to_sign = world.http.get(f"/v1/sign-in/invitations/{invitation}", account=key.address)
    assert "Weser Stahl GmbH" in to_sign["sentences"]["zh"]
    consents = world.sign(to_sign, key)
    return {"account": key.address, "number": to_sign["number"], "consents": consents}


def test_an_invited_party_comes_in_by_its_own_signature_once(world: World) -> None:
    http, key = world.http, SigningKey.create()
    invitation = _invited(world, "DE198765430")
    path = f"/v1/invitations/{invitation}"
    body = _acceptance(world, invitation, key)
    act = http.post(f"/v1/sign-in/invitations/{invitation}", body)
    assert (act["kind"], act["status"]) == ("admit", "included")
    shown = http.get(path)
    assert (shown["status"], shown["party"], shown["act"]) == ("accepted", body["number"], act["id"])
    party = http.get(f"/v1/parties/{body['number']}")
    assert (party["account"], party["evidence"]) == (key.address, [EXTRACT])
    assert party["chain"]["roles"] == ["supplier"]
    again = http.refusal("POST", f"/v1/sign-in/invitations/{invitation}", status=409, json=body)
    assert again == "invitation_over"
    assert http.refusal("POST", f"{path}/end", status=409, json={}) == "invitation_over"


def test_another_keys_signature_does_not_complete_it(world: World) -> None:
    invitation = _invited(world, "DE198765431")
    path = f"/v1/sign-in/invitations/{invitation}"
    stranger, own = SigningKey.create(), SigningKey.create()
    body = _acceptance(world, invitation, own)
    forged = body | {"consents": world.sign(world.http.get(path, account=own.address), stranger)}
    refused = world.http.refusal("POST", path, status=403, json=forged)
    assert refused in ("consent_missing", "signature_invalid")
    assert world.http.refusal("POST", path, status=403, json=body | {"account": stranger.address}) == refused
    assert world.http.post(path, body)["status"] == "included"


def test_an_invitation_taken_back_cannot_be_accepted(world: World) -> None:
    invitation = _invited(world, "DE198765432")
    body = _acceptance(world, invitation, SigningKey.create())
    assert world.http.post(f"/v1/invitations/{invitation}/end", {})["status"] == "ended"
    path = f"/v1/sign-in/invitations/{invitation}"
    assert world.http.refusal("POST", path, status=409, json=body) == "invitation_over"
    assert world.http.refusal("GET", "/v1/invitations/ivt_none", status=404) == "invitation_not_found"


def test_invitations_are_listed_in_pages(world: World) -> None:
    made = {_invited(world, f"DE19876544{digit}") for digit in range(3)}
    found: list[str] = []
    page = world.http.get("/v1/invitations", limit=2)
    while page["next"] is not None:
        found += [one["id"] for one in page["items"]]
        page = world.http.get("/v1/invitations", limit=2, after=page["next"])
    found += [one["id"] for one in page["items"]]
    assert made <= set(found)
    assert len(found) == len(set(found))


# ---------------------------------------------------------------------- within


def _weser(office: Office, *evidence: Evidence) -> NewParty:
    until = (office.clock.now() + timedelta(days=365)).date()
    return NewParty("Weser", "DE", (TaxId.of("DE198765439"),), ("supplier",), "", until, evidence)


def test_an_invitation_runs_out(office: Office) -> None:
    key = SigningKey.create()
    invitation = invite_party(office.context, _weser(office))
    message = acceptance_message(office.context, invitation.id, key.address)
    office.clock.advance(days=VALID_FOR.days)
    consents = [message.sign(key, office.context.domain, office.context.deadline())]
    with pytest.raises(InvitationOver):
        accept_invitation(office.context, invitation.id, key.address, message.party, consents)
    with office.service.database.read() as session:
        assert queries.invitation(session, invitation.id).act is None
        assert queries.party_with_account(session, key.address) is None


def test_a_document_is_told_by_title_and_hash_and_named_once(office: Office) -> None:
    good = Evidence("Register extract", "ab" * 32)
    for bad in ([Evidence(" ", "ab" * 32)], [Evidence("Extract", "AB" * 32)], [good, good]):
        with pytest.raises(EvidenceMalformed):
            invite_party(office.context, _weser(office, *bad))
    assert invite_party(office.context, _weser(office, good)).evidence == [["Register extract", "ab" * 32]]
