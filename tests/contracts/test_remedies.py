"""Disputes, suspension, forced transfer, reassignment, recourse and loss."""

import pytest

from registry.chain.messages import Lock, WriteOff
from registry.chain.words import LotStatus, LotWord, Role
from tests.builders import acts
from tests.builders.ledger import (
    ARBITER,
    DAY,
    FUNDER,
    OBLIGOR,
    OPERATOR,
    OTHER_FUNDER,
    ROLES,
    SECOND,
    STRANGER,
    SUPPLIER,
    THIRD,
    Ledger,
    account,
    refused,
)

LAST_SEQ = 2**16 - 1


@pytest.fixture
def lot(ledger: Ledger) -> int:
    return acts.issue(ledger, face=1_000)


@pytest.fixture
def financed(ledger: Ledger, lot: int) -> int:
    return acts.finance(ledger, acts.lock(ledger, lot))


# ---------------------------------------------------------------------- contest


def contest(ledger: Ledger, lot: int, by: int, *, named: int | None = None, code: int = 1) -> None:
    receivable = ledger.lot(lot).receivable
    given = (receivable, lot if named is None else named, by, code, acts.REASON, [])
    ledger.send(account(by), "contest", *given)


def test_a_contest_is_only_an_event_and_raises_the_nonce(ledger: Ledger, lot: int) -> None:
    before = (ledger.view("lotOf", lot), ledger.view("facts", ledger.lot(lot).receivable))
    for by, named in ((OBLIGOR, 0), (OBLIGOR, lot), (SUPPLIER, lot)):
        nonce = ledger.party(by).nonce
        contest(ledger, lot, by, named=named, code=6)
        event = ledger.events()[0]
        assert (event.name, event.values["party"], event.values["code"]) == ("ReceivableContested", by, 6)
        assert ledger.party(by).nonce == nonce + 1
    assert before == (ledger.view("lotOf", lot), ledger.view("facts", ledger.lot(lot).receivable))


def test_only_obligor_and_holder_contest_and_only_with_a_known_code(ledger: Ledger, lot: int) -> None:
    for code in (0, 7, 255):
        with refused("CodeInvalid", code=code):
            contest(ledger, lot, OBLIGOR, code=code)
    for by in (SECOND, FUNDER):
        with refused("NotEntitled", party=by):
            contest(ledger, lot, by)
    with refused("LotUnknown"):
        contest(ledger, lot, SUPPLIER, named=0)
    other = acts.issue(ledger)
    with refused("NotEntitled"):
        contest(ledger, lot, SUPPLIER, named=other)
    with refused("NotEntitled"):
        contest(ledger, lot, OBLIGOR, named=other)


def test_a_frozen_party_is_heard(ledger: Ledger, lot: int) -> None:
    ledger.send(OPERATOR, "freeze", OBLIGOR, True)
    ledger.set_roles(OBLIGOR, roles=0, valid_until=0)
    ledger.set_state(2)
    contest(ledger, lot, OBLIGOR)


# ---------------------------------------------------------------------- the arbiter


def test_only_the_arbiter_suspends_resumes_forces_and_appoints(ledger: Ledger, lot: int) -> None:
    receivable = ledger.lot(lot).receivable
    for sender in (OPERATOR, STRANGER, *(account(party) for party in ROLES)):
        for act, arguments in (
            ("suspend", (receivable, acts.REASON)),
            ("resume", (receivable, acts.REASON)),
            ("forcedTransfer", (lot, SECOND, acts.REASON)),
            ("setArbiter", (sender.address,)),
        ):
            with refused("SenderNotArbiter", sender=sender.address.lower()):
                ledger.send(sender, act, *arguments)


def test_a_receivable_is_suspended_once_confirmed_and_resumed(ledger: Ledger, lot: int) -> None:
    waiting = acts.register(ledger, acts.claim())
    for receivable, error in ((waiting.receivable, "ReceivableNotConfirmed"), (5, "ReceivableUnknown")):
        with refused(error):
            ledger.send(ARBITER, "suspend", receivable, acts.REASON)
    acts.suspend(ledger, lot)
    assert ledger.facts(ledger.lot(lot).receivable).flags == 1
    with refused("ReceivableSuspended"):
        acts.transfer(ledger, lot, to=SECOND)
    with refused("ReceivableSuspended"):
        acts.transfer_many(ledger, (lot, SECOND, 1_000))
    acts.suspend(ledger, lot, suspended=False)
    acts.transfer(ledger, lot, to=SECOND)


def test_a_forced_transfer_ends_the_reject_window_and_leaves_seq_and_hops(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=SECOND)
    acts.force(ledger, lot, to=THIRD)
    receivable = ledger.lot(lot).receivable
    assert ledger.lot(lot) == LotWord(THIRD, 0, 1_000, receivable, 0, 1, 1, LotStatus.FREE)
    with refused("RejectWindowOver"):
        acts.reject(ledger, lot)


def test_lock_pledge_and_recourse_stay_when_the_arbiter_moves_a_lot(ledger: Ledger) -> None:
    for make, status in (
        (acts.lock, LotStatus.LOCKED),
        (acts.pledge, LotStatus.PLEDGED),
        (lambda ledger, lot: acts.finance(ledger, acts.lock(ledger, lot)), LotStatus.FINANCED),
    ):
        lot = make(ledger, acts.issue(ledger))
        before = ledger.lot(lot)
        acts.force(ledger, lot, to=THIRD)
        after = ledger.lot(lot)
        assert (after.holder, after.status) == (THIRD, status)
        kept = (after.peer, after.until, after.seq, after.amount)
        assert kept == (before.peer, before.until, before.seq, before.amount)


def test_the_arbiter_moves_lots_in_every_state_and_at_the_last_seq_but_only_to_active_parties(
    ledger: Ledger, lot: int
) -> None:
    with refused("SameParty", party=SUPPLIER):
        acts.force(ledger, lot, to=SUPPLIER)
    ledger.send(OPERATOR, "freeze", SECOND, True)
    with refused("PartyFrozen", party=SECOND):
        acts.force(ledger, lot, to=SECOND)
    ledger.set_roles(THIRD, valid_until=0)
    with refused("PartyExpired", party=THIRD):
        acts.force(ledger, lot, to=THIRD)
    ledger.send(OPERATOR, "freeze", SUPPLIER, True)
    ledger.set_state(2)
    acts.suspend(ledger, lot)
    ledger.set_lot(lot, seq=LAST_SEQ, hops=255)
    acts.force(ledger, lot, to=FUNDER)
    acts.settle(ledger, lot)
    with refused("LotRedeemed"):
        acts.force(ledger, lot, to=SECOND)


def test_the_arbiter_is_replaced_only_by_itself(ledger: Ledger, lot: int) -> None:
    with refused("ZeroAddress"):
        ledger.send(ARBITER, "setArbiter", "0x" + "00" * 20)
    ledger.send(ARBITER, "setArbiter", STRANGER.address)
    assert ledger.view("arbiter") == STRANGER.address.lower()
    with refused("SenderNotArbiter"):
        acts.force(ledger, lot, to=SECOND)
    acts.force(ledger, lot, to=SECOND, sender=STRANGER)


# ---------------------------------------------------------------------- reassign


def test_a_financed_lot_passes_whole_between_funders_and_keeps_its_recourse(
    ledger: Ledger, financed: int
) -> None:
    acts.reassign(ledger, financed, to=OTHER_FUNDER)
    receivable = ledger.lot(financed).receivable
    expected = LotWord(OTHER_FUNDER, SUPPLIER, 1_000, receivable, 0, 3, 0, LotStatus.FINANCED)
    assert ledger.lot(financed) == expected


def test_a_reassignment_takes_two_active_parties_the_second_a_funder(ledger: Ledger, financed: int) -> None:
    with refused("SameParty", party=FUNDER):
        acts.reassign(ledger, financed, to=FUNDER)
    with refused("RoleMissing", party=SECOND, role=Role.FUNDER):
        acts.reassign(ledger, financed, to=SECOND)
    with refused("ConsentMissing", party=FUNDER):
        acts.reassign(ledger, financed, to=OTHER_FUNDER, consents=[])
    with refused("ConsentMissing", party=OTHER_FUNDER):
        acts.reassign(ledger, financed, to=OTHER_FUNDER, consents=[], sender=account(FUNDER))
    for party in (FUNDER, OTHER_FUNDER):
        ledger.send(OPERATOR, "freeze", party, True)
        with refused("PartyFrozen", party=party):
            acts.reassign(ledger, financed, to=OTHER_FUNDER)
        ledger.send(OPERATOR, "freeze", party, False)
    ledger.set_state(2)
    with refused("Halted"):
        acts.reassign(ledger, financed, to=OTHER_FUNDER)
    ledger.set_state(0)
    acts.suspend(ledger, financed)
    with refused("ReceivableSuspended"):
        acts.reassign(ledger, financed, to=OTHER_FUNDER)


# ---------------------------------------------------------------------- put back


def test_from_the_maturity_on_a_funder_with_recourse_puts_the_lot_back(ledger: Ledger, financed: int) -> None:
    ledger.set_time(acts.MATURITY - 1)
    with refused("NotMature"):
        acts.put_back(ledger, financed)
    ledger.pass_time(1)
    with refused("ConsentMissing", party=FUNDER):
        acts.put_back(ledger, financed, sender=account(SUPPLIER))
    acts.put_back(ledger, financed)
    receivable = ledger.lot(financed).receivable
    assert ledger.lot(financed) == LotWord(SUPPLIER, 0, 1_000, receivable, 0, 3, 0, LotStatus.FREE)
    with refused("RejectWindowOver"):
        acts.reject(ledger, financed)


def test_a_recourse_party_receives_even_expired_in_a_halted_registry(ledger: Ledger, financed: int) -> None:
    ledger.set_time(acts.MATURITY)
    ledger.set_roles(SUPPLIER, roles=0, valid_until=0)
    ledger.set_state(2)
    acts.suspend(ledger, financed)
    acts.put_back(ledger, financed)
    assert ledger.lot(financed).holder == SUPPLIER


def test_without_recourse_nothing_is_put_back(ledger: Ledger, lot: int) -> None:
    acts.finance(ledger, acts.lock(ledger, lot), recourse=False)
    ledger.set_time(acts.MATURITY)
    with refused("NoRecourse", lot=lot):
        acts.put_back(ledger, lot)


# ---------------------------------------------------------------------- write-off


def test_a_write_off_counts_as_settled_and_says_so(ledger: Ledger, lot: int) -> None:
    acts.write_off(ledger, lot, amount=300)
    event = ledger.events()[0]
    assert (event.name, event.values["reason"]) == ("LotWrittenOff", acts.REASON)
    assert (ledger.lot(lot).amount, ledger.lot(lot).seq) == (700, 1)
    assert ledger.facts(ledger.lot(lot).receivable).settled == 300
    assert ledger.obligation().outstanding == 700
    acts.write_off(ledger, lot)
    assert ledger.lot(lot).status == LotStatus.REDEEMED
    assert (ledger.obligation().outstanding, ledger.obligation().count) == (0, 0)


@pytest.mark.parametrize("amount", [0, 1_001, 2**64 - 1])
def test_no_more_than_the_lot_is_written_off(ledger: Ledger, lot: int, amount: int) -> None:
    with refused("AmountInvalid", amount=amount):
        acts.write_off(ledger, lot, amount=amount)


def test_only_the_holder_writes_off_and_never_while_frozen(ledger: Ledger, lot: int) -> None:
    for other in (OBLIGOR, FUNDER, SECOND):
        with refused("ConsentMissing", party=SUPPLIER):
            acts.write_off(ledger, lot, sender=account(other))
    ledger.send(OPERATOR, "freeze", SUPPLIER, True)
    with refused("PartyFrozen", party=SUPPLIER):
        acts.write_off(ledger, lot)
    ledger.send(OPERATOR, "freeze", SUPPLIER, False)
    ledger.set_roles(SUPPLIER, roles=0, valid_until=0)
    ledger.set_state(2)
    acts.suspend(ledger, lot)
    acts.write_off(ledger, lot)


def test_a_pledged_lot_is_written_off_by_holder_and_funder(ledger: Ledger, lot: int) -> None:
    acts.pledge(ledger, lot)
    with refused("ConsentMissing", party=FUNDER):
        acts.write_off(ledger, lot)
    signed = ledger.sign(WriteOff(lot, 2, 1_000, 1_000, acts.REASON), account(FUNDER))
    ledger.send(OPERATOR, "freeze", FUNDER, True)
    with refused("PartyFrozen", party=FUNDER):
        acts.write_off(ledger, lot, consents=signed)
    ledger.send(OPERATOR, "freeze", FUNDER, False)
    acts.write_off(ledger, lot, consents=signed)


# ---------------------------------------------------------------------- the last seq


def test_at_the_last_seq_no_remedy_is_left_but_payment_release_and_the_arbiter(
    ledger: Ledger, financed: int
) -> None:
    ledger.set_time(acts.MATURITY)
    ledger.set_lot(financed, seq=LAST_SEQ)
    for act in (acts.put_back, acts.write_off):
        with refused("SeqExhausted"):
            act(ledger, financed)
    with refused("SeqExhausted"):
        acts.reassign(ledger, financed, to=OTHER_FUNDER)
    pledged = acts.pledge(ledger, acts.issue(ledger, maturity=ledger.now + 9 * DAY))
    ledger.pass_time(9 * DAY)
    ledger.set_lot(pledged, seq=LAST_SEQ)
    with refused("SeqExhausted"):
        acts.enforce(ledger, pledged)
    acts.force(ledger, pledged, to=THIRD)
    acts.release(ledger, pledged)
    acts.settle(ledger, pledged)
    found = acts.claim(maturity=ledger.now + DAY)
    acts.issue(ledger, found)
    ledger.set_lot(found.lot, seq=LAST_SEQ)
    with refused("SeqExhausted"):
        acts.cancel(ledger, found)


def test_a_signature_of_the_holder_before_dies_with_its_title(ledger: Ledger, lot: int) -> None:
    message = Lock(lot, 0, 1_000, FUNDER, ledger.now + DAY)
    signed = ledger.sign(message, account(SUPPLIER))
    acts.force(ledger, lot, to=SECOND)
    with refused("ConsentMissing", party=SECOND):
        acts.lock(ledger, lot, until=ledger.now + DAY, sender=STRANGER, consents=signed)
