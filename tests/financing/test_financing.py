"""One lot, one financing: reserve, lock, agree, finance, settle."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from registry.chain.words import LotStatus
from registry.financing import queries
from registry.financing.model import Financing
from registry.financing.rules import discounted_price
from registry.financing.settlement import settle_lot, settlement_message
from registry.financing.signing import sign_sale
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
from registry.receivables import queries as receivables
from registry.receivables.model import Lot
from registry.relay.model import Act
from tests.builders.office import Office

MILLION = 100_000_000
HOUR = 3600


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


def lock(
    office: Office, lot_id: str, funder: str = "bank", *, seconds: int = HOUR, by: str = "tier1"
) -> None:
    end = office.context.now + seconds
    with office.service.database.read() as session:
        message = lock_message(session, lot_id, office.number(funder), end)
    office.settle(lock_lot(office.context, lot_id, office.number(funder), end, [office.sign(by, message)]))


def agree(office: Office, lot_id: str, funder: str = "bank") -> Financing:
    return agree_sale(office.context, lot_id, office.number(funder), Decimal("0.05"), with_recourse=True)


def finance(office: Office, lot_id: str, agreed: Financing, *signers: str) -> None:
    with office.service.database.read() as session:
        message = sale_message(session, lot_id, agreed)
    office.settle(finance_lot(office.context, lot_id, [office.sign(one, message) for one in signers]))


def test_a_reservation_keeps_the_second_funder_out_until_it_ends(office: Office, root: str) -> None:
    first, second = office.number("bank"), office.number("second_bank")
    reserve_lot(office.context, root, first, office.context.now + HOUR)
    later = office.context.now + 2 * HOUR
    assert refused_code(lambda: reserve_lot(office.context, root, second, later)) == "lot_reserved"
    assert refused_code(lambda: lock(office, root, "second_bank")) == "lot_reserved"
    office.clock.advance(hours=1, minutes=1)
    assert reserve_lot(office.context, root, second, later).funder == second


def test_reserving_again_only_prolongs(office: Office, root: str) -> None:
    first = office.number("bank")
    one = reserve_lot(office.context, root, first, office.context.now + HOUR)
    two = reserve_lot(office.context, root, first, office.context.now + 2 * HOUR)
    assert one.id == two.id
    with office.service.database.read() as session:
        assert len(queries.financings(session, lot=root)) == 1


@pytest.mark.parametrize(
    ("funder", "seconds", "code"),
    [
        ("tier2", HOUR, "role_missing"),
        ("tier1", HOUR, "same_holder"),
        ("bank", 0, "lock_end_invalid"),
        ("bank", 400 * 86400, "lock_end_invalid"),
    ],
)
def test_who_reserves_and_until_when_is_checked(
    office: Office, root: str, funder: str, seconds: int, code: str
) -> None:
    end = office.context.now + seconds
    assert refused_code(lambda: reserve_lot(office.context, root, office.number(funder), end)) == code


def test_a_sale_passes_title_and_names_the_recourse_party(office: Office, root: str) -> None:
    lock(office, root)
    finance(office, root, agree(office, root), "tier1", "bank")
    sold = lot(office, root)
    assert sold.status == LotStatus.FINANCED
    assert (sold.holder, sold.peer) == (office.number("bank"), office.number("tier1"))


def test_a_sale_needs_both_signatures(office: Office, root: str) -> None:
    lock(office, root)
    agreed = agree(office, root)
    assert refused_code(lambda: finance(office, root, agreed, "tier1")) == "consent_missing"
    assert refused_code(lambda: finance(office, root, agreed, "bank")) == "consent_missing"
    assert refused_code(lambda: finance(office, root, agreed, "tier1", "second_bank")) == "consent_missing"


def test_a_sale_at_another_price_than_agreed_does_not_fit(office: Office, root: str) -> None:
    lock(office, root)
    cheap = agree(office, root)
    with office.service.database.read() as session:
        signed = sale_message(session, root, cheap)
    agree_sale(office.context, root, office.number("bank"), Decimal("0.5"), with_recourse=True)
    consents = [office.sign("tier1", signed), office.sign("bank", signed)]
    assert refused_code(lambda: finance_lot(office.context, root, consents)) == "signature_invalid"


def test_a_second_funder_cannot_finance_what_is_locked_or_sold(office: Office, root: str) -> None:
    lock(office, root)
    assert refused_code(lambda: agree(office, root, "second_bank")) == "not_reserved"
    assert refused_code(lambda: lock(office, root, "second_bank")) == "lot_not_free"
    finance(office, root, agree(office, root), "tier1", "bank")
    assert refused_code(lambda: agree(office, root, "second_bank")) == "lot_not_locked"
    until = office.context.now + HOUR
    assert (
        refused_code(lambda: reserve_lot(office.context, root, office.number("second_bank"), until))
        == "lot_not_free"
    )


def test_a_lock_is_released_by_its_funder_at_once_and_by_the_holder_at_its_end(
    office: Office, root: str
) -> None:
    def release(by: str) -> Callable[[], object]:
        with office.service.database.read() as session:
            message = release_message(session, root)
        return lambda: office.settle(
            release_lot(office.context, root, office.number(by), [office.sign(by, message)])
        )

    lock(office, root)
    assert refused_code(release("tier1")) == "lock_not_over"
    assert refused_code(release("second_bank")) == "not_entitled"
    release("bank")()
    assert lot(office, root).status == LotStatus.FREE
    lock(office, root)
    office.clock.advance(hours=1, minutes=1)
    agreed_late = refused_code(lambda: finance(office, root, agree(office, root), "tier1", "bank"))
    assert agreed_late == "lock_over"
    release("tier1")()
    assert lot(office, root).status == LotStatus.FREE


def test_payments_are_recorded_by_settler_or_holder_and_end_at_zero(office: Office, root: str) -> None:
    def settle(by: str, minor: int) -> Callable[[], object]:
        with office.service.database.read() as session:
            message = settlement_message(session, root, minor, "PAY-1")
        consents = [office.sign(by, message)]
        return lambda: office.settle(
            settle_lot(office.context, root, office.number(by), minor, "PAY-1", consents)
        )

    assert refused_code(settle("obligor", 100)) == "not_entitled"
    assert refused_code(settle("clearing", MILLION + 1)) == "amount_over_lot"
    settle("clearing", 30_000_000)()
    assert lot(office, root).amount == 70_000_000
    settle("tier1", 70_000_000)()
    assert lot(office, root).status == LotStatus.REDEEMED
    assert refused_code(settle("clearing", 100)) == "lot_redeemed"
    with office.service.database.read() as session:
        owed = receivables.obligation(session, office.number("obligor"), 156)
        assert owed is not None
        assert (owed.outstanding, owed.count) == (0, 0)


def test_a_price_is_discounted_by_days_and_rounded_half_even() -> None:
    on, maturity = date(2026, 11, 2), date(2027, 1, 31)
    assert discounted_price(100_000_000, Decimal("0.04"), on, maturity) == 99_000_000
    assert discounted_price(100, Decimal("0.02"), on, maturity) == 100  # half a cent of discount goes to even
    assert discounted_price(100, Decimal("0.06"), on, maturity) == 98
    assert discounted_price(100_000_000, Decimal("0.04"), maturity, on) == 100_000_000


def sign_side(office: Office, lot_id: str, agreed: Financing, by: str, deadline: int | None = None) -> object:
    with office.service.database.read() as session:
        message = sale_message(session, lot_id, agreed)
    consent = office.sign(by, message, deadline=deadline)
    return sign_sale(office.context, lot_id, office.number(by), [consent])


@pytest.mark.parametrize("sides", [("tier1", "bank"), ("bank", "tier1")])
def test_each_side_of_a_sale_signs_in_its_own_time(office: Office, root: str, sides: tuple[str, str]) -> None:
    lock(office, root)
    agreed = agree(office, root)
    assert sign_side(office, root, agreed, sides[0]) is None
    assert lot(office, root).status == LotStatus.LOCKED
    act = sign_side(office, root, agreed, sides[1])
    assert isinstance(act, Act)
    office.settle(act)
    assert lot(office, root).status == LotStatus.FINANCED


def test_a_kept_signature_is_good_only_for_the_terms_it_was_given_to(office: Office, root: str) -> None:
    lock(office, root)
    assert sign_side(office, root, agree(office, root), "tier1") is None
    worse = agree_sale(office.context, root, office.number("bank"), Decimal("0.50"), with_recourse=True)
    assert sign_side(office, root, worse, "bank") is None
    assert isinstance(sign_side(office, root, worse, "tier1"), Act)


def test_a_kept_signature_that_is_over_does_not_count(office: Office, root: str) -> None:
    lock(office, root, seconds=3 * HOUR)
    agreed = agree(office, root)
    assert sign_side(office, root, agreed, "tier1", office.context.now + 60) is None
    office.clock.advance(hours=1)
    assert sign_side(office, root, agreed, "bank") is None


def test_nobody_else_signs_a_sale(office: Office, root: str) -> None:
    lock(office, root)
    agreed = agree(office, root)
    assert refused_code(lambda: sign_side(office, root, agreed, "second_bank")) == "not_entitled"
    with office.service.database.read() as session:
        message = sale_message(session, root, agreed)
    strangers = [office.sign("second_bank", message)]
    bank = office.number("bank")
    assert refused_code(lambda: sign_sale(office.context, root, bank, strangers)) == "consent_missing"
