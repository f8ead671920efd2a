"""XML from strangers: no declarations, no entities, bounded in bytes and depth."""

import re

from lxml import etree

from registry.invoices.errors import DoctypeRefused, MalformedInvoice, TooLarge

MAX_XML_BYTES = 10 * 2**20
MAX_MARKS = 400_000  # angle brackets and equals signs: tags and attributes, before a tree is made of them

_MARKS = b"\xef\xbb\xbf\xfe\xff"
# Atomic and possessive, so that a hostile prolog is walked once.
_PROLOG_WITH_DOCTYPE = re.compile(rb"(?>\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL | re.IGNORECASE)
# What invoices are written in. Others, such as UTF-7, could hide a declaration from whoever looks for it in the bytes.
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([^\"']*)")
_ENCODINGS = re.compile(
    rb"(?i)utf-?(8|16)|(us-)?ascii|iso-8859-\d+|windows-125\d|gb(k|2312|18030)|big5|shift_jis|euc-(jp|kr)"
)


def looks_like_xml(content: bytes) -> bool:
    """Whether the first character is ``<``, behind byte-order marks and white space, in UTF-8 or UTF-16."""
    return content[:1024].lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n\x00").startswith(b"<")


def parse(content: bytes) -> etree._Element:
    """The root of a well-formed XML document: no DOCTYPE, no entities, bounded in bytes and depth (256).

    Comments and processing instructions are left out, so that they cannot cut a field in two.
    """
    if len(content) > MAX_XML_BYTES:
        raise TooLarge(f"The XML has more than {MAX_XML_BYTES // 2**20} MB.")
    said = _ENCODING.match(content[:512].replace(b"\x00", b"").lstrip(_MARKS))
    if said is not None and not _ENCODINGS.fullmatch(said[1]):
        raise MalformedInvoice(
            "The XML is in an encoding that invoices are not written in; save it as UTF-8."
        )
    if content.count(b"<") + content.count(b"=") > MAX_MARKS:
        raise TooLarge("The XML has more elements than any invoice needs.")
    # Looked for before parsing, so that nothing a declaration holds is ever read; NUL bytes are UTF-16's.
    if _PROLOG_WITH_DOCTYPE.match(content.replace(b"\x00", b"").lstrip(_MARKS)):
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
