"""A lost account is replaced in the open: proposed, waited for, refused by any key; and the arbiter's own hand-over."""

from collections.abc import Callable

import pytest

from registry.chain.keys import SigningKey
from registry.chain.words import GradedState
from registry.kit.errors import Refusal
from registry.parties import queries
from registry.parties.recovery import (
    propose_account,
    replace_arbiter,
    take_account,
    takeover_message,
    veto_account,
    veto_message,
)
from registry.parties.use_cases import freeze_party, set_state
from registry.receivables import queries as receivables
from registry.receivables.checks import Use
from registry.receivables.disputes import force_transfer, suspend_receivable
from registry.receivables.use_cases import prepare_receivable
from registry.relay.model import Act
from tests.builders.office import Office

CNY = 156


def refused_code(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


@pytest.fixture
def new() -> SigningKey:
    return SigningKey.create()


def propose(office: Office, new: SigningKey) -> None:
    office.settle(propose_account(office.context, office.number("tier1"), new.address))


def veto(office: Office, by: str = "tier1") -> Act:
    with office.service.database.read() as session:
        message = veto_message(session, office.number("tier1"))
    return veto_account(office.context, office.number("tier1"), [office.sign(by, message)])


def take(office: Office, key: SigningKey) -> Act:
    with office.service.database.read() as session:
        message = takeover_message(session, office.number("tier1"))
    consent = message.sign(key, office.context.domain, office.context.deadline())
    return take_account(office.context, office.number("tier1"), [consent])


@pytest.fixture
def root(office: Office) -> str:
    with office.service.database.read() as session:
        return receivables.lots(session)[0].id


def test_a_new_account_takes_over_after_seven_days_and_the_old_one_ends(
    office: Office, new: SigningKey, root: str
) -> None:
    propose(office, new)
    assert refused_code(lambda: take(office, new)) == "proposal_waits"
    office.clock.advance(days=7, minutes=1)
    assert refused_code(lambda: take(office, office.key("tier1"))) == "signature_invalid"
    office.settle(take(office, new))
    with office.service.database.read() as session:
        party = queries.party(session, office.number("tier1"))
        assert (party.account, party.epoch) == (new.address, 1)
        assert queries.recovery(session, party.number) is None
        assert receivables.lot(session, root).holder == party.number
    assert refused_code(lambda: office.send(root, "tier1", "tier2")) == "consent_missing"
    assert refused_code(lambda: take(office, new)) == "proposal_unknown"


def test_the_partys_own_key_refuses_even_while_it_is_frozen_and_then_only_the_arbiter_proposes(
    office: Office, new: SigningKey
) -> None:
    assert refused_code(lambda: veto(office)) == "proposal_unknown"
    propose(office, new)
    assert refused_code(lambda: veto(office, "tier2")) == "consent_missing"
    office.settle(freeze_party(office.context, office.number("tier1"), is_frozen=True))
    office.settle(veto(office))
    act = propose_account(office.context, office.number("tier1"), new.address)
    assert office.settle(act).sender == "arbiter"
    assert refused_code(lambda: veto(office)) == "proposal_final"
    office.clock.advance(days=7, minutes=1)
    office.settle(take(office, new))


def test_an_address_of_another_party_is_not_proposed(office: Office) -> None:
    number = office.number("tier1")
    for handle in ("tier1", "tier2"):
        address = office.key(handle).address
        assert (
            refused_code(lambda: propose_account(office.context, number, address))  # noqa: B023
            == "account_taken"
        )
    assert refused_code(lambda: propose_account(office.context, 999, "0x" + "11" * 20)) == "party_not_found"


# ---------------------------------------------------------------------- the ledger's state, the arbiter


def test_the_graded_state_stops_new_receivables_and_then_what_lots_do(office: Office, root: str) -> None:
    brought = office.bring("invoice-6.fapiao-2019.xml").id or ""

    def prepare() -> object:
        return prepare_receivable(office.context, office.request(Use(brought)))

    office.settle(set_state(office.context, GradedState.NO_NEW_RECEIVABLES))
    assert refused_code(prepare) == "no_new_receivables"
    office.pass_on(root, "tier1", "tier2", "400000.00")
    office.settle(set_state(office.context, GradedState.HALTED))
    assert refused_code(lambda: office.send(root, "tier1", "tier2")) == "halted"
    office.settle(set_state(office.context, GradedState.OPEN))
    prepare()
    office.pass_on(root, "tier1", "tier2", "600000.00")


def test_the_arbiter_suspends_resumes_and_orders_a_transfer(office: Office, root: str) -> None:
    with office.service.database.read() as session:
        receivable = receivables.lot(session, root).receivable
    suspended = office.settle(suspend_receivable(office.context, receivable, "order 7"))
    assert suspended.sender == "arbiter"
    assert refused_code(lambda: office.send(root, "tier1", "tier2")) == "receivable_suspended"
    office.settle(suspend_receivable(office.context, receivable, "lifted", is_suspended=False))
    to = office.number("tier3")
    office.settle(force_transfer(office.context, root, to, "order 8"))
    with office.service.database.read() as session:
        assert receivables.lot(session, root).holder == to
    assert refused_code(lambda: force_transfer(office.context, root, to, "order 9")) == "same_holder"


def test_an_arbiter_that_handed_over_has_no_power_left(office: Office, root: str) -> None:
    office.settle(replace_arbiter(office.context, SigningKey.create().address))
    act = force_transfer(office.context, root, office.number("tier2"), "order 10")
    assert refused_code(lambda: office.settle(act)) == "sender_not_arbiter"
    act = replace_arbiter(office.context, SigningKey.create().address)
    assert refused_code(lambda: office.settle(act)) == "sender_not_arbiter"
