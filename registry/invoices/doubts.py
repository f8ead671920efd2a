"""What looks wrong in an invoice without making it unreadable: for a person to weigh, never a refusal."""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum

from stdnum.ch import uid as ch_uid
from stdnum.cn import uscc
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat
from stdnum.no import orgnr as no_orgnr

from registry.invoices.invoice import Invoice, Trader
from registry.kit.identifiers import TAX, USCC, VAT, TaxId

_CHECKS: dict[str, Callable[[str], bool]] = {
    "CN": uscc.is_valid,
    "GB": gb_vat.is_valid,
    "NO": no_orgnr.is_valid,
    "CH": lambda value: bool(ch_uid.is_valid(f"CHE{value}")),
}
_EUROPEAN = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
_ROUNDING = Decimal(1)  # BT-114 lets the amount payable be rounded


class Doubt(StrEnum):
    """A stable word for each thing that looks wrong."""

    SELLER_CHECK_DIGIT = "seller_check_digit"
    BUYER_CHECK_DIGIT = "buyer_check_digit"
    PAYABLE_ABOVE_GROSS = "payable_above_gross"


def doubts(invoice: Invoice) -> tuple[Doubt, ...]:
    """Wrong check digits of tax numbers; more payable (BT-115) than the invoice comes to (BT-112)."""
    found = []
    if _has_bad_number(invoice.seller):
        found.append(Doubt.SELLER_CHECK_DIGIT)
    if _has_bad_number(invoice.buyer):
        found.append(Doubt.BUYER_CHECK_DIGIT)
    if invoice.gross is not None and invoice.payable > max(invoice.gross, Decimal(0)) + _ROUNDING:
        found.append(Doubt.PAYABLE_ABOVE_GROSS)
    return tuple(found)


def has_valid_check_digits(identifier: TaxId) -> bool | None:
    """Whether a tax number's check digits are right; None where this country's are not known here."""
    if identifier.scheme not in (VAT, USCC) and not (identifier.scheme == TAX and identifier.country == "CN"):
        return None
    if identifier.country in _EUROPEAN:
        prefix = "EL" if identifier.country == "GR" else identifier.country
        return bool(eu_vat.is_valid(prefix + identifier.value))
    check = _CHECKS.get(identifier.country)
    return None if check is None else bool(check(identifier.value))


def _has_bad_number(trader: Trader) -> bool:
    return any(has_valid_check_digits(one) is False for one in trader.identifiers)
