from datetime import date
from decimal import Decimal

import pytest

from registry.invoices import errors
from registry.invoices import sample_set as samples
from registry.invoices.detect import MAX_FILE_BYTES
from registry.invoices.invoice import InvoiceClass
from registry.invoices.use_cases import read_invoice
from registry.invoices.xml import parse
from registry.kit.identifiers import TaxId
from tests.invoices.builders import SELLER_VAT, pdf, ubl


def read(content: bytes):
    [invoice] = read_invoice(content, "a file")
    return invoice


def refused_by(content: bytes) -> type[errors.UnreadableInvoice]:
    with pytest.raises(errors.UnreadableInvoice) as caught:
        read_invoice(content, "a file")
    assert caught.value.fields["file"] == "a file"
    assert caught.value.detail
    return type(caught.value)


def test_an_invoice_is_read_term_by_term():
    invoice = read(ubl(extra="<b:Note>thanks</b:Note>"))
    assert (invoice.number, invoice.issued_on, invoice.currency) == ("2026-17", date(2026, 9, 1), "EUR")
    assert (invoice.net, invoice.gross, invoice.payable) == (Decimal(1000), Decimal(1190), Decimal(1190))
    assert invoice.seller.identifiers == (TaxId.of(SELLER_VAT),)
    assert (invoice.syntax, invoice.layer, invoice.document_class) == ("ubl", "xml", InvoiceClass.INVOICE)


@pytest.mark.parametrize("name", samples.NAMES)
def test_every_sample_can_be_read(name):
    invoice = read(samples.read(name))
    assert invoice.lines
    assert invoice.gross == invoice.payable
    assert {name.rsplit(".", 1)[-1]: invoice.layer} in ({"xml": "xml"}, {"pdf": "pdf-attachment"})


def test_the_first_three_samples_come_to_a_million():
    invoices = [read(samples.read(name)) for name in samples.MILLION]
    assert sum(invoice.payable for invoice in invoices) == Decimal("1000000.00")
    assert {invoice.seller.identifiers[0].parts for invoice in invoices} == {("CN", "91330206MA2NB8Q357")}
    assert len({invoice.buyer.identifiers[0].parts for invoice in invoices}) == 1
    assert {invoice.currency for invoice in invoices} == {"CNY"}
    assert {invoice.syntax for invoice in invoices} == {"ubl", "cii", "fapiao"}


def test_the_name_of_a_file_is_never_looked_at():
    [invoice] = read_invoice(ubl(), "picture.png")
    assert invoice.syntax == "ubl"


@pytest.mark.parametrize("field", ["number", "issued_on", "payable", "currency"])
def test_a_missing_field_is_named(field):
    with pytest.raises(errors.MissingField) as caught:
        read_invoice(ubl(**{field: ""}), "a file")
    assert caught.value.fields["field"] == field


def test_a_credit_note_is_known_by_its_type_code():
    assert read(ubl(type_code="381")).document_class is InvoiceClass.CREDIT_NOTE
    assert read(ubl(type_code="384")).document_class is InvoiceClass.CORRECTION
    assert read(ubl(type_code="389")).document_class is InvoiceClass.INVOICE


def test_a_ubl_credit_note_is_read():
    content = (
        ubl(type_code="")
        .replace(b"Invoice xmlns", b"CreditNote xmlns")
        .replace(b"</Invoice>", b"</CreditNote>")
    )
    credit_note = read(content.replace(b"xsd:Invoice-2", b"xsd:CreditNote-2"))
    assert credit_note.document_class is InvoiceClass.CREDIT_NOTE


def test_a_red_letter_fapiao_is_a_credit_note():
    content = samples.read("invoice-3.fapiao.xml").replace(b">231600.00</TotalTax", b">-231600.00</TotalTax")
    assert read(content).document_class is InvoiceClass.CREDIT_NOTE


def test_a_fapiao_without_its_total_is_added_up():
    content = samples.read("invoice-6.fapiao-2019.xml").replace(b"TaxInclusiveTotalAmount", b"SomethingElse")
    assert read(content).gross == Decimal("42375.00")


def test_a_fapiao_number_has_its_form():
    content = samples.read("invoice-3.fapiao.xml").replace(b"26332000001846207153", b"2633200000184620715")
    assert refused_by(content) is errors.MalformedInvoice


def test_a_comment_cannot_cut_a_field_in_two():
    assert read(ubl(number="2026<!-- x -->-17")).number == "2026-17"


def test_utf_16_is_read():
    text = ubl(prolog='<?xml version="1.0" encoding="UTF-16"?>').decode()
    assert read(text.encode("utf-16")).number == "2026-17"


def test_a_byte_order_mark_does_no_harm():
    assert read(b"\xef\xbb\xbf" + ubl()).number == "2026-17"


def test_a_pdf_gives_its_embedded_invoice():
    invoice = read(pdf(ubl(), b"not XML"))
    assert (invoice.number, invoice.layer) == ("2026-17", "pdf-attachment")


REFUSED = {
    "empty": (b"", errors.MalformedInvoice),
    "white space": (b" \n", errors.MalformedInvoice),
    "cut short": (ubl()[:-20], errors.MalformedInvoice),
    "unbound prefix": (b"<x:a/>", errors.MalformedInvoice),
    "unknown encoding": (b'<?xml version="1.0" encoding="nonsense"?><a/>', errors.MalformedInvoice),
    "an amount in words": (ubl(payable="a lot"), errors.MalformedInvoice),
    "an amount without end": (ubl(payable="Infinity"), errors.MalformedInvoice),
    "an amount with exponent": (ubl(payable="1e9"), errors.MalformedInvoice),
    "a day that never was": (ubl(issued_on="2026-02-30"), errors.MalformedInvoice),
    "a number without end": (ubl(number="9" * 5000), errors.MalformedInvoice),
    "HTML": (b"<!doctype html><html></html>", errors.DoctypeRefused),
    "doctype": (ubl(prolog="<!DOCTYPE Invoice>"), errors.DoctypeRefused),
    "doctype behind a comment": (ubl(prolog="<!-- x --><!DOCTYPE Invoice>"), errors.DoctypeRefused),
    "doctype in UTF-16": ("<!DOCTYPE a []><a/>".encode("utf-16"), errors.DoctypeRefused),
    "entities": (
        b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>',
        errors.DoctypeRefused,
    ),
    "deep": (b"<a>" * 300 + b"</a>" * 300, errors.TooLarge),
    "very deep": (b"<a>" * 5000 + b"</a>" * 5000, errors.TooLarge),
    "very long": (b"<a>" + b" " * MAX_FILE_BYTES + b"</a>", errors.TooLarge),
    "long XML": (b"<a>" + b" " * (11 * 2**20) + b"</a>", errors.TooLarge),
    "lines without end": (ubl(extra="<a:InvoiceLine/>" * 20_001), errors.TooLarge),
    "unknown XML": (b"<order/>", errors.UnsupportedSyntax),
    "another EInvoice": (b"<EInvoice/>", errors.UnsupportedSyntax),
    "text": (b"01. Invoice of today", errors.UnsupportedSyntax),
    "bytes": (bytes(range(256)), errors.UnsupportedSyntax),
    "PDF without XML": (pdf(), errors.NoInvoiceInside),
    "PDF with a text": (pdf(b"hello"), errors.NoInvoiceInside),
    "PDF with two": (pdf(ubl(), ubl(number="2")), errors.SeveralInvoicesInside),
    "PDF with an invoice and another XML": (pdf(ubl(), b"<order/>"), errors.SeveralInvoicesInside),
    "PDF with a password": (pdf(ubl(), password="secret"), errors.MalformedInvoice),
    "PDF cut short": (pdf(ubl())[:300], errors.MalformedInvoice),
    "PDF that is none": (b"%PDF-1.7\n" + bytes(100), errors.MalformedInvoice),
    "PDF with another ZUGFeRD": (
        pdf(b'<r:CrossIndustryDocument xmlns:r="urn:ferd"/>'),
        errors.UnsupportedSyntax,
    ),
    "PDF with a bomb": (pdf(b"<a>" + b" " * (40 * 2**20)), errors.TooLarge),
    "PDF with many files": (pdf(*(b"x%d" % place for place in range(40))), errors.TooLarge),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_with_its_reason(case):
    content, refusal = REFUSED[case]
    assert refused_by(content) is refusal


def test_the_same_file_listed_twice_in_a_pdf_is_one():
    assert read(pdf(ubl(), ubl())).number == "2026-17"


def test_every_cut_of_an_invoice_is_refused_or_read_whole():
    whole = samples.read("invoice-2.pdf")
    for size in range(0, len(whole), 97):
        assert issubclass(refused_by(whole[:size]), errors.UnreadableInvoice)


def test_nothing_is_fetched_from_outside():
    root = parse(b'<a xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="other.xml"/></a>')
    assert len(root) == 1
    assert not root[0].text


def test_a_hostile_prolog_is_walked_once():
    assert refused_by(b"<?a?>" * 100_000) is errors.MalformedInvoice
    assert refused_by(b"<!---->" * 100_000 + b"<!DOCTYPE a><a/>") is errors.DoctypeRefused
