"""Webhooks over HTTP, by a registry that runs: from an act to the receiver."""

from collections.abc import Iterator
from time import sleep
from typing import Any

import pytest

from tests.api.http_world import World
from tests.api.test_access_matrix import a_correction
from tests.webhooks.desk import URL
from tests.webhooks.trap import a_trap


@pytest.fixture
def removed(world: World) -> Iterator[list[tuple[str, str]]]:
    """Token and path of what a test made, taken away at its end: the registry is everybody's."""
    made: list[tuple[str, str]] = []
    yield made
    for token, path in made:
        world.http.ask("POST", f"{path}/remove", status=200, token=token)


def a_webhook(
    world: World, removed: list[tuple[str, str]], handle: str, *kinds: str, url: str = URL
) -> tuple[str, str, str]:
    """Its path, its owner's token, its secret."""
    token = world.token(handle)
    body = {"url": url, "kinds": list(kinds)}
    made = world.http.ask("POST", "/v1/webhooks", status=201, token=token, json=body)
    path = f"/v1/webhooks/{made['webhook']['id']}"
    removed.append((token, path))
    return path, token, made["secret"]


def deliveries(world: World, path: str, token: str) -> list[dict[str, Any]]:
    return list(world.http.ask("GET", f"{path}/deliveries", status=200, token=token)["items"])


def settled(world: World, path: str, token: str) -> dict[str, Any]:
    """The newest message, once it was tried: by the loop of this process."""
    for _ in range(1200):
        found = deliveries(world, path, token)
        if found and found[0]["attempts"]:
            return found[0]
        sleep(0.05)
    raise AssertionError("nothing is sent")


def test_the_secret_is_shown_once(world: World, removed: list[tuple[str, str]]) -> None:
    path, token, secret = a_webhook(world, removed, "bank")
    assert secret.startswith("whsec_")
    shown = world.http.ask("GET", "/v1/webhooks", status=200, token=token)["items"]
    assert [f"/v1/webhooks/{one['id']}" for one in shown] == [path]
    assert secret not in str(shown)
    new = world.http.ask("POST", f"{path}/rotate", status=200, token=token)["secret"]
    assert new != secret


def test_an_answer_with_a_secret_is_kept_nowhere(world: World, removed: list[tuple[str, str]]) -> None:
    token, body = world.token("bank"), {"url": URL}
    how: dict[str, Any] = {"token": token, "json": body, "headers": {"Idempotency-Key": "one-webhook"}}
    made = world.http.ask("POST", "/v1/webhooks", status=201, **how)["webhook"]["id"]
    removed.append((token, f"/v1/webhooks/{made}"))
    assert world.http.refusal("POST", "/v1/webhooks", status=409, **how) == "answer_lost"


def test_an_act_a_notice_and_a_warning_reach_those_they_concern(
    world: World, removed: list[tuple[str, str]]
) -> None:
    kinds = ("act.included", "notice.arrived", "correction.warned")
    obligors, buyer, stranger = [
        a_webhook(world, removed, handle, *kinds)[:2] for handle in ("hanse", "bank", "factor")
    ]
    lot = world.locked()
    terms = {"funder": world.numbers["bank"], "discount_rate": "0.045", "with_recourse": False}
    world.http.post(f"/v1/lots/{lot}/sale-terms", terms)
    world.signed(f"/v1/lots/{lot}/sale", "nordlicht", "bank")
    a_correction(world, lot)
    told = {each: {one["kind"] for one in deliveries(world, *each)} for each in (obligors, buyer, stranger)}
    assert told[obligors] == {"act.included", "notice.arrived", "correction.warned"}
    assert told[buyer] >= {"notice.arrived", "correction.warned"}
    assert told[stranger] == set()


def test_a_url_within_the_servers_network_is_refused_and_its_trap_stays_empty(world: World) -> None:
    with a_trap() as trap:
        for url in (trap.url(), trap.url(scheme="https"), trap.url("[::ffff:127.0.0.1]", "https")):
            how: dict[str, Any] = {"token": world.token("bank"), "json": {"url": url}}
            refused = world.http.refusal("POST", "/v1/webhooks", status=422, **how)
            assert refused == "webhook_url_refused"
        assert trap.comers == 0


def test_a_name_that_leads_within_is_found_out_when_it_is_to_be_sent_to(
    world: World, removed: list[tuple[str, str]]
) -> None:
    with a_trap() as trap:
        path, token, _ = a_webhook(world, removed, "bank", url=trap.url("localhost", "https"))
        world.http.ask("POST", f"{path}/test", status=201, token=token)
        one = settled(world, path, token)
        assert (one["state"], one["status_code"]) == ("waiting", None)
        assert one["failure"] == "localhost leads to no address on the internet."
        assert one["next_attempt_at"]
        assert trap.comers == 0


def test_a_message_is_sent_again_by_hand(world: World, removed: list[tuple[str, str]]) -> None:
    path, token, _ = a_webhook(world, removed, "bank")
    sent = world.http.ask("POST", f"{path}/test", status=201, token=token)["id"]
    settled(world, path, token)
    again = f"{path}/deliveries/{sent}/redeliver"
    one = world.http.ask("POST", again, status=200, token=token)
    assert (one["id"], one["state"], one["attempts"]) == (sent, "waiting", 0)


def test_disabled_by_hand_it_says_so_and_takes_no_test(world: World, removed: list[tuple[str, str]]) -> None:
    path, token, _ = a_webhook(world, removed, "bank")
    done = world.http.ask("POST", f"{path}/disable", status=200, token=token)
    assert (done["disabled_because"], bool(done["disabled_at"])) == ("owner", True)
    assert world.http.refusal("POST", f"{path}/test", status=409, token=token) == "webhook_disabled"
    assert world.http.ask("POST", f"{path}/enable", status=200, token=token)["disabled_at"] is None


def test_deliveries_come_in_pages_newest_first(world: World, removed: list[tuple[str, str]]) -> None:
    path, token, _ = a_webhook(world, removed, "bank")
    sent = [world.http.ask("POST", f"{path}/test", status=201, token=token)["id"] for _ in range(3)]
    first = world.http.ask("GET", f"{path}/deliveries?limit=2", status=200, token=token)
    rest = world.http.ask("GET", f"{path}/deliveries?limit=2&after={first['next']}", status=200, token=token)
    assert [one["id"] for one in first["items"] + rest["items"]] == sent[::-1]
    assert rest["next"] is None
