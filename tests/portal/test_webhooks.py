"""What the server disabled is said on the first page, and enabled again by the account."""

import pytest

from registry.access.actor import Actor, Role
from registry.webhooks import queries
from registry.webhooks.rules import Ending
from registry.webhooks.use_cases import add_endpoint, disable_endpoint, remove_endpoint
from tests.portal.browsing import Site
from tests.portal.posting import Browser

URL = "https://hooks.example/counterfoil"
SAID = "Webhook that gets nothing any more"


@pytest.mark.parametrize("why", [Ending.GONE, Ending.EXHAUSTED])
def test_what_the_server_disabled_waits_for_the_account_until_it_is_enabled(site: Site, why: Ending) -> None:
    context = site.office.context
    account = Actor(
        site.office.number("tier1"), "account", "account", frozenset({Role.SUPPLIER}), is_account=True
    )
    browser = Browser(site)
    browser.sign_in(site.office.key("tier1"))
    _, made = add_endpoint(context, account, URL)
    try:
        disable_endpoint(context, account, made.id)
        assert SAID not in browser.http.get("/").text  # its owner did so itself
        with context.database.write() as session:
            queries.endpoint(session, made.id).disabled_because = why
        assert SAID in browser.http.get("/").text
        assert URL in browser.http.get("/party/webhooks").text
        posted = {"form_token": browser.form_token}
        assert browser.http.post(f"/party/webhooks/{made.id}/enable", data=posted).status_code == 303
        assert SAID not in browser.http.get("/").text
    finally:
        remove_endpoint(context, account, made.id)
