"""Writes that arrive twice, are tried out, or rest on a record that has changed."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import select

from registry.storage.base import Base
from tests.api.http_world import MATURITY, World


def body_of(world: World) -> dict[str, Any]:
    return {
        "originator": world.numbers["nordlicht"],
        "obligor": world.numbers["hanse"],
        "maturity": MATURITY,
        "invoices": [{"invoice": world.bring()["id"], "amount": "1000.00"}],
    }


def registration(world: World) -> tuple[str, dict[str, Any]]:
    """The address and body of a registration that is ready to be sent."""
    draft = world.prepare()
    path = f"/v1/receivables/{draft['receivable']['id']}/registration"
    return path, {"consents": world.sign(draft["registration"], "nordlicht")}


def post(world: World, path: str, body: Any, key: str, **headers: str) -> Any:
    headers = {"Authorization": f"Bearer {world.http.token}", "Idempotency-Key": key, **headers}
    return world.http.client.post(path, json=body, headers=headers)


def acts(world: World) -> int:
    counts = world.http.get("/v1/status")["acts"]
    return sum(counts.values())


def test_the_same_request_under_the_same_key_is_done_once_and_answered_alike(world: World) -> None:
    path, body = registration(world)
    before = acts(world)
    first = post(world, path, body, "registration-1")
    second = post(world, path, body, "registration-1")
    assert first.status_code == second.status_code == 202
    assert first.content == second.content
    assert first.headers["location"] == second.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert acts(world) == before + 1


def test_without_a_key_the_second_is_refused_as_already_on_its_way(world: World) -> None:
    """The control: what the key spares its caller."""
    path, body = registration(world)
    world.http.post(path, body)
    assert world.http.refusal("POST", path, status=409, json=body) == "already_submitted"


def test_another_request_under_a_used_key_is_refused(world: World) -> None:
    path, body = registration(world)
    post(world, path, body, "registration-2")
    other, content = registration(world)
    answer = post(world, other, content, "registration-2")
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"


def test_a_key_is_its_callers_own(world: World) -> None:
    draft = body_of(world)
    mine = post(world, "/v1/receivables", draft, "mine")
    other = post(world, "/v1/receivables", draft, "mine", Authorization=f"Bearer {world.token('nordlicht')}")
    assert mine.status_code == other.status_code == 201
    assert mine.json()["receivable"]["id"] != other.json()["receivable"]["id"]


def test_a_refused_request_may_be_sent_again_under_its_key(world: World) -> None:
    path, body = registration(world)
    assert post(world, path, {"consents": []}, "again").status_code == 422
    assert post(world, path, body, "again").status_code == 202


def test_what_is_no_act_is_kept_too(world: World) -> None:
    draft = body_of(world)
    first = post(world, "/v1/receivables", draft, "draft-1")
    second = post(world, "/v1/receivables", draft, "draft-1")
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first.headers["location"] == second.headers["location"]


def test_a_key_is_forgotten_after_a_day(world: World) -> None:
    draft = body_of(world)
    first = post(world, "/v1/receivables", draft, "for-a-day")
    with world.later(hours=25):
        second = post(world, "/v1/receivables", draft, "for-a-day")
    assert second.status_code == 201
    assert first.content != second.content


def test_of_eight_twins_at_once_one_is_carried_out(world: World) -> None:
    path, body = registration(world)
    before = acts(world)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(world, path, body, "twins"), range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert acts(world) == before + 1


def test_a_key_that_cannot_be_one_is_refused(world: World) -> None:
    path, body = registration(world)
    answer = post(world, path, body, "with space")
    assert answer.json()["code"] == "malformed_write_option"


def test_a_secret_is_shown_once_and_kept_nowhere_also_under_a_key(world: World) -> None:
    body = {"name": "A machine", "roles": ["reviewer"], "expires_at": "2027-09-01T00:00:00Z"}
    bearer = f"Bearer {world.token('bank')}"
    made = post(world, "/v1/api-keys", body, "a-secret", Authorization=bearer)
    again = post(world, "/v1/api-keys", body, "a-secret", Authorization=bearer)
    assert (made.status_code, again.status_code) == (201, 409)
    assert again.json()["code"] == "answer_lost"
    # The control: an answer without a secret is kept.
    draft = body_of(world)
    shown = post(world, "/v1/receivables", draft, "no-secret").json()["receivable"]["id"]
    with world.service.database.read() as session:
        tables = Base.metadata.sorted_tables
        kept = "".join(str(tuple(row)) for table in tables for row in session.execute(select(table)))
    assert made.json()["secret"] not in kept
    assert shown in kept


# ---------------------------------------------------------------------- trying out


def test_a_write_tried_out_changes_nothing_and_says_what_it_would_send(world: World) -> None:
    path, body = registration(world)
    before = acts(world)
    tried = world.http.post(path + "?dry_run=true", body)
    assert tried["dry_run"] is True
    assert [one["kind"] for one in tried["acts"]] == ["register"]
    assert acts(world) == before
    world.http.post(path, body)
    assert acts(world) == before + 1


def test_trying_out_asks_the_ledger(world: World) -> None:
    """What only the chain knows shows before anything is sent: here, that a wallet's key did not sign."""
    path, body = registration(world)
    receivable = path.split("/")[3]
    world.http.post(path, body)
    confirmation = f"/v1/receivables/{receivable}/confirmation"
    to_sign = world.http.get(confirmation)
    consents = world.sign(to_sign, "hanse")
    # Not 65 bytes: the registry leaves it to the chain to ask the account's contract, and there is none.
    consents[0]["signature"] += "00"
    answer = world.http.refusal(
        "POST", confirmation + "?dry_run=true", status=403, json={"consents": consents}
    )
    assert answer == "signature_invalid"
    assert world.http.get(f"/v1/receivables/{receivable}")["status"] == "registered"


def test_a_draft_tried_out_is_not_kept(world: World) -> None:
    draft = body_of(world)
    assert world.http.post("/v1/receivables?dry_run=true", draft) == {"dry_run": True, "acts": []}


def test_dry_run_is_true_or_false(world: World) -> None:
    path, body = registration(world)
    code = world.http.refusal("POST", path + "?dry_run=perhaps", status=422, json=body)
    assert code == "malformed_write_option"


# ---------------------------------------------------------------------- entity tags


def test_a_record_that_did_not_change_is_not_sent_again(world: World) -> None:
    receivable = world.registered()
    path = f"/v1/receivables/{receivable}"
    world.http.get(path)
    tag = world.http.headers["etag"]
    again = world.http.client.get(
        path, headers={"Authorization": f"Bearer {world.http.token}", "If-None-Match": tag}
    )
    assert again.status_code == 304
    assert again.content == b""
    world.signed(f"{path}/confirmation", "hanse")
    world.http.get(path)
    assert world.http.headers["etag"] != tag


def test_a_write_on_a_record_that_has_changed_since_is_refused(world: World) -> None:
    receivable = world.registered()
    path = f"/v1/receivables/{receivable}"
    world.http.get(path)
    seen = world.http.headers["etag"]
    to_sign = world.http.get(f"{path}/confirmation")
    body = {"consents": world.sign(to_sign, "hanse")}
    stale = {"If-Match": '"' + "0" * 32 + '"'}
    refused = world.http.refusal("POST", f"{path}/confirmation", status=412, json=body, headers=stale)
    assert refused == "precondition_failed"
    world.http.ask("POST", f"{path}/confirmation", status=202, json=body, headers={"If-Match": seen})


def test_tags_of_all_records_are_good_for_if_match(world: World) -> None:
    """The tag an answer carries is the one a write compares with, whatever the record."""
    lot = world.confirmed()
    path = f"/v1/lots/{lot}"
    world.http.get(path)
    headers = {"If-Match": world.http.headers["etag"]}
    to_sign = world.http.get(f"{path}/lock", funder=world.numbers["bank"], until="2026-09-28T12:00:00Z")
    body = {
        "funder": world.numbers["bank"],
        "until": "2026-09-28T12:00:00Z",
        "consents": world.sign(to_sign, "nordlicht"),
    }
    world.http.ask("POST", f"{path}/lock", status=202, json=body, headers=headers)
