"""Check digits of tax numbers, in every country whose rule python-stdnum knows."""

from collections.abc import Callable
from functools import lru_cache

from stdnum import get_cc_module
from stdnum.ch import uid as ch_uid
from stdnum.eu import vat as eu_vat
from stdnum.mx import rfc as mx_rfc
from stdnum.no import orgnr as no_orgnr

from registry.kit.identifiers import TAX, USCC, VAT, TaxId

# Where a tax number other than the VAT number has another form: national numbers of these are not looked at.
_EUROPEAN = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
_TWO_NUMBERS = _EUROPEAN | {"GB", "CH", "NO", "LI"}
# Mexico's stand-ins for the public and for customers abroad carry no check digit (Resolución Miscelánea 2.7.1.23).
_MEXICAN_STAND_INS = ("XAXX010101000", "XEXX010101000")


@lru_cache(maxsize=2_000)  # the same few firms come again and again
def has_valid_check_digits(identifier: TaxId) -> bool | None:
    """Whether a tax number's check digits are right; None where this country's are not known here."""
    country, value = identifier.country, identifier.value
    if identifier.scheme not in (VAT, USCC) and not (
        identifier.scheme == TAX and country not in _TWO_NUMBERS
    ):
        return None
    if country in _EUROPEAN:
        prefix = "EL" if country == "GR" else country
        # Hungary's tax number goes on behind the eight digits that are the VAT number: 12345676-2-41.
        return bool(eu_vat.is_valid(prefix + (value[:8] if country == "HU" else value)))
    check = _OWN.get(country) or _known(country)
    return None if check is None else bool(check(value))


def _known(country: str) -> Callable[[str], bool] | None:
    found = get_cc_module(country.lower(), "vat")
    return None if found is None else found.is_valid


def _is_rfc(value: str) -> bool:
    return value in _MEXICAN_STAND_INS or bool(mx_rfc.is_valid(value, validate_check_digits=True))


# Identifiers come here without their suffix (MVA, MWST), which the VAT modules of these two ask for.
_OWN: dict[str, Callable[[str], bool]] = {
    "NO": no_orgnr.is_valid,
    "CH": lambda value: bool(ch_uid.is_valid(f"CHE{value}")),
    "LI": lambda value: bool(ch_uid.is_valid(f"CHE{value}")),
    "MX": _is_rfc,
}
