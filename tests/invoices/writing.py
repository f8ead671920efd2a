"""Writes an ``Invoice`` as a file: UBL, CII, e-fapiao, and PDF with CII inside."""

import re
from collections.abc import Iterable
from decimal import Decimal

from lxml import etree

from registry.invoices.invoice import Invoice, InvoiceClass, Line, Trader
from registry.kit.identifiers import VAT
from tests.invoices.builders import pdf

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_CII = "urn:un:unece:uncefact:data:standard:"
_PREFIXES = {
    "a": f"{_UBL}CommonAggregateComponents-2",
    "b": f"{_UBL}CommonBasicComponents-2",
    "m": f"{_CII}CrossIndustryInvoice:100",
    "r": f"{_CII}ReusableAggregateBusinessInformationEntity:100",
    "u": f"{_CII}UnqualifiedDataType:100",
}
# A path of elements below the root, attributes of the last one after @, and what it says; None says nothing.
_Said = tuple[str, object]


def as_files(invoice: Invoice) -> dict[str, bytes]:
    """Syntax → the invoice's bytes in it, for those syntaxes that can say all of it."""
    if invoice.currency == "CNY":
        has_more = (
            invoice.payee or invoice.preceding or any(invoice.period) or len(invoice.seller.identifiers) > 1
        )
        is_numbered = re.fullmatch(r"\d{20}", invoice.number, re.ASCII)
        return {"fapiao": as_fapiao(invoice)} if is_numbered and not has_more else {}
    cii = as_cii(invoice)
    return {"ubl": as_ubl(invoice), "cii": cii, "pdf": pdf(cii)}


def as_ubl(invoice: Invoice) -> bytes:
    kind = "CreditNote" if invoice.document_class is InvoiceClass.CREDIT_NOTE else "Invoice"
    start, end = invoice.period
    said: list[_Said] = [
        ("b:ID", invoice.number),
        ("b:IssueDate", invoice.issued_on),
        ("b:DueDate", invoice.due_on if kind == "Invoice" else None),
        (f"b:{kind}TypeCode", invoice.type_code),
        ("b:DocumentCurrencyCode", invoice.currency),
        ("a:InvoicePeriod/b:StartDate", start),
        ("a:InvoicePeriod/b:EndDate", end),
    ]
    said += [("+a:BillingReference/a:InvoiceDocumentReference/b:ID", one) for one in invoice.preceding]
    for role, trader in (("Supplier", invoice.seller), ("Customer", invoice.buyer)):
        said += _ubl_trader(f"a:Accounting{role}Party/a:Party", trader)
    if invoice.payee:
        said += _ubl_trader("a:PayeeParty", invoice.payee)
    said += [("+a:PaymentMeans/a:PayeeFinancialAccount/b:ID", one) for one in invoice.accounts]
    totals = (("TaxExclusive", invoice.net), ("TaxInclusive", invoice.gross), ("Prepaid", invoice.prepaid),
              ("Payable", invoice.payable))  # fmt: skip
    said += [(f"a:LegalMonetaryTotal/b:{name}Amount", value) for name, value in totals]
    quantity = "Invoiced" if kind == "Invoice" else "Credited"
    for line in invoice.lines:
        said += [
            (f"+a:{kind}Line/b:ID", line.line_id),
            (f"a:{kind}Line/b:{quantity}Quantity", line.quantity),
            (f"a:{kind}Line/b:LineExtensionAmount", line.amount),
            (f"a:{kind}Line/a:Item/b:Name", line.name),
            (f"a:{kind}Line/a:Price/b:PriceAmount", line.unit_price),
        ]
    return _written(f"{{{_UBL}{kind}-2}}{kind}", said)


def _ubl_trader(at: str, trader: Trader) -> list[_Said]:
    said: list[_Said] = [
        (f"{at}/a:PostalAddress/a:Country/b:IdentificationCode", trader.country),
    ]
    for one in trader.identifiers:
        if one.scheme == VAT:
            said.append((f"+{at}/a:PartyTaxScheme/b:CompanyID", one.country + one.value))
            said.append((f"{at}/a:PartyTaxScheme/a:TaxScheme/b:ID", "VAT"))
    return [*said, (f"{at}/a:PartyLegalEntity/b:RegistrationName", trader.name)]


def as_cii(invoice: Invoice) -> bytes:
    trade, start_end = "m:SupplyChainTradeTransaction", ("Start", "End")
    settlement = f"{trade}/r:ApplicableHeaderTradeSettlement"
    said: list[_Said] = [
        ("m:ExchangedDocument/r:ID", invoice.number),
        ("m:ExchangedDocument/r:TypeCode", invoice.type_code),
        ("m:ExchangedDocument/r:IssueDateTime/u:DateTimeString", f"{invoice.issued_on:%Y%m%d}"),
    ]
    for line in invoice.lines:
        said += _cii_line(f"{trade}/r:IncludedSupplyChainTradeLineItem", line)
    for role, trader in (("Seller", invoice.seller), ("Buyer", invoice.buyer)):
        said += _cii_trader(f"{trade}/r:ApplicableHeaderTradeAgreement/r:{role}TradeParty", trader)
    said.append((f"{settlement}/r:InvoiceCurrencyCode", invoice.currency))
    if invoice.payee:
        said += _cii_trader(f"{settlement}/r:PayeeTradeParty", invoice.payee)
    account = "r:SpecifiedTradeSettlementPaymentMeans/r:PayeePartyCreditorFinancialAccount/r:IBANID"
    said += [(f"+{settlement}/{account}", one) for one in invoice.accounts]
    for name, day in zip(start_end, invoice.period, strict=True):
        at = f"{settlement}/r:BillingSpecifiedPeriod/r:{name}DateTime/u:DateTimeString"
        said.append((at, day and f"{day:%Y%m%d}"))
    totals = (("TaxBasisTotal", invoice.net), ("GrandTotal", invoice.gross), ("TotalPrepaid", invoice.prepaid),
              ("DuePayable", invoice.payable))  # fmt: skip
    sums = f"{settlement}/r:SpecifiedTradeSettlementHeaderMonetarySummation"
    said += [(f"{sums}/r:{name}Amount", value) for name, value in totals]
    said += [
        (f"+{settlement}/r:InvoiceReferencedDocument/r:IssuerAssignedID", one) for one in invoice.preceding
    ]
    return _written(f"{{{_CII}CrossIndustryInvoice:100}}CrossIndustryInvoice", said)


def _cii_line(at: str, line: Line) -> list[_Said]:
    price, sums = "r:NetPriceProductTradePrice", "r:SpecifiedTradeSettlementLineMonetarySummation"
    return [
        (f"+{at}/r:AssociatedDocumentLineDocument/r:LineID", line.line_id),
        (f"{at}/r:SpecifiedTradeProduct/r:Name", line.name),
        (f"{at}/r:SpecifiedLineTradeAgreement/{price}/r:ChargeAmount", line.unit_price),
        (f"{at}/r:SpecifiedLineTradeDelivery/r:BilledQuantity", line.quantity),
        (f"{at}/r:SpecifiedLineTradeSettlement/{sums}/r:LineTotalAmount", line.amount),
    ]


def _cii_trader(at: str, trader: Trader) -> list[_Said]:
    said: list[_Said] = [
        (f"{at}/r:Name", trader.name),
        (f"{at}/r:PostalTradeAddress/r:CountryID", trader.country),
    ]
    taxed = [one for one in trader.identifiers if one.scheme == VAT]
    return said + [
        (f"+{at}/r:SpecifiedTaxRegistration/r:ID@schemeID=VA", one.country + one.value) for one in taxed
    ]


def as_fapiao(invoice: Invoice) -> bytes:
    """The fully digital one, with a number of 20 digits."""
    data = "EInvoiceData"
    said: list[_Said] = [
        ("Header/EIid", invoice.number),
        ("Header/InherentLabel/GeneralOrSpecialVAT/LabelCode", invoice.type_code),
    ]
    for role, trader in (("Seller", invoice.seller), ("Buyer", invoice.buyer)):
        at = f"{data}/{role}Information/{role}"
        said += [(f"{at}IdNum", one.value) for one in trader.identifiers[:1]]
        said.append((f"{at}Name", trader.name))
    basic = f"{data}/BasicInformation"
    said += [
        (f"{basic}/TotalAmWithoutTax", invoice.net),
        (f"{basic}/TotalTaxAm", (invoice.gross or Decimal(0)) - (invoice.net or Decimal(0))),
        (f"{basic}/TotalTax-includedAmount", invoice.gross),
    ]
    for line in invoice.lines:
        at = f"{data}/IssuItemInformation"
        said += [
            (f"+{at}/ItemName", line.name),
            (f"{at}/Quantity", line.quantity),
            (f"{at}/UnPrice", line.unit_price),
            (f"{at}/Amount", line.amount),
        ]
    said += [
        ("TaxSupervisionInfo/InvoiceNumber", invoice.number),
        ("TaxSupervisionInfo/IssueTime", f"{invoice.issued_on} 10:15:00"),
    ]
    return _written("EInvoice", said)


def _written(root_tag: str, said: Iterable[_Said]) -> bytes:
    """Elements by path, in order. ``+`` opens the first element below the parent that repeats anew."""
    root = etree.Element(root_tag)
    for path, value in said:
        if value is None or value == "":
            continue
        steps, _, attribute = path.removeprefix("+").partition("@")
        tags = [_tag(step) for step in steps.split("/")]
        element = root
        fresh = _repeating(tags) if path.startswith("+") else None
        for place, tag in enumerate(tags):
            existing = element.findall(tag)
            is_last = place == len(tags) - 1
            element = (
                existing[-1]
                if existing and place != fresh and not is_last
                else etree.SubElement(element, tag)
            )
        element.text = f"{value:f}" if isinstance(value, Decimal) else str(value)
        if attribute:
            element.set(*attribute.split("="))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


_REPEATING = ("BillingReference", "PaymentMeans", "Line", "PartyTaxScheme", "LineItem", "SpecifiedTaxRegistration",
              "ReferencedDocument", "IssuItemInformation")  # fmt: skip


def _repeating(tags: list[str]) -> int:
    return next(place for place, tag in enumerate(tags) if tag.endswith(_REPEATING))


def _tag(step: str) -> str:
    prefix, _, name = step.rpartition(":")
    return f"{{{_PREFIXES[prefix]}}}{name}" if prefix else name
