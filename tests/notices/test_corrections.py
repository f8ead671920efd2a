"""Whom a correction concerns is told, once, when it is linked."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

import api.auth.sights  # noqa: F401 - who sees what
from registry.financing.use_cases import reserve_lot
from registry.invoices import correction_queries as corrections
from registry.invoices.corrections import correct_by_finding, decide_correction
from registry.kit.clock import FixedClock
from registry.notices import queries
from registry.notices.corrections import read_warning
from registry.notices.errors import WarningNotFound
from registry.notices.model import CorrectionWarning
from registry.receivables import queries as receivables
from registry.storage.sight import Viewer
from tests.builders.office import START, Office, open_office
from tests.financing.test_remedies import finance, lock, write_off
from tests.notices.told import root_of
from tests.receivables.corrected import brought, credited, handed_in, link_of, on_ledger, sample

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root(office: Office) -> str:
    return root_of(office)


def told(office: Office) -> list[CorrectionWarning]:
    with office.service.database.read() as session:
        return list(queries.warnings(session))


def roles(office: Office) -> dict[str, str]:
    handles = {number: handle for handle, number in office.story.numbers.items()}
    return {handles[one.party]: one.role for one in told(office)}


def test_obligor_and_every_holder_are_told(office: Office, root: str) -> None:
    office.pass_on(root, "tier1", "tier2", "400000.00")
    note = credited(office, "52000.00")
    assert roles(office) == {"obligor": "obligor", "tier1": "holder", "tier2": "holder"}
    link = link_of(office, note)
    assert {one.correction for one in told(office)} == {link.id}
    assert {one.made_at for one in told(office)} == {office.clock.now()}


def test_a_funder_is_told_from_the_offer_on_and_so_is_who_stands_in_for_the_lot(
    office: Office, root: str
) -> None:
    office.pass_on(root, "tier1", "tier2", "400000.00")
    finance(office, root)
    with office.service.database.read() as session:
        part = next(one.id for one in receivables.lots(session) if one.parent == root)
    reserve_lot(office.context, part, office.number("second_bank"), office.context.now + 3600)
    credited(office, "52000.00")
    assert roles(office) == {
        "bank": "funder",
        "second_bank": "funder",
        "tier1": "recourse",
        "tier2": "holder",
        "obligor": "obligor",
    }


def test_who_keeps_a_lot_for_itself_by_a_lock_is_told(office: Office, root: str) -> None:
    lock(office, root)
    credited(office, "52000.00")
    assert roles(office) == {"bank": "funder", "tier1": "holder", "obligor": "obligor"}


def test_they_are_told_also_where_enough_is_left(office: Office) -> None:
    receivable = handed_in(office, brought(office, number="B-1", issued_on="2026-10-01"), 60_000)
    office.service.worker.run_until_idle()
    assert on_ledger(office, receivable).face == 60_000
    credited(office, "10.00", of="B-1")
    assert roles(office) == {"obligor": "obligor", "tier1": "supplier"}


def test_a_receivable_on_its_way_to_the_ledger_is_told_of(office: Office) -> None:
    handed_in(office, brought(office, number="B-1", issued_on="2026-10-01"))
    credited(office, "10.00", of="B-1")
    assert roles(office) == {"obligor": "obligor", "tier1": "supplier"}
    office.service.worker.run_until_idle()
    assert len(told(office)) == 2


def test_of_what_is_paid_or_given_up_in_full_nobody_is_told(office: Office, root: str) -> None:
    office.settle(write_off(office, root, 100_000_000, "tier1"))
    credited(office, "52000.00")
    assert told(office) == []


def test_a_strangers_credit_note_tells_nobody(office: Office) -> None:
    credited(office, "52000.00", by="stranger", tax_id="CN91440300MA5XX0000Q")
    assert told(office) == []


def test_an_authoritys_finding_tells_as_a_credit_note_does(office: Office) -> None:
    with office.service.database.write() as session:
        correct_by_finding(
            session, sample(office), finding="red_letter", clock=office.clock, ids=office.context.new_id
        )
    assert roles(office) == {"obligor": "obligor", "tier1": "holder"}


def test_a_credit_note_younger_than_the_notice_says_so(office: Office, root: str) -> None:
    office.pass_on(root, "tier1", "tier2", "400000.00")
    credited(office, "10.00", number="GS-1")  # of the same day: not later
    office.clock.advance(days=1)
    credited(office, "10.00", number="GS-2")
    assert [one.is_after_notice for one in sorted(told(office), key=lambda one: one.made_at)] == (
        [False] * 3 + [True] * 3
    )


def test_a_decision_taken_back_tells_only_whom_it_did_not_tell_before(office: Office, root: str) -> None:
    link = link_of(office, credited(office, "52000.00"))
    before = {one.id for one in told(office)}
    decide_correction(office.context, link.id, stands=False, why="another delivery", by="operator")
    office.pass_on(root, "tier1", "tier2", "400000.00")
    decide_correction(office.context, link.id, stands=True, why="it was this one", by="operator")
    assert {one.id for one in told(office)} > before
    assert roles(office) == {"obligor": "obligor", "tier1": "holder", "tier2": "holder"}


def test_read_once_it_stays_read_since_then(office: Office) -> None:
    credited(office, "52000.00")
    first = told(office)[0]
    at = office.clock.now()
    read_warning(office.context, first.id)
    office.clock.advance(hours=1)
    assert read_warning(office.context, first.id).read_at == at
    with office.service.database.read() as session:
        assert first.id not in {one.id for one in queries.warnings(session, is_read=False)}
    with pytest.raises(WarningNotFound):
        read_warning(office.context, "cwn_0")


def test_each_sees_its_own_warning_and_what_it_is_about(office: Office, root: str) -> None:
    link = link_of(office, credited(office, "52000.00"))
    for handle, sees in (("obligor", True), ("tier1", True), ("tier2", False), ("bank", False)):
        with office.service.database.on_behalf(Viewer(office.number(handle))).read() as session:
            assert {one.party for one in queries.warnings(session)} == (
                {office.number(handle)} if sees else set()
            )
            assert [one.id for one in corrections.corrections(session)] == ([link.id] if sees else [])


def test_a_strangers_word_shows_to_the_operator_alone_and_tells_the_stranger_nothing(office: Office) -> None:
    note = credited(office, "52000.00", by="stranger", tax_id="CN91440300MA5XX0000Q")
    link = link_of(office, note)
    assert link.corrected == sample(office)
    for handle in ("obligor", "tier1", "stranger"):
        with office.service.database.on_behalf(Viewer(office.number(handle))).read() as session:
            assert list(corrections.corrections(session)) == []
    decide_correction(office.context, link.id, stands=True, why="the obligor has it too", by="operator")
    for handle, sees in (("obligor", True), ("tier1", True), ("stranger", False)):
        with office.service.database.on_behalf(Viewer(office.number(handle))).read() as session:
            assert [one.id for one in corrections.corrections(session)] == ([link.id] if sees else [])
            assert len(corrections.decisions(session, link.id)) == int(sees)


@pytest.mark.parametrize("when", ["before", "within", "after"])
def test_killed_around_the_link_all_are_told_exactly_once_and_never_without_it(
    office_folder: Path, when: str
) -> None:
    """The link and its warnings are one transaction: the next process finds both or neither."""
    command = [
        sys.executable,
        str(Path(__file__).with_name("correcting_process.py")),
        str(office_folder),
        when,
    ]
    killed = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
        check=False,
        capture_output=True,
    )
    assert killed.returncode == -9, killed.stderr
    with open_office(office_folder, FixedClock(START + timedelta(hours=3))) as again:
        with again.service.database.read() as session:
            is_linked = bool(corrections.corrections(session))
        assert is_linked == (when == "after") == bool(told(again))
        if not is_linked:
            credited(again, "52000.00")
        assert roles(again) == {"obligor": "obligor", "tier1": "holder"}
        assert len(told(again)) == 2
