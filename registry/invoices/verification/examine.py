"""Everything that can be told of a document while its bytes are at hand: when it is brought."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pypdf
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from registry.invoices import cms
from registry.invoices.invoice import Invoice
from registry.invoices.pdf import BOUNDS
from registry.invoices.verification import cms_signatures, pdf_signatures, shown, xml_signatures
from registry.invoices.verification.checks import check
from registry.invoices.verification.findings import Finding, Result
from registry.invoices.verification.schematron import OfficialRules
from registry.invoices.verification.signers import (
    WEAK,
    Checked,
    SignatureFailedError,
    SignatureUnsupportedError,
    Signer,
)
from registry.invoices.verification.trust import TrustAnchors
from registry.invoices.xml import looks_like_xml

SIGNATURE = "signature"


@dataclass(frozen=True)
class Examiner:
    """``anchors`` whose signatures count; ``rules`` the official rules of EN 16931, where the operator has them."""

    anchors: TrustAnchors = field(default_factory=TrustAnchors)
    rules: OfficialRules = field(default_factory=OfficialRules)

    def examine(self, content: bytes, invoice: Invoice, at: datetime) -> tuple[Finding, ...]:
        """What the fields say of each other, who signed the file, what its pages show, what the official rules say.

        ``content`` is the whole file that ``invoice`` was read from; ``at`` the present. Never raises for what the
        file holds: it has been read already.
        """
        found = [*check(invoice, at.date())]
        is_pdf = not looks_like_xml(content) and b"%PDF-" in content[:1024]
        found += self._of_pdf(content, invoice, at) if is_pdf else self._signed(_signatures(content), at)
        found += self.rules.judge(content, invoice)
        return tuple(found)

    def _of_pdf(self, content: bytes, invoice: Invoice, at: datetime) -> Iterator[Finding]:
        with pypdf.apply_configuration(BOUNDS):
            try:
                reader = pypdf.PdfReader(BytesIO(content))
            except Exception:  # a hostile PDF can break its reader in any way
                yield Finding(shown.CODE, Result.NOT_CHECKED, "The PDF cannot be read.")
                return
            yield from self._signed(_tried(lambda: list(pdf_signatures.signatures(content, reader))), at)
            try:
                yield shown.compare(reader, invoice)
            except Exception:  # and its pages too
                yield Finding(shown.CODE, Result.NOT_CHECKED, "The text of the PDF's pages cannot be read.")

    def _signed(self, checked: list[Checked], at: datetime) -> Iterator[Finding]:
        if not checked:
            yield Finding(SIGNATURE, Result.NOT_CHECKED, "The document is not signed.", {"signature": "none"})
        for one in checked:
            if isinstance(one, SignatureFailedError):
                yield _failure(one)
                continue
            for signer in one:
                try:
                    yield self._signature(signer, at)
                except Exception:  # a certificate or a date beyond what can be told
                    yield _failure(SignatureUnsupportedError("The signer's certificate cannot be read."))

    def _signature(self, signer: Signer, at: datetime) -> Finding:
        certificate = signer.certificate
        trusted = self.anchors.trust(certificate, signer.others, signer.signed_at or at)
        values = {
            "signature": "intact",
            "subject": _name(certificate.subject),
            "issuer": _name(certificate.issuer),
            "certificate": certificate.fingerprint(hashes.SHA256()).hex(),
            "covers": "all" if signer.covers_all else "part",
            "trust": {None: "not_checked", True: "trusted", False: "untrusted"}[trusted],
        }
        if signer.signed_at is not None:
            values["signed_at"] = signer.signed_at.astimezone(UTC).isoformat()
        said = [f"The signature of {values['subject']} is intact."]
        if not signer.covers_all:
            said.append("It does not cover the whole document.")
        if signer.digest in WEAK:
            values["digest"] = signer.digest
            said.append("It rests on SHA-1, which can be forged.")
        said.append(_TRUST[trusted])
        is_good = signer.covers_all and trusted is not False
        return Finding(SIGNATURE, Result.PASSED if is_good else Result.WARNING, " ".join(said), values)


_TRUST = {
    None: "The signer was not checked against a trust list.",
    True: "An authority of the trust list vouches for the signer; whether it has revoked that was not asked.",
    False: "No authority of the trust list vouches for the signer.",
}


def _signatures(content: bytes) -> list[Checked]:
    if looks_like_xml(content):
        return _tried(lambda: _present(xml_signatures.signatures(content)))
    if (
        cms.encoded(content)[1:2] >= b"\x80"
    ):  # of more than 127 bytes, so no text; what it is, the verifier says
        return _tried(lambda: _of_envelope(content))
    if content.startswith(b"PK\x03\x04"):
        return [SignatureUnsupportedError("Signatures inside an archive are not checked here.")]
    return []


def _of_envelope(content: bytes) -> list[Checked]:
    """The envelope's, and those of the XML inside."""
    found: list[Checked] = [cms_signatures.verify(content)]
    inner = cms.content_of(content)
    if looks_like_xml(inner):
        found += _present(xml_signatures.signatures(inner))
    return found


def _present(one: Checked | None) -> list[Checked]:
    return [] if one is None else [one]


def _tried(work: Callable[[], list[Checked]]) -> list[Checked]:
    try:
        return work()
    except SignatureFailedError as error:
        return [error]
    except Exception:  # whatever else a hostile file does to a parser is no good signature
        return [SignatureUnsupportedError("The signature cannot be read.")]


def _failure(error: SignatureFailedError) -> Finding:
    if isinstance(error, SignatureUnsupportedError):
        return Finding(SIGNATURE, Result.NOT_CHECKED, str(error), {"signature": "unsupported"})
    return Finding(SIGNATURE, Result.ERROR, str(error), {"signature": "broken"})


def _name(name: x509.Name) -> str:
    shown_name: Any = "?"
    with suppress(ValueError):
        shown_name = name.rfc4514_string()
    return str(shown_name)[:300]
