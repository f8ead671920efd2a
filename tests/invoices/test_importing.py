"""Sheets become invoices row by row: once, whole or in part as was asked, whatever happens meanwhile."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from registry.invoices.errors import InvoiceRaced
from registry.invoices.imports import engine, queries, use_cases
from registry.invoices.imports.columns import ColumnMap
from registry.invoices.imports.engine import Workshop, work
from registry.invoices.imports.errors import (
    ColumnMapIncomplete,
    ColumnMapMisfit,
    ColumnMapUnknown,
    ImportUnderWay,
    ImportUnknown,
    SheetEmpty,
)
from registry.invoices.imports.model import InvoiceImport, Mode
from registry.invoices.imports.use_cases import begin, delete_map, fitting_map, propose, save_map, try_out
from registry.invoices.invoice import Trader
from registry.invoices.model import InvoiceKey, InvoiceRecord
from registry.invoices.registering import Uploader
from registry.invoices.use_cases import register_document
from registry.kit.identifiers import TaxId
from registry.parties.model import PartyIdentifier
from registry.sheets import SheetTooLarge
from tests.invoices.bench_import import measure
from tests.invoices.builders import BUYER_VAT, SELLER, SELLER_VAT, an_invoice, live_keys, register, ubl
from tests.invoices.import_builders import (
    HEADER,
    PARTY,
    STRANGER,
    a_row,
    a_workshop,
    as_csv,
    as_xlsx,
    bring,
    load,
    many_rows,
    outcomes,
    results,
)


@pytest.fixture
def shop() -> Iterator[Workshop]:
    made = a_workshop()
    yield made
    made.uow.close()


def stored(shop: Workshop, table: type = InvoiceRecord) -> int:
    with shop.uow.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def proposed(shop: Workshop, record: InvoiceImport) -> ColumnMap:
    with shop.uow.read() as session:
        return propose(session, record).columns


def finish(shop: Workshop, record: InvoiceImport) -> InvoiceImport:
    for now in work(shop, record.id):
        record = now
    return record


def bring_e_invoice(shop: Workshop, **terms: str) -> Any:
    return register(shop.uow, ubl(**terms), ids=shop.ids)


BAD = a_row("2026-18", gross="12,34,5")


# ---------------------------------------------------------------------- what becomes of rows


@pytest.mark.parametrize("make", [as_csv, as_xlsx])
def test_each_row_becomes_an_invoice_of_the_importing_party(shop: Workshop, make: Any) -> None:
    record = bring(shop, make(a_row("A-1"), a_row("A-2", net="7.00", tax="0", gross="7.00")))
    assert (record.status, record.counts, record.done, record.total) == ("done", {"new": 2}, 2, 2)
    first, _ = results(shop, record)
    assert (first.row, first.number, first.outcome, first.code) == (2, "A-1", "new", "no_key_known")
    with shop.uow.read() as session:
        found = session.get(InvoiceRecord, first.invoice_id)
        assert found is not None
        assert (found.syntax, found.layer, found.scope, found.uploader_party) == ("sheet", "sheet", 0, PARTY)
        assert (found.issued_on, found.gross_minor, found.payable_minor) == (
            date(2026, 9, 1),
            119_000,
            119_000,
        )
        assert found.parsed["due_on"] == "2026-10-01"
        assert found.parsed["seller"]["name"] == "Nordlicht GmbH"
        assert found.buyer_ids == [{"country": "DE", "scheme": "VAT", "value": BUYER_VAT[2:]}]


def test_a_row_that_meets_its_e_invoice_is_a_duplicate_of_it_and_the_other_way_round(shop: Workshop) -> None:
    first = bring_e_invoice(shop)
    (row,) = results(shop, bring(shop, as_csv(a_row())))
    assert (row.outcome, row.code, row.invoice_id) == ("duplicate", "same_content", first.id)
    bring(shop, as_csv(a_row("2026-99")))
    assert bring_e_invoice(shop, number="2026-99").outcome == "duplicate"


def test_fields_only_one_of_them_has_are_left_out_of_the_comparison(shop: Workshop) -> None:
    bring_e_invoice(shop)
    header = [name for name in HEADER if not name.startswith(("Net", "Tax"))]
    row = [cell for name, cell in zip(HEADER, a_row(), strict=True) if name in header]
    (found,) = results(shop, bring(shop, as_csv(row, header=header)))
    assert (found.outcome, found.code) == ("duplicate", "same_content_partial")
    row[header.index("Gross amount")] = "1191.00"
    (found,) = results(shop, bring(shop, as_csv(row, header=header)))
    assert (found.outcome, found.code) == ("conflict", "other_content")


def test_a_row_with_a_fapiaos_number_is_told_by_it_alone(shop: Workshop) -> None:
    fapiao = an_invoice(
        number="26332000000012345678",
        syntax="fapiao",
        currency="CNY",
        seller=Trader("Ningbo", "CN", (TaxId.of("91330206MA2NB8Q357", country="CN"),)),
    )
    with shop.uow.write() as session:
        session.add(PartyIdentifier(party=PARTY, country="CN", scheme="VAT", value="91330206MA2NB8Q357"))
    uploader = Uploader(PARTY, fapiao.seller.identifiers)
    done = register_document(
        shop.uow, invoice=fapiao, content_sha256="0" * 64, name="f.xml", uploader=uploader, fingerprint_keys=live_keys,
        clock=shop.clock, ids=shop.ids,
    )  # fmt: skip
    rows = as_csv(
        ["26332000000012345678", "2026年9月1日", "1000", "190", "1190.00", "Hanse AG"],
        header=["数电发票号码", "开票日期", "金额", "税额", "价税合计(元)", "购买方名称"],
    )
    (row,) = results(shop, bring(shop, rows))
    assert (row.outcome, row.invoice_id) == ("duplicate", done.id)


def test_a_row_within_one_sheet_is_judged_with_the_rows_before_it(shop: Workshop) -> None:
    rows = [a_row("A"), a_row("A"), a_row("A", net="1001.00", gross="1191.00"), a_row("B")]
    assert outcomes(results(shop, bring(shop, as_csv(*rows)))) == ["new", "duplicate", "conflict", "review"]


def test_another_partys_rows_never_block_the_sellers_own(shop: Workshop) -> None:
    header = [*HEADER, "Seller VAT ID"]
    (row,) = results(shop, bring(shop, as_csv([*a_row(), SELLER_VAT], header=header), party=STRANGER))
    assert row.outcome == "new"
    assert outcomes(results(shop, bring(shop, as_csv(a_row())))) == ["new"]


# ---------------------------------------------------------------------- modes


def test_all_or_nothing_stores_nothing_where_one_row_is_refused(shop: Workshop) -> None:
    record = bring(shop, as_csv(a_row("A"), BAD, a_row("C")), mode=Mode.ALL)
    assert (record.status, record.counts) == ("refused", {"refused": 1})
    assert stored(shop) == stored(shop, InvoiceKey) == 0
    rows = results(shop, record)
    assert outcomes(rows) == [None, "refused", None]
    assert (rows[1].row, rows[1].code, rows[1].number) == (3, "bad_amount", "2026-18")
    assert "Gross is '12,34,5'" in (rows[1].sentence or "")


def test_all_or_nothing_stores_all_where_none_is_refused(shop: Workshop) -> None:
    record = bring(shop, as_csv(a_row("A"), a_row("B", net="3", tax="0", gross="3")), mode=Mode.ALL)
    assert (record.status, record.counts, stored(shop)) == ("done", {"new": 2}, 2)


def test_report_stores_the_good_rows_and_tells_the_others(shop: Workshop) -> None:
    record = bring(shop, as_csv(a_row("A"), BAD, a_row("C", net="5", tax="0", gross="5")))
    assert (record.status, record.counts, stored(shop)) == ("done", {"new": 2, "refused": 1}, 2)


# ---------------------------------------------------------------------- exactly once


def test_the_same_file_again_changes_nothing(shop: Workshop) -> None:
    content = as_csv(*many_rows(30))
    bring(shop, content)
    again = bring(shop, content)
    assert (again.counts, stored(shop)) == ({"duplicate": 30}, 30)
    assert {row.code for row in results(shop, again)} == {"same_file"}


def test_the_same_rows_in_another_file_change_nothing(shop: Workshop) -> None:
    rows = list(many_rows(30))
    bring(shop, as_csv(*rows))
    assert bring(shop, as_xlsx(*reversed(rows))).counts == {"duplicate": 30}
    assert stored(shop) == 30


@pytest.mark.parametrize(
    ("mode", "crash_at"),
    [(Mode.REPORT, 0), (Mode.REPORT, 3), (Mode.ALL, 0), (Mode.ALL, 3), (Mode.ALL, 4), (Mode.ALL, 7)],
)
def test_an_import_cut_off_anywhere_goes_on_where_it_stopped(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch, mode: Mode, crash_at: int
) -> None:
    monkeypatch.setattr(engine, "BATCH_ROWS", 10)
    content = as_csv(*many_rows(35))
    record = load(shop, content)
    columns = proposed(shop, record)
    record = begin(shop.uow, record.id, columns, mode)
    calls = iter(range(100))
    whole = engine._write_down

    def cut(*args: Any) -> None:
        whole(*args)
        if next(calls) == crash_at:
            raise KeyboardInterrupt

    monkeypatch.setattr(engine, "_write_down", cut)
    with pytest.raises(KeyboardInterrupt):
        finish(shop, record)
    monkeypatch.setattr(engine, "_write_down", whole)
    # Whoever brings the file again takes up that import instead of making another.
    again = begin(shop.uow, load(shop, content).id, columns, mode)
    assert again.id == record.id
    assert finish(shop, again).counts == {"new": 35}
    assert outcomes(results(shop, again)) == ["new"] * 35
    assert stored(shop) == 35


def test_two_who_work_one_import_do_each_row_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BATCH_ROWS", 5)
    shop = a_workshop(tmp_path / "registry.db")
    record = load(shop, as_csv(*many_rows(60)))
    record = begin(shop.uow, record.id, proposed(shop, record), Mode.REPORT)

    def carry_on(_: int) -> None:
        while finish(shop, record).status != "done":  # ends early where the other is at it
            pass

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(carry_on, range(2)))
    assert outcomes(results(shop, record)) == ["new"] * 60
    assert stored(shop) == 60
    shop.uow.close()


def test_a_batch_overtaken_by_a_rival_is_decided_again(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = load(shop, as_csv(*many_rows(3)))
    record = begin(shop.uow, record.id, proposed(shop, record), Mode.REPORT)
    races = [4]
    whole = engine.register_all

    def overtaken(*args: Any) -> Any:
        if races[0]:
            races[0] -= 1
            raise IntegrityError("insert", {}, Exception("UNIQUE"))
        return whole(*args)

    monkeypatch.setattr(engine, "register_all", overtaken)
    assert finish(shop, record).counts == {"new": 3}
    record = load(shop, as_csv(a_row()))
    record = begin(shop.uow, record.id, proposed(shop, record), Mode.REPORT)
    races[0] = 5
    with pytest.raises(InvoiceRaced):
        finish(shop, record)
    assert finish(shop, record).counts == {"new": 1}


def test_of_two_hundred_who_bring_one_invoice_at_once_one_succeeds(tmp_path: Path) -> None:
    shop = a_workshop(tmp_path / "registry.db")
    sheet = an_invoice(syntax="sheet", layer="sheet")

    def once(place: int) -> str:
        if place % 2:
            return str(bring_e_invoice(shop).outcome)
        done = register_document(
            shop.uow, invoice=sheet, content_sha256="5" * 64, name="s.csv", uploader=SELLER, fingerprint_keys=live_keys,
            clock=shop.clock, ids=shop.ids,
        )  # fmt: skip
        return str(done.outcome)

    with ThreadPoolExecutor(50) as pool:
        found = sorted(pool.map(once, range(200)))
    assert found == ["duplicate"] * 199 + ["new"]
    assert stored(shop, InvoiceKey) == 1
    shop.uow.close()


# ---------------------------------------------------------------------- dry runs


def test_a_dry_run_says_what_would_become_of_each_row_and_stores_none(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BATCH_ROWS", 2)  # rows meet their twins across batches
    bring_e_invoice(shop, number="HERE")
    rows = [a_row("A"), BAD, a_row("HERE"), a_row("C", net="5", tax="0", gross="5"), a_row("A"), a_row("A-1")]
    record = load(shop, as_csv(*rows))
    columns = proposed(shop, record)
    record = finish(shop, try_out(shop.uow, record.id, columns))
    would = ["review", "refused", "duplicate", "new", "duplicate", "review"]
    assert (record.status, record.total, outcomes(results(shop, record))) == ("tried", 6, would)
    assert record.counts == {"review": 2, "refused": 1, "duplicate": 2, "new": 1}
    assert stored(shop) == 1
    assert [row.invoice_id for row in results(shop, record)] == [None] * 6
    done = finish(shop, begin(shop.uow, record.id, columns, Mode.REPORT))
    assert outcomes(results(shop, done)) == would


def test_a_dry_run_cut_off_begins_anew(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BATCH_ROWS", 2)
    record = load(shop, as_csv(*many_rows(7)))
    record = try_out(shop.uow, record.id, proposed(shop, record))
    going = work(shop, record.id)
    assert next(going).done == 2
    going.close()
    assert (finish(shop, record).counts, stored(shop)) == ({"new": 7}, 0)


# ---------------------------------------------------------------------- drafts, maps, refusals


def test_a_map_is_kept_under_a_name_proposed_for_its_layout_and_deleted(shop: Workshop) -> None:
    record = load(shop, as_csv(a_row()))
    columns = ColumnMap.from_json(proposed(shop, record).as_json() | {"day_order": "dmy"})
    saved = save_map(shop.uow, record.id, "SAP", columns, clock=shop.clock, ids=shop.ids)
    other = load(shop, as_csv(a_row("B")))
    with shop.uow.read() as session:
        found = propose(session, other)
        assert (found.saved, found.columns) == ("SAP", columns)
        assert fitting_map(session, other, "SAP") == columns
    moved = load(shop, as_csv(a_row(), header=[*HEADER[::-1]]))
    with shop.uow.read() as session:
        assert propose(session, moved).saved == ""
        with pytest.raises(ColumnMapMisfit):
            fitting_map(session, moved, "SAP")
        with pytest.raises(ColumnMapUnknown):
            fitting_map(session, moved, "none")
    again = save_map(shop.uow, record.id, "SAP", columns, clock=shop.clock, ids=shop.ids)
    assert again.id == saved.id
    delete_map(shop.uow, saved.id)
    with shop.uow.read() as session:
        assert queries.maps_of(session, PARTY) == []
        assert propose(session, other).saved == ""


def test_another_partys_map_is_not_proposed(shop: Workshop) -> None:
    record = load(shop, as_csv(a_row()))
    save_map(shop.uow, record.id, "SAP", proposed(shop, record), clock=shop.clock, ids=shop.ids)
    theirs = load(shop, as_csv(a_row()), party=STRANGER)
    with shop.uow.read() as session:
        assert propose(session, theirs).saved == ""


def test_what_cannot_begin_is_refused(shop: Workshop) -> None:
    record = load(shop, as_csv(a_row()))
    columns = proposed(shop, record)
    with pytest.raises(ColumnMapIncomplete) as refused:
        begin(shop.uow, record.id, ColumnMap(1), Mode.ALL)
    assert refused.value.fields["missing"] == ["number", "issued_on", "currency", "payable", "buyer_name"]
    with pytest.raises(SheetEmpty):
        begin(shop.uow, record.id, ColumnMap.from_json(columns.as_json() | {"header_row": 2}), Mode.ALL)
    with pytest.raises(ImportUnknown):
        try_out(shop.uow, "imp_none", columns)
    begin(shop.uow, record.id, columns, Mode.ALL)
    with pytest.raises(ImportUnderWay):
        try_out(shop.uow, record.id, columns)
    with pytest.raises(SheetEmpty):
        load(shop, b"\n\n,,\n")


def test_a_sheet_that_is_refused_halfway_leaves_nothing_behind(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_cases, "_STAGE_ROWS", 10)
    with pytest.raises(SheetTooLarge):
        load(shop, as_csv(*many_rows(50), ["x"] * 100))
    assert stored(shop, InvoiceImport) == stored(shop, engine.ImportRow) == 0


def test_a_party_keeps_a_few_drafts_and_every_import(shop: Workshop) -> None:
    done = bring(shop, as_csv(a_row()))
    drafts = []
    for place in range(use_cases.MAX_DRAFTS + 2):
        shop.clock.advance(minutes=1)  # type: ignore[attr-defined]
        drafts.append(load(shop, as_csv(a_row(str(place)))).id)
    with shop.uow.read() as session:
        kept = {one.id for one in queries.imports_of(session, PARTY)}
    assert kept == {done.id, *drafts[-use_cases.MAX_DRAFTS :]}


def test_amounts_of_a_credit_note_are_positive_as_in_an_e_invoice(shop: Workshop) -> None:
    (row,) = results(shop, bring(shop, as_csv(a_row("G-1", net="-100", tax="-19", gross="-119"))))
    with shop.uow.read() as session:
        found = session.get(InvoiceRecord, row.invoice_id)
        assert found is not None
        assert (found.document_class, found.gross_minor, found.cap_minor) == ("credit_note", 11_900, 0)
        assert Decimal(found.parsed["net"]) == 100


def test_the_measurement_imports_every_row() -> None:
    assert measure(30).rows == 30
