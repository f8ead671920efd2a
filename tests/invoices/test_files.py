"""A file may carry several documents: each stands for itself."""

import pytest
from sqlalchemy import select

from registry.invoices import archive as archives
from registry.invoices import detect, errors, queries
from registry.invoices.model import InvoiceKey
from registry.invoices.registering import Registered, Uploader
from registry.invoices.rules import Outcome
from registry.invoices.use_cases import Brought, read_file, register_file, screen
from registry.kit.clock import FixedClock
from registry.kit.identifiers import TaxId
from registry.storage.errors import DatabaseBusy
from tests.invoices import documents as a
from tests.invoices.builders import SELLER, a_database, id_source, live_keys, pdf, register, ubl

IDS = id_source()
CHINESE = Uploader(party=9, identifiers=(TaxId.of("91330206MA2NB8Q357", country="CN"),))


@pytest.fixture
def database():
    found = a_database()
    yield found
    found.close()


def bring(database, content: bytes, uploader: Uploader = SELLER) -> list[Brought]:
    return register_file(
        database,
        content=content,
        name="a file",
        uploader=uploader,
        fingerprint_keys=live_keys,
        clock=FixedClock(),
        ids=IDS,
    )


def codes(content: bytes) -> list[str]:
    return [one.refusal.code if one.refusal else "read" for one in read_file(content, "a file")]


def test_one_bad_document_of_an_archive_stops_no_other(database):
    files = {"a.xml": ubl(), "b.xml": b"<broken", "c.txt": b"hello", "d.pdf": pdf(ubl(number="18", net="5"))}
    brought = bring(database, a.archive(files))
    assert [(one.document, one.inside) for one in brought] == list(enumerate(files))
    said = [one.done.outcome if one.done else one.refusal.code for one in brought]
    assert said == ["new", "malformed", "unsupported_syntax", "review"]
    assert brought[1].refusal.fields["file"] == "a file/b.xml"
    assert brought[1].label == "a file/b.xml"


def test_the_same_document_twice_in_an_archive_is_one(database):
    first, again = bring(database, a.archive({"a.xml": ubl(), "b/copy.xml": ubl()}))
    assert (again.done.outcome, again.done.reason, again.done.of) == ("duplicate", "same_file", first.done.id)


def test_a_document_is_known_in_and_out_of_its_archive(database):
    first = register(database, ubl())
    [again] = bring(database, a.archive({"x.xml": ubl()}))
    assert (again.done.reason, again.done.of) == ("same_file", first.id)


def test_every_syntax_can_be_packed_with_others():
    packed = a.archive({f"{name}.bin": content for name, content in a.EVERY.items()})
    assert [one.invoice.syntax for one in read_file(packed, "a file")] == list(a.EVERY)


def test_paths_and_what_systems_add_are_ignored():
    files = {
        "../../etc/a.xml": ubl(),
        "C:\\x\\b.xml": ubl(number="2"),
        "__MACOSX/a.xml": b"x",
        "d/.DS_Store": b"x",
        "e/": b"",
    }
    assert [one.name for one in read_file(a.archive(files), "a file")] == ["a.xml", "b.xml"]


def test_names_are_read_in_the_encodings_archives_are_made_with():
    named = a.archive({"发票.xml": ubl()})
    packed = a.archive({"xxxx.xml": ubl()}).replace(b"xxxx.xml", "发票.xml".encode("gb18030"))
    assert [one.name for content in (named, packed) for one in read_file(content, "a file")] == [
        "发票.xml"
    ] * 2


def test_an_archive_inside_an_archive_is_refused_and_its_neighbors_are_read():
    packed = a.archive({"inner.zip": a.archive({"a.xml": ubl()}), "b.xml": ubl()})
    assert codes(packed) == ["too_large", "read"]


def test_an_office_document_is_one_file_and_not_read():
    sheet = a.archive({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
    assert codes(sheet) == ["unsupported_syntax"]
    assert codes(a.archive({"sheet.xlsx": sheet, "b.xml": ubl()})) == ["unsupported_syntax", "read"]


def test_an_ofd_inside_an_archive_is_a_document():
    assert codes(a.archive({"one.ofd": a.ofd(), "two.ofd": a.ofd(a.fapiao())})) == ["read", "read"]


def test_an_archive_has_bounds(monkeypatch):
    monkeypatch.setattr(archives, "MAX_ENTRIES", 3)
    assert codes(a.archive({f"{place}": ubl() for place in range(4)})) == ["too_large"]
    assert codes(a.archive({f"{place}": ubl() for place in range(3)})) == ["read"] * 3


def test_a_large_file_of_an_archive_does_not_stop_the_small_ones(monkeypatch):
    monkeypatch.setattr(archives, "MAX_ENTRY_BYTES", 5000)
    packed = a.archive({"a.xml": ubl(), "b.xml": ubl() + b" " * 5000, "c.xml": ubl()})
    assert codes(packed) == ["read", "too_large", "read"]


def test_an_archive_that_unpacks_to_too_much_is_read_no_further(monkeypatch):
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 2 * len(ubl()))
    assert codes(a.archive({f"{place}.xml": ubl() for place in range(4)})) == [
        "read",
        "read",
        "too_large",
        "too_large",
    ]


def test_a_file_carries_so_many_documents_and_no_more(monkeypatch):
    monkeypatch.setattr(detect, "MAX_DOCUMENTS", 2)
    bodies = [a.fatturapa_body(number=str(place)) for place in range(4)]
    assert codes(a.fatturapa(*bodies[:2])) == ["read", "read"]
    assert codes(a.fatturapa(*bodies)) == ["read", "read", "too_large"]


def test_one_bad_body_of_an_italian_file_stops_no_other():
    content = a.fatturapa(a.fatturapa_body(), a.fatturapa_body(net="much"), a.fatturapa_body(number="3"))
    assert codes(content) == ["read", "malformed", "read"]


def test_one_bad_message_of_an_interchange_stops_no_other():
    content = a.edifact(a.edifact_message(), a.edifact_message(summary=""), a.edifact_message(number="3"))
    assert codes(content) == ["read", "missing_field", "read"]


def test_one_bad_document_of_a_json_list_stops_no_other():
    listed = a.gst_json(a.gst_document(), a.gst_document(irn="00"), a.gst_document(number="3"))
    assert codes(listed) == ["read", "malformed", "read"]


def test_a_file_with_several_is_not_registered_as_one(database):
    with pytest.raises(errors.SeveralInvoicesInside):
        register(database, a.fatturapa(a.fatturapa_body(), a.fatturapa_body(number="2")))


def test_a_registry_that_fails_is_no_refusal_of_a_document(database, monkeypatch):
    def busy():
        raise DatabaseBusy

    monkeypatch.setattr(database, "write", busy)
    with pytest.raises(DatabaseBusy):
        bring(database, ubl())


def test_screening_has_a_row_for_each_document():
    rows = list(screen([("a.xml", a.fatturapa(a.fatturapa_body(), a.fatturapa_body()))]))
    assert [(row["document"], row["outcome"], row["of"]) for row in rows] == [
        (0, "new", None),
        (1, "duplicate", {"file": "a.xml", "document": 0}),
    ]


def only(brought: list[Brought]) -> Registered:
    [one] = brought
    assert one.done is not None, one.refusal
    return one.done


@pytest.mark.parametrize("first", ["xml", "ofd", "xbrl", "qr"])
@pytest.mark.parametrize("second", ["xml", "ofd", "xbrl", "qr"])
def test_one_fapiao_meets_itself_in_every_form(database, first, second):
    forms = {"xml": a.fapiao(), "ofd": a.ofd(), "xbrl": a.voucher(), "qr": a.qr()}
    known = only(bring(database, forms[first], CHINESE))
    again = only(bring(database, forms[second], CHINESE))
    assert (again.outcome, again.of) == (Outcome.DUPLICATE, known.id)
    assert again.is_partial is (("qr" in (first, second)) and first != second)


@pytest.mark.parametrize("amount", ["1130.00", "1000.00"])
def test_the_amount_of_a_qr_code_may_be_net_or_gross(database, amount):
    known = only(bring(database, a.fapiao(), CHINESE))
    told = only(bring(database, a.qr(amount=amount), CHINESE))
    assert (told.outcome, told.reason, told.of) == (Outcome.DUPLICATE, "same_content_partial", known.id)


@pytest.mark.parametrize("changes", [{"amount": "1130.01"}, {"day": "20260902"}])
def test_a_qr_code_that_says_something_else_is_a_conflict(database, changes):
    known = only(bring(database, a.fapiao(), CHINESE))
    told = only(bring(database, a.qr(**changes), CHINESE))
    assert (told.outcome, told.of) == (Outcome.CONFLICT, known.id)


def test_an_unstamped_cfdi_is_refused_by_name_and_nothing_is_stored(database):
    [one] = bring(database, a.cfdi(uuid=""))
    assert (one.refusal.code, one.done) == ("no_identity", None)
    assert only(bring(database, a.cfdi())).outcome is Outcome.NEW


def test_a_fapiao_known_by_its_qr_code_is_completed_by_the_fapiao(database):
    known = only(bring(database, a.qr(), CHINESE))
    assert only(bring(database, a.fapiao(), CHINESE)).of == known.id
    with database.read() as session:
        record = queries.invoice_by_id(session, known.id)
        assert (record.syntax, record.scope, record.outcome) == ("fapiao", 0, "new")
        assert record.seller_ids == [{"country": "CN", "scheme": "USCC", "value": "91330206MA2NB8Q357"}]
        keys = session.scalars(select(InvoiceKey)).all()
        assert [(key.invoice_id, key.scope) for key in keys] == [(known.id, 0)]
    assert only(bring(database, a.fapiao(), CHINESE)).reason == "same_file"
    assert only(bring(database, a.qr(), CHINESE)).of == known.id


def test_a_strangers_qr_code_is_left_as_it_is(database):
    strange = only(bring(database, a.qr(), SELLER))
    assert only(bring(database, a.fapiao(), CHINESE)).outcome is Outcome.NEW
    only(bring(database, a.fapiao(), SELLER))
    with database.read() as session:
        assert queries.invoice_by_id(session, strange.id).syntax == "fapiao-qr"
