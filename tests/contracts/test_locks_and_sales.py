"""A holder keeps a lot for one funder, who buys it or lets it go."""

import pytest

from registry.chain.words import LotStatus, LotWord, Role
from tests.builders import acts
from tests.builders.ledger import (
    DAY,
    FUNDER,
    OPERATOR,
    OTHER_FUNDER,
    SECOND,
    SETTLER,
    START,
    STRANGER,
    SUPPLIER,
    Ledger,
    account,
    refused,
)


@pytest.fixture
def lot(ledger: Ledger) -> int:
    return acts.issue(ledger, face=1_000)


@pytest.fixture
def locked(ledger: Ledger, lot: int) -> int:
    return acts.lock(ledger, lot, until=START + DAY)


# ---------------------------------------------------------------------- lock


def test_a_locked_lot_names_its_funder_and_end(ledger: Ledger, lot: int) -> None:
    receivable = ledger.lot(lot).receivable
    acts.lock(ledger, lot, until=START + DAY)
    assert ledger.lot(lot) == LotWord(
        SUPPLIER, FUNDER, 1_000, receivable, START + DAY, 1, 0, LotStatus.LOCKED
    )


def test_a_lock_ends_after_now_and_by_the_maturity(ledger: Ledger, lot: int) -> None:
    for wrong in (ledger.now, ledger.now - 1, 0, acts.MATURITY + 1, 2**32 - 1):
        with refused("LockEndInvalid", until=wrong):
            acts.lock(ledger, lot, until=wrong)
    with ledger.undone():
        acts.lock(ledger, lot, until=ledger.now + 1)
    acts.lock(ledger, lot, until=acts.MATURITY)


def test_after_maturity_nothing_can_be_locked(ledger: Ledger, lot: int) -> None:
    ledger.set_time(acts.MATURITY)
    with refused("LockEndInvalid"):
        acts.lock(ledger, lot, until=acts.MATURITY)


def test_a_lot_is_locked_for_a_funder_other_than_its_holder(ledger: Ledger, lot: int) -> None:
    with refused("RoleMissing", party=SECOND, role=Role.FUNDER):
        acts.lock(ledger, lot, funder=SECOND)
    with refused("UnknownParty", party=99):
        acts.lock(ledger, lot, funder=99)
    acts.transfer(ledger, lot, to=FUNDER)
    with refused("SameParty", party=FUNDER):
        acts.lock(ledger, lot, funder=FUNDER)
    acts.lock(ledger, lot, funder=OTHER_FUNDER)


@pytest.mark.parametrize("party", [SUPPLIER, FUNDER])
def test_holder_and_funder_of_a_lock_are_active(ledger: Ledger, lot: int, party: int) -> None:
    ledger.set_roles(party, valid_until=ledger.now - 1)
    with refused("PartyExpired", party=party):
        acts.lock(ledger, lot)
    ledger.send(OPERATOR, "freeze", party, True)
    with refused("PartyFrozen", party=party):
        acts.lock(ledger, lot)


def test_halted_stops_locks_and_sales(ledger: Ledger, lot: int) -> None:
    locked = acts.lock(ledger, acts.issue(ledger))
    ledger.set_state(2)
    with refused("Halted"):
        acts.lock(ledger, lot)
    with refused("Halted"):
        acts.finance(ledger, locked)
    acts.release(ledger, locked)


def test_a_locked_lot_cannot_be_split_transferred_or_locked_again(ledger: Ledger, locked: int) -> None:
    for amount in (None, 400):
        with refused("LotNotFree", status=LotStatus.LOCKED):
            acts.transfer(ledger, locked, to=SECOND, amount=amount)
    with refused("LotNotFree"):
        acts.lock(ledger, locked, funder=OTHER_FUNDER)


# ---------------------------------------------------------------------- release


def test_a_released_lot_is_free_with_its_seq_unchanged(ledger: Ledger, locked: int) -> None:
    acts.release(ledger, locked)
    receivable = ledger.lot(locked).receivable
    assert ledger.lot(locked) == LotWord(SUPPLIER, 0, 1_000, receivable, 0, 1, 0, LotStatus.FREE)


def test_the_funder_releases_at_any_time_and_the_holder_from_the_end(ledger: Ledger, locked: int) -> None:
    with ledger.undone():
        acts.release(ledger, locked, by=FUNDER)
    with refused("LockNotOver", until=START + DAY):
        acts.release(ledger, locked, by=SUPPLIER)
    ledger.pass_time(DAY - 1)
    with refused("LockNotOver"):
        acts.release(ledger, locked, by=SUPPLIER)
    ledger.pass_time(1)
    with ledger.undone():
        acts.release(ledger, locked, by=SUPPLIER)
    acts.release(ledger, locked, by=FUNDER)


def test_nobody_else_releases(ledger: Ledger, locked: int) -> None:
    ledger.pass_time(DAY)
    for other in (SECOND, OTHER_FUNDER, SETTLER, 0, 99):
        with refused("NotEntitled", party=other):
            acts.release(ledger, locked, by=other, sender=STRANGER)
    with refused("ConsentMissing", party=FUNDER):
        acts.release(ledger, locked, by=FUNDER, sender=account(SUPPLIER))


def test_a_frozen_or_expired_party_can_still_release(ledger: Ledger, locked: int) -> None:
    for party in (FUNDER, SUPPLIER):
        ledger.send(OPERATOR, "freeze", party, True)
        ledger.set_roles(party, valid_until=0)
    with ledger.undone():
        acts.release(ledger, locked, by=FUNDER)
    ledger.pass_time(DAY)
    acts.release(ledger, locked, by=SUPPLIER)


def test_what_is_not_locked_cannot_be_released_or_sold(ledger: Ledger, lot: int) -> None:
    with refused("LotNotLocked", status=LotStatus.FREE):
        acts.release(ledger, lot, by=SUPPLIER)
    with refused("LotNotLocked"):
        acts.finance(ledger, lot, consents=[], sender=STRANGER)
    for status in (LotStatus.PLEDGED, LotStatus.FINANCED, LotStatus.REDEEMED):
        ledger.set_lot(lot, status=int(status))
        with refused("NotEntitled" if status == LotStatus.PLEDGED else "LotNotLocked"):
            acts.release(ledger, lot, by=SUPPLIER)
        with refused("LotNotLocked", status=status):
            acts.finance(ledger, lot, consents=[], sender=STRANGER)


# ---------------------------------------------------------------------- finance


@pytest.mark.parametrize(("recourse", "peer"), [(True, SUPPLIER), (False, 0)])
def test_a_sale_gives_title_to_the_funder(ledger: Ledger, locked: int, recourse: bool, peer: int) -> None:
    acts.finance(ledger, locked, recourse=recourse)
    receivable = ledger.lot(locked).receivable
    assert ledger.lot(locked) == LotWord(FUNDER, peer, 1_000, receivable, 0, 2, 0, LotStatus.FINANCED)


def test_recourse_is_what_both_signed(ledger: Ledger, locked: int) -> None:
    with_recourse = ledger.sign(acts.sale(ledger, locked, recourse=True), account(SUPPLIER))
    with refused("SignatureInvalid"):
        acts.finance(ledger, locked, recourse=False, consents=with_recourse)


def test_a_sale_happens_before_the_locks_end(ledger: Ledger, locked: int) -> None:
    ledger.pass_time(DAY - 1)
    with ledger.undone():
        acts.finance(ledger, locked)
    ledger.pass_time(1)
    with refused("LockOver", until=ledger.now):
        acts.finance(ledger, locked)


def test_holder_and_funder_both_sign_a_sale(ledger: Ledger, locked: int) -> None:
    with refused("ConsentMissing", party=SUPPLIER):
        acts.finance(ledger, locked, consents=[])
    with refused("ConsentMissing", party=FUNDER):
        acts.finance(ledger, locked, consents=[], sender=account(SUPPLIER))


@pytest.mark.parametrize("party", [SUPPLIER, FUNDER])
def test_both_sides_of_a_sale_are_active(ledger: Ledger, locked: int, party: int) -> None:
    ledger.set_roles(party, valid_until=ledger.now - 1)
    with refused("PartyExpired", party=party):
        acts.finance(ledger, locked)
    ledger.send(OPERATOR, "freeze", party, True)
    with refused("PartyFrozen", party=party):
        acts.finance(ledger, locked)


def test_the_buyer_is_still_a_funder(ledger: Ledger, locked: int) -> None:
    ledger.take_role(FUNDER)
    with refused("RoleMissing", party=FUNDER):
        acts.finance(ledger, locked)


def test_a_lot_that_shrank_since_the_sale_was_signed_is_not_sold(ledger: Ledger, locked: int) -> None:
    signed = ledger.sign(acts.sale(ledger, locked), account(SUPPLIER))
    acts.settle(ledger, locked, amount=1)
    with refused("SignatureInvalid"):
        acts.finance(ledger, locked, consents=signed)
    acts.finance(ledger, locked)


def test_a_financed_lot_is_only_paid(ledger: Ledger, locked: int) -> None:
    acts.finance(ledger, locked)
    with refused("LotNotFree", status=LotStatus.FINANCED):
        acts.transfer(ledger, locked, to=SECOND)
    with refused("LotNotFree"):
        acts.lock(ledger, locked, funder=OTHER_FUNDER)
    acts.settle(ledger, locked, amount=400)
    assert ledger.lot(locked).peer == SUPPLIER
    acts.settle(ledger, locked)
    assert ledger.lot(locked).status == LotStatus.REDEEMED
