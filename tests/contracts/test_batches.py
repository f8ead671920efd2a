"""Several acts of one party under one signature: all or nothing, the cap against their sum."""

from collections.abc import Callable
from dataclasses import replace

from registry.chain.contract import Event
from registry.chain.messages import (
    Confirmations,
    Registrations,
    Settlements,
    Transfers,
    child_lot,
)
from registry.chain.words import LotStatus, ReceivableStatus, Scope
from tests.builders import acts
from tests.builders.ledger import (
    EUR,
    FUNDER,
    OBLIGOR,
    OPERATOR,
    OTHER_OBLIGOR,
    REGISTRAR,
    SECOND,
    SETTLER,
    STRANGER,
    SUPPLIER,
    THIRD,
    Ledger,
    account,
    key_named,
    refused,
)

CLERK = key_named("clerk")


def register_many(ledger: Ledger, *claims: acts.Claim, sender: object = account(REGISTRAR)) -> None:
    message = Registrations(tuple(each.terms for each in claims))
    packed = [each.invoices for each in claims]
    consents = ledger.sign(message, account(SUPPLIER))
    ledger.send(sender, "registerMany", [each.terms for each in claims], packed, consents)


def confirm_many(ledger: Ledger, *claims: acts.Claim, by: int = OBLIGOR) -> None:
    ledger.send(account(by), "confirmMany", [each.terms for each in claims], [])


# ---------------------------------------------------------------------- registrations


def test_many_registrations_are_those_one_by_one(ledger: Ledger) -> None:
    claims = [acts.claim(), acts.claim(obligor=OTHER_OBLIGOR), acts.claim(settler=0)]
    with ledger.undone():
        for each in claims:
            acts.register(ledger, each)
        single = [ledger.view("facts", each.receivable) for each in claims]
    register_many(ledger, *claims)
    assert [event.name for event in ledger.events()] == ["ReceivableRegistered"] * 3
    assert [ledger.view("facts", each.receivable) for each in claims] == single


def test_one_bad_registration_stops_them_all(ledger: Ledger) -> None:
    good, bad = acts.claim(), acts.claim(face=1)
    with refused("FaceTooSmall"):
        register_many(ledger, good, bad)
    assert ledger.view("facts", good.receivable) == 0
    with refused("IdAlreadyUsed"):
        register_many(ledger, good, good)
    twice = acts.claim(packed=good.invoices, face=acts.FACE)
    with refused("InvoiceOverCap"):
        register_many(ledger, good, twice)
    with refused("ObligorIsOriginator"):
        register_many(ledger, good, acts.claim(obligor=SUPPLIER))


def test_each_obligor_of_a_batch_must_be_one_that_may_owe(ledger: Ledger) -> None:
    good, other = acts.claim(), acts.claim(obligor=OTHER_OBLIGOR)
    for party, error in ((SECOND, "RoleMissing"), (99, "UnknownParty")):
        with refused(error, party=party):
            register_many(ledger, good, acts.claim(obligor=party))
    for act, error in (("bar", "ObligorBarred"), ("freeze", "PartyFrozen")):
        with ledger.undone():
            ledger.send(OPERATOR, act, OTHER_OBLIGOR, True)
            with refused(error):
                register_many(ledger, good, other)
    register_many(ledger, good, other)


def test_a_batch_of_registrations_is_one_originators_in_one_currency(ledger: Ledger) -> None:
    for odd in (acts.claim(originator=SECOND), acts.claim(currency=EUR)):
        with refused("BatchMixed", index=1):
            register_many(ledger, acts.claim(), odd)


def test_an_empty_batch_or_one_with_too_few_lists_is_refused(ledger: Ledger) -> None:
    one = acts.claim()
    for terms, packed in (([], []), ([one.terms], []), ([one.terms], [one.invoices] * 2)):
        with refused("BatchInvalid"):
            ledger.send(account(REGISTRAR), "registerMany", terms, packed, [])
    for sender, act, arguments in (
        (OBLIGOR, "confirmMany", ([], [])),
        (SUPPLIER, "transferMany", (SUPPLIER, [], [])),
        (SETTLER, "settleMany", (SETTLER, [], [])),
    ):
        with refused("BatchInvalid"):
            ledger.send(account(sender), act, *arguments)


def test_batches_need_a_registrar_and_an_open_registry(ledger: Ledger) -> None:
    found = acts.claim()
    with refused("SenderNotRegistrar"):
        register_many(ledger, found, sender=STRANGER)
    waiting = acts.register(ledger, acts.claim())
    ledger.set_state(1)
    with refused("NoNewReceivables"):
        register_many(ledger, found)
    with refused("NoNewReceivables"):
        confirm_many(ledger, waiting)


# ---------------------------------------------------------------------- confirmations


def test_many_confirmations_make_many_root_lots_or_none(ledger: Ledger) -> None:
    claims = [acts.register(ledger, acts.claim()) for _ in range(3)]
    acts.confirm(ledger, claims[2])
    with refused("ReceivableNotRegistered", status=ReceivableStatus.CONFIRMED):
        confirm_many(ledger, *claims)
    confirm_many(ledger, *claims[:2])
    assert (ledger.obligation().outstanding, ledger.obligation().count) == (3 * acts.FACE, 3)
    assert all(ledger.lot(each.lot).status == LotStatus.FREE for each in claims)


def test_a_batch_of_confirmations_is_one_obligors_in_one_currency(ledger: Ledger) -> None:
    first = acts.register(ledger, acts.claim())
    for odd in (acts.claim(obligor=OTHER_OBLIGOR), acts.claim(currency=EUR)):
        with refused("BatchMixed", index=1):
            confirm_many(ledger, first, acts.register(ledger, odd))


def test_the_quota_holds_for_the_sum_of_a_batch(ledger: Ledger) -> None:
    ledger.send(account(OBLIGOR), "setQuota", OBLIGOR, 156, 2 * acts.FACE - 1, [])
    claims = [acts.register(ledger, acts.claim()) for _ in range(2)]
    with refused("QuotaExceeded", outstanding=2 * acts.FACE):
        confirm_many(ledger, *claims)
    confirm_many(ledger, claims[0])


def test_a_cap_is_held_against_the_sum(ledger: Ledger) -> None:
    ledger.grant(OBLIGOR, CLERK, scopes=Scope.CONFIRM, cap=2 * acts.FACE - 1)
    claims = [acts.register(ledger, acts.claim()) for _ in range(2)]
    message = Confirmations(tuple(each.terms for each in claims))
    with refused("CapExceeded", amount=2 * acts.FACE):
        terms = [each.terms for each in claims]
        ledger.send(STRANGER, "confirmMany", terms, ledger.sign(message, CLERK))


# ---------------------------------------------------------------------- transfers


def test_several_parts_of_one_lot_and_another_whole_in_one_signature(ledger: Ledger) -> None:
    lot, other = acts.issue(ledger, face=1_000), acts.issue(ledger, face=500)
    wanted = [(lot, SECOND, 300), (lot, THIRD, 200), (other, FUNDER, 500), (lot, FUNDER, 500)]
    message = Transfers(acts.moves_of(ledger, *wanted))
    assert [(move.seq, move.lot_amount) for move in message.moves] == [
        (0, 1_000),
        (1, 700),
        (0, 500),
        (2, 500),
    ]
    signed = ledger.sign(message, account(SUPPLIER))
    acts.transfer_many(ledger, *wanted, sender=STRANGER, consents=signed)
    holders = [ledger.lot(each).holder for each in (child_lot(lot, 0), child_lot(lot, 1), other, lot)]
    assert holders == [SECOND, THIRD, FUNDER, FUNDER]
    with refused("NotEntitled", party=SUPPLIER):
        acts.transfer_many(ledger, *wanted, sender=STRANGER, consents=signed)


def test_one_bad_move_stops_them_all(ledger: Ledger) -> None:
    lot, foreign = acts.issue(ledger, face=1_000), acts.issue(ledger)
    acts.transfer(ledger, foreign, to=SECOND)
    euro = acts.issue(ledger, currency=EUR)
    good = (lot, SECOND, 300)
    for bad, error in (
        ((foreign, THIRD, 5), "NotEntitled"),
        ((lot, SUPPLIER, 300), "SameParty"),
        ((lot, SECOND, 701), "AmountInvalid"),
        ((lot, SECOND, 0), "AmountInvalid"),
        ((lot, SECOND, 50), "BelowMinLot"),
        ((lot, 99, 300), "UnknownParty"),
        ((12_345, SECOND, 300), "LotUnknown"),
        ((euro, SECOND, 300), "BatchMixed"),
    ):
        with refused(error):
            acts.transfer_many(ledger, good, bad)
        assert ledger.lot(lot).amount == 1_000


def test_a_lot_passed_on_whole_is_no_longer_the_senders_in_the_same_batch(ledger: Ledger) -> None:
    lot = acts.issue(ledger, face=1_000)
    with refused("NotEntitled"):
        acts.transfer_many(ledger, (lot, SECOND, 1_000), (lot, THIRD, 1_000))


def test_halted_stops_batches_of_transfers_and_frozen_senders_too(ledger: Ledger) -> None:
    lot = acts.issue(ledger, face=1_000)
    ledger.set_state(2)
    with refused("Halted"):
        acts.transfer_many(ledger, (lot, SECOND, 1_000))
    ledger.set_state(0)
    ledger.send(OPERATOR, "freeze", SUPPLIER, True)
    with refused("PartyFrozen"):
        acts.transfer_many(ledger, (lot, SECOND, 1_000))


# ---------------------------------------------------------------------- settlements


def test_one_settler_records_many_payments(ledger: Ledger) -> None:
    lot, other = acts.issue(ledger, face=1_000), acts.pledge(ledger, acts.issue(ledger, face=500))
    payments = acts.payments_of(ledger, (lot, 400), (other, 500))
    acts.settle_many(ledger, *payments)
    assert (ledger.lot(lot).amount, ledger.lot(other).status) == (600, LotStatus.REDEEMED)
    again = acts.payments_of(ledger, (lot, 600))
    signed = ledger.sign(Settlements(again), account(SETTLER))
    acts.settle_many(ledger, *again, sender=STRANGER, consents=signed)
    assert ledger.obligation().outstanding == 0
    with refused("LotRedeemed"):
        acts.settle_many(ledger, *again, sender=STRANGER, consents=signed)


def test_one_bad_payment_stops_them_all(ledger: Ledger) -> None:
    lot, euro = acts.issue(ledger, face=1_000), acts.issue(ledger, currency=EUR)
    unsettled, pledged = acts.issue(ledger, settler=0), acts.pledge(ledger, acts.issue(ledger))
    good = acts.payments_of(ledger, (lot, 100))[0]
    pledge = acts.payments_of(ledger, (pledged, 5))[0]
    for bad, error in (
        (good, "LotChanged"),
        (acts.payments_of(ledger, (euro, 5))[0], "BatchMixed"),
        (acts.payments_of(ledger, (unsettled, 5))[0], "NotEntitled"),
        (acts.payments_of(ledger, (pledged, 0))[0], "AmountInvalid"),
        (type(pledge)(pledged, 0, pledge.lot_amount, SUPPLIER, 5, bytes(32)), "LotChanged"),
    ):
        with refused(error):
            acts.settle_many(ledger, good, bad)
        assert ledger.lot(lot).amount == 1_000


def test_only_the_settler_settles_many_and_not_while_frozen(ledger: Ledger) -> None:
    payment = acts.payments_of(ledger, (acts.issue(ledger), 5))
    with refused("NotEntitled", party=SUPPLIER):
        acts.settle_many(ledger, *payment, by=SUPPLIER)
    with refused("UnknownParty"):
        acts.settle_many(ledger, *payment, by=0)
    ledger.send(OPERATOR, "freeze", SETTLER, True)
    with refused("PartyFrozen", party=SETTLER):
        acts.settle_many(ledger, *payment)


# ---------------------------------------------------------------------- events


def events_of(ledger: Ledger, *sent: Callable[[], object]) -> list[Event]:
    """What the acts tell one after the other, which is then taken back."""
    told = []
    with ledger.undone():
        for act in sent:
            act()
            told += ledger.events()
    return told


def test_a_batch_tells_what_its_parts_tell_one_by_one(ledger: Ledger) -> None:
    """Terms, invoices and references of payments stand in no word, only in these events."""
    one, two = acts.claim(), acts.claim(obligor=OTHER_OBLIGOR, settler=0)
    assert events_of(ledger, lambda: register_many(ledger, one, two)) == events_of(
        ledger, lambda: acts.register(ledger, one), lambda: acts.register(ledger, two)
    )
    lot, other = acts.issue(ledger, face=1_000), acts.issue(ledger, face=1_000, obligor=OTHER_OBLIGOR)
    assert events_of(
        ledger, lambda: acts.transfer_many(ledger, (lot, SECOND, 400), (other, THIRD, 1_000))
    ) == (
        events_of(
            ledger,
            lambda: acts.transfer(ledger, lot, to=SECOND, amount=400),
            lambda: acts.transfer(ledger, other, to=THIRD),
        )
    )
    first, second = acts.payments_of(ledger, (lot, 400), (other, 1_000))
    second = replace(second, payment=bytes(range(32)))
    assert events_of(ledger, lambda: acts.settle_many(ledger, first, second)) == events_of(
        ledger,
        lambda: acts.settle(ledger, lot, amount=400),
        lambda: acts.settle(ledger, other, payment=bytes(range(32))),
    )
