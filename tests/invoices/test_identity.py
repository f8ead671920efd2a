from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.invoices import sample_set as samples
from registry.invoices.errors import MalformedInvoice, MissingField, NoIdentity
from registry.invoices.identity import cap_minor, content_tag, legal_keys
from registry.invoices.invoice import InvoiceClass, Trader
from registry.invoices.rules import AmountTooLarge, ContentTag, Match
from registry.invoices.use_cases import read_invoice
from registry.kit.identifiers import TaxId
from registry.kit.money import BadAmount, UnknownCurrency
from tests.invoices.builders import an_invoice


def keys_of_sample(name: str):
    return legal_keys(read_invoice(samples.read(name), name)[0])


def test_a_key_is_seller_number_year_and_class():
    [key] = legal_keys(an_invoice())
    assert key.fields == ("DE", "307141589", "202617", "2026", "invoice")
    assert key.is_official


def test_each_identifier_of_the_seller_gives_a_key():
    ids = (TaxId.of("DE307141589"), TaxId.of("4000001123452", country="DE", scheme="0088"))
    strong, weak = legal_keys(an_invoice(seller=Trader("Nordlicht GmbH", "DE", ids)))
    assert (strong.is_official, weak.is_official) == (True, False)
    assert strong.domain != weak.domain


def test_a_weak_identifier_goes_with_the_name():
    ids = (TaxId.of("HRB 123", country="DE", scheme=""),)
    [one] = legal_keys(an_invoice(seller=Trader("Nordlicht GmbH", "DE", ids)))
    [other] = legal_keys(an_invoice(seller=Trader("Südlicht GmbH", "DE", ids)))
    assert one != other


def test_a_seller_without_identifiers_is_known_by_name_only_here():
    [key] = legal_keys(an_invoice(seller=Trader("Nordlicht GmbH", "DE")))
    assert not key.is_official


def test_a_seller_without_anything_is_refused():
    with pytest.raises(NoIdentity):
        legal_keys(an_invoice(seller=Trader(" - ", "DE")))


def test_a_number_without_letters_and_digits_is_refused():
    with pytest.raises(MissingField):
        legal_keys(an_invoice(number="---"))


def test_a_number_that_unfolds_without_end_is_refused():
    with pytest.raises(MalformedInvoice):
        legal_keys(an_invoice(number="\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 50))


def test_a_fapiao_is_known_by_its_own_number():
    [digital] = keys_of_sample("invoice-3.fapiao.xml")
    assert (digital.domain, digital.fields) == ("cn.dz/1", ("26332000001846207153",))
    [older] = keys_of_sample("invoice-6.fapiao-2019.xml")
    assert (older.domain, older.fields) == ("cn.fp/1", ("033002600111", "40718265"))


def test_another_syntax_gives_the_same_keys():
    assert keys_of_sample("invoice-1.ubl.xml") == keys_of_sample("invoice-4-same-as-1.cii.xml")
    assert keys_of_sample("invoice-7-euro.ubl.xml") == keys_of_sample("invoice-8-same-as-7.cii.xml")


def test_the_type_code_alone_makes_no_second_identity():
    assert legal_keys(an_invoice()) == legal_keys(an_invoice(document_class=InvoiceClass.CORRECTION))
    assert legal_keys(an_invoice()) != legal_keys(an_invoice(document_class=InvoiceClass.CREDIT_NOTE))


EDITS = {
    "spaces": " ".join,
    "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "lower case": str.lower,
    "upper case": str.upper,
    "punctuation": lambda text: f"({text[:2]}-{text[2:]}).",
    "format characters": lambda text: "\u200b".join(text) + "\ufeff",
    "white space around": lambda text: f"\u3000{text}\t",
}


@given(
    number=st.text(alphabet="ABCxyz0129-/", min_size=1, max_size=12).filter(lambda text: text.strip("-/")),
    on_number=st.lists(st.sampled_from(sorted(EDITS)), max_size=4),
    on_identifier=st.lists(st.sampled_from(sorted(EDITS)), max_size=4),
)
def test_cosmetic_edits_never_change_a_legal_key(number, on_number, on_identifier):
    plain = an_invoice(number=number, seller=Trader("N", "DE", (TaxId.of("DE307141589", country="DE"),)))
    written = "DE307141589"
    for edit in on_identifier:
        written = EDITS[edit](written)
    for edit in on_number:
        number = EDITS[edit](number)
    edited = an_invoice(number=number, seller=Trader("N", "DE", (TaxId.of(written, country="DE"),)))
    assert legal_keys(edited) == legal_keys(plain)


@given(st.lists(st.text(alphabet="AB1", min_size=1, max_size=3), min_size=2, max_size=2))
def test_seller_and_number_never_run_together(parts):
    seller, number = parts

    def key(seller, number):
        return legal_keys(an_invoice(number=number, seller=Trader("N", "DE", (TaxId("DE", "TAX", seller),))))

    assert key(seller, number) != key(seller + number[0], number[1:] or "0")


def test_a_tag_counts_in_minor_units():
    tag = content_tag(an_invoice(gross=Decimal("1190.0"), prepaid=None))
    assert (tag.net_minor, tag.gross_minor, tag.payable_minor) == (100_000, 119_000, 119_000)
    assert ContentTag.from_json(tag.as_json()) == tag


def test_tags_compare_what_both_carry():
    whole = content_tag(an_invoice())
    assert whole.compare(whole) is Match.EQUAL
    assert whole.compare(replace(whole, net_minor=None)) is Match.PARTIAL
    assert replace(whole, gross_minor=None).compare(replace(whole, net_minor=None)) is Match.PARTIAL
    assert whole.compare(replace(whole, payable_minor=1)) is Match.DIFFERENT
    assert whole.compare(replace(whole, issued_on=date(2026, 9, 2))) is Match.DIFFERENT
    assert whole.compare(replace(whole, currency="CNY")) is Match.DIFFERENT


def test_tags_without_a_common_amount_are_different():
    whole = content_tag(an_invoice())
    net_only = replace(whole, gross_minor=None, payable_minor=None)
    assert net_only.compare(replace(whole, net_minor=None)) is Match.DIFFERENT


def test_the_cap_is_what_is_payable_and_never_below_zero():
    assert cap_minor(an_invoice(payable=Decimal("147.65"))) == 14_765
    assert cap_minor(an_invoice(payable=Decimal("-529.87"))) == 0
    assert cap_minor(an_invoice(document_class=InvoiceClass.CREDIT_NOTE)) == 0


def test_a_currency_has_its_own_digits():
    assert cap_minor(an_invoice(currency="JPY", payable=Decimal("1190"))) == 1190
    with pytest.raises(BadAmount):
        cap_minor(an_invoice(payable=Decimal("1.001")))
    with pytest.raises(UnknownCurrency):
        cap_minor(an_invoice(currency="XXX"))


def test_an_amount_beyond_storage_is_refused():
    with pytest.raises(AmountTooLarge):
        cap_minor(an_invoice(payable=Decimal("150000000000000000")))
