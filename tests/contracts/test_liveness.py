"""No lot can get stuck: from each state some party can bring it to redeemed."""

from collections.abc import Callable

import pytest

from registry.chain.words import LotStatus, Role
from tests.builders import acts
from tests.builders.ledger import (
    ARBITER,
    DAY,
    FUNDER,
    OPERATOR,
    SECOND,
    SETTLER,
    SUPPLIER,
    THIRD,
    Ledger,
    Refused,
    account,
)

LAST_SEQ = 2**16 - 1


def free(ledger: Ledger, lot: int) -> None:
    pass


def received(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=SECOND)


def locked(ledger: Ledger, lot: int) -> None:
    acts.lock(ledger, lot)


def pledged(ledger: Ledger, lot: int) -> None:
    acts.pledge(ledger, lot)


def financed(ledger: Ledger, lot: int) -> None:
    acts.finance(ledger, acts.lock(ledger, lot))


STATES = (free, received, locked, pledged, financed)


def nothing(ledger: Ledger, lot: int) -> None:
    pass


def last_seq_and_hop(ledger: Ledger, lot: int) -> None:
    ledger.set_lot(lot, seq=LAST_SEQ, hops=255)


def halted_and_suspended(ledger: Ledger, lot: int) -> None:
    ledger.set_state(2)
    acts.suspend(ledger, lot)


def expired_supplier(ledger: Ledger, lot: int) -> None:
    ledger.set_roles(SUPPLIER, roles=0, valid_until=0)


def frozen_supplier(ledger: Ledger, lot: int) -> None:
    ledger.send(OPERATOR, "freeze", SUPPLIER, True)


def frozen_funder(ledger: Ledger, lot: int) -> None:
    ledger.send(OPERATOR, "freeze", FUNDER, True)
    ledger.set_roles(FUNDER, valid_until=0)


def frozen_settler(ledger: Ledger, lot: int) -> None:
    ledger.send(OPERATOR, "freeze", SETTLER, True)


def roleless_settler(ledger: Ledger, lot: int) -> None:
    ledger.set_roles(SETTLER, roles=Role.FUNDER, valid_until=0)


def long_past_maturity(ledger: Ledger, lot: int) -> None:
    ledger.set_time(acts.MATURITY + 1_000 * DAY)


def all_of_it(ledger: Ledger, lot: int) -> None:
    for trouble in (last_seq_and_hop, halted_and_suspended, frozen_supplier, frozen_funder):
        trouble(ledger, lot)
    long_past_maturity(ledger, lot)


TROUBLES = (
    nothing, last_seq_and_hop, halted_and_suspended, expired_supplier, frozen_supplier, frozen_funder,
    frozen_settler, roleless_settler, long_past_maturity, all_of_it,
)  # fmt: skip


def redeem(ledger: Ledger, lot: int) -> bool:
    """By whoever of settler and holder can; of a pledged lot holder and funder together."""
    word = ledger.lot(lot)
    payee = word.peer if word.status == LotStatus.PLEDGED else word.holder
    for by in (SETTLER, word.holder):
        signed = ledger.sign(acts.receipt(ledger, lot), account(FUNDER))
        try:
            acts.settle(ledger, lot, by=by, payee=payee, consents=signed)
        except Refused:
            continue
        return ledger.lot(lot).status == LotStatus.REDEEMED
    return False


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_settler_or_holder_brings_every_lot_to_redeemed(
    ledger: Ledger, state: Callable[[Ledger, int], None], trouble: Callable[[Ledger, int], None]
) -> None:
    lot = acts.issue(ledger)
    state(ledger, lot)
    trouble(ledger, lot)
    assert redeem(ledger, lot)


@pytest.mark.parametrize("state", STATES)
def test_with_no_settler_and_a_frozen_holder_the_arbiter_finds_one_who_can(
    ledger: Ledger, state: Callable[[Ledger, int], None]
) -> None:
    lot = acts.issue(ledger, settler=0)
    state(ledger, lot)
    ledger.send(OPERATOR, "freeze", ledger.lot(lot).holder, True)
    last_seq_and_hop(ledger, lot)
    halted_and_suspended(ledger, lot)
    assert not redeem(ledger, lot)
    ledger.send(ARBITER, "forcedTransfer", lot, THIRD, acts.REASON)
    assert redeem(ledger, lot)


def test_a_pledge_whose_funder_is_gone_with_no_settler_waits_for_the_operator_alone(ledger: Ledger) -> None:
    """The one case where neither settler nor arbiter helps: lifting the freeze is what remains."""
    lot = acts.pledge(ledger, acts.issue(ledger, settler=0))
    ledger.send(OPERATOR, "freeze", FUNDER, True)
    assert not redeem(ledger, lot)
    ledger.send(OPERATOR, "freeze", FUNDER, False)
    assert redeem(ledger, lot)
