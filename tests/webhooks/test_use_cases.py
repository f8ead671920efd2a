"""Who says where messages go, and who sees it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from registry.access.errors import Forbidden
from registry.storage.sight import Viewer
from registry.webhooks import queries
from registry.webhooks.errors import (
    TooManyWebhooks,
    WebhookDeliveryNotFound,
    WebhookDisabled,
    WebhookNotFound,
    WebhookUrlRefused,
)
from registry.webhooks.rules import Kind
from registry.webhooks.use_cases import (
    MAX_ENDPOINTS,
    add_endpoint,
    disable_endpoint,
    enable_endpoint,
    redeliver,
    remove_endpoint,
    rotate_secret,
    send_test,
)
from tests.webhooks.desk import ACCOUNT, MACHINE, OPERATOR, OTHER, URL, Desk, a_desk

ACTS: list[Callable[..., object]] = [
    rotate_secret,
    disable_endpoint,
    enable_endpoint,
    remove_endpoint,
    send_test,
]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return a_desk(tmp_path)


def test_an_account_makes_its_partys_and_the_operator_its_own(desk: Desk) -> None:
    assert desk.endpoint(kinds=[Kind.TEST, Kind.ACT_REFUSED, Kind.TEST]).kinds == [
        "act.refused",
        "webhook.test",
    ]
    assert desk.endpoint(OTHER).party == 4
    assert desk.endpoint(OPERATOR).party == 0


def test_a_machine_or_a_clerk_makes_none(desk: Desk) -> None:
    with pytest.raises(Forbidden):
        add_endpoint(desk.context, MACHINE, URL)


@pytest.mark.parametrize(
    "url", ["http://hooks.example/", "https://127.0.0.1/", "https://10.1.2.3:9200/_search"]
)
def test_a_url_within_makes_none(desk: Desk, url: str) -> None:
    with pytest.raises(WebhookUrlRefused):
        add_endpoint(desk.context, ACCOUNT, url)
    with desk.context.database.read() as session:
        assert queries.endpoints(session) == []


def test_for_development_this_machine_may_be_named(desk: Desk) -> None:
    assert add_endpoint(desk.context, ACCOUNT, "http://localhost:9000/", allows_loopback=True)


@pytest.mark.parametrize("act", ACTS)
def test_anothers_webhook_does_not_exist_and_ones_own_a_machine_leaves_alone(
    desk: Desk, act: Callable[..., object]
) -> None:
    endpoint = desk.endpoint()
    for stranger in (OTHER, OPERATOR):
        with pytest.raises(WebhookNotFound):
            act(desk.context, stranger, endpoint.id)
    with pytest.raises(Forbidden):
        act(desk.context, MACHINE, endpoint.id)
    act(desk.context, ACCOUNT, endpoint.id)


def test_a_message_is_sent_again_to_its_own_webhook_only(desk: Desk) -> None:
    first, second = desk.endpoint(), desk.endpoint()
    message = desk.test(first)
    with pytest.raises(WebhookDeliveryNotFound):
        redeliver(desk.context, ACCOUNT, second.id, message.id)
    with pytest.raises(WebhookNotFound):
        redeliver(desk.context, OTHER, first.id, message.id)
    redeliver(desk.context, ACCOUNT, first.id, message.id)


def test_nothing_is_written_for_a_disabled_webhook(desk: Desk) -> None:
    endpoint = desk.endpoint()
    message = desk.test(endpoint)
    disable_endpoint(desk.context, ACCOUNT, endpoint.id)
    with pytest.raises(WebhookDisabled):
        desk.test(endpoint)
    with pytest.raises(WebhookDisabled):
        redeliver(desk.context, ACCOUNT, endpoint.id, message.id)
    enable_endpoint(desk.context, ACCOUNT, endpoint.id)
    desk.test(endpoint)


def test_a_party_has_a_handful(desk: Desk) -> None:
    for _ in range(MAX_ENDPOINTS):
        last = desk.endpoint()
    with pytest.raises(TooManyWebhooks):
        desk.endpoint()
    desk.endpoint(OTHER)
    remove_endpoint(desk.context, ACCOUNT, last.id)
    desk.endpoint()


def test_a_party_sees_its_own_and_secrets_nobody_sees(desk: Desk) -> None:
    mine, others = desk.endpoint(), desk.endpoint(OTHER)
    desk.test(mine)
    seen = desk.context.database.on_behalf(Viewer(3, frozenset({4})))
    with seen.read() as session:
        assert [one.id for one in queries.endpoints(session)] == [mine.id]
        assert len(queries.deliveries(session, mine.id)) == 1
        assert queries.secrets(session, mine.id) == []
        with pytest.raises(WebhookNotFound):
            queries.endpoint(session, others.id)
    with desk.context.database.on_behalf(Viewer(4)).read() as session:
        assert queries.deliveries(session, mine.id) == []
    # The control: they are there.
    with desk.context.database.read() as session:
        assert len(queries.secrets(session, mine.id)) == 1
        assert len(queries.endpoints(session)) == 2
