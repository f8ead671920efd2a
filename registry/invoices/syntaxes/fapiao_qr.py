"""The text of the QR code on a Chinese fapiao: which one it is, an amount and its day; not whose it is.

``01,<kind>,<code>,<number>,<amount>,<YYYYMMDD>,<check code>,<checksum>``. On fapiao with a code the amount is the net
one; on fully digital ones both are met, so that it is compared with either.
"""

import re

from registry.invoices.errors import MalformedInvoice
from registry.invoices.invoice import Invoice, InvoiceClass, Trader
from registry.invoices.syntaxes.terms import amount, day

MAX_BYTES = 512
_QR = re.compile(
    rb"01,\d{2},(?P<code>\d{10}|\d{12}|),(?P<number>\d{8}|\d{20}),(?P<amount>-?\d{1,15}(?:\.\d{1,2})?),"
    rb"(?P<day>\d{8}),\d{0,20},[0-9A-Za-z]{0,16},?"
)


def looks_like_qr(content: bytes) -> bool:
    """Whether a file is the text of a fapiao's QR code and nothing else."""
    return len(content) <= MAX_BYTES and _plain(content).startswith(b"01,")


def read(content: bytes) -> Invoice:
    """The fapiao a QR code names; its traders are nameless. Raises MalformedInvoice."""
    found = _QR.fullmatch(_plain(content))
    if found is None or bool(found["code"]) != (len(found["number"]) == 8):
        raise MalformedInvoice("The text of a fapiao's QR code has eight fields; scan it once more.")
    said = {name: value.decode() for name, value in found.groupdict().items()}
    total = amount(said["amount"])
    return Invoice(
        number=said["number"],
        code=said["code"],
        issued_on=day(said["day"]),
        document_class=InvoiceClass.CREDIT_NOTE if total < 0 else InvoiceClass.INVOICE,
        currency="CNY",
        payable=total,
        seller=Trader("", "CN"),
        buyer=Trader("", "CN"),
        syntax="fapiao-qr",
        layer="qr",
        total=total,
    )


def _plain(content: bytes) -> bytes:
    return content.removeprefix(b"\xef\xbb\xbf").strip()
