"""Machines that sign their requests instead of sending a secret: what they may, and how each forgery ends."""

from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import pytest

from registry.access import machines, queries
from registry.access.errors import SignatureReplayed
from registry.access.machines import who_signed
from registry.access.model import UsedNonce
from registry.access.signatures import Asked, read
from registry.chain.keys import SigningKey
from registry.storage.sight import Viewer
from registry.storage.unit_of_work import Database
from tests.access.signing import Draft, Sign, by_key
from tests.api.http_world import World
from tests.api.test_audit import latest
from tests.invoices.builders import ubl

BASE = "http://127.0.0.1:8420"
YEAR = "2027-09-01T00:00:00Z"
JSON = {"Content-Type": "application/json"}


@dataclass
class Machine:
    """One that signs for a firm, under an API key without a secret."""

    world: World
    handle: str
    id: str
    keyid: str
    sign: Sign
    alg: str | None = None

    def draft(self, method: str, path: str, body: bytes = b"", **changes: Any) -> Draft:
        params = {"alg": self.alg} | changes.pop("params", {})
        now = int(self.world.clock.now().timestamp())
        values = {"now": now, "keyid": self.keyid, "body": body, "params": params} | changes
        return Draft(method, BASE + path, **values)

    def headers(self, method: str, path: str, body: bytes = b"", **changes: Any) -> dict[str, str]:
        return self.draft(method, path, body, **changes).signed(self.sign)

    def ask(self, method: str, path: str, body: bytes = b"", *, status: int = 200, **changes: Any) -> Any:
        headers = self.headers(method, path, body, **changes)
        return self.world.http.ask(method, path, status=status, token=None, content=body, headers=headers)

    def refusal(self, **changes: Any) -> str:
        """The code that asking who one is ends with."""
        return self.refused_as(self.headers("GET", "/v1/me", **changes))

    def refused_as(
        self, headers: dict[str, str], *, method: str = "GET", path: str = "/v1/me", **how: Any
    ) -> str:
        return self.world.http.refusal(method, path, status=401, token=None, headers=headers, **how)


def make(world: World, handle: str, *roles: str, status: int = 201, **how: Any) -> dict[str, Any]:
    body = {"name": "An ERP", "roles": list(roles), "expires_at": YEAR} | how
    return dict(world.http.ask("POST", "/v1/api-keys", status=status, token=world.token(handle), json=body))


def a_machine(world: World, handle: str = "nordlicht", *roles: str, key: SigningKey | None = None) -> Machine:
    key = key or SigningKey.create()
    made = make(world, handle, *(roles or ("supplier",)), address=key.address)
    assert made["secret"] is None
    return Machine(world, handle, made["key"]["id"], made["key"]["keyid"], by_key(key))


@pytest.fixture
def machine(world: World) -> Machine:
    return a_machine(world)


def end(world: World, machine: Machine) -> None:
    path = f"/v1/api-keys/{machine.id}/end"
    world.http.ask("POST", path, status=200, token=world.token(machine.handle))


# ---------------------------------------------------------------------- what a signed request may


def test_a_signed_request_acts_as_its_api_key(world: World, machine: Machine) -> None:
    me = machine.ask("GET", "/v1/me")
    assert (me["party"], me["person"], me["roles"]) == (world.numbers["nordlicht"], machine.id, ["supplier"])
    assert not me["is_account"]
    invoice = ubl(number="SIGNED-1")
    path = f"/v1/invoices?party={world.numbers['nordlicht']}&name=a.xml"
    made = machine.ask("POST", path, invoice, status=201, headers={"Idempotency-Key": "signed-1"})
    entry = latest(world)[0]
    assert (entry.who, entry.what, entry.outcome) == (machine.id, "upload_invoice", "accepted")
    again = machine.ask("POST", path, invoice, status=201, headers={"Idempotency-Key": "signed-1"})
    assert again["id"] == made["id"]


def test_it_may_no_more_than_its_roles_and_its_party(world: World, machine: Machine) -> None:
    other = f"/v1/invoices?party={world.numbers['ostsee']}&name=a.xml"
    assert machine.ask("POST", other, b"<a/>", status=403)["code"] == "forbidden"
    freeze, bar = f"/v1/parties/{world.numbers['nordlicht']}/freeze", b'{"is_frozen": true}'
    assert machine.ask("POST", freeze, bar, status=403, headers=JSON)["code"] == "forbidden"
    body = b'{"name": "A", "roles": ["supplier"], "expires_at": "2027-09-01T00:00:00Z"}'
    assert machine.ask("POST", "/v1/api-keys", body, status=403, headers=JSON)["code"] == "forbidden"


def test_an_outsiders_machine_asks_blind_and_sees_nothing_else(world: World) -> None:
    key = SigningKey.create()
    body = {"name": "A bank elsewhere", "roles": ["outsider"], "expires_at": YEAR, "address": key.address}
    made = world.http.ask("POST", "/v1/api-keys", status=201, json=body)["key"]
    outsider = Machine(world, "", made["id"], made["keyid"], by_key(key))
    outsider.ask("GET", "/v1/fingerprints/keys")
    assert outsider.ask("GET", "/v1/lots", status=403)["code"] == "forbidden"


# ---------------------------------------------------------------------- changed on the way


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("PUT", "/v1/people?dry_run=1", b"{}", "request_signature_wrong"),
        ("POST", "/v1/people/?dry_run=1", b"{}", "request_signature_wrong"),
        ("POST", "/v1/%70eople?dry_run=1", b"{}", "request_signature_wrong"),
        ("POST", "/v1/people?dry_run=0", b"{}", "request_signature_wrong"),
        ("POST", "/v1/people", b"{}", "request_signature_wrong"),
        ("POST", "/v1/people?dry_run=1", b"{} ", "content_digest_wrong"),
        ("POST", "/v1/people?dry_run=1", b"", "content_digest_wrong"),
    ],
)
def test_a_request_changed_on_the_way_is_refused(
    machine: Machine, method: str, path: str, body: bytes, code: str
) -> None:
    headers = machine.headers("POST", "/v1/people?dry_run=1", b"{}")
    assert machine.refused_as(headers, method=method, path=path, content=body) == code
    control = machine.ask("POST", "/v1/people?dry_run=1", b"{}", status=422)
    assert control["code"] == "malformed_request"  # it came in


def test_a_signature_for_another_server_is_refused(machine: Machine) -> None:
    headers = machine.headers("GET", "/v1/me")
    assert machine.refused_as(headers | {"host": "localhost:8420"}) == "request_signature_wrong"
    headers = machine.headers("GET", "/v1/me", covered=["@method", "@target-uri"])
    assert machine.refused_as(headers | {"host": "localhost:8420"}) == "request_signature_wrong"
    machine.ask("GET", "/v1/me", covered=["@method", "@target-uri"])  # the control


def test_a_body_under_a_signature_without_one_is_refused(machine: Machine) -> None:
    headers = machine.headers("GET", "/v1/me")
    assert machine.refused_as(headers, content=b"{}") == "request_signature_incomplete"
    assert machine.refusal(covered=["@authority", "@path"]) == "request_signature_incomplete"
    machine.ask("GET", "/v1/me", covered=["@method", "@authority", "@path"])  # the control


def test_a_header_that_decides_cannot_be_added(machine: Machine) -> None:
    headers = machine.headers("GET", "/v1/me")
    assert machine.refused_as(headers | {"if-match": '"1"'}) == "request_signature_incomplete"
    assert machine.refused_as(headers | {"idempotency-key": "a"}) == "request_signature_incomplete"


def test_a_request_that_is_signed_in_two_ways_or_half_is_refused(world: World, machine: Machine) -> None:
    headers = machine.headers("GET", "/v1/me")
    token = {"authorization": f"Bearer {world.token('bank')}"}
    assert machine.refused_as(headers | token) == "request_signature_malformed"
    twice = {name: f"{value}, b{value[1:]}" for name, value in headers.items()}
    assert machine.refused_as(twice) == "request_signature_malformed"
    for one in headers:
        assert machine.refused_as({one: headers[one]}) == "request_signature_malformed"
    assert machine.ask("GET", "/v1/me")["person"] == machine.id  # the control


# ---------------------------------------------------------------------- sent again


def test_a_signed_request_is_good_once(world: World, machine: Machine) -> None:
    headers = machine.headers("GET", "/v1/me")
    world.http.ask("GET", "/v1/me", status=200, token=None, headers=headers)
    assert machine.refused_as(headers) == "request_signature_replayed"
    machine.ask("GET", "/v1/me", params={"nonce": "mine"})
    assert machine.refusal(params={"nonce": "mine"}) == "request_signature_replayed"
    a_machine(world, "ostsee").ask("GET", "/v1/me", params={"nonce": "mine"})  # another's nonces are its own


def test_another_process_knows_that_it_was_used(world: World, machine: Machine) -> None:
    headers = machine.headers("GET", "/v1/me")
    sent = read(Asked("GET", "http", "/v1/me", "", (("host", "127.0.0.1:8420"), *headers.items())))
    database = Database(world.service.database.url)
    before = world.service.context
    try:
        elsewhere = replace(before, database=database)
        assert who_signed(elsewhere, world.service.authorities, sent).person == machine.id
        with pytest.raises(SignatureReplayed):
            who_signed(elsewhere, world.service.authorities, sent)
    finally:
        database.close()
    assert machine.refused_as(headers) == "request_signature_replayed"


def test_a_key_that_is_made_anew_takes_no_old_request(world: World) -> None:
    key = SigningKey.create()
    before = a_machine(world, key=key)
    headers = before.headers("GET", "/v1/me")
    world.http.ask("GET", "/v1/me", status=200, token=None, headers=headers)
    end(world, before)
    after = a_machine(world, key=key)
    assert after.refused_as(headers) == "request_signature_replayed"
    after.ask("GET", "/v1/me")


def test_a_nonce_is_remembered_for_as_long_as_it_could_come_again_and_no_longer(
    world: World, machine: Machine
) -> None:
    def remembered(nonce: str) -> bool:
        with world.service.database.read() as session:
            return queries.has_used(session, machine.keyid, nonce)

    headers = machine.headers("GET", "/v1/me", params={"nonce": "first"})
    world.http.ask("GET", "/v1/me", status=200, token=None, headers=headers)
    with world.later(seconds=60):
        assert machine.refused_as(headers) == "request_signature_replayed"
        machine.ask("GET", "/v1/me")
        assert remembered("first")
    with world.later(seconds=61):
        assert machine.refused_as(headers) == "request_signature_out_of_time"
    with world.later(seconds=121):
        machine.ask("GET", "/v1/me")
        assert not remembered("first")


def test_what_is_remembered_of_a_key_is_bounded(world: World, machine: Machine) -> None:
    with patch.object(machines, "MAX_NONCES", 2):
        for _ in range(2):
            machine.ask("GET", "/v1/me")
        refused = machine.ask("GET", "/v1/me", status=429)
        assert (refused["code"], world.http.headers["retry-after"]) == ("rate_limited", "60")
        a_machine(world, "ostsee").ask("GET", "/v1/me")  # another key has room of its own


def test_nobody_sees_the_nonces(world: World, machine: Machine) -> None:
    machine.ask("GET", "/v1/me")
    mine = world.service.database.on_behalf(Viewer(world.numbers["nordlicht"]))
    with mine.read() as session:
        assert session.query(UsedNonce).count() == 0
    with world.service.database.read() as session:
        assert session.query(UsedNonce).count() > 0


# ---------------------------------------------------------------------- too late, too early, for too long


@pytest.mark.parametrize(
    ("created", "expires", "is_good"),
    [
        (0, 300, True),
        (0, 301, False),
        (0, 0, False),
        (60, 30, False),
        (-60, 0, True),
        (-60, -1, False),
        (30, 90, True),
        (31, 90, False),
        (-(10**14), 60, False),
        (0, 10**14, False),
    ],
)
def test_a_signature_is_good_from_its_making_for_five_minutes_at_most(
    world: World, machine: Machine, created: int, expires: int, is_good: bool
) -> None:
    now = int(world.clock.now().timestamp())
    params = {"created": now + created, "expires": now + expires}
    if is_good:
        machine.ask("GET", "/v1/me", params=params)
    else:
        assert machine.refusal(params=params) == "request_signature_out_of_time"


# ---------------------------------------------------------------------- whose


def test_a_signature_by_another_key_is_refused(world: World, machine: Machine) -> None:
    other = a_machine(world, "bank", "reviewer")
    headers = machine.draft("GET", "/v1/me").signed(other.sign)
    assert machine.refused_as(headers) == "request_signature_wrong"
    assert machine.refusal(keyid=other.keyid) == "request_signature_wrong"
    assert other.ask("GET", "/v1/me")["party"] == world.numbers["bank"]  # the control


@pytest.mark.parametrize("keyid", ["", "key_1", "erc8128:1:0x" + "00" * 20, "x509:" + "0" * 64])
def test_a_key_that_nobody_made_is_unknown(machine: Machine, keyid: str) -> None:
    assert machine.refusal(keyid=keyid) == "signing_key_unknown"


def test_the_same_address_on_another_chain_is_another_key(world: World, machine: Machine) -> None:
    _, chain_id, address = machine.keyid.split(":")
    assert machine.refusal(keyid=f"erc8128:{int(chain_id) + 1}:{address}") == "signing_key_unknown"
    machine.ask("GET", "/v1/me", keyid=f"erc8128:{chain_id}:0x{address[2:].upper()}")  # case says nothing


def test_an_ended_key_signs_nothing_from_then_on(world: World, machine: Machine) -> None:
    machine.ask("GET", "/v1/me")
    end(world, machine)
    assert machine.refusal() == "signing_key_unknown"


def test_a_key_signs_until_the_day_it_was_made_for(world: World) -> None:
    key = SigningKey.create()
    made = make(world, "nordlicht", "supplier", address=key.address, expires_at="2026-09-22T09:00:00Z")
    machine = Machine(world, "nordlicht", made["key"]["id"], made["key"]["keyid"], by_key(key))
    machine.ask("GET", "/v1/me")
    with world.later(hours=24):
        assert machine.refusal() == "signing_key_unknown"


def test_a_revoked_mandate_signs_no_requests_either(world: World) -> None:
    key, path = SigningKey.create(), f"/v1/parties/{world.numbers['ostsee']}/keys"
    wanted = {"key": key.address, "scopes": ["register"], "valid_until": "2027-06-01"}
    to_sign = world.http.post(f"{path}/typed-data", wanted)
    world.http.post(path, wanted | {"consents": world.sign(to_sign, "ostsee", key)})
    machine = a_machine(world, "ostsee", key=key)
    machine.ask("GET", "/v1/me")
    world.signed(f"{path}/{key.address}/revocation", "ostsee")
    assert machine.refusal() == "signing_key_unknown"
    body = {"name": "B", "roles": ["supplier"], "expires_at": YEAR, "address": key.address}
    refused = world.http.refusal("POST", "/v1/api-keys", status=409, token=world.token("ostsee"), json=body)
    assert refused == "person_taken"


@pytest.mark.parametrize(
    "alg", ["ecdsa-p256-sha256", "ed25519", "rsa-v1_5-sha256", "hmac-sha256", "none", ""]
)
def test_the_key_says_how_it_signs_and_not_the_message(machine: Machine, alg: str) -> None:
    assert machine.refusal(params={"alg": alg}) == "signature_algorithm_wrong"
    machine.ask("GET", "/v1/me", params={"alg": "eip191-secp256k1"})  # the control


# ---------------------------------------------------------------------- making such keys


def test_an_address_signs_for_one_api_key_and_for_no_other_party(world: World) -> None:
    key = SigningKey.create()
    made = a_machine(world, key=key)
    refused = make(world, "bank", "reviewer", status=409, address=key.address)
    assert refused["code"] == "signing_key_taken"
    refused = make(world, "bank", "reviewer", status=409, address=world.keys["hanse"].address)
    assert refused["code"] == "person_taken"
    end(world, made)
    a_machine(world, "bank", "reviewer", key=key)


def test_it_is_made_by_whom_and_for_what_api_keys_are(world: World, machine: Machine) -> None:
    address = SigningKey.create().address
    assert make(world, "bank", "supplier", status=422, address=address)["code"] == "bad_access_roles"
    late = "2026-01-01T00:00:00Z"
    refused = make(world, "bank", "reviewer", status=422, address=address, expires_at=late)
    assert refused["code"] == "bad_access_period"
    body = {"name": "A", "roles": ["supplier"], "expires_at": YEAR, "address": address}
    assert world.http.refusal("POST", "/v1/api-keys", status=422, json=body) == "bad_access_roles"
    path = f"/v1/api-keys?after={machine.id[:-1]}"
    for handle, shown in (("nordlicht", True), ("bank", False)):
        listed = world.http.ask("GET", path, status=200, token=world.token(handle))["items"]
        assert (machine.keyid in {one["keyid"] for one in listed}) is shown
