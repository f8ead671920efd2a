"""UBL 2.0 and 2.1 Invoice and CreditNote (OASIS), with the binding of EN 16931-3-2."""

from lxml.etree import _Element

from registry.invoices.invoice import Invoice, InvoiceClass, Trader
from registry.invoices.syntaxes.terms import (
    Terms,
    amount_in,
    class_of,
    country,
    distinct,
    identifier,
    missing,
    period,
)
from registry.kit.identifiers import TAX, VAT

INVOICE = "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
CREDIT_NOTE = "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote"
_PREFIXES = {
    "a": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "b": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}

_TERMS = {
    "number": ("b:ID",),
    "issued_on": ("b:IssueDate",),
    "type_code": ("b:InvoiceTypeCode", "b:CreditNoteTypeCode"),
    "currency": ("b:DocumentCurrencyCode",),
    "due_on": ("b:DueDate", "a:PaymentMeans/b:PaymentDueDate"),
    "profile": ("b:CustomizationID",),
    "net": ("a:LegalMonetaryTotal/b:TaxExclusiveAmount",),
    "gross": ("a:LegalMonetaryTotal/b:TaxInclusiveAmount",),
    "prepaid": ("a:LegalMonetaryTotal/b:PrepaidAmount",),
    "payable": ("a:LegalMonetaryTotal/b:PayableAmount",),
    "accounts": ("a:PaymentMeans/a:PayeeFinancialAccount/b:ID",),
    "period": ("a:InvoicePeriod/b:StartDate", "a:InvoicePeriod/b:EndDate"),
    "lines_total": ("a:LegalMonetaryTotal/b:LineExtensionAmount",),
    "allowances": ("a:LegalMonetaryTotal/b:AllowanceTotalAmount",),
    "charges": ("a:LegalMonetaryTotal/b:ChargeTotalAmount",),
    "rounding": ("a:LegalMonetaryTotal/b:PayableRoundingAmount",),
    "preceding": ("a:BillingReference/a:InvoiceDocumentReference/b:ID",),
}
_LINE = {
    "line_id": ("b:ID",),
    "name": ("a:Item/b:Name", "a:Item/b:Description"),
    "quantity": ("b:InvoicedQuantity", "b:CreditedQuantity"),
    "unit_price": ("a:Price/b:PriceAmount",),
    "amount": ("b:LineExtensionAmount",),
}
_NAME = ("a:PartyLegalEntity/b:RegistrationName", "a:PartyName/b:Name", "a:PartyTaxScheme/b:RegistrationName")
_COUNTRY = (
    "a:PostalAddress/a:Country/b:IdentificationCode",
    "a:PartyLegalEntity/a:RegistrationAddress/a:Country/b:IdentificationCode",
)


def read(root: _Element) -> Invoice:
    """The Invoice or CreditNote at ``root``. Raises MissingField, MalformedInvoice."""
    terms = Terms(root, _PREFIXES)
    type_code = terms.text(*_TERMS["type_code"])
    currency = _currency(terms)
    return Invoice(
        number=terms.required("number", *_TERMS["number"]),
        issued_on=terms.required_day("issued_on", *_TERMS["issued_on"]),
        document_class=InvoiceClass.CREDIT_NOTE if root.tag == CREDIT_NOTE else class_of(type_code),
        currency=currency,
        payable=terms.required_amount("payable", *_TERMS["payable"]),
        seller=_trader(terms.part("seller", "a:AccountingSupplierParty/a:Party")),
        buyer=_trader(terms.part("buyer", "a:AccountingCustomerParty/a:Party")),
        syntax="ubl",
        type_code=type_code,
        due_on=terms.day(*_TERMS["due_on"]),
        net=terms.amount(*_TERMS["net"]),
        gross=terms.amount(*_TERMS["gross"]),
        prepaid=terms.amount(*_TERMS["prepaid"]),
        payee=_payee(terms),
        accounts=terms.texts(_TERMS["accounts"][0]),
        period=period(terms, *_TERMS["period"]),
        preceding=terms.texts(_TERMS["preceding"][0]),
        lines=tuple(
            one.line(_LINE) for tag in ("Invoice", "CreditNote") for one in terms.each(f"a:{tag}Line")
        ),
        profile=terms.text(*_TERMS["profile"]),
        lines_total=terms.amount(*_TERMS["lines_total"]),
        allowances=terms.amount(*_TERMS["allowances"]),
        charges=terms.amount(*_TERMS["charges"]),
        tax=amount_in(terms, "a:TaxTotal/b:TaxAmount", currency),
        rounding=terms.amount(*_TERMS["rounding"]),
    )


def _currency(terms: Terms) -> str:
    # UBL 2.0 could leave the document's currency out; the amount still names one.
    named = terms.text(*_TERMS["currency"]) or terms.attribute("currencyID", _TERMS["payable"][0])
    return named or missing("currency")


def _payee(terms: Terms) -> Trader | None:
    return _trader(found) if (found := terms.first("a:PayeeParty")) else None


def _trader(party: Terms) -> Trader:
    place = country(party.text(*_COUNTRY))
    registered = list(party.each("a:PartyTaxScheme"))
    # EN 16931 binds VAT to BT-31 and any other tax scheme to BT-32; UBL 2.0 also wrote "UK VAT".
    vat = [one for one in registered if one.text("a:TaxScheme/b:ID").upper().endswith("VAT")]
    other = [one for one in registered if one not in vat]
    found = [identifier(one.text("b:CompanyID"), country=place, scheme=VAT) for one in vat]
    found += [identifier(one.text("b:CompanyID"), country=place, scheme=TAX) for one in other]
    for path in ("a:PartyLegalEntity/b:CompanyID", "a:PartyIdentification/b:ID"):
        for one in party.each(path):
            found.append(identifier(one.text("."), country=place, scheme=one.attribute("schemeID")))
    return Trader(name=party.text(*_NAME), country=place, identifiers=distinct(found))
