"""Chinese e-fapiao as XML: the fully digital one with 20 digits, and the schema of 2019 with code and number.

Element names as the State Taxation Administration's files carry them. A fapiao is in renminbi, states no
terms of payment, and a negative one (red-letter) takes an earlier one back.
"""

import re
from decimal import Decimal

from lxml.etree import _Element

from registry.invoices.errors import MalformedInvoice, MissingField
from registry.invoices.invoice import Invoice, InvoiceClass, Line, Trader
from registry.invoices.syntaxes.terms import Terms, distinct, identifier, missing
from registry.kit.identifiers import USCC

DIGITAL = "EInvoice"
_NAMESPACE_2019 = "http://www.edrm.org.cn/schema/e-invoice/2019"
OF_2019 = ("eInvoice", f"{{{_NAMESPACE_2019}}}eInvoice")

_DIGITAL_TERMS = {
    "number": ("TaxSupervisionInfo/InvoiceNumber", "Header/EIid"),
    "issued_on": ("TaxSupervisionInfo/IssueTime", "EInvoiceData/BasicInformation/RequestTime"),
    "type_code": ("Header/InherentLabel/GeneralOrSpecialVAT/LabelCode",),
    "profile": ("Header/Version",),
    "net": ("EInvoiceData/BasicInformation/TotalAmWithoutTax",),
    "tax": ("EInvoiceData/BasicInformation/TotalTaxAm",),
    "gross": ("EInvoiceData/BasicInformation/TotalTax-includedAmount",),
    "seller_id": ("EInvoiceData/SellerInformation/SellerIdNum",),
    "seller_name": ("EInvoiceData/SellerInformation/SellerName",),
    "buyer_id": ("EInvoiceData/BuyerInformation/BuyerIdNum",),
    "buyer_name": ("EInvoiceData/BuyerInformation/BuyerName",),
    "lines": ("EInvoiceData/IssuItemInformation",),
    "line_name": ("ItemName",),
    "line_quantity": ("Quantity",),
    "line_price": ("UnPrice",),
    "line_amount": ("Amount",),
}
_TERMS_2019 = {
    "code": ("f:InvoiceCode",),
    "number": ("f:InvoiceNo",),
    "issued_on": ("f:IssueDate",),
    "type_code": ("f:TypeCode",),
    "profile": (),
    "net": ("f:TaxExclusiveTotalAmount",),
    "tax": ("f:TaxTotalAmount",),
    "gross": ("f:TaxInclusiveTotalAmount",),
    "seller_id": ("f:Seller/f:SellerTaxID",),
    "seller_name": ("f:Seller/f:SellerName",),
    "buyer_id": ("f:Buyer/f:BuyerTaxID",),
    "buyer_name": ("f:Buyer/f:BuyerName",),
    "lines": ("f:GoodsInfos/f:GoodsInfo",),
    "line_name": ("f:Item",),
    "line_quantity": ("f:Quantity",),
    "line_price": ("f:Price",),
    "line_amount": ("f:Amount",),
}
_Table = dict[str, tuple[str, ...]]


def read_digital(root: _Element) -> Invoice:
    """A fully digital e-fapiao. Raises MissingField, MalformedInvoice unless it has its 20 digits."""
    invoice = _read(Terms(root, {}), _DIGITAL_TERMS, "fapiao")
    if not re.fullmatch(r"\d{20}", invoice.number, re.ASCII):
        raise MalformedInvoice("The number of a fully digital e-fapiao has 20 digits.")
    return invoice


def read_2019(root: _Element) -> Invoice:
    """An e-fapiao of the schema of 2019: code of 10 or 12 digits and number of 8, or number of 20."""
    invoice = _read(Terms(root, {"f": _NAMESPACE_2019}), _TERMS_2019, "fapiao-2019")
    code_form, number_form = (r"\d{10}|\d{12}", r"\d{8}") if invoice.code else ("", r"\d{20}")
    has_form = re.fullmatch(code_form, invoice.code, re.ASCII) and re.fullmatch(
        number_form, invoice.number, re.ASCII
    )
    if not has_form:
        raise MalformedInvoice("An e-fapiao has a code of 10 or 12 digits and a number of 8, or 20 digits.")
    return invoice


def _read(terms: Terms, table: _Table, syntax: str) -> Invoice:
    net = terms.amount(*table["net"])
    gross = terms.amount(*table["gross"])
    tax = terms.amount(*table["tax"])
    if gross is None:
        gross = _sum(net, tax)
    issued_on = terms.day(*table["issued_on"])
    if issued_on is None:
        raise MissingField("The fapiao does not say when it was issued.", field="issued_on")
    return Invoice(
        number=terms.required("number", *table["number"]),
        code=terms.text(*table.get("code", ())),
        issued_on=issued_on,
        document_class=InvoiceClass.CREDIT_NOTE if gross < 0 else InvoiceClass.INVOICE,
        currency="CNY",
        payable=gross,
        seller=_trader(terms, table, "seller") or _nobody("seller"),
        buyer=_trader(terms, table, "buyer") or _nobody("buyer"),
        syntax=syntax,
        type_code=terms.text(*table["type_code"]),
        net=net,
        gross=gross,
        tax=tax,
        lines=tuple(_line(one, table, place) for place, one in enumerate(terms.each(table["lines"][0]), 1)),
        profile=terms.text(*table["profile"]),
    )


def _sum(net: Decimal | None, tax: Decimal | None) -> Decimal:
    if net is None or tax is None:
        raise MissingField("The fapiao does not say its total with tax.", field="gross")
    return net + tax


def _trader(terms: Terms, table: _Table, side: str) -> Trader | None:
    name = terms.text(*table[f"{side}_name"])
    number = terms.text(*table[f"{side}_id"])
    if not name and not number:
        return None
    found = [identifier(number, country="CN", scheme=USCC)] if number else []
    return Trader(name, "CN", distinct(found))


def _nobody(side: str) -> Trader:
    return Trader(missing(side), "CN")


def _line(terms: Terms, table: _Table, place: int) -> Line:
    return Line(
        line_id=str(place),
        name=terms.text(*table["line_name"]),
        quantity=terms.amount(*table["line_quantity"]),
        unit_price=terms.amount(*table["line_price"]),
        amount=terms.amount(*table["line_amount"]),
    )
