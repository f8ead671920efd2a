"""Party numbers use all their 32 bits in a lot's word: as holder, previous holder, funder and recourse party."""

import pytest

from registry.chain.messages import Admission, keccak256
from registry.chain.words import LotStatus, LotWord
from tests.builders import acts
from tests.builders.ledger import ALL_SCOPES, DAY, OPERATOR, START, Ledger, account

HALF, ALTERNATING, LAST = 2**31, 0xAAAA_AAAA, 2**32 - 1
ALL_ROLES = 31
WINDOW = 5 * DAY


@pytest.fixture
def lot(ledger: Ledger) -> int:
    """Held by HALF; the other two are admitted."""
    for number in (HALF, ALTERNATING, LAST):
        key, identity = account(number), keccak256(number.to_bytes(4))
        bound = ledger.sign(Admission(number, identity, key.address), key)
        until = START + 3_000 * DAY
        ledger.send(OPERATOR, "admit", number, identity, key.address, ALL_ROLES, until, bound)
    return acts.issue(ledger, originator=HALF, face=1_000)


def word(ledger: Ledger, lot: int) -> tuple[int, int, int, LotStatus]:
    found = ledger.lot(lot)
    return found.holder, found.peer, found.hops, LotStatus(found.status)


def test_a_party_of_a_high_number_has_its_keys_and_totals(ledger: Ledger, lot: int) -> None:
    assert ledger.key(account(LAST)).party == LAST
    ledger.send(account(LAST), "setQuota", LAST, 978, 5, [])
    assert ledger.obligation(LAST, 978).quota == 5
    assert ledger.lot(lot).holder == HALF


def test_lots_pass_on_whole_and_in_part_and_back(ledger: Ledger, lot: int) -> None:
    receivable = ledger.lot(lot).receivable
    acts.transfer(ledger, lot, to=LAST)
    assert ledger.lot(lot) == LotWord(
        LAST, HALF, 1_000, receivable, ledger.now + WINDOW, 1, 1, LotStatus.FREE
    )
    acts.reject(ledger, lot)
    assert ledger.lot(lot) == LotWord(HALF, 0, 1_000, receivable, 0, 2, 1, LotStatus.FREE)
    acts.transfer(ledger, lot, to=ALTERNATING)
    child = acts.transfer(ledger, lot, to=LAST, amount=400)
    assert ledger.lot(child) == LotWord(
        LAST, ALTERNATING, 400, receivable, ledger.now + WINDOW, 0, 3, LotStatus.FREE
    )
    assert ledger.lot(lot) == LotWord(ALTERNATING, 0, 600, receivable, 0, 4, 2, LotStatus.FREE)
    acts.reject(ledger, child)
    assert word(ledger, child) == (ALTERNATING, 0, 3, LotStatus.FREE)


def test_a_lock_names_its_funder_and_forgets_it(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=ALTERNATING)
    acts.lock(ledger, lot, funder=LAST)
    assert word(ledger, lot) == (ALTERNATING, LAST, 1, LotStatus.LOCKED)
    acts.release(ledger, lot)
    assert word(ledger, lot) == (ALTERNATING, 0, 1, LotStatus.FREE)


def sell(ledger: Ledger, lot: int, *, pledge: bool) -> None:
    acts.lock(ledger, lot, funder=LAST)
    consents = ledger.sign(acts.sale(ledger, lot, pledge=pledge), account(HALF))
    acts.finance(ledger, lot, pledge=pledge, consents=consents)


def test_a_sale_with_recourse_comes_back(ledger: Ledger, lot: int) -> None:
    sell(ledger, lot, pledge=False)
    assert word(ledger, lot) == (LAST, HALF, 0, LotStatus.FINANCED)
    ledger.set_time(acts.MATURITY)
    acts.put_back(ledger, lot)
    assert word(ledger, lot) == (HALF, 0, 0, LotStatus.FREE)


def test_a_pledge_is_enforced(ledger: Ledger, lot: int) -> None:
    sell(ledger, lot, pledge=True)
    assert word(ledger, lot) == (HALF, LAST, 0, LotStatus.PLEDGED)
    ledger.set_time(acts.MATURITY)
    acts.enforce(ledger, lot)
    assert word(ledger, lot) == (LAST, 0, 0, LotStatus.FINANCED)


def test_a_mandate_belongs_to_its_party_alone(ledger: Ledger, lot: int) -> None:
    clerk = account(77)
    ledger.grant(HALF, clerk, scopes=int(ALL_SCOPES))
    acts.transfer(ledger, lot, to=LAST, sender=clerk)
    assert word(ledger, lot) == (LAST, HALF, 1, LotStatus.FREE)
