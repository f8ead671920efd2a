"""Chinese e-fapiao as data: the fully digital one with 20 digits, the schema of 2019 with code and number, the XBRL
voucher of the Ministry of Finance (电子凭证会计数据标准), and what an OFD says of itself.

Element names as the State Taxation Administration's files carry them. A fapiao is in renminbi, states no terms of
payment, and a negative one (red-letter) takes an earlier one back, which only its note names.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from lxml.etree import _Element

from registry.invoices.errors import MalformedInvoice
from registry.invoices.invoice import Invoice, InvoiceClass, Line, Trader
from registry.invoices.syntaxes.terms import Terms, amount, bounded, day, missing, trader
from registry.kit.identifiers import USCC

DIGITAL = "EInvoice"
_NAMESPACE_2019 = "http://www.edrm.org.cn/schema/e-invoice/2019"
OF_2019 = ("eInvoice", f"{{{_NAMESPACE_2019}}}eInvoice")
XBRL = "{http://www.xbrl.org/2003/instance}xbrl"
_VOUCHER = re.compile(r"\{http://xbrl\.mof\.gov\.cn/taxonomy/[0-9-]{10}/einv\}InvoiceNumber")

_Table = Mapping[str, tuple[str, ...]]
_DIGITAL_TERMS: _Table = {
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
    "note": ("EInvoiceData/AdditionalInformation/Remark",),
    "lines": ("EInvoiceData/IssuItemInformation",),
    "line_name": ("ItemName",),
    "line_quantity": ("Quantity",),
    "line_unit_price": ("UnPrice",),
    "line_amount": ("Amount",),
}
_TERMS_2019: _Table = {
    "code": ("f:InvoiceCode",),
    "number": ("f:InvoiceNo",),
    "issued_on": ("f:IssueDate",),
    "type_code": ("f:TypeCode",),
    "net": ("f:TaxExclusiveTotalAmount",),
    "tax": ("f:TaxTotalAmount",),
    "gross": ("f:TaxInclusiveTotalAmount",),
    "seller_id": ("f:Seller/f:SellerTaxID",),
    "seller_name": ("f:Seller/f:SellerName",),
    "buyer_id": ("f:Buyer/f:BuyerTaxID",),
    "buyer_name": ("f:Buyer/f:BuyerName",),
    "note": ("f:Note",),
    "lines": ("f:GoodsInfos/f:GoodsInfo",),
    "line_name": ("f:Item",),
    "line_quantity": ("f:Quantity",),
    "line_unit_price": ("f:Price",),
    "line_amount": ("f:Amount",),
}
# In the receiver's file the buyer is the entity whose books it goes into.
_VOUCHER_TERMS: _Table = {
    "number": ("{*}InvoiceNumber",),
    "issued_on": ("{*}RequestTime", "{*}IssueTime"),
    "net": ("{*}TotalAmWithoutTax",),
    "tax": ("{*}TotalTaxAm",),
    "gross": ("{*}TotalTax-includedAmount",),
    "seller_id": ("{*}SellerIdNum",),
    "seller_name": ("{*}SellerName",),
    "buyer_id": ("{*}BuyerIdNum", "{*}UnifiedSocialCreditCodeOfAccountingEntity"),
    "buyer_name": ("{*}BuyerName", "{*}NameOfAccountingEntity"),
    "note": ("{*}Remark",),
}
# Names of CustomData in OFD.xml.
OFD_NUMBER = "发票号码"
_OFD_TERMS = {
    "code": "发票代码",
    "number": OFD_NUMBER,
    "issued_on": "开票日期",
    "net": "合计金额",
    "tax": "合计税额",
    "gross": "价税合计",
    "seller_id": "销售方纳税人识别号",
    "seller_name": "销售方名称",
    "buyer_id": "购买方纳税人识别号",
    "buyer_name": "购买方名称",
}
_PRECEDING = (
    re.compile(r"蓝字\D{0,20}(\d{20})(?!\d)", re.ASCII),
    re.compile(r"号码[:：]?\s*(\d{8})(?!\d)", re.ASCII),
)


def read_digital(root: _Element) -> Invoice:
    """A fully digital e-fapiao. Raises MissingField, MalformedInvoice unless it has its 20 digits."""
    return _digital(_read(Terms(root, {}), _DIGITAL_TERMS, "fapiao"))


def read_2019(root: _Element) -> Invoice:
    """An e-fapiao of the schema of 2019: code of 10 or 12 digits and number of 8, or number of 20."""
    return _numbered(_read(Terms(root, {"f": _NAMESPACE_2019}), _TERMS_2019, "fapiao-2019"))


def is_voucher(root: _Element) -> bool:
    """Whether an XBRL instance is the voucher of an e-fapiao: other vouchers are tickets and bank receipts."""
    return any(isinstance(one.tag, str) and _VOUCHER.fullmatch(one.tag) for one in root)


def read_voucher(root: _Element) -> Invoice:
    """The XBRL voucher of a fully digital e-fapiao. Raises like ``read_digital``."""
    return _digital(_read(Terms(root, {}), _VOUCHER_TERMS, "fapiao-xbrl"))


def read_ofd(said: Mapping[str, str]) -> Invoice:
    """The fapiao an OFD says it is (CustomData by name). Its total with tax is often left out: net and tax give it.

    Raises MissingField, MalformedInvoice.
    """
    found = {term: bounded(said.get(name, "")) for term, name in _OFD_TERMS.items()}
    net, tax, gross = (amount(found[one]) if found[one] else None for one in ("net", "tax", "gross"))
    total = gross if gross is not None else _sum(net, tax)
    invoice = Invoice(
        number=found["number"] or missing("number"),
        code=found["code"],
        issued_on=day(found["issued_on"] or missing("issued_on")),
        document_class=_class(total),
        currency="CNY",
        payable=total,
        seller=_trader(found["seller_name"], found["seller_id"]) or missing("seller"),
        buyer=_trader(found["buyer_name"], found["buyer_id"]) or missing("buyer"),
        syntax="fapiao-ofd",
        net=net,
        gross=total,
        layer="ofd",
    )
    return _numbered(invoice)


def _digital(invoice: Invoice) -> Invoice:
    if not re.fullmatch(r"\d{20}", invoice.number, re.ASCII):
        raise MalformedInvoice("The number of a fully digital e-fapiao has 20 digits.")
    return invoice


def _numbered(invoice: Invoice) -> Invoice:
    code_form, number_form = (r"\d{10}|\d{12}", r"\d{8}") if invoice.code else ("", r"\d{20}")
    has_form = re.fullmatch(code_form, invoice.code, re.ASCII) and re.fullmatch(
        number_form, invoice.number, re.ASCII
    )
    if not has_form:
        raise MalformedInvoice("An e-fapiao has a code of 10 or 12 digits and a number of 8, or 20 digits.")
    return invoice


def _read(terms: Terms, table: _Table, syntax: str) -> Invoice:
    def text(term: str) -> str:
        return terms.text(*table.get(term, ()))

    net = terms.amount(*table["net"])
    gross = terms.amount(*table["gross"])
    tax = terms.amount(*table["tax"])
    if gross is None:
        gross = _sum(net, tax)
    document_class = _class(gross)
    return Invoice(
        number=terms.required("number", *table["number"]),
        code=text("code"),
        issued_on=terms.required_day("issued_on", *table["issued_on"]),
        document_class=document_class,
        currency="CNY",
        payable=gross,
        seller=_trader(text("seller_name"), text("seller_id")) or missing("seller"),
        buyer=_trader(text("buyer_name"), text("buyer_id")) or missing("buyer"),
        syntax=syntax,
        type_code=text("type_code"),
        net=net,
        gross=gross,
        tax=tax,
        preceding=_preceding(terms, table) if document_class is InvoiceClass.CREDIT_NOTE else (),
        lines=_lines(terms, table),
        profile=text("profile"),
    )


def _class(gross: Decimal) -> InvoiceClass:
    return InvoiceClass.CREDIT_NOTE if gross < 0 else InvoiceClass.INVOICE


def _sum(net: Decimal | None, tax: Decimal | None) -> Decimal:
    if net is None or tax is None:
        missing("gross")
    return net + tax


def _preceding(terms: Terms, table: _Table) -> tuple[str, ...]:
    note = terms.said(*table["note"])
    return tuple(found.group(1) for form in _PRECEDING if (found := form.search(note)))[:1]


def _trader(name: str, number: str) -> Trader | None:
    return trader(name, "CN", (number, USCC)) if name or number else None


def _lines(terms: Terms, table: _Table) -> tuple[Line, ...]:
    names = ("line_id", "name", "quantity", "unit_price", "amount")
    paths = {name: table.get(f"line_{name}", ()) for name in names}
    return tuple(
        one.line(paths, str(place))
        for path in table.get("lines", ())
        for place, one in enumerate(terms.each(path), 1)
    )
