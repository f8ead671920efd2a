"""`webhook …`: from the command to the receiver and back."""

import json
from pathlib import Path

import pytest

from tests.api.test_commands import NOT_FOUND, Clerk
from tests.webhooks.trap import a_trap

HERE = {"COUNTERFOIL_WEBHOOK_LOOPBACK": "true"}


@pytest.fixture
def clerk(live_folder: Path) -> Clerk:
    return Clerk(live_folder)


def made(clerk: Clerk, url: str, *words: str) -> str:
    done = clerk.types("webhook", "add", url, *words, **HERE)
    assert done.exit_code == 0, done.output
    name, secret = done.stdout.split()[1].rstrip(";"), done.stdout.split()[-1]
    assert secret.startswith("whsec_")
    return name


def test_an_account_has_its_server_told_and_sees_what_became_of_it(clerk: Clerk) -> None:
    by = ("--key", clerk.key("bank"))
    with a_trap() as trap:
        name = made(clerk, trap.url("localhost"), "--kind", "notice.arrived", *by)
        assert name in clerk.types("webhook", "list").stdout
        sent = clerk.types("webhook", "test", name, *by, **HERE).stdout
        assert "webhook.test" in sent
        assert "delivered after 1 attempts" in sent
        (one,) = json.loads(clerk.types("webhook", "deliveries", name, "--json").stdout)
        assert (one["state"], one["status_code"]) == ("delivered", 204)
        assert f"webhook-id: {one['id']}".encode() in trap.requests[0]
        again = clerk.types("webhook", "redeliver", name, one["id"], *by, **HERE).stdout
        assert "delivered after 1 attempts" in again
        assert trap.comers == 2
        # Without the setting the same trap is out of reach.
        clerk.types("webhook", "test", name, *by)
        assert "URL begins with https://" in clerk.types("webhook", "deliveries", name).stdout
        assert trap.comers == 2


def test_disabled_enabled_rotated_and_removed_by_its_owner_alone(clerk: Clerk) -> None:
    by = ("--key", clerk.key("bank"))
    name = made(clerk, "https://hooks.example/", *by)
    clerk.is_refused("webhook", "disable", name, code="webhook_not_found", status=NOT_FOUND)
    assert "is disabled" in clerk.types("webhook", "disable", name, *by).stdout
    assert json.loads(clerk.types("webhook", "list", "--json").stdout)[0]["disabled_because"] == "owner"
    clerk.is_refused("webhook", "test", name, *by, code="webhook_disabled")
    assert "is enabled" in clerk.types("webhook", "enable", name, *by).stdout
    assert "whsec_" in clerk.types("webhook", "rotate", name, *by).stdout
    assert "Nothing was sent" in clerk.types("webhook", "deliveries", name).stdout
    assert "is removed" in clerk.types("webhook", "remove", name, *by).stdout
    assert "There are no webhooks" in clerk.types("webhook", "list").stdout


def test_a_url_within_or_a_kind_nobody_knows_is_refused(clerk: Clerk) -> None:
    clerk.is_refused("webhook", "add", "https://169.254.169.254/latest", code="webhook_url_refused")
    clerk.is_refused("webhook", "add", "http://localhost:9000/", code="webhook_url_refused")
    clerk.is_refused(
        "webhook", "add", "https://hooks.example/", "--kind", "everything", code="bad_webhook_kind"
    )
