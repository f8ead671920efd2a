"""A message goes out at least once, under one id, until it is taken or given up; then its owner knows."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest

from registry.kit.clock import unix
from registry.webhooks.courier import KEPT
from registry.webhooks.model import WebhookEndpoint
from registry.webhooks.posting import Reply
from registry.webhooks.rules import DELAYS_S
from registry.webhooks.use_cases import (
    add_endpoint,
    disable_endpoint,
    enable_endpoint,
    redeliver,
    remove_endpoint,
    rotate_secret,
)
from tests.webhooks.desk import ACCOUNT, OTHER, URL, Desk, a_desk

BUSY = Reply(503)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return a_desk(tmp_path)


@pytest.fixture
def endpoint(desk: Desk) -> WebhookEndpoint:
    return desk.endpoint()


def signed_by(secret: str, headers: dict[str, str], content: bytes) -> str:
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + content
    key = b64decode(secret.removeprefix("whsec_"))
    return "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode()


def until_given_up(desk: Desk) -> Iterator[int]:
    """Each attempt when it is due."""
    for attempt, seconds in enumerate(DELAYS_S):
        desk.clock.advance(seconds=seconds * 1.1)
        yield attempt
        assert desk.courier.run_once() >= 1


def test_a_message_is_sent_once_with_the_three_headers_and_taken(desk: Desk) -> None:
    secret, endpoint = add_endpoint(desk.context, ACCOUNT, URL)
    message = desk.test(endpoint)
    assert desk.courier.run_once() == 1
    assert desk.courier.run_once() == 0
    ((url, headers, content),) = desk.receiver.got
    assert url == URL
    assert content.decode() == message.body
    assert headers["webhook-id"] == message.id
    assert headers["webhook-timestamp"] == str(unix(desk.clock.now()))
    assert headers["webhook-signature"] == signed_by(secret, headers, content)
    (one,) = desk.sent(endpoint)
    assert (one.state, one.attempts, one.status_code, one.failure) == ("delivered", 1, 204, None)


def test_what_failed_is_tried_again_in_its_time_under_the_same_id_with_a_new_timestamp(
    desk: Desk, endpoint: WebhookEndpoint
) -> None:
    message = desk.test(endpoint)
    desk.receiver.answers = [Reply(None, "It cannot be reached."), BUSY]
    desk.courier.run_once()
    (one,) = desk.sent(endpoint)
    assert (one.state, one.attempts, one.status_code) == ("waiting", 1, None)
    assert one.failure == "It cannot be reached."
    assert one.next_attempt_at is not None
    assert desk.courier.run_once() == 0
    desk.clock.at = one.next_attempt_at
    assert desk.courier.run_once() == 1
    (one,) = desk.sent(endpoint)
    assert (one.attempts, one.status_code, one.failure) == (2, 503, "It answered 503.")
    desk.clock.advance(seconds=331)
    desk.courier.run_once()
    assert desk.sent(endpoint)[0].state == "delivered"
    assert {headers["webhook-id"] for _, headers, _ in desk.receiver.got} == {message.id}
    assert len({headers["webhook-timestamp"] for _, headers, _ in desk.receiver.got}) == 3
    assert len({content for _, _, content in desk.receiver.got}) == 1


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_any_2xx_takes_a_message(desk: Desk, endpoint: WebhookEndpoint, status: int) -> None:
    desk.test(endpoint)
    desk.receiver.answers = [Reply(status)]
    desk.courier.run_once()
    assert desk.sent(endpoint)[0].state == "delivered"


@pytest.mark.parametrize("status", [100, 199, 300, 302, 400, 404, 429, 500])
def test_nothing_else_does(desk: Desk, endpoint: WebhookEndpoint, status: int) -> None:
    desk.test(endpoint)
    desk.receiver.answers = [Reply(status)]
    desk.courier.run_once()
    assert desk.sent(endpoint)[0].state == "waiting"


def test_after_the_last_attempt_the_endpoint_is_disabled_and_the_owners_others_are_told(
    desk: Desk, endpoint: WebhookEndpoint
) -> None:
    second, strangers = desk.endpoint(url="https://second.example/"), desk.endpoint(OTHER)
    desk.test(endpoint)
    desk.receiver.answers = [BUSY] * len(DELAYS_S)
    for attempt in until_given_up(desk):
        assert desk.again(endpoint).disabled_at is None
        assert desk.sent(endpoint)[0].attempts == attempt
    assert desk.again(endpoint).disabled_because == "exhausted"
    assert [(one.kind, one.state) for one in desk.sent(endpoint)] == [("webhook.test", "failed")]
    (told,) = desk.sent(second)
    assert told.kind == "webhook.disabled"
    assert endpoint.id in told.body
    assert told.state == "delivered"
    assert desk.sent(strangers) == []
    assert desk.courier.run_once() == 0


def test_gone_disables_at_once(desk: Desk, endpoint: WebhookEndpoint) -> None:
    for _ in range(3):
        desk.test(endpoint)
    desk.receiver.answers = [Reply(410)]
    assert desk.courier.run_once() == 1
    assert desk.again(endpoint).disabled_because == "gone"
    desk.clock.advance(days=9)
    assert desk.courier.run_once() == 0
    assert [one.state for one in desk.sent(endpoint)] == ["failed", "waiting", "waiting"]


def test_what_waited_while_disabled_goes_on_when_enabled(desk: Desk, endpoint: WebhookEndpoint) -> None:
    desk.test(endpoint)
    disable_endpoint(desk.context, ACCOUNT, endpoint.id)
    assert desk.courier.run_once() == 0
    enable_endpoint(desk.context, ACCOUNT, endpoint.id)
    assert desk.courier.run_once() == 1
    assert desk.again(endpoint).disabled_because is None


def test_what_was_given_up_or_taken_is_sent_again_by_hand_under_its_own_id(
    desk: Desk, endpoint: WebhookEndpoint
) -> None:
    message = desk.test(endpoint)
    desk.receiver.answers = [Reply(410)]
    desk.courier.run_once()
    enable_endpoint(desk.context, ACCOUNT, endpoint.id)
    assert desk.courier.run_once() == 0
    for _ in range(2):
        redeliver(desk.context, ACCOUNT, endpoint.id, message.id)
        assert desk.courier.run_once() == 1
        assert desk.sent(endpoint)[0].state == "delivered"
    assert [headers["webhook-id"] for _, headers, _ in desk.receiver.got] == [message.id] * 3


def test_while_secrets_change_both_sign_and_afterwards_the_new_one_alone(desk: Desk) -> None:
    first, endpoint = add_endpoint(desk.context, ACCOUNT, URL)
    second, _ = rotate_secret(desk.context, ACCOUNT, endpoint.id)
    desk.test(endpoint)
    desk.courier.run_once()
    desk.clock.advance(hours=24)
    desk.test(endpoint)
    desk.courier.run_once()
    (_, both, one), (_, alone, other) = desk.receiver.got
    assert both["webhook-signature"].split(" ") == [signed_by(each, both, one) for each in (second, first)]
    assert alone["webhook-signature"] == signed_by(second, alone, other)


def test_a_second_change_ends_the_oldest_secret_at_once(desk: Desk) -> None:
    _, endpoint = add_endpoint(desk.context, ACCOUNT, URL)
    second, third = [rotate_secret(desk.context, ACCOUNT, endpoint.id)[0] for _ in range(2)]
    desk.test(endpoint)
    desk.courier.run_once()
    ((_, headers, content),) = desk.receiver.got
    expected = [signed_by(each, headers, content) for each in (third, second)]
    assert headers["webhook-signature"].split(" ") == expected


def test_who_is_killed_between_sending_and_writing_it_down_is_followed_by_who_sends_again(
    desk: Desk, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    message = desk.test(endpoint)
    with monkeypatch.context() as patched:
        patched.setattr("registry.webhooks.courier._conclude", killed)
        with pytest.raises(Killed):
            desk.courier.run_once()
    assert desk.sent(endpoint)[0].attempts == 0
    assert desk.courier.run_once() == 1
    assert [headers["webhook-id"] for _, headers, _ in desk.receiver.got] == [message.id] * 2
    assert desk.sent(endpoint)[0].state == "delivered"


def test_a_receiver_that_fails_in_a_way_nobody_foresaw_ends_nothing_but_the_round(
    desk: Desk, endpoint: WebhookEndpoint
) -> None:
    desk.test(endpoint)
    desk.receiver.answers = []
    courier = desk.courier
    broken = type(courier)(courier.database, lambda *_: 1 // 0, courier.clock)  # type: ignore[arg-type, return-value]
    assert broken.run_once() == 1
    (one,) = desk.sent(endpoint)
    assert (one.state, one.attempts) == ("waiting", 1)


def test_while_another_sends_nobody_else_does(desk: Desk, endpoint: WebhookEndpoint) -> None:
    desk.test(endpoint)
    with desk.context.database.lead("webhooks"):
        assert desk.courier.run_once() == 0
    assert desk.courier.run_once() == 1


def test_endpoints_are_served_beside_one_another_and_each_by_one_message_at_a_time(desk: Desk) -> None:
    """Each of the first four messages waits until four are under way; two to one endpoint never are."""
    endpoints = [desk.endpoint(url=f"https://hooks{each}.example/") for each in range(4)]
    for each in endpoints * 2:
        desk.test(each)
    together = Barrier(4, timeout=30)
    under_way: list[str] = []
    overlaps: list[str] = []

    def post(url: str, *_: object) -> Reply:
        overlaps.extend(each for each in under_way if each == url)
        under_way.append(url)
        together.wait()
        under_way.remove(url)
        return Reply(204)

    courier = desk.courier
    assert type(courier)(courier.database, post, courier.clock).run_once() == 8
    assert overlaps == []


def test_a_removed_endpoint_leaves_nothing_behind_also_while_a_message_is_on_its_way(
    desk: Desk, endpoint: WebhookEndpoint
) -> None:
    desk.test(endpoint)
    courier = desk.courier

    def removing(*_: object) -> Reply:
        remove_endpoint(desk.context, ACCOUNT, endpoint.id)
        return Reply(204)

    assert type(courier)(courier.database, removing, courier.clock).run_once() == 1
    assert desk.sent(endpoint) == []


def test_what_came_to_its_end_is_forgotten_after_thirty_days(desk: Desk, endpoint: WebhookEndpoint) -> None:
    old = desk.test(endpoint)
    desk.courier.run_once()
    desk.clock.advance(seconds=(KEPT + timedelta(seconds=1)).total_seconds())
    new = desk.test(endpoint)
    assert [one.id for one in desk.sent(endpoint)] == [old.id, new.id]
    desk.courier.run_once()
    assert [one.id for one in desk.sent(endpoint)] == [new.id]
