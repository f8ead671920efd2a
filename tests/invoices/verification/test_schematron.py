"""Official rules as stylesheets: run where both the files and Saxon are there, and never said to be run otherwise."""

from importlib.util import find_spec
from pathlib import Path
from threading import Event

import pytest

from registry.invoices.verification import schematron
from registry.invoices.verification.findings import Finding, Result
from registry.invoices.verification.schematron import OfficialRules
from tests.invoices.builders import an_invoice, pdf, ubl

# What compiled Schematron looks like, cut down to one rule; ``xsl:for-each-group`` needs XSLT 2.
SHEET = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:svrl="http://purl.oclc.org/dsdl/svrl"
    xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <xsl:template match="/">
    <svrl:schematron-output>
      <xsl:for-each-group select="//cbc:PayableAmount" group-by=".">
        <xsl:if test="not(matches(., '\\.00$'))">
          <svrl:failed-assert id="OWN-1" flag="fatal" location="/Invoice"><svrl:text>[OWN-1] Whole
            units only.</svrl:text></svrl:failed-assert>
        </xsl:if>
        <xsl:if test="number(.) gt 1000">
          <svrl:failed-assert id="OWN-2" flag="warning"><svrl:text>[OWN-2] Large.</svrl:text></svrl:failed-assert>
        </xsl:if>
      </xsl:for-each-group>
    </svrl:schematron-output>
  </xsl:template>
</xsl:stylesheet>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "OWN-UBL-validation.xslt").write_text(SHEET)
    return tmp_path


def judged(folder: Path | None, content: bytes, **changes: str) -> list[Finding]:
    return OfficialRules(folder).judge(content, an_invoice(**changes))


def test_nobody_asked_for_them_and_nothing_is_said() -> None:
    assert judged(None, ubl()) == []


def test_the_rules_are_run_and_their_own_words_kept(folder: Path) -> None:
    assert [one.result for one in judged(folder, ubl(payable="10.00"))] == [Result.PASSED]
    (fatal,) = judged(folder, ubl(payable="10.50"))
    assert (fatal.result, fatal.values["rule"], fatal.detail) == (
        Result.ERROR,
        "OWN-1",
        "[OWN-1] Whole units only.",
    )
    both = judged(folder, ubl(payable="1190.50"))
    assert [one.result for one in both] == [Result.ERROR, Result.WARNING]


def test_the_xml_inside_a_pdf_is_judged(folder: Path) -> None:
    (one,) = judged(folder, pdf(ubl(payable="10.50")), layer="pdf-attachment")
    assert one.values["rule"] == "OWN-1"


def test_a_syntax_the_folder_has_no_rules_for_is_not_checked(folder: Path) -> None:
    (one,) = judged(folder, ubl(), syntax="cii")
    assert one.result is Result.NOT_CHECKED
    assert judged(folder, ubl(), syntax="fapiao") == []


def test_without_saxon_nothing_is_pretended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schematron, "find_spec", lambda _name: None)
    (one,) = judged(folder, ubl())
    assert (one.result, one.check) == (Result.NOT_CHECKED, "official_rules")
    assert "counterfoil[schematron]" in one.detail


@pytest.mark.parametrize("sheet", ["no stylesheet", SHEET.replace("svrl:schematron-output", "other")])
def test_a_stylesheet_that_gives_no_report_is_not_a_pass(folder: Path, sheet: str) -> None:
    (folder / "OWN-UBL-validation.xslt").write_text(sheet)
    assert [one.result for one in judged(folder, ubl())] == [Result.NOT_CHECKED]


def test_what_takes_too_long_is_not_a_pass(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = Event()
    monkeypatch.setattr(schematron._Saxon, "_transform", lambda *_: done.wait(10) and "")
    rules = OfficialRules(folder, seconds=0.01)
    for _ in range(2):
        assert [one.result for one in rules.judge(ubl(), an_invoice())] == [Result.NOT_CHECKED]
    done.set()


def test_saxon_is_among_what_tests_are_run_with() -> None:
    assert find_spec("saxonche") is not None
