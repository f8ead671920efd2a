"""Identifiers: what people write in many ways, brought into one; and fresh ids of our own."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from registry.kit.errors import BadInput

UNKNOWN_COUNTRY = "ZZ"  # ISO 3166 leaves ZZ to its users; the usual sign for "not said"
MAX_IDENTIFIER_CHARS = 200
VAT = "VAT"
TAX = "TAX"
USCC = "USCC"  # unified social credit code, GB 32100-2015; in China also the taxpayer's number

# Prefixes that open a VAT number (Directive 2006/112/EC article 215 and neighbors that write it alike).
_VAT_PREFIXES = {
    "AT": "AT", "BE": "BE", "BG": "BG", "CY": "CY", "CZ": "CZ", "DE": "DE", "DK": "DK", "EE": "EE",
    "ES": "ES", "FI": "FI", "FR": "FR", "GB": "GB", "HR": "HR", "HU": "HU", "IE": "IE", "IT": "IT",
    "LT": "LT", "LU": "LU", "LV": "LV", "MT": "MT", "NL": "NL", "NO": "NO", "PL": "PL", "PT": "PT",
    "RO": "RO", "SE": "SE", "SI": "SI", "SK": "SK", "SM": "SM", "CN": "CN", "GR": "GR", "EL": "GR",
    "XI": "GB", "CHE": "CH",
}  # fmt: skip
_SUFFIXES = {"NO": ("MVA",), "CH": ("MWST", "TVA", "IVA", "VAT")}
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID_CHARS = 26


_ASCII = {code: chr(code).upper() if chr(code).isalnum() else None for code in range(128)}


def normalize(text: str) -> str:
    """One spelling for an identifier: NFKC, ASCII digits, upper case; spaces, punctuation, symbols, control
    and format characters out. Leading zeros stay. ``normalize(normalize(x)) == normalize(x)``."""
    if text.isascii():  # as nearly all are: the same, at a tenth of the cost
        return text.translate(_ASCII)
    while (cleaned := _cleaned(text)) != text:
        text = cleaned
    return text


def _cleaned(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).upper()
    return unicodedata.normalize("NFKC", "".join(map(_plain, folded)))


@lru_cache(maxsize=4_000)
def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] in "ZPCS":
        return ""
    return str(unicodedata.decimal(char)) if category == "Nd" else char


@dataclass(frozen=True, slots=True)
class TaxId:
    """An identifier of a party.

    ``country`` ISO 3166 alpha-2, ZZ where unknown; ``scheme`` ``VAT``, ``TAX``, ``USCC``, an ISO 6523 code,
    or empty; ``value`` as ``normalize`` leaves it, without a country prefix.
    """

    country: str
    scheme: str
    value: str

    @classmethod
    def of(cls, value: str, *, country: str = "", scheme: str = VAT) -> Self:
        """Read an identifier as written: ``DE 123.456.789`` and ``123456789`` with country DE are the same.

        The prefix of a VAT number says the country where it differs from ``country``. Raises BadInput for an
        empty or overlong one.
        """
        if len(value) > MAX_IDENTIFIER_CHARS:
            raise BadInput(f"An identifier has at most {MAX_IDENTIFIER_CHARS} characters.")
        plain = normalize(value)
        place = normalize(country)
        place = {"EL": "GR", "UK": "GB"}.get(place, place)
        if scheme == VAT:
            place, plain = _without_vat_prefix(plain, place)
        if scheme in (VAT, TAX, USCC) and place and plain.startswith(place) and _has_digit(plain[2:]):
            plain = plain.removeprefix(place)
        for suffix in _SUFFIXES.get(place, ()):
            if len(plain) > len(suffix):
                plain = plain.removesuffix(suffix)
        if not plain:
            raise BadInput(f"{value!r} holds no identifier.")
        return cls(place if re.fullmatch("[A-Z]{2}", place) else UNKNOWN_COUNTRY, scheme, plain)

    @property
    def parts(self) -> tuple[str, str]:
        """What makes two of them the same: country and value; how a document names the scheme varies."""
        return self.country, self.value

    def __str__(self) -> str:
        return f"{self.country} {self.value}"


def _without_vat_prefix(value: str, country: str) -> tuple[str, str]:
    for prefix in (value[:3], value[:2]):
        rest = value[len(prefix) :]
        if prefix in _VAT_PREFIXES and _has_digit(rest):
            return _VAT_PREFIXES[prefix], rest
    return country, value


def _has_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)


def new_id(prefix: str, random: Callable[[int], bytes]) -> str:
    """A fresh id such as ``inv_`` and 26 characters of Crockford's base 32; ``random`` gives n bytes."""
    number = int.from_bytes(random(17), "big")
    return f"{prefix}_" + "".join(_CROCKFORD[number >> (5 * place) & 31] for place in range(_ID_CHARS))
