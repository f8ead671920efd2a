"""Files made to hurt their reader, built when asked for: nothing large is kept."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from itertools import pairwise
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile

from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

from tests.invoices import documents
from tests.invoices.builders import pdf, ubl

MB = 2**20


def entity_bomb() -> bytes:
    names = "abcdefghij"
    inside = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise(names))
    return f'<!DOCTYPE x [<!ENTITY a "lol">{inside}]><x>&j;</x>'.encode()


def external_entity() -> bytes:
    return b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


def nested(opening: bytes, closing: bytes, size: int = 5 * MB) -> bytes:
    half = size // 2
    return opening * (half // len(opening)) + closing * (half // len(closing))


def zip_bomb(compression: int = ZIP_DEFLATED) -> bytes:
    return documents.archive({"invoice.xml": b"<a>" + b" " * (24 * MB)}, compression=compression)


def many_bombs() -> bytes:
    return documents.archive(dict.fromkeys((f"{place}.xml" for place in range(6)), b"<a>" + b" " * (11 * MB)))


def nested_archives(depth: int = 5) -> bytes:
    content = ubl()
    for _ in range(depth):
        content = documents.archive({"inner.zip": content})
    return content


def crowded_archive(entries: int = 3000) -> bytes:
    return documents.archive(
        dict.fromkeys((f"{place}.xml" for place in range(entries)), b""), compression=ZIP_STORED
    )


def overlapping_archive() -> bytes:
    """Every directory entry names the same compressed data."""
    unpacked = b" " * (9 * MB)
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(unpacked) + packed.flush()
    facts = (0, 8, 0, 0, zlib.crc32(unpacked), len(data), len(unpacked), 1, 0)
    head = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, *facts)
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, *facts, 0, 0, 0, 0, 0) + b"x"
    directory = entry * 200
    body = head + b"x" + data
    return (
        body
        + directory
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 200, 200, len(directory), len(body), 0)
    )


def lying_archive() -> bytes:
    """Its directory claims 10 bytes for what unpacks to 24 MB."""
    content = bytearray(documents.archive({"a.xml": b"<a>" + b" " * (24 * MB)}))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(mark) + place
        content[at : at + 4] = struct.pack("<L", 10)
    return bytes(content)


def encrypted_archive() -> bytes:
    content = bytearray(documents.archive({"a.xml": ubl()}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    return bytes(content)


def ofd_bomb() -> bytes:
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as packed:
        packed.writestr("OFD.xml", b"<o:OFD xmlns:o='http://www.ofdspec.org/2016'>" + b" " * (24 * MB))
    return written.getvalue()


def ofd_of_many() -> bytes:
    return documents.ofd(*(documents.fapiao(number=f"{place:020d}") for place in range(200)))


def pdf_bomb() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(10, 10)
    writer.add_attachment("factur-x.xml", b"<a>" + b" " * (24 * MB))
    writer.compress_identical_objects()
    for place, one in enumerate(writer._objects):
        if isinstance(one, StreamObject) and len(one.get_data()) > MB:
            writer._objects[place] = one.flate_encode()
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def looping_pdf() -> bytes:
    """Its list of files contains itself."""
    writer = PdfWriter()
    writer.add_blank_page(10, 10)
    tree = DictionaryObject()
    own = writer._add_object(tree)
    tree[NameObject("/Kids")] = ArrayObject([own, own])
    names = DictionaryObject({NameObject("/EmbeddedFiles"): own})
    writer._root_object[NameObject("/Names")] = names
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def utf_7() -> bytes:
    return b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x+AD4-' + ubl(prolog="")


HOSTILE: dict[str, Callable[[], bytes]] = {
    "entity bomb": entity_bomb,
    "external entity": external_entity,
    "entity bomb in UTF-16": lambda: entity_bomb().decode().encode("utf-16"),
    "XML of 5 MB nesting": lambda: nested(b"<a>", b"</a>"),
    "XML of siblings without end": lambda: b"<a>" + b"<b/>" * 2_000_000 + b"</a>",
    "giant attribute": lambda: b'<a b="' + b"x" * (12 * MB) + b'"/>',
    "attributes without end": lambda: (
        b"<a " + b" ".join(b'a%d=""' % place for place in range(500_000)) + b"/>"
    ),
    "giant text": lambda: ubl(number="9" * (9 * MB)),
    "giant name": lambda: b"<" + b"a" * (9 * MB) + b"/>",
    "another encoding than it says": lambda: ubl(seller_name="Müller").decode().encode("latin-1"),
    "UTF-7": utf_7,
    "bytes of no encoding": lambda: b"<a>\xff\xfe\xfd</a>",
    "lines without end": lambda: ubl(extra="<a:InvoiceLine/>" * 100_000),
    "several thousand bodies": lambda: documents.fatturapa(*["<FatturaElettronicaBody/>"] * 100_000),
    "JSON of 5 MB nesting": lambda: nested(b"[", b"]"),
    "JSON of 1 MB nesting": lambda: nested(b"[", b"]", MB),
    "JSON nested in an invoice": lambda: b'{"DocDtls":' + nested(b'{"a":', b"}", MB),
    "JSON of 2 MB of lists": lambda: b"[" + b"[]," * 600_000 + b"[]]",
    "JSON with a number without end": lambda: b'{"DocDtls": {"No": ' + b"9" * MB + b"}}",
    "EDIFACT without end": lambda: documents.edifact(*[documents.edifact_message()] * 4000, end=""),
    "EDIFACT of one segment": lambda: b"UNA:+.? 'UNB" + b"+" * (3 * MB) + b"'",
    "EDIFACT of components": lambda: b"UNA:+.? 'UNB+" + b":" * (3 * MB) + b"'",
    "EDIFACT of releases": lambda: b"UNA:+.? 'UNB+" + b"?" * (3 * MB) + b"'",
    "EDIFACT of 5 MB": lambda: b"UNA:+.? '" + b"X'" * (5 * MB // 2),
    "zip bomb": zip_bomb,
    "zip bomb in LZMA": lambda: zip_bomb(ZIP_LZMA),
    "zip of many bombs": many_bombs,
    "zip with overlapping files": overlapping_archive,
    "zip that lies about sizes": lying_archive,
    "zip of 3,000 files": crowded_archive,
    "zip in zip in zip": nested_archives,
    "zip with a password": encrypted_archive,
    "zip cut short": lambda: documents.archive({"a.xml": ubl()})[:-30],
    "zip of nothing but its sign": lambda: b"PK\x03\x04" + b"\x00" * 1000,
    "OFD bomb": ofd_bomb,
    "OFD of many": ofd_of_many,
    "OFD with a doctype": lambda: documents.archive({"OFD.xml": entity_bomb()}),
    "PDF cut short": lambda: pdf(ubl())[:300],
    "PDF of noise": lambda: b"%PDF-1.7\n" + bytes(range(256)) * 4096,
    "PDF bomb": pdf_bomb,
    "PDF of two invoices": lambda: pdf(ubl(), ubl(number="2")),
    "PDF in a loop": looping_pdf,
    "PDF with a doctype": lambda: pdf(entity_bomb()),
    "signed bomb": lambda: documents.signed(entity_bomb()),
    "signed in pieces without end": lambda: (
        documents.signed(b"")[:-2].replace(b"\x04\x00", b"\x24\x80") + b"\x04\x00" * 100_000
    ),
    "signed at a length of 2 to the 64": lambda: b"\x30\x88" + b"\xff" * 8 + documents.signed(b"")[2:],
    "base64 of nothing": lambda: b"MI" + b"A" * (10 * MB),
    "nothing but zeros": lambda: bytes(10 * MB),
}
