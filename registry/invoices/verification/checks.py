"""What an invoice's own fields say of each other: pure checks, each with a stable code, a severity and a sentence.

Sums follow EN 16931-1, BR-CO-10 to BR-CO-16. They hold to one minor unit of the currency; the sum of lines to one
for each line, since each is rounded by itself. Only what the document states is compared.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from registry.invoices.invoice import Invoice, InvoiceClass, Trader
from registry.invoices.verification.check_digits import has_valid_check_digits
from registry.invoices.verification.codes import COUNTRIES, TYPE_CODES, is_unit
from registry.invoices.verification.findings import Finding, Result
from registry.kit.errors import Refusal
from registry.kit.identifiers import UNKNOWN_COUNTRY
from registry.kit.money import currency

_NOTHING = Decimal(0)
_UNSTATED_ROUNDING = Decimal(1)
_OF_EN_16931 = ("ubl", "cii")  # their type and unit codes are those of UNTDID 1001 and UN/ECE 20
_SHOWN_UNITS = 5

Check = Callable[[Invoice, date], Finding | None]


def check(invoice: Invoice, today: date) -> tuple[Finding, ...]:
    """Every check that has something to look at, in a fixed order. ``today`` in UTC."""
    return tuple(found for one in _CHECKS if (found := one(invoice, today)) is not None)


def doubts(invoice: Invoice, today: date) -> tuple[str, ...]:
    """The codes of what looks wrong: for a person to weigh, never a refusal."""
    return tuple(one.check for one in check(invoice, today) if one.is_doubtful)


def lines_sum(invoice: Invoice, _today: date) -> Finding | None:
    """BR-CO-10: the lines come to BT-106, or to the net total where the document states no total of lines."""
    total = invoice.lines_total
    if total is None and invoice.allowances is None and invoice.charges is None:
        total = invoice.net
    amounts = [line.amount for line in invoice.lines if line.amount is not None]
    if total is None or not amounts or len(amounts) != len(invoice.lines):
        return None
    slack = _minor(invoice) * len(amounts)
    return _sum("lines_sum", "The lines come to", sum(amounts, _NOTHING), total, slack)


def net_sum(invoice: Invoice, _today: date) -> Finding | None:
    """BR-CO-13: BT-109 = BT-106 − BT-107 + BT-108."""
    if invoice.lines_total is None or invoice.net is None:
        return None
    total = invoice.lines_total - (invoice.allowances or _NOTHING) + (invoice.charges or _NOTHING)
    said = "Lines less allowances plus charges come to"
    return _sum("net_sum", said, total, invoice.net, _minor(invoice))


def gross_sum(invoice: Invoice, _today: date) -> Finding | None:
    """BR-CO-15: BT-112 = BT-109 + BT-110."""
    if invoice.net is None or invoice.tax is None or invoice.gross is None:
        return None
    said = "Net and tax come to"
    return _sum("gross_sum", said, invoice.net + invoice.tax, invoice.gross, _minor(invoice))


def payable_sum(invoice: Invoice, _today: date) -> Finding | None:
    """BR-CO-16: BT-115 = BT-112 − BT-113 + BT-114.

    More payable than that is an error; less is a warning, as national rules let the buyer keep a part back. Where no
    rounding is stated, up to one whole unit is taken for it.
    """
    if invoice.gross is None:
        return None
    due = invoice.gross - (invoice.prepaid or _NOTHING) + (invoice.rounding or _NOTHING)
    slack = _minor(invoice) if invoice.rounding is not None else _UNSTATED_ROUNDING
    # A credit note says what is given back: its size counts.
    sign = -1 if invoice.document_class is InvoiceClass.CREDIT_NOTE and due < 0 else 1
    above = sign * (invoice.payable - due)
    values = {"expected": f"{due:f}", "stated": f"{invoice.payable:f}"}
    if above > slack:
        detail = f"{invoice.payable:f} is payable, which is more than the total less what was paid, {due:f}."
        return Finding("payable_sum", Result.ERROR, detail, values)
    if above < -slack:
        detail = f"{invoice.payable:f} is payable, which is less than the total less what was paid, {due:f}."
        return Finding("payable_sum", Result.WARNING, detail, values)
    return Finding(
        "payable_sum", Result.PASSED, f"{invoice.payable:f} is payable, as the totals say.", values
    )


def country_codes(invoice: Invoice, _today: date) -> Finding | None:
    """Countries are of ISO 3166-1 (BR-CL-14)."""
    named = {one.country for one in _traders(invoice)} - {UNKNOWN_COUNTRY}
    if not named:
        return None
    return _codes("country_code", "of ISO 3166", sorted(named - COUNTRIES))


def type_code(invoice: Invoice, _today: date) -> Finding | None:
    """The kind of document is of UNTDID 1001 (BR-CL-01)."""
    if invoice.syntax not in _OF_EN_16931 or not invoice.type_code:
        return None
    wrong = [] if invoice.type_code in TYPE_CODES else [invoice.type_code]
    return _codes("type_code", "of an invoice or credit note in UNTDID 1001", wrong)


def unit_codes(invoice: Invoice, _today: date) -> Finding | None:
    """Units have the form of UN/ECE recommendation 20 (BR-CL-23)."""
    named = {line.unit for line in invoice.lines} - {""}
    if invoice.syntax not in _OF_EN_16931 or not named:
        return None
    return _codes("unit_code", "of the form of UN/ECE 20", sorted(one for one in named if not is_unit(one)))


def due_date(invoice: Invoice, _today: date) -> Finding | None:
    """An invoice is not due before it is issued."""
    if invoice.due_on is None:
        return None
    values = {"issued_on": invoice.issued_on.isoformat(), "due_on": invoice.due_on.isoformat()}
    if invoice.due_on < invoice.issued_on:
        detail = f"It is due on {invoice.due_on}, before it was issued on {invoice.issued_on}."
        return Finding("due_date", Result.WARNING, detail, values)
    return Finding("due_date", Result.PASSED, "It is due when it is issued or later.", values)


def issue_date(invoice: Invoice, today: date) -> Finding:
    """Not issued in the future; tomorrow is today east of here."""
    values = {"issued_on": invoice.issued_on.isoformat(), "today": today.isoformat()}
    if invoice.issued_on > today + timedelta(days=1):
        detail = f"It was issued on {invoice.issued_on}, which is still to come."
        return Finding("issue_date", Result.ERROR, detail, values)
    return Finding("issue_date", Result.PASSED, "It was issued in the past.", values)


def seller_check_digit(invoice: Invoice, _today: date) -> Finding | None:
    return _check_digit("seller", invoice.seller)


def buyer_check_digit(invoice: Invoice, _today: date) -> Finding | None:
    return _check_digit("buyer", invoice.buyer)


_CHECKS: tuple[Check, ...] = (
    lines_sum,
    net_sum,
    gross_sum,
    payable_sum,
    country_codes,
    type_code,
    unit_codes,
    issue_date,
    due_date,
    seller_check_digit,
    buyer_check_digit,
)


def _sum(code: str, said: str, total: Decimal, stated: Decimal, slack: Decimal) -> Finding:
    values = {"expected": f"{total:f}", "stated": f"{stated:f}", "tolerance": f"{slack:f}"}
    if abs(total - stated) <= slack:
        return Finding(code, Result.PASSED, f"{said} {total:f}, as stated.", values)
    return Finding(code, Result.ERROR, f"{said} {total:f}, but {stated:f} is stated.", values)


def _codes(code: str, what: str, wrong: list[str]) -> Finding:
    if not wrong:
        return Finding(code, Result.PASSED, f"Every code is {what}.")
    shown = ", ".join(repr(one) for one in wrong[:_SHOWN_UNITS])
    return Finding(code, Result.WARNING, f"{shown}: no code {what}.")


def _check_digit(side: str, trader: Trader) -> Finding | None:
    code = f"{side}_check_digit"
    known = [(one, has_valid_check_digits(one)) for one in trader.identifiers]
    wrong = [str(one) for one, is_valid in known if is_valid is False]
    if wrong:
        detail = f"The check digits of the {side}'s tax number {wrong[0]} are wrong."
        return Finding(code, Result.WARNING, detail, {"identifier": wrong[0]})
    if any(is_valid for _, is_valid in known):
        return Finding(code, Result.PASSED, f"The check digits of the {side}'s tax number are right.")
    return None


def _traders(invoice: Invoice) -> Iterator[Trader]:
    yield invoice.seller
    yield invoice.buyer
    if invoice.payee is not None:
        yield invoice.payee


def _minor(invoice: Invoice) -> Decimal:
    """One minor unit; of an unknown currency, which registration refuses, a hundredth."""
    try:
        return Decimal(1).scaleb(-currency(invoice.currency).digits)
    except Refusal:
        return Decimal("0.01")
