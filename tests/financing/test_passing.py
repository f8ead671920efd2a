"""A financed lot passes to the next funder: two signatures, each in its own time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from registry.financing.passing import for_reassignment, offered_reassignment, sign_reassignment
from registry.financing.remedies import reassignment_message, reassignment_terms
from registry.financing.rules import SaleTerms
from registry.kit.errors import Refusal
from registry.receivables import queries
from registry.receivables.errors import LotNotFound
from registry.relay.model import Act
from registry.storage.sight import Viewer
from tests.builders.office import Office
from tests.financing.test_portfolio import bought, lots_of


@pytest.fixture
def lot(office: Office) -> str:
    found = lots_of(office, "tier1")[0].id
    bought(office, found, "tier1")
    return found


def terms(office: Office, lot: str, rate: str = "0.04") -> SaleTerms:
    pays_on = office.clock.now().date()
    with office.context.database.read() as session:
        return reassignment_terms(session, lot, Decimal(rate), pays_on)


def signed(office: Office, lot: str, at: SaleTerms, by: str, *, key: str | None = None) -> Act | None:
    to = office.number("second_bank")
    with office.context.database.read() as session:
        message = reassignment_message(session, lot, to, at)
    deadline = for_reassignment(office.context).deadline()
    consents = [office.sign(key or by, message, deadline=deadline)]
    return sign_reassignment(office.context, lot, to, at, office.number(by), consents)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def test_the_first_signature_waits_for_the_second(office: Office, lot: str) -> None:
    at = terms(office, lot)
    assert signed(office, lot, at, "bank") is None
    office.clock.advance(days=2)
    act = signed(office, lot, at, "second_bank")
    assert act is not None
    office.settle(act)
    assert [one.id for one in lots_of(office, "second_bank")] == [lot]


def test_a_signature_over_other_terms_is_not_the_second_one(office: Office, lot: str) -> None:
    assert signed(office, lot, terms(office, lot), "bank") is None
    assert signed(office, lot, terms(office, lot, "0.03"), "second_bank") is None
    assert lots_of(office, "second_bank") == []


def test_a_signature_that_ran_out_counts_no_more(office: Office, lot: str) -> None:
    at = terms(office, lot)
    assert signed(office, lot, at, "bank") is None
    office.clock.advance(days=4)
    assert signed(office, lot, at, "second_bank") is None


def test_nobody_signs_for_either_funder_nor_as_a_third(office: Office, lot: str) -> None:
    at = terms(office, lot)
    assert refused(lambda: signed(office, lot, at, "bank", key="stranger")) == "consent_missing"
    assert refused(lambda: signed(office, lot, at, "tier1")) == "not_entitled"


def test_the_next_funder_sees_what_it_is_to_take_over_once_it_is_signed(office: Office, lot: str) -> None:
    viewer = Viewer(office.number("second_bank"))
    seen = office.context.database.on_behalf(viewer)
    with seen.read() as session, pytest.raises(LotNotFound):
        queries.lot(session, lot)
    at = terms(office, lot)
    signed(office, lot, at, "bank")
    context = replace(office.context, database=seen)
    with seen.read() as session:
        assert queries.lot(session, lot).id == lot
        message, found = offered_reassignment(session, context, lot, viewer.party)
    assert (found, message.to) == (at, viewer.party)
    assert found.pays_on == date.fromisoformat(at.pays_on).isoformat()


def test_what_was_signed_for_one_funder_is_not_offered_to_another(office: Office, lot: str) -> None:
    signed(office, lot, terms(office, lot), "bank")
    with office.context.database.read() as session:
        assert refused(lambda: offered_reassignment(session, office.context, lot, 1)) == "not_reserved"
