"""Corrections find their invoices, in either order; a stranger's changes nothing."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import event

from api import correction_views, views
from registry.invoices import correction_queries as queries
from registry.invoices import queries as invoice_queries
from registry.invoices.chains import Kind, Standing
from registry.invoices.corrections import WITNESS, correct_by_finding, decide_correction
from registry.invoices.errors import CorrectionNotFound, CorrectionUnclear, InvoiceUnknown
from registry.invoices.model import InvoiceCorrection, InvoiceRecord
from registry.invoices.registering import Uploader
from registry.kit.clock import FixedClock
from registry.kit.identifiers import TAX, TaxId
from registry.relay.context import Context
from registry.storage.unit_of_work import Database
from tests.builders import databases
from tests.builders.chainless import unproven
from tests.invoices import documents
from tests.invoices.builders import (
    KEY,
    SELLER,
    STRANGER,
    a_database,
    id_source,
    preceding,
    register,
    ubl,
)

CREDIT_NOTE = {"type_code": "381", "issued_on": "2026-10-01"}
CORRECTED = {"type_code": "384", "issued_on": "2026-10-01"}


def amounts(gross: str) -> dict[str, str]:
    return {"net": gross, "gross": gross, "payable": gross}


def credit_note(number: str = "G-1", gross: str = "190.00", of: str = "2026-17", **changes: Any) -> bytes:
    return ubl(number=number, extra=preceding(of), **{**CREDIT_NOTE, **amounts(gross), **changes})


def bring(database: Database, content: bytes, uploader: Uploader = SELLER) -> str:
    done = register(database, content, uploader=uploader)
    assert done.id is not None, done
    return done.id


def cap(database: Database, invoice: str) -> int:
    with database.read() as session:
        return queries.chain(session, [invoice]).cap(invoice)


def known(database: Database) -> list[InvoiceCorrection]:
    with database.read() as session:
        return list(queries.corrections(session))


def a_context(database: Database) -> Context:
    return Context(database, FixedClock(), None, KEY, unproven)  # type: ignore[arg-type]


def test_a_credit_note_lowers_what_can_be_financed() -> None:
    database = a_database()
    invoice = bring(database, ubl())
    assert cap(database, invoice) == 119_000
    note = bring(database, credit_note())
    assert cap(database, invoice) == 100_000
    (link,) = known(database)
    assert (link.correcting, link.corrected, link.kind, link.amount_minor) == (
        note,
        invoice,
        Kind.CREDIT_NOTE,
        19_000,
    )
    assert (link.standing, link.doubt, link.number) == (Standing.STANDS, "", "G-1")


@pytest.mark.parametrize("spelling", ["2026-17", "2026 17", "２０２６-１７", "2026/17"])
def test_it_is_found_however_its_number_is_spelled_and_whichever_comes_first(spelling: str) -> None:
    database = a_database()
    bring(database, credit_note(of=spelling))
    assert known(database)[0].standing == Standing.WAITING
    assert cap(database, bring(database, ubl())) == 100_000


DOCUMENTS = {
    "invoice": ubl(),
    "note": credit_note("G-1", "190.00"),
    "second": credit_note("G-2", "500.00"),
    "note of the note": credit_note("G-3", "90.00", of="G-1", issued_on="2026-10-05"),
    "replacement": ubl(number="2026-18", extra=preceding("2026-17"), **{**CORRECTED, **amounts("800.00")}),
    "note of the replacement": credit_note("G-4", "50.00", of="2026-18", issued_on="2026-10-09"),
    "late note": credit_note("G-5", "10.00", issued_on="2026-10-09"),
}


@pytest.mark.parametrize(
    ("names", "left"),
    [
        (("invoice", "note", "second", "note of the note"), 119_000 - 10_000 - 50_000),
        (("invoice", "note", "replacement", "note of the replacement"), 75_000),
        (("invoice", "replacement", "late note", "note"), 79_000),
    ],
)
def test_any_order_of_arrival_leads_to_the_same_cap(names: tuple[str, ...], left: int) -> None:
    for order in permutations(names):
        database = a_database()
        ids = {name: bring(database, DOCUMENTS[name]) for name in order}
        assert cap(database, ids["invoice"]) == left, order
        database.close()


def test_a_plain_invoice_that_names_its_advances_corrects_nothing() -> None:
    database = a_database()
    invoice = bring(database, ubl())
    bring(
        database,
        ubl(number="2026-99", issued_on="2026-11-01", extra=preceding("2026-17"), **amounts("500.00")),
    )
    assert known(database) == []
    assert cap(database, invoice) == 119_000


def test_a_strangers_credit_note_changes_nothing_and_is_kept_for_the_operator() -> None:
    for order in permutations(("invoice", "note")):
        database = a_database()
        for name in order:
            if name == "invoice":
                invoice = bring(database, ubl())
            else:
                bring(database, credit_note(), STRANGER)
        (warning,) = known(database)
        assert (warning.standing, warning.doubt, warning.corrected) == (
            Standing.DOUBTFUL,
            "stranger",
            invoice,
        )
        assert cap(database, invoice) == 119_000
        database.close()


def test_a_forger_that_names_itself_beside_the_seller_changes_nothing_of_the_sellers() -> None:
    database = a_database()
    invoice = bring(database, ubl())
    beside = (
        "<a:PartyTaxScheme><b:CompanyID>FR12345678901</b:CompanyID>"
        "<a:TaxScheme><b:ID>VAT</b:ID></a:TaxScheme></a:PartyTaxScheme><a:PartyTaxScheme>"
    )
    forged = credit_note().replace(b"<a:PartyTaxScheme>", beside.encode(), 1)
    bring(database, forged, STRANGER)
    assert cap(database, invoice) == 119_000


def test_other_sellers_of_the_same_number_have_nothing_to_do_with_it() -> None:
    database = a_database()
    other = Uploader(party=9, identifiers=(STRANGER.identifiers[0],))
    theirs = bring(database, ubl(seller_vat="FR12345678901", seller_name="Autre SARL"), other)
    bring(database, credit_note())
    assert cap(database, theirs) == 119_000
    assert known(database)[0].standing == Standing.WAITING


def test_two_invoices_of_one_number_leave_a_credit_note_to_a_person() -> None:
    database = a_database()
    old = bring(database, ubl(issued_on="2025-09-01", **amounts("700.00")))
    new = bring(database, ubl())
    bring(database, credit_note())
    (unclear,) = known(database)
    assert (unclear.standing, unclear.doubt) == (Standing.DOUBTFUL, "several")
    assert (cap(database, old), cap(database, new)) == (70_000, 119_000)
    context = a_context(database)
    with pytest.raises(CorrectionUnclear):
        decide_correction(context, unclear.id, stands=True, why="?", by="operator")
    decide_correction(context, unclear.id, stands=True, invoice=new, why="by date of supply", by="operator")
    assert (cap(database, old), cap(database, new)) == (70_000, 100_000)


def test_an_invoice_brought_later_under_the_same_number_frees_nothing() -> None:
    database = a_database()
    invoice = bring(database, ubl())
    bring(database, credit_note())
    bring(database, ubl(issued_on="2025-09-01", **amounts("700.00")))
    assert cap(database, invoice) == 100_000


@pytest.mark.parametrize(
    ("change", "doubt"),
    [
        ({"issued_on": "2026-08-01"}, "dated_before"),
        ({"currency": "USD"}, "other_currency"),
        ({"extra": ""}, "names_none"),
    ],
)
def test_what_does_not_fit_is_left_to_a_person(change: dict[str, str], doubt: str) -> None:
    database = a_database()
    invoice = bring(database, ubl())
    terms = {"number": "G-1", "extra": preceding("2026-17"), **CREDIT_NOTE, **amounts("190.00"), **change}
    bring(database, ubl(**terms))
    (unclear,) = known(database)
    assert (unclear.standing, unclear.doubt) == (Standing.DOUBTFUL, doubt)
    assert cap(database, invoice) == 119_000


def test_a_blocked_document_corrects_nothing_and_is_not_corrected() -> None:
    database = a_database()
    invoice = bring(database, ubl())
    bring(database, credit_note())
    altered = register(database, credit_note(gross="1190.00"))
    assert altered.outcome == "conflict"
    assert cap(database, invoice) == 100_000


def test_a_decision_is_kept_with_who_and_why_and_can_be_taken_back() -> None:
    database = a_database()
    invoice = bring(database, ubl())
    bring(database, credit_note())
    (link,) = known(database)
    context = a_context(database)
    decide_correction(context, link.id, stands=False, why="concerns delivery 9", by="operator")
    assert cap(database, invoice) == 119_000
    decide_correction(context, link.id, stands=True, why="it does concern it", by="second person")
    assert cap(database, invoice) == 100_000
    with database.read() as session:
        told = [(one.standing, one.why, one.by) for one in queries.decisions(session, link.id)]
    assert told == [
        ("dismissed", "concerns delivery 9", "operator"),
        ("stands", "it does concern it", "second person"),
    ]


def test_what_was_decided_is_not_decided_again_by_what_comes_later() -> None:
    database = a_database()
    bring(database, credit_note())
    (link,) = known(database)
    decide_correction(a_context(database), link.id, stands=False, why="a typo", by="operator")
    assert cap(database, bring(database, ubl())) == 119_000


@pytest.mark.parametrize("refused", [CorrectionNotFound, InvoiceUnknown, CorrectionUnclear])
def test_a_decision_names_what_there_is(refused: type[Exception]) -> None:
    database = a_database()
    bring(database, ubl())
    note = bring(database, credit_note())
    (link,) = known(database)
    name, invoice = {
        CorrectionNotFound: ("cor_0", None),
        InvoiceUnknown: (link.id, "inv_0"),
        CorrectionUnclear: (link.id, note),
    }[refused]
    with pytest.raises(refused):
        decide_correction(a_context(database), name, stands=True, invoice=invoice, why="?", by="operator")


def test_an_authoritys_finding_leaves_nothing_and_is_kept_once() -> None:
    database = a_database()
    invoice = bring(database, ubl())
    for _ in range(2):
        with database.write() as session:
            found = correct_by_finding(session, invoice, finding="void", clock=FixedClock(), ids=id_source())
    assert (found.party, found.origin, found.kind) == (0, "authority:void", Kind.CANCELLATION)
    assert len(known(database)) == 1
    assert cap(database, invoice) == 0
    decide_correction(a_context(database), found.id, stands=False, why="bureau's error", by="operator")
    assert cap(database, invoice) == 119_000


def test_the_witness_sees_each_link_once_and_within_its_transaction() -> None:
    seen: list[str] = []
    database = a_database(info={WITNESS: lambda _session, link: seen.append(link.number)})
    bring(database, credit_note())
    assert seen == []
    bring(database, ubl())
    assert seen == ["G-1"]
    bring(database, ubl(issued_on="2025-09-01"))
    assert seen == ["G-1"]


@pytest.mark.parametrize("is_note_first", [True, False])
def test_what_names_the_authoritys_id_is_linked_by_it(is_note_first: bool) -> None:
    database = a_database()
    seller = Uploader(7, (TaxId.of("LUZ010203AB4", country="MX", scheme=TAX),))
    uuid, other = documents.UUID, "8A3C5E70-1B2D-4F60-9E8A-000000000002"
    both = [
        documents.cfdi(uuid=other, kind="E", total="160.00", related=uuid.lower()),
        documents.cfdi(uuid=uuid),
    ]
    ids = [bring(database, one, seller) for one in (both if is_note_first else both[::-1])]
    assert cap(database, ids[-1 if is_note_first else 0]) == 116_000 - 16_000


def test_a_page_of_invoices_asks_no_more_than_one_of_them_and_says_the_same() -> None:
    database = databases.a_database()
    brought = [
        bring(database, ubl(number=f"N{place * 7919}", gross=f"{place + 5}19.00")) for place in range(9)
    ]
    bring(database, credit_note("G-1", "19.00", of="N0"))
    bring(database, credit_note("G-2", "19.00", of="N15838"))
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

    def asked(records: Sequence[InvoiceRecord]) -> tuple[list[views.View], int]:
        statements.clear()
        with database.read() as session:
            shown = correction_views.invoices(session, records)
        return shown, sum(one.startswith("SELECT") for one in statements)

    with database.read() as session:
        records = invoice_queries.by_ids(session, brought)
    singly = [asked([one]) for one in records]
    page, count = asked(records)
    assert page == [one for shown, _ in singly for one in shown]
    assert [bool(one["corrected_by"]) for one in page] == [one.number in ("N0", "N15838") for one in records]
    assert count <= max(count for _, count in singly) + 1  # corrections go on from corrections
