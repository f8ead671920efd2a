"""A lot passes on whole or in part, and its receiver may give it back for a while."""

from collections.abc import Callable

import pytest

from registry.chain.contract import decode_result
from registry.chain.messages import child_lot
from registry.chain.words import LotStatus, LotWord
from tests.builders import acts
from tests.builders.ledger import (
    ARBITER,
    DAY,
    OBLIGOR,
    OPERATOR,
    SECOND,
    SETTLER,
    START,
    SUPPLIER,
    THIRD,
    Ledger,
    account,
    refused,
)

WINDOW = 5 * DAY
LAST_SEQ = 2**16 - 1


@pytest.fixture
def lot(ledger: Ledger) -> int:
    return acts.issue(ledger, face=1_000)


# ---------------------------------------------------------------------- transfer


def test_a_whole_lot_keeps_its_id_and_gains_a_hop(ledger: Ledger, lot: int) -> None:
    before = ledger.lot(lot)
    assert acts.transfer(ledger, lot, to=SECOND) == lot
    assert ledger.lot(lot) == LotWord(
        SECOND, SUPPLIER, 1_000, before.receivable, ledger.now + WINDOW, 1, 1, LotStatus.FREE
    )


def test_the_answer_is_the_lot_that_moved(ledger: Ledger, lot: int) -> None:
    """Read from what the contract returns: the builders compute it themselves."""
    part = ledger.send(account(SUPPLIER), "transfer", lot, SECOND, 400, [])
    assert decode_result("transfer", part) == child_lot(lot, 0)
    rest = ledger.send(account(SUPPLIER), "transfer", lot, SECOND, 600, [])
    assert decode_result("transfer", rest) == lot


def test_a_part_makes_a_child_and_leaves_the_rest(ledger: Ledger, lot: int) -> None:
    receivable = ledger.lot(lot).receivable
    child = acts.transfer(ledger, lot, to=SECOND, amount=400)
    assert child == child_lot(lot, 0) == ledger.view("childOf", lot, 0)
    assert ledger.lot(lot) == LotWord(SUPPLIER, 0, 600, receivable, 0, 1, 0, LotStatus.FREE)
    assert ledger.lot(child) == LotWord(
        SECOND, SUPPLIER, 400, receivable, ledger.now + WINDOW, 0, 1, LotStatus.FREE
    )


def test_children_of_children_count_the_hops_of_their_line(ledger: Ledger, lot: int) -> None:
    child = acts.transfer(ledger, lot, to=SECOND, amount=500)
    grandchild = acts.transfer(ledger, child, to=THIRD, amount=200)
    assert (ledger.lot(child).hops, ledger.lot(grandchild).hops) == (1, 2)
    assert acts.transfer(ledger, lot, to=SECOND, amount=100) == child_lot(lot, 1)


@pytest.mark.parametrize("amount", [0, 1_001, 2**64 - 1])
def test_no_more_and_no_less_than_the_lot_can_move(ledger: Ledger, lot: int, amount: int) -> None:
    with refused("AmountInvalid", amount=amount, lotAmount=1_000):
        acts.transfer(ledger, lot, to=SECOND, amount=amount)


def test_a_lot_does_not_pass_to_its_own_holder(ledger: Ledger, lot: int) -> None:
    with refused("SameParty", party=SUPPLIER):
        acts.transfer(ledger, lot, to=SUPPLIER)
    with refused("SameParty"):
        acts.transfer(ledger, lot, to=SUPPLIER, amount=500)


def test_neither_part_of_a_split_is_below_the_smallest_lot(ledger: Ledger, lot: int) -> None:
    for amount in (99, 901):
        with refused("BelowMinLot", amount=amount, minLot=100):
            acts.transfer(ledger, lot, to=SECOND, amount=amount)
    acts.transfer(ledger, lot, to=SECOND, amount=100)
    acts.transfer(ledger, lot, to=SECOND, amount=800)
    assert ledger.lot(lot).amount == 100


def test_a_lot_that_payments_made_small_still_passes_whole(ledger: Ledger, lot: int) -> None:
    acts.settle(ledger, lot, amount=990)
    acts.transfer(ledger, lot, to=SECOND)


def test_the_last_hop_is_the_last(ledger: Ledger, lot: int) -> None:
    ledger.set_limits(max_hops=2)
    acts.transfer(ledger, lot, to=SECOND)
    acts.transfer(ledger, lot, to=THIRD)
    for amount in (None, 500):
        with refused("HopLimit", lot=lot):
            acts.transfer(ledger, lot, to=SECOND, amount=amount)
    acts.settle(ledger, lot)


def test_at_255_hops_no_limit_lets_a_lot_pass_on(ledger: Ledger, lot: int) -> None:
    ledger.set_limits(max_hops=255)
    ledger.set_lot(lot, hops=254)
    acts.transfer(ledger, lot, to=SECOND)
    for amount in (None, 500):
        with refused("HopLimit"):
            acts.transfer(ledger, lot, to=THIRD, amount=amount)
    acts.reject(ledger, lot)
    assert ledger.lot(lot).hops == 255


def test_at_the_last_seq_only_payment_and_release_are_left(ledger: Ledger, lot: int) -> None:
    ledger.set_lot(lot, seq=LAST_SEQ - 1)
    acts.transfer(ledger, lot, to=SECOND)
    assert ledger.lot(lot).seq == LAST_SEQ
    for amount in (None, 500):
        with refused("SeqExhausted", lot=lot):
            acts.transfer(ledger, lot, to=THIRD, amount=amount)
    with refused("SeqExhausted"):
        acts.lock(ledger, lot)
    with refused("SeqExhausted"):
        acts.reject(ledger, lot)
    acts.settle(ledger, lot, amount=400)
    acts.settle(ledger, lot)
    assert ledger.lot(lot).status == LotStatus.REDEEMED


def test_a_lot_locked_at_the_last_seq_can_be_released_and_paid_but_not_financed(
    ledger: Ledger, lot: int
) -> None:
    ledger.set_lot(lot, seq=LAST_SEQ - 1)
    acts.lock(ledger, lot)
    with refused("SeqExhausted"):
        acts.finance(ledger, lot)
    acts.settle(ledger, lot, amount=400)
    acts.release(ledger, lot)
    acts.settle(ledger, lot)


@pytest.mark.parametrize("party", [SUPPLIER, SECOND])
def test_neither_frozen_nor_expired_parties_send_or_receive(ledger: Ledger, lot: int, party: int) -> None:
    ledger.send(OPERATOR, "freeze", party, True)
    with refused("PartyFrozen", party=party):
        acts.transfer(ledger, lot, to=SECOND)
    ledger.send(OPERATOR, "freeze", party, False)
    ledger.set_roles(party, valid_until=ledger.now - 1)
    with refused("PartyExpired", party=party):
        acts.transfer(ledger, lot, to=SECOND)


def test_a_lot_passes_to_nobody_unknown(ledger: Ledger, lot: int) -> None:
    for nobody in (0, 99):
        with refused("UnknownParty", party=nobody):
            acts.transfer(ledger, lot, to=nobody)


def test_halted_stops_transfers_and_no_new_receivables_does_not(ledger: Ledger, lot: int) -> None:
    ledger.set_state(1)
    acts.transfer(ledger, lot, to=SECOND)
    ledger.set_state(2)
    with refused("Halted"):
        acts.transfer(ledger, lot, to=THIRD)
    acts.reject(ledger, lot)


def suspend(ledger: Ledger, lot: int) -> None:
    ledger.send(ARBITER, "suspend", ledger.lot(lot).receivable, acts.REASON)


def test_a_suspended_receivable_moves_only_backwards_or_down(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=SECOND)
    locked = acts.lock(ledger, acts.transfer(ledger, lot, to=THIRD, amount=300))
    suspend(ledger, lot)
    for forward in (acts.transfer, acts.lock):
        with refused("ReceivableSuspended", receivable=ledger.lot(lot).receivable):
            forward(ledger, lot, **({"to": THIRD} if forward is acts.transfer else {}))
    with refused("ReceivableSuspended"):
        acts.finance(ledger, locked)
    acts.release(ledger, locked)
    acts.settle(ledger, locked)
    acts.settle(ledger, lot, amount=100)


def test_a_suspended_lot_can_be_rejected(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=SECOND)
    suspend(ledger, lot)
    acts.reject(ledger, lot)


def test_a_lot_nobody_issued_is_unknown(ledger: Ledger) -> None:
    unknown = 12_345
    for act, arguments in (
        ("transfer", (SECOND, 5, [])),
        ("reject", ([],)),
        ("lock", (SECOND, START + DAY, [])),
        ("release", (SECOND, [])),
        ("finance", (True, False, bytes(32), [])),
        ("settle", (SETTLER, SECOND, 5, 5, bytes(32), [])),
        ("enforce", ([],)),
        ("reassign", (SECOND, bytes(32), [])),
        ("putBack", ([],)),
        ("writeOff", (5, bytes(32), [])),
        ("ownerOf", ()),
    ):
        with refused("LotUnknown", lot=unknown):
            ledger.send(account(SUPPLIER), act, unknown, *arguments)


def test_explorers_see_every_move(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=SECOND)
    moved = next(event for event in ledger.events() if event.name == "Transfer")
    assert moved.values["tokenId"] == lot
    assert (moved.values["from"], moved.values["to"]) == (
        account(SUPPLIER).address.lower(),
        account(SECOND).address.lower(),
    )
    child = acts.transfer(ledger, lot, to=THIRD, amount=500)
    born = next(event for event in ledger.events() if event.name == "Transfer")
    assert (born.values["from"], born.values["tokenId"]) == ("0x" + "00" * 20, child)
    assert ledger.view("ownerOf", child) == account(THIRD).address.lower()


def test_explorers_see_a_lot_go_back(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=SECOND)
    acts.reject(ledger, lot)
    (back,) = [event for event in ledger.events() if event.name == "Transfer"]
    assert back.values == {
        "from": account(SECOND).address.lower(),
        "to": account(SUPPLIER).address.lower(),
        "tokenId": lot,
    }


# ---------------------------------------------------------------------- reject


def test_a_rejected_lot_goes_back_with_its_hops(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=SECOND)
    acts.reject(ledger, lot)
    receivable = ledger.lot(lot).receivable
    assert ledger.lot(lot) == LotWord(SUPPLIER, 0, 1_000, receivable, 0, 2, 1, LotStatus.FREE)


def test_a_rejected_part_stays_a_lot_of_its_own(ledger: Ledger, lot: int) -> None:
    child = acts.transfer(ledger, lot, to=SECOND, amount=400)
    acts.reject(ledger, child)
    assert (ledger.lot(child).holder, ledger.lot(child).amount) == (SUPPLIER, 400)
    assert ledger.lot(lot).amount == 600


def test_the_window_is_open_until_its_last_second(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=SECOND)
    ledger.pass_time(WINDOW - 1)
    with ledger.undone():
        acts.reject(ledger, lot)
    ledger.pass_time(1)
    with refused("RejectWindowOver", until=ledger.now):
        acts.reject(ledger, lot)


def test_the_window_closes_at_the_maturity(ledger: Ledger) -> None:
    lot = acts.issue(ledger, maturity=START + DAY)
    acts.transfer(ledger, lot, to=SECOND)
    assert ledger.lot(lot).until == START + DAY
    ledger.pass_time(DAY - 1)
    with ledger.undone():
        acts.reject(ledger, lot)
    ledger.pass_time(1)
    with refused("RejectWindowOver"):
        acts.reject(ledger, lot)


def test_what_passes_on_after_maturity_cannot_be_given_back(ledger: Ledger) -> None:
    lot = acts.issue(ledger, maturity=START + DAY)
    ledger.pass_time(DAY)
    acts.transfer(ledger, lot, to=SECOND)
    with refused("RejectWindowOver"):
        acts.reject(ledger, lot)


def test_without_a_window_nothing_can_be_given_back(ledger: Ledger, lot: int) -> None:
    ledger.set_limits(reject_window_days=0)
    acts.transfer(ledger, lot, to=SECOND)
    with refused("RejectWindowOver"):
        acts.reject(ledger, lot)


def test_the_originator_and_whoever_got_a_lot_back_have_nothing_to_reject(ledger: Ledger, lot: int) -> None:
    with refused("RejectWindowOver", until=0):
        acts.reject(ledger, lot)
    acts.transfer(ledger, lot, to=SECOND)
    acts.reject(ledger, lot)
    with refused("RejectWindowOver", until=0):
        acts.reject(ledger, lot)


def accept_by_settlement(ledger: Ledger, lot: int) -> None:
    acts.settle(ledger, lot, amount=100)


def accept_by_split(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=THIRD, amount=300)


def accept_by_lock(ledger: Ledger, lot: int) -> None:
    acts.release(ledger, acts.lock(ledger, lot))


@pytest.mark.parametrize("accept", [accept_by_settlement, accept_by_split, accept_by_lock])
def test_the_receivers_next_act_ends_the_window(
    ledger: Ledger, lot: int, accept: Callable[[Ledger, int], None]
) -> None:
    acts.transfer(ledger, lot, to=SECOND)
    accept(ledger, lot)
    with refused("RejectWindowOver", until=0):
        acts.reject(ledger, lot)
    assert ledger.lot(lot).peer == 0


def test_an_onward_transfer_opens_the_next_receivers_window_and_ends_ones_own(
    ledger: Ledger, lot: int
) -> None:
    acts.transfer(ledger, lot, to=SECOND)
    acts.transfer(ledger, lot, to=THIRD)
    with refused("ConsentMissing", party=THIRD):
        acts.reject(ledger, lot, sender=account(SECOND))
    acts.reject(ledger, lot)
    assert ledger.lot(lot).holder == SECOND
    with refused("RejectWindowOver"):
        acts.reject(ledger, lot)


def test_a_lot_can_be_given_back_by_and_to_a_frozen_party(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=SECOND)
    ledger.send(OPERATOR, "freeze", SUPPLIER, True)
    ledger.send(OPERATOR, "freeze", SECOND, True)
    acts.reject(ledger, lot)
    assert ledger.lot(lot).holder == SUPPLIER


@pytest.mark.parametrize(
    "status", [LotStatus.LOCKED, LotStatus.PLEDGED, LotStatus.FINANCED, LotStatus.REDEEMED]
)
def test_only_a_free_lot_is_transferred_split_rejected_or_locked(
    ledger: Ledger, lot: int, status: LotStatus
) -> None:
    acts.transfer(ledger, lot, to=SECOND)
    ledger.set_lot(lot, status=int(status))
    with refused("LotNotFree", lot=lot, status=status):
        acts.transfer(ledger, lot, to=THIRD)
    with refused("LotNotFree"):
        acts.transfer(ledger, lot, to=THIRD, amount=500)
    with refused("LotNotFree"):
        acts.reject(ledger, lot)
    with refused("LotNotFree"):
        acts.lock(ledger, lot)


def test_an_obligor_may_hold_a_claim_on_itself_and_give_its_own_receipt(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=OBLIGOR)
    acts.settle(ledger, lot, by=OBLIGOR)
    assert ledger.obligation().outstanding == 0
