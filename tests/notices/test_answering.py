"""The obligor says that it has a notice; nobody but the assignee takes one back."""

from dataclasses import replace
from typing import Any

import pytest

from registry.chain.messages import Consent, Signed, keccak256
from registry.chain.statements import NoticeAcknowledgment, NoticeWithdrawal
from registry.chain.words import Scope
from registry.kit.money import Money
from registry.mirror import queries as mirrored
from registry.notices import queries
from registry.notices.errors import NoticeNotFound
from registry.notices.queries import Turn
from registry.notices.use_cases import (
    acknowledge_notice,
    acknowledgment_message,
    withdraw_notice,
    withdrawal_message,
)
from registry.parties.use_cases import freeze_party
from tests.builders.office import Office
from tests.financing.test_remedies import finance
from tests.notices.told import (
    acknowledge,
    passed_on,
    payee,
    refused_code,
    root_of,
    second_person,
    signed_by,
    told,
    withdraw,
)


@pytest.fixture
def root(office: Office) -> str:
    return root_of(office)


def message_of(office: Office, notice_id: str) -> NoticeAcknowledgment:
    with office.service.database.read() as session:
        return acknowledgment_message(session, notice_id)


# ---------------------------------------------------------------------- acknowledgment


def test_an_acknowledgment_is_kept_with_signature_deadline_and_block(office: Office, root: str) -> None:
    notice = passed_on(office, root)
    office.clock.advance(minutes=30)
    message = message_of(office, notice.id)
    consent = office.sign("obligor", message)
    acknowledge_notice(office.context, notice.id, [consent])
    (kept,) = told(office)
    assert kept.acknowledged_at == office.clock.now()
    assert kept.arrived_at < kept.acknowledged_at
    with office.service.database.read() as session:
        cursor = mirrored.cursor(session)
    assert cursor is not None
    assert kept.acknowledgment == {
        "message": "NoticeAcknowledgment",
        "consents": [consent.as_json()],
        "block": cursor.number,
    }
    stored = Consent.from_json(kept.acknowledgment["consents"][0])
    assert message.is_signed_by(stored, office.context.domain)


def test_a_notice_is_acknowledged_once(office: Office, root: str) -> None:
    notice = passed_on(office, root)
    acknowledge(office, notice)
    assert refused_code(lambda: acknowledge(office, notice)) == "notice_acknowledged"


@pytest.mark.parametrize("other", ["tier1", "tier2", "bank", "stranger", "clearing"])
def test_nobody_else_acknowledges_for_the_obligor(office: Office, root: str, other: str) -> None:
    notice = passed_on(office, root)
    assert refused_code(lambda: acknowledge(office, notice, other)) == "consent_missing"
    acknowledge(office, notice)  # control


def test_a_key_that_may_confirm_acknowledges_and_one_that_may_not_does_not(office: Office, root: str) -> None:
    notice = passed_on(office, root)
    message = message_of(office, notice.id)
    settler = second_person(office, "obligor", Scope.SETTLE)
    clerk = second_person(office, "obligor", Scope.CONFIRM, Money.parse("1.00", "CNY"))
    consent = signed_by(office, settler, message)
    assert refused_code(lambda: acknowledge_notice(office.context, notice.id, [consent])) == "consent_missing"
    # Its cap bounds what it may owe, and by acknowledging nothing new is owed.
    acknowledge_notice(office.context, notice.id, [signed_by(office, clerk, message)])


def altered(message: Signed) -> list[Any]:
    names = [name for name in vars(message) if name in message.__dataclass_fields__]
    return [
        (name, replace(message, **{name: value + 1 if isinstance(value, int) else value + "x"}))
        for name in names
        for value in [getattr(message, name)]
    ]


def test_an_acknowledgment_altered_in_any_field_is_refused(office: Office, root: str) -> None:
    notice = passed_on(office, root)
    tried = altered(message_of(office, notice.id))
    assert len(tried) == 12
    for name, other in tried:
        consent = office.sign("obligor", other)
        code = refused_code(lambda: acknowledge_notice(office.context, notice.id, [consent]))  # noqa: B023
        assert code == "signature_invalid", name
    acknowledge(office, notice)  # control


def test_a_signature_that_ran_out_is_none(office: Office, root: str) -> None:
    notice = passed_on(office, root)
    consent = office.sign("obligor", message_of(office, notice.id))
    office.clock.advance(hours=1, seconds=1)
    assert refused_code(lambda: acknowledge_notice(office.context, notice.id, [consent])) == "consent_expired"


def test_an_acknowledgment_is_no_withdrawal_nor_of_another_notice(office: Office, root: str) -> None:
    notice = passed_on(office, root, "400000.00")
    other = passed_on(office, root, "300000.00")
    consent = office.sign("obligor", message_of(office, other.id))
    code = refused_code(lambda: acknowledge_notice(office.context, notice.id, [consent]))
    assert code == "signature_invalid"
    consent = office.sign("tier2", message_of(office, notice.id))
    code = refused_code(lambda: withdraw_notice(office.context, notice.id, "x", [consent]))
    assert code == "signature_invalid"


def test_a_smart_account_is_asked_here_since_no_chain_will(office: Office, root: str) -> None:
    """Where an act goes on chain a signature that is no key's is left to the contract; nothing comes after here."""
    notice = passed_on(office, root)
    message = message_of(office, notice.id)
    wallet = Consent(office.key("obligor").address, office.context.deadline(), b"owners 1 and 2")
    asked = []

    def accepts(address: str, digest: bytes, signature: bytes) -> bool:
        asked.append((address, digest, signature))
        return True

    assert (
        refused_code(lambda: acknowledge_notice(office.context, notice.id, [wallet])) == "signature_invalid"
    )
    # The node is asked and knows no smart account there.
    ask = office.service.wallet_accepts
    code = refused_code(lambda: acknowledge_notice(office.context, notice.id, [wallet], ask))
    assert code == "signature_invalid"
    acknowledge_notice(office.context, notice.id, [wallet], accepts)
    digest = message.digest(office.context.domain, wallet.deadline)
    assert asked == [(wallet.signer, digest, wallet.signature)]


def test_what_does_not_fit_is_not_kept_as_evidence(office: Office, root: str) -> None:
    notice = passed_on(office, root)
    good = office.sign("obligor", message_of(office, notice.id))
    junk = Consent(office.key("stranger").address, good.deadline, keccak256(b"junk") * 2 + b"\x1b")
    acknowledge_notice(office.context, notice.id, [junk, good])
    (kept,) = told(office)
    assert kept.acknowledgment is not None
    assert kept.acknowledgment["consents"] == [good.as_json()]


def test_unacknowledged_notices_come_first_page_by_page(office: Office, root: str) -> None:
    made = [passed_on(office, root, "100000.00") for _ in range(4)]
    acknowledge(office, made[0])
    acknowledge(office, made[2])
    wanted = [made[1].id, made[3].id, made[0].id, made[2].id]
    with office.service.database.read() as session:
        obligor = office.number("obligor")
        assert [one.id for one in queries.notices(session, obligor=obligor)] == wanted
        assert queries.count_open(session, obligor) == 2
        paged, after = [], None
        while page := queries.notices(session, obligor=obligor, after=after, limit=1):
            paged.append(page[0].id)
            after = Turn.of(page[0])
        assert paged == wanted
        assert [one.id for one in queries.notices(session, is_open=True)] == wanted[:2]
        assert [one.id for one in queries.notices(session, is_open=False)] == wanted[2:]
        assert queries.notices(session, assignee=office.number("tier3")) == []
        with pytest.raises(NoticeNotFound):
            queries.notice(session, "ntc_none")


# ---------------------------------------------------------------------- withdrawal


def test_a_notice_is_taken_back_by_its_assignee_and_the_obligor_pays_as_before(
    office: Office, root: str
) -> None:
    notice = passed_on(office, root)
    assert payee(office, root).party == office.number("tier2")
    withdraw(office, notice, "tier2")
    found = payee(office, root)
    assert (found.party, found.on_ledger) == (office.number("tier1"), office.number("tier2"))
    (kept,) = told(office)
    assert kept.withdrawn_at == office.clock.now()
    assert kept.withdrawal is not None
    assert kept.withdrawal["reason"] == "agreed to keep it quiet"
    assert kept.withdrawal["consents"][0]["signer"] == office.key("tier2").address


@pytest.mark.parametrize("other", ["tier1", "obligor", "bank", "stranger"])
def test_nobody_takes_a_notice_back_without_the_assignee(office: Office, root: str, other: str) -> None:
    notice = passed_on(office, root)
    assert refused_code(lambda: withdraw(office, notice, other)) == "consent_missing"
    assert payee(office, root).party == office.number("tier2")
    withdraw(office, notice, "tier2")  # control


def test_a_withdrawal_altered_in_any_field_is_refused(office: Office, root: str) -> None:
    notice = passed_on(office, root)
    with office.service.database.read() as session:
        message: NoticeWithdrawal = withdrawal_message(session, notice.id, "why")
    for name, other in altered(message):
        consent = office.sign("tier2", other)
        code = refused_code(lambda: withdraw_notice(office.context, notice.id, "why", [consent]))  # noqa: B023
        assert code == "signature_invalid", name
    withdraw_notice(office.context, notice.id, "why", [office.sign("tier2", message)])  # control


def test_a_key_under_its_cap_takes_no_larger_notice_back(office: Office, root: str) -> None:
    notice = passed_on(office, root)
    clerk = second_person(office, "tier2", Scope.TRANSFER, Money.parse("999999.99", "CNY"))
    chief = second_person(office, "tier2", Scope.TRANSFER, Money.parse("1000000.00", "CNY"))
    with office.service.database.read() as session:
        message = withdrawal_message(session, notice.id, "why")
    alone = [signed_by(office, clerk, message)]
    assert refused_code(lambda: withdraw_notice(office.context, notice.id, "why", alone)) == "cap_exceeded"
    withdraw_notice(office.context, notice.id, "why", [signed_by(office, chief, message)])


def test_what_was_taken_back_is_neither_acknowledged_nor_taken_back_again(office: Office, root: str) -> None:
    notice = passed_on(office, root)
    acknowledge(office, notice)
    withdraw(office, notice, "tier2")  # also after it was acknowledged
    assert refused_code(lambda: withdraw(office, notice, "tier2")) == "notice_withdrawn"
    assert refused_code(lambda: acknowledge(office, notice)) == "notice_withdrawn"


def test_a_frozen_assignee_takes_nothing_back(office: Office, root: str) -> None:
    notice = passed_on(office, root)
    office.settle(freeze_party(office.context, office.number("tier2"), is_frozen=True))
    assert refused_code(lambda: withdraw(office, notice, "tier2")) == "party_frozen"


def test_only_the_notice_payment_goes_by_is_taken_back_one_after_the_other(office: Office, root: str) -> None:
    first = passed_on(office, root)
    office.pass_on(root, "tier2", "tier1", "1000000.00")
    finance(office, root)
    back, sale = told(office)[1:]
    assert refused_code(lambda: withdraw(office, first, "tier2")) == "notice_superseded"
    withdraw(office, sale, "bank")
    assert payee(office, root).party == office.number("tier1")
    withdraw(office, back, "tier1")
    assert payee(office, root).party == office.number("tier2")
    withdraw(office, first, "tier2")
    assert payee(office, root).party == office.number("tier1")


def test_a_later_assignment_directs_payment_again(office: Office, root: str) -> None:
    withdraw(office, passed_on(office, root), "tier2")
    office.pass_on(root, "tier2", "tier3", "1000000.00")
    assert payee(office, root).party == office.number("tier3")


def test_a_part_goes_by_its_own_notices(office: Office, root: str) -> None:
    part = passed_on(office, root, "400000.00")
    withdraw(office, part, "tier2")
    assert payee(office, part.lot).party == office.number("tier1")
    found = payee(office, root)
    assert (found.party, found.notice) == (office.number("tier1"), None)
