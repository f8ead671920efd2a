"""One invoice in each syntax, of fictional firms; every argument has a default."""

import json
from datetime import date
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from registry.invoices.syntaxes import gst, nfe

FAPIAO = "26332000001846207153"
UUID = "5F3A1C52-7B1E-4C0D-9A44-2B7D10C3E9F1"
CNPJ = "19131243000197"
GSTIN = "29AAACL4417Q1ZV"


def zugferd_1(*, number: str = "2026-17", payable: str = "1190.00", vat: str = "DE307141589") -> bytes:
    def party(role: str, name: str, registered: str) -> str:
        return (
            f"<r:{role}TradeParty><r:Name>{name}</r:Name><r:PostalTradeAddress><r:CountryID>DE</r:CountryID>"
            f"</r:PostalTradeAddress><r:SpecifiedTaxRegistration><r:ID schemeID='VA'>{registered}</r:ID>"
            f"</r:SpecifiedTaxRegistration></r:{role}TradeParty>"
        )

    unece = "urn:un:unece:uncefact:data:standard"
    due = f"<r:DuePayableAmount>{payable}</r:DuePayableAmount>" if payable else ""
    return (
        "<m:CrossIndustryDocument xmlns:m='urn:ferd:CrossIndustryDocument:invoice:1p0'"
        f" xmlns:r='{unece}:ReusableAggregateBusinessInformationEntity:12' xmlns:u='{unece}:UnqualifiedDataType:15'>"
        f"<m:HeaderExchangedDocument><r:ID>{number}</r:ID><r:TypeCode>380</r:TypeCode><r:IssueDateTime>"
        "<u:DateTimeString format='102'>20260901</u:DateTimeString></r:IssueDateTime></m:HeaderExchangedDocument>"
        "<m:SpecifiedSupplyChainTradeTransaction><r:ApplicableSupplyChainTradeAgreement>"
        f"{party('Seller', 'Nordlicht GmbH', vat)}{party('Buyer', 'Hanse AG', 'DE271828180')}"
        "</r:ApplicableSupplyChainTradeAgreement><r:ApplicableSupplyChainTradeSettlement>"
        "<r:InvoiceCurrencyCode>EUR</r:InvoiceCurrencyCode><r:SpecifiedTradeSettlementMonetarySummation>"
        "<r:TaxBasisTotalAmount>1000.00</r:TaxBasisTotalAmount><r:GrandTotalAmount>1190.00</r:GrandTotalAmount>"
        f"{due}</r:SpecifiedTradeSettlementMonetarySummation></r:ApplicableSupplyChainTradeSettlement>"
        "<r:IncludedSupplyChainTradeLineItem><r:SpecifiedTradeProduct><r:Name>Bolts</r:Name>"
        "</r:SpecifiedTradeProduct></r:IncludedSupplyChainTradeLineItem>"
        "</m:SpecifiedSupplyChainTradeTransaction></m:CrossIndustryDocument>"
    ).encode()


def fapiao(
    *,
    number: str = FAPIAO,
    net: str = "1000.00",
    tax: str = "130.00",
    gross: str = "1130.00",
    seller: str = "91330206MA2NB8Q357",
    note: str = "",
) -> bytes:
    return (
        f"<EInvoice><Header><EIid>{number}</EIid></Header><EInvoiceData>"
        f"<SellerInformation><SellerIdNum>{seller}</SellerIdNum><SellerName>宁波精工</SellerName></SellerInformation>"
        "<BuyerInformation><BuyerIdNum>91310114MA1HY2026T</BuyerIdNum><BuyerName>华源汽车</BuyerName></BuyerInformation>"
        f"<BasicInformation><TotalAmWithoutTax>{net}</TotalAmWithoutTax><TotalTaxAm>{tax}</TotalTaxAm>"
        f"<TotalTax-includedAmount>{gross}</TotalTax-includedAmount></BasicInformation>"
        f"<IssuItemInformation><ItemName>螺栓</ItemName><Quantity>{net}</Quantity><UnPrice>1</UnPrice>"
        f"<Amount>{net}</Amount></IssuItemInformation><AdditionalInformation><Remark>{note}</Remark>"
        "</AdditionalInformation></EInvoiceData><TaxSupervisionInfo>"
        f"<InvoiceNumber>{number}</InvoiceNumber><IssueTime>2026-09-01 10:00:00</IssueTime></TaxSupervisionInfo>"
        "</EInvoice>"
    ).encode()


def voucher(
    *, number: str = FAPIAO, namespace: str = "http://xbrl.mof.gov.cn/taxonomy/2023-12-31/einv"
) -> bytes:
    facts = {
        "InvoiceNumber": number,
        "RequestTime": "2026-09-01T10:00:00",
        "SellerName": "宁波精工",
        "SellerIdNum": "91330206MA2NB8Q357",
        "NameOfAccountingEntity": "华源汽车",
        "UnifiedSocialCreditCodeOfAccountingEntity": "91310114MA1HY2026T",
        "TotalAmWithoutTax": "1000.00",
        "TotalTaxAm": "130.00",
        "TotalTax-includedAmount": "1130.00",
    }
    said = "".join(f"<e:{name} contextRef='c'>{value}</e:{name}>" for name, value in facts.items())
    return (
        f"<x:xbrl xmlns:x='http://www.xbrl.org/2003/instance' xmlns:e='{namespace}'>{said}</x:xbrl>".encode()
    )


def ofd(*attached: bytes, number: str = FAPIAO, code: str = "", **said: str) -> bytes:
    facts = {
        "发票代码": code,
        "发票号码": number,
        "开票日期": "2026年09月01日",
        "合计金额": "1000.00",
        "合计税额": "130.00",
        "销售方纳税人识别号": "91330206MA2NB8Q357",
        "购买方纳税人识别号": "91310114MA1HY2026T",
    } | said
    data = "".join(
        f'<o:CustomData Name="{name}">{value}</o:CustomData>' for name, value in facts.items() if value
    )
    head = (
        '<o:OFD xmlns:o="http://www.ofdspec.org/2016"><o:DocBody><o:DocInfo><o:CustomDatas>'
        f"{data}</o:CustomDatas></o:DocInfo></o:DocBody></o:OFD>"
    )
    files = {f"Doc_0/Attachs/original_{place}.xml": one for place, one in enumerate(attached)}
    return archive({"OFD.xml": head.encode(), "Doc_0/Pages/Page_0/Content.xml": b"<page/>", **files})


def qr(*, code: str = "", number: str = FAPIAO, amount: str = "1130.00", day: str = "20260901") -> bytes:
    return f"01,{'10' if code else '32'},{code},{number},{amount},{day},,7A3F".encode()


def fatturapa(*bodies: str, vat: str = "12345670017") -> bytes:
    return (
        '<p:FatturaElettronica versione="FPR12" xmlns:p="http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2">'
        "<FatturaElettronicaHeader><DatiTrasmissione><FormatoTrasmissione>FPR12</FormatoTrasmissione></DatiTrasmissione>"
        "<CedentePrestatore><DatiAnagrafici><IdFiscaleIVA><IdPaese>IT</IdPaese>"
        f"<IdCodice>{vat}</IdCodice></IdFiscaleIVA><CodiceFiscale>{vat}</CodiceFiscale>"
        "<Anagrafica><Denominazione>Officina Lume Srl</Denominazione></Anagrafica></DatiAnagrafici>"
        "<Sede><Nazione>IT</Nazione></Sede></CedentePrestatore><CessionarioCommittente><DatiAnagrafici>"
        "<CodiceFiscale>02468130011</CodiceFiscale><Anagrafica><Denominazione>Porto Chiaro SpA</Denominazione>"
        "</Anagrafica></DatiAnagrafici><Sede><Nazione>IT</Nazione></Sede></CessionarioCommittente>"
        f"</FatturaElettronicaHeader>{''.join(bodies or (fatturapa_body(),))}</p:FatturaElettronica>"
    ).encode()


def fatturapa_body(
    *,
    number: str = "17/A",
    kind: str = "TD01",
    net: str = "1000.00",
    tax: str = "220.00",
    payment: str = "1220.00",
    due: str = "2026-10-31",
    falls_due: str = "I",
    general: str = "",
    linked: str = "",
) -> str:
    related = (
        f"<DatiFattureCollegate><IdDocumento>{linked}</IdDocumento></DatiFattureCollegate>" if linked else ""
    )
    return (
        f"<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>{kind}</TipoDocumento>"
        f"<Divisa>EUR</Divisa><Data>2026-09-01</Data><Numero>{number}</Numero>{general}</DatiGeneraliDocumento>"
        f"{related}</DatiGenerali><DatiBeniServizi><DettaglioLinee><NumeroLinea>1</NumeroLinea>"
        f"<Descrizione>Viti</Descrizione><PrezzoUnitario>{net}</PrezzoUnitario><PrezzoTotale>{net}</PrezzoTotale>"
        f"</DettaglioLinee><DatiRiepilogo><ImponibileImporto>{net}</ImponibileImporto><Imposta>{tax}</Imposta>"
        f"<EsigibilitaIVA>{falls_due}</EsigibilitaIVA></DatiRiepilogo></DatiBeniServizi><DatiPagamento><DettaglioPagamento>"
        f"<DataScadenzaPagamento>{due}</DataScadenzaPagamento><ImportoPagamento>{payment}</ImportoPagamento>"
        "</DettaglioPagamento></DatiPagamento></FatturaElettronicaBody>"
    )


def cfdi(
    *,
    uuid: str = UUID,
    version: str = "4.0",
    kind: str = "I",
    total: str = "1160.00",
    related: str = "",
    seal: str = "c2VsbG8=",
    stamped_seal: str = "c2VsbG8=",
) -> bytes:
    stamp = (
        '<c:Complemento><t:TimbreFiscalDigital xmlns:t="http://www.sat.gob.mx/TimbreFiscalDigital" Version="1.1"'
        f' UUID="{uuid}" SelloCFD="{stamped_seal}"/></c:Complemento>'
    )
    links = (
        f'<c:CfdiRelacionados><c:CfdiRelacionado UUID="{related}"/></c:CfdiRelacionados>' if related else ""
    )
    return (
        f'<c:Comprobante xmlns:c="http://www.sat.gob.mx/cfd/{version[0]}" Version="{version}" Serie="B" Folio="17"'
        f' Fecha="2026-09-01T10:00:00" Moneda="MXN" SubTotal="1050.00" Descuento="50.00" Total="{total}"'
        f' TipoDeComprobante="{kind}" Sello="{seal}">{links}'
        '<c:Emisor Rfc="LUZ010203AB4" Nombre="Luz del Norte"/><c:Receptor Rfc="MAR040506CD7" Nombre="Mar Abierto"/>'
        '<c:Conceptos><c:Concepto Cantidad="10" Descripcion="Tornillos" ValorUnitario="105.00" Importe="1050.00"/>'
        f"</c:Conceptos>{stamp if uuid else ''}</c:Comprobante>"
    ).encode()


def access_key(*, cnpj: str = CNPJ, number: int = 17) -> str:
    written = f"352609{cnpj}55001{number:09d}112345678"
    return written + nfe.check_digit(written)


def nfe_document(
    *,
    key: str | None = None,
    cnpj: str = CNPJ,
    purpose: str = "1",
    direction: str = "1",
    related: str = "",
    has_protocol: bool = True,
) -> bytes:
    key = access_key(cnpj=cnpj) if key is None else key
    links = f"<NFref><refNFe>{related}</refNFe></NFref>" if related else ""
    space = 'xmlns="http://www.portalfiscal.inf.br/nfe"'
    document = (
        f'<NFe {space}><infNFe versao="4.00" Id="{"NFe" + key if key else ""}"><ide><mod>55</mod><serie>1</serie>'
        "<nNF>17</nNF>"
        f"<dhEmi>2026-09-01T10:00:00-03:00</dhEmi><tpNF>{direction}</tpNF><finNFe>{purpose}</finNFe>{links}</ide>"
        f"<emit><CNPJ>{cnpj}</CNPJ><xNome>Luz Clara Ltda</xNome></emit>"
        "<dest><CNPJ>27865757000102</CNPJ><xNome>Porto Belo SA</xNome></dest>"
        '<det nItem="1"><prod><xProd>Parafusos</xProd><qCom>10</qCom><vUnCom>100</vUnCom><vProd>1000.00</vProd></prod>'
        "</det>"
        "<total><ICMSTot><vNF>1000.00</vNF></ICMSTot></total><cobr><fat><vLiq>1000.00</vLiq></fat>"
        "<dup><dVenc>2026-10-01</dVenc></dup><dup><dVenc>2026-11-01</dVenc></dup></cobr></infNFe></NFe>"
    )
    return (f"<nfeProc {space}>{document}</nfeProc>" if has_protocol else document).encode()


def nav(
    *invoices: str, number: str = "FA2026/17", version: str = "3.0", issued_on: str = "2026-09-01"
) -> bytes:
    inside = "".join(invoices or (nav_invoice(),))
    if len(invoices) > 1:
        inside = "".join(f"<batchInvoice>{one}</batchInvoice>" for one in invoices)
    return (
        f'<InvoiceData xmlns="http://schemas.nav.gov.hu/OSA/{version}/data"><invoiceNumber>{number}</invoiceNumber>'
        f"<invoiceIssueDate>{issued_on}</invoiceIssueDate><invoiceMain>{inside}</invoiceMain></InvoiceData>"
    ).encode()


def nav_invoice(*, gross: str = "1270000", net: str = "1000000", corrects: str = "") -> str:
    reference = (
        f"<invoiceReference><originalInvoiceNumber>{corrects}</originalInvoiceNumber></invoiceReference>"
        if corrects
        else ""
    )
    base = 'xmlns:b="http://schemas.nav.gov.hu/OSA/3.0/base"'
    normal = f"<summaryNormal><invoiceNetAmount>{net}</invoiceNetAmount></summaryNormal>" if net else ""
    return (
        f"<invoice>{reference}<invoiceHead><supplierInfo><supplierTaxNumber><b:taxpayerId {base}>12345676</b:taxpayerId>"
        "</supplierTaxNumber><supplierName>Fénykör Kft</supplierName></supplierInfo><customerInfo><customerVatData>"
        f"<customerTaxNumber><b:taxpayerId {base}>76543216</b:taxpayerId></customerTaxNumber></customerVatData>"
        "<customerName>Hídfő Zrt</customerName></customerInfo><invoiceDetail><invoiceCategory>NORMAL</invoiceCategory>"
        "<currencyCode>HUF</currencyCode><paymentDate>2026-10-01</paymentDate></invoiceDetail></invoiceHead>"
        "<invoiceLines><line><lineNumber>1</lineNumber><lineDescription>Csavar</lineDescription><quantity>10</quantity>"
        f"</line></invoiceLines><invoiceSummary>{normal}<summaryGrossData><invoiceGrossAmount>{gross}</invoiceGrossAmount>"
        "</summaryGrossData></invoiceSummary></invoice>"
    )


def gst_document(
    *, number: str = "KA/26/0017", kind: str = "INV", irn: str | None = None, **changes: Any
) -> dict[str, Any]:
    right = gst.irn(GSTIN, date(2026, 9, 1), kind, number)
    return {
        "Version": "1.1",
        "DocDtls": {"Typ": kind, "No": number, "Dt": "01/09/2026"},
        "SellerDtls": {"Gstin": GSTIN, "LglNm": "Lotus Fasteners"},
        "BuyerDtls": {"Gstin": "27AABCM8812K1ZX", "LglNm": "Monsoon Motors"},
        "ItemList": [{"SlNo": "1", "PrdDesc": "Bolts", "Qty": 10, "UnitPrice": 100.0, "AssAmt": 1000.0}],
        "ValDtls": {"AssVal": 1000.0, "IgstVal": 180.0, "TotInvVal": 1180.0},
        "Irn": right if irn is None else irn,
        **changes,
    }


def gst_json(*documents: dict[str, Any]) -> bytes:
    listed = list(documents or (gst_document(),))
    return json.dumps(listed[0] if len(listed) == 1 else listed).encode()


def edifact(*messages: str, advice: str = "UNA:+.? '", end: str = "UNZ+1+7'") -> bytes:
    return "\n".join(
        [advice, "UNB+UNOC:3+A+B+260901:1000+7'", *(messages or (edifact_message(),)), end]
    ).encode("latin-1")


def edifact_message(
    *,
    number: str = "2026-17",
    kind: str = "380",
    version: str = "D:96A",
    vat: str = "DE307141589",
    summary: str = "MOA+77:1190.00'MOA+125:1000.00'MOA+176:190.00'TAX+7+VAT+++:::19'MOA+125:777'MOA+124:190.00'",
    references: str = "",
) -> str:
    return (
        f"UNH+1+INVOIC:{version}:UN'BGM+{kind}+{number}+9'DTM+137:20260901:102'{references}"
        f"NAD+SU+4000001123452::9++Müller ?+ Söhne++++DE'RFF+VA:{vat}'"
        "NAD+BY+++Hanse AG++++DE'RFF+VA:DE271828180'CUX+2:EUR:4'PAT+1'DTM+13:20261001:102'"
        "LIN+1++4000001000005:EN'IMD+F++:::Bolts'QTY+47:10'MOA+203:1000.00'PRI+AAA:100.00'"
        f"UNS+S'{summary}UNT+20+1'"
    )


def archive(files: dict[str, bytes], *, compression: int = ZIP_DEFLATED) -> bytes:
    written = BytesIO()
    with ZipFile(written, "w", compression) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return written.getvalue()


def signed(content: bytes, *, is_streamed: bool = False) -> bytes:
    """A CMS message over ``content`` with everything up to it, in DER or, in pieces of no said length, in BER."""

    def value(tag: int, inside: bytes) -> bytes:
        if is_streamed and tag in (0x30, 0xA0, 0x24):
            return bytes((tag, 0x80)) + inside + b"\x00\x00"
        size = len(inside)
        length = bytes((size,)) if size < 128 else bytes((0x84,)) + size.to_bytes(4, "big")
        return bytes((tag,)) + length + inside

    oid = bytes.fromhex("06092a864886f70d0107")
    half = len(content) // 2
    octets = (
        value(0x24, value(4, content[:half]) + value(4, content[half:])) if is_streamed else value(4, content)
    )
    inner = value(0x30, oid + b"\x01" + value(0xA0, octets))
    signed_data = value(0x30, b"\x02\x01\x01" + b"\x31\x00" + inner)
    return value(0x30, oid + b"\x02" + value(0xA0, signed_data))


EVERY = {
    "zugferd-1": zugferd_1(),
    "fapiao": fapiao(),
    "fapiao-xbrl": voucher(),
    "fapiao-ofd": ofd(),
    "fapiao-qr": qr(),
    "fatturapa": fatturapa(),
    "cfdi": cfdi(),
    "nfe": nfe_document(),
    "nav": nav(),
    "gst": gst_json(),
    "edifact": edifact(),
}
