"""What is there can be found: keys, drafts, financings, acts and decisions in pages, everything by search."""

from typing import Any

import pytest

from tests.api.http_world import LOCK_END, Http, World


def _ids(page: dict[str, Any], member: str = "id") -> list[str]:
    return [one[member] for one in page["items"]]


def _all(http: Http, path: str, member: str = "id", **params: Any) -> list[str]:
    """Every item, two a page."""
    found: list[str] = []
    page = http.get(path, limit=2, **params)
    while page["next"] is not None:
        assert len(page["items"]) == 2
        found += _ids(page, member)
        page = http.get(path, limit=2, after=page["next"], **params)
    return found + _ids(page, member)


def test_a_partys_keys_are_listed_with_what_they_may_sign(world: World) -> None:
    hanse = world.numbers["hanse"]
    clerk = type(world.keys["hanse"]).create()
    mandate = {
        "key": clerk.address,
        "scopes": ["confirm", "register"],
        "valid_until": "2027-12-31",
        "cap": {"amount": "2000.00", "currency": "EUR"},
    }
    to_sign = world.http.post(f"/v1/parties/{hanse}/keys/typed-data", mandate)
    consents = world.sign(to_sign, "hanse", clerk)
    world.http.post(f"/v1/parties/{hanse}/keys", {**mandate, "consents": consents})
    found = {one["key"]: one for one in world.http.get(f"/v1/parties/{hanse}/keys")["items"]}
    account, granted = found[world.keys["hanse"].address], found[clerk.address]
    assert (account["is_account"], account["is_current"]) == (True, True)
    assert granted["scopes"] == ["register", "confirm"]
    assert granted["cap"] == {"amount": "2000.00", "currency": "EUR"}
    assert granted["ledger"]["status"] == "final"
    assert sorted(_all(world.http, f"/v1/parties/{hanse}/keys", "key")) == sorted(found)
    world.signed(f"/v1/parties/{hanse}/keys/{clerk.address}/revocation", "hanse")
    found = {one["key"]: one for one in world.http.get(f"/v1/parties/{hanse}/keys")["items"]}
    assert clerk.address not in found or not found[clerk.address]["is_current"]


def test_a_draft_is_listed_until_it_is_registered(world: World) -> None:
    http, originator = world.http, world.numbers["nordlicht"]
    drafts = [world.prepare("700.00") for _ in range(3)]
    listed = _all(http, "/v1/drafts", originator=originator)
    assert {one["receivable"]["id"] for one in drafts} <= set(listed)
    first = drafts[0]["receivable"]["id"]
    http.post(
        f"/v1/receivables/{first}/registration",
        {"consents": world.sign(drafts[0]["registration"], "nordlicht")},
    )
    assert first not in _all(http, "/v1/drafts", originator=originator)
    assert _all(http, "/v1/drafts", originator=world.numbers["hanse"]) == []


def test_a_funder_ends_its_reservation_and_another_may_have_the_lot(world: World) -> None:
    http, bank, factor = world.http, world.numbers["bank"], world.numbers["factor"]
    lot = world.confirmed("800.00")
    path = f"/v1/lots/{lot}/reservation"
    http.post(path, {"funder": bank, "until": LOCK_END})
    other = {"funder": factor, "until": LOCK_END}
    assert http.refusal("POST", path, status=409, json=other) == "lot_reserved"
    not_theirs = http.refusal("POST", f"{path}/end", status=422, json={"funder": factor})
    assert not_theirs == "not_reserved"
    ended = http.post(f"{path}/end", {"funder": bank})
    assert (ended["status"], ended["ended_because"]) == ("ended", "let_go")
    assert http.post(path, other)["status"] == "reserved"
    assert len(http.get("/v1/financings", lot=lot)["items"]) == 2
    assert [
        one["funder"]["number"] for one in http.get("/v1/financings", lot=lot, is_live=True)["items"]
    ] == [factor]
    assert ended["id"] in _all(http, "/v1/financings", party=bank)


def test_a_locked_lot_is_released_and_not_merely_let_go(world: World) -> None:
    lot = world.locked()
    body = {"funder": world.numbers["bank"]}
    assert (
        world.http.refusal("POST", f"/v1/lots/{lot}/reservation/end", status=409, json=body) == "lot_not_free"
    )


def test_acts_are_listed_by_record_status_and_party_the_latest_first(world: World) -> None:
    http = world.http
    receivable = world.registered("900.00")
    world.signed(f"/v1/receivables/{receivable}/confirmation", "hanse")
    about = http.get("/v1/acts", about=receivable)
    assert [one["kind"] for one in about["items"]] == ["confirm", "register"]
    assert {one["about"] for one in about["items"]} == {receivable}
    by_hanse = http.get(f"/v1/acts?status=included&party={world.numbers['hanse']}")
    assert by_hanse["items"][0]["id"] == about["items"][0]["id"]
    assert http.get("/v1/acts", about=f"party:{world.numbers['hanse']}")["items"]
    whole = http.get("/v1/acts", limit=100)
    paged = _all(http, "/v1/acts", party=world.numbers["hanse"])
    assert len(paged) == len(set(paged))
    assert paged[0] in _ids(whole)


def test_decisions_are_listed_with_the_facts_they_were_taken_on(world: World) -> None:
    http = world.http
    receivable = world.registered("950.00")
    found = http.get("/v1/decisions", about=receivable)["items"]
    assert found
    assert {one["subject"] for one in found} == {receivable}
    assert all(one["facts"] and one["version"] for one in found)
    assert http.get(f"/v1/decisions/{found[0]['id']}") == found[0]
    assert http.refusal("GET", "/v1/decisions/dec_none", status=404) == "rule_decision_not_found"
    assert http.get("/v1/decisions", about=receivable, outcome="block")["items"] == []


@pytest.mark.parametrize(
    "path", ["/v1/acts?about=nobody", "/v1/decisions?about=0x12", "/v1/financings?lot=12"]
)
def test_what_is_no_records_id_is_refused(http: Http, path: str) -> None:
    assert http.refusal("GET", path, status=422) == "malformed_id"


def test_anything_is_found_by_number_name_or_tax_id(world: World) -> None:
    http = world.http
    invoice = world.bring("1200.00", number="RE/2026-4711")
    lot = world.confirmed("1300.00")
    receivable = http.get(f"/v1/lots/{lot}")["receivable"]

    def found(q: str) -> set[tuple[str, str]]:
        return {(one["kind"], one["id"]) for one in http.get("/v1/search", q=q)["items"]}

    nordlicht = ("party", str(world.numbers["nordlicht"]))
    assert nordlicht in found("nordLICHT")
    assert nordlicht in found("DE 307 141 589") | found("307141589")
    assert nordlicht in found(nordlicht[1])
    assert ("invoice", invoice["id"]) in found("re 2026 4711")
    numbers = [one["number"] for one in http.get("/v1/invoices", party=world.numbers["nordlicht"])["items"]]
    assert ("receivable", receivable) in set().union(*(found(one) for one in numbers))
    assert ("receivable", receivable) in found(receivable)
    assert ("receivable", receivable) in found(receivable[:12])
    assert ("lot", lot) in found(lot)
    assert ("lot", lot) in found("0x" + lot.removeprefix("lot_")[:16])
    assert found("no such thing anywhere") == set()
    assert _all(http, "/v1/search", q="GmbH")
