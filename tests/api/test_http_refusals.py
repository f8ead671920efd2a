"""How the API says no: each time a problem with a stable code, and nothing has changed."""

from typing import Any
from unittest.mock import patch

import pytest

from registry.chain.errors import ChainNotReachable
from tests.api.http_world import FIRMS, LOCK_END, MATURITY, Http, World
from tests.invoices.builders import ubl
from tests.invoices.documents import archive

NO_LOT = "0x" + "ab" * 32
NO_RECEIVABLE = "0x" + "ab" * 8


# ---------------------------------------------------------------------- who asks


@pytest.mark.parametrize("token", [None, "wrong", "wröng", " "])
def test_without_the_installations_token_nothing_is_answered(http: Http, token: str | None) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}".encode()}
    for path in ("/v1/status", "/v1/nowhere", "/v1"):
        answer = http.client.get(path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="counterfoil"'
        assert answer.json()["code"] == "unauthenticated"


def test_the_token_counts_only_as_a_bearers(http: Http) -> None:
    answer = http.client.get("/v1/status", headers={"Authorization": f"Basic {http.token}"})
    assert answer.json()["code"] == "unauthenticated"


def test_the_token_is_asked_for_before_the_body_is_looked_at(http: Http) -> None:
    answer = http.client.post("/v1/receivables", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8420", "", "[::1", "localhost.:1"])
def test_a_page_elsewhere_cannot_pass_its_own_name_off_as_this_server(http: Http, host: str) -> None:
    answer = http.client.get("/healthz", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "unknown_host")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:99", "[::1]:8420", "LOCALHOST:1"])
def test_local_names_are_answered(http: Http, host: str) -> None:
    assert http.client.get("/healthz", headers={"Host": host}).status_code == 200


# ---------------------------------------------------------------------- what is asked


def test_a_body_that_announces_too_much_is_refused_unread(http: Http) -> None:
    code = http.refusal("POST", "/v1/parties", status=413, content=b"x" * (8 * 2**20 + 1))
    assert code == "too_large"


def test_a_body_that_grows_too_long_is_refused_on_the_way(http: Http) -> None:
    chunks = (b"x" * 2**20 for _ in range(9))
    assert http.refusal("POST", "/v1/invoices?party=1&name=a", status=413, content=chunks) == "too_large"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 422, "malformed_request"),
        (b"", 422, "malformed_request"),
        (b"null", 422, "malformed_request"),
        (b"[1]", 422, "malformed_request"),
        (b'{"\xff": 1}', 422, "malformed_request"),
        (b"[" * 2_000_000, 422, "malformed_request"),
        (b'{"is_frozen": ' + b"9" * 10_000 + b"}", 422, "malformed_request"),
        (b'{"is_frozen": 1}', 422, "malformed_request"),
        (b'{"is_frozen": true, "\\ud800": 1}', 422, "malformed_request"),
    ],
)
def test_what_is_not_the_json_asked_for_is_refused(
    http: Http, content: bytes, status: int, code: str
) -> None:
    how: dict[str, Any] = {"content": content, "headers": {"Content-Type": "application/json"}}
    assert http.refusal("POST", "/v1/parties/1/freeze", status=status, **how) == code


def test_json_counts_only_under_its_own_media_type(http: Http) -> None:
    how: dict[str, Any] = {"content": b'{"is_frozen": true}', "headers": {"Content-Type": "text/plain"}}
    assert http.refusal("POST", "/v1/parties/1/freeze", status=422, **how) == "malformed_request"


def test_a_member_nobody_knows_is_refused_by_its_place(http: Http) -> None:
    body = {"is_frozen": True, "is_fro/zen": True}
    answer = http.ask("POST", "/v1/parties/1/freeze", status=422, json=body)
    assert answer["errors"] == [{"pointer": "/body/is_fro~1zen", "detail": "Extra inputs are not permitted"}]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("originator", "2"),
        ("originator", True),
        ("originator", 2.0),
        ("originator", 0),
        ("originator", 2**32),
        ("maturity", 1_800_000_000),
        ("maturity", "2027-3-31"),
        ("maturity", "2027-02-30"),
        ("maturity", "2027-03-31T00:00:00Z"),
        ("maturity", "9999-12-31"),
        ("issued_on", "0001-01-01"),
        ("invoices", []),
        ("invoices", [{"invoice": "inv_1", "amount": 5}]),
        ("invoices", [{"invoice": "inv_1", "amount": "-5.00"}]),
        ("invoices", [{"invoice": "inv_1", "amount": "1e5"}]),
        ("invoices", [{"invoice": "inv_1", "amount": "٣"}]),
        ("invoices", [{"invoice": "inv_1' OR 1"}]),
    ],
)
def test_values_are_read_strictly(http: Http, name: str, value: object) -> None:
    body = {"originator": 2, "obligor": 3, "maturity": MATURITY, "invoices": [{"invoice": "inv_1"}]}
    answer = http.ask("POST", "/v1/receivables", status=422, json=body | {name: value})
    assert answer["code"] == "malformed_request"
    assert all(one["pointer"].startswith(f"/body/{name}") for one in answer["errors"])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/lots/12", "malformed_id"),
        ("/v1/lots/0xzz", "malformed_id"),
        (f"/v1/lots/{NO_LOT}0", "malformed_id"),
        (f"/v1/lots/{NO_LOT[:-1]}%0A", "malformed_id"),
        (f"/v1/receivables/{NO_LOT}", "malformed_id"),
        ("/v1/lots?receivable=12", "malformed_id"),
        ("/v1/parties/0", "malformed_request"),
        ("/v1/parties/x", "malformed_request"),
        (f"/v1/parties/{2**32}", "malformed_request"),
        ("/v1/parties/" + "9" * 5000, "malformed_request"),
        ("/v1/acts/%00", "malformed_id"),
        ("/v1/lots?limit=101", "malformed_request"),
        (f"/v1/parties/1/keys/0x{'Ab' * 20}/revocation", "malformed_request"),
    ],
)
def test_an_address_that_names_no_record_says_so(http: Http, path: str, code: str) -> None:
    assert http.refusal("GET", path, status=422) == code


def test_what_an_act_needs_to_know_must_be_given_whole(world: World) -> None:
    path = f"/v1/lots/{world.confirmed('1000.00')}"
    for asked in ("transfer?to=1", "lock?funder=1&until=2027-01-01"):
        assert world.http.refusal("GET", f"{path}/{asked}", status=422) == "malformed_request"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"/v1/lots/{NO_LOT}", "lot_not_found"),
        (f"/v1/lots/{NO_LOT}/trace", "lot_not_found"),
        (f"/v1/lots/{NO_LOT}/rejection", "lot_not_found"),
        (f"/v1/lots/{NO_LOT}/sale", "lot_not_found"),
        (f"/v1/receivables/{NO_RECEIVABLE}", "receivable_not_found"),
        (f"/v1/receivables/{NO_RECEIVABLE}/registration", "receivable_not_found"),
        (f"/v1/receivables/{NO_RECEIVABLE}/confirmation", "receivable_not_found"),
        ("/v1/parties/4000000000", "party_not_found"),
        ("/v1/invoices/inv_none", "invoice_unknown"),
        ("/v1/acts/act_none", "act_not_found"),
        ("/v1/financings/fin_none", "financing_not_found"),
        ("/v1/nowhere", "no_such_address"),
    ],
)
def test_what_is_not_there_is_not_found(http: Http, path: str, code: str) -> None:
    assert http.refusal("GET", path, status=404) == code


def test_an_address_takes_only_its_own_methods(http: Http) -> None:
    assert http.refusal("DELETE", "/v1/parties", status=405) == "method_not_allowed"


def test_ids_may_be_written_in_capitals_or_bare(world: World) -> None:
    lot = world.confirmed("3000.00")
    digits = lot.removeprefix("lot_")
    for written in (lot, digits, "0x" + digits, "0X" + digits.upper(), "LOT_" + digits):
        assert world.http.get(f"/v1/lots/{written}")["id"] == lot


# ---------------------------------------------------------------------- who signs


def test_a_strangers_confirmation_is_refused(world: World) -> None:
    path = f"/v1/receivables/{world.registered('1000.00')}/confirmation"
    body = {"consents": world.sign(world.http.get(path), "stranger")}
    assert world.http.refusal("POST", path, status=403, json=body) == "consent_missing"


def test_a_signature_under_anothers_name_is_refused(world: World) -> None:
    path = f"/v1/receivables/{world.registered('1000.00')}/confirmation"
    consents = world.sign(world.http.get(path), "stranger")
    consents[0]["signer"] = world.keys["hanse"].address
    refused = world.http.refusal("POST", path, status=403, json={"consents": consents})
    assert refused == "signature_invalid"


def test_a_signature_past_its_deadline_is_refused(world: World) -> None:
    path = f"/v1/receivables/{world.registered('1000.00')}/confirmation"
    to_sign = world.http.get(path)
    to_sign["deadline"] = to_sign["typed_data"]["message"]["deadline"] = 1_700_000_000
    body = {"consents": world.sign(to_sign, "hanse")}
    assert world.http.refusal("POST", path, status=409, json=body) == "consent_expired"


def test_other_values_than_those_signed_are_refused(world: World) -> None:
    lot, path = world.confirmed("9000.00"), ""
    path = f"/v1/lots/{lot}/transfer"
    values = {"to": world.numbers["ostsee"], "amount": "1000.00"}
    consents = world.sign(world.http.get(path, **values), "nordlicht")
    body = values | {"amount": "9000.00", "consents": consents}
    assert world.http.refusal("POST", path, status=403, json=body) == "signature_invalid"
    assert world.http.get(f"/v1/lots/{lot}")["amount"]["amount"] == "9000.00"


def test_an_act_cannot_be_handed_in_twice(world: World) -> None:
    receivable = world.registered("1000.00")
    path = f"/v1/receivables/{receivable}/confirmation"
    body = {"consents": world.sign(world.http.get(path), "hanse")}
    world.http.post(path, body)
    assert world.http.refusal("POST", path, status=409, json=body) == "not_awaiting_confirmation"


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "00"},
        {"signature": "0x0"},
        {"signature": "0x" + "00" * 4097},
        {"deadline": "1800000000"},
        {"deadline": 2**40},
        {"signer": "0x12"},
        {"nonce": 1},
    ],
)
def test_a_consent_has_one_form(world: World, change: dict[str, object]) -> None:
    consent = {
        "signer": world.keys["hanse"].address,
        "deadline": 1_900_000_000,
        "signature": "0x" + "01" * 65,
    }
    path = f"/v1/receivables/{world.registered('1000.00')}/confirmation"
    body = {"consents": [consent | change]}
    assert world.http.refusal("POST", path, status=422, json=body) == "malformed_request"
    assert world.http.refusal("POST", path, status=422, json={"consents": []}) == "malformed_request"
    many = {"consents": [consent] * 9}
    assert world.http.refusal("POST", path, status=422, json=many) == "malformed_request"


# ---------------------------------------------------------------------- what the registry refuses


def test_a_second_funder_is_refused(world: World) -> None:
    lot, numbers = world.confirmed(), world.numbers
    path = f"/v1/lots/{lot}/reservation"
    world.http.post(path, {"funder": numbers["bank"], "until": LOCK_END})
    second = {"funder": numbers["factor"], "until": LOCK_END}
    assert world.http.refusal("POST", path, status=409, json=second) == "lot_reserved"

    lock = f"/v1/lots/{lot}/lock"
    consents = world.sign(world.http.get(lock, **second), "nordlicht")
    body = {**second, "consents": consents}
    assert world.http.refusal("POST", lock, status=409, json=body) == "lot_reserved"


def test_terms_are_agreed_only_with_the_funder_a_lot_is_locked_for(world: World) -> None:
    path = f"/v1/lots/{world.locked('bank')}/sale-terms"
    body = {"funder": world.numbers["factor"], "discount_rate": "0.01", "with_recourse": True}
    assert world.http.refusal("POST", path, status=422, json=body) == "not_reserved"


def test_a_sale_needs_both_signatures(world: World) -> None:
    lot = world.locked("bank")
    terms = {"funder": world.numbers["bank"], "discount_rate": "0.03", "with_recourse": True}
    sale = world.http.post(f"/v1/lots/{lot}/sale-terms", terms)["sale"]
    assert "with recourse" in sale["sentences"]["en"]
    body = {"consents": world.sign(sale, "bank")}
    assert world.http.refusal("POST", f"/v1/lots/{lot}/sale", status=403, json=body) == "consent_missing"


def test_what_only_the_ledger_refuses_comes_back_as_a_problem_to_whoever_waits(world: World) -> None:
    http, stranger = world.http, world.numbers["stranger"]
    world.signed(f"/v1/parties/{stranger}/quota", "stranger", currency="EUR", quota="10000.00")
    invoice = world.bring("10000.01", buyer_vat=FIRMS["stranger"][1])["id"]
    draft = world.prepare(obligor=stranger, invoices=[{"invoice": invoice}])
    receivable = draft["receivable"]["id"]
    world.signed(f"/v1/receivables/{receivable}/registration", "nordlicht")

    path = f"/v1/receivables/{receivable}/confirmation"
    body = {"consents": world.sign(http.get(path), "stranger")}
    answer = http.ask("POST", path, status=409, json=body, headers={"Prefer": "respond-async, wait=10"})
    assert answer["code"] == "quota_exceeded"
    assert http.get(f"/v1/acts/{answer['act']}")["refusal"]["code"] == "quota_exceeded"
    assert http.get(f"/v1/receivables/{receivable}")["status"] == "registered"


def test_an_invoice_comes_once(world: World) -> None:
    first = world.bring("4000.00", number="ONCE-1")
    path = f"/v1/invoices?party={world.numbers['nordlicht']}&name=again.xml"
    again = world.http.ask("POST", path, status=200, content=_invoice("ONCE-1", "4000.00"))
    assert (again["outcome"], again["id"], again["of"]) == ("duplicate", None, first["id"])
    other = world.http.ask("POST", path, status=200, content=_invoice("ONCE-1", "4100.00"))
    assert (other["outcome"], other["of"]) == ("conflict", first["id"])
    assert world.http.get(f"/v1/invoices/{other['id']}")["outcome"] == "conflict"


def test_each_document_of_a_file_has_its_own_answer(world: World) -> None:
    path = f"/v1/invoices?party={world.numbers['nordlicht']}&name=september.zip"
    one = _invoice("ZIP-1", "4273.19")
    packed = archive({"a/one.xml": one, "b/note.txt": b"hello", "again.xml": one})
    answer = world.http.ask("POST", path, status=207, content=packed)
    first, refused, again = answer["documents"]
    assert [one["document"] for one in answer["documents"]] == [0, 1, 2]
    assert (first["name"], first["registered"]["outcome"], first["problem"]) == ("one.xml", "new", None)
    assert (refused["registered"], refused["problem"]["code"]) == (None, "unsupported_syntax")
    assert refused["problem"]["file"] == "september.zip/note.txt"
    assert (again["registered"]["outcome"], again["registered"]["of"]) == (
        "duplicate",
        first["registered"]["id"],
    )


def test_an_archive_of_one_is_answered_like_a_file(world: World) -> None:
    path = f"/v1/invoices?party={world.numbers['nordlicht']}&name=one.zip"
    answer = world.http.ask(
        "POST", path, status=201, content=archive({"x.xml": _invoice("ZIP-2", "4391.57")})
    )
    assert answer["outcome"] == "new"
    empty = world.http.refusal("POST", path, status=422, content=archive({}))
    assert empty == "no_invoice_inside"


def test_a_file_that_is_no_invoice_is_a_problem(world: World) -> None:
    path = f"/v1/invoices?party={world.numbers['nordlicht']}&name=a.txt"
    assert world.http.refusal("POST", path, status=415, content=b"hello") == "unsupported_syntax"
    nobody = "/v1/invoices?party=4000000000&name=a.xml"
    assert world.http.refusal("POST", nobody, status=404, content=b"<a/>") == "party_not_found"


def test_more_than_the_invoice_is_good_for_is_refused(world: World) -> None:
    invoice = world.bring("1000.00")["id"]
    body = {
        "originator": world.numbers["nordlicht"],
        "obligor": world.numbers["hanse"],
        "maturity": MATURITY,
        "invoices": [{"invoice": invoice, "amount": "1000.01"}],
    }
    answer = world.http.ask("POST", "/v1/receivables", status=409, json=body)
    assert (answer["code"], answer["left_minor"]) == ("invoice_over_cap", 100_000)
    body["invoices"] = [{"invoice": invoice, "amount": "10.001"}]
    assert world.http.refusal("POST", "/v1/receivables", status=422, json=body) == "bad_amount"


@pytest.mark.parametrize("issued_on", ["0001-01-01", "1969-12-31", "2027-03-31", "2106-12-31"])
def test_an_invoice_of_another_age_backs_nothing(world: World, issued_on: str) -> None:
    body = {
        "originator": world.numbers["nordlicht"],
        "obligor": world.numbers["hanse"],
        "maturity": MATURITY,
        "invoices": [{"invoice": world.bring("10.00", issued_on=issued_on)["id"]}],
    }
    assert world.http.refusal("POST", "/v1/receivables", status=422, json=body) == "dates_disagree"


def test_nothing_is_offered_for_signature_over_no_amount(world: World) -> None:
    lot = world.confirmed("2000.00")
    values = {"to": world.numbers["ostsee"], "amount": "0.00"}
    refused = world.http.refusal("GET", f"/v1/lots/{lot}/transfer", status=422, params=values)
    assert refused == "amount_not_positive"


def test_a_party_is_admitted_once(world: World) -> None:
    path = "/v1/parties/admissions"
    body = world.admission("bank")
    assert world.http.refusal("POST", path, status=409, json=body) == "identifier_taken"
    body |= {"identifiers": [{"value": "DE999999999", "country": "DE"}]}
    assert world.http.refusal("POST", path, status=409, json=body) == "account_taken"
    body |= {"account": "0x" + "12" * 20, "roles": ["emperor"]}
    assert world.http.refusal("POST", path, status=422, json=body) == "bad_role"
    for name in ("Hafen\nbank", "Hafen\u202ebank", " "):
        assert world.http.refusal("POST", path, status=422, json=body | {"name": name}) == "malformed_request"


# ---------------------------------------------------------------------- when something is down


def test_without_its_chain_the_registry_is_not_ready_and_says_so(world: World) -> None:
    with patch.object(world.service.node, "block_number", side_effect=ChainNotReachable("It is gone.")):
        assert world.http.refusal("GET", "/readyz", status=503) == "chain_not_reachable"
        status = world.http.get("/v1/status")
    assert status["chain_block"] is None
    assert status["mirror"]["lag_blocks"] is None


def _invoice(number: str, payable: str) -> bytes:
    return ubl(number=number, net=payable, gross=payable, payable=payable)


def test_what_the_rules_say_comes_with_a_prepared_receivable(world: World) -> None:
    draft = world.prepare("1000.00")
    assert isinstance(draft["warnings"], list)
    assert all(one["outcome"] == "warn" and one["source"] for one in draft["warnings"])
