"""Endings, disputes, pledges and recourse over HTTP, each act signed by its own firm."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.http_world import LOCK_END, World, a_world

EVIDENCE = "0x" + "e7" * 32
PAST_MATURITY_DAYS = 200


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A registry of this module's own, whose clock its tests move."""
    with a_world(tmp_path_factory.mktemp("late") / "data") as made:
        yield made


def status(world: World, receivable: str) -> str:
    return str(world.http.get(f"/v1/receivables/{receivable}")["status"])


def receivable_of(world: World, lot: str) -> str:
    return str(world.http.get(f"/v1/lots/{lot}")["receivable"])


def financed(world: World, *, is_pledge: bool = False) -> tuple[str, dict[str, Any]]:
    """A lot of Nordlicht's that Hafenbank bought or has as security, and its financing."""
    lot = world.confirmed()
    until = LOCK_END if world.clock.now().isoformat() < LOCK_END else "2027-03-30T12:00:00Z"
    world.signed(f"/v1/lots/{lot}/lock", "nordlicht", funder=world.numbers["bank"], until=until)
    terms = {
        "funder": world.numbers["bank"],
        "discount_rate": "0.045",
        "with_recourse": True,
        "is_pledge": is_pledge,
    }
    agreed = world.http.post(f"/v1/lots/{lot}/sale-terms", terms)
    assert (
        f"Nordlicht GmbH {'pledges' if is_pledge else 'sells'} to Hafenbank"
        in agreed["sale"]["sentences"]["en"]
    )
    world.signed(f"/v1/lots/{lot}/sale", "nordlicht", "bank")
    return lot, agreed["financing"]


def test_a_supplier_withdraws_what_is_not_confirmed(world: World) -> None:
    receivable = world.registered("5000.00")
    path = f"/v1/receivables/{receivable}/withdrawal"
    said = world.http.get(path, reason="entered twice")["sentences"]["en"]
    assert said == (
        "Nordlicht GmbH takes back the receivable of 5,000.00 EUR that Hanse AG has not confirmed, "
        "due 2027-03-31: entered twice."
    )
    body = {
        "reason": "entered twice",
        "consents": world.sign(world.http.get(path, reason="entered twice"), "hanse"),
    }
    assert world.http.refusal("POST", path, status=403, json=body) == "consent_missing"
    assert world.signed(path, "nordlicht", reason="entered twice")["kind"] == "withdraw"
    assert status(world, receivable) == "withdrawn"
    assert receivable in [
        one["id"] for one in world.http.get("/v1/receivables?status=withdrawn&limit=100")["items"]
    ]


def test_what_may_still_be_confirmed_does_not_expire(world: World) -> None:
    path = f"/v1/receivables/{world.registered('5000.00')}/expiry"
    assert world.http.refusal("POST", path, status=409, json={}) == "confirmation_period_not_over"


def test_supplier_and_obligor_undo_what_was_confirmed(world: World) -> None:
    receivable = receivable_of(world, world.confirmed("5000.00"))
    path = f"/v1/receivables/{receivable}/cancellation"
    to_sign = world.http.get(path, reason="returned")
    assert [one["name"] for one in to_sign["signers"]] == ["Nordlicht GmbH", "Hanse AG"]
    body = {"reason": "returned", "consents": world.sign(to_sign, "nordlicht")}
    assert world.http.refusal("POST", path, status=403, json=body) == "consent_missing"
    world.signed(path, "nordlicht", "hanse", reason="returned")
    assert status(world, receivable) == "canceled"


def test_an_obligor_contests_a_receivable_and_a_holder_its_lot(world: World) -> None:
    lot = world.confirmed("5000.00")
    receivable = receivable_of(world, lot)
    path = f"/v1/receivables/{receivable}/contest"
    world.signed(path, "hanse", by=world.numbers["hanse"], code="C05", evidence=EVIDENCE)
    mine = {"by": world.numbers["nordlicht"], "code": "C06", "evidence": EVIDENCE, "lot": lot}
    world.signed(path, "nordlicht", **mine)
    found = world.http.get(f"/v1/receivables/{receivable}")["contests"]
    assert [(one["code"], one["lot"]) for one in found] == [("C05", None), ("C06", lot)]
    wrong = {"by": world.numbers["hanse"], "code": "C07", "evidence": EVIDENCE, "consents": []}
    assert world.http.refusal("POST", path, status=422, json=wrong) == "malformed_request"


def test_the_arbiter_suspends_a_receivable_and_lets_it_go_on(world: World) -> None:
    lot = world.confirmed("5000.00")
    receivable = receivable_of(world, lot)
    path = f"/v1/receivables/{receivable}/suspension"
    world.http.post(path, {"is_suspended": True, "reason": "court order"})
    assert world.http.get(f"/v1/receivables/{receivable}")["is_suspended"] is True
    to_ostsee = {"to": world.numbers["ostsee"], "amount": "5000.00"}
    transfer = f"/v1/lots/{lot}/transfer"
    body = {**to_ostsee, "consents": world.sign(world.http.get(transfer, **to_ostsee), "nordlicht")}
    assert world.http.refusal("POST", transfer, status=409, json=body) == "receivable_suspended"
    world.http.post(path, {"is_suspended": False, "reason": "settled"})
    world.signed(transfer, "nordlicht", **to_ostsee)


def test_the_arbiter_gives_a_lot_to_another_party(world: World) -> None:
    lot = world.confirmed("5000.00")
    body = {"to": world.numbers["ostsee"], "reason": "court order 12/27"}
    world.http.post(f"/v1/lots/{lot}/forced-transfer", body)
    assert world.http.get(f"/v1/lots/{lot}")["holder"]["name"] == "Ostsee Guss GmbH"
    assert (
        world.http.refusal("POST", f"/v1/lots/{lot}/forced-transfer", status=422, json=body) == "same_holder"
    )


def test_a_claim_is_given_up_in_part(world: World) -> None:
    lot = world.confirmed("5000.00")
    path = f"/v1/lots/{lot}/write-off"
    said = world.http.get(path, amount="1000.00", reason="insolvency")["sentences"]["en"]
    assert said.startswith("Nordlicht GmbH for good gives up 1,000.00 EUR of the lot of 5,000.00 EUR")
    world.signed(path, "nordlicht", amount="1000.00", reason="insolvency")
    assert world.http.get(f"/v1/lots/{lot}")["amount"]["amount"] == "4000.00"


def test_a_financed_lot_passes_to_the_next_funder(world: World) -> None:
    lot, financing = financed(world)
    path = f"/v1/lots/{lot}/reassignment"
    values = {"to": world.numbers["factor"], "discount_rate": "0.04", "pays_on": "2026-09-30"}
    to_sign = world.http.get(path, **values)
    assert to_sign["sentences"]["en"] == (
        "Hafenbank reassigns to Elbe Factoring the lot of 1,000,000.00 EUR owed by Hanse AG, due 2027-03-31, "
        "for 979,777.78 EUR paid on 2026-09-30."
    )
    dearer = {**values, "discount_rate": "0.03", "consents": world.sign(to_sign, "bank", "factor")}
    assert world.http.refusal("POST", path, status=403, json=dearer) == "signature_invalid"
    world.signed(path, "bank", "factor", **values)
    assert world.http.get(f"/v1/lots/{lot}")["holder"]["name"] == "Elbe Factoring"
    ended = world.http.get(f"/v1/financings/{financing['id']}")
    assert (ended["status"], ended["ended_because"]) == ("ended", "reassigned")


def test_a_pledged_lot_is_released_by_its_funder(world: World) -> None:
    lot, financing = financed(world, is_pledge=True)
    assert world.http.get(f"/v1/lots/{lot}")["status"] == "pledged"
    assert world.http.get(f"/v1/financings/{financing['id']}")["status"] == "financed"
    world.signed(f"/v1/lots/{lot}/release", "bank", by=world.numbers["bank"])
    assert world.http.get(f"/v1/lots/{lot}")["status"] == "free"
    assert world.http.get(f"/v1/financings/{financing['id']}")["ended_because"] == "released"


def test_a_receipt_for_a_pledged_lot_names_both_who_sign(world: World) -> None:
    lot, _ = financed(world, is_pledge=True)
    values = {"by": world.numbers["nordlicht"], "amount": "100.00", "payment": "R-1"}
    path = f"/v1/lots/{lot}/settlement"
    to_sign = world.http.get(path, **values)
    assert [one["name"] for one in to_sign["signers"]] == ["Nordlicht GmbH", "Hafenbank"]
    assert "Hanse AG paid Hafenbank 100.00 EUR" in to_sign["sentences"]["en"]
    world.signed(path, "nordlicht", "bank", **values)
    assert world.http.get(f"/v1/lots/{lot}")["amount"]["amount"] == "999900.00"


def test_after_the_maturity_pledges_are_enforced_and_lots_put_back(late: World) -> None:
    unconfirmed = late.registered("5000.00")
    pledged, pledge = financed(late, is_pledge=True)
    sold, sale = financed(late)
    early = late.sign(late.http.get(f"/v1/lots/{pledged}/enforcement"), "bank")
    refused = late.http.refusal(
        "POST", f"/v1/lots/{pledged}/enforcement", status=409, json={"consents": early}
    )
    assert refused == "not_mature"

    assert late.http.get("/v1/obligors/overdue") == {"items": [], "next": None}
    late.clock.advance(days=PAST_MATURITY_DAYS)
    (owing,) = late.http.get("/v1/obligors/overdue")["items"]
    assert (owing["obligor"]["name"], owing["receivables"]) == ("Hanse AG", 2)
    assert owing["overdue"] == [{"amount": "2000000.00", "currency": "EUR"}]
    assert (owing["new_receivables"], owing["is_barred"]) == ("warned", False)
    assert owing["suggestion"] == f"POST /v1/parties/{late.numbers['hanse']}/bar"
    said = late.http.get(f"/v1/lots/{pledged}/enforcement")["sentences"]["en"]
    assert said.startswith("Hafenbank takes title from Nordlicht GmbH to the lot of 1,000,000.00 EUR")
    late.signed(f"/v1/lots/{pledged}/enforcement", "bank")
    assert late.http.get(f"/v1/lots/{pledged}")["holder"]["name"] == "Hafenbank"
    late.signed(f"/v1/lots/{sold}/put-back", "bank")
    assert late.http.get(f"/v1/lots/{sold}")["holder"]["name"] == "Nordlicht GmbH"
    for financing, because in ((pledge, "enforced"), (sale, "put_back")):
        shown = late.http.get(f"/v1/financings/{financing['id']}")
        assert (shown["status"], shown["ended_because"]) == ("ended", because)

    late.http.post(f"/v1/receivables/{unconfirmed}/expiry", {})
    assert status(late, unconfirmed) == "expired"
