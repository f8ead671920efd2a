"""UN/CEFACT Cross Industry Invoice D16B: Factur-X, ZUGFeRD 2, XRechnung, with the binding of EN 16931-3-3."""

from lxml.etree import _Element

from registry.invoices.errors import MissingField
from registry.invoices.invoice import Invoice, Line, Trader
from registry.invoices.syntaxes.terms import Terms, amount_in, class_of, country, distinct, identifier
from registry.kit.identifiers import TAX, VAT

_UNECE = "urn:un:unece:uncefact:data:standard"
INVOICE = f"{{{_UNECE}:CrossIndustryInvoice:100}}CrossIndustryInvoice"
_PREFIXES = {
    "m": f"{_UNECE}:CrossIndustryInvoice:100",
    "r": f"{_UNECE}:ReusableAggregateBusinessInformationEntity:100",
    "u": f"{_UNECE}:UnqualifiedDataType:100",
}
_TRADE = "m:SupplyChainTradeTransaction"
_AGREEMENT = f"{_TRADE}/r:ApplicableHeaderTradeAgreement"
_SETTLEMENT = f"{_TRADE}/r:ApplicableHeaderTradeSettlement"
_SUM = f"{_SETTLEMENT}/r:SpecifiedTradeSettlementHeaderMonetarySummation"

_TERMS = {
    "number": "m:ExchangedDocument/r:ID",
    "issued_on": "m:ExchangedDocument/r:IssueDateTime/u:DateTimeString",
    "type_code": "m:ExchangedDocument/r:TypeCode",
    "currency": f"{_SETTLEMENT}/r:InvoiceCurrencyCode",
    "due_on": f"{_SETTLEMENT}/r:SpecifiedTradePaymentTerms/r:DueDateDateTime/u:DateTimeString",
    "profile": "m:ExchangedDocumentContext/r:GuidelineSpecifiedDocumentContextParameter/r:ID",
    "net": f"{_SUM}/r:TaxBasisTotalAmount",
    "gross": f"{_SUM}/r:GrandTotalAmount",
    "prepaid": f"{_SUM}/r:TotalPrepaidAmount",
    "payable": f"{_SUM}/r:DuePayableAmount",
    "lines_total": f"{_SUM}/r:LineTotalAmount",
    "allowances": f"{_SUM}/r:AllowanceTotalAmount",
    "charges": f"{_SUM}/r:ChargeTotalAmount",
    "rounding": f"{_SUM}/r:RoundingAmount",
    "preceding": f"{_SETTLEMENT}/r:InvoiceReferencedDocument/r:IssuerAssignedID",
}
_LINE = {
    "line_id": "r:AssociatedDocumentLineDocument/r:LineID",
    "name": "r:SpecifiedTradeProduct/r:Name",
    "quantity": "r:SpecifiedLineTradeDelivery/r:BilledQuantity",
    "unit_price": "r:SpecifiedLineTradeAgreement/r:NetPriceProductTradePrice/r:ChargeAmount",
    "amount": (
        "r:SpecifiedLineTradeSettlement/r:SpecifiedTradeSettlementLineMonetarySummation/r:LineTotalAmount"
    ),
}
_TAX_SCHEMES = {"VA": VAT, "FC": TAX}


def read(root: _Element) -> Invoice:
    """The CrossIndustryInvoice at ``root``. Raises MissingField, MalformedInvoice."""
    terms = Terms(root, _PREFIXES)
    payable = terms.amount(_TERMS["payable"])
    if payable is None:
        raise MissingField("The invoice does not say what is payable.", field="payable")
    issued_on = terms.day(_TERMS["issued_on"])
    if issued_on is None:
        raise MissingField("The invoice does not say when it was issued.", field="issued_on")
    type_code = terms.text(_TERMS["type_code"])
    currency = terms.required("currency", _TERMS["currency"])
    payee = terms.first(f"{_SETTLEMENT}/r:PayeeTradeParty")
    return Invoice(
        number=terms.required("number", _TERMS["number"]),
        issued_on=issued_on,
        document_class=class_of(type_code),
        currency=currency,
        payable=payable,
        seller=_party(terms, "seller", f"{_AGREEMENT}/r:SellerTradeParty"),
        buyer=_party(terms, "buyer", f"{_AGREEMENT}/r:BuyerTradeParty"),
        syntax="cii",
        type_code=type_code,
        due_on=terms.day(_TERMS["due_on"]),
        net=terms.amount(_TERMS["net"]),
        gross=terms.amount(_TERMS["gross"]),
        prepaid=terms.amount(_TERMS["prepaid"]),
        payee=_trader(payee) if payee else None,
        preceding=terms.texts(_TERMS["preceding"]),
        lines=tuple(_line(one) for one in terms.each(f"{_TRADE}/r:IncludedSupplyChainTradeLineItem")),
        profile=terms.text(_TERMS["profile"]),
        lines_total=terms.amount(_TERMS["lines_total"]),
        allowances=terms.amount(_TERMS["allowances"]),
        charges=terms.amount(_TERMS["charges"]),
        tax=amount_in(terms, f"{_SUM}/r:TaxTotalAmount", currency),
        rounding=terms.amount(_TERMS["rounding"]),
    )


def _line(terms: Terms) -> Line:
    return Line(
        line_id=terms.text(_LINE["line_id"]),
        name=terms.text(_LINE["name"]),
        quantity=terms.amount(_LINE["quantity"]),
        unit_price=terms.amount(_LINE["unit_price"]),
        amount=terms.amount(_LINE["amount"]),
        unit=terms.attribute("unitCode", _LINE["quantity"]),
    )


def _party(terms: Terms, field: str, path: str) -> Trader:
    found = terms.first(path)
    if found is None:
        raise MissingField(f"The invoice does not name its {field}.", field=field)
    return _trader(found)


def _trader(party: Terms) -> Trader:
    place = country(party.text("r:PostalTradeAddress/r:CountryID"))
    registered = sorted(
        party.each("r:SpecifiedTaxRegistration/r:ID"), key=lambda one: one.attribute("schemeID") != "VA"
    )
    found = [
        identifier(one.text("."), country=place, scheme=_TAX_SCHEMES.get(one.attribute("schemeID"), TAX))
        for one in registered
    ]
    for path in ("r:SpecifiedLegalOrganization/r:ID", "r:GlobalID", "r:ID"):
        for one in party.each(path):
            found.append(identifier(one.text("."), country=place, scheme=one.attribute("schemeID")))
    return Trader(name=party.text("r:Name"), country=place, identifiers=distinct(found))
