"""Bank accounts as people write them, brought into one spelling and checked where there is a rule to check by."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from stdnum import bic, iban
from stdnum.exceptions import ValidationError
from stdnum.us import rtn

from registry.kit.identifiers import normalize
from registry.notices.errors import AccountNotBank

IBAN = "IBAN"
OTHER = "OTHER"
MAX_NAME_CHARS = 140  # as a creditor's name in ISO 20022 pain.001


def _cnaps(code: str) -> str:
    """China's payment systems: 12 digits for bank, place and branch."""
    if not re.fullmatch(r"[0-9]{12}", code):
        raise AccountNotBank(f"{code!r}: a CNAPS code has 12 digits.")
    return code


_BANK_RULES: dict[str, Callable[[str], str]] = {"BIC": bic.validate, "CNAPS": _cnaps, "ABA": rtn.validate}
BANK_SCHEMES = tuple(_BANK_RULES)


@dataclass(frozen=True)
class BankAccount:
    """``scheme`` IBAN or OTHER; ``bank_scheme`` and ``bank`` are empty for an IBAN without a BIC."""

    holder_name: str
    scheme: str
    number: str
    bank_scheme: str = ""
    bank: str = ""


def bank_account(holder_name: str, number: str, bank_scheme: str = "", bank: str = "") -> BankAccount:
    """Read an account: an IBAN (ISO 13616) where no bank is named, or one with its BIC (ISO 9362); else an account
    number of 4 to 34 letters and digits at a bank known by BIC, CNAPS code or ABA routing number.

    Raises AccountNotBank, for a wrong check digit too.
    """
    name = holder_name.strip()
    if not 0 < len(name) <= MAX_NAME_CHARS or any(unicodedata.category(char)[0] == "C" for char in name):
        raise AccountNotBank(f"Name the account's holder in 1 to {MAX_NAME_CHARS} printable characters.")
    plain = normalize(number)
    place = _bank(bank_scheme, bank) if bank_scheme or bank else ""
    if iban.is_valid(plain) and bank_scheme in ("", "BIC"):
        return BankAccount(name, IBAN, plain, bank_scheme, place)
    # A mistyped IBAN must not pass for some bank's own number.
    if not bank_scheme or re.match(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11}", plain):
        raise AccountNotBank(
            f"{number!r} is no IBAN: a digit is wrong, or name the bank it is kept at.", number=number
        )
    if not re.fullmatch(r"[0-9A-Z]{4,34}", plain):
        raise AccountNotBank(f"{number!r}: an account number has 4 to 34 letters and digits.", number=number)
    return BankAccount(name, OTHER, plain, bank_scheme, place)


def _bank(scheme: str, written: str) -> str:
    rule = _BANK_RULES.get(scheme)
    if rule is None:
        raise AccountNotBank(f"A bank is named by one of {', '.join(BANK_SCHEMES)}, not {scheme!r}.")
    try:
        return str(rule(normalize(written)))
    except ValidationError as error:
        raise AccountNotBank(f"{written!r} is no {scheme}: {error}", bank=written) from None
