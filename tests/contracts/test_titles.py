"""Who follows lots by events alone sees each change: title in EIP-721's Transfer, all else in the act's own words."""

from collections.abc import Callable

import pytest

from tests.builders import acts
from tests.builders.ledger import FUNDER, OTHER_FUNDER, SECOND, SUPPLIER, THIRD, Ledger, account

Act = Callable[[Ledger, int], object]
NOBODY = 0


def mature(ledger: Ledger, lot: int) -> int:
    ledger.set_time(acts.MATURITY)
    return lot


def free(ledger: Ledger) -> int:
    return acts.issue(ledger, face=1_000)


def locked(ledger: Ledger) -> int:
    return acts.lock(ledger, free(ledger))


def financed(ledger: Ledger) -> int:
    return mature(ledger, acts.finance(ledger, locked(ledger)))


def pledged(ledger: Ledger) -> int:
    return mature(ledger, acts.pledge(ledger, free(ledger)))


def given(ledger: Ledger, lot: int, to: int) -> int:
    acts.force(ledger, lot, to=to)
    return lot


MOVES: dict[str, tuple[Callable[[Ledger], int], Act, list[tuple[int, int]]]] = {
    "lock": (free, acts.lock, []),
    "sale": (locked, acts.finance, [(SUPPLIER, FUNDER)]),
    "pledge": (locked, lambda ledger, lot: acts.finance(ledger, lot, pledge=True), []),
    "enforcement": (pledged, acts.enforce, [(SUPPLIER, FUNDER)]),
    "release": (pledged, acts.release, []),
    "putting back": (financed, acts.put_back, [(FUNDER, SUPPLIER)]),
    "reassignment": (
        financed,
        lambda ledger, lot: acts.reassign(ledger, lot, to=OTHER_FUNDER),
        [(FUNDER, OTHER_FUNDER)],
    ),
    "order": (free, lambda ledger, lot: acts.force(ledger, lot, to=SECOND), [(SUPPLIER, SECOND)]),
    "order on a pledge": (
        pledged,
        lambda ledger, lot: acts.force(ledger, lot, to=THIRD),
        [(SUPPLIER, THIRD)],
    ),
    "sale to the funder an order gave it to": (
        lambda ledger: given(ledger, locked(ledger), FUNDER),
        acts.finance,
        [],
    ),
    "enforcement by the funder an order gave it to": (
        lambda ledger: given(ledger, pledged(ledger), FUNDER),
        acts.enforce,
        [],
    ),
    "putting back to the party an order gave it to": (
        lambda ledger: given(ledger, financed(ledger), SUPPLIER),
        acts.put_back,
        [],
    ),
    "payment in full": (financed, acts.settle, [(FUNDER, NOBODY)]),
    "payment of a pledge": (
        pledged,
        lambda ledger, lot: acts.settle(ledger, lot, payee=FUNDER),
        [(SUPPLIER, NOBODY)],
    ),
    "payment in part": (financed, lambda ledger, lot: acts.settle(ledger, lot, amount=999), []),
    "write-off": (financed, acts.write_off, [(FUNDER, NOBODY)]),
    "write-off in part": (financed, lambda ledger, lot: acts.write_off(ledger, lot, amount=999), []),
}


def address(party: int) -> str:
    return account(party).address.lower() if party else "0x" + "00" * 20


@pytest.mark.parametrize("name", MOVES)
def test_title_moves_where_an_event_says_so_and_nowhere_else(ledger: Ledger, name: str) -> None:
    make, act, expected = MOVES[name]
    lot = make(ledger)
    before = ledger.lot(lot).holder
    act(ledger, lot)
    told = [event.values for event in ledger.events() if event.name == "Transfer"]
    assert told == [
        {"from": address(giver), "to": address(taker), "tokenId": lot} for giver, taker in expected
    ]
    after = ledger.lot(lot)
    holder = after.holder if after.amount else NOBODY
    assert [(before, holder)] * (before != holder) == expected


@pytest.mark.parametrize("name", MOVES)
def test_an_act_tells_each_word_it_leaves(ledger: Ledger, name: str) -> None:
    make, act, _ = MOVES[name]
    lot = make(ledger)
    act(ledger, lot)
    (told,) = [event.values for event in ledger.events() if event.name != "Transfer"]
    assert told["lotWord"] == ledger.view("lotOf", lot)
    if "factsWord" in told:
        assert told["factsWord"] == ledger.view("facts", ledger.lot(lot).receivable)
        assert told["obligationWord"] == ledger.obligation().pack()
