"""Files inside a ZIP archive: read in memory one by one, their paths ignored, within bounds on everything.

Nothing a header claims is believed: sizes are counted while reading.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from registry.invoices.errors import MalformedInvoice, TooLarge
from registry.kit.errors import Refusal

MAX_ENTRIES = 256
MAX_ENTRY_BYTES = 10 * 2**20
MAX_UNPACKED_BYTES = 32 * 2**20
MAX_RATIO = 100  # deflate reaches 1,032; an XML invoice some 20
FREE_BYTES = 2**20  # unpacked before the ratio counts

MAX_NAME_CHARS = 100
_IS_UTF_8 = 0x800
_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_DIRECTORY_ENTRY = b"PK\x01\x02"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in an archive: ``name`` without its path, ``path`` as the archive has it."""

    name: str
    path: str
    info: ZipInfo


class Archive:
    """A ZIP archive in memory. Raises TooLarge for one with too many files, MalformedInvoice for a damaged one."""

    def __init__(self, content: bytes) -> None:
        # Counted before the directory is read, which would build an object for each.
        if content.count(_DIRECTORY_ENTRY) > 2 * MAX_ENTRIES:
            raise TooLarge(f"The archive holds more than {MAX_ENTRIES} files.")
        self._left = min(MAX_UNPACKED_BYTES, FREE_BYTES + MAX_RATIO * len(content))
        try:
            self._zip = ZipFile(BytesIO(content))
            found = [one for one in self._zip.infolist() if not one.is_dir()]
        except Exception as error:  # zipfile, struct and codecs each have their own
            raise MalformedInvoice("The archive is damaged; pack it once more.") from error
        if len(found) > MAX_ENTRIES:
            raise TooLarge(f"The archive holds more than {MAX_ENTRIES} files.")
        self.entries = [Entry(_name(one), one.filename, one) for one in found]

    @property
    def is_office(self) -> bool:
        """Whether this is one document of an office program (OOXML, OpenDocument) and not an archive of files."""
        return any(entry.path in ("[Content_Types].xml", "mimetype") for entry in self.entries)

    def read(self, entry: Entry) -> bytes:
        """A file's content. Raises TooLarge where it, or all that was read of the archive, unpacks to too much, and
        MalformedInvoice where it is damaged, encrypted, or packed in a way that is not read."""
        info = entry.info
        if info.flag_bits & 0x1 or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise MalformedInvoice("A file of the archive is encrypted or packed in an uncommon way.")
        bound = min(MAX_ENTRY_BYTES, self._left)
        try:
            with self._zip.open(info) as file:
                content = file.read(bound + 1)
        except Exception as error:  # and so has zlib
            raise MalformedInvoice("A file of the archive is damaged; pack it once more.") from error
        self._left -= min(len(content), self._left)
        if len(content) > bound:
            raise TooLarge("The archive unpacks to more than any invoices need.")
        return content


def _name(info: ZipInfo) -> str:
    """The name without its path. Where the archive does not say it is UTF-8, it mostly is, or GB 18030."""
    name = info.filename
    if not info.flag_bits & _IS_UTF_8:
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/").rsplit("/", 1)[-1][-MAX_NAME_CHARS:]


def looks_like_archive(content: bytes) -> bool:
    return content.startswith(_STARTS)


def files(archive: Archive) -> Iterator[tuple[str, bytes | Refusal]]:
    """Name and content of each file, or why it cannot be unpacked; what systems put beside files is left out."""
    for entry in archive.entries:
        if entry.name.startswith(".") or entry.path.startswith("__MACOSX/"):
            continue
        try:
            yield entry.name, archive.read(entry)
        except Refusal as refusal:
            yield entry.name, refusal
