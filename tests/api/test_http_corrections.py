"""Corrections over HTTP: the chain of an invoice, what it stops, who is warned, and the operator's word."""

from typing import Any

import pytest

from api.ids import RECEIVABLE
from registry.receivables import queries
from tests.api.http_world import World
from tests.invoices.builders import preceding


def invoice_behind(world: World, lot: str) -> dict[str, Any]:
    receivable = world.http.get(f"/v1/lots/{lot}")["receivable"]
    with world.service.database.read() as session:
        (use,) = queries.draft_invoices(session, RECEIVABLE.read(receivable))
    return dict(world.http.get(f"/v1/invoices/{use.invoice}"))


def credit(world: World, invoice: dict[str, Any], amount: str) -> dict[str, Any]:
    return world.bring(amount, type_code="381", extra=preceding(invoice["number"]))


def test_an_invoice_shows_its_chain_and_what_is_left(world: World) -> None:
    invoice = world.http.get(f"/v1/invoices/{world.bring('1000.00')['id']}")
    assert (invoice["cap"], invoice["left"]) == (invoice["payable"], invoice["payable"])
    assert invoice["corrected_by"] == invoice["corrects"] == []
    note = credit(world, invoice, "200.00")
    shown = world.http.get(f"/v1/invoices/{invoice['id']}")
    assert (shown["cap"]["amount"], shown["left"]["amount"]) == ("800.00", "800.00")
    assert shown["payable"]["amount"] == "1000.00"
    (link,) = shown["corrected_by"]
    assert (link["kind"], link["amount"]["amount"], link["correcting"], link["standing"]) == (
        "credit_note",
        "200.00",
        note["id"],
        "stands",
    )
    assert world.http.get(f"/v1/invoices/{note['id']}")["corrects"] == [link]
    assert world.http.get("/v1/corrections", invoice=invoice["id"])["items"] == [link]


@pytest.fixture
def lot(world: World) -> str:
    return world.confirmed("1000.00")


def test_a_late_credit_note_stops_the_free_lot_until_the_operator_clears_it(world: World, lot: str) -> None:
    invoice = invoice_behind(world, lot)
    credit(world, invoice, "200.00")
    (link,) = world.http.get("/v1/corrections", receivable=world.http.get(f"/v1/lots/{lot}")["receivable"])[
        "items"
    ]
    path = f"/v1/lots/{lot}/transfer"
    terms = {"to": world.numbers["stranger"], "amount": "1000.00"}
    to_sign = world.http.get(path, **terms)
    body = {**terms, "consents": world.sign(to_sign, "nordlicht")}
    assert world.http.refusal("POST", path, status=409, json=body) == "invoice_corrected"
    shown = world.http.get(f"/v1/corrections/{link['id']}")
    assert {name: one["amount"] for name, one in shown["exposure"].items()} == {
        "cap": "800.00",
        "used": "1000.00",
        "written_off": "0.00",
        "out": "1000.00",
        "over": "200.00",
    }
    decision = {"stands": False, "why": "concerns another delivery"}
    decided = world.http.post(f"/v1/corrections/{link['id']}/decision", decision)
    assert decided["standing"] == "dismissed"
    assert [(one["why"], one["standing"]) for one in decided["decisions"]] == [
        ("concerns another delivery", "dismissed")
    ]
    assert decided["decisions"][0]["by"]
    world.signed(path, "nordlicht", **terms)


def test_parties_are_warned_and_say_that_they_read_it(world: World, lot: str) -> None:
    invoice = invoice_behind(world, lot)
    note = credit(world, invoice, "200.00")
    (mine,) = [
        one
        for one in world.http.ask(
            "GET", "/v1/correction-warnings?limit=100", status=200, token=world.token("hanse")
        )["items"]
        if one["correction"]["correcting"] == note["id"]
    ]
    assert (mine["role"], mine["party"]["number"], mine["read_at"]) == (
        "obligor",
        world.numbers["hanse"],
        None,
    )
    path = f"/v1/correction-warnings/{mine['id']}"
    for other in ("nordlicht", "stranger"):
        world.http.refusal("GET", path, status=404, token=world.token(other))
        world.http.refusal("POST", f"{path}/read", status=404, token=world.token(other), json={})
    read = world.http.ask("POST", f"{path}/read", status=200, token=world.token("hanse"), json={})
    assert read["read_at"]
    unread = world.http.get("/v1/correction-warnings", party=world.numbers["hanse"], is_read=False)["items"]
    assert mine["id"] not in {one["id"] for one in unread}


def test_an_unclear_correction_needs_the_invoice_it_concerns(world: World) -> None:
    note = world.bring("5.00", type_code="381")
    (link,) = world.http.get("/v1/corrections", invoice=note["id"])["items"]
    assert (link["standing"], link["doubt"]) == ("doubtful", "names_none")
    assert link["id"] in {
        one["id"] for one in world.http.get("/v1/corrections", standing="doubtful", limit=100)["items"]
    }
    path = f"/v1/corrections/{link['id']}/decision"
    how = {"stands": True, "why": "by its lines"}
    assert world.http.refusal("POST", path, status=409, json=how) == "correction_unclear"
    invoice = world.bring("100.00")
    world.http.post(path, {**how, "invoice": invoice["id"]})
    assert world.http.get(f"/v1/invoices/{invoice['id']}")["cap"]["amount"] == "95.00"


def test_nobody_but_the_operator_decides(world: World, lot: str) -> None:
    credit(world, invoice_behind(world, lot), "200.00")
    (link,) = world.http.get("/v1/corrections", invoice=invoice_behind(world, lot)["id"])["items"]
    for firm in ("nordlicht", "hanse"):
        body = {"stands": False, "why": "please"}
        path = f"/v1/corrections/{link['id']}/decision"
        code = world.http.refusal("POST", path, status=403, token=world.token(firm), json=body)
        assert code == "forbidden"
