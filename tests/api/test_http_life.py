"""A claim's whole life over HTTP: every act signed by its own firm, nothing done before the ledger says
so."""

from threading import BoundedSemaphore
from unittest.mock import patch

import pytest

from registry.relay.errors import ActUnfinished
from tests.api.http_world import LOCK_END, MATURITY, World


def test_a_receivable_lives_from_invoice_to_payment(world: World) -> None:
    http, number = world.http, world.numbers

    draft = world.prepare("1000000.00")
    receivable = draft["receivable"]["id"]
    assert draft["registration"]["sentences"]["en"] == (
        "Nordlicht GmbH registers that Hanse AG owes it 1,000,000.00 EUR, due 2027-03-31; "
        "Nord Clearing records payments."
    )
    assert http.get(f"/v1/receivables/{receivable}")["status"] == "draft"

    act = world.signed(f"/v1/receivables/{receivable}/registration", "nordlicht")
    assert (act["kind"], act["status"]) == ("register", "included")
    assert http.get(f"/v1/receivables/{receivable}")["status"] == "registered"

    to_confirm = http.get(f"/v1/receivables/{receivable}/confirmation")
    assert to_confirm["sentences"]["en"] == (
        "Hanse AG confirms that it owes Nordlicht GmbH 1,000,000.00 EUR, due 2027-03-31."
    )
    assert [one["account"] for one in to_confirm["signers"]] == [world.keys["hanse"].address]
    before = _owed(world)
    world.signed(f"/v1/receivables/{receivable}/confirmation", "hanse")
    shown = http.get(f"/v1/receivables/{receivable}")
    assert (shown["status"], shown["face"]["amount"]) == ("confirmed", "1000000.00")
    assert _owed(world) - before == 1_000_000

    root = shown["root_lot"]
    to_ostsee = {"to": number["ostsee"], "amount": "400000.00"}
    assert http.get(f"/v1/lots/{root}/transfer", **to_ostsee)["sentences"]["en"] == (
        "Nordlicht GmbH assigns to Ostsee Guss GmbH 400,000.00 EUR of "
        "the lot of 1,000,000.00 EUR owed by Hanse AG, due 2027-03-31."
    )
    world.signed(f"/v1/lots/{root}/transfer", "nordlicht", **to_ostsee)
    lots = http.get("/v1/lots", receivable=receivable)["items"]
    held = {one["holder"]["name"]: one["amount"]["amount"] for one in lots}
    assert held == {"Nordlicht GmbH": "600000.00", "Ostsee Guss GmbH": "400000.00"}

    lot = next(one["id"] for one in lots if one["parent"] == root)
    kept = http.post(f"/v1/lots/{lot}/reservation", {"funder": number["bank"], "until": LOCK_END})
    assert kept["status"] == "reserved"
    world.signed(f"/v1/lots/{lot}/lock", "ostsee", funder=number["bank"], until=LOCK_END)
    agreed = http.post(
        f"/v1/lots/{lot}/sale-terms",
        {"funder": number["bank"], "discount_rate": "0.045", "with_recourse": False},
    )
    assert agreed["financing"]["terms"]["price_minor"] == 39_045_000  # 191 days of 360
    assert agreed["sale"]["sentences"]["en"] == (
        "Ostsee Guss GmbH sells to Hafenbank the lot of 400,000.00 EUR owed by Hanse AG, due 2027-03-31, "
        "for 390,450.00 EUR paid on 2026-09-21, without recourse."
    )
    world.signed(f"/v1/lots/{lot}/sale", "ostsee", "bank")
    assert http.get(f"/v1/lots/{lot}")["holder"]["name"] == "Hafenbank"

    payment = {"by": number["clearing"], "amount": "400000.00", "payment": "SEPA 2027-0331-77"}
    world.signed(f"/v1/lots/{lot}/settlement", "clearing", **payment)
    assert http.get(f"/v1/lots/{lot}")["status"] == "redeemed"
    assert _owed(world) - before == 600_000

    trace = http.get(f"/v1/lots/{lot}/trace")
    assert [one["lot"]["id"] for one in trace["path"]] == [lot, root]
    assert [act["kind"] for act in trace["path"][0]["acts"]][-1]
    assert trace["receivable"]["maturity"] == MATURITY
    assert len(trace["invoices"]) == 1


def test_what_the_obligor_does_not_owe_it_declines_and_the_invoice_is_free_again(world: World) -> None:
    http = world.http
    receivable = world.registered("5000.00")
    act = world.signed(
        f"/v1/receivables/{receivable}/declinature", "hanse", owed="4000.00", reason="short delivery"
    )
    assert act["status"] == "included"
    shown = http.get(f"/v1/receivables/{receivable}")
    assert (shown["status"], shown["owed"]["amount"]) == ("declined", "4000.00")


def test_a_receiver_gives_a_lot_back(world: World) -> None:
    lot = world.confirmed("7000.00")
    world.signed(f"/v1/lots/{lot}/transfer", "nordlicht", to=world.numbers["ostsee"], amount="7000.00")
    said = world.http.get(f"/v1/lots/{lot}/rejection")["sentences"]["en"]
    assert said.startswith("Ostsee Guss GmbH gives back to Nordlicht GmbH the lot of 7,000.00 EUR")
    world.signed(f"/v1/lots/{lot}/rejection", "ostsee")
    assert world.http.get(f"/v1/lots/{lot}")["holder"]["name"] == "Nordlicht GmbH"


def test_a_funder_lets_a_lot_go(world: World) -> None:
    lot = world.locked()
    world.signed(f"/v1/lots/{lot}/release", "bank", by=world.numbers["bank"])
    assert world.http.get(f"/v1/lots/{lot}")["status"] == "free"


def test_a_mandated_key_signs_up_to_its_cap_until_its_mandate_is_withdrawn(world: World) -> None:
    http, hanse = world.http, world.numbers["hanse"]
    clerk = type(world.keys["hanse"]).create()
    mandate = {
        "key": clerk.address,
        "scopes": ["confirm"],
        "valid_until": "2027-12-31",
        "cap": {"amount": "2000.00", "currency": "EUR"},
    }
    to_sign = http.post(f"/v1/parties/{hanse}/keys/typed-data", mandate)
    assert to_sign["sentences"]["en"] == (
        f"Hanse AG lets the key {clerk.address} confirm for it, up to 2,000.00 EUR an act, until 2027-12-31."
    )
    http.post(f"/v1/parties/{hanse}/keys", {**mandate, "consents": world.sign(to_sign, "hanse", clerk)})
    for payable, status in (("1500.00", 200), ("2500.00", 403)):
        path = f"/v1/receivables/{world.registered(payable)}/confirmation"
        consents = world.sign(http.get(path), clerk)
        answer = http.post(path, {"consents": consents}, status=status)
        assert answer.get("code", "done") == ("done" if status == 200 else "cap_exceeded")

    world.signed(f"/v1/parties/{hanse}/keys/{clerk.address}/revocation", "hanse")
    path = f"/v1/receivables/{world.registered('1500.00')}/confirmation"
    consents = world.sign(http.get(path), clerk)
    assert http.refusal("POST", path, status=403, json={"consents": consents}) == "consent_missing"


def test_an_obligor_bounds_what_it_may_owe(world: World) -> None:
    stranger = world.numbers["stranger"]
    act = world.signed(f"/v1/parties/{stranger}/quota", "stranger", currency="EUR", quota="10000.00")
    assert act["kind"] == "setQuota"
    assert world.http.get(f"/v1/obligors/{stranger}/outstanding")["items"][0]["quota"]["amount"] == "10000.00"


def test_a_write_answers_at_once_unless_it_is_asked_to_wait(world: World) -> None:
    number = world.numbers["factor"]
    at_once = world.http.post(f"/v1/parties/{number}/freeze", {"is_frozen": True}, status=202, wait=0)
    assert world.http.headers["location"] == f"/v1/acts/{at_once['id']}"
    assert "preference-applied" not in world.http.headers
    assert at_once["status"] in ("pending", "sent")

    world.service.worker.run_until_idle()
    assert world.http.get(f"/v1/acts/{at_once['id']}")["status"] == "included"
    assert world.http.get(f"/v1/parties/{number}")["chain"]["is_frozen"] is True

    waited = world.http.post(f"/v1/parties/{number}/freeze", {"is_frozen": False})
    assert world.http.headers["preference-applied"] == "wait=10"
    assert waited["status"] == "included"


def test_where_too_many_wait_already_a_write_answers_at_once(world: World) -> None:
    path = f"/v1/parties/{world.numbers['factor']}/freeze"
    with patch("api.deps._waiting", BoundedSemaphore(1)) as places:
        places.acquire()
        world.http.post(path, {"is_frozen": False}, status=202, wait=10)
    assert "preference-applied" not in world.http.headers
    world.service.worker.run_until_idle()


def test_a_wait_that_ends_first_answers_with_the_act_as_it_stands(world: World) -> None:
    path = f"/v1/parties/{world.numbers['factor']}/freeze"
    with patch("api.deps.settle_act", side_effect=ActUnfinished("It goes on.")):
        act = world.http.post(path, {"is_frozen": False}, status=202, wait=1)
    assert world.http.headers["preference-applied"] == "wait=1"
    assert act["status"] in ("pending", "sent", "included")
    world.service.worker.run_until_idle()


def test_the_operator_bars_an_obligor_and_changes_roles(world: World) -> None:
    http, number = world.http, world.numbers["stranger"]
    http.post(f"/v1/parties/{number}/bar", {"is_barred": True})
    http.post(f"/v1/parties/{number}/roles", {"roles": ["obligor", "supplier"], "valid_until": "2027-12-31"})
    shown = http.get(f"/v1/parties/{number}")["chain"]
    assert (shown["is_barred"], shown["valid_until"]) == (True, "2027-12-31T00:00:00Z")
    refused = http.refusal(
        "POST",
        "/v1/receivables",
        status=409,
        json={
            "originator": world.numbers["nordlicht"],
            "obligor": number,
            "maturity": MATURITY,
            "invoices": [{"invoice": "inv_none"}],
        },
    )
    assert refused == "obligor_barred"
    http.post(f"/v1/parties/{number}/bar", {"is_barred": False})


@pytest.mark.parametrize("kind", ["parties", "invoices", "receivables", "lots"])
def test_pages_follow_each_other_without_gap_or_overlap(world: World, kind: str) -> None:
    for _ in range(3):
        world.confirmed("600.00")
    extra = {"party": world.numbers["nordlicht"]} if kind == "invoices" else {}
    whole = world.http.get(f"/v1/{kind}", limit=100, **extra)
    assert whole["next"] is None
    found: list[object] = []
    page = world.http.get(f"/v1/{kind}", limit=2, **extra)
    while page["next"] is not None:
        assert len(page["items"]) == 2
        found += page["items"]
        page = world.http.get(f"/v1/{kind}", limit=2, after=page["next"], **extra)
    assert found + page["items"] == whole["items"]


def test_status_and_readiness_say_how_far_the_registry_is(world: World) -> None:
    world.service.worker.run_until_idle()
    status = world.http.get("/v1/status")
    assert status["mirror"]["lag_blocks"] == 0
    assert status["chain_block"] == status["mirror"]["block"]
    assert status["acts"]["oldest_unfinished_s"] == 0
    assert world.http.ask("GET", "/healthz", status=200, token=None) == {"status": "up"}
    ready = world.http.ask("GET", "/readyz", status=200, token=None)
    assert ready == {"status": "ready", "lag_blocks": 0, "lag_seconds": 0}


def _owed(world: World) -> int:
    found = world.http.get(f"/v1/obligors/{world.numbers['hanse']}/outstanding")["items"]
    return int(float(found[0]["outstanding"]["amount"])) if found else 0


def test_an_obligor_issues_what_its_supplier_accepts(world: World) -> None:
    receivable = world.prepare("7000.00")["receivable"]["id"]
    path = f"/v1/receivables/{receivable}/issue"
    tokens = {firm: world.token(firm) for firm in ("nordlicht", "hanse", "stranger")}
    asked = world.http.ask("GET", path, status=200, token=tokens["hanse"])
    assert asked["confirmation"]["sentences"]["en"].startswith(
        "Hanse AG confirms that it owes Nordlicht GmbH"
    )
    owed = world.sign(asked["confirmation"], "hanse")
    alone = {"consents": owed}
    for firm, status, code in (
        ("hanse", 403, "consent_missing"),
        ("nordlicht", 403, "consent_missing"),
        ("stranger", 404, "receivable_not_found"),
    ):
        refused = world.http.refusal("POST", path, status=status, token=tokens[firm], json=alone)
        assert refused == code

    accepted = world.sign(asked["registration"], "nordlicht")
    both = {"consents": [*accepted, *owed]}
    wait = {"Prefer": "wait=10"}
    act = world.http.ask("POST", path, status=200, token=tokens["hanse"], json=both, headers=wait)
    assert (act["kind"], act["status"]) == ("registerConfirmed", "included")
    shown = world.http.get(f"/v1/receivables/{receivable}")
    assert (shown["status"], shown["lots"], shown["live"]["amount"]) == ("confirmed", 1, "7000.00")


def test_a_draft_is_seen_by_those_it_names_and_its_invoices_by_its_supplier(world: World) -> None:
    draft = world.prepare("7100.00")
    path = f"/v1/receivables/{draft['receivable']['id']}"
    for firm in ("nordlicht", "hanse"):
        assert world.http.ask("GET", path, status=200, token=world.token(firm))["status"] == "draft"
    for firm in ("ostsee", "bank", "stranger"):
        assert world.http.refusal("GET", path, status=404, token=world.token(firm)) == "receivable_not_found"
    invoice = world.bring("7200.00")["id"]
    world.prepare(invoices=[{"invoice": invoice}])
    unseen = world.http.refusal("GET", f"/v1/invoices/{invoice}", status=404, token=world.token("hanse"))
    assert unseen == "invoice_unknown"
