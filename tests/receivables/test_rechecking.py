"""Invoices in use are asked about again; what turns bad backs nothing more, and a pack can ask for verified ones."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event, Thread

import pytest

from registry.invoices import correction_queries as corrections
from registry.invoices.invoice import Invoice
from registry.invoices.verification.findings import State
from registry.invoices.verification.provider import Answer, Inquiry
from registry.invoices.verification.use_cases import verify_invoice
from registry.kit.errors import Refusal
from registry.receivables.checks import Use
from registry.receivables.rechecking import MAX_A_ROUND, Rechecker
from registry.receivables.use_cases import prepare_receivable
from registry.rules import queries as rules
from registry.rules.pack import packaged, read_pack
from registry.rules.use_cases import choose_packs
from registry.storage.unit_of_work import Database
from tests.builders.office import Office

FAPIAO = "invoice-6.fapiao-2019.xml"
PACK = """format = 1
id = "verified"
status = "in_force"
title_en = "Verified invoices"
title_zh = "已查验发票"
[[rule]]
id = "verified-invoices"
kind = "verified_invoices"
strength = "hard"
acts = ["prepare", "register", "finance"]
valid_from = 2026-01-01
text_en = "Only verified invoices back a receivable."
text_zh = "应收账款须以已查验发票为依据。"
remedy = "Have each invoice verified, then try again."
parameters = { max_age_days = 30 }
source = { law = "Policy of this registry", law_zh = "平台规则", evidence = "own" }
"""


class Authority:
    name = "authority"

    def __init__(self, state: State = State.VERIFIED) -> None:
        self.state, self.asked = state, 0

    def verify(self, _invoice: Invoice) -> Answer:
        self.asked += 1
        return Answer(self.state, "So it is.")


def rechecker(office: Office, authority: Authority) -> Rechecker:
    context = office.context
    return Rechecker(context.database, Inquiry(authority, 30), office.clock, context.new_id, days=1)


def ask(office: Office, invoice: str, state: State = State.VERIFIED) -> None:
    context = office.context
    inquiry = Inquiry(Authority(state), 30)
    verify_invoice(context.database, inquiry, invoice, clock=office.clock, ids=context.new_id)


def refusal_of(act: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value


@pytest.fixture
def fresh(office: Office) -> str:
    brought = office.bring(FAPIAO)
    assert brought.id is not None
    return brought.id


def prepare(office: Office, invoice: str):  # type: ignore[no-untyped-def]
    return prepare_receivable(office.context, office.request(Use(invoice)))


def test_invoices_in_use_are_asked_about_each_day_and_others_once(office: Office, fresh: str) -> None:
    authority = Authority()
    again = rechecker(office, authority)
    first = {one.invoice_id for one in again.run_once()}
    assert fresh in first
    assert len(first) == 4
    assert list(again.run_once()) == []
    office.clock.advance(days=1)
    in_use = {one.invoice_id for one in again.run_once()}
    assert in_use == first - {fresh}
    office.clock.advance(hours=23)
    assert list(again.run_once()) == []


def test_one_that_turned_void_since_is_corrected_by_that(office: Office) -> None:
    authority = Authority()
    again = rechecker(office, authority)
    known = [one.invoice_id for one in again.run_once()]
    authority.state = State.VOID
    office.clock.advance(days=1)
    assert {(one.was, one.state) for one in again.run_once()} == {("verified", "void")}
    with office.context.database.read() as session:
        found = corrections.corrections(session)
        assert sorted(str(one.corrected) for one in found) == sorted(known)


def test_a_service_that_is_down_is_asked_again_an_hour_later(office: Office) -> None:
    authority = Authority(State.UNAVAILABLE)
    again = rechecker(office, authority)
    assert {one.state for one in again.run_once()} == {"unavailable"}
    assert list(again.run_once()) == []
    authority.state = State.VERIFIED
    office.clock.advance(hours=1)
    assert {one.state for one in again.run_once()} == {"verified"}


def test_of_two_processes_one_asks(office: Office) -> None:
    first, second = (rechecker(office, Authority()) for _ in range(2))
    asking = first.run_once()
    assert next(asking).state == "verified"
    assert list(second.run_once()) == []
    rest = list(asking)
    assert rest
    assert list(second.run_once()) == []
    assert len(rest) <= MAX_A_ROUND


def test_the_loop_outlives_a_failure_and_ends_when_told(office: Office) -> None:
    stop, failed = Event(), Event()

    class Failing(Authority):
        def verify(self, invoice: Invoice) -> Answer:
            failed.set()
            return super().verify(invoice)

    again = rechecker(office, Failing())
    broken = replace(again, database=Database("sqlite:////nowhere/at/all.db"))
    for one in (broken, again):
        loop = Thread(target=one.loop, args=(stop, 0.01), daemon=True)
        loop.start()
        if one is again:
            assert failed.wait(60)
        stop.set()
        loop.join(60)
        assert not loop.is_alive()
        stop.clear()


@pytest.mark.parametrize("state", [State.VOID, State.RED_LETTER])
def test_what_its_authority_calls_bad_backs_nothing_under_any_pack(
    office: Office, fresh: str, state: State
) -> None:
    ask(office, fresh, state)
    refused = refusal_of(lambda: prepare(office, fresh))
    said = state.value.replace("_", " ")
    assert (refused.code, f"authority: {said} corrected" in refused.detail) == ("invoice_corrected", True)
    ask(office, fresh)
    assert prepare(office, fresh).receivable


@pytest.mark.parametrize("state", [None, State.NOT_FOUND, State.MISMATCH, State.UNAVAILABLE])
def test_a_pack_can_ask_for_verified_invoices(office: Office, fresh: str, state: State | None) -> None:
    choose_packs(office.context.database, office.clock, [read_pack(PACK)])
    if state is not None:
        ask(office, fresh, state)
    refused = refusal_of(lambda: prepare(office, fresh))
    assert refused.code == "rule_blocks"
    assert refused.fields["rule"] == "verified/verified-invoices"
    ask(office, fresh)
    done = prepare(office, fresh)
    assert done.warnings == ()
    with office.context.database.read() as session:
        (kept,) = rules.decisions_about(session, f"receivable:{done.receivable}")
    assert kept.facts["invoices_unverified"] == 0
    assert kept.facts["invoices_verified_on"] == office.clock.now().date().isoformat()


def test_a_verification_counts_for_as_long_as_the_pack_says(office: Office, fresh: str) -> None:
    choose_packs(office.context.database, office.clock, [read_pack(PACK)])
    ask(office, fresh)
    office.clock.advance(days=31)
    assert refusal_of(lambda: prepare(office, fresh)).code == "rule_blocks"
    ask(office, fresh)
    office.clock.advance(days=30)
    assert prepare(office, fresh).warnings == ()


def test_under_the_default_pack_nobody_has_to_ask(office: Office, fresh: str) -> None:
    choose_packs(office.context.database, office.clock, [packaged("generic")])
    assert prepare(office, fresh).warnings == ()
