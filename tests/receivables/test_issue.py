"""Issue in one act, led by the obligor: it takes both signatures, and what follows is what confirmation gives."""

from collections.abc import Callable

import pytest

from registry.chain.messages import Confirmation, Consent, Registration
from registry.chain.words import ReceivableStatus
from registry.kit.errors import Refusal
from registry.mirror.rebuild import rebuild
from registry.mirror.reconcile import reconcile
from registry.receivables import queries
from registry.receivables.checks import Use
from registry.receivables.use_cases import (
    confirm_receivable,
    issue_messages,
    issue_receivable,
    prepare_receivable,
    register_receivable,
    registration_message,
)
from registry.relay.model import Act
from registry.rules import queries as rules
from tests.builders.office import Office

FAPIAO = "invoice-6.fapiao-2019.xml"


def refused_code(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


@pytest.fixture
def invoice(office: Office) -> str:
    return office.bring(FAPIAO).id or ""


def prepare(office: Office, invoice: str, minor: int | None = None) -> str:
    return prepare_receivable(office.context, office.request(Use(invoice, minor))).receivable


def signed(office: Office, receivable: str, *by: str) -> list[Consent]:
    """What supplier and obligor are asked to sign, signed by these."""
    with office.service.database.read() as session:
        messages = issue_messages(session, receivable)
    return [office.sign(who, message) for who, message in zip(by, messages, strict=True)]


def issue(office: Office, receivable: str) -> Act:
    return issue_receivable(office.context, receivable, signed(office, receivable, "tier1", "obligor"))


def test_what_is_issued_is_registered_and_confirmed_in_one_transaction(office: Office, invoice: str) -> None:
    receivable = prepare(office, invoice)
    done = office.settle(issue(office, receivable))
    with office.service.database.read() as session:
        record = queries.receivable(session, receivable)
        root = queries.lot(session, record.commitment)
        assert record.status == ReceivableStatus.CONFIRMED
        assert (root.holder, root.amount) == (office.number("tier1"), record.face)
        assert [(hop.kind, hop.tx_hash) for hop in queries.hops(session, root.id)] == [
            ("confirmed", done.tx_hash)
        ]
        assert {one.act for one in rules.decisions_about(session, f"receivable:{receivable}")} == {
            "prepare",
            "register",
            "confirm",
        }
    service = office.service
    assert reconcile(service.database, service.node, service.settings.contract).drifts == []
    assert rebuild(service.database).is_same


def test_neither_can_issue_without_the_other(office: Office, invoice: str) -> None:
    receivable = prepare(office, invoice)
    supplier, obligor = signed(office, receivable, "tier1", "obligor")
    for consents in ([], [supplier], [obligor], signed(office, receivable, "tier1", "stranger")):
        assert (
            refused_code(lambda given=consents: issue_receivable(office.context, receivable, given))  # type: ignore[misc]
            == "consent_missing"
        )
    with office.service.database.read() as session:
        registration, confirmation = issue_messages(session, receivable)
    assert isinstance(registration, Registration)
    assert isinstance(confirmation, Confirmation)
    crossed = [office.sign("tier1", confirmation), office.sign("obligor", registration)]
    assert refused_code(lambda: issue_receivable(office.context, receivable, crossed)) == "signature_invalid"
    office.settle(issue_receivable(office.context, receivable, [obligor, supplier]))


def test_what_is_issued_is_neither_issued_registered_nor_confirmed_again(
    office: Office, invoice: str
) -> None:
    receivable = prepare(office, invoice)
    office.settle(issue(office, receivable))
    with office.service.database.read() as session:
        registration = office.sign("tier1", registration_message(session, receivable))
    confirmation = signed(office, receivable, "tier1", "obligor")
    for again, code in (
        (lambda: issue(office, receivable), "already_submitted"),
        (lambda: register_receivable(office.context, receivable, [registration]), "already_submitted"),
        (
            lambda: confirm_receivable(office.context, receivable, confirmation),
            "not_awaiting_confirmation",
        ),
    ):
        assert refused_code(again) == code


def test_an_issue_on_its_way_uses_its_invoice_already(office: Office, invoice: str) -> None:
    one, other = prepare(office, invoice), prepare(office, invoice)
    act = issue(office, one)
    assert refused_code(lambda: issue(office, other)) == "invoice_over_cap"
    office.settle(act)
    assert refused_code(lambda: issue(office, other)) == "invoice_over_cap"
