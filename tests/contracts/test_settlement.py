"""A payment is recorded by the settler or receipted by the holder; at zero the lot is redeemed."""

import pytest

from registry.chain.messages import Settlement
from registry.chain.words import LotStatus, LotWord, Role
from tests.builders import acts
from tests.builders.ledger import (
    DAY,
    FUNDER,
    OBLIGOR,
    OPERATOR,
    SECOND,
    SETTLER,
    STRANGER,
    SUPPLIER,
    Ledger,
    account,
    refused,
)


@pytest.fixture
def lot(ledger: Ledger) -> int:
    return acts.issue(ledger, face=1_000)


def test_a_payment_lowers_lot_and_obligation_together(ledger: Ledger, lot: int) -> None:
    acts.settle(ledger, lot, amount=300)
    receivable = ledger.lot(lot).receivable
    assert ledger.lot(lot) == LotWord(SUPPLIER, 0, 700, receivable, 0, 0, 0, LotStatus.FREE)
    assert ledger.facts(receivable).settled == 300
    assert (ledger.obligation().outstanding, ledger.obligation().count) == (700, 1)


def test_the_last_payment_redeems(ledger: Ledger, lot: int) -> None:
    child = acts.transfer(ledger, lot, to=SECOND, amount=400)
    acts.settle(ledger, lot)
    assert (ledger.lot(lot).status, ledger.lot(lot).amount) == (LotStatus.REDEEMED, 0)
    assert (ledger.obligation().outstanding, ledger.obligation().count) == (400, 1)
    acts.settle(ledger, child)
    assert (ledger.obligation().outstanding, ledger.obligation().count) == (0, 0)
    assert ledger.facts(ledger.lot(lot).receivable).settled == 1_000
    with refused("LotRedeemed"):
        ledger.view("ownerOf", child)


def test_a_redeemed_lot_is_paid_no_more(ledger: Ledger, lot: int) -> None:
    acts.settle(ledger, lot)
    with refused("LotRedeemed", lot=lot):
        acts.settle(ledger, lot, lot_amount=0, amount=0)
    with refused("LotNotFree", status=LotStatus.REDEEMED):
        acts.transfer(ledger, lot, to=SECOND, amount=1)


@pytest.mark.parametrize("amount", [0, 1_001, 2**64 - 1])
def test_a_payment_is_more_than_nothing_and_at_most_the_lot(ledger: Ledger, lot: int, amount: int) -> None:
    with refused("AmountInvalid", amount=amount, lotAmount=1_000):
        acts.settle(ledger, lot, amount=amount)


def test_a_payment_names_the_holder_and_amount_it_expects(ledger: Ledger, lot: int) -> None:
    with refused("LotChanged", lot=lot):
        acts.settle(ledger, lot, payee=SECOND)
    with refused("LotChanged"):
        acts.settle(ledger, lot, lot_amount=999)


def test_a_payment_to_a_holder_who_sold_meanwhile_is_not_recorded(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=SECOND)
    with refused("LotChanged"):
        acts.settle(ledger, lot, payee=SUPPLIER)


def test_nobody_but_settler_and_holder_records_a_payment(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=SECOND)
    for other in (SUPPLIER, OBLIGOR, FUNDER, 0, 99):
        with refused("NotEntitled", party=other):
            acts.settle(ledger, lot, by=other, sender=STRANGER)
    acts.settle(ledger, lot, by=SECOND, amount=1)
    acts.settle(ledger, lot, by=SETTLER, amount=1)


def test_without_a_settler_only_receipts_count(ledger: Ledger) -> None:
    lot = acts.issue(ledger, settler=0)
    for other in (0, SETTLER):
        with refused("NotEntitled", party=other):
            acts.settle(ledger, lot, by=other, sender=STRANGER)
    acts.settle(ledger, lot, by=SUPPLIER)


def test_a_frozen_partys_word_on_a_payment_does_not_count_and_the_others_does(
    ledger: Ledger, lot: int
) -> None:
    for frozen, other in ((SETTLER, SUPPLIER), (SUPPLIER, SETTLER)):
        ledger.send(OPERATOR, "freeze", frozen, True)
        with refused("PartyFrozen", party=frozen):
            acts.settle(ledger, lot, by=frozen, amount=1)
        acts.settle(ledger, lot, by=other, amount=1)
        ledger.send(OPERATOR, "freeze", frozen, False)


@pytest.mark.parametrize("by", [SETTLER, SUPPLIER])
def test_expired_or_roleless_parties_still_record_payments(ledger: Ledger, lot: int, by: int) -> None:
    ledger.set_roles(by, roles=Role.FUNDER, valid_until=0)
    acts.settle(ledger, lot, by=by)


@pytest.mark.parametrize("state", [0, 1, 2])
def test_payments_go_on_in_every_state_and_past_maturity(ledger: Ledger, lot: int, state: int) -> None:
    ledger.set_state(state)
    acts.settle(ledger, lot, amount=500)
    ledger.set_time(acts.MATURITY + 400 * DAY)
    acts.settle(ledger, lot)


def test_a_payment_on_a_locked_lot_keeps_the_lock(ledger: Ledger, lot: int) -> None:
    acts.lock(ledger, lot)
    before = ledger.lot(lot)
    acts.settle(ledger, lot, amount=400)
    after = ledger.lot(lot)
    assert (after.status, after.peer, after.until, after.seq, after.amount) == (
        LotStatus.LOCKED,
        before.peer,
        before.until,
        before.seq,
        600,
    )
    acts.settle(ledger, lot)
    assert (ledger.lot(lot).status, ledger.lot(lot).peer, ledger.lot(lot).until) == (LotStatus.REDEEMED, 0, 0)


def test_the_same_payment_signed_once_is_recorded_once_though_seq_stays(ledger: Ledger, lot: int) -> None:
    signed = ledger.sign(Settlement(lot, 0, 1_000, SUPPLIER, 500, acts.PAYMENT), account(SETTLER))
    acts.settle(ledger, lot, amount=500, sender=STRANGER, consents=signed)
    assert ledger.lot(lot).seq == 0
    with refused("LotChanged"):
        acts.settle(ledger, lot, lot_amount=1_000, amount=500, sender=STRANGER, consents=signed)
    with refused("SignatureInvalid"):
        acts.settle(ledger, lot, sender=STRANGER, consents=signed)


def test_the_largest_face_is_paid_to_the_last_unit(ledger: Ledger) -> None:
    lot = acts.issue(ledger, face=2**64 - 1)
    acts.settle(ledger, lot, amount=2**64 - 2)
    acts.settle(ledger, lot, amount=1)
    assert ledger.facts(ledger.lot(lot).receivable).settled == 2**64 - 1
    assert (ledger.obligation().outstanding, ledger.obligation().count) == (0, 0)


def test_a_payment_says_which(ledger: Ledger, lot: int) -> None:
    acts.settle(ledger, lot, payment=b"\7" * 32)
    event = next(event for event in ledger.events() if event.name == "LotSettled")
    assert event.values["payment"] == b"\7" * 32
