"""OFD (GB/T 33190): the archive in which Chinese e-fapiao come. The data is attached as XML; where it is not,
OFD.xml itself says number, day, net, tax and tax numbers."""

from registry.invoices.archive import Archive
from registry.invoices.errors import TooLarge
from registry.invoices.syntaxes.terms import Terms
from registry.invoices.xml import looks_like_xml, parse

MAX_ATTACHMENTS = 16

_HEAD = "OFD.xml"
_CUSTOM = "{*}DocBody/{*}DocInfo/{*}CustomDatas/{*}CustomData"


def is_ofd(archive: Archive) -> bool:
    return any(entry.path == _HEAD for entry in archive.entries)


def attached(archive: Archive) -> list[bytes]:
    """The XML files among the attachments (a folder Attachs), each content once. Raises TooLarge for too many."""
    inside = [
        one
        for one in archive.entries
        if "/attach" in f"/{one.path.lower()}" and one.name.lower().endswith(".xml")
    ]
    if len(inside) > MAX_ATTACHMENTS:
        raise TooLarge(f"The OFD carries more than {MAX_ATTACHMENTS} files.")
    return list(dict.fromkeys(content for one in inside if looks_like_xml(content := archive.read(one))))


def custom_data(archive: Archive) -> dict[str, str]:
    """What OFD.xml says of the document, by name."""
    head = next(entry for entry in archive.entries if entry.path == _HEAD)
    return {
        one.attribute("Name"): one.text(".") for one in Terms(parse(archive.read(head)), {}).each(_CUSTOM)
    }
