"""What holders may do with lots, and what they are told when they may not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from registry.chain.messages import Domain
from registry.kit.errors import Refusal
from registry.parties.use_cases import freeze_party
from registry.receivables import queries
from registry.receivables.lots import reject_lot, rejection_message, transfer_lot, transfer_message
from registry.receivables.model import Lot
from registry.receivables.rules import LOT_STATUS_NAMES
from registry.receivables.use_cases import confirm_receivable, confirmation_message
from tests.builders.office import Office

MILLION = 100_000_000


@pytest.fixture
def root(office: Office) -> str:
    with office.service.database.read() as session:
        return queries.lots(session)[0].id


def lot(office: Office, lot_id: str) -> Lot:
    with office.service.database.read() as session:
        return queries.lot(session, lot_id)


def refused_code(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def send(office: Office, lot_id: str, to: str, minor: int, *, by: str = "tier1") -> object:
    with office.service.database.read() as session:
        message = transfer_message(session, lot_id, office.number(to), minor)
    return transfer_lot(office.context, lot_id, office.number(to), minor, [office.sign(by, message)])


def test_a_part_becomes_a_lot_of_its_own_and_the_rest_stays(office: Office, root: str) -> None:
    office.pass_on(root, "tier1", "tier2", "400000.00")
    with office.service.database.read() as session:
        child = next(one for one in queries.lots(session) if one.parent == root)
        rest = queries.lot(session, root)
        assert (child.amount, child.holder, child.hops) == (40_000_000, office.number("tier2"), 1)
        assert (rest.amount, rest.holder, rest.hops) == (60_000_000, office.number("tier1"), 0)
        assert [one.id for one in queries.ancestors(session, child.id)] == [child.id, root]
        assert queries.full_lot_id(session, child.id[:10]) == child.id


def test_a_whole_transfer_keeps_the_lot(office: Office, root: str) -> None:
    office.pass_on(root, "tier1", "tier2", "1000000.00")
    assert lot(office, root).holder == office.number("tier2")


@pytest.mark.parametrize(
    ("to", "minor", "by", "code"),
    [
        ("tier2", MILLION + 1, "tier1", "amount_over_lot"),
        ("tier2", 0, "tier1", "amount_not_positive"),
        ("tier2", 99, "tier1", "below_min_lot"),
        ("tier1", MILLION, "tier1", "same_holder"),
        ("tier2", MILLION, "tier2", "consent_missing"),
        ("tier2", MILLION, "obligor", "consent_missing"),
    ],
)
def test_a_transfer_that_may_not_be_has_a_code(
    office: Office, root: str, to: str, minor: int, by: str, code: str
) -> None:
    before = lot(office, root)
    assert refused_code(lambda: send(office, root, to, minor, by=by)) == code
    assert lot(office, root).seq == before.seq


def test_a_signature_for_another_amount_receiver_or_chain_does_not_fit(office: Office, root: str) -> None:
    with office.service.database.read() as session:
        asked = transfer_message(session, root, office.number("tier2"), MILLION)

    def hand_in(message: object, domain: Domain | None = None) -> Callable[[], object]:
        signed = message.sign(  # type: ignore[attr-defined]
            office.key("tier1"), domain or office.context.domain, office.context.deadline()
        )
        return lambda: transfer_lot(office.context, root, office.number("tier2"), MILLION, [signed])

    elsewhere = Domain(1, office.context.domain.contract)
    assert refused_code(hand_in(replace(asked, amount=MILLION - 1))) == "signature_invalid"
    assert refused_code(hand_in(replace(asked, to=office.number("tier3")))) == "signature_invalid"
    assert refused_code(hand_in(replace(asked, seq=asked.seq + 1))) == "signature_invalid"
    assert refused_code(hand_in(asked, elsewhere)) == "signature_invalid"
    office.settle(hand_in(asked)())  # type: ignore[arg-type]


def test_a_consent_that_has_expired_is_refused(office: Office, root: str) -> None:
    with office.service.database.read() as session:
        message = transfer_message(session, root, office.number("tier2"), MILLION)
    late = [office.sign("tier1", message, deadline=office.context.now - 1)]
    assert (
        refused_code(lambda: transfer_lot(office.context, root, office.number("tier2"), MILLION, late))
        == "consent_expired"
    )


def test_one_act_at_a_time_on_a_lot(office: Office, root: str) -> None:
    first = send(office, root, "tier2", 40_000_000)
    assert refused_code(lambda: send(office, root, "tier3", 40_000_000)) == "act_pending"
    office.settle(first)  # type: ignore[arg-type]
    office.settle(send(office, root, "tier3", 40_000_000))  # type: ignore[arg-type]


def test_a_frozen_party_neither_sends_nor_receives(office: Office, root: str) -> None:
    office.settle(freeze_party(office.context, office.number("tier2"), is_frozen=True))
    assert refused_code(lambda: send(office, root, "tier2", MILLION)) == "party_frozen"
    office.settle(freeze_party(office.context, office.number("tier2"), is_frozen=False))
    office.settle(send(office, root, "tier2", MILLION))  # type: ignore[arg-type]


def test_a_receiver_gives_a_lot_back_within_the_window(office: Office, root: str) -> None:
    office.pass_on(root, "tier1", "tier2", "1000000.00")
    with office.service.database.read() as session:
        message = rejection_message(session, root)
    stranger = [office.sign("tier3", message)]
    assert refused_code(lambda: reject_lot(office.context, root, stranger)) == "consent_missing"
    office.settle(reject_lot(office.context, root, [office.sign("tier2", message)]))
    assert lot(office, root).holder == office.number("tier1")


def test_the_reject_window_ends(office: Office, root: str) -> None:
    office.pass_on(root, "tier1", "tier2", "1000000.00")
    with office.service.database.read() as session:
        message = rejection_message(session, root)
    office.clock.advance(days=3, minutes=1)
    late = [office.sign("tier2", message)]
    assert refused_code(lambda: reject_lot(office.context, root, late)) == "reject_window_over"


def test_what_was_confirmed_cannot_be_confirmed_again(office: Office) -> None:
    with office.service.database.read() as session:
        receivable = queries.receivables(session)[0].id
        message = confirmation_message(session, receivable)
    again = [office.sign("obligor", message)]
    assert (
        refused_code(lambda: confirm_receivable(office.context, receivable, again))
        == "not_awaiting_confirmation"
    )


def test_every_status_has_a_name() -> None:
    assert set(LOT_STATUS_NAMES.values()) == {"free", "locked", "pledged", "financed", "redeemed"}
