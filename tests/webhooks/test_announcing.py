"""What is told is written with what it tells of, to whom it reaches and to nobody else."""

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from registry.notices.model import Notice
from registry.relay.model import Act, ActStatus, ActTransaction
from registry.relay.relay import _changed
from registry.relay.use_cases import mark_included, mark_orphaned, mark_refused
from registry.webhooks.model import WebhookEndpoint
from registry.webhooks.rules import Kind
from registry.webhooks.use_cases import disable_endpoint
from tests.webhooks.desk import ACCOUNT, OPERATOR, OTHER, Desk, a_desk

_serial = count(1)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return a_desk(tmp_path)


@pytest.fixture
def mine(desk: Desk) -> WebhookEndpoint:
    return desk.endpoint()


@pytest.fixture
def others(desk: Desk) -> WebhookEndpoint:
    return desk.endpoint(OTHER)


def kinds(desk: Desk, endpoint: WebhookEndpoint) -> list[str]:
    return [one.kind for one in desk.sent(endpoint)]


def an_act(desk: Desk, *, actor: int = 3, requester: int = 3) -> Act:
    """On its way to the chain."""
    number = next(_serial)
    act = Act(
        id=f"act_{number}", kind="transfer", arguments=[], consents=None, sender="relay", about=f"lot:{number}",
        actor=actor, requester=requester, status=ActStatus.SENT, created_at=desk.clock.now(), nonce=number,
        tx_hash=f"0x{number:064x}",
    )  # fmt: skip
    sent = ActTransaction(
        tx_hash=act.tx_hash, act=act.id, nonce=number, gas=0, max_fee=0, tip=0, signed_at=desk.clock.now()
    )
    with desk.context.database.write() as session:
        session.add(act)
        session.flush()
        session.add(sent)
    return act


def a_notice(desk: Desk, *, obligor: int = 3, assignee: int = 4) -> Notice:
    number = next(_serial)
    notice = Notice(
        id=f"ntc_{number}", kind="sale", obligor=obligor, assignor=9, assignee=assignee, payee=assignee,
        payee_before=9, receivable="0x1", lot="0x1", amount=1, currency=156, maturity=1, invoices=[], agreement=None,
        block_number=number, log_index=0, tx_hash=f"0x{number:064x}", assigned_at=1, arrived_at=desk.clock.now(),
    )  # fmt: skip
    with desk.context.database.write() as session:
        session.add(notice)
    return notice


def change(desk: Desk, record: Any, **values: object) -> None:
    with desk.context.database.write() as session:
        found = session.get_one(type(record), record.position if isinstance(record, Act) else record.id)
        for name, value in values.items():
            setattr(found, name, value)


def test_an_act_in_a_block_is_told_to_who_consented_and_who_handed_it_in(
    desk: Desk, mine: WebhookEndpoint, others: WebhookEndpoint
) -> None:
    operators = desk.endpoint(OPERATOR)
    act = an_act(desk, actor=3, requester=4)
    assert kinds(desk, mine) == []
    with desk.context.database.write() as session:
        mark_included(session, str(act.tx_hash), 7)
    for endpoint in (mine, others):
        (one,) = desk.sent(endpoint)
        assert one.kind == "act.included"
        told = {"id": act.id, "path": f"/v1/acts/{act.id}"}
        assert json.loads(one.body)["data"] == told
        assert one.next_attempt_at == desk.clock.now()
    assert kinds(desk, operators) == []


def test_what_the_operator_does_is_told_to_the_operator_alone(desk: Desk, mine: WebhookEndpoint) -> None:
    operators = desk.endpoint(OPERATOR)
    act = an_act(desk, actor=0, requester=0)
    with desk.context.database.write() as session:
        mark_included(session, str(act.tx_hash), 7)
    assert kinds(desk, operators) == ["act.included"]
    assert kinds(desk, mine) == []


def test_refused_on_chain_before_it_and_taken_back_are_told(desk: Desk, mine: WebhookEndpoint) -> None:
    first, second = an_act(desk), an_act(desk)
    with desk.context.database.write() as session:
        mark_refused(session, str(first.tx_hash), "lot_locked", "It is locked.", 7)
    with desk.context.database.write() as session:
        assert _changed(session, second, {"status": ActStatus.REFUSED, "refusal_code": "x"})
    with desk.context.database.write() as session:
        mark_orphaned(session, 6, desk.clock.now())
    assert kinds(desk, mine) == ["act.refused", "act.refused", "act.orphaned"]


def test_who_was_slower_changes_and_tells_nothing(desk: Desk, mine: WebhookEndpoint) -> None:
    act = an_act(desk)
    with desk.context.database.write() as session:
        mark_included(session, str(act.tx_hash), 7)
    with desk.context.database.write() as session:
        assert not _changed(session, act, {"status": ActStatus.REFUSED})
    assert kinds(desk, mine) == ["act.included"]


def test_what_is_no_end_of_an_act_is_not_told_nor_the_same_end_twice(
    desk: Desk, mine: WebhookEndpoint
) -> None:
    act = an_act(desk)
    change(desk, act, nonce=99, status=ActStatus.PENDING)
    change(desk, act, status=ActStatus.SENT)
    assert kinds(desk, mine) == []
    for block in (7, 8):
        with desk.context.database.write() as session:
            mark_included(session, str(act.tx_hash), block)
    assert kinds(desk, mine) == ["act.included"]


def test_a_notice_is_told_to_obligor_and_assignee_when_it_comes_and_when_either_answers(
    desk: Desk, mine: WebhookEndpoint, others: WebhookEndpoint
) -> None:
    first, second = a_notice(desk), a_notice(desk)
    change(desk, first, acknowledged_at=desk.clock.now())
    change(desk, second, withdrawn_at=desk.clock.now())
    a_notice(desk, obligor=8, assignee=7)
    expected = ["notice.arrived", "notice.arrived", "notice.acknowledged", "notice.withdrawn"]
    assert kinds(desk, mine) == kinds(desk, others) == expected


def test_what_is_undone_is_not_told(desk: Desk, mine: WebhookEndpoint) -> None:
    act = an_act(desk)

    def undone() -> None:
        with desk.context.database.write() as session:
            mark_included(session, str(act.tx_hash), 7)
            session.flush()
            raise InterruptedError

    with pytest.raises(InterruptedError):
        undone()
    assert kinds(desk, mine) == []


def test_only_the_kinds_that_were_asked_for_are_told(desk: Desk, mine: WebhookEndpoint) -> None:
    choosy = desk.endpoint(kinds=[Kind.NOTICE_ARRIVED])
    act = an_act(desk)
    with desk.context.database.write() as session:
        mark_included(session, str(act.tx_hash), 7)
    a_notice(desk)
    assert kinds(desk, choosy) == ["notice.arrived"]
    assert kinds(desk, mine) == ["act.included", "notice.arrived"]


def test_a_disabled_webhook_is_told_nothing(desk: Desk, mine: WebhookEndpoint) -> None:
    disable_endpoint(desk.context, ACCOUNT, mine.id)
    a_notice(desk)
    assert kinds(desk, mine) == []
