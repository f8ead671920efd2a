"""Each operation × each role × another tenant, from the one table of who may do what."""

import re
from dataclasses import dataclass
from typing import Any

import pytest

from api.auth.access import ACCESS, OPEN
from api.ids import RECEIVABLE
from registry.access.actor import Role
from registry.chain.keys import SigningKey
from registry.receivables import queries
from tests.api.http_world import World
from tests.invoices.builders import preceding
from tests.invoices.import_builders import a_row, as_csv

# Which firm stands for a role, and which one for it among those whom its records do not concern.
HOME = {
    "obligor": "hanse",
    "supplier": "nordlicht",
    "reviewer": "bank",
    "approver": "bank",
    "finance": "bank",
    "settler": "clearing",
}
STRANGER = {
    "obligor": "stranger",
    "supplier": "stranger",
    "reviewer": "factor",
    "approver": "factor",
    "finance": "factor",
}
# Only an account does these, as the use case finds: a machine of the right role is kept out too.
DECIDING = {
    "end_person",
    "end_key",
    "end_viewing_consent",
    "rotate_webhook",
    "disable_webhook",
    "enable_webhook",
    "remove_webhook",
    "test_webhook",
    "redeliver_webhook",
}
RECORDS = (
    "receivable",
    "lot",
    "invoice",
    "act",
    "financing",
    "notice",
    "account",
    "import_id",
    "map_id",
    "correction",
    "warning",
    "suspicion",
    "webhook",
)


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    template: str

    @property
    def names_a_record(self) -> bool:
        return any(f"{{{one}}}" in self.template for one in RECORDS)

    @property
    def is_below_a_party(self) -> bool:
        return bool(self.template.partition("/parties/{number}")[2])


@dataclass
class Desk:
    """The registry with records of every kind, and a token for every role, at home and of strangers."""

    world: World
    tokens: dict[str, str]
    strangers: dict[str, str]
    values: dict[str, str]

    def path(self, operation: Operation) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self.values[found[1]], operation.template)

    def status(self, operation: Operation, token: str | None) -> int:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = self.world.http.client.request(
            operation.method.upper(),
            self.path(operation),
            headers=headers,
            json={} if operation.method != "get" else None,
        )
        return int(answer.status_code)


def operations(document: dict[str, Any]) -> list[Operation]:
    return [
        Operation(described["operationId"], method, template)
        for template, methods in document["paths"].items()
        if template.startswith("/v1")
        for method, described in methods.items()
    ]


@pytest.fixture(scope="module")
def desk(world: World) -> Desk:
    lot = world.confirmed()
    until = "2026-09-28T12:00:00Z"
    financing = world.http.post(
        f"/v1/lots/{lot}/reservation", {"funder": world.numbers["bank"], "until": until}
    )
    invoice = world.bring()["id"]
    suspicion = a_suspicion(world)
    act = world.signed(f"/v1/lots/{lot}/lock", "nordlicht", funder=world.numbers["bank"], until=until)
    account, notice = an_account(world), a_notice(world)
    sheet = world.import_sheet(as_csv(a_row("M-1")))
    columns = world.http.post("/v1/imports/maps", {"import_id": sheet["id"], "name": "ERP"}, status=201)
    made = world.http.ask(
        "POST",
        "/v1/viewing-consents",
        status=201,
        token=world.token("nordlicht"),
        json={"viewer": world.numbers["bank"], "purpose": "An offer", "valid_until": "2027-01-01T00:00:00Z"},
    )
    world.machine("nordlicht", "supplier")
    keys = world.http.ask("GET", "/v1/api-keys", status=200, token=world.token("nordlicht"))["items"]
    values = {
        "lot": lot,
        "receivable": world.http.get(f"/v1/lots/{lot}")["receivable"],
        "invoice": invoice,
        "act": act["id"],
        "financing": financing["id"],
        "notice": notice["id"],
        "account": account["id"],
        "import_id": sheet["id"],
        "map_id": columns["id"],
        **a_correction(world, lot),
        "suspicion": suspicion,
        **a_webhook(world),
        "number": str(world.numbers["nordlicht"]),
        "key": keys[0]["id"],
        "consent": made["id"],
        "invitation": "ivt_none",
        "decision": "dec_none",
        "address": world.keys["nordlicht"].address,
        "currency_code": "EUR",
    }
    tokens = {role: world.machine(firm, role) for role, firm in HOME.items()}
    tokens |= {"operator": world.http.token, "auditor": world.auditor(), "outsider": world.outsider()}
    strangers = {role: world.machine(firm, role) for role, firm in STRANGER.items()}
    return Desk(world, tokens, strangers, values)


def a_correction(world: World, lot: str) -> dict[str, str]:
    """A credit note on the invoice behind a lot, and the warning of it to the obligor."""
    receivable = world.http.get(f"/v1/lots/{lot}")["receivable"]
    with world.service.database.read() as session:
        behind = queries.draft_invoices(session, RECEIVABLE.read(receivable))[0].invoice
    number = world.http.get(f"/v1/invoices/{behind}")["number"]
    world.bring("1.00", type_code="381", extra=preceding(number))
    correction = world.http.get("/v1/corrections", invoice=behind)["items"][0]["id"]
    warnings = world.http.get("/v1/correction-warnings", party=world.numbers["hanse"])["items"]
    return {"correction": correction, "warning": warnings[0]["id"]}


def a_suspicion(world: World) -> str:
    """Of two invoices of nordlicht's, the second under a number that looks like the first's."""
    world.bring(number="TWICE-10")
    world.bring(number="TWICE-1O")
    found = world.http.ask(
        "GET", "/v1/suspicions?sign=altered_number", status=200, token=world.token("nordlicht")
    )
    return str(found["items"][0]["id"])


def a_webhook(world: World) -> dict[str, str]:
    """Nordlicht's, disabled: nothing is sent to it."""
    asked = {"url": "https://hooks.example/", "kinds": ["webhook.test"]}
    how = {"token": world.token("nordlicht"), "json": asked}
    webhook = world.http.ask("POST", "/v1/webhooks", status=201, **how)["webhook"]["id"]
    path = f"/v1/webhooks/{webhook}"
    sent = world.http.ask("POST", f"{path}/test", status=201, token=how["token"])
    world.http.ask("POST", f"{path}/disable", status=200, token=how["token"])
    return {"webhook": webhook, "delivery": sent["id"]}


def a_notice(world: World) -> dict[str, Any]:
    """Of a sale to the bank."""
    lot, bank = world.locked(), world.numbers["bank"]
    terms = {"funder": bank, "discount_rate": "0.045", "with_recourse": False}
    world.http.post(f"/v1/lots/{lot}/sale-terms", terms)
    world.signed(f"/v1/lots/{lot}/sale", "nordlicht", "bank")
    return dict(world.http.get("/v1/notices", lot=lot)["items"][0])


def an_account(world: World) -> dict[str, Any]:
    """Nordlicht's, set by two of its people."""
    second, number = SigningKey.create(), world.numbers["nordlicht"]
    mandate = {"key": second.address, "scopes": ["settle"], "valid_until": "2027-12-31"}
    to_sign = world.http.post(f"/v1/parties/{number}/keys/typed-data", mandate)
    consents = world.sign(to_sign, "nordlicht", second)
    world.http.post(f"/v1/parties/{number}/keys", {**mandate, "consents": consents})
    given = {
        "currency": "EUR",
        "holder_name": "Nordlicht GmbH",
        "number": "DE89370400440532013000",
        "effective_on": "2026-09-21",
    }
    path = f"/v1/parties/{number}/payment-account"
    consents = world.sign(world.http.get(path, **given), "nordlicht", second)
    return dict(world.http.post(path, {**given, "consents": consents}, status=201))


def test_the_table_names_each_operation_and_no_other(world: World) -> None:
    assert {one.name for one in operations(world.http.document)} == set(ACCESS)


def test_nobody_gets_past_the_door_without_a_token(desk: Desk) -> None:
    found = {
        one.name: desk.status(one, None)
        for one in operations(desk.world.http.document)
        if one.name not in OPEN
    }
    assert set(found.values()) == {401}
    assert {desk.status(one, None) for one in operations(desk.world.http.document) if one.name in OPEN} == {
        422
    }


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_a_role_reaches_its_operations_and_no_other(desk: Desk, role: str) -> None:
    asked = [one for one in operations(desk.world.http.document) if one.name not in OPEN]
    assert len(asked) > 70
    wrong = {}
    for one in asked:
        if one.name == "close_session":  # the installation's token is no sign-in, and others are needed again
            continue
        is_forbidden = desk.status(one, desk.tokens[role]) == 403
        # What stands below a party is that party's: here nordlicht's, which only the supplier belongs to.
        is_others = one.is_below_a_party and role not in ("supplier", "operator")
        # A role that may, and whose person may not decide for the party, is refused further in.
        is_allowed = Role(role) in ACCESS[one.name] and not is_others
        if not is_allowed and not is_forbidden:
            wrong[one.name] = f"{role} gets in"
        if is_allowed and is_forbidden and one.name not in DECIDING:
            wrong[one.name] = f"{role} is kept out"
    assert wrong == {}


@pytest.mark.parametrize("role", sorted(STRANGER))
def test_a_record_of_others_does_not_exist_for_a_stranger(desk: Desk, role: str) -> None:
    asked = [one for one in operations(desk.world.http.document) if one.names_a_record]
    allowed = [one for one in asked if Role(role) in ACCESS[one.name]]
    assert len(allowed) >= 5
    found = {one.name: desk.status(one, desk.strangers[role]) for one in allowed}
    assert set(found.values()) == {404}, found


def test_the_same_records_exist_for_those_they_concern(desk: Desk) -> None:
    """The control: what strangers do not find is there."""
    shows = ["show", "show_lot", "trace_lot", "show_proof", "show_metadata", "show_financing"]
    asked = {one.name: one for one in operations(desk.world.http.document)}
    for role in ("supplier", "reviewer"):
        assert {desk.status(asked[name], desk.tokens[role]) for name in shows} == {200}
    assert desk.status(asked["show_invoice"], desk.tokens["supplier"]) == 200


@pytest.mark.parametrize(
    ("address", "member", "record"),
    [
        ("/v1/receivables", "id", "receivable"),
        ("/v1/lots", "id", "lot"),
        ("/v1/api-keys", "id", "key"),
        ("/v1/viewing-consents", "id", "consent"),
        ("/v1/webhooks", "id", "webhook"),
    ],
)
def test_a_list_holds_what_concerns_its_reader(desk: Desk, address: str, member: str, record: str) -> None:
    def listed(token: str) -> set[str]:
        found: set[str] = set()
        after = ""
        for _ in range(20):
            page = desk.world.http.ask("GET", f"{address}?limit=100&after={after}", status=200, token=token)
            found |= {one[member] for one in page["items"]}
            after = page["next"]
            if not after:
                break
        return found

    assert desk.values[record] in listed(desk.world.token("nordlicht"))
    assert desk.values[record] not in listed(desk.strangers["supplier"])
