from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from registry.invoices import queries
from registry.invoices import sample_set as samples
from registry.invoices.errors import InvoiceRaced, InvoiceUnknown, MalformedInvoice
from registry.invoices.model import TABLES, InvoiceKey, InvoiceRecord
from registry.invoices.registering import Uploader
from registry.invoices.rules import Outcome
from registry.kit.clock import FixedClock
from registry.kit.identifiers import TaxId
from registry.storage.base import Base
from registry.storage.unit_of_work import Database
from tests.builders.databases import SQLITE, kind, url_of
from tests.invoices.builders import KEY, SELLER, SELLER_VAT, STRANGER, a_database, register, ubl


@pytest.fixture
def database():
    found = a_database()
    yield found
    found.close()


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_an_unknown_invoice_is_new(database):
    done = register(database, ubl())
    assert (done.outcome, done.reason, done.of) == (Outcome.NEW, "no_key_known", None)
    with database.read() as session:
        record = queries.invoice_by_id(session, done.id)
        assert (record.gross_minor, record.cap_minor, record.currency) == (119_000, 119_000, 978)
        assert record.parsed["number"] == "2026-17"
        assert record.fingerprints == {"1": list(done.fingerprints)}
        assert (record.scope, record.uploader_party) == (0, 7)
        assert [one.id for one in queries.invoices_of(session, 7)] == [done.id]


def test_fingerprints_are_those_of_the_legal_keys(database):
    done = register(database, ubl())
    entry = KEY.fingerprint("inv/1", "DE", "307141589", "202617", "2026", "invoice")
    assert done.fingerprints == (entry.hex(),)


def test_no_legal_key_is_stored_in_clear_text_beside_its_fingerprint(database):
    register(database, ubl())
    with database.read() as session:
        keys = session.scalars(select(InvoiceKey.key)).all()
    assert all(len(key) == 32 for key in keys)


def test_the_same_file_again_is_a_duplicate(database):
    first = register(database, ubl())
    again = register(database, ubl())
    assert (again.outcome, again.reason, again.of) == (Outcome.DUPLICATE, "same_file", first.id)
    assert count(database, InvoiceRecord) == 1


def test_the_same_invoice_in_another_syntax_is_a_duplicate(database):
    first = register(database, samples.read("invoice-1.ubl.xml"))
    again = register(database, samples.read("invoice-4-same-as-1.cii.xml"))
    assert (again.outcome, again.reason, again.of) == (Outcome.DUPLICATE, "same_content", first.id)


def test_the_same_invoice_written_otherwise_is_a_duplicate(database):
    first = register(database, ubl())
    again = register(
        database, ubl(number="２０２６ / 17", seller_vat="de 307.141.589", seller_name="NORDLICHT")
    )
    assert (again.outcome, again.of) == (Outcome.DUPLICATE, first.id)


def test_a_document_with_fewer_fields_is_a_partial_duplicate(database):
    register(database, ubl())
    again = register(database, ubl(net=""))
    assert (again.outcome, again.reason, again.is_partial) == (
        Outcome.DUPLICATE,
        "same_content_partial",
        True,
    )


def test_other_content_under_the_same_number_is_a_conflict(database):
    first = register(database, ubl())
    altered = register(database, ubl(payable="1900.00"))
    assert (altered.outcome, altered.reason, altered.of) == (Outcome.CONFLICT, "other_content", first.id)


def test_a_document_equal_to_a_blocked_one_is_its_duplicate(database):
    register(database, ubl())
    altered = register(database, ubl(payable="1900.00"))
    again = register(database, ubl(payable="1900.00", buyer_vat=""))
    assert (again.outcome, again.of) == (Outcome.DUPLICATE, altered.id)


def test_only_an_accepted_document_backs_anything(database):
    ids = [register(database, ubl()).id, register(database, ubl(number="2")).id]
    ids.append(register(database, ubl(payable="1900.00")).id)
    with database.read() as session:
        found = [queries.invoice_by_id(session, one) for one in ids]
        accepted = [(one.outcome, one.is_accepted) for one in found]
    assert accepted == [("new", True), ("review", True), ("conflict", False)]


def test_a_blocked_document_takes_no_key(database):
    register(database, ubl())
    register(database, ubl(payable="1900.00"))
    assert count(database, InvoiceKey) == 1


def test_an_altered_number_is_reviewed(database):
    first = register(database, ubl())
    altered = register(database, ubl(number="2026-170"))
    assert (altered.outcome, altered.reason, altered.of) == (Outcome.REVIEW, "altered_number", first.id)
    assert altered.id


def test_the_same_number_in_another_year_is_reviewed(database):
    register(database, ubl())
    assert register(database, ubl(issued_on="2027-01-02")).reason == "altered_date"


def test_next_months_invoice_is_new(database):
    register(database, ubl())
    assert register(database, ubl(number="2026-18", issued_on="2026-10-01")).outcome is Outcome.NEW


def test_a_credit_note_over_the_same_amount_is_new(database):
    register(database, ubl())
    assert register(database, ubl(type_code="381", number="C-1")).outcome is Outcome.NEW


def test_doubts_are_kept_with_the_record(database):
    september = FixedClock(datetime(2026, 9, 20, tzinfo=UTC))
    done = register(database, ubl(seller_vat="DE123456789"), clock=september)
    assert (done.outcome, done.doubts) == (Outcome.NEW, ("seller_check_digit",))


def test_a_stranger_never_blocks_the_seller(database):
    early = register(database, ubl(), uploader=STRANGER)
    assert early.outcome is Outcome.NEW
    own = register(database, ubl())
    assert (own.outcome, own.of) == (Outcome.NEW, None)


def test_a_stranger_is_told_only_that_it_exists(database):
    register(database, ubl())
    told = register(database, ubl(), uploader=STRANGER)
    assert (told.outcome, told.id, told.of) == (Outcome.DUPLICATE, None, None)


def test_naming_oneself_beside_the_seller_does_not_occupy_its_keys(database):
    forged = ubl().replace(
        b"<a:PartyTaxScheme>",
        b"<a:PartyTaxScheme><b:CompanyID>FR12345678901</b:CompanyID><a:TaxScheme><b:ID>VAT</b:ID>"
        b"</a:TaxScheme></a:PartyTaxScheme><a:PartyTaxScheme>",
        1,
    )
    assert register(database, forged, uploader=STRANGER).outcome is Outcome.NEW
    assert register(database, ubl()).outcome is Outcome.NEW


def test_two_accounts_of_one_seller_cannot_both_register(database):
    register(database, ubl())
    twin = Uploader(party=70, identifiers=SELLER.identifiers)
    told = register(database, ubl(), uploader=twin)
    assert (told.outcome, told.of) == (Outcome.DUPLICATE, None)


def test_a_fapiao_claimed_by_two_sellers_is_a_conflict(database):
    genuine = samples.read("invoice-3.fapiao.xml")
    register(database, genuine)
    claimed = genuine.replace(b"91330206MA2NB8Q357", b"91310114MA1HY2026T").replace(
        "宁波精工".encode(), "上海".encode()
    )
    assert register(database, claimed).outcome is Outcome.CONFLICT


def test_a_name_that_is_no_text_is_kept_as_well_as_can_be(database):
    done = register(database, ubl(), name="x" * 300 + "\udcff.xml")
    with database.read() as session:
        assert queries.invoice_by_id(session, done.id).file_name.endswith("?.xml")


def test_strangers_do_not_see_each_other(database):
    register(database, ubl(), uploader=STRANGER)
    assert register(database, ubl(), uploader=Uploader(party=9)).outcome is Outcome.NEW


def test_the_seller_is_known_by_any_spelling_of_its_number(database):
    uploader = Uploader(party=7, identifiers=(TaxId.of("307 141 589", country="DE", scheme="TAX"),))
    done = register(database, ubl(seller_vat=SELLER_VAT), uploader=uploader)
    with database.read() as session:
        assert queries.invoice_by_id(session, done.id).scope == 0


def test_a_refused_file_leaves_nothing(database):
    with pytest.raises(MalformedInvoice):
        register(database, ubl(payable="much"))
    assert count(database, InvoiceRecord) == 0


def test_an_unknown_invoice_cannot_be_read(database):
    with database.read() as session, pytest.raises(InvoiceUnknown):
        queries.invoice_by_id(session, "inv_none")


def test_one_key_has_one_place(database):
    register(database, ubl())
    register(database, ubl(number="18", issued_on="2026-10-01"))

    def move_all_to_one_key():
        with database.write() as session:
            key = session.scalars(select(InvoiceKey.key)).first()
            session.execute(update(InvoiceKey).values(key=key))

    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        move_all_to_one_key()


def test_many_at_once_yield_one_new(tmp_path):
    database = a_database(tmp_path / "registry.sqlite")
    try:
        with ThreadPoolExecutor(6) as pool:
            done = list(pool.map(lambda _: register(database, ubl()), range(12)))
        assert sorted(one.outcome for one in done) == ["duplicate"] * 11 + ["new"]
    finally:
        database.close()


class Racing(Database):
    """Lets a rival act between decision and insert, as where there is more than one writer at a time."""

    def __init__(self, rivals):
        super().__init__(url_of(None))
        self.rivals = list(rivals)

    @contextmanager
    def write(self):
        with super().write() as session:
            yield _Overtaken(session, self.rivals.pop()) if self.rivals else session


class _Overtaken:
    def __init__(self, session, rival):
        self._session, self._rival = session, rival

    def __getattr__(self, name):
        return getattr(self._session, name)

    def connection(self):  # over which rows are written
        raise self._rival


@pytest.mark.parametrize(("races", "is_settled"), [(1, True), (4, True), (5, False)])
def test_whoever_loses_a_race_decides_again(races, is_settled):
    database = Racing(IntegrityError("insert", {}, Exception("UNIQUE")) for _ in range(races))
    if kind() == SQLITE:
        Base.metadata.create_all(database.engine, tables=list(TABLES))
    try:
        if is_settled:
            assert register(database, ubl(), uploader=SELLER).outcome is Outcome.NEW
        else:
            with pytest.raises(InvoiceRaced):
                register(database, ubl(), uploader=SELLER)
        assert count(database, InvoiceRecord) == (1 if is_settled else 0)
    finally:
        database.close()
