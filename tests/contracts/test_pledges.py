"""A pledged lot stays its holder's until the funder enforces; what it takes to pay, release and enforce."""

import pytest

from registry.chain.words import LotStatus, LotWord
from tests.builders import acts
from tests.builders.ledger import (
    FUNDER,
    OBLIGOR,
    OPERATOR,
    OTHER_FUNDER,
    SECOND,
    SETTLER,
    STRANGER,
    SUPPLIER,
    Ledger,
    account,
    refused,
)


@pytest.fixture
def pledged(ledger: Ledger) -> int:
    return acts.pledge(ledger, acts.issue(ledger, face=1_000))


def test_title_stays_and_the_funder_is_noted(ledger: Ledger, pledged: int) -> None:
    assert {event.name for event in ledger.events()} == {"LotFinanced"}, "no title moved"
    receivable = ledger.lot(pledged).receivable
    assert ledger.lot(pledged) == LotWord(SUPPLIER, FUNDER, 1_000, receivable, 0, 2, 0, LotStatus.PLEDGED)


def test_pledge_or_sale_is_what_both_signed(ledger: Ledger) -> None:
    lot = acts.lock(ledger, acts.issue(ledger))
    sale = ledger.sign(acts.sale(ledger, lot, pledge=False), account(SUPPLIER))
    with refused("SignatureInvalid"):
        acts.finance(ledger, lot, pledge=True, consents=sale)


def test_nothing_else_is_done_with_a_pledged_lot(ledger: Ledger, pledged: int) -> None:
    for forward in (
        lambda: acts.transfer(ledger, pledged, to=SECOND),
        lambda: acts.transfer(ledger, pledged, to=SECOND, amount=500),
        lambda: acts.lock(ledger, pledged, funder=OTHER_FUNDER),
        lambda: acts.reject(ledger, pledged),
    ):
        with refused("LotNotFree", status=LotStatus.PLEDGED):
            forward()
    with refused("LotNotLocked", status=LotStatus.PLEDGED):
        acts.finance(ledger, pledged)
    with refused("LotNotFinanced", status=LotStatus.PLEDGED):
        acts.put_back(ledger, pledged)


# ---------------------------------------------------------------------- release


def test_the_funder_releases_it_at_any_time_and_the_holder_never(ledger: Ledger, pledged: int) -> None:
    ledger.set_time(acts.MATURITY * 2 - acts.START)
    with refused("NotEntitled", party=SUPPLIER):
        acts.release(ledger, pledged, by=SUPPLIER)
    acts.release(ledger, pledged)
    word = ledger.lot(pledged)
    assert (word.holder, word.peer, word.seq, word.status) == (SUPPLIER, 0, 2, LotStatus.FREE)


def test_a_frozen_funder_releases_no_pledge_an_expired_one_does(ledger: Ledger, pledged: int) -> None:
    ledger.send(OPERATOR, "freeze", FUNDER, True)
    with refused("PartyFrozen", party=FUNDER):
        acts.release(ledger, pledged)
    ledger.send(OPERATOR, "freeze", FUNDER, False)
    ledger.set_roles(FUNDER, roles=0, valid_until=0)
    ledger.set_state(2)
    acts.suspend(ledger, pledged)
    acts.release(ledger, pledged)


# ---------------------------------------------------------------------- payment


def test_the_settler_names_the_funder_as_payee(ledger: Ledger, pledged: int) -> None:
    with refused("LotChanged"):
        acts.settle(ledger, pledged, payee=SUPPLIER, amount=100)
    acts.settle(ledger, pledged, payee=FUNDER, amount=100)
    word = ledger.lot(pledged)
    assert (word.amount, word.peer, word.status) == (900, FUNDER, LotStatus.PLEDGED)
    acts.settle(ledger, pledged, payee=FUNDER)
    assert ledger.lot(pledged).status == LotStatus.REDEEMED


def test_a_receipt_takes_holder_and_funder(ledger: Ledger, pledged: int) -> None:
    with refused("ConsentMissing", party=FUNDER):
        acts.settle(ledger, pledged, by=SUPPLIER, payee=FUNDER)
    with refused("NotEntitled", party=FUNDER):
        acts.settle(ledger, pledged, by=FUNDER, payee=FUNDER)
    signed = ledger.sign(acts.receipt(ledger, pledged), account(FUNDER))
    for frozen in (SUPPLIER, FUNDER):
        ledger.send(OPERATOR, "freeze", frozen, True)
        with refused("PartyFrozen", party=frozen):
            acts.settle(ledger, pledged, by=SUPPLIER, payee=FUNDER, consents=signed)
        ledger.send(OPERATOR, "freeze", frozen, False)
    acts.settle(ledger, pledged, by=SUPPLIER, payee=FUNDER, consents=signed)
    assert ledger.lot(pledged).status == LotStatus.REDEEMED


def test_a_holder_that_is_the_settler_too_still_needs_the_funder(ledger: Ledger) -> None:
    lot = acts.issue(ledger, settler=SETTLER)
    acts.transfer(ledger, lot, to=SETTLER)
    acts.pledge(ledger, lot)
    with refused("ConsentMissing", party=FUNDER):
        acts.settle(ledger, lot, by=SETTLER, payee=FUNDER)


# ---------------------------------------------------------------------- enforcement


def test_from_the_maturity_on_the_funder_takes_title(ledger: Ledger, pledged: int) -> None:
    ledger.set_time(acts.MATURITY - 1)
    with refused("NotMature", maturity=acts.MATURITY):
        acts.enforce(ledger, pledged)
    ledger.pass_time(1)
    with refused("ConsentMissing", party=FUNDER):
        acts.enforce(ledger, pledged, sender=account(SUPPLIER))
    acts.enforce(ledger, pledged)
    receivable = ledger.lot(pledged).receivable
    assert ledger.lot(pledged) == LotWord(FUNDER, 0, 1_000, receivable, 0, 3, 0, LotStatus.FINANCED)
    assert ledger.view("ownerOf", pledged) == account(FUNDER).address.lower()
    with refused("NoRecourse", lot=pledged):
        acts.put_back(ledger, pledged)
    acts.settle(ledger, pledged)


def test_enforcement_goes_forward_so_it_needs_an_active_funder_and_a_running_registry(
    ledger: Ledger, pledged: int
) -> None:
    ledger.set_time(acts.MATURITY)
    ledger.send(OPERATOR, "freeze", FUNDER, True)
    with refused("PartyFrozen"):
        acts.enforce(ledger, pledged)
    ledger.send(OPERATOR, "freeze", FUNDER, False)
    ledger.set_roles(FUNDER, valid_until=ledger.now - 1)
    with refused("PartyExpired"):
        acts.enforce(ledger, pledged)
    ledger.set_roles(FUNDER, valid_until=2**40 - 1)
    ledger.set_state(2)
    with refused("Halted"):
        acts.enforce(ledger, pledged)
    ledger.set_state(1)
    acts.suspend(ledger, pledged)
    with refused("ReceivableSuspended"):
        acts.enforce(ledger, pledged)
    acts.suspend(ledger, pledged, suspended=False)
    ledger.send(OPERATOR, "freeze", SUPPLIER, True)
    acts.enforce(ledger, pledged)


@pytest.mark.parametrize("status", [LotStatus.FREE, LotStatus.LOCKED, LotStatus.FINANCED, LotStatus.REDEEMED])
def test_only_a_pledge_is_enforced(ledger: Ledger, pledged: int, status: LotStatus) -> None:
    ledger.set_lot(pledged, status=int(status))
    with refused("LotNotPledged", status=status):
        acts.enforce(ledger, pledged)


def test_an_obligors_own_pledge_is_no_exception(ledger: Ledger) -> None:
    lot = acts.issue(ledger)
    acts.transfer(ledger, lot, to=OBLIGOR)
    acts.pledge(ledger, lot)
    with refused("ConsentMissing", party=FUNDER):
        acts.settle(ledger, lot, by=OBLIGOR, payee=FUNDER)
    with refused("NotEntitled"):
        acts.settle(ledger, lot, by=SUPPLIER, payee=FUNDER, sender=STRANGER)
