"""Notices, payment accounts and payments over HTTP: each signed by its own firm over what it was shown."""

import csv
import io
from typing import Any

import pytest

from registry.chain.keys import SigningKey
from tests.api.http_world import MATURITY, Http, World

IBAN = "DE89 3704 0044 0532 0130 00"
OTHER_IBAN = "DE75 5121 0800 1245 1261 99"


def passed_on(world: World, amount: str = "400.00") -> dict[str, Any]:
    """The notice of a part that Nordlicht passed on to Ostsee."""
    root = world.confirmed("1000.00")
    world.signed(f"/v1/lots/{root}/transfer", "nordlicht", to=world.numbers["ostsee"], amount=amount)
    receivable = world.http.get(f"/v1/lots/{root}")["receivable"]
    lots = world.http.get("/v1/lots", receivable=receivable)["items"]
    part = next(lot["id"] for lot in lots if lot["parent"] == root)
    (notice,) = world.http.get("/v1/notices", lot=part)["items"]
    return dict(notice)


@pytest.fixture(scope="module")
def clerk(world: World) -> SigningKey:
    """A second person at Ostsee, who may settle."""
    key, ostsee = SigningKey.create(), world.numbers["ostsee"]
    mandate = {"key": key.address, "scopes": ["settle"], "valid_until": "2027-12-31"}
    to_sign = world.http.post(f"/v1/parties/{ostsee}/keys/typed-data", mandate)
    consents = world.sign(to_sign, "ostsee", key)
    world.http.post(f"/v1/parties/{ostsee}/keys", {**mandate, "consents": consents})
    return key


def instruction(number: str = IBAN) -> dict[str, Any]:
    return {
        "currency": "EUR",
        "holder_name": "Ostsee Guss GmbH",
        "number": number,
        "effective_on": "2026-09-21",
    }


def set_account(world: World, clerk: SigningKey, number: str) -> dict[str, Any]:
    path = f"/v1/parties/{world.numbers['ostsee']}/payment-account"
    to_sign = world.http.get(path, **instruction(number))
    body = {**instruction(number), "consents": world.sign(to_sign, "ostsee", clerk)}
    return dict(world.http.post(path, body, status=201))


def test_an_obligor_reads_a_notice_and_acknowledges_it(world: World) -> None:
    notice = passed_on(world)
    assert (notice["kind"], notice["assignor"]["name"], notice["assignee"]["name"]) == (
        "transfer", "Nordlicht GmbH", "Ostsee Guss GmbH",
    )  # fmt: skip
    assert notice["amount"] == {"amount": "400.00", "currency": "EUR"}
    assert notice["invoices"][0].startswith("R-")
    path = f"/v1/notices/{notice['id']}/acknowledgment"
    to_sign = world.http.get(path)
    assert to_sign["sentences"]["en"] == (
        "Hanse AG acknowledges the notice of 2026-09-21 09:00 UTC (transfer): the lot of 400.00 EUR owed by Hanse AG, "
        "due 2027-03-31 passed from Nordlicht GmbH to Ostsee Guss GmbH; it pays Ostsee Guss GmbH."
    )
    assert to_sign["typed_data"]["primaryType"] == "NoticeAcknowledgment"
    assert to_sign["signers"][0]["name"] == "Hanse AG"
    stranger = {"consents": world.sign(to_sign, "stranger")}
    assert world.http.refusal("POST", path, status=403, json=stranger) == "consent_missing"
    consents = world.sign(to_sign, "hanse")
    shown = world.http.post(path, {"consents": consents})
    assert shown["acknowledged_at"] == "2026-09-21T09:00:00Z"
    assert shown["acknowledgment"]["consents"] == consents
    assert shown["acknowledgment"]["block"] >= shown["block"]
    assert world.http.refusal("POST", path, status=409, json={"consents": consents}) == "notice_acknowledged"


def test_a_notice_is_taken_back_by_its_assignee_only(world: World) -> None:
    notice = passed_on(world)
    path = f"/v1/notices/{notice['id']}/withdrawal"
    to_sign = world.http.get(path, reason="kept quiet")
    assert to_sign["sentences"]["en"].startswith(
        "Ostsee Guss GmbH takes back the notice (transfer) that the lot of 400.00 EUR"
    )
    assert to_sign["sentences"]["en"].endswith("Hanse AG pays Nordlicht GmbH again. Reason: kept quiet.")
    for other in ("nordlicht", "hanse", "bank"):
        body = {"reason": "kept quiet", "consents": world.sign(to_sign, other)}
        assert world.http.refusal("POST", path, status=403, json=body) == "consent_missing"
    shown = world.signed(path, "ostsee", reason="kept quiet")
    assert (shown["withdrawn_because"], shown["acknowledged_at"]) == ("kept quiet", None)
    payee = world.http.get(f"/v1/lots/{notice['lot']}/payee")
    assert (payee["payee"]["name"], payee["on_ledger"]["name"]) == ("Nordlicht GmbH", "Ostsee Guss GmbH")


def test_notices_are_paged_those_that_wait_first(world: World) -> None:
    hanse = world.numbers["hanse"]
    done, waiting = passed_on(world, "100.00"), passed_on(world, "200.00")
    world.signed(f"/v1/notices/{done['id']}/acknowledgment", "hanse")
    found, after, pages = [], "", 0
    while True:
        page = world.http.get("/v1/notices", obligor=hanse, limit=1, **({"after": after} if after else {}))
        found += page["items"]
        pages += 1
        if page["next"] is None:
            break
        after = page["next"]
    ids = [one["id"] for one in found]
    assert len(set(ids)) == len(ids) == pages > 1
    assert ids.index(waiting["id"]) < ids.index(done["id"])
    is_open = [one["acknowledged_at"] is None and one["withdrawn_at"] is None for one in found]
    assert is_open == sorted(is_open, reverse=True)
    assert page["open"] == sum(is_open)
    stranger = world.numbers["stranger"]
    others = world.http.get("/v1/notices", assignee=stranger)["items"]
    assert all(one["assignee"]["number"] == stranger for one in others)
    assert {one["id"] for one in others}.isdisjoint({done["id"], waiting["id"]})
    closed = world.http.get("/v1/notices", obligor=hanse, is_open=False)["items"]
    assert done["id"] in [one["id"] for one in closed]


def test_two_persons_set_where_a_firm_is_paid_and_the_obligor_acknowledges(
    world: World, clerk: SigningKey
) -> None:
    http, ostsee, hanse = world.http, world.numbers["ostsee"], world.numbers["hanse"]
    notice = passed_on(world)
    path = f"/v1/parties/{ostsee}/payment-account"
    to_sign = http.get(path, **instruction())
    assert to_sign["sentences"]["en"] == (
        "Ostsee Guss GmbH is paid in EUR from 2026-09-21 on to the account DE89370400440532013000 of Ostsee Guss GmbH."
    )
    alone = {**instruction(), "consents": world.sign(to_sign, "ostsee")}
    assert http.refusal("POST", path, status=422, json=alone) == "second_person_missing"
    made = set_account(world, clerk, IBAN)
    assert (made["version"], made["number"], made["scheme"]) == (1, "DE89370400440532013000", "IBAN")
    assert len(made["signed"]["consents"]) == 2
    changed = set_account(world, clerk, OTHER_IBAN)

    where = http.get(f"/v1/lots/{notice['lot']}/payee")
    assert where["payee"]["name"] == "Ostsee Guss GmbH"
    assert where["notice"] == notice["id"]
    assert where["destination"]["is_changed"]
    assert where["destination"]["former"]["id"] == made["id"]
    listed = http.get("/v1/payment-accounts", party=ostsee, currency="EUR")["items"]
    assert [one["id"] for one in listed] == [changed["id"], made["id"]]

    seen = f"/v1/payment-accounts/{changed['id']}/acknowledgment"
    assert http.get(seen, obligor=hanse)["sentences"]["en"] == (
        "Hanse AG has checked the account DE75512108001245126199 of Ostsee Guss GmbH and pays Ostsee Guss GmbH "
        "there in EUR from 2026-09-21 on."
    )
    assert world.signed(seen, "hanse", obligor=hanse)["acknowledged_by"] == [hanse]
    assert not http.get(f"/v1/lots/{notice['lot']}/payee")["destination"]["is_changed"]


def test_each_side_sees_the_notice_and_no_more_than_concerns_it(world: World, clerk: SigningKey) -> None:
    http, notice, account = world.http, passed_on(world), set_account(world, clerk, IBAN)
    tokens = {firm: world.token(firm) for firm in ("hanse", "nordlicht", "ostsee", "stranger", "factor")}
    path = f"/v1/notices/{notice['id']}"
    for firm in ("hanse", "nordlicht", "ostsee"):
        shown = http.ask("GET", path, status=200, token=tokens[firm])
        # Invoices are the supplier's to show; the obligor knows them.
        assert bool(shown["invoices"]) is (firm != "ostsee"), firm
        payee = http.ask("GET", f"/v1/lots/{notice['lot']}/payee", status=200, token=tokens[firm])
        assert payee["payee"]["name"] == "Ostsee Guss GmbH"
        is_shown = payee["destination"]["account"] is not None
        assert is_shown is (firm != "nordlicht"), firm
    for firm in ("hanse", "ostsee"):
        assert http.ask("GET", f"/v1/payment-accounts/{account['id']}", status=200, token=tokens[firm])
    for firm in ("nordlicht", "stranger", "factor"):
        http.ask("GET", f"/v1/payment-accounts/{account['id']}", status=404, token=tokens[firm])
        listed = f"/v1/payment-accounts?party={world.numbers['ostsee']}"
        assert http.ask("GET", listed, status=200, token=tokens[firm])["items"] == []
    http.ask("GET", path, status=404, token=tokens["stranger"])
    listed = f"/v1/notices?obligor={world.numbers['hanse']}"
    seen = http.ask("GET", listed, status=200, token=tokens["stranger"])["items"]
    stranger = world.numbers["stranger"]  # other tests may have made it a party to a notice of theirs
    assert all(stranger in (one["assignor"]["number"], one["assignee"]["number"]) for one in seen)
    assert notice["id"] not in [one["id"] for one in seen]


def test_an_acknowledgment_is_tried_out_and_then_done_once(world: World) -> None:
    http, path = world.http, f"/v1/notices/{passed_on(world)['id']}/acknowledgment"
    body = {"consents": world.sign(http.get(path), "hanse")}
    tried = http.ask("POST", path + "?dry_run=true", status=200, json=body)
    assert tried == {"dry_run": True, "acts": []}
    for _ in range(2):
        http.ask("POST", path, status=200, json=body, headers={"Idempotency-Key": path})
    assert http.refusal("POST", path, status=409, json=body) == "notice_acknowledged"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "DE88370400440532013000"}, "not_a_bank_account"),
        ({"currency": "XXQ"}, "unknown_currency"),
        ({"holder_name": "Ostsee\u202e"}, "malformed_request"),
        ({"bank_scheme": "SORT", "bank": "601613"}, "malformed_request"),
    ],
)
def test_what_is_no_account_is_not_even_shown_to_be_signed(
    world: World, changes: dict[str, str], code: str
) -> None:
    path = f"/v1/parties/{world.numbers['ostsee']}/payment-account"
    assert world.http.refusal("GET", path, status=422, params=instruction() | changes) == code


def test_what_an_obligor_pays_on_a_day_adds_up_and_is_exported(world: World, http: Http) -> None:
    notice, hanse = passed_on(world), world.numbers["hanse"]
    shown = http.get("/v1/payments", obligor=hanse, due=MATURITY)
    payments = {one["payee"]["name"]: one for one in shown["items"]}
    own = payments["Ostsee Guss GmbH"]
    assert notice["lot"] in [lot["lot"] for lot in own["lots"]]
    cents = [round(float(one["amount"]["amount"]) * 100) for one in shown["items"]]
    assert sum(cents) == round(float(shown["totals"][0]["amount"]) * 100)
    assert own["reference"] == f"CF270331-{hanse}-{world.numbers['ostsee']}-EUR"
    answer = http.client.get(
        f"/v1/payments.csv?obligor={hanse}&due={MATURITY}", headers={"Authorization": f"Bearer {http.token}"}
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="payments-{hanse}-{MATURITY}.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["reference"]: row["amount"] for row in rows} == {
        one["reference"]: one["amount"]["amount"] for one in shown["items"]
    }
    nothing = http.get("/v1/payments", obligor=hanse, due="2027-03-30")
    assert (nothing["items"], nothing["totals"]) == ([], [])


def test_what_does_not_exist_is_said_so(http: Http) -> None:
    assert http.refusal("GET", "/v1/notices/ntc_none", status=404) == "notice_not_found"
    assert http.refusal("GET", "/v1/notices/ntc_none/acknowledgment", status=404) == "notice_not_found"
    path = "/v1/payment-accounts/acc_none/acknowledgment?obligor=2"
    assert http.refusal("GET", path, status=404) == "payment_account_not_found"
    assert http.refusal("GET", f"/v1/lots/0x{'ab' * 32}/payee", status=404) == "lot_not_found"
    assert http.refusal("GET", "/v1/notices?after=2_1_1", status=422) == "malformed_id"
    assert http.refusal("GET", "/v1/notices?lot=0x12", status=422) == "malformed_id"
