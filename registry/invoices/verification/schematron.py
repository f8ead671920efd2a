"""The official rules of EN 16931 (Schematron compiled to XSLT 2), where the operator has put them into a folder.

Runs them with Saxon, which comes with the extra ``counterfoil[schematron]``. Without files or without Saxon the
answer is ``not_checked``, and says which of the two is missing.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlowError
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import etree

from registry.invoices.invoice import Invoice
from registry.invoices.pdf import embedded_xml
from registry.invoices.verification.findings import Finding, Result
from registry.invoices.xml import parse

CODE = "official_rules"
SECONDS = 10.0
MAX_FINDINGS = 50
MAX_DETAIL_CHARS = 500
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_SYNTAXES = ("ubl", "cii")
_WARNINGS = ("warning", "information", "info")


@dataclass(frozen=True)
class OfficialRules:
    """``folder`` holds one stylesheet a syntax, whose name contains ``UBL`` or ``CII``: the validation artefacts as
    they are published are called ``EN16931-UBL-validation.xslt`` and ``EN16931-CII-validation.xslt``."""

    folder: Path | None = None
    seconds: float = SECONDS

    def judge(self, content: bytes, invoice: Invoice) -> list[Finding]:
        """What the rules say of the document, at most MAX_FINDINGS; nothing where they were not asked for, or are
        not made for its syntax."""
        if self.folder is None or invoice.syntax not in _SYNTAXES:
            return []
        sheet = next(
            (one for one in sorted(self.folder.glob("*.xsl*")) if invoice.syntax in one.name.lower()), None
        )
        if sheet is None:
            return [_not_checked(f"The folder of official rules has none for {invoice.syntax.upper()}.")]
        if find_spec("saxonche") is None:
            return [_not_checked("Saxon is not installed; install counterfoil[schematron].")]
        try:
            xml = embedded_xml(content) if invoice.layer == "pdf-attachment" else content
            # Written anew from what was read with all bounds, so that the processor sees no entity and no DOCTYPE.
            document = etree.tostring(parse(xml), encoding="unicode")
            report = self._saxon.run(sheet, document, self.seconds)
        except TooSlowError:
            return [_not_checked(f"The official rules took longer than {self.seconds:g} s.")]
        except Exception:  # the stylesheet or the processor is at fault, not the invoice
            return [_not_checked("The official rules could not be run; look at their files.")]
        return _read(report)

    @cached_property
    def _saxon(self) -> "_Saxon":
        return _Saxon()


@dataclass
class _Saxon:
    """One thread of its own, since the processor belongs to the thread it was made in; sheets are compiled once."""

    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "saxon"))
    _sheets: dict[tuple[Path, int], Any] = field(default_factory=dict)
    _processor: Any = None
    _last: Future[str] | None = None

    def run(self, sheet: Path, document: str, seconds: float) -> str:
        """The report. Raises TooSlowError, also while an earlier document has not come to an end."""
        if self._last is not None and not self._last.done():
            self._last.result(seconds)
        self._last = self._pool.submit(self._transform, sheet, document)
        return self._last.result(seconds)

    def _transform(self, sheet: Path, document: str) -> str:
        if self._processor is None:
            self._processor = import_module("saxonche").PySaxonProcessor(license=False)
        key = (sheet, sheet.stat().st_mtime_ns)
        if key not in self._sheets:
            self._sheets[key] = self._processor.new_xslt30_processor().compile_stylesheet(
                stylesheet_file=str(sheet)
            )
        node = self._processor.parse_xml(xml_text=document)
        return str(self._sheets[key].transform_to_string(xdm_node=node))


def _read(report: str) -> list[Finding]:
    """An SVRL report (ISO/IEC 19757-3 annex D)."""
    root = parse(report.encode())
    if root.tag != f"{_SVRL}schematron-output":
        return [_not_checked("The official rules gave no report; look at their files.")]
    found: list[Finding] = []
    for name in ("failed-assert", "successful-report"):
        for one in root.iter(_SVRL + name):
            if len(found) == MAX_FINDINGS:
                return found
            flag = one.get("flag") or one.get("role") or ""
            detail = " ".join("".join(map(str, one.itertext())).split())[:MAX_DETAIL_CHARS]
            values = {"rule": (one.get("id") or "")[:80], "at": (one.get("location") or "")[:300]}
            result = Result.WARNING if flag.lower() in _WARNINGS else Result.ERROR
            found.append(Finding(CODE, result, detail, values))
    return found or [Finding(CODE, Result.PASSED, "The official rules find nothing wrong.")]


def _not_checked(why: str) -> Finding:
    return Finding(CODE, Result.NOT_CHECKED, why)
