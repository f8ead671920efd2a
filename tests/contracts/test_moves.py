"""What is allowed in which state: one table for lots, one for receivables, every act in every state.

Everybody whose consent an act takes gives it here; only the state decides.
"""

from collections.abc import Callable

import pytest

from registry.chain.messages import Cancellation, WriteOff
from registry.chain.words import LotStatus
from tests.builders import acts
from tests.builders.ledger import (
    ARBITER,
    DAY,
    FUNDER,
    OBLIGOR,
    OTHER_FUNDER,
    SECOND,
    STRANGER,
    SUPPLIER,
    THIRD,
    Ledger,
    Refused,
    account,
)

FACE = 10_000
LOCK_END = acts.START + 20 * DAY
LAST_SEQ = 2**16 - 1


class Case:
    """A lot in some state, and all consents to act on it. The lot is the root, so that it can be canceled."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.claim = acts.claim(face=FACE)
        self.lot = acts.issue(self.ledger, self.claim)

    @property
    def receivable(self) -> int:
        return self.claim.receivable

    @property
    def holder(self) -> int:
        return self.ledger.lot(self.lot).holder

    @property
    def amount(self) -> int:
        return self.ledger.lot(self.lot).amount

    @property
    def payee(self) -> int:
        word = self.ledger.lot(self.lot)
        return word.peer if word.status == LotStatus.PLEDGED else word.holder

    def lock(self) -> None:
        acts.lock(self.ledger, self.lot, until=LOCK_END)


def fresh(_: Case) -> None:
    pass


def received(case: Case) -> None:
    acts.transfer(case.ledger, case.lot, to=SECOND)


def window_over(case: Case) -> None:
    received(case)
    case.ledger.pass_time(5 * DAY)


def locked(case: Case) -> None:
    case.lock()


def lock_over(case: Case) -> None:
    case.lock()
    case.ledger.set_time(LOCK_END)


def pledged(case: Case) -> None:
    case.lock()
    acts.finance(case.ledger, case.lot, pledge=True)


def pledged_mature(case: Case) -> None:
    pledged(case)
    case.ledger.set_time(acts.MATURITY)


def financed(case: Case) -> None:
    case.lock()
    acts.finance(case.ledger, case.lot)


def financed_mature(case: Case) -> None:
    financed(case)
    case.ledger.set_time(acts.MATURITY)


def no_recourse_mature(case: Case) -> None:
    case.lock()
    acts.finance(case.ledger, case.lot, recourse=False)
    case.ledger.set_time(acts.MATURITY)


def redeemed(case: Case) -> None:
    acts.settle(case.ledger, case.lot)


STATES = (
    fresh, received, window_over, locked, lock_over, pledged, pledged_mature, financed, financed_mature,
    no_recourse_mature, redeemed,
)  # fmt: skip


def write_off(case: Case) -> None:
    word = case.ledger.lot(case.lot)
    message = WriteOff(case.lot, word.seq, word.amount, 1, acts.REASON)
    signed = case.ledger.sign(message, account(word.holder), account(FUNDER))
    acts.write_off(case.ledger, case.lot, amount=1, consents=signed)


def cancel(case: Case) -> None:
    word = case.ledger.lot(case.lot)
    message = Cancellation(case.receivable, word.seq, word.amount, acts.REASON)
    signed = case.ledger.sign(message, account(SUPPLIER), account(OBLIGOR))
    acts.cancel(case.ledger, case.claim, consents=signed, sender=STRANGER)


def receipt(case: Case) -> None:
    signed = case.ledger.sign(acts.receipt(case.ledger, case.lot), account(FUNDER))
    acts.settle(case.ledger, case.lot, by=case.holder, payee=case.payee, consents=signed)


def finance(case: Case, *, pledge: bool) -> None:
    sale = acts.sale(case.ledger, case.lot, pledge=pledge)
    signed = case.ledger.sign(sale, account(case.holder), account(FUNDER))
    acts.finance(case.ledger, case.lot, pledge=pledge, consents=signed, sender=STRANGER)


ACTS: dict[str, Callable[[Case], object]] = {
    "transfer": lambda case: acts.transfer(case.ledger, case.lot, to=THIRD),
    "split": lambda case: acts.transfer(case.ledger, case.lot, to=THIRD, amount=FACE // 2),
    "transferMany": lambda case: acts.transfer_many(case.ledger, (case.lot, THIRD, FACE), by=case.holder),
    "reject": lambda case: acts.reject(case.ledger, case.lot),
    "lock": lambda case: acts.lock(case.ledger, case.lot),
    "release by funder": lambda case: acts.release(case.ledger, case.lot, by=FUNDER),
    "release by holder": lambda case: acts.release(case.ledger, case.lot, by=case.holder),
    "sale": lambda case: finance(case, pledge=False),
    "pledge": lambda case: finance(case, pledge=True),
    "settle": lambda case: acts.settle(case.ledger, case.lot, payee=case.payee),
    "receipt": receipt,
    "settleMany": lambda case: acts.settle_many(
        case.ledger, *acts.payments_of(case.ledger, (case.lot, case.amount))
    ),
    "writeOff": write_off,
    "enforce": lambda case: acts.enforce(case.ledger, case.lot),
    "reassign": lambda case: acts.reassign(case.ledger, case.lot, to=OTHER_FUNDER),
    "putBack": lambda case: acts.put_back(case.ledger, case.lot),
    "forcedTransfer": lambda case: acts.force(case.ledger, case.lot, to=THIRD),
    "cancel": cancel,
    "contest": lambda case: case.ledger.send(
        account(case.holder), "contest", case.receivable, case.lot, case.holder, 1, acts.REASON, []
    ),
}
PASS_ON = {"transfer", "split", "transferMany", "lock"}
PAY = {"settle", "receipt", "settleMany", "writeOff", "forcedTransfer", "contest"}
ALLOWED = {
    "fresh": PASS_ON | PAY | {"cancel"},
    "received": PASS_ON | PAY | {"reject"},
    "window_over": PASS_ON | PAY,
    "locked": PAY | {"release by funder", "sale", "pledge"},
    "lock_over": PAY | {"release by funder", "release by holder"},
    "pledged": PAY | {"release by funder"},
    "pledged_mature": PAY | {"release by funder", "enforce"},
    # A financed lot's holder is the funder.
    "financed": PAY | {"reassign"},
    "financed_mature": PAY | {"reassign", "putBack"},
    "no_recourse_mature": PAY | {"reassign"},
    "redeemed": set(),
}
FORWARD = {"transfer", "split", "transferMany", "lock", "sale", "pledge", "enforce", "reassign"}
NEVER_RAISES_SEQ = {
    "settle", "receipt", "settleMany", "release by funder", "release by holder", "forcedTransfer", "contest",
}  # fmt: skip
CONDITIONS: dict[str, tuple[Callable[[Case], object], set[str]]] = {
    "as usual": (lambda _: None, set()),
    "no new receivables": (lambda case: case.ledger.set_state(1), set()),
    "halted": (lambda case: case.ledger.set_state(2), FORWARD),
    "suspended": (lambda case: acts.suspend(case.ledger, case.lot), FORWARD),
    "at the last seq": (
        lambda case: case.ledger.set_lot(case.lot, seq=LAST_SEQ),
        set(ACTS) - NEVER_RAISES_SEQ,
    ),
    "at the last hop": (
        lambda case: case.ledger.set_lot(case.lot, hops=255),
        {"transfer", "split", "transferMany"},
    ),
}


def done(case: Case, act: Callable[[Case], object]) -> bool:
    with case.ledger.undone():
        try:
            act(case)
        except Refused:
            return False
        return True


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_act_on_a_lot_in_every_state(state: Callable[[Case], None], condition: str) -> None:
    case = Case()
    state(case)
    impose, forbidden = CONDITIONS[condition]
    impose(case)
    found = {name for name, act in ACTS.items() if done(case, act)}
    assert found == ALLOWED[state.__name__] - forbidden


# ---------------------------------------------------------------------- receivables


RECEIVABLE_ACTS: dict[str, Callable[[Case], object]] = {
    "register": lambda case: acts.register(case.ledger, case.claim),
    "registerConfirmed": lambda case: acts.register_confirmed(case.ledger, case.claim),
    "confirm": lambda case: acts.confirm(case.ledger, case.claim),
    "confirmMany": lambda case: case.ledger.send(account(OBLIGOR), "confirmMany", [case.claim.terms], []),
    "decline": lambda case: acts.decline(case.ledger, case.claim),
    "withdraw": lambda case: acts.withdraw(case.ledger, case.claim),
    "expire": lambda case: acts.expire(case.ledger, case.claim),
    "cancel": cancel,
    "suspend": lambda case: case.ledger.send(ARBITER, "suspend", case.receivable, acts.REASON),
    "resume": lambda case: case.ledger.send(ARBITER, "resume", case.receivable, acts.REASON),
    "contest": lambda case: case.ledger.send(
        account(OBLIGOR), "contest", case.receivable, 0, OBLIGOR, 1, acts.REASON, []
    ),
}
ARBITRATION = {"suspend", "resume", "contest"}
RECEIVABLE_STATES: dict[str, tuple[list[str], set[str]]] = {
    "unknown": ([], {"register", "registerConfirmed"}),
    "registered": (["register"], {"confirm", "confirmMany", "decline", "withdraw"}),
    "past its expiry": (["register", "wait"], {"decline", "withdraw", "expire"}),
    "confirmed": (["register", "confirm"], ARBITRATION | {"cancel"}),
    "declined": (["register", "decline"], set()),
    "withdrawn": (["register", "withdraw"], set()),
    "expired": (["register", "wait", "expire"], set()),
    "canceled": (["register", "confirm", "cancel"], set()),
    "settled": (["register", "confirm", "settle"], ARBITRATION),
}
OTHER_STEPS: dict[str, Callable[[Case], object]] = {
    "wait": lambda case: case.ledger.pass_time(30 * DAY),
    "settle": lambda case: acts.settle(case.ledger, case.lot),
}


@pytest.mark.parametrize("state", RECEIVABLE_STATES)
def test_every_act_on_a_receivable_in_every_state(state: str) -> None:
    case = Case()
    case.claim = acts.claim(face=FACE)
    case.lot = case.claim.lot
    steps, allowed = RECEIVABLE_STATES[state]
    for step in steps:
        {**RECEIVABLE_ACTS, **OTHER_STEPS}[step](case)
    found = {name for name, act in RECEIVABLE_ACTS.items() if done(case, act)}
    assert found == allowed


@pytest.mark.parametrize("state", [1, 2])
def test_no_graded_state_but_open_lets_receivables_in(state: int) -> None:
    case = Case()
    case.claim = acts.claim(face=FACE)
    entering = ("register", "registerConfirmed", "confirm", "confirmMany")
    with case.ledger.undone():
        case.ledger.set_state(state)
        assert not any(done(case, RECEIVABLE_ACTS[name]) for name in entering)
    acts.register(case.ledger, case.claim)
    case.ledger.set_state(state)
    found = {name for name, act in RECEIVABLE_ACTS.items() if done(case, act)}
    assert found == {"decline", "withdraw"}


def test_the_cases_cover_every_status_of_a_lot() -> None:
    seen = set()
    for state in STATES:
        case = Case()
        state(case)
        seen.add(case.ledger.lot(case.lot).status)
    assert seen == set(LotStatus) - {LotStatus.NONE}
