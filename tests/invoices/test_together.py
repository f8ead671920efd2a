"""Documents registered together become what they become one by one: row for row, in every table."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from registry.invoices import near_keys, near_queries, registering
from registry.invoices.imports import engine
from registry.invoices.imports.engine import Workshop
from registry.invoices.invoice import Invoice, InvoiceClass, Trader
from registry.invoices.model import TABLES
from registry.invoices.near_keys import Block
from registry.invoices.records import Document, prepare
from registry.invoices.registering import Registered, Uploader, register_all
from registry.kit.clock import FixedClock
from registry.kit.identifiers import TaxId
from registry.storage.unit_of_work import Database
from tests.invoices.builders import KEY, SELLER, STRANGER, a_database, an_invoice, id_source
from tests.invoices.generator import Kind, a_case
from tests.invoices.import_builders import HEADER, a_workshop, as_csv, bring, outcomes, results

EVERYTHING = tuple(Kind)


def documents(invoices: Iterable[Invoice]) -> list[Document]:
    return [prepare(one, "sheet.csv", sha256(repr(one).encode()).hexdigest()) for one in invoices]


def generated(seed: int, kinds: Sequence[Kind] = EVERYTHING) -> list[Invoice]:
    """Honest invoices and frauds of every kind, near each other as in a sheet; some twice, some credited before and
    after they come."""
    random = Random(seed)
    found = [each.invoice for case, kind in enumerate(kinds) for each in a_case(random, kind, case)]
    notes = [
        replace(
            one,
            number=f"G-{place}",
            document_class=InvoiceClass.CREDIT_NOTE,
            preceding=(one.number,),
            lines=(),
        )
        for place, one in enumerate(random.sample(found, 12))
    ]
    again = random.sample(found, 15)
    for one in (*notes, *again):
        found.insert(random.randrange(len(found)), one)
    return found


def stored(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.read() as session:
        return {table.name: sorted(map(repr, session.execute(select(*table.c)))) for table in TABLES}


@contextmanager
def registered(
    batches: Iterable[tuple[Uploader, Sequence[Document]]], at_once: int
) -> Iterator[tuple[list[Registered], dict[str, list[tuple[Any, ...]]]]]:
    """What becomes of these, ``at_once`` in a transaction, and what is stored then."""
    database, ids, done = a_database(), id_source(), []
    try:
        for uploader, batch in batches:
            for start in range(0, len(batch), at_once):
                with database.write() as session:
                    some = batch[start : start + at_once]
                    done += register_all(session, some, uploader, (KEY,), FixedClock(), ids)
        yield done, stored(database)
    finally:
        database.close()


def compared(*batches: tuple[Uploader, Sequence[Invoice]], at_once: Iterable[int] = (7, 500)) -> list[str]:
    """The outcomes, the same one by one and together."""
    given = [(uploader, documents(invoices)) for uploader, invoices in batches]
    with registered(given, 1) as alone:
        for size in at_once:
            with registered(given, size) as together:
                assert together[0] == alone[0]
                assert together[1] == alone[1]
        return [one.outcome.value for one in alone[0]]


@pytest.mark.parametrize("seed", [1, 2])
def test_documents_become_together_what_they_become_one_by_one(seed):
    invoices = generated(seed)
    mine = Uploader(1, tuple({one for each in invoices for one in each.seller.identifiers}))
    theirs = Random(seed).sample(invoices, 30)
    told = compared((STRANGER, theirs), (mine, invoices))
    assert {"new", "duplicate", "conflict", "review"} == set(told)


def test_a_crowd_is_cut_off_at_the_same_place(monkeypatch):
    for kind in Block:
        monkeypatch.setitem(near_keys.LIMITS, kind, 3)
    monkeypatch.setattr(near_keys, "FEW", 2)
    monkeypatch.setattr(near_queries, "MANY", 4)
    monkeypatch.setattr(near_queries, "_CROWDS", 2)
    same = [an_invoice(number=f"N{place * 31}") for place in range(12)]
    other = [an_invoice(number=f"M{place * 7919}", payable=Decimal(900 + place)) for place in range(12)]
    told = compared((STRANGER, other), (SELLER, [*other, *same]), at_once=(5, 24))
    assert told.count("review") > 12


def test_a_record_completed_within_a_batch_is_met_complete():
    chinese = (TaxId.of("91330206MA2NB8Q357", country="CN"),)
    fapiao = an_invoice(
        number="26332000000012345678", syntax="fapiao", currency="CNY", seller=Trader("Ningbo", "CN", chinese)
    )
    code = replace(fapiao, seller=Trader("", "CN"), net=None, payable=Decimal(1190), syntax="fapiao-qr")
    others = [replace(fapiao, number=f"2633200000001234568{place}") for place in range(3)]
    told = compared((Uploader(9, chinese), [others[0], code, others[1], fapiao, fapiao, *others]))
    assert told.count("duplicate") == 4


# ---------------------------------------------------------------------- sheets


def sheet(seed: int) -> bytes:
    """Rows of one seller to a few buyers: the generator's invoices without their lines."""
    cells = [
        [
            one.number,
            one.issued_on.isoformat(),
            "",
            one.currency,
            f"{one.net}",
            f"{one.payable - (one.net or 0)}",
            f"{one.gross}",
            one.buyer.name,
            str(one.buyer.identifiers[0]).replace(" ", ""),
        ]
        for one in generated(
            seed, [Kind.DUPLICATE, Kind.CONFLICT, Kind.ALTERED_NUMBER, Kind.CUT, Kind.REISSUED]
        )
    ]
    cells[5][4] = "unreadable"
    return as_csv(*cells, header=HEADER)


def imported(content: bytes) -> list[list[Any]]:
    shop: Workshop = a_workshop()
    try:
        record = bring(shop, content)
        rows = results(shop, record)
        told = [[one.number, one.outcome, one.code, one.sentence, one.invoice_id] for one in rows]
        assert {"new", "duplicate", "conflict", "review", "refused"} == set(outcomes(rows))
        return [told, record.counts, stored(shop.uow)]
    finally:
        shop.uow.close()


@pytest.mark.parametrize("seed", [3, 4])
def test_the_rows_of_a_sheet_become_together_what_they_become_one_by_one(seed, monkeypatch):
    content = sheet(seed)
    together = imported(content)
    monkeypatch.setattr(engine, "BATCH_ROWS", 1)
    monkeypatch.setattr(registering, "LOOK_AHEAD", 1)
    assert imported(content) == together
