"""Pledges, recourse, reassignment and loss: who may do what, when, and how the registry's financing follows."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from registry.chain.words import LotStatus
from registry.financing import queries
from registry.financing.model import Financing
from registry.financing.remedies import (
    enforce_pledge,
    enforcement_message,
    put_back_message,
    put_lot_back,
    reassign_lot,
    reassignment_message,
    reassignment_terms,
    write_lot_off,
    write_off_message,
)
from registry.financing.settlement import settle_lot, settlement_message
from registry.financing.standing import live_financing, standing
from registry.financing.use_cases import (
    agree_sale,
    finance_lot,
    lock_lot,
    lock_message,
    release_lot,
    release_message,
    reserve_lot,
    sale_message,
)
from registry.kit.errors import Refusal
from registry.parties.use_cases import freeze_party
from registry.receivables import queries as receivables
from registry.receivables.model import Lot
from registry.relay.model import Act
from tests.builders.office import Office

HOUR = 3600
PAST_MATURITY_DAYS = 121


@pytest.fixture
def root(office: Office) -> str:
    with office.service.database.read() as session:
        return receivables.lots(session)[0].id


def refused_code(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def lot(office: Office, lot_id: str) -> Lot:
    with office.service.database.read() as session:
        return receivables.lot(session, lot_id)


def lock(office: Office, lot_id: str, funder: str = "bank") -> None:
    end = office.context.now + HOUR
    with office.service.database.read() as session:
        message = lock_message(session, lot_id, office.number(funder), end)
    office.settle(
        lock_lot(office.context, lot_id, office.number(funder), end, [office.sign("tier1", message)])
    )


def finance(office: Office, lot_id: str, *, is_pledge: bool = False, with_recourse: bool = True) -> Financing:
    """The bank's, of tier1's lot."""
    lock(office, lot_id)
    agreed = agree_sale(
        office.context,
        lot_id,
        office.number("bank"),
        Decimal("0.05"),
        with_recourse=with_recourse,
        is_pledge=is_pledge,
    )
    with office.service.database.read() as session:
        message = sale_message(session, lot_id, agreed)
    both = [office.sign(one, message) for one in ("tier1", "bank")]
    office.settle(finance_lot(office.context, lot_id, both))
    return agreed


def release(office: Office, lot_id: str, by: str) -> Act:
    with office.service.database.read() as session:
        message = release_message(session, lot_id)
    return release_lot(office.context, lot_id, office.number(by), [office.sign(by, message)])


def enforce(office: Office, lot_id: str, by: str = "bank") -> Act:
    with office.service.database.read() as session:
        message = enforcement_message(session, lot_id)
    return enforce_pledge(office.context, lot_id, [office.sign(by, message)])


def put_back(office: Office, lot_id: str, by: str = "bank") -> Act:
    with office.service.database.read() as session:
        message = put_back_message(session, lot_id)
    return put_lot_back(office.context, lot_id, [office.sign(by, message)])


def reassign(office: Office, lot_id: str, *signers: str, to: str = "second_bank") -> Act:
    with office.service.database.read() as session:
        terms = reassignment_terms(session, lot_id, Decimal("0.04"), office.clock.now().date())
        message = reassignment_message(session, lot_id, office.number(to), terms)
    consents = [office.sign(one, message) for one in signers]
    return reassign_lot(office.context, lot_id, office.number(to), terms, consents)


def write_off(office: Office, lot_id: str, minor: int, *signers: str) -> Act:
    with office.service.database.read() as session:
        message = write_off_message(session, lot_id, minor, "insolvent")
    consents = [office.sign(one, message) for one in signers]
    return write_lot_off(office.context, lot_id, minor, "insolvent", consents)


def settle(office: Office, lot_id: str, by: str, minor: int, *signers: str) -> Act:
    with office.service.database.read() as session:
        message = settlement_message(session, lot_id, minor, "PAY-7")
    consents = [office.sign(one, message) for one in signers]
    return settle_lot(office.context, lot_id, office.number(by), minor, "PAY-7", consents)


def stands(office: Office, financing: Financing) -> tuple[str, str | None]:
    with office.service.database.read() as session:
        return standing(session, queries.financing(session, financing.id))


# ---------------------------------------------------------------------- pledges


def test_a_pledge_leaves_title_with_the_holder_and_names_the_funder(office: Office, root: str) -> None:
    agreed = finance(office, root, is_pledge=True)
    pledged = lot(office, root)
    assert pledged.status == LotStatus.PLEDGED
    assert (pledged.holder, pledged.peer) == (office.number("tier1"), office.number("bank"))
    assert stands(office, agreed) == ("financed", None)


def test_what_was_agreed_as_a_sale_is_not_signed_as_a_pledge(office: Office, root: str) -> None:
    lock(office, root)
    bank = office.number("bank")
    sale = agree_sale(office.context, root, bank, Decimal("0.05"), with_recourse=True)
    with office.service.database.read() as session:
        message = sale_message(session, root, sale)
    agree_sale(office.context, root, bank, Decimal("0.05"), with_recourse=True, is_pledge=True)
    consents = [office.sign(one, message) for one in ("tier1", "bank")]
    assert refused_code(lambda: finance_lot(office.context, root, consents)) == "signature_invalid"


def test_only_its_funder_releases_a_pledge_and_the_lot_can_be_financed_again(
    office: Office, root: str
) -> None:
    agreed = finance(office, root, is_pledge=True)
    assert refused_code(lambda: release(office, root, "tier1")) == "not_entitled"
    office.settle(freeze_party(office.context, office.number("bank"), is_frozen=True))
    assert refused_code(lambda: release(office, root, "bank")) == "party_frozen"
    office.settle(freeze_party(office.context, office.number("bank"), is_frozen=False))
    office.settle(release(office, root, "bank"))
    assert lot(office, root).status == LotStatus.FREE
    assert stands(office, agreed) == ("ended", "released")
    again = reserve_lot(office.context, root, office.number("second_bank"), office.context.now + HOUR)
    assert again.funder == office.number("second_bank")


def test_a_pledge_is_enforced_by_its_funder_from_the_maturity_on(office: Office, root: str) -> None:
    agreed = finance(office, root, is_pledge=True)
    assert refused_code(lambda: enforce(office, root)) == "not_mature"
    office.clock.advance(days=PAST_MATURITY_DAYS)
    for other in ("tier1", "second_bank", "clearing"):
        assert refused_code(lambda: enforce(office, root, other)) == "consent_missing"  # noqa: B023
    office.settle(enforce(office, root))
    taken = lot(office, root)
    assert (taken.status, taken.holder, taken.peer) == (LotStatus.FINANCED, office.number("bank"), 0)
    assert stands(office, agreed) == ("ended", "enforced")
    assert refused_code(lambda: enforce(office, root)) == "lot_not_pledged"


def test_a_pledged_lot_is_paid_to_its_funder_and_a_receipt_takes_both(office: Office, root: str) -> None:
    finance(office, root, is_pledge=True)
    assert refused_code(lambda: settle(office, root, "tier1", 100, "tier1")) == "consent_missing"
    assert refused_code(lambda: settle(office, root, "bank", 100, "bank")) == "not_entitled"
    office.settle(settle(office, root, "tier1", 100, "tier1", "bank"))
    office.settle(settle(office, root, "clearing", 200, "clearing"))
    assert lot(office, root).amount == 100_000_000 - 300


# ---------------------------------------------------------------------- recourse and reassignment


def test_a_lot_with_recourse_goes_back_from_the_maturity_on(office: Office, root: str) -> None:
    agreed = finance(office, root)
    assert refused_code(lambda: put_back(office, root)) == "not_mature"
    office.clock.advance(days=PAST_MATURITY_DAYS)
    assert refused_code(lambda: put_back(office, root, "tier1")) == "consent_missing"
    office.settle(put_back(office, root))
    back = lot(office, root)
    assert (back.status, back.holder, back.peer) == (LotStatus.FREE, office.number("tier1"), 0)
    assert stands(office, agreed) == ("ended", "put_back")
    assert refused_code(lambda: put_back(office, root)) == "lot_not_financed"


def test_a_lot_without_recourse_is_not_put_back(office: Office, root: str) -> None:
    finance(office, root, with_recourse=False)
    office.clock.advance(days=PAST_MATURITY_DAYS)
    assert refused_code(lambda: put_back(office, root)) == "no_recourse"


def test_a_financed_lot_passes_to_the_next_funder_and_its_financing_with_it(
    office: Office, root: str
) -> None:
    agreed = finance(office, root)
    for signers in (("bank",), ("second_bank",), ("bank", "tier1")):
        assert refused_code(lambda: reassign(office, root, *signers)) == "consent_missing"  # noqa: B023
    assert stands(office, agreed) == ("financed", None)
    office.settle(reassign(office, root, "bank", "second_bank"))
    passed = lot(office, root)
    assert (passed.holder, passed.peer) == (office.number("second_bank"), office.number("tier1"))
    assert stands(office, agreed) == ("ended", "reassigned")
    with office.service.database.read() as session:
        live = queries.live_financing(session, root)
        assert live is not None
        assert (live.funder, live.seller) == (office.number("second_bank"), office.number("bank"))
        assert standing(session, live) == ("financed", None)
    office.clock.advance(days=PAST_MATURITY_DAYS)
    assert refused_code(lambda: put_back(office, root, "bank")) == "consent_missing"
    office.settle(put_back(office, root, "second_bank"))
    assert lot(office, root).holder == office.number("tier1")


@pytest.mark.parametrize(
    ("to", "code"), [("bank", "same_holder"), ("tier2", "role_missing"), ("clearing", "role_missing")]
)
def test_a_financed_lot_passes_to_another_funder_only(office: Office, root: str, to: str, code: str) -> None:
    finance(office, root)
    assert refused_code(lambda: reassign(office, root, "bank", to, to=to)) == code


def test_a_lot_that_is_not_financed_is_not_reassigned(office: Office, root: str) -> None:
    assert refused_code(lambda: reassign(office, root, "tier1", "bank", to="bank")) == "lot_not_financed"


def test_a_reassignment_the_chain_refused_leaves_the_financing_as_it_was(office: Office, root: str) -> None:
    agreed = finance(office, root)
    act = reassign(office, root, "bank", "second_bank")
    office.clock.advance(hours=2)  # past the signatures' deadline
    assert refused_code(lambda: office.settle(act)) == "consent_expired"
    with office.service.database.read() as session:
        failed = queries.live_financing(session, root)
        assert failed is not None
        assert standing(session, failed) == ("ended", "refused")
    with office.service.database.write() as session:
        live = live_financing(session, office.context, receivables.lot(session, root))
        assert live is not None
        assert live.id == agreed.id
    assert stands(office, agreed) == ("financed", None)
    office.settle(reassign(office, root, "bank", "second_bank"))
    assert stands(office, agreed) == ("ended", "reassigned")


# ---------------------------------------------------------------------- loss


def test_a_holder_gives_a_claim_up_and_it_counts_as_settled(office: Office, root: str) -> None:
    assert refused_code(lambda: write_off(office, root, 100, "obligor")) == "consent_missing"
    assert refused_code(lambda: write_off(office, root, 0, "tier1")) == "amount_not_positive"
    assert refused_code(lambda: write_off(office, root, 100_000_001, "tier1")) == "amount_over_lot"
    office.settle(write_off(office, root, 40_000_000, "tier1"))
    assert lot(office, root).amount == 60_000_000
    office.settle(write_off(office, root, 60_000_000, "tier1"))
    assert lot(office, root).status == LotStatus.REDEEMED
    assert refused_code(lambda: write_off(office, root, 1, "tier1")) == "lot_redeemed"
    with office.service.database.read() as session:
        owed = receivables.obligation(session, office.number("obligor"), 156)
        assert owed is not None
        assert owed.outstanding == 0


def test_a_pledged_claim_is_given_up_by_holder_and_funder_together(office: Office, root: str) -> None:
    agreed = finance(office, root, is_pledge=True)
    for alone in ("tier1", "bank"):
        assert refused_code(lambda: write_off(office, root, 100, alone)) == "consent_missing"  # noqa: B023
    office.settle(write_off(office, root, 100_000_000, "tier1", "bank"))
    assert lot(office, root).status == LotStatus.REDEEMED
    assert stands(office, agreed) == ("ended", "redeemed")


def test_a_frozen_holder_gives_nothing_up(office: Office, root: str) -> None:
    office.settle(freeze_party(office.context, office.number("tier1"), is_frozen=True))
    assert refused_code(lambda: write_off(office, root, 100, "tier1")) == "party_frozen"


def test_the_tests_maturity_lies_before_their_clock(office: Office, root: str) -> None:
    with office.service.database.read() as session:
        of = receivables.receivable(session, receivables.lot(session, root).receivable)
    later = office.clock.now() + timedelta(days=PAST_MATURITY_DAYS)
    assert of.maturity < later.timestamp()
