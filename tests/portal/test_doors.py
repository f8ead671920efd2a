"""Who is let in, and posts that are not from our own page."""

import pytest
from fastapi.routing import APIRoute

from api.auth.access import OPEN_PAGES, PAGES
from api.portal import routes
from api.portal.headers import SECURITY
from registry.chain.keys import SigningKey
from tests.portal.browsing import Site
from tests.portal.posting import OWN, Browser, TestClient


@pytest.fixture
def browser_of(site: Site) -> Browser:
    return Browser(site)


def test_nobody_sees_a_page_without_signing_in(browser_of: Browser) -> None:
    answer = browser_of.http.get("/receivables")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?to=/receivables")


def test_a_challenge_is_answered_once(browser_of: Browser, site: Site) -> None:
    assert browser_of.sign_in(site.office.key("obligor")) == 303
    browser_of.form_token = browser_of.token("/")
    again = browser_of.answer | {"form_token": browser_of.form_token}
    assert browser_of.http.post("/sign-in", data=again).status_code == 401


def test_a_page_that_polls_after_its_session_ended_goes_to_sign_in_as_a_whole(browser_of: Browser) -> None:
    answer = browser_of.http.get("/standing", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers.get("hx-redirect"), answer.text) == (200, "/sign-in", "")


def test_a_key_nobody_admitted_does_not_sign_in(browser_of: Browser) -> None:
    assert browser_of.sign_in(SigningKey.create()) == 403


def test_a_session_planted_before_sign_in_is_not_taken_up(browser_of: Browser, site: Site) -> None:
    browser_of.http.cookies.set("counterfoil", "planted", domain="127.0.0.1", path="/")
    browser_of.form_token = browser_of.token("/sign-in")
    assert browser_of.sign_in(site.office.key("obligor")) == 303
    other = TestClient(site.app, base_url=site.url, headers=OWN, follow_redirects=False)
    other.cookies.set("counterfoil", "planted")
    assert other.get("/").status_code == 303


def test_a_session_ends_with_sign_out_for_whoever_kept_its_cookie(browser_of: Browser, site: Site) -> None:
    browser_of.sign_in(site.office.key("obligor"))
    kept = dict(browser_of.http.cookies)
    assert browser_of.http.get("/").status_code == 200
    browser_of.http.post("/sign-out", data={"form_token": browser_of.form_token})
    thief = TestClient(site.app, base_url=site.url, headers=OWN, cookies=kept, follow_redirects=False)
    assert thief.get("/").status_code == 303


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "", "origin": "https://elsewhere.example"}, True),
        ({"sec-fetch-site": "", "origin": "null"}, True),
        ({"sec-fetch-site": ""}, True),
        ({}, False),
    ],
)
def test_a_post_from_elsewhere_or_without_the_sessions_token_does_nothing(
    browser_of: Browser, site: Site, headers: dict[str, str], token: bool
) -> None:
    browser_of.sign_in(site.office.key("obligor"))
    good = {"form_token": browser_of.form_token, "theme": "dark"}
    posted = good if token else good | {"form_token": "0" * 64}
    answer = browser_of.http.post("/preferences", data=posted, headers=headers)
    assert (answer.status_code, "theme" in answer.cookies) == (403, False)
    assert browser_of.http.post("/preferences", data=good).status_code == 303


def test_another_sessions_token_is_worth_nothing(site: Site) -> None:
    one, other = Browser(site), Browser(site)
    one.sign_in(site.office.key("obligor"))
    other.sign_in(site.office.key("tier1"))
    posted = {"form_token": other.form_token, "theme": "dark"}
    assert one.http.post("/preferences", data=posted).status_code == 403


@pytest.mark.parametrize(
    "to", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "x"]
)
def test_sign_in_leads_nowhere_else(browser_of: Browser, to: str) -> None:
    assert 'name="to" value="/"' in browser_of.http.get("/sign-in", params={"to": to}).text


def test_a_supplier_does_not_open_the_obligors_act(browser_of: Browser, site: Site) -> None:
    receivable = site.to_confirm("20.00")
    browser_of.sign_in(site.office.key("tier1"))
    assert browser_of.http.get(f"/sign/confirm/{receivable}").status_code == 403


@pytest.mark.parametrize("written", ["0x12", "rcv_zz", "x" * 79, "lot_" + "0" * 16])
def test_an_id_that_cannot_be_one_is_a_page_that_is_not_there(
    browser_of: Browser, site: Site, written: str
) -> None:
    browser_of.sign_in(site.office.key("obligor"))
    for address in (f"/receivables/{written}", f"/lots/{written}", f"/sign/confirm/{written}"):
        assert browser_of.http.get(address).status_code == 404


def test_ids_are_taken_as_people_and_as_tables_write_them(browser_of: Browser, site: Site) -> None:
    receivable = site.to_confirm("30.00")
    browser_of.sign_in(site.office.key("obligor"))
    for address in (receivable, receivable.upper().replace("X", "x"), "rcv_" + receivable[2:]):
        assert browser_of.http.get(f"/sign/confirm/{address}").status_code == 200


def test_a_strangers_record_is_as_if_it_were_not(browser_of: Browser, site: Site) -> None:
    receivable = site.to_confirm("40.00")
    browser_of.sign_in(site.office.key("stranger"))
    for address in (f"/receivables/{receivable}", f"/sign/confirm/{receivable}"):
        assert browser_of.http.get(address).status_code == 404
    assert receivable not in browser_of.http.get("/receivables").text
    assert receivable not in browser_of.http.get("/search", params={"q": receivable}).text.replace(
        f'value="{receivable}"', ""
    ).replace(f"q={receivable}", "")


def test_an_act_handed_in_without_a_signature_is_refused(browser_of: Browser, site: Site) -> None:
    receivable = site.to_confirm("50.00")
    browser_of.sign_in(site.office.key("obligor"))
    for given in ("", "[]", "{}", '[{"signer": "0x00"}]', "[" * 5000):
        posted = {"form_token": browser_of.form_token, "consents": given}
        assert browser_of.http.post(f"/sign/confirm/{receivable}", data=posted).status_code == 422


def test_every_page_has_a_door_and_every_door_a_page() -> None:
    names = {
        route.name for area in routes.AREAS for route in area.router.routes if isinstance(route, APIRoute)
    } | {f"sign_{name}" for name in routes.all_acts()}
    assert names == set(PAGES) | OPEN_PAGES


def test_every_answer_carries_the_security_headers(browser_of: Browser) -> None:
    for address in ("/sign-in", "/nowhere", "/receivables"):
        headers = browser_of.http.get(address).headers
        assert {name: headers[name] for name in SECURITY} == SECURITY
    assert "unsafe" not in SECURITY["Content-Security-Policy"]


def test_the_cookie_is_for_this_site_only_and_for_no_script(browser_of: Browser, site: Site) -> None:
    browser_of.sign_in(site.office.key("obligor"))
    cookie = browser_of.answered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
