"""NF-e and NFC-e 4.00 (SEFAZ, Brazil), alone or with its protocol (nfeProc). Known by its access key of 44 characters.

Taxes are inside the prices, so that there is no net total. A return (finNFe 4) takes goods back; an entry (tpNF 0) is
written by whoever buys: nothing is payable to its issuer.
"""

import re
from decimal import Decimal

from lxml.etree import _Element

from registry.invoices.errors import MalformedInvoice, NoIdentity
from registry.invoices.invoice import Invoice, InvoiceClass, Trader
from registry.invoices.syntaxes.terms import Terms, trader
from registry.kit.identifiers import TAX

_NAMESPACE = "http://www.portalfiscal.inf.br/nfe"
ROOTS = (f"{{{_NAMESPACE}}}nfeProc", f"{{{_NAMESPACE}}}NFe")
_ISSUED_ON = ("n:ide/n:dhEmi", "n:ide/n:dEmi")
_TERMS = {
    "number": "n:ide/n:nNF",
    "series": "n:ide/n:serie",
    "model": "n:ide/n:mod",
    "type_code": "n:ide/n:finNFe",
    "direction": "n:ide/n:tpNF",
    "gross": "n:total/n:ICMSTot/n:vNF",
    "billed": "n:cobr/n:fat/n:vLiq",
    "due_on": "n:cobr/n:dup/n:dVenc",
    "preceding": "n:ide/n:NFref/n:refNFe",
    "lines": "n:det",
}
_LINE = {
    "line_id": (),
    "name": ("n:prod/n:xProd",),
    "quantity": ("n:prod/n:qCom",),
    "unit_price": ("n:prod/n:vUnCom",),
    "amount": ("n:prod/n:vProd",),
}
_PARTIES = {"seller": "n:emit", "buyer": "n:dest"}
_CLASSES = {"3": InvoiceClass.CORRECTION, "4": InvoiceClass.CREDIT_NOTE}
# State and month, CNPJ (letters since 2026), model, series, number, form of emission and code, check digit.
_KEY = re.compile(r"(\d{6})([0-9A-Z]{12}\d{2})(\d{2})(\d{3})(\d{9})\d{9}(\d)", re.ASCII)


def read(root: _Element) -> Invoice:
    """The NF-e at ``root``. Raises MissingField, MalformedInvoice; NoIdentity where it has no access key."""
    prefixes = {"n": _NAMESPACE}
    terms = Terms(root, prefixes).part("infNFe", "n:NFe/n:infNFe" if root.tag == ROOTS[0] else "n:infNFe")
    gross = terms.required_amount("gross", _TERMS["gross"])
    type_code = terms.text(_TERMS["type_code"])
    billed = terms.amount(_TERMS["billed"])
    days = [one for path in terms.each(_TERMS["due_on"]) if (one := path.day("."))]
    seller = _party(terms, "seller")
    is_entry = terms.text(_TERMS["direction"]) == "0"
    return Invoice(
        number=terms.required("number", _TERMS["number"]),
        code=terms.text(_TERMS["series"]),
        issued_on=terms.required_day("issued_on", *_ISSUED_ON),
        document_class=_CLASSES.get(type_code, InvoiceClass.INVOICE),
        currency="BRL",
        payable=Decimal(0) if is_entry else min(gross, billed if billed is not None else gross),
        seller=seller,
        buyer=_party(terms, "buyer"),
        syntax="nfe",
        type_code=type_code,
        due_on=max(days, default=None),
        gross=gross,
        preceding=terms.texts(_TERMS["preceding"]),
        lines=tuple(one.line(_LINE, one.attribute("nItem")) for one in terms.each(_TERMS["lines"])),
        profile=terms.attribute("versao"),
        official_id=_access_key(terms),
    )


def _access_key(terms: Terms) -> str:
    """The key, its check digit right and its parts those of the document. Raises NoIdentity, MalformedInvoice."""
    written = terms.attribute("Id").removeprefix("NFe").strip().upper()
    if not written:
        raise NoIdentity("The NF-e has no access key: it was never sent to the tax office.")
    found = _KEY.fullmatch(written)
    if found is None or check_digit(written[:-1]) != written[-1]:
        raise MalformedInvoice("The access key of the NF-e has not its 44 characters or a wrong check digit.")
    _, issuer, model, series, number, _ = found.groups()
    said = terms.text(f"{_PARTIES['seller']}/n:CNPJ", f"{_PARTIES['seller']}/n:CPF").upper()
    parts = [(model, 2, "model"), (series, 3, "series"), (number, 9, "number")]
    if issuer != said.zfill(14) or any(one != terms.text(_TERMS[term]).zfill(n) for one, n, term in parts):
        raise MalformedInvoice("The access key of the NF-e says another issuer, model, series or number.")
    return written


def check_digit(written: str) -> str:
    """The last digit of an access key: modulo 11 with weights 2 to 9 from the right, letters as ASCII less 48 (Nota
    Técnica 2025.001)."""
    weighed = sum((ord(char) - 48) * (2 + place % 8) for place, char in enumerate(reversed(written)))
    rest = weighed % 11
    return "0" if rest < 2 else str(11 - rest)


def _party(terms: Terms, side: str) -> Trader:
    found = terms.part(side, _PARTIES[side])
    ids = [(found.text(f"n:{name}"), TAX) for name in ("CNPJ", "CPF", "idEstrangeiro")]
    return trader(found.text("n:xNome"), "BR", *ids)
