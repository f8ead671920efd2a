"""Batches, recovery, the ledger's state and its pictures over HTTP."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from registry.chain.keys import SigningKey
from tests.api.http_world import World, a_world


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A registry of this module's own, whose clock and arbiter its tests change."""
    with a_world(tmp_path_factory.mktemp("late") / "data") as made:
        yield made


def batch(world: World, path: str, body: dict[str, Any], signer: str, *, status: int = 200) -> Any:
    to_sign = world.http.post(f"{path}/typed-data", body, wait=0)
    return world.http.post(path, {**body, "consents": world.sign(to_sign, signer)}, status=status)


def test_two_receivables_are_registered_confirmed_passed_on_and_paid_with_four_signatures(
    world: World,
) -> None:
    http, number = world.http, world.numbers
    drafts = [world.prepare(amount)["receivable"]["id"] for amount in ("1000.00", "2000.00")]
    both = {"receivables": drafts}
    assert http.post("/v1/registrations/typed-data", both, wait=0)["sentences"]["en"] == (
        "Nordlicht GmbH registers 2 receivables of 3,000.00 EUR in all: "
        "1,000.00 EUR by Hanse AG, due 2027-03-31 and 2,000.00 EUR by Hanse AG, due 2027-03-31."
    )
    assert batch(world, "/v1/registrations", both, "hanse", status=403)["code"] == "consent_missing"
    assert batch(world, "/v1/registrations", both, "nordlicht")["kind"] == "registerMany"
    assert http.post("/v1/confirmations/typed-data", both, wait=0)["sentences"]["en"].startswith(
        "Hanse AG confirms that it owes 2 receivables of 3,000.00 EUR in all: 1,000.00 EUR to Nordlicht GmbH"
    )
    assert batch(world, "/v1/confirmations", both, "nordlicht", status=403)["code"] == "consent_missing"
    batch(world, "/v1/confirmations", both, "hanse")

    roots = [http.get(f"/v1/receivables/{one}")["root_lot"] for one in drafts]
    moves = [{"lot": root, "to": number["ostsee"], "amount": "1000.00"} for root in roots]
    batch(world, "/v1/transfers", {"holder": number["nordlicht"], "moves": moves}, "nordlicht")
    held = http.get("/v1/lots", holder=number["ostsee"], limit=100)["items"]
    mine = [one["id"] for one in held if one["receivable"] in drafts]
    assert len(mine) == 2

    payments = [{"lot": lot, "amount": "1000.00", "payment": f"SEPA {lot[:6]}"} for lot in mine]
    paid = {"settler": number["clearing"], "payments": payments}
    assert batch(world, "/v1/settlements", paid, "ostsee", status=403)["code"] == "consent_missing"
    batch(world, "/v1/settlements", paid, "clearing")
    assert {http.get(f"/v1/lots/{lot}")["status"] for lot in mine} == {"redeemed"}


def test_a_lots_metadata_is_the_ledgers_own(world: World) -> None:
    lot = world.confirmed("5000.00")
    found = world.http.get(f"/v1/lots/{lot}/metadata")
    kind, _, image = found["image"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    drawn = base64.b64decode(image).decode()
    assert drawn.startswith("<svg")
    assert "5000.00" in drawn.replace(",", "")
    assert found["attributes"]
    missing = world.http.refusal("GET", f"/v1/lots/0x{'ab' * 32}/metadata", status=404)
    assert missing == "lot_not_found"


def test_a_lost_account_is_replaced_after_seven_days_unless_it_is_vetoed(late: World) -> None:
    number, new = late.numbers["ostsee"], SigningKey.create()
    party = f"/v1/parties/{number}"
    assert late.http.refusal("GET", f"{party}/veto", status=409) == "proposal_unknown"
    late.http.post(f"{party}/proposal", {"account": new.address})
    assert late.http.get(party)["chain"]["proposed_account"] == new.address
    said = late.http.get(f"{party}/veto")["sentences"]["en"]
    assert said == f"Ostsee Guss GmbH vetoes the account {new.address} that was proposed for it."
    late.signed(f"{party}/veto", "ostsee")
    assert late.http.get(party)["chain"]["proposed_account"] is None

    late.http.post(f"{party}/proposal", {"account": new.address})  # now the arbiter's
    early = {"consents": late.sign(late.http.get(f"{party}/takeover"), new)}
    assert late.http.refusal("POST", f"{party}/takeover", status=409, json=early) == "proposal_waits"
    late.clock.advance(days=7, minutes=1)
    wrong = {"consents": late.sign(late.http.get(f"{party}/takeover"), "ostsee")}
    assert late.http.refusal("POST", f"{party}/takeover", status=403, json=wrong) == "signature_invalid"
    to_sign = late.http.get(f"{party}/takeover")
    late.http.post(f"{party}/takeover", {"consents": late.sign(to_sign, new)})
    assert late.http.get(party)["account"] == new.address


def test_the_operator_sets_the_state_and_the_arbiter_hands_over(late: World) -> None:
    late.http.post("/v1/state", {"state": "no_new_receivables"})
    body = {
        "originator": late.numbers["nordlicht"],
        "obligor": late.numbers["hanse"],
        "maturity": "2027-03-31",
        "invoices": [{"invoice": late.bring("1000.00")["id"]}],
    }
    assert late.http.refusal("POST", "/v1/receivables", status=409, json=body) == "no_new_receivables"
    late.http.post("/v1/state", {"state": "open"})
    late.http.post("/v1/receivables", body, status=201)
    account = {"account": SigningKey.create().address}
    late.http.post("/v1/arbiter", account)
    again = late.http.post("/v1/arbiter", account, status=403)
    assert again["code"] == "sender_not_arbiter"
