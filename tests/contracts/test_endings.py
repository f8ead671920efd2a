"""Receivables that come to nothing: withdrawn, expired, canceled; their invoices are free again."""

from collections.abc import Callable

import pytest

from registry.chain.messages import Cancellation, keccak256
from registry.chain.words import LotStatus, ReceivableStatus
from tests.builders import acts
from tests.builders.ledger import (
    DAY,
    OBLIGOR,
    OPERATOR,
    SECOND,
    STRANGER,
    SUPPLIER,
    Ledger,
    account,
    refused,
)

EXPIRY = 30 * DAY
Ending = Callable[[Ledger, acts.Claim], None]


def expire_in_time(ledger: Ledger, found: acts.Claim) -> None:
    ledger.set_time(ledger.registered(found.receivable).expires)
    acts.expire(ledger, found)


ENDINGS: dict[str, tuple[Ending, ReceivableStatus]] = {
    "decline": (acts.decline, ReceivableStatus.DECLINED),
    "withdraw": (acts.withdraw, ReceivableStatus.WITHDRAWN),
    "expire": (expire_in_time, ReceivableStatus.EXPIRED),
}


def first_print(found: acts.Claim) -> bytes:
    return found.invoices[17:49]


@pytest.mark.parametrize("name", ENDINGS)
def test_its_invoices_are_free_again_and_its_id_is_not(ledger: Ledger, name: str) -> None:
    found = acts.register(ledger, acts.claim())
    end, status = ENDINGS[name]
    end(ledger, found)
    assert ledger.registered(found.receivable).status == status
    assert ledger.view("invoiceOf", first_print(found)) == 0
    with refused("IdAlreadyUsed"):
        acts.register(ledger, found)
    acts.register(ledger, acts.claim(packed=found.invoices, face=acts.FACE))


@pytest.mark.parametrize("name", ENDINGS)
def test_what_ended_or_was_confirmed_cannot_end_again(ledger: Ledger, name: str) -> None:
    end, _ = ENDINGS[name]
    found, confirmed = acts.register(ledger, acts.claim()), acts.register(ledger, acts.claim())
    acts.confirm(ledger, confirmed)
    acts.decline(ledger, found)
    for each, at in ((found, ReceivableStatus.DECLINED), (confirmed, ReceivableStatus.CONFIRMED)):
        with refused("ReceivableNotRegistered", status=at):
            end(ledger, each)
    with refused("ReceivableUnknown"):
        end(ledger, acts.claim())


@pytest.mark.parametrize("name", ENDINGS)
def test_it_ends_in_every_graded_state_whatever_became_of_the_parties(ledger: Ledger, name: str) -> None:
    found = acts.register(ledger, acts.claim())
    ledger.set_state(2)
    for party in (OBLIGOR, SUPPLIER):
        ledger.send(OPERATOR, "freeze", party, True)
        ledger.set_roles(party, roles=0, valid_until=0)
    ENDINGS[name][0](ledger, found)


def test_anyone_clears_away_what_nobody_confirmed_from_its_expiry_on(ledger: Ledger) -> None:
    found = acts.register(ledger, acts.claim())
    ledger.pass_time(EXPIRY - 1)
    with refused("ConfirmationPeriodNotOver", expires=ledger.now + 1):
        acts.expire(ledger, found)
    ledger.pass_time(1)
    with refused("ConfirmationPeriodOver"):
        acts.confirm(ledger, found)
    acts.expire(ledger, found)


def test_only_the_originator_withdraws(ledger: Ledger) -> None:
    found = acts.register(ledger, acts.claim())
    for other in (OBLIGOR, SECOND):
        with refused("ConsentMissing", party=SUPPLIER):
            acts.withdraw(ledger, found, sender=account(other))


def test_other_invoices_than_those_registered_are_not_released(ledger: Ledger) -> None:
    found, other = acts.register(ledger, acts.claim()), acts.register(ledger, acts.claim())
    swapped = acts.Claim(found.terms, other.invoices)
    with refused("InvoicesMismatch"):
        acts.withdraw(ledger, swapped)
    acts.confirm(ledger, found)
    with refused("InvoicesMismatch"):
        acts.cancel(ledger, swapped)


# ---------------------------------------------------------------------- cancel


@pytest.fixture
def issued(ledger: Ledger) -> acts.Claim:
    found = acts.claim(face=1_000)
    acts.issue(ledger, found)
    return found


def test_a_canceled_receivable_leaves_nothing_owed_and_its_invoices_free(
    ledger: Ledger, issued: acts.Claim
) -> None:
    acts.cancel(ledger, issued)
    assert ledger.facts(issued.receivable).status == ReceivableStatus.CANCELED
    assert (ledger.obligation().outstanding, ledger.obligation().count) == (0, 0)
    assert (ledger.lot(issued.lot).status, ledger.lot(issued.lot).amount) == (LotStatus.REDEEMED, 0)
    assert ledger.view("invoiceOf", first_print(issued)) == 0
    with refused("LotRedeemed"):
        acts.settle(ledger, issued.lot, lot_amount=0, amount=0)
    with refused("LotNotFree"):
        acts.cancel(ledger, issued)
    with refused("ReceivableNotConfirmed", status=ReceivableStatus.CANCELED):
        ledger.send(account(OBLIGOR), "contest", issued.receivable, 0, OBLIGOR, 1, bytes(32), [])


def test_explorers_see_a_canceled_lot_end(ledger: Ledger, issued: acts.Claim) -> None:
    acts.cancel(ledger, issued)
    (ended,) = [event for event in ledger.events() if event.name == "Transfer"]
    assert ended.values == {
        "from": account(SUPPLIER).address.lower(),
        "to": "0x" + "00" * 20,
        "tokenId": issued.lot,
    }


def test_both_obligor_and_originator_cancel(ledger: Ledger, issued: acts.Claim) -> None:
    with refused("ConsentMissing", party=SUPPLIER):
        acts.cancel(ledger, issued, consents=[])
    with refused("ConsentMissing", party=OBLIGOR):
        acts.cancel(ledger, issued, consents=[], sender=account(SUPPLIER))
    message = Cancellation(issued.receivable, 0, 1_000, acts.REASON)
    both = ledger.sign(message, account(OBLIGOR), account(SUPPLIER))
    acts.cancel(ledger, issued, consents=both, sender=STRANGER)


def lent(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=SECOND)


def split(ledger: Ledger, lot: int) -> None:
    acts.transfer(ledger, lot, to=SECOND, amount=500)


def paid(ledger: Ledger, lot: int) -> None:
    acts.settle(ledger, lot, amount=1)


def locked(ledger: Ledger, lot: int) -> None:
    acts.lock(ledger, lot)


@pytest.mark.parametrize(
    ("spoil", "error"),
    [(lent, "NotEntitled"), (split, "LotNotWhole"), (paid, "LotNotWhole"), (locked, "LotNotFree")],
)
def test_only_the_whole_free_root_lot_in_the_originators_hands_is_canceled(
    ledger: Ledger, issued: acts.Claim, spoil: Callable[[Ledger, int], None], error: str
) -> None:
    spoil(ledger, issued.lot)
    with refused(error):
        acts.cancel(ledger, issued)


def test_a_cancellation_signed_before_the_lot_moved_is_worth_nothing_when_it_is_back(
    ledger: Ledger, issued: acts.Claim
) -> None:
    early = ledger.sign(Cancellation(issued.receivable, 0, 1_000, acts.REASON), account(SUPPLIER))
    acts.transfer(ledger, issued.lot, to=SECOND)
    acts.reject(ledger, issued.lot)
    with refused("SignatureInvalid"):
        acts.cancel(ledger, issued, consents=early)
    acts.cancel(ledger, issued)


def test_a_frozen_originator_gives_nothing_away_and_a_frozen_obligor_may_come_to_owe_less(
    ledger: Ledger, issued: acts.Claim
) -> None:
    ledger.send(OPERATOR, "freeze", SUPPLIER, True)
    with refused("PartyFrozen", party=SUPPLIER):
        acts.cancel(ledger, issued)
    ledger.send(OPERATOR, "freeze", SUPPLIER, False)
    ledger.send(OPERATOR, "freeze", OBLIGOR, True)
    ledger.set_roles(SUPPLIER, valid_until=0)
    ledger.set_state(2)
    acts.suspend(ledger, issued.lot)
    acts.cancel(ledger, issued)


def test_what_was_canceled_can_be_registered_anew(ledger: Ledger, issued: acts.Claim) -> None:
    acts.cancel(ledger, issued)
    again = acts.claim(face=1_000, packed=issued.invoices)
    acts.issue(ledger, again)
    assert ledger.obligation().outstanding == 1_000
    assert keccak256(again.invoices) == issued.terms.invoices_hash
