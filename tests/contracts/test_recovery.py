"""A lost account: the operator proposes, any live key can veto, the new account takes over after its wait."""

import pytest

from registry.chain.messages import Mandate, Transfer
from registry.chain.words import PartyFlag, Scope
from tests.builders import acts
from tests.builders.ledger import (
    ARBITER,
    CNY,
    DAY,
    OPERATOR,
    SECOND,
    STRANGER,
    SUPPLIER,
    Ledger,
    Refused,
    account,
    key_named,
    refused,
)

NEW, OTHER, CLERK = key_named("new account"), key_named("other account"), key_named("clerk")
WAIT = 7 * DAY


@pytest.fixture
def proposed(ledger: Ledger) -> Ledger:
    ledger.grant(SUPPLIER, CLERK, scopes=Scope.TRANSFER)
    acts.propose(ledger, SUPPLIER, NEW)
    return ledger


def veto(ledger: Ledger, by: object = CLERK) -> None:
    ledger.send(by, "vetoAccount", SUPPLIER, [])


def test_the_new_account_takes_over_and_all_older_keys_die(proposed: Ledger) -> None:
    ledger, lot = proposed, acts.issue(proposed)
    before = ledger.view("lotOf", lot)
    ledger.pass_time(WAIT)
    acts.take(ledger, SUPPLIER, NEW)
    party = ledger.party(SUPPLIER)
    assert (party.account, party.epoch) == (int(NEW.address, 16), 1)
    assert (ledger.view("recovery", SUPPLIER), ledger.view("lotOf", lot)) == (0, before)
    for old in (account(SUPPLIER), CLERK):
        with refused("ConsentMissing", party=SUPPLIER):
            acts.transfer(ledger, lot, to=SECOND, sender=old)
    message = Transfer(lot, 0, acts.FACE, SECOND, acts.FACE)
    with refused("ConsentMissing"):
        signed = ledger.sign(message, account(SUPPLIER), CLERK)
        acts.transfer(ledger, lot, to=SECOND, sender=STRANGER, consents=signed)
    acts.transfer(ledger, lot, to=SECOND, sender=NEW)


def test_the_new_account_gives_keys_that_live(proposed: Ledger) -> None:
    ledger, lot = proposed, acts.issue(proposed)
    ledger.pass_time(WAIT)
    acts.take(ledger, SUPPLIER, NEW)
    given = (SUPPLIER, CLERK.address, int(Scope.TRANSFER), CNY, ledger.now, acts.FACE)
    signed = ledger.sign(Mandate(*given, ledger.party(SUPPLIER).nonce), CLERK)
    ledger.send(NEW, "setKey", *given, signed)
    assert ledger.key(CLERK).epoch == 1
    acts.transfer(ledger, lot, to=SECOND, sender=CLERK)


def test_it_waits_its_seven_days_and_not_a_second_less(proposed: Ledger) -> None:
    proposed.pass_time(WAIT - 1)
    with refused("ProposalWaits", effective=proposed.now + 1):
        acts.take(proposed, SUPPLIER, NEW)
    proposed.pass_time(1)
    acts.take(proposed, SUPPLIER, NEW)


def test_each_proposal_waits_its_own_time_and_replaces_the_one_before(proposed: Ledger) -> None:
    proposed.pass_time(WAIT - 1)
    acts.propose(proposed, SUPPLIER, OTHER)
    proposed.pass_time(1)
    with refused("ProposalWaits"):
        acts.take(proposed, SUPPLIER, OTHER)
    with refused("SignatureInvalid", signer=OTHER.address.lower()):
        proposed.pass_time(WAIT)
        acts.take(proposed, SUPPLIER, NEW)
    acts.take(proposed, SUPPLIER, OTHER)


def test_nobody_but_the_proposed_account_takes_it(proposed: Ledger) -> None:
    proposed.pass_time(WAIT)
    for other in (OPERATOR, ARBITER, STRANGER, account(SUPPLIER), CLERK):
        with refused("SignatureInvalid", signer=NEW.address.lower()):
            acts.take(proposed, SUPPLIER, other)


@pytest.mark.parametrize("by", [CLERK, account(SUPPLIER)])
def test_any_live_key_vetoes_even_for_a_frozen_and_expired_party(proposed: Ledger, by: object) -> None:
    proposed.send(OPERATOR, "freeze", SUPPLIER, True)
    proposed.set_roles(SUPPLIER, roles=0, valid_until=0)
    proposed.set_state(2)
    proposed.pass_time(WAIT + DAY)
    veto(proposed, by)
    assert proposed.party(SUPPLIER).flags == PartyFlag.FROZEN | PartyFlag.VETOED
    with refused("ProposalUnknown", party=SUPPLIER):
        acts.take(proposed, SUPPLIER, NEW)


def test_a_key_that_is_no_longer_live_vetoes_nothing(proposed: Ledger) -> None:
    proposed.grant(SUPPLIER, OTHER, valid_until=proposed.now)
    proposed.pass_time(1)
    for dead in (OTHER, STRANGER, account(SECOND), OPERATOR, ARBITER):
        with refused("ConsentMissing", party=SUPPLIER):
            veto(proposed, dead)
    proposed.send(account(SUPPLIER), "revokeKey", SUPPLIER, CLERK.address, [])
    with refused("ConsentMissing"):
        veto(proposed)


def test_after_a_veto_only_the_arbiter_proposes_and_that_is_final(proposed: Ledger) -> None:
    veto(proposed)
    with refused("ProposalUnknown"):
        veto(proposed)
    with refused("SenderNotArbiter", sender=OPERATOR.address.lower()):
        acts.propose(proposed, SUPPLIER, NEW)
    acts.propose(proposed, SUPPLIER, NEW, sender=ARBITER)
    with refused("ProposalFinal", party=SUPPLIER):
        veto(proposed)
    with refused("SenderNotArbiter"):
        acts.propose(proposed, SUPPLIER, OTHER)
    proposed.pass_time(WAIT - 1)
    with refused("ProposalWaits"):
        acts.take(proposed, SUPPLIER, NEW)
    proposed.pass_time(1)
    acts.take(proposed, SUPPLIER, NEW)
    assert proposed.party(SUPPLIER).flags == 0, "the new account may veto again"
    acts.propose(proposed, SUPPLIER, OTHER)
    veto(proposed, NEW)


def test_only_the_operator_proposes_first(ledger: Ledger) -> None:
    for other in (ARBITER, STRANGER, account(SUPPLIER), account(SECOND)):
        with refused("OwnableUnauthorizedAccount"):
            acts.propose(ledger, SUPPLIER, NEW, sender=other)
    with refused("UnknownParty", party=99):
        acts.propose(ledger, 99, NEW)
    with refused("ZeroAddress"):
        ledger.send(OPERATOR, "proposeAccount", SUPPLIER, "0x" + "00" * 20)


def test_one_address_belongs_to_one_party_however_it_came_to_it(proposed: Ledger) -> None:
    with refused("AddressAlreadyBound", party=SECOND):
        acts.propose(proposed, SUPPLIER, account(SECOND))
    with refused("AddressAlreadyBound", party=SUPPLIER):
        acts.propose(proposed, SUPPLIER, account(SUPPLIER))
    proposed.grant(SECOND, NEW)  # bound elsewhere while the proposal waits
    proposed.pass_time(WAIT)
    with refused("AddressAlreadyBound", party=SECOND):
        acts.take(proposed, SUPPLIER, NEW)


def test_a_key_of_the_party_may_become_its_account_and_the_old_account_its_key(proposed: Ledger) -> None:
    acts.propose(proposed, SUPPLIER, CLERK)
    proposed.pass_time(WAIT)
    acts.take(proposed, SUPPLIER, CLERK)
    word = proposed.key(CLERK)
    assert (word.party, word.scopes, word.epoch) == (SUPPLIER, 0xFFFF, 1)
    given = (SUPPLIER, account(SUPPLIER).address, 4, CNY, proposed.now + DAY, 10**9)
    with refused("AddressAlreadyBound"):
        proposed.send(CLERK, "setKey", SUPPLIER, CLERK.address, *given[2:], [])
    message = Mandate(*given, proposed.party(SUPPLIER).nonce)
    proposed.send(CLERK, "setKey", *given, proposed.sign(message, account(SUPPLIER)))
    assert proposed.key(account(SUPPLIER)).epoch == 1, "the old address stays the party's"


def test_an_epoch_never_comes_round_again(proposed: Ledger) -> None:
    word = proposed.view("party", SUPPLIER)
    proposed.write("parties", SUPPLIER, word | 255 << 232)
    proposed.pass_time(WAIT)
    with refused("EpochExhausted", party=SUPPLIER):
        acts.take(proposed, SUPPLIER, NEW)


def test_a_hostile_operator_gets_nowhere_while_a_key_vetoes(ledger: Ledger) -> None:
    ledger.grant(SUPPLIER, CLERK)
    before = (ledger.party(SUPPLIER).account, ledger.party(SUPPLIER).epoch)
    acts.propose(ledger, SUPPLIER, OPERATOR)
    ledger.send(OPERATOR, "freeze", SUPPLIER, True)
    ledger.send(OPERATOR, "setRoles", SUPPLIER, 0, 0)
    ledger.send(OPERATOR, "setState", 2)
    veto(ledger)
    ledger.pass_time(1_000 * DAY)
    for act, arguments in (("takeAccount", (SUPPLIER, [])), ("proposeAccount", (SUPPLIER, OPERATOR.address))):
        with pytest.raises(Refused):
            ledger.send(OPERATOR, act, *arguments)
    assert before == (ledger.party(SUPPLIER).account, ledger.party(SUPPLIER).epoch)


def test_the_graded_state_has_three_levels_and_is_the_operators(ledger: Ledger) -> None:
    for state in (1, 2, 0):
        ledger.send(OPERATOR, "setState", state)
        assert ledger.limits.state == state
    with refused("StateInvalid", state=3):
        ledger.send(OPERATOR, "setState", 3)
    for other in (ARBITER, STRANGER, account(SUPPLIER)):
        with refused("OwnableUnauthorizedAccount"):
            ledger.send(other, "setState", 1)
