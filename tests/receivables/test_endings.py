"""Receivables that come to nothing or are disputed: who may say so, until when, and what is free again."""

from collections.abc import Callable
from hashlib import sha256

import pytest

import api.auth.sights  # noqa: F401 - who sees what
from registry.chain.words import LotStatus
from registry.kit.errors import Refusal
from registry.parties import queries as parties
from registry.parties.use_cases import freeze_party
from registry.receivables import queries
from registry.receivables.checks import Use
from registry.receivables.disputes import Grounds, contest_message, contest_receivable
from registry.receivables.endings import (
    cancel_receivable,
    cancellation_message,
    expire_receivable,
    sign_cancellation,
    withdraw_receivable,
    withdrawal_message,
)
from registry.receivables.model import Lot, Receivable
from registry.receivables.page_queries import contests_of_receivables
from registry.receivables.rules import RECEIVABLE_STATUS_NAMES
from registry.receivables.use_cases import (
    confirm_receivable,
    confirmation_message,
    prepare_receivable,
    register_receivable,
    registration_message,
)
from registry.relay.model import Act
from registry.storage.sight import Viewer
from tests.builders.office import Office

FAPIAO = "invoice-6.fapiao-2019.xml"
EVIDENCE = sha256(b"delivery note").digest()


def refused_code(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def register(office: Office) -> str:
    """A registered receivable over all of a fresh invoice."""
    invoice = office.bring(FAPIAO)
    prepared = prepare_receivable(office.context, office.request(Use(invoice.id or "")))
    with office.service.database.read() as session:
        message = registration_message(session, prepared.receivable)
    consents = [office.sign("tier1", message)]
    office.settle(register_receivable(office.context, prepared.receivable, consents))
    return prepared.receivable


@pytest.fixture
def registered(office: Office) -> str:
    return register(office)


@pytest.fixture
def confirmed(office: Office) -> Receivable:
    """The office's one confirmed receivable, all of it with tier1."""
    with office.service.database.read() as session:
        return queries.receivables(session, status=2)[0]


def status(office: Office, receivable: str) -> str:
    with office.service.database.read() as session:
        return RECEIVABLE_STATUS_NAMES[queries.receivable(session, receivable).status]


def withdraw(office: Office, receivable: str, *, by: str = "tier1") -> Act:
    with office.service.database.read() as session:
        message = withdrawal_message(session, receivable, "entered twice")
    return withdraw_receivable(office.context, receivable, "entered twice", [office.sign(by, message)])


def cancel(office: Office, receivable: str, *signers: str) -> Act:
    with office.service.database.read() as session:
        message = cancellation_message(session, receivable, "goods returned")
    consents = [office.sign(one, message) for one in signers]
    return cancel_receivable(office.context, receivable, "goods returned", consents)


def contest(office: Office, receivable: str, by: str, *, lot: str | None = None, signer: str = "") -> Act:
    grounds = Grounds(office.number(by), 5, EVIDENCE, lot)
    with office.service.database.read() as session:
        message = contest_message(session, receivable, grounds)
    return contest_receivable(office.context, receivable, grounds, [office.sign(signer or by, message)])


# ---------------------------------------------------------------------- withdrawn, expired


def test_its_supplier_withdraws_an_unconfirmed_receivable_and_registers_the_invoice_again(
    office: Office, registered: str
) -> None:
    office.settle(withdraw(office, registered))
    assert status(office, registered) == "withdrawn"
    assert status(office, register_again(office, registered)) == "registered"


def register_again(office: Office, receivable: str) -> str:
    with office.service.database.read() as session:
        invoice = queries.draft_invoices(session, receivable)[0].invoice
    prepared = prepare_receivable(office.context, office.request(Use(invoice)))
    with office.service.database.read() as session:
        message = registration_message(session, prepared.receivable)
    consents = [office.sign("tier1", message)]
    office.settle(register_receivable(office.context, prepared.receivable, consents))
    return prepared.receivable


@pytest.mark.parametrize("by", ["obligor", "tier2", "stranger"])
def test_nobody_else_withdraws_it(office: Office, registered: str, by: str) -> None:
    assert refused_code(lambda: withdraw(office, registered, by=by)) == "consent_missing"
    assert status(office, registered) == "registered"


def test_what_is_confirmed_or_withdrawn_is_not_withdrawn(office: Office, registered: str) -> None:
    office.settle(withdraw(office, registered))
    assert refused_code(lambda: withdraw(office, registered)) == "not_awaiting_confirmation"
    with office.service.database.read() as session:
        confirmed = queries.receivables(session, status=2)[0].id
    assert refused_code(lambda: withdraw(office, confirmed)) == "not_awaiting_confirmation"


def test_anybody_clears_a_receivable_away_once_its_time_is_over_and_not_before(
    office: Office, registered: str
) -> None:
    assert (
        refused_code(lambda: expire_receivable(office.context, registered)) == "confirmation_period_not_over"
    )
    office.clock.advance(days=31)
    office.settle(expire_receivable(office.context, registered))
    assert status(office, registered) == "expired"
    with office.service.database.read() as session:
        message = confirmation_message(session, registered)
    late = [office.sign("obligor", message)]
    assert (
        refused_code(lambda: confirm_receivable(office.context, registered, late))
        == "not_awaiting_confirmation"
    )


def test_one_act_at_a_time_on_a_receivable(office: Office, registered: str) -> None:
    withdraw(office, registered)
    assert refused_code(lambda: withdraw(office, registered)) == "act_pending"


# ---------------------------------------------------------------------- canceled


def test_supplier_and_obligor_undo_what_was_confirmed(office: Office, confirmed: Receivable) -> None:
    office.settle(cancel(office, confirmed.id, "tier1", "obligor"))
    assert status(office, confirmed.id) == "canceled"
    with office.service.database.read() as session:
        root = queries.lot(session, confirmed.commitment)
        owed = queries.obligation(session, confirmed.obligor, confirmed.currency)
        assert (root.status, root.amount) == (LotStatus.REDEEMED, 0)
        assert owed is not None
        assert (owed.outstanding, owed.count) == (0, 0)


@pytest.mark.parametrize("signers", [("tier1",), ("obligor",), ("tier1", "tier2"), ()])
def test_one_of_them_cannot_undo_it_alone(
    office: Office, confirmed: Receivable, signers: tuple[str, ...]
) -> None:
    assert refused_code(lambda: cancel(office, confirmed.id, *signers)) == "consent_missing"


def test_what_was_passed_on_or_split_is_not_undone(office: Office, confirmed: Receivable) -> None:
    both = ("tier1", "obligor")
    office.pass_on(confirmed.commitment, "tier1", "tier2", "400000.00")
    assert refused_code(lambda: cancel(office, confirmed.id, *both)) == "lot_not_whole"
    office.pass_on(confirmed.commitment, "tier1", "tier2", "600000.00")
    assert refused_code(lambda: cancel(office, confirmed.id, *both)) == "not_entitled"


def test_what_is_not_confirmed_is_not_canceled_and_a_frozen_supplier_cancels_nothing(
    office: Office, registered: str, confirmed: Receivable
) -> None:
    assert refused_code(lambda: cancel(office, registered, "tier1")) == "receivable_not_confirmed"
    office.settle(freeze_party(office.context, office.number("tier1"), is_frozen=True))
    assert refused_code(lambda: cancel(office, confirmed.id, "tier1", "obligor")) == "party_frozen"


# ---------------------------------------------------------------------- contested


def root_of(office: Office, receivable: Receivable) -> Lot:
    with office.service.database.read() as session:
        return queries.lot(session, receivable.commitment)


def test_an_obligor_and_a_holder_contest_and_nothing_moves(office: Office, confirmed: Receivable) -> None:
    before = root_of(office, confirmed)
    office.settle(contest(office, confirmed.id, "obligor"))
    office.settle(contest(office, confirmed.id, "tier1", lot=confirmed.commitment))
    assert root_of(office, confirmed).seq == before.seq
    with office.service.database.read() as session:
        found = [
            (one.party, one.code, one.evidence) for one in contests_of_receivables(session, [confirmed.id])
        ]
        assert parties.party(session, office.number("obligor")).nonce == 1
    evidence = "0x" + EVIDENCE.hex()
    assert found == [(office.number("obligor"), 5, evidence), (office.number("tier1"), 5, evidence)]


def test_a_contest_takes_a_lot_of_ones_own_and_ones_own_key(office: Office, confirmed: Receivable) -> None:
    root = confirmed.commitment
    assert refused_code(lambda: contest(office, confirmed.id, "tier1")) == "not_entitled"
    assert refused_code(lambda: contest(office, confirmed.id, "tier2", lot=root)) == "not_entitled"
    assert refused_code(lambda: contest(office, confirmed.id, "obligor", signer="tier2")) == "consent_missing"


def test_a_contest_has_one_of_six_codes(office: Office, confirmed: Receivable) -> None:
    for code in (0, 7):
        with office.service.database.read() as session:
            grounds = Grounds(office.number("obligor"), code, EVIDENCE)
            assert (
                refused_code(lambda: contest_message(session, confirmed.id, grounds))  # noqa: B023
                == "code_invalid"
            )


def sign_undoing(office: Office, receivable: str, by: str, reason: str = "wrong price") -> Act | None:
    with office.service.database.read() as session:
        message = cancellation_message(session, receivable, reason)
    return sign_cancellation(
        office.context, receivable, reason, office.number(by), [office.sign(by, message)]
    )


@pytest.mark.parametrize("sides", [("tier1", "obligor"), ("obligor", "tier1")])
def test_each_side_of_a_cancellation_signs_in_its_own_time(office: Office, sides: tuple[str, str]) -> None:
    with office.service.database.read() as session:
        receivable = queries.lots(session)[0].receivable
    assert sign_undoing(office, receivable, sides[0]) is None
    assert sign_undoing(office, receivable, sides[1], "another reason") is None
    act = sign_undoing(office, receivable, sides[1])
    assert act is not None
    office.settle(act)
    with office.service.database.read() as session:
        assert RECEIVABLE_STATUS_NAMES[queries.receivable(session, receivable).status] == "canceled"


def test_only_supplier_and_obligor_undo_a_receivable(office: Office) -> None:
    with office.service.database.read() as session:
        receivable = queries.lots(session)[0].receivable
    assert refused_code(lambda: sign_undoing(office, receivable, "bank")) == "not_entitled"


def test_the_other_side_reads_why_a_receivable_was_withdrawn(office: Office, registered: str) -> None:
    with office.service.database.read() as session:
        message = withdrawal_message(session, registered, "wrong maturity ")
    consents = [office.sign("tier1", message)]
    office.settle(withdraw_receivable(office.context, registered, "wrong maturity ", consents))
    for handle, wanted in (("obligor", "wrong maturity"), ("tier2", None)):
        seen = office.service.database.on_behalf(Viewer(office.number(handle)))
        with office.service.database.read() as session:
            record = queries.receivable(session, registered)
        with seen.read() as session:
            found = queries.reason(session, record)
            assert (found and found.words) == wanted
