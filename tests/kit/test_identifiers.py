import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.kit.errors import BadInput
from registry.kit.identifiers import TAX, TaxId, new_id, normalize


@pytest.mark.parametrize(
    "written", ["DE123456789", "DE 123.456.789", "de-123 456 789", "ＤＥ１２３４５６７８９", "123456789"]
)
def test_a_vat_number_has_one_spelling(written):
    assert TaxId.of(written, country="DE") == TaxId("DE", "VAT", "123456789")


def test_a_prefix_says_the_country_where_none_is_given():
    assert TaxId.of("ATU12345678") == TaxId("AT", "VAT", "U12345678")


def test_a_prefix_outweighs_the_address():
    assert TaxId.of("DE123456789", country="FR").country == "DE"


@pytest.mark.parametrize("written", ["NO 987 654 325 MVA", "987654325MVA", "987654325"])
def test_the_norwegian_suffix_is_dropped(written):
    assert TaxId.of(written, country="NO").parts == ("NO", "987654325")


def test_swiss_numbers_lose_prefix_and_suffix():
    assert TaxId.of("CHE-123.456.788 MWST").parts == ("CH", "123456788")


def test_greek_numbers_go_by_either_prefix():
    assert TaxId.of("EL094014201") == TaxId.of("GR094014201") == TaxId.of("094014201", country="EL")


def test_leading_zeros_stay():
    assert TaxId.of("0012/034", country="DE", scheme=TAX).value == "0012034"


def test_an_unknown_country_is_zz():
    assert TaxId.of("123", scheme="0060").country == "ZZ"


@pytest.mark.parametrize("written", ["", " - ", "\u200b", "x" * 300])
def test_what_holds_no_identifier_is_refused(written):
    with pytest.raises(BadInput):
        TaxId.of(written, country="DE")


@given(st.text(max_size=20))
def test_normalizing_twice_changes_nothing(text):
    assert normalize(normalize(text)) == normalize(text)


@given(
    st.text(alphabet="ABCxyz0189", max_size=12),
    st.lists(st.sampled_from([" ", "-", "/", ".", "\u200b", "　", "_"])),
)
def test_cosmetics_compose(text, cosmetics):
    dressed = "".join(cosmetics) + "".join(char + "".join(cosmetics[:2]) for char in text)
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in dressed.lower())
    assert normalize(wide) == normalize(dressed) == text.upper()


def test_ids_have_a_prefix_and_26_characters():
    assert new_id("inv", bytes) == "inv_" + "0" * 26
    assert new_id("inv", lambda size: b"\xff" * size) == "inv_" + "Z" * 26
