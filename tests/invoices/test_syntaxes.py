"""Each syntax says the same terms in its own way."""

import base64
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256

import pytest

from registry.invoices import errors
from registry.invoices.identity import cap_minor, legal_keys
from registry.invoices.invoice import Invoice, InvoiceClass
from registry.invoices.use_cases import read_invoice
from registry.kit.identifiers import TaxId
from tests.invoices import documents as a
from tests.invoices.builders import ubl


def read(content: bytes) -> Invoice:
    [invoice] = read_invoice(content, "a file")
    return invoice


def refusal_of(content: bytes) -> errors.UnreadableInvoice:
    with pytest.raises(errors.UnreadableInvoice) as caught:
        read_invoice(content, "a file")
    return caught.value


def seller(invoice: Invoice) -> tuple[str, str]:
    return invoice.seller.identifiers[0].parts


GROSS = {"nav": "1270000", "cfdi": "1160", "nfe": "1000", "gst": "1180", "fatturapa": "1220"}
LINES = {"fapiao-xbrl", "fapiao-ofd", "fapiao-qr"}


@pytest.mark.parametrize("syntax", a.EVERY)
def test_every_syntax_is_told_by_its_content_and_read(syntax):
    invoice = read(a.EVERY[syntax])
    assert invoice.syntax == syntax
    assert invoice.issued_on == date(2026, 9, 1)
    assert invoice.document_class is InvoiceClass.INVOICE
    assert invoice.payable == Decimal(GROSS.get(syntax, "1130" if "fapiao" in syntax else "1190"))
    assert bool(invoice.lines) is (syntax not in LINES)
    assert (syntax == "fapiao-qr") or (invoice.seller.identifiers and invoice.buyer.identifiers)


def test_zugferd_1_meets_its_successors():
    assert legal_keys(read(a.zugferd_1())) == legal_keys(read(ubl()))
    assert read(a.zugferd_1(payable="")).payable == Decimal("1190.00")


def test_a_ubl_credit_note_names_what_it_credits():
    reference = (
        "<a:BillingReference><a:InvoiceDocumentReference><b:ID>2026-17</b:ID></a:InvoiceDocumentReference>"
    )
    content = ubl(
        type_code="",
        extra=f"{reference}</a:BillingReference><a:CreditNoteLine><b:CreditedQuantity>2"
        "</b:CreditedQuantity></a:CreditNoteLine>",
    )
    content = content.replace(b"Invoice xmlns", b"CreditNote xmlns").replace(b"</Invoice>", b"</CreditNote>")
    invoice = read(content.replace(b"xsd:Invoice-2", b"xsd:CreditNote-2"))
    assert invoice.document_class is InvoiceClass.CREDIT_NOTE
    assert (invoice.preceding, invoice.payable) == (("2026-17",), Decimal("1190.00"))
    assert invoice.lines[0].quantity == 2


class TestFapiao:
    def test_every_form_of_one_fapiao_has_one_key(self):
        forms = [a.fapiao(), a.voucher(), a.ofd(), a.ofd(a.fapiao()), a.qr(), a.qr(amount="1000.00")]
        keys = {(key.domain, key.fields) for one in forms for key in legal_keys(read(one))}
        assert keys == {("cn.dz/1", (a.FAPIAO,))}

    def test_an_ofd_without_its_total_is_added_up(self):
        invoice = read(a.ofd())
        assert (invoice.net, invoice.gross, invoice.layer) == (Decimal(1000), Decimal(1130), "ofd")

    def test_the_data_attached_to_an_ofd_says_more_than_its_head(self):
        assert read(a.ofd(a.fapiao())).seller.name == "宁波精工"
        assert read(a.ofd(b"<other/>")).syntax == "fapiao-ofd"

    def test_an_ofd_that_contradicts_its_own_data_is_refused(self):
        other = a.fapiao(number="26332000001846207154")
        assert isinstance(refusal_of(a.ofd(other)), errors.SeveralInvoicesInside)
        assert isinstance(refusal_of(a.ofd(a.fapiao(), other)), errors.SeveralInvoicesInside)

    def test_an_ofd_that_says_nothing_is_a_picture(self):
        assert isinstance(refusal_of(a.ofd(number="")), errors.NoInvoiceInside)
        assert read(a.ofd(a.fapiao(), number="")).number == a.FAPIAO

    def test_a_qr_code_says_an_amount_and_not_which(self):
        invoice = read(a.qr(code="033002600111", number="40718265", amount="37500.00"))
        assert (invoice.code, invoice.number) == ("033002600111", "40718265")
        assert (invoice.total, invoice.net, invoice.gross, invoice.layer) == (
            Decimal(37500),
            None,
            None,
            "qr",
        )

    @pytest.mark.parametrize(
        "text", [b"01,32,,2411200000,1.00,20260901,,7A", b"01,32", b"01,10,033002600111,,1,20260901,,"]
    )
    def test_a_qr_code_scanned_in_part_is_refused(self, text):
        assert isinstance(refusal_of(text), errors.MalformedInvoice)

    def test_a_red_letter_fapiao_credits_the_one_its_note_names(self):
        note = f"被红冲蓝字数电票号码：{a.FAPIAO} 红字发票信息确认单编号：33000026091000000001"
        red = read(
            a.fapiao(
                number="26332000001846207199", net="-1000.00", tax="-130.00", gross="-1130.00", note=note
            )
        )
        assert (red.document_class, red.preceding) == (InvoiceClass.CREDIT_NOTE, (a.FAPIAO,))
        assert (red.net, red.payable, cap_minor(red)) == (Decimal(1000), Decimal(1130), 0)
        assert (red.lines[0].amount, red.lines[0].quantity, red.lines[0].unit_price) == (1000, 1000, 1)

    def test_the_voucher_of_something_else_is_not_read(self):
        assert isinstance(
            refusal_of(a.voucher(namespace="http://xbrl.mof.gov.cn/taxonomy/2021-11-30/bkrs")),
            errors.UnsupportedSyntax,
        )


class TestFatturaPa:
    def test_each_body_is_an_invoice(self):
        bodies = (
            a.fatturapa_body(),
            a.fatturapa_body(number="18/A", net="50.00", tax="11.00", payment="61.00"),
        )
        first, second = read_invoice(a.fatturapa(*bodies), "a file")
        assert (first.number, first.payable, second.number, second.payable) == ("17/A", 1220, "18/A", 61)
        assert first.seller == second.seller

    def test_it_is_known_like_an_italian_sellers_invoice_in_any_syntax(self):
        [key] = legal_keys(read(a.fatturapa()))
        assert (key.domain, key.fields) == ("it.fpa/1", ("12345670017", "17A", "2026", "invoice"))
        assert [key] == list(legal_keys(read(ubl(seller_vat="IT12345670017", number="17/A"))))

    def test_what_the_customer_pays_to_the_state_is_not_payable(self):
        assert read(a.fatturapa(a.fatturapa_body(falls_due="S", payment="1000.00"))).payable == 1000
        assert read(a.fatturapa(a.fatturapa_body(falls_due="S"))).payable == 1000

    def test_withheld_tax_is_not_payable(self):
        withheld = "<DatiRitenuta><ImportoRitenuta>200.00</ImportoRitenuta></DatiRitenuta>"
        assert read(a.fatturapa(a.fatturapa_body(general=withheld))).payable == 1020

    def test_a_credit_note_names_the_invoice(self):
        invoice = read(a.fatturapa(a.fatturapa_body(kind="TD04", linked="16/A")))
        assert (invoice.document_class, invoice.preceding) == (InvoiceClass.CREDIT_NOTE, ("16/A",))

    def test_a_credit_note_written_with_minus_says_the_same(self):
        invoice = read(
            a.fatturapa(a.fatturapa_body(kind="TD04", net="-1000.00", tax="-220.00", payment="-1220.00"))
        )
        assert (invoice.gross, invoice.payable) == (1220, 1220)

    @pytest.mark.parametrize("is_streamed", [False, True])
    def test_a_signed_one_is_taken_out_of_its_envelope(self, is_streamed):
        envelope = a.signed(a.fatturapa(), is_streamed=is_streamed)
        assert read(envelope) == read(a.fatturapa())
        assert read(base64.encodebytes(envelope)).number == "17/A"

    def test_an_envelope_cut_anywhere_is_refused(self):
        for is_streamed in (False, True):
            envelope = a.signed(a.fatturapa(), is_streamed=is_streamed)
            for size in range(1, len(envelope) - 16, 53):
                refusal_of(envelope[:size])

    def test_a_signature_without_its_invoice_is_refused(self):
        apart = a.signed(b"")
        empty = apart[: apart.index(bytes.fromhex("06092a864886f70d010701")) + 11]
        assert isinstance(refusal_of(empty), errors.MalformedInvoice)


class TestCfdi:
    @pytest.mark.parametrize("version", ["3.3", "4.0"])
    def test_it_is_known_by_its_stamp(self, version):
        invoice = read(a.cfdi(version=version))
        [key] = legal_keys(invoice)
        assert (key.domain, key.fields) == ("mx.cfdi/1", (a.UUID.replace("-", ""),))
        assert (invoice.number, invoice.net, invoice.gross) == ("B17", 1000, 1160)

    def test_one_without_stamp_is_read_and_has_no_identity(self):
        invoice = read(a.cfdi(uuid=""))
        assert invoice.payable == 1160
        with pytest.raises(errors.NoIdentity):
            legal_keys(invoice)

    def test_a_stamp_of_another_document_is_refused(self):
        assert isinstance(refusal_of(a.cfdi(stamped_seal="b3Rybw==")), errors.MalformedInvoice)
        assert isinstance(refusal_of(a.cfdi(uuid="17")), errors.MalformedInvoice)

    def test_an_egress_credits_the_uuids_it_names(self):
        invoice = read(a.cfdi(kind="E", related=a.UUID.lower()))
        assert (invoice.document_class, invoice.preceding) == (InvoiceClass.CREDIT_NOTE, (a.UUID,))

    @pytest.mark.parametrize("kind", ["P", "T", "N"])
    def test_receipts_waybills_and_payrolls_are_good_for_nothing(self, kind):
        assert cap_minor(read(a.cfdi(kind=kind))) == 0

    def test_another_version_is_not_read(self):
        assert isinstance(refusal_of(a.cfdi(version="3.2")), errors.UnsupportedSyntax)


class TestNfe:
    @pytest.mark.parametrize("has_protocol", [True, False])
    def test_it_is_known_by_its_access_key(self, has_protocol):
        invoice = read(a.nfe_document(has_protocol=has_protocol))
        [key] = legal_keys(invoice)
        assert (key.domain, key.fields) == ("br.nfe/1", (a.access_key(),))
        assert key.owner == TaxId("BR", "TAX", a.CNPJ)
        assert invoice.due_on == date(2026, 11, 1)

    def test_the_tax_number_may_hold_letters(self):
        assert read(a.nfe_document(cnpj="12ABC34501DE35")).official_id[6:20] == "12ABC34501DE35"

    def test_a_wrong_check_digit_is_refused(self):
        key = a.access_key()
        wrong = key[:-1] + str((int(key[-1]) + 1) % 10)
        assert isinstance(refusal_of(a.nfe_document(key=wrong)), errors.MalformedInvoice)

    def test_a_key_of_another_document_is_refused(self):
        assert isinstance(refusal_of(a.nfe_document(key=a.access_key(number=18))), errors.MalformedInvoice)
        other = a.access_key(cnpj="27865757000102")
        assert isinstance(refusal_of(a.nfe_document(key=other)), errors.MalformedInvoice)

    def test_one_without_key_has_no_identity(self):
        assert isinstance(refusal_of(a.nfe_document(key="")), errors.NoIdentity)

    def test_a_return_credits_the_key_it_names(self):
        invoice = read(a.nfe_document(purpose="4", related=a.access_key(number=3)))
        assert (invoice.document_class, invoice.preceding) == (
            InvoiceClass.CREDIT_NOTE,
            (a.access_key(number=3),),
        )

    def test_an_entry_is_good_for_nothing_to_its_issuer(self):
        assert cap_minor(read(a.nfe_document(direction="0"))) == 0


class TestNav:
    @pytest.mark.parametrize("version", ["2.0", "3.0"])
    def test_it_is_known_by_tax_number_and_number(self, version):
        [key] = legal_keys(read(a.nav(version=version)))
        assert (key.domain, key.fields) == ("hu.nav/1", ("12345676", "FA202617"))
        in_ubl = ubl(seller_vat="HU12345676", number="FA2026/17")
        assert [(one.domain, one.fields) for one in legal_keys(read(in_ubl))] == [(key.domain, key.fields)]

    def test_a_reduction_is_a_credit_note_over_the_difference(self):
        invoice = read(
            a.nav(a.nav_invoice(gross="-127000", net="-100000", corrects="FA2026/3"), number="FA2026/18")
        )
        assert (invoice.document_class, invoice.preceding) == (InvoiceClass.CREDIT_NOTE, ("FA2026/3",))
        assert (invoice.net, invoice.payable) == (100_000, 127_000)

    def test_an_increase_is_a_correction(self):
        assert read(a.nav(a.nav_invoice(corrects="FA2026/3"))).document_class is InvoiceClass.CORRECTION

    def test_a_batch_is_one_document_that_corrects_several(self):
        parts = (
            a.nav_invoice(gross="-10", net="-8", corrects="1"),
            a.nav_invoice(gross="-20", net="-16", corrects="2"),
        )
        invoice = read(a.nav(*parts))
        assert (invoice.preceding, invoice.net, invoice.gross) == (("1", "2"), 24, 30)

    def test_a_simplified_one_says_no_net_total(self):
        assert read(a.nav(a.nav_invoice(net=""))).net is None

    def test_another_version_is_named(self):
        assert "NAV" in refusal_of(a.nav(version="1.0")).detail


class TestGst:
    def test_it_is_known_by_its_recomputed_reference(self):
        [key] = legal_keys(read(a.gst_json()))
        assert (key.domain, key.fields) == ("in.irn/1", (a.gst_document()["Irn"],))
        without = a.gst_document()
        del without["Irn"]
        assert [key] == list(legal_keys(read(a.gst_json(without))))

    def test_the_published_vector_is_met(self):
        found = a.gst.irn("29AAFCC9980M1ZR", date(2019, 12, 12), "INV", "2019-20/KA/1")
        assert found == "23f498ee41441ecad30f72ba5b9907506c3df70a17b0e0dff46b76a786400662"

    def test_a_reference_of_other_fields_is_refused(self):
        assert isinstance(refusal_of(a.gst_json(a.gst_document(irn="0" * 64))), errors.MalformedInvoice)

    @pytest.mark.parametrize(("day", "year"), [(date(2026, 3, 31), "2025-26"), (date(2026, 4, 1), "2026-27")])
    def test_the_financial_year_begins_in_april(self, day, year):
        known = sha256(f"{a.GSTIN}{year}INV7".encode()).hexdigest()
        assert a.gst.irn(a.GSTIN, day, "INV", "7") == known

    def test_a_list_is_several_invoices(self):
        listed = a.gst_json(a.gst_document(), a.gst_document(number="KA/26/0018"))
        assert [one.number for one in read_invoice(listed, "a file")] == ["KA/26/0017", "KA/26/0018"]

    def test_a_credit_note_names_what_it_credits(self):
        references = {"PrecDocDtls": [{"InvNo": "KA/26/0003", "InvDt": "01/08/2026"}]}
        invoice = read(a.gst_json(a.gst_document(kind="CRN", RefDtls=references)))
        assert (invoice.document_class, invoice.preceding) == (InvoiceClass.CREDIT_NOTE, ("KA/26/0003",))

    def test_amounts_are_never_floats(self):
        exact = a.gst_json().replace(b"1180.0", b"12345678901234567.89")
        assert read(exact).gross == Decimal("12345678901234567.89")

    def test_what_is_due_is_payable_and_when(self):
        invoice = read(a.gst_json(a.gst_document(PayDtls={"CrDay": 30, "PaidAmt": 180, "PaymtDue": 1000})))
        assert (invoice.payable, invoice.prepaid, invoice.due_on) == (1000, 180, date(2026, 10, 1))

    @pytest.mark.parametrize("text", [b"[]", b"{}", b'[{"a": 1}]'])
    def test_other_json_is_not_read(self, text):
        assert isinstance(refusal_of(text), errors.UnsupportedSyntax)

    @pytest.mark.parametrize(
        "text",
        [b"{", b'{"DocDtls": {"No": "1", "No": "2"}}', b'{"DocDtls": {"Typ": [1]}}', b'{"DocDtls": NaN}'],
    )
    def test_ambiguous_json_is_refused(self, text):
        assert isinstance(refusal_of(text), errors.MalformedInvoice)


class TestEdifact:
    @pytest.mark.parametrize("version", ["D:96A", "D:01B"])
    def test_a_message_is_read_segment_by_segment(self, version):
        invoice = read(a.edifact(a.edifact_message(version=version)))
        assert (invoice.number, invoice.currency, invoice.due_on) == ("2026-17", "EUR", date(2026, 10, 1))
        assert (invoice.net, invoice.gross, invoice.payable) == (1000, 1190, 1190)
        assert invoice.seller.name == "Müller + Söhne"
        assert [one.scheme for one in invoice.seller.identifiers] == ["VAT", "0088"]
        [line] = invoice.lines
        assert (line.name, line.quantity, line.unit_price, line.amount) == ("Bolts", 10, 100, 1000)
        assert legal_keys(invoice)[0] == legal_keys(read(ubl()))[0]

    def test_each_message_is_an_invoice(self):
        several = a.edifact(a.edifact_message(), a.edifact_message(number="2026-18"))
        assert [one.number for one in read_invoice(several, "a file")] == ["2026-17", "2026-18"]

    def test_an_interchange_may_advise_its_own_signs(self):
        other = str.maketrans({":": "|", "+": "*", "'": "~", ".": ",", "?": "!"})
        usual = a.edifact(advice="").decode("latin-1")
        content = "UNA|*,! ~" + usual.translate(other)
        assert read(content.encode("latin-1")) == replace(
            read(a.edifact()), seller=replace(read(a.edifact()).seller, name="Müller * Söhne")
        )

    def test_without_advice_the_usual_signs_hold(self):
        assert read(a.edifact(advice="")).gross == 1190

    def test_a_credit_note_names_what_it_credits(self):
        message = a.edifact_message(kind="381", references="RFF+IV:2026-3'")
        invoice = read(a.edifact(message))
        assert (invoice.document_class, invoice.preceding) == (InvoiceClass.CREDIT_NOTE, ("2026-3",))

    def test_what_is_due_is_payable(self):
        assert read(a.edifact(a.edifact_message(summary="MOA+77:1190'MOA+9:690'MOA+79:1000'"))).payable == 690

    def test_other_messages_are_not_read(self):
        assert isinstance(
            refusal_of(a.edifact("UNH+1+ORDERS:D:96A:UN'BGM+220+1'UNT+2+1'")), errors.UnsupportedSyntax
        )

    @pytest.mark.parametrize(
        "content", [a.edifact(end=""), a.edifact()[:200], b"UNA", b"UNA:::::'UNB+UNOC:3'"]
    )
    def test_an_interchange_that_breaks_off_is_refused(self, content):
        assert isinstance(refusal_of(content), errors.MalformedInvoice)
