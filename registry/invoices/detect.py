"""Which syntax a file is in, and which documents it carries: decided by content, never by name."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TypeVar

from lxml import etree

from registry.invoices import archive, cms, ofd
from registry.invoices.errors import (
    MalformedInvoice,
    NoInvoiceInside,
    SeveralInvoicesInside,
    TooLarge,
    UnsupportedSyntax,
)
from registry.invoices.invoice import Invoice
from registry.invoices.pdf import embedded_xml, looks_like_pdf
from registry.invoices.syntaxes import (
    cfdi,
    cii,
    edifact,
    fapiao,
    fapiao_qr,
    fatturapa,
    gst,
    nav,
    nfe,
    ubl,
)
from registry.invoices.syntaxes.terms import credited
from registry.invoices.xml import looks_like_xml, parse
from registry.kit.errors import Refusal

MAX_FILE_BYTES = 20 * 2**20
MAX_DOCUMENTS = 256

_Part = TypeVar("_Part")
_Result = Invoice | Refusal

_READERS: dict[str, Callable[[etree._Element], Invoice]] = {
    ubl.INVOICE: ubl.read,
    ubl.CREDIT_NOTE: ubl.read,
    cii.INVOICE: cii.read,
    cii.ZUGFERD_1: cii.read,
    fapiao.DIGITAL: fapiao.read_digital,
    fapiao.XBRL: fapiao.read_voucher,
    **dict.fromkeys(fapiao.OF_2019, fapiao.read_2019),
    **dict.fromkeys(cfdi.ROOTS, cfdi.read),
    **dict.fromkeys(nfe.ROOTS, nfe.read),
    **dict.fromkeys(nav.ROOTS, nav.read),
}
# Roots that others use too.
_CONDITIONS: dict[str, Callable[[etree._Element], bool]] = {
    fapiao.DIGITAL: lambda root: root.find("EInvoiceData") is not None,
    fapiao.XBRL: fapiao.is_voucher,
}
# Known by sight and not read: the refusal says what the file is.
_OTHER_ROOTS = {
    "xbrl": "an XBRL report or the voucher of something else than an e-fapiao",
    "FatturaElettronicaSemplificata": "a simplified Italian invoice",
    "InvoiceData": "NAV data of another version",
    "Envelope": "a SOAP message",
}
_OTHER_STARTS = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """One document of a file: its ``invoice``, or the ``refusal`` that says why there is none.

    ``name`` is its name inside an archive, else empty; ``content`` the file it stands in, ``sha256`` the hash of that,
    hexadecimal.
    """

    name: str
    sha256: str
    content: bytes = b""
    invoice: Invoice | None = None
    refusal: Refusal | None = None


def documents_in(content: bytes) -> Iterator[Found]:
    """Every document of one file, in order: what is wrong with one stops no other. Never raises a refusal.

    A file has one document, save FatturaPA with several bodies, JSON lists, EDIFACT interchanges and archives. At most
    MAX_DOCUMENTS are read; what follows is answered by one refusal more.
    """
    for place, found in enumerate(_all_in(content)):
        if place >= MAX_DOCUMENTS:
            refusal = TooLarge(
                f"The file carries more than {MAX_DOCUMENTS} documents; the rest was not read."
            )
            yield Found("", found.sha256, refusal=refusal)
            return
        yield found


def _all_in(content: bytes) -> Iterator[Found]:
    if not archive.looks_like_archive(content) or len(content) > MAX_FILE_BYTES:
        yield from _found("", content)
        return
    try:
        opened = archive.Archive(content)
        if ofd.is_ofd(opened) or opened.is_office:
            yield from _found("", content)
            return
        inside = False
        for name, packed in archive.files(opened):
            inside = True
            if isinstance(packed, Refusal):
                yield Found(name, "", refusal=packed)
            else:
                yield from _found(name, packed)
        if not inside:
            raise NoInvoiceInside("The archive is empty.")
    except Refusal as refusal:
        yield Found("", sha256(content).hexdigest(), refusal=refusal)


def _found(name: str, content: bytes) -> Iterator[Found]:
    digest = sha256(content).hexdigest()
    try:
        for one in _documents(content):
            if isinstance(one, Refusal):
                yield Found(name, digest, content, refusal=one)
            else:
                yield Found(name, digest, content, credited(one))
    except Refusal as refusal:
        yield Found(name, digest, content, refusal=refusal)


def _documents(content: bytes) -> Iterable[_Result]:
    """The documents of a file that is no archive of several, or a refusal of the whole."""
    if len(content) > MAX_FILE_BYTES:
        raise TooLarge(f"The file has more than {MAX_FILE_BYTES // 2**20} MB.")
    if not content.strip():
        raise MalformedInvoice("The file is empty.")
    for is_one, read in _KINDS:
        if is_one(content):
            return read(content)
    raise UnsupportedSyntax(_sentence(_kind(content)))


def _of_xml(content: bytes) -> Iterable[_Result]:
    root = parse(content)
    tag = str(root.tag)
    if tag in fatturapa.ROOTS:
        return _each(fatturapa.parts(root), fatturapa.read)
    reader = _READERS.get(tag)
    if reader is None or not _fits(tag, root):
        raise UnsupportedSyntax(_sentence(_OTHER_ROOTS.get(tag.rpartition("}")[2], "")))
    return [reader(root)]


def _of_pdf(content: bytes) -> Iterable[_Result]:
    for one in _of_xml(embedded_xml(content)):
        yield replace(one, layer="pdf-attachment") if isinstance(one, Invoice) else one


def _of_ofd(content: bytes) -> list[_Result]:
    """The fapiao an OFD carries: its attached data, else what the OFD says itself.

    Raises SeveralInvoicesInside where several are attached, or one that is not what the OFD says.
    """
    opened = archive.Archive(content)
    if opened.is_office:
        raise UnsupportedSyntax(_sentence("an office document"))
    if not ofd.is_ofd(opened):
        raise TooLarge("An archive inside an archive is not opened; pack the invoices into one.")
    attached = [invoice for data in ofd.attached(opened) if (invoice := _fapiao(data)) is not None]
    if len(attached) > 1:
        raise SeveralInvoicesInside("The OFD carries several invoices and does not say which is the one.")
    said = ofd.custom_data(opened)
    number = said.get(fapiao.OFD_NUMBER)
    if attached:
        if number not in (None, attached[0].number):
            raise SeveralInvoicesInside("The OFD says one number and the data attached to it another.")
        return [replace(attached[0], layer="ofd")]
    if not number:
        raise NoInvoiceInside("The OFD shows a page but carries no data of an invoice; ask for the XML file.")
    return [fapiao.read_ofd(said)]


def _fits(tag: str, root: etree._Element) -> bool:
    condition = _CONDITIONS.get(tag)
    return condition is None or condition(root)


def _fapiao(data: bytes) -> Invoice | None:
    root = parse(data)
    tag = str(root.tag)
    is_one = tag in (fapiao.DIGITAL, fapiao.XBRL, *fapiao.OF_2019) and _fits(tag, root)
    return _READERS[tag](root) if is_one else None


def _each(parts: Iterable[_Part], read: Callable[[_Part], Invoice]) -> Iterator[_Result]:
    """Each part read, or why it cannot be."""
    for part in parts:
        try:
            yield read(part)
        except Refusal as refusal:
            yield refusal


def _kind(content: bytes) -> str:
    start = content[:64].lstrip()
    return next((name for sign, name in _OTHER_STARTS if start.startswith(sign)), "")


def _sentence(kind: str) -> str:
    said = f"This file is {kind}. " if kind else ""
    return (
        f"{said}Read are UBL 2, CII (Factur-X, ZUGFeRD, XRechnung), e-fapiao as XML, XBRL, OFD or text of the QR code, "
        "FatturaPA, CFDI, NF-e, NAV, GST JSON, EDIFACT INVOIC, PDFs with one of them, and ZIP archives of all these."
    )


# How to tell, and how to read: the first that fits.
_KINDS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Iterable[_Result]]], ...] = (
    (looks_like_xml, _of_xml),
    (looks_like_pdf, _of_pdf),
    (archive.looks_like_archive, _of_ofd),
    (gst.looks_like_json, lambda content: _each(gst.documents(content), gst.read)),
    (edifact.looks_like_edifact, lambda content: _each(edifact.messages(content), edifact.read)),
    (fapiao_qr.looks_like_qr, lambda content: [fapiao_qr.read(content)]),
    (cms.looks_like_cms, lambda content: _of_xml(cms.content_of(content))),
)
