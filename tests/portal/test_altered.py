"""What was signed is what was asked, in every single field, or nothing is done."""

import copy
from typing import Any

import pytest

from api.portal.routes import all_acts
from registry.chain.messages import Confirmation, Terms
from tests.portal.browsing import Site
from tests.portal.posting import Browser

FIELDS = [member["name"] for member in Terms.members()]
DOMAIN = ["name", "version", "chainId", "verifyingContract"]


def another(value: Any) -> Any:
    """A value of the same type that is not this one."""
    if isinstance(value, int):
        return value + 1
    if value.startswith("0x"):
        return value[:-1] + ("0" if value[-1] != "0" else "1")
    return str(int(value) + 1) if value.isdigit() else value + "x"


@pytest.fixture(scope="module")
def obligor(site: Site) -> tuple[Browser, str]:
    """At the page of one receivable that is to be confirmed."""
    browser = Browser(site)
    assert browser.sign_in(site.office.key("obligor")) == 303
    return browser, f"/sign/confirm/{site.to_confirm('70.00')}"


@pytest.mark.parametrize("name", [*FIELDS, *DOMAIN, "deadline"])
def test_a_confirmation_altered_in_a_single_field_is_refused(
    obligor: tuple[Browser, str], site: Site, name: str
) -> None:
    browser, address = obligor
    asked = browser.asked(address)
    typed = copy.deepcopy(asked["typed_data"])
    place = typed["message"]["terms"] if name in FIELDS else typed["domain"]
    place = typed["message"] if name == "deadline" else place
    place[name] = another(place[name])
    assert browser.hand_in(address, asked, typed, site.office.key("obligor")) in (403, 422)


def test_unaltered_it_is_taken_and_only_from_the_obligor(obligor: tuple[Browser, str], site: Site) -> None:
    browser, address = obligor
    asked = browser.asked(address)
    assert asked["typed_data"]["types"]["Confirmation"] == Confirmation.types()["Confirmation"]
    assert browser.hand_in(address, asked, asked["typed_data"], site.office.key("stranger")) == 403
    assert browser.hand_in(address, asked, asked["typed_data"], site.office.key("obligor")) == 303


def test_every_act_says_what_follows_from_it() -> None:
    assert [name for name, act in all_acts().items() if not (act.title and act.effect.endswith("."))] == []
