"""UN/CEFACT Cross Industry Invoice D16B (Factur-X, ZUGFeRD 2, XRechnung, with the binding of EN 16931-3-3), and
ZUGFeRD 1, which says the same in other names."""

from dataclasses import dataclass

from lxml.etree import _Element

from registry.invoices.invoice import Invoice, Trader
from registry.invoices.syntaxes.terms import (
    Terms,
    amount_in,
    class_of,
    country,
    distinct,
    identifier,
    period,
)
from registry.kit.identifiers import TAX, VAT


@dataclass(frozen=True, slots=True)
class _Dialect:
    """The names in which one version says the same. ``syntax`` is how the version is called here."""

    syntax: str
    prefixes: dict[str, str]
    trade: str
    agreement: str
    settlement: str
    total: str
    line_parts: tuple[str, str, str, str]
    head: str
    context: str

    @property
    def terms(self) -> dict[str, str]:
        settlement = f"{self.trade}/{self.settlement}"
        total = f"{settlement}/{self.total}"
        account = f"{settlement}/r:SpecifiedTradeSettlementPaymentMeans/r:PayeePartyCreditorFinancialAccount"
        return {
            "number": f"{self.head}/r:ID",
            "issued_on": f"{self.head}/r:IssueDateTime/u:DateTimeString",
            "type_code": f"{self.head}/r:TypeCode",
            "profile": f"{self.context}/r:GuidelineSpecifiedDocumentContextParameter/r:ID",
            "currency": f"{settlement}/r:InvoiceCurrencyCode",
            "due_on": f"{settlement}/r:SpecifiedTradePaymentTerms/r:DueDateDateTime/u:DateTimeString",
            "net": f"{total}/r:TaxBasisTotalAmount",
            "gross": f"{total}/r:GrandTotalAmount",
            "prepaid": f"{total}/r:TotalPrepaidAmount",
            "payable": f"{total}/r:DuePayableAmount",
            "lines_total": f"{total}/r:LineTotalAmount",
            "allowances": f"{total}/r:AllowanceTotalAmount",
            "charges": f"{total}/r:ChargeTotalAmount",
            "tax": f"{total}/r:TaxTotalAmount",
            "rounding": f"{total}/r:RoundingAmount",
            "iban": f"{account}/r:IBANID",
            "account": f"{account}/r:ProprietaryID",
            "period_start": f"{settlement}/r:BillingSpecifiedPeriod/r:StartDateTime/u:DateTimeString",
            "period_end": f"{settlement}/r:BillingSpecifiedPeriod/r:EndDateTime/u:DateTimeString",
            "preceding": f"{settlement}/r:InvoiceReferencedDocument/r:IssuerAssignedID",
            "seller": f"{self.trade}/{self.agreement}/r:SellerTradeParty",
            "buyer": f"{self.trade}/{self.agreement}/r:BuyerTradeParty",
            "payee": f"{settlement}/r:PayeeTradeParty",
            "lines": f"{self.trade}/r:IncludedSupplyChainTradeLineItem",
        }

    @property
    def line(self) -> dict[str, tuple[str, ...]]:
        agreement, delivery, settlement, total = self.line_parts
        return {
            "line_id": ("r:AssociatedDocumentLineDocument/r:LineID",),
            "name": ("r:SpecifiedTradeProduct/r:Name",),
            "quantity": (f"{delivery}/r:BilledQuantity",),
            "unit_price": (f"{agreement}/r:NetPriceProductTradePrice/r:ChargeAmount",),
            "amount": (f"{settlement}/{total}/r:LineTotalAmount",),
        }


_UNECE = "urn:un:unece:uncefact:data:standard"
_D16B = _Dialect(
    syntax="cii",
    prefixes={
        "m": f"{_UNECE}:CrossIndustryInvoice:100",
        "r": f"{_UNECE}:ReusableAggregateBusinessInformationEntity:100",
        "u": f"{_UNECE}:UnqualifiedDataType:100",
    },
    trade="m:SupplyChainTradeTransaction",
    agreement="r:ApplicableHeaderTradeAgreement",
    settlement="r:ApplicableHeaderTradeSettlement",
    total="r:SpecifiedTradeSettlementHeaderMonetarySummation",
    line_parts=(
        "r:SpecifiedLineTradeAgreement",
        "r:SpecifiedLineTradeDelivery",
        "r:SpecifiedLineTradeSettlement",
        "r:SpecifiedTradeSettlementLineMonetarySummation",
    ),
    head="m:ExchangedDocument",
    context="m:ExchangedDocumentContext",
)
_ZUGFERD_1 = _Dialect(
    syntax="zugferd-1",
    prefixes={
        "m": "urn:ferd:CrossIndustryDocument:invoice:1p0",
        "r": f"{_UNECE}:ReusableAggregateBusinessInformationEntity:12",
        "u": f"{_UNECE}:UnqualifiedDataType:15",
    },
    trade="m:SpecifiedSupplyChainTradeTransaction",
    agreement="r:ApplicableSupplyChainTradeAgreement",
    settlement="r:ApplicableSupplyChainTradeSettlement",
    total="r:SpecifiedTradeSettlementMonetarySummation",
    line_parts=(
        "r:SpecifiedSupplyChainTradeAgreement",
        "r:SpecifiedSupplyChainTradeDelivery",
        "r:SpecifiedSupplyChainTradeSettlement",
        "r:SpecifiedTradeSettlementMonetarySummation",
    ),
    head="m:HeaderExchangedDocument",
    context="m:SpecifiedExchangedDocumentContext",
)
INVOICE = f"{{{_D16B.prefixes['m']}}}CrossIndustryInvoice"
ZUGFERD_1 = f"{{{_ZUGFERD_1.prefixes['m']}}}CrossIndustryDocument"
_TAX_SCHEMES = {"VA": VAT, "FC": TAX}


def read(root: _Element) -> Invoice:
    """The CrossIndustryInvoice, or CrossIndustryDocument of ZUGFeRD 1, at ``root``. Raises MissingField,
    MalformedInvoice."""
    dialect = _D16B if root.tag == INVOICE else _ZUGFERD_1
    terms, paths = Terms(root, dialect.prefixes), dialect.terms
    type_code = terms.text(paths["type_code"])
    payee = terms.first(paths["payee"])
    # ZUGFeRD 1 leaves out what is payable where that is the whole.
    payable = (paths["payable"],) if dialect is _D16B else (paths["payable"], paths["gross"])
    currency = terms.required("currency", paths["currency"])
    return Invoice(
        number=terms.required("number", paths["number"]),
        issued_on=terms.required_day("issued_on", paths["issued_on"]),
        document_class=class_of(type_code),
        currency=currency,
        payable=terms.required_amount("payable", *payable),
        seller=_trader(terms.part("seller", paths["seller"])),
        buyer=_trader(terms.part("buyer", paths["buyer"])),
        syntax=dialect.syntax,
        type_code=type_code,
        due_on=terms.day(paths["due_on"]),
        net=terms.amount(paths["net"]),
        gross=terms.amount(paths["gross"]),
        prepaid=terms.amount(paths["prepaid"]),
        payee=_trader(payee) if payee else None,
        accounts=(*terms.texts(paths["iban"]), *terms.texts(paths["account"])),
        period=period(terms, paths["period_start"], paths["period_end"]),
        preceding=terms.texts(paths["preceding"]),
        lines=tuple(one.line(dialect.line) for one in terms.each(paths["lines"])),
        profile=terms.text(paths["profile"]),
        lines_total=terms.amount(paths["lines_total"]),
        allowances=terms.amount(paths["allowances"]),
        charges=terms.amount(paths["charges"]),
        tax=amount_in(terms, paths["tax"], currency),
        rounding=terms.amount(paths["rounding"]),
    )


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
