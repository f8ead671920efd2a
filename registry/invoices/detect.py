"""Which syntax a file is in: decided by content, never by name."""

import re
from collections.abc import Callable
from dataclasses import replace

from lxml import etree

from registry.invoices.errors import DoctypeRefused, MalformedInvoice, TooLarge, UnsupportedSyntax
from registry.invoices.invoice import Invoice
from registry.invoices.pdf import embedded_xml, looks_like_xml
from registry.invoices.syntaxes import cii, fapiao, ubl

MAX_FILE_BYTES = 20 * 2**20
MAX_XML_BYTES = 10 * 2**20

_READERS: dict[str, Callable[[etree._Element], Invoice]] = {
    ubl.INVOICE: ubl.read,
    ubl.CREDIT_NOTE: ubl.read,
    cii.INVOICE: cii.read,
    fapiao.DIGITAL: fapiao.read_digital,
    **dict.fromkeys(fapiao.OF_2019, fapiao.read_2019),
}

# Known by sight and not read: the refusal says what the file is.
_OTHER_ROOTS = {
    "CrossIndustryDocument": "ZUGFeRD 1.0",
    "FatturaElettronica": "FatturaPA",
    "Comprobante": "CFDI",
    "NFe": "NF-e",
    "nfeProc": "NF-e",
    "InvoiceData": "NAV (Hungary)",
    "xbrl": "an XBRL voucher",
}
_OTHER_STARTS = (
    (b"PK\x03\x04", "a ZIP or OFD archive"),
    (b"PK\x05\x06", "an empty archive"),
    (b"UNA", "EDIFACT"),
    (b"UNB", "EDIFACT"),
    (b"{", "JSON"),
    (b"[", "JSON"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
# Atomic and possessive, so that a hostile prolog is walked once.
_PROLOG_WITH_DOCTYPE = re.compile(rb"(?>\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL | re.IGNORECASE)


def read_document(content: bytes) -> Invoice:
    """The invoice in ``content``, the bytes of one file.

    Raises UnsupportedSyntax, MalformedInvoice, DoctypeRefused, TooLarge, NoInvoiceInside,
    SeveralInvoicesInside, MissingField.
    """
    if len(content) > MAX_FILE_BYTES:
        raise TooLarge(f"The file has more than {MAX_FILE_BYTES // 2**20} MB.")
    if not content.strip():
        raise MalformedInvoice("The file is empty.")
    if looks_like_xml(content):
        return _read_xml(content)
    if b"%PDF-" in content[:1024]:
        return replace(_read_xml(embedded_xml(content)), layer="pdf-attachment")
    raise UnsupportedSyntax(_sentence(_kind(content)))


def _read_xml(content: bytes) -> Invoice:
    root = parse(content)
    reader = _READERS.get(str(root.tag))
    if reader is None or (root.tag == fapiao.DIGITAL and root.find("EInvoiceData") is None):
        raise UnsupportedSyntax(_sentence(_OTHER_ROOTS.get(etree.QName(root).localname, "")))
    return reader(root)


def parse(content: bytes) -> etree._Element:
    """The root of a well-formed XML document: no DOCTYPE, no entities, bounded in bytes and depth (256).

    Comments and processing instructions are left out, so that they cannot cut a field in two.
    """
    if len(content) > MAX_XML_BYTES:
        raise TooLarge(f"The XML has more than {MAX_XML_BYTES // 2**20} MB.")
    # Looked for before parsing, so that nothing a declaration holds is ever read; NUL bytes are UTF-16's.
    if _PROLOG_WITH_DOCTYPE.match(content.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xfe\xff")):
        raise DoctypeRefused("Save the invoice again without its DOCTYPE.")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        if "depth" in str(error).lower() or "huge" in str(error).lower():
            raise TooLarge("The XML is nested deeper than any invoice.") from error
        raise MalformedInvoice("The XML is not well-formed; fetch the file once more.") from error
    except (ValueError, LookupError) as error:
        raise MalformedInvoice("The XML is in no encoding that can be read.") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise DoctypeRefused("Save the invoice again without its DOCTYPE.")
    return root


def _kind(content: bytes) -> str:
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return next((name for sign, name in _OTHER_STARTS if start.startswith(sign)), "")


def _sentence(kind: str) -> str:
    said = f"This file is {kind}. " if kind else ""
    return f"{said}Read are UBL 2, CII (Factur-X, ZUGFeRD 2, XRechnung), e-fapiao XML, and PDFs with one."
