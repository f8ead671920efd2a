"""InvoiceData 2.0 and 3.0 of Online Számla (NAV, Hungary).

A modification or annulment names what it corrects and states the difference; one that corrects several at once (batch)
is one document with the sum. A simplified invoice states no net total.
"""

from decimal import Decimal

from lxml.etree import _Element

from registry.invoices.invoice import Invoice, InvoiceClass, Trader
from registry.invoices.syntaxes.terms import Terms, country, missing, trader
from registry.kit.identifiers import TAX, VAT

ROOTS = tuple(f"{{http://schemas.nav.gov.hu/OSA/{version}/data}}InvoiceData" for version in ("2.0", "3.0"))
# The names of both versions are alike; which schema one stands in differs.
_HEAD = "{*}invoiceHead"
_SUMMARY = "{*}invoiceSummary"
_INVOICES = ("{*}invoiceMain/{*}invoice", "{*}invoiceMain/{*}batchInvoice/{*}invoice")
_TERMS = {
    "number": "{*}invoiceNumber",
    "issued_on": "{*}invoiceIssueDate",
    "type_code": f"{_HEAD}/{{*}}invoiceDetail/{{*}}invoiceCategory",
    "currency": f"{_HEAD}/{{*}}invoiceDetail/{{*}}currencyCode",
    "due_on": f"{_HEAD}/{{*}}invoiceDetail/{{*}}paymentDate",
    "net": f"{_SUMMARY}/{{*}}summaryNormal/{{*}}invoiceNetAmount",
    "gross": f"{_SUMMARY}/{{*}}summaryGrossData/{{*}}invoiceGrossAmount",
    "preceding": "{*}invoiceReference/{*}originalInvoiceNumber",
    "lines": "{*}invoiceLines/{*}line",
}
_LINE = {
    "line_id": ("{*}lineNumber",),
    "name": ("{*}lineDescription",),
    "quantity": ("{*}quantity",),
    "unit_price": ("{*}unitPrice",),
    "amount": (
        "{*}lineAmountsNormal/{*}lineNetAmountData/{*}lineNetAmount",
        "{*}lineAmountsSimplified/{*}lineGrossAmountSimplified",
    ),
}


def read(root: _Element) -> Invoice:
    """The InvoiceData at ``root``. Raises MissingField, MalformedInvoice."""
    terms = Terms(root, {})
    parts = [one for path in _INVOICES for one in terms.each(path)]
    if not parts:
        missing("invoice")
    first = parts[0]
    gross = sum((one.required_amount("gross", _TERMS["gross"]) for one in parts), Decimal(0))
    nets = [one.amount(_TERMS["net"]) for one in parts]
    preceding = tuple(number for one in parts for number in one.texts(_TERMS["preceding"]))
    return Invoice(
        number=terms.required("number", _TERMS["number"]),
        issued_on=terms.required_day("issued_on", _TERMS["issued_on"]),
        document_class=_class(gross, is_correction=bool(preceding)),
        currency=first.required("currency", _TERMS["currency"]),
        payable=gross,
        seller=_party(first, "supplier", "seller"),
        buyer=_party(first, "customer", "buyer"),
        syntax="nav",
        type_code=first.text(_TERMS["type_code"]),
        due_on=first.day(_TERMS["due_on"]),
        net=None if None in nets else sum((one for one in nets if one is not None), Decimal(0)),
        gross=gross,
        preceding=preceding,
        lines=tuple(line.line(_LINE) for one in parts for line in one.each(_TERMS["lines"])),
        profile=root.tag.split("/")[-2],
    )


def _class(gross: Decimal, *, is_correction: bool) -> InvoiceClass:
    if gross < 0:
        return InvoiceClass.CREDIT_NOTE
    return InvoiceClass.CORRECTION if is_correction else InvoiceClass.INVOICE


def _party(invoice: Terms, role: str, field: str) -> Trader:
    info = invoice.first(f"{_HEAD}/{{*}}{role}Info")
    if info is None:
        # A private buyer is not named.
        return Trader("", "HU") if field == "buyer" else missing(field)
    vat = f"{{*}}{role}VatData/"
    number = info.text(f"{{*}}{role}TaxNumber/{{*}}taxpayerId", f"{vat}{{*}}{role}TaxNumber/{{*}}taxpayerId")
    place = country(info.text(f"{{*}}{role}Address/*/{{*}}countryCode")) if not number else "HU"
    if field == "seller" and not number:
        missing(field)
    return trader(
        info.text(f"{{*}}{role}Name"),
        place,
        (number, TAX),
        (info.text("{*}communityVatNumber", f"{vat}{{*}}communityVatNumber"), VAT),
        (info.text(f"{vat}{{*}}thirdStateTaxId"), TAX),
    )
