"""Each kind of signature: good, with one byte turned over, and with what stands outside of it."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from registry.invoices import cms
from registry.invoices.errors import MalformedInvoice
from registry.invoices.use_cases import read_invoice
from registry.invoices.verification import cms_signatures, pdf_signatures
from registry.invoices.verification.examine import Examiner
from registry.invoices.verification.findings import Finding, Result
from registry.invoices.verification.signers import SignatureFailedError
from registry.invoices.verification.trust import TrustAnchors, TrustListUnreadable
from tests.invoices.builders import an_invoice, pdf, ubl
from tests.invoices.verification.signing import (
    a_day,
    an_envelope,
    authority,
    flipped,
    signed_pdf,
    signed_xml,
    signer,
)

NF_E = (
    b'<nfeProc xmlns="urn:x"><NFe><infNFe Id="NFe1"><total>10.00</total></infNFe></NFe>'
    b"<protNFe>100</protNFe></nfeProc>"
)


def found(content: bytes, *, anchors: tuple[Any, ...] = (), at: datetime | None = None) -> list[Finding]:
    every = Examiner(TrustAnchors(anchors)).examine(content, an_invoice(), at or a_day())
    return [one for one in every if one.check == "signature"]


def the_one(content: bytes, **how: Any) -> Finding:
    (one,) = found(content, **how)
    return one


SIGNED = {
    "xml": signed_xml(ubl()),
    "xml-ec": signed_xml(ubl(), signer("Kurve GmbH", kind="ec")),
    "p7m": an_envelope(ubl()),
    "p7m-ec": an_envelope(ubl(), signer("Kurve GmbH", kind="ec")),
    "p7m-base64": b64encode(an_envelope(ubl())),
    "pdf": signed_pdf(pdf(ubl())),
}


@pytest.mark.parametrize("kind", SIGNED)
def test_a_signature_is_intact_and_names_its_signer(kind: str) -> None:
    one = the_one(SIGNED[kind])
    assert (one.result, one.values["signature"], one.values["covers"]) == (Result.PASSED, "intact", "all")
    assert one.values["issuer"] == "CN=Prüfstelle Nord"
    assert len(one.values["certificate"]) == 64
    assert "not checked against a trust list" in one.detail


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("xml", b"1190.00"),
        ("xml-ec", b"1190.00"),
        ("p7m", b"1190.00"),
        ("p7m-ec", b"1190.00"),
        ("pdf", b"/MediaBox"),
    ],
)
def test_one_byte_turned_over_breaks_it(kind: str, where: bytes) -> None:
    content = SIGNED[kind]
    one = the_one(flipped(content, content.index(where) + 3))
    assert (one.result, one.values) == (Result.ERROR, {"signature": "broken"})


@pytest.mark.parametrize("kind", ["p7m", "pdf"])
def test_a_byte_of_the_signature_itself_breaks_it_too(kind: str) -> None:
    envelope = an_envelope(ubl())
    content = {"p7m": envelope, "pdf": SIGNED["pdf"]}[kind]
    at = len(envelope) - 20 if kind == "p7m" else _end_of_signature(content)
    assert the_one(flipped(content, at)).values["signature"] == "broken"


def _end_of_signature(content: bytes) -> int:
    start = content.index(b"/Contents", content.index(b"/ByteRange")) if b"/Contents" in content else 0
    hexes = content[content.index(b"<", start) + 1 : content.index(b">", start)].rstrip(b"0")
    return content.index(hexes) + len(hexes) - 20


def test_a_signature_by_another_key_under_the_same_name_is_broken() -> None:
    mine, other = signer(), signer("Nordlicht GmbH ", kind="rsa")
    content = signed_xml(ubl(), other)
    swapped = content.replace(_body(other.pem), _body(mine.pem))
    assert swapped != content
    assert the_one(swapped).values["signature"] == "broken"


def _body(pem: bytes) -> bytes:
    return b"\n".join(pem.strip().splitlines()[1:-1])


def test_a_document_without_signature_says_so_and_nothing_more() -> None:
    for content in (ubl(), pdf(ubl())):
        one = the_one(content)
        assert (one.result, one.values) == (Result.NOT_CHECKED, {"signature": "none"})


def test_what_is_appended_to_a_signed_pdf_is_not_covered() -> None:
    content = SIGNED["pdf"]
    assert the_one(content + b"\n").result is Result.PASSED
    again = content[content.rindex(b"startxref") :]
    one = the_one(content + b"\n1 0 obj <</Replaced true>> endobj\n" + again)
    assert (one.result, one.values["signature"], one.values["covers"]) == (Result.WARNING, "intact", "part")


def test_a_pdf_that_leaves_more_than_the_signature_out_is_broken() -> None:
    """The gap may hold nothing but the signature, or it would hide what nobody signed."""
    content = SIGNED["pdf"]
    at = content.index(b"[", content.index(b"/ByteRange"))
    first, second, length = map(int, content[at + 1 : content.index(b"]", at)].split()[1:])
    wider = f"[0 {first - 10} {second} {length}".encode()
    one = the_one(
        content[:at] + wider.ljust(content.index(b"]", at) - at) + content[content.index(b"]", at) :]
    )
    assert one.values["signature"] == "broken"


@pytest.mark.parametrize("kind", ["/adbe.x509.rsa_sha1", "/adbe.pkcs7.sha1", "/Made.up"])
def test_a_kind_that_is_not_checked_is_called_so(kind: str) -> None:
    one = the_one(signed_pdf(pdf(ubl()), kind=kind))
    assert (one.result, one.values) == (Result.NOT_CHECKED, {"signature": "unsupported"})


def test_a_part_that_its_syntax_has_signed_stands_for_the_whole() -> None:
    one = the_one(signed_xml(NF_E, part="NFe1"))
    assert (one.result, one.values["covers"]) == (Result.PASSED, "all")


def test_a_part_moved_away_or_doubled_does_not() -> None:
    """Signature wrapping: the signed element is there, and another one is read."""
    signed = signed_xml(NF_E, part="NFe1").decode()
    part = signed[signed.index("<infNFe") : signed.index("</infNFe>") + len("</infNFe>")]
    forged = signed.replace(part, '<infNFe Id="other"><total>99.00</total></infNFe>').replace(
        "<protNFe>", f"<kept>{part}</kept><protNFe>"
    )
    one = the_one(forged.encode())
    assert (one.values["signature"], one.values["covers"], one.result) == ("intact", "part", Result.WARNING)


def test_any_other_part_is_a_part() -> None:
    content = b'<a><b Id="x">1</b><c>2</c></a>'
    assert the_one(signed_xml(content, part="x")).values["covers"] == "part"


def test_sha1_is_read_and_called_weak() -> None:
    one = the_one(signed_xml(NF_E, part="NFe1", is_weak=True))
    assert one.values["signature"] == "intact"
    assert one.values["digest"] == "sha1"
    assert "SHA-1" in one.detail


def test_a_transform_that_cuts_is_not_guessed_at() -> None:
    content = SIGNED["xml"].replace(
        b"http://www.w3.org/2000/09/xmldsig#enveloped-signature", b"http://www.w3.org/2002/06/xmldsig-filter2"
    )
    assert the_one(content).values["signature"] == "unsupported"


def test_several_xml_signatures_are_not_guessed_at() -> None:
    content = SIGNED["xml"]
    part = content[content.index(b"<ds:Signature") : content.index(b"</ds:Signature>") + 15]
    assert the_one(content.replace(part, part + part)).values["signature"] == "unsupported"


def test_an_envelope_and_the_signature_inside_are_both_looked_at() -> None:
    assert [one.values["signature"] for one in found(an_envelope(SIGNED["xml"]))] == ["intact", "intact"]
    altered = SIGNED["xml"].replace(b"1190.00", b"1191.00")
    assert [one.values["signature"] for one in found(an_envelope(altered))] == ["intact", "broken"]


def test_an_envelope_gives_what_it_holds() -> None:
    assert cms.content_of(an_envelope(ubl())) == ubl()
    assert read_invoice(SIGNED["p7m-base64"], "x.p7m")[0].number == "2026-17"
    with pytest.raises(MalformedInvoice):
        cms.content_of(an_envelope(ubl(), is_detached=True))


def test_who_signed_is_checked_against_the_trust_list() -> None:
    trusted = the_one(SIGNED["p7m"], anchors=(authority().certificate,))
    assert (trusted.result, trusted.values["trust"]) == (Result.PASSED, "trusted")
    other = the_one(SIGNED["p7m"], anchors=(authority("Other authority").certificate,))
    assert (other.result, other.values["trust"]) == (Result.WARNING, "untrusted")
    by_itself = the_one(SIGNED["p7m"], anchors=(signer().certificate,))
    assert by_itself.values["trust"] == "trusted"


def test_a_certificate_that_had_ended_is_not_trusted() -> None:
    ended = signer("Ended GmbH", until=datetime(2026, 1, 1, tzinfo=UTC))
    content = signed_xml(ubl(), ended)
    anchors = (authority().certificate,)
    assert the_one(content, anchors=anchors, at=datetime(2025, 6, 1, tzinfo=UTC)).values["trust"] == "trusted"
    assert the_one(content, anchors=anchors, at=a_day()).values["trust"] == "untrusted"


def test_a_trust_list_is_a_folder_of_certificates(tmp_path: Any) -> None:
    (tmp_path / "one.pem").write_bytes(authority().pem + authority("Other authority").pem)
    (tmp_path / "read.me").write_text("ignored")
    assert len(TrustAnchors.load(tmp_path).certificates) == 2
    (tmp_path / "two.crt").write_bytes(b"no certificate")
    with pytest.raises(TrustListUnreadable):
        TrustAnchors.load(tmp_path)
    with pytest.raises(TrustListUnreadable):
        TrustAnchors.load(tmp_path / "missing")


@pytest.mark.parametrize("content", [b"\x30\x80", b"\x30\x82\xff\xff\x06", b"MIIB", an_envelope(b"x")[:-40]])
def test_a_damaged_envelope_is_never_good(content: bytes) -> None:
    assert the_one(content).values["signature"] in ("broken", "unsupported")
    with pytest.raises(SignatureFailedError):
        cms_signatures.verify(content)


def test_a_form_with_fields_beyond_the_bound_is_not_called_unsigned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_signatures, "MAX_FIELDS", 0)
    assert the_one(SIGNED["pdf"]).values == {"signature": "unsupported"}


def test_an_xml_that_speaks_of_pdf_is_an_xml() -> None:
    content = ubl(prolog='<?xml version="1.0"?><!-- %PDF-1.7 /ByteRange -->')
    assert the_one(content).values == {"signature": "none"}


def test_a_text_that_begins_like_base64_is_no_envelope() -> None:
    assert the_one(b"MINUTES;OF;A;MEETING\n1;2;3;4\n").values == {"signature": "none"}


def test_a_signing_time_beyond_all_calendars_ends_in_no_trust() -> None:
    class Ancient(TrustAnchors):
        def trust(self, *_: Any) -> bool | None:
            raise OverflowError

    one = next(
        one
        for one in Examiner(Ancient()).examine(SIGNED["p7m"], an_invoice(), a_day())
        if one.check == "signature"
    )
    assert (one.result, one.values) == (Result.NOT_CHECKED, {"signature": "unsupported"})


def test_what_looks_signed_and_is_no_field_is_none() -> None:
    assert the_one(pdf(ubl()) + b"/ByteRange").values == {"signature": "none"}
