"""Every field of a word uses all its bits, and none takes from its neighbor or gives to it."""

from dataclasses import replace

import pytest

from registry.chain.messages import Admission, keccak256
from registry.chain.words import LotStatus, LotWord, ObligationWord, ReceivableStatus, Scope
from tests.builders import acts
from tests.builders.ledger import (
    ALL_SCOPES,
    CNY,
    DAY,
    FUNDER,
    OBLIGOR,
    OPERATOR,
    SECOND,
    START,
    SUPPLIER,
    Ledger,
    account,
    refused,
)

HALF, ALTERNATING, LAST = 2**31, 0xAAAA_AAAA, 2**32 - 1
ALL_ROLES = 31
WINDOW = 5 * DAY
MOST, LAST_CURRENCY = 2**64 - 1, 2**16 - 1


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


def test_parties_of_high_numbers_owe_claim_and_settle(ledger: Ledger, lot: int) -> None:
    for obligor, originator, settler in ((LAST, HALF, ALTERNATING), (ALTERNATING, LAST, HALF)):
        new = acts.issue(ledger, obligor=obligor, originator=originator, settler=settler)
        facts = ledger.facts(ledger.lot(new).receivable)
        assert (facts.obligor, facts.settler, ledger.lot(new).holder) == (obligor, settler, originator)
        acts.settle(ledger, new, by=settler)
        assert ledger.lot(new).status == LotStatus.REDEEMED


def test_a_mandate_belongs_to_its_party_alone(ledger: Ledger, lot: int) -> None:
    clerk = account(77)
    ledger.grant(HALF, clerk, scopes=int(ALL_SCOPES))
    acts.transfer(ledger, lot, to=LAST, sender=clerk)
    assert word(ledger, lot) == (LAST, HALF, 1, LotStatus.FREE)


def test_a_full_lot_changes_only_in_what_an_act_is_about(ledger: Ledger) -> None:
    """No field beside holder, peer, until, seq, hops and status may lose or gain a bit on any way through a sale."""
    ledger.set_limits(max_hops=255)
    lot = acts.issue(ledger, face=MOST)
    ledger.set_lot(lot, seq=2**16 - 10, hops=254, until=2**32 - 1)
    acts.transfer(ledger, lot, to=SECOND)
    full = LotWord(SECOND, SUPPLIER, MOST, lot >> 192, ledger.now + WINDOW, 2**16 - 9, 255, LotStatus.FREE)
    assert ledger.lot(lot) == full
    acts.lock(ledger, lot, until=acts.MATURITY)
    locked = replace(full, peer=FUNDER, until=acts.MATURITY, seq=full.seq + 1, status=LotStatus.LOCKED)
    assert ledger.lot(lot) == locked
    with ledger.undone():
        acts.release(ledger, lot)
        assert ledger.lot(lot) == replace(locked, peer=0, until=0, status=LotStatus.FREE)
    with ledger.undone():
        acts.finance(ledger, lot, pledge=True)
        pledged = replace(locked, until=0, seq=locked.seq + 1, status=LotStatus.PLEDGED)
        assert ledger.lot(lot) == pledged
        ledger.set_time(acts.MATURITY)
        acts.enforce(ledger, lot)
        assert ledger.lot(lot) == replace(
            pledged, holder=FUNDER, peer=0, seq=pledged.seq + 1, status=LotStatus.FINANCED
        )
    acts.finance(ledger, lot)
    sold = replace(locked, holder=FUNDER, peer=SECOND, until=0, seq=locked.seq + 1, status=LotStatus.FINANCED)
    assert ledger.lot(lot) == sold
    ledger.set_time(acts.MATURITY)
    acts.put_back(ledger, lot)
    assert ledger.lot(lot) == replace(sold, holder=SECOND, peer=0, seq=sold.seq + 1, status=LotStatus.FREE)


def test_a_full_lot_splits_into_what_it_was(ledger: Ledger) -> None:
    ledger.set_limits(max_hops=255)
    lot = acts.issue(ledger, face=MOST)
    ledger.set_lot(lot, seq=2**16 - 10, hops=254)
    child = acts.transfer(ledger, lot, to=SECOND, amount=1_000)
    end = ledger.now + WINDOW
    assert ledger.lot(child) == LotWord(SECOND, SUPPLIER, 1_000, lot >> 192, end, 0, 255, LotStatus.FREE)
    assert ledger.lot(lot) == LotWord(
        SUPPLIER, 0, MOST - 1_000, lot >> 192, 0, 2**16 - 9, 254, LotStatus.FREE
    )


def test_a_canceled_receivable_keeps_all_but_its_status(ledger: Ledger) -> None:
    new = acts.claim(face=MOST, currency=LAST_CURRENCY)
    acts.issue(ledger, new)
    before = ledger.facts(new.receivable)
    acts.cancel(ledger, new)
    assert ledger.facts(new.receivable) == replace(before, status=ReceivableStatus.CANCELED)
    assert before.currency == LAST_CURRENCY


def test_a_quota_leaves_the_highest_total_as_it_is(ledger: Ledger) -> None:
    acts.issue(ledger, face=MOST)
    for quota in (MOST, 1, 0):
        ledger.send(account(OBLIGOR), "setQuota", OBLIGOR, CNY, quota, [])
        assert ledger.obligation() == ObligationWord(MOST, quota, 1)


@pytest.mark.parametrize("bit", [1, 2**15])
def test_a_key_for_a_currency_is_for_no_other_by_a_single_bit(ledger: Ledger, bit: int) -> None:
    lot = acts.issue(ledger, currency=LAST_CURRENCY)
    clerk = account(77)
    ledger.grant(SUPPLIER, clerk, scopes=0xFFFF, currency=LAST_CURRENCY ^ bit)
    with refused("ConsentMissing"):
        acts.transfer(ledger, lot, to=SECOND, sender=clerk)
    ledger.grant(SUPPLIER, clerk, scopes=Scope.TRANSFER, currency=LAST_CURRENCY)
    acts.transfer(ledger, lot, to=SECOND, sender=clerk)


@pytest.mark.parametrize("bit", [1, 2**63])
def test_an_invoices_cap_differs_by_a_single_bit(ledger: Ledger, bit: int) -> None:
    first = acts.invoice(amount=1_000, cap=MOST)
    acts.register(ledger, acts.claim(invoices=[first]))
    with refused("InvoiceDiffers"):
        acts.register(ledger, acts.claim(invoices=[replace(first, cap=MOST ^ bit)]))
    acts.register(ledger, acts.claim(invoices=[first]))


@pytest.mark.parametrize("bit", [1, 2**15])
def test_an_invoices_currency_differs_by_a_single_bit(ledger: Ledger, bit: int) -> None:
    first = acts.invoice(amount=1_000, cap=2_000)
    acts.register(ledger, acts.claim(invoices=[first], currency=LAST_CURRENCY))
    with refused("InvoiceDiffers"):
        acts.register(ledger, acts.claim(invoices=[first], currency=LAST_CURRENCY ^ bit))
    acts.register(ledger, acts.claim(invoices=[first], currency=LAST_CURRENCY))


def test_new_roles_take_every_old_one_and_nothing_of_the_epoch(ledger: Ledger) -> None:
    full = replace(ledger.party(SUPPLIER), roles=0xFF, epoch=0xFF, nonce=2**32 - 1)
    ledger.write("parties", SUPPLIER, full.pack())
    ledger.set_roles(SUPPLIER, roles=0)
    assert ledger.party(SUPPLIER) == replace(full, roles=0)
