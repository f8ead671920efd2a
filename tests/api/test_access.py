"""Coming in: sign-in with a key, people, API keys, consents to look."""

from typing import Any

import pytest
from sqlalchemy import select

from registry.access.errors import Forbidden
from registry.chain.keys import SigningKey
from registry.chain.wallets import text_digest
from registry.storage.base import Base
from tests.api.http_world import World

YEAR = "2027-09-01T00:00:00Z"


def challenge(world: World, key: SigningKey) -> dict[str, Any]:
    asked = {"address": key.address}
    return dict(world.http.ask("POST", "/v1/sign-in/challenge", status=200, token=None, json=asked))


def answer(key: SigningKey, given: dict[str, Any], *, text: str = "", address: str = "") -> dict[str, str]:
    return {
        "address": address or key.address,
        "challenge": given["challenge"],
        "signature": "0x" + key.sign_digest(text_digest(text or given["text"])).hex(),
    }


def refused(world: World, body: dict[str, str], status: int = 401) -> str:
    return world.http.refusal("POST", "/v1/sign-in", status=status, token=None, json=body)


def a_person(world: World, handle: str, *roles: str, key: SigningKey | None = None) -> SigningKey:
    """Somebody without a mandate whom a firm lets in."""
    key = key or SigningKey.create()
    body = {"address": key.address, "name": "A clerk", "roles": list(roles), "valid_until": YEAR}
    world.http.ask("POST", "/v1/people", status=200, token=world.token(handle), json=body)
    return key


# ---------------------------------------------------------------------- sign-in


def test_an_account_signs_in_and_is_told_who_it_is(world: World) -> None:
    done = world.sign_in("bank")
    me = world.http.ask("GET", "/v1/me", status=200, token=done["token"])
    assert me == done["actor"]
    assert me["party"] == world.numbers["bank"]
    assert me["roles"] == ["approver", "finance", "reviewer"]
    assert me["is_account"]


def test_the_text_says_where_who_and_until_when(world: World) -> None:
    given = challenge(world, world.keys["bank"])
    lines = given["text"].split("\n")
    assert lines[0] == "127.0.0.1:8420 wants you to sign in with your Ethereum account:"
    assert lines[1] == world.keys["bank"].address
    assert "URI: http://127.0.0.1:8420" in lines
    assert f"Chain ID: {world.service.settings.chain_id}" in lines
    assert "Expiration Time: 2026-09-21T09:10:00Z" in lines


def test_a_challenge_opens_one_sign_in(world: World) -> None:
    key = world.keys["bank"]
    body = answer(key, challenge(world, key))
    world.http.ask("POST", "/v1/sign-in", status=200, token=None, json=body)
    assert refused(world, body) == "sign_in_refused"


def test_each_sign_in_has_a_token_of_its_own(world: World) -> None:
    assert world.token("bank") != world.token("bank")


@pytest.mark.parametrize("change", ["text", "address", "signer", "challenge", "malleated"])
def test_a_challenge_altered_anywhere_opens_nothing(world: World, change: str) -> None:
    key, other = world.keys["bank"], world.keys["factor"]
    given = challenge(world, key)
    body = answer(key, given)
    if change == "text":
        body = answer(key, given, text=given["text"].replace("127.0.0.1:8420", "127.0.0.1:9999"))
    if change == "address":
        body = answer(other, given, address=other.address)
    if change == "signer":
        body = answer(other, given, address=key.address)
    if change == "challenge":
        body["challenge"] = challenge(world, other)["challenge"]
    if change == "malleated":
        order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
        raw = bytes.fromhex(body["signature"][2:])
        high = raw[:32] + (order - int.from_bytes(raw[32:64])).to_bytes(32) + bytes([55 - raw[64]])
        body["signature"] = "0x" + high.hex()
    assert refused(world, body) == "sign_in_refused"
    world.http.ask("POST", "/v1/sign-in", status=200, token=None, json=answer(key, given))


def test_a_challenge_ends_after_ten_minutes(world: World) -> None:
    key = world.keys["bank"]
    body = answer(key, challenge(world, key))
    with world.later(minutes=10):
        assert refused(world, body) == "sign_in_refused"
    world.http.ask("POST", "/v1/sign-in", status=200, token=None, json=body)


def test_a_key_that_belongs_to_nobody_is_told_so(world: World) -> None:
    key = SigningKey.create()
    assert refused(world, answer(key, challenge(world, key)), 403) == "not_a_participant"


def test_after_sign_out_and_after_twelve_hours_a_token_opens_nothing(world: World) -> None:
    left, stayed = world.token("bank"), world.token("bank")
    world.http.ask("POST", "/v1/sign-out", status=200, token=left)
    assert world.http.refusal("GET", "/v1/me", status=401, token=left) == "unauthenticated"
    world.http.ask("GET", "/v1/me", status=200, token=stayed)
    with world.later(hours=12):
        assert world.http.refusal("GET", "/v1/me", status=401, token=stayed) == "unauthenticated"


def test_a_cookie_opens_no_operation(world: World) -> None:
    token = world.token("bank")
    response = world.http.client.get("/v1/me", headers={"Cookie": f"counterfoil={token}"})
    assert response.status_code == 401


def test_the_server_keeps_no_token(world: World) -> None:
    token, found = world.token("bank"), 0
    with world.service.database.read() as session:
        for table in Base.metadata.sorted_tables:
            rows = [str(tuple(row)) for row in session.execute(select(*table.columns))]
            assert not [row for row in rows if token in row], table.name
            found += len(rows)
    assert found > 0


# ---------------------------------------------------------------------- people


def test_a_person_let_in_does_what_its_roles_say_and_no_more(world: World) -> None:
    reviewer = a_person(world, "bank", "reviewer")
    token = world.sign_in(reviewer)["token"]
    me = world.http.ask("GET", "/v1/me", status=200, token=token)
    assert me["roles"] == ["reviewer"]
    assert not me["is_account"]
    lot = world.confirmed()
    assert world.http.refusal("GET", f"/v1/lots/{lot}/sale", status=403, token=token) == Forbidden.code


def test_a_person_shut_out_is_out_at_once(world: World) -> None:
    clerk = a_person(world, "bank", "reviewer")
    token = world.sign_in(clerk)["token"]
    world.http.ask("GET", "/v1/me", status=200, token=token)
    world.http.ask("POST", f"/v1/people/{clerk.address}/end", status=200, token=world.token("bank"))
    assert world.http.refusal("GET", "/v1/me", status=401, token=token) == "unauthenticated"


def test_only_an_account_lets_people_in_and_only_into_its_roles(world: World) -> None:
    clerk = a_person(world, "bank", "reviewer", "approver", "finance")
    body = {
        "address": SigningKey.create().address,
        "name": "B",
        "roles": ["reviewer"],
        "valid_until": YEAR,
    }
    token = world.sign_in(clerk)["token"]
    assert world.http.refusal("POST", "/v1/people", status=403, token=token, json=body) == "forbidden"
    token = world.token("nordlicht")
    assert world.http.refusal("POST", "/v1/people", status=422, token=token, json=body) == "bad_access_roles"
    world.http.ask("POST", "/v1/people", status=200, token=world.token("bank"), json=body)


def test_nobody_takes_another_partys_person(world: World) -> None:
    clerk = a_person(world, "bank", "reviewer")
    body = {"address": clerk.address, "name": "C", "roles": ["reviewer"], "valid_until": YEAR}
    token = world.token("factor")
    assert world.http.refusal("POST", "/v1/people", status=409, token=token, json=body) == "person_taken"
    body["address"] = world.keys["bank"].address
    assert world.http.refusal("POST", "/v1/people", status=409, token=token, json=body) == "person_taken"


def test_the_operator_lets_nobody_act_for_a_party(world: World) -> None:
    body = {
        "address": SigningKey.create().address,
        "name": "D",
        "roles": ["supplier"],
        "valid_until": YEAR,
    }
    assert world.http.refusal("POST", "/v1/people", status=422, json=body) == "bad_access_roles"


def test_an_ended_mandate_ends_the_stay(world: World) -> None:
    """What a key may do is asked of the ledger at each request."""
    key = SigningKey.create()
    path = f"/v1/parties/{world.numbers['ostsee']}/keys"
    wanted = {"key": key.address, "scopes": ["register"], "valid_until": "2027-06-01"}
    to_sign = world.http.post(f"{path}/typed-data", wanted)
    world.http.post(path, wanted | {"consents": world.sign(to_sign, "ostsee", key)})
    token = world.sign_in(key)["token"]
    assert world.http.ask("GET", "/v1/me", status=200, token=token)["roles"] == ["supplier"]
    world.signed(f"{path}/{key.address}/revocation", "ostsee")
    assert world.http.refusal("GET", "/v1/me", status=401, token=token) == "unauthenticated"


# ---------------------------------------------------------------------- machines


def test_an_api_key_does_what_it_was_made_for_until_it_is_ended(world: World) -> None:
    secret = world.machine("bank", "reviewer")
    me = world.http.ask("GET", "/v1/me", status=200, token=secret)
    assert me["roles"] == ["reviewer"]
    world.http.ask("POST", f"/v1/api-keys/{me['person']}/end", status=200, token=world.token("bank"))
    assert world.http.refusal("GET", "/v1/me", status=401, token=secret) == "unauthenticated"


def test_another_party_ends_no_api_key(world: World) -> None:
    secret = world.machine("bank", "reviewer")
    key = world.http.ask("GET", "/v1/me", status=200, token=secret)["person"]
    path = f"/v1/api-keys/{key}/end"
    assert world.http.refusal("POST", path, status=403, token=world.token("factor")) == "forbidden"
    world.http.ask("GET", "/v1/me", status=200, token=secret)


# ---------------------------------------------------------------------- consents to look


def test_a_funder_sees_a_suppliers_records_from_consent_to_its_end(world: World) -> None:
    invoice = world.bring()["id"]
    receivable = world.registered()
    factor = world.token("factor")
    paths = (f"/v1/invoices/{invoice}", f"/v1/receivables/{receivable}")
    for path in paths:
        world.http.refusal("GET", path, status=404, token=factor)
    body = {"viewer": world.numbers["factor"], "purpose": "A line of credit", "valid_until": YEAR}
    nordlicht = world.token("nordlicht")
    given = world.http.ask("POST", "/v1/viewing-consents", status=201, token=nordlicht, json=body)
    for path in paths:
        world.http.ask("GET", path, status=200, token=factor)
        world.http.refusal("GET", path, status=404, token=world.token("stranger"))
    end = f"/v1/viewing-consents/{given['id']}/end"
    assert world.http.refusal("POST", end, status=403, token=factor) == "forbidden"
    world.http.ask("POST", end, status=200, token=nordlicht)
    for path in paths:
        world.http.refusal("GET", path, status=404, token=factor)


def test_an_auditor_sees_what_it_was_shown_and_changes_nothing(world: World) -> None:
    key = SigningKey.create()
    body = {"address": key.address, "name": "An auditor", "roles": ["auditor"], "valid_until": YEAR}
    world.http.post("/v1/people", body)
    receivable = world.registered()
    token = world.sign_in(key)["token"]
    path = f"/v1/receivables/{receivable}"
    world.http.refusal("GET", path, status=404, token=token)
    wanted = {"auditor": key.address, "purpose": "The year's audit", "valid_until": YEAR}
    world.http.ask("POST", "/v1/viewing-consents", status=201, token=world.token("nordlicht"), json=wanted)
    world.http.ask("GET", path, status=200, token=token)
    assert world.http.refusal("POST", f"{path}/withdrawal", status=403, token=token, json={}) == "forbidden"


def test_the_obligor_sees_the_invoices_it_is_asked_to_confirm(world: World) -> None:
    invoice = world.bring()["id"]
    draft = world.prepare(invoices=[{"invoice": invoice}])
    path, hanse = f"/v1/invoices/{invoice}", world.token("hanse")
    world.http.refusal("GET", path, status=404, token=hanse)
    consents = world.sign(draft["registration"], "nordlicht")
    world.http.post(f"/v1/receivables/{draft['receivable']['id']}/registration", {"consents": consents})
    world.http.ask("GET", path, status=200, token=hanse)
    world.http.refusal("GET", path, status=404, token=world.token("stranger"))


# ---------------------------------------------------------------------- acting for one's own party


def test_nobody_prepares_or_uploads_in_anothers_name(world: World) -> None:
    token = world.token("ostsee")
    number = world.numbers["nordlicht"]
    path = f"/v1/invoices?party={number}&name=a.xml"
    assert world.http.refusal("POST", path, status=403, token=token, content=b"<a/>") == "forbidden"
    invoice = world.bring()["id"]
    body = {
        "originator": number,
        "obligor": world.numbers["hanse"],
        "maturity": "2027-03-31",
        "invoices": [{"invoice": invoice}],
    }
    assert world.http.refusal("POST", "/v1/receivables", status=403, token=token, json=body) == "forbidden"
    world.http.ask("POST", "/v1/receivables", status=201, token=world.token("nordlicht"), json=body)


def test_a_lot_is_offered_by_its_holder_or_held_by_the_funder_itself(world: World) -> None:
    lot = world.confirmed()
    path = f"/v1/lots/{lot}/reservation"
    body = {"funder": world.numbers["bank"], "until": "2026-09-28T12:00:00Z"}
    assert world.http.refusal("POST", path, status=404, token=world.token("factor"), json=body)
    # Without an offer or a consent the funder itself does not see it either.
    assert world.http.refusal("POST", path, status=404, token=world.token("bank"), json=body)
    world.http.ask("POST", path, status=200, token=world.token("nordlicht"), json=body)
    world.http.ask("POST", path, status=200, token=world.token("bank"), json=body)
    other = body | {"funder": world.numbers["factor"]}
    assert world.http.refusal("POST", path, status=403, token=world.token("bank"), json=other) == "forbidden"
