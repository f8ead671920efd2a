"""Sample invoices for trying things out: fictional firms, all data invented.

1, 2 and 3 are from one supplier to one obligor, in three formats, and together come to 1,000,000.00 CNY. 4 is
1 in another syntax and 5 is 1 with another amount. 6 is a fapiao of the schema of 2019; 7 and 8 are one
invoice in euro in two syntaxes.
"""

from pathlib import Path

NAMES = (
    "invoice-1.ubl.xml",
    "invoice-2.pdf",
    "invoice-3.fapiao.xml",
    "invoice-4-same-as-1.cii.xml",
    "invoice-5-altered-1.ubl.xml",
    "invoice-6.fapiao-2019.xml",
    "invoice-7-euro.ubl.xml",
    "invoice-8-same-as-7.cii.xml",
)
MILLION = NAMES[:3]


def folder() -> Path:
    """Where the files lie."""
    return Path(__file__).parent / "samples"


def read(name: str) -> bytes:
    """The bytes of one of ``NAMES``."""
    return (folder() / name).read_bytes()
