"""Two keys of one party under one act: the second person signs at its own sign-in what the first one signed."""

import pytest

from registry.chain.keys import SigningKey
from registry.chain.words import Scope
from registry.kit.money import Money
from registry.parties.use_cases import revocation_message, revoke_key
from registry.receivables import queries
from tests.builders.office import Office
from tests.notices.told import second_person
from tests.portal.browsing import Site
from tests.portal.posting import at_desk, settle

REGISTERED, CONFIRMED = 1, 2
BOUND = Money.parse("1000.00", "CNY")


def status(office: Office, receivable: str) -> int:
    with office.context.database.read() as session:
        return queries.receivable(session, receivable).status


@pytest.fixture
def clerks(office: Office) -> list[SigningKey]:
    """Two persons of the obligor who confirm up to 1,000.00 CNY each."""
    return [second_person(office, "obligor", Scope.CONFIRM, BOUND) for _ in range(2)]


def test_what_is_above_one_keys_bound_a_second_key_completes_at_its_own_sign_in(
    desk: Site, clerks: list[SigningKey]
) -> None:
    office, receivable = desk.office, desk.to_confirm("5000.00")
    where = f"/sign/confirm/{receivable}"
    first, second = (at_desk(desk, one) for one in clerks)
    assert first.signs(where, clerks[0]) == where
    assert status(office, receivable) == REGISTERED
    assert "You have signed; a second person must sign too." in first.http.get(where).text
    home = second.http.get("/").text
    assert "Confirm a receivable: a second key is wanted" in home
    assert where in home
    page = second.http.get(where).text
    assert f"{clerks[0].address}</code> ✓ signed" in page
    assert "With your signature it goes out." in page
    office.clock.advance(days=6)
    second = at_desk(desk, clerks[1])
    settle(office, second.signs(where, clerks[1]))
    assert status(office, receivable) == CONFIRMED
    assert "a second key is wanted" not in second.http.get("/").text


def test_several_are_confirmed_together_by_two_keys(desk: Site, clerks: list[SigningKey]) -> None:
    office, asked = desk.office, [desk.to_confirm(one) for one in ("600.00", "700.00")]
    chosen = ",".join("rcv_" + one[2:] for one in asked)
    where = f"/sign/confirm_many/{office.number('obligor')}?receivables={chosen}"
    first, second = (at_desk(desk, one) for one in clerks)
    first.signs(where, clerks[0])
    assert [status(office, one) for one in asked] == [REGISTERED, REGISTERED]
    assert "Confirm several receivables: a second key is wanted" in second.http.get("/").text
    settle(office, second.signs(where, clerks[1]))
    assert [status(office, one) for one in asked] == [CONFIRMED, CONFIRMED]


def test_one_key_alone_confirms_what_is_within_its_bound(desk: Site, clerks: list[SigningKey]) -> None:
    receivable = desk.to_confirm("1000.00")
    settle(desk.office, at_desk(desk, clerks[0]).signs(f"/sign/confirm/{receivable}", clerks[0]))
    assert status(desk.office, receivable) == CONFIRMED


def test_the_same_key_twice_is_no_second_one(desk: Site, clerks: list[SigningKey]) -> None:
    receivable = desk.to_confirm("5000.00")
    where, clerk = f"/sign/confirm/{receivable}", at_desk(desk, clerks[0])
    assert [clerk.signs(where, clerks[0]) for _ in range(2)] == [where, where]
    assert status(desk.office, receivable) == REGISTERED


def test_a_key_without_the_mandate_is_no_second_one_and_leaves_the_first(
    desk: Site, clerks: list[SigningKey]
) -> None:
    office, receivable = desk.office, desk.to_confirm("5000.00")
    where, cashier = f"/sign/confirm/{receivable}", second_person(office, "obligor")
    first, second = (at_desk(desk, one) for one in clerks)
    first.signs(where, clerks[0])
    asked = first.asked(where)
    for stranger in (cashier, office.key("tier1"), SigningKey.create()):
        assert first.hand_in(where, asked, asked["typed_data"], stranger) == 403
    assert status(office, receivable) == REGISTERED
    settle(office, second.signs(where, clerks[1]))
    assert status(office, receivable) == CONFIRMED


def test_a_forged_first_signature_is_not_kept(desk: Site, clerks: list[SigningKey]) -> None:
    receivable = desk.to_confirm("5000.00")
    where, clerk = f"/sign/confirm/{receivable}", at_desk(desk, clerks[0])
    asked = clerk.asked(where)
    altered = asked["typed_data"] | {
        "message": asked["typed_data"]["message"] | {"deadline": asked["deadline"] + 1}
    }
    assert clerk.hand_in(where, asked, altered, clerks[0]) == 403
    assert "data-before" not in clerk.http.get(where).text


def test_a_first_signature_that_ran_out_counts_no_more(desk: Site, clerks: list[SigningKey]) -> None:
    receivable = desk.to_confirm("5000.00")
    where = f"/sign/confirm/{receivable}"
    at_desk(desk, clerks[0]).signs(where, clerks[0])
    desk.office.clock.advance(days=8)
    assert at_desk(desk, clerks[1]).signs(where, clerks[1]) == where
    assert status(desk.office, receivable) == REGISTERED


def test_a_first_signature_by_a_key_since_withdrawn_stands_in_nobodys_way(
    desk: Site, clerks: list[SigningKey]
) -> None:
    office, receivable = desk.office, desk.to_confirm("5000.00")
    where, third = f"/sign/confirm/{receivable}", second_person(office, "obligor", Scope.CONFIRM, BOUND)
    at_desk(desk, clerks[0]).signs(where, clerks[0])
    with office.context.database.read() as session:
        gone = revocation_message(session, office.number("obligor"), clerks[0].address)
    office.settle(revoke_key(office.context, gone, [office.sign("obligor", gone)]))
    assert at_desk(desk, clerks[1]).signs(where, clerks[1]) == where
    assert status(office, receivable) == REGISTERED
    settle(office, at_desk(desk, third).signs(where, third))
    assert status(office, receivable) == CONFIRMED


def test_what_another_message_was_signed_for_does_not_count(desk: Site, clerks: list[SigningKey]) -> None:
    one, other = desk.to_confirm("5000.00"), desk.to_confirm("5000.00")
    at_desk(desk, clerks[0]).signs(f"/sign/confirm/{one}", clerks[0])
    where = f"/sign/confirm/{other}"
    assert at_desk(desk, clerks[1]).signs(where, clerks[1]) == where
    assert [status(desk.office, each) for each in (one, other)] == [REGISTERED, REGISTERED]


def test_no_other_party_sees_what_was_signed(desk: Site, clerks: list[SigningKey]) -> None:
    receivable = desk.to_confirm("5000.00")
    at_desk(desk, clerks[0]).signs(f"/sign/confirm/{receivable}", clerks[0])
    for handle in ("tier1", "stranger"):
        assert "a second key is wanted" not in at_desk(desk, desk.office.key(handle)).http.get("/").text
