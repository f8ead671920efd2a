"""FatturaPA 1.0 to 1.2 (FPA12, FPR12; Agenzia delle Entrate): one header, one or several invoices below it.

Withheld tax (ritenuta) and VAT that the customer pays to the state itself (split payment, art. 17-ter DPR 633/1972) are
not the seller's claim: neither is payable.
"""

from decimal import Decimal

from lxml.etree import _Element

from registry.invoices.invoice import Invoice, InvoiceClass, Trader
from registry.invoices.syntaxes.terms import Terms, country, missing, trader
from registry.kit.identifiers import TAX, VAT

ROOTS = tuple(
    f"{{{namespace}}}FatturaElettronica"
    for namespace in (
        "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2",
        "http://www.fatturapa.gov.it/sdi/fatturapa/v1.1",
        "http://www.fatturapa.gov.it/sdi/fatturapa/v1.0",
    )
)
_GENERAL = "DatiGenerali/DatiGeneraliDocumento"
_SUMMARY = "DatiBeniServizi/DatiRiepilogo"
_PAYMENT = "DatiPagamento/DettaglioPagamento"
_TERMS = {
    "number": f"{_GENERAL}/Numero",
    "issued_on": f"{_GENERAL}/Data",
    "type_code": f"{_GENERAL}/TipoDocumento",
    "currency": f"{_GENERAL}/Divisa",
    "gross": f"{_GENERAL}/ImportoTotaleDocumento",
    "withheld": f"{_GENERAL}/DatiRitenuta/ImportoRitenuta",
    "net": f"{_SUMMARY}/ImponibileImporto",
    "tax": f"{_SUMMARY}/Imposta",
    "rounding": f"{_SUMMARY}/Arrotondamento",
    "due_on": f"{_PAYMENT}/DataScadenzaPagamento",
    "to_pay": f"{_PAYMENT}/ImportoPagamento",
    "preceding": "DatiGenerali/DatiFattureCollegate/IdDocumento",
    "lines": "DatiBeniServizi/DettaglioLinee",
}
_LINE = {
    "line_id": ("NumeroLinea",),
    "name": ("Descrizione",),
    "quantity": ("Quantita",),
    "unit_price": ("PrezzoUnitario",),
    "amount": ("PrezzoTotale",),
}
_PARTIES = {"seller": "CedentePrestatore", "buyer": "CessionarioCommittente"}
_CREDIT_NOTES = frozenset(("TD04", "TD08"))


def parts(root: _Element) -> list[tuple[Terms, Terms]]:
    """Header and body of each invoice of a file, in order, to be given to ``read``. Raises MissingField without any."""
    terms = Terms(root, {})
    header = terms.part("FatturaElettronicaHeader", "FatturaElettronicaHeader")
    return [(header, body) for body in terms.each("FatturaElettronicaBody")] or missing(
        "FatturaElettronicaBody"
    )


def read(part: tuple[Terms, Terms]) -> Invoice:
    """One invoice with the header of its file. Raises MissingField, MalformedInvoice."""
    header, body = part
    type_code = body.text(_TERMS["type_code"])
    net = body.sum(_TERMS["net"]) if body.text(_TERMS["net"]) else None
    gross = _gross(body, net)
    days = [one for path in body.each(_TERMS["due_on"]) if (one := path.day("."))]
    return Invoice(
        number=body.required("number", _TERMS["number"]),
        issued_on=body.required_day("issued_on", _TERMS["issued_on"]),
        document_class=InvoiceClass.CREDIT_NOTE if type_code in _CREDIT_NOTES else InvoiceClass.INVOICE,
        currency=body.required("currency", _TERMS["currency"]),
        payable=_payable(body, gross),
        seller=_party(header, "seller"),
        buyer=_party(header, "buyer"),
        syntax="fatturapa",
        type_code=type_code,
        due_on=max(days, default=None),
        net=net,
        gross=gross,
        preceding=body.texts(_TERMS["preceding"]),
        lines=tuple(one.line(_LINE) for one in body.each(_TERMS["lines"])),
        profile=header.text("DatiTrasmissione/FormatoTrasmissione"),
    )


def _gross(body: Terms, net: Decimal | None) -> Decimal:
    said = body.amount(_TERMS["gross"])
    if said is not None:
        return said
    if net is None:
        missing("gross")
    return net + body.sum(_TERMS["tax"]) + body.sum(_TERMS["rounding"])


def _payable(body: Terms, gross: Decimal) -> Decimal:
    by_the_buyer = sum(
        (one.amount("Imposta") or Decimal(0))
        for one in body.each(_SUMMARY)
        if one.text("EsigibilitaIVA") == "S"
    )
    owed = gross - by_the_buyer - body.sum(_TERMS["withheld"])
    said = body.sum(_TERMS["to_pay"])
    # Two ways to pay may be offered for one amount: more than is owed is never payable.
    return min(said, owed) if said > 0 else owed


def _party(header: Terms, side: str) -> Trader:
    found = header.part(side, _PARTIES[side])
    person = " ".join(found.text(f"DatiAnagrafici/Anagrafica/{one}") for one in ("Nome", "Cognome"))
    vat_country = country(found.text("DatiAnagrafici/IdFiscaleIVA/IdPaese"))
    place = country(found.text("Sede/Nazione"))
    vat = found.text("DatiAnagrafici/IdFiscaleIVA/IdCodice")
    known = trader("", vat_country, (vat, VAT)).identifiers
    # The codice fiscale is Italian wherever its owner sits.
    known += trader("", "IT", (found.text("DatiAnagrafici/CodiceFiscale"), TAX)).identifiers
    name = found.text("DatiAnagrafici/Anagrafica/Denominazione") or person.strip()
    return Trader(name, place, tuple({one.parts: one for one in reversed(known)}.values())[::-1])
