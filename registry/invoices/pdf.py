"""The electronic invoice inside a PDF: Factur-X and ZUGFeRD embed it as a file (PDF/A-3, ISO 19005-3)."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pypdf
from pypdf.errors import LimitReachedError
from pypdf.generic import ArrayObject, DictionaryObject, EmbeddedFile

from registry.invoices.errors import MalformedInvoice, NoInvoiceInside, SeveralInvoicesInside, TooLarge
from registry.invoices.xml import looks_like_xml

MAX_STREAM_BYTES = 16 * 2**20
MAX_ATTACHMENTS = 16
MAX_TREE_NODES = 64

# The library's own bounds let each stream unpack to 75 MB.
BOUNDS = replace(
    pypdf.get_configuration(),
    zlib_maximum_output_length=MAX_STREAM_BYTES,
    lzw_maximum_output_length=MAX_STREAM_BYTES,
    run_length_maximum_output_length=MAX_STREAM_BYTES,
    array_based_stream_maximum_output_length=MAX_STREAM_BYTES,
    brotli_maximum_output_length=MAX_STREAM_BYTES,
    stream_decoding_work_maximum_length=2 * MAX_STREAM_BYTES,
)

# A damaged file is answered with a refusal; the reader's own remarks on it would only fill the log.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def looks_like_pdf(content: bytes) -> bool:
    return b"%PDF-" in content[:1024]


def embedded_xml(content: bytes) -> bytes:
    """The one XML file a PDF carries.

    Raises NoInvoiceInside, SeveralInvoicesInside (never "take the first"), TooLarge, and MalformedInvoice for
    a PDF that is broken or encrypted.
    """
    try:
        with pypdf.apply_configuration(BOUNDS):
            found = {data for data in _attachments(content) if looks_like_xml(data)}
    except TooLarge:
        raise
    except LimitReachedError as error:
        raise TooLarge("A part of the PDF unpacks to more than any invoice needs.") from error
    except Exception as error:  # a hostile PDF can break its reader in any way
        raise MalformedInvoice("The PDF is damaged or encrypted; save it again without password.") from error
    if not found:
        raise NoInvoiceInside("The PDF shows a page but carries no electronic invoice; ask for the XML file.")
    if len(found) > 1:
        raise SeveralInvoicesInside(
            "The PDF carries several XML files and does not say which is the invoice."
        )
    return found.pop()


def _attachments(content: bytes) -> Iterator[bytes]:
    reader = pypdf.PdfReader(BytesIO(content))
    if reader.is_encrypted:
        raise MalformedInvoice("The PDF is encrypted.")
    for count, specification in enumerate(_specifications(reader.root_object)):
        # A file is usually listed twice: in the name tree and as associated with the document.
        if count >= 2 * MAX_ATTACHMENTS:
            raise TooLarge(f"The PDF carries more than {MAX_ATTACHMENTS} files.")
        yield EmbeddedFile("", specification).content


def _specifications(root: DictionaryObject) -> Iterator[DictionaryObject]:
    """File specifications of the name tree, at any depth, and of the document's associated files."""
    names = _get(root, "/Names", DictionaryObject())
    waiting = [_get(names, "/EmbeddedFiles", DictionaryObject())]
    seen = 0
    while waiting:
        node = waiting.pop()
        seen += 1
        if seen > MAX_TREE_NODES:
            raise TooLarge("The PDF's list of embedded files is deeper than any invoice needs.")
        waiting.extend(one.get_object() for one in _get(node, "/Kids", ArrayObject()))
        yield from _files(_get(node, "/Names", ArrayObject()))
    yield from _files(_get(root, "/AF", ArrayObject()))


def _get(node: DictionaryObject, key: str, default: Any) -> Any:
    found = node[key].get_object() if key in node else None
    return found if isinstance(found, type(default)) else default


def _files(listed: ArrayObject) -> Iterator[DictionaryObject]:
    for one in listed:
        found = one.get_object()
        if isinstance(found, DictionaryObject) and "/EF" in found:
            yield found
