"""CFDI 3.3 and 4.0 (SAT, Mexico; Anexo 20). What the stamp (TimbreFiscalDigital) calls it is its identity.

``Total`` is what is to be paid: taxes added, withheld ones taken off. Receipts of payment (P), waybills (T) and payrolls
(N) are CFDI too, and nothing is payable on them.
"""

import re
from decimal import Decimal

from lxml.etree import _Element

from registry.invoices.errors import MalformedInvoice, UnsupportedSyntax
from registry.invoices.invoice import Invoice, InvoiceClass, Line
from registry.invoices.syntaxes.terms import Terms, amount, bounded, day, missing, trader
from registry.kit.identifiers import TAX

_NAMESPACES = {"3.3": "http://www.sat.gob.mx/cfd/3", "4.0": "http://www.sat.gob.mx/cfd/4"}
ROOTS = tuple(f"{{{namespace}}}Comprobante" for namespace in _NAMESPACES.values())
_STAMP = "c:Complemento/s:TimbreFiscalDigital"
# Term: element and attribute.
_TERMS = {
    "series": (".", "Serie"),
    "folio": (".", "Folio"),
    "issued_on": (".", "Fecha"),
    "type_code": (".", "TipoDeComprobante"),
    "currency": (".", "Moneda"),
    "subtotal": (".", "SubTotal"),
    "discount": (".", "Descuento"),
    "gross": (".", "Total"),
    "seller_id": ("c:Emisor", "Rfc"),
    "seller_name": ("c:Emisor", "Nombre"),
    "buyer_id": ("c:Receptor", "Rfc"),
    "buyer_name": ("c:Receptor", "Nombre"),
    "official_id": (_STAMP, "UUID"),
}
_LINE = {"name": "Descripcion", "quantity": "Cantidad", "unit_price": "ValorUnitario", "amount": "Importe"}
_PRECEDING = "c:CfdiRelacionados/c:CfdiRelacionado"
_UUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.ASCII)
_CLAIMS = frozenset(("I", "E"))


def read(root: _Element) -> Invoice:
    """The Comprobante at ``root``; without a stamp its ``official_id`` is empty. Raises MissingField,
    MalformedInvoice, and UnsupportedSyntax for another version."""
    version = str(root.get("Version") or root.get("version") or "")[:10]
    namespace = _NAMESPACES.get(version, "")
    if root.tag != f"{{{namespace}}}Comprobante":
        raise UnsupportedSyntax("This is a CFDI of another version; 3.3 and 4.0 are read.")
    terms = Terms(root, {"c": namespace, "s": "http://www.sat.gob.mx/TimbreFiscalDigital"})
    official_id = _official_id(terms)
    type_code = _said(terms, "type_code") or missing("type_code")
    gross = amount(_said(terms, "gross") or missing("gross"))
    subtotal, discount = _said(terms, "subtotal"), _said(terms, "discount")
    return Invoice(
        number=_said(terms, "series") + _said(terms, "folio") or official_id or missing("number"),
        issued_on=day(_said(terms, "issued_on") or missing("issued_on")),
        document_class=InvoiceClass.CREDIT_NOTE if type_code == "E" else InvoiceClass.INVOICE,
        currency=_said(terms, "currency") or missing("currency"),
        payable=gross if type_code in _CLAIMS else Decimal(0),
        seller=trader(
            _said(terms, "seller_name"), "MX", (_said(terms, "seller_id") or missing("seller"), TAX)
        ),
        buyer=trader(_said(terms, "buyer_name"), "MX", (_said(terms, "buyer_id") or missing("buyer"), TAX)),
        syntax="cfdi",
        type_code=type_code,
        net=amount(subtotal) - amount(discount or "0") if subtotal else None,
        gross=gross,
        preceding=tuple(one.attribute("UUID").upper() for one in terms.each(_PRECEDING)),
        lines=tuple(_line(one, place) for place, one in enumerate(terms.each("c:Conceptos/c:Concepto"), 1)),
        profile=version,
        official_id=official_id,
    )


def _official_id(terms: Terms) -> str:
    """The UUID of the one stamp, or nothing. Raises MalformedInvoice where the stamp is another document's."""
    stamps = list(terms.each(_STAMP))
    if not stamps:
        return ""
    found = _said(terms, "official_id").upper()
    if len(stamps) > 1 or not _UUID.fullmatch(found):
        raise MalformedInvoice("A CFDI has one stamp, and the stamp one UUID.")
    if stamps[0].element.get("SelloCFD") != terms.element.get("Sello"):
        raise MalformedInvoice("The stamp is of another CFDI: it repeats another seal.")
    return found


def _said(terms: Terms, term: str) -> str:
    path, name = _TERMS[term]
    return terms.attribute(name, path)


def _line(terms: Terms, place: int) -> Line:
    def figure(term: str) -> Decimal | None:
        written = terms.attribute(_LINE[term])
        return amount(written) if written else None

    return Line(
        line_id=str(place),
        name=bounded(str(terms.element.get(_LINE["name"]) or "")[:500]),
        quantity=figure("quantity"),
        unit_price=figure("unit_price"),
        amount=figure("amount"),
    )
